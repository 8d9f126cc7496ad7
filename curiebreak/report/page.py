"""Sheets of paper: text, tables and areas for figures, from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from curiebreak.report.canvas import new_figure
from curiebreak.report.palette import FAINT, INK, MUTED, POSITIVE
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table
from curiebreak.report.text_layout import column_widths, width_of, wrapped

WIDTH, HEIGHT = 8.27, 11.69
MARGIN = 0.6
_BODY = 7.5
_GAP = 0.14
_LEADING = 1.32

Rect = tuple[float, float, float, float]


class Pages:
    """A4 pages that fill from above; lengths in inches."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.top = 0.0
        self.turn()

    @property
    def width(self) -> float:
        """Width between the margins."""
        return WIDTH - 2 * MARGIN

    @property
    def left(self) -> float:
        """Height that is left on this page."""
        return HEIGHT - MARGIN - self.top

    def turn(self) -> None:
        """Start a new page."""
        self.figures.append(new_figure(WIDTH, HEIGHT))
        self.top = MARGIN

    def need(self, height: float) -> None:
        """Start a new page unless so much is left on this one."""
        if height > self.left and self.top > MARGIN:
            self.turn()

    def area(self, height: float) -> Rect:
        """Take a strip of the full width; left, bottom, width, height in parts of the page."""
        self.need(height)
        bottom = 1 - (self.top + height) / HEIGHT
        self.top += height
        return MARGIN / WIDTH, bottom, self.width / WIDTH, height / HEIGHT

    def write(self, text: str, x: float, size: float = _BODY, *, right: bool = False, **style: Any) -> None:
        """One line with its top at the current height, `x` inches from the left margin."""
        self.figures[-1].text(
            (MARGIN + x) / WIDTH, 1 - (self.top + 1.05 * size / 72) / HEIGHT, text, fontsize=size, va="baseline",
            ha="right" if right else "left", parse_math=False, **style,
        )  # fmt: skip

    def paragraph(self, text: str, size: float = _BODY, *, bold: bool = False, colour: str = INK) -> None:
        """Wrapped text over the full width."""
        for line in wrapped(text, self.width, size, bold):
            self.need(_line(size))
            self.write(line, 0, size, color=colour, weight="bold" if bold else "normal")
            self.top += _line(size)

    def banner(self, text: str) -> None:
        """A sentence that nobody should overlook."""
        lines = wrapped(text, self.width - 0.2, 9, True)
        x, y, width, height = self.area(0.12 + len(lines) * _line(9))
        self.figures[-1].add_artist(
            Rectangle((x, y), width, height, facecolor="#fdeee3", edgecolor=POSITIVE, linewidth=1.0)
        )
        self.top -= height * HEIGHT - 0.07
        for line in lines:
            self.write(line, 0.1, 9, weight="bold", color="#8a3d00")
            self.top += _line(9)
        self.top += 0.13

    def sections(self, parts: Sequence[Section]) -> None:
        """Headlines, facts, tables and lines one below the other."""
        for part in parts:
            if isinstance(part, Headline):
                self.paragraph(part.text, 17, bold=True)
                if part.note:
                    self.paragraph(part.note, 8, colour=MUTED)
                self.top += 0.08
                continue
            self.need(_line(9) + 3 * _line(_BODY))
            self.paragraph(part.title, 9, bold=True)
            self.top += 0.02
            if isinstance(part, Facts):
                self._facts(part)
            elif isinstance(part, Table):
                self._table(part)
            else:
                self._lines(part)
            self.top += 0.13

    def _facts(self, part: Facts) -> None:
        first = min(max(width_of(name, _BODY) for name, _ in part.rows), 0.4 * self.width)
        for name, value in part.rows:
            names = wrapped(name, first, _BODY)
            values = wrapped(value, self.width - first - _GAP, _BODY)
            for i in range(max(len(names), len(values))):
                self.need(_line(_BODY))
                if i < len(names):
                    self.write(names[i], 0, color=MUTED)
                if i < len(values):
                    self.write(values[i], first + _GAP)
                self.top += _line(_BODY)

    def _lines(self, part: Lines) -> None:
        for line in part.lines:
            self.paragraph(line)

    def _table(self, part: Table) -> None:
        size = _BODY if len(part.rows) <= 16 else 6.5
        names = [column.name for column in part.columns]
        cells = [names, *part.rows]
        widest = [
            max(width_of(line, size, number == 0) for number, row in enumerate(cells) for line in row[i].split("\n"))
            for i in range(len(names))
        ]
        room = self.width - _GAP * (len(names) - 1)
        widths = column_widths([w + 0.02 for w in widest], [c.wide for c in part.columns], room)
        edges = [sum(widths[:i]) + _GAP * i for i in range(len(widths))]
        self._heading(part, widths, edges, size)
        for row in part.rows:
            lines = [wrapped(cell, w + 0.005, size) for cell, w in zip(row, widths, strict=True)]
            height = max(len(found) for found in lines) * _line(size) + 0.02
            if height > self.left:
                self.turn()
                self._heading(part, widths, edges, size)
            self._row(part, lines, widths, edges, size)
            self.top += height

    def _heading(self, part: Table, widths: list[float], edges: list[float], size: float) -> None:
        lines = [wrapped(c.name, w + 0.01, size, True) for c, w in zip(part.columns, widths, strict=True)]
        self._row(part, lines, widths, edges, size, weight="bold")
        self.top += max(len(found) for found in lines) * _line(size) + 0.02
        y = 1 - self.top / HEIGHT
        self.figures[-1].add_artist(
            Line2D([MARGIN / WIDTH, 1 - MARGIN / WIDTH], [y, y], color=FAINT, linewidth=0.8)
        )
        self.top += 0.03

    def _row(
        self, part: Table, lines: list[list[str]], widths: list[float], edges: list[float], size: float, **style: Any
    ) -> None:
        start = self.top
        for column, found, wide, edge in zip(part.columns, lines, widths, edges, strict=True):
            self.top = start
            for line in found:
                if line:
                    self.write(line, edge + wide if column.right else edge, size, right=column.right, **style)
                self.top += _line(size)
        self.top = start

    def footers(self, text: str) -> None:
        """Name and page number at the foot of every page."""
        for number, figure in enumerate(self.figures, start=1):
            y = 0.35 / HEIGHT
            figure.text(MARGIN / WIDTH, y, text, fontsize=6.5, color=MUTED, parse_math=False)
            words = f"page {number} of {len(self.figures)}"
            figure.text(1 - MARGIN / WIDTH, y, words, fontsize=6.5, color=MUTED, ha="right")


def _line(size: float) -> float:
    return size * _LEADING / 72
