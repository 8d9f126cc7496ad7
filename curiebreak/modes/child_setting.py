"""A child in axes of its own: operations, sites and cell of its group written there.

The file's own axes, or the standard ones of the child's group, which lie in the parent's standard axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError
from curiebreak.modes.analysis import Analysis
from curiebreak.results import IsotropySubgroup
from curiebreak.structures import Structure
from curiebreak.structures.checks import structure_from_arrays
from curiebreak.structures.model import VACANCY
from curiebreak.transformation import Transformation


@dataclass(frozen=True, eq=False)
class ChildSetting:
    """An analysed child in the axes of its file.

    Attributes
    ----------
    analysis : Analysis
    """

    analysis: Analysis

    def __post_init__(self) -> None:
        if self.analysis.parent.is_molecule:
            raise InputError("A molecule has no cell to write.", "Use --eigenvectors for its modes.")

    @cached_property
    def undistorted_lattice(self) -> FloatArray:
        """The child's axes on the undistorted parent, rows in Å."""
        return self.from_primitive.axes(np.asarray(self.analysis.parent.lattice))

    @cached_property
    def lattice(self) -> FloatArray:
        """The child's axes, rows in Å, strained but not rotated."""
        # (19): U turns no axis
        stretch = np.eye(3) + self.analysis.group.field.strain
        return np.asarray(self.undistorted_lattice @ stretch)

    @cached_property
    def from_primitive(self) -> Transformation:
        """From the parent's primitive axes to the child's."""
        return self.analysis.distortion.to_primitive.inverse

    @cached_property
    def centrings(self) -> FloatArray:
        """Translations (c, 3) of the child's primitive cell within the file's cell, zero first."""
        # the primitive cell's axes in the file's axes: their multiples are the centrings
        rows = self.from_primitive.vectors(self.analysis.space.cell)
        count = round(1 / abs(float(np.linalg.det(rows))))
        found = [np.zeros(3)]
        for numbers in product(range(count), repeat=3):
            vector = np.array(numbers) @ rows
            vector = vector - np.floor(vector + 1e-6)
            steps = np.array(found) - vector
            if len(found) < count and np.abs(nearest_image(steps)).max(axis=1).min() > 1e-4:
                found.append(vector)
        return self._exact(np.array(found))

    @cached_property
    def operations(self) -> tuple[IntArray, FloatArray]:
        """Rotations (h, 3, 3) and translations (h, 3) of the child's group, identity first, without centrings."""
        found = self.analysis.isotropy.operations(self.analysis.child_operations)
        turned, translations = self.from_primitive.operations(*found)
        moved = self._exact(translations)
        moved = moved - np.floor(moved + 1e-6)
        return np.round(turned).astype(np.int64), moved

    def _exact(self, translations: FloatArray) -> FloatArray:
        """Translations without the rounding of the numbers that they come from, where it is known what they are."""
        return translations

    @cached_property
    def undistorted(self) -> FloatArray:
        """Undistorted positions (n, 3) of the atoms of the child's primitive cell, file axes."""
        return self.from_primitive.points(self.analysis.group.field.primitive)

    def displacement(self, cartesian: FloatArray) -> FloatArray:
        """Cartesian vectors (..., 3) in the parent's frame as fractions of the child's undistorted axes."""
        return np.asarray(cartesian @ np.linalg.inv(self.undistorted_lattice))

    @cached_property
    def structure(self) -> Structure:
        """The child as it was analysed, averaged over its group, turned into the parent's frame."""
        child = self.analysis.distortion.child
        atoms = self.analysis.distortion.child_atoms[self.analysis.original_atoms]
        moved = self.undistorted + self.displacement(self.analysis.group.field.displacements)
        positions = (moved[:, None] + self.centrings[None]).reshape(-1, 3)
        every = np.repeat(atoms, len(self.centrings))
        kept = np.array([child.species[atom] != VACANCY for atom in every])
        species = [child.occupancies[a] if child.occupancies else child.species[a] for a in every[kept]]
        return structure_from_arrays(self.lattice, species, (positions - np.floor(positions + 1e-9))[kept])

    @cached_property
    def permutations(self) -> IntArray:
        """Atom i of the primitive cell goes to ``[h, i]`` under each of ``operations``."""
        rotations, translations = self.operations
        positions = self.undistorted
        everywhere = (positions[:, None] + self.centrings[None]).reshape(-1, 3)
        species = np.repeat(self.analysis.group.field.site, len(self.centrings))
        orbits = np.asarray(self.analysis.parent.site_orbits)
        found = np.empty((len(rotations), len(positions)), dtype=np.int64)
        for h, (rotation, translation) in enumerate(zip(rotations, translations, strict=True)):
            # (1) on each atom, then the nearest atom of the same orbit in any centring
            images = positions @ rotation.T + translation
            for atom, image in enumerate(images):
                steps = everywhere - image
                distance = np.abs(nearest_image(steps)).max(axis=1)
                other = orbits[species] != orbits[self.analysis.group.field.site[atom]]
                found[h, atom] = int((distance + other).argmin()) // len(self.centrings)
        return found


@dataclass(frozen=True, eq=False)
class StandardSetting(ChildSetting):
    """An analysed child in the standard setting of its own group, as refinement programs want it.

    Conventional cell of the International Tables, origin choice 2, hexagonal axes, unique axis b.
    """

    @cached_property
    def group(self) -> IsotropySubgroup:
        """The child's group with its standard cell.

        Raises
        ------
        InputError
            If no standard cell was found.
        """
        found = self.analysis.child_group.described()
        if found.basis is None or found.origin is None or found.number is None:
            message = "The standard cell of the child's group was not found."
            raise InputError(message, "Use --undistorted for the child's own cell.")
        return found

    @cached_property
    def from_primitive(self) -> Transformation:
        """From the parent's primitive axes through its standard ones."""
        inner = Transformation.out_of(np.array(self.group.basis), np.array(self.group.origin))
        return inner.inverse @ self.analysis.parent.to_standard

    def _exact(self, translations: FloatArray) -> FloatArray:
        # the standard settings know multiples of 1/24 alone; the origin is kept to six decimals
        return np.asarray(np.round(translations * 24) / 24)


def undistorted_structure(analysis: Analysis) -> Structure:
    """The parent in the child's cell and axes, atom by atom, with the parent's species."""
    setting = ChildSetting(analysis)
    field, parent = analysis.group.field, analysis.parent
    positions = (setting.undistorted[:, None] + setting.centrings[None]).reshape(-1, 3)
    sites = np.repeat(field.site, len(setting.centrings))
    compositions = parent.structure.occupancies
    first = {s: i for i, s in reversed(list(enumerate(parent.structure.species)))}
    names = [parent.species[site] for site in sites]
    species = [compositions[first[n]] if compositions and n in first else n for n in names]
    labels = [parent.site_names[parent.site_orbits[site]] for site in sites]
    return structure_from_arrays(setting.undistorted_lattice, species, positions - np.floor(positions + 1e-9), labels)
