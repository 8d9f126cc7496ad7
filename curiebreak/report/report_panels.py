"""The panels of a report: what each is called, where it stands, whether it has something to show, how it is drawn.

PDF, PNG, HTML and notebooks lay out this one list: paper and the slide give a panel an area of a page, the others let
it be a figure of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curiebreak.report.canvas import empty, new_figure, style
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
from curiebreak.report.draw_prediction import draw_learned, draw_prediction, prediction_size
from curiebreak.report.draw_structure import draw_pair
from curiebreak.report.draw_training import draw_blocks, draw_loss
from curiebreak.report.draw_tree import draw_tree_on, layout, natural_layout
from curiebreak.report.palette import strain_of
from curiebreak.report.parent_tree import draw_parents_on
from curiebreak.report.phonon_figure import ROW, draw_levels, rows_of
from curiebreak.report.sections import Chapter
from curiebreak.results import Decomposition, Finding, Intermediates
from curiebreak.results.parents import ParentSearch
from curiebreak.results.phonon_records import PhononResult
from curiebreak.results.prediction import Prediction, Training

Rect = tuple[float, float, float, float]
"""Left, bottom, width, height in parts of a figure."""

Drawing = Callable[[Any, Figure, Rect], None]
"""Draws a result into an area of a figure."""

WHOLE: Rect = (0.0, 0.0, 1.0, 1.0)
ANALYSED = (Finding, Decomposition)

_ACROSS = 3
"""Pictures of the input in a row; as many as four stand in one or two rows of two."""

_PANELS = 9
_SIGNALS = 4

_AXIS = 0.67
"""Inches; numbers and title of a vertical axis."""

_BELOW = 0.42
"""Inches; factor of the arrows and legend below structures."""

_LARGEST = 60.0
"""Inches; a wider or higher tree is drawn smaller and with less text."""


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes
    ----------
    name : str
        Of the function of :mod:`curiebreak.plot`.
    caption : str
    chapter : Chapter
    kind : tuple of type
        Results that have it.
    has : callable
        Whether such a result has something to show in it.
    draw : callable
        Draws it into an area of a figure; where it is one pair of axes, the area is theirs.
    own : callable
        Width and height (inches) of a figure of its own, and the area of it that it gets.
    """

    name: str
    caption: str
    chapter: Chapter
    kind: tuple[type, ...]
    has: Callable[[Any], bool]
    draw: Drawing
    own: Callable[[Any], tuple[float, float, Rect]]

    def shown(self, result: Any) -> bool:
        """Whether a report of this result has this panel."""
        return isinstance(result, self.kind) and self.has(result)

    def figure(self, result: Any) -> Figure:
        """The panel as a figure of its own."""
        with style():
            width, height, area = self.own(result)
            figure = new_figure(width, height)
            self.draw(result, figure, area)
            return figure


def panels_of(result: Any, chapter: Chapter) -> list[Panel]:
    """The panels that a report of this result has in a chapter."""
    return [panel for panel in PANELS if panel.chapter is chapter and panel.shown(result)]


def inside(area: Rect, x: float, y: float, width: float, height: float) -> Rect:
    """Part of an area, in parts of it."""
    return area[0] + x * area[2], area[1] + y * area[3], width * area[2], height * area[3]


def step_names(number: int) -> tuple[str, ...]:
    """What the snapshots of a training are called; one that needed a single input has no middle."""
    return ("Start", "End") if number == 2 else ("Start", "Middle", "End")


def _on_axes(draw: Callable[[Any, Axes], None]) -> Drawing:
    return lambda result, figure, area: draw(result, figure.add_axes(area))


def _sized(width: float, height: float, area: Rect = WHOLE) -> Callable[[Any], tuple[float, float, Rect]]:
    return lambda result: (width, height, area)


def _has_structures(result: Any) -> bool:
    return DrawnCrystal.of(result) is not None


def _structures(result: Any, figure: Figure, area: Rect) -> None:
    # what is written below the pictures needs its room, however low the area is
    low = max(0.1, _BELOW / (area[3] * figure.get_size_inches()[1]))
    places = ((0.01, low, 0.48, 0.92 - low), (0.51, low, 0.48, 0.92 - low), (0.1, 0.0, 0.8, 0.07))
    left, right, legend = (figure.add_axes(inside(area, *place)) for place in places)
    draw_pair(result, left, right, legend)


