"""Frequencies of the phonons, a column a wave vector, each level with its irrep."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from curiebreak.arrays import FloatArray
from curiebreak.report.palette import FAINT, INK, MUTED, POSITIVE
from curiebreak.report.phonons_text import frequency_text
from curiebreak.results.phonon_records import PhononMode, PhononResult, PhononStar

_ACROSS = 6
"""Wave vectors side by side."""

ROW = 2.9
"""Inches; height of one row of them."""

_TEXT = 5.5
_LETTER = 1.25 * _TEXT / 72
"""Inches from one name of a level to the next."""

Rect = tuple[float, float, float, float]


def rows_of(result: PhononResult) -> int:
    """Rows of wave vectors."""
    return max(1, -(-len(result.stars) // _ACROSS))


def draw_levels(result: PhononResult, figure: Figure, area: Rect) -> None:
    """Draw the levels into an area of a figure; imaginary frequencies stand below zero, in colour."""
    count = rows_of(result)
    left, bottom, width, height = area
    every = [0.0, *(mode.frequency for star in result.stars for mode in star.modes)]
    low, high = min(every), max(every)
    span = (high - low) or 1.0
    for row in range(count):
        strip = height / count
        place = (left, bottom + (count - 1 - row) * strip + 0.1 * strip, width, 0.82 * strip)
        axes = figure.add_axes(place)
        axes.set_ylim(low - 0.06 * span, high + 0.06 * span)
        axes.set_xlim(0, min(max(len(result.stars), 2), _ACROSS))
        inches = place[3] * float(figure.get_size_inches()[1])
        _row(axes, result.stars[row * _ACROSS : (row + 1) * _ACROSS], _LETTER * 1.12 * span / inches)


def _row(axes: Axes, stars: tuple[PhononStar, ...], gap: float) -> None:
    """One row of wave vectors; names of levels stand `gap` THz apart."""
    axes.set_ylabel("THz")
    axes.tick_params(colors=MUTED)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{-value:g} i" if value < 0 else f"{value:g}"))
    axes.axhline(0.0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set_xticks(np.arange(len(stars)) + 0.3, [f"{one.letters or 'k'}\n{','.join(one.kpoint)}" for one in stars])
    axes.tick_params(axis="x", labelsize=_TEXT + 1, length=0)
    for place, star in enumerate(stars):
        heights = _apart(np.array([mode.frequency for mode in star.modes]), gap)
        for mode, height in zip(star.modes, heights, strict=True):
            colour = POSITIVE if mode.frequency < 0 and not mode.acoustic else INK
            axes.plot((place + 0.06, place + 0.4), (mode.frequency,) * 2, color=colour, linewidth=1.2)
            axes.plot((place + 0.4, place + 0.46), (mode.frequency, height), color=FAINT, linewidth=0.5)
            axes.text(place + 0.47, height, _name(mode), fontsize=_TEXT, va="center", color=colour, parse_math=False)


def _name(mode: PhononMode) -> str:
    """``R5- 1.09 i``."""
    return f"{mode.irrep} {'acoustic' if mode.acoustic else frequency_text(mode.frequency, 2)}"


def _apart(values: FloatArray, gap: float) -> FloatArray:
    """Rising values moved as little as needed to stand a gap apart: the monotone regression of ``v_i - i gap``."""
    blocks: list[list[float]] = []
    for place, value in enumerate(values):
        blocks.append([float(value) - place * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (mean, count), (last, more) = blocks[-2], blocks.pop()
            blocks[-1] = [(mean * count + last * more) / (count + more), count + more]
    flat = [mean for mean, count in blocks for _ in range(int(count))]
    moved: FloatArray = np.asarray(flat) + np.arange(len(values)) * gap
    return moved
