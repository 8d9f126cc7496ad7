"""The report as one picture for a slide."""

from __future__ import annotations

from matplotlib.figure import Figure

from curiebreak.errors import InputError
from curiebreak.report.canvas import figure_bytes, new_figure, style
from curiebreak.report.content import content
from curiebreak.report.draw_input import draw_order_parameter, input_panels
from curiebreak.report.draw_modes import draw_strain
from curiebreak.report.draw_training import draw_loss
from curiebreak.report.numbers import direction, relative
from curiebreak.report.palette import MUTED, entries, irrep_colours
from curiebreak.report.report_panels import AMPLITUDES, GROUPS, STRAIN, STRUCTURES, TILTS, inside, panels_of
from curiebreak.report.sections import Chapter
from curiebreak.report.text_layout import width_of, wrapped
from curiebreak.results import Certificate, Decomposition, Finding
from curiebreak.results.basic import group_name
from curiebreak.results.record import Record

_WIDTH, _HEIGHT = 13.33, 7.5
_DPI = 200
_LINES = 10
_PAIR = (0.015, 0.405, 0.645, 0.43)
_SHEET = (0.02, 0.03, 0.96, 0.8)


def png_bytes(result: Record) -> bytes:
    """The summary picture, 16:9 at 200 dots per inch."""
    return figure_bytes(summary_figure(result), "png", dpi=_DPI)


def summary_figure(result: Record) -> Figure:
    """Answer, structures, order parameter, amplitudes and losses on one sheet."""
    with style():
        figure = new_figure(_WIDTH, _HEIGHT)
        _heading(figure, result)
        if isinstance(result, Finding):
            _finding(figure, result)
        elif isinstance(result, Decomposition):
            _decomposition(figure, result)
        else:
            _only_panel(figure, result)
        return figure


def _only_panel(figure: Figure, result: Record) -> None:
    """The first panel of a result that has neither modes nor a training, as large as the sheet."""
    panel = next(iter(panels_of(result, Chapter.ANSWER)), None)
    if panel is None:
        raise InputError(f"A result of `{result.command}` is words and tables alone.", "Write .pdf or .html.")
    panel.draw(result, figure, inside(_SHEET, *panel.own(result)[2]))


def _heading(figure: Figure, result: Record) -> None:
    words = content(result)
    size = 26.0
    while size > 9 and width_of(words.headline.text, size, True) > 0.94 * _WIDTH:
        size -= 1
    lines = wrapped(words.headline.text, 0.94 * _WIDTH, size, True)
    answer = lines[0] + (" …" if len(lines) > 1 else "")
    room = (0.5 if words.mark else 0.94) * _WIDTH
    title = wrapped(words.title, room, 13)
    figure.text(0.03, 0.945, title[0] + (" …" if len(title) > 1 else ""), fontsize=13, va="baseline", parse_math=False)
    figure.text(0.03, 0.875, answer, fontsize=size, weight="bold", va="baseline", parse_math=False)
    if words.mark:
        box = {"facecolor": "#fdeee3", "edgecolor": "#d55e00", "boxstyle": "round,pad=0.3"}
        shown = wrapped(words.mark, 0.4 * _WIDTH, 9, True)
        figure.text(0.97, 0.955, "\n".join(shown), fontsize=9, ha="right", va="center", bbox=box, parse_math=False)


def _finding(figure: Figure, result: Finding) -> None:
    STRUCTURES.draw(result, figure, _PAIR)
    panels = input_panels(result) if STRUCTURES.shown(result) else []
    several = len(panels) > 2
    if len(result.breaking_input) > 1:
        panels = [panel for panel in panels if not panel.flat]  # one picture of each carrier
    for i, panel in enumerate(panels[: 2 if several else 1]):
        width = 0.185 if several else 0.29
        draw_order_parameter(result, [(figure.add_axes((0.02 + 0.195 * i, 0.03, width, 0.31)), panel)])
    AMPLITUDES.draw(result, figure, (0.71, 0.5, 0.26, 0.27))
    loss = (0.46, 0.1, 0.15, 0.24) if several else (0.38, 0.1, 0.22, 0.24)
    draw_loss(result, figure.add_axes(loss))
    _words(figure, result, 0.74, 0.39, 0.24)


def _decomposition(figure: Figure, result: Decomposition) -> None:
    if STRUCTURES.shown(result):
        STRUCTURES.draw(result, figure, _PAIR)
        AMPLITUDES.draw(result, figure, (0.71, 0.5, 0.26, 0.27))
        GROUPS.draw(result, figure, (0.02, 0.04, 0.31, 0.28))
        places = ((0.4, 0.1, 0.14, 0.22), (0.59, 0.12, 0.12, 0.2))
    else:
        AMPLITUDES.draw(result, figure, (0.08, 0.1, 0.38, 0.68))
        GROUPS.draw(result, figure, (0.52, 0.46, 0.3, 0.32))
        places = ((0.53, 0.1, 0.16, 0.24), (0.86, 0.54, 0.12, 0.24))
    if STRAIN.shown(result):
        draw_strain(result, figure.add_axes(places[0]))
    if TILTS.shown(result):
        TILTS.draw(result, figure, places[1])
    _words(figure, result, 0.76, 0.39, 0.22)


def _words(figure: Figure, result: Finding | Decomposition, x: float, y: float, width: float) -> None:
    """The order parameters and certificates in a few lines."""
    lines: list[tuple[str, str, str]] = []
    colours = irrep_colours(result)
    primary = {e.name: e for e in entries(result) if e.role == "primary"}
    for label, entry in primary.items():
        own = group_name(entry.isotropy_subgroup, "")
        name = direction(entry).split("\n")[0]
        lines.append((label, name + (f"; alone {own}" if own and len(primary) > 1 else ""), colours[label]))
    for one in getattr(result, "certificates", ()):
        named = {"curie": "nothing given", "sufficient": "all given"}.get(one.kind, f"without {one.without}")
        what, shown, floor = _telling(one)
        verdict = one.verdict.replace("_", " ")
        lines.append((named, f"{what} {relative(shown)}, floor {relative(floor)}: {verdict}", MUTED))
    if result.glazer is not None:
        lines.append(("tilts", result.glazer.symbol, MUTED))
    figure.text(x, y, "Order parameter and proof", fontsize=9, weight="bold", va="baseline")
    first = 0.02 + max((width_of(name, 7.5, True) for name, _, _ in lines[:_LINES]), default=0.0) / _WIDTH
    for number, (name, value, colour) in enumerate(lines[:_LINES]):
        at = y - 0.034 * (number + 1)
        figure.text(x, at, name, fontsize=7.5, color=colour, weight="bold", va="baseline", parse_math=False)
        words = _fitting(value, (width - first) * _WIDTH)
        figure.text(x + first, at, words, fontsize=7.5, va="baseline", parse_math=False)


def _telling(one: Certificate) -> tuple[str, float | None, float | None]:
    """What is missed most of, with its loss and its floor: atoms, else moments, else strain."""
    *others, strain = ((name, *numbers) for name, numbers in one.losses.items())
    there = [row for row in others if row[2] is not None]
    return max(there, key=lambda row: row[2] or 0.0, default=strain)


def _fitting(text: str, room: float) -> str:
    """As much of a text as one line of this width (inches) holds; what follows a semicolon goes first."""
    for short in (text, text.split("; alone ")[0]):
        lines = wrapped(short, room, 7.5)
        if len(lines) == 1:
            return short
    return wrapped(lines[0], room - 0.12, 7.5)[0] + " …"
