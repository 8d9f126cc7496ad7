"""Reading a store: the wide table as a view, queries, and export to CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from curiebreak.errors import InputError, UsageError, refusing
from curiebreak.files import write_file, writing
from curiebreak.options.option_rules import require
from curiebreak.scan.row import COLUMNS, SETS_BETWEEN
from curiebreak.scan.store import damaged, has_journal, opened, told
from curiebreak.scan.view import table_view

_FORMATS = (".csv", ".json", ".parquet")


USUAL = (
    "id", "status", "reason", "formula", "n_atoms", "space_group_symbol", "glazer", "primary", "learned_primary",
    "learned_agrees",
)  # fmt: skip
"""Columns that a query shows unless others are asked for."""

SECONDS = 30.0
"""Longest time of a query: the whole table of 1e5 structures takes a few."""

LARGEST = 256 * 2**20
"""Bytes of the largest result of a query: some 1e5 structures with all columns; `export` has no limit."""

_VALUE = 16 * 2**20
"""Bytes of the largest single value in a query: what one step may build before the time is looked at."""

_STEPS = 20_000
"""Steps of SQLite's machine, some milliseconds, after which the time is looked at."""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store for reading only, with the view ``scan``.

    Raises
    ------
    InputError
        If the file is no store of a scan.
    """
    if not path.is_file():
        raise InputError(f"The store {path} does not exist.", "Give the file that `curiebreak scan -o` wrote.")
    connection = _connected(path)
    try:
        with told(path):
            connection.execute(f"CREATE TEMP VIEW scan AS {table_view(connection, any_order=True)}")
            connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(_read_only)
        yield connection
    finally:
        connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    """Read-only; as an unchanging file where there is no journal, or it cannot be opened (a read-only folder)."""
    for unchanging in (False, True) if has_journal(path) else (True,):
        try:
            return opened(path, unchanging=unchanging)
        except sqlite3.OperationalError:
            continue
    raise InputError(f"The store {path} cannot be opened.", "Check its permissions.")


def _read_only(action: int, *_: object) -> int:
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def query(
    path: str | os.PathLike[str],
    condition: str | None = None,
    *,
    columns: Sequence[str] = (),
    seconds: float | None = SECONDS,
    largest: int | None = LARGEST,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Rows of the table that fulfil a condition of SQL.

    Parameters
    ----------
    path : path
        Store.
    condition : str, optional
        What follows WHERE, such as ``glazer = 'a+b-b-' AND "amp_R4+" > 0.4``.
    columns : sequence of str
        Names, with ``*`` for any letters (``amp_*``); all by default.
    seconds : float, optional
        Longest time; none where None.
    largest : int, optional
        Bytes of the largest result; none where None.

    Returns
    -------
    names : list of str
    rows : list of tuple

    Raises
    ------
    UsageError
        If the condition is not valid SQL, does more than read, takes too long or gives too much; for a column that
        does not exist.
    InputError
        If the store is damaged.
    """
    require(seconds=seconds)
    path = Path(path)
    deadline = time.monotonic() + (math.inf if seconds is None else seconds)
    with reading(path) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            return _rows(path, connection, condition, columns, math.inf if largest is None else largest)
        except UnicodeDecodeError as error:
            raise damaged(path, "a text in it is not UTF-8") from error
        except (sqlite3.Error, sqlite3.Warning) as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                if time.monotonic() <= deadline:
                    raise KeyboardInterrupt from None  # Ctrl-C, which SQLite's callback turns into a stop
                raise UsageError(
                    f"The query was stopped: it takes longer than {seconds:g} s.",
                    "Ask for less, or allow more with --seconds.",
                ) from None
            if _is_damage(error):
                raise damaged(path, str(error)) from error
            raise UsageError(
                f"The condition cannot be used ({error}).",
                'Write SQL such as glazer = \'a+b-b-\' AND "amp_R4+" > 0.4; column names with signs in "".',
            ) from error


def records(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """All rows of the table, each by column."""
    names, rows = query(path, seconds=None, largest=None)
    return [dict(zip(names, row, strict=True)) for row in rows]


_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FORMAT)


def _is_damage(error: Exception) -> bool:
    """Whether the file is at fault, not the condition; text that is not UTF-8 has no code."""
    code = getattr(error, "sqlite_errorcode", None)
    return "decode to UTF-8" in str(error) or (code is not None and code & 0xFF in _DAMAGE)


