"""``curiebreak irreps``: the irreps of the displacements of a parent, without a child."""

from __future__ import annotations

from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    parent: options.Parent,
    k: Annotated[
        str,
        typer.Option(
            "--k",
            metavar="K",
            help="Letters of a special k point (R), fractions in the conventional reciprocal basis "
            "(0,1/2,0), or `all` special points.",
        ),
    ] = "all",
    parent_symprec: options.ParentSymprec = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """List which irreps the displacements of PARENT hold, by Wyckoff site."""
    from curiebreak.cli.result_output import check_destination, emit

    check_destination(output, force)
    from curiebreak.modes.available import available_irreps

    result = available_irreps(parent, k, parent_symprec=parent_symprec)
    emit(result, json=json, output=output, quiet=quiet)
    return 0
