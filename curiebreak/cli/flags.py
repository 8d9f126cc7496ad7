"""The flags of a command, read from the class of its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

import typer

from curiebreak.cli.answers import Receiver
from curiebreak.cli.named_files import naming_files
from curiebreak.options import Choice, Choices, Number, Option, Options, Rule, Where, options_of
from curiebreak.options.field import defaults_of

Command = Callable[[Any, Any], int]
_MANY = 1e9
"""A bound above this is not worth a word on a help page."""


def asked_class(command: Callable[..., Any]) -> type[Options] | None:
    """The class of options that a command takes, where it takes one."""
    first = next(iter(inspect.signature(command).parameters.values()), None)
    if first is None or first.name != "asked":
        return None
    found: type[Options] = get_type_hints(command)["asked"]
    return found


def flagged(command: Command, options: type[Options]) -> Callable[..., int]:
    """A function of flags, as typer takes it, that makes the options and runs the command on the terminal.

    Parameters
    ----------
    command : callable
        Takes the options and where the answer goes; returns the exit code.
    options : type
    """
    known = {name: one for name, one in options_of(options).items() if Where.COMMAND in one.where}
    defaults = defaults_of(options)

    def called(**values: Any) -> int:
        given = {
            name: not values[f"no_{name}"] if one.switches_off else one.rule.given(values[name])
            for name, one in known.items()
        }
        asked = options(**given)
        terminal = Receiver(asked)
        with naming_files(asked):
            return terminal.code(command(asked, terminal))

    parameters = [_parameter(name, one, defaults[name]) for name, one in known.items()]
    called.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    called.__annotations__ = {}
    called.__doc__, called.__name__ = command.__doc__, command.__name__
    return called


def _key(name: str, one: Option) -> str:
    return f"no_{name}" if one.switches_off else name


def _parameter(name: str, one: Option, default: Any) -> inspect.Parameter:
    about: dict[str, Any] = {"help": one.help, "show_default": one.shown}
    if one.metavar is not None:
        about["metavar"] = one.metavar
    if one.panel is not None:
        about["rich_help_panel"] = one.panel
    if isinstance(one.rule, Number):
        about |= {"min": _bound(one.rule, one.rule.least), "max": _bound(one.rule, one.rule.most)}
    info = typer.Argument(**about) if one.argument else typer.Option(*(one.spelled or [one.flag(name)]), **about)
    kind, shown = _typed(name, one.rule, default)
    if one.switches_off:
        shown = False
    return inspect.Parameter(
        _key(name, one),
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if default is MISSING else shown,
        annotation=Annotated[kind, info],
    )


def _bound(rule: Number, value: float | None) -> float | None:
    if value is None or abs(value) > _MANY:
        return None
    return int(value) if rule.whole else float(value)


def _typed(name: str, rule: Rule, default: Any) -> tuple[Any, Any]:
    """Type and default as typer takes them."""
    kind: Any = rule.kind if default != "auto" else str
    if isinstance(rule, (Choice, Choices)):
        kind = _enumerated(name, rule.choices)
        default = kind(default) if isinstance(default, str) else default
    kind = list[kind] if rule.several else kind
    return (kind | None, None) if default in (None, ()) else (kind, default)


def _enumerated(name: str, choices: tuple[str, ...]) -> Any:
    return StrEnum(name.title().replace("_", ""), {choice.upper(): choice for choice in choices})
