"""Parent, child and map in a few words, as every result about a pair states them."""

from __future__ import annotations

import numpy as np

from curiebreak.mapping.distortion import Distortion
from curiebreak.results import (
    MappingSummary,
    SpaceGroup,
    StructureData,
    StructureSummary,
    matrix,
    vector3,
)
from curiebreak.structures.model import Structure
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.symmetry.mulliken import schoenflies_symbol
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.primitive_cell import species_numbers


def structure_data(structure: Structure) -> StructureData:
    """A structure as plain numbers."""
    lattice = None if structure.lattice is None else matrix(structure.lattice)
    return StructureData(lattice=lattice, species=tuple(structure.species), frac=matrix(structure.coords))


def parent_summary(parent: ParentCrystal) -> StructureSummary:
    """The parent in a few words."""
    structure = parent.structure
    return StructureSummary(
        path=structure.path,
        formula=structure.formula,
        n_atoms=len(parent.species),
        space_group=None if parent.number is None else SpaceGroup(parent.number, str(parent.symbol)),
        point_group=schoenflies_symbol(parent.rotations_cartesian) if parent.is_molecule else None,
        origin_site=parent.origin_site,
        sha256=structure.sha256,
    )


def child_summary(child: Structure, symprec: float) -> StructureSummary:
    """The child in a few words; its group by spglib (molecule: own search) at `symprec` Å."""
    child = child.without_vacancies()
    group, point, atoms = None, None, len(child)
    if child.is_molecule:
        point = schoenflies_symbol(parent_crystal(child, max(symprec, 1e-3)).rotations_cartesian)
    else:
        group, atoms = spglib_group(child, symprec)
    return StructureSummary(
        path=child.path,
        formula=child.formula,
        n_atoms=atoms,
        space_group=group,
        point_group=point,
        sha256=child.sha256,
    )


def spglib_group(structure: Structure, symprec: float) -> tuple[SpaceGroup | None, int]:
    """Space group by spglib and the number of atoms in the primitive cell."""
    lattice = np.asarray(structure.lattice, dtype=float)
    dataset = symmetry_dataset(lattice, structure.coords, species_numbers(structure.species), symprec)
    if dataset is None:
        return None, len(structure)
    primitive = len(set(dataset.mapping_to_primitive.tolist()))
    return SpaceGroup(int(dataset.number), str(dataset.international)), primitive


def placement(distortion: Distortion) -> MappingSummary:
    """How a child lies on its parent."""
    molecule = distortion.parent.is_molecule
    return MappingSummary(
        supercell_basis=None if molecule else matrix(distortion.supercell_basis),
        origin_shift=None if molecule else vector3(distortion.origin_shift),
        size=distortion.size,
        rms=distortion.rms,
        dmax=distortion.dmax,
        strain=None if molecule else matrix(distortion.strain),
        rebuild_error=distortion.rebuild_error,
        runner_up=distortion.runner_up,
        mirrored=distortion.mirrored,
        vacuum=distortion.vacuum,
    )
