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

TOLERANCES = np.geomspace(1e-5, 0.5, 95)
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


def explained(row: Row, exact: Row, groups: list[tuple[float, int, str]]) -> tuple[str, float, str]:
    """Class of a difference with its size (Å), and where spglib agrees."""
    own = row["space_group_number"]
    same = [tolerance for tolerance, found, _ in groups if found == own]
    notices = {notice["code"]: notice["size"] for notice in exact["notices"]}
    kind = next((code for code in MEANING if code in notices), "none")
    size = notices.get(kind, 0.0)
    if not same:
        return kind if kind in notices else "none", size, "never"
    return kind, size, f"{same[0]:.2g}" if len(same) == 1 else f"{same[0]:.2g} to {same[-1]:.2g}"


MEANING = {
    "small": "Small and exact. The file keeps the lower group to its last decimals, and shifts (or a strain) below "
    "0.01 Å tell it from the higher one: they count here, and the notice names both groups and the option that takes "
    "the higher one; spglib's 0.01 Å leaves them out. The size is that of the largest such shift.",
    "scatter": "Scatter. All coordinates scatter, by more than 0.01 Å between atoms, so that spglib sees less symmetry "
    "at 0.01 Å, and the same group at a looser tolerance or, where no tolerance does for atoms and cell, never: "
    "here the scatter is recognised, averaged away and said. The size is the largest shift that was not counted.",
    "gap": "Gap. Shifts below the widest gap of the ladder of tolerances were not counted, and said; some of them "
    "are above 0.01 Å between atoms. The size is the largest.",
    "convergence": "Convergence. Shifts below what calculations converge to were not counted, and said.",
    "resolution": "Resolution. Shifts within the written decimals were not counted, and said.",
    "strain_tolerance": "Strain. A strain below the tolerance was not counted, and said; spglib sees the cell.",
    "none": "No notice. Nothing was left out and nothing small was counted; where spglib gives the same group stands "
    "in the table.",
}
"""By the code of the notice that the result holds (the first of these): page What counts."""


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
        kind, size, where = explained(row, exact, by_spglib(folder / "cif" / f"{entry['id']}.cif"))
        counts[kind] += 1
        near = ", ".join(dict.fromkeys(entry[f"sg_{t}"] for t in INDEXED))
        own = f"{row['space_group_symbol']} ({row['space_group_number']})"
        cells = (entry["id"], entry["formula"], own, entry["sg_0.01"], near, where, f"{size:.2g}")
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
        f"{len(different)} differ, and each is below with the notice that explains it ([What counts](what_counts.md)).",
        "",
        "| why | structures | what it means |",
        "|---|---|---|",
        *(
            f"| {text.partition('.')[0].lower()} (`{kind}`) | {counts[kind]} | {text.partition('. ')[2]} |"
            for kind, text in MEANING.items()
            if counts[kind]
        ),
    ]
    for kind in MEANING:
        listed = [line for name, line in rows if name == kind]
        if listed:
            lines += [
                "",
                f"## {MEANING[kind].partition('.')[0]}",
                "",
                f"| id | formula | here | spglib, 0.01 Å | spglib, {INDEXED[0]} to {INDEXED[-1]} Å "
                "| the same by spglib (Å) | size (Å) |",
                "|---|---|---|---|---|---|---|",
                *listed,
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
