"""Primitive cells: lattice, atoms and exact positions under known operations."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError, InternalError
from curiebreak.structures.model import Structure
from curiebreak.symmetry.settings import standard_operations
from curiebreak.transformation import Transformation


class UnsuitableCellError(Exception):
    """The cell of the file is not kept by all operations (a skew or odd supercell)."""


def species_numbers(species: tuple[str, ...]) -> list[int]:
    """Integer kind of each atom, equal for equal species strings."""
    kinds = {name: index + 1 for index, name in enumerate(dict.fromkeys(species))}
    return [kinds[name] for name in species]


def primitive_file_cell(rotations: IntArray, translations: FloatArray) -> FloatArray:
    """Rows ``file_cell`` with file lattice = file_cell @ primitive lattice."""
    pure = translations[(rotations == np.eye(3)).all(axis=(1, 2))]
    if len(pure) == 1:
        return np.eye(3)
    # each translation and its neighbours: the shortest basis may need negative components
    steps = np.vstack([np.zeros(3), np.eye(3)])
    extended = (np.concatenate([np.eye(3), pure])[:, None] - steps).reshape(-1, 3)
    candidates = sorted(
        {tuple(np.round(v, 9)) for v in extended if np.abs(v).max() > 1e-6},
        key=lambda v: (round(sum(x * x for x in v), 6), tuple(-x for x in v)),
    )
    # m translations in the cell: the primitive one is m times smaller
    volume = 1 / len(pure)
    rows = _first_independent(np.array(candidates))
    # the three shortest may span a sublattice only
    if abs(abs(np.linalg.det(rows)) - volume) > 1e-6:
        rows = lattice_basis(np.array(candidates), volume)
    if np.linalg.det(rows) < 0:
        rows = -rows
    inverse = np.linalg.inv(rows)
    return np.asarray(np.round(inverse), dtype=float)


def _first_independent(vectors: FloatArray) -> FloatArray:
    """The first three of some vectors (m, 3) that are linearly independent."""
    basis = vectors[:0]
    for vector in vectors:
        trial = np.vstack([basis, vector])
        if np.linalg.matrix_rank(trial, tol=1e-6) == len(trial):
            basis = trial
        if len(basis) == 3:
            break
    return basis


def lattice_basis(candidates: FloatArray, volume: float) -> FloatArray:
    """First triple of short lattice vectors that spans the primitive cell."""
    for triple in combinations(candidates[:24], 3):
        rows = np.array(triple)
        if abs(abs(np.linalg.det(rows)) - volume) < 1e-6:
            return rows
    raise UnsuitableCellError


def operations_in_file_cell(number: int, to_standard: Transformation) -> tuple[IntArray, FloatArray]:
    """Exact operations of the standard setting carried back to the file's cell, copies merged."""
    rotations, translations = to_standard.inverse.operations(*standard_operations(number))
    whole = np.round(rotations).astype(np.int64)
    if np.abs(rotations - whole).max() > 1e-6:
        raise UnsuitableCellError
    offsets = _lattice_points(to_standard.inverse.matrix)
    found: dict[bytes, tuple[IntArray, FloatArray]] = {}
    for rotation, translation in zip(whole, translations, strict=True):
        # once for each lattice point that the file's cell tells apart
        for moved in translation + to_standard.inverse.vectors(offsets):
            moved = moved - np.floor(np.round(moved, 8))
            key = rotation.tobytes() + (np.round(moved, 6) % 1.0 + 0.0).tobytes()
            found.setdefault(key, (rotation, moved))
    return np.array([r for r, _ in found.values()]), np.array([t for _, t in found.values()])


def _lattice_points(inverse: FloatArray) -> FloatArray:
    """Standard lattice vectors that are different translations of the file's cell."""
    count = max(1, round(1 / abs(np.linalg.det(inverse))))
    if count == 1:
        return np.zeros((1, 3))
    grid = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), -1).reshape(-1, 3).astype(float)
    # short vectors first, so that the representatives are the usual centrings
    grid = grid[np.argsort((grid**2).sum(axis=1), kind="stable")]
    unique: dict[bytes, FloatArray] = {}
    for point in grid:
        moved = inverse @ point
        moved = np.round(moved - np.floor(np.round(moved, 8)), 6) + 0.0
        unique.setdefault(moved.tobytes(), point)
    return np.array(list(unique.values()))


def one_of_each(rotations: IntArray) -> IntArray:
    """Rows of the first of each rotation, in order."""
    return np.sort(np.unique(rotations.reshape(len(rotations), -1), axis=0, return_index=True)[1])


def identity_first(rotations: IntArray) -> list[int]:
    """Order of the operations with the identity in front."""
    identity = np.eye(3, dtype=np.int64)
    first = next(i for i, r in enumerate(rotations) if np.array_equal(r, identity))
    return [first, *(i for i in range(len(rotations)) if i != first)]


