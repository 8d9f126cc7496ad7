"""``curiebreak query``: rows of a scan that fulfil a condition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="What `scan` wrote.", show_default=False)],
    condition: Annotated[
        str,
        typer.Argument(
            metavar="CONDITION",
            help='SQL after WHERE, such as "glazer = \'a+b-b-\' AND \\"amp_R4+\\" > 0.4".',
            show_default=False,
        ),
    ],
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Columns to show, joined by commas, `*` for any letters: id,glazer,amp_*; or all. Default: ten "
            "that say what was found.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.001, metavar="SECONDS", help="Stop a query that takes longer.")
    ] = 30.0,
    for_spreadsheet: options.ForSpreadsheet = False,
    json: options.Json = False,
) -> int:
    """Print the rows that fulfil a condition, as CSV (or JSON); the store is only read."""
    from curiebreak.scan.table import USUAL, as_csv, as_json, query

    words = [word.strip() for word in (columns or "").split(",") if word.strip()]
    wanted = () if words == ["all"] else words or USUAL
    names, rows = query(store, condition, columns=wanted, seconds=seconds)
    typer.echo(as_json(names, rows) if json else as_csv(names, rows, for_spreadsheet), nl=False)
    return 0
