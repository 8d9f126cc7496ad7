"""Sections of text on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from curiebreak.cli.console import make_console, to_encoding
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table


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


def _print_table(console: Console, part: Table) -> None:
    """Only wide columns wrap, at spaces; a table that does not fit is wider than the terminal."""
    table = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for index, column in enumerate(part.columns):
        cells = [column.name, *(row[index] for row in part.rows)]
        pieces = [piece for cell in cells for piece in (cell.split() if column.wide else cell.split("\n"))]
        table.add_column(
            _fit(console, column.name),
            justify="right" if column.right else "left",
            no_wrap=not column.wide,
            min_width=max(len(_fit(console, piece)) for piece in pieces),
            overflow="fold",
        )
    for row in part.rows:
        table.add_row(*(Text(_fit(console, cell)) for cell in row))
    shown = Padding(table, (0, 0, 0, 2))
    usual = console.width
    needed = Measurement.get(console, console.options.update(max_width=1000), shown).minimum
    console.width = max(usual, needed)
    console.print(shown, crop=False)
    console.width = usual
