"""A parent and a child: read and mapped, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from curiebreak.clock import Clock
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapper import map_child
from curiebreak.structures import Structure, read_structure
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal

_MAPPING = ("symprec", "allow", "supercell_basis")


@dataclass(frozen=True, eq=False)
class MappedPair:
    """A parent and a child, mapped when that is first asked for.

    Attributes
    ----------
    parent : ParentCrystal
    child : Structure
    asked : options
        Of a command; tolerances and what may be mapped are read from it, where it has them.
    clock : Clock
        Takes the laps ``read`` and ``mapping``; the rest is for the caller to name.
    mapped : Distortion or None
        The map, where it is there already.
    """

    parent: ParentCrystal
    child: Structure
    asked: Any
    clock: Clock
    mapped: Distortion | None = None

    @classmethod
    def of(cls, parent: Any, child: Any, asked: Any, clock: Clock, mapped: Distortion | None = None) -> Self:
        """From two files or structures, which are not read where the map is known.

        Raises
        ------
        InputError
            For files that cannot be used.
        """
        if mapped is not None:
            return cls(mapped.parent, mapped.child, asked, clock, mapped)
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
        if self.mapped is not None:
            return self.mapped
        found = map_child(self.parent, self.child, **self._asked(_MAPPING))
        self.clock.lap("mapping")
        return found
