"""The invariant polynomials of the active irreps of a pair, written out in components."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import mode_name
from curiebreak.modes.lookup import meant
from curiebreak.results.coupling_list import InvariantPolynomial, LeftOut, PolynomialTerm
from curiebreak.symmetry.direction_text import letter
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.images import root_sum_square
from curiebreak.symmetry.invariants import (
    ArmForm,
    arm_form,
    degrees_of,
    invariant_basis,
    joint_translations,
    molien_count,
    monomial_count,
    symmetric_characters,
)
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.polynomials import SMALL, direction_text, polynomial_text, substitute
from curiebreak.symmetry.sublattices import coset_index

LARGEST_NUMBERS = 40_000_000
"""Numbers that the matrices of the finite group may hold together."""
LARGEST_WORK = 200_000_000
"""Values of monomials that one product may need."""


@dataclass(frozen=True, eq=False)
class OrderParameter:
    """One order parameter of the expansion.

    Attributes
    ----------
    name : str
    irrep : Irrep
    kind : str
    primary : bool
    copies : ndarray (m, dim)
        Components in the child's own domain.
    mask : ndarray (g, s)
        Operations that leave it alone; (2 g, s) under a grey parent.
    """

    name: str
    irrep: Irrep
    kind: str
    primary: bool
    copies: FloatArray
    mask: BoolArray

    @property
    def odd(self) -> bool:
        """Whether time reversal turns it round."""
        return self.kind == "magnetic"

    def matrices(self, form: ArmForm, translations: IntArray) -> FloatArray:
        """Those of the parent's operations after each translation; of a grey parent also with time reversal."""
        plain = form.real_matrices(translations)
        if len(self.mask) == len(form.matrices):
            return plain
        blocks = plain.reshape(len(translations), len(form.matrices), *plain.shape[1:])
        # time reversal is 1 on even order parameters and -1 on odd ones
        both = np.concatenate([blocks, -blocks if self.odd else blocks], axis=1)
        return np.asarray(both.reshape(-1, *plain.shape[1:]))


@dataclass(frozen=True, eq=False)
class Expansion:
    """Order parameters with the finite group that acts on them, in one canonical domain.

    Attributes
    ----------
    members : tuple of OrderParameter
    images : tuple of ndarray (n, d_i, d_i)
        Matrices of the same n operations in each; empty where the group is too large.
    variables : tuple of tuple of str
        Letters of the components of each.
    phases : tuple of ndarray (t, c_i) complex
        Phases of the translations of these operations, which are the slower index; the faster one is the
        parent's operations.
    patterns : tuple of ndarray (f, d_i)
        The child's direction: columns of all free parameters for each member.
    free : tuple of str
        Letters of the free parameters (f): those of the components where they stand first.
    components : tuple of ndarray (d_i,)
    """

    members: tuple[OrderParameter, ...]
    images: tuple[FloatArray, ...]
    variables: tuple[tuple[str, ...], ...]
    phases: tuple[ComplexArray, ...] = ()
    patterns: tuple[FloatArray, ...] = ()
    free: tuple[str, ...] = ()
    components: tuple[FloatArray, ...] = ()

    def elements(self, part: Sequence[int]) -> IntArray:
        """Operations that suffice for some of the members: one for each difference in their phases."""
        phases = np.concatenate([self.phases[i] for i in part], axis=1)
        keys = np.round(np.concatenate([phases.real, phases.imag], axis=1), 6) + 0.0
        _, first = np.unique(keys, axis=0, return_index=True)
        count = len(self.images[0]) // len(phases)
        return np.asarray((first[:, None] * count + np.arange(count)).reshape(-1))

    def direction(self, index: int) -> str | None:
        """The child's direction of one member in the letters of its components."""
        if not self.patterns:
            return None
        return direction_text(self.patterns[index], self.members[index].irrep.arm_size, self.free)


def is_fully_symmetric(irrep: Irrep, parent_masks: BoolArray) -> bool:
    """Whether an irrep with this stabiliser is the identity of the parent."""
    return irrep.dim == 1 and bool(parent_masks.all())


def choose(analysis: Analysis, names: Sequence[str] | None) -> list[OrderParameter]:
    """Order parameters of the active irreps, primaries first; without noise and fully symmetric ones.

    Displacements and occupations of one irrep are one order parameter, strain is one by itself.

    Raises
    ------
    InputError
        If `names` holds one that is not active.
    """
    found: dict[tuple[str, bool], OrderParameter] = {}
    for mode in analysis.modes:
        mask = mode.fixes
        if mode.noise or is_fully_symmetric(mode.irrep, mask):
            continue
        key = (mode.label, mode.kind == "strain")
        found[key] = _member(analysis, mode, mask, found.get(key))
    ranked = sorted(found.values(), key=lambda m: (m.kind == "strain", not m.primary))
    if names is None:
        return ranked
    chosen = {_name_of(name, ranked, analysis) for name in names}
    return [m for m in ranked if m.name in chosen]


def _name_of(written: str, members: Sequence[OrderParameter], analysis: Analysis) -> str:
    """Name of the order parameter that is meant."""
    # "GM3+ strain" is of two words, which come from `mode_name`
    text, _, kind = written.strip().partition(" ")
    odd = text.startswith("m")
    irrep = meant(analysis.parent, [m.irrep for m in members if m.odd == odd], text.removeprefix("m"))
    known = [m.name for m in members]
    if irrep is not None and (name := f"{analysis.name_of(irrep, odd)} {kind.strip()}".strip()) in known:
        return name
    hint = f"The order parameters are {', '.join(known) or 'none'}."
    raise InputError(f"{written!r} is no active order parameter of this pair.", hint)


