"""Bars of mode amplitudes, strain, the tolerance ladder, tilt angles, and the groups on the way to the child."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from curiebreak.report.canvas import note
from curiebreak.report.numbers import fixed, group
from curiebreak.report.palette import FAINT, INK, MUTED, NOISE, POSITIVE, entries, irrep_colours, mixed
from curiebreak.results import Decomposition, Finding, IrrepEntry

_MANY = 24
_HATCH = {"primary": "", "secondary": "////", "noise": "...."}
_RANK = {"primary": 0, "secondary": 1, "noise": 2}


def shown_amplitudes(result: Finding | Decomposition) -> list[IrrepEntry]:
    """Entries that get a bar, strain aside: by role, then by amplitude; one per irrep and kind."""
    found: dict[tuple[str, str], IrrepEntry] = {}
    for entry in entries(result):
        if entry.kind != "strain" and entry.amplitude_parent is not None:
            found.setdefault((entry.irrep, entry.kind), entry)
    ordered = sorted(found.values(), key=lambda e: (_RANK[e.role], -(e.amplitude_parent or 0.0)))
    return ordered[:_MANY]


def draw_amplitudes(result: Finding | Decomposition, axes: Axes) -> None:
    """One bar per irrep: full for primaries, hatched for secondaries, grey for noise."""
    axes.set_title("Mode amplitudes")
    shown = shown_amplitudes(result)
    if not shown:
        axes.set_axis_off()
        note(axes, "no modes in this result")
        return
    colours = irrep_colours(result)
    values = np.array([entry.amplitude_parent or 0.0 for entry in shown])
    places = np.arange(len(shown))[::-1]
    for place, entry, value in zip(places, shown, values, strict=True):
        colour = NOISE if entry.role == "noise" else colours[entry.irrep]
        face = colour if entry.role == "primary" else mixed(colour, "#ffffff", 0.55)
        axes.barh(place, value, height=0.66, color=face, edgecolor=colour, hatch=_HATCH[entry.role], linewidth=0.8)
        axes.annotate(fixed(value), (value, place), xytext=(3, 0), textcoords="offset points", va="center",
                      fontsize=_font(len(shown)))  # fmt: skip
    noise = [value for entry, value in zip(shown, values, strict=True) if entry.role == "noise"]
    if noise:
        axes.axvline(max(noise), color=MUTED, linestyle="--", linewidth=0.9)
    axes.set_yticks(places, [_bar_name(entry) for entry in shown], fontsize=_font(len(shown)), parse_math=False)
    axes.set_xlim(0, 1.22 * float(values.max() or 1.0))
    axes.set_ylim(-0.6, len(shown) - 0.4)
    unit = " (occupation: no unit)" if any(e.kind == "occupation" for e in shown) else ""
    axes.set_xlabel(f"amplitude per parent cell, Å{unit}")
    axes.tick_params(axis="y", length=0)


def _bar_name(entry: IrrepEntry) -> str:
    return entry.irrep if entry.kind == "displacement" else f"{entry.irrep} ({entry.kind})"


def _font(count: int) -> float:
    return 7.5 if count <= 12 else 6.0


def draw_strain(result: Finding | Decomposition, axes: Axes) -> None:
    """The six components of the strain in the parent's frame."""
    axes.set_title("Strain")
    strain = result.mapping.strain if result.mapping else None
    if strain is None:
        axes.set_axis_off()
        note(axes, "no cell, no strain")
        return
    names = {"xx": (0, 0), "yy": (1, 1), "zz": (2, 2), "yz": (1, 2), "xz": (0, 2), "xy": (0, 1)}
    values = [100 * strain[i][j] for i, j in names.values()]
    axes.bar(list(names), values, width=0.62, color=mixed(INK, "#ffffff", 0.45), edgecolor=INK, linewidth=0.7)
    axes.axhline(0, color=INK, linewidth=0.7)
    reach = max(0.1, *(abs(v) for v in values))
    axes.set_ylim(1.3 * min(0.0, *values) - 0.1 * reach, 1.3 * max(0.0, *values) + 0.1 * reach)
    axes.set_ylabel("strain, %")


def draw_ladder(result: Finding | Decomposition, axes: Axes) -> None:
    """The child's group against tolerance, from tight below to loose above."""
    axes.set_title("The child's group against tolerance")
    axes.set_axis_off()
    rungs = result.tolerance_ladder[:8]
    if not rungs:
        note(axes, "not known")
        return
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.7, max(len(rungs), 4) - 0.3)
    axes.plot([0.34, 0.34], [0, len(rungs) - 1], color=MUTED, linewidth=1.0, zorder=1)
    for place, rung in enumerate(rungs):
        colour = POSITIVE if place == 0 else INK
        axes.plot([0.34], [place], marker="o", markersize=5, color=colour, zorder=2)
        axes.text(0.29, place, f"{rung.tolerance:.3g} Å", ha="right", va="center", fontsize=7.5)
        axes.text(0.39, place, group(rung), ha="left", va="center", fontsize=7.5, parse_math=False)


def draw_tilts(result: Finding | Decomposition, axes: Axes) -> None:
    """Tilt angles about the pseudo-cubic axes."""
    axes.set_title("Octahedral tilts")
    glazer = result.glazer
    if glazer is None:
        axes.set_axis_off()
        note(axes, "no net of octahedra")
        return
    axes.bar(["1", "2", "3"], glazer.angles, width=0.55, color=mixed("#0072b2", "#ffffff", 0.35), edgecolor=INK,
             linewidth=0.7)  # fmt: skip
    top = max(1.0, *glazer.angles)
    for place, angle in enumerate(glazer.angles):
        axes.text(place, angle + 0.03 * top, f"{fixed(angle, 2)}°", ha="center", va="bottom", fontsize=7.5)
    axes.set_ylim(0, 1.25 * top)
    axes.set_xlabel(f"pseudo-cubic axis of {glazer.symbol}", parse_math=False)
    axes.set_ylabel("angle, degrees")


def draw_groups(result: Finding | Decomposition, axes: Axes) -> None:
    """Parent, the group that each primary irrep alone leaves, and the child."""
    axes.set_title("From parent to child")
    axes.set_axis_off()
    chosen = {e.irrep: e for e in entries(result) if e.role == "primary" and e.isotropy_subgroup is not None}
    steps = list(chosen.values())[:4] if len(chosen) > 1 else []
    parent = group(result.parent.space_group, result.parent.point_group or "-")
    child = group(result.isotropy_subgroup or result.child.space_group, result.child.point_group or "-")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _node(axes, 0.5, 0.9, parent, INK)
    _node(axes, 0.5, 0.1, child, INK)
    colours = irrep_colours(result)
    for i, entry in enumerate(steps):
        x = (i + 0.5) / len(steps)
        colour = colours[entry.irrep]
        _edge(axes, (0.5, 0.84), (x, 0.58), colour)
        _edge(axes, (x, 0.42), (0.5, 0.16), FAINT)
        _node(axes, x, 0.5, f"{entry.irrep}\n{group(entry.isotropy_subgroup)}", colour)
    if not steps:
        _edge(axes, (0.5, 0.82), (0.5, 0.18), MUTED)
        label = " ⊕ ".join(result.primary) or "nothing to break"
        axes.text(0.53, 0.5, label, ha="left", va="center", fontsize=8, parse_math=False)


def _node(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 1.1}
    axes.text(x, y, text, ha="center", va="center", fontsize=7.5, bbox=box, parse_math=False)


def _edge(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.1, "shrinkA": 2, "shrinkB": 2}
    axes.annotate("", xy=end, xytext=start, arrowprops=arrow)
