"""Sections of text of a list of subgroups."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, rows, triple
from curiebreak.report.sections import Facts, Section, Table, columns
from curiebreak.results.basic import group_name
from curiebreak.results.subgroup_records import IrrepSet, SubgroupEntry, SubgroupList

_SETS = 8
"""Sets of one subgroup that are shown; the result holds all."""


def subgroup_sections(result: SubgroupList) -> list[Section]:
    """The subgroups with their sets of irreps, and what else they allow."""
    headings = columns("group", ">size", ">index", "Glazer", "irreps", "?free moments", "?basis", "??origin")
    lines = tuple(line for entry in result.subgroups for line in _lines(entry))
    secondaries = tuple(
        (f"{place} {group_name(entry.isotropy_subgroup)}", also)
        for place, entry in enumerate(result.subgroups, 1)
        if (also := _also_allowed(entry))
    )
    return [Table("Subgroups", headings, lines), Facts("Also allowed, by class of directions", secondaries[:_SETS])]


def _also_allowed(entry: SubgroupEntry) -> str:
    """What the subgroup allows beside the irreps of its sets."""
    named = {name for one in entry.sets for name in one.irreps}
    return " ".join(f"{one.irrep}{one.direction}" for one in entry.allowed if one.irrep not in named)


def _lines(entry: SubgroupEntry) -> list[tuple[str, ...]]:
    found = entry.isotropy_subgroup
    placed = (
        " ".join(f"{site} {count}" for site, count in entry.moments.items()) or MISSING,
        MISSING if found.basis is None else rows(found.basis),
        MISSING if found.origin is None else triple(found.origin),
    )
    name = group_name(found) + (" polar" if entry.polar else "")
    size = MISSING if found.size is None else str(found.size)
    first = (name, size, MISSING if found.index is None else str(found.index), entry.glazer or MISSING)
    lines: list[tuple[str, ...]] = []
    for place, one in enumerate(entry.sets[:_SETS]):
        head, tail = (first, placed) if place == 0 else (("", "", "", ""), ("", "", ""))
        lines.append((*head, spelled_set(one), *tail))
    if len(entry.sets) > _SETS:
        lines.append(("", "", "", "", f"and {len(entry.sets) - _SETS} more", "", "", ""))
    return lines


def spelled_set(one: IrrepSet) -> str:
    """Irreps with their directions; a triad is marked."""
    text = " ⊕ ".join(f"{name}{direction}" for name, direction in zip(one.irreps, one.directions, strict=True))
    return f"{text} (any two)" if one.triad else text
