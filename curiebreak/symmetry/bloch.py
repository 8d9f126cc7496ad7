"""Fields on the child's cell in terms of the parent's wave vectors, and how operations act there.

Convention: ``u_kappa(k) = s^(-1/2) sum_n u_kappa(n) exp(+2 pi i k.n)`` with n the lattice vector of
the atom (primitive fractional, integer) and s the number of parent cells. A translation t then
multiplies the component k by ``exp(+2 pi i k.t)``, the phase of the ISO-IR tables, and
``{R|t}`` carries the component ``q`` to ``k = R^(-T) q``:

``(g u)_perm(kappa)(k) = exp(2 pi i k.shift_kappa) D(R) u_kappa(q)``,  ``R x_kappa + t = x_perm + shift``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import coset_index, dual_vectors, hermite_normal_form, match_vectors, residues


@dataclass(frozen=True, eq=False)
class BlochSpace:
    """The wave vectors of a supercell of the parent and the action of the parent group on them.

    Attributes
    ----------
    parent : ParentCrystal
    cell : ndarray (3, 3) of int
        Rows: supercell axes in the parent's primitive axes.
    hnf : ndarray (3, 3) of int
        The same lattice, upper triangular.
    kpoints : ndarray (s, 3)
        Reciprocal fractions of the primitive parent, in [0, 1), zero first.
    translations : ndarray (s, 3) of int
        Parent lattice vectors modulo the supercell, zero first.
    kpoint_map : ndarray (g, s) of int
        Index of ``R^(-T) k``, or -1 where it is not periodic on the cell.
    """

    parent: ParentCrystal
    cell: IntArray
    hnf: IntArray
    kpoints: FloatArray
    translations: IntArray
    kpoint_map: IntArray

    @property
    def size(self) -> int:
        """Number of primitive parent cells."""
        return len(self.kpoints)

    def phases(self) -> ComplexArray:
        """``exp(2 pi i k.t)`` for all (k, t): ndarray (s, s)."""
        return np.asarray(np.exp(2j * np.pi * (self.kpoints @ self.translations.T)))

    def from_atoms(self, values: FloatArray, site: IntArray, cell_index: IntArray) -> ComplexArray:
        """Components (s, n_p, d) of a field given on the atoms (n, d) of the supercell."""
        # grid over (lattice vector n, atom); n is taken modulo the supercell by its Hermite form (5)
        grid = np.zeros((self.size, len(self.parent.species), values.shape[1]))
        index = coset_index(cell_index, self.hnf)
        grid[index, site] = values
        phases = self.phases()  # (k, t)
        # (6), one matrix product over the lattice vectors
        return np.asarray(np.tensordot(phases, grid, axes=(1, 0)) / np.sqrt(self.size))

    def to_atoms(self, components: ComplexArray, site: IntArray, cell_index: IntArray) -> FloatArray:
        """Inverse of :meth:`from_atoms`; the imaginary part of a real field is rounding and dropped."""
        # (6) inverted: the matrix exp(2 pi i k.n) / sqrt(s) is unitary
        grid = np.tensordot(self.phases().conj(), components, axes=(0, 0)) / np.sqrt(self.size)
        index = coset_index(cell_index, self.hnf)
        return np.asarray(grid[index, site].real)

    def moved(self, components: ComplexArray, matrices: FloatArray, operation: int) -> ComplexArray:
        """Components (..., s, n_p, d) after one parent operation; parts leaving the cell are dropped.

        Parameters
        ----------
        components : ndarray (..., s, n_p, d)
        matrices : ndarray (g, d, d)
            Representation of the parent operations on one atom's components.
        operation : int
        """
        # (7); wave vectors that leave the supercell have no place here (kpoint_map is -1)
        target = self.kpoint_map[operation]
        inside = np.flatnonzero(target >= 0)
        result = np.zeros_like(components)
        turned = components[..., inside, :, :] @ matrices[operation].T
        # the phase of (7) belongs to the k that is reached, the shift to the atom that is left
        phase = np.exp(2j * np.pi * (self.kpoints[target[inside]] @ self.parent.shifts[operation].T))
        order = self.parent.permutations[operation]
        destination = np.empty_like(turned)
        destination[..., order, :] = turned * phase[..., None]
        result[..., target[inside], :, :] = destination
        return np.asarray(result)

    def turned(self, components: ComplexArray, matrices: FloatArray, kpoint: int, little: IntArray) -> ComplexArray:
        """One wave vector's component (s, n_p, d) after each operation that keeps the wave vector.

        Parameters
        ----------
        components : ndarray (s, n_p, d)
        matrices : ndarray (g, d, d)
        kpoint : int
        little : ndarray (l,) of int
            Operations whose ``kpoint_map`` leaves `kpoint` where it is.

        Returns
        -------
        ndarray (l, n_p, d)
        """
        # (7) with R^-T k = k: the little group mixes only the atoms
        moved = np.einsum("gij,pj->gpi", matrices[little], components[kpoint])
        phases = np.exp(2j * np.pi * (self.parent.shifts[little] @ self.kpoints[kpoint]))
        result = np.empty_like(moved)
        rows = np.arange(len(little))[:, None]
        result[rows, self.parent.permutations[little]] = moved * phases[:, :, None]
        return np.asarray(result)

    def overlaps(self, components: ComplexArray, matrices: FloatArray) -> FloatArray:
        """``<u_a, {R|t + tau} u_a>`` for every component field a, operation and lattice vector.

        Parameters
        ----------
        components : ndarray (a, s, n_p, d)
        matrices : ndarray (g, d, d)

        Returns
        -------
        ndarray (a, g, s)
            Exact also for operations that do not keep the supercell.
        """
        # (15): the sum over atoms for each k that is reached, then one product with all phases exp(2 pi i k.tau)
        phases = self.phases()
        # only wave vectors that carry anything cost time: an irrep has few
        active = np.flatnonzero(np.abs(components).max(axis=(0, 2, 3)) > 0)
        inner = np.zeros((len(components), len(matrices), self.size), dtype=complex)
        for kpoint in active:
            target = self.kpoint_map[:, kpoint]
            inside = np.flatnonzero(target >= 0)
            reached, rows = target[inside], np.arange(len(inside))[:, None]
            moved = np.einsum("gij,apj->agpi", matrices[inside], components[:, kpoint])
            # the phase of (7), for each operation at the k that it reaches
            waves = np.einsum("gpi,gi->gp", self.parent.shifts[inside], self.kpoints[reached])
            there = components[:, reached][:, rows, self.parent.permutations[inside]]
            shifted = moved * np.exp(2j * np.pi * waves)[None, :, :, None]
            inner[:, inside, reached] += np.einsum("agpi,agpi->ag", there.conj(), shifted)
        return np.asarray((inner @ phases).real)


def bloch_space(parent: ParentCrystal, cell: IntArray) -> BlochSpace:
    """Wave vectors and lattice translations of the supercell `cell` (3, 3) of `parent`."""
    hnf = hermite_normal_form(np.asarray(cell, dtype=np.int64))
    kpoints = dual_vectors(hnf)
    # R^-T k of all wave vectors for all operations: columns of reciprocal fractions
    inverse_transposes = np.array([np.linalg.inv(r).T for r in parent.rotations])
    images = np.einsum("gij,kj->gki", inverse_transposes, kpoints)
    kpoint_map = np.array([match_vectors(image, kpoints) for image in images])
    return BlochSpace(parent, np.asarray(cell), hnf, kpoints, residues(hnf), kpoint_map)


def single_site(parent: ParentCrystal) -> ParentCrystal:
    """The parent's group acting on one site that all operations keep, for fields of the whole cell."""
    count = parent.n_operations
    return replace(
        parent,
        species=("cell",),
        frac=np.zeros((1, 3)),
        permutations=np.zeros((count, 1), dtype=np.int64),
        shifts=np.zeros((count, 1, 3), dtype=np.int64),
        site_orbits=np.zeros(1, dtype=np.int64),
        site_names=("cell",),
        wyckoffs=("",),
    )


def some_sites(parent: ParentCrystal, atoms: IntArray) -> ParentCrystal:
    """The parent's group acting on whole site orbits alone, given by their atoms (m,) in order."""
    place = np.full(len(parent.species), -1, dtype=np.int64)
    place[atoms] = np.arange(len(atoms))
    orbits = np.unique(parent.site_orbits[atoms])
    return replace(
        parent,
        species=tuple(parent.species[i] for i in atoms),
        frac=parent.frac[atoms],
        permutations=place[parent.permutations[:, atoms]],
        shifts=parent.shifts[:, atoms],
        site_orbits=np.searchsorted(orbits, parent.site_orbits[atoms]),
        site_names=tuple(parent.site_names[o] for o in orbits),
        wyckoffs=tuple(parent.wyckoffs[o] for o in orbits),
    )
