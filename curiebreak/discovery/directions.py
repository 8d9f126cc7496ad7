"""The direction of an irrep in a learned or given input, read from that input alone."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.discovery.projection import InputPart, stabiliser
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.entries import fixed_projector, root_sum_square
from curiebreak.modes.summaries import subgroup, symmetry_group
from curiebreak.results import LearnedDirection, vector
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.images import image_group
from curiebreak.symmetry.isotypic import Irrep

_SILENT = 1e-9
"""Components of a direction of unit length below this are zero."""

_FIXED = 0.999
"""Eigenvalues of an average over a group above this belong to what the group leaves alone."""


def letters_and_numbers(analysis: Analysis, irrep: Irrep, rows: FloatArray) -> tuple[str | None, FloatArray]:
    """Letters (special k only), and components of unit length along the same axes.

    Parameters
    ----------
    analysis : Analysis
    irrep : Irrep
    rows : ndarray (m, dim)
        Order parameters, one row a copy of the irrep.
    """
    text, components = None, root_sum_square(rows)
    if irrep.kind == "special":
        layout = [[irrep.arm_size] * len(irrep.arms)]
        found = canonical_direction([image_group(analysis.parent, irrep)], [rows], layout)
        text, components = found.text, root_sum_square(found.components[0])
    components = components / np.linalg.norm(components)
    return text, np.where(np.abs(components) > _SILENT, components, 0.0)


def learned_direction(analysis: Analysis, part: InputPart) -> LearnedDirection:
    """Direction, free numbers and symmetry of one irrep of the learned input."""
    text, components = letters_and_numbers(analysis, part.irrep, part.order_parameters)
    projector = fixed_projector(analysis, part.irrep, analysis.child_operations)
    values = np.linalg.eigvalsh((projector + projector.T) / 2)
    mask = stabiliser(analysis, [part])
    return LearnedDirection(
        direction=text,
        components=vector(components),
        free=int((values > _FIXED).sum()),
        symmetry=symmetry_group(subgroup(analysis, mask)),
    )
