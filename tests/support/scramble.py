"""Write the same crystal differently: rotation, origin, atom order, cell choice, allowed strain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.spacegroup import kind_numbers, symmetry_dataset

FloatArray = NDArray[np.float64]


def random_rotation(rng: np.random.Generator) -> FloatArray:
    """Uniform proper rotation (3, 3)."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def random_unimodular(rng: np.random.Generator, steps: int = 3) -> NDArray[np.int64]:
    """Integer matrix of determinant 1 with small entries."""
    matrix = np.eye(3, dtype=np.int64)
    for _ in range(steps):
        i, j = rng.choice(3, size=2, replace=False)
        matrix[i] += int(rng.choice([-1, 1])) * matrix[j]
    return matrix


def point_operations(structure: Structure, symprec: float = 0.01) -> FloatArray:
    """Cartesian point operations (g, 3, 3) of a crystal."""
    lattice = np.asarray(structure.lattice)
    dataset = symmetry_dataset(lattice, structure.coords, kind_numbers(structure.species), symprec)
    if dataset is None:
        return np.eye(3)[None]
    inverse = np.linalg.inv(lattice.T)
    return np.unique(np.round([lattice.T @ r @ inverse for r in np.asarray(dataset.rotations)], 9), axis=0)


def allowed_strain(structure: Structure, size: float, rng: np.random.Generator) -> FloatArray:
    """Random symmetric tensor that the point group of the crystal keeps, largest entry `size`."""
    tensor = rng.normal(size=(3, 3))
    tensor = tensor + tensor.T
    tensor = np.mean([r @ tensor @ r.T for r in point_operations(structure)], axis=0)
    return np.asarray(size * tensor / np.abs(tensor).max())


def scramble(
    structure: Structure,
    seed: int,
    *,
    strain: float = 0.02,
    noise: float = 0.0,
    cell: bool = True,
    supercell: tuple[int, int, int] = (1, 1, 1),
) -> Structure:
    """The same crystal in another rotation, origin, order, cell, with an allowed strain.

    Parameters
    ----------
    structure : Structure
        A crystal.
    seed : int
    strain : float
        Largest entry of the strain tensor.
    noise : float
        Å; standard deviation of a random displacement of every atom.
    cell : bool
        Choose another basis of the same lattice.
    supercell : tuple of int
        Repetitions along the file's axes.
    """
    rng = np.random.default_rng(seed)
    lattice, frac = np.asarray(structure.lattice), structure.coords
    species = list(structure.species)
    repeats = np.array(supercell)
    steps = np.stack(np.meshgrid(*[np.arange(n) for n in repeats], indexing="ij"), -1).reshape(-1, 3)
    frac = ((frac[:, None] + steps[None]) / repeats).reshape(-1, 3)
    compositions = [dict(o) for o in structure.occupancies] or [{s: 1.0} for s in species]
    compositions = [c for c in compositions for _ in steps]
    lattice = lattice * repeats[:, None]
    if strain:
        lattice = lattice @ (np.eye(3) + allowed_strain(structure, strain, rng)).T
    if cell:
        change = random_unimodular(rng)
        lattice, frac = change @ lattice, frac @ np.linalg.inv(change)
    lattice = lattice @ random_rotation(rng).T
    frac = frac + rng.random(3) + rng.normal(size=frac.shape) * noise @ np.linalg.inv(lattice)
    order = rng.permutation(len(frac))
    return structure_from_arrays(lattice, [compositions[i] for i in order], (frac - np.floor(frac))[order])
