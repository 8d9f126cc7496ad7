"""``curiebreak recipe``: what a recipe says in full, and what any recipe may say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curiebreak.cli.panels import PanelledCommand

app = typer.Typer(
    name="recipe",
    help="Show a recipe with all its defaults, or the JSON Schema of recipes.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("show", cls=PanelledCommand)
def show(
    recipe: Annotated[
        Path,
        typer.Argument(
            metavar="RECIPE", help="YAML file, or the name of a recipe that `run --list` shows.", show_default=False
        ),
    ],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="With all defaults filled in; itself a recipe for the same folder.")
    ] = False,
) -> int:
    """Check a RECIPE and print it."""
    import yaml

    from curiebreak.recipe import read_recipe, recipe_path

    path = recipe_path(recipe)
    checked = read_recipe(path)
    if not resolved:
        typer.echo(path.read_text(encoding="utf-8"), nl=False)
        return 0
    text = yaml.safe_dump(checked.resolved(path.parent), sort_keys=False, allow_unicode=True)
    typer.echo(text, nl=False)
    return 0


@app.command("schema", cls=PanelledCommand)
def schema() -> int:
    """Print the JSON Schema of recipes, for editors and checks."""
    from json import dumps

    from curiebreak.recipe import recipe_schema

    typer.echo(dumps(recipe_schema(), indent=2, ensure_ascii=False))
    return 0
