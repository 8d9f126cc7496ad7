"""``curiebreak intermediate``: the groups between parent and child, and structures with their symmetry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from curiebreak.cli import options
from curiebreak.errors import UsageError

if TYPE_CHECKING:
    from curiebreak.intermediates.between import IntermediateOptions
    from curiebreak.results import Intermediates

_Irreps = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="IRREP", help="Let the input hold this irrep alone; may be repeated."),
]


def command(
    parent: options.ParentOrAuto,
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
    tolerance: Annotated[float, typer.Option(min=1e-14, max=0.1, help="Relative loss that counts as reached.")] = 1e-6,
    symprec: options.Symprec = None,
    parent_symprec: options.ParentSymprec = None,
    parent_rank: options.ParentRank = None,
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
    from curiebreak.cli.result_output import emit
    from curiebreak.results import Status

    constraint = _constraint(keep, drop, direction, subgroup, entry)
    if list_only and constraint:
        raise UsageError("--list takes no constraint.", "Leave out --list to make an intermediate.")
    if path is None and (order or path_exact):
        raise UsageError("--order and --path-exact belong to --path.", "Add --path N.")
    files = _Files(output, child, plot, everything, path, bool(constraint))
    files.check(force)
    from curiebreak.cli.parent_choice import given_or_found
    from curiebreak.intermediates.between import IntermediateOptions
    from curiebreak.intermediates.certified_fit import ConstrainedTraining

    settings = IntermediateOptions(
        strain=not no_strain,
        all_subgroups=all_subgroups,
        train_all=train,
        how=ConstrainedTraining(seed, max_steps, tolerance, strain_tolerance, device.value),
        symprec=symprec,
        parent_symprec=parent_symprec,
        fix_site=fix_site,
    )
    words = tuple(word.strip() for word in order.split(",")) if order else ()
    high = given_or_found(parent, child, parent_rank, quiet)
    result = files.fill(high, child, constraint, settings, words, path_exact, quiet)
    emit(result, json=json, output=files.document, quiet=quiet)
    if strict and result.status is Status.NOT_CONVERGED:
        typer.echo(f"error: not converged. {result.status.advice}", err=True)
        return 5
    return 0


def _constraint(
    keep: list[str] | None,
    drop: list[str] | None,
    direction: list[str] | None,
    subgroup: str | None,
    entry: int | None,
) -> dict[str, Any]:
    given = {"keep": keep, "drop": drop, "direction": direction, "subgroup": subgroup, "entry": entry}
    return {name: value for name, value in given.items() if value not in (None, [])}


class _Files:
    """Where everything goes, checked before anything is computed."""

    def __init__(
        self,
        output: Path | None,
        child: Path,
        plot: Path | None,
        everything: Path | None,
        count: int | None,
        constrained: bool,
    ) -> None:
        self.document = output if output is not None and output.suffix.lower() == ".json" else None
        self.structure = output if self.document is None else None
        self.plot, self.everything, self.count = plot, everything, count
        self.folder: Path | None = None
        if count is not None:
            self.folder, self.structure = self.structure or Path(f"{child.stem}-path"), None
        elif self.structure is not None and not constrained:
            raise UsageError(
                f"There is no single intermediate to write to {output}.",
                "Add --keep, --subgroup or --entry, or give a .json file for the list.",
            )

    def check(self, force: bool) -> None:
        """Refuse what cannot be written."""
        from curiebreak.cli.result_output import check_destination, check_folder

        if self.plot is not None and self.plot.suffix.lower() not in (".png", ".pdf", ".svg"):
            raise UsageError(f"The figure {self.plot} has no known format.", "Use .png, .pdf or .svg.")
        for file in (self.document, self.structure, self.plot):
            check_destination(file, force)
        for folder in (self.folder, self.everything):
            if folder is not None:
                check_folder(folder, force)

    def fill(
        self,
        parent: Any,
        child: Path,
        constraint: dict[str, Any],
        settings: IntermediateOptions,
        order: tuple[str, ...],
        exact: bool,
        quiet: bool,
    ) -> Intermediates:
        """Compute and write what is asked for."""
        from curiebreak.cli.progress import progress_bar
        from curiebreak.intermediates.between import investigate
        from curiebreak.intermediates.structure_files import write_all, write_chosen
        from curiebreak.report.growth import draw_growth
        from curiebreak.report.tree import draw_tree

        with progress_bar(quiet) as progress:
            found = investigate(parent, child, constraint or None, settings, progress)
            if self.folder is not None and self.count is not None:
                from curiebreak.intermediates.staged_path import write_path

                result = write_path(found, self.folder, self.count, order, exact, settings.how, progress)
                found = replace(found, document=result)
                draw_growth(result, self.folder / "path.png")
            if self.structure is not None:
                found = replace(found, document=write_chosen(found, self.structure))
            if self.everything is not None:
                found = replace(found, document=write_all(found, self.everything, progress))
                draw_tree(found.document, self.everything / "tree.png")
        if self.plot is not None:
            draw_tree(found.document, self.plot)
        for place in (self.structure, self.folder, self.everything, self.plot):
            if place is not None and not quiet:
                typer.echo(f"written: {place}", err=True)
        return found.document
