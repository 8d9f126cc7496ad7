"""The phonon modes of one irrep: by Schur's lemma the dynamical matrix mixes only the copies of the irrep.

With basis functions ``f_ci`` (copy c, component i) of mass-weighted displacements, ``<f_ci, D f_c'i'> =
delta_ii' M_cc'``. The eigenvalues of M are the squared frequencies, each of them for all components; eigenvectors of
different irreps are orthogonal whatever the forces are. M is real for real irreps with real functions, else hermitian.
The frequencies of all irreps together must be those of the dynamical matrix itself, which knows nothing of symmetry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray
from curiebreak.fields import representation
from curiebreak.phonons.force_constants import LatticeDynamics
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.order_parameter import basis_functions, independent_halves
from curiebreak.symmetry.real_basis import real_basis, real_forms
from curiebreak.symmetry.sublattices import match_vectors


@dataclass(frozen=True, eq=False)
class ModeShapes:
    """All modes of one irrep on one cell.

    Attributes
    ----------
    irrep : Irrep
    eigenvalues : ndarray (m,)
        Of the dynamical matrix, smallest first.
    fields : ndarray (m, dim, s, n_p, 3) complex
        Mass-weighted real eigenvectors on the wave vectors of the cell, one for each component of the order parameter;
        zero where the arm of the component is not periodic on the cell.
    shares : ndarray (m, orbits)
        Part of each squared eigenvector on each site of the parent.
    """

    irrep: Irrep
    eigenvalues: FloatArray
    fields: ComplexArray
    shares: FloatArray

    def eigenvector(self, mode: int, components: FloatArray) -> ComplexArray:
        """Mass-weighted field (s, n_p, 3) of a mode with an order parameter (dim,)."""
        return np.asarray(np.tensordot(components, self.fields[mode], axes=(0, 0)))


def mode_shapes(dynamics: LatticeDynamics, space: BlochSpace, irrep: Irrep) -> ModeShapes:
    """The modes of an irrep on a cell that holds at least one of its arms."""
    parent = space.parent
    polar = representation(1, "o", parent.rotations_cartesian)
    if irrep.reality == 1:
        basis = real_basis(space, polar, irrep)
        place = _best_arm(dynamics, space, irrep.arms) * irrep.arm_size
        values, weights = _mixed(dynamics, space, basis.functions[:, place])
        fields = np.tensordot(weights, basis.functions, axes=(1, 0))
    else:
        member = irrep.members[0]
        basis = basis_functions(space, polar, member)
        place = _best_arm(dynamics, space, member.arms) * member.small_dim
        values, weights = _mixed(dynamics, space, basis.functions[:, place])
        functions = np.tensordot(weights, basis.functions, axes=(1, 0))
        if irrep.reality == 2 and len(values):
            # each eigenvalue comes twice, with an eigenvector and its conjugate, of which one is kept
            kept = independent_halves(space, functions)
            values, weights = (np.abs(kept) ** 2) @ values, kept @ weights
            functions = np.tensordot(kept, functions, axes=(1, 0))
        fields = real_forms(space, irrep, functions)
    shares = np.zeros((len(values), int(parent.site_orbits.max()) + 1))
    for orbit in range(shares.shape[1]):
        shares[:, orbit] = (np.abs(weights[:, basis.orbits == orbit]) ** 2).sum(axis=1)
    return ModeShapes(irrep, np.asarray(values), np.asarray(fields), shares)


def _best_arm(dynamics: LatticeDynamics, space: BlochSpace, arms: FloatArray) -> int:
    """Index of an arm that the cell holds, of those one that the supercell of the force constants holds as well."""
    vectors = space.parent.to_standard.inverse.waves(arms)
    inside = match_vectors(vectors, space.kpoints) >= 0
    exact = inside & dynamics.holds(vectors)
    return int(np.flatnonzero(exact if exact.any() else inside)[0])


def _mixed(
    dynamics: LatticeDynamics, space: BlochSpace, component: ComplexArray
) -> tuple[FloatArray, ComplexArray | FloatArray]:
    """Eigenvalues (m,) of M and the weights (m, copies) of the copies, from one component (copies, s, n_p, 3)."""
    if not len(component):
        return np.zeros(0), np.zeros((0, 0))
    carried = np.flatnonzero(np.abs(component).max(axis=(0, 2, 3)) > 0)
    flat = component[:, carried].reshape(len(component), len(carried), -1)
    matrices = dynamics.at(space.kpoints[carried])
    # M_cc' = <f_c, D f_c'>, a sum over the wave vectors of the component; any component does
    mixing = np.einsum("cki,kij,dkj->cd", flat.conj(), matrices, flat, optimize=True)
    if np.abs(mixing.imag).max() < _REAL * max(float(np.abs(mixing).max()), 1e-30):
        mixing = mixing.real
    values, vectors = np.linalg.eigh((mixing + mixing.conj().T) / 2)
    return values, np.asarray(vectors.T)


_REAL = 1e-9
"""Imaginary part of M below this, relative, is rounding."""


def unweighted(dynamics: LatticeDynamics, field: ComplexArray) -> ComplexArray:
    """Displacements (..., n_p, 3) of a mass-weighted field."""
    return np.asarray(field / np.sqrt(dynamics.masses)[:, None])
