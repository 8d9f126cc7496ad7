"""Bars of mode amplitudes, strain, the tolerance ladder, tilt angles."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from curiebreak.report.canvas import bare, empty, note
from curiebreak.report.crystal import DrawnCrystal, cell_edges
from curiebreak.report.directions_text import full_name
from curiebreak.report.draw_structure import triad
from curiebreak.report.numbers import fixed
from curiebreak.report.palette import (
    INK,
    MUTED,
    NOISE,
    POSITIVE,
    entries,
    irrep_colours,
    mixed,
    removed_by_averaging,
    strain_of,
)
from curiebreak.report.scene import fit_limits
from curiebreak.results import Decomposition, Finding, IrrepEntry, LadderRung
from curiebreak.results.basic import STRAINS, group_name

_MANY = 24
_RUNGS = 8
_LEAST_REACH = 0.1
"""Per cent; smaller strains do not fill the picture."""
_ROUNDING = 1e-5
"""Å."""
_SLOTS = 4
"""Bars are not thicker than for so many."""
_HATCH = {"primary": "", "secondary": "////", "noise": "...."}
"""By role, in the order of the bars."""
_RANK = list(_HATCH)


def shown_amplitudes(result: Finding | Decomposition) -> list[IrrepEntry]:
    """Entries that get a bar, strain aside: by role, then by amplitude; one per irrep and kind."""
    found: dict[tuple[str, str], IrrepEntry] = {}
    for entry in entries(result):
        if entry.kind != "strain" and entry.amplitude_parent is not None:
            found.setdefault((entry.name, entry.kind), entry)
    ordered = sorted(found.values(), key=lambda e: (_RANK.index(e.role), -e.size))
    return ordered[:_MANY]


def draw_amplitudes(result: Finding | Decomposition, axes: Axes) -> None:
    """One bar per irrep: full for primaries, hatched for secondaries, grey for noise, whose level is a line."""
    axes.set_title("Mode amplitudes", pad=18)
    shown = shown_amplitudes(result)
    if not shown:
        empty(axes, "no modes in this result")
        return
    colours = irrep_colours(result)
    values = np.array([entry.size for entry in shown])
    errors = np.array([_uncertainty(entry) for entry in shown])
    places = np.arange(len(shown))[::-1]
    for place, entry, value, error in zip(places, shown, values, errors, strict=True):
        colour = NOISE if entry.role == "noise" else colours[entry.name]
        face = colour if entry.role == "primary" else mixed(colour, "#ffffff", 0.55)
        axes.barh(place, value, height=0.66, color=face, edgecolor=colour, hatch=_HATCH[entry.role], linewidth=0.8)
        if error > 0:
            axes.errorbar(value, place, xerr=error, color=INK, linewidth=0.8, capsize=2.0)
        axes.annotate(fixed(value), (value + error, place), xytext=(4, 0), textcoords="offset points", va="center",
                      fontsize=_font(len(shown)))  # fmt: skip
    axes.set_yticks(places, list(map(full_name, shown)), fontsize=_font(len(shown)), parse_math=False)
    axes.set_xlim(0, 1.24 * (float((values + errors).max()) or 1.0))
    axes.set_ylim(min(0, len(shown) - _SLOTS) - 0.6, len(shown) - 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel(_unit_of(shown, result.parent.space_group is None))
    axes.tick_params(axis="y", length=0)
    _key(axes, shown, _scatter(result))


def _uncertainty(entry: IrrepEntry) -> float:
    """Standard uncertainty per parent cell, 0 where none is known."""
    if not entry.amplitude_uncertainty or not entry.amplitude_supercell:
        return 0.0
    return entry.amplitude_uncertainty * entry.size / entry.amplitude_supercell


_UNITS = {"magnetic": "μB", "occupation": "no unit", "field": "unit of the field"}
"""Of amplitudes that are no displacements."""

_ALONE = {
    "displacement": ", Å", "magnetic": ", μB", "occupation": " (change of occupancy)", "field": ", unit of the field",
}  # fmt: skip
"""The same where all are of one kind."""


def _unit_of(shown: list[IrrepEntry], molecule: bool) -> str:
    kinds = {entry.kind for entry in shown}
    name = "amplitude" if molecule else "amplitude per parent cell"
    if len(kinds) == 1:
        return name + _ALONE[kinds.pop()]
    others = "; ".join(f"{kind}: {unit}" for kind, unit in _UNITS.items() if kind in kinds)
    return f"{name}, Å ({others})"


def _scatter(result: Finding | Decomposition) -> float:
    """Amplitude per parent cell of all that averaging over the child's group removed; 0 where it is rounding."""
    removed = removed_by_averaging(result)
    return removed * float(np.sqrt(result.parent.n_atoms)) if removed > _ROUNDING else 0.0


