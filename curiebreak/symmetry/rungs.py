"""The ladder of groups against tolerance, and which rung is the child's.

A rung is a tolerance at which the operations that move nothing by more form a group. Clean
coordinates keep an exact symmetry to within their rounding; where they do not, what each further
rung removes is compared, by degree of freedom, with what those below it removed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import distinct
from curiebreak.symmetry.cell_operations import CellField, CellOperations
from curiebreak.symmetry.noise import looks_scattered
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import reduce_vectors, residue_index

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EXACT_TOLERANCE = 0.01
"""Å; coordinates printed with four or more decimals keep their symmetry within this."""

CLEAN_SIGMA = 1e-3
"""Å per component; an exact symmetry leaves no more than the rounding of three decimals."""

NOISE_LIMIT = 0.04
"""Å per component; scatter above this is never taken for noise without being asked."""

NOTHING_SIGMA = 0.005
"""Å per component; only a scatter below this is taken for noise when no distortion would be left."""

NOISE_RATIO = 12.0
"""How much larger (variance per degree of freedom) a real distortion must be than the noise below it."""


FEW = 20.0
"""A scatter known from d degrees of freedom only must be exceeded by ``1 + FEW / d^2`` times as much."""


def selected_rank(field: CellField, operations: CellOperations) -> int:
    """Dimension of the displacement fields that the operations leave alone (trace of the average)."""
    rotations = field.parent.rotations_cartesian
    fixed = (operations.permutations == np.arange(len(field.site))).sum(axis=1)
    traces = np.trace(rotations[operations.operation], axis1=1, axis2=2)
    return round(float((fixed * traces).mean()))


def closed_tolerances(operations: CellOperations, worst: FloatArray) -> list[float]:
    """Tolerances at which the set of operations is closed, ascending."""
    values = np.sort(worst)
    products = ProductTable.of(operations.space.parent)
    starts: list[float] = []
    for index, value in enumerate(values):
        last = index + 1 == len(values) or values[index + 1] > value * 1.0001 + 1e-7
        if last and len(values) % (index + 1) == 0 and _closed(operations.select(worst <= value), products):
            starts.append(float(value))
    return starts


@dataclass(frozen=True, eq=False)
class ProductTable:
    """Products of the parent's operations: ``{R_a|t_a} {R_b|t_b} = {R_ab|t_ab + carry}``.

    Attributes
    ----------
    index : ndarray (g, g) of int
    carry : ndarray (g, g, 3) of int
        Lattice vectors.
    """

    index: IntArray
    carry: IntArray

    @classmethod
    def of(cls, parent: ParentCrystal) -> ProductTable:
        """The table of a parent's group."""
        index = product_table(parent.rotations_cartesian)
        moved = np.einsum("aij,bj->abi", parent.rotations, parent.translations) + parent.translations[:, None]
        return cls(index, np.round(moved - parent.translations[index]).astype(np.int64))


def _closed(chosen: CellOperations, products: ProductTable) -> bool:
    """Whether right cosets T g, a union of double cosets T g T, form a group."""
    space, g = chosen.space, chosen.operation
    known = distinct(g * space.size + chosen.translation)
    vectors = space.translations[chosen.translation]
    for left in range(0, len(g), max(1, len(g) // 24)):
        turned = vectors @ space.parent.rotations[g[left]].T
        moved = reduce_vectors(vectors[left] + turned + products.carry[g[left], g], space.hnf)
        codes = products.index[g[left], g] * space.size + residue_index(moved, space.hnf)
        if not (known[np.searchsorted(known, codes).clip(max=len(known) - 1)] == codes).all():
            return False
    return True


def product_table(rotations: FloatArray) -> IntArray:
    """Index of the rotation of g h for all parent operations (g, 3, 3): ndarray (g, g)."""
    flat = rotations.reshape(len(rotations), 9)
    products = np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 9)
    return np.asarray((products @ flat.T).argmax(axis=1).reshape(len(rotations), -1))


def rung_at(symprec: float, groups: list[float]) -> int:
    """Index of the last rung that starts within `symprec` Å."""
    return max(0, int(np.searchsorted(groups, symprec, side="right")) - 1)


def automatic_rung(
    field: CellField,
    operations: CellOperations,
    worst: FloatArray,
    groups: list[float],
    messages: list[str],
) -> int:
    """Rung of the exact symmetry, or the one above noise when there is no exact symmetry."""
    exact = max(i for i, value in enumerate(groups) if value <= EXACT_TOLERANCE or i == 0)
    if exact + 1 == len(groups):
        return exact
    alone = int((worst <= groups[exact]).sum()) == 1
    first = [] if alone else [groups[exact]]
    variances = _variances(field, operations, worst, first + groups[exact + 1 :])
    if first and variances[0][0] <= CLEAN_SIGMA**2:
        return exact
    best = max(0, _jump(variances) - len(first))
    if best:
        sigma = float(np.sqrt(_pooled(variances[: best + len(first)])))
        atoms = (field.site, field.cell_index, field.displacements)
        if not looks_scattered(field.parent, field.cell, *atoms, sigma):
            return exact
        messages.append(
            f"The coordinates scatter by about {sigma:.3g} Å per component; the group was taken above "
            f"that scatter, at {groups[exact + best]:.3g} Å. Use --symprec to choose another rung."
        )
    return exact + best


def _jump(variances: list[tuple[float, int]]) -> int:
    """How many rungs remove nothing but scatter: up to the first that removes far more than those below."""
    for step in range(1, len(variances)):
        below = _pooled(variances[:step])
        if below > NOISE_LIMIT**2:
            return 0
        freedom = sum(f for _, f in variances[:step])
        if variances[step][0] > NOISE_RATIO * (1 + FEW / freedom**2) * below:
            return step
    return len(variances) if variances and _pooled(variances) <= NOTHING_SIGMA**2 else 0


def _variances(
    field: CellField, operations: CellOperations, worst: FloatArray, values: list[float]
) -> list[tuple[float, int]]:
    """(variance per degree of freedom, degrees of freedom) of what each further rung removes."""
    rotations = field.parent.rotations_cartesian
    result: list[tuple[float, int]] = []
    previous, rank = field.displacements, field.displacements.size
    for value in values:
        chosen = operations.select(worst <= value)
        averaged = chosen.average(field.displacements, rotations)
        smaller = selected_rank(field, chosen)
        freedom = max(rank - smaller, 1)
        result.append((float(((previous - averaged) ** 2).sum()) / freedom, freedom))
        previous, rank = averaged, smaller
    return result


def _pooled(variances: list[tuple[float, int]]) -> float:
    total = sum(v * f for v, f in variances)
    return total / max(sum(f for _, f in variances), 1)
