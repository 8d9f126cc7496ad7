"""The report as one HTML file that needs nothing else: figures inside, tables that sort."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

from matplotlib.figure import Figure

from curiebreak.report.canvas import drawn_pieces, figure_bytes
from curiebreak.report.content import content
from curiebreak.report.html_parts import PAGE, SCRIPT, STYLE
from curiebreak.report.interactive_html import interactive_chapter
from curiebreak.report.report_panels import panels_of
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table
from curiebreak.results.record import Record

_MOST_PIECES = 1200
"""Figures of more polygons are pixels, the others vectors."""


def html_text(result: Record) -> str:
    """The whole page as text."""
    words = content(result, whole=True)
    title = "" if words.headline.text == words.title else f"<p>{escape(words.title)}</p>"
    body = [f"<header>{title}<h1>{escape(words.headline.text)}</h1>"]
    if words.headline.note:
        body.append(f"<p>{escape(words.headline.note)}</p>")
    body.append("</header>")
    if words.mark:
        body.append(f'<p class="mark" role="alert">{escape(words.mark)}</p>')
    body.append(_chapter(Chapter.ANSWER, words.answer, result))
    body.append(interactive_chapter(result))
    body.append(_chapter(Chapter.MODES, words.modes, result))
    body.append(_chapter(Chapter.TRAINING, words.training, result))
    body.append(_chapter(Chapter.PROVENANCE, words.rest, result))
    return PAGE.format(title=escape(words.title), style=STYLE, script=SCRIPT, body="\n".join(body))


def _chapter(chapter: Chapter, parts: tuple[Section, ...], result: Record) -> str:
    panels = panels_of(result, chapter)
    if not parts and not panels:
        return ""
    pictures = "".join(figure_html(panel.caption, panel.figure(result)) for panel in panels)
    shown = "".join(map(section_html, parts))
    return f'<section><h2>{chapter.value}</h2><div class="figures">{pictures}</div>{shown}</section>'


def figure_html(name: str, figure: Figure) -> str:
    """A figure inside the page, with its name below."""
    if drawn_pieces(figure) > _MOST_PIECES:
        return picture_html(name, figure, "png", figure_bytes(figure, "png", dpi=160))
    return picture_html(name, figure, "svg+xml", figure_bytes(figure, "svg", salt=name))


def picture_html(name: str, figure: Figure, kind: str, data: bytes) -> str:
    """A picture of a figure as wide as the figure is, with its name below."""
    label = escape(name, quote=True)
    width = round(96 * figure.get_size_inches()[0])
    image = f'<img alt="{label}" width="{width}" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'
    return f"<figure>{image}<figcaption>{label}</figcaption></figure>"


def section_html(part: Section) -> str:
    """A section of text as HTML."""
    if isinstance(part, Headline):
        return f"<p>{_cell(part.text)}</p>"
    heading = f"<h3>{escape(part.title)}</h3>"
    if isinstance(part, Facts):
        return heading + facts_html(part.rows)
    if isinstance(part, Table):
        return heading + _table(part)
    return heading + "<ul>" + "".join(f"<li>{_cell(line)}</li>" for line in part.lines) + "</ul>"


def facts_html(facts: Iterable[tuple[str, str]]) -> str:
    """Names beside what they are."""
    rows = "".join(f'<tr><th scope="row">{_cell(name)}</th><td>{_cell(text)}</td></tr>' for name, text in facts)
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


def _table(part: Table) -> str:
    sides = [' class="number"' if column.right else "" for column in part.columns]
    head = "".join(
        f'<th scope="col"{side}><button type="button">{escape(c.name)}</button></th>'
        for c, side in zip(part.columns, sides, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{side}>{_cell(cell)}</td>" for cell, side in zip(row, sides, strict=True)) + "</tr>"
        for row in part.rows
    )
    rows = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table class="sortable">{rows}</table></div>'


def _cell(text: str) -> str:
    return escape(text).replace("\n", "<br>")
