"""Constraints on the symmetry of an intermediate, and which entry of the list they single out."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray
from curiebreak.errors import CurieBreakError, InputError, UsageError
from curiebreak.intermediates.closed import SubspaceIrrep
from curiebreak.intermediates.survey import Survey
from curiebreak.modes.lookup import find_irrep, meant
from curiebreak.results import IntermediateResult
from curiebreak.results.basic import group_name, group_symbol
from curiebreak.symmetry.direction_text import parse_direction
from curiebreak.symmetry.group_names import point_group_order, space_group_number
from curiebreak.symmetry.irrep_names import key_of, split_name


@dataclass(frozen=True)
class Constraint:
    """What an intermediate may hold.

    Attributes
    ----------
    keep : tuple of str
        The input holds these irreps and nothing else, along the child's own directions.
    drop : tuple of str
        The intermediate holds none of these irreps.
    direction : tuple of str
        The input holds these irreps along these directions, ``R4+(0,b,b)``.
    subgroup : str or None
        Type of space group (or point group), by symbol or number.
    entry : int or None
        Number in the list, from 0.
    """

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    subgroup: str | None = None
    entry: int | None = None

    @property
    def plain(self) -> dict[str, Any]:
        """The parts that say something, as JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items() if v not in ((), None)}


def as_constraint(given: Constraint | Mapping[str, Any] | None) -> Constraint | None:
    """A constraint from its plain form.

    Raises
    ------
    UsageError
        For an unknown part, or when nothing is constrained.
    """
    if given is None:
        return None
    if isinstance(given, Mapping):
        names = list(_READ)
        for name in given:
            if name not in names:
                close = difflib.get_close_matches(str(name), names, 1)
                raise UsageError(
                    f"A constraint has no part {name!r}.",
                    f"Did you mean {close[0]}?" if close else f"Its parts are {', '.join(names)}.",
                )
        given = Constraint(**{name: _READ[name](value) for name, value in given.items() if value is not None})
    if not given.plain:
        raise UsageError("The constraint constrains nothing.", "State keep, drop, direction, subgroup or entry.")
    return given


