"""Members of rarer classes whose order parameter holds that of a learned class: they tell of its length too.

A breathing perovskite with the tilts of Pnma is no Pnma, but its tilts are about as large. A member of class `other` is
a relative of the class with the most primary irreps among its own in the direction of which its parts point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.cell import CommonCell
from curiebreak.family.classes import FamilyClass, align
from curiebreak.family.members import Member

ALONG = 0.9
"""Part of a relative's order parameter that lies along the class's."""
OVERLAP = 0.5
"""Of two classes from which one tells of the other's lengths."""


@dataclass(frozen=True, eq=False)
class Relatives:
    """Relatives of all classes.

    Attributes
    ----------
    members : (r,) int
    places : (r,) int
        Class of each.
    lengths : (r,)
        Of the order parameter along that class's, over the edge.
    """

    members: IntArray
    places: IntArray
    lengths: FloatArray

    def among(self, rows: IntArray) -> Relatives:
        """Those among some members, which are numbered anew."""
        kept = np.isin(self.members, rows)
        order = np.argsort(rows)
        new = order[np.searchsorted(rows, self.members[kept], sorter=order)]
        return Relatives(new.astype(np.int64), self.places[kept], self.lengths[kept])


def find_relatives(
    cell: CommonCell, members: Sequence[Member], labels: IntArray, classes: Sequence[FamilyClass]
) -> Relatives:
    """Relatives among the members of no class (whose label is ``len(classes)``)."""
    found = []
    for number in np.flatnonzero(labels == len(classes)):
        known = [
            (len(c.primary), length, -place)
            for place, c in enumerate(classes)
            if c.primary and (length := _along(cell, members[int(number)], c)) is not None
        ]
        if known:
            _, length, place = max(known)
            found.append((int(number), -place, length / members[int(number)].edge))
    rows, places, lengths = zip(*found, strict=True) if found else ((), (), ())
    return Relatives(np.array(rows, dtype=np.int64), np.array(places, dtype=np.int64), np.array(lengths, dtype=float))


def kindred(classes: Sequence[FamilyClass]) -> Any:
    """Which classes (q, q) tell of one another's lengths: tilts of tilts, polar shifts of polar shifts.

    With f_G the part of irrep G in a class's mean squared order parameter, two classes overlap by
    ``sum_G sqrt(f_G f'_G)``; kin are those that overlap by more than `OVERLAP`, and kin of kin.
    """
    names = sorted({name for c in classes for name in c.primary})
    parts = np.zeros((len(classes), len(names)))
    for part, c in zip(parts, classes, strict=True):
        squared = (c.amplitudes**2).mean(axis=0)
        for j, name in enumerate(c.primary):
            part[names.index(name)] = squared[c.basis_irrep == j].sum() / squared.sum()
    near = np.sqrt(parts) @ np.sqrt(parts).T > OVERLAP
    return np.linalg.matrix_power(near.astype(float) + np.eye(len(near)), len(near)) > 0


def _along(cell: CommonCell, member: Member, c: FamilyClass) -> float | None:
    """Length of the order parameter along a class's basis; None where the member has no such part."""
    if not set(c.primary) <= set(member.parts):
        return None
    mean = c.amplitudes.mean(axis=0)
    typical = {
        name: (c.basis[:, c.basis_irrep == j] @ mean[c.basis_irrep == j]).reshape(-1, 3)
        for j, name in enumerate(c.primary)
    }
    parts = {name: member.parts[name] for name in c.primary}
    whole = np.sum(list(parts.values()), axis=0)
    field, _ = align(cell, replace(member, displacements=whole, parts=parts), replace(member, parts=typical))
    length = float(np.linalg.norm(field.reshape(-1) @ c.basis))
    return length if length > ALONG * float(np.linalg.norm(field)) else None
