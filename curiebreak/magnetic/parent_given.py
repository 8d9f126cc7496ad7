"""A parent that is given as a structure: where the magnetic cell lies on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.magnetic.stated_setting import GivenParent, ParentSetting, parent_on_sites
from curiebreak.mapping import map_child
from curiebreak.results.basic import moments_ignored
from curiebreak.structures import read_structure, structure_from_arrays
from curiebreak.structures.checks import Provenance
from curiebreak.structures.magnetic_cif import MagneticCrystal
from curiebreak.structures.model import Structure, composition_of
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.transformation import Transformation


def given_setting(
    parent: Any,
    crystal: MagneticCrystal,
    *,
    parent_symprec: float | None,
    symprec: float | None,
    allow: Collection[str] = (),
) -> ParentSetting:
    """How the magnetic cell lies in the standard setting of a given parent.

    The atoms are mapped as those of any child; of the maps that differ by operations of the parent one is taken,
    which decides the domain and nothing else.
    """
    atoms = read_structure(parent)  # of a parent with moments no more is wanted, which is nothing to be told of
    atoms = replace(atoms, messages=tuple(m for m in atoms.messages if not moments_ignored(m)))
    parent = parent_crystal(atoms, parent_symprec)
    if parent.lattice is None or parent.number is None:
        raise InputError("A molecule is no parent of a magnetic crystal.", "Give a crystal.")
    found = map_child(parent, plain_structure(crystal), allow=allow, symprec=symprec)
    cell = found.supercell_basis @ parent.file_cell
    if np.abs(cell - np.round(cell)).max() > 1e-3:
        raise InputError(
            f"The cell of {crystal.name} holds no whole number of primitive cells of the parent.",
            "Give the magnetic structure in a cell that does.",
        )
    outward = Transformation.out_of(np.round(cell), found.origin_shift @ parent.file_cell)
    return ParentSetting(parent.number, parent.to_standard @ outward, _given(parent), found.messages)


def split_parent(parent: ParentCrystal) -> ParentCrystal:
    """The same parent in its standard setting with one element a site: elements that share a site are sites there."""
    return parent_on_sites(_given(parent), parent.number or 1)


def _given(parent: ParentCrystal) -> GivenParent:
    elements: list[str] = []
    labels: list[str] = []
    amounts: list[float] = []
    places: list[FloatArray] = []
    for atom, name in enumerate(parent.species):
        for element, amount in composition_of(name).items():
            elements.append(element)
            amounts.append(amount)
            labels.append(parent.site_names[int(parent.site_orbits[atom])])
            places.append(parent.standard_places[atom])
    return GivenParent(
        parent.standard_lattice, tuple(elements), tuple(labels), np.array(amounts), np.array(places), parent.structure
    )


def plain_structure(crystal: MagneticCrystal) -> Structure:
    """The atoms alone, elements on one position as one mixed site; empty sites are left out."""
    amounts = crystal.occupancies
    kept = np.flatnonzero(amounts > 0.0)
    return structure_from_arrays(
        crystal.cell,
        [{crystal.elements[i]: float(amounts[i])} for i in kept],
        crystal.positions[kept],
        [crystal.labels[i] for i in kept],
        provenance=Provenance(crystal.name, crystal.path, crystal.sha256),
    )
