"""How an option is said: a field of a frozen class with its help, its rule and its default."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields, replace
from enum import Flag as EnumFlag
from functools import wraps
from os import PathLike, fspath
from typing import Any, ClassVar, ParamSpec, TypeVar, dataclass_transform

from curiebreak.options.option_rules import (
    Choice,
    Choices,
    InputPath,
    Number,
    OptionError,
    OutputPath,
    Rule,
    Text,
    Value,
)

P = ParamSpec("P")
T = TypeVar("T", bound="Options")
R = TypeVar("R")


class Where(EnumFlag):
    """Where an option can be given."""

    PYTHON = 1
    COMMAND = 2
    RECIPE = 4
    RUN = 6
    ALL = 7


@dataclass(frozen=True)
class Option:
    """What is known of an option beside its name, type and default.

    Attributes
    ----------
    help : str
        One or two sentences: what it does.
    rule : Rule
        What it may be.
    argument : bool
        A positional argument.
    where : Where
    metavar : str or None
        Word for its value on the command line.
    spelled : tuple of str
        How it is written there, where not by its name.
    panel : str or None
        Title of the group under which a long help page shows it.
    shown : bool or str
        Whether help shows the default, or what it shows in its place.
    in_recipe : any
        Default in a recipe; ``...`` where that is no other.
    before : str or None
        Name of the option before which a class that adds to another one places it.
    last : bool
        Whether it stands behind all others, as where the answer goes.
    switches_off : bool
        A flag that is written to turn off what is on by default.
    """

    help: str
    rule: Rule
    argument: bool = False
    where: Where = Where.ALL
    metavar: str | None = None
    spelled: tuple[str, ...] = ()
    panel: str | None = None
    shown: bool | str = True
    in_recipe: Any = ...
    before: str | None = None
    last: bool = False
    switches_off: bool = False

    def flag(self, name: str) -> str:
        """How the option of this name is written on the command line, in its long form."""
        own = f"--{'no-' if self.switches_off else ''}{name.replace('_', '-')}"
        long = next((one for one in self.spelled if one.startswith("--")), own)
        return long.partition("/")[0]  # a switch of two words: --learn/--exact

    @property
    def in_record(self) -> bool:
        """Whether the result tells what was asked for; a file that is written says nothing of the answer."""
        told = not isinstance(self.rule, Value) and not (isinstance(self.rule, OutputPath) and not self.rule.folder)
        return Where.PYTHON in self.where and not self.argument and told


def argument(*, of: Option, default: Any = MISSING) -> Any:
    """The field of a positional argument."""
    return field(default=default, metadata={"option": replace(of, argument=True, shown=False)})


def option(*, default: Any, help: str, rule: Rule, kw_only: bool = True, **more: Any) -> Any:
    """An option, given by name (in Python also by its place, where not `kw_only`); see :class:`Option`.

    One whose default is `None` may be left to the program; a flag that is on by default is written ``--no-NAME``.
    """
    if default is None and not rule.optional:
        rule = replace(rule, optional=True)
    more.setdefault("switches_off", default is True and "spelled" not in more)
    return field(default=default, kw_only=kw_only, metadata={"option": Option(help, rule, **more)})


@dataclass_transform(frozen_default=True, field_specifiers=(argument, option))
def stated(options: type[T]) -> type[T]:
    """Make a class of fields that are arguments and options a frozen class.

    Every command line makes some fifty of them: methods written anew for each would cost as much as all the rest of
    a page of help, so that :class:`Options` has them once.
    """
    return dataclass(init=False, repr=False, eq=False)(options)


class _Signature:
    """How an object of a class of options is made, arguments by their place: put together when first asked for."""

    def __get__(self, one: Any, options: type[Options]) -> inspect.Signature:
        if "_made_by" not in vars(options):
            kinds = inspect.Parameter
            found = [
                inspect.Parameter(
                    one.name,
                    kinds.KEYWORD_ONLY if one.kw_only else kinds.POSITIONAL_OR_KEYWORD,
                    default=kinds.empty if one.default is MISSING else one.default,
                    annotation=one.type,
                )
                for one in sorted(fields(options), key=lambda one: bool(one.kw_only))  # type: ignore[arg-type,unused-ignore]
            ]
            type.__setattr__(options, "_made_by", inspect.Signature(found, return_annotation=None))
        made: inspect.Signature = vars(options)["_made_by"]
        return made


class Options:
    """What one command is asked for. A value that breaks its rule is refused when the object is made."""

    suffix: ClassVar[str] = ".json"
    """Of the file that a step of a recipe writes, where nothing else is named."""

    __signature__: ClassVar[Any] = _Signature()

    def __init__(self, *values: Any, **named: Any) -> None:
        bound = type(self).__signature__.bind(*values, **named)
        bound.apply_defaults()
        self.__dict__.update(bound.arguments)
        self.__post_init__()

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __post_init__(self) -> None:
        for name, one in options_of(type(self)).items():
            value = getattr(self, name)
            if not (value is None and one.rule.optional) and not one.rule.allows(value):
                raise OptionError(name, one.rule, value)

    @property
    def record(self) -> dict[str, Any]:
        """The options of the function, for the result: plain data, by name."""
        return {name: _plain(getattr(self, name)) for name, one in options_of(type(self)).items() if one.in_record}

    def keywords(self, of: type[Options] | None = None) -> dict[str, Any]:
        """The options of a Python function, by name, without its arguments.

        Parameters
        ----------
        of : type, optional
            The class of the function, which may have fewer options.
        """
        known = options_of(of or type(self)).items()
        return {name: getattr(self, name) for name, one in known if Where.PYTHON in one.where and not one.argument}


def options_of(options: type[Options]) -> dict[str, Option]:
    """Name -> option, in the order in which a help page lists them: arguments first, then its own, then the answer."""
    found = {one.name: one.metadata["option"] for one in _fields(options)}
    found = dict(sorted(found.items(), key=lambda one: (not one[1].argument, one[1].last)))
    for name, one in list(found.items()):
        if one.before is not None:
            moved = found.pop(name)
            names = list(found)
            place = names.index(one.before)
            found = {**{n: found[n] for n in names[:place]}, name: moved, **{n: found[n] for n in names[place:]}}
    return found


def defaults_of(options: type[Options]) -> dict[str, Any]:
    """Name -> default, `dataclasses.MISSING` where there is none."""
    return {one.name: one.default for one in _fields(options)}


def _fields(options: type[Options]) -> Iterator[Field[Any]]:
    return (one for one in fields(options) if "option" in one.metadata)  # type: ignore[arg-type,unused-ignore]


def taking(options: Callable[P, T]) -> Callable[[Callable[[T], R]], Callable[P, R]]:
    """Let a function of one `Options` object be called with its fields; its docstring gets their descriptions.

    Parameters
    ----------
    options : type
        A class made by :func:`stated`.
    """

    def given(function: Callable[[T], R]) -> Callable[P, R]:
        signature = inspect.signature(options)
        kind: Any = options

        @wraps(function)
        def called(*arguments: P.args, **keywords: P.kwargs) -> R:
            try:
                signature.bind(*arguments, **keywords)
            except TypeError as error:
                raise TypeError(f"{function.__name__}() {error}") from None
            return function(options(*arguments, **keywords))

        returned = function.__annotations__.get("return", inspect.Signature.empty)
        called.__signature__ = signature.replace(return_annotation=returned)  # type: ignore[attr-defined]
        called.__doc__ = _documented(function.__doc__ or "", kind)
        vars(called).pop("__wrapped__")
        return called

    return given


def _documented(text: str, options: type[Options]) -> str:
    """The docstring with a section of parameters where the mark stands, or behind its first paragraph."""
    body = inspect.cleandoc(text)
    defaults, types = defaults_of(options), {one.name: str(one.type) for one in _fields(options)}
    lines = ["Parameters", "----------"]
    for name, one in options_of(options).items():
        default = "" if defaults[name] is MISSING else f", default {defaults[name]!r}"
        kind = "path, pymatgen Structure, ASE Atoms or Structure" if isinstance(one.rule, InputPath) else types[name]
        lines.append(f"{name} : {kind}{default}")
        unit = " In Å." if one.metavar == "ANGSTROM" else ""
        told = f"{one.help}{unit} {_range(one.rule)}".rstrip()
        lines += textwrap.wrap(told, 100, initial_indent="    ", subsequent_indent="    ")
    head, mark, tail = body.partition("\n\nReturns\n")
    return f"{head}\n\n" + "\n".join(lines) + (mark + tail if mark else "\n")


def _range(rule: Rule) -> str:
    limited = isinstance(rule, (Choice, Choices, Text)) or (
        isinstance(rule, Number) and (rule.least, rule.most) != (None, None)
    )
    return f"May be {rule.words}." if limited else ""


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, PathLike):
        return str(fspath(value))
    if hasattr(value, "tolist"):  # of numpy
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple, set, frozenset)) else value
