"""A tracked series as a figure: order parameters, tilt angles and strain against frame or a named column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curiebreak.arrays import FloatArray
from curiebreak.files import known_suffix
from curiebreak.report.canvas import new_figure, style, write_figure
from curiebreak.report.palette import FAINT, MUTED
from curiebreak.results.basic import STRAINS
from curiebreak.tracking import Tracking

FORMATS = (".png", ".pdf", ".svg")
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255", "#999933")
_DASHES = ("-", "--", ":", "-.", (0, (4, 1, 1, 1, 1, 1)), (0, (1, 3)))
_IRREPS = 8
_PART = 0.1
_LINES = 14
_DENSE = 400
_MOST_POINTS = 4000
_NO_TILT = 1e-3
"""Degrees; smaller angles are rounding, and get no panel."""


def write_series_figure(tracking: Tracking, path: Path) -> None:
    """Draw a series into a file.

    Raises
    ------
    InputError
        Unknown suffix, or a place that cannot be written.
    """
    known_suffix(path, FORMATS, "figure")
    write_figure(path, series_figure(tracking))


def series_figure(tracking: Tracking) -> Figure:
    """The figure itself (matplotlib), never shown.

    Irreps with the largest amplitudes are drawn component by component, with their signs; vertical lines
    mark domain flips.
    """
    curves = tracking.curves
    x = np.array(curves.x)
    order = np.argsort(x, kind="stable") if curves.x_name != "frame" else np.arange(len(x))
    order = order[np.isfinite(x[order])]
    panels = [("order parameters, Ap (Å)", _components(tracking))]
    tilts = [name for name, *_ in _tilts(tracking) if name in curves.columns.place]
    if any(np.abs(np.nan_to_num(curves.of(name))).max() > _NO_TILT for name in tilts):
        panels.append(("tilts (°)", _tilts(tracking)))
    panels.append(("strain", [(f"strain_{a}", a, i, 0) for i, a in enumerate(STRAINS)]))
    with style():
        figure = new_figure(6.6, 2.3 * len(panels) + 0.6)
        for number, (title, lines) in enumerate(panels):
            axes = figure.add_subplot(len(panels), 1, number + 1)
            _panel(axes, tracking, x, order, lines)
            axes.set_ylabel(title)
            axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 4))
            axes.yaxis.set_label_coords(-0.13, 0.5)
            axes.tick_params(labelbottom=number == len(panels) - 1)
        axes.set_xlabel(curves.x_name)
        bottom = 0.5 / figure.get_figheight()
        figure.subplots_adjust(left=0.13, right=0.78, bottom=bottom, top=1 - 0.2 / figure.get_figheight(), hspace=0.12)
    return figure


Line = tuple[str, str, int, int]
"""Column, legend, colour, dash."""


def _components(tracking: Tracking) -> list[Line]:
    """Components that rise above a part of the largest one, irrep by irrep; the rest is scatter or secondary."""
    curves = tracking.curves
    sizes = {
        irrep.irrep: {f"{irrep.irrep}({i})": _steady(curves.of(f"{irrep.irrep}({i})")) for i in irrep.components}
        for irrep in tracking.report.irreps
    }
    ranked = sorted(sizes, key=lambda label: -max(sizes[label].values()))[:_IRREPS]
    limit = _PART * max(sizes[ranked[0]].values())
    found: list[Line] = []
    for colour, label in enumerate(ranked):
        kept = [name for name, size in sizes[label].items() if size >= limit]
        found += [(name, name, colour, dash % len(_DASHES)) for dash, name in enumerate(kept)]
    return found[:_LINES]


def _steady(values: FloatArray) -> float:
    """What a curve shows beyond scatter: the largest mean of its tenths, less three times its error."""
    parts = np.array_split(values, min(10, len(values)))
    return max(abs(float(p.mean())) - (3 * float(p.std()) / np.sqrt(len(p)) if len(p) > 4 else 0.0) for p in parts)


def _tilts(tracking: Tracking) -> list[Line]:
    names = {"+": "in phase", "-": "antiphase"}
    return [
        (f"tilt_{axis}{sign}", f"{axis}, {names[sign]}", i, d)
        for d, sign in enumerate("+-")
        for i, axis in enumerate("xyz")
    ]


def _panel(axes: Axes, tracking: Tracking, x: FloatArray, order: Any, lines: Sequence[Line]) -> None:
    curves = tracking.curves
    dense = len(order) > _DENSE
    step = max(1, len(order) // _MOST_POINTS)
    shown = order[::step]
    marker: dict[str, Any] = {"linewidth": 0.6} if dense else {"linewidth": 1.0, "marker": "o", "markersize": 2.5}
    axes.axhline(0.0, color=FAINT, linewidth=0.7, zorder=0)
    for name, label, colour, dash in lines:
        axes.plot(x[shown], curves.of(name)[shown], color=_COLOURS[colour % len(_COLOURS)], linestyle=_DASHES[dash],
                  label=label, **marker)  # fmt: skip
    for flip in {flip.frame: flip for flip in tracking.flips}.values():
        axes.axvline(x[flip.frame], color=MUTED, linewidth=0.7, linestyle=(0, (2, 2)), zorder=0)
    if lines:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
