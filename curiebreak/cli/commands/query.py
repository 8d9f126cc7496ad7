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
    json: options.Json = False,
) -> int:
    """Print the rows that fulfil a condition, as CSV (or JSON); the store is only read."""
    from curiebreak.scan.table import as_csv, as_json, query

    names, rows = query(store, condition)
    typer.echo(as_json(names, rows) if json else as_csv(names, rows), nl=False)
    return 0
