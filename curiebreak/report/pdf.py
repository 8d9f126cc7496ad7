"""The report as a PDF: page one is the answer, then modes, training, provenance."""

from __future__ import annotations

import io

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from curiebreak.report.canvas import style
from curiebreak.report.content import Report, content
from curiebreak.report.draw_input import draw_order_parameter, draw_signal, draw_snapshot
from curiebreak.report.draw_modes import (
    draw_amplitudes,
    draw_groups,
    draw_ladder,
    draw_strain,
    draw_tilts,
    shown_amplitudes,
)
from curiebreak.report.draw_structure import draw_pair
from curiebreak.report.draw_training import draw_blocks, draw_loss
from curiebreak.report.page import HEIGHT, Pages, Rect
from curiebreak.results import Finding

_INPUTS = 2


def pdf_bytes(result: Report) -> bytes:
    """The report as a PDF file with embedded fonts; the same result gives the same pages."""
    buffer = io.BytesIO()
    with style():
        figures = pdf_pages(result)
        metadata = {"Title": content(result).title, "Creator": "curiebreak", "CreationDate": None}
        with PdfPages(buffer, metadata=metadata) as document:
            for figure in figures:
                document.savefig(figure)
    return buffer.getvalue()


def pdf_pages(result: Report) -> list[Figure]:
    """The A4 pages of the report, one figure each."""
    with style():
        words = content(result)
        pages = Pages()
        pages.paragraph(words.title, 11)
        if words.mark:
            pages.banner(words.mark)
        pages.sections([words.headline, *words.answer[:1]])
        if isinstance(result, Finding):
            _structures(pages, result)
        pages.sections(words.answer[1:])
        if isinstance(result, Finding) and pages.top > 0.35 * HEIGHT:
            pages.turn()
        _modes(pages, result)
        pages.sections(words.modes)
        if isinstance(result, Finding):
            if result.trace is not None and any(result.trace.loss):
                _training(pages, result)
            _signals(pages, result)
        pages.sections((*words.training, *words.rest))
        pages.footers(f"curiebreak {result.versions.get('curiebreak', '')}  {words.title}")
        return pages.figures


def _inside(area: Rect, x: float, y: float, width: float, height: float) -> Rect:
    """Part of an area, in parts of it."""
    return area[0] + x * area[2], area[1] + y * area[3], width * area[2], height * area[3]


def _structures(pages: Pages, result: Finding) -> None:
    figure = pages.figures[-1]
    if result.structures is None:
        return
    area = pages.area(3.35)
    rectangles = ((0.0, 0.1, 0.49, 0.8), (0.51, 0.1, 0.49, 0.8), (0.1, 0.0, 0.8, 0.06))
    left, right, legend = (figure.add_axes(_inside(area, *r)) for r in rectangles)
    draw_pair(result, left, right, legend)
    for _ in result.breaking_input[:1]:
        area = pages.area(2.35)
        pair = [pages.figures[-1].add_axes(_inside(area, x, 0.06, 0.49, 0.8)) for x in (0.0, 0.51)]
        draw_order_parameter(result, [(pair[0], pair[1])])
    pages.top += 0.12


def _modes(pages: Pages, result: Report) -> None:
    count = len(shown_amplitudes(result))
    height = max(2.0, 0.9 + 0.17 * count)
    area = pages.area(height)
    figure = pages.figures[-1]
    low, high = 0.5 / height, 1 - 0.8 / height
    draw_amplitudes(result, figure.add_axes(_inside(area, 0.13, low, 0.42, high)))
    draw_groups(result, figure.add_axes(_inside(area, 0.6, max(0.02, 0.98 - 1.9 / height), 0.4, 1.6 / height)))
    area = pages.area(1.9)
    figure = pages.figures[-1]
    draw_strain(result, figure.add_axes(_inside(area, 0.09, 0.16, 0.22, 0.66)))
    draw_ladder(result, figure.add_axes(_inside(area, 0.36, 0.1, 0.34, 0.72)))
    draw_tilts(result, figure.add_axes(_inside(area, 0.77, 0.24, 0.22, 0.58)))
    pages.top += 0.1


def _training(pages: Pages, result: Finding) -> None:
    for draw in (draw_loss, draw_blocks):
        area = pages.area(1.95)
        draw(result, pages.figures[-1].add_axes(_inside(area, 0.09, 0.22, 0.62, 0.65)))
    taken = result.trace.snapshots[:3] if result.trace and result.structures else ()
    if taken:
        area = pages.area(3.5)
        figure = pages.figures[-1]
        for i, (snapshot, name) in enumerate(zip(taken, ("Start", "Middle", "End"), strict=False)):
            above = figure.add_axes(_inside(area, i / 3, 0.53, 0.31, 0.4))
            below = figure.add_axes(_inside(area, i / 3, 0.03, 0.31, 0.4))
            draw_snapshot(result, snapshot, above, below, name)
        pages.top += 0.15


def _signals(pages: Pages, result: Finding) -> None:
    if result.signals is None or not result.signals.sites:
        return
    area = pages.area(2.1)
    sites = result.signals.sites[:4]
    for i, site in enumerate(sites):
        box = _inside(area, i / len(sites), 0.03, 0.95 / len(sites), 0.8)
        draw_signal(pages.figures[-1].add_axes(box), result.signals, site)


