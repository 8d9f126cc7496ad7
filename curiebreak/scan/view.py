"""The wide table of a store as SQL: columns of ``structures`` and one column for every irrep that occurs."""

from __future__ import annotations

import sqlite3

from curiebreak.scan.row import COLUMNS


def irrep_columns(connection: sqlite3.Connection) -> list[str]:
    """Columns of the irreps that occur: strain, then displacements, then occupations."""
    found = [name for (name,) in connection.execute("SELECT DISTINCT name FROM amplitudes ORDER BY name")]
    order = ("strain_", "amp_", "occ_", "mag_")
    return sorted(found, key=lambda n: ([n.startswith(prefix) for prefix in order].index(True), n))


def table_view(connection: sqlite3.Connection) -> str:
    """SQL of the wide table: columns of ``structures``, one column an irrep, and ``seconds``."""
    columns = [f's."{name}" AS "{name}"' for name, _ in COLUMNS]
    columns += [
        f"(SELECT value FROM amplitudes a WHERE a.key = s.key AND a.name = '{name}') AS \"{name}\""
        for name in irrep_columns(connection)
    ]
    return f"SELECT {', '.join(columns)}, s.seconds AS seconds FROM structures s ORDER BY s.position, s.key"
