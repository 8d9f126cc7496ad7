"""Kinds of arrays by the type of their numbers, and small functions on them that every room needs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from operator import add
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ComplexArray = NDArray[np.complex128]
BoolArray = NDArray[np.bool_]

Scalar = TypeVar("Scalar", bound=np.generic)
Name = TypeVar("Name", bound=Hashable)
Amount = TypeVar("Amount", float, FloatArray, BoolArray)
Axes = TypeVar("Axes", FloatArray, IntArray)


def distinct(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Sorted different elements (m,) of an array, like ``np.unique`` without the slow import of ``numpy.ma``."""
    return np.asarray(np.unique(values, return_index=True)[0])


def summed(amounts: Iterable[tuple[Name, Amount]], add: Callable[[Amount, Amount], Amount] = add) -> dict[Name, Amount]:
    """Amounts by name, in the order in which they are first named; those of one name are added."""
    total: dict[Name, Amount] = {}
    for name, amount in amounts:
        total[name] = add(total[name], amount) if name in total else amount
    return total


def common(masks: Iterable[BoolArray], shape: tuple[int, ...]) -> BoolArray:
    """Where all of some masks of one shape hold: everywhere where there are none."""
    return np.asarray(np.logical_and.reduce([np.ones(shape, dtype=bool), *masks]))


def minimal_sets(sets: Iterable[frozenset[Name]]) -> list[frozenset[Name]]:
    """Those of some different sets that hold no other of them, in their order."""
    every = list(sets)
    return [one for one in every if not any(other < one for other in every)]


def direct_pairs(above: BoolArray) -> list[tuple[int, int]]:
    """Pairs (i, j) of a partial order (n, n), i above j, with none between them: its covering relations."""
    steps = above.astype(np.int64)
    return [(int(i), int(j)) for i, j in np.argwhere(above & ~((steps @ steps) > 0))]


def right_handed(axes: Axes) -> Axes:
    """Axes (3, 3) as rows, all of them turned round where their determinant is negative."""
    return axes if np.linalg.det(axes) > 0 else -axes


def integer_echelon(rows: IntArray) -> IntArray:
    """Upper triangular basis (3, 3) of the lattice that integer `rows` (m, 3) span, zero rows where it has fewer."""
    work = np.array(rows, dtype=np.int64)
    basis = np.zeros((3, 3), dtype=np.int64)
    for column in range(3):
        while len(active := np.flatnonzero(work[:, column])) > 1:
            # Euclid's algorithm down the column, with the smallest entry as divisor
            pivot = active[np.abs(work[active, column]).argmin()]
            others = active[active != pivot]
            work[others] -= (work[others, column] // work[pivot, column])[:, None] * work[pivot]
        basis[column] = work[active].sum(axis=0)  # the one that is left, if any
        work[active] = 0
    return basis


def lengths_and_angles(metric: FloatArray) -> FloatArray:
    """a, b, c, and alpha, beta, gamma in degrees, of a cell with a metric tensor (3, 3)."""
    lengths = np.sqrt(np.diag(metric))
    cosines = (metric / np.outer(lengths, lengths))[[1, 0, 0], [2, 2, 1]]
    return np.array([*lengths, *np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))])


def nearest_image(difference: FloatArray) -> FloatArray:
    """Fractional differences (..., 3) less whole lattice vectors: the periodic difference, -1/2 to 1/2 on each axis.

    Also how far numbers are from whole ones.
    """
    return np.asarray(difference - np.round(difference))
