"""The distortion on the atoms of one child cell, and the parent operations that act there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import distinct
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import reduce_vectors, residue_index

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CellField:
    """The distortion on the atoms of one child cell.

    Attributes
    ----------
    parent : ParentCrystal
    cell : ndarray (3, 3) of int
        Rows: child cell in the parent's primitive axes.
    site, cell_index : ndarray (n,), (n, 3) of int
        Undistorted position ``parent.frac[site] + cell_index``.
    displacements : ndarray (n, 3)
        Å, Cartesian, mean zero.
    occupation : ndarray (n, q)
        Changes of occupancy; q may be 0.
    strain : ndarray (3, 3)
    """

    parent: ParentCrystal
    cell: IntArray
    site: IntArray
    cell_index: IntArray
    displacements: FloatArray
    occupation: FloatArray
    strain: FloatArray


@dataclass(frozen=True, eq=False)
class CellOperations:
    """Parent operations that keep the child's lattice, acting on the child's atoms.

    Attributes
    ----------
    operation : ndarray (m,) of int
        Index of the parent operation.
    translation : ndarray (m,) of int
        Index of the lattice vector tau in ``space.translations``.
    permutations : ndarray (m, n) of int
        Atom i goes to ``permutations[., i]``.
    """

    space: BlochSpace
    operation: IntArray
    translation: IntArray
    permutations: IntArray

    def rotations(self) -> FloatArray:
        """Cartesian matrices (m, 3, 3)."""
        return np.asarray(self.space.parent.rotations_cartesian[self.operation])

    def select(self, mask: NDArray[np.bool_]) -> CellOperations:
        """The operations where `mask` (m,) is true."""
        return replace(
            self,
            operation=self.operation[mask],
            translation=self.translation[mask],
            permutations=self.permutations[mask],
        )

    def average(self, values: FloatArray, matrices: FloatArray) -> FloatArray:
        """Mean of ``g.u`` over the operations, u (n, d), matrices (g, d, d) of the parent group."""
        total = np.zeros_like(values)
        for g, permutation in zip(self.operation, self.permutations, strict=True):
            total[permutation] += values @ matrices[g].T
        return total / len(self.operation)


def cell_operations(field: CellField) -> CellOperations:
    """All parent operations that keep the child's lattice, as permutations of its atoms."""
    space = bloch_space(field.parent, field.cell)
    parent, n_sites = field.parent, len(field.parent.species)
    lookup = np.empty((space.size, n_sites), dtype=np.int64)
    index = residue_index(reduce_vectors(field.cell_index, space.hnf), space.hnf)
    lookup[index, field.site] = np.arange(len(field.site))
    keeps = (space.kpoint_map >= 0).all(axis=1)
    operations, translations, permutations = [], [], []
    for g in np.flatnonzero(keeps):
        moved = field.cell_index @ parent.rotations[g].T + parent.shifts[g][field.site]
        images = moved[None] + space.translations[:, None]
        cells = residue_index(reduce_vectors(images, space.hnf), space.hnf)
        permutations.append(lookup[cells, parent.permutations[g][field.site][None]])
        operations.append(np.full(space.size, g))
        translations.append(np.arange(space.size))
    return CellOperations(
        space, np.concatenate(operations), np.concatenate(translations), np.concatenate(permutations)
    )


def deviations(field: CellField, operations: CellOperations) -> FloatArray:
    """Largest change (m,) of any displacement (Å) or occupancy under each operation."""
    result = np.empty(len(operations.operation))
    rotations = field.parent.rotations_cartesian
    for g in distinct(operations.operation):
        rows = np.flatnonzero(operations.operation == g)
        images = operations.permutations[rows]
        turned = field.displacements @ rotations[g].T
        worst = np.linalg.norm(field.displacements[images] - turned, axis=-1).max(axis=1)
        if field.occupation.shape[1]:
            change = np.abs(field.occupation[images] - field.occupation).max(axis=(1, 2))
            worst = np.maximum(worst, change)
        result[rows] = worst
    return result
