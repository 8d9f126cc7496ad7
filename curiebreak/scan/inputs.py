"""What a scan reads: folders, JSON lines, multi-frame extended XYZ, and tables of pairs.

Every structure becomes a :class:`Source`, a small description that a worker can read on its own:
a file, or a piece of a file by byte offset. Damaged content is found by the worker, not here.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import IO

from curiebreak.errors import InputError, refusing, system_reason
from curiebreak.files import parse_json, table_rows
from curiebreak.scan.prototypes import Prototype
from curiebreak.structures.frames import structures_in
from curiebreak.structures.model import Structure
from curiebreak.structures.packed import content_of, format_of, inner_name
from curiebreak.structures.trajectories import trajectory_kind

RECORD_SUFFIXES = (".jsonl", ".ndjson")
PAIR_KEYS = (("parent", "child"), ("high_symm", "low_symm"))
"""Keys of a JSON record that holds a pair inline."""


UNNAMED = "unnamed"
"""Form of a piece that is none."""

_PART = 1 << 20
"""Bytes that are read at a time."""

_DIGITS = 9
"""Of a number of atoms; a longer one is a mistake, not a structure."""


@dataclass(frozen=True)
class Piece:
    """Where one structure is written.

    Attributes
    ----------
    path : str
    form : str
        ``file``, ``json``, ``frame``, ``configuration``, or ``unnamed`` by a row of a table.
    offset, length : int
        Bytes of the unpacked file, the whole file when `length` is negative; of a configuration its number, of a row
        its line.
    member : str or None
        Key inside the JSON record, column of the table.
    """

    path: str
    form: str = "file"
    offset: int = 0
    length: int = -1
    member: str | None = None

    def content(self) -> bytes:
        """Bytes of the piece.

        Raises
        ------
        InputError
            If the file cannot be read.
        """
        return b"".join(self.parts())

    def check_end(self) -> None:
        """Refuse what is no file: a device or a pipe may have no end.

        Raises
        ------
        InputError
        """
        if self.form == UNNAMED:
            raise InputError(f"Line {self.offset} of {shown(self.path)} names no {self.member}.", "Name a file there.")
        try:
            whole = stat.S_ISREG(os.stat(self.path).st_mode)
        except (OSError, ValueError):
            return  # reading it says why
        if not whole:
            raise InputError(f"{shown(self.path)} is no file.", "Give files, no folders, devices or pipes.")

    def parts(self) -> Iterator[bytes]:
        """Bytes of the piece, little by little.

        Raises
        ------
        InputError
            If the file cannot be read, or is none.
        """
        message = f"The file {shown(self.path)} cannot be read"
        damage = (OSError, ValueError)  # ValueError: a zero byte in the name
        with refusing(damage, lambda error: f"{message} ({system_reason(error)}).", "Check the path."):
            self.check_end()
            with _opened(Path(self.path), packed=self.form == "file") as stream:
                stream.seek(self.offset if self.form != "configuration" else 0)
                left = self.length
                while left != 0 and (part := stream.read(_PART if left < 0 else min(left, _PART))):
                    left -= len(part) if left > 0 else 0
                    yield part


@dataclass(frozen=True)
class Source:
    """One structure of a scan.

    Attributes
    ----------
    key : str
        Unique name within a scan: the path, with ``#`` and the frame or line for a piece.
    id : str
        The record's own, else the file's stem, with ``:frame`` for a frame.
    path : str
    child : Piece
    parent : Piece or None
        A parent of its own (pairs).
    sha256 : str or None
        Hash of the content, of both structures for a pair; ``None`` when it cannot be read.
    family : str or None
        A word of ``--parent`` that a table gives in place of the parent's file.
    """

    key: str
    id: str
    path: str
    child: Piece
    parent: Piece | None = None
    sha256: str | None = None
    family: str | None = None


def list_sources(given: Path) -> Iterator[Source]:
    """Describe every structure of an input, in a fixed order.

    Parameters
    ----------
    given : Path
        A folder (searched with its subfolders), a structure file, a trajectory, ``.jsonl``, ``.extxyz`` or ``.xyz``,
        all of them also compressed, or a ``.csv`` of pairs.

    Raises
    ------
    InputError
        If the input does not exist, or a table has no columns for pairs.
    """
    if given.is_dir():
        found = False
        for path in sorted(given.rglob("*")):
            if path.is_file() and _is_structure(path):
                found = True
                yield from _with_reason(path)
        if not found:
            raise InputError(
                f"There are no structures in {given}.", "Give a folder with CIF, POSCAR, extxyz or jsonl files."
            )
        return
    if not given.is_file():
        raise InputError(f"The input {given} does not exist.", "Check the path.")
    yield from _of_file(given)


def _with_reason(path: Path) -> Iterator[Source]:
    """Structures of one file among many; one that holds none, or ends in an error, gets a row that says why."""
    found = False
    try:
        for source in _of_file(path):
            found = True
            yield source
    except (InputError, OSError):
        found = False
    if not found:
        yield _source(f"{path}#", path.stem, str(path), Piece(str(path)))


def _is_structure(path: Path) -> bool:
    kind = format_of(path)
    if kind in ("json", "vasp-xml"):
        return _is_of_another_program(path)
    return kind is not None or inner_name(path).suffix.lower() in RECORD_SUFFIXES or trajectory_kind(path) is not None


def _is_of_another_program(path: Path) -> bool:
    """Whether a file with a name that many share is one of pymatgen or of VASP."""
    with suppress(InputError):
        return path.name.lower().startswith("vasprun") or b'"@class"' in content_of(path)
    return False


def _of_file(path: Path) -> Iterator[Source]:
    inner = inner_name(path)
    suffix = inner.suffix.lower()
    if suffix == ".csv":
        yield from _of_table(path)
    elif suffix in RECORD_SUFFIXES:
        yield from _of_records(path)
    elif format_of(path) == "xyz":
        yield from _of_frames(path)
    elif trajectory_kind(path) is not None or inner.name.lower().startswith("xdatcar"):
        yield from _of_configurations(path)
    else:
        yield _source(str(path), inner.stem, str(path), Piece(str(path)))


def shown(text: str) -> str:
    """A name as text that can be stored and printed: bytes that are not UTF-8 as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _source(
    key: str, name: str, path: str, child: Piece, parent: Piece | None = None, sha256: str | None = None
) -> Source:
    """A source whose names can be stored, with the hash of its content."""
    if sha256 is None:
        sha256 = _hash(child) if parent is None else _hash(parent, child)
    return Source(shown(key), shown(name), shown(path), child, parent, sha256)


