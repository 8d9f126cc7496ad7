"""Random crystals of a wanted space group and random distortions of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curiebreak.errors import CurieBreakError
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.spacegroup import kind_numbers, symmetry_dataset
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.settings import standard_operations

FloatArray = NDArray[np.float64]

SPECIES = ("Si", "O", "La", "Mn", "Ba", "F", "K", "Ti")
SHORTEST = 1.7
"""Å between any two atoms."""


def random_lattice(number: int, rng: np.random.Generator) -> FloatArray:
    """Cell (rows, Å) whose metric the group keeps, and no special relation between its free parameters."""
    rotations, _ = standard_operations(number)
    for _ in range(200):
        rows = np.diag(rng.uniform(3.6, 7.5, 3)) + rng.uniform(-1.2, 1.2, (3, 3))
        metric = np.mean([r.T @ (rows @ rows.T) @ r for r in rotations], axis=0)
        lattice = np.linalg.cholesky(metric)
        angles = np.degrees(np.arccos([metric[1, 2], metric[0, 2], metric[0, 1]] / _lengths_product(metric)))
        if angles.min() > 60 and angles.max() < 121:
            return np.asarray(lattice)
    raise RuntimeError(f"no lattice for {number}")


def _lengths_product(metric: FloatArray) -> FloatArray:
    a, b, c = np.sqrt(np.diag(metric))
    return np.array([b * c, a * c, a * b])


def random_site(number: int, rng: np.random.Generator, wish: int) -> FloatArray:
    """Point (3,) that up to `wish` random operations of finite order keep."""
    rotations, translations = standard_operations(number)
    point = rng.random(3)
    chosen: list[tuple[FloatArray, FloatArray]] = []
    for _ in range(wish):
        g = int(rng.integers(len(rotations)))
        shift = translations[g] + rng.integers(-1, 2, 3)
        trial = [*chosen, (rotations[g].astype(float), shift)]
        matrix = np.concatenate([np.eye(3) - r for r, _ in trial])
        target = np.concatenate([t for _, t in trial])
        step, *_ = np.linalg.lstsq(matrix, target - matrix @ point, rcond=1e-9)
        if np.abs(matrix @ (point + step) - target).max() < 1e-9:
            chosen, point = trial, point + step
    return point - np.floor(point)


def orbit_of(number: int, point: FloatArray) -> FloatArray:
    """Images (m, 3) of a point in the conventional cell, each once."""
    rotations, translations = standard_operations(number)
    images = rotations @ point + translations
    images -= np.floor(np.round(images, 9))
    keys = np.round(images * 1e6).astype(int) % 1_000_000
    _, first = np.unique(keys, axis=0, return_index=True)
    return np.asarray(images[np.sort(first)])


def closest(lattice: FloatArray, frac: FloatArray) -> float:
    """Shortest distance (Å) between any two atoms, images included."""
    shifts = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 3)
    steps = (frac[:, None, None] - frac[None, :, None] + shifts) @ lattice
    distances = np.linalg.norm(steps, axis=-1)
    same = np.eye(len(frac), dtype=bool)[:, :, None] & ~shifts.any(axis=1)
    distances[same] = np.inf
    return float(distances.min())


def random_parent(number: int, rng: np.random.Generator, most: int = 14) -> ParentCrystal:
    """A crystal of space group `number` with at most about `most` atoms in its primitive cell."""
    rotations, _ = standard_operations(number)
    centrings = sum(np.array_equal(r, np.eye(3)) for r in rotations)
    for attempt in range(4000):
        limit = most * (1 + attempt / 50)
        structure = _trial(number, rng, limit * centrings)
        if structure is None:
            continue
        lattice = np.asarray(structure.lattice)
        kinds = kind_numbers(structure.species)
        found = [symmetry_dataset(lattice, structure.coords, kinds, tolerance) for tolerance in (0.01, 0.1)]
        if all(f is not None and int(f.number) == number for f in found):
            try:
                parent = parent_crystal(structure)
            except CurieBreakError:
                continue
            if parent.number == number and len(parent.species) <= limit:
                return parent
    raise RuntimeError(f"no random parent for {number}")


def _trial(number: int, rng: np.random.Generator, limit: float) -> Structure | None:
    points: list[FloatArray] = []
    species: list[str] = []
    wanted = int(rng.integers(1, 4))
    for kind in range(6):
        orbit = orbit_of(number, random_site(number, rng, int(rng.integers(0, 6))))
        if len(points) + len(orbit) > limit:
            continue
        name = species[-1] if species and rng.random() < 0.15 else SPECIES[kind]
        points.extend(orbit)
        species += [name] * len(orbit)
        wanted -= 1
        if wanted == 0:
            break
    if not points:
        return None
    frac = np.array(points)
    lattice = random_lattice(number, rng)
    volume = abs(np.linalg.det(lattice)) / len(frac)
    lattice = lattice * (rng.uniform(11.0, 20.0) / volume) ** (1 / 3)
    if closest(lattice, frac) < SHORTEST:
        return None
    return structure_from_arrays(lattice, species, frac)


def same_species_distance(parent: ParentCrystal) -> float:
    """Shortest distance (Å) between two atoms of one species, images included."""
    best = np.inf
    lattice = np.asarray(parent.lattice)
    kinds = np.array(parent.species)
    for name in set(parent.species):
        best = min(best, closest(lattice, parent.frac[kinds == name]))
    return best
