"""``curiebreak check``: is an output allowed by symmetry for an input."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="Structure with the fields that are given: extended XYZ, JSON, or any structure file.",
            show_default=False,
        ),
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT",
            help="Fields on the same atoms (extended XYZ, JSON), or a structure that the input turns into.",
            show_default=False,
        ),
    ],
    given: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:KIND]",
            help="Field of INPUT to use, with its kind where needed (`B:axial`); may be repeated. Default: "
            "all but forces, velocities, moments and the like.",
            show_default=False,
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:KIND]", help="Field of OUTPUT to check; may be repeated.", show_default=False),
    ] = None,
    symprec: Annotated[
        float | None,
        typer.Option(metavar="ANGSTROM", min=1e-8, help="Tolerance for the symmetry of INPUT.", show_default="0.01"),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(min=1e-12, max=0.5, help="Relative change of a field that counts as unchanged."),
    ] = 1e-3,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Tell whether symmetry allows OUTPUT for INPUT, what forbids it, and what would allow it."""
    from curiebreak.cli.result_output import check_destination, emit

    check_destination(output, force)
    from curiebreak.checking import check

    result = check(source, target, given=given or (), fields=field or (), symprec=symprec, tolerance=tolerance)
    emit(result, json=json, output=output, quiet=quiet)
    return 0
