"""Many built children in one folder, with a table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from curiebreak.files import write_file
from curiebreak.modes.built import BuiltChild
from curiebreak.modes.distort_files import write_child
from curiebreak.results import IsotropySubgroup
from curiebreak.results.basic import group_name, group_symbol

TABLE = "children.csv"

HEADINGS = ("file", "group", "number", "size", "index", "atoms", "irreps", "directions", "spglib_agrees")


def child_file(place: int, of: int, group: IsotropySubgroup, format: str) -> str:
    """Name of one child: its place in the list and its group, ``03_I4_mcm.cif``."""
    name = group_symbol(group, "child")
    if group.magnetic is not None:  # a prime is a sign of its own: Pn'ma' and Pnma are two files
        name = group.magnetic.bns_symbol.replace("'", "p") + "_" + group.magnetic.bns_number
    symbol = re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_")
    return f"{place:0{len(str(of))}d}_{symbol}.{format}"


def write_children(folder: Path, children: Sequence[BuiltChild], names: Sequence[str]) -> list[str]:
    """Write children into a folder, which is made where it is missing; returns their paths."""
    folder.mkdir(exist_ok=True)
    paths = [folder / name for name in names]
    for child, path in zip(children, paths, strict=True):
        write_child(child, path)
    return [str(path) for path in paths]


def write_table(folder: Path, rows: Sequence[Sequence[object]]) -> str:
    """Write the table of the children, one row of :data:`HEADINGS` each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    write_file(folder / TABLE, text.getvalue())
    return str(folder / TABLE)


def table_row(
    file: str,
    group: IsotropySubgroup,
    atoms: int,
    irreps: Sequence[str],
    directions: Sequence[str],
    agrees: bool | None,
) -> tuple[object, ...]:
    """One row of the table."""
    seen = "" if agrees is None else "yes" if agrees else "no"
    name = group_symbol(group) if group.magnetic is None else group_name(group)
    own = (group.number, group.size, group.index, atoms)
    return (Path(file).name, name, *own, " ".join(irreps), " ".join(directions), seen)
