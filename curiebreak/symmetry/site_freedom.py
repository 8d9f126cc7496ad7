"""Orbits of atoms under a group, and what the group of a site leaves free there."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.symmetry.direction_text import echelon

_ZERO = 1e-6


def first_of_orbits(images: IntArray, order: IntArray) -> list[tuple[int, int]]:
    """The atom of each orbit that comes first in `order` (n,), and the orbit's length.

    `images` (m, n) says where each operation of a group carries each atom.
    """
    # an orbit is known by its smallest member
    _, first, lengths = np.unique(images.min(axis=0)[order], return_index=True, return_counts=True)
    rows = np.argsort(first)
    return list(zip(order[first[rows]].tolist(), lengths[rows].tolist(), strict=True))


def free_rows(average: FloatArray) -> tuple[FloatArray, tuple[int, ...]]:
    """Echelon rows (f, 3) that the mean (3, 3) over a site group keeps, and the axis of each one's letter."""
    # (13): the mean projects on what the site group leaves alone; each row of its echelon form has one free coordinate
    count = int(np.linalg.matrix_rank(average, tol=_ZERO))
    rows = echelon(np.linalg.svd(average)[0][:, :count].T) if count else np.zeros((0, 3))
    return rows, tuple((np.abs(rows) > _ZERO).argmax(axis=1).tolist())
