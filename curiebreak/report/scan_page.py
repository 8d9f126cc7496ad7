"""The summary of a scan as one HTML file or a PDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from curiebreak.arrays import FloatArray
from curiebreak.files import known_suffix, write_file
from curiebreak.modes.tilts import HOWARD_STOKES
from curiebreak.report.canvas import document_bytes, figure_bytes, new_figure, style
from curiebreak.report.html import facts_html, picture_html, section_html
from curiebreak.report.html_parts import PAGE, SCRIPT, STYLE
from curiebreak.report.page import MARGIN, WIDTH, Pages, Rect
from curiebreak.report.palette import MUTED
from curiebreak.report.sections import Column, Facts, Table
from curiebreak.scan.digest import Digest, DigestTable
from curiebreak.scan.tolerance import METHOD

FORMATS = (".pdf", ".html")
_COLOURS = (
    "#999999", "#56b4e9", "#0072b2", "#332288", "#44aa99", "#e69f00", "#d55e00", "#882255", "#aa4499", "#009e73",
    "#117733", "#ddcc77", "#cc79a7", "#b22222", "#6a3d9a",
)  # fmt: skip
_MARKS = "os^Dv<>ph*dXP8H"
"""Colour and marker of each class of Howard & Stokes, the same in every figure of every scan."""

_OTHERS = ("#000000", ".")
_WIDTH = 6.2
_CLASSES = 16
_LONG = 30
"""Characters; columns with longer cells may be wrapped."""


def check_scan_format(path: Path) -> str:
    """Suffix of a summary's file name; refused if it is none of `FORMATS`."""
    return known_suffix(path, FORMATS, "summary")


def write_scan_report(found: Digest, path: Path) -> None:
    """Write the summary; the suffix of the name chooses the format.

    Raises
    ------
    InputError
        Unknown suffix, or a place that cannot be written.
    """
    write_file(path, scan_html(found).encode() if check_scan_format(path) == ".html" else scan_pdf(found))


def scan_html(found: Digest) -> str:
    """The summary as a page that needs nothing else."""
    body = f"<header><h1>Scan {escape(found.name)}</h1></header>\n{scan_body(found)}"
    return PAGE.format(title=f"Scan {escape(found.name)}", style=STYLE, script=SCRIPT, body=body)


def scan_body(found: Digest, most: int | None = None) -> str:
    """Facts, figures and (at `most`) tables of a summary as HTML."""
    pictures = (
        picture_html(title, figure, "png", figure_bytes(figure, "png", dpi=150)) for title, figure in _figures(found)
    )
    return "\n".join([facts_html(found.facts), *pictures, *(section_html(_flowing(t)) for t in found.tables[:most])])


def scan_pdf(found: Digest) -> bytes:
    """The summary as a PDF of A4 pages: facts, figures, tables."""
    return document_bytes(scan_pages(found), f"Scan {found.name}")


def scan_pages(found: Digest) -> list[Figure]:
    """The A4 pages of the summary."""
    with style():
        pages = Pages()
        pages.paragraph(f"Scan {found.name}", 17, bold=True)
        pages.top += 0.08
        pages.sections([Facts("Structures", found.facts)])
        for one in _drawings(found):
            pages.need(one.height + 0.6)
            pages.draw(one.height, one.on_page)
            pages.paragraph(one.title, 7, colour=MUTED)
            pages.top += 0.15
        pages.sections(list(map(_flowing, found.tables)))
        pages.footers(f"curiebreak  scan {found.name}")
        return pages.figures


def _flowing(table: DigestTable) -> Table:
    """A table of which only columns with long cells may be wrapped."""
    columns = tuple(
        Column(name, number in table.numbers, any(len(row[number]) > _LONG for row in table.rows))
        for number, name in enumerate(table.columns)
    )
    return Table(table.title, columns, table.rows)


