"""Fields that were to be explained or given beside the learned input, and inputs of a run that was stopped."""

from __future__ import annotations

from collections.abc import Sequence

from curiebreak.report.numbers import MISSING, relative
from curiebreak.report.sections import Chapter, Facts, Section, Table, columns
from curiebreak.results import Finding, IsotropySubgroup, TargetResult
from curiebreak.results.basic import group_symbol


def sections(result: Finding) -> list[Section]:
    """What was to be explained, what was given with the group that it leaves, and what a stopped run held."""
    found: list[Section] = explained(result.targets)
    if result.given:
        headings = columns("given", "kind", "per", "as", "*irreps", "leaves")
        rows = tuple(
            (
                one.name,
                one.kind,
                one.per,
                " + ".join(one.o3_irreps) or MISSING,
                ", ".join(one.irreps) or MISSING,
                _group(one.isotropy_subgroup),
            )
            for one in result.given
        )
        found.append(Table("Given fields", headings, rows, Chapter.ANSWER, 1))
        found.append(Facts("Left by them", (("group", _group(result.remaining_group)),), Chapter.ANSWER, 2))
    if result.partial:
        held = (("irreps in the input", ", ".join(result.partial)), ("settled", "no: the run was stopped"))
        found.append(Facts("On the way", held, Chapter.ANSWER, 3))
    return found


def explained(targets: Sequence[TargetResult]) -> list[Section]:
    """Fields that were to be explained; nothing where there were none."""
    headings = columns("field", "kind", "per", "parts", ">loss without", ">floor", ">loss", ">floor with it")
    rows = tuple(
        (
            one.name,
            one.kind,
            one.per,
            ", ".join(dict.fromkeys(one.o3_irreps)),
            relative(one.loss_without_input),
            relative(one.floor_without_input),
            relative(one.loss),
            relative(one.floor),
        )
        for one in targets
    )
    return [Table("Fields to explain", headings, rows, Chapter.ANSWER, 1)] if rows else []


def _group(found: IsotropySubgroup | None) -> str:
    if found is None:
        return MISSING
    return f"{group_symbol(found)}, index {found.index}"
