"""What the options of a run may be: one rule each, for the command line, for Python and for recipes.

A wrong value is an :class:`OptionError` with the words of the command line, whoever gave it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any

from curiebreak.errors import InputError


class OptionError(InputError):
    """A value that an option cannot have; wrong usage where it stands on a command line.

    Parameters
    ----------
    name : str
        Of the option, as in Python.
    rule : Rule
        What it may be.
    value : any
        What was given.
    """

    exit_code = 2

    def __init__(self, name: str, rule: Rule, value: Any) -> None:
        self.name, self.rule, self.value = name, rule, value
        super().__init__(self.written_as(name), "Correct the value, or leave the option out.")

    def written_as(self, option: str) -> str:
        """The message with the name of the option as it is spelled where it was given."""
        return f"{refusal(option, self.rule)[:-1]}, got {_short(self.value)}."


def refusal(option: str, rule: Rule) -> str:
    """What is said of a value that breaks a rule."""
    return f"Invalid value for {option!r}: it must be {rule.words}."


_NUMBER = re.compile(r"-?\d+(/\d+)?|-?\d*\.\d+")
"""A component of a wave vector."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What an option may be, and how the command line and recipes give it.

    Attributes
    ----------
    optional : bool
        Whether ``None`` leaves the choice to the program.
    several : bool
        A text for each part of the value: the option may be given again.
    """

    optional: bool = False
    several: bool = False

    @property
    def words(self) -> str:
        """What is allowed."""
        raise NotImplementedError

    @property
    def kind(self) -> type:
        """Type that the command line reads."""
        return str

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule; of a file the reader tells."""
        return value is not None

    def given(self, value: Any) -> Any:
        """What Python takes for what the command line or a recipe gives."""
        return value


@dataclass(frozen=True)
class Number(Rule):
    """A finite number in a range.

    Attributes
    ----------
    least, most : float or None
        Bounds, which are allowed themselves.
    whole : bool
        An integer.
    above : bool
        Whether the lower bound itself is not allowed.
    """

    least: float | None = None
    most: float | None = None
    whole: bool = False
    above: bool = False

    @property
    def kind(self) -> type:
        """Type that the command line reads."""
        return int if self.whole else float

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule."""
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            return False
        number = _float(value)
        if not math.isfinite(number) or (self.most is not None and number > self.most):
            return False
        return self.least is None or number > self.least or (number == self.least and not self.above)

    @property
    def words(self) -> str:
        """What is allowed."""
        parts = [f"{'above' if self.above else 'from'} {self.least:g}"] if self.least is not None else []
        parts += [f"to {self.most:g}"] if self.most is not None and self.most < _MANY else []
        parts += ["on"] if parts == [f"from {self.least:g}"] else []
        return " ".join([f"a{' whole' if self.whole else ' finite'} number", *parts])


_MANY = 1e9
"""A bound above this is not worth a word."""


@dataclass(frozen=True)
class Choice(Rule):
    """One of some words."""

    choices: tuple[str, ...]

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule."""
        return isinstance(value, str) and value in self.choices

    def given(self, value: Any) -> str | None:
        """The word as plain text."""
        return None if value is None else str(value)

    @property
    def words(self) -> str:
        """What is allowed."""
        return " or ".join(self.choices)


@dataclass(frozen=True)
class Text(Rule):
    """One text; not a list of texts.

    Attributes
    ----------
    example : str
    listed : bool
        Whether a recipe may write it as a list of what stands between its commas.
    """

    example: str
    listed: bool = False

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule."""
        return isinstance(value, str)

    @property
    def words(self) -> str:
        """What is allowed."""
        return f"one text, such as {self.example!r}"


@dataclass(frozen=True)
class Flag(Rule):
    """Yes or no."""

    kind = bool

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule; numpy's own kind of truth is one, too."""
        return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")

    @property
    def words(self) -> str:
        """What is allowed."""
        return "true or false"


