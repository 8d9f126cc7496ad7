"""Finding the parameters at which a tabulated k family holds a given k vector.

Everything is done in the primitive reciprocal basis, where two equivalent k vectors differ
by integers. With a unimodular matrix ``U`` that brings the directions ``M`` of a line or
plane to triangular form, ``k + g = c + p M`` has a solution exactly if the coordinates of
``(k - c) U`` beyond the first ``n_parameters`` are integers.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.symmetry.table_file import WaveVectorFamily

K_TOLERANCE = 1e-6
"""Largest misfit of a k vector, primitive reciprocal units."""
_RANGE = np.arange(-2, 3)


def match_family(family: WaveVectorFamily, images: FloatArray, lattice: FloatArray) -> FloatArray | None:
    """Parameters at which the star of a family holds a given star or its negative.

    Parameters
    ----------
    family : WaveVectorFamily
    images : (g, 3) float
        The k vector under all operations, conventional reciprocal basis.
    lattice : (3, 3) float
        Primitive lattice vectors, rows, conventional axes.

    Returns
    -------
    (n_parameters,) float or None
        Smallest in modulus of all solutions, then positive before negative; None if the
        family does not hold the star.
    """
    # all images of k and -k relative to the family's constant, in primitive reciprocal units
    coordinates = np.concatenate([images, -images]) @ lattice.T - family.constant[0] @ lattice.T
    n = family.n_parameters
    directions = family.coefficients[0] @ lattice.T
    # in the new basis the first n coordinates are free, the others must be whole numbers
    unimodular, triangle = column_echelon(directions)
    turned = coordinates @ unimodular
    rest = turned[:, n:]
    held = np.abs(rest - np.rint(rest)).max(axis=1, initial=0) < K_TOLERANCE
    if not held.any():
        return None
    if n == 0:
        return np.zeros(0)
    free = turned[held, :n]
    # the free parameters modulo the reciprocal lattice; the smallest stands for all
    shifts = np.array(list(product(_RANGE, repeat=n)), float)
    candidates = (free - np.floor(free))[:, None] + shifts[None]
    return _smallest(candidates.reshape(-1, n) @ np.linalg.inv(triangle))


def _smallest(candidates: FloatArray) -> FloatArray:
    rounded = np.round(candidates, 7) + 0.0
    size = np.round((rounded**2).sum(axis=1), 6)
    negative = (rounded < 0).sum(axis=1)
    keys = [-rounded[:, i] for i in reversed(range(rounded.shape[1]))]
    best = np.lexsort([*keys, negative, size])[0]
    return np.asarray(candidates[best])


def column_echelon(directions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unimodular ``U`` (3, 3) and triangle (n, n) with ``directions @ U = [triangle, 0]``.

    Parameters
    ----------
    directions : (n, 3) float
        Independent rows with rational entries of denominator up to 6.
    """
    # coefficients are multiples of 1/6, so that whole numbers suffice
    work = np.rint(directions * 6).astype(int)
    unimodular = np.eye(3, dtype=int)
    for row in range(len(work)):
        while np.count_nonzero(work[row, row:]) > 1 or work[row, row] == 0:
            _reduce_row(work, unimodular, row)
    n = len(work)
    return unimodular.astype(float), work[:, :n] / 6


def _reduce_row(work: IntArray, unimodular: IntArray, row: int) -> None:
    """One step of Euclid's algorithm on the entries of a row from its diagonal on."""
    entries = work[row, row:]
    nonzero = np.flatnonzero(entries)
    pivot = int(row + nonzero[np.abs(entries[nonzero]).argmin()])
    for matrix in (work, unimodular):
        matrix[:, [row, pivot]] = matrix[:, [pivot, row]]
    for column in range(row + 1, 3):
        factor = work[row, column] // work[row, row]
        for matrix in (work, unimodular):
            matrix[:, column] -= factor * matrix[:, row]
