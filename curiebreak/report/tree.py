"""The groups between parent and child as a figure, in the manner of Bärnighausen's trees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curiebreak.report.intermediates import name
from curiebreak.results import Intermediates

_WIDTH = 2.6
_HEIGHT = 1.5
_LARGEST = 60
"""Inches; a wider or higher figure is scaled down."""


def draw_tree(result: Intermediates, path: Path) -> None:
    """Draw the list of intermediates: arrows with kind and index, kept share as colour.

    Parameters
    ----------
    result : Intermediates
    path : Path
        ``.png``, ``.pdf`` or ``.svg``.
    """
    figure = tree_figure(result)
    figure.savefig(path, dpi=150, bbox_inches="tight")


def tree_figure(result: Intermediates) -> Any:
    """The figure itself (matplotlib), never shown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    places = _places(result)
    width = max(x for x, _ in places) - min(x for x, _ in places)
    height = max(-y for _, y in places)
    size = (min(_LARGEST, _WIDTH * (width + 1.6)), min(_LARGEST, _HEIGHT * (height + 1.4)))
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.02, 0.84, 0.96))
    axes.set_axis_off()
    _arrows(axes, result, places)
    _nodes(axes, result, places)
    _colour_bar(figure)
    return figure


def _places(result: Intermediates) -> list[tuple[float, float]]:
    """Position of every entry: rows by length of the longest chain from the parent, ordered by the row above."""
    count = len(result.intermediates)
    depth = [0] * count
    above: dict[int, list[int]] = {}
    for upper, lower in sorted(result.edges):
        above.setdefault(lower, []).append(upper)
    for entry in range(count):
        depth[entry] = max((depth[u] + 1 for u in above.get(entry, [])), default=0)
    found = [(0.0, 0.0)] * count
    for level in range(max(depth) + 1):
        row = [i for i in range(count) if depth[i] == level]
        row.sort(key=lambda i: (_mean([found[u][0] for u in above.get(i, [])]), i))
        for place, entry in enumerate(row):
            found[entry] = (place - (len(row) - 1) / 2, -float(level))
    return found


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _arrows(axes: Any, result: Intermediates, places: list[tuple[float, float]]) -> None:
    for step in result.steps:
        (x, y), (u, v) = places[step.upper], places[step.lower]
        axes.annotate(
            "",
            xy=(u, v + 0.18),
            xytext=(x, y - 0.18),
            arrowprops={"arrowstyle": "-|>", "color": "0.45", "linewidth": 1.0},
        )
        axes.text(
            0.55 * x + 0.45 * u,
            0.55 * y + 0.45 * v,
            f"{step.kind}{step.index}",
            fontsize=8,
            ha="center",
            va="center",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"},
        )


def _nodes(axes: Any, result: Intermediates, places: list[tuple[float, float]]) -> None:
    from matplotlib import colormaps

    chosen = None if result.chosen is None else result.chosen.entry
    for number, (entry, (x, y)) in enumerate(zip(result.intermediates, places, strict=True)):
        labels = [one.irrep for one in entry.irreps]
        text = ", ".join(labels[:4]) + (", …" if len(labels) > 4 else "")
        if not entry.active:
            text = "no active irrep"
        share = min(max(entry.kept_share, 0.0), 1.0)
        axes.text(
            x,
            y,
            f"{number}: {name(entry)}\n{text or 'parent'}\n{100 * share:.1f} %",
            fontsize=8,
            ha="center",
            va="center",
            bbox={
                "boxstyle": "round,pad=0.35",
                "facecolor": colormaps["YlGnBu"](0.65 * share),
                "edgecolor": "black",
                "linewidth": 2.2 if number == chosen else 0.8,
                "linestyle": "-" if entry.active else "--",
            },
        )
    horizontal, vertical = [x for x, _ in places], [y for _, y in places]
    axes.set_xlim(min(horizontal) - 0.7, max(horizontal) + 0.7)
    axes.set_ylim(min(vertical) - 0.5, max(vertical) + 0.5)


def _colour_bar(figure: Any) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    shades = LinearSegmentedColormap.from_list("kept", [colormaps["YlGnBu"](0.65 * i / 20) for i in range(21)])
    place = figure.add_axes((0.9, 0.3, 0.015, 0.4))
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), shades), cax=place)
    bar.set_label("share of the distortion kept", fontsize=8)
    bar.ax.tick_params(labelsize=7)
