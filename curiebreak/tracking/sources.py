"""Which frames a series consists of, and the numbers that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from glob import glob
from os import PathLike
from pathlib import Path

from curiebreak.errors import InputError, UsageError
from curiebreak.files import table_rows
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
        Values by the frame's name, its file's name, or its number as text (`by_number`).
    table_columns : tuple of str
    by_number : bool
        The table says ``frame``: numbers come before names, which may be numbers, too.
    met : set of str
        Rows of the table that frames were found for.
    """

    paths: tuple[Path, ...]
    table: dict[str, dict[str, Value]] = field(default_factory=dict)
    table_columns: tuple[str, ...] = ()
    by_number: bool = False
    met: set[str] = field(default_factory=set)

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
        names = (frame.name, Path(frame.path).name, Path(frame.path).stem)
        for key in (str(number), *names) if self.by_number else names:
            if key in self.table:
                self.met.add(key)
                return replace(frame, info={**frame.info, **self.table[key]})
        return frame

    def unmet(self) -> str | None:
        """What to tell of rows of the table that no frame was found for, after all frames."""
        left = [name for name in self.table if name not in self.met]
        if not left:
            return None
        return (
            f"{len(left)} of {len(self.table)} rows of the table name no frame of the series: "
            f"{', '.join(left[:5])}{' ...' if len(left) > 5 else ''}."
        )

    def info_columns(self) -> tuple[str, ...]:
        """Columns that frames bring along: those of the table, and of the first readable frame of every file."""
        found = dict.fromkeys(self.table_columns)
        for path in self.paths:
            first = first_readable(frames_of(path))
            found |= dict.fromkeys(() if first is None else first.info)
        return tuple(name for name in found if name not in HEAD)


def first_readable(frames: Iterable[Frame]) -> Frame | None:
    """The first frame that is not damaged."""
    return next((frame for frame in frames if frame.reason is None), None)


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
    return Series(tuple(paths), *_read_table(table))


def _read_table(path: Path) -> tuple[dict[str, dict[str, Value]], tuple[str, ...], bool]:
    """Values by what the table calls a frame, its other columns, and whether it counts frames."""
    rows, names = table_rows(path)
    key = next((name for name in _KEYS if name in names), None)
    if key is None:
        raise InputError(f"The table {path} has no column name, file or frame.", "Add one that names the frames.")
    columns = tuple(name for name in names if name not in _KEYS)
    clash = [name for name in columns if name in HEAD]
    if clash:
        raise UsageError(f"The table {path} has a column {clash[0]!r}, which the result has too.", "Rename it.")
    found: dict[str, dict[str, Value]] = {}
    for line, row in rows:
        if row[key] in found:
            raise InputError(f"Line {line} of the table {path} names {row[key]!r} again.", "Leave one of them out.")
        found[row[key]] = {c: _value(row[c]) for c in columns if row[c]}
    return found, columns, key == "frame"


def _value(text: str) -> Value:
    with suppress(ValueError):
        return float(text)
    return text
