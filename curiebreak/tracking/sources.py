"""Which frames a series consists of, and the numbers that belong to them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from glob import glob
from os import PathLike
from pathlib import Path

from curiebreak.errors import InputError, UsageError
from curiebreak.structures.frames import Frame, Value, frames_of
from curiebreak.structures.packed import format_of
from curiebreak.tracking.columns import HEAD

_KEYS = ("name", "file", "frame")


@dataclass(frozen=True)
class Series:
    """Files of frames in order, with a table of what else is known of each frame.

    Attributes
    ----------
    paths : tuple of Path
    table : dict
        Values by the frame's name, its file's name, or its number as text.
    table_columns : tuple of str
    """

    paths: tuple[Path, ...]
    table: dict[str, dict[str, Value]] = field(default_factory=dict)
    table_columns: tuple[str, ...] = ()

    def frames(self) -> Iterator[Frame]:
        """Every frame, one in memory at a time."""
        number = 0
        for path in self.paths:
            for frame in frames_of(path):
                yield self._known(frame, number)
                number += 1

    def _known(self, frame: Frame, number: int) -> Frame:
        if not self.table:
            return frame
        for key in (frame.name, Path(frame.path).name, Path(frame.path).stem, str(number)):
            if key in self.table:
                return replace(frame, info={**frame.info, **self.table[key]})
        return frame

    def info_columns(self) -> tuple[str, ...]:
        """Columns that frames bring along: those of the table, and of the first readable frame of every file."""
        found = dict.fromkeys(self.table_columns)
        for path in self.paths:
            first = next((frame for frame in frames_of(path) if frame.reason is None), None)
            found |= dict.fromkeys(() if first is None else first.info)
        return tuple(name for name in found if name not in HEAD)


def list_series(given: Sequence[str | PathLike[str]], table: Path | None = None) -> Series:
    """Files of a series in the order given.

    Parameters
    ----------
    given : sequence of path
        Extended XYZ files, CIF or POSCAR files, or patterns such as ``*.cif``.
    table : Path, optional
        CSV with a column ``name``, ``file`` or ``frame`` and any others.

    Raises
    ------
    InputError
        If a file does not exist, or the table cannot be read.
    """
    paths: list[Path] = []
    for one in given:
        path = Path(one)
        if path.is_file():
            paths.append(path)
            continue
        matches = [Path(name) for name in sorted(glob(str(one)))] if any(c in str(one) for c in "*?[") else []
        if not matches:
            what = "is a folder" if path.is_dir() else "does not exist"
            raise InputError(f"The series {path} {what}.", "Give extended XYZ or CIF files, or '*.cif'.")
        paths += matches
    for path in paths:
        if format_of(path) == "xyz" and not path.stat().st_size:
            raise InputError(f"The file {path} is empty.", "Give an extended XYZ file with at least one frame.")
    if table is None:
        return Series(tuple(paths))
    values, columns = _read_table(table)
    return Series(tuple(paths), values, columns)


def _read_table(path: Path) -> tuple[dict[str, dict[str, Value]], tuple[str, ...]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            rows, names = list(reader), tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The table {path} cannot be read ({error}).", "Give a CSV file in UTF-8.") from error
    key = next((name for name in _KEYS if name in names), None)
    if key is None:
        raise InputError(f"The table {path} has no column name, file or frame.", "Add one that names the frames.")
    columns = tuple(name for name in names if name not in _KEYS)
    clash = [name for name in columns if name in HEAD]
    if clash:
        raise UsageError(f"The table {path} has a column {clash[0]!r}, which the result has too.", "Rename it.")
    return {str(row[key]).strip(): {c: _value(row[c]) for c in columns if row[c]} for row in rows}, columns


def _value(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text
