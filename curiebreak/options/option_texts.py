"""What some options write as text on the command line and in recipes, read into what Python gives."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral
from os import PathLike
from typing import Any

from curiebreak.errors import UsageError
from curiebreak.options.option_rules import Written


def numbers(text: str) -> tuple[float, ...]:
    """Numbers between commas.

    Raises
    ------
    UsageError
    """
    try:
        return tuple(map(float, text.replace(";", ",").split(",")))
    except ValueError as error:
        hint = "Write numbers with commas, such as 9.7,9.0,9.0."
        raise UsageError(f"{text!r} is no list of numbers.", hint) from error


def is_some(value: Any) -> bool:
    """Whether a value is a list or an array."""
    return isinstance(value, Collection) and not isinstance(value, (str, bytes))


NUMBERS = Written("a list of numbers, such as 9.7,9.0,9.0", numbers, is_some, optional=True, listed=True)


def species(text: str) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def are_species(value: Any) -> bool:
    """Whether a value is a list of lists of texts."""
    return is_some(value) and all(is_some(one) and all(isinstance(word, str) for word in one) for one in value)


SPECIES = Written("lists of species, such as Sc,Sb", species, are_species, several=True)


def basis(text: str) -> tuple[tuple[float, ...], ...]:
    """Rows of a 3 x 3 matrix written as ``1,0,-1;0,2,0;1,0,1``.

    Raises
    ------
    UsageError
    """
    try:
        rows = tuple(tuple(map(float, row.split(","))) for row in text.split(";"))
    except ValueError:
        rows = ()
    if len(rows) != 3 or any(len(row) != 3 for row in rows):
        raise UsageError(f"{text!r} is no basis.", "Write three rows of three numbers, such as '1,0,-1;0,2,0;1,0,1'.")
    return rows


BASIS = Written("three rows of three numbers, such as '1,0,-1;0,2,0;1,0,1'", basis, is_some, optional=True)


def is_frame(value: Any) -> bool:
    """Whether a value can be the number of a frame or the name of a file."""
    return isinstance(value, (str, PathLike)) or (isinstance(value, Integral) and not isinstance(value, bool))


FRAME = Written("the number of a frame, or a file", lambda text: text, is_frame, files=True)


def seat(text: str) -> tuple[str, str]:
    """Site and element of ``A=La``.

    Raises
    ------
    UsageError
    """
    name, sign, symbol = text.partition("=")
    if not sign or not name or not symbol:
        raise UsageError(f"{text!r} is no SITE=ELEMENT.", "Write, for example, --site A=La.")
    return name.strip(), symbol.strip()


def _is_one_each(value: Any) -> bool:
    return is_some(value) and len(dict(value)) == len(value)


SEATS = Written("elements by site, one for each, such as A=La", seat, _is_one_each, optional=True, several=True)
