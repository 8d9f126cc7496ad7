"""Totals of a decomposition: displacements in Å, moments in μB, per primitive cell of the child and of the parent."""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

from curiebreak.results import Decomposition


class Total(NamedTuple):
    """Amplitudes of all irreps of a kind together."""

    name: str
    unit: str
    supercell: float | None
    parent: float


def totals(result: Decomposition) -> list[Total]:
    """Displacements, unless only moments are there; moments, if there are any."""
    moments = [entry for entry in result.irreps if entry.kind == "magnetic"]
    found = []
    if result.total_amplitude_parent is not None and (result.total_amplitude_parent > 0 or not moments):
        found.append(Total("displacements", "Å", result.total_amplitude_supercell, result.total_amplitude_parent))
    if moments:
        # irreps are orthogonal: the squares of their amplitudes add up
        supercell = hypot(*(entry.amplitude_supercell or 0.0 for entry in moments))
        found.append(Total("moments", "μB", supercell, hypot(*(entry.size for entry in moments))))
    return found
