"""Polynomials in the components of order parameters: substitution and text.

A polynomial is a pair of arrays: exponents (N, d) of int, one row per monomial, and coefficients (N,).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

import numpy as np

from curiebreak.arrays import FloatArray, IntArray

SMALL = 1e-7
"""Coefficients below this are zero."""

_SAME = 1e-6
_DENOMINATOR = 48


def substitute(exponents: IntArray, coefficients: FloatArray, pattern: FloatArray) -> tuple[IntArray, FloatArray]:
    """The polynomial on a subspace ``x = y @ pattern``.

    Parameters
    ----------
    exponents : ndarray (N, d)
    coefficients : ndarray (N,)
    pattern : ndarray (f, d)
        One row per free parameter.

    Returns
    -------
    exponents : ndarray (M, f)
    coefficients : ndarray (M,)
        Without zeros; M may be 0.
    """
    # components that the subspace keeps at zero kill their monomials
    inside = np.abs(pattern).max(axis=0, initial=0.0) > SMALL
    used = (np.abs(coefficients) > SMALL) & ~(exponents[:, ~inside] > 0).any(axis=1)
    total: dict[tuple[int, ...], float] = {}
    for powers, coefficient in zip(exponents[used], coefficients[used], strict=True):
        product = {(0,) * len(pattern): float(coefficient)}
        for component in np.repeat(np.arange(len(powers)), powers):
            product = _times(product, pattern[:, component])
        for key, value in product.items():
            total[key] = total.get(key, 0.0) + value
    kept = sorted((key for key, value in total.items() if abs(value) > _SAME), reverse=True)
    found = np.array(kept, dtype=np.int64).reshape(len(kept), len(pattern))
    return found, np.array([total[key] for key in kept])


def _times(polynomial: dict[tuple[int, ...], float], form: FloatArray) -> dict[tuple[int, ...], float]:
    """Product with a linear form (f,)."""
    result: dict[tuple[int, ...], float] = {}
    for letter in np.flatnonzero(np.abs(form) > SMALL):
        for powers, value in polynomial.items():
            key = (*powers[:letter], powers[letter] + 1, *powers[letter + 1 :])
            result[key] = result.get(key, 0.0) + value * float(form[letter])
    return result


def polynomial_text(exponents: IntArray, coefficients: FloatArray, names: Sequence[str]) -> str:
    """Text such as ``a^2*d - 1/2*b^2*d``; ``0`` for an empty polynomial."""
    parts = []
    for powers, value in zip(exponents, coefficients, strict=True):
        if abs(value) < SMALL:
            continue
        size = number_text(abs(float(value)))
        factors = [] if size == "1" and powers.any() else [size]
        factors += [names[i] if powers[i] == 1 else f"{names[i]}^{powers[i]}" for i in np.flatnonzero(powers).tolist()]
        parts.append(("- " if value < 0 else "+ ") + "*".join(factors))
    text = " ".join(parts)
    return (text[2:] if text.startswith("+ ") else "-" + text[2:]) if text else "0"


def number_text(value: float) -> str:
    """A positive number as a fraction or a root where it is one: ``1/2``, ``sqrt(3)/2``."""
    simple = Fraction(value).limit_denominator(_DENOMINATOR)
    if abs(float(simple) - value) < _SAME:
        return str(simple)
    square = Fraction(value**2).limit_denominator(_DENOMINATOR)
    if abs(float(square) - value**2) < _SAME:
        return _root_text(square)
    return f"{value:.6g}"


def _root_text(square: Fraction) -> str:
    """``sqrt(n/m)`` with a whole number under the root."""
    inside, outside = square.numerator * square.denominator, Fraction(1, square.denominator)
    for factor in range(isqrt(inside), 1, -1):
        if inside % factor**2 == 0:
            inside, outside = inside // factor**2, outside * factor
            break
    root = f"sqrt({inside})"
    if outside.numerator != 1:
        root = f"{outside.numerator}*{root}"
    return root if outside.denominator == 1 else f"{root}/{outside.denominator}"


def direction_text(pattern: FloatArray, arm_size: int, names: Sequence[str]) -> str:
    """A direction in given names: ``(a;0;0)``, ``(0,e,e)``.

    Parameters
    ----------
    pattern : ndarray (f, d)
        Columns of one irrep, one row per name.
    arm_size : int
        Components per arm.
    names : sequence of str (f,)
    """
    unit = np.eye(len(pattern), dtype=np.int64)
    columns = [polynomial_text(unit, column, names).replace(" ", "") for column in pattern.T]
    arms = [",".join(columns[i : i + arm_size]) for i in range(0, len(columns), arm_size)]
    return f"({';'.join(arms)})"
