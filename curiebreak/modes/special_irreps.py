"""Irreps at special wave vectors by name."""

from __future__ import annotations

from curiebreak.errors import InputError
from curiebreak.modes.lookup import find_irrep
from curiebreak.modes.terms import parse_term
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.parent import ParentCrystal


def special_irrep(parent: ParentCrystal, label: str) -> Irrep:
    """One irrep at a special wave vector, for which isotropy subgroups can be listed.

    Raises
    ------
    InputError
        For unknown irreps, and those on lines, planes or at general wave vectors.
    """
    term = parse_term(label)
    irrep = find_irrep(parent, term.label, term.kpoint)
    if irrep.kind != "special":
        raise InputError(
            f"Directions are listed for special k points only; {irrep.label} belongs to a {irrep.kind}.",
            "Give its direction by numbers.",
        )
    return irrep
