"""Cells: reduction to the primitive cell, and the supercells of the parent that fit the child."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, integer_echelon, nearest_image
from curiebreak.structures.neighbours import NearestAtom
from curiebreak.structures.spacegroup import niggli_cell


@dataclass(frozen=True, eq=False)
class Crystal:
    """Atoms in a primitive, reduced, right-handed cell.

    Attributes
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n, 3)
    kinds : ndarray (n,) of int
        Equal for atoms that may be exchanged.
    atoms : ndarray (n,) of int
        Index of each atom in the structure it came from.
    file_cell : ndarray (3, 3)
        ``lattice of the structure = file_cell @ lattice``.
    multiplicity : int
        Primitive cells in `lattice` (above 1 for a child enlarged to the parent's cell).
    """

    lattice: FloatArray
    frac: FloatArray
    kinds: IntArray
    atoms: IntArray
    file_cell: FloatArray
    multiplicity: int = 1

    def enlarged(self, cell: IntArray) -> Crystal:
        """Rewrite the crystal in the cell ``cell @ lattice`` (det > 0)."""
        steps = coset_vectors(cell)
        inverse = np.linalg.inv(cell)
        # each atom with every lattice vector of the larger cell
        frac = ((self.frac[:, None, :] + steps[None]) @ inverse).reshape(-1, 3)
        return Crystal(
            lattice=cell @ self.lattice,
            frac=frac,
            kinds=np.repeat(self.kinds, len(steps)),
            atoms=np.repeat(self.atoms, len(steps)),
            file_cell=self.file_cell @ inverse,
            multiplicity=self.multiplicity * len(steps),
        )


def primitive_crystal(lattice: FloatArray, frac: FloatArray, kinds: IntArray, tolerance: float) -> Crystal:
    """Primitive reduced cell at a tight tolerance; an untranslatable cell is only reduced.

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n, 3)
    kinds : ndarray (n,) of int
    tolerance : float
        Å; largest deviation of an atom from its translated copy.
    """
    steps = pure_translations(lattice, frac, kinds, tolerance)
    basis = lattice_basis(steps)
    reduced = reduced_cell(basis @ lattice)
    basis = reduced @ basis
    file_cell: FloatArray = np.round(np.linalg.inv(basis)).astype(np.float64)
    inside = frac @ file_cell
    keep = _one_of_each(inside, np.linalg.inv(file_cell) @ lattice, kinds, max(4 * tolerance, 0.05))
    return Crystal(
        lattice=np.linalg.inv(file_cell) @ lattice,
        frac=inside[keep],
        kinds=kinds[keep],
        atoms=keep,
        file_cell=file_cell,
    )


def pure_translations(lattice: FloatArray, frac: FloatArray, kinds: IntArray, tolerance: float) -> FloatArray:
    """Find the translations (m, 3) within the cell that carry every atom onto an equal one, zero first."""
    values, counts = np.unique(kinds, return_counts=True)
    if int(np.gcd.reduce(counts)) == 1:
        return np.zeros((1, 3))
    # a translation takes a given atom of the rarest kind to one of its kind: few candidates
    rarest = np.flatnonzero(kinds == values[counts.argmin()])
    nearest = NearestAtom(lattice, frac, kinds)
    order = np.argsort(counts[np.searchsorted(values, kinds)], kind="stable")
    first, rest = np.split(order, [min(_TRIED_FIRST, len(order))])
    found = [np.zeros(3)]
    for atom in rarest[1:]:
        step = frac[atom] - frac[rarest[0]]
        if all(nearest.of(frac[some] + step, kinds[some])[1].max(initial=0.0) < tolerance for some in (first, rest)):
            found.append(step)
    steps = np.array(found)
    # m translations form a group of order m: multiples of 1/m
    return np.asarray(np.round(steps * len(steps)) / len(steps))


_TRIED_FIRST = 16
"""Atoms on which a translation is tried before all others: most fail there."""


def lattice_basis(steps: FloatArray) -> FloatArray:
    """Rows that span the lattice of the unit vectors and the fractional translations `steps`."""
    count = len(steps)
    if count == 1:
        return np.eye(3)
    # integers over the common denominator m
    generators = np.vstack([np.eye(3) * count, np.round(steps[1:] * count)]).astype(np.int64)
    basis = integer_echelon(generators) / count
    # a lattice with m points in the cell has 1/m of its volume; else the translations are none
    closed = abs(abs(np.linalg.det(basis)) * count - 1.0) < 1e-6
    return basis if closed else np.eye(3)


def reduced_cell(lattice: FloatArray) -> IntArray:
    """Integer matrix T, det > 0 for a right-handed result, with ``T @ lattice`` Niggli-reduced."""
    reduced = niggli_cell(lattice)
    change = np.eye(3) if reduced is None else np.round(reduced @ np.linalg.inv(lattice))
    if abs(abs(np.linalg.det(change)) - 1.0) > 1e-6:
        change = np.eye(3)
    if np.linalg.det(change @ lattice) < 0:
        change = -change
    return np.asarray(change, dtype=np.int64)


def _one_of_each(frac: FloatArray, lattice: FloatArray, kinds: IntArray, tolerance: float) -> IntArray:
    keep: list[int] = []
    for index, position in enumerate(frac):
        same = [k for k in keep if kinds[k] == kinds[index]]
        if same:
            difference = frac[same] - position
            difference = nearest_image(difference) @ lattice
            if (difference**2).sum(axis=1).min() < tolerance**2:
                continue
        keep.append(index)
    return np.array(keep, dtype=np.int64)


def adjugate(cell: IntArray) -> IntArray:
    """Integer matrix with ``cell @ adjugate = det * 1``."""
    a, b, c = cell.astype(np.int64)
    return np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)


def coset_keys(vectors: IntArray, cell: IntArray) -> IntArray:
    """One integer per vector (…, 3), equal exactly for vectors that differ by rows of `cell`."""
    size = abs(round(float(np.linalg.det(cell))))
    # v cell^-1 = v adj / det: v is a lattice vector where all three numerators divide by det
    rest = (vectors @ adjugate(cell)) % size
    return np.asarray((rest[..., 0] * size + rest[..., 1]) * size + rest[..., 2])


def coset_vectors(cell: IntArray) -> IntArray:
    """All different integer vectors (s, 3) modulo the rows of `cell`, sorted by their key."""
    diagonal = np.abs(np.diag(integer_echelon(cell)))
    grid = np.stack(np.meshgrid(*[np.arange(d) for d in diagonal], indexing="ij"), -1).reshape(-1, 3)
    return np.asarray(grid[np.argsort(coset_keys(grid, cell), kind="stable")])


def image_offsets(lattice: FloatArray) -> FloatArray:
    """Lattice vectors (m, 3) that can be nearer to a point of [-1/2, 1/2]^3 than the origin, 0 first."""
    grid = np.stack(np.meshgrid(*[[0, 1, -1]] * 3, indexing="ij"), -1).reshape(-1, 3).astype(float)
    metric = lattice @ lattice.T
    products = grid @ metric
    # an image n is nearer to some x of the cube where max 2 x.n > n.n in the metric
    gain = np.abs(products).sum(axis=1) - np.einsum("ij,ij->i", products, grid)
    scale = float(np.trace(metric))
    return np.asarray(grid[(gain > 1e-9 * scale) | (np.abs(grid).sum(axis=1) == 0)])


@dataclass(frozen=True, eq=False)
class CellMatch:
    """A supercell of the parent that resembles the child's cell.

    ``cell`` (3, 3) of int, rows in the parent's axes, det = size; ``strain`` largest principal strain
    and ``rms_strain`` its root mean square, both at equal volume per atom.
    """

    cell: IntArray
    strain: float
    rms_strain: float


def matching_cells(
    parent: FloatArray, rotations: IntArray, child: FloatArray, size: int, tolerance: float
) -> list[CellMatch]:
    """Supercells of `parent` that match `child` up to a rotation and a strain, best first.

    Parameters
    ----------
    parent : ndarray (3, 3)
        Rows, Å, reduced.
    rotations : ndarray (g, 3, 3) of int
        Proper point operations of the parent on fractional columns; one cell of each set of
        equivalent ones is returned.
    child : ndarray (3, 3)
        Rows, Å; scaled here to the volume of `size` parent cells.
    size : int
        Determinant wanted.
    tolerance : float
        Largest principal strain (stretch minus one) from the parent's cell to the child's.
    """
    # volumes made equal: the strain that decides is that of the shape
    scale = (size * np.linalg.det(parent) / np.linalg.det(child)) ** (1 / 3)
    target = child * scale
    lengths = np.linalg.norm(target, axis=1)
    shells = _vector_shells(parent, lengths, tolerance)
    # first axes up to the parent's rotations: equivalent cells are the same map
    shells[0] = _wedge(shells[0], rotations)
    cells = _triples(shells, parent, target, size, tolerance)
    if len(cells) == 0:
        return []
    # (19): singular values of F are the principal stretches
    stretches = _stretches(cells @ parent, target)
    largest = np.abs(stretches - 1.0).max(axis=1)
    root = np.sqrt(((stretches - 1.0) ** 2).mean(axis=1))
    order = [i for i in np.argsort(root, kind="stable") if largest[i] <= tolerance]
    order = [order[i] for i in _first_of_each(cells[order], rotations)]
    return [CellMatch(cells[i], float(largest[i]), float(root[i])) for i in order]


def _vector_shells(parent: FloatArray, lengths: FloatArray, tolerance: float) -> list[IntArray]:
    # integer vectors whose length can be that of an edge within the strain
    reach = float(lengths.max()) / (1 - tolerance)
    bounds = np.floor(reach * np.linalg.norm(np.linalg.inv(parent), axis=0) + 1e-9).astype(int)
    grid = np.stack(np.meshgrid(*[np.arange(-b, b + 1) for b in bounds], indexing="ij"), -1).reshape(-1, 3)
    norms = np.linalg.norm(grid @ parent, axis=1)
    longest, shortest = lengths / (1 - tolerance), lengths / (1 + tolerance)
    return [grid[(norms >= low) & (norms <= high)] for low, high in zip(shortest, longest, strict=True)]


def _wedge(vectors: IntArray, rotations: IntArray) -> IntArray:
    """One vector of each orbit under the rotations."""
    images = np.einsum("gij,nj->ngi", rotations, vectors)
    codes = _codes(images)
    return vectors[np.unique(codes.min(axis=1), return_index=True)[1]]


def _codes(rows: IntArray) -> IntArray:
    """Integers that order integer rows (…, k) with k <= 3 lexicographically."""
    base = 2 * int(np.abs(rows).max(initial=0)) + 1
    total = np.zeros(rows.shape[:-1], dtype=np.int64)
    for column in range(rows.shape[-1]):
        total = total * base + rows[..., column]
    return total


def _triples(shells: list[IntArray], parent: FloatArray, target: FloatArray, size: int, tolerance: float) -> IntArray:
    # a strain e changes the metric by less than 1 / (1 - e)^2 - 1 of the lengths
    slack = 1 / (1 - tolerance) ** 2 - 1
    metric = target @ target.T
    allowed = slack * np.sqrt(np.outer(np.diag(metric), np.diag(metric)))
    cartesian = [s @ parent for s in shells]
    found = []
    for first, vector in zip(shells[0], cartesian[0], strict=True):
        second = np.abs(cartesian[1] @ vector - metric[0, 1]) <= allowed[0, 1]
        third = np.abs(cartesian[2] @ vector - metric[0, 2]) <= allowed[0, 2]
        b, c = shells[1][second], shells[2][third]
        if len(b) == 0 or len(c) == 0:
            continue
        close = np.abs(cartesian[1][second] @ cartesian[2][third].T - metric[1, 2]) <= allowed[1, 2]
        # right-handed triples of just the volume that the child holds
        volume = np.cross(first, b) @ c.T
        rows, columns = np.nonzero(close & (volume == size))
        if len(rows):
            found.append(np.stack([np.broadcast_to(first, (len(rows), 3)), b[rows], c[columns]], axis=1))
    return np.concatenate(found) if found else np.zeros((0, 3, 3), dtype=np.int64)


def _stretches(cells: FloatArray, target: FloatArray) -> FloatArray:
    """Principal stretches (k, 3) of the maps from each cell onto the target cell."""
    gradients = np.linalg.solve(cells, np.broadcast_to(target, cells.shape))
    return np.asarray(np.linalg.svd(gradients, compute_uv=False))


def _first_of_each(cells: IntArray, rotations: IntArray) -> list[int]:
    """Find the first of each set of cells equivalent under the rotations."""
    if len(cells) == 0:
        return []
    images = np.einsum("kri,gji->kgrj", cells, rotations)
    base = 2 * int(np.abs(images).max()) + 1
    flat = images.reshape(*images.shape[:2], 9)
    # nine digits in one integer; Python's own where they do not fit
    exact = base**9 < 2**62
    keys = np.zeros(flat.shape[:2], dtype=np.int64 if exact else object)
    for column in range(9):
        keys = keys * base + flat[..., column]
    smallest = keys.min(axis=1)
    first: dict[int, int] = {}
    for index, key in enumerate(smallest):
        first.setdefault(int(key), index)
    return sorted(first.values())
