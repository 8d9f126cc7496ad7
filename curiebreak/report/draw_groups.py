"""Parent, the groups that the primary irreps leave one by one, and the child."""

from __future__ import annotations

from matplotlib.axes import Axes

from curiebreak.report.palette import INK, MUTED, entries, irrep_colours
from curiebreak.results import Decomposition, Finding, IrrepEntry, Status
from curiebreak.results.basic import group_name

_STEPS = 6


def draw_groups(result: Finding | Decomposition, axes: Axes) -> None:
    """Parent, the group that each primary irrep alone leaves, and the child; with the index of each step."""
    axes.set_title("From parent to child")
    axes.set_axis_off()
    steps = _primary_steps(result)
    parent = group_name(result.parent)
    child = group_name(result.isotropy_subgroup or result.child)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    _node(axes, 0.5, 0.92, parent, INK)
    _node(axes, 0.5, 0.08, child, INK)
    whole = getattr(result.isotropy_subgroup, "index", None)
    colours = irrep_colours(result)
    for i, entry in enumerate(steps):
        x = (i + 0.5) / len(steps)
        colour, many = colours[entry.name], len(steps) > 3
        middle, half = (0.63 - 0.26 * (i % 2), 0.1) if many else (0.5, 0.14)
        _edge(axes, (0.5, 0.84), (x, middle + half), colour)
        _edge(axes, (x, middle - half), (0.5, 0.16), MUTED)
        _node(axes, x, middle, _step(entry, whole), colour, 5.0 if many else 7.0)
    if not steps:
        _edge(axes, (0.5, 0.84), (0.5, 0.16), MUTED)
        nothing = "nothing to break" if result.status is Status.NOTHING_TO_BREAK else "primary set not known"
        label = " ⊕ ".join(result.primary) or nothing
        words = label + (f"\nindex {whole}" if whole else "")
        axes.text(0.53, 0.5, words, ha="left", va="center", fontsize=8, parse_math=False)


def _primary_steps(result: Finding | Decomposition) -> list[IrrepEntry]:
    """One entry of each primary irrep that leaves a group of its own; none where there is a single one."""
    chosen = {e.name: e for e in entries(result) if e.role == "primary" and e.isotropy_subgroup is not None}
    return list(chosen.values())[:_STEPS] if len(chosen) > 1 else []


def _step(entry: IrrepEntry, whole: int | None) -> str:
    own = entry.isotropy_subgroup
    name = f"{entry.name}\n{group_name(own)}"
    if own is None or not own.index:
        return name
    return f"{name}\nindex {own.index}" + (f" of {whole}" if whole else "")


def _node(axes: Axes, x: float, y: float, text: str, colour: str, size: float = 7.5) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 1.1}
    axes.text(x, y, text, ha="center", va="center", fontsize=size, bbox=box, parse_math=False)


def _edge(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.1, "shrinkA": 2, "shrinkB": 2}
    axes.annotate("", xy=end, xytext=start, arrowprops=arrow, zorder=1)
