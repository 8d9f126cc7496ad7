"""From what a file states of its parent to the parent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curiebreak.arrays import nearest_image
from curiebreak.magnetic.stated_document import magnetic_parent, states_parent
from curiebreak.parents.found import Found
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.cif import lattice_from_parameters
from curiebreak.structures.stated import StatedParent, stated_parent
from curiebreak.symmetry.settings import standard_operations

_SAME_PLACE = 0.05
"""Å."""


def stated_structure(structure: Structure) -> Structure | None:
    """The whole parent where the child's file tells it, else ``None``.

    A magnetic CIF tells group and setting, from which the sites follow.

    Raises
    ------
    InputError
        Where what a magnetic CIF states contradicts its structure.
    """
    if structure.path is not None and states_parent(structure.path):
        return magnetic_parent(structure.path)
    stated = None if structure.is_molecule else stated_parent(structure.path)
    return None if stated is None or stated.cell is None else _expanded(stated)


def stated_candidate(structure: Structure, found: Sequence[Found]) -> Found | None:
    """The nearest candidate of the space group that the child's file states."""
    stated = None if structure.is_molecule else stated_parent(structure.path)
    same = [one for one in found if stated is not None and one.number == stated.number]
    return min(same, key=lambda one: one.rms, default=None)


def _expanded(stated: StatedParent) -> Structure:
    """All atoms of the standard conventional cell."""
    lengths, angles = np.split(np.array(stated.cell or ()), 2)
    lattice = lattice_from_parameters(lengths.tolist(), angles.tolist())
    rotations, translations = standard_operations(stated.number)
    species: list[dict[str, float]] = []
    places: list[np.ndarray] = []
    for composition, position in stated.sites:
        for image in rotations @ np.array(position) + translations:
            rest = np.array(places).reshape(-1, 3) - image
            away = np.linalg.norm(nearest_image(rest) @ lattice, axis=1)
            if away.min(initial=np.inf) > _SAME_PLACE:
                places.append(image - np.floor(image + 1e-9))
                species.append(composition)
    return structure_from_arrays(lattice, species, np.array(places))


def file_name(structure: Structure) -> str:
    """Name of the child's file, for messages."""
    return Path(structure.path).name if structure.path else structure.formula
