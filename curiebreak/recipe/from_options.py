"""The keys of a step, read from the options of its command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, create_model

from curiebreak.options import (
    Choice,
    Choices,
    Couple,
    Exports,
    Flag,
    InputPath,
    InputPaths,
    Joined,
    Number,
    Option,
    Options,
    OutputPath,
    Text,
    Value,
    Where,
    Words,
    Written,
    options_of,
)
from curiebreak.options.field import defaults_of
from curiebreak.recipe import values
from curiebreak.recipe.step import Step

Asked = TypeVar("Asked", bound=Options)


def step_of(command: str, options: type[Options], base: type[Step] = Step) -> type[Step]:
    """The model of a step: a key for each option that a recipe can give.

    Parameters
    ----------
    command : str
    options : type
    base : type
        With further keys and checks, which the command line has not.
    """
    defaults, own = defaults_of(options), _in_recipes(options)
    fields: dict[str, Any] = {"run": (Literal[command], ...)}
    for name, one in own.items():
        kind = kind_of(one)
        default = defaults[name] if one.in_recipe is ... else one.in_recipe
        if one.switches_off:
            fields[f"no_{name}"] = (kind, False)
        elif default is MISSING:
            fields[name] = (kind, ...)
        else:
            alias = one.flag(name)[2:].replace("-", "_")
            kind = kind | None if default is None else kind
            about = Field(default=default, alias=None if alias == name or one.argument else alias)
            fields[name] = (kind, about)
    title = options.__name__.removesuffix("Options").removesuffix("Command")
    model = create_model(title, __base__=base, __doc__=options.__doc__, **fields)
    model.beyond = (*base.beyond, *(name for name, one in own.items() if Where.COMMAND not in one.where))
    model.exports, model.outputs = _ruled(own, Exports), _ruled(own, OutputPath)
    model.suffix, model.options = options.suffix, options
    return model


def _in_recipes(options: type[Options]) -> dict[str, Option]:
    """The options that a recipe can give."""
    return {name: one for name, one in options_of(options).items() if Where.RECIPE in one.where}


def _ruled(own: dict[str, Option], rule: type) -> tuple[str, ...]:
    """The options that have this kind of rule."""
    return tuple(name for name, one in own.items() if isinstance(one.rule, rule))


def kind_of(one: Option) -> Any:
    """Type of the value of an option in a recipe."""
    return _KINDS[type(one.rule)](one.rule)


def _number(rule: Number) -> Any:
    bound = Field(ge=rule.least, le=None if rule.most is None or rule.most > values.MANY else rule.most)
    if rule.whole:
        return Annotated[values.Whole, bound]
    return Annotated[float, bound, values.FROM_TEXT, values.OR_FRACTION]


def _choices(rule: Choices) -> Any:
    several: Any = tuple
    return Annotated[several[_one_of(rule.choices), ...], values.ONE_OR_MORE]


def _words(rule: Words) -> Any:
    if rule.least:
        return Annotated[values.Names, Field(min_length=rule.least)]
    return values.MaybeFiles if rule.files else values.Names


def _text(rule: Text | Written) -> Any:
    return values.ListText if rule.listed else values.Text


def _written(rule: Written) -> Any:
    return values.MaybeFile if rule.files else values.Names if rule.several else _text(rule)


def _one_of(choices: tuple[str, ...]) -> Any:
    kind: Any = Literal
    return kind[choices]


_KINDS: dict[type, Callable[[Any], Any]] = {
    Number: _number,
    Choice: lambda rule: _one_of(rule.choices),
    Choices: _choices,
    Words: _words,
    Exports: _words,
    Joined: lambda rule: values.ListText,
    Text: _text,
    Written: _written,
    InputPath: lambda rule: values.source_kind(rule.instead),
    InputPaths: lambda rule: values.InputFiles,
    OutputPath: lambda rule: values.FileName,
    Flag: lambda rule: values.Flag,
    Couple: lambda rule: tuple[str, str],
    Value: lambda rule: Any,
}
"""Rule -> how a recipe types a value of it."""


def asked_of(step: Step, options: type[Asked], **more: Any) -> Asked:
    """The options that a step gives.

    Parameters
    ----------
    step : Step
        With its files in place.
    options : type
    **more
        Other values.
    """
    given: dict[str, Any] = {}
    for name, one in _in_recipes(options).items():
        if one.switches_off:
            given[name] = not getattr(step, f"no_{name}")
        else:
            value = one.rule.given(getattr(step, name))
            given[name] = Path(value) if isinstance(one.rule, OutputPath) and value is not None else value
    return options(**given | more)
