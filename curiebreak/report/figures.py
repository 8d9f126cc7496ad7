"""Figures of a result, each a matplotlib ``Figure`` of its own that no window shows.

They take what :func:`curiebreak.find` or :func:`curiebreak.decompose` returns, or the same read from JSON.
"""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curiebreak.report.canvas import bare, new_figure, note, style
from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.draw_groups import draw_groups
from curiebreak.report.draw_harmonics import draw_harmonic_snapshot, draw_signal, draw_signals_in_place
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
from curiebreak.report.tree import tree_figure
from curiebreak.results import Decomposition, Finding, Intermediates, Snapshot

__all__ = [
    "amplitudes", "groups", "harmonics", "ladder", "order_parameter", "signals", "snapshots", "strain", "structures",
    "tilts", "training", "tree",
]  # fmt: skip

_PANELS = 9
_ACROSS = 3
_SIGNALS = 4
def step_names(number: int) -> tuple[str, ...]:
    """What the snapshots of a training are called; one that needed a single input has no middle."""
    return ("Start", "End") if number == 2 else ("Start", "Middle", "End")


def structures(result: Finding | Decomposition) -> Figure:
    """Parent with displacement arrows and child, as polyhedra in the child's cell.

    A site whose occupation changes, or that several elements share, is a ball with a sector for each element.
    """
    with style():
        figure = new_figure(7.4, 4.2)
        rectangles = ((0.01, 0.1, 0.48, 0.82), (0.51, 0.1, 0.48, 0.82), (0.1, 0.0, 0.8, 0.07))
        left, right, legend = (figure.add_axes(r) for r in rectangles)
        draw_pair(result, left, right, legend)
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
        positive, blue negative. A carrier that holds several irreps is drawn irrep by irrep, then whole. At most nine
        pictures.
    """
    panels = input_panels(finding)[:_PANELS]
    across = 2 if len(panels) in (0, 1, 2, 4) else _ACROSS
    rows = max(1, -(-len(panels) // across))
    with style():
        figure = new_figure(3.3 * across, 3.3 * rows)
        shown = []
        for number in range(max(1, len(panels))):
            row, column = divmod(number, across)
            place = ((column + 0.03) / across, 1.0 - (row + 0.97) / rows, 0.94 / across, 0.85 / rows)
            shown.append((figure.add_axes(place), panels[number] if panels else None))
        draw_order_parameter(finding, shown)
        return figure


def training(finding: Finding) -> Figure:
    """Losses with their floors, and norms of the input's blocks."""
    with style():
        figure = new_figure(7.0, 5.0)
        draw_loss(finding, figure.add_axes((0.1, 0.6, 0.62, 0.33)))
        draw_blocks(finding, figure.add_axes((0.1, 0.1, 0.62, 0.33)))
        return figure


def snapshots(finding: Finding) -> Figure:
    """Input and output of the network at start, middle and end of the training, as arrows."""
    return _steps(finding, draw_snapshot, 7.4, 4.8)


def harmonics(finding: Finding) -> Figure:
    """Input and output at start, middle and end as signals on the sphere (Fig. 2 of the paper of the method).

    Of the input only the components of equal parity, those of the harmonics themselves (0e, 1o, 2e, ...), are drawn,
    on one atom of the carrier, with a scalar 1; of the output the displacements, as peaks of harmonics up to l = 5.
    """
    return _steps(finding, draw_harmonic_snapshot, 7.4, 4.4)


def _steps(finding: Finding, draw: Callable[[Finding, Snapshot, Axes, Axes, str], None], w: float, h: float) -> Figure:
    taken = finding.trace.snapshots[:3] if finding.trace else ()
    with style():
        figure = new_figure(w, h)
        if not taken:
            axes = figure.add_axes((0, 0, 1, 1))
            bare(axes)
            note(axes, "no snapshots in this result")
        for i, (snapshot, name) in enumerate(zip(taken, step_names(len(taken)), strict=False)):
            above = figure.add_axes((0.01 + i / 3, 0.53, 0.31, 0.41))
            below = figure.add_axes((0.01 + i / 3, 0.03, 0.31, 0.41))
            draw(finding, snapshot, above, below, name)
        return figure


def signals(finding: Finding) -> Figure:
    """What a network without input answers: surfaces with all the degenerate maxima (Fig. 1 of the paper).

    Lines stand on the maxima, balls on the directions that symmetry makes equivalent. A molecule has its signals in
    place, a crystal one picture for each site.
    """
    with style():
        found = finding.signals
        crystal = DrawnCrystal.of(finding)
        sites = found.sites[:_SIGNALS] if found else ()
        if found is not None and sites and crystal is not None and crystal.lattices is None:
            figure = new_figure(4.6, 4.4)
            draw_signals_in_place(figure.add_axes((0.03, 0.03, 0.94, 0.88)), crystal, found)
            return figure
        figure = new_figure(max(3.0, 2.6 * len(sites)), 2.7)
        if found is None or not sites:
            axes = figure.add_axes((0, 0, 1, 1))
            bare(axes)
            note(axes, "no signals in this result")
            return figure
        for i, site in enumerate(sites):
            draw_signal(figure.add_axes((i / len(sites) + 0.01, 0.03, 0.98 / len(sites), 0.82)), found, site)
        return figure


def amplitudes(result: Finding | Decomposition) -> Figure:
    """Bars of the mode amplitudes, one per irrep: primary full, secondary hatched, noise grey with its level."""
    with style():
        height = 1.4 + 0.22 * len(shown_amplitudes(result))
        figure = new_figure(5.0, height)
        draw_amplitudes(result, figure.add_axes((0.25, 0.62 / height, 0.7, 1 - 1.2 / height)))
        return figure


def strain(result: Finding | Decomposition) -> Figure:
    """The cell before and after the strain, and its components in the parent's frame."""
    with style():
        figure = new_figure(5.6, 2.4)
        draw_strained_cell(result, figure.add_axes((0.02, 0.1, 0.36, 0.76)))
        draw_strain(result, figure.add_axes((0.5, 0.14, 0.48, 0.72)))
        return figure


def ladder(result: Finding | Decomposition) -> Figure:
    """The child's group against tolerance."""
    with style():
        figure = new_figure(3.4, 2.4)
        draw_ladder(result, figure.add_axes((0.05, 0.05, 0.9, 0.8)))
        return figure


def tilts(result: Finding | Decomposition) -> Figure:
    """Tilt angles of the octahedra: in phase full, in antiphase hatched."""
    with style():
        figure = new_figure(3.4, 2.4)
        draw_tilts(result, figure.add_axes((0.17, 0.2, 0.78, 0.66)))
        return figure


def groups(result: Finding | Decomposition) -> Figure:
    """Parent, the group that each primary irrep alone leaves, and child."""
    with style():
        figure = new_figure(4.4, 2.9)
        draw_groups(result, figure.add_axes((0.03, 0.03, 0.94, 0.86)))
        return figure


def tree(result: Intermediates) -> Figure:
    """All groups between parent and child with the irreps they let through and the share of the distortion they keep.

    Parameters
    ----------
    result : Intermediates
        What ``curiebreak intermediate`` computes.
    """
    return tree_figure(result)
