"""Atoms near a place, over the periodic images of the cell, by k-d trees."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image

_SEARCHED = 1.0
"""Å beyond the cell in which images of atoms are looked for; places nearer to an atom than this find it."""

_FEW = 400
"""Atoms of which all pairs are looked at at once."""

_PAIRS = 200_000
"""Places times atoms whose distances are all computed: less than what loading and building a tree takes."""

_FURTHEST = 2.0
"""Cells; no images further away are made, whatever a damaged cell asks for."""

_APART = 1e6
"""Å between atoms of different kinds, along a fourth axis."""


def with_images(lattice: FloatArray, frac: FloatArray, margin: float) -> tuple[FloatArray, IntArray]:
    """Atoms folded into the cell and their images within `margin` (Å) of it: fractions (m, 3) and indices (m,)."""
    reach = np.minimum(margin * np.linalg.norm(np.linalg.inv(lattice), axis=0), _FURTHEST)
    folded = frac - np.floor(frac)
    shifts = [np.arange(-np.ceil(m), np.ceil(m) + 1) for m in reach]
    copies = folded[None] + np.stack(np.meshgrid(*shifts, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    near = ((copies >= -reach) & (copies <= 1 + reach)).all(axis=-1)
    return copies[near], np.nonzero(near)[1]


def least_vectors(cell: FloatArray | None, difference: FloatArray) -> FloatArray:
    """Differences (..., 3) of places, the periodic one where there is a cell, in Å (Cartesian)."""
    return difference if cell is None else np.asarray(nearest_image(difference) @ cell)


def squares_apart(cell: FloatArray | None, places: FloatArray, others: FloatArray) -> FloatArray:
    """Squares (...) of the distances of places (..., 3) from others, periodic where there is a cell, Å^2."""
    return np.asarray((least_vectors(cell, places - others) ** 2).sum(axis=-1))


def close_pairs(cell: FloatArray | None, positions: FloatArray, distance: float) -> Iterator[tuple[int, int]]:
    """Pairs ``i < j`` of atoms closer than `distance` (Å), in order.

    Parameters
    ----------
    cell : ndarray (3, 3) or None
        Rows in Å.
    positions : ndarray (n, 3)
        Fractional, or Cartesian without a cell.
    distance : float
        Less than half the cell's smallest height.
    """
    if len(positions) <= _FEW:
        near = squares_apart(cell, positions[:, None], positions) < distance**2
        yield from ((int(i), int(j)) for i, j in np.argwhere(np.triu(near, 1)))
        return
    places, atom, asked = positions, np.arange(len(positions)), positions
    if cell is not None:
        copies, atom = with_images(cell, positions, 2.0 * distance)
        places, asked = copies @ cell, (positions - np.floor(positions)) @ cell
    for i, found in enumerate(_tree(places).query_ball_point(asked, distance)):
        if len(found) > 1:
            yield from ((i, int(j)) for j in np.unique(atom[found]) if j > i)


def _tree(places: FloatArray) -> Any:
    from scipy.spatial import cKDTree  # a fifth of a second, which small structures need not wait for

    return cKDTree(places)


class NearestAtom:
    """Nearest atom of the same kind, by a k-d tree where there are many.

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n, 3)
    kinds : ndarray (n,) of int
    """

    def __init__(self, lattice: FloatArray, frac: FloatArray, kinds: IntArray) -> None:
        copies, self._atom = with_images(lattice, frac, _SEARCHED)
        self._lattice = lattice
        self._places = self._tagged(copies, kinds[self._atom])

    def of(self, frac: FloatArray, kinds: IntArray) -> tuple[IntArray, FloatArray]:
        """Index (m,) of the nearest atom and its distance (m,) in Å, for places (m, 3) in fractions."""
        asked = self._tagged(frac - np.floor(frac), kinds)
        if len(asked) * len(self._places) <= _PAIRS:
            squares = ((asked[:, None] - self._places[None]) ** 2).sum(axis=-1)
            found = squares.argmin(axis=1)
            distance = np.sqrt(squares[np.arange(len(asked)), found])
        else:
            distance, found = self._tree.query(asked)
        return np.asarray(self._atom[found], dtype=np.int64), np.asarray(distance)

    @cached_property
    def _tree(self) -> Any:
        return _tree(self._places)

    def _tagged(self, frac: FloatArray, kinds: IntArray) -> FloatArray:
        """Cartesian places, kinds far apart along a fourth axis."""
        return np.column_stack([frac @ self._lattice, kinds * _APART])
