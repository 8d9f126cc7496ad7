"""Sublattices of the parent lattice: residues, dual vectors, joins. Exact integer arithmetic."""

from __future__ import annotations

from math import gcd

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, distinct, integer_echelon, nearest_image
from curiebreak.errors import InputError

LARGEST_DENOMINATOR = 48
"""Of a wave vector that counts as commensurate."""


def hermite_normal_form(rows: IntArray) -> IntArray:
    """Upper triangular basis (3, 3), positive diagonal, of the lattice spanned by integer `rows` (m, 3)."""
    basis = integer_echelon(rows)
    basis[np.diag(basis) < 0] *= -1
    for column in range(1, 3):
        for upper in range(column):
            # entries above the diagonal reduced modulo it: the form is unique
            basis[upper] -= (basis[upper, column] // basis[column, column]) * basis[column]
    return basis


def residues(hnf: IntArray) -> IntArray:
    """All integer vectors (s, 3) modulo the lattice with basis `hnf`, zero first."""
    axes = [np.arange(hnf[i, i]) for i in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.int64)


def reduce_vectors(vectors: IntArray, hnf: IntArray) -> IntArray:
    """Representatives of integer `vectors` (..., 3) among :func:`residues`."""
    result = np.array(vectors, dtype=np.int64)
    # row by row: the triangular form lets each component be reduced once
    for i in range(3):
        result -= np.floor_divide(result[..., i], hnf[i, i])[..., None] * hnf[i]
    return result


def residue_index(reduced: IntArray, hnf: IntArray) -> IntArray:
    """Position of reduced vectors (..., 3) in the list of :func:`residues`."""
    n1, n2 = int(hnf[1, 1]), int(hnf[2, 2])
    index = (reduced[..., 0] * n1 + reduced[..., 1]) * n2 + reduced[..., 2]
    return np.asarray(index, dtype=np.int64)


def coset_index(vectors: IntArray, hnf: IntArray) -> IntArray:
    """Coset of each integer vector (..., 3) modulo the lattice of a Hermite form, as a place in :func:`residues`."""
    return residue_index(reduce_vectors(vectors, hnf), hnf)


def dual_vectors(cell: IntArray) -> FloatArray:
    """Wave vectors (s, 3), reciprocal fractions of the parent, that are periodic on `cell`.

    ``k . row`` is an integer for every row of `cell`; zero first, entries in [0, 1).
    """
    # k with cell k whole: k = cell^-1 m, m modulo the columns of the cell
    numerators = residues(hermite_normal_form(cell.T))
    vectors = numerators @ np.linalg.inv(cell).T
    return wrap(vectors)


def wrap(vectors: FloatArray) -> FloatArray:
    """Fractions folded into [0, 1), values within 1e-9 of 1 set to 0."""
    folded = np.asarray(vectors, dtype=float) - np.floor(np.round(vectors, 9))
    folded[np.abs(folded) < 1e-9] = 0.0
    return np.asarray(folded)


def match_vectors(wanted: FloatArray, known: FloatArray) -> IntArray:
    """Index in `known` (s, 3) of the first vector that equals each of `wanted` (m, 3) modulo 1, or -1."""
    difference = wanted[:, None, :] - known[None, :, :]
    difference = nearest_image(difference)
    # the first within rounding, not the nearest: of two equal vectors rounding must not choose
    same = np.abs(difference).max(axis=-1) <= 1e-5
    return np.asarray(np.where(same.any(axis=1), same.argmax(axis=1), -1), dtype=np.int64)


def periodic_cell(kpoints: FloatArray) -> IntArray:
    """Smallest cell (3, 3) on which all wave vectors (m, 3), primitive fractions, are periodic.

    Raises
    ------
    InputError
        If a component is no fraction with a denominator up to `LARGEST_DENOMINATOR`.
    """
    order = _common_denominator(kpoints)
    whole = np.round(kpoints * order).astype(np.int64)
    # the lattice of the k and the reciprocal lattice; its dual is the cell
    generators = hermite_normal_form(np.concatenate([whole, order * np.eye(3, dtype=np.int64)]))
    return np.round(order * np.linalg.inv(generators).T).astype(np.int64)


def _common_denominator(kpoints: FloatArray) -> int:
    order = 1
    for value in distinct(np.round(kpoints.ravel(), 9)):
        denominators = range(1, LARGEST_DENOMINATOR + 1)
        own = next((n for n in denominators if abs(value * n - round(value * n)) < 1e-6), None)
        if own is None:
            raise InputError(
                f"The wave vector component {value:g} is no simple fraction, so no small cell holds it.",
                f"Use fractions with denominators up to {LARGEST_DENOMINATOR}.",
            )
        order = order * own // gcd(order, own)
    return order


def smith_normal_form(matrix: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Integer matrices with ``U @ matrix @ V = D``, D diagonal and U, V unimodular.

    The diagonal entries need not divide one another; that is not needed here.
    """
    d = np.array(matrix, dtype=np.int64)
    rows, cols = d.shape
    u, v = np.eye(rows, dtype=np.int64), np.eye(cols, dtype=np.int64)
    for step in range(min(rows, cols)):
        while True:
            block = np.abs(d[step:, step:])
            if not block.any():
                return u, d, v
            # the smallest non-zero entry to the corner, then rows and columns are reduced by it
            masked = np.where(block == 0, np.iinfo(np.int64).max, block)
            i, j = (int(x) + step for x in np.unravel_index(int(np.argmin(masked)), block.shape))
            d[[step, i]], u[[step, i]] = d[[i, step]], u[[i, step]]
            d[:, [step, j]], v[:, [step, j]] = d[:, [j, step]], v[:, [j, step]]
            pivot = d[step, step]
            for row in range(step + 1, rows):
                factor = d[row, step] // pivot
                d[row] -= factor * d[step]
                u[row] -= factor * u[step]
            for col in range(step + 1, cols):
                factor = d[step, col] // pivot
                d[:, col] -= factor * d[:, step]
                v[:, col] -= factor * v[:, step]
            if not d[step + 1 :, step].any() and not d[step, step + 1 :].any():
                break
    return u, d, v
