"""``curiebreak couplings``: the invariant polynomials of the active irreps."""

from __future__ import annotations

from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    parent: options.ParentOrAuto,
    child: options.Child,
    order: Annotated[int, typer.Option(min=2, max=8, help="Highest degree that is listed.")] = 4,
    irreps: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Only these order parameters, joined by commas: 'M3+,R4+,GM3+ strain'.",
            show_default=False,
        ),
    ] = None,
    symprec: options.Symprec = None,
    parent_symprec: options.ParentSymprec = None,
    parent_rank: options.ParentRank = None,
    strain_tolerance: options.StrainTolerance = 1e-3,
    allow: options.Allow = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """List the invariant polynomials that couple the irreps in the distortion from PARENT to CHILD."""
    from curiebreak.cli.result_output import check_destination, emit

    check_destination(output, force)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.modes.coupling_report import couplings

    names = None if irreps is None else [name.strip() for name in irreps.split(",")]
    result = couplings(
        given_or_found(parent, child, parent_rank, quiet),
        child,
        order=order,
        irreps=names,
        symprec=symprec,
        parent_symprec=parent_symprec,
        strain_tolerance=strain_tolerance,
        allow=[a.value for a in allow or ()],
    )
    emit(result, json=json, output=output, quiet=quiet)
    return 0
