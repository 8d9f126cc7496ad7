"""``list_directions`` of irreps of moments, alone or beside another irrep: directions with their magnetic groups.

The group that acts is grey: D(g) and, with time reversal, D(g) with the sign changed in the irreps of moments.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.magnetic.grey_group import grey_subgroup
from curiebreak.modes.direction_list import (
    every_direction,
    generic_vector,
    joint_images,
    listed_directions,
    space_of_arms,
    stabiliser_mask,
)
from curiebreak.modes.special_irreps import special_irrep
from curiebreak.modes.terms import is_magnetic
from curiebreak.results import IsotropySubgroup
from curiebreak.results.parent_records import DirectionList
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal


def list_magnetic_directions(
    parent: Any, labels: Sequence[str], *, parent_symprec: float | None = None
) -> DirectionList:
    """List every class of directions of one irrep of moments, or of a pair in which both take part.

    Parameters
    ----------
    parent, labels, parent_symprec
        As for :func:`curiebreak.modes.direction_list.list_directions`; labels with `m` in front are those of moments.

    Returns
    -------
    DirectionList
        With magnetic groups; indices are those in the grey group.
    """
    start = time.perf_counter()
    crystal = parent_crystal(read_structure(parent), parent_symprec)
    odd = [is_magnetic(label) for label in labels]
    irreps = [
        special_irrep(crystal, label.strip()[1:] if turns else label) for label, turns in zip(labels, odd, strict=True)
    ]
    signs = np.concatenate([np.full(irrep.dim, -1.0 if t else 1.0) for irrep, t in zip(irreps, odd, strict=True)])

    def group(pattern: FloatArray) -> IsotropySubgroup:
        vector = generic_vector(pattern)
        space = space_of_arms(crystal, irreps, vector)
        kept = stabiliser_mask(space, irreps, vector)
        # with time reversal: D(g) v = v where v is even, D(g) v = -v where it is odd
        turned = stabiliser_mask(space, irreps, vector, signs * vector)
        return grey_subgroup(space, np.concatenate([kept, turned]))

    entries = every_direction(irreps, lambda: _grey(joint_images(crystal, irreps), signs), group)
    names = ["m" + irrep.label if turns else irrep.label for irrep, turns in zip(irreps, odd, strict=True)]
    options = {"irreps": list(labels), "parent_symprec": parent_symprec}
    return listed_directions(crystal, irreps, names, entries, options, start)


def _grey(images: FloatArray, signs: FloatArray) -> FloatArray:
    """Different matrices (m, d, d) of the grey group."""
    both = np.concatenate([images, signs[:, None] * images])
    _, first = np.unique(np.round(both.reshape(len(both), -1), 5) + 0.0, axis=0, return_index=True)
    return np.asarray(both[np.sort(first)])
