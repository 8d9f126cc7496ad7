"""Structures of results as those of pymatgen and ASE."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from curiebreak.errors import InputError
from curiebreak.results import ModeFields, StructureData, matrix
from curiebreak.structures.elements import plain_element


def pymatgen_structure(data: StructureData) -> Any:
    """A pymatgen ``Structure``, mixed sites as compositions; a ``Molecule`` where there is no cell."""
    from pymatgen.core.composition import Composition
    from pymatgen.core.structure import Molecule, Structure

    species = [Composition(name) for name in data.species]
    places = np.array(data.frac)
    return Molecule(species, places) if data.lattice is None else Structure(data.lattice, species, places)


def ase_atoms(data: StructureData) -> Any:
    """An ASE ``Atoms``.

    Raises
    ------
    InputError
        For mixed sites, which ASE has not.
    """
    from ase import Atoms

    symbols = [plain_element(name) if name.isalpha() else None for name in data.species]
    if None in symbols:
        raise InputError("ASE has no mixed sites.", "Use to_pymatgen().")
    if data.lattice is None:
        return Atoms(symbols, positions=data.frac)
    return Atoms(symbols, cell=np.array(data.lattice), scaled_positions=data.frac, pbc=True)


def structures_of_modes(fields: ModeFields) -> dict[str, StructureData]:
    """The undistorted child and the child that its modes add up to."""
    start = fields.undistorted
    moved = np.array(fields.displacements)
    if start.lattice is None:
        return {"undistorted": start, "child": replace(start, frac=matrix(np.array(start.frac) + moved))}
    lattice = np.array(start.lattice)
    stretch = np.eye(3) + np.array(fields.strain) if fields.strain is not None else np.eye(3)
    # (x + u)(1 + e) in the axes A (1 + e): fractions do not see the strain
    frac = np.array(start.frac) + moved @ np.linalg.inv(lattice)
    return {"undistorted": start, "child": replace(start, lattice=matrix(lattice @ stretch), frac=matrix(frac))}
