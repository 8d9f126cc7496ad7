"""Kinds of arrays by the type of their numbers, and small functions on them that every room needs."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ComplexArray = NDArray[np.complex128]
BoolArray = NDArray[np.bool_]

Scalar = TypeVar("Scalar", bound=np.generic)


def distinct(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Sorted different elements (m,) of an array, like ``np.unique`` without the slow import of ``numpy.ma``."""
    return np.asarray(np.unique(values, return_index=True)[0])


def direct_pairs(above: BoolArray) -> list[tuple[int, int]]:
    """Pairs (i, j) of a partial order (n, n), i above j, with none between them: its covering relations."""
    steps = above.astype(np.int64)
    return [(int(i), int(j)) for i, j in np.argwhere(above & ~((steps @ steps) > 0))]


def nearest_image(difference: FloatArray) -> FloatArray:
    """Fractional differences (..., 3) less whole lattice vectors: the periodic difference, -1/2 to 1/2 on each axis.

    Also how far numbers are from whole ones.
    """
    return np.asarray(difference - np.round(difference))
