"""Force constants of a supercell, and the dynamical matrix in the parent's wave vectors.

At wave vectors that are periodic on the supercell the matrix is exact: equivalent images of an atom share one phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError
from curiebreak.structures import Structure
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import dual_vectors

_EQUAL = 1e-3
"""Å; images whose distances differ by less are equally near."""

_PLACE = 0.1
"""Å; how far an atom of the supercell may lie from the site of the symmetrised parent."""


@dataclass(frozen=True, eq=False)
class ForceConstants:
    """Second derivatives of the energy in a supercell.

    Attributes
    ----------
    structure : Structure
        The unit cell.
    path : str
        Where they were read.
    lattice : ndarray (3, 3)
        Rows: axes of the supercell, Å, in the Cartesian frame of `structure`.
    frac : ndarray (N, 3)
        Atoms of the supercell, fractions of `lattice`.
    masses : ndarray (N,)
        Atomic mass units.
    rows : ndarray (r,) of int
        Atoms whose force constants are known, at least one of each primitive site.
    values : ndarray (r, N, 3, 3)
        ``d2E / du_i du_j`` of atom ``rows[i]`` with atom j, in the unit that `factor` belongs to.
    factor : float
        THz for the root of an eigenvalue of the dynamical matrix in that unit.
    """

    structure: Structure
    path: str
    lattice: FloatArray
    frac: FloatArray
    masses: FloatArray
    rows: IntArray
    values: FloatArray
    factor: float


@dataclass(frozen=True, eq=False)
class LatticeDynamics:
    """The dynamical matrix of a parent at the wave vectors that a supercell holds.

    Attributes
    ----------
    parent : ParentCrystal
        Of the unit cell of the force constants.
    constants : ForceConstants
    """

    parent: ParentCrystal
    constants: ForceConstants

    @cached_property
    def supercell(self) -> IntArray:
        """Rows (3, 3): axes of the supercell in the parent's primitive axes.

        Raises
        ------
        InputError
            If it is no supercell of the parent.
        """
        found = self.constants.lattice @ np.linalg.inv(np.asarray(self.parent.lattice))
        whole = np.round(found).astype(np.int64)
        if np.abs(found - whole).max() > 0.02:
            raise InputError(
                f"The supercell of {self.constants.path} holds no whole number of primitive cells of its unit cell.",
                "The unit cell may be nearly of a higher symmetry: set --parent-symprec.",
            )
        return whole

    @cached_property
    def kpoints(self) -> FloatArray:
        """Wave vectors (s, 3) that are periodic on the supercell, primitive reciprocal fractions."""
        return dual_vectors(self.supercell)

    @cached_property
    def masses(self) -> FloatArray:
        """Mass (n_p,) of each atom of the primitive cell, amu."""
        sites, _ = self._places
        masses = np.zeros(len(self.parent.species))
        masses[sites] = self.constants.masses
        return masses

    @cached_property
    def _places(self) -> tuple[IntArray, IntArray]:
        """Primitive atom (N,) and lattice vector (N, 3) of each atom of the supercell."""
        lattice = np.asarray(self.parent.lattice)
        frac = self.constants.frac @ self.constants.lattice @ np.linalg.inv(lattice)
        offsets = nearest_image(frac[:, None] - self.parent.frac[None])
        distances = np.linalg.norm(offsets @ lattice, axis=-1)
        sites = distances.argmin(axis=1)
        if distances.min(axis=1).max() > _PLACE or len(set(np.bincount(sites))) != 1:
            raise InputError(
                f"The atoms of the supercell of {self.constants.path} do not lie on the sites of its unit cell.",
                "Check that unit cell and supercell belong together.",
            )
        return sites, np.round(frac - self.parent.frac[sites]).astype(np.int64)

    @cached_property
    def _rows(self) -> IntArray:
        """Row of the force constants (n_p,) that starts at each primitive atom."""
        sites, _ = self._places
        own = sites[self.constants.rows]
        missing = [i for i in range(len(self.parent.species)) if i not in own]
        if missing:
            raise InputError(
                f"{self.constants.path} has no force constants of {self.parent.species[missing[0]]}.",
                "Write full force constants, or those of a primitive cell.",
            )
        return np.array([int(np.flatnonzero(own == i)[0]) for i in range(len(self.parent.species))])

    def holds(self, kpoints: FloatArray) -> np.ndarray:
        """Whether wave vectors (m, 3), primitive reciprocal fractions, are periodic on the supercell."""
        phases = np.asarray(kpoints) @ self.supercell.T
        return np.asarray(np.abs(phases - np.round(phases)).max(axis=-1) < 1e-6)

    @cached_property
    def _images(self) -> tuple[IntArray, FloatArray]:
        """Lattice vectors (n_p, N, m, 3) to the images of each atom, and their weights (n_p, N, m).

        Of the images of an atom under the supercell's translations those nearest to the first atom share its force
        constants, which keeps the symmetry of the parent at wave vectors between those of the supercell.
        """
        sites, cells = self._places
        lattice, first = np.asarray(self.parent.lattice), self.constants.rows[self._rows]
        steps = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), -1).reshape(-1, 3) @ self.supercell
        reduced = nearest_image(self.constants.frac[None] - self.constants.frac[first][:, None])
        start = np.round(reduced @ self.constants.lattice @ np.linalg.inv(lattice) - self.parent.frac[sites][None]
                         + self.parent.frac[:, None]).astype(np.int64)  # fmt: skip
        vectors = start[:, :, None] + steps
        between = (self.parent.frac[sites][None] - self.parent.frac[:, None])[:, :, None]
        distances = np.linalg.norm((vectors + between) @ lattice, axis=-1)
        near = distances < distances.min(axis=2, keepdims=True) + _EQUAL
        return vectors, near / near.sum(axis=2, keepdims=True)

    def matrix(self, kpoint: FloatArray) -> ComplexArray:
        """Dynamical matrix (3 n_p, 3 n_p) at a wave vector (3,), primitive reciprocal fractions.

        It acts on mass-weighted components ``sqrt(m) u(k)`` in the convention of
        :mod:`curiebreak.symmetry.bloch`, ``u(n) ~ exp(-2 pi i k.n)``. Exact where the wave vector is periodic on the
        supercell, else interpolated.
        """
        sites, cells = self._places
        rows, count = self._rows, len(self.parent.species)
        first = self.constants.rows[rows]
        if self.holds(kpoint[None])[0]:
            phases = np.exp(-2j * np.pi * ((cells[None] - cells[first][:, None]) @ kpoint))
        else:
            vectors, weights = self._images
            phases = (weights * np.exp(-2j * np.pi * (vectors @ kpoint))).sum(axis=2)
        out = np.zeros((count, 3, count, 3), dtype=complex)
        for i in range(count):
            # D_ij(k) = sum_n Phi(i 0, j n) exp(-2 pi i k.n) / sqrt(m_i m_j)
            blocks = self.constants.values[rows[i]] * phases[i][:, None, None]
            for j in range(count):
                out[i, :, j] = blocks[sites == j].sum(axis=0) / np.sqrt(self.masses[i] * self.masses[j])
        matrix = out.reshape(3 * count, 3 * count)
        return np.asarray((matrix + matrix.conj().T) / 2)

    def at(self, kpoints: FloatArray) -> ComplexArray:
        """The matrices (m, 3 n_p, 3 n_p) of several wave vectors."""
        found = []
        for kpoint in kpoints:
            key = tuple(np.round(kpoint, 9).tolist())
            if key not in self._matrices:
                self._matrices[key] = self.matrix(kpoint)
            found.append(self._matrices[key])
        return np.array(found)

    @cached_property
    def _matrices(self) -> dict[tuple[float, ...], ComplexArray]:
        return {}

    def frequencies(self, eigenvalues: FloatArray) -> FloatArray:
        """THz; an imaginary frequency is negative."""
        return np.asarray(np.sign(eigenvalues) * np.sqrt(np.abs(eigenvalues)) * self.constants.factor)
