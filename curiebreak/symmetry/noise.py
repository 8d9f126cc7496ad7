"""Telling scatter of coordinates from a distortion.

Scatter reaches every irrep that the field can hold; a distortion leaves most of them empty. A field
with empty irreps is therefore no scattered one, however small its components are.
"""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.fields import representation
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.isotypic import Irrep, StandardOperations, decompose_field, irreps_on
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import match_vectors

EMPTY = 1e-4
"""Variance over that of the scatter below which an irrep holds none of it."""

FEWEST = 3
"""Components that must be empty; scatter leaves one empty in a hundred cases."""

LEAST_SCATTER = 2e-3
"""Å per component; relaxed and refined coordinates that scatter at all are not known better than this."""

MOST = 0.5
"""Part of the components that must be empty where the scatter is below the least: what a relaxation leaves of
single modes is uneven, but a distortion by one or a few irreps leaves most of the others empty."""


def looks_scattered(
    parent: ParentCrystal,
    cell: IntArray,
    site: IntArray,
    cell_index: IntArray,
    displacements: FloatArray,
    sigma: float,
) -> bool:
    """Whether a displacement field reaches all its irreps, as scatter of `sigma` would.

    Parameters
    ----------
    parent : ParentCrystal
    cell : ndarray (3, 3) of int
    site, cell_index : ndarray (n,), (n, 3) of int
        The atoms of the cell.
    displacements : ndarray (n, 3)
        Å, Cartesian, mean zero.
    sigma : float
        Å per component.
    """
    space = bloch_space(parent, cell)
    matrices = representation(1, "o", parent.rotations_cartesian)
    values = space.from_atoms(displacements, site, cell_index)
    empty = total = 0
    for part in decompose_field(space, values, matrices, irreps_on(space)):
        # scatter fills every component that the cell can hold, but for a motion of the whole
        whole = part.freedom(space, matrices) * periodic_arms(space, part.irrep)
        freedom = round(whole) - rigid_freedom(parent, part.irrep)
        total += max(freedom, 0)
        # each component has the variance sigma^2: one far below it is empty by symmetry, not by chance
        if freedom > 0 and part.squared < EMPTY * freedom * sigma**2:
            empty += freedom
    return empty < FEWEST or (sigma <= LEAST_SCATTER and empty <= MOST * total)


def periodic_arms(space: BlochSpace, irrep: Irrep) -> float:
    """Part of the arms of an irrep that is periodic on the cell: only those can hold scatter."""
    arms = space.parent.to_standard.inverse.waves(irrep.arms)
    return float((match_vectors(arms, space.kpoints) >= 0).mean())


def rigid_freedom(parent: ParentCrystal, irrep: Irrep) -> int:
    """Components of an irrep that only move the whole structure."""
    if np.abs(irrep.arms).max() > 1e-9:
        return 0
    standard = StandardOperations(parent)
    traces = np.trace(parent.rotations_cartesian, axis1=1, axis2=2)
    count = 0
    for member in irrep.members:
        characters = member.small_characters(0, standard.rotations, standard.translations)
        norm = float((np.abs(characters) ** 2).mean())
        count += round(float((characters.conj() * traces).mean().real) / norm) * member.dim
    return count
