"""From an exception to one sentence, a hint and an exit code."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from curiebreak.cli.own_options import in_own_words, spelled
from curiebreak.errors import CurieBreakError
from curiebreak.options import FIELD_RULES, RULES, OptionError, refusal

INTERRUPTED = 130


def report_failure(error: BaseException) -> int:
    """Tell the user on standard error what went wrong.

    Expected errors give their message and hint. Anything else is a defect: one sentence, and
    the traceback in ``error.log``.

    Parameters
    ----------
    error : BaseException
        What ended the command.

    Returns
    -------
    int
        The exit code.
    """
    told = _expected(error) or _refused(error)
    if told is not None:
        return _tell(*told)
    log = _write_log(error)
    if isinstance(error, CurieBreakError):
        return _tell(1, error.message, f"{error.hint or 'This is a defect of the program.'} Details: {log}.")
    return _tell(
        1,
        f"an unexpected {type(error).__name__} stopped the program.",
        f"This is a defect; please report it with {log}.",
    )


def _expected(error: BaseException) -> tuple[int, str, str | None] | None:
    """Exit code, sentence and hint of what can happen without a defect of the program."""
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return INTERRUPTED, "interrupted.", None
    if isinstance(error, OSError) and error.filename is None and error.errno in _STREAM_TROUBLE:
        return 3, f"the output cannot be written ({error.strerror}).", "Is the disk full?"
    if isinstance(error, OptionError):
        return error.exit_code, error.written_as(spelled(error.name)), error.hint
    if isinstance(error, CurieBreakError) and error.exit_code != 1:
        return error.exit_code, error.message, error.hint
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in _TRAINS:
        return 2, f"Training needs {' and '.join(_TRAINS)}, and {error.name} is not installed.", _TRAINING_HINT
    return None


def _refused(error: Any) -> tuple[int, str, str | None] | None:
    """The same of what the parser of the command line refuses."""
    if not (hasattr(error, "format_message") and hasattr(error, "exit_code")):
        return None
    if missing := _missing_structure(error):
        return int(error.exit_code), *missing
    command = getattr(getattr(error, "ctx", None), "command_path", "curiebreak")
    words = _own_words(error) or str(error.format_message()).replace(": Value error, ", ": ")
    return int(error.exit_code), words, f"See `{command} --help`."


def _missing_structure(error: Any) -> tuple[str, str] | None:
    """What to do when a command that takes a parent, a child or both got none, or one."""
    name, context = getattr(getattr(error, "param", None), "name", None), getattr(error, "ctx", None)
    if type(error).__name__ != "MissingParameter" or context is None or name not in ("parent", "child"):
        return None
    taken = [one.name for one in context.command.params if one.param_type_name == "argument"]
    if {"parent", "child"} <= set(taken):
        return two_structures(context.command_path, name == "child")
    command = context.command_path
    if name == "child":
        return "No structure is given: CHILD is the one whose parent is sought.", f"See `{command} --help`."
    rest = " ".join(["", *taken[1:]]).upper()
    return (
        f"No structure is given: `{command}` starts from PARENT, of high symmetry.",
        f"Write `{command} parent.cif{rest}`; where only a distorted structure is known, `curiebreak parent CHILD -o "
        f"parent.cif` makes its parent. See `{command} --help`.",
    )


def two_structures(command: str, given: bool, instead: str = "") -> tuple[str, str]:
    """Sentence and hint for a command that compares two structures and got one, or none.

    `instead` is a sentence on what may stand in place of the second.
    """
    return (
        f"{'Only one' if given else 'No'} structure is given: `{command}` compares two, PARENT (of high symmetry) and "
        "CHILD.",
        f"Without a parent, write `{command} auto CHILD`; `curiebreak parent CHILD` lists what may be one. "
        f"{instead}See `{command} --help`.",
    )


def _own_words(error: Any) -> str | None:
    """What Python says of a value that the parser refused: its own words change from version to version."""
    name = getattr(getattr(error, "param", None), "name", None)
    command = getattr(getattr(error, "ctx", None), "command", None)
    rules = FIELD_RULES if getattr(command, "name", None) in ("check", "hidden-field") else RULES
    wrong_value = type(error).__name__ == "BadParameter" and name in rules
    return refusal(spelled(str(name), command), rules[str(name)]) if wrong_value else None


_TRAINS = ("torch", "e3nn")
_TRAINING_HINT = (
    "Add them with `pip install torch e3nn`; what is exact (modes, map, couplings, check, parent, distort, subgroups) "
    "works without."
)

_STREAM_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""What standard output answers when it leads to a full or broken disk."""


def _tell(code: int, message: str, hint: str | None) -> int:
    lines = [f"error: {message}", *([f"hint: {hint}"] if hint else [])]
    with suppress(OSError):  # nobody reads what is said: the code still tells
        typer.echo(in_own_words("\n".join(lines)), err=True)
    return code


_LOG_HEAD = "curiebreak error log\n"
"""First line of our logs; another file of that name is not ours and stays."""

_LOGS = ("error.log", *(f"error-{number}.log" for number in range(2, 10)))


def _write_log(error: BaseException) -> str:
    """Write the traceback beside the user's work, or to the temporary folder if that is read-only.

    An earlier log of ours is replaced; what somebody else wrote, a link or anything that is no file stays.
    """
    text = "".join([_LOG_HEAD, f"curiebreak {' '.join(sys.argv[1:])}\n", *traceback.format_exception(error)])
    for folder in (Path(), Path(tempfile.gettempdir())):
        for name in _LOGS:
            try:
                _write_our_log(folder / name, text.encode("utf-8", "backslashreplace"))
            except FileExistsError:
                continue
            except OSError:
                break
            return str(folder / name)
    return "the traceback (error.log could not be written)"


def _write_our_log(path: Path, text: bytes) -> None:
    """Write a new log, or over one of ours.

    Raises
    ------
    FileExistsError
        If something else is there.
    OSError
        If it cannot be written.
    """
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        try:
            handle = os.open(path, flags)
        except OSError as error:
            raise FileExistsError(str(path)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileExistsError(str(path))
    with os.fdopen(handle, "r+b", buffering=0) as stream:
        head = stream.read(len(_LOG_HEAD))
        if head not in (b"", _LOG_HEAD.encode()):
            raise FileExistsError(str(path))
        stream.seek(0)
        stream.truncate()
        stream.write(text)
