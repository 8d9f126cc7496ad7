"""The candidates for a parent above their child: index against the largest displacement."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from curiebreak.report.canvas import note
from curiebreak.report.numbers import joined, known
from curiebreak.report.palette import FAINT, INK, MUTED
from curiebreak.report.parents_text import headline_words
from curiebreak.results.basic import group_name
from curiebreak.results.parents import ParentCandidate, ParentSearch


def draw_parents_on(axes: Axes, result: ParentSearch) -> None:
    """Draw a point for each candidate, lines where one group holds another, the child at the origin."""
    child = result.child
    axes.set_title(f"{child.formula}, {group_name(child)}: parents")
    axes.set_xlabel("largest displacement (Å)")
    axes.set_ylabel("index of the child's group")
    axes.set_yscale("log", base=2)
    if not result.candidates:
        note(axes, "no parent")
        return
    across = [0.0, *(one.dmax for one in result.candidates)]
    up = [1.0, *(float(one.index) for one in result.candidates)]
    farthest = max(across) or 1.0
    for upper, lower in _steps(result):
        axes.plot((across[upper], across[lower]), (up[upper], up[lower]), color=FAINT, linewidth=1.0, zorder=1)
    axes.scatter(across, up, s=26, color=INK, zorder=2)
    axes.set_xlim(-0.03 * farthest, 1.1 * farthest)
    powers = 2.0 ** np.arange(np.ceil(np.log2(max(up))) + 1)
    axes.set_yticks(powers, [f"{power:g}" for power in powers])
    axes.set_ylim(0.8, 1.4 * powers[-1])
    axes.tick_params(colors=MUTED)
    _write_names(axes, result)


def _write_names(axes: Axes, result: ParentSearch) -> None:
    """Name the child and each candidate, a name above those that it would cover."""
    farthest = max(one.dmax for one in result.candidates)
    names = [axes.annotate(group_name(result.child), (0.0, 1.0), (6, -3), **_TEXT)]
    held = {j for _, j in result.edges}
    for number, one in sorted(enumerate(result.candidates), key=lambda pair: (pair[1].index, -pair[1].dmax)):
        bold = "bold" if number not in held and one.headline else "normal"
        beyond = one.dmax > 0.6 * farthest
        side: dict[str, Any] = {"xytext": (-6, 7), "ha": "right"} if beyond else {"xytext": (6, -3)}
        names.append(axes.annotate(_label(one), (one.dmax, one.index), fontweight=bold, **side, **_TEXT))
        _lift(names[-1], names[:-1])


def _lift(name: Annotation, others: list[Annotation]) -> None:
    """Move a name up by whole lines until it covers no other and stands a blank apart; widths vary with resolution."""
    blank = 0.5 * float(name.get_fontsize())
    taken = [other.get_window_extent().padded(blank, 0.0) for other in others]
    for _ in others:
        if not any(name.get_window_extent().overlaps(box) for box in taken):
            break
        across, up = name.xyann
        name.xyann = (across, up + 1.2 * float(name.get_fontsize()))


def _steps(result: ParentSearch) -> list[tuple[int, int]]:
    """Lines between places, 0 the child: one group above another, and those above none above the child."""
    above = {i for i, _ in result.edges}
    lowest = [(i + 1, 0) for i in range(len(result.candidates)) if i not in above]
    return [*((i + 1, j + 1) for i, j in result.edges), *lowest]


_TEXT: dict[str, Any] = {"textcoords": "offset points", "fontsize": 7.5, "parse_math": False, "va": "center"}


def _label(one: ParentCandidate) -> str:
    title = known(" ({})".format, headline_words(one)) or ""
    return f"{one.name} {joined(one.primary)}{title}"
