"""``curiebreak track``: order parameters through a series of frames, in one fixed domain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from curiebreak.cli.answers import Receiver
from curiebreak.options.series_options import SeriesOptions, TrackOptions

if TYPE_CHECKING:
    from curiebreak.tracking import Tracking
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

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


def command(asked: TrackOptions, to: Receiver) -> int:
    """Follow signed amplitudes, tilts and strain of FRAMES over PARENT with one mapping and one domain."""
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.cli.progress import frame_counter

    check_series_files(asked.output, asked.plot, to.force)
    from curiebreak.tracking import track
    from curiebreak.tracking.following import reference_of

    child = reference_of(asked.frames, asked.reference) if str(asked.parent) == "auto" else None
    parent = given_or_found(asked.parent, child, asked.parent_rank, to.quiet)

    with frame_counter(to.quiet) as watch:

        def followed(target: IO[str] | Path | None) -> Tracking:
            return track(parent, asked.frames, **asked.keywords(SeriesOptions) | {"output": target, "watch": watch})

        printed = asked.output is None and not asked.json
        found = csv_to_stdout(followed) if printed else followed(asked.output)
    report = replace(found.report, plot=draw(found, asked.plot))

    def show() -> None:
        if not to.quiet:
            show_summary(report, on_stdout=asked.output is not None)

    to.result(report, document=False, shown=show)
    to.written(asked.output)
    to.written(asked.plot)
    return 6 if report.refused else 0
