"""What `run` can be asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, argument, option, stated
from curiebreak.options.option_rules import Choice, InputPath, OutputPath

RECIPE = Option("YAML file, or the name of a recipe that --list shows.", InputPath(optional=True), metavar="RECIPE")


@stated
class RunOptions(Options):
    """`run`: a recipe, from its file to a folder of results."""

    recipe: Any = argument(of=RECIPE, default=None)
    list_only: bool = shared.flag("List the recipes that come with the program, and stop.", spelled=("--list",))
    output: Path | None = shared.output(
        "Folder for the results; default: <recipe>-out.", rule=OutputPath(folder=True), metavar="DIR", last=False
    )
    seed: int | None = shared.whole("Overrides the recipe's seed.", None, 0)
    max_steps: int | None = shared.whole("Overrides the recipe's steps.")
    device: str | None = option(help="Overrides the recipe's device.", default=None, rule=Choice(("cpu", "cuda")))
    json: bool = shared.json()
    force: bool = shared.force()
    quiet: bool = shared.quiet()
    strict: bool = shared.strict("Exit with code 5 when not converged, or not as the recipe expects.")
