"""The report as one HTML file that needs nothing else: figures inside, tables that sort."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape

from matplotlib.figure import Figure

from curiebreak.report import figures
from curiebreak.report.canvas import figure_bytes
from curiebreak.report.content import Report, content
from curiebreak.report.html_parts import PAGE, SCRIPT, STYLE
from curiebreak.report.sections import Facts, Headline, Section, Table
from curiebreak.results import Finding

_LARGEST_SVG = 400_000


def html_text(result: Report) -> str:
    """The whole page as text."""
    words = content(result, whole=True)
    finding = result if isinstance(result, Finding) else None
    body = [f"<header><p>{escape(words.title)}</p><h1>{escape(words.headline.text)}</h1>"]
    if words.headline.note:
        body.append(f"<p>{escape(words.headline.note)}</p>")
    body.append("</header>")
    if words.mark:
        body.append(f'<p class="mark" role="alert">{escape(words.mark)}</p>')
    body.append(_chapter("Answer", words.answer, _answer_figures(finding)))
    body.append(_chapter("Modes", words.modes, _mode_figures(result)))
    if finding is not None:
        body.append(_chapter("Training", words.training, _training_figures(finding)))
    body.append(_chapter("Provenance", words.rest, ()))
    return PAGE.format(title=escape(words.title), style=STYLE, script=SCRIPT, body="\n".join(body))


_Named = tuple[str, Callable[[], Figure]]


def _answer_figures(finding: Finding | None) -> tuple[_Named, ...]:
    if finding is None or finding.structures is None:
        return ()
    pair = ("Parent with displacement arrows, and child", lambda: figures.structures(finding))
    if not finding.breaking_input:
        return (pair,)
    return pair, ("The learned order parameter on its carriers", lambda: figures.order_parameter(finding))


def _mode_figures(result: Report) -> tuple[_Named, ...]:
    shown: list[_Named] = [
        ("Mode amplitudes", lambda: figures.amplitudes(result)),
        ("From parent to child", lambda: figures.groups(result)),
    ]
    if result.mapping is not None and result.mapping.strain is not None:
        shown.append(("Strain in the parent's frame", lambda: figures.strain(result)))
    if result.tolerance_ladder:
        shown.append(("The child's group against tolerance", lambda: figures.ladder(result)))
    if result.glazer is not None:
        shown.append(("Octahedral tilts", lambda: figures.tilts(result)))
    return tuple(shown)


def _training_figures(finding: Finding) -> tuple[_Named, ...]:
    shown: list[_Named] = []
    if finding.trace is not None and any(finding.trace.loss):
        shown.append(("Losses and norms of the input's blocks", lambda: figures.training(finding)))
        if finding.trace.snapshots and finding.structures:
            shown.append(("Input and output during the training", lambda: figures.snapshots(finding)))
    if finding.signals is not None and finding.signals.sites:
        shown.append(("What the network answers without input", lambda: figures.signals(finding)))
    return tuple(shown)


def _chapter(title: str, parts: tuple[Section, ...], drawn: tuple[_Named, ...]) -> str:
    pictures = "".join(_figure(name, make()) for name, make in drawn)
    shown = "".join(_section(part) for part in parts)
    return f'<section><h2>{title}</h2><div class="figures">{pictures}</div>{shown}</section>'


def _figure(name: str, figure: Figure) -> str:
    label = escape(name, quote=True)
    svg = figure_bytes(figure, "svg", salt=name)
    kind, data = ("svg+xml", svg) if len(svg) <= _LARGEST_SVG else ("png", figure_bytes(figure, "png", dpi=170))
    width = round(96 * figure.get_size_inches()[0])
    image = f'<img alt="{label}" width="{width}" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'
    return f"<figure>{image}<figcaption>{label}</figcaption></figure>"


def _section(part: Section) -> str:
    if isinstance(part, Headline):
        return f"<p>{_cell(part.text)}</p>"
    heading = f"<h3>{escape(part.title)}</h3>"
    if isinstance(part, Facts):
        rows = "".join(f'<tr><th scope="row">{_cell(name)}</th><td>{_cell(text)}</td></tr>' for name, text in part.rows)
        return f'{heading}<table class="facts"><tbody>{rows}</tbody></table>'
    if isinstance(part, Table):
        return heading + _table(part)
    return heading + "<ul>" + "".join(f"<li>{_cell(line)}</li>" for line in part.lines) + "</ul>"


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
