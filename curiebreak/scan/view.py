"""The wide table of a store as SQL: columns of ``structures`` and one column for every irrep that occurs."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache

from curiebreak.scan.row import COLUMNS


def irrep_columns(connection: sqlite3.Connection) -> list[str]:
    """Columns of the irreps that occur: strain, then displacements, then occupations."""
    found = [name for (name,) in connection.execute("SELECT DISTINCT name FROM amplitudes ORDER BY name")]
    order = ("strain_", "amp_", "occ_", "mag_")
    return sorted(found, key=lambda n: ([n.startswith(prefix) for prefix in order].index(True), n))


@lru_cache(maxsize=4096)
def _elements(formula: str) -> str:
    """The formula with its elements in alphabetical order; as it is where numbers stand behind brackets."""
    parts = re.findall(r"([A-Z][a-z]?)([0-9.]*)", formula)
    if "".join(map("".join, parts)) != re.sub(r"\)(?![0-9])|\(", "", formula):
        return formula
    return "".join(sorted(map("".join, parts)))


def same_composition(first: str, second: str) -> int:
    """Order of formulas in which that of their elements makes no difference: -1, 0 or 1."""
    one, other = _elements(first), _elements(second)
    return (one > other) - (one < other)


def table_view(connection: sqlite3.Connection, any_order: bool = False) -> str:
    """SQL of the wide table: columns of ``structures``, one column an irrep, and ``seconds``.

    With `any_order` formulas of one composition are equal, on this connection alone: other programs that read the file
    know no such comparison.
    """
    if any_order:
        connection.create_collation("composition", same_composition)
    order = {"formula": " COLLATE composition"} if any_order else {}
    columns = [f's."{name}"{order.get(name, "")} AS "{name}"' for name, _ in COLUMNS]
    columns += [
        f"(SELECT value FROM amplitudes a WHERE a.key = s.key AND a.name = '{name}') AS \"{name}\""
        for name in irrep_columns(connection)
    ]
    return f"SELECT {', '.join(columns)}, s.seconds AS seconds FROM structures s ORDER BY s.position, s.key"
