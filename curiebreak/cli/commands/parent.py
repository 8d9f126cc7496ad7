"""``curiebreak parent``: the structures that a child may come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curiebreak.cli import options
from curiebreak.errors import UsageError

if TYPE_CHECKING:
    from curiebreak.parents import SearchOptions
    from curiebreak.results.parents import ParentSearch


def command(
    child: options.Child,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="How many candidates are told.")] = 5,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP", help="Only parents of this type: a number or symbol, or a point group.", show_default=False
        ),
    ] = None,
    polar: Annotated[
        bool | None,
        typer.Option("--polar/--nonpolar", help="Only polar parents, or only nonpolar ones.", show_default=False),
    ] = None,
    centrosymmetric: Annotated[
        bool | None,
        typer.Option(
            "--centrosymmetric/--noncentrosymmetric",
            help="Only parents with an inversion, or only those without.",
            show_default=False,
        ),
    ] = None,
    max_displacement: Annotated[
        float | None,
        typer.Option(metavar="ANGSTROM", min=0.0, help="Largest displacement of an atom.", show_default=False),
    ] = None,
    max_strain: Annotated[
        float | None,
        typer.Option(metavar="STRAIN", min=0.0, help="Largest principal strain of the cell.", show_default=False),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Only parents of which N primitive cells make the child's.", show_default=False
        ),
    ] = None,
    same: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPECIES",
            help="Take these species as one, so that the parent has mixed sites: 'Sc,Sb'. May be repeated.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also parents that chance would reach (score below 0).")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A narrower search: half the time, few parents less.")] = False,
    seconds: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Longest time; what is found by then is told.")
    ] = 20.0,
    parent_rank: Annotated[
        int, typer.Option(min=1, metavar="K", help="Which candidate -o writes.")
    ] = 1,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw candidates above the child (.png, .pdf, .svg).", show_default=False),
    ] = None,
    json: options.Json = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where the parent goes (.cif in the standard setting, .vasp, .xyz), or the result (.json).",
            show_default=False,
        ),
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> int:
    """Find the structures of higher symmetry of which CHILD is a distorted version."""
    from curiebreak.cli.progress import progress_bar
    from curiebreak.cli.result_output import check_destination, emit

    document = output if output is not None and output.suffix.lower() == ".json" else None
    written = output if document is None else None
    _check_formats(written, plot)
    for path in (document, written, plot):
        check_destination(path, force)
    from curiebreak.parents import SearchOptions, search_parents

    wanted = SearchOptions(
        top=max(top, parent_rank),
        group=group,
        polar=polar,
        centrosymmetric=centrosymmetric,
        max_displacement=max_displacement,
        max_strain=max_strain,
        size=size,
        same=[[word.strip() for word in one.split(",") if word.strip()] for one in same or ()],
        seconds=seconds,
        quick=quick,
        everything=everything,
    )
    if _only_stated(child, wanted):
        from curiebreak.magnetic.stated_document import stated_search

        result = stated_search(child)
    else:
        with progress_bar(quiet) as progress:
            result = search_parents(child, wanted, progress)
    made = [path for path in (_written(result, written, parent_rank), _drawn(result, plot)) if path]
    emit(result, json=json, output=document, quiet=quiet)
    for path in made:
        if not quiet:
            typer.echo(f"written: {path}", err=True)
    return 0


def _only_stated(child: Path, wanted: SearchOptions) -> bool:
    """Whether the file states its parent and nothing asks for others."""
    filters = (wanted.group, wanted.polar, wanted.centrosymmetric, wanted.max_displacement, wanted.max_strain)
    if wanted.everything or wanted.size is not None or wanted.same or any(one is not None for one in filters):
        return False
    from curiebreak.magnetic.stated_document import states_parent

    return states_parent(child)


def _check_formats(structure: Path | None, plot: Path | None) -> None:
    if structure is not None:
        from curiebreak.modes.distort_files import check_format

        check_format(structure)
    if plot is not None and plot.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise UsageError(f"The figure {plot} has no known format.", "Use .png, .pdf or .svg.")


def _written(result: ParentSearch, path: Path | None, rank: int) -> Path | None:
    """Write the parent of this rank, where there is one."""
    if path is None or not result.candidates:
        return None
    from curiebreak.parents.auto import ranked_structure
    from curiebreak.structures import write_structure

    write_structure(ranked_structure(result, rank), path)
    return path


def _drawn(result: ParentSearch, path: Path | None) -> Path | None:
    if path is None:
        return None
    from curiebreak.report.parent_tree import draw_parents

    draw_parents(result, path)
    return path
