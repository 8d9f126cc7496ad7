"""Sentences name options that the running command has, or say which command has them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, TypeVar

from curiebreak.options import Options
from curiebreak.options.field import defaults_of

Result = TypeVar("Result", bound=Any)

FIRST = ("modes", "find", "intermediate", "distort")
"""Commands that are named for an option that they have; else the first of the alphabet."""

_NAMED = re.compile(
    r"(?<![\w-])(--[a-z][a-z-]*[a-z])(?![\w-])( (?:\d[\d.e+-]*\d|\d|hand|reconstructive|substitution)(?![\w-]))?+"
    r"(?! \(of `)"
)
"""An option, with its value where one follows, and no word of a command behind it."""

_running: ContextVar[tuple[Any, Any] | None] = ContextVar("_running", default=None)
"""The running command, and the group of all commands."""


def running(context: Any) -> None:
    """Remember the command of a click context: its options are meant from now on."""
    _running.set((context.command, context.find_root().command))


@contextmanager
def speaking_for(command: Any, every: Any) -> Iterator[None]:
    """Mean the options of a command that is called by another one."""
    token = _running.set((command, every))
    try:
        yield
    finally:
        _running.reset(token)


def forget() -> None:
    """No command runs: a refusal of the next one's arguments must not speak for the last."""
    _running.set(None)


def spelled(name: str, command: Any = None) -> str:
    """An option or argument of a command, by default of the running one, as its command line writes it."""
    if command is None:
        command = (_running.get() or (None,))[0]
    for one in getattr(command, "params", ()):
        if one.name == name:
            return one.opts[-1] if one.param_type_name == "option" else name.upper()
    return "--" + name.replace("_", "-")


def options_of(command: Any) -> set[str]:
    """Long options of a click command."""
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("--")} | {
        "--help"
    }


def in_own_words(text: str, command: Any = None, every: Any = None) -> str:
    """A sentence in which every option that the command lacks is followed by the name of one that has it.

    Parameters
    ----------
    text : str
        What stands between backticks is the command line of some command and stays.
    command, every : click command, optional
        By default the running one and the group of all.
    """
    if command is None:
        command, every = _running.get() or (None, None)
    if command is None or every is None or "--" not in text:
        return text
    own = options_of(command)

    def said(match: re.Match[str]) -> str:
        if match[1] in own or text.count("`", 0, match.start()) % 2:
            return match[0]
        other = _owner(match[1], every)
        return f"{match[0]} (of `curiebreak {other}`)" if other else match[0]

    return _NAMED.sub(said, text)


def result_in_own_words(result: Result) -> Result:
    """A result whose messages and notices name options as :func:`in_own_words` does."""
    changes: dict[str, Any] = {"messages": tuple(map(in_own_words, result.messages))}
    if getattr(result, "notices", ()):
        changes["notices"] = tuple(replace(one, text=in_own_words(one.text)) for one in result.notices)
    changed = any(value != tuple(getattr(result, name)) for name, value in changes.items())
    return replace(result, **changes) if changed else result


def _owner(option: str, every: Any) -> str | None:
    """A command that has an option."""
    found = [name for name, command in commands_of(every).items() if option in options_of(command)]
    return min(found, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name), default=None)


def commands_of(every: Any) -> dict[str, Any]:
    """All commands by name; those of a group with the group's name before theirs."""
    return {
        f"{name} {part}".strip(): inner
        for name, command in getattr(every, "commands", {}).items()
        for part, inner in getattr(command, "commands", {"": command}).items()
    }


def stated(asked: Options, names: Collection[str]) -> list[str]:
    """Options among these that are not at their default, in the order of the help."""
    defaults = defaults_of(type(asked))
    return [name for name, default in defaults.items() if name in names and getattr(asked, name) != default]
