"""Where the texts of a figure stand: which overlap, which leave the page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text

SLACK = 1.0
"""Pixels at 100 dots per inch by which boxes may touch."""


def faults(figure: Figure) -> list[str]:
    """Every pair of overlapping texts and every text that is not fully on the page."""
    figure.draw_without_rendering()  # places texts and tick labels, fills no pixels
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    page = figure.bbox
    texts = [t for t in drawn_texts(figure) if t.get_visible() and t.get_text().strip()]
    boxes = [(text, text.get_window_extent(renderer)) for text in texts]
    found = []
    for text, box in boxes:
        inside = box.x0 >= page.x0 - SLACK and box.x1 <= page.x1 + SLACK
        if not (inside and box.y0 >= page.y0 - SLACK and box.y1 <= page.y1 + SLACK):
            found.append(f"outside: {text.get_text()!r}")
    for (one, a), (two, b) in combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > SLACK and high > SLACK:
            found.append(f"overlap: {one.get_text()!r} and {two.get_text()!r}")
    return found


def drawn_texts(figure: Figure) -> Iterator[Text]:
    """Texts of the page, of titles, legends and labels; tick labels only inside the limits of their axis."""
    yield from figure.texts
    for axes in (*figure.axes, *(child for parent in figure.axes for child in parent.child_axes)):
        yield from axes.texts
        yield from (axes.title, axes._left_title, axes._right_title)
        if axes.get_legend() is not None:
            yield from axes.get_legend().get_texts()
        if not axes.axison:
            continue
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            yield axis.label
            slack = 1e-9 * (high - low)
            for tick in axis.get_major_ticks():
                if low - slack <= tick.get_loc() <= high + slack:
                    yield tick.label1
