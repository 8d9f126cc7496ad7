"""What a Curie path keeps on its way: events, attempts to do without a member, and how much it may cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from curiebreak.arrays import IntArray
from curiebreak.learning.training import Point, ProcessorTime

#: Events whose strengths differ by less than this part are a near tie.
NEAR = 0.02
#: Times the seconds of the path after which it ends also without a complete set, and what it may take at least.
OVERDUE, SHORTEST = 3.0, 10.0

Fate = Literal["kept", "passed over", "pruned"]


@dataclass(frozen=True)
class Trial:
    """One attempt to do without a component.

    Parameters
    ----------
    dropped : int
        Component left out.
    kept : tuple of int
        Components that remained.
    loss : float
        Loss after refitting, or the least that any weights can reach where that is far from enough.
    accepted : bool
        Whether the loss was reached without it.
    """

    dropped: int
    kept: tuple[int, ...]
    loss: float
    accepted: bool


@dataclass
class Event:
    """A component that left zero.

    Parameters
    ----------
    component : int
    coordinates : (k,) int
        Coordinates of the input that it holds from now on.
    strength : float
        ``kappa``: the price lambda at which it left zero.
    runner_up : int or None
        The component that would have been next.
    runner_up_strength : float
    before : tuple of int
        Components that were there already.
    loss : float
        After training with it.
    fate : str
        ``kept``, ``passed over`` (a later choice was needed), or ``pruned`` at the end.
    """

    component: int
    coordinates: IntArray
    strength: float
    runner_up: int | None
    runner_up_strength: float
    before: tuple[int, ...]
    loss: float = float("inf")
    fate: Fate = "kept"

    @property
    def near_tie(self) -> bool:
        """Whether the runner-up was within 2 %."""
        return self.runner_up is not None and self.runner_up_strength > (1 - NEAR) * self.strength


@dataclass
class Budget:
    """How much a path may cost once it has one complete set.

    Parameters
    ----------
    fits : int
        Trainings that verify or follow other branches.
    passes : int
        Sets that are passed over.
    allowance : ProcessorTime
        Processor time.
    """

    fits: int = 20
    passes: int = 3
    allowance: ProcessorTime = field(default_factory=lambda: ProcessorTime(20.0))

    @property
    def overdue(self) -> bool:
        """So much time was spent that a path without any complete set ends too."""
        return self.allowance.used > max(OVERDUE * self.allowance.seconds, SHORTEST)

    @property
    def spent(self) -> bool:
        """Nothing is left."""
        return self.fits <= 0 or self.passes <= 0 or self.allowance.spent


@dataclass
class Walk:
    """Where a path has come to.

    Parameters
    ----------
    point : Point
    kept : list of Event
        Members of the set, in the order of their events.
    events : list of Event
        All that happened.
    trials : list of Trial
    complete : bool
        The loss is reached with the members kept.
    passed : list of tuple of int
        Sets that reached the loss and held a dispensable member.
    pruned : bool
        The budget was spent: the first complete set, without what it can do without.
    outgrown : bool
        A larger network would reach the loss with the members kept: the walk ended, and should begin anew with that.
    """

    point: Point
    kept: list[Event] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    complete: bool = False
    passed: list[tuple[int, ...]] = field(default_factory=list)
    pruned: bool = False
    outgrown: bool = False

    @property
    def free(self) -> IntArray:
        """Coordinates of the members."""
        return coordinates_of(self.kept)

    @property
    def components(self) -> tuple[int, ...]:
        """Components of the members, sorted."""
        return tuple(sorted(e.component for e in self.kept))


def coordinates_of(events: list[Event]) -> IntArray:
    """Coordinates (k,) that some events hold, sorted."""
    none = np.zeros(0, dtype=np.int64)
    return np.sort(np.concatenate([none, *(e.coordinates for e in events)]))
