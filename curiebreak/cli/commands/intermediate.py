"""``curiebreak intermediate``: the groups between parent and child, and structures with their symmetry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curiebreak.cli import options

if TYPE_CHECKING:
    from curiebreak.intermediates.api import Investigation
    from curiebreak.results import Intermediates

_Irreps = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="IRREP", help="Let the input hold this irrep alone; may be repeated."),
]


def command(
    parent: options.Parent,
    child: options.Child,
    list_only: Annotated[bool, typer.Option("--list", help="List the groups between; the default.")] = False,
    all_subgroups: Annotated[
        bool, typer.Option("--all-subgroups", help="List every group between, also those no irrep makes.")
    ] = False,
    no_strain: Annotated[bool, typer.Option("--no-strain", help="Do not count strain irreps.")] = False,
    keep: _Irreps = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="IRREP", help="Make an intermediate without this irrep; may be repeated."),
    ] = None,
    direction: Annotated[
        list[str] | None,
        typer.Option(metavar="IRREP(...)", help="Like --keep, along this direction: 'R4+(0,b,b)'."),
    ] = None,
    subgroup: Annotated[
        str | None, typer.Option(metavar="GROUP", help="Make the intermediate of this type: Imma or 74.")
    ] = None,
    entry: Annotated[
        int | None, typer.Option(metavar="N", help="Make the intermediate with this number in the list.")
    ] = None,
    path: Annotated[
        int | None,
        typer.Option("--path", metavar="N", min=2, help="Write N structures on the way (an interpolation)."),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(metavar="IRREPS", help="Switch the primaries on one after another: M3+,R4+."),
    ] = None,
    path_exact: Annotated[
        bool, typer.Option("--path-exact", help="Secondaries by their lowest power, not by the network.")
    ] = False,
    everything: Annotated[
        Path | None,
        typer.Option("--all", metavar="DIR", help="Write every entry of the list, a table and the tree."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the tree of groups (.png, .pdf, .svg).")
    ] = None,
    train: Annotated[bool, typer.Option("--train", help="Train a network for every entry.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
    max_steps: Annotated[int, typer.Option(min=1, help="Optimiser steps per training, at most.")] = 120,
    tolerance: Annotated[
        float, typer.Option(min=1e-14, max=0.1, help="Relative loss that counts as reached.")
    ] = 1e-6,
    symprec: options.Symprec = None,
    strain_tolerance: options.StrainTolerance = 1e-3,
    fix_site: options.FixSite = None,
    device: Annotated[options.Device, typer.Option(help="Where to train.")] = options.Device.CPU,
    json: options.Json = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where the intermediate goes (.cif, .vasp, .xyz), or the result (.json); a folder for --path.",
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 5 when not converged.")] = False,
) -> int:
    """List the groups between PARENT and CHILD, or make the intermediate that a constraint leaves."""
    from curiebreak.cli.output import check_destination, check_folder, emit
    from curiebreak.cli.progress import progress_bar
    from curiebreak.errors import UsageError
    from curiebreak.results import Status

    constraint = {
        name: value
        for name, value in {
            "keep": keep, "drop": drop, "direction": direction, "subgroup": subgroup, "entry": entry
        }.items()
        if value not in (None, [])
    }  # fmt: skip
    if list_only and constraint:
        raise UsageError("--list takes no constraint.", "Leave out --list to make an intermediate.")
    if path is None and (order or path_exact):
        raise UsageError("--order and --path-exact belong to --path.", "Add --path N.")
    structure = output if output is not None and output.suffix.lower() != ".json" else None
    if structure is not None and path is None and not constraint:
        raise UsageError(
            f"There is no single intermediate to write to {structure}.",
            "Add --keep, --subgroup or --entry, or give a .json file for the list.",
        )
    document_file = None if structure is not None else output
    check_destination(document_file, force)
    check_destination(plot, force)
    if path is None:
        check_destination(structure, force)
    else:
        structure = structure or Path(f"{child.stem}-path")
        check_folder(structure, force)
    if everything is not None:
        check_folder(everything, force)
    from curiebreak.intermediates.api import Settings, investigate
    from curiebreak.intermediates.training import Training

    settings = Settings(
        strain=not no_strain,
        all_subgroups=all_subgroups,
        train_all=train,
        how=Training(seed, max_steps, tolerance, strain_tolerance, device.value),
        symprec=symprec,
        fix_site=fix_site,
    )
    with progress_bar(quiet) as progress:
        found = investigate(parent, child, constraint or None, settings, progress)
        result = found.document
        if path is not None and structure is not None:
            from curiebreak.intermediates.path import write_path

            words = tuple(w.strip() for w in order.split(",")) if order else ()
            result = write_path(found, structure, path, words, path_exact, settings.how, progress)
        result = _written(found, result, None if path else structure, everything, progress)
    if plot is not None:
        _draw(result, plot)
    emit(result, json=json, output=document_file, quiet=quiet)
    if strict and result.status is Status.NOT_CONVERGED:
        typer.echo(f"error: not converged. {result.status.advice}", err=True)
        return 5
    return 0
