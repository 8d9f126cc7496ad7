"""The intermediate itself: the distortion averaged over a group, as a structure in its standard cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, nearest_image
from curiebreak.errors import InternalError
from curiebreak.fields import representation
from curiebreak.intermediates.states import States
from curiebreak.mapping.distortion import Distortion
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.results import IsotropySubgroup, SpaceGroup
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.model import VACANCY
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.symmetry.child_group import CellField
from curiebreak.symmetry.primitive_cell import species_numbers
from curiebreak.symmetry.sublattices import hermite_normal_form, residues
from curiebreak.transformation import Transformation

EXACT = 1e-6
"""Å, and strain: an averaged distortion has its symmetry to rounding."""

SYMPRECS = (1e-3, 1e-4, 1e-5)
"""Å; tolerances at which spglib is asked, the first that finds the group counts."""


@dataclass(frozen=True, eq=False)
class MadeStructure:
    """A structure with the group that it was made for.

    Attributes
    ----------
    structure : Structure
        In the conventional cell of its group.
    group : IsotropySubgroup
        Where that cell lies in the parent's.
    spglib : SpaceGroup or None
        Group that spglib finds.
    symprec : float
        Å; the tolerance at which it does.
    """

    structure: Structure
    group: IsotropySubgroup
    spglib: SpaceGroup | None
    symprec: float


@dataclass(frozen=True, eq=False)
class Averager:
    """The distortion of one pair averaged over groups between parent and child."""

    analysis: Analysis

    def distortion(self, mask: BoolArray) -> Distortion:
        """The distortion averaged over the group with operations `mask` (g, s), on that group's primitive cell."""
        field = self.analysis.group.field
        rotations = self.analysis.parent.rotations_cartesian
        displacements = States(self.analysis).field_average(
            field.displacements, representation(1, "o", rotations), mask
        )
        occupation = None
        if self.analysis.distortion.occupation is not None:
            width = field.occupation.shape[1]
            trivial = np.broadcast_to(np.eye(width), (len(rotations), width, width))
            occupation = States(self.analysis).field_average(field.occupation, trivial, mask)
        strain = States(self.analysis).strain_average(field.strain, mask)
        cell, atoms = self._primitive(mask)
        return replace(
            self.analysis.distortion,
            cell=cell,
            site=field.site[atoms],
            cell_index=field.cell_index[atoms],
            child_atoms=np.arange(len(atoms)),
            displacements=(displacements - displacements.mean(axis=0))[atoms],
            occupation=None if occupation is None else occupation[atoms],
            strain=strain,
        )

    def _primitive(self, mask: BoolArray) -> tuple[IntArray, IntArray]:
        """Lattice (3, 3) of all translations of a group, and one atom of the child's cell for each of its own."""
        field = self.analysis.group.field
        pure = self.analysis.space.translations[mask[self._identity()]]
        cell = hermite_normal_form(np.concatenate([field.cell, pure]))
        return cell, np.sort(np.unique(field.keys(cell), return_index=True)[1])

    def _identity(self) -> int:
        rotations = self.analysis.parent.rotations_cartesian
        return int(np.abs(rotations - np.eye(3)).max(axis=(1, 2)).argmin())

    def analysed(self, mask: BoolArray) -> Analysis:
        """Exact analysis of the distortion averaged over a group, on that group's primitive cell."""
        return analyse(self.distortion(mask), symprec=EXACT, strain_tolerance=EXACT, names=self.analysis.names)


@dataclass(frozen=True, eq=False)
class StructureMaker:
    """The structure of an analysis in the conventional standard cell of its group."""

    made: Analysis

    def structure(self) -> MadeStructure:
        """Structure of an analysis in the conventional standard cell of its group.

        Raises
        ------
        InternalError
            If the standard cell is no supercell of the group's primitive cell.
        """
        group = self.made.subgroup(self.made.child_operations).described()
        field = self.made.group.field
        if self.made.parent.is_molecule:
            return MadeStructure(self._molecule(), group, None, EXACT)
        if group.basis is None or group.origin is None or group.number is None:
            raise InternalError("the group of the intermediate has no standard cell")
        structure = self._crystal(field, np.asarray(group.basis), np.asarray(group.origin))
        found: SpaceGroup | None = None
        symprec = SYMPRECS[0]
        for symprec in SYMPRECS:
            found = _spglib(structure, symprec)
            if found is not None and found.number == group.number:
                break
        return MadeStructure(structure, group, found, symprec)

    def contents(self, field: CellField) -> list[Mapping[str, float]]:
        """Element to occupancy on each atom of a field."""
        parent = self.made.parent
        known: dict[str, Mapping[str, float]] = {name: {name: 1.0} for name in parent.species}
        if parent.structure.occupancies:
            known |= dict(zip(parent.structure.species, parent.structure.occupancies, strict=True))
        found: list[Mapping[str, float]] = []
        for row, atom in enumerate(field.site):
            own = dict(known[parent.species[atom]])
            for element, change in zip(self.made.distortion.occupation_elements, field.occupation[row], strict=False):
                own[element] = own.get(element, 0.0) + float(change)
            found.append({e: round(x, 9) for e, x in own.items() if x > 1e-6 and e != VACANCY})
        return found

    def _molecule(self) -> Structure:
        field = self.made.group.field
        positions = field.cartesian + field.displacements
        return structure_from_arrays(None, self.contents(field), positions)

    def _crystal(self, field: CellField, basis: FloatArray, origin: FloatArray) -> Structure:
        """Conventional cell with rows ``basis @ standard axes of the parent``, strained."""
        parent = self.made.parent
        standard = parent.to_standard
        places = field.primitive + field.displacements @ np.linalg.inv(np.asarray(parent.lattice))
        conventional = np.round(standard.inverse.vectors(basis), 6)
        ratio = conventional @ np.linalg.inv(field.cell)
        if np.abs(nearest_image(ratio)).max() > 1e-4:
            raise InternalError("the standard cell of the intermediate does not hold its primitive cell")
        copies = residues(hermite_normal_form(np.round(ratio).astype(np.int64))) @ field.cell
        inward = Transformation.out_of(basis, origin).inverse @ standard
        places = inward.points(places[:, None, :] + copies[None]).reshape(-1, 3)
        species = [c for c in self.contents(field) for _ in range(len(copies))]
        lattice = basis @ parent.standard_lattice @ (np.eye(3) + field.strain)
        return structure_from_arrays(lattice, species, places - np.floor(places + 1e-9))


def _spglib(structure: Structure, symprec: float) -> SpaceGroup | None:
    dataset = symmetry_dataset(
        np.asarray(structure.lattice), structure.coords, species_numbers(structure.species), symprec
    )
    return None if dataset is None else SpaceGroup(int(dataset.number), str(dataset.international))