def input_grid(count: int) -> tuple[int, int]:
    """Pictures of the input in a row, and rows, of a figure of its own."""
    across = 2 if count in (0, 1, 2, 4) else _ACROSS
    return across, max(1, -(-count // across))


def draw_inputs(result: Finding, figure: Figure, area: Rect, shown: list[Any], across: int) -> None:
    """Pictures of the learned input in rows; one that says so where there is none."""
    rows = max(1, -(-len(shown) // across))
    pictures = []
    for number in range(max(1, len(shown))):
        row, column = divmod(number, across)
        place = ((column + 0.03) / across, 1.0 - (row + 0.97) / rows, 0.94 / across, 0.85 / rows)
        pictures.append((figure.add_axes(inside(area, *place)), shown[number] if shown else None))
    draw_order_parameter(result, pictures)


def _order_parameter(result: Any, figure: Figure, area: Rect) -> None:
    shown = input_panels(result)[:_PANELS]
    draw_inputs(result, figure, area, shown, input_grid(len(shown))[0])


def _order_parameter_size(result: Any) -> tuple[float, float, Rect]:
    across, rows = input_grid(len(input_panels(result)[:_PANELS]))
    return 3.3 * across, 3.3 * rows, WHOLE


def _tree(result: Any, figure: Figure, area: Rect) -> None:
    width, height = figure.get_size_inches()
    found = layout(result, area[2] * width, area[3] * height)
    wide, high = found.width / width, found.height / height
    place = (area[0] + 0.5 * (area[2] - wide), area[1] + 0.5 * (area[3] - high), wide, high)
    draw_tree_on(figure.add_axes(place), result, found)


def _tree_size(result: Any) -> tuple[float, float, Rect]:
    found = natural_layout(result)
    if max(found.width, found.height) > _LARGEST:
        found = layout(result, _LARGEST, _LARGEST)
    return found.width, found.height, WHOLE


def _amplitudes_size(result: Any) -> tuple[float, float, Rect]:
    height = 1.4 + 0.22 * len(shown_amplitudes(result))
    return 5.0, height, (0.25, 0.62 / height, 0.7, 1 - 1.2 / height)


_LEAST_STRAIN = 1e-6
"""Smaller strains are rounding."""


def strained(result: Any) -> bool:
    """Whether the child's cell is another one than the parent's."""
    strain = strain_of(result)
    return strain is not None and float(np.abs(strain).max()) > _LEAST_STRAIN


def _strain(result: Any, figure: Figure, area: Rect) -> None:
    if not _has_structures(result):
        draw_strain(result, figure.add_axes(inside(area, 0.16, 0.14, 0.82, 0.72)))
        return
    # the numbers and the title of the axis between cell and bars need their room, however small the area is
    start = max(0.5, 0.38 + _AXIS / (area[2] * figure.get_size_inches()[0]))
    draw_strained_cell(result, figure.add_axes(inside(area, 0.02, 0.1, 0.36, 0.76)))
    draw_strain(result, figure.add_axes(inside(area, start, 0.14, 0.98 - start, 0.72)))


def _training(result: Any, figure: Figure, area: Rect) -> None:
    draw_loss(result, figure.add_axes(inside(area, 0.1, 0.6, 0.62, 0.33)))
    draw_blocks(result, figure.add_axes(inside(area, 0.1, 0.1, 0.62, 0.33)))


def _trained(result: Any) -> bool:
    return result.trace is not None and any(result.trace.loss)


def _has_steps(result: Any) -> bool:
    return _trained(result) and bool(result.trace.snapshots) and _has_structures(result)


def _moves(result: Any) -> bool:
    return has_displacements(result) or bool(result.moments)


def _steps(draw: Callable[..., None], outputs: Callable[[Any], bool]) -> Drawing:
    """Input above output at each step, the latter where there is one."""

    def drawn(result: Any, figure: Figure, area: Rect) -> None:
        taken = result.trace.snapshots[:3] if result.trace else ()
        if not taken:
            empty(figure.add_axes(area), "no snapshots in this result")
        rows, across = 2 if outputs(result) else 1, max(2, len(taken))
        for i, (snapshot, name) in enumerate(zip(taken, step_names(len(taken)), strict=False)):
            places = [
                inside(area, (i + 0.03) / across, 1 - (row + 0.97) / rows, 0.93 / across, 0.82 / rows)
                for row in range(rows)
            ]
            above, below = [*map(figure.add_axes, places), None][:2]
            draw(result, snapshot, above, below, name)

    return drawn


def _signals(result: Any, figure: Figure, area: Rect) -> None:
    found, crystal = result.signals, DrawnCrystal.of(result)
    sites = found.sites[:_SIGNALS] if found else ()
    if not sites:
        empty(figure.add_axes(area), "no signals in this result")
    elif crystal is not None and crystal.molecule:
        draw_signals_in_place(figure.add_axes(inside(area, 0.03, 0.03, 0.94, 0.88)), crystal, found)
    else:
        for i, site in enumerate(sites):
            place = inside(area, i / len(sites) + 0.01, 0.03, 0.98 / len(sites), 0.82)
            draw_signal(figure.add_axes(place), found, site)


def _signals_size(result: Any) -> tuple[float, float, Rect]:
    crystal = DrawnCrystal.of(result)
    sites = result.signals.sites[:_SIGNALS] if result.signals else ()
    if sites and crystal is not None and crystal.molecule:
        return 4.6, 4.4, WHOLE
    return max(3.0, 2.6 * len(sites)), 2.7, WHOLE


TREE = Panel(
    "tree", "The groups between parent and child", Chapter.ANSWER, (Intermediates,), lambda result: True, _tree,
    _tree_size,
)  # fmt: skip
CANDIDATES = Panel(
    "candidates", "The candidates above the child", Chapter.ANSWER, (ParentSearch,), lambda result: True,
    lambda result, figure, area: draw_parents_on(figure.add_axes(area), result),
    _sized(6.4, 4.4, (0.1, 0.12, 0.86, 0.78)),
)  # fmt: skip
LEVELS = Panel(
    "levels", "Frequencies by wave vector and irrep; below zero those that are imaginary", Chapter.ANSWER,
    (PhononResult,), lambda result: bool(result.stars), draw_levels,
    lambda result: (7.4, ROW * rows_of(result), (0.08, 0.0, 0.9, 1.0)),
)  # fmt: skip
PREDICTED = Panel(
    "prediction", "Probability of each class, and amplitudes of its order parameter with 90 % bars", Chapter.ANSWER,
    (Prediction,), lambda result: bool(result.classes), draw_prediction, prediction_size,
)  # fmt: skip
LEARNED = Panel(
    "learned", "Losses by epoch, order parameters predicted against found, pairs of each class", Chapter.ANSWER,
    (Training,), lambda result: True, draw_learned, _sized(7.0, 5.6),
)  # fmt: skip
STRUCTURES = Panel(
    "structures", "Parent with displacement arrows, and child", Chapter.ANSWER, ANALYSED,
    _has_structures, _structures, _sized(7.4, 4.2),
)  # fmt: skip
ORDER_PARAMETER = Panel(
    "order_parameter", "The learned order parameter on its carriers", Chapter.ANSWER, (Finding,),
    lambda result: bool(result.breaking_input) and _has_structures(result), _order_parameter, _order_parameter_size,
)  # fmt: skip
AMPLITUDES = Panel(
    "amplitudes", "Mode amplitudes", Chapter.MODES, ANALYSED, lambda result: True, _on_axes(draw_amplitudes),
    _amplitudes_size,
)  # fmt: skip
GROUPS = Panel(
    "groups", "From parent to child", Chapter.MODES, ANALYSED, lambda result: True, _on_axes(draw_groups),
    _sized(4.4, 2.9, (0.03, 0.03, 0.94, 0.86)),
)  # fmt: skip
STRAIN = Panel(
    "strain", "Strain in the parent's frame", Chapter.MODES, ANALYSED,
    lambda result: bool(strained(result)), _strain, _sized(5.6, 2.4),
)  # fmt: skip
LADDER = Panel(
    "ladder", "The child's group against tolerance", Chapter.MODES, ANALYSED,
    lambda result: len(result.tolerance_ladder) > 1, _on_axes(draw_ladder), _sized(3.4, 2.4, (0.05, 0.05, 0.9, 0.8)),
)  # fmt: skip
TILTS = Panel(
    "tilts", "Octahedral tilts", Chapter.MODES, ANALYSED,
    lambda result: result.glazer is not None and any(result.glazer.angles), _on_axes(draw_tilts),
    _sized(3.4, 2.4, (0.17, 0.2, 0.78, 0.66)),
)  # fmt: skip
TRAINING = Panel(
    "training", "Losses and norms of the input's blocks", Chapter.TRAINING, (Finding,), _trained, _training,
    _sized(7.0, 5.0),
)  # fmt: skip
SNAPSHOTS = Panel(
    "snapshots", "Input and output during the training", Chapter.TRAINING, (Finding,), _has_steps,
    _steps(draw_snapshot, _moves), _sized(7.4, 4.8),
)  # fmt: skip
HARMONICS = Panel(
    "harmonics", "The same as signals on the sphere", Chapter.TRAINING, (Finding,),
    lambda result: _has_steps(result) and has_displacements(result), _steps(draw_harmonic_snapshot, bool),
    _sized(7.4, 4.4),
)  # fmt: skip
SIGNALS = Panel(
    "signals", "What the network answers without input", Chapter.TRAINING, (Finding,),
    lambda result: result.signals is not None and bool(result.signals.sites), _signals, _signals_size,
)  # fmt: skip

PANELS = (
    TREE, CANDIDATES, LEVELS, PREDICTED, LEARNED, STRUCTURES, ORDER_PARAMETER, AMPLITUDES, GROUPS, STRAIN, LADDER,
    TILTS, TRAINING, SNAPSHOTS, HARMONICS, SIGNALS,
)  # fmt: skip
"""In the order in which a report shows them."""
