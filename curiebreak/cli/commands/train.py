"""``curiebreak train``: one network for all pairs of a family."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli import options


def command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="Store of a scan, table of pairs (parent,child), folder of children, or prepared pairs (.cbp).",
            show_default=False,
        ),
    ],
    parent: Annotated[
        str,
        typer.Option(metavar="PARENT", help="Of the children of a folder: a prototype of `scan`, or a file."),
    ] = "auto",
    fewest: Annotated[int, typer.Option(min=2, metavar="N", help="Formulas that a class needs to be learned.")] = 8,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Networks of the ensemble.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first network.")] = 0,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Steps of each network.", show_default=False)
    ] = None,
    trees: Annotated[
        bool | None,
        typer.Option(
            "--trees/--no-trees",
            help="Grow trees beside the networks; by default where scikit-learn is installed.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted training of the same model.")
    ] = False,
    save_pairs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the prepared pairs (.cbp).", show_default=False)
    ] = None,
    training_report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Draw courses, parity and classes (.pdf, .png, .svg).", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where the model goes (.cbm).", show_default=False),
    ] = None,
    json: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Train one equivariant network on all PAIRS of a family, to predict children from compositions."""
    from curiebreak.cli.interrupts import terminable
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import check_destination, emit
    from curiebreak.errors import UsageError

    if output is not None and output.suffix != ".cbm":
        raise UsageError(f"A model is a .cbm file, not {output.name}.", "Name it MODEL.cbm.")
    if training_report is not None and training_report.suffix.lower() not in (".pdf", ".png", ".svg"):
        raise UsageError(f"The format of {training_report} is not known.", "Use .pdf, .png or .svg.")
    for path in (output, save_pairs, training_report):
        check_destination(path, force)
    from curiebreak.family import train

    with terminable("Continue with --resume."), progress_bar(quiet) as progress:
        result = train(
            source,
            output,
            parent=parent,
            fewest=fewest,
            seeds=seeds,
            seed=seed,
            epochs=epochs,
            trees=trees,
            save_pairs=save_pairs,
            resume=resume,
            progress=progress,
        )
    if training_report is not None:
        from curiebreak.report.training_page import draw_training_report

        draw_training_report(result, training_report)
    emit(result, json=json, output=None, quiet=quiet)
    for path in (output, save_pairs, training_report):
        if path and not quiet:
            typer.echo(f"written: {path}", err=True)
    return 0
