"""Order parameters: amplitudes of a field along basis functions that turn with the tabulated matrices.

For an irrep D the basis functions of copy n are ``phi_i = (d/|G|) sum_g conj(D_ij(g)) g e_n`` with e_n in
the range of the projector for row j at one arm. They satisfy ``g phi_j = sum_i phi_i D_ij(g)``, so the
amplitudes ``eta_i = <phi_i, u>`` of a turned field are ``D(g) eta``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray, distinct
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.isotypic import Irrep, IrrepMember, StandardOperations
from curiebreak.symmetry.sublattices import match_vectors

_DEPENDENT = 1e-6


@dataclass(frozen=True, eq=False)
class BasisFunctions:
    """Symmetry-adapted basis of one irrep on the wave vectors of a cell.

    Attributes
    ----------
    functions : ndarray (m, dim, s, n_p, d) complex
        Orthonormal; rows of arms outside the cell are zero.
    orbits : ndarray (m,) of int
        Part (by default: site orbit) that copy n lives on.
    """

    functions: ComplexArray
    orbits: IntArray

    def amplitudes(self, values: ComplexArray) -> ComplexArray:
        """``<phi_i^n, u>``: ndarray (m, dim) for a field (s, n_p, d)."""
        return np.asarray(np.einsum("nispd,spd->ni", self.functions.conj(), values))


def orbit_parts(space: BlochSpace, width: int) -> FloatArray:
    """The site orbits as parts of a field: projectors (n_orbits, n_p, d, d) on the atoms' components."""
    orbits = np.asarray(space.parent.site_orbits)
    inside = orbits[None] == np.arange(int(orbits.max()) + 1)[:, None]
    return np.asarray(inside[:, :, None, None] * np.eye(width))


def basis_functions(
    space: BlochSpace, matrices: FloatArray, member: IrrepMember, parts: FloatArray | None = None
) -> BasisFunctions:
    """Basis functions of every copy of `member` in the field with on-site representation `matrices`.

    Parameters
    ----------
    space : BlochSpace
    matrices : ndarray (g, d, d)
    member : IrrepMember
    parts : ndarray (p, n_p, d, d), optional
        Orthogonal projectors that add up to 1 and that every operation carries along; each copy
        lies in one of them. By default the site orbits.
    """
    standard = StandardOperations(space.parent)
    arms = match_vectors(standard.primitive_waves(member.arms), space.kpoints)
    # (10) from one row of one arm that the cell holds: seeds there, all partners by the operations
    table = member.matrices(standard.rotations, standard.translations)
    reference = int(np.flatnonzero(arms >= 0)[0])
    row, source = reference * member.small_dim, int(arms[reference])
    projector = _row_projector(space, matrices, table[:, row, row], source, member.small_dim)
    seeds, orbits = _seeds(projector, orbit_parts(space, matrices.shape[1]) if parts is None else parts)
    shape = (len(seeds), member.dim, space.size, *seeds.shape[1:])
    functions = np.zeros(shape, dtype=complex)
    start = np.zeros((len(seeds), space.size, *seeds.shape[1:]), dtype=complex)
    start[:, source] = seeds
    # operations that lead out of the cell's wave vectors belong to arms that the child cannot hold
    for g in range(len(table)):
        target = int(space.kpoint_map[g, source])
        if target < 0:
            continue
        moved = space.moved(start, matrices, g)[:, target]
        functions[:, :, target] += np.conj(table[g, :, row])[None, :, None, None] * moved[:, None]
    return BasisFunctions(np.asarray(functions * (member.dim / len(table))), orbits)


