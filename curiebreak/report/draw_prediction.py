"""What a prediction and a training draw: classes and amplitudes; losses, parity and pairs of each class."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curiebreak.report.canvas import power_labels
from curiebreak.report.palette import INK, MUTED
from curiebreak.report.prediction_text import class_name, shown_classes
from curiebreak.results.basic import group_name
from curiebreak.results.prediction import PredictedClass, Prediction, Training

Rect = tuple[float, float, float, float]

_BLUE = "#3a6ea5"
_ROW, _AROUND, _BELOW = 0.22, 0.6, 0.42
"""Inches: a class, what is above and below all of them, the axis below them."""

_EPOCHS = 10
"""Between two losses of a course."""


def prediction_size(result: Prediction) -> tuple[float, float, Rect]:
    """Width and height (inches) of the figure, and the part of it that the axes and their names take."""
    height = _AROUND + _ROW * len(shown_classes(result))
    return 7.0, height, (0.0, _BELOW / height, 1.0, 1.0 - _AROUND / height)


def draw_prediction(result: Prediction, figure: Figure, area: Rect) -> None:
    """How probable each class is, and beside it the amplitudes of its order parameter."""
    x, y, width, height = area
    shown = shown_classes(result)
    _probabilities(figure.add_axes((x + 0.26 * width, y, 0.26 * width, height)), shown)
    _bars(figure.add_axes((x + 0.58 * width, y, 0.4 * width, height)), shown)


def _probabilities(axes: Axes, shown: list[PredictedClass]) -> None:
    groups = [group_name(c.space_group, "") for c in shown]
    names = [class_name(c) + (group and f", {group}") for c, group in zip(shown, groups, strict=True)]
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


def draw_learned(result: Training, figure: Figure, area: Rect) -> None:
    """Course of the losses, order parameters predicted against found, pairs of each class."""
    x, y, width, height = area
    course = figure.add_axes((x + 0.07 * width, y + 0.58 * height, 0.4 * width, 0.36 * height))
    for number, losses in enumerate(result.losses):
        course.plot([_EPOCHS * i for i in range(len(losses))], losses, lw=1.2, label=f"network {number + 1}")
    course.set(title="Course of the training", xlabel="epoch", ylabel="loss a pair", yscale="log")
    power_labels(course.yaxis)
    course.legend(frameon=False, fontsize=7)
    parity = figure.add_axes((x + 0.58 * width, y + 0.58 * height, 0.4 * width, 0.36 * height))
    true, predicted = result.parity.get("true", ()), result.parity.get("predicted", ())
    largest = max((*true, *predicted, 0.1))
    parity.plot([0, largest], [0, largest], color=INK, lw=0.8)
    parity.plot(true, predicted, ".", ms=3, color=_BLUE, alpha=0.6)
    parity.set(title="Order parameter, formulas left out", xlabel="found (Å)", ylabel="predicted (Å)")
    classes = figure.add_axes((x + 0.3 * width, y + 0.08 * height, 0.68 * width, 0.34 * height))
    names = [f"{class_name(c)}, {group_name(c.space_group, '')}" for c in result.classes]
    classes.barh(range(len(names)), [c.pairs for c in result.classes], color=_BLUE)
    classes.set_yticks(range(len(names)), names, fontsize=7)
    classes.invert_yaxis()
    classes.set(title="Pairs of each class", xlabel="pairs")
