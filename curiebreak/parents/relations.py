"""Which of the groups found hold which others."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import nearest_image
from curiebreak.parents.node import Node

SAME_OPERATION = 0.25
"""Times the spacing: origins of averages over different groups differ by a displacement, no more."""


def contains(upper: Node, lower: Node) -> bool:
    """Whether every operation of one average is an operation of the other, both laid on the same child.

    With ``K = cell_lower^-1 cell_upper`` and the origins o of the child in either cell,
    ``x_upper = (x_lower - o_lower) K + o_upper`` on rows.
    """
    if upper.index % lower.index or upper.size % lower.size:
        return False
    change = np.linalg.inv(lower.cell) @ upper.cell
    if np.abs(nearest_image(change)).max() > 1e-6:
        return False
    backward = np.linalg.inv(change.T)
    turned = np.einsum("ij,gjk,kl->gil", change.T, lower.rotations, backward)
    whole = np.ascontiguousarray(np.round(turned).astype(np.int64))
    if np.abs(turned - whole).max() > 1e-6:
        return False
    numbers = {r.tobytes(): i for i, r in enumerate(np.ascontiguousarray(upper.rotations))}
    chosen = [numbers.get(r.tobytes(), -1) for r in whole]
    if min(chosen) < 0:
        return False
    shift = upper.origin - lower.origin @ change
    moved = lower.translations @ change + shift - whole @ shift
    rest = moved - upper.translations[chosen]
    rest = nearest_image(rest) @ upper.lattice
    return bool(np.linalg.norm(rest, axis=1).max() < SAME_OPERATION * upper.child.spacing)
