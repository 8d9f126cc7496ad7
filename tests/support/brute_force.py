"""All subgroups between H and G by explicit closure in the finite group G/T, as an oracle for the tests.

T is the largest sublattice of the child's translations that every parent operation keeps. Nothing here uses
masks over cosets or block systems: elements are multiplied, one table, one closure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curiebreak.modes import Analysis
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.sublattices import hermite_normal_form, reduce_vectors, residue_index, residues

Mask = NDArray[np.bool_]


class FiniteGroup:
    """G/T with its multiplication table; element ``g * n + tau`` is operation g, then lattice vector tau."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        parent = analysis.parent
        self.hnf = normal_sublattice(analysis)
        self.vectors = residues(self.hnf)
        self.n_vectors, count = len(self.vectors), len(parent.rotations)
        self.size = count * self.n_vectors
        keys = {r.tobytes(): g for g, r in enumerate(np.ascontiguousarray(parent.rotations))}
        self.table = np.empty((self.size, self.size), dtype=np.int64)
        for g in range(count):
            moved = self.vectors @ parent.rotations[g].T
            for h in range(count):
                product = keys[np.ascontiguousarray(parent.rotations[g] @ parent.rotations[h]).tobytes()]
                extra = parent.rotations[g] @ parent.translations[h] + parent.translations[g]
                whole = np.round(extra - parent.translations[product]).astype(np.int64)
                tau = self.vectors[:, None] + moved[None] + whole
                index = residue_index(reduce_vectors(tau, self.hnf), self.hnf)
                rows = slice(g * self.n_vectors, (g + 1) * self.n_vectors)
                columns = slice(h * self.n_vectors, (h + 1) * self.n_vectors)
                self.table[rows, columns] = product * self.n_vectors + index

    def child(self) -> Mask:
        """Elements of H."""
        space = self.analysis.space
        index = residue_index(reduce_vectors(self.vectors, space.hnf), space.hnf)
        return np.asarray(self.analysis.child_operations[:, index].ravel())

    def coset_mask(self, elements: Mask) -> Mask:
        """Elements of a group that contains the child's translations, as a mask (g, s)."""
        space = self.analysis.space
        index = residue_index(reduce_vectors(self.vectors, space.hnf), space.hnf)
        result = np.zeros_like(self.analysis.child_operations)
        result[:, index] = elements.reshape(-1, self.n_vectors)
        return result

    def closure(self, elements: Mask) -> Mask:
        """Smallest subgroup that holds all elements."""
        current = elements.copy()
        while True:
            members = np.flatnonzero(current)
            larger = current.copy()
            larger[self.table[np.ix_(members, members)].ravel()] = True
            if np.array_equal(larger, current):
                return current
            current = larger

    def between(self) -> list[Mask]:
        """Every subgroup that contains H."""
        start = self.child()
        known = {start.tobytes(): start}
        queue = [start]
        while queue:
            group = queue.pop()
            outside = ~group
            while outside.any():
                element = int(np.flatnonzero(outside)[0])
                larger = group.copy()
                larger[element] = True
                members = np.flatnonzero(group)
                cosets = self.table[self.table[np.ix_(members, [element])].ravel()][:, members].ravel()
                outside[cosets] = False
                outside[element] = False
                closed = self.closure(larger)
                if closed.tobytes() not in known:
                    known[closed.tobytes()] = closed
                    queue.append(closed)
        return list(known.values())

    def matrices(self, irrep: Irrep) -> NDArray[np.float64]:
        """Real matrices (size, dim, dim) of all elements."""
        standard = StandardOperations(self.analysis.parent)
        rotations = np.repeat(standard.rotations, self.n_vectors, axis=0)
        moved = standard.lattice_translations(self.vectors)
        translations = (standard.translations[:, None] + moved[None]).reshape(-1, 3)
        return irrep.real_matrices(rotations, translations)

    def listed(self, irreps: list[Irrep]) -> list[Mask]:
        """The subgroups that are the stabiliser of their own fixed vectors in the sum of the irreps."""
        tables = [self.matrices(irrep) for irrep in irreps]
        found = []
        for group in self.between():
            stabiliser = np.ones(self.size, dtype=bool)
            for matrices in tables:
                fixed = matrices[group].mean(axis=0)
                stabiliser &= np.abs(matrices @ fixed - fixed).max(axis=(1, 2)) < 1e-6
            if np.array_equal(stabiliser, group):
                found.append(group)
        return found


def normal_sublattice(analysis: Analysis) -> NDArray[np.int64]:
    """Basis (3, 3) of the largest sublattice of the child's translations that all operations keep."""
    cell = np.asarray(analysis.space.hnf)
    size = round(float(np.linalg.det(cell)))
    reciprocal = np.round(size * np.linalg.inv(cell).T).astype(np.int64)
    images = [np.round(reciprocal @ np.linalg.inv(rotation)).astype(np.int64) for rotation in analysis.parent.rotations]
    dual = hermite_normal_form(np.concatenate(images))
    return hermite_normal_form(np.round(size * np.linalg.inv(dual).T).astype(np.int64))
