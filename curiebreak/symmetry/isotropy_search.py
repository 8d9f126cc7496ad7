"""All subgroups that one, two or three irreps together can leave, and the sets of irreps that leave a given one.

The stabiliser of order parameters of several irreps is the intersection of their stabilisers, so that every subgroup of
a couple is an intersection of isotropy subgroups of its members, in all their relative domains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import chain, combinations
from operator import and_

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.directions import Direction, canonical_direction, isotropy_directions
from curiebreak.symmetry.isotropy import FIXED
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.quotient import FiniteQuotient
from curiebreak.symmetry.sublattices import periodic_cell

MOST_TOGETHER = 3
"""Irreps of a set."""

_SAME = 1e-6

Accepts = Callable[[BoolArray], BoolArray]
"""Which of some subgroups (m, n) are wanted: (m,) of bool."""


@dataclass(frozen=True, eq=False)
class IrrepImage:
    """One irrep as the finite quotient sees it.

    Attributes
    ----------
    irrep : Irrep
    matrices : ndarray (n, dim, dim)
        Of every element.
        With one arm of the star alone, the block of that arm.
    quotient : FiniteQuotient
    """

    irrep: Irrep
    matrices: FloatArray
    quotient: FiniteQuotient

    @property
    def dim(self) -> int:
        """Components that are looked at: those of all arms, or of one."""
        return int(self.matrices.shape[1])

    @property
    def layout(self) -> list[int]:
        """Components of each arm."""
        return [self.irrep.arm_size] * (self.dim // self.irrep.arm_size)

    def stabiliser(self, rows: FloatArray) -> BoolArray:
        """Elements (n,) that leave every vector of a subspace (f, dim) alone."""
        moved = np.einsum("gij,fj->gfi", self.matrices, rows) - rows
        return np.asarray(np.abs(moved).max(axis=(1, 2), initial=0.0) < _SAME)

    def fixed_rows(self, mask: BoolArray) -> FloatArray:
        """Orthonormal rows (f, dim) of the order parameters that a subgroup (n,) leaves alone."""
        # (13): the mean of D over the subgroup is the projector
        average = self.matrices[mask].mean(axis=0)
        values, vectors = np.linalg.eigh((average + average.T) / 2)
        return np.asarray(vectors[:, values > FIXED].T)

    @cached_property
    def classes(self) -> BoolArray:
        """One isotropy subgroup (m, n) of each class."""
        # (13) over the different matrices alone: operations with the same D keep the same directions
        keys = np.round(self.matrices.reshape(len(self.matrices), -1), 5) + 0.0
        _, first = np.unique(keys, axis=0, return_index=True)
        found = isotropy_directions(self.matrices[np.sort(first)], [self.layout])
        return np.array([self.stabiliser(one.pattern) for one in found])

    @cached_property
    def domains(self) -> BoolArray:
        """Every isotropy subgroup (m, n), all domains."""
        return np.concatenate([self.quotient.domains(mask) for mask in self.classes])


@dataclass(frozen=True)
class GeneratingSet:
    """Irreps that together leave a subgroup.

    Attributes
    ----------
    members : tuple of int
        Index of each irrep.
    triad : bool
        Three of which any two do.
    """

    members: tuple[int, ...]
    triad: bool = False


@dataclass(frozen=True, eq=False)
class IsotropySearch:
    """Subgroups of a finite quotient that a few of its irreps leave.

    Attributes
    ----------
    quotient : FiniteQuotient
    images : tuple of IrrepImage
    max_dim : int
        Largest sum of the dimensions of a set.
    most : int
        Irreps of a set.
    """

    quotient: FiniteQuotient
    images: tuple[IrrepImage, ...]
    max_dim: int
    most: int = MOST_TOGETHER

    def _couples(self, count: int) -> Iterator[tuple[int, ...]]:
        dims = [image.dim for image in self.images]
        members = combinations(range(len(dims)), count) if count <= self.most else iter(())
        return (c for c in members if count == 1 or sum(dims[i] for i in c) <= self.max_dim)

    def subgroups(
        self, accepts: Accepts, told: Callable[[float], None] = lambda share: None
    ) -> list[tuple[BoolArray, list[tuple[int, ...]]]]:
        """One subgroup (n,) of each class that an irrep, a pair or a triple leaves, and that is wanted.

        Beside it stands every couple that leaves it, none of whose members alone does more. `told` hears which share
        of the pairs and triples is done.
        """
        found: dict[bytes, tuple[BoolArray, list[tuple[int, ...]]]] = {}

        def keep(couple: tuple[int, ...], masks: BoolArray) -> None:
            for mask in masks[accepts(masks)] if len(masks) else masks:
                couples = found.setdefault(self.quotient.class_key(mask), (mask, []))[1]
                if couple not in couples[-1:]:
                    couples.append(couple)

        pairs: dict[tuple[int, ...], BoolArray] = {}
        for couple in self._couples(1):
            keep(couple, self.images[couple[0]].classes)
        triples = list(self._couples(3))
        needed, couples = {couple[:2] for couple in triples}, list(self._couples(2))
        for place, couple in enumerate(couples):
            told(place / (len(couples) + len(triples)))
            both = _intersections(self.images[couple[0]].classes, self.images[couple[1]].domains)
            keep(couple, both)
            if couple in needed:
                pairs[couple] = self._one_of_each_class(both)
        for place, couple in enumerate(triples, len(couples)):
            told(place / (len(couples) + len(triples)))
            keep(couple, _intersections(pairs[couple[:2]], self.images[couple[2]].domains))
        return list(found.values())

    def _one_of_each_class(self, masks: BoolArray) -> BoolArray:
        first = {self.quotient.class_key(mask): place for place, mask in reversed(list(enumerate(masks)))}
        return masks[sorted(first.values())]

    def allowed(self, mask: BoolArray) -> dict[int, FloatArray]:
        """Index of each irrep with order parameters that a subgroup leaves alone -> those, rows (f, dim)."""
        rows = {i: image.fixed_rows(mask) for i, image in enumerate(self.images)}
        return {i: one for i, one in rows.items() if len(one)}

    def generating_sets(self, mask: BoolArray) -> list[GeneratingSet]:
        """The minimal sets of one to three irreps that leave exactly this subgroup, and triads of which any two do."""
        allowed = self.allowed(mask)
        # stabilisers as integers, one bit an element
        bits = {i: _bits(self.images[i].stabiliser(rows)) for i, rows in allowed.items()}
        whole = _bits(mask)
        minimal: list[tuple[int, ...]] = []
        triads: list[tuple[int, ...]] = []
        for couple in chain.from_iterable(map(self._couples, range(1, MOST_TOGETHER + 1))):
            if not bits.keys() >= set(couple) or reduce(and_, (bits[i] for i in couple)) != whole:
                continue
            within = [known for known in minimal if set(known) <= set(couple)]
            if not within:
                minimal.append(couple)
            elif len(couple) == 3 and list(map(len, within)) == [2, 2, 2]:
                triads.append(couple)
        return [GeneratingSet(s) for s in minimal] + [GeneratingSet(s, triad=True) for s in triads]

    def canonical(self, mask: BoolArray, members: Sequence[int]) -> Direction:
        """Canonical direction of the members under a subgroup, all in one domain."""
        images = [self.images[i] for i in members]
        layout = [one.layout for one in images]
        rows = [one.fixed_rows(mask) for one in images]
        return canonical_direction([one.matrices for one in images], rows, layout, np.flatnonzero(mask))


def search_among(parent: ParentCrystal, irreps: Sequence[Irrep], max_dim: int) -> IsotropySearch | None:
    """A search among irreps at special wave vectors of dimension `max_dim` at most; ``None`` where there is none.

    Raises
    ------
    InputError
        If their wave vectors together need too large a cell.
    """
    small = [irrep for irrep in irreps if irrep.dim <= max_dim]
    if not small:
        return None
    arms = np.concatenate([parent.to_standard.inverse.waves(irrep.arms) for irrep in small])
    quotient = FiniteQuotient(bloch_space(parent, periodic_cell(arms)))
    return IsotropySearch(
        quotient, tuple(IrrepImage(irrep, quotient.matrices(irrep), quotient) for irrep in small), max_dim
    )


def _intersections(first: BoolArray, second: BoolArray) -> BoolArray:
    """Different intersections of subgroups (a, n) and (b, n) that are smaller than both."""
    found: dict[bytes, BoolArray] = {}
    sizes = second.sum(axis=1)
    for mask in first:
        both = mask & second
        counts = both.sum(axis=1)
        for one in both[(counts < mask.sum()) & (counts < sizes)]:
            found.setdefault(one.tobytes(), one)
    return np.array(list(found.values())).reshape(len(found), first.shape[1])


def _bits(mask: BoolArray) -> int:
    return int.from_bytes(np.packbits(mask).tobytes(), "big")
