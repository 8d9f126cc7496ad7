"""``curiebreak cite``: BibTeX for what a run used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    result: Annotated[
        Path | None,
        typer.Argument(
            metavar="RESULT",
            help="What a command wrote with --json or -o; without it, everything that can be cited.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print keys, reasons and entries as JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the BibTeX to this file.", show_default=False),
    ] = None,
    force: options.Force = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages; no text when -o is given.")] = False,
) -> int:
    """Print BibTeX for the works that a RESULT rests on: method, tables, labels, libraries."""
    import json as json_module
    from dataclasses import asdict

    from curiebreak.citations import bibtex, read_result, references
    from curiebreak.cli.result_output import check_destination

    check_destination(output, force)
    cited = references(None if result is None else read_result(result))
    text = bibtex(cited)
    if output is not None:
        from curiebreak.structures.write import write_atomically

        write_atomically(output, text)
    if json:
        typer.echo(json_module.dumps({"references": [asdict(reference) for reference in cited]}, indent=2))
    elif not (quiet and output):
        typer.echo(text, nl=False)
    if output is not None and not quiet:
        typer.echo(f"written: {output}", err=True)
    return 0
