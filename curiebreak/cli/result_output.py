"""Results to files and to the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from curiebreak.cli.named_files import check_named_once
from curiebreak.errors import refuse
from curiebreak.files import check_place, suffix_of

if TYPE_CHECKING:
    from curiebreak.results.record import Record


def check_destination(path: Path | None, force: bool) -> None:
    """Refuse a destination that cannot be written, before anything is computed.

    Raises
    ------
    UsageError
        If the file exists (without `force`), is no file, its folder is missing or read-only, or the
        command line names it a second time, as an input or as another output.
    """
    if path is None:
        return
    check_place(path, force)
    check_named_once(path)


def check_figure(path: Path | None) -> None:
    """Refuse a figure whose name has no known format.

    Raises
    ------
    UsageError
    """
    known = suffix_of(path) in ("", ".png", ".pdf", ".svg")
    refuse((not known, f"The figure {path} has no known format.", "Use .png, .pdf or .svg."))


def check_report(path: Path | None, force: bool) -> None:
    """Refuse a report that cannot be written, before anything is computed.

    Raises
    ------
    InputError
        If its suffix is no format of reports.
    UsageError
        If it cannot be written, see :func:`check_destination`.
    """
    if path is not None:
        from curiebreak.report.writing import check_format

        check_format(path)
        check_destination(path, force)


def emit_report(result: Record, path: Path | None, quiet: bool) -> None:
    """Draw the report of a result, where one is wanted."""
    if path is not None:
        from curiebreak.report.writing import write_report

        write_report(result, path)
        if not quiet:
            note(f"written: {path}")


def check_folder(folder: Path, force: bool) -> None:
    """Refuse a folder that cannot take files, before anything is computed.

    Raises
    ------
    UsageError
        If it is a file, lies in a missing or read-only folder, or is not empty (without `force`).
    """
    there = folder.is_dir()
    refuse(
        (folder.exists() and not there, f"{folder} is not a folder.", "Name a folder, new or empty."),
        (
            there and not force and any(folder.iterdir()),
            f"The folder {folder} is not empty.",
            "Add --force to write into it.",
        ),
    )
    check_named_once(folder)
    refuse(
        (not folder.parent.is_dir(), f"The folder {folder.parent} does not exist.", "Create it first."),
        (
            not os.access(folder if there else folder.parent, os.W_OK),
            f"The folder {folder} cannot be written.",
            "Choose another one.",
        ),
    )


def note(text: str) -> None:
    """Say something on standard error; if whoever reads it has left, files are still to be written."""
    try:
        typer.echo(text, err=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Go on without standard output when whoever reads it has left, as `head` does: files are still to be written."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
