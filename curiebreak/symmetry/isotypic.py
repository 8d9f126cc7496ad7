"""Exact decomposition of a field into irreps of the parent, star by star.

For every arm k the characters of the tabulated irreps, restricted to the little group of k,
project the component u(k); the projections of one irrep on all arms together are its isotypic
component. Squared norms must add up to the whole, which is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import ComplexArray, FloatArray, IntArray
from curiebreak.errors import InternalError
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.molecular_irreps import point_irreps
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.physical import physical_irreps_at
from curiebreak.symmetry.sublattices import match_vectors


class IrrepMember(Protocol):
    """What the projection needs of one complex irrep (or a real one of a point group)."""

    @property
    def dim(self) -> int:
        """Dimension."""

    @property
    def small_dim(self) -> int:
        """Dimension of the little group's irrep."""

    @property
    def arms(self) -> FloatArray:
        """Arms of the star (n, 3), reciprocal basis of the standard cell."""

    def small_characters(self, arm: int, rotations: NDArray[Any], translations: FloatArray) -> ComplexArray:
        """Characters (m,) of one arm's block."""

    def matrices(self, rotations: NDArray[Any], translations: FloatArray) -> ComplexArray:
        """Matrices (m, dim, dim)."""


class Irrep(Protocol):
    """A physically irreducible representation with its printed label."""

    @property
    def label(self) -> str:
        """Printed label."""

    @property
    def kind(self) -> str:
        """``special``, ``line``, ``plane`` or ``general``."""

    @property
    def kpoint(self) -> tuple[str, str, str] | None:
        """First arm as fractions; ``None`` for a molecule."""

    @property
    def arms(self) -> FloatArray:
        """One k of each pair k, -k, in the order of the components."""

    @property
    def members(self) -> tuple[IrrepMember, ...]:
        """The complex irreps it is made of."""

    @property
    def dim(self) -> int:
        """Real dimension."""

    @property
    def arm_size(self) -> int:
        """Components per entry of `arms`."""

    @property
    def reality(self) -> int:
        """1 real, 2 pseudo-real, 3 complex."""

    @property
    def unitary(self) -> ComplexArray:
        """From complex to real amplitudes."""

    def from_complex(self, amplitudes: ComplexArray) -> FloatArray:
        """Real components of complex amplitudes of a real field."""

    def real_matrices(self, rotations: NDArray[Any], translations: FloatArray) -> FloatArray:
        """Orthogonal matrices (m, dim, dim)."""


COMPLETENESS = 1e-9
"""Largest relative defect of the sum of squared amplitudes."""


@dataclass(frozen=True, eq=False)
class IsotypicPart:
    """The part of a field that belongs to one physically irreducible representation.

    Attributes
    ----------
    irrep : Irrep
    values : ndarray (s, n_p, d) complex
        Components on the wave vectors of the cell.
    squared : float
        Squared norm over the child's cell.
    """

    irrep: Irrep
    values: ComplexArray
    squared: float

    def freedom(self, space: BlochSpace, matrices: FloatArray) -> int:
        """Number of independent real components that the irrep has in the whole field."""
        return sum(multiplicity(space, matrices, m) * m.dim for m in self.irrep.members)


class StandardOperations:
    """The parent's operations (one per rotation) written in the standard setting of the tables."""

    def __init__(self, parent: ParentCrystal) -> None:
        self.parent = parent
        self.change = parent.to_standard

    @cached_property
    def rotations(self) -> NDArray[Any]:
        """Ndarray (g, 3, 3) of int; Cartesian for a molecule."""
        if self.parent.is_molecule:
            return self.parent.rotations_cartesian
        # integer in the standard axes
        return np.asarray(np.round(self.change.tensors(self.parent.rotations)).astype(np.int64))

    @cached_property
    def translations(self) -> FloatArray:
        """Ndarray (g, 3)."""
        return self.change.operations(self.parent.rotations, self.parent.translations)[1]

    def lattice_translations(self, vectors: IntArray) -> FloatArray:
        """Primitive lattice vectors (m, 3) in standard axes."""
        return self.change.vectors(vectors)

    def primitive_waves(self, kpoints: FloatArray) -> FloatArray:
        """Wave vectors of the standard cell in the reciprocal fractions of the primitive one."""
        return self.change.inverse.waves(kpoints)


def irreps_on(space: BlochSpace) -> list[Irrep]:
    """Every physically irreducible representation at the wave vectors of the cell, once each."""
    standard = StandardOperations(space.parent)
    number = space.parent.number
    if number is None:
        return list(point_irreps(space.parent))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    covered = np.zeros(space.size, dtype=bool)
    result: list[Irrep] = []
    for index in range(space.size):
        if covered[index]:
            continue
        irreps = physical_irreps_at(number, standard.change.waves(space.kpoints[index : index + 1])[0])
        for irrep in irreps:
            # a star is done with all its arms and their opposites: a real field holds k and -k together
            arms = standard.primitive_waves(irrep.arms)
            for sign in (1, -1):
                hits = match_vectors(sign * arms, space.kpoints)
                covered[hits[hits >= 0]] = True
            key = (irrep.label, tuple(irrep.kpoint))
            if key not in seen:
                seen.add(key)
                result.append(irrep)
        if not covered[index]:
            raise InternalError(f"wave vector {space.kpoints[index]} is missing from the irrep table")
    return result


def project(space: BlochSpace, values: ComplexArray, matrices: FloatArray, irrep: Irrep) -> ComplexArray:
    """Component of a real field in one physically irreducible representation.

    Parameters
    ----------
    space : BlochSpace
    values : ndarray (s, n_p, d)
    matrices : ndarray (g, d, d)
        How the components on one atom turn under the parent operations.
    irrep : Irrep

    Returns
    -------
    ndarray (s, n_p, d)
    """
    return _Images(space, values, matrices).project(irrep)


