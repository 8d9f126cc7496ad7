"""What a search for parents may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curiebreak.errors import InputError, UsageError
from curiebreak.parents.found import Found
from curiebreak.parents.supergroups import Effort
from curiebreak.structures import Structure
from curiebreak.symmetry.group_names import space_group_number

QUICK = Effort(translations=1, after_node=2, after_level=6, translation_nodes=4)
"""One translation a rotation and narrow beams: 84 instead of 86 of 90 parents, in half the time."""

FULL = Effort()


@dataclass(frozen=True)
class SearchOptions:
    """Filters and effort of a search.

    Attributes
    ----------
    top : int
        Candidates that are told.
    group : str or None
        Only this space group (number or symbol), or this point group of a molecule.
    polar, centrosymmetric : bool or None
        Only polar candidates or only nonpolar ones; only those with an inversion or only those without.
    max_displacement : float or None
        Å; of any atom.
    max_strain : float or None
        Largest principal strain.
    size : int or None
        Only candidates of which so many primitive cells make the child's.
    same : sequence of sequences of str
        Species that are taken as one.
    seconds : float
        The clock.
    quick : bool
        A narrower search.
    everything : bool
        Also candidates that chance would reach (S <= 0); `group` asks for them, too.
    """

    top: int = 5
    group: str | None = None
    polar: bool | None = None
    centrosymmetric: bool | None = None
    max_displacement: float | None = None
    max_strain: float | None = None
    size: int | None = None
    same: Sequence[Sequence[str]] = ()
    seconds: float = 20.0
    quick: bool = False
    everything: bool = False

    @property
    def effort(self) -> Effort:
        """How wide the search is."""
        return QUICK if self.quick else FULL

    def check(self, child: Structure) -> None:
        """Refuse what does not exist.

        Raises
        ------
        UsageError
            Numbers out of range.
        InputError
            A space group that does not exist, or species that the child has not.
        """
        if self.top < 1 or not self.seconds > 0:
            raise UsageError("--top and --seconds must be above zero.", "Leave them out for 5 and 20.")
        if self.group is not None and not child.is_molecule and space_group_number(self.group) is None:
            raise InputError(
                f"There is no space group {self.group!r}.", "Give a number from 1 to 230 or a symbol such as R-3c."
            )
        elements = {e for o in child.occupancies for e in o} | set(child.species)
        for names in self.same:
            absent = [name for name in names if name not in elements]
            if absent:
                raise InputError(
                    f"--same names {absent[0]}, which {child.path or 'the child'} does not hold "
                    f"({', '.join(sorted(set(child.species)))}).",
                    "Name species of the child, such as --same Sc,Sb.",
                )
            if len(set(names)) < 2:
                raise UsageError("--same takes two species or more.", "Write them with commas: --same Sc,Sb.")

    def admits(self, one: Found) -> bool:
        """Whether a candidate passes the filters."""
        return (
            (self.everything or self.group is not None or one.score > 0.0)
            and (self.group is None or self._is_group(one))
            and (self.polar is None or one.polar == self.polar)
            and (self.centrosymmetric is None or one.centrosymmetric == self.centrosymmetric)
            and (self.max_displacement is None or one.dmax <= self.max_displacement)
            and (self.max_strain is None or one.strain <= self.max_strain)
            and (self.size is None or one.size == self.size)
        )

    def _is_group(self, one: Found) -> bool:
        wanted = str(self.group)
        if one.number is None:
            return wanted.lower() == str(one.point_group).lower()
        return space_group_number(wanted) == one.number
