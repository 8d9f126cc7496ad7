"""``curiebreak find``: learn the order parameter of a pair and certify it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    parent: options.ParentOrAuto,
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
        typer.Option(help="Blocks of the input: by irrep of the parent, or as random networks answer to them."),
    ] = options.Blocks.IRREP,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=99,
            help="Trainings from different random weights, of which the majority counts; 3 where they are cheap.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.0, help="Time that each of them may spend on choosing between sets of irreps.")
    ] = 20.0,
    max_steps: Annotated[
        int | None,
        typer.Option(min=1, help="Optimiser steps per training, at most.", show_default=False),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=1e-14, max=0.1, help="Relative loss that counts as reached.")
    ] = 1e-6,
    symprec: options.Symprec = None,
    parent_symprec: options.ParentSymprec = None,
    parent_rank: options.ParentRank = None,
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
            help="Keep every carrier of the recovered irreps instead of one.",
        ),
    ] = False,
    no_compression: Annotated[
        bool,
        typer.Option("--no-compression", help="Train on all atoms instead of the child's asymmetric unit."),
    ] = False,
    blind: Annotated[
        bool,
        typer.Option(
            "--blind",
            help="Train once more told nothing of the child's symmetry: all atoms, all inputs, the raw distortion.",
        ),
    ] = False,
    fix_site: options.FixSite = None,
    allow: options.Allow = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KNOWN",
            help="A known field that the network gets: a file with fields on the parent (FILE, FILE::NAME[:KIND]), "
            "an irrep or a harmonic as for `certify`. May be repeated.",
            show_default=False,
        ),
    ] = None,
    keep_cell: Annotated[
        bool,
        typer.Option(
            "--keep-cell", help="Train on the cell of CHILD's file, also where a smaller one would do."
        ),
    ] = False,
    signals: Annotated[
        bool,
        typer.Option(
            "--signals", help="Also show, as signals on the sphere, what the network answers without input."
        ),
    ] = False,
    signal_lmax: Annotated[int, typer.Option(min=2, max=8, help="Largest l of the signals.")] = 5,
    signals_untold: Annotated[
        bool,
        typer.Option(
            "--signals-untold",
            help="With --signals: also train them with the recovered input, and show the answer without it.",
        ),
    ] = False,
    domains: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write every equivalent child, as the network gives it, into this folder.",
            show_default=False,
        ),
    ] = None,
    parents: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="With PARENT `auto`: learn the first N candidates, and compare what each needs."
        ),
    ] = 1,
    report: options.Report = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with code 5 when not converged, or when learned and exact disagree."),
    ] = False,
) -> int:
    """Learn which symmetry breaking turns PARENT into CHILD, and prove the answer."""
    from curiebreak.cli.failures import INTERRUPTED
    from curiebreak.cli.interrupts import interruptible
    from curiebreak.cli.parent_choice import learned
    from curiebreak.cli.result_output import check_destination, check_folder, check_report, emit, emit_report
    from curiebreak.cli.strict import strictly
    from curiebreak.results import Finding, Status

    check_destination(output, force)
    check_report(report, force)
    if domains is not None:
        check_folder(domains, force)

    def load() -> Callable[[], Finding]:
        start = time.perf_counter()
        from curiebreak.discovery import find

        spent = time.perf_counter() - start

        settings = dict(
            sites=sites,
            lmax_input=lmax_input,
            blocks=blocks.value,
            seed=seed,
            seeds=seeds,
            seconds=seconds,
            max_steps=max_steps,
            tolerance=tolerance,
            symprec=symprec,
            parent_symprec=parent_symprec,
            strain_tolerance=strain_tolerance,
            device=device.value,
            raw_target=raw_target,
            alternatives=alternatives,
            degenerate=degenerate,
            compression=not no_compression,
            blind=blind,
            fix_site=fix_site,
            allow=[a.value for a in allow or ()],
            given=given or (),
            keep_cell=keep_cell,
            signals=signals,
            signal_lmax=signal_lmax,
            signals_untold=signals_untold,
            domains=domains,
        )

        def compute() -> Finding:
            found = learned(find, settings, parent, child, parent_rank, parents, quiet)
            laps = {"import": spent, **found.seconds, "total": spent + found.seconds.get("total", 0.0)}
            return replace(found, seconds=laps)

        return compute

    def otherwise() -> Finding:
        from curiebreak.discovery.identical import unmapped_finding

        return unmapped_finding(parent, child, seed, device.value, {}, {})

    def show(finding: Finding) -> None:
        if finding.mapping is not None or json or output:
            emit(finding, json=json, output=output, quiet=quiet)
        if finding.mapping is not None:
            emit_report(finding, report, quiet)

    finding, stopped = interruptible(load, otherwise, show)
    if stopped or finding.status is Status.INTERRUPTED:
        return INTERRUPTED
    return strictly(finding) if strict else 0