def _rows(
    path: Path, connection: sqlite3.Connection, condition: str | None, columns: Sequence[str], largest: float
) -> tuple[list[str], list[tuple[Any, ...]]]:
    known = [str(column[0]) for column in connection.execute("SELECT * FROM scan LIMIT 0").description]
    names = _chosen(known, columns)
    shown = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    found = connection.execute(f"SELECT {shown} FROM scan" + (f" WHERE {condition}" if condition else ""))
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in found:
        _check_row(path, names, row)
        size += sum(len(value) if isinstance(value, str) else 8 for value in row)
        if size > largest:
            raise UsageError(
                f"The result of the query is larger than {largest // 2**20:.0f} MB.",
                "Ask for fewer rows or columns, or write the whole table with `curiebreak export`.",
            )
        rows.append(row)
    return names, rows


def _chosen(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Columns by their names, in the order in which they are asked for; an irrep that nothing has is no mistake."""
    if not wanted:
        return list(known)
    found: list[str] = []
    for pattern in wanted:
        matching = [name for name in known if fnmatchcase(name, pattern)]
        if not matching and "*" not in pattern:
            close = get_close_matches(pattern, known, 1, 0.5)
            did = f"Did you mean {close[0]}? " if close else ""
            raise UsageError(f"There is no column {pattern!r}.", f"{did}Names are those of the table, amp_* or all.")
        found += matching
    return list(dict.fromkeys(found))


def _check_row(path: Path, names: Sequence[str], row: Sequence[Any]) -> None:
    """Refuse what a scan does not write: text for a number, or bytes."""
    for name, value in zip(names, row, strict=True):
        wanted = _KINDS.get(_COLUMN_KINDS.get(name, "REAL"), (float, int))
        if value is not None and not isinstance(value, wanted):
            raise damaged(path, f"its column {name} holds {str(value)[:40]!r}")


_COLUMN_KINDS = dict(COLUMNS)
_KINDS: dict[str, tuple[type, ...]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (float, int)}


def export(path: str | os.PathLike[str], output: str | os.PathLike[str], *, for_spreadsheet: bool = False) -> int:
    """Write the table to a file, its format by the suffix.

    Parameters
    ----------
    path : path
        Store.
    output : path
        ``.csv``, ``.json`` or ``.parquet``.
    for_spreadsheet : bool
        As for :func:`as_csv`.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    UsageError
        If the suffix is none of these, or Parquet is not installed.
    """
    path, output = Path(path), Path(output)
    suffix = output.suffix.lower()
    if suffix not in _FORMATS:
        raise UsageError(f"{output} is of no known format.", f"End the name in {', '.join(_FORMATS)}.")
    if for_spreadsheet and suffix != ".csv":
        raise UsageError("--for-spreadsheet belongs to a .csv file.", "Leave it out, or end the name in .csv.")
    names, rows = query(path, seconds=None, largest=None)
    if suffix == ".parquet":
        _write_parquet(output, names, rows)
    else:
        write_file(output, as_csv(names, rows, for_spreadsheet) if suffix == ".csv" else as_json(names, rows))
    return len(rows)


def as_csv(names: list[str], rows: list[tuple[Any, ...]], for_spreadsheet: bool = False) -> str:
    """Table as CSV, empty where there is no value.

    Parameters
    ----------
    names : list of str
    rows : list of tuple
    for_spreadsheet : bool
        Put a ``'`` before text that a spreadsheet would run as a formula: what begins with ``=``, ``+``, ``-``,
        ``@``, a tab or a line break. Names of files and records come from whoever made them.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[_as_text(value) for value in row] for row in rows] if for_spreadsheet else rows)
    return stream.getvalue()


def _as_text(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet takes for a formula."""


def as_json(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Table as a JSON list of objects; label sets are lists."""
    plain = [
        {n: _PLAIN[n](v) if n in _PLAIN and v is not None else v for n, v in zip(names, row, strict=True)}
        for row in rows
    ]
    return json.dumps(plain, indent=1, allow_nan=False) + "\n"


def _sets(text: str) -> list[list[str]]:
    """Sets of labels of one cell."""
    return [labels.split() for labels in text.split(SETS_BETWEEN)] if text else []


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "primary": str.split,
    "learned_primary": str.split,
    "minimal_sets": _sets,
    "learned_agrees": bool,
}
"""What the cells of these columns are in JSON."""


def _write_parquet(output: Path, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    hint = "Install it with `pip install curiebreak[parquet]`, or export to .csv."
    with refusing(ImportError, "Parquet needs pyarrow.", hint, UsageError):
        import pyarrow as pa
        import pyarrow.parquet as pq
    arrow = {"TEXT": pa.string(), "INTEGER": pa.int64(), "REAL": pa.float64()}
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    fields = [pa.field(name, arrow[_COLUMN_KINDS.get(name, "REAL")]) for name in names]
    arrays = [pa.array(list(c), type=f.type) for c, f in zip(columns, fields, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    with writing(output) as stream:
        pq.write_table(table, stream)
