"""``curiebreak hidden-field``: the uniform field behind many snapshots of one system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    snapshots: Annotated[
        Path,
        typer.Argument(
            metavar="SNAPSHOTS",
            help="Extended XYZ with many frames of one system, arrays `velocities` and `accelerations` (or `forces`).",
            show_default=False,
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    tolerance: Annotated[float, typer.Option(min=1e-12, max=0.5, help="Relative loss that counts as reached.")] = 1e-3,
    kinds: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Array that tells apart atoms of one element.", show_default=False),
    ] = None,
    json: options.Json = False,
    output: options.Output = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Find the uniform field that SNAPSHOTS feel but do not show: 1e magnetic, 1o electric, or none."""
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import check_destination, emit

    check_destination(output, force)
    from curiebreak.hidden import hidden_field

    with progress_bar(quiet) as progress:
        result = hidden_field(snapshots, seed=seed, tolerance=tolerance, kinds=kinds, progress=progress)
    emit(result, json=json, output=output, quiet=quiet)
    return 0
