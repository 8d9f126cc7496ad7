"""What an average may look like to be a parent."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import IntArray, nearest_image
from curiebreak.parents.node import MEETING, Node, shortest_distances
from curiebreak.transformation import Transformation

LARGEST_RMS = 0.40
"""Times the spacing; the most tilted real perovskites reach 0.33, unrelated types begin at 0.39."""

LARGEST_DISPLACEMENT = 2.5
"""Å."""

LARGEST_HOP = 0.5
"""Of the way to the next site of the same kind: beyond half of it the pairing is another. Of true parents 99 %
lie below 0.42."""

SHORTEST_CONTACT = 0.62
"""Times the child's shortest distance of the same two kinds."""

SHORTEST_HYDROGEN = 0.25
"""The same with hydrogen, whose two orientations average to the middle."""


def is_admissible(node: Node) -> bool:
    """Whether displacements, hops and distances are those of a distorted crystal, and the group holds the child's."""
    return (
        node.rms <= LARGEST_RMS * node.child.spacing
        and node.dmax <= LARGEST_DISPLACEMENT
        and node.hop <= LARGEST_HOP
        and _keeps_distances(node)
        and holds_child(node)
    )


def _keeps_distances(node: Node) -> bool:
    found = shortest_distances(node.lattice, node.frac, node.kinds)
    hydrogen = node.child.hydrogen
    share = np.where(hydrogen[:, None] | hydrogen[None], SHORTEST_HYDROGEN, SHORTEST_CONTACT)
    return bool((found >= share * node.child.shortest - 1e-6).all())


def holds_child(node: Node) -> bool:
    """Whether every operation of the child is one of the node and permutes its places alike."""
    child = node.child
    chosen = node.numbers(Transformation.out_of(node.cell).whole(child.rotations))
    if chosen is None:
        return False
    return all(
        np.array_equal(node.site[mine], _permutation(node, operation)[node.site])
        for mine, operation in zip(child.permutations, chosen.tolist(), strict=True)
    )


def _permutation(node: Node, operation: int) -> IntArray:
    """Where an operation carries the places (m,) of a node; -1 for a place that it carries nowhere.

    Averages over translations pair the atoms without asking the child's operations, which may be none of theirs.
    """
    moved = node.frac @ node.rotations[operation].T + node.translations[operation]
    difference = nearest_image(moved[:, None] - node.frac) @ node.lattice
    squares = np.einsum("ijk,ijk->ij", difference, difference)
    squares[node.kinds[:, None] != node.kinds] = np.inf
    return np.where(squares.min(axis=1) < MEETING**2, squares.argmin(axis=1), -1)
