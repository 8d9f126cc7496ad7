"""Files of a run: written whole or not at all, never over an input, a device or what is not a file.

A regular file is written beside its target under a name of its own and takes the target's place at
the end; a symbolic link stays and its target is written; mode bits stay. A device or a pipe is written
to as it is. What a killed run left is removed by the next one that writes into the same folder.
"""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any

from curiebreak.errors import CurieBreakError, InputError, UsageError, refuse, refusing, system_reason

_MARK = ".curiebreak-"
_LEFTOVER = re.compile(r"^\..*\.curiebreak-[0-9a-f]{12}\.tmp$", re.DOTALL)
"""Names of files that are being written, or that a killed run left."""

_OPEN = re.compile(r"^/dev/(?:stdout|stderr|fd/([0-9]+))$")
"""Names of streams that are open already, whatever they lead to."""

_LONGEST_NAME = 200
"""Bytes of a file's name that go into the temporary one: names may have 255, of which the mark needs some."""

_inputs: ContextVar[set[tuple[int, int]] | None] = ContextVar("_inputs", default=None)


@contextmanager
def guarding_inputs() -> Iterator[None]:
    """Refuse, inside the block, to write over a file that was read in it.

    The command line runs in such a block. A program that uses the library may write what it has read.
    """
    token = _inputs.set(set())
    try:
        yield
    finally:
        _inputs.reset(token)


def known_suffix(
    path: str | os.PathLike[str], suffixes: tuple[str, ...], what: str, kind: type[CurieBreakError] = InputError
) -> str:
    """Suffix of a file's name, in small letters.

    Raises
    ------
    InputError or `kind`
        If it is none of these.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in suffixes:
        known = " or ".join(filter(None, (", ".join(suffixes[:-1]), suffixes[-1])))
        raise kind(f"The format of the {what} {path} is not known.", f"End the name in {known}.")
    return suffix


def suffix_of(path: Path | None) -> str:
    """Suffix of a file's name in small letters; empty where there is none, or no file."""
    return "" if path is None else path.suffix.lower()


def note_input(path: str | os.PathLike[str]) -> None:
    """Keep in mind that a file was read, see :func:`guarding_inputs`."""
    known = _inputs.get()
    if known is not None:
        with suppress(OSError):
            found = os.stat(path)
            known.add((found.st_dev, found.st_ino))


def table_rows(path: Path) -> tuple[list[tuple[int, dict[str, str]]], tuple[str, ...]]:
    """Rows of a CSV file by column, each with its line, and the columns; blanks around cells are none of them.

    A line that is no CSV is a row without values.

    Raises
    ------
    InputError
        If it cannot be read, or has two columns of one name.
    """
    rows: list[tuple[int, dict[str, str]]] = []
    message = f"The table {path} cannot be read"
    with (
        refusing((OSError, csv.Error), lambda error: f"{message} ({error}).", "Give a CSV file in UTF-8."),
        path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as stream,
    ):
        reader = csv.DictReader(stream, restval="")
        columns = reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        while True:
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error:
                row = dict.fromkeys(columns, "")
            rows.append((reader.line_num, {name: row[name].strip() for name in columns}))
    named = tuple(filter(None, columns))
    twice = [name for name in named if named.count(name) > 1]
    if twice:
        raise InputError(f"The table {path} has two columns {twice[0]!r}.", "Rename one of them, or leave it out.")
    return rows, named


def read_bytes(path: str | os.PathLike[str], what: str = "file") -> bytes:
    """Content of a file that is an input of this run.

    Parameters
    ----------
    path : path
    what : str
        What it is, for messages.

    Raises
    ------
    InputError
        If it does not exist, is a directory or a device, or cannot be read.
    """
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISBLK(kind) or (stat.S_ISCHR(kind) and not _is_standard_input(path)):
            raise InputError(f"The {what} {path} is a device, which has no end.", "Give a file.")
        with open(path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError as error:
        raise InputError(f"The {what} {path} does not exist.", "Check the path.") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a directory, not a file.", "Give a file.") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        message = f"The {what} {path} cannot be read ({system_reason(error)})."
        raise InputError(message, "Check its name and permissions.") from error
    note_input(path)
    return content


def parse_json(text: str | bytes, name: str) -> Any:
    """Values of a JSON text.

    Parameters
    ----------
    text : str or bytes
    name : str
        Of the text, for messages.

    Raises
    ------
    InputError
        If it is not JSON, is nested too deeply, or holds an integer of thousands of digits.
    """
    hint = "Was the file cut off or edited? Write it anew with what made it."
    try:
        with _usual_depth():
            return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"The {name} is not valid JSON ({error.msg} at {place}).", hint) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The {name} is not valid JSON (it is not text).", hint) from error
    except ValueError as error:  # integers beyond Python's limit of digits
        raise InputError(f"The {name} is not valid JSON (a number has too many digits).", hint) from error
    except RecursionError as error:
        raise InputError(f"The {name} is nested too deeply.", hint) from error


@contextmanager
def _usual_depth() -> Iterator[None]:
    """Python's own limit of recursion: beyond it, as some library may have set it, the stack would end the process."""
    limit, depth, frame = sys.getrecursionlimit(), 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    sys.setrecursionlimit(min(limit, depth + 1000))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _is_standard_input(path: str | os.PathLike[str]) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.stat(path), os.fstat(0))
    return False


