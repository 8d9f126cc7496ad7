"""``curiebreak track``: order parameters through a series of frames, in one fixed domain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated

import typer

from curiebreak.cli import options


def command(
    parent: options.ParentOrAuto,
    frames: Annotated[
        list[str],
        typer.Argument(
            metavar="FRAMES...",
            help="Extended XYZ or XDATCAR with many frames, CIF or POSCAR files in order, or a pattern: '*.cif'.",
            show_default=False,
        ),
    ],
    reference: Annotated[
        str,
        typer.Option(metavar="FRAME|FILE", help="What fixes mapping and domain: the number of a frame, or a file."),
    ] = "0",
    domain: Annotated[
        str | None,
        typer.Option(
            metavar="BASIS",
            help="Supercell basis that picks one of the reference's equivalent domains: '1,0,-1;0,2,0;1,0,1'.",
            show_default=False,
        ),
    ] = None,
    irreps: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Irreps to follow, R4+,M3+, or all; default: all at special k.",
            show_default=False,
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Draw against this value of the frames (temperature, energy, ...) instead of their number.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV with a column name, file or frame and further values of the frames.",
            show_default=False,
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the series (.png, .pdf, .svg).", show_default=False),
    ] = None,
    symprec: options.Symprec = None,
    parent_symprec: options.ParentSymprec = None,
    parent_rank: options.ParentRank = None,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="One row a frame: .csv or .jsonl. Without it (and without --json) the CSV goes to stdout.",
            show_default=False,
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Follow signed amplitudes, tilts and strain of FRAMES over PARENT with one mapping and one domain."""
    from curiebreak.cli.progress import frame_counter
    from curiebreak.cli.result_output import emit
    from curiebreak.cli.series import basis_of, check_series_files, csv_to_stdout, draw, show_summary

    check_series_files(output, plot, force)
    basis = basis_of(domain)
    wanted = [label.strip() for label in (irreps or "").split(",") if label.strip()]
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.tracking import Tracking, track
    from curiebreak.tracking.following import reference_of

    low = reference_of(frames, reference) if str(parent) == "auto" else None
    high = given_or_found(parent, low, parent_rank, quiet)

    with frame_counter(quiet) as watch:

        def followed(target: IO[str] | Path | None) -> Tracking:
            return track(
                high, frames, target, reference=reference, domain=basis, irreps=wanted, column=column, table=table,
                symprec=symprec, parent_symprec=parent_symprec, watch=watch,
            )  # fmt: skip

        found = csv_to_stdout(followed) if output is None and not json else followed(output)
    report = replace(found.report, plot=draw(found, plot))
    if json:
        emit(report, json=True, output=None, quiet=quiet)
    elif not quiet:
        show_summary(report, on_stdout=output is not None)
    for path in (output, plot):
        if path is not None and not quiet:
            typer.echo(f"written: {path}", err=True)
    return 6 if report.refused else 0
