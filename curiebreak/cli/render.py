"""Sections of text on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from curiebreak.cli.console import PipedConsole, make_console
from curiebreak.cli.streams import to_encoding
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table, with_columns


def print_sections(parts: Iterable[Section]) -> None:
    """Print sections to standard output, in colour on a terminal."""
    console = make_console()
    for part in parts:
        if isinstance(part, Headline):
            _print_headline(console, part)
            continue
        console.print(Text(_fit(console, part.title), style="bold"))
        if isinstance(part, Facts):
            _print_facts(console, part)
        elif isinstance(part, Table):
            _print_table(console, part)
        elif isinstance(part, Lines):
            for line in part.lines:
                console.print(Text(_fit(console, f"  {line}")))
        console.print()


def _fit(console: Console, text: str) -> str:
    return to_encoding(text, console.encoding)


def _print_headline(console: Console, part: Headline) -> None:
    body = Text(_fit(console, part.text), style="bold green")
    if part.note:
        body.append(_fit(console, f"\n{part.note}"), style="not bold yellow")
    console.print(Panel(body, expand=False))
    console.print()


def _print_facts(console: Console, part: Facts) -> None:
    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in part.rows:
        grid.add_row(Text(_fit(console, f"  {name}"), style="cyan"), Text(_fit(console, value)))
    console.print(grid)


def _print_table(console: PipedConsole, whole: Table) -> None:
    """Where a page is narrow, spare columns are left out; then wide ones wrap, at spaces; then the table is wider."""
    part = _fitting(console, whole) if console.narrow else whole
    table = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    widths = _widths(console, part)
    for column, width in zip(part.columns, widths, strict=True):
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(_fit(console, column.name), justify=justify, width=width, overflow="fold")
    for row in part.rows:
        table.add_row(*(Text(_fit(console, cell)) for cell in row))
    usual = console.width
    console.width = max(usual, _INDENT + sum(widths) + _GAP * len(widths))
    console.print(Padding(table, (0, 0, 0, _INDENT)), crop=False)
    console.width = usual
    left_out = [column.name for column in whole.columns if column not in part.columns]
    if left_out:
        console.print(
            Text(_fit(console, f"  (a wider terminal shows {', '.join(left_out)}; so does --json)"), style="dim")
        )


def _fitting(console: PipedConsole, part: Table) -> Table:
    """The table with the spare columns that find room with nothing wrapped, the more useful ones first."""
    order = sorted(range(len(part.columns)), key=lambda i: part.columns[i].spare)
    kept: list[int] = []
    for index in order:
        more = sorted([*kept, index])
        if not part.columns[index].spare or _total(_natural(console, with_columns(part, more))) <= console.width:
            kept = more
    return with_columns(part, kept)


def _total(widths: list[int]) -> int:
    return _INDENT + sum(widths) + _GAP * len(widths)


def _written(console: Console, part: Table) -> list[list[str]]:
    """Each column as it is written, its name first."""
    rows = ([column.name for column in part.columns], *part.rows)
    return [[_fit(console, cell) for cell in cells] for cells in zip(*rows, strict=True)]


def _natural(console: Console, part: Table) -> list[int]:
    """Width of each column with nothing wrapped."""
    return [max(map(len, "\n".join(cells).split("\n"))) for cells in _written(console, part)]


_INDENT, _GAP = 2, 2


def _widths(console: Console, part: Table) -> list[int]:
    """Width of each column: as wide as its cells, wide ones narrowed to their longest word where needed."""
    widths = _natural(console, part)
    least = [*widths]
    for index, cells in enumerate(_written(console, part)):
        if part.columns[index].wide:
            least[index] = max(map(len, " ".join(cells).split()))
    excess = _total(widths) - console.width
    for _ in range(max(0, min(excess, sum(widths) - sum(least)))):
        slack = [width - low for width, low in zip(widths, least, strict=True)]
        widths[slack.index(max(slack))] -= 1
    return widths
