"""The store of a scan: one SQLite file, one transaction a structure, one writer at a time.

Tables: ``meta`` (key, value), ``structures`` (one row an input, columns as exported, with the whole
result as JSON in ``details``) and ``amplitudes`` (key, name, value). The view ``scan`` of
``curiebreak.scan.view`` joins them into one wide table.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from curiebreak.errors import InputError, UsageError
from curiebreak.scan.record import COLUMNS, Row
from curiebreak.scan.view import table_view

FORMAT = 2
"""Version of the tables."""

_NAMES = tuple(name for name, _ in COLUMNS)
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS structures (
  key TEXT PRIMARY KEY, position INTEGER NOT NULL,
  {", ".join(f'"{name}" {kind}' for name, kind in COLUMNS)},
  seconds REAL, details TEXT
);
CREATE TABLE IF NOT EXISTS amplitudes (
  key TEXT NOT NULL REFERENCES structures (key) ON DELETE CASCADE, name TEXT NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (key, name)
) WITHOUT ROWID;
"""


class Store:
    """An open store, locked for one writer until closed.

    Parameters
    ----------
    path : Path
    resume : bool
        Continue a store that exists (or start it).

    Raises
    ------
    UsageError
        If the store exists and `resume` is false, or another scan writes to it.
    InputError
        If the file is no store, or cannot be written.
    """

    def __init__(self, path: Path, resume: bool = False) -> None:
        if path.exists() and not resume:
            raise UsageError(f"The store {path} exists.", "Add --resume to continue it, or choose another file.")
        self.path = path
        self._lock = _lock(path)
        try:
            with told(path):
                self._connection = sqlite3.connect(path, isolation_level=None)
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._connection.executescript(_SCHEMA)
                self._renew_view()
        except InputError:
            self._release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Fold the journal into the file and let others write."""
        try:
            self._renew_view()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass
        self._connection.close()
        self._release()

    def _renew_view(self) -> None:
        """The view ``scan`` with a column for every irrep, for programs that read the file themselves."""
        with self._transaction():
            self._connection.execute("DROP VIEW IF EXISTS scan")
            self._connection.execute(f"CREATE VIEW scan AS {table_view(self._connection)}")

    def _release(self) -> None:
        self._lock.close()
        _lock_path(self.path).unlink(missing_ok=True)

    def describe(self, settings: Mapping[str, Any], versions: Mapping[str, str]) -> None:
        """Record what the scan does, or check that a resumed one does the same.

        Raises
        ------
        UsageError
            If the store was made with other options.
        """
        known = self.meta()
        if "settings" in known and known["settings"] != dict(settings):
            different = sorted(k for k in settings if known["settings"].get(k) != settings[k])
            raise UsageError(
                f"The store {self.path} was made with other options ({', '.join(different)}).",
                "Resume with the same options, or choose another store.",
            )
        if known.get("format", FORMAT) != FORMAT:
            raise InputError(f"The store {self.path} is of another version.", "Scan into a new store.")
        values = {"format": FORMAT, "settings": dict(settings), "versions": dict(versions)}
        with told(self.path), self._transaction():
            for key, value in values.items():
                self._connection.execute(
                    "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value, sort_keys=True))
                )

    def meta(self) -> dict[str, Any]:
        """What the store says about itself."""
        return read_meta(self._connection)

    def finished(self) -> dict[str, tuple[str | None, str]]:
        """Hash of the content and status of every finished structure, by key."""
        found = self._connection.execute("SELECT key, sha256, status FROM structures")
        return {key: (sha256, status) for key, sha256, status in found}

    def place(self, key: str, position: int) -> None:
        """Give a finished structure its place in the order of the input."""
        self._connection.execute("UPDATE structures SET position = ? WHERE key = ?", (position, key))

    def add(self, row: Row, position: int) -> None:
        """Store one row with all that belongs to it, or nothing.

        Raises
        ------
        InputError
            If the file cannot be written (disk full, no permission).
        """
        names = ", ".join(f'"{name}"' for name in ("key", "position", *_NAMES, "seconds", "details"))
        values = [row.source.key, position, *(row.values.get(n) for n in _NAMES), row.seconds, row.details]
        marks = ", ".join("?" * len(values))
        with told(self.path), self._transaction():
            self._connection.execute("DELETE FROM structures WHERE key = ?", (row.source.key,))
            self._connection.execute(f"INSERT INTO structures ({names}) VALUES ({marks})", values)
            self._connection.executemany(
                "INSERT INTO amplitudes VALUES (?, ?, ?)",
                [(row.source.key, name, value) for name, value in row.amplitudes.items()],
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into errors that a user can read.

    Raises
    ------
    InputError
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"The store {path} cannot be used ({error}).", "Check the file, its permissions and the free space."
        ) from error


def read_meta(connection: sqlite3.Connection) -> dict[str, Any]:
    """Read the table `meta`."""
    return {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM meta")}


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _lock(path: Path) -> Any:
    """An open file that only one scan of the store can hold; freed when the process ends."""
    try:
        import fcntl
    except ImportError:  # no advisory locks here: SQLite's own lock still protects each transaction
        return open(os.devnull)
    try:
        stream = open(_lock_path(path), "w")
    except OSError as error:
        raise InputError(
            f"The store {path} cannot be written ({error.strerror or type(error).__name__}).",
            "Check the folder and its permissions.",
        ) from error
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        stream.close()
        raise UsageError(f"Another scan writes to {path}.", "Wait for it, or choose another store.") from error
    return stream
