"""Moments and what else distinguishes a magnetic structure from its parent, on one cell, and its group there.

The parent is grey, G x {1, 1'}: an operation is ``({R|t}, theta)`` with theta = -1 where time is reversed. It acts as

``moments       m'(g r) = theta det(R) R m(r)``      (axial, odd under time reversal)
``displacements u'(g r) = R u(r)``                   (polar, even)
``occupancies   c'(g r) = c(r)``                     (scalar, even)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.fields import representation
from curiebreak.magnetic.stated_setting import Placed
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.cell_operations import deviations, parent_operations
from curiebreak.symmetry.child_group import CellField, find_child_group
from curiebreak.symmetry.sublattices import coset_index, hermite_normal_form
from curiebreak.symmetry.supercell_sites import Supercell
from curiebreak.transformation import Transformation

EXACT = 1e-6
"""Å, μB or occupancy by which a field that was averaged over a group may change under it."""

ROUNDING = 2.0 * 3.0**0.5
"""Units of the last decimal by which rounding moves one moment against the image of another: half a unit in each
of three components of both, and as much again where the axes are not at right angles."""


@dataclass(frozen=True, eq=False)
class MagneticField(Supercell):
    """A magnetic structure as fields on one cell of the parent.

    Attributes
    ----------
    moments, displacements : ndarray (n, 3)
        μB and Å, Cartesian in the parent's frame.
    occupation : ndarray (n, q)
        Changes of occupancy; q may be 0.
    strain : ndarray (3, 3)
    """

    moments: FloatArray
    displacements: FloatArray
    occupation: FloatArray
    strain: FloatArray

    def space(self) -> BlochSpace:
        """Wave vectors of the cell."""
        return bloch_space(self.parent, self.cell)

    def structural(self) -> CellField:
        """The even fields alone."""
        return CellField(
            self.parent, self.cell, self.site, self.cell_index, self.displacements, self.occupation, self.strain
        )


@dataclass(frozen=True, eq=False)
class GreyOperations:
    """Operations of the grey group on the atoms of a cell, each modulo the cell's lattice.

    Attributes
    ----------
    space : BlochSpace
        Of the cell.
    operation, translation, theta : ndarray (m,) of int
        ``({1|tau}{R|t}, theta)``: index of the parent's operation, of tau in ``space.translations``, and 1 or -1.
    images : ndarray (m, n) of int
        Atom i goes to ``images[., i]``.
    """

    space: BlochSpace
    operation: IntArray
    translation: IntArray
    theta: IntArray
    images: IntArray


def fields_of(placed: Placed) -> MagneticField:
    """The fields on the whole cell of the file, before anything is averaged."""
    distortion = placed.distortion
    count = len(distortion.site)
    return MagneticField(
        distortion.parent,
        distortion.cell,
        distortion.site,
        distortion.cell_index,
        placed.moments,
        distortion.displacements,
        np.zeros((count, 0)) if distortion.occupation is None else distortion.occupation,
        distortion.strain,
    )


def atom_images(field: MagneticField, space: BlochSpace, operation: IntArray, translation: IntArray) -> IntArray:
    """Where each of the operations carries each atom, modulo the cell: ndarray (m, n)."""
    parent = field.parent
    lookup = np.empty((space.size, len(parent.species)), dtype=np.int64)
    own = coset_index(field.cell_index, space.hnf)
    lookup[own, field.site] = np.arange(len(field.site))
    moved = np.einsum("gij,nj->gni", parent.rotations[operation], field.cell_index)
    moved = moved + parent.shifts[operation][:, field.site] + space.translations[translation][:, None]
    cells = coset_index(moved, space.hnf)
    return np.asarray(lookup[cells, parent.permutations[operation][:, field.site]])


def listed_operations(placed: Placed, field: MagneticField) -> GreyOperations:
    """The operations that the file lists, as operations of the parent; the identity where it lists none."""
    parent, space = field.parent, field.space()
    outward = Transformation.out_of(field.cell, placed.offset)
    known = {np.ascontiguousarray(r).tobytes(): i for i, r in enumerate(parent.rotations)}
    found = []
    for rotation, translation, theta in placed.crystal.operations or [(np.eye(3), np.zeros(3), 1)]:
        exact, moved = outward.operations(rotation, translation)
        number = known[np.ascontiguousarray(np.round(exact).astype(np.int64)).tobytes()]
        tau = np.round(moved - parent.translations[number]).astype(np.int64)
        found.append((number, int(coset_index(tau, space.hnf)), theta))
    rows = np.array(sorted(set(found)), dtype=np.int64)
    g, tau, theta = rows.T
    return GreyOperations(space, g, tau, theta, atom_images(field, space, g, tau))


def found_operations(placed: Placed, field: MagneticField, symprec: float | None = None) -> GreyOperations:
    """The operations that keep the fields, where the source lists none but translations.

    The structural part is judged as that of any child; moments within the rounding of their last decimal. What is
    taken is a group: averaged over it, the fields change no more under any of its operations.
    """
    structure = field.structural()
    child = find_child_group(structure, symprec)
    every = parent_operations(structure)
    kept = deviations(structure, every) <= child.tolerance
    every = every.select(kept)
    reach = ROUNDING * placed.crystal.moment_step
    axial = representation(1, "e", field.parent.rotations_cartesian)
    changes = np.empty((2, len(every.operation)))
    for row, (g, images) in enumerate(zip(every.operation, every.permutations, strict=True)):
        turned, there = field.moments @ axial[g].T, field.moments[images]
        changes[:, row] = [np.linalg.norm(there - sign * turned, axis=1).max() for sign in (1, -1)]
    limits = np.unique(np.round(changes[changes <= reach], 9))[::-1]
    for limit in limits:
        sign, rows = np.nonzero(changes <= limit + 1e-9)
        chosen = GreyOperations(
            every.space,
            every.operation[rows],
            every.translation[rows],
            1 - 2 * sign.astype(np.int64),
            every.permutations[rows],
        )
        if keeps(averaged(field, chosen), chosen):
            return chosen
    raise InputError(f"The moments of {placed.crystal.name} are kept by no group.", "List its operations.")


def averaged(field: MagneticField, operations: GreyOperations) -> MagneticField:
    """The fields averaged over a group: ``(P f)(r) = mean D(g)^-1 f(g r)``."""
    rotations = field.parent.rotations_cartesian
    axial = representation(1, "e", rotations)
    moments, shifts = np.zeros_like(field.moments), np.zeros_like(field.displacements)
    occupation = np.zeros_like(field.occupation)
    for g, theta, images in zip(operations.operation, operations.theta, operations.images, strict=True):
        moments += theta * field.moments[images] @ axial[g]
        shifts += field.displacements[images] @ rotations[g]
        occupation += field.occupation[images]
    count = len(operations.operation)
    turned = rotations[np.unique(operations.operation)]
    strain = np.einsum("gij,jk,glk->il", turned, field.strain, turned) / len(turned)
    shifts = shifts / count
    return replace(
        field,
        moments=moments / count,
        displacements=shifts - shifts.mean(axis=0),
        occupation=occupation / count,
        strain=strain,
    )


def keeps(field: MagneticField, operations: GreyOperations) -> bool:
    """Whether every one of the operations leaves the fields as they are."""
    rotations = field.parent.rotations_cartesian
    axial = representation(1, "e", rotations)
    for g, theta, images in zip(operations.operation, operations.theta, operations.images, strict=True):
        changes = (
            field.moments[images] - theta * field.moments @ axial[g].T,
            field.displacements[images] - field.displacements @ rotations[g].T,
            field.occupation[images] - field.occupation,
        )
        if any(np.abs(change).max(initial=0.0) > EXACT for change in changes):
            return False
    return True


def reduced(field: MagneticField) -> MagneticField:
    """The same on the primitive magnetic cell: that of all translations, time not reversed, which keep the fields."""
    space = field.space()
    images = atom_images(field, space, np.zeros(space.size, dtype=np.int64), np.arange(space.size))
    kept = [
        all(
            np.abs(values[row] - values).max(initial=0.0) < EXACT
            for values in (field.moments, field.displacements, field.occupation)
        )
        for row in images
    ]
    if sum(kept) == 1:
        return replace(field, cell=space.hnf)
    hnf = hermite_normal_form(np.concatenate([field.cell, space.translations[np.array(kept)]]))
    where = field.keys(hnf)
    first = np.unique(where, return_index=True)[1]
    return replace(
        field,
        cell=hnf,
        site=field.site[first],
        cell_index=field.cell_index[first],
        moments=field.moments[first],
        displacements=field.displacements[first],
        occupation=field.occupation[first],
    )
