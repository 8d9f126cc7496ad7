"""A path between parent and child as a figure: how the irreps grow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curiebreak.results import Intermediates, StructurePath


def draw_growth(result: Intermediates, path: Path) -> None:
    """Draw the amplitudes along the path of a result; nothing without a path.

    Parameters
    ----------
    result : Intermediates
    path : Path
        ``.png``, ``.pdf`` or ``.svg``.
    """
    if result.path is not None:
        from curiebreak.report.canvas import style, write_figure

        with style():
            write_figure(path, growth_figure(result.path))


def growth_figure(path: StructurePath) -> Any:
    """The figure itself (matplotlib), never shown: displacements above, strain below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from numpy import linspace

    figure = Figure(figsize=(6.0, 6.0), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True)
    steps = linspace(0.0, 1.0, len(path.scales))
    for one in path.exponents:
        dash, order = ("-", "primary") if one.primary else ("--", f"order {'?' if one.exact is None else one.exact}")
        axes = lower if one.kind == "strain" else upper
        axes.plot(steps, one.amplitudes, dash, marker=".", label=f"{one.irrep} ({order})")
    for axes, label in ((upper, "amplitude (Å)"), (lower, "strain")):
        axes.set_ylabel(label)
        if axes.lines:
            axes.legend(fontsize=8)
    scaled = ", then ".join(path.order) or " and ".join(path.primaries)
    lower.set_xlabel(f"way from parent to end ({scaled} scaled)")
    source = "trained network" if path.method == "network" else "lowest powers"
    upper.set_title(f"Interpolation, not a reaction path; secondaries: {source}", fontsize=9)
    return figure
