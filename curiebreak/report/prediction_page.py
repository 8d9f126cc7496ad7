"""One page on a prediction: how probable each class is, order parameters with their bars, and what the tables say."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curiebreak.files import known_suffix, write_file
from curiebreak.report.canvas import document_bytes, new_figure, style
from curiebreak.report.page import Pages, Rect
from curiebreak.report.palette import MUTED
from curiebreak.report.prediction_text import prediction_sections
from curiebreak.results.basic import group_name
from curiebreak.results.prediction import PredictedClass, Prediction

_BLUE = "#3a6ea5"
_ROW = 0.22
"""Inches a class takes."""


def draw_prediction(result: Prediction, path: Path) -> None:
    """Write the page as PDF.

    Raises
    ------
    InputError
        Another suffix, or a place that cannot be written.
    """
    known_suffix(path, (".pdf",), "report")
    write_file(path, document_bytes(prediction_pages(result), f"{result.formula}, predicted"))


def prediction_pages(result: Prediction) -> list[Figure]:
    """The A4 pages."""
    shown = _shown(result)
    with style():
        pages = Pages()
        pages.paragraph(f"{result.formula}, predicted", 17, bold=True)
        pages.top += 0.08
        headline, *rest = prediction_sections(result)
        pages.sections([headline, *rest[:1]])
        height = 0.6 + _ROW * len(shown)
        pages.need(height + 0.4)
        pages.draw(height, lambda figure, area: _drawn(figure, area, shown, height))
        pages.paragraph(
            "Probability of each class, and amplitudes of its order parameter with 90 % bars", 7, colour=MUTED
        )
        pages.sections(rest[1:])
        for message in result.messages:
            pages.paragraph(message, 8)
        pages.footers(f"curiebreak  predict {result.formula}")
        return pages.figures


def _shown(result: Prediction) -> list[PredictedClass]:
    return [c for c in result.classes if c.probability >= 0.005 or c.child is not None]


def prediction_figure(result: Prediction) -> Figure:
    """Probability of each class, and amplitudes of its order parameter with 90 % bars, as a figure of its own."""
    shown = _shown(result)
    height = 0.6 + _ROW * len(shown)
    with style():
        figure = new_figure(7.0, height)
        _drawn(figure, (0.0, 0.0, 1.0, 1.0), shown, height)
        return figure


def _drawn(figure: Figure, area: Rect, shown: list[PredictedClass], height: float) -> None:
    """Both drawings on a strip of a page."""
    low, tall = 0.42 / height * area[3], (height - 0.6) / height * area[3]
    left = figure.add_axes((area[0] + 0.26 * area[2], area[1] + low, 0.26 * area[2], tall))
    right = figure.add_axes((area[0] + 0.58 * area[2], area[1] + low, 0.4 * area[2], tall))
    _probabilities(left, shown)
    _bars(right, shown)


def _probabilities(axes: Axes, shown: list[PredictedClass]) -> None:
    names = [
        " ⊕ ".join(c.primary or ("nothing breaks",))
        + ("" if c.space_group is None else f", {group_name(c.space_group, '')}")
        for c in shown
    ]
    axes.barh(range(len(shown)), [c.probability for c in shown], color=_BLUE)
    axes.set_yticks(range(len(shown)), names, fontsize=7)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("probability")


def _bars(axes: Axes, shown: list[PredictedClass]) -> None:
    for place, c in enumerate(shown):
        count = len(c.amplitudes)
        for number, (name, value) in enumerate(c.amplitudes.items()):
            y = place + 0.5 * ((number + 0.5) / count - 0.5)
            axes.plot([value.low, value.high], [y, y], color=_BLUE, lw=1.2)
            axes.plot([value.mean], [y], "o", ms=2.5, color=_BLUE)
            axes.text(value.high, y, f"  {name}", fontsize=5.5, va="center", color=MUTED)
    axes.set_yticks([])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel("amplitude, Å per parent cell")
