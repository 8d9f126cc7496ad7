"""Help in groups: options of a long command stand under what they are about, sentences are whole."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from typer.core import TyperCommand, TyperGroup

from curiebreak.cli.own_options import running
from curiebreak.errors import UsageError
from curiebreak.options.shared import PANELS

FEWEST = 12
"""Options from which on a help page is grouped."""


class PanelledCommand(TyperCommand):
    """A command whose help page shows its options in groups when there are many, and whose options messages name.

    An empty value is refused. An option that takes one value is refused when it is given twice, as are two flags that
    exclude each other: the parser would keep the last one without a word.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line."""
        given, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for one, count in Counter[Any](order).items():
            # a shell variable that is not set; as a path it would be the working directory
            value = given.get(one.name)
            if one.param_type_name == "option" and "" in (value if isinstance(value, list) else [value]):
                raise UsageError(f"{one.opts[-1]} has an empty value.", "Give one, or leave the option out.")
            once = one.param_type_name == "option" and not one.multiple and (not one.is_flag or one.secondary_opts)
            if once and count > 1:
                raise UsageError(*_given_again(one, count))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        running(ctx)
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Arguments as they are named: ``FRAMES...``, in brackets where they may be left out."""
        pieces = super().collect_usage_pieces(ctx)
        return [re.sub(r"(\.{3}[\]}]?)\.{3}$", r"\1", piece).replace("{", "").replace("}", "") for piece in pieces]

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


class WholeSentences(TyperGroup):
    """A group whose help page says of each command the whole of its first sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, each with its sentence."""
        every = self.commands.items()
        rows = [(name, str(one.help).split("\n\n")[0].replace("\n", " ")) for name, one in every]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _given_again(one: Any, count: int) -> tuple[str, str]:
    """Sentence and hint for an option that is given more often than it can be heeded."""
    name, hint = one.opts[-1], "Keep one."
    if one.secondary_opts:
        return f"{name} and {one.secondary_opts[-1]} exclude each other and are given {count} times.", hint
    if name == "--report":
        hint += " `curiebreak report RESULT.json -o FILE` draws further reports."
    return f"{name} takes one value and is given {count} times.", hint


def _title(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    if parameter.name == "help":
        return "Help"
    return str(getattr(parameter, "rich_help_panel", None) or "Options")
