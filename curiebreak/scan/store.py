"""The store of a scan: one SQLite file, one transaction a structure, one writer at a time.

Tables: ``meta`` (key, value), ``structures`` (one row an input, columns as exported, with the whole
result as JSON in ``details``) and ``amplitudes`` (key, name, value). The view ``scan`` of
``curiebreak.scan.view`` joins them into one wide table.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from curiebreak.errors import InputError, UsageError, refusing, system_reason
from curiebreak.files import parse_json
from curiebreak.scan.inputs import shown
from curiebreak.scan.row import COLUMNS, Row
from curiebreak.scan.view import table_view

FORMAT = 3
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
        if path.exists():
            refuse_foreign(path)
        self.path = path
        self._lock, self._lock_is_ours = _lock(path)
        try:
            with told(path):
                self._connection = sqlite3.connect(path, isolation_level=None)
                self._connection.execute("PRAGMA foreign_keys = ON")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._connection.executescript(_SCHEMA)
                self._renew_view()
        except BaseException:
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
        if self._lock_is_ours:
            _lock_path(self.path).unlink(missing_ok=True)
        self._lock.close()

    def describe(self, settings: Mapping[str, Any], versions: Mapping[str, str]) -> None:
        """Record what the scan does, or check that a resumed one does the same.

        Raises
        ------
        UsageError
            If the store was made with other options.
        """
        known = self.meta()
        before = known.get("settings", dict(settings))
        if not isinstance(before, dict):
            raise damaged(self.path, "its settings are no table")
        if before != dict(settings):
            different = sorted(k for k in {*settings, *before} if before.get(k) != settings.get(k))
            raise UsageError(
                f"The store {self.path} was made with other options ({', '.join(different)}).",
                "Resume with the same options, or choose another store.",
            )
        values = {"format": FORMAT, "settings": dict(settings), "versions": dict(versions)}
        with told(self.path), self._transaction():
            for key, value in values.items():
                self._connection.execute(
                    "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value, sort_keys=True))
                )

    def meta(self) -> dict[str, Any]:
        """What the store says about itself."""
        with told(self.path):
            return read_meta(self._connection, self.path)

    def finished(self) -> dict[str, tuple[str | None, str]]:
        """Hash of the content and status of every finished structure, by key."""
        with told(self.path):
            found = self._connection.execute("SELECT key, sha256, status FROM structures")
            return {key: (sha256, status) for key, sha256, status in found}

    def place(self, key: str, position: int) -> None:
        """Give a finished structure its place in the order of the input."""
        with told(self.path):
            self._connection.execute("UPDATE structures SET position = ? WHERE key = ?", (position, key))

    def add(self, row: Row, position: int) -> None:
        """Store one row with all that belongs to it, or nothing.

        Raises
        ------
        InputError
            If the file cannot be written (disk full, no permission).
        """
        names = ", ".join(f'"{name}"' for name in ("key", "position", *_NAMES, "seconds", "details"))
        values = [row.source.key, position, *map(row.values.get, _NAMES), row.seconds, row.details]
        values = [shown(value) if isinstance(value, str) else value for value in values]
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
    except UnicodeDecodeError as error:
        raise damaged(path, "a text in it is not UTF-8") from error
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"The store {path} cannot be used ({error}).", "Check the file, its permissions and the free space."
        ) from error


def damaged(path: Path, reason: str) -> InputError:
    """The error that says that a store does not hold what a scan writes."""
    return InputError(f"The store {path} is damaged ({reason}).", _DAMAGED)


_DAMAGED = "Take a copy of it, or scan into a new store."


def damage(path: Path, reason: str, *kinds: type[Exception]) -> AbstractContextManager[None]:
    """Within the block, errors of these kinds say that."""
    return refusing(kinds, f"The store {path} is damaged ({reason}).", _DAMAGED)


def read_meta(connection: sqlite3.Connection, path: Path) -> dict[str, Any]:
    """Read the table `meta`.

    Raises
    ------
    InputError
        If a value of it is not JSON.
    """
    found = {}
    for key, value in connection.execute("SELECT key, value FROM meta"):
        with damage(path, f"its entry {key!r} is not JSON", InputError, TypeError):
            found[str(key)] = parse_json(value, f"entry {key!r}")
    return found


def opened(path: Path, *, unchanging: bool = False) -> sqlite3.Connection:
    """Open a store of this version for reading only.

    Parameters
    ----------
    path : Path
    unchanging : bool
        Without a journal of its own beside the file, as in a folder that cannot be written: no writer is waited for.

    Raises
    ------
    InputError
        If it is not the store of a scan, is of another version, or is damaged.
    sqlite3.OperationalError
        If it cannot be opened in this way.
    """
    connection = sqlite3.connect(f"{_uri(path)}?mode=ro{'&immutable=1' if unchanging else ''}", uri=True)
    try:
        _check_tables(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _uri(path: Path) -> str:
    return "file:" + quote(os.fsencode(path.resolve()))


def refuse_foreign(path: Path) -> None:
    """Refuse a file that is not a store of this version, before anything is written to it.

    A new file, empty or without any table, is what a scan leaves that is stopped at its very start.

    Raises
    ------
    InputError
    """
    if not path.is_file():
        raise InputError(f"The store {path} is no file.", "Choose another name.")
    if path.stat().st_size == 0:
        return
    with told(path):
        opened(path, unchanging=not has_journal(path)).close()


def has_journal(path: Path) -> bool:
    """Whether a scan writes to the store now, or was killed: what it wrote last is in a journal beside it.

    Without one the store is opened as an unchanging file, which leaves nothing beside it.
    """
    return path.with_name(path.name + "-wal").exists()


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    hint = "Give the file that `curiebreak scan -o` wrote, or a new name."
    foreign = InputError(f"{path} is not the store of a scan.", hint)
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables and not _marked(connection):
            return
        if not tables >= {"meta", "structures", "amplitudes"}:
            raise foreign
        meta = read_meta(connection, path)
        columns = {row[1] for row in connection.execute("PRAGMA table_info(structures)")}
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not the store of a scan ({error}).", hint) from error
    if meta.get("format", FORMAT) != FORMAT:
        raise InputError(f"The store {path} was written by another version.", "Scan into a new store.")
    if not columns >= {"key", "position", "seconds", "details", *_NAMES}:
        raise foreign


def _marked(connection: sqlite3.Connection) -> bool:
    """Whether another program has put its mark into a database."""
    marks = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    return any(marks)


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


_LOCK_TEXT = b"curiebreak scan: locks the store beside it\n"
"""What a lock of ours holds; any other file of its name is the user's and stays as it is."""


def _lock(path: Path) -> tuple[Any, bool]:
    """An open file that only one scan of the store can hold, freed when the process ends; whether it is ours.

    Raises
    ------
    InputError
        If there can be no such file.
    UsageError
        If another scan holds it.
    """
    try:
        import fcntl
    except ImportError:  # no advisory locks here: SQLite's own lock still protects each transaction
        return open(os.devnull), False
    lock, hint = _lock_path(path), "Check the folder and its permissions."
    with refusing(OSError, lambda error: f"The store {path} cannot be written ({system_reason(error)}: {lock}).", hint):
        stream, new = _opened_lock(lock)
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        stream.close()
        raise UsageError(f"Another scan writes to {path}.", "Wait for it, or choose another store.") from error
    if new:
        stream.write(_LOCK_TEXT)
        return stream, True
    return stream, stream.read(len(_LOCK_TEXT) + 1) == _LOCK_TEXT


def _opened_lock(path: Path) -> tuple[Any, bool]:
    """The file, no link followed, and whether it is new."""
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle, new = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666), True
    except FileExistsError:
        handle, new = os.open(path, flags), False
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return os.fdopen(handle, "r+b", buffering=0), new