def _member(analysis: Analysis, mode: ActiveIrrep, mask: BoolArray, known: OrderParameter | None) -> OrderParameter:
    copies = mode.copies
    primary = analysis.is_primary(mode)
    if known is None:
        return OrderParameter(mode_name(mode.label, mode.kind), mode.irrep, mode.kind, primary, copies, mask)
    both = np.concatenate([known.copies, copies])
    return OrderParameter(known.name, mode.irrep, known.kind, primary or known.primary, both, mask & known.mask)


def expansion(analysis: Analysis, names: Sequence[str] | None = None) -> Expansion:
    """Order parameters, their finite group and the child's direction in one canonical domain.

    Parameters
    ----------
    analysis : Analysis
    names : sequence of str, optional
        Only these order parameters.

    Raises
    ------
    InputError
        If a name is not that of an active order parameter.
    """
    members = tuple(choose(analysis, names))
    letters = map(letter, count())
    variables = tuple(tuple(islice(letters, m.irrep.dim)) for m in members)
    if not members:
        return Expansion((), (), ())
    # the group of the pairs (phase of a translation, operation) that act differently on the members together
    forms = [arm_form(analysis.parent, m.irrep) for m in members]
    translations = joint_translations(np.concatenate([f.kpoints for f in forms]))
    operations = len(translations) * len(members[0].mask)
    if operations * sum(m.irrep.dim**2 for m in members) > LARGEST_NUMBERS:
        return Expansion(members, (), variables)
    # the joint direction is canonical for all members at once, as one order parameter would be
    images = tuple(m.matrices(f, translations) for m, f in zip(members, forms, strict=True))
    stabiliser = _stabiliser(analysis, members, translations)
    layout = [[m.irrep.arm_size] * (m.irrep.dim // m.irrep.arm_size) for m in members]
    found = canonical_direction(images, [m.copies for m in members], layout, stabiliser)
    names_of_all = list(chain.from_iterable(variables))
    # a free parameter is called by the component where it stands first
    joint = np.concatenate(found.patterns, axis=1)
    free = tuple(names_of_all[int((np.abs(row) > SMALL).argmax())] for row in joint)
    phases = tuple(f.phases(translations).T for f in forms)
    components = tuple(_without_rounding(root_sum_square(c)) for c in found.components)
    return Expansion(members, images, variables, phases, found.patterns, free, components)


def _without_rounding(values: FloatArray) -> FloatArray:
    """Values with those set to zero that are rounding beside the largest."""
    return np.where(np.abs(values) < 1e-9 * np.abs(values).max(initial=0.0), 0.0, values)


def _stabiliser(analysis: Analysis, members: Sequence[OrderParameter], translations: IntArray) -> IntArray:
    """Elements of the finite group, translations slowest, that leave all members alone."""
    mask = np.logical_and.reduce([m.mask for m in members])
    hnf = analysis.space.hnf
    # translations of the finite group, as places among those of the child's cell
    columns = coset_index(translations, hnf)
    return np.flatnonzero(mask[:, columns].T.reshape(-1))


def invariants(of: Expansion, order: int) -> Iterator[InvariantPolynomial | LeftOut]:
    """Invariants of degree 2 to `order`, by degree and by the order parameters that take part.

    Parameters
    ----------
    of : Expansion
        With the matrices of its group.
    order : int
        Highest total degree.
    """
    if not of.images:
        return
    rng = np.random.default_rng(0)
    for part, powers, number in _counted(of, order):
        chosen = of.elements(part)
        work = (number + 3) * len(chosen) * monomial_count([of.members[i].irrep.dim for i in part], powers)
        if work > LARGEST_WORK:
            factors = {of.members[i].name: power for i, power in zip(part, powers, strict=True)}
            yield LeftOut(factors=factors, count=number, reason="too many terms to write out")
            continue
        # the mean over the group projects a random polynomial of these degrees onto an invariant one
        images = [of.images[i][chosen] for i in part]
        exponents, rows = invariant_basis(images, powers, number, rng)
        yield from (_invariant(of, part, powers, exponents, row) for row in rows)


def _counted(of: Expansion, order: int) -> Iterator[tuple[list[int], list[int], int]]:
    """Members that have invariants together, their powers, and Molien's number of these, before any is written out."""
    characters = [symmetric_characters(m, order) for m in of.images]
    every = chain.from_iterable(degrees_of(total, len(of.members)) for total in range(2, order + 1))
    for degrees in every:
        number = molien_count(characters, degrees)
        if number:
            part = np.flatnonzero(degrees).tolist()
            yield part, [degrees[i] for i in part], number


def _invariant(
    of: Expansion, part: list[int], powers: list[int], exponents: IntArray, row: FloatArray
) -> InvariantPolynomial:
    kept = np.abs(row) > SMALL
    exponents, row = exponents[kept], row[kept]
    names = [name for i in part for name in of.variables[i]]
    # the child's direction put in for the components
    pattern = np.concatenate([of.patterns[i] for i in part], axis=1)
    terms = tuple(
        PolynomialTerm(
            coefficient=round(float(value), 12),
            powers={names[i]: int(one[i]) for i in np.flatnonzero(one)},
        )
        for one, value in zip(exponents, row, strict=True)
    )
    return InvariantPolynomial(
        degree=sum(powers),
        factors={of.members[i].name: power for i, power in zip(part, powers, strict=True)},
        polynomial=polynomial_text(exponents, row, names),
        in_child=polynomial_text(*substitute(exponents, row, pattern), of.free),
        terms=terms,
    )
