"""The groups between parent and child drawn on axes, in the manner of Bärnighausen's trees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from curiebreak.report.canvas import bare
from curiebreak.report.palette import FAINT, INK, MUTED
from curiebreak.report.text_layout import width_of, wrapped
from curiebreak.results import IntermediateResult, Intermediates
from curiebreak.results.basic import group_name

_SIZES = (8.0, 7.0, 6.0, 5.0)
_LEADING = 1.3
_PAD = 0.06
_GAP = 0.16
_RISE = 0.42
_STEP = 0.1
_MOST_LABELS = 60
_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78)

Box = tuple[float, float, float, float]
"""Left, bottom, right, top; inches."""

Sized = tuple[int, float, float]
"""An entry, with width and height of its box; inches."""


@dataclass(frozen=True)
class TreeLayout:
    """Where the boxes of a tree stand, inches.

    Attributes
    ----------
    size : float
        Points of the font.
    texts : tuple of str
    boxes : tuple of (left, bottom, right, top)
        One per entry.
    width, height : float
    """

    size: float
    texts: tuple[str, ...]
    boxes: tuple[Box, ...]
    width: float
    height: float


def layout(result: Intermediates, width: float, height: float) -> TreeLayout:
    """The largest and most detailed tree that fits into a rectangle, inches; the smallest one if none does."""
    for detail, broken in ((2, False), (1, False), (1, True), (0, False), (0, True)):
        for size in _SIZES:
            found = _layout(result, size, detail, width, broken)
            if found.width <= width + 1e-6 and found.height <= height + 1e-6:
                return found
    return _layout(result, _SIZES[-1], 0, width, True)


def natural_layout(result: Intermediates) -> TreeLayout:
    """The tree at the normal size of text, however large it becomes."""
    return _layout(result, _SIZES[0], 2, 0.0)


def draw_tree_on(axes: Axes, result: Intermediates, found: TreeLayout) -> None:
    """Draw a tree on axes that are as large as its layout, or larger.

    Arrows carry kind (t, k, tk) and index of a step where there is room; the darker a box, the more of the
    distortion its group keeps; dashed boxes are groups that no active irrep makes; a thick one is the chosen one.
    """
    bare(axes)
    axes.set_xlim(0, found.width)
    axes.set_ylim(0, found.height)
    taken = list(found.boxes)
    for step in result.steps:
        label = f"{step.kind}{step.index}" if len(result.steps) <= _MOST_LABELS else ""
        _arrow(axes, found, taken, step.upper, step.lower, label)
    chosen = getattr(result.chosen, "entry", None)
    for number, (entry, box) in enumerate(zip(result.intermediates, found.boxes, strict=True)):
        _node(axes, entry, box, found.texts[number], found.size, number == chosen)


def _row_of_boxes(row: list[Sized], tallest: float, total: float, top: float) -> dict[int, Box]:
    """Boxes side by side in the middle of a row that begins at `top`, by entry."""
    taken = sum(wide for _, wide, _ in row)
    free = min(1.2, (total - taken) / (len(row) + 1))
    left = 0.5 * (total - taken - free * (len(row) - 1))
    middle = top - 0.5 * tallest
    found = {}
    for entry, width, height in row:
        found[entry] = (left, middle - 0.5 * height, left + width, middle + 0.5 * height)
        left += width + free
    return found


def _layout(result: Intermediates, size: float, detail: int, width: float, broken: bool = False) -> TreeLayout:
    line = size * _LEADING / 72
    texts = tuple(_text(number, entry, size, detail) for number, entry in enumerate(result.intermediates))
    lines = [text.split("\n") for text in texts]
    sizes = [(max(width_of(one, size) for one in own) + 2 * _PAD, len(own) * line + 2 * _PAD) for own in lines]
    rows, rises = [], []
    for entries in _rows(result):
        row = [(entry, *sizes[entry]) for entry in entries]
        parts = _pieces(row, width) if broken else [row]
        rows += parts
        rises += [_STEP] * (len(parts) - 1) + [_RISE]
    total = max(width, *map(_breadth, rows))
    tall = [max(high for *_, high in row) for row in rows]
    height = sum(tall) + sum(rises[:-1]) + 2 * _PAD
    boxes: dict[int, Box] = {}
    top = height - _PAD
    for row, high, rise in zip(rows, tall, rises, strict=True):
        boxes |= _row_of_boxes(row, high, total, top)
        top -= high + rise
    return TreeLayout(size, texts, tuple(boxes[i] for i in range(len(texts))), total, height)


def _breadth(row: list[Sized]) -> float:
    """Inches that a row takes at least."""
    return sum(wide for _, wide, _ in row) + _GAP * (len(row) + 1)


def _pieces(row: list[Sized], width: float) -> list[list[Sized]]:
    """A row in as few equal parts as fit into the width, one below the other."""
    for count in range(1, len(row) + 1):
        size = -(-len(row) // count)
        parts = [row[i : i + size] for i in range(0, len(row), size)]
        if max(map(_breadth, parts)) <= width:
            break
    return parts


def _text(number: int, entry: IntermediateResult, size: float, detail: int) -> str:
    if detail == 0:
        return str(number)
    words = [f"{number}: {group_name(entry)}"]
    if detail == 2:
        labels = [one.irrep for one in entry.irreps] if entry.active else ["no active irrep"]
        shown = ", ".join(labels[:6]) + (", …" if len(labels) > 6 else "")
        words += wrapped(shown, max(0.9, width_of(words[0], size)), size) if shown else []
    return "\n".join([*words, f"{100 * min(max(entry.kept_share, 0.0), 1.0):.1f} %"])


def _rows(result: Intermediates) -> list[list[int]]:
    """Entries by length of the longest chain from the parent, ordered by the row above."""
    count = len(result.intermediates)
    above: dict[int, list[int]] = {}
    for upper, lower in sorted(result.edges):
        above.setdefault(lower, []).append(upper)
    depth = np.zeros(count, dtype=int)
    for entry in range(count):
        depth[entry] = max((depth[u] + 1 for u in above.get(entry, [])), default=0)
    place: dict[int, float] = {}
    rows = []
    for level in range(depth.max(initial=0) + 1):
        row = np.flatnonzero(depth == level).tolist()
        means = {i: [place[u] for u in above.get(i, [])] for i in row}
        row.sort(key=lambda i: (sum(means[i]) / max(len(means[i]), 1), i))
        place.update({i: at - (len(row) - 1) / 2 for at, i in enumerate(row)})
        rows.append(row)
    return rows


def _arrow(axes: Axes, found: TreeLayout, taken: list[Box], upper: int, lower: int, label: str) -> None:
    start, end = found.boxes[upper], found.boxes[lower]
    (x, y), (u, v) = (0.5 * (start[0] + start[2]), start[1]), (0.5 * (end[0] + end[2]), end[3])
    colour, wide, head = (MUTED, 0.9, 8.0) if label else (FAINT, 0.6, 5.0)
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": wide, "shrinkA": 0, "shrinkB": 1,
             "mutation_scale": head}  # fmt: skip
    axes.annotate("", xy=(u, v), xytext=(x, y), arrowprops=arrow, zorder=1)
    if not label:
        return
    size = max(4.5, found.size - 1)
    half, high = 0.5 * width_of(label, size) + 0.02, 0.5 * size * _LEADING / 72
    for part in _PLACES:
        a, b = x + part * (u - x), y + part * (v - y)
        box = (a - half, b - high, a + half, b + high)
        if not any(_overlap(box, other) for other in taken):
            taken.append(box)
            white = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
            axes.text(a, b, label, fontsize=size, ha="center", va="center", bbox=white, zorder=2)
            return


def _overlap(one: Box, two: Box) -> bool:
    return min(one[2], two[2]) > max(one[0], two[0]) and min(one[3], two[3]) > max(one[1], two[1])


def _node(axes: Axes, entry: IntermediateResult, box: Box, text: str, size: float, chosen: bool) -> None:
    share = min(max(entry.kept_share, 0.0), 1.0)
    style = {
        "boxstyle": "round,pad=0.3", "facecolor": colormaps["YlGnBu"](0.5 * share), "edgecolor": INK,
        "linewidth": 2.2 if chosen else 0.8, "linestyle": "-" if entry.active else "--",
    }  # fmt: skip
    axes.text(0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3]), text, fontsize=size, ha="center", va="center",
              linespacing=_LEADING - 0.1, bbox=style, zorder=3, parse_math=False)  # fmt: skip
