"""The same problem on a larger cell: translations that the child keeps, written out as operations."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import UsageError
from curiebreak.learning.problem import GivenField, Problem

_WHOLE = 1e-6
"""How near to integers an operation is in axes of a lattice that it keeps."""

_NEAR = 1e-4
"""Å; an operation takes an atom this near to another."""


def explicit_supercell(problem: Problem, copies: IntArray) -> Problem:
    """Write the problem on the cell ``copies @ lattice``.

    The atoms of the given cell come first, in their order, then their translates. The child's operations
    are those that keep the lattice of the larger cell, each with every translation of the given one.

    Parameters
    ----------
    problem : Problem
        Of a crystal.
    copies : (3, 3) int
        Rows: axes of the larger cell in those of the given one.

    Raises
    ------
    UsageError
        For a molecule, or if the rows are no basis.
    """
    if problem.lattice is None or not round(abs(float(np.linalg.det(copies)))):
        raise UsageError("A larger cell needs a crystal and three independent axes.")
    lattice = copies @ problem.lattice
    shifts = _shifts(copies) @ problem.lattice
    count = len(shifts)
    positions = np.concatenate([problem.positions + shift for shift in shifts])
    # translations that the child keeps, as operations of the larger cell
    translations = np.array([_permutation(positions, positions + shift, lattice) for shift in shifts])

    def spread(rotations: FloatArray, permutations: IntArray) -> tuple[FloatArray, IntArray]:
        chosen, found = [], []
        for rotation, permutation in zip(rotations, permutations, strict=True):
            turned = lattice @ rotation.T @ np.linalg.inv(lattice)
            if np.abs(nearest_image(turned)).max() < _WHOLE:
                # the translation part of the operation, from one atom and its image
                start = problem.positions[permutation[0]] - rotation @ problem.positions[0]
                point = _permutation(positions, positions @ rotation.T + start, lattice)
                found.append(translations[:, point])
                chosen.append(np.repeat(rotation[None], count, axis=0))
        return np.concatenate(chosen), np.concatenate(found)

    child = spread(problem.child_rotations, problem.child_permutations)
    wider: tuple[FloatArray | None, IntArray | None] = (None, None)
    if problem.input_rotations is not None and problem.input_permutations is not None:
        wider = spread(problem.input_rotations, problem.input_permutations)
    kept = problem.remaining
    return replace(
        problem,
        lattice=lattice,
        positions=positions,
        types=np.tile(problem.types, count),
        parent_atom=np.tile(problem.parent_atom, count),
        child_rotations=child[0],
        child_permutations=child[1],
        input_rotations=wider[0],
        input_permutations=wider[1],
        target=_tiled(problem.target, count),
        target_occupation=_tiled(problem.target_occupation, count),
        given=tuple(_tiled_given(field, count) for field in problem.given),
        remaining=None if kept is None else replace(kept, atom=np.tile(kept.atom, count)),
    )


def _tiled(values: FloatArray | None, count: int) -> FloatArray | None:
    return None if values is None else np.tile(values, (count, 1))


def _tiled_given(field: GivenField, count: int) -> GivenField:
    return field if field.values.ndim == 1 else field._replace(values=np.tile(field.values, (count, 1)))


def _shifts(copies: IntArray) -> FloatArray:
    """One vector (m, 3) of the lattice for each copy, the zero vector first."""
    reach = int(np.abs(copies).sum(axis=0).max())
    steps = np.array(list(product(range(-reach, reach + 1), repeat=3)))
    frac = steps @ np.linalg.inv(copies)
    inside = steps[((frac > -1e-9) & (frac < 1 - 1e-9)).all(axis=1)]
    order = np.argsort(np.abs(inside).sum(axis=1), kind="stable")
    return np.asarray(inside[order], dtype=np.float64)


def _permutation(positions: FloatArray, images: FloatArray, lattice: FloatArray) -> IntArray:
    """Atom at each image (n,), modulo the lattice."""
    difference = (images[:, None] - positions[None]) @ np.linalg.inv(lattice)
    distance = np.linalg.norm(nearest_image(difference) @ lattice, axis=-1)
    found = distance.argmin(axis=1)
    if distance[np.arange(len(found)), found].max() > _NEAR:
        raise UsageError("An operation of the child does not keep its atoms.")
    return np.asarray(found, dtype=np.int64)
