"""Strips of figures on the pages of a PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.draw_groups import draw_groups
from curiebreak.report.draw_harmonics import (
    draw_harmonic_snapshot,
    draw_signal,
    draw_signals_in_place,
    has_displacements,
)
from curiebreak.report.draw_input import draw_order_parameter, draw_snapshot, input_panels
from curiebreak.report.draw_modes import (
    draw_amplitudes,
    draw_ladder,
    draw_strain,
    draw_strained_cell,
    draw_tilts,
    shown_amplitudes,
)
from curiebreak.report.draw_structure import draw_pair
from curiebreak.report.draw_training import draw_blocks, draw_loss
from curiebreak.report.draw_tree import draw_tree_on, layout
from curiebreak.report.figures import step_names
from curiebreak.report.page import HEIGHT, WIDTH, Pages, Rect
from curiebreak.report.parent_tree import draw_parents_on
from curiebreak.results import Decomposition, Finding, Intermediates
from curiebreak.results.parents import ParentSearch

_ACROSS = 3
_ROWS = 2
_SIGNALS = 4
_TREE = 6.2

Analysed = Finding | Decomposition


def inside(area: Rect, x: float, y: float, width: float, height: float) -> Rect:
    """Part of an area, in parts of it."""
    return area[0] + x * area[2], area[1] + y * area[3], width * area[2], height * area[3]


def input_rows(result: Finding) -> int:
    """How many rows of pictures the learned input gets."""
    if DrawnCrystal.of(result) is None:
        return 0
    count = len(input_panels(result))
    return min(_ROWS, -(-count // _across(count)))


def _across(count: int) -> int:
    """Pictures of the input in a row."""
    return max(1, count) if count <= _ACROSS + 1 else _ACROSS


def structures(pages: Pages, result: Analysed, pair: float, row: float) -> None:
    """Parent and child, and below them the learned input in rows; heights in inches."""
    if DrawnCrystal.of(result) is None:
        return

    def draw(figure: Figure, area: Rect) -> None:
        rectangles = ((0.0, 0.1, 0.49, 0.81), (0.51, 0.1, 0.49, 0.81), (0.1, 0.0, 0.8, 0.06))
        left, right, legend = (figure.add_axes(inside(area, *r)) for r in rectangles)
        draw_pair(result, left, right, legend)

    pages.draw(pair, draw)
    if isinstance(result, Finding):
        _inputs(pages, result, row)
    pages.top += 0.12


def _inputs(pages: Pages, result: Finding, height: float) -> None:
    panels = input_panels(result)
    row = _across(len(panels))
    for start in range(0, min(len(panels), row * _ROWS), row):
        shown = panels[start : start + row]
        across = max(2, len(shown))

        def draw(figure: Figure, area: Rect, shown: list[Any] = shown, across: int = across) -> None:
            places = [inside(area, i / across, 0.05, 0.97 / across, 0.82) for i in range(len(shown))]
            axes = [figure.add_axes(place) for place in places]
            draw_order_parameter(result, list(zip(axes, shown, strict=True)))

        pages.draw(height, draw)


def modes_height(result: Analysed) -> float:
    """Height of the figures of the exact analysis, inches."""
    return _bars_height(result) + (1.95 if _small(result) else 0.0) + 0.1


def _bars_height(result: Analysed) -> float:
    return max(2.2, 1.1 + 0.16 * len(shown_amplitudes(result)))


def modes(pages: Pages, result: Analysed) -> None:
    """Amplitudes and groups; below them strain, ladder and tilts, as far as there are any."""
    height = _bars_height(result)

    def bars(figure: Figure, area: Rect) -> None:
        low, high = 0.5 / height, 1 - 0.95 / height
        draw_amplitudes(result, figure.add_axes(inside(area, 0.13, low, 0.4, high)))
        draw_groups(result, figure.add_axes(inside(area, 0.57, max(0.02, 0.98 - 2.0 / height), 0.43, 1.7 / height)))

    pages.draw(height, bars)
    small = _small(result)
    if small:

        def row(figure: Figure, area: Rect) -> None:
            x = 0.0
            for wide, draws in small:
                for draw, place in draws:
                    draw(result, figure.add_axes(inside(area, x + place[0], *place[1:])))
                x += wide

        pages.draw(1.95, row)
    pages.top += 0.1


_Drawn = tuple[Callable[[Any, Any], None], Rect]


def _small(result: Analysed) -> list[tuple[float, list[_Drawn]]]:
    """Width and figures of each small block that has something to show."""
    found: list[tuple[float, list[_Drawn]]] = []
    if result.mapping is not None and result.mapping.strain is not None:
        bars: Rect = (0.255, 0.16, 0.175, 0.64)
        found.append((0.44, [(draw_strained_cell, (0.0, 0.12, 0.17, 0.68)), (draw_strain, bars)]))
    if result.tolerance_ladder:
        found.append((0.34, [(draw_ladder, (0.01, 0.08, 0.32, 0.72))]))
    if result.glazer is not None and any(result.glazer.angles):
        found.append((0.23, [(draw_tilts, (0.05, 0.22, 0.17, 0.58))]))
    return found


def training(pages: Pages, result: Finding, level: int) -> None:
    """Losses, norms of the blocks, and input and output at three steps."""
    if result.trace is None or not any(result.trace.loss):
        return
    high = 1.85 if level < 2 else 1.65
    for draw in (draw_loss, draw_blocks):
        pages.draw(high, lambda f, a, draw=draw: draw(result, f.add_axes(inside(a, 0.09, 0.23, 0.62, 0.63))))  # type: ignore[misc]
    if not result.trace.snapshots or DrawnCrystal.of(result) is None:
        return
    _steps(pages, result, draw_snapshot, 4.1 if level < 1 else 3.3 if level < 2 else 2.7)
    if level < 3 and has_displacements(result):
        _steps(pages, result, draw_harmonic_snapshot, 2.5 if level < 2 else 2.2)
    pages.top += 0.12


def _steps(pages: Pages, result: Finding, draw: Callable[..., None], height: float) -> None:
    taken = result.trace.snapshots[:3] if result.trace else ()

    def rows(figure: Figure, area: Rect) -> None:
        for i, (snapshot, name) in enumerate(zip(taken, step_names(len(taken)), strict=False)):
            above = figure.add_axes(inside(area, i / 3, 0.53, 0.31, 0.39))
            below = figure.add_axes(inside(area, i / 3, 0.04, 0.31, 0.39))
            draw(result, snapshot, above, below, name)

    pages.draw(height, rows)


def signals(pages: Pages, result: Finding, level: int) -> None:
    """What the network answers without input."""
    found, crystal = result.signals, DrawnCrystal.of(result)
    if found is None or not found.sites:
        return

    def draw(figure: Figure, area: Rect) -> None:
        if crystal is not None and crystal.lattices is None:
            draw_signals_in_place(figure.add_axes(inside(area, 0.2, 0.03, 0.6, 0.85)), crystal, found)
            return
        sites = found.sites[:_SIGNALS]
        for i, site in enumerate(sites):
            box = inside(area, i / len(sites), 0.03, 0.95 / len(sites), 0.8)
            draw_signal(figure.add_axes(box), found, site)

    high = 2.3 if level < 2 else 1.8
    pages.need(high + 0.2)
    pages.title("Without input: the degenerate answers")
    pages.draw(high, draw)


def tree(pages: Pages, result: Intermediates) -> None:
    """The groups between parent and child, as large as they can be on one page."""
    found = layout(result, pages.width, min(_TREE, pages.left - 0.3))

    def draw(figure: Figure, area: Rect) -> None:
        wide, high = found.width / WIDTH, found.height / HEIGHT
        draw_tree_on(figure.add_axes((area[0] + 0.5 * (area[2] - wide), area[1], wide, high)), result, found)

    pages.draw(found.height, draw)
    pages.top += 0.15


_CANDIDATES = 3.4
"""Inches; height of the drawing of candidates."""


def candidates(pages: Pages, result: ParentSearch) -> None:
    """The candidates for a parent above their child."""

    def draw(figure: Figure, area: Rect) -> None:
        draw_parents_on(figure.add_axes(inside(area, 0.08, 0.14, 0.88, 0.76)), result)

    pages.need(_CANDIDATES)
    pages.draw(_CANDIDATES, draw)
    pages.top += 0.15