def _hash(*pieces: Piece) -> str | None:
    digest = hashlib.sha256()
    with suppress(InputError):
        for part in chain.from_iterable(piece.parts() for piece in pieces):
            digest.update(part)
        return digest.hexdigest()
    return None


def _of_records(path: Path) -> Iterator[Source]:
    offset = 0
    with _opened(path) as stream:
        for number, line in enumerate(stream):
            if line.strip():
                yield _record(path, number, offset, line)
            offset += len(line)


def _record(path: Path, number: int, offset: int, line: bytes) -> Source:
    record = _parsed(line)
    key = f"{path}#{number}"
    given = record.get("id") or record.get("polar_id")
    name = str(given) if isinstance(given, (str, int, float)) else f"{path.stem}:{number}"
    digest = hashlib.sha256(line).hexdigest()
    for high, low in PAIR_KEYS:
        if high in record and low in record:
            parent = Piece(str(path), "json", offset, len(line), high)
            child = Piece(str(path), "json", offset, len(line), low)
            return _source(key, name, str(path), child, parent, digest)
    return _source(key, name, str(path), Piece(str(path), "json", offset, len(line)), None, digest)


def _parsed(line: bytes) -> dict[str, object]:
    """The record of a line; empty when damaged (the worker says so)."""
    with suppress(InputError):
        record = parse_json(line, "record")
        return record if isinstance(record, dict) else {}
    return {}


def _of_frames(path: Path) -> Iterator[Source]:
    """Frames of an XYZ file: the count, a comment, and as many lines."""
    pieces = list(frame_pieces(path))
    for number, piece in enumerate(pieces):
        yield _one_of(path, number, len(pieces), piece)


def _one_of(path: Path, number: int, count: int, piece: Piece, sha256: str | None = None) -> Source:
    """One of several structures of a file, named by number."""
    stem = inner_name(path).stem
    name, key = (stem, str(path)) if count == 1 else (f"{stem}:{number}", f"{path}#{number}")
    return _source(key, name, str(path), piece, None, sha256)


def _of_configurations(path: Path) -> Iterator[Source]:
    """Every configuration of a trajectory."""
    count = len(_configurations(str(path), path.stat().st_mtime_ns))
    whole = _hash(Piece(str(path)))
    for number in range(count):
        own = None if whole is None else hashlib.sha256(f"{whole}#{number}".encode()).hexdigest()
        yield _one_of(path, number, count, Piece(str(path), "configuration", number), own)


