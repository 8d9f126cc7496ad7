"""``curiebreak run``: a recipe, from its file to a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from curiebreak.cli.answers import Receiver
from curiebreak.errors import UsageError
from curiebreak.options.run_options import RunOptions

if TYPE_CHECKING:
    from curiebreak.cli.recipes import Finished
    from curiebreak.recipe import Recipe
    from curiebreak.recipe.expectations import Comparison


def command(asked: RunOptions, to: Receiver) -> int:
    """Run a RECIPE and write its results into a folder."""
    if asked.list_only:
        _show_list(asked.json)
        return 0
    if asked.recipe is None:
        raise UsageError("There is no recipe to run.", "Name a YAML file, or see `curiebreak run --list`.")
    from curiebreak.cli.named_files import check_named_once
    from curiebreak.cli.recipes import run_steps
    from curiebreak.cli.result_output import check_folder
    from curiebreak.recipe import read_recipe, recipe_path

    path = recipe_path(asked.recipe)
    given = {name: value for name in ("seed", "max_steps", "device") if (value := getattr(asked, name)) is not None}
    wanted = read_recipe(path).changed(given)
    folder = asked.output or Path(f"{path.stem}-out")
    check_folder(folder, to.force)
    check_named_once(folder / "recipe.yaml")
    done = run_steps(wanted, folder, to.quiet)
    _show(wanted, done, asked.json, to.quiet and asked.output is not None)
    to.written(folder)
    _judge(done, to)
    return max((one.code for one in done), default=0)


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
    table = Table(f"Recipes in {found[0].path.parent}", columns("recipe", "*reproduces"), rows)
    print_sections([table, Lines("Sources", sources)])


def _show(recipe: Recipe, done: list[Finished], json: bool, silent: bool) -> None:
    """Print the results of all steps, and what is not as expected."""
    from json import dumps

    from curiebreak.cli.render import print_sections
    from curiebreak.report.result_text import sections
    from curiebreak.report.sections import Lines, sections_of

    if json:
        steps = [{"name": one.step.name, "run": one.step.run, "result": one.data} for one in done]
        head = {"title": recipe.title, "reproduces": recipe.reproduces, "citation": recipe.citation}
        found = head | {"steps": steps} if recipe.several else done[0].data
        typer.echo(dumps(found, indent=1, ensure_ascii=False))
    elif not silent:
        for one in done:
            if recipe.several:
                print_sections([Lines(f"{one.step.name}: {one.step.run}", ())])
            print_sections(sections_of(sections, one.result))
        _show_expected(done)
    for step, outcome in _missed(done):
        where = f"{step}: " if recipe.several else ""
        typer.echo(f"not as expected: {where}{outcome.path} is {outcome.found}, not {outcome.wanted}", err=True)


def _missed(done: list[Finished]) -> list[tuple[str, Comparison]]:
    """What is not as the recipe expects, with the name of its step."""
    return [(one.step.name, outcome) for one in done for outcome in one.outcomes if not outcome.holds]


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


def _judge(done: list[Finished], to: Receiver) -> None:
    """Tell what is not sure: a result, or that it is not as the recipe expects."""
    from curiebreak.cli.strict import doubt

    for one in done:
        words = doubt(one.result)
        if words is not None:
            to.unsure(f"{one.step.name}: {words}")
    if _missed(done):
        to.unsure("the results are not as the recipe expects.")
