"""The page of all commands and options, written from the command line itself.

``python -m curiebreak.cli.command_page docs`` writes ``docs/cli.md`` anew.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curiebreak.cli.app import command_group

_HEAD = """# Commands and options

Every command of `curiebreak` with all that it takes. Written by `python -m curiebreak.cli.command_page docs`;
`curiebreak COMMAND -h` prints the same. Exit codes are explained in [Results](results.md#status-and-exit-codes).
An option is given once, unless it says that it may be repeated; twice is refused (exit code 2).
"""


def page() -> str:
    """Markdown page with one section for each command.

    Returns
    -------
    str
    """
    top = command_group()
    parts = [_HEAD, "## curiebreak", _table(_options(top, "curiebreak"), "option")]
    parts += [section for name, command in commands() for section in _section(name, command)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, those of groups included.

    Yields
    ------
    tuple of str and click command
        Such as ``"scan"``, or ``"recipe show"`` for a command of a group.
    """
    yield from _below(command_group(), "")


def _below(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        full = f"{prefix} {name}".strip()
        yield full, command
        if hasattr(command, "commands"):
            yield from _below(command, full)


def _section(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}"
    words = [_placeholder(parameter) for parameter in command.params if parameter.param_type_name == "argument"]
    words += ["COMMAND"] if hasattr(command, "commands") else []
    yield f"```text\n{' '.join(['curiebreak', name, *words, '[OPTIONS]'])}\n```"
    yield _escaped(re.sub(r"\s+", " ", command.help or ""))
    arguments = [
        (_placeholder(parameter), *_meaning(parameter, command, name))
        for parameter in command.params
        if parameter.param_type_name == "argument"
    ]
    if arguments:
        yield _table(arguments, "argument")
    options = _options(command, name)
    if options:
        yield _table(options, "option")


def _options(command: Any, name: str) -> list[tuple[str, str, str]]:
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    return [(_spelling(_record(option, command, name)[0]), *_meaning(option, command, name)) for option in options]


def _spelling(left: str) -> str:
    """How an option is written; a choice as ``{cpu, cuda}``, for a bar would end the cell of the table."""
    return re.sub(r"<([^>|]*\|[^>]*)>", lambda found: "{" + found[1].replace("|", ", ") + "}", left)


def _placeholder(argument: Any) -> str:
    """How an argument is written on the command line: brackets where it may be left away, dots for several."""
    word = argument.metavar or argument.name.upper()
    word = word.strip("[]").removesuffix("...") + ("..." if argument.nargs == -1 else "")
    return word if argument.required else f"[{word}]"


def _record(parameter: Any, command: Any, name: str) -> tuple[str, str]:
    record: tuple[str, str] = parameter.get_help_record(command.context_class(command, info_name=name)) or ("", "")
    return record


def _meaning(parameter: Any, command: Any, name: str) -> tuple[str, str]:
    """Help text, and what typer puts in brackets behind it: default, range, whether it is required."""
    text, _, rest = _record(parameter, command, name)[1].partition("  [")
    return text, rest.removesuffix("]")


def _table(rows: list[tuple[str, str, str]], first: str) -> str:
    lines = [f"| {first} | meaning | default, range |", "|---|---|---|"]
    lines += [f"| `{left}` | {_escaped(text)} | {_escaped(rest)} |".replace("|  |", "| |") for left, text, rest in rows]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Text without Markdown: signs escaped, code left alone, no links."""
    return re.sub(r"(`[^`]*`)|([<|*_]|(?<=\])\()", lambda found: found[1] or f"\\{found[2]}", text)


def main(directory: Path) -> None:
    """Write the page into the documentation directory."""
    (directory / "cli.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
