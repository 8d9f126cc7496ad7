"""A child laid onto its parent in the domain that a supercell names, whatever axes the child's file has."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.errors import InputError, NotCompatibleError
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.map_domains import no_such_domain
from curiebreak.mapping.mapper import map_child, stated_basis
from curiebreak.structures.model import Structure
from curiebreak.symmetry.parent import ParentCrystal

_SAME = 2e-3


def map_in_domain(
    parent: ParentCrystal,
    child: Structure,
    supercell_basis: ArrayLike | None,
    symprec: float | None = None,
    allow: Collection[str] = (),
) -> Distortion:
    """Map a child in a stated domain.

    Parameters
    ----------
    parent : ParentCrystal
    child : Structure
    supercell_basis : array_like (3, 3) or None
        Rows in the axes of the parent's file: the child's axes, or any others of the same lattice.
    symprec : float, optional
        Å.
    allow : collection of str
        As in :func:`curiebreak.mapping.map_child`.

    Raises
    ------
    NotCompatibleError
        If no equivalent domain has this lattice, or the pair does not map at all.
    InputError
        If the basis is no invertible matrix.
    """
    if supercell_basis is None:
        return map_child(parent, child, symprec=symprec, allow=allow)
    wanted = stated_basis(supercell_basis)
    if parent.is_molecule:
        raise InputError("A molecule has no supercell basis.", "Leave out the domain.")
    found = map_child(parent, child, symprec=symprec, allow=allow)
    if np.abs(found.supercell_basis - wanted).max() < _SAME:
        return found
    for basis in _fitting(_equivalent(parent, found.supercell_basis), wanted):
        try:
            return map_child(parent, child, symprec=symprec, allow=allow, supercell_basis=basis)
        except NotCompatibleError:
            continue
    raise no_such_domain(found.supercell_basis)


def _fitting(options: list[FloatArray], wanted: FloatArray) -> list[FloatArray]:
    """The options that are the basis itself, else those of its lattice."""
    exact = [basis for basis in options if np.abs(basis - wanted).max() < _SAME]
    return exact or [basis for basis in options if _same_lattice(basis, wanted)]


def _equivalent(parent: ParentCrystal, basis: FloatArray) -> list[FloatArray]:
    """The basis turned by every proper operation of the parent, without repetition, in a fixed order."""
    # the operation acts in primitive axes, the basis is in the file's
    proper = parent.rotations[np.linalg.det(parent.rotations) > 0]
    turned = basis @ parent.to_file.tensors(proper).transpose(0, 2, 1)
    unique = {tuple(np.round(-t, 4).ravel() + 0.0): t for t in turned}
    return [unique[key] for key in sorted(unique)]


def _same_lattice(one: FloatArray, other: FloatArray) -> bool:
    change = one @ np.linalg.inv(other)
    # a unimodular change of axes leaves the lattice as it is
    whole = np.abs(nearest_image(change)).max() < _SAME
    return bool(whole and abs(abs(np.linalg.det(change)) - 1.0) < _SAME)
