"""Sections of text of a list of subgroups."""

from __future__ import annotations

from curiebreak.report.numbers import joined, placed
from curiebreak.report.sections import Cell, Facts, Section, Table
from curiebreak.results.basic import group_name
from curiebreak.results.subgroup_records import IrrepSet, SubgroupEntry, SubgroupList

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
    moments = " ".join(f"{site} {count}" for site, count in entry.moments.items())
    sets = [spelled_set(one) for one in entry.sets[:_SETS]]
    if len(entry.sets) > _SETS:
        sets.append(f"and {len(entry.sets) - _SETS} more")
    lines: list[tuple[Cell, ...]] = [("", "", "", "", one, "", "", "") for one in sets]
    polar = " polar" if entry.polar else ""
    lines[:1] = [(f"{name}{polar}", size, index, entry.glazer, one, moments or None, basis, origin) for one in sets[:1]]
    return lines


def spelled_set(one: IrrepSet) -> str:
    """Irreps with their directions; a triad is marked."""
    text = joined(map("".join, zip(one.irreps, one.directions, strict=True)))
    return f"{text} (any two)" if one.triad else text
