"""A candidate laid on the child: which irreps lead from one to the other."""

from __future__ import annotations

from curiebreak.errors import NotCompatibleError
from curiebreak.mapping import map_child
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapper import GROUP_TOLERANCES, NOISE_TOLERANCES
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.modes.entries import IrrepTable
from curiebreak.results.parents import ParentIrrep
from curiebreak.structures import Structure
from curiebreak.symmetry.parent import DEFAULT_SYMPREC, ParentCrystal, parent_crystal

HIDDEN = NOISE_TOLERANCES[0]
"""Å; where an average lies so near, scatter may hide a group of the child, and its maps are compared at looser
tolerances; elsewhere nothing is looked at above 0.01 Å."""


def laid(candidate: Structure, child: Structure, scattered: bool) -> Analysis:
    """Analyse the distortion from a candidate to the child, as ``modes`` does.

    Parameters
    ----------
    candidate : Structure
        An exact average.
    child : Structure
    scattered : bool
        Whether some average lies within `HIDDEN` of the child.

    Raises
    ------
    CurieBreakError
        Where the child does not map.
    """
    if child.is_molecule:
        return analyse(map_child(parent_crystal(candidate), child))
    parent = parent_crystal(candidate, DEFAULT_SYMPREC)
    return analyse(map_child(parent, child) if scattered else _mapped(parent, child))


def _mapped(parent: ParentCrystal, child: Structure) -> Distortion:
    for tolerance in GROUP_TOLERANCES[:-1]:
        try:
            return map_child(parent, child, symprec=tolerance)
        except NotCompatibleError:
            continue
    return map_child(parent, child, symprec=GROUP_TOLERANCES[-1])


def irreps(analysis: Analysis) -> tuple[ParentIrrep, ...]:
    """The irreps of a candidate in a few words."""
    return tuple(
        ParentIrrep(
            irrep=entry.irrep,
            kpoint=entry.kpoint,
            kind=entry.kind,
            role=entry.role,
            direction=entry.direction,
            amplitude_parent=float(entry.amplitude_parent or 0.0),
            other_origins=entry.other_origins,
        )
        for entry in IrrepTable(analysis).entries()
    )
