"""Stage T: translations that the crystal nearly has, by prime orders, averaged over exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.parents.averaging import ROUNDS, SETTLED, near_and_whole
from curiebreak.parents.nearest_pairs import Late, kept_bonds, pair
from curiebreak.parents.node import Node, smaller_cell

PRIMES = (2, 3, 5, 7)
"""Orders of one step; a larger index is several steps."""

LARGEST_SIZE = 64
"""Primitive cells of a parent in the child's."""

TRANSLATION_REACH = 0.8
"""Times the spacing: a pseudo-translation of order 2 moves the crystal by twice the displacement."""


def pseudo_translations(node: Node, late: Late) -> Iterator[Node]:
    """Yield the node averaged over each smallest group of translations that it nearly has.

    The candidates are the vectors (a, b, c)/p; the point group of the node is kept, so each is taken with
    its images. The order of the group must divide the number of atoms of every kind.
    """
    counts = np.unique(node.kinds, return_counts=True)[1]
    common = int(np.gcd.reduce(counts))
    point_group = node.rotations.astype(np.int64).tobytes()
    groups = (
        (prime, steps) for prime in PRIMES if not common % prime for steps in _invariant_groups(prime, point_group)
    )
    for prime, steps in groups:
        if common % len(steps) or node.size * len(steps) > LARGEST_SIZE:
            continue
        if late():
            return
        yield from near_and_whole(node, partial(_averaged, node, steps / prime, late))


@cache
def _vectors(prime: int) -> IntArray:
    """One vector (v, 3) of each line through the origin modulo p."""
    grid = np.array(list(np.ndindex(prime, prime, prime)), dtype=np.int64)[1:]
    first = grid[np.arange(len(grid)), (grid != 0).argmax(axis=1)]
    return np.asarray(grid[first == 1])


@cache
def _invariant_groups(prime: int, rotations: bytes) -> tuple[IntArray, ...]:
    """Groups of vectors modulo p spanned by one vector and its images under the rotations."""
    turns = np.frombuffer(rotations, dtype=np.int64).reshape(-1, 3, 3)
    found: dict[bytes, IntArray] = {}
    for vector in _vectors(prime):
        members = np.zeros((1, 3), dtype=np.int64)
        for image in turns @ vector % prime:
            if not (members == image).all(axis=1).any():
                multiples = np.arange(prime)[:, None] * image
                members = ((members[:, None] + multiples[None]) % prime).reshape(-1, 3)
        members = members[np.lexsort(members.T[::-1])]
        found.setdefault(members.tobytes(), members)
    return tuple(sorted(found.values(), key=len))


def _averaged(node: Node, steps: FloatArray, late: Late, hosts: IntArray | None = None) -> Node | None:
    """Average over translations (q, 3) in fractions and go to the smaller cell."""
    frac, kinds = node.frac, node.kinds
    limit = TRANSLATION_REACH * node.child.spacing
    for _ in range(ROUNDS):
        permutation, vectors, good = pair(frac[None] + steps[1:, None], frac, kinds, node.lattice, limit, late, hosts)
        if not good.all():
            return None
        if np.linalg.norm(vectors @ node.lattice, axis=-1).max() < SETTLED:
            break
        change = np.zeros_like(frac)
        for order, vector in zip(permutation, vectors, strict=True):
            change[order] += vector
        frac = frac + change / len(steps)
    else:
        return None
    return smaller_cell(replace(node, frac=frac, hosts=kept_bonds(node.hosts, permutation)), steps)