def _tuple(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


_READ: dict[str, Callable[[Any], Any]] = {
    "keep": _tuple, "drop": _tuple, "direction": _tuple, "subgroup": str, "entry": int,
}  # fmt: skip
"""The parts of a constraint, and how each is read."""


@dataclass(frozen=True)
class ChosenEntry:
    """The entry that a constraint singles out.

    Attributes
    ----------
    constraint : Constraint
    entry : int
    labels : tuple of str
        Irreps that the input is restricted to; empty when the entry alone was asked for.
    messages : tuple of str
    """

    constraint: Constraint
    entry: int
    labels: tuple[str, ...]
    messages: tuple[str, ...] = ()


def choose(survey: Survey, constraint: Constraint) -> ChosenEntry:
    """Find the one entry that a constraint means.

    Raises
    ------
    InputError
        For unknown or inactive irreps, directions and groups that do not lie between, and for constraints
        that allow the whole child or nothing.
    UsageError
        For constraints that contradict each other, or leave several groups open.
    """
    candidates = set(range(len(survey.masks)))
    steps: list[tuple[str, set[int]]] = []
    kept, labels = _kept(survey, constraint)
    if kept is not None:
        position = survey.position(kept)
        steps.append(("keep and direction", set() if position is None else {position}))
    stated = constraint.plain
    steps += [(name, meant_by(survey, stated[name])) for name, meant_by in _PARTS.items() if name in stated]
    for name, allowed in steps:
        if not candidates & allowed:
            others = " and ".join(n for n, _ in steps if n != name)
            raise UsageError(
                f"The constraints contradict each other: no group satisfies {others} and {name}.",
                _follows(survey, kept, constraint) or "Leave one of them out.",
            )
        candidates &= allowed
    messages: tuple[str, ...] = ()
    if constraint.drop and len(candidates) > 1:
        candidates, messages = _lowest(survey, candidates)
    if len(candidates) > 1:
        raise UsageError(
            f"{len(candidates)} groups of this type lie between: {_listed(survey, candidates)}.",
            "Choose one by its number with --entry.",
        )
    entry = candidates.pop()
    _check_proper(survey, entry)
    return ChosenEntry(constraint, entry, labels, messages)


def _check_proper(survey: Survey, entry: int) -> None:
    if survey.masks[entry].all():
        raise InputError(
            "The constraint allows nothing: what is left is the parent.", "Keep an irrep that lowers the symmetry."
        )
    if np.array_equal(survey.masks[entry], survey.child):
        raise InputError(
            "The constraint allows everything: the input it leaves makes the whole child.",
            "Drop or keep fewer irreps; --list shows what lies between.",
        )


def _kept(survey: Survey, constraint: Constraint) -> tuple[BoolArray | None, tuple[str, ...]]:
    mask = np.ones_like(survey.child)
    labels: list[str] = []
    stated: set[str] = set()
    for text in constraint.direction:
        label, _, body = text.partition("(")
        active = _active(survey, label.strip())
        if not body:
            raise InputError(f"{text!r} has no direction.", "Write it as R4+(0,b,b).")
        mask &= _along(survey, active, text, body)
        labels.append(active.label)
        stated.add(active.label)
    for label in constraint.keep:
        active = _active(survey, label)
        labels.append(active.label)
        if active.label not in stated:
            mask &= survey.keeps(active, survey.child)
    if not labels:
        return None, ()
    return mask, tuple(dict.fromkeys(labels))


def _active(survey: Survey, label: str) -> SubspaceIrrep:
    parent = survey.analysis.parent
    irrep = meant(parent, [a.irrep for a in survey.active], label)
    if irrep is not None:
        return next(a for a in survey.active if a.label == survey.analysis.names.of(irrep))
    raise _refusal(survey, label)


def _refusal(survey: Survey, label: str) -> InputError:
    """Why a label names nothing that breaks symmetry."""
    parent = survey.analysis.parent
    known = ", ".join(a.label for a in survey.active) or "nothing that breaks symmetry"
    other = meant(parent, [m.irrep for m in survey.analysis.modes], label)
    symmetric = None if other is None else next(m for m in survey.analysis.modes if key_of(m.irrep) == key_of(other))
    if symmetric is not None and (symmetric.kind != "strain" or survey.strain) and not symmetric.noise:
        return InputError(
            f"{symmetric.label} is fully symmetric: it breaks nothing.", f"What breaks symmetry is {known}."
        )
    try:
        find_irrep(parent, *split_name(label))
    except CurieBreakError:
        return InputError(f"The parent has no irrep {label!r}.", f"The child holds {known}.")
    return InputError(f"{label} is not active in the child.", f"The child holds {known}.")


def _along(survey: Survey, active: SubspaceIrrep, text: str, body: str) -> BoolArray:
    """Stabiliser of a stated direction, in the domain that lies between."""
    irrep = active.irrep
    if irrep.kind != "special":
        raise InputError(f"{active.label} is not at a special k: its directions have no letters.", "Use --keep.")
    wanted = survey.direction(irrep, np.linalg.qr(parse_direction("(" + body, irrep.dim).T)[0].T)
    found: dict[str, list[BoolArray]] = {}
    for group in active.groups:
        if not group.all():
            through = next(t for t in survey.through(group) if t.label == active.label)
            found.setdefault(str(survey.direction(irrep, through.rows)), []).append(group)
    if wanted not in found:
        raise InputError(
            f"{text!r} is no direction that the child's own {active.label} can take on the way.",
            f"Those are {', '.join(found)}.",
        )
    floors = survey.analysis.isotropy
    return min(found[wanted], key=lambda g: (round(floors.floor(g) or 0.0, 9), np.packbits(g).tobytes()))


def _without(survey: Survey, drop: Iterable[str]) -> set[int]:
    dropped = {_active(survey, label).label for label in drop}
    return {number for number, entry in enumerate(survey.entries) if not dropped & {one.irrep for one in entry.irreps}}


def _follows(survey: Survey, kept: BoolArray | None, constraint: Constraint) -> str | None:
    """Hint for an irrep that is dropped but comes with what is kept."""
    if kept is None or not constraint.drop:
        return None
    dropped = {_active(survey, label).label for label in constraint.drop}
    coming = [one.label for one in survey.through(kept) if one.label in dropped]
    return f"{', '.join(coming)} follows by symmetry from what is kept." if coming else None


def _lowest(survey: Survey, candidates: set[int]) -> tuple[set[int], tuple[str, ...]]:
    """Of groups without the dropped irreps, the lowest; of several, the one that keeps most."""
    masks = survey.masks
    lowest = [i for i in candidates if not any(j != i and not (masks[j] & ~masks[i]).any() for j in candidates)]
    best = max(lowest, key=lambda i: (round(survey.entries[i].kept_share, 9), -i))
    others = [i for i in sorted(lowest) if i != best]
    if not others:
        return {best}, ()
    return {best}, (
        f"Other lowest groups without the dropped irreps keep less of the distortion: {_listed(survey, others)}.",
    )


def _listed(survey: Survey, numbers: Iterable[int]) -> str:
    return ", ".join(f"{i} {entry_name(survey.entries[i])}" for i in sorted(numbers))


def entry_name(entry: IntermediateResult) -> str:
    """Symbol with the irreps that an entry lets through."""
    return f"{group_symbol(entry)} ({', '.join(one.irrep for one in entry.irreps) or 'parent'})"


def _numbered(survey: Survey, entry: int) -> set[int]:
    if not 0 <= entry < len(survey.masks):
        raise InputError(
            f"There is no entry {entry}.", f"The list has entries 0 to {len(survey.masks) - 1}; see --list."
        )
    return {entry}


def _of_type(survey: Survey, name: str) -> set[int]:
    entries = survey.entries
    if survey.analysis.parent.is_molecule:
        found = {i for i, e in enumerate(entries) if str(e.point_group).lower() == name.lower()}
        if not found:
            known = ", ".join(dict.fromkeys(map(group_name, entries)))
            raise InputError(f"No group {name} lies between parent and child.", f"There are {known}.")
        return found
    number = space_group_number(name)
    known = ", ".join(dict.fromkeys(map(group_name, entries)))
    if number is None:
        raise InputError(f"There is no space group {name!r}.", f"Between parent and child lie {known}.")
    found = {i for i, e in enumerate(entries) if e.number == number}
    if not found:
        raise InputError(
            f"{name} does not lie between {entries[0].symbol} and {entries[-1].symbol}: "
            f"{_reason(survey, name, number)}.",
            f"Between them lie {known}.",
        )
    return found


_PARTS: dict[str, Callable[[Survey, Any], set[int]]] = {"drop": _without, "subgroup": _of_type, "entry": _numbered}
"""Entries that the parts of a constraint leave, where these do not name what is kept."""


def _reason(survey: Survey, name: str, number: int) -> str:
    parent, child = survey.entries[0], survey.entries[-1]
    order = point_group_order(number)
    upper = int(survey.masks[0].any(axis=1).sum())
    lower = int(survey.child.any(axis=1).sum())
    if order % lower:
        return f"it does not contain {child.symbol}, since {lower} point operations do not divide its {order}"
    if upper % order:
        return f"{parent.symbol} does not contain it, since its {order} point operations do not divide {upper}"
    if not survey.all_subgroups:
        every = Survey(survey.analysis, survey.strain, all_subgroups=True)
        if any(entry.number == number for entry in every.entries):
            return "a group of this type contains the child, but no active irrep of the distortion makes it"
    return f"no subgroup of {parent.symbol} of this type contains {child.symbol}"
