"""Point operations that a lattice nearly has, and the smallest groups that they add."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, minimal_sets
from curiebreak.mapping.lattices import matching_cells
from curiebreak.parents.averaging import multiplication

STRAIN = 0.30
"""Largest principal strain between a cell and its image: twice the 15 % of the averaged cell."""

SHEARED = 2.4
"""Shortest axes by which the end of the longest may move in it: a lattice with one axis eight times as long as another
(0.30 times 8) has some 430 nearly kept matrices, and without this bound their number grows with the square."""


@dataclass(frozen=True, eq=False)
class PointSupergroup:
    """A point group above another.

    Attributes
    ----------
    rotations : ndarray (g, 3, 3) of int
    table : ndarray (g, g) of int
        Products.
    own : ndarray (q,) of int
        Members of the smaller group, in its order.
    new : int
        One member outside; with the smaller group it generates all.
    words : list of (int, int, int)
        ``(a, b, c)``: member c is first met as the product of a and b, in an order that starts from `own`
        and `new`.
    """

    rotations: IntArray
    table: IntArray
    own: IntArray
    new: int
    words: tuple[tuple[int, int, int], ...]

    def cosets(self) -> IntArray:
        """One member of each left coset of the smaller group, that group's own identity first."""
        left = self.table[:, self.own].min(axis=1)
        return np.array(np.unique(left, return_index=True)[1], dtype=np.int64)


def nearly_kept(lattice: FloatArray) -> IntArray:
    """Integer matrices (m, 3, 3) on columns whose image of the lattice is strained by less than 0.30.

    In a lattice with a long axis by less: its end moves by `SHEARED` shortest axes at most.
    """
    return _nearly_kept(np.round(lattice, 6).tobytes())


@lru_cache(maxsize=256)
def _nearly_kept(lattice: bytes) -> IntArray:
    rows = np.frombuffer(lattice).reshape(3, 3)
    identity = np.eye(3, dtype=np.int64)
    lengths = np.linalg.norm(rows, axis=1)
    strain = min(STRAIN, SHEARED * float(lengths.min() / lengths.max()))
    found = [match.cell for match in matching_cells(rows, identity[None], rows, 1, strain)]
    proper = np.array([m.T for m in found if _finite(m.T)], dtype=np.int64).reshape(-1, 3, 3)
    return np.concatenate([proper, -proper])


def _finite(rotation: IntArray) -> bool:
    """Whether a proper integer matrix is a rotation of order 1, 2, 3, 4 or 6."""
    trace = int(np.trace(rotation))
    order = {3: 1, -1: 2, 0: 3, 1: 4, 2: 6}.get(trace)
    return order is not None and bool((np.linalg.matrix_power(rotation, order) == np.eye(3, dtype=np.int64)).all())


def minimal_supergroups(rotations: IntArray, allowed: IntArray) -> list[PointSupergroup]:
    """Point groups above `rotations` inside a set of matrices, without those that hold another one.

    Parameters
    ----------
    rotations : ndarray (q, 3, 3) of int
    allowed : ndarray (m, 3, 3) of int
    """
    return _minimal(rotations.astype(np.int64).tobytes(), allowed.tobytes())


@lru_cache(maxsize=512)
def _minimal(own: bytes, every: bytes) -> list[PointSupergroup]:
    rotations = np.frombuffer(own, dtype=np.int64).reshape(-1, 3, 3)
    matrices = np.frombuffer(every, dtype=np.int64).reshape(-1, 3, 3)
    numbers = {row.tobytes(): index for index, row in enumerate(matrices.reshape(-1, 9))}
    members = [numbers.get(r.tobytes(), -1) for r in rotations.reshape(-1, 9)]
    if min(members) < 0:  # the lattice no longer shows an operation of its own: strained beyond the limit
        return []
    products = multiplication(matrices)
    if products is None:
        return []
    table = products.tolist()
    found: dict[frozenset[int], int] = {}
    for number in range(len(matrices)):
        if number in members:
            continue
        group = _closed(members, number, table)
        if group is not None:
            found.setdefault(group, number)
    smallest = sorted(minimal_sets(found), key=sorted)
    return [_point_group(matrices, members, found[g], g, products) for g in smallest]


def _closed(members: list[int], new: int, table: list[list[int]]) -> frozenset[int] | None:
    """Group of the members and one more matrix; ``None`` where it leaves the set or has more than 48."""
    group = set(members)
    generators = [*members, new]
    frontier = [new]
    group.add(new)
    while frontier:
        found = []
        for element in frontier:
            for generator in generators:
                for product in (table[element][generator], table[generator][element]):
                    if product < 0:
                        return None
                    if product not in group:
                        group.add(product)
                        found.append(product)
        if len(group) > _LARGEST_ORDER:
            return None
        frontier = found
    return frozenset(group)


_LARGEST_ORDER = 48


def _point_group(
    matrices: IntArray, members: list[int], new: int, group: frozenset[int], products: IntArray
) -> PointSupergroup:
    order = sorted(group)
    local = {number: index for index, number in enumerate(order)}
    chosen = np.array(order)
    table = np.vectorize(local.__getitem__, otypes=[np.int64])(products[np.ix_(chosen, chosen)])
    own = [local[m] for m in members]
    words: list[tuple[int, int, int]] = []
    known = {*own, local[new]}
    frontier = sorted(known)
    while len(known) < len(order):
        found = []
        for first in frontier:
            for second in (*own, local[new]):
                for a, b in ((first, second), (second, first)):
                    product = int(table[a, b])
                    if product not in known:
                        known.add(product)
                        found.append(product)
                        words.append((a, b, product))
        frontier = found
    return PointSupergroup(matrices[chosen], table, np.array(own), local[new], tuple(words))
