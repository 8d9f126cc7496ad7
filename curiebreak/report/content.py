"""What all formats of a report say: title, state, and the sections in their order."""

from __future__ import annotations

from dataclasses import dataclass

from curiebreak.report.numbers import group
from curiebreak.report.provenance import provenance
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table
from curiebreak.report.text import sections
from curiebreak.results import Decomposition, Finding, Status, StructureSummary

Report = Finding | Decomposition

_ANSWER = ("Pair", "Order parameters", "Irreps", "Certificates", "Total")
_MODES = (
    "What follows", "Labels at other origins", "Driven by", "Symmetry", "Octahedral tilts", "Mapping", "Alternatives",
    "Minimal sets", "Modes",
)  # fmt: skip
_TRAINING = ("Without symmetry breaking", "Learned against exact", "What the network answers without input", "Signals")
_DRAWN = ("The child's group against tolerance", "Without symmetry breaking")
"""Left out on paper: the first is a figure there, the second a line of the certificates."""
_MODES_SHOWN = 40
_LONG_LINES = 12
_MANY_SETS = 24
_LONG_FACTS = 24


@dataclass(frozen=True)
class Content:
    """A result's text, by chapter."""

    title: str
    mark: str
    headline: Headline
    answer: tuple[Section, ...]
    modes: tuple[Section, ...]
    training: tuple[Section, ...]
    rest: tuple[Section, ...]


def content(result: Report, *, whole: bool = False) -> Content:
    """Sort the sections of a result into chapters; `whole` keeps tables at full length."""
    chapters: dict[str, list[Section]] = {"answer": [], "modes": [], "training": [], "rest": []}
    headline = Headline("")
    for part in sections(result):
        if isinstance(part, Headline):
            headline = part
            continue
        if not whole and part.title in _DRAWN:
            continue
        chapters[_chapter(part.title)].append(part if whole else _shortened(part))
    chapters["answer"].sort(key=lambda p: _place(_ANSWER, _title(p)))
    chapters["modes"].sort(key=lambda p: _place(_MODES, _title(p)))
    rest = (*chapters["rest"], *provenance(result))
    mark = "" if result.status is Status.OK else f"{result.status.value.replace('_', ' ')}: {result.status.advice}"
    note = "" if mark else headline.note
    answer, modes, training = (tuple(chapters[name]) for name in ("answer", "modes", "training"))
    return Content(title_of(result), mark, Headline(headline.text, note), answer, modes, training, rest)


def title_of(result: Report) -> str:
    """Formula and the two groups, such as ``LaMnO3: Pm-3m (221) to Pnma (62)``."""
    return f"{result.child.formula}: {_group(result.parent)} to {_group(result.child)}"


def _group(summary: StructureSummary) -> str:
    return group(summary.space_group, summary.point_group or "unknown group")


def _title(part: Section) -> str:
    return "" if isinstance(part, Headline) else part.title


def _chapter(title: str) -> str:
    for name, titles in (("answer", _ANSWER), ("modes", _MODES), ("training", _TRAINING)):
        if any(title == one or title.startswith(f"{one} (") for one in titles):
            return name
    return "rest"


def _place(titles: tuple[str, ...], title: str) -> int:
    return next((i for i, one in enumerate(titles) if title.startswith(one)), len(titles))


def _shortened(part: Section) -> Section:
    if isinstance(part, Table) and part.title == "Modes" and len(part.rows) > _MODES_SHOWN:
        rows = sorted(part.rows, key=lambda row: -abs(float(row[1])))[:_MODES_SHOWN]
        return Table(f"Modes (the {_MODES_SHOWN} largest of {len(part.rows)})", part.columns, tuple(rows))
    if isinstance(part, Lines) and part.title in ("Alternatives", "Minimal sets"):
        hidden = len(part.lines) - _MANY_SETS
        more = [f"and {hidden} more, see the JSON"] if hidden > 0 else []
        return Lines(part.title, (";  ".join([*part.lines[:_MANY_SETS], *more]),))
    if isinstance(part, Lines) and len(part.lines) > _LONG_LINES:
        more = [f"and {len(part.lines) - _LONG_LINES} more, see the JSON"]
        return Lines(part.title, (*part.lines[:_LONG_LINES], *more))
    if isinstance(part, Facts) and len(part.rows) > _LONG_FACTS:
        return Facts(part.title, (*part.rows[:_LONG_FACTS], ("more", f"{len(part.rows) - _LONG_FACTS}, see the JSON")))
    return part
