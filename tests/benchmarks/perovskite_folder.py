"""A folder of single perovskites on 2x2x2: entries.csv, fields.npz, features.csv.

``entries.csv`` has a row an entry: id, formula, A, B, X, class (a tilt system, or ``other``), representative, folds,
M3+_deg, R4+_deg, total_deg; ``fields.npz`` displacements on 2x2x2 in the order of `SITES`, strain U - 1 and edge a0;
``features.csv``, if there, a row an (A, B, X) with the tilts of relaxed bond valences.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.family.cell import CommonCell
from curiebreak.family.classes import OTHER
from curiebreak.family.members import Member, Members, load_members

CLASSES = {  # tilt system -> primary set, space group, index in Pm-3m modulo 2x2x2
    "--+": (("M3+", "R4+"), (62, 24)),
    "--- polar": (("GM4-", "R4+"), (161, 16)),
    "---": (("R4+",), (167, 8)),
    "-00": (("R4+",), (140, 6)),
    "--0": (("R4+",), (74, 12)),
    "00+": (("M3+",), (127, 6)),
    "000": ((), (221, 1)),
}
NEEDED = ("id", "formula", "A", "B", "X", "class", "representative", "M3+_deg", "R4+_deg", "total_deg")
TILTED = 0.7
"""Degrees from which a tilt counts, as in the column ``system``."""
SITES = ("B", "A", "X", "X", "X")
FRAC = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
CELLS = np.array(list(product((0, 1), repeat=3)))


@dataclass(frozen=True, eq=False)
class Entry:
    """One row on the cell of the folder."""

    row: dict[str, str]
    field: FloatArray
    strain: FloatArray
    edge: float

    @property
    def species(self) -> tuple[str, str, str]:
        """Elements on B, A, X."""
        return self.row["B"], self.row["A"], self.row["X"]

    @property
    def known(self) -> tuple[tuple[str, ...], tuple[int, int]] | None:
        """Primary set and (group, index) of its class; None for other classes."""
        return CLASSES.get(self.row["class"])

    def angle(self, name: str) -> float:
        """``M3+``, ``R4+`` or ``total``, degrees."""
        return float(self.row[f"{name}_deg"])

    @property
    def representative(self) -> bool:
        """The entry that stands for its formula."""
        return self.row["representative"] == "1"


def read_entries(folder: Path) -> list[Entry]:
    """All rows of a folder.

    Raises
    ------
    InputError
        If a file is missing or lacks columns.
    """
    try:
        with (folder / "entries.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        data = np.load(folder / "fields.npz")
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} cannot be read ({error}).", "It needs entries.csv and fields.npz.") from error
    missing = [name for name in NEEDED if not rows or name not in rows[0]]
    if missing:
        raise InputError(f"{folder}/entries.csv has no column {', '.join(missing)}.", "See the head of this script.")
    place = {str(name): i for i, name in enumerate(data["id"])}
    displacements, strains, edges = data["u"], data["strain"], data["a0"]
    found = []
    for row in rows:
        i = place[row["id"]]
        field = displacements[i].reshape(40, 3).astype(float)
        strain = np.eye(3) + strains[i].astype(float)
        strain = strain / np.linalg.det(strain) ** (1 / 3) - np.eye(3)
        found.append(Entry(row, field - field.mean(axis=0), strain, float(edges[i])))
    return found


def read_valences(folder: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows of ``features.csv`` by (B, A, X); empty without that file."""
    if not (folder / "features.csv").exists():
        return {}
    with (folder / "features.csv").open(newline="", encoding="utf-8") as stream:
        return {(r["B"], r["A"], r["X"]): r for r in csv.DictReader(stream)}


