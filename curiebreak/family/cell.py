"""The common cell of a family: one supercell of the parent on which every field of every member lives.

With the primitive axes A (rows) and repeats m, atoms are the pairs (site, cell n), n in [0, m)^3, site by site;
the group is that of the parent modulo m A: for each operation x' = R x + t of the parent and each translation T,

    (g u)[site', R n + shift + T mod m] = R_cart u[site, n].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image

SAME_DISTANCE = 0.05
"""Distances that differ by less than this part are one coordination shell: the split of a slightly distorted one."""

SAME_SITE = 0.12
"""Largest difference (fractions) of a free coordinate between parents of one family."""


def edge_of(lattice: Any) -> float:
    """Cube root of the volume of a cell (3, 3)."""
    return float(abs(np.linalg.det(lattice)) ** (1 / 3))


def unit_volume(lattice: Any) -> FloatArray:
    """Axes (3, 3) scaled to unit volume."""
    return np.asarray(lattice / edge_of(lattice))


class Bond(NamedTuple):
    """Nearest neighbours of one orbit in another: their number and distance (cell of unit volume)."""

    orbit: int
    neighbour: int
    number: int
    distance: float


@dataclass(frozen=True, eq=False)
class CommonCell:
    """A parent prototype repeated.

    Attributes
    ----------
    lattice : (3, 3)
        Rows: primitive axes scaled to unit volume, Cartesian frame of the parent.
    frac : (n_p, 3)
        Sites in fractions of `lattice`.
    site_orbits : (n_p,) int
    site_names : tuple of str
        One an orbit.
    rotations : (g, 3, 3) int
        In fractions, ``x' = R x + t``.
    cartesian : (g, 3, 3)
        The same, Cartesian.
    permutations, shifts : (g, n_p) int, (g, n_p, 3) int
        ``R x_i + t = x_perm + shift``.
    repeats : int
        m.
    number : int
        Space group of the parent.
    """

    lattice: FloatArray
    frac: FloatArray
    site_orbits: IntArray
    site_names: tuple[str, ...]
    rotations: IntArray
    cartesian: FloatArray
    permutations: IntArray
    shifts: IntArray
    repeats: int
    number: int

    ARRAYS = ("lattice", "frac", "site_orbits", "rotations", "cartesian", "permutations", "shifts")

    @classmethod
    def of(cls, parent: Any, repeats: int) -> CommonCell:
        """The cell of a :class:`~curiebreak.symmetry.parent.ParentCrystal`."""
        return cls(
            unit_volume(parent.lattice),
            np.asarray(parent.frac),
            np.asarray(parent.site_orbits, dtype=np.int64),
            tuple(parent.site_names),
            np.asarray(parent.rotations, dtype=np.int64),
            np.asarray(parent.rotations_cartesian),
            np.asarray(parent.permutations, dtype=np.int64),
            np.asarray(parent.shifts, dtype=np.int64),
            repeats,
            int(parent.number or 0),
        )

    @property
    def header(self) -> dict[str, Any]:
        """What a file's header says of it."""
        return {"site_names": self.site_names, "repeats": self.repeats, "number": self.number}

    def arrays(self) -> dict[str, Any]:
        """The rest, for a file."""
        return {f"cell.{name}": getattr(self, name) for name in self.ARRAYS}

    @classmethod
    def from_file(cls, header: Mapping[str, Any], arrays: Mapping[str, Any]) -> CommonCell:
        """From header and arrays of a file."""
        own = {name: arrays[f"cell.{name}"] for name in cls.ARRAYS}
        repeats, number = int(header["repeats"]), int(header["number"])
        return cls(**own, site_names=tuple(header["site_names"]), repeats=repeats, number=number)

    def fits(self, parent: Any) -> bool:
        """Whether a parent has the same sites in the same order and the same operations."""
        acting = ("rotations", "permutations", "shifts")
        same = all(np.array_equal(getattr(parent, name), getattr(self, name)) for name in acting)
        return same and float(np.abs(parent.frac - self.frac).max()) < SAME_SITE

    @property
    def n_sites(self) -> int:
        """Atoms of the primitive cell."""
        return len(self.frac)

    @property
    def n_cells(self) -> int:
        """Primitive cells."""
        return self.repeats**3

    @property
    def n_atoms(self) -> int:
        """Atoms of the common cell."""
        return self.n_sites * self.n_cells

    @cached_property
    def cells(self) -> IntArray:
        """Cell indices (m^3, 3)."""
        return np.array(list(product(range(self.repeats), repeat=3)), dtype=np.int64)

    @cached_property
    def site(self) -> IntArray:
        """Site (n,) of each atom."""
        return np.repeat(np.arange(self.n_sites), self.n_cells)

    @cached_property
    def positions(self) -> FloatArray:
        """Positions (n, 3), Cartesian, primitive cell of unit volume."""
        return np.asarray((self.frac[self.site] + np.tile(self.cells, (self.n_sites, 1))) @ self.lattice)

    @property
    def counts(self) -> tuple[int, ...]:
        """Atoms of each orbit in the primitive cell."""
        return tuple(int(n) for n in np.bincount(self.site_orbits))

    @property
    def formula(self) -> str:
        """Sites and their numbers of the primitive cell, without the sites' own numbers: La2CuO2O2."""
        names = [name.rstrip("0123456789") for name in self.site_names]
        return "".join(f"{n}{c if c > 1 else ''}" for n, c in zip(names, self.counts, strict=True))

    def index(self, cells: IntArray) -> IntArray:
        """Place in `cells` of cell indices (..., 3), modulo the repeats."""
        n = np.mod(cells, self.repeats)
        return np.asarray((n[..., 0] * self.repeats + n[..., 1]) * self.repeats + n[..., 2])

    @cached_property
    def group(self) -> tuple[FloatArray, IntArray]:
        """Cartesian rotations (G, 3, 3) and permutations (G, n): atom i goes to ``permutations[g, i]``."""
        rotations, permutations = [], []
        own = np.tile(self.cells, (self.n_sites, 1))
        for g in range(len(self.rotations)):
            moved = own @ self.rotations[g].T + self.shifts[g][self.site]
            target = self.permutations[g][self.site] * self.n_cells
            for step in self.cells:
                rotations.append(self.cartesian[g])
                permutations.append(target + self.index(moved + step))
        return np.array(rotations), np.array(permutations)

    def images(self, field: FloatArray) -> FloatArray:
        """All images (G, n, 3) of a vector field (n, 3)."""
        rotations, permutations = self.group
        turned = np.einsum("gij,nj->gni", rotations, field)
        result: FloatArray = np.empty_like(turned)
        np.put_along_axis(result, permutations[:, :, None], turned, axis=1)
        return result

    def holds(self, cell: IntArray) -> bool:
        """Whether it is a supercell of a child's cell, (3, 3) in primitive axes."""
        return bool(np.abs(nearest_image(self.repeats * np.linalg.inv(cell))).max() <= 1e-9)

    def place(self, values: FloatArray, site: IntArray, cell_index: IntArray, cell: IntArray) -> FloatArray:
        """A field given on a child's cell that it `holds`, repeated onto the common cell.

        Parameters
        ----------
        values : (n_c, d)
        site, cell_index : (n_c,), (n_c, 3) int
            Undistorted position of each atom in primitive axes.
        cell : (3, 3) int
            Rows: axes of the child's cell in primitive axes.
        """
        inverse = np.linalg.inv(cell)
        # every common-cell atom is a translate of exactly one child atom: same site, cell indices equal modulo `cell`
        offset = self.cells[:, None] - cell_index[None]
        parts = offset @ inverse
        same = np.abs(nearest_image(parts)).max(axis=-1) < 1e-6
        result = np.empty((self.n_atoms, values.shape[1]))
        for s in range(self.n_sites):
            members = np.flatnonzero(site == s)
            result[s * self.n_cells : (s + 1) * self.n_cells] = values[members[same[:, members].argmax(axis=1)]]
        return result

    @cached_property
    def bonds(self) -> tuple[Bond, ...]:
        """Nearest neighbours between any two orbits."""
        images = np.array(list(product(range(-2, 3), repeat=3))) @ self.lattice
        home = self.frac @ self.lattice
        orbits = range(len(self.site_names))
        found = []
        for a, b in product(orbits, orbits):
            first = home[np.flatnonzero(self.site_orbits == a)[0]]
            others = (home[self.site_orbits == b][:, None] + images[None]).reshape(-1, 3) - first
            lengths = np.linalg.norm(others, axis=1)
            lengths = lengths[lengths > 1e-6]
            nearest = float(lengths.min())
            near = lengths[lengths < nearest * (1 + SAME_DISTANCE)]
            found.append(Bond(a, b, len(near), float(near.mean())))
        return tuple(found)

    def coordination(self, orbit: int, among: Sequence[int]) -> int:
        """Neighbours of an orbit in the nearest of these orbits."""
        candidates = [b for b in self.bonds if b.orbit == orbit and b.neighbour in among]
        return min(candidates, key=lambda b: b.distance).number if candidates else 6
