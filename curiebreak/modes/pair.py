"""A parent and a child: read, mapped and analysed, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from curiebreak.clock import Clock
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapper import map_child
from curiebreak.modes.analysis import Analysis, analyse
from curiebreak.structures import Structure, read_structure
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal

_MAPPING = ("symprec", "allow", "supercell_basis")
_ANALYSIS = ("symprec", "strain_tolerance", "fix_site")


@dataclass(frozen=True, eq=False)
class Pair:
    """A parent and a child, mapped and analysed when that is first asked for.

    Attributes
    ----------
    parent : ParentCrystal
    child : Structure
    asked : options
        Of a command; tolerances and what may be mapped are read from it, where it has them.
    clock : Clock
        Takes the laps ``read`` and ``mapping``; the rest is for the caller to name.
    known : Distortion, Analysis or None
        The map or the analysis, where it is there already.
    """

    parent: ParentCrystal
    child: Structure
    asked: Any
    clock: Clock
    known: Distortion | Analysis | None = None

    @classmethod
    def of(
        cls, parent: Any, child: Any, asked: Any, clock: Clock, known: Distortion | Analysis | None = None
    ) -> Pair:
        """From two files or structures, which are not read where the map or the analysis is known.

        Raises
        ------
        InputError
            For files that cannot be used.
        """
        if known is not None:
            mapped = known.distortion if isinstance(known, Analysis) else known
            return cls(mapped.parent, mapped.child, asked, clock, known)
        pair = cls(parent_crystal(read_structure(parent), asked.parent_symprec), read_structure(child), asked, clock)
        clock.lap("read")
        return pair

    def _asked(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(self.asked, name) for name in names if hasattr(self.asked, name)}

    @cached_property
    def distortion(self) -> Distortion:
        """The child on the parent.

        Raises
        ------
        NotCompatibleError
            When the pair does not map as group and subgroup.
        """
        if self.known is not None:
            return self.known.distortion if isinstance(self.known, Analysis) else self.known
        found = map_child(self.parent, self.child, **self._asked(_MAPPING))
        self.clock.lap("mapping")
        return found

    def analysed(self, **instead: Any) -> Analysis:
        """The exact analysis, with some of what was asked replaced."""
        return analyse(self.distortion, **(self._asked(_ANALYSIS) | instead))

    @cached_property
    def analysis(self) -> Analysis:
        """The exact analysis."""
        return self.known if isinstance(self.known, Analysis) else self.analysed()
