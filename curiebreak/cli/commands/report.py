"""``curiebreak report``: a result as PDF, PNG or HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT", help="What `find`, `modes`, `intermediate` or `parent` wrote as JSON.", show_default=False
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Where to write: .pdf, .png or .html.", show_default=False
        ),
    ],
    force: options.Force = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages.")] = False,
) -> int:
    """Draw a report of a RESULT that was computed before; nothing is computed again."""
    from curiebreak.cli.result_output import check_destination
    from curiebreak.report.writing import check_format, draw_again

    check_format(output)
    check_destination(output, force)
    draw_again(result, output)
    if not quiet:
        typer.echo(f"written: {output}", err=True)
    return 0
