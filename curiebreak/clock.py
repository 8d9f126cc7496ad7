"""Wall time by phase, and progress that goes nowhere."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str, float, str], None]


class Clock:
    """Wall time by phase.

    Attributes
    ----------
    laps : dict
        Seconds of each phase, and ``total``.
    """

    def __init__(self) -> None:
        self.start = self.last = time.perf_counter()
        self.laps: dict[str, float] = {}

    @property
    def phases(self) -> dict[str, float]:
        """Seconds of each phase, without their sum."""
        return {name: spent for name, spent in self.laps.items() if name != "total"}

    @property
    def spent(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self.start

    def lap(self, name: str) -> None:
        """Add the time since the last call to a phase."""
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0.0) + now - self.last
        self.last = now
        self.laps["total"] = now - self.start


def since(started: float | None) -> dict[str, float]:
    """The ``total`` of a result whose work began at `started`; empty where nobody looked at the clock."""
    return {} if started is None else {"total": time.perf_counter() - started}


def silent(phase: str, fraction: float, message: str) -> None:
    """Progress that nobody wants to see."""
