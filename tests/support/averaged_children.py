"""Children made by averaging random fields over random subgroups of the parent, with or without scatter."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curiebreak.structures import Structure
from curiebreak.symmetry.cell_operations import (
    CellField,
    CellOperations,
    cell_operations,
    deviations,
    parent_operations,
)
from curiebreak.symmetry.closure import product_table
from curiebreak.symmetry.naming import name_operations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.rungs import closed_tolerances, removed

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DECIMALS = 9


@dataclass(frozen=True)
class Averaged:
    """A field that a known group leaves alone.

    Attributes
    ----------
    field : CellField
        Displacements in Å on the atoms of the cell; occupation and strain zero.
    operations : CellOperations
        The group, modulo the cell.
    index : int
        In the parent.
    number : int
        Space group.
    """

    field: CellField
    operations: CellOperations
    index: int
    number: int

    def structure(self, noise: float = 0.0, rng: np.random.Generator | None = None) -> Structure:
        """The child in this cell, coordinates rounded to nine decimals."""
        field, parent = self.field, self.field.parent
        lattice = field.cell @ np.asarray(parent.lattice)
        positions = (parent.frac[field.site] + field.cell_index) @ np.asarray(parent.lattice) + field.displacements
        if noise and rng is not None:
            positions = positions + noise * rng.standard_normal(positions.shape)
        frac = np.round(positions @ np.linalg.inv(lattice), DECIMALS)
        species = tuple(parent.species[s] for s in field.site)
        return Structure(lattice, species, frac, (), tuple({s: 1.0} for s in species))


def cell_atoms(parent: ParentCrystal, cell: IntArray) -> CellField:
    """The undistorted parent in a cell (rows, primitive parent axes)."""
    steps = np.stack(np.meshgrid(*[np.arange(-8, 9)] * 3, indexing="ij"), -1).reshape(-1, 3)
    inside = steps @ np.linalg.inv(cell)
    steps = steps[((inside > -1e-9) & (inside < 1 - 1e-9)).all(axis=1)]
    assert len(steps) == round(abs(float(np.linalg.det(cell))))
    count = len(parent.species)
    site = np.tile(np.arange(count), len(steps))
    index = np.repeat(steps, count, axis=0)
    zeros = np.zeros((len(site), 3))
    return CellField(parent, cell, site, index, zeros, np.zeros((len(site), 0)), np.zeros((3, 3)))


def random_subgroup(operations: CellOperations, rng: np.random.Generator, generators: int) -> CellOperations:
    """The group that a few random operations generate."""
    codes = {key: i for i, key in enumerate(_keys(operations.permutations, operations.operation))}
    table = product_table(operations.space.parent.rotations_cartesian)
    chosen = {0}
    queue = [int(i) for i in rng.integers(len(operations.operation), size=generators)]
    seeds = list(queue)
    while queue:
        new = queue.pop()
        if new in chosen:
            continue
        chosen.add(new)
        for seed in [*seeds, *chosen]:
            permutation = operations.permutations[new][operations.permutations[seed]]
            key = (int(table[operations.operation[new], operations.operation[seed]]), permutation.tobytes())
            queue.append(codes[key])
    mask = np.zeros(len(operations.operation), dtype=bool)
    mask[sorted(chosen)] = True
    return operations.select(mask)


def _keys(permutations: IntArray, operation: IntArray) -> list[tuple[int, bytes]]:
    return [(int(g), p.tobytes()) for g, p in zip(operation, permutations, strict=True)]


def averaged_child(
    parent: ParentCrystal, cell: IntArray, rng: np.random.Generator, size: float, generators: int = 2
) -> Averaged | None:
    """A random field of about `size` Å averaged over a random subgroup; None where nothing is left."""
    field = cell_atoms(parent, cell)
    operations = cell_operations(field)
    group = random_subgroup(operations, rng, generators)
    raw = rng.standard_normal(field.displacements.shape)
    values = group.average(raw, parent.rotations_cartesian)
    values -= values.mean(axis=0)
    largest = float(np.linalg.norm(values, axis=1).max())
    if largest < 1e-6:
        return None
    field = replace(field, displacements=values * size / largest)
    return exact_group(field)


def exact_group(field: CellField) -> Averaged:
    """The field with the group of all parent operations that leave it alone."""
    parent = field.parent
    operations = parent_operations(field)
    group = operations.select(deviations(field, operations) < 1e-9)
    shifts = parent.translations[group.operation] + operations.space.translations[group.translation]
    name = name_operations(parent, field.cell, parent.rotations[group.operation], shifts)
    assert name is not None and len(operations.operation) % len(group.operation) == 0
    return Averaged(field, group, len(operations.operation) // len(group.operation), name.number)


def smallest_step(child: Averaged) -> float:
    """Norm (Å, over the cell) of the smallest part that tells the child's group from a higher rung."""
    operations = parent_operations(child.field)
    worst = deviations(child.field, operations)
    last, found = removed(child.field, child.operations), [np.inf]
    for value in closed_tolerances(operations, worst):
        if value > 1e-9:
            last = removed(child.field, operations.select(worst <= value), last)
            found += [np.sqrt(last.squared)] if last.freedom else []
    return float(min(found))
