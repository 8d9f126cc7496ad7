"""``curiebreak scan``: thousands of structures into one store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    given: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="Folder of CIF or POSCAR files, .jsonl, .extxyz, or a .csv with columns parent,child.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="STORE", help="SQLite file for the results.", show_default=False),
    ],
    parent: Annotated[
        str,
        typer.Option(
            metavar="PARENT",
            help="A structure file, or a cubic parent built for each child: `perovskite` (ABX3), `bx3`, `double` "
            "(rock-salt ordered B), or `auto`: one of these, else the parent that is found from the child.",
        ),
    ] = "auto",
    learn: Annotated[
        bool,
        typer.Option("--learn/--exact", help="Train and certify each, or only the exact analysis."),
    ] = True,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, metavar="N", help="Worker processes; 0: one a core.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="Longest time for one structure.")] = 600.0,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the store, or start it if there is none.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="With --resume: do errors, timeouts and crashes again.")
    ] = False,
    symprec: options.Symprec = None,
    parent_symprec: options.ParentSymprec = None,
    strain_tolerance: options.StrainTolerance = 1e-3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    max_steps: Annotated[
        int | None, typer.Option(min=1, help="Optimiser steps per training, at most.", show_default=False)
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Run on a Dask cluster with this scheduler, such as tcp://scheduler:8786.",
            show_default=False,
        ),
    ] = None,
    quiet: options.Quiet = False,
) -> int:
    """Analyse every structure of INPUT; failures are rows with a reason, never a stop."""
    from curiebreak.cli.interrupts import terminable
    from curiebreak.cli.progress import counting_bar
    from curiebreak.scan.running import scan

    with terminable("Continue with --resume."), counting_bar(quiet) as watch:
        summary = scan(
            given,
            output,
            parent=parent,
            learn=learn,
            jobs=jobs or len(os.sched_getaffinity(0)),
            timeout=timeout,
            resume=resume,
            retry=retry,
            symprec=symprec,
            parent_symprec=parent_symprec,
            strain_tolerance=strain_tolerance,
            seed=seed,
            max_steps=max_steps,
            dask=dask,
            watch=watch,
        )
    if not quiet:
        counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.counts.items()))
        kept = f"{summary.kept} finished before" if summary.kept else ""
        typer.echo(f"{summary.total} structures: {', '.join(filter(None, (counts, kept)))}", err=True)
        typer.echo(f"written: {output}", err=True)
    return 6 if summary.failures else 0