def read_text(path: str | os.PathLike[str], what: str = "file") -> str:
    """Text of a file in UTF-8 that is an input of this run; a byte order mark is dropped.

    Raises
    ------
    InputError
        As :func:`read_bytes`, and if it is not text.
    """
    message = f"The {what} {path} cannot be read: it is not text."
    with refusing(UnicodeDecodeError, message, "Give a text file in UTF-8."):
        return read_bytes(path, what).decode("utf-8-sig")


def identity(path: str | os.PathLike[str]) -> tuple[int, int] | str:
    """What two names of one file have in common, whether it exists or not."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return os.path.realpath(path)
    return found.st_dev, found.st_ino


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether a path names a character device, a pipe or an open stream, which is written to as it is."""
    if _OPEN.match(os.fspath(path)):
        return True
    mode = _mode(path)
    return mode is not None and (stat.S_ISCHR(mode) or stat.S_ISFIFO(mode))


def check_place(path: Path, force: bool) -> None:
    """Refuse a destination that cannot be written, before anything is computed.

    Parameters
    ----------
    path : Path
    force : bool
        Whether a regular file may be replaced.

    Raises
    ------
    UsageError
        If the file exists (without `force`), is a directory or no file, or its folder is missing or read-only.
    """
    if is_stream(path):
        return
    mode = _mode(path)
    if mode is not None:
        _refuse_no_file(path, mode)
        refuse((not force, f"The output {path} exists.", "Add --force to overwrite it."))
    folder = _target(path).parent
    words = f"The folder {folder} of the output"
    refuse(
        (not folder.is_dir(), f"{words} does not exist.", "Create it first."),
        (not os.access(folder, os.W_OK), f"{words} cannot be written.", "Choose another one."),
    )


def _mode(path: str | os.PathLike[str]) -> int | None:
    """Kind and permissions of what is there, links followed; None where there is nothing."""
    try:
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        message = f"The output {path} cannot be written ({system_reason(error)})."
        raise UsageError(message, "Choose another name.") from error


def _refuse_no_file(path: Path, mode: int) -> None:
    kind = "a disk" if stat.S_ISBLK(mode) else "a socket"
    refuse(
        (stat.S_ISDIR(mode), f"The output {path} is a directory.", "Give a file name."),
        (not stat.S_ISREG(mode), f"The output {path} is {kind}, not a file.", "Give a file name."),
    )


def _target(path: Path) -> Path:
    """The file that is written: for a link what it points to."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def write_file(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a whole file or nothing.

    Parameters
    ----------
    path : Path or str
    content : str or bytes
        Text is written in UTF-8; half a surrogate pair, as in names that are not UTF-8, as an escape.

    Raises
    ------
    InputError
        If the place cannot be written.
    UsageError
        If it is no file, or an input of this run.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    with writing(path) as stream:
        stream.write(data)


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A stream whose bytes become the file when the block ends well, and are dropped otherwise.

    Raises
    ------
    InputError
        If the place cannot be written, or is full.
    UsageError
        If it is no file, or an input of this run.
    """
    path = Path(path)
    try:
        if is_stream(path):
            with open(path, "wb", opener=_open_stream) as stream:
                yield stream
            return
        mode = _mode(path)
        if mode is not None:
            _refuse_no_file(path, mode)
            _refuse_input(path)
        with _beside(_target(path), mode) as stream:
            yield stream
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({system_reason(error)}).",
            "Check the folder, its permissions and the free space.",
        ) from error


def _refuse_input(path: Path) -> None:
    if identity(path) in (_inputs.get() or ()):
        raise UsageError(f"The output {path} is also an input of this run.", "Choose another name.")


def _open_stream(name: str, _: int) -> int:
    """Open a device or a pipe; a pipe that nobody reads is an error, not a wait without end."""
    open_already = _OPEN.match(name)
    if open_already:
        return os.dup(int(open_already[1] or {"/dev/stdout": 1, "/dev/stderr": 2}[name]))
    try:
        handle = os.open(name, os.O_WRONLY | os.O_NONBLOCK | getattr(os, "O_NOCTTY", 0))
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        raise UsageError(f"Nobody reads the pipe {name}.", "Start what reads it first, or give a file.") from error
    os.set_blocking(handle, True)
    return handle


@contextmanager
def _beside(target: Path, mode: int | None) -> Iterator[Any]:
    """A temporary file that takes the target's place."""
    remove_leftovers(target.parent)
    handle, temporary = _new_beside(target)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _new_beside(target: Path) -> tuple[int, Path]:
    """A new file in the target's folder, locked while it is written so that no other run takes it for a leftover."""
    name = os.fsdecode(os.fsencode(target.name)[:_LONGEST_NAME])
    while True:
        temporary = target.with_name(f".{name}{_MARK}{secrets.token_hex(6)}.tmp")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        if _locked(handle) is not False and temporary.exists():
            return handle, temporary
        os.close(handle)


def _locked(handle: int) -> bool | None:
    """Whether a file could be locked for its holder alone; None where there are no locks: then leftovers stay."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files that killed runs left in a folder; those of living runs are locked and stay."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in [one for one in entries if _LEFTOVER.match(one.name) and one.is_file(follow_symlinks=False)]:
            with suppress(OSError):
                handle = os.open(entry.path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
                try:
                    if _locked(handle):
                        os.unlink(entry.path)
                finally:
                    os.close(handle)
