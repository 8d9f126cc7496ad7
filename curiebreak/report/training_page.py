"""One page on a training: courses of the losses, predicted against found, classes, largest errors."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from curiebreak.report.canvas import new_figure, power_labels, style, write_figure
from curiebreak.report.numbers import fixed
from curiebreak.results.basic import group_name
from curiebreak.results.prediction import Training

_INK = "#303030"
_BLUE = "#3a6ea5"


def training_figure(result: Training) -> Figure:
    """The page as a figure of 8 x 8 inches."""
    figure = new_figure(8.0, 8.0)
    course = figure.add_axes((0.09, 0.6, 0.38, 0.3))
    for number, losses in enumerate(result.losses):
        course.plot([10 * i for i in range(len(losses))], losses, lw=1.2, label=f"network {number + 1}")
    course.set(title="Course of the training", xlabel="epoch", ylabel="loss a pair", yscale="log")
    power_labels(course.yaxis)
    course.legend(frameon=False, fontsize=8)
    parity = figure.add_axes((0.58, 0.6, 0.36, 0.3))
    true, predicted = result.parity.get("true", ()), result.parity.get("predicted", ())
    largest = max((*true, *predicted, 0.1))
    parity.plot([0, largest], [0, largest], color=_INK, lw=0.8)
    parity.plot(true, predicted, ".", ms=3, color=_BLUE, alpha=0.6)
    parity.set(title="Order parameter, formulas left out", xlabel="found (Å)", ylabel="predicted (Å)")
    classes = figure.add_axes((0.3, 0.12, 0.3, 0.36))
    names = [f"{' ⊕ '.join(c.primary) or 'nothing breaks'}, {group_name(c.space_group, '')}" for c in result.classes]
    places = range(len(names))
    classes.barh(places, [c.pairs for c in result.classes], color=_BLUE)
    classes.set_yticks(places, names, fontsize=7)
    classes.invert_yaxis()
    classes.set(title="Pairs of each class", xlabel="pairs")
    lines = [f"{name.replace('_', ' ')}: {fixed(value)}" for name, value in result.scores.items()]
    lines += ["", "largest errors:", *result.worst[:8]]
    figure.text(0.66, 0.48, "\n".join(lines), va="top", fontsize=8, color=_INK)
    figure.suptitle(f"{result.model.name}: {result.pairs} pairs of {result.formulas} formulas", fontsize=11)
    return figure


def draw_training_report(result: Training, path: Path) -> None:
    """Write the page.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    with style():
        write_figure(path, training_figure(result), 200)
