"""What the search finds, crystal or molecule, and the order in which it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import numpy as np

from curiebreak.arrays import BoolArray, direct_pairs
from curiebreak.results.basic import group_name
from curiebreak.structures import Structure

NEAREST_WEIGHT = 40.0
"""Weight of rms/a against ln(index): linear, so that the last, dear step up is punished; twice the index may cost
0.017 a. Flat between 35 and 50 on known pairs."""

WEAK_ATOMS = 10
WEAK_RMS = 0.1
"""Times the spacing. Of random structures with fewer atoms most lie this near to something of higher symmetry, of
those with more one in forty."""


@dataclass(frozen=True, eq=False)
class Found:
    """One average of the child over a group above its own.

    Attributes
    ----------
    number, symbol : int, str or None
        Space group; ``None`` for a molecule.
    point_group : str or None
        Schoenflies symbol of a molecule.
    index, size, point_index : int
        Of the child's group, translation part and point part.
    rms, dmax : float
        Å.
    strain, hop, score, spacing : float
        See :class:`curiebreak.results.ParentCandidate`.
    child_atoms : int
        Atoms of the child's primitive cell.
    polar, centrosymmetric : bool
    hydrogen_halved, hydrogen_shared : bool
        Whether hydrogen lies in the middle of two orientations, or was averaged with that of another atom.
    structure : Structure
        In the standard setting.
    holds : callable
        Whether the group of another one (given by its place) is a subgroup.
    """

    number: int | None
    symbol: str | None
    point_group: str | None
    index: int
    size: int
    point_index: int
    n_atoms: int
    rms: float
    dmax: float
    strain: float
    hop: float
    score: float
    spacing: float
    child_atoms: int
    polar: bool
    centrosymmetric: bool
    hydrogen_halved: bool
    hydrogen_shared: bool
    build: Callable[[], Structure] = field(repr=False)
    holds: Callable[[Found], bool] = field(repr=False)

    @property
    def nearness(self) -> float:
        """``ln(index) - 40 rms/a``."""
        return float(np.log(self.index)) - NEAREST_WEIGHT * self.rms / self.spacing

    @property
    def weak(self) -> bool:
        """Whether chance would do as well."""
        return self.child_atoms < WEAK_ATOMS and self.rms > WEAK_RMS * self.spacing

    @property
    def name(self) -> str:
        """Group with its number, or the point group."""
        return group_name(self)


def ordered(found: Sequence[Found]) -> list[Found]:
    """Aristotype, nearest, the next nearest ones, then the others in turn by S and by nearness.

    Groups that a higher one covers at nearly the same distance gain nothing: they are no headlines and come behind,
    but for the nearest of them, which follows the headlines. Last are those that are not claimed (S <= 0).
    """
    claimed = [one for one in found if one.score > 0.0]
    gaining = _gaining(claimed)
    by_score, by_nearness = sorted(claimed, key=_by_score), sorted(claimed, key=_by_nearness)
    best, near = sorted(gaining, key=_by_score), sorted(gaining, key=_by_nearness)
    first = [*best[:1], *near[:2]]
    following = [one for one in by_nearness if not any(one is other for other in first)][:1]
    turns = chain.from_iterable([*zip(best, near, strict=True), *zip(by_score, by_nearness, strict=True)])
    rest = sorted((one for one in found if one.score <= 0.0), key=lambda f: -f.score)
    return list({id(one): one for one in (*first, *following, *turns, *rest)}.values())


def _by_score(one: Found) -> tuple[float, ...]:
    return -one.score, -one.index, one.rms


def _by_nearness(one: Found) -> tuple[float, ...]:
    return -one.nearness, -one.index, one.rms


def _gaining(found: Sequence[Found]) -> list[Found]:
    """Those that no higher one covers as near by."""
    return [one for one in found if not any(_covers(other, one) for other in found)]


@dataclass(frozen=True, eq=False)
class Ladder:
    """Some of what was found, in the order in which it is told, and which of the groups hold which others.

    Places are those of `found`.
    """

    found: Sequence[Found]

    @cached_property
    def holds(self) -> BoolArray:
        """Whether one group holds another, smaller one: (n, n)."""
        pairs = [[a.index > b.index and a.holds(b) for b in self.found] for a in self.found]
        return np.array(pairs, dtype=bool).reshape(len(pairs), len(pairs))

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Pairs of places, a group and one below it, with none between."""
        return tuple(direct_pairs(self.holds))

    @cached_property
    def headlines(self) -> tuple[int, int] | None:
        """Places of the aristotype (largest S) and of the nearest, of groups that no higher one covers as near by."""
        good = _gaining(self.found)
        if not good:
            return None
        chosen = max(good, key=lambda f: f.score), max(good, key=lambda f: f.nearness)
        first, near = (next(i for i, other in enumerate(self.found) if other is one) for one in chosen)
        return first, near

    @property
    def titles(self) -> dict[int, str]:
        """What the headlines are called: aristotype, nearest, or both."""
        if self.headlines is None:
            return {}
        first, near = self.headlines
        return {first: "both"} if first == near else {first: "aristotype", near: "nearest"}

    @property
    def between(self) -> tuple[int, ...]:
        """Groups on the way down from the aristotype to the nearest."""
        if self.headlines is None or not self.holds[self.headlines]:
            return ()
        first, near = self.headlines
        return tuple(int(k) for k in np.flatnonzero(self.holds[first] & self.holds[:, near]))

    @property
    def lead(self) -> float | None:
        """Score of the first above the next that is not merely a step on the way down from it."""
        rivals = [one for one in self.found[1:] if not self.found[0].holds(one)]
        return min((self.found[0].score - one.score for one in rivals), default=None)


def _covers(other: Found, one: Found) -> bool:
    """Whether another candidate is a group of a multiple of this one's index, and hardly further away.

    Only one of the domains of a group is kept, so whether the two that are kept hold each other does not matter.
    """
    multiple = other.index > one.index and other.index % one.index == 0 and other.size % one.size == 0
    return multiple and other.rms <= NO_DEARER * one.rms


NO_DEARER = 1.1
"""Ratio of two root mean squares; flat between 1.02 and 1.2 on known pairs."""
