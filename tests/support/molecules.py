"""Molecules of many point groups, each with a child made by one hand-made distortion of a known irrep.

Bond lengths and angles are rounded literature values; the irreps are those of textbook symmetry analysis
(stretching and bending coordinates in F. A. Cotton, Chemical Applications of Group Theory, 3rd ed., chapter 10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curiebreak.structures import Structure, structure_from_arrays

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Molecule:
    """A parent, what is done to it, and what that must be called."""

    group: str
    species: tuple[str, ...]
    parent: FloatArray
    child: FloatArray
    primary: tuple[str, ...]
    subgroup: str

    def files(self, points: FloatArray, order: NDArray[np.int64] | None = None) -> Structure:
        """The molecule with its atoms at `points`, in another order if one is given."""
        chosen = np.arange(len(points)) if order is None else order
        return structure_from_arrays(None, [self.species[i] for i in chosen], points[chosen])


def ring(n: int, radius: float, z: float = 0.0, start: float = 0.0) -> FloatArray:
    """Corners of a regular polygon; the first one at the angle `start` in degrees."""
    angles = 2 * np.pi * np.arange(n) / n + np.radians(start)
    return np.column_stack([radius * np.cos(angles), radius * np.sin(angles), np.full(n, z)])


def _made(
    group: str,
    names: str,
    parent: FloatArray,
    primary: str,
    subgroup: str,
    change: Callable[[FloatArray], None],
) -> Molecule:
    child = parent.copy()
    change(child)
    return Molecule(group, tuple(names.split()), parent, child, tuple(primary.split()), subgroup)


def _longer(atom: int, by: float) -> Callable[[FloatArray], None]:
    """Move one atom away from the first by a length in Å."""

    def change(points: FloatArray) -> None:
        bond = points[atom] - points[0]
        points[atom] += by * bond / np.linalg.norm(bond)

    return change


def _moved(atoms: int | list[int], by: list[float] | list[list[float]]) -> Callable[[FloatArray], None]:
    def change(points: FloatArray) -> None:
        points[atoms] += np.array(by)

    return change


def molecules() -> list[Molecule]:
    """Seventeen of them, of fifteen point groups."""
    o = np.zeros((1, 3))
    tetrahedron = 1.09 / np.sqrt(3) * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1.0]])
    octahedron = 1.56 * np.vstack([np.eye(3), -np.eye(3)])
    water = np.array([[0, 0, 0], [0, 0.757, 0.586], [0, -0.757, 0.586]])
    ethylene = np.array(
        [[0.67, 0, 0], [-0.67, 0, 0], [1.23, 0.92, 0], [1.23, -0.92, 0], [-1.23, 0.92, 0], [-1.23, -0.92, 0]]
    )
    allene = np.array(
        [[0, 0, 0], [0, 0, 1.31], [0, 0, -1.31], [0.93, 0, 1.87], [-0.93, 0, 1.87], [0, 0.93, -1.87], [0, -0.93, -1.87]]
    )
    ethane = np.vstack([[[0, 0, 0.77], [0, 0, -0.77]], ring(3, 1.02, 1.16), ring(3, 1.02, -1.16, 60)])
    difluorodiazene = np.array([[0.61, 0, 0], [-0.61, 0, 0], [0.96, 1.35, 0], [-0.96, -1.35, 0]])
    boric = np.vstack([o, ring(3, 1.36), ring(3, 1.36) + ring(3, 0.96, start=110)])
    chelate = np.vstack([o, ring(3, 1.6, 1.1, 22), ring(3, 1.6, -1.1, -22)])
    benzene = np.vstack([ring(6, 1.39), ring(6, 2.48)])
    peroxide = np.array([[0.74, 0, 0], [-0.74, 0, 0], [0.84, 0.75, 0.56], [-0.84, -0.75, 0.56]])

    def twist(points: FloatArray) -> None:  # one CH2 of ethylene against the other
        angle = np.radians(12)
        for atom, sign in ((2, 1), (3, 1), (4, -1), (5, -1)):
            y = points[atom, 1]
            points[atom, 1:] = y * np.cos(angle / 2), sign * y * np.sin(angle / 2)

    return [
        _made("C2v", "O H H", water, "B2", "Cs", _longer(1, 0.08)),
        _made("C3v", "N H H H", np.vstack([o, ring(3, 0.94, -0.38)]), "E", "Cs", _longer(1, 0.08)),
        _made("D3h", "B F F F", np.vstack([o, ring(3, 1.31)]), "A2''", "C3v", _moved(0, [0, 0, 0.15])),
        _made("D3h", "P F F F F F", np.vstack([o, ring(3, 1.53), [[0, 0, 1.58], [0, 0, -1.58]]]), "E'", "C2v",
              _longer(1, 0.1)),
        _made("Td", "C H H H H", np.vstack([o, tetrahedron]), "T2", "C3v", _longer(1, 0.1)),
        _made("Oh", "S F F F F F F", np.vstack([o, octahedron]), "T1u", "C4v", _moved(0, [0, 0, 0.12])),
        _made("Oh", "S F F F F F F", np.vstack([o, octahedron]), "Eg", "D4h",
              _moved([3, 6], [[0, 0, 0.1], [0, 0, -0.1]])),
        _made("D4h", "Xe F F F F", np.vstack([o, ring(4, 1.95)]), "A2u", "C4v", _moved(0, [0, 0, 0.15])),
        _made("C4v", "Br F F F F F", np.vstack([o, ring(4, 1.78, -0.15), [[0, 0, 1.68]]]), "B1", "C2v",
              _moved([1, 3], [[0.1, 0, 0], [-0.1, 0, 0]])),
        _made("D2h", "C C H H H H", ethylene, "Au", "D2", twist),
        _made("D2d", "C C C H H H H", allene, "E", "Cs", _moved(1, [0.1, 0, 0])),
        _made("D3d", "C C H H H H H H", ethane, "A2u", "C3v", _moved(0, [0, 0, 0.08])),
        _made("C2h", "N N F F", difluorodiazene, "Bu", "Cs", _longer(3, 0.1)),
        _made("C3h", "B O O O H H H", boric, "A''", "C3", _moved(0, [0, 0, 0.12])),
        _made("D3", "Co O O O O O O", chelate, "A2", "C3", _moved(0, [0, 0, 0.12])),
        _made("D6h", "C C C C C C H H H H H H", benzene, "E2g", "D2h",
              _moved([0, 3], [[0.08, 0, 0], [-0.08, 0, 0]])),
        _made("C2", "O O H H", peroxide, "B", "C1", _longer(2, 0.08)),
    ]  # fmt: skip
