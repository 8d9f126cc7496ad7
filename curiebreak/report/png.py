"""The report as one picture for a slide."""

from __future__ import annotations

from matplotlib.figure import Figure

from curiebreak.report.canvas import figure_bytes, new_figure, style
from curiebreak.report.content import Report, content
from curiebreak.report.crystal import Crystal
from curiebreak.report.draw_input import colour_of, draw_input, field_title, sensible_view
from curiebreak.report.draw_modes import draw_amplitudes, draw_groups, draw_strain, draw_tilts
from curiebreak.report.draw_structure import draw_pair
from curiebreak.report.draw_training import draw_loss
from curiebreak.report.numbers import direction, relative
from curiebreak.report.palette import MUTED, entries, irrep_colours
from curiebreak.report.text_layout import width_of, wrapped
from curiebreak.results import Finding

_WIDTH, _HEIGHT = 13.33, 7.5
_DPI = 200
_LINES = 9


def png_bytes(result: Report) -> bytes:
    """The summary picture, 16:9 at 200 dots per inch."""
    return figure_bytes(summary_figure(result), "png", dpi=_DPI)


def summary_figure(result: Report) -> Figure:
    """Answer, structures, order parameter, amplitudes and losses on one sheet."""
    with style():
        figure = new_figure(_WIDTH, _HEIGHT)
        _heading(figure, result)
        if isinstance(result, Finding):
            _pictures(figure, result)
            draw_amplitudes(result, figure.add_axes((0.71, 0.5, 0.26, 0.3)))
            draw_loss(result, figure.add_axes((0.38, 0.1, 0.22, 0.24)))
            _words(figure, result, 0.71, 0.39, 0.27)
        else:
            draw_amplitudes(result, figure.add_axes((0.08, 0.1, 0.4, 0.68)))
            draw_groups(result, figure.add_axes((0.54, 0.44, 0.22, 0.34)))
            draw_strain(result, figure.add_axes((0.56, 0.1, 0.18, 0.22)))
            draw_tilts(result, figure.add_axes((0.82, 0.5, 0.16, 0.28)))
            _words(figure, result, 0.78, 0.38, 0.2)
        return figure


def _heading(figure: Figure, result: Report) -> None:
    words = content(result)
    size = 26.0
    while size > 9 and width_of(words.headline.text, size, True) > 0.94 * _WIDTH:
        size -= 1
    answer = wrapped(words.headline.text, 0.94 * _WIDTH, size, True)[0]
    figure.text(0.03, 0.945, words.title, fontsize=13, va="baseline", parse_math=False)
    figure.text(0.03, 0.875, answer, fontsize=size, weight="bold", va="baseline", parse_math=False)
    if words.mark:
        box = {"facecolor": "#fdeee3", "edgecolor": "#d55e00", "boxstyle": "round,pad=0.3"}
        shown = wrapped(words.mark, 0.4 * _WIDTH, 9, True)
        figure.text(0.97, 0.955, "\n".join(shown), fontsize=9, ha="right", va="center", bbox=box, parse_math=False)


def _pictures(figure: Figure, result: Finding) -> None:
    rectangles = ((0.02, 0.46, 0.31, 0.34), (0.35, 0.46, 0.31, 0.34), (0.1, 0.405, 0.48, 0.03))
    left, right, legend = (figure.add_axes(r) for r in rectangles)
    draw_pair(result, left, right, legend)
    below = figure.add_axes((0.02, 0.03, 0.29, 0.31))
    crystal = Crystal.of(result)
    if crystal is None or not result.breaking_input:
        below.set_axis_off()
        return
    field = result.breaking_input[0]
    colour, view = colour_of(result, field), sensible_view(crystal, field)
    draw_input(below, crystal, field, view=view, colour=colour, title=field_title(result, field))


def _words(figure: Figure, result: Report, x: float, y: float, width: float) -> None:
    """The order parameters and certificates in a few lines."""
    lines: list[tuple[str, str, str]] = []
    colours = irrep_colours(result)
    primary = {e.irrep: e for e in entries(result) if e.role == "primary"}
    for label, entry in primary.items():
        lines.append((label, direction(entry).split("\n")[0], colours[label]))
    for one in result.certificates if isinstance(result, Finding) else ():
        named = {"curie": "nothing given", "sufficient": "all given"}.get(one.kind, f"without {one.without}")
        lines.append((named, f"loss {relative(one.learned)}, floor {relative(one.floor)}: {one.verdict}", MUTED))
    if result.glazer is not None:
        lines.append(("tilts", result.glazer.symbol, MUTED))
    figure.text(x, y, "Order parameter and proof", fontsize=9, weight="bold", va="baseline")
    for number, (name, value, colour) in enumerate(lines[:_LINES]):
        at = y - 0.037 * (number + 1)
        figure.text(x, at, name, fontsize=7.5, color=colour, weight="bold", va="baseline", parse_math=False)
        room = (width - 0.09) * _WIDTH
        figure.text(x + 0.09, at, wrapped(value, room, 7.5)[0], fontsize=7.5, va="baseline", parse_math=False)
