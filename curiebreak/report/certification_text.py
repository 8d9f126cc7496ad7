"""Sections of text of a ``certify`` result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curiebreak.report import given_fields_text
from curiebreak.report.numbers import beside_floor, carrier_text, joined, kpoint, losses
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table
from curiebreak.results import Certification, GivenInput, Status
from curiebreak.results.basic import group_name


def answer(result: Certification) -> Headline:
    """The verdict in one line."""
    names = joined(one.name for one in result.given)
    if result.status is Status.NOTHING_TO_BREAK:
        return Headline("nothing to break", result.advice)
    if result.status is Status.INTERRUPTED:
        return Headline(names, result.advice)
    if result.sufficient is None:
        return Headline(f"{names}: not settled", result.advice)
    options = " or ".join(map(joined, result.missing[:3]))
    notes = [f"add {options}"] if options and not result.sufficient else []
    notes += _dispensable(result.superfluous)
    if not result.sufficient:
        verdict = "not sufficient"
    elif notes:
        verdict = "sufficient"
    else:
        verdict = f"sufficient, and {'each is ' if len(result.given) > 1 else ''}needed"
    return Headline(f"{names}: {verdict}", "\n".join(notes))


def _dispensable(names: Sequence[str]) -> list[str]:
    """Which inputs can be left out, one at a time."""
    if len(names) > 1:
        return [f"any one of {', '.join(names)} can be left out"]
    return [f"{name} is not needed" for name in names]


def facts(result: Certification) -> list[Section]:
    """What was given, and what is missing."""
    odd_alone = result.floor is None and result.loss_magnetic is not None  # then all other losses are those of moments
    reached = losses(result, always=not odd_alone)
    without = beside_floor(result.loss_without_input, result.floor_without_input)
    reached += [
        ("loss without input", "1, whatever the weights" if odd_alone else without),
        ("symmetry of the inputs", group_name(result.input_symmetry)),
        ("symmetry of the child", group_name(result.isotropy_subgroup)),
    ]
    return [
        _given(result.given),
        Facts("Reached", tuple(reached)),
        given_fields_text.explained(result.targets),
        Lines("Missing", tuple(joined(labels) for labels in result.missing)),
    ]


def _given(given: Iterable[GivenInput]) -> Table:
    headings = ("input", "irreps", "k", "*direction", "carrier", "?group", "in the child", "needed")
    lines = (
        (
            one.name, " ".join(one.irreps) or "none", kpoint(one), one.direction, carrier_text(one.carrier),
            group_name(one.isotropy_subgroup), one.active, one.necessary,
        )
        for one in given
    )  # fmt: skip
    return Table.of("Given", headings, lines)
