"""Irreps of the 230 space groups at any k, with Miller-Love labels and ISO-IR matrices.

Conventions
-----------
Setting: conventional cell of the International Tables, origin choice 2, hexagonal axes,
unique axis b. Operations act as ``x' = R x + t`` on columns; k vectors are rows in the
reciprocal basis of the conventional cell, ``k.t = k @ t``. A rotation carries ``k`` to
``k R^-1``. Lattice translations are represented by ``D({1|t}) = diag(exp(+2 pi i k_a.t))``
over the arms ``a``; with the opposite sign the matrices of the source are no
representation at complex special k.

Two k vectors are the same when they differ by a vector of the *primitive* reciprocal
lattice. Where a star and its negative differ, only one of them is tabulated: `irreps_at`
then returns the irreps of the star that is there, whose arms hold ``-k`` and not ``k``. For
a real field nothing is lost: its component at ``k`` is the complex conjugate of the one at
``-k``, so a caller projects onto the arms as given (``irrep.arms``) and takes the real
part twice; `curiebreak.symmetry.physical` does that in real matrices. For a complex field
at ``k`` take the conjugate matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray
from curiebreak.errors import InputError, InternalError
from curiebreak.symmetry.stars import match_family
from curiebreak.symmetry.table_file import GroupTable, Star, WaveVectorFamily, fraction_text, group_table, snap_fraction

__all__ = [
    "SpaceGroupIrrep",
    "irreps_at",
    "irreps_of_family",
    "irreps_of_kpoint",
    "operations",
    "primitive_vectors",
    "special_kpoints",
]


@dataclass(frozen=True, eq=False)
class SpaceGroupIrrep:
    """One irrep of a space group at a star of k.

    Attributes
    ----------
    number : int
        Space group number.
    label : str
        Miller-Love label, such as ``R4+``.
    kpoint_label : str
        Letters of the k point, such as ``R``.
    kind : str
        ``special``, ``line``, ``plane`` or ``general``.
    reality : int
        1 real, 2 pseudo-real, 3 complex (of the irrep of the full space group).
    dim, small_dim : int
        Dimension of the irrep, and of the irrep of the little group: ``dim = n_arms * small_dim``.
    arms : (n_arms, 3) float
        k vectors, in the order of the table, for the actual parameters. Component
        ``a * small_dim + i`` belongs to arm a.
    kpoint : tuple of 3 str
        First arm as fractions.
    parameters : tuple of float
        Values of the free parameters of a line, plane or general k.
    """

    number: int
    label: str
    kpoint_label: str
    kind: str
    reality: int
    dim: int
    small_dim: int
    arms: FloatArray
    kpoint: tuple[str, str, str]
    parameters: tuple[float, ...]
    _table: GroupTable
    _star: Star
    _codes: str

    @cached_property
    def _parts(self) -> ComplexArray:
        return self._table.point_parts(self.small_dim, self._codes, self._star)

    def _phases(self, indices: IntArray, translations: FloatArray) -> ComplexArray:
        return np.asarray(np.exp(2j * np.pi * self._table.phase_shifts(indices, translations) @ self.arms.T))

    def matrices(self, rotations: IntArray, translations: FloatArray) -> ComplexArray:
        """Unitary matrices of elements of the space group, lattice translations included.

        Parameters
        ----------
        rotations : (m, 3, 3) int
        translations : (m, 3) float
            Conventional fractional coordinates, standard setting.

        Returns
        -------
        (m, dim, dim) complex
            ``D(g) D(h) = D(gh)``.

        Raises
        ------
        InputError
            If an element is not in the space group.
        """
        indices = self._table.find(rotations)
        phases = np.repeat(self._phases(indices, translations), self.small_dim, axis=1)
        return np.asarray(phases[:, :, None] * self._parts[indices])

    def small_characters(self, arm: int, rotations: IntArray, translations: FloatArray) -> ComplexArray:
        """Trace of the diagonal block of one arm, for elements of that arm's little group.

        For elements that move the arm the block, and so the result, is zero.

        Parameters
        ----------
        arm : int
            Index into ``arms``.
        rotations, translations : (m, 3, 3) int, (m, 3) float

        Returns
        -------
        (m,) complex
        """
        indices = self._table.find(rotations)
        return np.asarray(self._phases(indices, translations)[:, arm] * self._traces[indices, arm])

    def characters(self, rotations: IntArray, translations: FloatArray) -> ComplexArray:
        """Trace of the full matrices, (m,) complex."""
        indices = self._table.find(rotations)
        # arms that an operation moves have no diagonal block and add nothing
        return np.asarray((self._phases(indices, translations) * self._traces[indices]).sum(axis=1))

    @cached_property
    def _traces(self) -> ComplexArray:
        """Traces (rotations, arms) of the diagonal blocks."""
        blocks = self._parts.reshape(-1, len(self.arms), self.small_dim, len(self.arms), self.small_dim)
        return np.asarray(np.einsum("gaiai->ga", blocks))

    @property
    def holds_minus_k(self) -> bool:
        """Whether the star holds -k for each of its k."""
        return bool(self._table.reciprocal_equivalent(self.arms + self.arms[0]).any())


def irreps_of_family(
    table: GroupTable, family: WaveVectorFamily, parameters: FloatArray
) -> tuple[SpaceGroupIrrep, ...]:
    """All irreps of a k point, line, plane or general k at parameters (n_parameters,)."""
    star = table.star(family, parameters)
    kpoint = (fraction_text(star.arms[0, 0]), fraction_text(star.arms[0, 1]), fraction_text(star.arms[0, 2]))
    return tuple(
        SpaceGroupIrrep(
            number=table.number,
            label=label,
            kpoint_label=family.label,
            kind=family.kind,
            reality=reality,
            dim=small_dim * len(star.arms),
            small_dim=small_dim,
            arms=star.arms,
            kpoint=kpoint,
            parameters=tuple(map(float, parameters)),
            _table=table,
            _star=star,
            _codes=codes,
        )
        for label, reality, small_dim, codes in family.entries
    )


def irreps_at(number: int, k: FloatArray) -> tuple[SpaceGroupIrrep, ...]:
    """All irreps of a space group at a k vector.

    Special points are tried before lines, planes and the general position; the first family
    that holds ``k`` or ``-k``, modulo the primitive reciprocal lattice, and has the little
    group of ``k`` is taken. Of the parameters that describe the same star the smallest are
    taken, positive before negative, so that every arm of a star, and its negative, gives
    the same irreps.

    Parameters
    ----------
    number : int
        Space group number.
    k : (3,) float
        Conventional reciprocal basis; any arm.

    Returns
    -------
    tuple of SpaceGroupIrrep
        In the order of the table.

    Raises
    ------
    InputError
        If the number is not 1 to 230 or k is not three finite numbers.
    InternalError
        If no tabulated set of irreps is complete at k.
    """
    vector = np.asarray(k, float)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise InputError("`k` must be three finite numbers", "give it in the conventional reciprocal basis")
    return _irreps_at(int(number), tuple(snap_fraction(float(x)) for x in vector))


@lru_cache(maxsize=512)
def _irreps_at(number: int, key: tuple[float, ...]) -> tuple[SpaceGroupIrrep, ...]:
    table = group_table(number)
    k = np.array(key)
    # (7): the arms k R^-1 as rows; those equal to k modulo the reciprocal lattice count its little group
    images = np.einsum("i,gij->gj", k, np.linalg.inv(table.rotations))
    order = int(table.reciprocal_equivalent(images - k).sum())
    for family in table.families:
        # Burnside: the squares of the small dimensions of all irreps add up to the order of the little group
        complete = sum(entry[2] ** 2 for entry in family.entries) == order
        if not complete or len(family.constant) * order != len(images):
            continue
        parameters = match_family(family, images, table.lattice)
        if parameters is not None:
            return irreps_of_family(table, family, parameters)
    raise InternalError(f"no complete set of irreps at k = {key} of space group {number}")


def irreps_of_kpoint(number: int, label: str, parameters: FloatArray | None = None) -> tuple[SpaceGroupIrrep, ...]:
    """All irreps of a k point given by its letters, such as ``R``.

    Raises
    ------
    InputError
        If the group has no such k point, or the number of parameters is wrong.
    """
    table = group_table(number)
    names = [family.label for family in table.families]
    if label not in names:
        raise InputError(f"space group {number} has no k point {label}", f"it has {', '.join(names)}")
    family = table.families[names.index(label)]
    values = np.asarray([] if parameters is None else parameters, float)
    if values.shape != (family.n_parameters,):
        raise InputError(
            f"{label} of space group {number} has {family.n_parameters} parameters, {values.size} given",
            f"give {', '.join(family.parameter_names) or 'none'}",
        )
    return irreps_of_family(table, family, values)


def special_kpoints(number: int) -> dict[str, FloatArray]:
    """Letters and first arm (3,) of the special k points of a space group."""
    return {f.label: f.constant[0].copy() for f in group_table(number).families if f.kind == "special"}


def operations(number: int) -> tuple[IntArray, FloatArray]:
    """Rotations (g, 3, 3) int and translations (g, 3), modulo primitive lattice translations."""
    table = group_table(number)
    return table.rotations.copy(), table.translations.copy()


def primitive_vectors(number: int) -> FloatArray:
    """Primitive lattice vectors (3, 3), rows, in conventional axes."""
    return group_table(number).lattice.copy()
