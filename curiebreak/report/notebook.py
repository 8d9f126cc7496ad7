"""A result as a notebook shows it: a few lines of text, or tables with a figure."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

from curiebreak.report.result_text import sections
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table
from curiebreak.results import PairDocument
from curiebreak.results.record import Record

_LINES, _WIDTH = 24, 100
"""A screen."""

_SHOWN = 3
"""Tables on the page of a result; the report has all of them."""


def summary(result: Record) -> str:
    """At most 24 lines of 100 characters: the answer, the pair, the first table."""
    name = type(result).__name__
    try:
        parts = _chosen(sections(result))
    except (AttributeError, TypeError, StopIteration):  # a result that is not whole, as a debugger may show it
        return f"<{name}>"
    lines: list[str] = [name]
    for part in parts:
        if isinstance(part, Headline):
            lines = [f"{name}: {part.text}"]
        elif isinstance(part, Facts):
            lines += [f"  {name}  {text}" for name, text in part.rows]
        elif isinstance(part, Table):
            lines += [f"{part.title}", *_rows(part)]
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], "  ... all of it: .to_dict(), .to_frame()"]
    return _cut(lines)


def _cut(lines: list[str]) -> str:
    """As much of the lines as a screen is wide."""
    return "\n".join(line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..." for line in lines)


def page(result: Record) -> str:
    """HTML: the answer, its tables and a figure."""
    from curiebreak.report.html import section_html

    parts = [section_html(part) for part in _chosen(sections(result), _SHOWN)]
    body = re.sub(r"</?button[^>]*>", "", "".join(parts))
    return f"<div><b>{escape(type(result).__name__)}</b>{body}{_picture(result)}</div>"


def _chosen(parts: list[Section], tables: int = 1) -> list[Section]:
    """Headline, the pair and the first tables of the answer."""
    heads = [part for part in parts if isinstance(part, Headline)][:1]
    facts = [p for p in parts if isinstance(p, Facts) and p.title in ("Pair", "Parent", "Child", "System", "Input")][:1]
    found = [part for part in parts if isinstance(part, Table)]
    first = [part for part in found if part.chapter is Chapter.ANSWER] or found
    return [*heads, *facts, *first[:tables]]


def _rows(part: Table) -> list[str]:
    """The table with as many columns as find room, cells in one line."""
    order = sorted(range(len(part.columns)), key=lambda i: part.columns[i].spare)
    cells = [[c.name for c in part.columns], *([cell.replace("\n", " ") for cell in row] for row in part.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    kept: list[int] = []
    room = _WIDTH - 2
    for index in order:
        if not kept or widths[index] + 2 <= room:
            kept.append(index)
            room -= widths[index] + 2
    return ["  " + "  ".join(row[i].ljust(widths[i]) for i in sorted(kept)).rstrip() for row in cells]


def _picture(result: Record) -> str:
    """A figure of the results that have one."""
    from curiebreak.report.html import figure_html
    from curiebreak.report.report_panels import AMPLITUDES, panels_of

    if isinstance(result, PairDocument):
        panels = [AMPLITUDES] if result.mapping is not None else []
    else:
        panels = panels_of(result, Chapter.ANSWER)
    return figure_html(panels[0].caption, panels[0].figure(result)) if panels else ""


def series_summary(series: Any) -> str:
    """A tracked series in a few lines."""
    return summary(series.report)


def series_page(series: Any) -> str:
    """A tracked series: its tables, and its curves against frame or column."""
    from curiebreak.report.html import figure_html
    from curiebreak.report.series_figure import series_figure

    figure = figure_html("order parameters through the series", series_figure(series))
    return f"<div>{page(series.report)}{figure}</div>"


def store_summary(path: Any) -> str:
    """The summary of a scan's store in a few lines."""
    from curiebreak.scan.digest import digest

    found = digest(Path(path))
    lines = [f"StoreTable: {found.name}", *(f"  {name}  {value}" for name, value in found.facts)]
    return _cut(lines[:_LINES])


def store_page(path: Any) -> str:
    """The summary of a scan's store: its tables and figures."""
    from curiebreak.report.scan_page import scan_body
    from curiebreak.scan.digest import digest

    return f"<div><b>StoreTable</b>{re.sub(r'</?button[^>]*>', '', scan_body(digest(Path(path)), _SHOWN))}</div>"