def cubic_cell() -> CommonCell:
    """Pm-3m with B at the origin, repeated twice; operations written out, not looked up."""
    rotations = np.array(
        [np.diag(s)[list(p)] for p in permutations(range(3)) for s in product((1, -1), repeat=3)], dtype=np.int64
    )
    perms, shifts = [], []
    for r in rotations:
        moved = FRAC @ r.T
        apart = moved[:, None] - FRAC[None]
        index = np.abs(apart - np.round(apart)).max(axis=-1).argmin(axis=1)
        perms.append(index)
        shifts.append(np.round(moved - FRAC[index]).astype(np.int64))
    return CommonCell(
        np.eye(3), FRAC, np.array([0, 1, 2, 2, 2]), ("B", "A", "X"), rotations, rotations.astype(float),
        np.array(perms), np.array(shifts), 2, 221,
    )  # fmt: skip


def tilt_patterns() -> dict[str, FloatArray]:
    """Unit displacement patterns (k, 40, 3) of the tilts and of the polar shifts, from their definition."""
    found: dict[str, list[FloatArray]] = {"M3+": [], "R4+": [], "GM4-": []}
    for axis in range(3):
        a, b = [i for i in range(3) if i != axis]
        for name in ("M3+", "R4+"):
            field = np.zeros((5, 8, 3))
            for n, cell in enumerate(CELLS):
                sign = (-1.0) ** (cell[a] + cell[b] + (cell[axis] if name == "R4+" else 0))
                field[2 + a, n, b], field[2 + b, n, a] = sign, -sign
            found[name].append(field.reshape(40, 3))
        for sites in ((0,), (1,), (2 + axis,), (2 + a, 2 + b)):
            field = np.zeros((5, 8, 3))
            field[list(sites), :, axis] = 1.0
            field -= field.reshape(40, 3).mean(axis=0)
            found["GM4-"].append(field.reshape(40, 3))
    return {name: np.linalg.qr(np.array(v).reshape(len(v), -1).T)[0].T.reshape(-1, 40, 3) for name, v in found.items()}


def parts_of(field: FloatArray, primary: Sequence[str], patterns: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The part of a field in each irrep, by projection on its patterns."""
    return {
        p: np.einsum("k,kni->ni", np.einsum("kni,ni->k", patterns[p], field), patterns[p])
        for p in primary
        if p in patterns
    }


PAIRS = Path(__file__).parents[2] / "recipes" / "data" / "perovskite_pairs.cbp"
"""Pairs of the model that ships, as a scan found them: they say which classes a folder's `other` without tilts are."""


def members_of(entries: Sequence[Entry], source: str) -> Members:
    """The entries as a family to learn from, without any file of structures."""
    patterns, scanned = tilt_patterns(), load_members(PAIRS)
    found = {m.id: m for m in scanned.members}
    order = np.argsort(atoms_of(scanned.cell))
    members = []
    for number, e in enumerate(entries):
        primary, group = e.known or ((OTHER,), (0, number))  # a group of its own: never a class
        tilted = tuple(name for name in ("M3+", "R4+") if e.angle(name) > TILTED)
        field, parts = e.field, parts_of(e.field, primary if e.known else tilted, patterns)
        other = None if e.known or tilted else found.get(e.row["id"])
        if other is not None:
            primary, group, field = other.primary, other.group, other.displacements[order]
            parts = {name: part[order] for name, part in other.parts.items()}
        members.append(Member(e.row["id"], e.row["formula"], e.species, field, parts, e.strain, e.edge, primary, group))
    return Members(cubic_cell(), tuple(members), {}, source)


def atoms_of(cell: CommonCell) -> FloatArray:
    """Place (n,) in the folder's order of each atom of a model's cell.

    Raises
    ------
    InputError
        If the model is none of cubic perovskites.
    """
    names = [cell.site_names[int(o)] for o in cell.site_orbits]
    if cell.number != 221 or cell.repeats != 2 or sorted(names) != sorted(SITES):
        raise InputError("The model is none of cubic perovskites on 2x2x2.", "Train one on such pairs.")
    first = cell.frac[names.index("B")]
    here = cubic_cell()
    wanted = cell.positions @ np.linalg.inv(cell.lattice) - first
    apart = wanted[:, None] - here.positions[None]
    apart -= 2 * np.round(apart / 2)
    return np.asarray(np.linalg.norm(apart, axis=-1).argmin(axis=1))
