"""Sections of text of a ``certify`` result."""

from __future__ import annotations

from collections.abc import Iterable

from curiebreak.report import given_fields_text
from curiebreak.report.numbers import MISSING, beside_floor, carrier_text, kpoint, losses
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table, columns
from curiebreak.results import Certification, GivenInput, Status
from curiebreak.results.basic import group_name


def answer(result: Certification) -> Headline:
    """The verdict in one line."""
    names = " ⊕ ".join(one.name for one in result.given)
    if result.status is Status.NOTHING_TO_BREAK:
        return Headline("nothing to break", result.status.advice)
    if result.status is Status.INTERRUPTED:
        return Headline(names, result.status.advice)
    if result.sufficient is None:
        return Headline(f"{names}: not settled", result.status.advice)
    note = _dispensable(result)
    if not result.sufficient:
        options = " or ".join(" ⊕ ".join(labels) for labels in result.missing[:3])
        notes = [f"add {options}" if options else "", note]
        return Headline(f"{names}: not sufficient", "\n".join(n for n in notes if n))
    if note:
        return Headline(f"{names}: sufficient", note)
    return Headline(f"{names}: sufficient, and {'each is ' if len(result.given) > 1 else ''}needed")


def _dispensable(result: Certification) -> str:
    """Which inputs can be left out, one at a time."""
    names = result.superfluous
    if len(names) < 2:
        return f"{names[0]} is not needed" if names else ""
    return f"any one of {', '.join(names)} can be left out"


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
        *given_fields_text.explained(result.targets),
        Lines("Missing", tuple(" ⊕ ".join(labels) for labels in result.missing)),
    ]


def _given(given: Iterable[GivenInput]) -> Table:
    headings = columns("input", "irreps", "k", "*direction", "carrier", "?group", "in the child", "needed")
    lines = []
    for one in given:
        needed = MISSING if one.necessary is None else ("yes" if one.necessary else "no")
        lines.append(
            (
                one.name,
                " ".join(one.irreps) or "none",
                kpoint(one),
                one.direction or MISSING,
                carrier_text(one.carrier),
                group_name(one.isotropy_subgroup),
                "yes" if one.active else "no",
                needed,
            )
        )
    return Table("Given", headings, tuple(lines))