class _Images:
    """A field's components, each turned by all operations of its wave vector's little group."""

    def __init__(self, space: BlochSpace, values: ComplexArray, matrices: FloatArray) -> None:
        self.space, self.values, self.matrices = space, values, matrices
        self.standard = StandardOperations(space.parent)
        self.opposite = match_vectors(-space.kpoints, space.kpoints)
        self._known: dict[int, tuple[IntArray, ComplexArray]] = {}

    def of(self, kpoint: int) -> tuple[IntArray, ComplexArray]:
        """The little group's operations (l,) and the turned component (l, n_p, d)."""
        if kpoint not in self._known:
            # G_k modulo lattice translations: operations with R^-T k = k
            little = np.flatnonzero(self.space.kpoint_map[:, kpoint] == kpoint)
            self._known[kpoint] = little, self.space.turned(self.values, self.matrices, kpoint, little)
        return self._known[kpoint]

    def project(self, irrep: Irrep) -> ComplexArray:
        """Component (s, n_p, d) in one physically irreducible representation."""
        result = np.zeros_like(self.values)
        done = np.zeros(self.space.size, dtype=bool)
        for member in irrep.members:
            arms = match_vectors(self.standard.primitive_waves(member.arms), self.space.kpoints)
            for arm, kpoint in enumerate(arms.tolist()):
                if kpoint >= 0:
                    result[kpoint] += self._on_arm(member, arm, kpoint)
                    done[kpoint] = True
        for kpoint in np.flatnonzero(done):  # the table lists only one of k and -k; the field is real
            partner = self.opposite[kpoint]
            if not done[partner]:
                result[partner] = result[kpoint].conj()
        return result

    def _on_arm(self, member: IrrepMember, arm: int, kpoint: int) -> ComplexArray:
        little, images = self.of(kpoint)
        characters = member.small_characters(arm, self.standard.rotations[little], self.standard.translations[little])
        # mean |chi|^2 is 1 for an irreducible block, 2 for a joined pair of conjugates (point groups)
        norm = float((np.abs(characters) ** 2).mean())
        # (8), the turned fields (7) weighted by the conjugate characters
        total = np.tensordot(characters.conj(), images, axes=(0, 0))
        return np.asarray(member.small_dim / (norm * len(little)) * total)


def multiplicity(space: BlochSpace, matrices: FloatArray, member: IrrepMember) -> int:
    """How often an irrep occurs in the field: ``(1/|G|) sum_g conj(chi(g)) chi_field(g)``."""
    standard = StandardOperations(space.parent)
    arms = match_vectors(standard.primitive_waves(member.arms), space.kpoints)
    arm = int(np.flatnonzero(arms >= 0)[0])
    kpoint = int(arms[arm])
    little = np.flatnonzero(space.kpoint_map[:, kpoint] == kpoint)
    characters = member.small_characters(arm, standard.rotations[little], standard.translations[little])
    # character of the field (9): a site adds its on-site trace where the operation keeps it, with its phase
    traces = np.trace(matrices[little], axis1=1, axis2=2)
    parent = space.parent
    fixed = parent.permutations[little] == np.arange(len(parent.site_orbits))
    phases = np.exp(2j * np.pi * (parent.shifts[little] @ space.kpoints[kpoint]))
    field = traces * (fixed * phases).sum(axis=1)
    # divided by <chi, chi>, as in the projection
    norm = float((np.abs(characters) ** 2).mean())
    return round(float((characters.conj() * field).mean().real) / norm)


def invariant_freedom(
    space: BlochSpace, matrices: FloatArray, irrep: Irrep, operation: IntArray, translation: IntArray
) -> int:
    """Number of independent real components of an irrep that a group of operations leaves alone.

    Parameters
    ----------
    space : BlochSpace
    matrices : ndarray (g, d, d)
    irrep : Irrep
    operation, translation : ndarray (h,) of int
        ``{1|tau}{R|t}`` by index in the parent's operations and in ``space.translations``, modulo
        the lattice of the cell.
    """
    # mean character over the group = dimension of what it fixes, for each arm that the cell holds, times (9)
    standard = StandardOperations(space.parent)
    rotations = standard.rotations[operation]
    moved = standard.lattice_translations(space.translations[translation])
    translations = standard.translations[operation] + moved
    total = 0
    for member in irrep.members:
        arms = match_vectors(standard.primitive_waves(member.arms), space.kpoints)
        traces = sum(
            member.small_characters(int(arm), rotations, translations).mean().real for arm in np.flatnonzero(arms >= 0)
        )
        total += multiplicity(space, matrices, member) * round(float(traces))
    return total


def decompose_field(
    space: BlochSpace, values: ComplexArray, matrices: FloatArray, irreps: list[Irrep]
) -> list[IsotypicPart]:
    """All isotypic components of a real field; empty ones are kept.

    Raises
    ------
    InternalError
        If the squared norms do not add up to that of the field.
    """
    images = _Images(space, values, matrices)
    components = []
    for irrep in irreps:
        part = images.project(irrep)
        components.append(IsotypicPart(irrep, part, float((np.abs(part) ** 2).sum())))
    # Parseval: the parts are orthogonal and complete, or the table lacks a star
    total = float((np.abs(values) ** 2).sum())
    missing = abs(sum(c.squared for c in components) - total)
    if missing > COMPLETENESS * max(total, 1e-12):
        raise InternalError(f"the irreps carry {sum(c.squared for c in components):.12g} of {total:.12g}: incomplete")
    return components
