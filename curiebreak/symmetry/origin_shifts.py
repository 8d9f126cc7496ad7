"""Origins that give a space group the same operations.

Moving the origin by ``w`` means new coordinates ``x' = x - w``. An operation ``{R|t}`` then
reads ``{R|t + (R - 1) w}``; the set of operations stays the same exactly if ``(R - 1) w`` is
a lattice vector for every ``R``. These ``w`` are the translations of the Euclidean
normaliser.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InternalError
from curiebreak.symmetry.sublattices import smith_normal_form
from curiebreak.symmetry.table_file import GroupTable, group_table
from curiebreak.transformation import Transformation


@dataclass(frozen=True)
class EquivalentOrigins:
    """Origin shifts that leave the operations of a space group unchanged.

    Attributes
    ----------
    shifts : tuple of (float, float, float)
        Conventional fractional coordinates, modulo lattice translations and the polar
        directions, without the zero shift.
    polar_axes : tuple of (int, int, int)
        Conventional directions along which the origin may move freely.
    """

    shifts: tuple[tuple[float, float, float], ...]
    polar_axes: tuple[tuple[int, int, int], ...]


@cache
def equivalent_origins(number: int) -> EquivalentOrigins:
    """Other origins of a space group in its standard setting.

    Parameters
    ----------
    number : int
        Space group number.

    Raises
    ------
    InputError
        If the number is not 1 to 230.
    """
    table = group_table(number)
    to_primitive = np.linalg.inv(table.lattice.T)
    # p is an equivalent origin where (R - 1) p is a lattice vector for every R
    moves = to_primitive @ (table.rotations - np.eye(3)) @ table.lattice.T
    diagonal, right = _diagonal_form(np.rint(moves).astype(int).reshape(-1, 3))
    # zero divisors: the origin is free along these axes, the group is polar
    axes = [_integer_direction(table.lattice.T @ right[:, i]) for i in range(3) if diagonal[i] == 0]
    steps = [range(max(1, int(d))) for d in diagonal]
    shifts = set()
    for counts in product(*steps):
        # divisors d > 1: shifts by c/d along the columns of V
        fraction = np.array([c / d if d else 0.0 for c, d in zip(counts, diagonal, strict=True)])
        shifts.add(_canonical_shift(table, table.lattice.T @ right @ fraction, axes))
    shifts.discard((0.0, 0.0, 0.0))
    return EquivalentOrigins(tuple(sorted(shifts, key=_shift_order)), tuple(axes))


def nearest_origin(number: int, change: Transformation, first: FloatArray) -> Transformation:
    """The same axes about the file's own origin, else about the equivalent one nearest to the first atom of the file.

    Axes that are not the standard ones (a primitive cell) leave the choice, on which labels depend. With the first atom
    nearest, diamond has its atoms at 8a and not at 8b.

    Parameters
    ----------
    number : int
    change : Transformation
        From the file's axes to the standard ones, for one of the origins.
    first : ndarray (n, 3)
        Positions that are equivalent to the first atom, fractions of the file's cell.
    """
    candidates = [change.shift, *(change.shift - np.array(other) for other in equivalent_origins(number).shifts)]
    lattice = group_table(number).lattice
    inverse = np.linalg.inv(lattice)

    def distance(one: FloatArray) -> float:
        # modulo the primitive lattice of the group, axes taken as equal: an order is all that is needed
        vectors = nearest_image(np.atleast_2d(one) @ inverse) @ lattice
        return round(float(np.linalg.norm(vectors, axis=1).min()), 4)

    own = [one for one in candidates if distance(one) < _OWN]
    return Transformation(change.matrix, min(own or candidates, key=lambda one: distance(change.vectors(first) + one)))


_OWN = 0.02
"""Conventional fractions; an origin as near as this is the file's own."""


def _diagonal_form(matrix: IntArray) -> tuple[IntArray, FloatArray]:
    """Diagonal ``s`` (3,) and unimodular ``V`` (3, 3) with ``U @ matrix @ V = diag(s)``.

    Solutions of ``matrix @ w in Z^n`` are ``w = V @ (n_i / s_i)``, with ``n_i / s_i`` any
    real number where ``s_i`` is zero.

    Parameters
    ----------
    matrix : (n, 3) int
    """
    rows = np.unique(matrix, axis=0)
    _, diagonal, right = smith_normal_form(np.vstack([rows, np.zeros((3, 3), dtype=np.int64)]))
    return np.abs(np.diag(diagonal)[:3]), right.astype(float)


def _canonical_shift(
    table: GroupTable, shift: FloatArray, polar_axes: list[tuple[int, int, int]]
) -> tuple[float, float, float]:
    """Reduce modulo the lattice and the polar axes, which are conventional axes."""
    fixed = 1 - np.array(polar_axes, float).reshape(-1, 3).sum(axis=0)
    start = shift @ np.linalg.inv(table.lattice)
    options = []
    for move in product(range(-2, 3), repeat=3):
        vector = ((start - np.floor(start + 1e-9) + move) @ table.lattice) * fixed
        if (vector > -1e-6).all() and (vector < 1 - 1e-6).all():
            # multiples of 1/24, as all origins of standard settings
            options.append(tuple(map(float, np.round(vector * 24) / 24 + 0.0)))
    cubic = table.number >= 195
    # in cubic groups one with equal components, else the one nearest to zero
    best = min(options, key=lambda x: (cubic and len(set(x)) > 1, _shift_order(x)))
    return best[0], best[1], best[2]


def _shift_order(shift: tuple[float, ...]) -> tuple[float, tuple[float, ...]]:
    return round(sum(shift), 6), tuple(-x for x in shift)


def _integer_direction(vector: FloatArray) -> tuple[int, int, int]:
    scaled = vector / np.abs(vector[np.abs(vector) > 1e-6]).min()
    for factor in range(1, 13):
        whole = np.rint(scaled * factor)
        if np.abs(whole - scaled * factor).max() < 1e-6:
            sign = -1 if whole[np.flatnonzero(whole)[0]] < 0 else 1
            x, y, z = (int(sign * w) for w in whole)
            return x, y, z
    raise InternalError("a polar axis is not rational")
