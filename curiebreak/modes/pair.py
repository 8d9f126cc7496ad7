"""A parent and a child: read, mapped and analysed, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from curiebreak.clock import Clock
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapped_pair import MappedPair
from curiebreak.modes.analysis import Analysis, analyse

_ANALYSIS = ("symprec", "strain_tolerance", "fix_site")


@dataclass(frozen=True, eq=False)
class Pair(MappedPair):
    """A mapped pair, analysed when that is first asked for.

    Attributes
    ----------
    known : Analysis or None
        The analysis, where it is there already.
    """

    known: Analysis | None = None

    @classmethod
    def of(cls, parent: Any, child: Any, asked: Any, clock: Clock, mapped: Distortion | Analysis | None = None) -> Self:
        """From two files or structures, which are not read where the map or the analysis is known."""
        if isinstance(mapped, Analysis):
            return cls(mapped.parent, mapped.distortion.child, asked, clock, mapped.distortion, mapped)
        return super().of(parent, child, asked, clock, mapped)

    def analysed(self, **instead: Any) -> Analysis:
        """The exact analysis, with some of what was asked replaced."""
        return analyse(self.distortion, **(self._asked(_ANALYSIS) | instead))

    @cached_property
    def analysis(self) -> Analysis:
        """The exact analysis."""
        return self.known or self.analysed()
