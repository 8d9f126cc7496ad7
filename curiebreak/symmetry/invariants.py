"""Invariant polynomials of order parameters, exact, from averages over the parent group.

For order parameters ``eta_i`` (real vectors on which the group acts by orthogonal matrices ``D_i``) the
polynomials of degree ``n_i`` in each have the reproducing kernel ``K(x, y) = prod_i (x_i . y_i)^n_i``.
Its average over the group, ``mean_g K(g x, y)``, is an invariant polynomial in y; taken at enough points x
such polynomials span all invariants of these degrees. With one more factor ``xi . g xi`` that is linear in
a further order parameter, ``mean_g K(eta, g eta) (xi . g xi)`` is the squared norm of the part of
``eta^n xi`` that is invariant: it vanishes exactly when no invariant of these degrees, linear in the
latter, is non-zero for xi and eta.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial, lcm, prod

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from curiebreak.errors import InternalError
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.direction_text import echelon
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import hermite_normal_form, match_vectors, residues

VANISHES = 1e-10
"""Averages of products of unit vectors below this are zero by symmetry."""

_LARGEST_DENOMINATOR = 1000


@dataclass(frozen=True, eq=False)
class ArmForm:
    """A real irrep in the basis of its arms, where lattice translations are diagonal.

    The real matrix of ``{R_g|t_g + tau}`` is
    ``unitary @ diag(exp(2 pi i kpoints . tau)) @ matrices[g] @ unitary^H``.

    Attributes
    ----------
    matrices : ndarray (g, c, c) complex
        The parent's operations, one per rotation.
    kpoints : ndarray (c, 3)
        Wave vector of each component, primitive reciprocal fractions.
    unitary : ndarray (dim, c) complex
    """

    matrices: ComplexArray
    kpoints: FloatArray
    unitary: ComplexArray

    def phases(self, translations: IntArray) -> ComplexArray:
        """``exp(2 pi i k.tau)``: ndarray (c, s) for lattice vectors (s, 3), primitive axes."""
        return np.asarray(np.exp(2j * np.pi * (self.kpoints @ translations.T)))

    def real_matrices(self, translations: IntArray) -> FloatArray:
        """Real matrices (s * g, dim, dim), all operations for the first lattice vector, and so on."""
        # all pairs of lattice translation (diagonal here) and operation, turned to the real basis by (11)
        phases = self.phases(translations).T
        left = self.unitary[None] * phases[:, None, :]
        right = np.einsum("gcd,jd->gcj", self.matrices, self.unitary.conj())
        real = np.einsum("sic,gcj->sgij", left, right, optimize=True).real
        return np.ascontiguousarray(real.reshape(-1, *real.shape[2:]))

    def fixed_vector(self, space: BlochSpace, mask: BoolArray | IntArray, random: FloatArray) -> ComplexArray:
        """Component (c,) of a real vector (dim,) that the operations `mask` (g, s) leave alone, unit length.

        The mask names right cosets of the translations of the cell of `space`; zero if nothing is left. Where time
        counts it holds 1 and -1, the sign with which the operation acts.
        """
        # (13): mean over the mask of exp(2 pi i k.tau) D(g), the sum over tau done by phases
        weights = mask.astype(float) @ self.phases(space.translations).T
        projector = np.einsum("gc,gcd->cd", weights, self.matrices) / np.abs(mask).sum()
        # the mean over right cosets is over all translations of the cell too: other arms vanish
        periodic = match_vectors(self.kpoints, space.kpoints) >= 0
        vector = periodic * (projector @ (self.unitary.conj().T @ random))
        norm = float(np.linalg.norm(vector))
        return np.asarray(vector / norm if norm > 1e-6 else np.zeros_like(vector))

    def overlaps(self, space: BlochSpace, vector: ComplexArray) -> FloatArray:
        """``<v, {R|t + tau} v>`` for all operations and lattice vectors of a cell: ndarray (g, s)."""
        # (15) in the arm basis: translations multiply each component by its phase
        parts = vector.conj() * (self.matrices @ vector)
        return np.asarray((parts @ self.phases(space.translations)).real)


def arm_form(parent: ParentCrystal, irrep: Irrep) -> ArmForm:
    """The arm form of a real irrep of the parent."""
    standard = StandardOperations(parent)
    member = irrep.members[0]
    matrices = member.matrices(standard.rotations, standard.translations)
    kpoints = np.repeat(standard.primitive_waves(member.arms), member.small_dim, axis=0)
    if irrep.unitary.shape[1] == 2 * member.dim:
        # complex irreps act on (c, c*): both blocks, wave vectors k and -k
        half, double = member.dim, np.zeros((len(matrices), 2 * member.dim, 2 * member.dim), complex)
        double[:, :half, :half], double[:, half:, half:] = matrices, matrices.conj()
        matrices, kpoints = double, np.concatenate([kpoints, -kpoints])
    return ArmForm(matrices, kpoints, irrep.unitary)


def joint_translations(kpoints: FloatArray) -> IntArray:
    """Lattice vectors (m, 3), one for each different set of phases ``exp(2 pi i k.t)`` at all the given k.

    Parameters
    ----------
    kpoints : ndarray (n, 3)
        Rational, primitive reciprocal fractions.
    """
    # wave vectors as fractions over a common denominator: translations repeat after it
    fractions = (Fraction(float(x)).limit_denominator(_LARGEST_DENOMINATOR) for x in kpoints.flat)
    order = lcm(*(f.denominator for f in fractions))
    rows = np.concatenate([np.rint(kpoints * order), order * np.eye(3)]).astype(np.int64)
    # lattice spanned by the k and the reciprocal lattice; its dual is the lattice of trivial phases
    basis = hermite_normal_form(rows) / order
    dual = np.rint(np.linalg.inv(basis).T).astype(np.int64)
    return residues(hermite_normal_form(dual))


def degrees_of(total: int, count: int) -> Iterator[tuple[int, ...]]:
    """All ways to write `total` as a sum of `count` powers, high powers of the first ones first."""
    if count == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        for rest in degrees_of(total - first, count - 1):
            yield (first, *rest)


def driving_degrees(primaries: Sequence[FloatArray], secondary: FloatArray, largest: int) -> list[tuple[int, ...]]:
    """Lowest powers of the primaries that drive a secondary.

    Parameters
    ----------
    primaries : sequence of ndarray (...)
        ``eta . g eta`` of unit vectors, over the same operations g (any shape; equal weights).
    secondary : ndarray (...)
        ``xi . g xi``.
    largest : int
        Highest total degree that is tried.

    Returns
    -------
    list of tuple of int
        Powers of each primary, all of one total degree; empty if there are none up to `largest`.
    """
    for total in range(1, largest + 1 if primaries else 0):
        found = []
        for degrees in degrees_of(total, len(primaries)):
            # (21): xi eta^n averages to a positive number where an invariant exists, to zero where not
            product = secondary.copy()
            for overlap, power in zip(primaries, degrees, strict=True):
                product *= overlap**power
            if product.mean() > VANISHES:
                found.append(degrees)
        if found:
            return found
    return []


def symmetric_characters(matrices: FloatArray, largest: int) -> FloatArray:
    """Characters (largest + 1, n) of the symmetric powers 0 to `largest` of matrices (n, d, d)."""
    power, traces = matrices, []
    for _ in range(largest):
        # power sums p_k = tr g^k ...
        traces.append(np.trace(power, axis1=1, axis2=2))
        power = power @ matrices
    found = [np.ones(len(matrices))]
    for n in range(1, largest + 1):
        # ... and Newton's identity (22)
        terms = np.array([traces[k - 1] * found[n - k] for k in range(1, n + 1)])
        found.append(terms.sum(axis=0) / n)
    return np.array(found)


def molien_count(characters: Sequence[FloatArray], degrees: Sequence[int]) -> int:
    """Number of independent invariants with these degrees (Molien), from the symmetric characters."""
    product = np.ones(characters[0].shape[1])
    for table, degree in zip(characters, degrees, strict=True):
        product = product * table[degree]
    return round(float(product.mean()))


def monomial_count(dims: Sequence[int], degrees: Sequence[int]) -> int:
    """Number of monomials that have degree n_i in each order parameter."""
    return prod(comb(dim + degree - 1, degree) for dim, degree in zip(dims, degrees, strict=True))


def exponents_of(dims: Sequence[int], degrees: Sequence[int]) -> IntArray:
    """Exponents (N, sum of dims) of all monomials that have degree n_i in each order parameter."""
    rows = np.zeros((1, 0), dtype=np.int64)
    for dim, degree in zip(dims, degrees, strict=True):
        own = np.array(list(degrees_of(degree, dim)), dtype=np.int64)
        rows = np.concatenate([np.repeat(rows, len(own), axis=0), np.tile(own, (len(rows), 1))], axis=1)
    return rows


def monomials(points: FloatArray, exponents: IntArray) -> FloatArray:
    """Values (N, p) of monomials (N, d) of one common degree at points (p, d)."""
    # products factor by factor, without pow: monomials of one degree have as many factors
    degree = int(exponents[0].sum())
    columns = np.ascontiguousarray(points.T)
    every = np.tile(np.arange(exponents.shape[1]), len(exponents))
    factors = np.repeat(every, exponents.reshape(-1)).reshape(len(exponents), degree)
    values = np.ones((len(exponents), len(points)))
    for place in range(degree):
        values *= columns[factors[:, place]]
    return values


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / np.linalg.norm(vector))


def _mean_of_products(factors: Sequence[FloatArray]) -> FloatArray:
    """Mean over n of the outer products of the columns of arrays (N_i, n), flattened in their order."""
    # outer product of two halves as one matrix product: the largest intermediate is the root of the whole
    half = len(factors) // 2
    right = _column_products(factors[half:])
    if not half:
        return np.asarray(right.mean(axis=1))
    return np.asarray((_column_products(factors[:half]) @ right.T).reshape(-1) / right.shape[1])


def _column_products(factors: Sequence[FloatArray]) -> FloatArray:
    """Outer product of each column: ndarray (N_1 N_2 ..., n)."""
    result = factors[0]
    for factor in factors[1:]:
        result = (result[:, None] * factor[None]).reshape(-1, factor.shape[1])
    return result


def invariant_basis(
    images: Sequence[FloatArray], degrees: Sequence[int], count: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Basis of the invariant polynomials with given degrees.

    Parameters
    ----------
    images : sequence of ndarray (n, d_i, d_i)
        Matrices of the same elements of a finite group (all of it) in each order parameter.
    degrees : sequence of int
        Power of each, at least 1.
    count : int
        Their number, from :func:`molien_count`.
    rng : numpy.random.Generator

    Returns
    -------
    exponents : ndarray (N, sum of d_i)
    coefficients : ndarray (count, N)
        In reduced row echelon form.

    Raises
    ------
    InternalError
        If the averages do not span `count` polynomials.
    """
    dims = [m.shape[1] for m in images]
    exponents = exponents_of(dims, degrees)
    # multinomial weights: with x^e / sqrt(e!) the action on polynomials is orthogonal
    weights = np.array([np.prod([1 / factorial(e) for e in row]) for row in exponents])
    own = [exponents_of([dim], [degree]) for dim, degree in zip(dims, degrees, strict=True)]
    kernels = np.zeros((count + 3, len(exponents)))
    for row in kernels:
        # the average of p(g v) over G for a random v is an invariant; count + 3 of them span all (22)
        vectors = [_unit(rng.normal(size=dim)) for dim in dims]
        factors = [monomials(m @ v, e) for m, v, e in zip(images, vectors, own, strict=True)]
        row[:] = _mean_of_products(factors)
    # in this scaling of the monomials the group acts by orthogonal matrices
    _, sizes, rows = np.linalg.svd(kernels * np.sqrt(weights), full_matrices=False)
    rank = int((sizes > 1e-9 * sizes[0]).sum()) if sizes[0] > VANISHES else 0
    if rank != count:
        raise InternalError(f"{rank} invariants of degrees {tuple(degrees)} where there are {count}")
    return exponents, echelon(rows[:count] * np.sqrt(weights), 1e-7)
