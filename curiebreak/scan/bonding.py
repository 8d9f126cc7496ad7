"""Bond lengths that tell a distorted perovskite from a structure that only shares its net.

Calcite has the net of perovskite around its metal, with a carbonate group in every hole; a molecule or
a layer has octahedra with one or two corners far away. Both are told by ratios of bond lengths.
"""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.scan.net import NoNetError, image_vectors

LARGEST_BOND_RATIO = 2.0
"""Longest over shortest B-X in one octahedron; supertetragonal perovskites reach 1.7."""

GROUP_RATIO = 1.7
"""Mean distance of the fourth to sixth X around A over that of the first to third, in AX3 groups above."""

GROUP_LENGTH = 0.9
"""An AX3 group is shorter than this, in mean B-X lengths."""


def check_bonds(lattice: FloatArray, frac: FloatArray, centres: IntArray, corners: IntArray, holes: IntArray) -> None:
    """Refuse octahedra that are no octahedra and holes that hold the centre of an AX3 group.

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n_atoms, 3)
    centres, corners, holes : ndarray of int
        Atoms B, X and A.

    Raises
    ------
    NoNetError
        With the reason.
    """
    bonds = nearest_six(lattice, frac, centres, corners)
    ratio = float((bonds[:, 5] / bonds[:, 0]).max())
    if ratio > LARGEST_BOND_RATIO:
        raise NoNetError(f"a centre has B-X distances in the ratio {ratio:.2f}, too uneven for an octahedron")
    if not len(holes):
        return
    around = nearest_six(lattice, frac, holes, corners)
    three, next_three = around[:, :3].mean(axis=1), around[:, 3:].mean(axis=1)
    grouped = (next_three > GROUP_RATIO * three) & (three < GROUP_LENGTH * bonds.mean())
    if grouped.any():
        raise NoNetError(
            f"an atom in a hole forms a group with three corners at {three[grouped].min():.2f} Å "
            f"(B-X {bonds.mean():.2f} Å)"
        )


def nearest_six(lattice: FloatArray, frac: FloatArray, atoms: IntArray, corners: IntArray) -> FloatArray:
    """Distances (m, 6) in Å of the six nearest corners of each atom, rising."""
    vectors, _ = image_vectors(lattice, frac[atoms], frac[corners])
    return np.asarray(np.sort(np.linalg.norm(vectors, axis=-1), axis=1)[:, :6])
