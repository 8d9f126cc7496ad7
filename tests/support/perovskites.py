"""Perovskite cells built for the recognition tests."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from curiebreak.structures import Structure
from curiebreak.structures.checks import structure_from_arrays

EDGE = 4.0


def supercell(repeat: int = 2, holes: bool = True, centres: tuple[str, str] = ("Ti", "Ti")) -> Structure:
    """Cubic perovskite with ``repeat^3`` octahedra; the second centre on the odd ones."""
    grid = np.stack(np.meshgrid(*[np.arange(repeat)] * 3, indexing="ij"), -1).reshape(-1, 3)
    species, places = [], []
    for cell in grid:
        species.append(centres[int(cell.sum()) % 2])
        places.append(cell)
        for axis in range(3):
            species.append("O")
            places.append(cell + 0.5 * np.eye(3)[axis])
        if holes:
            species.append("Sr")
            places.append(cell + 0.5)
    return structure_from_arrays(repeat * EDGE * np.eye(3), species, np.array(places) / repeat)


def tilted(degrees: float, pattern: str = "---") -> Structure:
    """The 2x2x2 cell with rigid-octahedron tilts about all three axes, in phase (+) or not (-).

    Corners are put at the mean of what the two octahedra ask for.
    """
    ideal = supercell(2)
    moved = ideal.cartesian.copy()
    for atom, position in enumerate(ideal.cartesian):
        if ideal.species[atom] != "O":
            continue
        axis = int(np.argmax((position / EDGE) % 1.0))
        low = np.round(position / EDGE - 0.5 * np.eye(3)[axis]).astype(int)
        ends = []
        for side, cell in ((0.5, low), (-0.5, low + np.eye(3, dtype=int)[axis])):
            signs = [(-1) ** int(cell.sum() - (cell[k] if pattern[k] == "+" else 0)) for k in range(3)]
            turn = Rotation.from_rotvec(np.radians(degrees) * np.array(signs)).as_matrix()
            ends.append(cell * EDGE + turn @ (side * EDGE * np.eye(3)[axis]))
        moved[atom] = (ends[0] + ends[1]) / 2
    return Structure(
        lattice=ideal.lattice, species=ideal.species, coords=moved @ np.linalg.inv(np.asarray(ideal.lattice))
    )


def scrambled(structure: Structure, seed: int) -> Structure:
    """Turned, with another origin, another order of atoms and skew axes."""
    rng = np.random.default_rng(seed)
    turn = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
    skew = np.array([[1, 0, 0], [1, 1, 0], [0, -1, 1]])
    order = rng.permutation(len(structure))
    frac = structure.coords[order] @ np.linalg.inv(skew) + rng.random(3)
    lattice = skew @ np.asarray(structure.lattice) @ turn.T
    return Structure(lattice=lattice, species=tuple(structure.species[i] for i in order), coords=frac % 1.0)
