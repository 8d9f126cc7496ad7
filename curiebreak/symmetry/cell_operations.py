"""The distortion on the atoms of one child cell, and the parent operations that act there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, distinct
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.sublattices import coset_index, hermite_normal_form
from curiebreak.symmetry.supercell_sites import Supercell


@dataclass(frozen=True)
class Resolution:
    """Changes of each kind of field below which the files say nothing.

    Attributes
    ----------
    position : float
        Å, largest change of a displacement under a parent operation; the child's alone.
    sigma : float
        Å, standard deviation of one component of a displacement.
    shift : float
        Å, largest displacement, parent and child together.
    occupation : float
        Largest change of an occupancy.
    strain : float
        Largest change of a component of the strain under a parent operation; the child's alone.
    parent_strain : float
        Largest strain that rounding of the parent's cell makes; it is fully symmetric.
    """

    position: float = 1e-8
    sigma: float = 1e-9
    shift: float = 1e-8
    occupation: float = 1e-6
    strain: float = 1e-9
    parent_strain: float = 0.0


@dataclass(frozen=True, eq=False)
class CellField(Supercell):
    """The distortion on the atoms of one child cell.

    Attributes
    ----------
    displacements : ndarray (n, 3)
        Å, Cartesian, mean zero.
    occupation : ndarray (n, q)
        Changes of occupancy; q may be 0.
    strain : ndarray (3, 3)
    resolution : Resolution
        What the files resolve; by default what the arithmetic does.
    """

    displacements: FloatArray
    occupation: FloatArray
    strain: FloatArray
    resolution: Resolution = Resolution()


@dataclass(frozen=True, eq=False)
class CellOperations:
    """Parent operations acting on the child's atoms, each one modulo the lattice T of the child's cell.

    An entry is the right coset ``T {R|t + tau}``: where it carries an atom is known modulo T, also when
    R does not keep T. There the images of the n atoms are no permutation of them; only a whole group
    that holds T acts on the fields that are periodic on T.

    Attributes
    ----------
    operation : ndarray (m,) of int
        Index of the parent operation.
    translation : ndarray (m,) of int
        Index of the lattice vector tau in ``space.translations``.
    permutations : ndarray (m, n) of int
        Atom i goes to ``permutations[., i]``, modulo T.
    """

    space: BlochSpace
    operation: IntArray
    translation: IntArray
    permutations: IntArray

    def rotations(self) -> FloatArray:
        """Cartesian matrices (m, 3, 3)."""
        return np.asarray(self.space.parent.rotations_cartesian[self.operation])

    def select(self, mask: BoolArray) -> CellOperations:
        """The operations where `mask` (m,) is true."""
        return replace(
            self,
            operation=self.operation[mask],
            translation=self.translation[mask],
            permutations=self.permutations[mask],
        )

    def average(self, values: FloatArray, matrices: FloatArray) -> FloatArray:
        """Mean of a field over the operations, which form a group K that holds T.

        ``(P u)(r) = mean D(g)^-1 u(g r)`` over the right cosets T g of K: exact also for
        operations that do not keep T.

        Parameters
        ----------
        values : ndarray (n, d)
            Periodic on T.
        matrices : ndarray (g, d, d)
            Orthogonal matrices D of the parent operations on one atom's values.

        Returns
        -------
        ndarray (n, d)
        """
        # (14): (g u)(image) = R u(atom), so the mean at an atom collects R^-1 of the values at its images
        total = np.zeros_like(values)
        for g, images in zip(self.operation, self.permutations, strict=True):
            total += values[images] @ matrices[g]
        return total / len(self.operation)


def cell_operations(field: CellField) -> CellOperations:
    """All parent operations that keep the child's lattice, as permutations of its atoms."""
    space = bloch_space(field.parent, field.cell)
    return _acting(field, space, np.flatnonzero((space.kpoint_map >= 0).all(axis=1)))


def parent_operations(field: CellField) -> CellOperations:
    """All parent operations modulo the child's lattice, whether they keep it or not."""
    space = bloch_space(field.parent, field.cell)
    return _acting(field, space, np.arange(field.parent.n_operations))


def _acting(field: CellField, space: BlochSpace, chosen: IntArray) -> CellOperations:
    n_sites = len(field.parent.species)
    # atom of the child's cell by (lattice vector modulo the cell, primitive site)
    lookup = np.empty((space.size, n_sites), dtype=np.int64)
    index = coset_index(field.cell_index, space.hnf)
    lookup[index, field.site] = np.arange(len(field.site))
    permutations = np.empty((len(chosen), space.size, len(field.site)), dtype=np.int64)
    for row, g in enumerate(chosen):
        site, cells = field.moved(int(g), space.translations)
        permutations[row] = lookup[coset_index(cells, space.hnf), site[None]]
    return CellOperations(
        space,
        np.repeat(chosen, space.size),
        np.tile(np.arange(space.size), len(chosen)),
        permutations.reshape(-1, len(field.site)),
    )


def deviations(field: CellField, operations: CellOperations) -> FloatArray:
    """Largest change (m,) of any displacement (Å) or occupancy under each operation.

    The change under ``t g``, t in the child's lattice T, is that under g; under ``g t`` it is that of
    other right cosets. A group that holds T holds the whole double coset ``T g T``, which therefore
    has one value, its largest: that of g on all atoms of a cell that g keeps.
    """
    moved = np.empty(len(operations.operation))
    rotations = field.parent.rotations_cartesian
    for g in distinct(operations.operation):
        rows = np.flatnonzero(operations.operation == g)
        # u(image) against R u(atom): the change under the operation
        turned = field.displacements @ rotations[g].T
        moved[rows] = np.linalg.norm(field.displacements[operations.permutations[rows]] - turned, axis=-1).max(axis=1)
    return np.maximum(_of_double_cosets(operations, moved), occupation_changes(field, operations))


def occupation_changes(field: CellField, operations: CellOperations) -> FloatArray:
    """Largest change (m,) of any occupancy under each operation, as in :func:`deviations`."""
    if not field.occupation.shape[1]:
        return np.zeros(len(operations.operation))
    changes = [np.abs(field.occupation[images] - field.occupation).max() for images in operations.permutations]
    return _of_double_cosets(operations, np.array(changes))


def _of_double_cosets(operations: CellOperations, worst: FloatArray) -> FloatArray:
    """Largest value (m,) over each double coset ``T {R|t + tau} T``: tau modulo the lattice T + R T."""
    space, result = operations.space, worst.copy()
    for g in distinct(operations.operation):
        if (space.kpoint_map[g] >= 0).all():
            continue
        rows = np.flatnonzero(operations.operation == g)
        # T g T = { {R|t + tau + a + R b} }: tau counts modulo T + R T
        joined = hermite_normal_form(np.concatenate([space.hnf, space.hnf @ space.parent.rotations[g].T]))
        classes = coset_index(space.translations[operations.translation[rows]], joined)
        largest = np.zeros(int(classes.max()) + 1)
        np.maximum.at(largest, classes, worst[rows])
        result[rows] = largest[classes]
    return result