def primitive_atoms(
    structure: Structure, column: FloatArray, primitive: FloatArray, symprec: float
) -> tuple[list[int], FloatArray]:
    """Indices of the atoms kept, one of each set of translated copies, and their primitive fractional coordinates.

    Raises
    ------
    InputError
        Where at no tolerance every atom has as many copies as primitive cells are in the structure.
    """
    frac = structure.coords @ column.T
    copies = round(abs(float(np.linalg.det(np.asarray(structure.lattice)) / np.linalg.det(primitive))))
    if copies == 1:
        return list(range(len(frac))), frac
    # the tightest that will do: atoms of one kind may stand nearer than a loose tolerance (H2, split sites)
    for reach in (symprec / 10, symprec, 3 * symprec, max(10 * symprec, 0.1)):
        keep, counts = _with_copies(structure, frac, primitive, reach)
        if set(counts) == {copies}:
            return keep, frac[keep]
    raise _no_symmetry(structure.path, symprec)


def _with_copies(
    structure: Structure, frac: FloatArray, primitive: FloatArray, reach: float
) -> tuple[list[int], list[int]]:
    """The first of each set of atoms of one kind that coincide within `reach` Å, and how many they are."""
    kinds = np.array(species_numbers(structure.species))
    keep: list[int] = []
    counts: list[int] = []
    for i, x in enumerate(frac):
        alike = [place for place, j in enumerate(keep) if kinds[j] == kinds[i]]
        away = np.linalg.norm(nearest_image(x - frac[keep][alike]) @ primitive, axis=1)
        if away.min(initial=np.inf) < reach:
            counts[alike[int(away.argmin())]] += 1
        else:
            keep.append(i)
            counts.append(1)
    return keep, counts


def _no_symmetry(path: str | None, symprec: float) -> InputError:
    return InputError(
        f"The atoms of {path or 'the parent'} do not follow the symmetry found at {symprec:g} Å.",
        "Choose a smaller --parent-symprec.",
    )


def symmetrised_lattice(lattice: FloatArray, rotations: IntArray) -> FloatArray:
    """Average the metric over the group; keep the orientation as close as possible."""
    metric = lattice @ lattice.T
    # rows transform as a' = R^T a for column coordinates x' = R x
    averaged = np.mean([r.T @ metric @ r for r in rotations], axis=0)
    # any root of the averaged metric, turned onto the given axes by the nearest rotation (Procrustes)
    root = np.linalg.cholesky(averaged)
    left, _, right = np.linalg.svd(root.T @ lattice)
    return np.asarray(root @ (left @ right))


def symmetrised_positions(
    frac: FloatArray,
    species: tuple[str, ...],
    rotations: IntArray,
    translations: FloatArray,
    lattice: FloatArray,
    symprec: float,
    path: str | None,
) -> tuple[FloatArray, IntArray, IntArray]:
    """Positions averaged over the operations, with permutations (g, n) and lattice shifts (g, n, 3)."""
    kinds = np.array(species_numbers(species))
    different = (kinds[:, None] != kinds[None, :]) * 1e6
    permutations = np.empty((len(rotations), len(frac)), dtype=np.int64)
    # (1) for all operations and atoms; then the nearest atom of the same kind
    images = np.einsum("gij,nj->gni", rotations, frac) + translations[:, None, :]
    total = np.zeros_like(frac)
    for g, moved in enumerate(images):
        difference = moved[:, None, :] - frac[None, :, :]
        wrapped = nearest_image(difference)
        distance = np.linalg.norm(wrapped @ lattice, axis=-1) + different
        permutation = distance.argmin(axis=1)
        if len(set(permutation.tolist())) != len(frac) or distance.min(axis=1).max() > max(10 * symprec, 0.1):
            raise _no_symmetry(path, symprec)
        permutations[g] = permutation
        # the image of an atom stands for the atom that it meets: the mean over the group is invariant
        total[permutation] += frac[permutation] + wrapped[np.arange(len(frac)), permutation]
    averaged = total / len(rotations)
    images = np.einsum("gij,nj->gni", rotations, averaged) + translations[:, None, :]
    # (4): what is left between image and atom is a lattice vector
    exact = images - averaged[permutations]
    shifts = np.round(exact)
    if np.abs(exact - shifts).max() > 1e-6:
        raise InternalError("symmetrised parent positions are not invariant")
    return averaged, permutations, shifts.astype(np.int64)


def orbits(permutations: IntArray) -> IntArray:
    """Orbit number (n,) of each atom under permutations (g, n)."""
    found = np.full(permutations.shape[1], -1, dtype=np.int64)
    for atom in range(permutations.shape[1]):
        if found[atom] < 0:
            found[permutations[:, atom]] = found.max() + 1
    return found
