"""Sums of letters and numbers as symmetry operations, axes and directions are written: ``-y+1/2``, ``2a-b``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction

from curiebreak.arrays import summed

_ZERO = 1e-6

_NUMBER = r"\d{1,9}/\d{1,9}|\d{1,9}\.\d*|\.\d+|\d{1,9}"


def _fraction(text: str) -> float:
    return float(Fraction(text))


def sum_text(terms: Iterable[tuple[float, str]], digits: int = 6) -> str:
    """``-x+0.5y`` of factors and letters; ``0`` where all factors are."""
    text = ""
    for factor, letter in terms:
        if abs(factor) > _ZERO:
            unit = abs(abs(factor) - 1.0) < _ZERO
            text += (f"{factor:+.0f}".removesuffix("1") if unit else f"{factor:+.{digits}g}") + letter
    return text.removeprefix("+") or "0"


def terms_of(text: str, letter: str, number: Callable[[str], float] = _fraction) -> dict[str, float]:
    """Factor of each letter, and under ``""`` the sum of the terms without one.

    Parameters
    ----------
    text : str
        Spaces say nothing.
    letter : str
        Regular expression of a letter.
    number : callable
        Value of a number as it is written.

    Raises
    ------
    ValueError
        If the text is no such sum, or divides by zero.
    """
    plain = text.replace(" ", "")
    # what is looked ahead for keeps a term from being a sign alone
    pattern = rf"([+-]?)(?=[\d.]|\*?{letter})({_NUMBER})?\*?({letter}|)(?:/([1-9]\d*))?"
    found = list(re.finditer(pattern, plain))
    if not plain or "".join(term[0] for term in found) != plain:
        raise ValueError(f"{text!r} is no sum of letters and numbers")
    try:
        return summed(
            (name, float(f"{sign}1") * number(size) / int(divisor))
            for sign, size, name, divisor in (term.groups("1") for term in found)
        )
    except ZeroDivisionError as error:
        raise ValueError(f"{text!r} divides by zero") from error
