"""Physically irreducible (real) representations, as order parameters of real fields carry them.

Convention
----------
Made from the complex irrep ``D`` of the table, whose amplitudes ``c`` (d,) are ordered by arms:

- real irrep, ``-k`` equivalent to ``k``: the matrices are real as tabulated; ``eta = c``;
- real irrep with ``k`` and ``-k`` both in the star: for each pair of arms the amplitudes of
  a real field are conjugates of each other, and ``x = (c_k + c_-k)/sqrt 2``,
  ``y = -i (c_k - c_-k)/sqrt 2``; components x_1..x_s, y_1..y_s per pair of arms;
- complex irrep: joined with its conjugate; pseudo-real irrep: taken twice. With
  ``c`` the amplitudes of the first member (those of the second are their conjugates),
  ``x = sqrt 2 Re c``, ``y = sqrt 2 Im c``; components x_1..x_s, y_1..y_s per arm, the two
  arms of a ``k, -k`` pair next to each other.

All three are ``eta = unitary @ c`` or ``unitary @ [c, conj c]``, and
``real = unitary @ D @ unitary^H`` with ``D`` or ``D + D*``. In the ISO-IR matrices the arms
``k`` and ``-k`` of every real irrep are conjugates of each other, so this is all it takes.

Labels are joined as ISODISTORT prints them: ``GM2+GM3+``, ``R2R2`` (pseudo-real), and
``P1PA1`` where ``-k`` is not in the star: the irrep at ``-k`` is the conjugate and has its
own letters there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray
from curiebreak.errors import InternalError
from curiebreak.symmetry.table_file import group_table
from curiebreak.symmetry.tables import SpaceGroupIrrep, irreps_at

_REAL_TOLERANCE = 1e-8
_MINUS_LETTERS = {"LD": "LE", "DT": "DU", "SM": "SN", "GP": "GQ"}
"""Letters of the -k star in the ISOTROPY software; elsewhere A is appended, or C in `_MINUS_C`."""
_MINUS_C = {
    143: {"P", "B", "C", "D", "E"},
    144: {"P", "B", "C", "D", "E"},
    145: {"P", "B", "C", "D", "E"},
    156: {"D"},
    157: {"P", "C"},
    158: {"D"},
    159: {"P", "C"},
    174: {"B", "E"},
}


@dataclass(frozen=True, eq=False)
class PhysicalIrrep:
    """A real irreducible representation of a space group.

    Attributes
    ----------
    number : int
        Space group number.
    label, kpoint_label, kind : str
        As in `SpaceGroupIrrep`; the label is joined where two complex irreps are.
    reality : int
        1, 2 or 3 of the complex members.
    dim : int
        Real dimension.
    arms : (n, 3) float
        One k of each pair ``k, -k``, in the order of the components.
    arm_size : int
        Components per entry of ``arms``: ``dim = len(arms) * arm_size``.
    kpoint : tuple of 3 str
        First arm as fractions.
    parameters : tuple of float
    members : tuple of SpaceGroupIrrep
        The tabulated complex irreps: one; or two that are conjugates of each other. The
        amplitudes refer to the first.
    unitary : (dim, dim) complex
        ``eta = unitary @ c`` (reality 1) or ``unitary @ [c, conj c]`` (2, 3).
    """

    number: int
    label: str
    kpoint_label: str
    kind: str
    reality: int
    dim: int
    arms: FloatArray
    arm_size: int
    kpoint: tuple[str, str, str]
    parameters: tuple[float, ...]
    members: tuple[SpaceGroupIrrep, ...]
    unitary: ComplexArray

    def real_matrices(self, rotations: IntArray, translations: FloatArray) -> FloatArray:
        """Orthogonal matrices (m, dim, dim) of elements of the space group.

        Parameters
        ----------
        rotations : (m, 3, 3) int
        translations : (m, 3) float
            Conventional fractional coordinates, standard setting; lattice translations
            included.

        Raises
        ------
        InputError
            If an element is not in the space group.
        """
        matrices = self.members[0].matrices(rotations, translations)
        if self.reality == 1 and self.dim == self.members[0].dim and _is_identity(self.unitary):
            return _real_part(matrices, self.label)
        if self.reality != 1:
            # types 2 and 3: D and D* side by side, then (11)
            double = np.zeros((len(matrices), self.dim, self.dim), complex)
            half = self.dim // 2
            double[:, :half, :half] = matrices
            double[:, half:, half:] = matrices.conj()
            matrices = double
        return _real_part(self.unitary @ matrices @ self.unitary.conj().T, self.label)

    def from_complex(self, amplitudes: ComplexArray) -> FloatArray:
        """Real components (..., dim) of complex amplitudes (..., members[0].dim) of a real field.

        Raises
        ------
        InternalError
            If the amplitudes are not those of a real field.
        """
        # (11) for amplitudes of a real field, whose conjugates belong to D*
        both = amplitudes if self.reality == 1 else np.concatenate([amplitudes, amplitudes.conj()], axis=-1)
        values = both @ self.unitary.T
        scale = max(1.0, float(np.abs(values).max(initial=0)))
        return _real_part(values / scale, self.label) * scale


def physical_irreps_at(number: int, k: FloatArray) -> tuple[PhysicalIrrep, ...]:
    """All real irreps of a space group at the star of k and -k.

    Parameters
    ----------
    number : int
        Space group number.
    k : (3,) float
        Conventional reciprocal basis; any arm of the star, or its negative.

    Raises
    ------
    InputError, InternalError
        As `irreps_at`.
    """
    return physical_irreps_of(irreps_at(number, k))


@lru_cache(maxsize=512)
def physical_irreps_of(irreps: tuple[SpaceGroupIrrep, ...]) -> tuple[PhysicalIrrep, ...]:
    """Real irreps made from all complex irreps of one k point, line, plane or general k."""
    found, used = [], set()
    for irrep in irreps:
        if irrep.label in used:
            continue
        members = _members(irrep, irreps)
        used |= {m.label for m in members}
        found.append(_join(members))
    return tuple(found)


def _members(irrep: SpaceGroupIrrep, irreps: tuple[SpaceGroupIrrep, ...]) -> tuple[SpaceGroupIrrep, ...]:
    """Return the irrep and, where the table has another one for it, its conjugate."""
    if irrep.reality != 3 or not irrep.holds_minus_k:
        return (irrep,)
    table = group_table(irrep.number)
    # the block of -k, conjugated, is the block of the conjugate irrep at k
    minus = int(table.reciprocal_equivalent(irrep.arms + irrep.arms[0]).argmax())
    # operations with R^-T k = k modulo the reciprocal lattice
    little = table.reciprocal_equivalent(irrep.arms[0] @ np.linalg.inv(table.rotations) - irrep.arms[0])
    operations = table.rotations[little], table.translations[little]
    wanted = irrep.small_characters(minus, *operations).conj()
    for other in irreps:
        same = np.abs(other.small_characters(0, *operations) - wanted).max() < 1e-6
        if other.small_dim == irrep.small_dim and same:
            return irrep, other
    raise InternalError(f"{irrep.label} of space group {irrep.number} has no conjugate in the table")


def _join(members: tuple[SpaceGroupIrrep, ...]) -> PhysicalIrrep:
    first = members[0]
    groups = _arm_groups(first)
    unitary = _unitary(first, groups)
    return PhysicalIrrep(
        number=first.number,
        label=_joined_label(members),
        kpoint_label=first.kpoint_label,
        kind=first.kind,
        reality=first.reality,
        dim=len(unitary),
        arms=first.arms[[g[0] for g in groups]],
        arm_size=len(unitary) // len(groups),
        kpoint=first.kpoint,
        parameters=first.parameters,
        members=members,
        unitary=unitary,
    )


def _arm_groups(irrep: SpaceGroupIrrep) -> list[list[int]]:
    """Arms grouped into pairs k, -k (singles where -k is k or not in the star)."""
    table = group_table(irrep.number)
    opposite = table.reciprocal_equivalent(irrep.arms[:, None] + irrep.arms[None])
    groups: list[list[int]] = []
    for arm in range(len(irrep.arms)):
        if not any(arm in g for g in groups):
            partner = [int(i) for i in np.flatnonzero(opposite[arm]) if i != arm]
            groups.append([arm, *partner])
    return groups


def _unitary(irrep: SpaceGroupIrrep, groups: list[list[int]]) -> ComplexArray:
    size = irrep.small_dim
    if irrep.reality != 1:
        return _doubled(irrep.dim, [arm * size + np.arange(size) for group in groups for arm in group])
    if len(groups[0]) == 1:
        return np.eye(irrep.dim, dtype=complex)
    out = np.zeros((irrep.dim, irrep.dim), complex)
    for slot, (plus, minus) in enumerate(groups):
        for i in range(size):
            # (c_k + c_-k, -i (c_k - c_-k)) / sqrt(2): cosine and sine of the wave
            x, y = 2 * slot * size + i, (2 * slot + 1) * size + i
            out[[x, y], plus * size + i] = [1, -1j]
            out[[x, y], minus * size + i] = [1, 1j]
    return np.asarray(out / np.sqrt(2))


def _doubled(dim: int, blocks: list[IntArray]) -> ComplexArray:
    out = np.zeros((2 * dim, 2 * dim), complex)
    row = 0
    for block in blocks:
        n = len(block)
        for i, column in enumerate(block):
            # (c + c*, -i (c - c*)) / sqrt(2): real and imaginary part
            out[row + i, [column, dim + column]] = [1, 1]
            out[row + n + i, [column, dim + column]] = [-1j, 1j]
        row += 2 * n
    return np.asarray(out / np.sqrt(2))


def _joined_label(members: tuple[SpaceGroupIrrep, ...]) -> str:
    first = members[0]
    if first.reality == 1:
        return first.label
    if first.reality == 2:
        return 2 * first.label
    if len(members) == 2:
        return first.label + members[1].label
    return first.label + minus_k_label(first.number, first.label)


def minus_k_label(number: int, label: str) -> str:
    """Label of the conjugate irrep at ``-k``, for a star that does not hold ``-k``.

    The letters are those of the ISOTROPY software: LE, DU, SN, GQ for LD, DT, SM, GP;
    otherwise an appended A (``PA1``), or C in the trigonal and hexagonal groups where the
    A is taken.
    """
    match = re.match(r"([A-Z]+)(.*)", label)
    if match is None:
        raise InternalError(f"{label} is not an irrep label")
    letters, rest = match.groups()
    suffix = "C" if letters in _MINUS_C.get(number, set()) else "A"
    return _MINUS_LETTERS.get(letters, letters + suffix) + rest


def _is_identity(matrix: ComplexArray) -> bool:
    return bool((matrix == np.eye(len(matrix))).all())


def _real_part(values: ComplexArray, label: str) -> FloatArray:
    if np.abs(values.imag).max(initial=0) > _REAL_TOLERANCE:
        hint = "the amplitudes may not be those of a real field"
        raise InternalError(f"{label}: a real form is not real", hint)
    return np.ascontiguousarray(values.real)
