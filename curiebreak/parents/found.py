"""What the search finds, crystal or molecule, and the order in which it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from curiebreak.structures import Structure

NEAREST_WEIGHT = 30.0
"""Weight of rms/a against ln(index): linear, so that the last, dear step up is punished."""

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
    hydrogen_halved : bool
        Whether hydrogen lies in the middle of two orientations.
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
    build: Callable[[], Structure] = field(repr=False)
    holds: Callable[[Found], bool] = field(repr=False)

    @property
    def nearness(self) -> float:
        """``ln(index) - 30 rms/a``."""
        return float(np.log(self.index)) - NEAREST_WEIGHT * self.rms / self.spacing

    @property
    def weak(self) -> bool:
        """Whether chance would do as well."""
        return self.child_atoms < WEAK_ATOMS and self.rms > WEAK_RMS * self.spacing

    @property
    def name(self) -> str:
        """Group with its number, or the point group."""
        return str(self.point_group) if self.number is None else f"{self.symbol} ({self.number})"


def ordered(found: Sequence[Found]) -> Iterator[Found]:
    """Yield the aristotype, then the nearest, then in turn by S and by nearness.

    Behind them come the groups that a higher one holds at nearly the same distance: they gain nothing; and last
    those that are not claimed (S <= 0).
    """
    claimed = [one for one in found if one.score > 0.0]
    poor: dict[int, bool] = {}

    def gains(one: Found) -> bool:
        if id(one) not in poor:
            poor[id(one)] = any(_no_dearer(other, one) for other in claimed)
        return not poor[id(one)]

    by_score = filter(gains, sorted(claimed, key=lambda f: (-f.score, -f.index, f.rms)))
    by_nearness = filter(gains, sorted(claimed, key=lambda f: (-f.nearness, -f.index, f.rms)))
    told: set[int] = set()
    for one in (one for pair in zip(by_score, by_nearness, strict=True) for one in pair):
        if id(one) not in told:
            told.add(id(one))
            yield one
    yield from sorted((one for one in claimed if poor[id(one)]), key=lambda f: -f.score)
    yield from sorted((one for one in found if one.score <= 0.0), key=lambda f: -f.score)


def headlines(found: Sequence[Found]) -> tuple[Found, Found]:
    """Return the aristotype (largest S) and the nearest one, of groups that no higher one holds as near by."""
    good = [one for one in found if not any(_no_dearer(other, one) for other in found)]
    return max(good, key=lambda f: f.score), max(good, key=lambda f: f.nearness)


def _no_dearer(other: Found, one: Found) -> bool:
    """Whether another candidate holds the group of this one and is hardly further away."""
    return other.index > one.index and other.rms <= NO_DEARER * one.rms and other.holds(one)


NO_DEARER = 1.1
"""Ratio of two root mean squares; flat between 1.02 and 1.2 on known pairs."""