def configuration(piece: Piece) -> Structure:
    """One configuration of a trajectory.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    found = _configurations(piece.path, os.stat(piece.path).st_mtime_ns)[piece.offset]
    if isinstance(found, InputError):
        raise found
    return found


@lru_cache(maxsize=1)
def _configurations(path: str, changed: int) -> tuple[Structure | InputError, ...]:
    """All configurations of a file, read once by each process as long as it is not `changed`."""
    _, found = structures_in(Path(path))
    return tuple(one for one, _ in found)


@lru_cache(maxsize=1)
def _unpacked(path: str, changed: int) -> bytes:
    return content_of(Path(path))


def _opened(path: Path, packed: bool = False) -> IO[bytes]:
    """The bytes of a file, unpacked where it is compressed and not wanted `packed`."""
    if packed or inner_name(path) == path:
        return path.open("rb")
    return io.BytesIO(_unpacked(str(path), path.stat().st_mtime_ns))


def frame_pieces(path: Path) -> Iterator[Piece]:
    """Byte ranges of the frames of an (extended) XYZ file, one at a time.

    A frame ends after as many lines as it announces, but never behind the head of another one or the end of
    the file, whatever it announces: the reader of the piece says what is wrong with it, and the frames behind
    it are found.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    message = f"The file {path} cannot be read"
    with (
        refusing(OSError, lambda error: f"{message} ({system_reason(error)}).", "Check its permissions."),
        _opened(path) as stream,
    ):
        offset = 0
        while line := stream.readline():
            if not line.strip():
                offset += len(line)
                continue
            length = len(line) + _rest_of_frame(stream, _count(line))
            yield Piece(str(path), "frame", offset, length)
            offset += length
            stream.seek(offset)


def _rest_of_frame(stream: IO[bytes], count: int | None) -> int:
    """Bytes of the comment and the atoms below a first line that announces `count` atoms (None: no number)."""
    last = stream.readline()
    length, lines = len(last), 0
    while (count is None or lines < count) and (line := stream.readline()):
        if last.strip().isdigit() and b"lattice=" in line.lower():
            return length - len(last)
        length += len(line)
        last = line
        lines += 1
    return length


def _count(line: bytes) -> int | None:
    words = line.split()
    return int(words[0]) if words and words[0].isdigit() and len(words[0]) <= _DIGITS else None


def _of_table(path: Path) -> Iterator[Source]:
    rows, columns = table_rows(path)
    by_id = {"parent_id", "child_id"} <= set(columns)
    if not by_id and not {"parent", "child"} <= set(columns):
        raise InputError(
            f"The table {path} has no columns parent and child (it is read with commas between them).",
            "Name files in columns parent and child, or records of structures.jsonl in parent_id and child_id.",
        )
    records = _pieces_by_id(path.with_name("structures.jsonl")) if by_id else {}
    for number, (line, row) in enumerate(rows):
        if by_id:
            parent, child = (
                records.get(row[k], Piece(row[k])) if row[k] else _unnamed(path, line, k)
                for k in ("parent_id", "child_id")
            )
            own = f"{row['parent_id']}>{row['child_id']}"
        else:
            parent, child = (
                Piece(str(path.parent / row[k])) if row[k] else _unnamed(path, line, k) for k in ("parent", "child")
            )
            own = Path(child.path).stem
        word = row["parent_id" if by_id else "parent"]
        # a record or file of that name is meant first
        known = word in records if by_id else Path(parent.path).exists()
        source = partial(_source, f"{path}#{number}", row.get("id") or own, child.path, child)
        yield source(parent) if known or word not in list(Prototype) else _on_family(source(), word)


def _on_family(source: Source, word: str) -> Source:
    """A source whose parent is a word of ``--parent``; with another word it is another one."""
    if source.sha256 is None:
        return replace(source, family=word)
    return replace(source, family=word, sha256=hashlib.sha256(f"{source.sha256}#{word}".encode()).hexdigest())


def _unnamed(path: Path, line: int, column: str) -> Piece:
    """The place of a structure that a row of a table does not name."""
    return Piece(str(path), UNNAMED, line, member=column)


def _pieces_by_id(path: Path) -> dict[str, Piece]:
    """Pieces of a file of records beside a table, by id."""
    if not path.is_file():
        raise InputError(f"The table names ids, but {path} does not exist.", "Put structures.jsonl beside it.")
    return {source.id: source.child for source in _of_records(path)}
