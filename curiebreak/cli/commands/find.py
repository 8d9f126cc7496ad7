"""``curiebreak find``: learn the order parameter of a pair and certify it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    parent: options.Parent,
    child: options.Child,
    sites: Annotated[
        str,
        typer.Option(
            metavar="SITES",
            help="What may carry the input: parent sites, species or Wyckoff letters joined by commas, "
            "`B` (perovskite), `all`, `global`, or `auto`.",
        ),
    ] = "auto",
    lmax_input: Annotated[int, typer.Option(min=0, max=8, help="Largest l of the learnable input.")] = 2,
    blocks: Annotated[
        options.Blocks,
        typer.Option(help="Sparsity blocks: by irrep of the parent, or plainly by site, l and parity."),
    ] = options.Blocks.IRREP,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    max_steps: Annotated[
        int | None,
        typer.Option(min=1, help="Optimiser steps per training, at most.", show_default=False),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=1e-14, max=0.1, help="Relative loss that counts as reached.")
    ] = 1e-6,
    symprec: options.Symprec = None,
    strain_tolerance: options.StrainTolerance = 1e-3,
    device: Annotated[options.Device, typer.Option(help="Where to train.")] = options.Device.CPU,
    raw_target: Annotated[
        bool,
        typer.Option(
            "--raw-target", help="Train on the distortion as it is, not averaged over the child's group."
        ),
    ] = False,
    alternatives: Annotated[
        bool, typer.Option("--alternatives", help="Train the other minimal sets as well.")
    ] = False,
    degenerate: Annotated[
        bool,
        typer.Option(
            "--degenerate",
            help="Keep every carrier of the recovered irreps: no penalty in l, no elimination.",
        ),
    ] = False,
    no_compression: Annotated[
        bool,
        typer.Option("--no-compression", help="Train on all atoms instead of the child's asymmetric unit."),
    ] = False,
    fix_site: options.FixSite = None,
    signals: Annotated[
        bool,
        typer.Option(
            "--signals", help="Also show, as signals on the sphere, what the network answers without input."
        ),
    ] = False,
    signal_lmax: Annotated[int, typer.Option(min=2, max=8, help="Largest l of the signals.")] = 5,
    domains: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write every equivalent child, as the network gives it, into this folder.",
            show_default=False,
        ),
    ] = None,
    report: options.Report = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 5 when not converged.")] = False,
) -> int:
    """Learn which symmetry breaking turns PARENT into CHILD, and prove the answer."""
    from curiebreak.cli.failures import INTERRUPTED
    from curiebreak.cli.output import check_destination, check_folder, check_report, emit, emit_report
    from curiebreak.cli.progress import progress_bar
    from curiebreak.results import Status

    check_destination(output, force)
    check_report(report, force)
    if domains is not None:
        check_folder(domains, force)
    from curiebreak.discovery import find

    with progress_bar(quiet) as progress:
        finding = find(
            parent,
            child,
            sites=sites,
            lmax_input=lmax_input,
            blocks=blocks.value,
            seed=seed,
            max_steps=max_steps,
            tolerance=tolerance,
            symprec=symprec,
            strain_tolerance=strain_tolerance,
            device=device.value,
            raw_target=raw_target,
            alternatives=alternatives,
            degenerate=degenerate,
            compression=not no_compression,
            fix_site=fix_site,
            signals=signals,
            signal_lmax=signal_lmax,
            domains=domains,
            progress=progress,
        )
    emit(finding, json=json, output=output, quiet=quiet)
    emit_report(finding, report, quiet)
    if finding.status is Status.INTERRUPTED:
        return INTERRUPTED
    if strict and finding.status is Status.NOT_CONVERGED:
        typer.echo(f"error: not converged. {finding.status.advice}", err=True)
        return 5
    return 0
