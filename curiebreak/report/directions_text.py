"""Directions of irreps: in a column where they fit, else on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from curiebreak.report.numbers import direction
from curiebreak.report.sections import Chapter, Facts
from curiebreak.results import IrrepEntry

_COLUMN = 44
"""Letters of a direction that a column of a table holds; four arms of two numbers."""

_LINE = 84
"""Letters of a line of its own."""


def full_name(entry: IrrepEntry) -> str:
    """Name of an irrep, with the kind of its field unless that is a displacement."""
    return entry.name if entry.kind == "displacement" else f"{entry.name} ({entry.kind})"


def short_direction(entry: IrrepEntry) -> str:
    """What stands in a table: the direction, or where to find it."""
    return "below" if _is_long(entry) else direction(entry)


def directions(entries: Iterable[IrrepEntry]) -> Facts:
    """Directions that no column of a table holds."""
    return Facts(
        "Directions", tuple({full_name(e): _written_out(e) for e in entries if _is_long(e)}.items()), Chapter.MODES, 1
    )


def in_one_domain(entries: Iterable[IrrepEntry]) -> Facts:
    """Terms that build the child again, all in its own domain."""
    built = {full_name(e): "\n".join(f"'{term}'" for term in e.terms) for e in entries if e.terms}
    title = "Terms in the child's own domain (distort --amplitude Ap, --strain)"
    return Facts(title, tuple(built.items()), Chapter.MODES, 14)


def _is_long(entry: IrrepEntry) -> bool:
    return max(map(len, direction(entry).split("\n"))) > _COLUMN


def _written_out(entry: IrrepEntry) -> str:
    """Over several lines, broken between arms."""
    lines = []
    for text in direction(entry).split("\n"):
        line, signs = "", ";|" if re.search("[;|]", text) else ","
        for arm in re.findall(rf"[^{signs}]+[{signs}]?\s*", text.replace(", ", ",")):
            if line and len(line) + len(arm) > _LINE:
                lines.append(line.rstrip())
                line = " "
            line += arm
        lines.append(line.rstrip())
    return "\n".join(lines)
