"""Figures of a result for notebooks: each function returns a matplotlib ``Figure``.

``curiebreak.plot.order_parameter(finding)`` draws the learned order parameter on its carriers.
"""

from curiebreak.report.figures import (
    amplitudes,
    groups,
    harmonics,
    ladder,
    order_parameter,
    signals,
    snapshots,
    strain,
    structures,
    tilts,
    training,
    tree,
)

__all__ = [
    "amplitudes", "groups", "harmonics", "ladder", "order_parameter", "signals", "snapshots", "strain", "structures",
    "tilts", "training", "tree",
]  # fmt: skip
