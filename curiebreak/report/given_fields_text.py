"""Fields that were to be explained or given beside the learned input, and inputs of a run that was stopped."""

from __future__ import annotations

from collections.abc import Sequence

from curiebreak.report.numbers import known, listed, relative
from curiebreak.report.sections import Chapter, Facts, Section, Table
from curiebreak.results import Finding, IsotropySubgroup, TargetResult
from curiebreak.results.basic import group_symbol


def sections(result: Finding) -> list[Section]:
    """What was to be explained, what was given with the group that it leaves, and what a stopped run held."""
    headings = ("given", "kind", "per", "as", "*irreps", "leaves")
    rows = (
        (
            one.name, one.kind, one.per, listed(" + ", one.o3_irreps), listed(", ", one.irreps),
            known(_group, one.isotropy_subgroup),
        )
        for one in result.given
    )  # fmt: skip
    left = (("group", known(_group, result.remaining_group)),)
    held = (("irreps in the input", ", ".join(result.partial)), ("settled", "no: the run was stopped"))
    return [
        explained(result.targets),
        Table.of("Given fields", headings, rows, Chapter.ANSWER, 1),
        Facts.of("Left by them", left, Chapter.ANSWER, 2),
        Facts("On the way", held if result.partial else (), Chapter.ANSWER, 3),
    ]


def explained(targets: Sequence[TargetResult]) -> Table:
    """Fields that were to be explained."""
    headings = ("field", "kind", "per", "parts", ">loss without", ">floor", ">loss", ">floor with it")
    rows = (
        (
            one.name, one.kind, one.per, ", ".join(dict.fromkeys(one.o3_irreps)),
            *map(relative, (one.loss_without_input, one.floor_without_input, one.loss, one.floor)),
        )
        for one in targets
    )  # fmt: skip
    return Table.of("Fields to explain", headings, rows, Chapter.ANSWER, 1)


def _group(found: IsotropySubgroup) -> str:
    return f"{group_symbol(found)}, index {found.index}"
