"""Strips of figures on the pages of a PDF."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from curiebreak.report.draw_input import input_panels
from curiebreak.report.draw_modes import shown_amplitudes
from curiebreak.report.draw_tree import layout
from curiebreak.report.page import Pages
from curiebreak.report.palette import MUTED
from curiebreak.report.report_panels import (
    AMPLITUDES,
    GROUPS,
    HARMONICS,
    LADDER,
    SIGNALS,
    SNAPSHOTS,
    STRAIN,
    STRUCTURES,
    TILTS,
    TRAINING,
    Panel,
    Rect,
    draw_inputs,
    inside,
    panels_of,
)
from curiebreak.report.sections import Chapter
from curiebreak.results import Decomposition, Finding, Intermediates
from curiebreak.results.record import Record

_ACROSS = 3
_ROWS = 2
_TREE = 6.2
_LEAST = 3.4
"""Inches; a panel that has less begins a page, unless it is lower."""

Analysed = Finding | Decomposition


def input_rows(result: Finding) -> int:
    """How many rows of pictures the learned input gets."""
    if not STRUCTURES.shown(result):
        return 0
    count = len(input_panels(result))
    return min(_ROWS, -(-count // _across(count)))


def _across(count: int) -> int:
    """Pictures of the input in a row."""
    return max(1, count) if count <= _ACROSS + 1 else _ACROSS


def _lay(pages: Pages, panel: Panel, result: Any, height: float, *part: float) -> None:
    """A panel on a strip of its own, or on a part of it."""
    place = part or (0.0, 0.0, 1.0, 1.0)
    pages.draw(pages.tight * height, lambda figure, area: panel.draw(result, figure, inside(area, *place)))


def structures(pages: Pages, result: Analysed, pair: float, row: float) -> None:
    """Parent and child, and below them the learned input in rows; heights in inches."""
    if not STRUCTURES.shown(result):
        return
    _lay(pages, STRUCTURES, result, pair)
    if isinstance(result, Finding):
        _inputs(pages, result, row)
    pages.top += 0.12


def _inputs(pages: Pages, result: Finding, height: float) -> None:
    panels = input_panels(result)
    row = _across(len(panels))
    for start in range(0, min(len(panels), row * _ROWS), row):
        shown = panels[start : start + row]

        def draw(figure: Figure, area: Rect, shown: list[Any] = shown) -> None:
            draw_inputs(result, figure, area, shown, max(2, len(shown)))

        pages.draw(pages.tight * height, draw)


_LOWEST = 1.9
"""Inches; height of the bars, below which their axis has no room."""


def modes_height(result: Analysed) -> float:
    """Height of the figures of the exact analysis, inches."""
    return _bars_height(result) + (1.95 if _small(result) else 0.0) + 0.1


def _bars_height(result: Analysed) -> float:
    return max(2.2, 1.1 + 0.16 * len(shown_amplitudes(result)))


def modes(pages: Pages, result: Analysed) -> None:
    """Amplitudes and groups; below them strain, ladder and tilts, as far as there are any."""
    height = max(_LOWEST, pages.tight * _bars_height(result))

    def bars(figure: Figure, area: Rect) -> None:
        low, high = 0.5 / height, 1 - 0.95 / height
        AMPLITUDES.draw(result, figure, inside(area, 0.13, low, 0.4, high))
        top = 1 - 0.283 / height  # both titles on one line
        bottom = max(0.02, top - 1.7 / height)
        GROUPS.draw(result, figure, inside(area, 0.57, bottom, 0.43, top - bottom))

    pages.draw(height, bars)
    small = _small(result)
    if small:

        def row(figure: Figure, area: Rect) -> None:
            x = 0.0
            for panel, wide, place in small:
                panel.draw(result, figure, inside(area, x + place[0], *place[1:]))
                x += wide

        pages.draw(1.95, row)
    pages.top += 0.1


_SMALL: tuple[tuple[Panel, float, Rect], ...] = (
    (STRAIN, 0.44, (-0.01, 0.03, 0.46, 0.9)),
    (LADDER, 0.34, (0.01, 0.08, 0.32, 0.72)),
    (TILTS, 0.23, (0.05, 0.22, 0.17, 0.58)),
)
"""Width of each small panel, and its area."""


def _small(result: Analysed) -> list[tuple[Panel, float, Rect]]:
    """The small panels that have something to show."""
    return [one for one in _SMALL if one[0].shown(result)]


def training_height(result: Finding, level: int) -> float:
    """Height of the figure of losses, inches."""
    return 0.0 if not TRAINING.shown(result) else 3.7 if level < 2 else 3.3


def training(pages: Pages, result: Finding, level: int) -> None:
    """Losses, norms of the blocks, and input and output at three steps."""
    if not TRAINING.shown(result):
        return
    _lay(pages, TRAINING, result, training_height(result, level))
    if not SNAPSHOTS.shown(result):
        return
    _lay(pages, SNAPSHOTS, result, 4.1 if level < 1 else 3.3 if level < 2 else 2.7)
    if level < 3 and HARMONICS.shown(result):
        _lay(pages, HARMONICS, result, 2.5 if level < 2 else 2.2)
    pages.top += 0.12


def signals(pages: Pages, result: Finding, level: int) -> None:
    """What the network answers without input."""
    if not SIGNALS.shown(result):
        return
    high = 2.3 if level < 2 else 1.8
    pages.need(high + 0.2)
    pages.title("Without input: the degenerate answers")
    _lay(pages, SIGNALS, result, high)


def alone(pages: Pages, result: Record) -> None:
    """The panels of a result that has neither modes nor a training, each as large as a figure of its own."""
    for panel in panels_of(result, Chapter.ANSWER):
        _, height, area = panel.own(result)
        pages.need(min(height, _LEAST))
        room = pages.left - 0.3
        if isinstance(result, Intermediates):  # the tree is drawn as large as it can be
            height = layout(result, pages.width, min(_TREE, room)).height
        _lay(pages, panel, result, min(height, room), *area)
        pages.paragraph(panel.caption, 7, colour=MUTED)
        pages.top += 0.15
