"""``curiebreak export``: the table of a scan as CSV, JSON or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="What `scan` wrote.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Table: .csv, .json or .parquet.", show_default=False),
    ],
    for_spreadsheet: options.ForSpreadsheet = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Write the table of a scan, one row a structure, with a column for every irrep that occurs."""
    from curiebreak.cli.result_output import check_destination
    from curiebreak.scan.table import export

    check_destination(output, force)
    count = export(store, output, for_spreadsheet=for_spreadsheet)
    if not quiet:
        typer.echo(f"written: {output} ({count} rows)", err=True)
    return 0
