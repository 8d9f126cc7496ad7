"""Series of frames for the tests of tracking: children built by irreps, in one cell, with noise, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from curiebreak.modes.built import BuiltChild
from curiebreak.structures import Structure


@dataclass(frozen=True)
class Cell:
    """Atoms in a cell; rows of `lattice` in Å."""

    lattice: np.ndarray
    species: tuple[str, ...]
    frac: np.ndarray

    def text(self, **info: float) -> str:
        """One frame of extended XYZ."""
        cell = " ".join(f"{x:.12f}" for x in self.lattice.ravel())
        known = " ".join(f"{key}={value!r}" for key, value in info.items())
        lines = [f'{len(self.species)}\nLattice="{cell}" Properties=species:S:1:pos:R:3 {known} pbc="T T T"']
        places = self.frac @ self.lattice
        lines += [f"{s} {x:.12f} {y:.12f} {z:.12f}" for s, (x, y, z) in zip(self.species, places, strict=True)]
        return "\n".join(lines) + "\n"

    def noisy(self, rng: np.random.Generator, sigma: float) -> Cell:
        """Every coordinate moved by a normal deviate of `sigma` Å."""
        moved = rng.standard_normal(self.frac.shape) * sigma @ np.linalg.inv(self.lattice)
        return Cell(self.lattice, self.species, self.frac + moved)

    def shuffled(self, rng: np.random.Generator) -> Cell:
        """Atoms in another order."""
        order = rng.permutation(len(self.species))
        return Cell(self.lattice, tuple(self.species[i] for i in order), self.frac[order])

    def moved(self, shift: Sequence[float]) -> Cell:
        """Another origin, atoms folded into the cell."""
        return Cell(self.lattice, self.species, (self.frac + np.asarray(shift)) % 1.0)

    def turned(self, rotation: np.ndarray) -> Cell:
        """Axes turned in space."""
        return Cell(self.lattice @ rotation.T, self.species, self.frac)

    def structure(self) -> Structure:
        """As the program's own model."""
        return Structure(self.lattice, self.species, self.frac, (), tuple({s: 1.0} for s in self.species))


def in_cubes(child: BuiltChild, repeat: int = 2) -> Cell:
    """A built child in repeat^3 cells of its parent, axes along the parent's; the same order every time."""
    parent = child.parent
    small, large = child.cell @ parent.lattice, repeat * parent.lattice
    positions = (parent.frac[child.site] + child.cell_index) @ parent.lattice + child.displacements
    steps = np.array(list(product(range(-2 * repeat, 2 * repeat + 1), repeat=3))) @ small
    undistorted = (parent.frac[child.site] + child.cell_index) @ parent.lattice
    found = []
    for atom, home in enumerate(undistorted):
        inside = (home + steps) @ np.linalg.inv(large)
        keep = ((inside > -1e-6) & (inside < 1 - 1e-6)).all(axis=1)
        for place, step in zip(inside[keep], steps[keep], strict=True):
            found.append((int(child.site[atom]), tuple(np.round(place, 5)), positions[atom] + step))
    found.sort(key=lambda entry: entry[:2])
    assert len(found) == len(parent.species) * repeat**3
    frac = np.array([position for _, _, position in found]) @ np.linalg.inv(large)
    lattice = large @ (np.eye(3) + child.strain)
    return Cell(lattice, tuple(parent.species[site] for site, _, _ in found), frac)