@dataclass(frozen=True)
class _Drawing:
    """A figure of the summary: caption, size in inches, how it is drawn on axes, and where these stand."""

    title: str
    height: float
    draw: Callable[[Axes], None]
    left: float = 0.1

    def figure(self) -> Figure:
        """On its own."""
        figure = new_figure(_WIDTH, self.height)
        self._fill(figure, (0.0, 0.0, 1.0, 1.0))
        return figure

    def on_page(self, figure: Figure, area: Rect) -> None:
        """On a strip of a page, as wide as on its own."""
        self._fill(figure, (area[0], area[1], area[2] * min(1.0, _WIDTH / (WIDTH - 2 * MARGIN)), area[3]))

    def _fill(self, figure: Figure, area: Rect) -> None:
        low, top = 0.45 / self.height, 0.08 / self.height
        width = (0.97 - self.left) * area[2]
        place = (area[0] + self.left * area[2], area[1] + low * area[3], width, (1 - low - top) * area[3])
        self.draw(figure.add_axes(place))


def _figures(found: Digest) -> list[tuple[str, Figure]]:
    with style():
        return [(one.title, one.figure()) for one in _drawings(found)]


def _drawings(found: Digest) -> list[_Drawing]:
    if not len(found.symbols):
        return _parity(found)
    classes = Counter(found.symbols).most_common(_CLASSES)[::-1]
    return [
        _Drawing("Antiphase against in-phase tilt, Å per parent cell", 4.0, lambda axes: _tilt_map(axes, found)),
        _Drawing(
            "Structures by Glazer class", 0.65 + 0.2 * len(classes), lambda axes: _class_bars(axes, classes), 0.14
        ),
        *_tolerance(found),
        *_parity(found),
    ]


def _tilt_map(axes: Axes, found: Digest) -> None:
    _scattered(axes, found.symbols, found.in_phase, found.antiphase)
    axes.set_xlabel("in phase: M3+ (double: X3+), Å")
    axes.set_ylabel("antiphase: R4+ (double: GM4+), Å")


def _scattered(axes: Axes, symbols: Sequence[str], x: FloatArray, y: FloatArray) -> None:
    """Points in the colours of their Glazer classes; classes beyond the simple tilt systems together."""
    named = np.array([symbol if symbol in HOWARD_STOKES else "others" for symbol in symbols])
    for symbol in (*HOWARD_STOKES, "others"):
        which = named == symbol
        if which.any():
            colour, marker = _class_style(symbol)
            axes.scatter(x[which], y[which], s=14, marker=marker, color=colour, alpha=0.7, linewidths=0, label=symbol)
    axes.legend(loc="best")


def _class_style(symbol: str) -> tuple[str, str]:
    """Colour and marker of a class."""
    if symbol not in HOWARD_STOKES:
        return _OTHERS
    number = HOWARD_STOKES.index(symbol)
    return _COLOURS[number], _MARKS[number]


def _tolerance(found: Digest) -> list[_Drawing]:
    """Tolerance factor against tilt, with what it is made of and what is left out."""
    points = found.tolerance
    if not len(points.factor):
        return []

    def draw(axes: Axes) -> None:
        _scattered(axes, points.symbols, points.factor, points.tilt)
        axes.set_xlabel("tolerance factor")
        axes.set_ylabel("tilt, degrees")

    left = f" {points.left_out} left out: charges or radii not known." if points.left_out else ""
    return [_Drawing(f"Tolerance factor against tilt of {len(points.factor)} structures. {METHOD}{left}", 4.0, draw)]


def _parity(found: Digest) -> list[_Drawing]:
    """Order parameters that a model predicted against those that were found."""
    points = found.parity
    if points is None or not len(points.found):
        return []

    def draw(axes: Axes) -> None:
        largest = float(max(points.found.max(), points.predicted.max()))
        axes.plot([0, largest], [0, largest], color=MUTED, lw=0.8)
        _scattered(axes, points.symbols, points.found, points.predicted)
        axes.set_xlabel("found, Å per parent cell")
        axes.set_ylabel("predicted, Å per parent cell")

    return [_Drawing(points.caption, 4.0, draw)]


def _class_bars(axes: Axes, counts: list[tuple[str, int]]) -> None:
    colours = [_class_style(symbol)[0] for symbol, _ in counts]
    bars = axes.barh([symbol for symbol, _ in counts], [count for _, count in counts], color=colours)
    axes.bar_label(bars, padding=3, color=MUTED, fontsize=7)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel("structures")
