"""``curiebreak report``: a result as PDF, PNG or HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options
from curiebreak.errors import UsageError


def command(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT",
            help="What `find`, `modes`, `intermediate` or `parent` wrote as JSON; before CHILD: PARENT, or `auto`.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Where to write: .pdf, .png or .html.", show_default=False
        ),
    ],
    child: Annotated[
        Path | None,
        typer.Argument(
            metavar="CHILD", help="Low-symmetry structure: the modes of this pair are drawn.", show_default=False
        ),
    ] = None,
    parent_rank: options.ParentRank = None,
    force: options.Force = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages.")] = False,
) -> int:
    """Draw a report of a RESULT that was computed before, or of the modes of PARENT and CHILD."""
    from curiebreak.cli.result_output import check_destination
    from curiebreak.report.writing import check_format, draw_again

    check_format(output)
    check_destination(output, force)
    if child is None:
        _check_result(result, parent_rank)
        draw_again(result, output)
    else:
        _draw_pair(result, child, parent_rank, output, quiet)
    if not quiet:
        typer.echo(f"written: {output}", err=True)
    return 0


def _check_result(result: Path, rank: int | None) -> None:
    if str(result) == "auto":
        raise UsageError("`report auto` needs the child whose parent is to be found.", "Add CHILD.")
    if rank is not None:
        raise UsageError("--parent-rank chooses among found parents.", "Write `auto` and CHILD instead of RESULT.")


def _draw_pair(parent: Path, child: Path, rank: int | None, output: Path, quiet: bool) -> None:
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.modes.decompose import decompose
    from curiebreak.report.writing import write_report

    modes = decompose(given_or_found(parent, child, rank, quiet), child)
    write_report(modes, output)
    for message in () if quiet else modes.messages:
        typer.echo(message, err=True)
