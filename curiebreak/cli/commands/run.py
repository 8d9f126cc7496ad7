"""``curiebreak run``: one recipe, from its file to a folder of results."""

from __future__ import annotations

from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curiebreak.cli import options

if TYPE_CHECKING:
    from curiebreak.cli.progress import Progress
    from curiebreak.recipe import Recipe
    from curiebreak.results import Document


def command(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="YAML file with one run.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Folder for the results; default: <recipe>-out."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Overrides the recipe's seed.")] = None,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Overrides the recipe's steps.")] = None,
    device: Annotated[options.Device | None, typer.Option(help="Overrides the recipe's device.")] = None,
    json: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 5 when not converged.")] = False,
) -> int:
    """Run a RECIPE and write its results into a folder."""
    from curiebreak.cli.output import check_folder, emit
    from curiebreak.cli.progress import progress_bar
    from curiebreak.recipe import read_recipe
    from curiebreak.results import Status

    wanted = read_recipe(recipe)
    given = {"seed": seed, "max_steps": max_steps, "device": None if device is None else device.value}
    wanted = wanted.model_copy(update={k: v for k, v in given.items() if v is not None})
    folder = output or Path(f"{recipe.stem}-out")
    check_folder(folder, force)
    with progress_bar(quiet) as progress:
        result = _run(wanted, folder, progress)
    emit(result, json=json, output=folder / "result.json", quiet=quiet)
    if strict and result.status is Status.NOT_CONVERGED:
        typer.echo(f"error: not converged. {result.status.advice}", err=True)
        return 5
    return 0


def _run(wanted: Recipe, folder: Path, progress: Progress | None) -> Document:
    """Compute, then write the structure, the tree and the resolved recipe."""
    import yaml

    from curiebreak.recipe.run import run_find, run_intermediate
    from curiebreak.structures.write import write_atomically

    if wanted.run == "find":
        result: Document = run_find(wanted, progress)
        folder.mkdir(exist_ok=True)
    else:
        from curiebreak.intermediates.output import write_chosen
        from curiebreak.report.tree import draw_tree

        found = run_intermediate(wanted, progress)
        folder.mkdir(exist_ok=True)
        document = found.document
        if found.made is not None:
            entry = document.intermediates[found.made.entry]
            name = str(entry.symbol or entry.point_group).replace("/", "-")
            suffix = "xyz" if found.survey.analysis.parent.is_molecule else "cif"
            document = write_chosen(found, folder / f"{name}.{suffix}")
        draw_tree(document, folder / "tree.png")
        result = document
    places = {name: relpath(getattr(wanted, name), folder) for name in ("parent", "child")}
    text = yaml.safe_dump(wanted.resolved | places, sort_keys=False)
    write_atomically(folder / "recipe.yaml", text)
    return result