def _key(axes: Axes, shown: list[IrrepEntry], scatter: float) -> None:
    """What full, hatched and dotted bars are, and the noise level, above the bars."""
    handles: list[Any] = []
    for role in sorted({entry.role for entry in shown}, key=_RANK.index):
        face = mixed(INK, "#ffffff", 0.35 if role == "primary" else 0.8)
        handles.append(Patch(facecolor=face, edgecolor=INK, hatch=_HATCH[role], linewidth=0.6, label=role))
    noise = [entry.size for entry in shown if entry.role == "noise"]
    level, words = (max(noise), "noise level") if noise else (scatter, "scatter, all modes")
    if level > 0:
        line = axes.axvline(level, color=INK, linestyle="--", linewidth=0.9)
        line.set_label(f"{words} {fixed(level)}")
        handles.append(line)
    if len(handles) > 1:
        axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, borderaxespad=0.1,
                    handlelength=1.4, columnspacing=1.0, handletextpad=0.4)  # fmt: skip


def _font(count: int) -> float:
    return 7.5 if count <= 12 else 6.0


def draw_strain(result: Finding | Decomposition, axes: Axes) -> None:
    """The six components of the strain in the parent's frame."""
    axes.set_title("Strain")
    strain = strain_of(result)
    if strain is None:
        empty(axes, "no cell, no strain")
        return
    values = [100 * strain[i][j] for i, j in STRAINS.values()]
    axes.bar(list(STRAINS), values, width=0.62, color=mixed(INK, "#ffffff", 0.45), edgecolor=INK, linewidth=0.7)
    axes.axhline(0, color=INK, linewidth=0.7)
    reach = max(_LEAST_REACH, *map(abs, values))
    axes.set_ylim(1.35 * min(0.0, *values) - 0.15 * reach, 1.35 * max(0.0, *values) + 0.15 * reach)
    if reach == _LEAST_REACH:
        axes.set_ylim(-reach, reach)
    for place, value in enumerate(values):
        if abs(value) >= 0.005:
            beyond, anchor = (2, "bottom") if value > 0 else (-2, "top")
            axes.annotate(fixed(value, 2 if abs(value) < 10 else 0), (place, value), xytext=(0, beyond),
                          textcoords="offset points", ha="center", va=anchor, fontsize=5.5)  # fmt: skip
    axes.set_ylabel("strain, %")


_BEFORE: dict[str, Any] = {"color": MUTED, "linestyle": (0, (3, 2)), "linewidth": 0.8}
_AFTER: dict[str, Any] = {"color": POSITIVE, "linestyle": "-", "linewidth": 1.3}
"""Edges of the cell with and without strain."""


