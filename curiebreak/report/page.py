"""Sheets of paper: text, tables and areas for figures, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from curiebreak.report.canvas import new_figure
from curiebreak.report.palette import FAINT, INK, MUTED, POSITIVE
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table, with_columns
from curiebreak.report.text_layout import NARROWEST, column_widths, width_of, wrapped

WIDTH, HEIGHT = 8.27, 11.69
MARGIN = 0.6
_BODY, _SMALL = 7.5, 6.5
_DPI = 150
"""Of surfaces with many faces, which are pixels on paper."""
_GAP = 0.14
_GUTTER = 0.3
_AFTER = 0.13
_LEADING = 1.32

_ORPHAN = 0.4
"""Part of a page; a last one that holds less is avoided."""

_BROKEN = 0.45
"""Part of a page; a table that is not higher stands on one page."""

Rect = tuple[float, float, float, float]


class Pages:
    """A4 pages that fill from above; lengths in inches.

    Parameters
    ----------
    dry : bool
        Only measure: nothing is drawn.
    height : float
        Of a page.
    tight : float
        Figures are so much lower than they would be.
    apart : bool
        Whether the second chapter starts on a page of its own.
    """

    def __init__(self, *, dry: bool = False, height: float = HEIGHT, tight: float = 1.0, apart: bool = False) -> None:
        self.figures: list[Figure] = []
        self.top = 0.0
        self.count = 0
        self.dry, self.height = dry, height
        self.tight, self.apart = tight, apart
        self.turn()

    @property
    def width(self) -> float:
        """Width between the margins."""
        return WIDTH - 2 * MARGIN

    @property
    def left(self) -> float:
        """Height that is left on this page."""
        return self.height - MARGIN - self.top

    @property
    def orphan(self) -> bool:
        """Whether the last page holds so little that it should not be there."""
        return self.count > 1 and self.top < MARGIN + _ORPHAN * (self.height - 2 * MARGIN)

    def turn(self) -> None:
        """Start a new page."""
        self.count += 1
        self.top = MARGIN
        if not self.dry:
            self.figures.append(new_figure(WIDTH, self.height))
            self.figures[-1].set_dpi(_DPI)

    def need(self, height: float) -> None:
        """Start a new page unless so much is left on this one."""
        if height > self.left and self.top > MARGIN:
            self.turn()

    def area(self, height: float) -> Rect:
        """Take a strip of the full width; left, bottom, width, height in parts of the page."""
        self.need(height)
        bottom = 1 - (self.top + height) / self.height
        self.top += height
        return MARGIN / WIDTH, bottom, self.width / WIDTH, height / self.height

    def draw(self, height: float, draw: Callable[[Figure, Rect], None]) -> None:
        """Take a strip and let a function draw on it."""
        area = self.area(height)
        if not self.dry:
            draw(self.figures[-1], area)

    def write(self, text: str, x: float, size: float = _BODY, *, right: bool = False, **style: Any) -> None:
        """One line with its top at the current height, `x` inches from the left margin."""
        if self.dry:
            return
        self.figures[-1].text(
            (MARGIN + x) / WIDTH, 1 - (self.top + 1.05 * size / 72) / self.height, text, fontsize=size, va="baseline",
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
        high = 0.12 + len(lines) * _line(9)
        self.draw(high, _frame)
        self.top -= high - 0.07
        for line in lines:
            self.write(line, 0.1, 9, weight="bold", color="#8a3d00")
            self.top += _line(9)
        self.top += 0.13

    def sections(self, parts: Sequence[Section]) -> None:
        """Headlines, facts, tables and lines one below the other; facts that follow each other in two columns."""
        waiting: list[Facts] = []
        for part in parts:
            if isinstance(part, Facts) and self._narrow(part):
                waiting.append(part)
                continue
            self._all_facts(waiting)
            waiting = []
            if isinstance(part, Headline):
                self._headline(part)
                continue
            if isinstance(part, Table):
                part = self._fitting(part)
                whole = self._table_height(part)
                self.title(part.title, *([whole] if whole < _BROKEN * self.height else []))
                self._table(part)
                self.top += _AFTER
            elif isinstance(part, Facts):
                self._wide(part)
            else:
                self.title(part.title)
                self._lines(part)
                self.top += _AFTER
        self._all_facts(waiting)

    def _headline(self, part: Headline) -> None:
        size = 17.0
        while size > 10 and len(wrapped(part.text, self.width, size, True)) > 2:
            size -= 1
        self.paragraph(part.text, size, bold=True)
        if part.note:
            self.paragraph(part.note, 8, colour=MUTED)
        self.top += 0.08

    def chapter(self, name: str, rest: float = 8 * _BODY * _LEADING / 72) -> None:
        """Heading of a chapter on a line of its own, with room for the first `rest` inches of what follows."""
        self.need(_line(11) + 0.2 + rest)
        self.top += 0.06 if self.top > MARGIN else 0.0
        self.paragraph(name, 11, bold=True, colour=MUTED)
        if not self.dry:
            y = 1 - self.top / self.height
            ends = [MARGIN / WIDTH, 1 - MARGIN / WIDTH]
            self.figures[-1].add_artist(Line2D(ends, [y, y], color=FAINT, linewidth=0.8))
        self.top += 0.1

    def title(self, text: str, rest: float = 3 * _BODY * _LEADING / 72) -> None:
        """Heading of a section, with room for the first `rest` inches of what follows."""
        self.need(_line(9) + rest)
        self.paragraph(text, 9, bold=True)
        self.top += 0.02

    def _all_facts(self, parts: list[Facts]) -> None:
        """Several blocks of facts: in two columns of about equal height where a page has room for both."""
        half = 0.5 * (self.width - _GUTTER)
        heights = [self._height_of(part, half) for part in parts]
        cut = min(range(1, len(parts)), key=lambda i: max(sum(heights[:i]), sum(heights[i:])), default=0)
        tallest = max(sum(heights[:cut]), sum(heights[cut:]), 0.0)
        if cut == 0 or tallest > self.height - 2 * MARGIN:
            for part in parts:
                self._wide(part)
            return
        self.need(tallest)
        start = self.top
        for x, column in ((0.0, parts[:cut]), (half + _GUTTER, parts[cut:])):
            self.top = start
            for part in column:
                self.write(part.title, x, 9, color=INK, weight="bold")
                self.top += _line(9) + 0.02
                self._facts(part, x, half)
                self.top += _AFTER
        self.top = start + tallest

    def _wide(self, part: Facts) -> None:
        """Facts over the full width."""
        self.title(part.title)
        self._facts(part, 0.0, self.width)
        self.top += _AFTER

    def _narrow(self, part: Facts) -> bool:
        """Whether facts read well in half the width: no word must be broken, and no line more than once."""
        room = 0.5 * (self.width - _GUTTER) - _GAP - self._first(part, 0.5 * (self.width - _GUTTER))
        words = [word for _, value in part.rows for word in value.split()]
        longest = max((width_of(word, _BODY) for word in words), default=0.0)
        lines = (len(wrapped(value, room, _BODY)) - value.count("\n") for _, value in part.rows)
        return longest <= room and max(lines, default=0) <= 2

    def _height_of(self, part: Facts, width: float) -> float:
        lines = sum(max(len(names), len(values)) for names, values in self._fact_lines(part, width))
        return _line(9) + 0.02 + lines * _line(_BODY) + _AFTER

    def _fact_lines(self, part: Facts, width: float) -> list[tuple[list[str], list[str]]]:
        first = self._first(part, width)
        return [(wrapped(name, first, _BODY), wrapped(value, width - first - _GAP, _BODY)) for name, value in part.rows]

    def _first(self, part: Facts, width: float) -> float:
        return min(max(width_of(name, _BODY) for name, _ in part.rows), 0.4 * width)

    def _facts(self, part: Facts, x: float, width: float) -> None:
        edge = x + self._first(part, width) + _GAP
        for names, values in self._fact_lines(part, width):
            for i in range(max(len(names), len(values))):
                self.need(_line(_BODY))
                if i < len(names):
                    self.write(names[i], x, color=MUTED)
                if i < len(values):
                    self.write(values[i], edge)
                self.top += _line(_BODY)

    def _lines(self, part: Lines) -> None:
        for line in part.lines:
            self.paragraph(line)

    def _natural(self, part: Table) -> tuple[list[float], float]:
        """Widths of the columns of a table, if there were room, and the size of its letters."""
        size = _BODY if len(part.rows) <= 16 else _SMALL
        cells = [[column.name for column in part.columns], *part.rows]
        widest = [
            max(width_of(line, size, number == 0) for number, row in enumerate(cells) for line in row[i].split("\n"))
            for i in range(len(part.columns))
        ]
        return [width + 0.02 for width in widest], size

    def _fitting(self, part: Table) -> Table:
        """The table without the spare columns that would break others."""
        while True:
            widths, _ = self._natural(part)
            spare = [column.spare for column in part.columns]
            firm = sum(min(w, NARROWEST) if c.wide else w for w, c in zip(widths, part.columns, strict=True))
            if not max(spare, default=0) or firm + _GAP * (len(widths) - 1) <= self.width:
                return part
            part = with_columns(part, [i for i in range(len(spare)) if i != spare.index(max(spare))])

    def _laid(self, part: Table) -> tuple[list[float], float, list[list[list[str]]]]:
        """Widths of the columns, size of the letters, and the lines of every cell of every row."""
        natural, size = self._natural(part)
        room = self.width - _GAP * (len(natural) - 1)
        widths = column_widths(natural, [column.wide for column in part.columns], room)
        rows = [[wrapped(cell, w + 0.005, size) for cell, w in zip(row, widths, strict=True)] for row in part.rows]
        return widths, size, rows

    def _table_height(self, part: Table) -> float:
        _, size, rows = self._laid(part)
        return 0.03 + (len(rows) + 1) * 0.02 + (1 + sum(max(map(len, row)) for row in rows)) * _line(size)

    def _table(self, part: Table) -> None:
        widths, size, rows = self._laid(part)
        edges = [sum(widths[:i]) + _GAP * i for i in range(len(widths))]
        self._heading(part, widths, edges, size)
        for lines in rows:
            height = max(map(len, lines)) * _line(size) + 0.02
            if height > self.left:
                self.turn()
                self._heading(part, widths, edges, size)
            self._row(part, lines, widths, edges, size)
            self.top += height

    def _heading(self, part: Table, widths: list[float], edges: list[float], size: float) -> None:
        lines = [wrapped(c.name, w + 0.01, size, True) for c, w in zip(part.columns, widths, strict=True)]
        self._row(part, lines, widths, edges, size, weight="bold")
        self.top += max(map(len, lines)) * _line(size) + 0.02
        if not self.dry:
            y = 1 - self.top / self.height
            right = (MARGIN + min(self.width, edges[-1] + widths[-1])) / WIDTH
            self.figures[-1].add_artist(Line2D([MARGIN / WIDTH, right], [y, y], color=FAINT, linewidth=0.8))
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
            y = 0.35 / self.height
            figure.text(MARGIN / WIDTH, y, text, fontsize=6.5, color=MUTED, parse_math=False)
            words = f"page {number} of {len(self.figures)}"
            figure.text(1 - MARGIN / WIDTH, y, words, fontsize=6.5, color=MUTED, ha="right")


def height_of(parts: Sequence[Section]) -> float:
    """Height of sections below each other, inches."""
    pages = Pages(dry=True, height=1000.0)
    pages.sections(parts)
    return pages.top - MARGIN


def _frame(figure: Figure, area: Rect) -> None:
    x, y, width, height = area
    box = Rectangle((x, y), width, height, facecolor="#fdeee3", edgecolor=POSITIVE, linewidth=1.0)
    figure.add_artist(box)


def _line(size: float) -> float:
    return size * _LEADING / 72
