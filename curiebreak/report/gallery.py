"""Which figures a report shows in which chapter, with their captions."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from curiebreak.report import figures
from curiebreak.report.content import Report
from curiebreak.report.crystal import DrawnCrystal
from curiebreak.report.draw_harmonics import has_displacements
from curiebreak.report.parent_tree import parents_figure
from curiebreak.results import Finding, Intermediates
from curiebreak.results.parents import ParentSearch

Named = tuple[str, Callable[[], Figure]]
"""Caption, and the function that draws the figure."""


def answer_figures(result: Report) -> tuple[Named, ...]:
    """Figures that show what happened: structures, and the order parameter on its carriers."""
    if isinstance(result, Intermediates):
        return (("The groups between parent and child", lambda: figures.tree(result)),)
    if isinstance(result, ParentSearch):
        return (("The candidates above the child", lambda: parents_figure(result)),)
    shown: list[Named] = []
    if DrawnCrystal.of(result) is not None:
        shown.append(("Parent with displacement arrows, and child", lambda: figures.structures(result)))
    if isinstance(result, Finding) and result.breaking_input:
        shown.append(("The learned order parameter on its carriers", lambda: figures.order_parameter(result)))
    return tuple(shown)


def mode_figures(result: Report) -> tuple[Named, ...]:
    """Figures of the exact analysis."""
    if isinstance(result, (Intermediates, ParentSearch)):
        return ()
    shown: list[Named] = [
        ("Mode amplitudes", lambda: figures.amplitudes(result)),
        ("From parent to child", lambda: figures.groups(result)),
    ]
    if result.mapping is not None and result.mapping.strain is not None:
        shown.append(("Strain in the parent's frame", lambda: figures.strain(result)))
    if result.tolerance_ladder:
        shown.append(("The child's group against tolerance", lambda: figures.ladder(result)))
    if result.glazer is not None:
        shown.append(("Octahedral tilts", lambda: figures.tilts(result)))
    return tuple(shown)


def training_figures(result: Report) -> tuple[Named, ...]:
    """Figures of the learned side."""
    shown: list[Named] = []
    if not isinstance(result, Finding):
        return ()
    if result.trace is not None and any(result.trace.loss):
        shown.append(("Losses and norms of the input's blocks", lambda: figures.training(result)))
        if result.trace.snapshots and result.structures:
            shown.append(("Input and output during the training", lambda: figures.snapshots(result)))
            if has_displacements(result):
                shown.append(("The same as signals on the sphere", lambda: figures.harmonics(result)))
    if result.signals is not None and result.signals.sites:
        shown.append(("What the network answers without input", lambda: figures.signals(result)))
    return tuple(shown)
