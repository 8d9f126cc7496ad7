"""Changes of axes and origin as magnetic CIFs write them: ``a+b,-a+b,c;0,0,1/2``."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.letter_sums import terms_of

_NUMBER = re.compile(r"[+-]?\d+(?:/\d+|\.\d*)?|[+-]?\.\d+")


def parse_transformation(text: str) -> tuple[FloatArray, FloatArray]:
    """Rows M and shift p with ``new axes = M @ old axes``, ``x_old = x_new @ M + p``.

    Parameters
    ----------
    text : str
        ``2a,2b,c;0,0,0``; the shift may be missing; axes may also be given as numbers, ``(1,1,0),(-1,1,0),(0,0,1)``.

    Raises
    ------
    ValueError
        Anything else.
    """
    plain = re.sub(r"[\s'\"?\u2018\u2019]", "", text).lower().replace("\u2212", "-")
    axes, _, shift = plain.partition(";")
    rows = _numeric_axes(axes) if "(" in axes else [_axis(part) for part in axes.split(",")]
    moved = [_number(part) for part in shift.strip("()").split(",")] if shift else [0.0, 0.0, 0.0]
    if len(rows) != 3 or len(moved) != 3:
        raise ValueError(f"{text!r} is no change of axes")
    return np.array(rows), np.array(moved)


def _numeric_axes(axes: str) -> list[list[float]]:
    parts = re.findall(r"\(([^()]*)\)", axes)
    rows = [[_number(x) for x in part.split(",")] for part in parts]
    if any(len(row) != 3 for row in rows):
        raise ValueError(f"{axes!r} are no axes")
    return rows


def _axis(part: str) -> list[float]:
    factors = terms_of(part, "[abc]")
    if "" in factors:
        raise ValueError(f"{part!r} is no axis")
    return [factors.get(letter, 0.0) for letter in "abc"]


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number")
    try:
        return float(Fraction(text))
    except ZeroDivisionError as error:
        raise ValueError(f"{text!r} divides by zero") from error


def transformation_text(rows: FloatArray, shift: FloatArray) -> str:
    """``a-c,2b,a+c;0,0,1/2`` of rows M and shift p: what :func:`parse_transformation` reads."""
    axes = ",".join("".join(_signed(x, name) for x, name in zip(row, "abc", strict=True)).lstrip("+") for row in rows)
    return f"{axes};{','.join(map(number_text, shift))}"


def _signed(factor: float, name: str) -> str:
    text = number_text(abs(factor))
    return "" if text == "0" else f"{'-' if factor < 0 else '+'}{'' if text == '1' else text}{name}"


def number_text(value: float) -> str:
    """A simple fraction where it is one, else decimals."""
    fraction = Fraction(float(value)).limit_denominator(48)
    return str(fraction) if abs(float(fraction) - value) < _EXACT else f"{value:.8f}"


_EXACT = 1e-6
"""Fractions; numbers of changes of axes are simple fractions up to rounding."""
