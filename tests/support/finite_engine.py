"""A second engine for the tests: a space group modulo a supercell, as permutations with rotations, in plain numpy.

It knows no irrep tables, wave vectors or labels. Operations come from spglib, products from a table. The isotypic
components of a field are its parts in the eigenspaces of one element of the centre of the group algebra, a sum of
class sums with random coefficients: on the irrep chi it is the number ``sum_K c_K |K| chi(K) / chi(1)``, whatever the
field, so the same number names the same irrep in displacements, occupations and strain. Coefficients are real and equal
for a class and its inverse, so that conjugate irreps come together, as they do in real fields.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import spglib
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]

SAME_NUMBER = 1e-7
"""Numbers of irreps, relative to the largest, that are the same."""


def sublattices(rotations: IntArray, size: int) -> list[IntArray]:
    """Row bases of all sublattices of index `size` that every rotation (acting on columns) keeps."""
    found = []
    for a in range(1, size + 1):
        for d in range(1, size // a + 1):
            if size % (a * d):
                continue
            f = size // (a * d)
            for b, c, e in itertools.product(range(d), range(f), range(f)):
                rows = np.array([[a, b, c], [0, d, e], [0, 0, f]])
                inverse = np.linalg.inv(rows)
                moved = np.einsum("ij,gkj->gik", rows, rotations) @ inverse
                if np.abs(moved - np.round(moved)).max() < 1e-9:
                    found.append(rows)
    return found


@dataclass(frozen=True, eq=False)
class Component:
    """Part of a field in one irrep: its number, squared norm over the supercell, and stabiliser."""

    number: float
    kind: str
    squared: float
    fixes: Mask
    part: FloatArray


class Engine:
    """The space group of a primitive crystal modulo the lattice `cell` (rows, primitive axes)."""

    def __init__(self, lattice: FloatArray, frac: FloatArray, kinds: Sequence[int], cell: IntArray, seed: int) -> None:
        dataset = spglib.get_symmetry((lattice, frac, list(kinds)), symprec=1e-4)
        self.lattice, self.frac, self.cell = lattice, frac, cell
        self.rotations = np.asarray(dataset["rotations"], dtype=np.int64)
        self.translations = np.asarray(dataset["translations"], dtype=float)
        self.inverse = np.linalg.inv(cell)
        self.vectors = self._residues()
        self.where = {tuple(v): i for i, v in enumerate(self.vectors.tolist())}
        column = lattice.T
        self.cartesian = column @ self.rotations @ np.linalg.inv(column)
        self.n_points, self.n_vectors = len(self.rotations), len(self.vectors)
        self.order = self.n_points * self.n_vectors
        self.site = np.repeat(np.arange(len(frac)), self.n_vectors)
        self.index = np.tile(self.vectors, (len(frac), 1))
        self.turns = np.repeat(self.cartesian, self.n_vectors, axis=0)
        self.permutations = self._permutations(np.asarray(kinds))
        self.table = self._table()
        self.coefficients = self._central(np.random.default_rng(seed))
        self._spectra: dict[str, tuple[FloatArray, FloatArray]] = {}

    def _residues(self) -> IntArray:
        size = round(abs(float(np.linalg.det(self.cell))))
        reach = int(np.abs(self.cell).max()) * 2
        box = np.array(list(itertools.product(range(-reach, reach + 1), repeat=3)))
        places = box @ self.inverse
        inside = box[((places > -1e-9) & (places < 1 - 1e-9)).all(axis=1)]
        if len(inside) != size:
            raise RuntimeError("residues")
        return np.asarray(inside[np.lexsort(np.abs(inside).T)], dtype=np.int64)

    def folded(self, vectors: IntArray) -> IntArray:
        """Number of each integer vector (m, 3) modulo the cell."""
        turns = np.floor(vectors @ self.inverse + 1e-9).astype(np.int64)
        return np.array([self.where[tuple(v)] for v in (vectors - turns @ self.cell).tolist()])

    def _permutations(self, kinds: IntArray) -> IntArray:
        found = np.empty((self.order, len(self.site)), dtype=np.int64)
        for g in range(self.n_points):
            moved = self.frac @ self.rotations[g].T + self.translations[g]
            step = moved[:, None] - self.frac[None]
            away = np.linalg.norm((step - np.round(step)) @ self.lattice, axis=-1)
            away[kinds[:, None] != kinds[None]] = np.inf
            image = away.argmin(axis=1)
            shift = np.round(moved - self.frac[image]).astype(np.int64)
            cells = self.index @ self.rotations[g].T + shift[self.site]
            for tau in range(self.n_vectors):
                row = image[self.site] * self.n_vectors + self.folded(cells + self.vectors[tau])
                found[g * self.n_vectors + tau] = row
        return found

    def _table(self) -> IntArray:
        """Number of the product a b of elements a (rows) and b (columns)."""
        points = {r.tobytes(): g for g, r in enumerate(np.ascontiguousarray(self.rotations))}
        shifts = (self.translations[:, None] + self.vectors[None]).reshape(-1, 3)
        table = np.empty((self.order, self.order), dtype=np.int64)
        for a in range(self.order):
            g = a // self.n_vectors
            products = np.ascontiguousarray(self.rotations[g] @ self.rotations)
            rows = np.repeat([points[p.tobytes()] for p in products], self.n_vectors)
            moved = shifts @ self.rotations[g].T + shifts[a] - self.translations[rows]
            table[a] = rows * self.n_vectors + self.folded(np.round(moved).astype(np.int64))
        return table

    def _central(self, rng: np.random.Generator) -> FloatArray:
        """Coefficient of each element: random, the same within a class and for the inverse class."""
        identity = int(np.flatnonzero((self.table == np.arange(self.order)).all(axis=1))[0])
        inverse = (self.table == identity).argmax(axis=1)
        values = np.full(self.order, np.nan)
        for element in range(self.order):
            if np.isnan(values[element]):
                members = np.unique(self.table[self.table[:, element], inverse])
                value = float(rng.uniform(-1, 1)) / len(members)
                values[members] = value
                values[inverse[members]] = value
        return values

    def generated(self, elements: Sequence[int]) -> IntArray:
        """The subgroup that some elements generate."""
        group = np.unique([int(np.flatnonzero((self.table == np.arange(self.order)).all(axis=1))[0]), *elements])
        while True:
            larger = np.unique(self.table[np.ix_(group, group)])
            if len(larger) == len(group):
                return group
            group = larger

    def matrices(self, kind: str, width: int = 1) -> FloatArray:
        """How one atom's components (or the strain tensor, flattened) turn: (order, d, d)."""
        if kind == "displacement":
            return self.turns
        if kind == "strain":
            return np.einsum("gij,gkl->gikjl", self.turns, self.turns).reshape(self.order, 9, 9)
        return np.broadcast_to(np.eye(width), (self.order, width, width))

    def moved(self, kind: str, field: FloatArray, element: int) -> FloatArray:
        """A field (n, d), or a strain (1, 9), after one element."""
        matrix = self.matrices(kind, field.shape[1])[element]
        if kind == "strain":
            return np.asarray(field @ matrix.T)
        result = np.empty_like(field)
        result[self.permutations[element]] = field @ matrix.T
        return result

    def average(self, kind: str, field: FloatArray, group: IntArray) -> FloatArray:
        """The mean of a field over a subgroup."""
        return np.asarray(np.mean([self.moved(kind, field, int(g)) for g in group], axis=0))

    def stabiliser(self, kind: str, field: FloatArray, tolerance: float = 1e-8) -> Mask:
        """Which elements leave a field alone."""
        scale = tolerance * float(np.abs(field).max(initial=0.0))
        return np.array([np.abs(self.moved(kind, field, g) - field).max() <= scale for g in range(self.order)])

    def components(self, kind: str, field: FloatArray) -> list[Component]:
        """Isotypic parts of a field; those of less than 1e-18 of its square are rounding and left out."""
        if not np.abs(field).max(initial=0.0) > 0:
            return []
        # one column of a scalar field is like any other
        scalar = kind not in ("displacement", "strain")
        flat = field if scalar else field.reshape(-1, 1)
        values, vectors = self._spectrum("scalar" if scalar else kind)
        ends = np.flatnonzero(np.diff(values) > SAME_NUMBER * max(1.0, float(np.abs(values).max()))) + 1
        found = []
        for chosen in np.split(np.arange(len(values)), ends):
            part = (vectors[:, chosen] @ (vectors[:, chosen].T @ flat)).reshape(field.shape)
            squared = float((part**2).sum())
            if squared > 1e-18 * float((field**2).sum()):
                number = float(values[chosen].mean())
                found.append(Component(number, kind, squared, self.stabiliser(kind, part, 1e-5), part))
        return found

    def _spectrum(self, kind: str) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues and eigenvectors of the central element on fields of a kind."""
        if kind not in self._spectra:
            matrices = self.matrices(kind)
            width, atoms = matrices.shape[1], 1 if kind == "strain" else len(self.site)
            whole = np.zeros((atoms, width, atoms, width))
            every = np.arange(atoms)
            for element, value in enumerate(self.coefficients):
                images = every if kind == "strain" else self.permutations[element]
                whole[images, :, every, :] += value * matrices[element]
            square = whole.reshape(atoms * width, -1)
            values, vectors = np.linalg.eigh((square + square.T) / 2)
            self._spectra[kind] = values, vectors
        return self._spectra[kind]


def minimal_sets(members: dict[str, Mask], whole: Mask) -> set[frozenset[str]]:
    """Minimal sets of names whose common stabiliser is `whole`, by trying all sets, the small ones first.

    Each member of a minimal set halves the group at least, so that none has more than log2 of the index.
    """
    names = [n for n, m in members.items() if not m.all()]
    bits = {n: int.from_bytes(np.packbits(~members[n]).tobytes(), "big") for n in names}
    wanted = int.from_bytes(np.packbits(~whole).tobytes(), "big")
    longest = int(np.log2(whole.size / whole.sum()) + 1e-9)
    found: list[frozenset[str]] = []
    for size in range(1, min(longest, len(names)) + 1):
        for chosen in itertools.combinations(names, size):
            broken = 0
            for name in chosen:
                broken |= bits[name]
            if broken == wanted and not any(known <= set(chosen) for known in found):
                found.append(frozenset(chosen))
    return set(found)