def _row_projector(
    space: BlochSpace, matrices: FloatArray, diagonal: ComplexArray, source: int, small_dim: int
) -> ComplexArray:
    """Projector (n_p, d, n_p, d) on one row of the irrep at the wave vector `source`."""
    parent = space.parent
    n_sites, width = len(parent.site_orbits), matrices.shape[1]
    little = np.flatnonzero(space.kpoint_map[:, source] == source)
    projector = np.zeros((n_sites, width, n_sites, width), dtype=complex)
    # diagonal element (row, row) of (8): projects on the vectors that turn as this row
    for g in little:
        phase = np.exp(2j * np.pi * (parent.shifts[g] @ space.kpoints[source]))
        weight = np.conj(diagonal[g]) * small_dim / len(little)
        projector[parent.permutations[g], :, np.arange(n_sites), :] += weight * phase[:, None, None] * matrices[g][None]
    return projector


def _seeds(projector: ComplexArray, parts: FloatArray) -> tuple[ComplexArray, IntArray]:
    """Orthonormal vectors (m, n_p, d) in the range of the row projector, one part at a time."""
    n_sites, width = projector.shape[:2]
    found: list[ComplexArray] = []
    owners: list[int] = []
    for index, part in enumerate(parts):
        # cut out the atoms of this part: projectors of parts commute with the group
        atoms = np.flatnonzero(np.abs(part).max(axis=(1, 2)) > 1e-9)
        block = projector[atoms][:, :, atoms]
        block = np.einsum("aij,ajbk,bkl->aibl", part[atoms], block, part[atoms])
        size = len(atoms) * width
        for vector in independent_columns(block.reshape(size, size)):
            full = np.zeros((n_sites, width), dtype=complex)
            full[atoms] = vector.reshape(len(atoms), width)
            found.append(full)
            owners.append(index)
    seeds = np.array(found) if found else np.zeros((0, n_sites, width), dtype=complex)
    return seeds, np.array(owners, dtype=np.int64)


def independent_columns(projector: ComplexArray) -> list[ComplexArray]:
    """Orthonormal basis of the range of a projector, taken from its columns in order."""
    # the trace of a projector is its rank
    rank = round(float(np.trace(projector).real))
    basis: list[ComplexArray] = []
    for column in projector.T:
        rest = column - sum(((b.conj() @ column) * b for b in basis), np.zeros_like(column))
        # 1e-4: columns of a projector are either in the span to rounding or far outside
        if np.linalg.norm(rest) > 1e-4 and len(basis) < rank:
            rest = rest / np.linalg.norm(rest)
            # a second pass of Gram-Schmidt, since the first loses digits for nearly dependent columns
            rest = rest - sum(((b.conj() @ rest) * b for b in basis), np.zeros_like(rest))
            basis.append(rest / np.linalg.norm(rest))
    return basis


def _occupied(functions: ComplexArray) -> int:
    """A component whose arm lies in the cell."""
    return int((np.abs(functions[0]) ** 2).sum(axis=(1, 2, 3)).argmax())


def conjugate_field(space: BlochSpace, functions: ComplexArray) -> ComplexArray:
    """Complex conjugate in real space of fields (..., s, n_p, d)."""
    opposite = match_vectors(-space.kpoints, space.kpoints)
    return np.asarray(functions[..., opposite, :, :].conj())


def make_real(space: BlochSpace, functions: ComplexArray) -> ComplexArray:
    """Turn the copies of a real irrep among each other until every basis function is a real field.

    Parameters
    ----------
    functions : ndarray (m, dim, s, n_p, d)
        Basis functions that transform with real matrices.

    Notes
    -----
    ``conj(f^n) = sum_m C_nm f^m`` with C unitary and symmetric; ``f' = sqrt(C) f`` is real.
    """
    first = functions[:, _occupied(functions)]
    # conj(phi_n) = sum_m C_nm phi_m on one component: C is unitary and, for a real irrep, symmetric
    coefficients = np.einsum("mspd,nspd->nm", first.conj(), conjugate_field(space, first))
    # real and imaginary part of a symmetric unitary matrix commute: one real basis makes both diagonal
    _, vectors = np.linalg.eigh(coefficients.real + 0.6180339887 * coefficients.imag)
    # phi -> sqrt(C) phi makes conj(phi) = phi
    angles = np.angle(np.diag(vectors.T @ coefficients @ vectors))
    root = (vectors * np.exp(0.5j * angles)) @ vectors.T
    return np.asarray(np.einsum("nm,mispd->nispd", root, functions))


