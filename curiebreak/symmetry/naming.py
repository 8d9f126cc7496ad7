"""Names of subgroups: space-group number and symbol, and where their standard cell sits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image, right_handed
from curiebreak.errors import InternalError
from curiebreak.structures.spacegroup import symmetry_dataset, type_of_operations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.primitive_cell import one_of_each
from curiebreak.symmetry.settings import standard_hall_number
from curiebreak.symmetry.sublattices import hermite_normal_form
from curiebreak.transformation import Transformation


@dataclass(frozen=True)
class SpaceGroupName:
    """Number and short international symbol."""

    number: int
    symbol: str


def primitive_operations(
    cell: IntArray, rotations: IntArray, translations: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """One operation per rotation in the primitive cell of the group.

    Parameters
    ----------
    cell : ndarray (3, 3) of int
        A lattice of translations of the group, rows in the parent's primitive axes.
    rotations, translations : ndarray (m, 3, 3) of int, (m, 3)
        Operations in the parent's primitive axes; pure translations among them enlarge the lattice.

    Returns
    -------
    lattice : ndarray (3, 3) of int
        Rows: all translations of the group.
    rotations : ndarray (p, 3, 3) of int
        In the axes of `lattice`.
    translations : ndarray (p, 3)
        In the axes of `lattice`, in [0, 1).
    """
    pure = (rotations == np.eye(3, dtype=np.int64)).all(axis=(1, 2))
    vectors = np.round(translations[pure]).astype(np.int64)
    # (5): the cell's translations and those that the group has besides
    lattice = _short_basis(hermite_normal_form(np.concatenate([cell, vectors])))
    inward = Transformation.out_of(lattice).inverse
    whole = inward.whole(rotations)
    if whole is None:
        raise InternalError("an operation does not keep the lattice of its own group")
    first = one_of_each(whole)
    moved = inward.vectors(translations[first])
    return lattice, whole[first], moved - np.floor(np.round(moved, 9))


def _short_basis(lattice: IntArray) -> IntArray:
    """Pairwise reduced basis of the same lattice, determinant positive."""
    rows = lattice.astype(np.int64).copy()
    changed = True
    while changed:
        changed = False
        for i, j in permutations(range(3), 2):
            # Gauss' reduction of each pair, on integer vectors
            factor = round(float(rows[i] @ rows[j]) / float(rows[j] @ rows[j]))
            trial = rows[i] - factor * rows[j]
            if trial @ trial < rows[i] @ rows[i]:
                rows[i], changed = trial, True
    return right_handed(rows)


def name_operations(
    parent: ParentCrystal, cell: IntArray, rotations: IntArray, translations: FloatArray
) -> SpaceGroupName | None:
    """Space-group type of a group of operations given in the parent's primitive axes.

    Returns ``None`` when the operations are not a group that spglib recognises.
    """
    if parent.lattice is None:
        return None
    lattice, turned, moved = primitive_operations(cell, rotations, translations)
    found = type_of_operations(turned, moved, lattice @ parent.lattice)
    return None if found is None else SpaceGroupName(*found)


@dataclass(frozen=True)
class StandardCell:
    """Where a subgroup's standard cell sits in the parent's standard conventional cell.

    Attributes
    ----------
    basis : ndarray (3, 3)
        Rows: axes of the subgroup's standard cell in the parent's standard axes.
    origin : ndarray (3,)
        Its origin there: in [0, 1) where that is one of the group's origins, else in the group's own primitive cell.
    """

    name: SpaceGroupName
    basis: FloatArray
    origin: FloatArray


def standard_cell(
    parent: ParentCrystal, cell: IntArray, rotations: IntArray, translations: FloatArray
) -> StandardCell | None:
    """Number, symbol, basis and origin of a subgroup; ``None`` for molecules or when spglib fails.

    The setting is found by spglib from an auxiliary crystal of points in general position that
    has exactly this symmetry.
    """
    if parent.lattice is None:
        return None
    lattice, turned, moved = primitive_operations(cell, rotations, translations)
    metric = lattice @ parent.lattice
    found = type_of_operations(turned, moved, metric)
    if found is None:
        return None
    name = SpaceGroupName(*found)
    # spglib places a structure, not a group: two general orbits stand for it
    for seed in range(3):
        points, kinds = _general_points(turned, moved, metric, seed)
        dataset = symmetry_dataset(metric, points, kinds, 1e-4, standard_hall_number(name.number))
        if dataset is not None and int(dataset.number) == name.number:
            return _placed(parent, lattice, turned, dataset, name)
    return None


def _general_points(
    rotations: IntArray, translations: FloatArray, lattice: FloatArray, seed: int
) -> tuple[FloatArray, list[int]]:
    """Two general orbits of different kinds, clear of all symmetry elements."""
    rng = np.random.default_rng(seed)
    best, widest = np.zeros((1, 3)), -1.0
    for _ in range(16):
        seeds = rng.random((2, 3))
        images = np.einsum("gij,nj->ngi", rotations, seeds) + translations
        flat = images.reshape(-1, 3)
        difference = flat[:, None] - flat[None]
        difference = nearest_image(difference)
        distance = np.linalg.norm(difference @ lattice, axis=-1) + 1e3 * np.eye(len(flat))
        # points far from each other and so from every symmetry element
        if distance.min() > widest:
            best, widest = flat, float(distance.min())
        if len(flat) > 60:
            break
    return best, [1] * len(rotations) + [2] * len(rotations)


def _placed(
    parent: ParentCrystal, lattice: IntArray, rotations: IntArray, dataset: Any, name: SpaceGroupName
) -> StandardCell:
    """Axes and origin of the standard cell in the parent's standard conventional axes."""
    to_own = Transformation(np.asarray(dataset.transformation_matrix, dtype=float), np.asarray(dataset.origin_shift))
    outward = parent.to_standard @ Transformation.out_of(lattice)
    found = outward @ to_own.inverse
    origin, place = found.shift, to_own.inverse.shift
    whole = np.floor(np.round(origin, 6))
    # a translation v of the parent leads to another origin of the group if every (R - 1) v is one of the group's own
    moved = np.asarray((rotations - np.eye(3)) @ outward.inverse.vectors(whole), dtype=np.float64)
    if np.abs(nearest_image(moved)).max() < 1e-6:
        origin = origin - whole
    else:
        # the group's own translations leave its origin where it is
        origin = outward.points(place - np.floor(np.round(place, 6)))
    return StandardCell(name, np.round(found.matrix.T, 6) + 0.0, np.round(origin, 6) + 0.0)
