"""Sections of text of any result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from curiebreak.report.numbers import joined, listed, placed
from curiebreak.report.parent_text import direction_sections, distort_sections, irrep_sections, parent_facts
from curiebreak.report.parents_text import candidate_sections
from curiebreak.report.phonons_text import phonon_sections
from curiebreak.report.prediction_text import prediction_sections, training_sections
from curiebreak.report.sections import (
    Cell,
    Chapter,
    Facts,
    Lines,
    Section,
    Table,
    has_content,
    without_empty_columns,
)
from curiebreak.report.series_text import series_sections
from curiebreak.report.symmetry_check import check_sections, hidden_sections
from curiebreak.report.text import pair_sections
from curiebreak.results import Certification, Document, Finding
from curiebreak.results.basic import group_name, sentence
from curiebreak.results.check import SymmetryCheck
from curiebreak.results.field_recovery import HiddenFieldResult
from curiebreak.results.parent_records import DirectionList, DistortResult, IrrepList
from curiebreak.results.parents import ParentSearch
from curiebreak.results.phonon_records import PhononResult
from curiebreak.results.prediction import Prediction, Training
from curiebreak.results.record import Record
from curiebreak.results.subgroup_records import IrrepSet, SubgroupEntry, SubgroupList
from curiebreak.results.tracking import TrackResult

_SETS = 8
"""Sets of one subgroup that are shown; the result holds all."""


def subgroup_sections(result: SubgroupList) -> list[Section]:
    """The subgroups with their sets of irreps, and what else they allow."""
    headings = ("group", ">size", ">index", "Glazer", "irreps", "?free moments", "?basis", "??origin")
    lines = (line for entry in result.subgroups for line in _lines(entry))
    secondaries = tuple(
        (f"{place} {group_name(entry.isotropy_subgroup)}", also)
        for place, entry in enumerate(result.subgroups, 1)
        if (also := _also_allowed(entry))
    )
    return [Table.of("Subgroups", headings, lines), Facts("Also allowed, by class of directions", secondaries[:_SETS])]


def _also_allowed(entry: SubgroupEntry) -> str:
    """What the subgroup allows beside the irreps of its sets."""
    named = {name for one in entry.sets for name in one.irreps}
    return " ".join(f"{one.irrep}{one.direction}" for one in entry.allowed if one.irrep not in named)


def _lines(entry: SubgroupEntry) -> list[tuple[Cell, ...]]:
    """A line for each set of irreps; what they have in common stands in the first."""
    name, basis, origin, size, index = placed(entry.isotropy_subgroup)
    moments = listed(" ", (f"{site} {count}" for site, count in entry.moments.items()))
    sets = [spelled_set(one) for one in entry.sets[:_SETS]]
    if len(entry.sets) > _SETS:
        sets.append(f"and {len(entry.sets) - _SETS} more")
    lines: list[tuple[Cell, ...]] = [("", "", "", "", one, "", "", "") for one in sets]
    polar = " polar" if entry.polar else ""
    lines[:1] = [(f"{name}{polar}", size, index, entry.glazer, one, moments, basis, origin) for one in sets[:1]]
    return lines


def spelled_set(one: IrrepSet) -> str:
    """Irreps with their directions; a triad is marked."""
    text = joined(map("".join, zip(one.irreps, one.directions, strict=True)))
    return f"{text} (any two)" if one.triad else text


_OWN: dict[type[Record], Callable[[Any], list[Section]]] = {
    Document: pair_sections,
    SymmetryCheck: check_sections,
    HiddenFieldResult: hidden_sections,
    IrrepList: irrep_sections,
    DirectionList: direction_sections,
    SubgroupList: lambda result: [parent_facts(result), *subgroup_sections(result)],
    PhononResult: lambda result: [parent_facts(result), *phonon_sections(result)],
    DistortResult: distort_sections,
    TrackResult: series_sections,
    ParentSearch: candidate_sections,
    Prediction: prediction_sections,
    Training: training_sections,
}
_TIMED = (Document, SymmetryCheck, HiddenFieldResult)
"""Results that say how long they took; those about a parent alone do not."""


def sections(result: Record) -> list[Section]:
    """Sections of a result, in the order in which they are read; empty ones are left out.

    Parameters
    ----------
    result : Record
        Of any command.

    Returns
    -------
    list of Headline, Facts, Table and Lines
    """
    parts = next(own for kind, own in _OWN.items() if isinstance(result, kind))(result)
    run = [_run(result)] if isinstance(result, _TIMED) else []
    parts = [*parts, *run, Lines("Messages", tuple(map(sentence, result.messages)), Chapter.PROVENANCE, 1)]
    return [without_empty_columns(part) for part in parts if has_content(part)]


def _run(result: Record) -> Facts:
    facts = [("status", result.status.value.replace("_", " "))]
    if isinstance(result, (Finding, Certification)):
        facts += [("seed", str(result.seed)), ("device", result.device)]
    if "total" in result.seconds:
        phases = ", ".join(f"{name} {value:.2f}" for name, value in result.seconds.items() if name != "total")
        facts.append(("seconds", f"{result.seconds['total']:.2f}" + (f" ({phases})" if phases else "")))
    return Facts("Run", tuple(facts), Chapter.PROVENANCE, 0)