def independent_halves(space: BlochSpace, functions: ComplexArray) -> ComplexArray:
    """Combinations (m / 2, m) of the copies of a pseudo-real irrep that are not conjugates of each other.

    The conjugate of a copy is again a copy, ``conj(phi^n) ~ sum_m C_mn phi^m`` with C unitary and
    antisymmetric; a real field holds the amplitudes of one of each such two.
    """
    moved = conjugate_field(space, functions)
    first = int((np.abs(functions[0]) ** 2).sum(axis=(1, 2, 3)).argmax())
    # pseudo-real: conjugation takes component i of a copy into another component of the copies
    overlaps = np.einsum("mspd,njspd->jmn", functions[:, first].conj(), moved)
    partner = int((np.abs(overlaps) ** 2).sum(axis=(1, 2)).argmax())
    # the nearest unitary matrix to the overlaps: rounding removed
    left, _, right = np.linalg.svd(overlaps[partner])
    conjugation = left @ right
    chosen: list[ComplexArray] = []
    taken: list[ComplexArray] = []
    for candidate in np.eye(len(functions), dtype=complex):
        # each chosen copy takes its conjugate with it, so half of them span the real fields
        rest = candidate - sum(((t.conj() @ candidate) * t for t in taken), np.zeros_like(candidate))
        if np.linalg.norm(rest) < _DEPENDENT:
            continue
        vector = rest / np.linalg.norm(rest)
        chosen.append(vector)
        taken += [vector, conjugation @ vector.conj()]
    return np.array(chosen)


def real_amplitudes(
    space: BlochSpace,
    matrices: FloatArray,
    irrep: Irrep,
    values: ComplexArray,
    parts: FloatArray | None = None,
) -> tuple[FloatArray, IntArray]:
    """Order parameters of a real field in one physically irreducible representation.

    Parameters
    ----------
    space : BlochSpace
    matrices : ndarray (g, d, d)
    irrep : Irrep
    values : ndarray (s, n_p, d)
        The field or its isotypic component.
    parts : ndarray (p, n_p, d, d), optional
        See :func:`basis_functions`.

    Returns
    -------
    copies : ndarray (m, dim)
        Real components along the axes of ``irrep.real_matrices``; the squared sum is that of the
        isotypic component.
    orbits : ndarray (m,) of int
        Part (by default: site orbit) of each copy.
    """
    basis = basis_functions(space, matrices, irrep.members[0], parts)
    if len(basis.orbits) == 0:
        return np.zeros((0, irrep.dim)), basis.orbits
    # types as in Frobenius and Schur: 2 pseudo-real, 3 complex
    if irrep.reality == 2:
        return _halved_amplitudes(space, irrep, basis, values)
    if irrep.reality != 1:
        return irrep.from_complex(basis.amplitudes(values)), basis.orbits
    # (11): basis functions that turn by the real matrices have the conjugate coefficients
    functions = np.einsum("ai,nispd->naspd", irrep.unitary.conj(), basis.functions)
    copies = []
    for orbit in distinct(basis.orbits):
        real = make_real(space, functions[basis.orbits == orbit])
        copies.append(np.einsum("naspd,spd->na", real.conj(), values).real)
    return np.concatenate(copies), basis.orbits


def _halved_amplitudes(
    space: BlochSpace, irrep: Irrep, basis: BasisFunctions, values: ComplexArray
) -> tuple[FloatArray, IntArray]:
    """Order parameters of a pseudo-real irrep: a real field needs only half of its copies."""
    copies, owners = [], []
    for owner in distinct(basis.orbits):
        functions = basis.functions[basis.orbits == owner]
        halves = np.einsum("hn,nispd->hispd", independent_halves(space, functions), functions)
        copies.append(irrep.from_complex(np.einsum("hispd,spd->hi", halves.conj(), values)))
        owners += [int(owner)] * len(halves)
    return np.concatenate(copies), np.array(owners, dtype=np.int64)
