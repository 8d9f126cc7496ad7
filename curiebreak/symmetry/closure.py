"""Whether a set of operations is a group: tolerances near the size of a change can pick sets that are none."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.sublattices import coset_index


def is_group(space: BlochSpace, mask: BoolArray) -> bool:
    """Whether the operations `mask` (g, s), with the cell's translations, are closed.

    Generators are taken one by one: each must carry the whole set into itself from the left.
    """
    parent, hnf = space.parent, space.hnf
    g, tau = np.nonzero(mask)
    if not mask[0, 0] or mask.size % len(g):
        return False
    rotations, shifts = parent.rotations[g], parent.translations[g] + space.translations[tau]
    products = product_table(parent.rotations_cartesian)

    def inside(rows: IntArray, moved: FloatArray) -> tuple[BoolArray, IntArray]:
        steps = np.round(moved - parent.translations[rows]).astype(np.int64)
        places = coset_index(steps, hnf)
        return np.asarray(mask[rows, places]), number[rows, places]

    number = np.full(mask.shape, -1, dtype=np.int64)
    number[g, tau] = np.arange(len(g))
    if not all(inside(g, shifts + rotations @ row)[0].all() for row in hnf):
        return False
    reached = np.zeros(len(g), dtype=bool)
    reached[number[0, 0]] = True
    carried: list[IntArray] = []
    while not reached.all():
        new = int(np.flatnonzero(~reached)[0])
        kept, images = inside(products[g[new], g], shifts @ rotations[new].T + shifts[new])
        if not kept.all():
            return False
        carried.append(images)
        before = -1
        while before != int(reached.sum()):
            before = int(reached.sum())
            for step in carried:
                reached[step[reached]] = True
    return True


def product_table(rotations: FloatArray) -> IntArray:
    """Index of the rotation of g h for all parent operations (g, 3, 3): ndarray (g, g)."""
    flat = rotations.reshape(len(rotations), 9)
    products = np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 9)
    # the Frobenius product of two rotations is 3 for equal ones and less for others
    return np.asarray((products @ flat.T).argmax(axis=1).reshape(len(rotations), -1))
