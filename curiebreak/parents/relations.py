"""Which of the groups found hold which others."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import nearest_image
from curiebreak.parents.node import Node
from curiebreak.transformation import Transformation

SAME_OPERATION = 0.25
"""Times the spacing: origins of averages over different groups differ by a displacement, no more."""


def contains(upper: Node, lower: Node) -> bool:
    """Whether every operation of one average is an operation of the other, both laid on the same child.

    From the axes of the lower one to the child's, and from there to those of the upper one.
    """
    if upper.index % lower.index or upper.size % lower.size:
        return False
    outward, inward = Transformation.out_of(upper.cell, upper.origin), Transformation.out_of(lower.cell, lower.origin)
    change = outward @ inward.inverse
    if np.abs(nearest_image(change.matrix)).max() > 1e-6:
        return False
    chosen = upper.numbers(change.whole(lower.rotations))
    if chosen is None:
        return False
    moved = change.operations(lower.rotations, lower.translations)[1]
    rest = nearest_image(moved - upper.translations[chosen]) @ upper.lattice
    return bool(np.linalg.norm(rest, axis=1).max() < SAME_OPERATION * upper.child.spacing)
