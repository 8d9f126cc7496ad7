"""``curiebreak certify``: test a hypothesis about what turns a parent into its child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    parent: options.ParentOrAuto,
    child: options.Child,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Irreps such as 'R4+', 'R4+(0,b,b)', 'M3+[Mn:1e]', 'LD1@0,0,2/5' (@ is the wave vector), "
            "or harmonics such as '2e(2)', '1o(0)[Ti]'.",
            show_default=False,
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    max_steps: Annotated[int, typer.Option(min=1, help="Optimiser steps per training, at most.")] = 120,
    tolerance: Annotated[
        float, typer.Option(min=1e-14, max=0.1, help="Relative loss that counts as reached.")
    ] = 1e-6,
    symprec: options.Symprec = None,
    parent_symprec: options.ParentSymprec = None,
    parent_rank: options.ParentRank = None,
    strain_tolerance: options.StrainTolerance = 1e-3,
    device: Annotated[options.Device, typer.Option(help="Where to train.")] = options.Device.CPU,
    no_compression: Annotated[
        bool,
        typer.Option("--no-compression", help="Train on all atoms instead of the asymmetric unit."),
    ] = False,
    fix_site: options.FixSite = None,
    allow: options.Allow = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 5 when not converged.")] = False,
) -> int:
    """Train with exactly the given INPUTs: are they enough for CHILD, is each needed, what is missing."""
    from curiebreak.cli.failures import INTERRUPTED
    from curiebreak.cli.interrupts import interruptible
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import check_destination, emit
    from curiebreak.results import Certification, Status

    check_destination(output, force)

    def load() -> Callable[[], Certification]:
        from curiebreak.discovery import certify

        def compute() -> Certification:
            high = given_or_found(parent, child, parent_rank, quiet)
            with progress_bar(quiet) as progress:
                return certify(
                    high,
                    child,
                    inputs,
                    seed=seed,
                    max_steps=max_steps,
                    tolerance=tolerance,
                    symprec=symprec,
                    parent_symprec=parent_symprec,
                    strain_tolerance=strain_tolerance,
                    device=device.value,
                    compression=not no_compression,
                    fix_site=fix_site,
                    allow=[a.value for a in allow or ()],
                    progress=progress,
                )

        return compute

    def otherwise() -> Certification:
        from curiebreak.discovery.identical import unmapped_certification

        return unmapped_certification(parent, child, inputs, seed, device.value)

    def show(result: Certification) -> None:
        if result.mapping is not None or json or output:
            emit(result, json=json, output=output, quiet=quiet)

    result, stopped = interruptible(load, otherwise, show)
    if stopped or result.status is Status.INTERRUPTED:
        return INTERRUPTED
    if strict and result.status is Status.NOT_CONVERGED:
        typer.echo(f"error: not converged. {result.status.advice}", err=True)
        return 5
    return 0
