"""The undistorted parent in a larger cell: which site of the parent each atom is, and in which primitive cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import coset_index


@dataclass(frozen=True, eq=False)
class Supercell:
    """Atoms of the parent in a cell of whole primitive cells; for a molecule all its atoms.

    Attributes
    ----------
    parent : ParentCrystal
    cell : ndarray (3, 3) of int
        Rows: the cell in the parent's primitive axes.
    site, cell_index : ndarray (n,), (n, 3) of int
        Undistorted position ``parent.frac[site] + cell_index``.
    """

    parent: ParentCrystal
    cell: IntArray
    site: IntArray
    cell_index: IntArray

    def __len__(self) -> int:
        return len(self.site)

    @property
    def lattice(self) -> FloatArray | None:
        """The undistorted cell, rows in Å; ``None`` for a molecule."""
        return None if self.parent.lattice is None else np.asarray(self.cell @ self.parent.lattice)

    @property
    def primitive(self) -> FloatArray:
        """Undistorted positions (n, 3) in the parent's primitive fractions (molecule: Å, about its centre)."""
        return np.asarray(self.parent.frac[self.site] + self.cell_index)

    @property
    def cartesian(self) -> FloatArray:
        """Undistorted positions (n, 3), Å (molecule: about its centre)."""
        return self.primitive if self.parent.lattice is None else np.asarray(self.primitive @ self.parent.lattice)

    @property
    def fractional(self) -> FloatArray:
        """Undistorted positions (n, 3) in fractions of `lattice` (molecule: Å, about its centre)."""
        return self.primitive if self.parent.lattice is None else np.asarray(self.primitive @ np.linalg.inv(self.cell))

    @property
    def orbits(self) -> IntArray:
        """Site orbit (n,) of each atom."""
        return np.asarray(self.parent.site_orbits[self.site])

    @property
    def site_names(self) -> tuple[str, ...]:
        """Name of each atom's site."""
        return tuple(self.parent.site_names[orbit] for orbit in self.orbits)

    def on_site(self, name: str) -> BoolArray:
        """Which atoms (n,) are of this site."""
        return np.asarray(self.orbits == self.parent.site_names.index(name))

    def keys(self, hnf: IntArray) -> IntArray:
        """One number (n,) for each site of the cell with this Hermite form: equal where the lattice joins atoms."""
        return np.asarray(coset_index(self.cell_index, hnf) * len(self.parent.species) + self.site)

    def moved(self, operation: int, translation: IntArray) -> tuple[IntArray, IntArray]:
        """Site (n,) and primitive cells (..., n, 3) to which ``{1|tau}{R|t}`` carries each atom; tau is (..., 3)."""
        # (4): R n + shift is the lattice vector of the image, tau is added after the rotation
        cells = self.cell_index @ self.parent.rotations[operation].T + self.parent.shifts[operation][self.site]
        site = np.asarray(self.parent.permutations[operation][self.site])
        return site, np.asarray(cells + np.asarray(translation)[..., None, :])

    def to_waves(self, space: BlochSpace, values: FloatArray) -> ComplexArray:
        """Components (s, n_p, d) of a field (n, d) on these atoms, equation (6)."""
        return space.from_atoms(values, self.site, self.cell_index)

    def from_waves(self, space: BlochSpace, components: ComplexArray) -> FloatArray:
        """The field (n, d) with these components."""
        return space.to_atoms(components, self.site, self.cell_index)
