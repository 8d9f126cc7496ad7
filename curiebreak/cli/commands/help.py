"""``curiebreak help``: the help page of a command."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def command(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="Name of a command, or of a group and a command.", show_default=False),
    ] = None,
) -> int:
    """Show what COMMAND does and takes, as `COMMAND --help` does."""
    from curiebreak.errors import UsageError

    above: Any = context.parent
    found = above.command
    for name in names or ():
        commands = getattr(found, "commands", {})
        if name not in commands:
            raise UsageError(
                f"There is no command {name!r}.", f"There are {', '.join(sorted(commands)) or 'none here'}."
            )
        found = commands[name]
        above = type(above)(found, info_name=name, parent=above)
    typer.echo(found.get_help(above))
    return 0
