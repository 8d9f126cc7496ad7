"""Curves of the training: losses with their floors, and the norms of the input's blocks."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from curiebreak.report.canvas import empty, power_labels
from curiebreak.report.numbers import carrier_text
from curiebreak.report.palette import FAINT, INK, MUTED, irrep_colours
from curiebreak.results import Finding, Trace

_LEAST = 1e-16
_NAMED = 8
_MARKERS = "osD^vP*X"
_KEPT: dict[str, Any] = {"linewidth": 2.2, "linestyle": "-", "zorder": 4}
_DROPPED: dict[str, Any] = {"linewidth": 0.9, "linestyle": "--", "zorder": 3}
_STYLES: tuple[Any, ...] = (":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
"""Of the floors, apart without colour too."""


def draw_loss(result: Finding, axes: Axes) -> None:
    """Relative loss after every step, phases apart, Curie floors as lines."""
    axes.set_title("Loss of the training")
    trace = result.trace
    if trace is None or not any(trace.loss):
        empty(axes, "no training in this result")
        return
    steps = np.arange(1, len(trace.loss) + 1)
    losses = np.maximum(np.array(trace.loss, dtype=float), _LEAST)
    phases = _phases(trace)
    for number, (phase, first, last) in enumerate(phases):
        part = slice(first, last)
        style = "-" if phase != "verification" else "none"
        axes.plot(steps[part], losses[part], linestyle=style, marker=_MARKERS[number % 8], markersize=3.2, color=INK,
                  linewidth=1.1, markerfacecolor=(INK, "white")[number % 2], label=phase)  # fmt: skip
    for _, start, _ in phases[1:]:
        axes.axvline(start + 0.5, color=FAINT, linewidth=0.8)
    _floors(result, axes)
    axes.set_yscale("log")
    power_labels(axes.yaxis)
    top = float(np.nanmax(losses))
    axes.set_ylim(bottom=max(_LEAST / 3, float(np.nanmin(losses)) / 5), top=5 * max(top, 1.0))
    _finish(axes, "relative loss")


def _floors(result: Finding, axes: Axes) -> None:
    colours = irrep_colours(result)
    if result.floor_without_input:
        axes.axhline(result.floor_without_input, color=MUTED, linewidth=1.0, linestyle="--", label="floor, no input")
    shown = [(c, c.floor) for c in result.certificates if c.kind == "necessary" and c.members and c.floor][:4]
    for (one, floor), style in zip(shown, _STYLES, strict=False):
        colour = colours.get(one.without or "", MUTED)
        label = f"floor without {one.without}"
        axes.axhline(floor, color=colour, linewidth=1.1, linestyle=style, label=label)


def draw_blocks(result: Finding, axes: Axes) -> None:
    """The way of the input: who left zero, when, and what it became; norms in the colours of the irreps."""
    axes.set_title("The way of the input")
    trace = result.trace
    if trace is None or not any(trace.block_norms):
        empty(axes, "no input was trained")
        return
    steps, kept = zip(*((step, row) for step, row in enumerate(trace.block_norms, 1) if row), strict=True)
    norms = np.array(kept, dtype=float)
    colours = irrep_colours(result)
    final = {f"{carrier_text(c, ':')} {e.name}" for e in result.order_parameters if (c := e.carrier)}
    ranked = sorted(range(norms.shape[1]), key=lambda i: (trace.blocks[i] not in final, -float(norms[:, i].max())))
    for number, i in enumerate(ranked[:_NAMED]):
        name = trace.blocks[i]
        look, fate = (_KEPT, "(kept)") if name in final else (_DROPPED, "(not kept)")
        axes.plot(steps, norms[:, i], color=colours.get(name.split()[-1], INK), label=f"{name} {fate}",
                  marker=_MARKERS[number % 8], markersize=3.2, **look)  # fmt: skip
    for number, i in enumerate(ranked[_NAMED:]):
        label = f"{len(ranked) - _NAMED} smaller ones" if number == 0 else None
        axes.plot(steps, norms[:, i], color="#cccccc", linewidth=0.8, label=label, zorder=1)
    axes.set_ylim(bottom=0)
    _entries(result, axes, colours)
    _finish(axes, "norm")


def _entries(result: Finding, axes: Axes, colours: dict[str, str]) -> None:
    """A line where each irrep had been trained in, with the price at which it left zero and who was next."""
    entered = [event for event in (result.selection.events if result.selection else ()) if event.step is not None]
    named = len(entered) < 3  # the legend of more has no room for who was next: the table of the path says it
    for event in entered:
        after = f",\nnext {event.runner_up} at {event.runner_up_strength:.2f}" if event.runner_up and named else ""
        axes.axvline((event.step or 0) + 1, color=colours.get(event.irrep, MUTED), linewidth=0.9, linestyle=":",
                     label=f"{event.irrep} left zero at {event.strength:.2f}{after}")  # fmt: skip


def _phases(trace: Trace) -> list[tuple[str, int, int]]:
    found, start = [], 0
    for phase, members in groupby(trace.phase):
        count = len(list(members))
        found.append((phase, start, start + count))
        start += count
    return found


def _finish(axes: Axes, label: str) -> None:
    axes.set_xlabel("step")
    axes.set_ylabel(label)
    axes.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), borderaxespad=0.0, handlelength=1.8)