@dataclass(frozen=True)
class Choices(Rule):
    """Some of some words."""

    choices: tuple[str, ...]
    several: bool = field(default=True, kw_only=True)

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule."""
        return _is_list(value) and all(isinstance(one, str) and one in self.choices for one in value)

    def given(self, value: Any) -> tuple[str, ...]:
        """The words as plain texts; none where the option is left out."""
        return tuple(map(str, value or ()))

    @property
    def words(self) -> str:
        """What is allowed."""
        return f"a list of {', '.join(self.choices)}"


@dataclass(frozen=True)
class Words(Rule):
    """A list of texts.

    Attributes
    ----------
    example : str
    files : bool
        Whether they may name files.
    one : bool
        Whether Python may give one text for a list of it.
    least : int
        How many a recipe needs.
    array : bool
        Whether Python may give an array of numbers in their place.
    """

    example: str
    files: bool = False
    one: bool = False
    least: int = 0
    array: bool = False
    several: bool = field(default=True, kw_only=True)

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule."""
        if (self.one and isinstance(value, str)) or (self.array and hasattr(value, "shape")):
            return True
        return _is_list(value) and all(isinstance(one, (str, PathLike)) for one in value)

    def given(self, value: Any) -> Any:
        """The texts; none where the option is left out."""
        return tuple(value or ())

    @property
    def words(self) -> str:
        """What is allowed."""
        return f"a list of texts, such as [{self.example!r}]"


@dataclass(frozen=True)
class Joined(Words):
    """A list of texts; one text with commas on the command line and in recipes."""

    several: bool = field(default=False, kw_only=True)

    def given(self, value: Any) -> tuple[str, ...] | None:
        """The texts of the one."""
        return None if value is None else self.split(value)

    @staticmethod
    def split(text: str) -> tuple[str, ...]:
        """The texts between commas; those of a wave vector behind ``@`` stay together: ``DT5@0,1/4,0,R4+`` are two."""
        found: list[str] = []
        for part in (word for piece in text.split(",") if (word := piece.strip())):
            open_wave = bool(found) and "@" in found[-1] and found[-1].count(",") < 2
            if open_wave and _NUMBER.fullmatch(part):
                found[-1] += f",{part}"
            else:
                found.append(part)
        return tuple(found)


@dataclass(frozen=True)
class Exports(Words):
    """Files to write, each behind the name of its format: ``FORMAT:FILE``.

    Attributes
    ----------
    formats : tuple of str
    """

    formats: tuple[str, ...] = ()

    def allows(self, value: Any) -> bool:
        """Whether each names a known format and a file."""
        return _is_list(value) and all(isinstance(one, str) and self._fits(one) for one in value)

    def _fits(self, entry: str) -> bool:
        form, _, file = entry.partition(":")
        return form in self.formats and bool(file.strip())

    @property
    def words(self) -> str:
        """What is allowed."""
        return f"FORMAT:FILE with FORMAT one of {', '.join(self.formats)}"


def exported(value: Collection[str]) -> list[tuple[str, Path]]:
    """Format and file of each entry of an option with the rule :class:`Exports`."""
    return [(form, Path(file)) for form, _, file in (one.partition(":") for one in value)]


