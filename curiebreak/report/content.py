"""What all formats of a report say: title, state, and the sections in their order."""

from __future__ import annotations

from dataclasses import dataclass

from curiebreak.report.numbers import group
from curiebreak.report.parent_text import parent_sections
from curiebreak.report.provenance import provenance
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table
from curiebreak.report.text import sections
from curiebreak.results import Decomposition, Finding, Intermediates, Status, StructureSummary
from curiebreak.results.parents import ParentSearch

Report = Finding | Decomposition | Intermediates | ParentSearch

_ANSWER = (
    "Pair", "Order parameters", "Irreps", "Certificates", "Parents compared", "Total", "Intermediate", "Input", "Path",
    "Groups that the distortion can pass through", "Growth of the secondaries", "Child", "Parents", "Candidates",
    "What the numbers mean", "Irreps of the first two", "Remarks",
)  # fmt: skip
_MODES = (
    "What follows", "Labels at other origins", "Driven by", "Symmetry", "Octahedral tilts", "Mapping", "Alternatives",
    "Minimal sets", "Modes",
)  # fmt: skip
_TRAINING = (
    "Without symmetry breaking", "How training chose", "Choice", "Learned directions",
    "Told nothing of the child's symmetry", "Learned against exact", "What the network answers without input",
    "Signals",
)  # fmt: skip
_DRAWN = ("The child's group against tolerance", "Without symmetry breaking")
"""Left out on paper: the first is a figure there, the second a line of the certificates."""


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


def content(result: Report, *, whole: bool = False, level: int = 0) -> Content:
    """Sort the sections of a result into chapters.

    Parameters
    ----------
    result : Finding, Decomposition, Intermediates or ParentSearch
    whole : bool
        Keep everything at full length.
    level : int
        From 0 to ``LEVELS - 1``: how much is left out where there is too much for a few pages.
    """
    chapters: dict[str, list[Section]] = {"answer": [], "modes": [], "training": [], "rest": []}
    headline = Headline("")
    for part in parent_sections(result) if isinstance(result, ParentSearch) else sections(result):
        if isinstance(part, Headline):
            headline = part
            continue
        if not whole and part.title in _DRAWN:
            continue
        chapters[_chapter(part.title)].append(part if whole else _shortened(part, _LIMITS[level]))
    chapters["answer"].sort(key=lambda p: _place(_ANSWER, _title(p)))
    chapters["modes"].sort(key=lambda p: _place(_MODES, _title(p)))
    rest = (*chapters["rest"], *provenance(result))
    mark = "" if result.status is Status.OK else f"{result.status.value.replace('_', ' ')}: {result.status.advice}"
    note = "" if mark and headline.note == result.status.advice else headline.note
    answer, modes, training = (tuple(chapters[name]) for name in ("answer", "modes", "training"))
    return Content(title_of(result), mark, Headline(headline.text, note), answer, modes, training, rest)


def title_of(result: Report) -> str:
    """Formula and the two groups, such as ``LaMnO3: Pm-3m (221) to Pnma (62)``."""
    if isinstance(result, ParentSearch) and not result.candidates:
        return f"{result.child.formula}: {_group(result.child)}, no parent"
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


@dataclass(frozen=True)
class _Limits:
    """How much of what paper shows; the HTML shows all."""

    modes: int
    rows: int
    sets: int
    lines: int
    facts: int
    numbers: bool = True
    """Whether directions stand in numbers below their letters."""


_LIMITS = (
    _Limits(40, 120, 24, 12, 24),
    _Limits(24, 24, 16, 8, 16),
    _Limits(12, 16, 8, 6, 12, False),
    _Limits(6, 10, 4, 4, 8, False),
    _Limits(4, 6, 2, 2, 6, False),
)
LEVELS = len(_LIMITS)


def _shortened(part: Section, limits: _Limits) -> Section:
    if isinstance(part, Table):
        return _short_table(part, limits)
    if isinstance(part, Lines) and part.title in ("Alternatives", "Minimal sets"):
        hidden = len(part.lines) - limits.sets
        more = [f"and {hidden} more, see the JSON"] if hidden > 0 else []
        return Lines(part.title, (";  ".join([*part.lines[: limits.sets], *more]),))
    if isinstance(part, Lines) and len(part.lines) > limits.lines and part.title != "To cite":
        more = [f"and {len(part.lines) - limits.lines} more, see the JSON"]
        return Lines(part.title, (*part.lines[: limits.lines], *more))
    if isinstance(part, Facts) and len(part.rows) > limits.facts:
        hidden = len(part.rows) - limits.facts
        return Facts(part.title, (*part.rows[: limits.facts], ("more", f"{hidden}, see the JSON")))
    return part


def _short_table(part: Table, limits: _Limits) -> Table:
    if part.title == "Modes" and len(part.rows) > limits.modes:
        rows = sorted(part.rows, key=lambda row: -abs(float(row[1])))[: limits.modes]
        return Table(f"Modes (the {limits.modes} largest of {len(part.rows)})", part.columns, tuple(rows))
    title, kept = part.title, part.rows
    if not limits.numbers:
        places = [i for i, column in enumerate(part.columns) if column.name == "direction"]
        kept = tuple(tuple(_letters(cell) if i in places else cell for i, cell in enumerate(row)) for row in kept)
    if len(kept) > limits.rows:
        title, kept = f"{title} (the first {limits.rows} of {len(kept)})", kept[: limits.rows]
    return Table(title, part.columns, kept)


def _letters(direction: str) -> str:
    """A direction without the numbers below it."""
    return direction.split("\n")[0]
