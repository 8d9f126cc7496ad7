"""Sections of a report: plain structures that a terminal, a page or a PDF can draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from curiebreak.report.numbers import MISSING

T = TypeVar("T")


class Chapter(Enum):
    """Where a section stands in a PDF or HTML report."""

    ANSWER = "Answer"
    MODES = "Modes"
    TRAINING = "Training"
    PROVENANCE = "Provenance"


class OnPaper(Enum):
    """How a section stands on paper, which has little room."""

    SHORT = "its first rows"
    WHOLE = "all of it"
    DRAWN = "not at all: a figure or another section says it"


@dataclass(frozen=True)
class Headline:
    """The answer in one line, with what qualifies it."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """Names with values."""

    title: str
    rows: tuple[tuple[str, str], ...]
    chapter: Chapter | None = None
    rank: int = 0
    """Place in the chapter."""
    paper: OnPaper = OnPaper.SHORT

    @classmethod
    def of(cls, title: str, rows: Iterable[tuple[str, str | None]], *place: Any) -> Facts:
        """What is known of these; `place` is chapter, rank and how it stands on paper."""
        return cls(title, tuple((name, text) for name, text in rows if text is not None), *place)


Cell = str | int | None
"""Of a table: nothing known is a dash, a truth yes or no, a whole number as it is."""


def cell(value: Cell) -> str:
    """A cell as text."""
    if value is None:
        return MISSING
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Column:
    """Heading of a column; numbers stand right, only a `wide` one may be wrapped, and `spare` ones go first."""

    name: str
    right: bool = False
    wide: bool = False
    spare: int = 0


@dataclass(frozen=True)
class Table:
    """Rows under columns; a cell may have several lines."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    chapter: Chapter | None = None
    rank: int = 0
    paper: OnPaper = OnPaper.SHORT
    weighed_by: int | None = None
    """Column of numbers, of which a short table keeps the largest instead of the first."""

    @classmethod
    def of(cls, title: str, headings: Iterable[str], rows: Iterable[Iterable[Cell]], *place: Any) -> Table:
        """A table from names of columns, as :func:`columns` reads them, and cells; `place` as of facts."""
        return cls(title, columns(*headings), tuple(tuple(map(cell, row)) for row in rows), *place)


@dataclass(frozen=True)
class Lines:
    """Free sentences."""

    title: str
    lines: tuple[str, ...]
    chapter: Chapter | None = None
    rank: int = 0
    paper: OnPaper = OnPaper.SHORT
    joined: bool = False
    """Whether they are short, and stand in one line on paper."""


Section = Headline | Facts | Table | Lines


def sections_of(form: Callable[[T], Iterable[Section]], value: T | None) -> Iterable[Section]:
    """What a block of a result says; nothing where the result has no such block."""
    return () if value is None else form(value)


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by name; ``>`` marks numbers, ``*`` those that may be wrapped, ``?`` those a narrow page can do without.

    Of these the ones with the most ``?`` are left out first.
    """
    found = []
    for name in names:
        plain = name.lstrip("?")
        found.append(Column(plain.lstrip(">*"), plain.startswith(">"), plain.startswith("*"), len(name) - len(plain)))
    return tuple(found)


def without_empty_columns(part: Section) -> Section:
    """Drop the columns of a table in which nothing is known."""
    if not isinstance(part, Table):
        return part
    known = [i for i in range(len(part.columns)) if any(row[i] not in (MISSING, "") for row in part.rows)]
    return with_columns(part, known)


def with_columns(part: Table, kept: list[int]) -> Table:
    """The table with the columns of these indices only."""
    rows = tuple(tuple(row[i] for i in kept) for row in part.rows)
    weight = kept.index(part.weighed_by) if part.weighed_by in kept else None
    return replace(part, columns=tuple(part.columns[i] for i in kept), rows=rows, weighed_by=weight)


def has_content(part: Section) -> bool:
    """Tell whether a section has anything to show."""
    if isinstance(part, Headline):
        return bool(part.text)
    return bool(part.lines if isinstance(part, Lines) else part.rows)
