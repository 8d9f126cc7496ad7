"""The application: its commands, its version, and the one place where errors end."""

from __future__ import annotations

import gc
import os
import pkgutil
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.main import get_command

import curiebreak
from curiebreak.cli import commands
from curiebreak.cli.failures import INTERRUPTED, report_failure
from curiebreak.cli.flags import asked_class, flagged
from curiebreak.cli.own_options import forget
from curiebreak.cli.panels import PanelledCommand, WholeSentences
from curiebreak.cli.streams import prepare_streams
from curiebreak.files import guarding_inputs


def build_app() -> typer.Typer:
    """Typer application with every module of `commands` as a command, or a group of commands."""
    app = typer.Typer(
        name="curiebreak",
        cls=WholeSentences,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_top_level)
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda m: m.name):
        found = import_module(f"{commands.__name__}.{module.name}")
        name = module.name.replace("_", "-")
        if hasattr(found, "app"):
            app.add_typer(found.app, name=name)
        else:
            options = asked_class(found.command)
            run = found.command if options is None else flagged(found.command, options)
            app.command(name, cls=PanelledCommand)(run)
    return app


@cache
def command_group() -> Any:
    """Parser of the whole command line, made once in a process: that costs more than many a command."""
    return get_command(build_app())


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"curiebreak {curiebreak.__version__}")
        raise typer.Exit()


def _top_level(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Find the order parameter that turns a parent structure into its child, and prove it."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def run(arguments: Sequence[str]) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : sequence of str
        What follows the program's name.

    Returns
    -------
    int
        The exit code; errors have been reported on standard error.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    forget()
    try:
        with guarding_inputs():
            code = command_group().main(args=list(arguments), prog_name="curiebreak", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _left_alone()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # the parser's own answer to it
            return _left_alone()
        raise
    except (Exception, KeyboardInterrupt) as error:
        return report_failure(error)
    if code == INTERRUPTED:
        return report_failure(KeyboardInterrupt())
    return code if isinstance(code, int) else 0


def _left_alone() -> int:
    """End well when whoever read the output has left, as `head` does."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")
    with suppress(OSError, ValueError):  # what waits to be written must find something open
        os.dup2(sys.stdout.fileno(), 1)
    return 0


def main() -> None:
    """Run the command line of this process and end it."""
    gc.set_threshold(50_000)  # short commands spend a tenth of their time collecting nothing
    prepare_streams()
    sys.exit(run(sys.argv[1:]))
