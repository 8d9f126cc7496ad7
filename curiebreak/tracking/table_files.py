"""Rows to a file while they come; the file takes its name only when it is whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import IO, Any

from curiebreak.errors import UsageError
from curiebreak.files import known_suffix, writing

FORMATS = (".csv", ".jsonl")
DIGITS = 10
"""Significant ones."""


def check_table_format(path: Path) -> None:
    """Refuse a name that ends in neither ``.csv`` nor ``.jsonl``.

    Raises
    ------
    UsageError
    """
    known_suffix(path, FORMATS, "table", UsageError)


class RowWriter:
    """Writes rows as CSV or as JSON lines.

    Parameters
    ----------
    stream : text stream
    columns : sequence of str
    as_json : bool
        JSON lines instead of CSV.
    """

    def __init__(self, stream: IO[str], columns: Sequence[str], as_json: bool) -> None:
        self._stream = stream
        self._columns = tuple(columns)
        self._json = as_json
        self._csv = csv.writer(stream, lineterminator="\n")
        if not as_json:
            self._csv.writerow(self._columns)

    def write(self, cells: Sequence[Any]) -> None:
        """One row; None, and a number that is none (``nan``), are empty cells."""
        known = [None if isinstance(c, float) and not isfinite(c) else c for c in cells]
        row = [float(f"{c:.{DIGITS}g}") + 0.0 if isinstance(c, float) else c for c in known]
        if self._json:
            self._stream.write(json.dumps(dict(zip(self._columns, row, strict=True)), allow_nan=False) + "\n")
        else:
            self._csv.writerow(row)


@contextmanager
def table_file(path: Path) -> Iterator[IO[str]]:
    """A text stream that becomes the file `path` when the block ends well.

    Raises
    ------
    InputError
        If the place cannot be written, or is full.
    """
    with writing(path) as raw:
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="")
        yield stream
        stream.flush()
        stream.detach()
