"""The report as a PDF: page one is the answer, then modes, training, provenance."""

from __future__ import annotations

from matplotlib.figure import Figure

from curiebreak.report import pdf_figures as strips
from curiebreak.report.canvas import document_bytes, style
from curiebreak.report.content import LEVELS, Content, content
from curiebreak.report.page import HEIGHT, MARGIN, Pages, height_of
from curiebreak.report.sections import Chapter
from curiebreak.results import Decomposition, Finding
from curiebreak.results.record import Record

LARGEST = 4
"""Pages."""

_WAYS = ((1.0, False), (0.85, False), (0.7, False), (1.0, True))
"""How much lower figures are, and whether a chapter begins on a new page, in the order in which they are tried."""

_FIGURE = 2.4
"""Inches; room below the name of a chapter that begins with a figure."""

_FOOT = 0.2
_SMALLEST = 2.6
"""Inches; height of the pair of structures."""


def pdf_bytes(result: Record) -> bytes:
    """The report as a PDF file with embedded fonts; the same result gives the same pages."""
    return document_bytes(pdf_pages(result), content(result).title)


def pdf_pages(result: Record) -> list[Figure]:
    """The A4 pages of the report, one figure each, four at most.

    Long tables are shortened until they fit; figures are drawn lower, or a chapter begins on a new page, where the
    last page would hold next to nothing.
    """
    with style():
        words, level, tight, apart = _arranged(result)
        pages = Pages(tight=tight, apart=apart)
        _fill(pages, result, words, level)
        pages.footers(f"curiebreak {result.versions.get('curiebreak', '')}  {words.title}")
        return pages.figures


def _arranged(result: Record) -> tuple[Content, int, float, bool]:
    """What is said, how much is left out, how much lower figures are, whether a chapter begins on a new page."""
    fitting = []
    for level in range(LEVELS):
        words = content(result, level=level)
        for tight, apart in _WAYS:
            dry = Pages(dry=True, tight=tight, apart=apart)
            _fill(dry, result, words, level)
            if dry.count <= LARGEST:
                fitting.append((words, level, tight, apart))
                if not dry.orphan:
                    return fitting[-1]
        if fitting:
            return fitting[0]
    return words, level, 1.0, False


def _fill(pages: Pages, result: Record, words: Content, level: int) -> None:
    if words.headline.text != words.title:
        pages.paragraph(words.title, 11)
    if words.mark:
        pages.banner(words.mark)
    if isinstance(result, Finding):
        _finding(pages, result, words, level)
    elif isinstance(result, Decomposition):
        _decomposition(pages, result, words)
    else:
        _other(pages, result, words)
    pages.chapter(Chapter.PROVENANCE.value)
    pages.sections(words.rest)


def _finding(pages: Pages, result: Finding, words: Content, level: int) -> None:
    pages.sections([words.headline, *words.answer[:1]])
    free = pages.left - height_of(words.answer[1:]) - _FOOT
    strips.structures(pages, result, *_shared(free, strips.input_rows(result)))
    pages.sections(words.answer[1:])
    if pages.apart or (pages.count == 1 and pages.top > 0.35 * HEIGHT):
        pages.turn()
    pages.chapter(Chapter.MODES.value, _FIGURE)
    strips.modes(pages, result)
    pages.sections(words.modes)
    pages.chapter(Chapter.TRAINING.value, pages.tight * strips.training_height(result, level))
    strips.training(pages, result, level)
    strips.signals(pages, result, level)
    pages.sections(words.training)


def _shared(free: float, rows: int) -> tuple[float, float]:
    """Heights of the pair of structures and of each row of inputs, from what the text leaves free."""
    pair = min(4.1, max(2.5, free * (0.6 if rows == 1 else 0.45 if rows else 1.0)))
    return pair, min(2.9, max(1.85, (free - pair) / max(rows, 1)))


def _decomposition(pages: Pages, result: Decomposition, words: Content) -> None:
    pages.sections([words.headline, *words.answer[:1]])
    free = min(pages.left, HEIGHT - 2 * MARGIN) - height_of(words.answer[1:]) - _FOOT
    if free - strips.modes_height(result) > _SMALLEST:
        free -= strips.modes_height(result)
    strips.structures(pages, result, min(4.1, max(_SMALLEST, free)), 0.0)
    pages.sections(words.answer[1:])
    _chapter(pages, Chapter.MODES)
    strips.modes(pages, result)
    pages.sections(words.modes)


def _other(pages: Pages, result: Record, words: Content) -> None:
    pages.sections([words.headline, *words.answer[:1]])
    strips.alone(pages, result)
    pages.sections(words.answer[1:])
    if words.modes or words.training:
        _chapter(pages, Chapter.MODES)
        pages.sections((*words.modes, *words.training))


def _chapter(pages: Pages, chapter: Chapter) -> None:
    if pages.apart and pages.count == 1 and pages.top > 0.35 * HEIGHT:
        pages.turn()
    pages.chapter(chapter.value, _FIGURE)
