"""What all formats of a report say: title, state, and the sections in their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from curiebreak.report.phonons_text import softest_words
from curiebreak.report.result_text import sections
from curiebreak.report.sections import Chapter, Facts, Headline, Lines, OnPaper, Section, Table
from curiebreak.results import Status
from curiebreak.results.basic import group_name
from curiebreak.results.phonon_records import PhononResult
from curiebreak.results.prediction import Prediction, Training
from curiebreak.results.record import Record

_CITE = (
    "T. Smidt, M. Geiger, B. K. Miller, Phys. Rev. Research 3, L012002 (2021), doi:10.1103/PhysRevResearch.3.L012002 "
    "(the method)",
    "H. T. Stokes, B. J. Campbell, R. Cordes, Acta Cryst. A69, 388 (2013), ISO-IR, iso.byu.edu (irreps and labels)",
    "A. Togo, K. Shinohara, I. Tanaka, Sci. Technol. Adv. Mater.: Methods 4, 2384822 (2024), spglib (space groups)",
    "M. Geiger, T. Smidt, e3nn: Euclidean Neural Networks, arXiv:2207.09453 (the network)",
)

_PHONON_CITE = (
    *_CITE[1:3],
    "A. Togo, L. Chaput, T. Tadano, I. Tanaka, J. Phys.: Condens. Matter 35, 353001 (2023), phonopy (force constants)",
)

_PAIR = ("parent", "child")


def provenance(result: Record) -> list[Facts | Lines]:
    """What somebody needs who wants to repeat the run.

    Parameters
    ----------
    result : Record

    Returns
    -------
    list of Facts and Lines
    """
    forces, cite = (result.file, _PHONON_CITE) if isinstance(result, PhononResult) else (None, _CITE)
    # 0 is a choice, though it equals False
    chosen = {name: v for name, v in result.options.items() if v is not False and v not in (None, [], ())}
    made = (
        ("command", f"curiebreak {result.command}"),
        ("versions", ", ".join(f"{name} {value}" for name, value in result.versions.items())),
        ("force constants", forces),
        *((f"SHA-256 of the {name}", getattr(getattr(result, name, None), "sha256", None)) for name in _PAIR),
        ("options", ", ".join(f"{name} {_said(value)}" for name, value in chosen.items())),
    )
    return [
        Facts("How it was made", tuple((name, text) for name, text in made if text), Chapter.PROVENANCE, 2),
        Lines("To cite", cite, Chapter.PROVENANCE, 3, OnPaper.WHOLE),
    ]


def _said(value: Any) -> str:
    """The value of an option as words: no brackets, no `True`."""
    if value is True:
        return "yes"
    if isinstance(value, (list, tuple)):
        return " ".join(map(_said, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={_said(one)}" for name, one in value.items())
    return str(value)


@dataclass(frozen=True)
class Content:
    """A result's text, by chapter; the headline is the title where a result has no answer in one line."""

    title: str
    mark: str
    headline: Headline
    answer: tuple[Section, ...]
    modes: tuple[Section, ...]
    training: tuple[Section, ...]
    rest: tuple[Section, ...]


def content(result: Record, *, whole: bool = False, level: int = 0) -> Content:
    """Sort the sections of a result into chapters.

    Parameters
    ----------
    result : Record
        Of any command.
    whole : bool
        Keep everything at full length.
    level : int
        From 0 to ``LEVELS - 1``: how much is left out where there is too much for a few pages.
    """
    chapters: dict[Chapter, list[Facts | Table | Lines]] = {chapter: [] for chapter in Chapter}
    headline = Headline(softest_words(result) if isinstance(result, PhononResult) else "")
    for part in sections(result):
        if isinstance(part, Headline):
            headline = part
        elif whole or part.paper is not OnPaper.DRAWN:
            chapters[part.chapter or Chapter.ANSWER].append(part if whole else _shortened(part, _LIMITS[level]))
    chapters[Chapter.PROVENANCE] += provenance(result)
    mark, note = "", headline.note
    if result.status is not Status.OK:
        mark = f"{result.status.value.replace('_', ' ')}: {result.advice}"
        note = "" if note == result.advice else note
    ordered = (tuple(sorted(chapters[chapter], key=lambda part: part.rank)) for chapter in Chapter)
    title = title_of(result)
    return Content(title, mark, Headline(headline.text or title, note), *ordered)


def title_of(result: Record) -> str:
    """Formula and the two groups, such as ``LaMnO3: Pm-3m (221) to Pnma (62)``; of one structure, what was asked."""
    parent, child = (getattr(result, name, None) for name in _PAIR)
    above, below = (group_name(one, "unknown group") for one in (parent, child))
    if isinstance(result, Prediction):
        return f"{result.formula}, predicted"
    if isinstance(result, Training):
        return f"{result.model.name}, trained on distortions of {above}"
    if child is not None and not isinstance(result, PhononResult):
        return f"{child.formula}: {below}, no parent" if parent is None else f"{child.formula}: {above} to {below}"
    return f"{parent.formula}: {result.command} of {above}" if parent is not None else result.command


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


def _shortened(part: Facts | Table | Lines, limits: _Limits) -> Facts | Table | Lines:
    if part.paper is OnPaper.WHOLE:
        return part
    if isinstance(part, Table):
        return _short_table(part, limits)
    if isinstance(part, Facts):
        kept, hidden = part.rows[: limits.facts], len(part.rows) - limits.facts
        return replace(part, rows=(*kept, ("more", f"{hidden}, see the JSON"))) if hidden > 0 else part
    most = limits.sets if part.joined else limits.lines
    hidden = len(part.lines) - most
    lines = (*part.lines[:most], *([f"and {hidden} more, see the JSON"] if hidden > 0 else []))
    return replace(part, lines=(";  ".join(lines),) if part.joined else lines)


def _short_table(part: Table, limits: _Limits) -> Table:
    rows, weight = list(part.rows), part.weighed_by
    most, kept = (limits.rows, f"first {limits.rows}") if weight is None else (limits.modes, f"{limits.modes} largest")
    title = part.title if len(rows) <= most else f"{part.title} (the {kept} of {len(rows)})"
    if weight is not None and len(rows) > most:
        rows.sort(key=lambda row: -abs(float(row[weight])))
    columns = [column.name for column in part.columns]
    if not limits.numbers and "direction" in columns:  # without the numbers below its letters
        place = columns.index("direction")
        rows = [(*row[:place], row[place].split("\n")[0], *row[place + 1 :]) for row in rows]
    return replace(part, title=title, rows=tuple(rows[:most]))
