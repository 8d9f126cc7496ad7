"""The ladder of groups against tolerance.

A rung is a tolerance at which the operations that move nothing by more form a group. Which rung is the
child's is decided in :mod:`curiebreak.symmetry.counting`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, distinct
from curiebreak.symmetry.cell_operations import CellField, CellOperations
from curiebreak.symmetry.closure import product_table
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import reduce_vectors, residue_index


@dataclass(frozen=True, eq=False)
class Removed:
    """What one rung removes from the displacements that the rung below leaves.

    Attributes
    ----------
    squared : float
        Squared norm, Å^2.
    freedom : int
        Degrees of freedom.
    averaged : ndarray (n, 3)
        Displacements that are left, Å.
    rank : int
        Their degrees of freedom.
    """

    squared: float
    freedom: int
    averaged: FloatArray
    rank: int


def selected_rank(field: CellField, operations: CellOperations) -> int:
    """Dimension of the displacement fields that the operations leave alone (trace of the average)."""
    rotations = field.parent.rotations_cartesian
    # (9) for the trivial irrep: the mean of the characters tr R (atoms kept) is the dimension of Fix(K)
    fixed = (operations.permutations == np.arange(len(field.site))).sum(axis=1)
    traces = np.trace(rotations[operations.operation], axis1=1, axis2=2)
    return round(float((fixed * traces).mean()))


def closed_tolerances(operations: CellOperations, worst: FloatArray) -> list[float]:
    """Tolerances at which the set of operations is closed, ascending."""
    # every change of an operation is a candidate; the set below it must be a group
    values = np.sort(worst)
    products = ProductTable.of(operations.space.parent)
    starts: list[float] = []
    for index, value in enumerate(values):
        last = index + 1 == len(values) or values[index + 1] > value * 1.0001 + 1e-7
        # Lagrange: only divisors of the order can be groups, the rest is not tried
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
        # (2): R_a t_b + t_a, of which the stored translation of the product leaves a lattice vector
        moved = np.einsum("aij,bj->abi", parent.rotations, parent.translations) + parent.translations[:, None]
        return cls(index, np.round(moved - parent.translations[index]).astype(np.int64))


def _closed(chosen: CellOperations, products: ProductTable) -> bool:
    """Whether right cosets T g, a union of double cosets T g T, form a group."""
    space, g = chosen.space, chosen.operation
    known = distinct(g * space.size + chosen.translation)
    vectors = space.translations[chosen.translation]
    # some 24 elements times all: a set that is no group fails at most of them
    for left in range(0, len(g), max(1, len(g) // 24)):
        # (2) for {1|tau_a} g_a {1|tau_b} g_b: tau_a + R_a tau_b + carry
        turned = vectors @ space.parent.rotations[g[left]].T
        moved = reduce_vectors(vectors[left] + turned + products.carry[g[left], g], space.hnf)
        codes = products.index[g[left], g] * space.size + residue_index(moved, space.hnf)
        if not (known[np.searchsorted(known, codes).clip(max=len(known) - 1)] == codes).all():
            return False
    return True


def rung_at(symprec: float, groups: list[float]) -> int:
    """Index of the last rung that starts within `symprec` Å."""
    return max(0, int(np.searchsorted(groups, symprec, side="right")) - 1)


def removed(field: CellField, operations: CellOperations, before: Removed | None = None) -> Removed:
    """What the average over a group removes of what the group `before` it in the ladder leaves."""
    displacements = field.displacements if before is None else before.averaged
    rank = field.displacements.size if before is None else before.rank
    averaged = operations.average(displacements, field.parent.rotations_cartesian)
    left = selected_rank(field, operations)
    return Removed(float(((displacements - averaged) ** 2).sum()), rank - left, averaged, left)
