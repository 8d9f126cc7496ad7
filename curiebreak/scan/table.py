"""Reading a store: the wide table as a view, queries, and export to CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from curiebreak.errors import InputError, UsageError
from curiebreak.scan.record import COLUMNS, SETS_BETWEEN
from curiebreak.scan.store import FORMAT, read_meta, told
from curiebreak.scan.view import table_view
from curiebreak.structures.write import write_atomically

_FORMATS = (".csv", ".json", ".parquet")


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
        connection.execute(f"CREATE TEMP VIEW scan AS {table_view(connection)}")
        connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(_read_only)
        yield connection
    finally:
        connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    """Read-only; as an unchanging file where the journal cannot be opened (a read-only folder)."""
    uri = path.resolve().as_uri()
    hint = "Give the file that `curiebreak scan -o` wrote."
    for options in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{uri}?{options}", uri=True)
        try:
            meta = read_meta(connection)
        except sqlite3.OperationalError as error:
            connection.close()
            if "no such table" in str(error):
                raise InputError(f"{path} is not the store of a scan.", hint) from error
        except sqlite3.DatabaseError as error:
            connection.close()
            raise InputError(f"{path} is not the store of a scan ({error}).", hint) from error
        else:
            if meta.get("format", FORMAT) == FORMAT:
                return connection
            connection.close()
            raise InputError(f"The store {path} was written by another version.", "Scan into a new store.")
    raise InputError(f"The store {path} cannot be opened.", "Check its permissions.")


def _read_only(action: int, *_: object) -> int:
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def query(path: str | os.PathLike[str], condition: str | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Rows of the table that fulfil a condition of SQL.

    Parameters
    ----------
    path : path
        Store.
    condition : str, optional
        What follows WHERE, such as ``glazer = 'a+b-b-' AND "amp_R4+" > 0.4``.

    Returns
    -------
    names : list of str
    rows : list of tuple

    Raises
    ------
    UsageError
        If the condition is not valid SQL, or does more than read.
    """
    with reading(Path(path)) as connection:
        try:
            found = connection.execute("SELECT * FROM scan" + (f" WHERE {condition}" if condition else ""))
            return [column[0] for column in found.description], found.fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise UsageError(
                f"The condition cannot be used ({error}).",
                'Write SQL such as glazer = \'a+b-b-\' AND "amp_R4+" > 0.4; column names with signs in "".',
            ) from error


def export(path: str | os.PathLike[str], output: str | os.PathLike[str]) -> int:
    """Write the table to a file, its format by the suffix.

    Parameters
    ----------
    path : path
        Store.
    output : path
        ``.csv``, ``.json`` or ``.parquet``.

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
    with told(path):
        names, rows = query(path)
    if suffix == ".parquet":
        _write_parquet(output, names, rows)
    else:
        write_atomically(output, as_csv(names, rows) if suffix == ".csv" else as_json(names, rows))
    return len(rows)


def as_csv(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Table as CSV, empty where there is no value."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return stream.getvalue()


def as_json(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Table as a JSON list of objects; label sets are lists."""
    plain = [{name: _unpacked(name, value) for name, value in zip(names, row, strict=True)} for row in rows]
    return json.dumps(plain, indent=1, allow_nan=False) + "\n"


def _unpacked(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("primary", "learned_primary"):
        return value.split()
    if name == "minimal_sets":
        return [labels.split() for labels in value.split(SETS_BETWEEN)] if value else []
    return bool(value) if name == "learned_agrees" else value


def _write_parquet(output: Path, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UsageError(
            "Parquet needs pyarrow.", "Install it with `pip install curiebreak[parquet]`, or export to .csv."
        ) from error
    kinds = dict(COLUMNS)
    arrow = {"TEXT": pa.string(), "INTEGER": pa.int64(), "REAL": pa.float64()}
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    fields = [pa.field(name, arrow[kinds.get(name, "REAL")]) for name in names]
    arrays = [pa.array(list(c), type=f.type) for c, f in zip(columns, fields, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    try:
        handle, temporary = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.", suffix=".tmp")
        os.close(handle)
        pq.write_table(table, temporary)
        os.replace(temporary, output)
    except OSError as error:
        raise InputError(f"{output} cannot be written ({error}).", "Check the folder.") from error
