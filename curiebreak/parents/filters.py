"""What the options of a search for parents mean."""

from __future__ import annotations

from curiebreak.errors import InputError, UsageError
from curiebreak.options.parent_options import SearchOptions
from curiebreak.parents.found import Found
from curiebreak.parents.supergroups import Effort
from curiebreak.structures import Structure
from curiebreak.symmetry.group_names import space_group_number

QUICK = Effort(translations=1, after_node=2, after_level=6, translation_nodes=4)
"""One translation a rotation and narrow beams: 84 instead of 86 of 90 parents, in half the time."""

FULL = Effort()

_ALIKE = ("polar", "centrosymmetric", "size")
"""Filters that a candidate passes with the same value under the same name."""

_AT_MOST = {"max_displacement": "dmax", "max_strain": "strain"}
"""Filters that are the largest value of something of a candidate."""


def effort_of(options: SearchOptions) -> Effort:
    """How wide the search is."""
    return QUICK if options.quick else FULL


def check_search(options: SearchOptions, child: Structure) -> None:
    """Refuse what does not exist.

    Raises
    ------
    UsageError
        One species where several are taken as one; filters that no group passes.
    InputError
        A space group that does not exist, or species that the child has not.
    """
    if options.polar and options.centrosymmetric:
        raise UsageError("No group is polar and centrosymmetric.", "Leave out --polar or --centrosymmetric.")
    if options.group is not None and not child.is_molecule and space_group_number(options.group) is None:
        raise InputError(
            f"There is no space group {options.group!r}.", "Give a number from 1 to 230 or a symbol such as R-3c."
        )
    elements = set(child.species).union(*child.occupancies)
    for names in options.same:
        for name in names:
            if name not in elements:
                raise InputError(
                    f"--same names {name}, which {child.path or 'the child'} does not hold "
                    f"({', '.join(sorted(set(child.species)))}).",
                    "Name species of the child, such as --same Sc,Sb.",
                )
        if len(set(names)) < 2:
            raise UsageError("--same takes two species or more.", "Write them with commas: --same Sc,Sb.")


def admits(options: SearchOptions, one: Found) -> bool:
    """Whether a candidate passes the filters; chance may reach as far (S <= 0) where that is asked for."""
    alike = all(getattr(options, name) in (None, getattr(one, name)) for name in _ALIKE)
    limits = {name: getattr(options, option) for option, name in _AT_MOST.items()}
    within = all(limit is None or getattr(one, name) <= limit for name, limit in limits.items())
    # who asks for a group wants it also where chance reaches as far
    wanted = options.everything or one.score > 0.0 if options.group is None else _is_group(options.group, one)
    return alike and within and wanted


def filtered(options: SearchOptions) -> bool:
    """Whether there are filters that may have kept a parent out."""
    return any(getattr(options, name) is not None for name in ("group", *_ALIKE, *_AT_MOST))


def _is_group(wanted: str, one: Found) -> bool:
    if one.number is None:
        return wanted.lower() == str(one.point_group).lower()
    return space_group_number(wanted) == one.number
