"""How training chose the set, which directions it ended with, and what a training without any hint says."""

from __future__ import annotations

import math

from curiebreak.report.numbers import MISSING, fixed, percent, relative
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table, columns
from curiebreak.results import Blind, Certificate, Finding, IrrepEntry, LearnedDirection, PathEvent, SelectionResult
from curiebreak.results.basic import group_symbol

_REACHED = 1e-6
"""A floor below this is none."""

_SAME = 1e-3
"""Components of unit length that differ by less are the same."""


def competing(result: Finding) -> Headline | None:
    """Both sets with their shares, where training and the exact side do not name the same."""
    check = result.crosscheck
    if check is None or not result.primary or not check.exact_primary:
        return None
    if set(check.exact_primary) == set(result.primary):
        return None
    sets = " ⊕ ".join(result.primary), " ⊕ ".join(check.exact_primary)
    shares = percent(check.share_learned), percent(check.share_exact)
    note = f"Training chose {sets[0]} ({shares[0]} of the distortion), the exact side {sets[1]} ({shares[1]})."
    return Headline(f"{sets[0]}  or  {sets[1]}", note)


def tables(result: Finding) -> list[Section]:
    """Events, votes, directions and the blind training."""
    parts: list[Section] = []
    if result.selection is not None:
        parts += _selection(result.selection, {one.without: one for one in result.certificates if one.without})
    parts.append(_directions(result.order_parameters))
    if result.blind is not None:
        parts.append(_blind(result.blind))
    return parts


def _selection(found: SelectionResult, missed: dict[str, Certificate]) -> list[Section]:
    headings = columns("irrep", "carrier", ">leaves zero at", "??next", "??>at", "?>loss with it", "*why")
    rows = tuple(
        (
            event.irrep,
            event.carrier,
            fixed(event.strength),
            event.runner_up or MISSING,
            fixed(event.runner_up_strength) if event.runner_up else MISSING,
            relative(event.loss),
            _fate(event, missed.get(event.irrep)),
        )
        for event in found.events
    )
    facts = []
    if found.probability is not None and found.survived:
        runs = len(found.votes)
        agreeing = round(found.probability * runs)
        facts.append(("runs that end with this set", f"{agreeing} of {runs}"))
    if found.minimal_sets_competing:
        facts.append(("other sets that reached the child", "\n".join(map(" ⊕ ".join, found.minimal_sets_competing))))
    facts += [("near tie", f"{first}, {second}") for first, second in found.near_ties]
    return [
        Table("How training chose", headings, rows, Chapter.TRAINING, 1),
        Facts("Choice", tuple(facts), Chapter.TRAINING, 2),
    ]


def _fate(event: PathEvent, without: Certificate | None) -> str:
    """Why a block of the input was kept or not, in one sentence."""
    if event.fate == "pruned":
        return "left out: the others reach the child without it"
    if event.fate == "passed over":
        return "passed over: with it an earlier one was not missed"
    if without is None or without.verdict != "holds":
        return "kept"
    losses = (
        ("loss", without.learned, without.floor),
        ("strain loss", without.learned_strain, without.floor_strain),
        ("loss of moments", without.learned_magnetic, without.floor_magnetic),
    )
    missed = [f"the {name} is {relative(loss)}" for name, loss, floor in losses if floor and floor > _REACHED]
    return f"kept: without it {missed[0]}" if missed else "kept"


def _directions(entries: tuple[IrrepEntry, ...]) -> Table:
    """The direction in the trained input, beside the crystal's where any differs, and what fixes it."""
    rows = []
    told = any(entry.learned is not None and not _same(entry, entry.learned) for entry in entries)
    for entry in entries:
        learned = entry.learned
        if learned is None:
            continue
        name, crystal = group_symbol(learned.symmetry), ""
        if told and entry.components:
            crystal = "the same" if _same(entry, learned) else _written(entry.direction, _unit(entry.components))
        rows.append((entry.name, _written(learned.direction, learned.components), crystal, _fixed_by(learned), name))
    headings = columns("irrep", "*learned", "*crystal", "fixed by", "alone leaves")
    return Table("Learned directions", headings, tuple(rows), Chapter.TRAINING, 3)


def _written(text: str | None, components: tuple[float, ...]) -> str:
    numbers = "(" + ", ".join(fixed(x, 3) if x else "0" for x in components) + ")"
    return numbers if text is None else f"{text}\n{numbers}"


def _unit(components: tuple[float, ...]) -> tuple[float, ...]:
    length = math.sqrt(sum(x * x for x in components)) or 1.0
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


def _blind(found: Blind) -> Facts:
    name = group_symbol(found.input_symmetry)
    broken = "" if found.smallest_broken is None else f", the next changes it by {relative(found.smallest_broken)}"
    rows = [
        ("irreps", " ⊕ ".join(found.labels) or "none"),
        ("loss", f"{relative(found.loss)}, {found.rows} components of the target, {found.inputs} of the input"),
        ("symmetry of the input", f"{name}: {found.operations_kept} of {found.operations_tried} operations"),
        ("", f"kept to {relative(found.largest_kept)}{broken}"),
    ]
    if found.scatter:
        rows.append(("taken for scatter", f"{fixed(found.scatter)} Å; loss reached at {relative(found.tolerance)}"))
    rows.append(("seconds", fixed(found.seconds, 1)))
    return Facts("Told nothing of the child's symmetry", tuple(rows), Chapter.TRAINING, 4)
