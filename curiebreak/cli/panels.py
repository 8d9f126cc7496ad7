"""Help in groups: options of a long command stand under what they are about."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from curiebreak.cli.own_options import running
from curiebreak.options.shared import PANELS

FEWEST = 12
"""Options from which on a help page is grouped."""


class PanelledCommand(TyperCommand):
    """A command whose help page shows its options in groups when there are many, and whose options messages name."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        running(ctx)
        return super().invoke(ctx)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, each group under its title."""
        options = [one for one in self.get_params(ctx) if one.param_type_name == "option"]
        if len(options) < FEWEST:
            super().format_options(ctx, formatter)
            return
        groups: dict[str, list[tuple[str, str]]] = {title: [] for title in ("Arguments", "Options", *PANELS, "Help")}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups[_title(parameter)].append(record)
        for title, records in groups.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def _title(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    if parameter.name == "help":
        return "Help"
    return str(getattr(parameter, "rich_help_panel", None) or "Options")
