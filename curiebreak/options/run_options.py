"""What `run` can be asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curiebreak.options import shared
from curiebreak.options.field import Option, Options, argument, option, stated
from curiebreak.options.option_rules import Choice, InputPath, Number, OutputPath

RECIPE = Option(
    "YAML file, or the name of a recipe that --list shows.", InputPath(optional=True), metavar="RECIPE"
)


@stated
class RunOptions(Options):
    """`run`: a recipe, from its file to a folder of results."""

    recipe: Any = argument(of=RECIPE, default=None)
    list_only: bool = shared.flag("List the recipes that come with the program, and stop.", "--list")
    output: Path | None = shared.output(
        "Folder for the results; default: <recipe>-out.", rule=OutputPath(folder=True), metavar="DIR"
    )
    seed: int | None = option(
        default=None, help="Overrides the recipe's seed.", rule=Number(0, whole=True, optional=True), shown=False
    )
    max_steps: int | None = option(
        default=None, help="Overrides the recipe's steps.", rule=Number(1, whole=True, optional=True), shown=False
    )
    device: str | None = option(
        default=None,
        help="Overrides the recipe's device.",
        rule=Choice(("cpu", "cuda"), optional=True),
        shown=False,
    )
    json: bool = shared.json()
    force: bool = shared.force()
    quiet: bool = shared.quiet()
    strict: bool = shared.strict("Exit with code 5 when not converged, or not as the recipe expects.")
