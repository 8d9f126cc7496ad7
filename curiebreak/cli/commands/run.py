"""``curiebreak run``: a recipe, from its file to a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curiebreak.cli import options
from curiebreak.errors import UsageError

if TYPE_CHECKING:
    from curiebreak.cli.recipes import Finished
    from curiebreak.recipe import Recipe


def command(
    recipe: Annotated[
        Path | None,
        typer.Argument(
            metavar="RECIPE", help="YAML file, or the name of a recipe that --list shows.", show_default=False
        ),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the recipes that come with the program, and stop.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="Folder for the results; default: <recipe>-out.", show_default=False
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Overrides the recipe's seed.", show_default=False)
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option(min=1, help="Overrides the recipe's steps.", show_default=False)
    ] = None,
    device: Annotated[
        options.Device | None, typer.Option(help="Overrides the recipe's device.", show_default=False)
    ] = None,
    json: options.Json = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 5 when not converged, or not as the recipe expects.")
    ] = False,
) -> int:
    """Run a RECIPE and write its results into a folder."""
    if list_only:
        _show_list(json)
        return 0
    if recipe is None:
        raise UsageError("There is no recipe to run.", "Name a YAML file, or see `curiebreak run --list`.")
    from curiebreak.cli.named_files import check_named_once
    from curiebreak.cli.recipes import run_steps
    from curiebreak.cli.result_output import check_folder
    from curiebreak.recipe import read_recipe, recipe_path

    path = recipe_path(recipe)
    given = {"seed": seed, "max_steps": max_steps, "device": None if device is None else device.value}
    wanted = read_recipe(path).changed({name: value for name, value in given.items() if value is not None})
    folder = output or Path(f"{path.stem}-out")
    check_folder(folder, force)
    check_named_once(folder / "recipe.yaml")
    done = run_steps(wanted, folder, quiet)
    _show(wanted, done, json, quiet and output is not None)
    if not quiet:
        typer.echo(f"written: {folder}", err=True)
    return _code(done, strict)


def _show_list(json: bool) -> None:
    from dataclasses import asdict
    from json import dumps

    from curiebreak.cli.render import print_sections
    from curiebreak.recipe import shipped_recipes
    from curiebreak.report.sections import Lines, Table, columns

    found = shipped_recipes()
    if json:
        typer.echo(dumps([asdict(one) | {"path": str(one.path)} for one in found], indent=1, ensure_ascii=False))
        return
    rows = tuple((one.name, one.reproduces or one.title) for one in found)
    sources = tuple(sorted({one.citation for one in found if one.citation}))
    table = Table(f"Recipes in {found[0].path.parent}", columns("recipe", "reproduces"), rows)
    print_sections([table, Lines("Sources", sources)])


def _show(recipe: Recipe, done: list[Finished], json: bool, silent: bool) -> None:
    """Print the results of all steps, and whether they are as expected."""
    from json import dumps

    from curiebreak.cli.render import print_sections
    from curiebreak.cli.result_output import sections_of
    from curiebreak.report.sections import Lines

    if json:
        steps = [{"name": one.step.name, "run": one.step.run, "result": one.data} for one in done]
        head = {"title": recipe.title, "reproduces": recipe.reproduces, "citation": recipe.citation}
        found = head | {"steps": steps} if recipe.several else done[0].data
        typer.echo(dumps(found, indent=1, ensure_ascii=False))
    elif not silent:
        for one in done:
            if recipe.several:
                print_sections([Lines(f"{one.step.name}: {one.step.run}", ())])
            if one.result is not None:
                print_sections(sections_of(one.result))
        _show_expected(done)
    for one in done:
        for outcome in one.outcomes:
            if not outcome.holds:
                where = f"{one.step.name}: " if recipe.several else ""
                typer.echo(f"not as expected: {where}{outcome.path} is {outcome.found}, not {outcome.wanted}", err=True)


def _show_expected(done: list[Finished]) -> None:
    from curiebreak.cli.render import print_sections
    from curiebreak.report.sections import Table, columns

    rows = tuple(
        (one.step.name, outcome.path, outcome.wanted, outcome.found, "yes" if outcome.holds else "NO")
        for one in done
        for outcome in one.outcomes
    )
    if rows:
        headings = columns("step", "key", "*expected", "*found", "holds")
        print_sections([Table("What the recipe expects", headings, rows)])


def _code(done: list[Finished], strict: bool) -> int:
    from curiebreak.cli.strict import NotSure, require_sure

    if strict:
        for one in done:
            require_sure(one.result, one.step.name)
        if not all(outcome.holds for one in done for outcome in one.outcomes):
            raise NotSure("the results are not as the recipe expects.")
    return max((one.code for one in done), default=0)
