"""Random magnetic structures of known irreps: built on a random parent, scrambled, rounded, and read back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from random_parents import random_parent

from curiebreak.fields import representation
from curiebreak.structures.magnetic_cif import MagneticCrystal
from curiebreak.structures.model import Precision
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.isotypic import Irrep, irreps_on, project
from curiebreak.symmetry.parent import ParentCrystal

CELLS = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((1, 1, 0), (-1, 1, 0), (0, 0, 1)), ((2, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((1, 0, 0), (0, 1, 0), (0, 0, 3)), ((2, 0, 0), (0, 2, 0), (0, 0, 1)),
)  # fmt: skip
"""Rows in the parent's primitive axes: special k, lines and planes."""


@dataclass(frozen=True, eq=False)
class MagneticTrip:
    """A parent, the magnetic structure made from it, and what went into it."""

    parent: ParentCrystal
    crystal: MagneticCrystal
    label: str
    amplitude: float
    structural: str | None


def _field(space: BlochSpace, irrep: Irrep, parity: str, size: float, rng: np.random.Generator) -> np.ndarray | None:
    """A random field (n, 3) of one irrep, largest length `size`; ``None`` where the atoms hold none."""
    sites = len(space.parent.species)
    site, cells = np.tile(np.arange(sites), space.size), np.repeat(space.translations, sites, axis=0)
    matrices = representation(1, parity, space.parent.rotations_cartesian)
    values = space.from_atoms(rng.normal(size=(len(site), 3)), site, cells)
    atoms = space.to_atoms(project(space, values, matrices, irrep), site, cells)
    if parity == "o" and np.linalg.norm(atoms.mean(axis=0)) > 1e-6:
        return None  # a shift of the whole crystal among them
    largest = np.linalg.norm(atoms, axis=1).max()
    return atoms * size / largest if largest > 1e-6 else None


def magnetic_trip(number: int, seed: int, structural: bool) -> MagneticTrip | None:
    """One structure; ``None`` where the chosen irrep has no field on the atoms."""
    rng = np.random.default_rng([number, seed])
    parent = random_parent(number, rng, most=8)
    space = bloch_space(parent, np.array(CELLS[int(rng.integers(len(CELLS)))]))
    irreps = irreps_on(space)
    chosen = irreps[int(rng.integers(len(irreps)))]
    moments = _field(space, chosen, "e", 3.0, rng)
    moved, second = None, None
    if structural:
        second = irreps[int(rng.integers(len(irreps)))]
        moved = _field(space, second, "o", 0.08, rng)
    if moments is None or (structural and moved is None):
        return None
    sites = len(parent.species)
    site, cells = np.tile(np.arange(sites), space.size), np.repeat(space.translations, sites, axis=0)
    lattice = np.asarray(parent.lattice)
    places = (parent.frac[site] + cells) @ lattice
    places = places if moved is None else places + moved
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn = turn * np.sign(np.linalg.det(turn))
    axes = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1]])  # another basis of the same lattice
    cell = axes @ space.hnf @ lattice @ turn
    order = rng.permutation(len(site))
    fractions = (places @ turn) @ np.linalg.inv(cell) + rng.random(3)
    lengths = np.linalg.norm(cell, axis=1)
    components = np.round((moments @ turn @ np.linalg.inv(cell)) * lengths, 2)
    crystal = MagneticCrystal(
        cell=cell,
        elements=tuple(parent.species[site[i]] for i in order),
        labels=tuple(f"{parent.species[site[i]]}{i}" for i in order),
        occupancies=np.ones(len(site)),
        positions=np.round(fractions[order], 6),
        moments=(components / lengths @ cell)[order],
        listed=np.ones(len(site), dtype=bool),
        precision=Precision(1e-5, 1e-5, 0.0),
    )
    amplitude = float(np.sqrt((moments**2).sum()))
    return MagneticTrip(parent, crystal, "m" + chosen.label, amplitude, second.label if second else None)
