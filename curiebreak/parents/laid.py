"""A candidate laid on the child: which irreps lead from one to the other."""

from __future__ import annotations

from curiebreak.errors import NotCompatibleError
from curiebreak.mapping import map_child
from curiebreak.mapping.mapper import GROUP_TOLERANCES
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.structures import Structure
from curiebreak.symmetry.parent import DEFAULT_SYMPREC, parent_crystal


def laid(candidate: Structure, child: Structure) -> Analysis:
    """Analyse the distortion from a candidate to the child, as ``modes`` does.

    The group of the child is looked for at each tolerance of `modes` on its own, none above 0.01 Å: what scatter hides
    need not decide between maps, since the candidate is the child's own average and lies nearest in its own domain.

    Parameters
    ----------
    candidate : Structure
        An exact average.
    child : Structure

    Raises
    ------
    CurieBreakError
        Where the child does not map.
    """
    if child.is_molecule:
        return analyse(map_child(parent_crystal(candidate), child))
    parent = parent_crystal(candidate, DEFAULT_SYMPREC)
    for tolerance in GROUP_TOLERANCES[:-1]:
        try:
            return analyse(map_child(parent, child, symprec=tolerance))
        except NotCompatibleError:
            continue
    return analyse(map_child(parent, child, symprec=GROUP_TOLERANCES[-1]))
