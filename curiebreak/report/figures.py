"""Figures of a result, each a matplotlib ``Figure`` of its own that no window shows.

They take what :func:`curiebreak.find` or :func:`curiebreak.decompose` returns, or the same read from JSON.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from curiebreak.report.canvas import bare, new_figure, note, style
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
from curiebreak.results import Decomposition, Finding

__all__ = [
    "amplitudes", "groups", "ladder", "order_parameter", "signals", "snapshots", "strain", "structures", "tilts",
    "training",
]  # fmt: skip

_INPUTS = 4
_SIGNALS = 4


def structures(finding: Finding) -> Figure:
    """Parent with displacement arrows and child, as polyhedra in the child's cell."""
    with style():
        figure = new_figure(7.4, 4.2)
        rectangles = ((0.01, 0.1, 0.48, 0.82), (0.51, 0.1, 0.48, 0.82), (0.1, 0.0, 0.8, 0.07))
        left, right, legend = (figure.add_axes(r) for r in rectangles)
        draw_pair(finding, left, right, legend)
        return figure


def order_parameter(finding: Finding) -> Figure:
    """The learned order parameter on its carriers, along the axis that shows most of it, and in 3D.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    Figure
        Polar vectors are arrows, axial vectors turning arrows, l = 0 balls, higher l surfaces; orange is
        positive, blue negative. One row per carrier, at most four.
    """
    rows = min(_INPUTS, max(1, len(finding.breaking_input)))
    with style():
        figure = new_figure(7.0, 3.6 * rows)
        height = 1.0 / rows
        panels = []
        for row in range(rows):
            bottom = 1.0 - (row + 0.97) * height
            pair = [figure.add_axes((x, bottom, 0.47, 0.85 * height)) for x in (0.02, 0.51)]
            panels.append((pair[0], pair[1]))
        draw_order_parameter(finding, panels)
        return figure


def training(finding: Finding) -> Figure:
    """Losses with their floors, and norms of the input's blocks."""
    with style():
        figure = new_figure(7.0, 5.0)
        draw_loss(finding, figure.add_axes((0.1, 0.6, 0.62, 0.33)))
        draw_blocks(finding, figure.add_axes((0.1, 0.1, 0.62, 0.33)))
        return figure


def snapshots(finding: Finding) -> Figure:
    """Input and output of the network at start, middle and end of the training."""
    taken = finding.trace.snapshots[:3] if finding.trace else ()
    with style():
        figure = new_figure(7.4, 4.8)
        if not taken:
            axes = figure.add_axes((0, 0, 1, 1))
            bare(axes)
            note(axes, "no snapshots in this result")
        for i, (snapshot, name) in enumerate(zip(taken, ("Start", "Middle", "End"), strict=False)):
            above = figure.add_axes((0.01 + i / 3, 0.53, 0.31, 0.41))
            below = figure.add_axes((0.01 + i / 3, 0.03, 0.31, 0.41))
            draw_snapshot(finding, snapshot, above, below, name)
        return figure


def signals(finding: Finding) -> Figure:
    """What a network without input answers on each site: surfaces with all the degenerate maxima."""
    with style():
        found = finding.signals
        sites = found.sites[:_SIGNALS] if found else ()
        figure = new_figure(max(3.0, 2.4 * len(sites)), 2.7)
        if found is None or not sites:
            axes = figure.add_axes((0, 0, 1, 1))
            bare(axes)
            note(axes, "no signals in this result")
            return figure
        for i, site in enumerate(sites):
            draw_signal(figure.add_axes((i / len(sites) + 0.01, 0.03, 0.98 / len(sites), 0.82)), found, site)
        return figure


def amplitudes(result: Finding | Decomposition) -> Figure:
    """Bars of the mode amplitudes, one per irrep: primary full, secondary hatched, noise grey."""
    with style():
        height = 1.2 + 0.22 * len(shown_amplitudes(result))
        figure = new_figure(5.0, height)
        draw_amplitudes(result, figure.add_axes((0.25, 0.62 / height, 0.7, 1 - 1.0 / height)))
        return figure


def strain(result: Finding | Decomposition) -> Figure:
    """Components of the strain in the parent's frame."""
    with style():
        figure = new_figure(3.4, 2.4)
        draw_strain(result, figure.add_axes((0.2, 0.14, 0.76, 0.72)))
        return figure


def ladder(result: Finding | Decomposition) -> Figure:
    """The child's group against tolerance."""
    with style():
        figure = new_figure(3.4, 2.4)
        draw_ladder(result, figure.add_axes((0.05, 0.05, 0.9, 0.8)))
        return figure


def tilts(result: Finding | Decomposition) -> Figure:
    """Tilt angles of the octahedra."""
    with style():
        figure = new_figure(3.4, 2.4)
        draw_tilts(result, figure.add_axes((0.17, 0.2, 0.78, 0.66)))
        return figure


def groups(result: Finding | Decomposition) -> Figure:
    """Parent, the group that each primary irrep alone leaves, and child."""
    with style():
        figure = new_figure(4.0, 2.6)
        draw_groups(result, figure.add_axes((0.03, 0.03, 0.94, 0.84)))
        return figure