@dataclass(frozen=True)
class Couple(Rule):
    """Two texts."""

    example: str
    kind = tuple[str, str]

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule."""
        return _is_list(value) and len(value) == 2 and all(isinstance(one, str) for one in value)

    @property
    def words(self) -> str:
        """What is allowed."""
        return f"two texts, such as {self.example}"


@dataclass(frozen=True)
class Written(Rule):
    """What Python gives as it is, and the command line and recipes write as text.

    Attributes
    ----------
    described : str
        What is allowed.
    read : callable
        From the text to the value; raises `UsageError` for a text that is none.
    holds : callable
        Whether a value can be one.
    files : bool
        Whether the text may name a file.
    listed : bool
        Whether a recipe may write it as a list of what stands between its commas.
    """

    described: str
    read: Callable[[str], Any]
    holds: Callable[[Any], bool]
    files: bool = False
    listed: bool = False

    @property
    def words(self) -> str:
        """What is allowed."""
        return self.described

    def allows(self, value: Any) -> bool:
        """Whether a value follows the rule."""
        return self.holds(value)

    def given(self, value: Any) -> Any:
        """The value that a text, or several, stands for; what is left out stays so."""
        if self.several:
            return tuple(map(self.read, value or ()))
        return None if value is None else self.read(value)


@dataclass(frozen=True)
class InputPath(Rule):
    """A file that is read, or what stands for it in Python.

    Attributes
    ----------
    instead : tuple of str
        Words that stand for something else than a file.
    """

    instead: tuple[str, ...] = ()
    words = "a file"
    kind = Path


@dataclass(frozen=True)
class InputPaths(Rule):
    """Files that are read.

    Attributes
    ----------
    patterns : bool
        Whether they may be patterns such as ``*.cif``.
    """

    patterns: bool = False
    words = "a list of files"
    several: bool = field(default=True, kw_only=True)

    def given(self, value: Any) -> Any:
        """The files; none where the option is left out."""
        return tuple(value or ())


@dataclass(frozen=True)
class OutputPath(Rule):
    """A file or folder that is written.

    Attributes
    ----------
    folder : bool
    stream : bool
        Whether Python may give a stream of text in its place.
    document : bool
        Whether it is the result as JSON, and so no name of a structure, a table or a picture.
    """

    folder: bool = False
    optional: bool = field(default=True, kw_only=True)
    stream: bool = False
    document: bool = False
    words = "a file to write"
    kind = Path

    def allows(self, value: Any) -> bool:
        """Whether it can be the name of a file."""
        return isinstance(value, (str, PathLike)) or (self.stream and hasattr(value, "write"))


@dataclass(frozen=True)
class Value(Rule):
    """What only Python can give; the function checks it."""

    optional: bool = field(default=True, kw_only=True)
    words = "as the documentation says"


def _is_list(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, (str, bytes, Mapping))


RULES: Mapping[str, Rule] = {
    "symprec": Number(0.0, above=True, optional=True),
    "parent_symprec": Number(0.0, above=True, optional=True),
    "strain_tolerance": Number(0.0),
    "tolerance": Number(1e-14, 0.1),
    "seed": Number(0, 2**63 - 1, whole=True),
    "max_steps": Number(1, whole=True, optional=True),
    "threads": Number(1, whole=True),
    "lmax_input": Number(0, 8, whole=True),
    "signal_lmax": Number(2, 8, whole=True),
    "order": Number(2, 8, whole=True),
    "jobs": Number(1, whole=True),
    "recycle": Number(1, whole=True),
    "timeout": Number(0.1, optional=True),
    "seconds": Number(0.001, optional=True),
    "blocks": Choice(("irrep", "plain")),
    "device": Choice(("cpu", "cuda")),
    "amplitude": Choice(("As", "Ap")),
    "sites": Text("A,B"),
    "fix_site": Text("Ti", optional=True),
}
"""What the options of all functions may be, by name."""

FIELD_RULES: Mapping[str, Rule] = {
    **RULES,
    "symprec": Number(1e-8, optional=True),
    "tolerance": Number(1e-12, 0.5),
}
"""The same where fields on atoms are compared (`check`, `hidden_field`): their tolerance is relative."""


def require(rules: Mapping[str, Rule] = RULES, /, **given: Any) -> None:
    """Check options by their rules.

    Parameters
    ----------
    rules : mapping
        :data:`RULES` or :data:`FIELD_RULES`.
    **given
        Values by the name of the option.

    Raises
    ------
    OptionError
        For the first value that is not allowed.
    """
    for name, value in given.items():
        rule = rules[name]
        if not (value is None and rule.optional) and not rule.allows(value):
            raise OptionError(name, rule, value)


def _float(value: Any) -> float:
    with suppress(OverflowError):  # an integer of hundreds of digits
        return float(value)
    return math.inf


def _short(value: Any) -> str:
    """A value for a message."""
    try:
        text = repr(value) if isinstance(value, (str, list, tuple, dict, bool, type(None))) else str(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits
        text = type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."
