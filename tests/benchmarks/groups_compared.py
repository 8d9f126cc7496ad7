"""Write docs/groups_compared.md: the groups of about 1,500 real perovskites beside those that spglib finds.

Usage: python tests/benchmarks/groups_compared.py TILTDB [--work FOLDER] [--jobs N] [-o PAGE]

TILTDB is a folder with cif/ and index.csv. The scan goes into FOLDER and is resumed there.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from scan_validation import scanned, tables

from curiebreak import __version__
from curiebreak.structures import read_structure
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.symmetry.primitive_cell import species_numbers

Row = dict[str, Any]

INDEXED = ("0.001", "0.01", "0.05", "0.1")
"""Å; tolerances of the groups in the index."""

TOLERANCES = np.geomspace(1e-4, 0.5, 75)
"""Å; where spglib is asked for an entry that differs: steps of 12 %."""


def number(text: str) -> int | None:
    """Number in ``Pnma (62)``."""
    found = re.search(r"\((\d+)\)", text)
    return int(found.group(1)) if found else None


def by_spglib(path: Path) -> list[tuple[float, int, str]]:
    """(tolerance, number, symbol) of every tolerance at which spglib answers."""
    read = read_structure(path)
    lattice, kinds = np.asarray(read.lattice), species_numbers(read.species)
    found = []
    for tolerance in TOLERANCES:
        dataset = symmetry_dataset(lattice, read.coords, kinds, float(tolerance))
        if dataset is not None:
            found.append((float(tolerance), int(dataset.number), str(dataset.international)))
    return found


def explained(row: Row, exact: Row, groups: list[tuple[float, int, str]]) -> tuple[str, str]:
    """Class of a difference, and where spglib agrees."""
    own = row["space_group_number"]
    same = [tolerance for tolerance, found, _ in groups if found == own]
    scatter = any("scatter" in message for message in exact["messages"])
    if same:
        where = f"{same[0]:.2g}" if len(same) == 1 else f"{same[0]:.2g} to {same[-1]:.2g}"
        if scatter:
            return "scatter of the coordinates", where
        return "the same group at another tolerance", where
    between = {name for _, _, name in groups}
    rungs = [rung["symbol"] for rung in exact["tolerance_ladder"] if rung["symbol"]]
    if row["space_group_symbol"] in rungs:
        return "not explained: on the ladder, never by spglib", f"never ({', '.join(sorted(between))})"
    return "not explained: neither on the ladder nor by spglib", f"never ({', '.join(sorted(between))})"


MEANING = {
    "scatter of the coordinates": "A message of the result speaks of scatter, and spglib gives the same group "
    "at another tolerance than 0.01 Å.",
    "the same group at another tolerance": "No message speaks of scatter; spglib gives the same group at the "
    "tolerances shown. Which of the two groups is meant is a question of tolerance: this table does not decide it.",
    "not explained: on the ladder, never by spglib": "The group is a rung of the ladder, and spglib gives it "
    "at none of the tolerances tried.",
    "not explained: neither on the ladder nor by spglib": "The group is no rung of the displacements' ladder "
    "(the strain may lower it further), and spglib gives it at none of the tolerances tried.",
}


def page(folder: Path, work: Path, jobs: int) -> str:
    """The whole page."""
    index = list(tables(folder / "index.csv"))
    store = work / "tiltdb.db"
    found, _ = scanned(folder / "cif", store, jobs)
    compared = [(e, found[e["id"]]) for e in index if found[e["id"]]["space_group_number"] is not None]
    different = [(e, r) for e, r in compared if number(e["sg_0.01"]) != r["space_group_number"]]
    with sqlite3.connect(store) as connection:
        details = dict(connection.execute("SELECT id, details FROM structures WHERE details IS NOT NULL"))
    counts: Counter[str] = Counter()
    rows = []
    for entry, row in different:
        exact = json.loads(details[entry["id"]])["exact"]
        kind, where = explained(row, exact, by_spglib(folder / "cif" / f"{entry['id']}.cif"))
        counts[kind] += 1
        near = ", ".join(dict.fromkeys(entry[f"sg_{t}"] for t in INDEXED))
        mapping = exact["mapping"] or {}
        own = f"{row['space_group_symbol']} ({row['space_group_number']})"
        removed = mapping.get("residual_rms") or 0.0
        cells = (entry["id"], entry["formula"], own, entry["sg_0.01"], near, where, f"{removed:.4f}")
        rows.append((kind, f"| {' | '.join(cells)} |"))
    rows.sort(key=lambda one: (list(MEANING).index(one[0]), one[1]))
    lines = [
        "# Groups beside spglib's",
        "",
        f"curiebreak {__version__}, `scan --exact --parent auto` of {len(found)} structures, made by "
        "`python tests/benchmarks/groups_compared.py`. spglib looks at the file alone, with one tolerance for "
        "atoms and cell; here the group is that of the distortion from the cubic parent, averaged over the rung of the "
        "tolerance ladder that is chosen from the data.",
        "",
        f"{len(compared)} structures have a group. In {len(compared) - len(different)} it is spglib's at 0.01 Å; "
        f"{len(different)} differ, and each is below.",
        "",
        "| why | structures | what it means |",
        "|---|---|---|",
        *(f"| {kind} | {counts[kind]} | {text} |" for kind, text in MEANING.items() if counts[kind]),
    ]
    for kind in MEANING:
        own = [line for name, line in rows if name == kind]
        if own:
            lines += [
                "",
                f"## {kind[0].upper()}{kind[1:]}",
                "",
                f"| id | formula | here | spglib, 0.01 Å | spglib, {INDEXED[0]} to {INDEXED[-1]} Å "
                "| the same by spglib (Å) | removed by averaging (Å, rms) |",
                "|---|---|---|---|---|---|---|",
                *own,
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Scan, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tiltdb", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/groups_compared.md"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        options.output.write_text(page(options.tiltdb, work, options.jobs), encoding="utf-8")


if __name__ == "__main__":
    main()
