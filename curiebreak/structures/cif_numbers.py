"""Numbers as CIF writes them."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import gemmi


def cif_number(text: str) -> float:
    """Read a CIF number; a standard uncertainty in parentheses is dropped, ``1/3`` is a fraction, else NaN.

    The closing parenthesis may be missing.
    """
    value = float(gemmi.cif.as_number(text + ")" if re.fullmatch(r"[^()]*\(\d+", text) else text))
    match = re.fullmatch(r"([+-]?\d{1,9})/(\d{1,9})", text.strip()) if math.isnan(value) else None
    if match and int(match.group(2)):
        return float(Fraction(int(match.group(1)), int(match.group(2))))
    return value


def cif_uncertainty(text: str) -> float:
    """Standard uncertainty in parentheses, in units of the number: 0.0005 for ``0.1234(5)``, else 0."""
    match = re.fullmatch(r"[+-]?\d*\.?(\d*)\((\d{1,9})\)?", text.strip())
    return int(match.group(2)) * 10.0 ** -len(match.group(1)) if match else 0.0
