"""What ``track`` needs of the terminal: destinations, a table on stdout, the summary."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

import typer

from curiebreak.cli.own_options import in_own_words, result_in_own_words
from curiebreak.cli.result_output import check_destination
from curiebreak.errors import UsageError
from curiebreak.files import known_suffix

if TYPE_CHECKING:
    from curiebreak.results.tracking import TrackResult
    from curiebreak.tracking import Tracking

PLOTS = (".png", ".pdf", ".svg")


def check_series_files(table: Path | None, plot: Path | None, force: bool) -> None:
    """Refuse destinations that cannot be written or have no known format, before anything is computed.

    Raises
    ------
    UsageError
        If a table ends in neither ``.csv`` nor ``.jsonl``, or see :func:`check_destination`.
    InputError
        If a figure ends in none of the known suffixes.
    """
    if table is not None:
        from curiebreak.tracking.table_files import check_table_format

        check_table_format(table)
    if plot is not None:
        known_suffix(plot, PLOTS, "figure")
    if table is not None and plot == table:
        raise UsageError("The table and the figure have the same name.", "Give two names.")
    check_destination(table, force)
    check_destination(plot, force)


def csv_to_stdout(run: Callable[[IO[str]], Tracking]) -> Tracking:
    """Let `run` write a table, and print it when it is whole."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as spool:
        found = run(spool)
        spool.seek(0)
        shutil.copyfileobj(spool, sys.stdout)
    return found


def draw(found: Tracking, path: Path | None) -> str | None:
    """Draw the figure of a series, where one is wanted."""
    if path is None:
        return None
    from curiebreak.report.series_figure import write_series_figure

    write_series_figure(found, path)
    return str(path)


def show_summary(report: TrackResult, on_stdout: bool) -> None:
    """The summary as text; one line on standard error where the table has taken standard output."""
    if on_stdout:
        from curiebreak.cli.render import print_sections
        from curiebreak.report.result_text import sections

        print_sections(sections(result_in_own_words(report)))
        return
    flips = ", ".join(str(flip.frame) for flip in report.flips[:10]) + (" ..." if len(report.flips) > 10 else "")
    flipped = f"; domain flips at frames {flips}" if report.flips else ""
    typer.echo(f"{report.used} of {report.frames} frames followed{flipped}", err=True)
    for reason, count in report.refused.items():
        typer.echo(f"not used ({count}): {in_own_words(reason)}", err=True)
    for message in report.messages:
        typer.echo(in_own_words(message), err=True)
