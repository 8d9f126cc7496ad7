"""Order-parameter directions as text: ``(a,a,0)``, ``(a;0;0|0,b,b)``.

A direction is a linear subspace of order parameters. Its rows, one per letter, say which
components the letter stands in and with what factor: ``(a,b,b)`` is ``[[1,0,0],[0,1,1]]``.
``,`` separates components of one arm, ``;`` arms, ``|`` irreps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.letter_sums import terms_of

Layout = Sequence[Sequence[int]]
"""Irreps, each a sequence of the number of components in every arm."""

_SMALL = 1e-6

_KNOWN = sorted(
    {n / m for n in range(1, 9) for m in (1, 2, 3, 4)}
    | {np.sqrt(n) / m for n in (2, 3, 6) for m in (1, 2, 3, 4)}
    | {2 + np.sqrt(3), 2 - np.sqrt(3), np.sqrt(2) + 1, np.sqrt(2) - 1}
    | {(np.sqrt(3) - 1) / 2, (np.sqrt(3) + 1) / 2}
)


def letter(index: int) -> str:
    """Name of a free parameter: a to z, then a1, b1, and so on."""
    return chr(ord("a") + index % 26) + (str(index // 26) if index >= 26 else "")


def echelon(basis: FloatArray, tolerance: float = _SMALL) -> FloatArray:
    """Reduced row echelon form (f, d) of independent rows: the letters of a subspace.

    Parameters
    ----------
    basis : (f, d) float
        Any basis of the subspace.
    """
    work = np.array(basis, float)
    row = 0
    for column in range(work.shape[1]):
        if row == len(work):
            break
        pivot = row + int(np.abs(work[row:, column]).argmax())
        if abs(work[pivot, column]) < tolerance:
            work[row:, column] = 0
            continue
        work[[row, pivot]] = work[[pivot, row]]
        work[row] /= work[row, column]
        others = np.arange(len(work)) != row
        work[others] -= work[others, column][:, None] * work[row]
        row += 1
    work[np.abs(work) < tolerance] = 0
    whole = np.rint(work)
    return np.where(np.abs(work - whole) < tolerance, whole, work)


def format_direction(pattern: FloatArray, layout: Layout) -> str:
    """Text of a direction.

    Parameters
    ----------
    pattern : (f, d) float
        One row per letter, as `echelon` gives it.
    layout : sequence of sequences of int
        Components per arm, per irrep; the sum is d.
    """
    columns = iter(map(_component, pattern.T))
    irreps = [";".join(",".join(next(columns) for _ in range(arm)) for arm in arms) for arms in layout]
    return f"({'|'.join(irreps)})"


def _component(column: FloatArray) -> str:
    terms = [_term(value, letter(i)) for i, value in enumerate(column) if abs(value) > _SMALL]
    return "".join(terms).removeprefix("+") or "0"


def _term(value: float, name: str) -> str:
    sign = "-" if value < 0 else "+"
    size = abs(value)
    number = "" if abs(size - 1) < 5e-4 else f"{size:.3f}".rstrip("0").rstrip(".")
    return sign + number + name


def format_components(components: FloatArray, layout: Layout, digits: int = 4) -> str:
    """Numbers (d,) with the same separators as the letters."""
    values = iter(f"{x + 0.0:.{digits}f}" for x in np.round(components, digits))
    irreps = [";".join(",".join(next(values) for _ in range(arm)) for arm in arms) for arms in layout]
    return f"({'|'.join(irreps)})"


def parse_direction(text: str, dim: int | None = None) -> FloatArray:
    """Subspace of a direction given as text.

    Parameters
    ----------
    text : str
        Components separated by ``,``, ``;`` or ``|``, brackets optional; each is 0, a sum of
        letters with signs and factors (``-a``, ``0.577a``, ``1/2b``, ``a+b``), or a number.
        Three-digit factors are taken for the algebraic number they are nearest to. Bare
        numbers together count as one letter.
    dim : int, optional
        Number of components that is expected.

    Returns
    -------
    (f, d) float
        One row per letter in alphabetical order.

    Raises
    ------
    InputError
        If the text is no direction, or has the wrong number of components.
    """
    body = text.strip().strip("()[]").replace(" ", "").lower()
    parts = re.split(r"[,;|]", body)
    if dim is not None and len(parts) != dim:
        raise InputError(
            f"the direction {text} has {len(parts)} components, the order parameter has {dim}",
            "separate components by , and arms by ;",
        )
    columns = [_parse_component(part, text) for part in parts]
    names = sorted({name for column in columns for name in column}, key=lambda n: (n[1:].zfill(4), n))
    if not names:
        raise InputError(f"the direction {text} is zero", "name at least one component by a letter or number")
    return np.array([[column.get(name, 0.0) for column in columns] for name in names])


def _parse_component(part: str, text: str) -> dict[str, float]:
    try:
        terms = terms_of(part, r"[a-z]\d*", _factor)
    except ValueError as error:
        message = f"'{part}' in the direction {text} is no component"
        raise InputError(message, "write 0, a, -a, 0.577a or a number") from error
    return {name: value for name, value in terms.items() if value}


def _factor(text: str) -> float:
    """A number; decimals of a root or of a simple fraction stand for it."""
    value = float(Fraction(text))
    nearest = min(_KNOWN, key=lambda x: abs(x - value))
    return float(nearest) if "." in text and abs(nearest - value) < 6e-4 else value