def draw_strained_cell(result: Finding | Decomposition, axes: Axes) -> None:
    """The drawn cell before (dashed) and after the strain (full), the strain made larger by the factor stated."""
    crystal = DrawnCrystal.of(result)
    strain = strain_of(result)
    bare(axes, "Cell")
    if crystal is None or crystal.molecule or strain is None:
        note(axes, "no cell, no strain" if strain is None else "not drawn")
        return
    tensor, view = strain, crystal.tilted_view()
    largest = float(np.abs(tensor).max())
    factor, words = 1.0, "no strain"
    if largest >= 1e-6:
        factor = max(1.0, float(f"{0.2 / largest:.1g}"))
        words = f"strain × {factor:g}"
    rows = crystal.box @ crystal.lattices[0]
    corners = []
    for lattice, style in ((rows, _BEFORE), (rows @ (np.eye(3) + factor * tensor), _AFTER)):
        middle = 0.5 * lattice.sum(axis=0)
        for start, end in cell_edges(lattice):
            points = view.project(np.linspace(start, end, 12) - middle)
            corners.append(points[:, :2])
            axes.plot(points[:, 0], points[:, 1], solid_capstyle="round", **style)
    fit_limits(axes, np.concatenate(corners), 0.1)
    axes.text(0.5, -0.02, words, transform=axes.transAxes, ha="center", va="top", color=MUTED, fontsize=7)
    triad(axes, view)


def draw_ladder(result: Finding | Decomposition, axes: Axes) -> None:
    """The child's group against tolerance, from tight below to loose above."""
    ordered = any(entry.kind == "occupation" for entry in entries(result))
    unit, title = (
        ("", "Group against tolerance (Å, occupancy)") if ordered else (" Å", "The child's group against tolerance")
    )
    axes.set_title(title)
    axes.set_axis_off()
    rungs = result.tolerance_ladder[:_RUNGS]
    if not rungs:
        note(axes, "not known")
        return
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, max(len(rungs), 3) - 0.2)
    child = next((i for i, rung in enumerate(rungs) if _same_group(rung, result)), 0)
    for place, rung in enumerate(rungs):
        reach, line = (0.8, ":") if place + 1 == len(rungs) else (1.0, "-")
        axes.plot([0.34, 0.34], [place, place + reach], color=MUTED, linewidth=1.0, zorder=1, linestyle=line)
        axes.plot([0.34], [place], marker="o", markersize=5, color=POSITIVE if place == child else INK,
                  zorder=2)  # fmt: skip
        axes.text(0.29, place, f"from {rung.tolerance:.3g}{unit}", ha="right", va="center", fontsize=7.5)
        axes.text(0.39, place, group_name(rung), ha="left", va="center", fontsize=7.5, parse_math=False)


def _same_group(rung: LadderRung, result: Finding | Decomposition) -> bool:
    """Whether a rung is the child's group, as the title of the report names it."""
    child = result.child.space_group
    own = result.child.point_group if child is None else child.number
    return own is not None and own in (rung.number, rung.point_group)


def draw_tilts(result: Finding | Decomposition, axes: Axes) -> None:
    """Tilt angles about the pseudo-cubic axes: in phase (+) full, in antiphase (-) hatched."""
    axes.set_title("Octahedral tilts")
    glazer = result.glazer
    if glazer is None:
        empty(axes, "no net of octahedra")
        return
    parts = re.findall(r"[a-c][+\-0]", glazer.symbol)
    names = parts if len(parts) == 3 else ["1", "2", "3"]
    for place, (name, angle) in enumerate(zip(names, glazer.angles, strict=True)):
        pale, hatch = (0.75, "////") if name.endswith("-") else (0.3, "")
        axes.bar(place, angle, width=0.55, color=mixed("#0072b2", "#ffffff", pale), edgecolor=INK, hatch=hatch,
                 linewidth=0.7)  # fmt: skip
    top = max(1.0, *glazer.angles)
    for place, angle in enumerate(glazer.angles):
        axes.text(place, angle + 0.03 * top, f"{fixed(angle, 2)}°", ha="center", va="bottom", fontsize=7.0)
    axes.set_ylim(0, 1.25 * top)
    axes.set_xticks(range(3), [f"{name}\naxis {place}" for place, name in enumerate(names, 1)], parse_math=False)
    axes.set_ylabel("angle, degrees")
