"""How training chose the set, which directions it ended with, and what a training without any hint says."""

from __future__ import annotations

import math

from curiebreak.report.numbers import fixed, joined, known, listed, percent, relative
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table, sections_of
from curiebreak.results import Blind, Certificate, Finding, IrrepEntry, LearnedDirection, PathEvent, SelectionResult
from curiebreak.results.basic import group_symbol

_REACHED = 1e-6
"""A floor below this is none."""

_SAME = 1e-3
"""Components of unit length that differ by less are the same."""


def competing(result: Finding) -> Headline | None:
    """Both sets with their shares, where training and the exact side do not name the same."""
    check = result.crosscheck
    if check is None or not result.primary or set(check.exact_primary) in (set(), set(result.primary)):
        return None
    sets = joined(result.primary), joined(check.exact_primary)
    shares = percent(check.share_learned), percent(check.share_exact)
    note = f"Training chose {sets[0]} ({shares[0]} of the distortion), the exact side {sets[1]} ({shares[1]})."
    return Headline(f"{sets[0]}  or  {sets[1]}", note)


def tables(result: Finding) -> list[Section]:
    """Events, votes, directions and the blind training."""
    missed = {one.without: one for one in result.certificates if one.without}
    return [
        *sections_of(lambda found: _selection(found, missed), result.selection),
        _directions(result.order_parameters),
        *sections_of(_blind, result.blind),
    ]


def _selection(found: SelectionResult, missed: dict[str, Certificate]) -> list[Section]:
    headings = ("irrep", "carrier", ">leaves zero at", "??next", "??>at", "?>loss with it", "*why")
    rows = (
        (
            event.irrep, event.carrier, fixed(event.strength), event.runner_up or None,
            fixed(event.runner_up_strength) if event.runner_up else None, relative(event.loss),
            _fate(event, missed.get(event.irrep)),
        )
        for event in found.events
    )  # fmt: skip
    runs = len(found.votes)
    agreeing = known(lambda share: f"{round(share * runs)} of {runs}", found.probability if found.survived else None)
    facts = (
        ("runs that end with this set", agreeing),
        ("other sets that reached the child", listed("\n", map(joined, found.minimal_sets_competing))),
        *(("near tie", f"{first}, {second}") for first, second in found.near_ties),
    )
    return [
        Table.of("How training chose", headings, rows, Chapter.TRAINING, 1),
        Facts.of("Choice", facts, Chapter.TRAINING, 2),
    ]


_DROPPED = {
    "pruned": "left out: the others reach the child without it",
    "passed over": "passed over: with it an earlier one was not missed",
}


_LOSSES = {"loss": "loss", "strain": "strain loss", "moments": "loss of moments"}


def _fate(event: PathEvent, without: Certificate | None) -> str:
    """Why a block of the input was kept or not, in one sentence."""
    if event.fate in _DROPPED or without is None or without.verdict != "holds":
        return _DROPPED.get(event.fate, "kept")
    for end in ("loss", "strain", "moments"):
        loss, floor = without.losses[end]
        if (floor or 0) > _REACHED:
            return f"kept: without it the {_LOSSES[end]} is {relative(loss)}"
    return "kept"


def _directions(entries: tuple[IrrepEntry, ...]) -> Table:
    """The direction in the trained input, beside the crystal's where any differs, and what fixes it."""
    learned = [(entry, entry.learned) for entry in entries if entry.learned is not None]
    told = not all(_same(entry, own) for entry, own in learned)
    rows = (
        (
            entry.name, _written(own.direction, own.components), _crystal(entry, own) if told else "", _fixed_by(own),
            group_symbol(own.symmetry),
        )
        for entry, own in learned
    )  # fmt: skip
    headings = ("irrep", "*learned", "*crystal", "fixed by", "alone leaves")
    return Table.of("Learned directions", headings, rows, Chapter.TRAINING, 3)


def _crystal(entry: IrrepEntry, learned: LearnedDirection) -> str:
    if not entry.components:
        return ""
    return "the same" if _same(entry, learned) else _written(entry.direction, _unit(entry.components))


def _written(text: str | None, components: tuple[float, ...]) -> str:
    numbers = "(" + ", ".join(fixed(x, 3) if x else "0" for x in components) + ")"
    return numbers if text is None else f"{text}\n{numbers}"


def _unit(components: tuple[float, ...]) -> tuple[float, ...]:
    length = math.hypot(*components) or 1.0
    return tuple(x / length for x in components)


def _same(entry: IrrepEntry, learned: LearnedDirection) -> bool:
    """Equal up to an overall sign: the network's units have none."""
    own, other = _unit(entry.components), learned.components
    if len(own) != len(other):
        return not own
    return any(all(abs(sign * a - b) < _SAME for a, b in zip(own, other, strict=True)) for sign in (1, -1))


def _fixed_by(learned: LearnedDirection) -> str:
    if learned.free <= 1:
        return "symmetry"
    return f"training, {learned.free} free numbers"


def _blind(found: Blind) -> list[Section]:
    name = group_symbol(found.input_symmetry)
    broken = "" if found.smallest_broken is None else f", the next changes it by {relative(found.smallest_broken)}"
    scatter = f"{fixed(found.scatter)} Å; loss reached at {relative(found.tolerance)}" if found.scatter else None
    rows = (
        ("irreps", joined(found.labels) or "none"),
        ("loss", f"{relative(found.loss)}, {found.rows} components of the target, {found.inputs} of the input"),
        ("symmetry of the input", f"{name}: {found.operations_kept} of {found.operations_tried} operations"),
        ("", f"kept to {relative(found.largest_kept)}{broken}"),
        ("taken for scatter", scatter),
        ("seconds", fixed(found.seconds, 1)),
    )
    return [Facts.of("Told nothing of the child's symmetry", rows, Chapter.TRAINING, 4)]
