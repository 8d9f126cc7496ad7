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


def group_number(text: str) -> int | None:
    """Number of a space group, 1 to 230, from what stands in its place; ``None`` for anything else."""
    plain = text.strip()
    return int(plain) if re.fullmatch(r"\d{1,3}", plain) and 1 <= int(plain) <= 230 else None


def cif_uncertainty(text: str) -> float:
    """Standard uncertainty in parentheses, in units of the number: 0.0005 for ``0.1234(5)``, else 0."""
    match = re.fullmatch(r"[+-]?\d*\.?(\d*)\((\d{1,9})\)?", text.strip())
    return int(match.group(2)) * 10.0 ** -len(match.group(1)) if match else 0.0


_TYPED = str.maketrans({"l": "1", "I": "1", "O": "0", "o": "0", "S": "5", "\u2212": "-", "\u2013": "-", "\u2019": ""})
"""Letters and signs that are typed for others."""


def mended_number(text: str) -> str | None:
    """A number with a slip that leaves no doubt, corrected; ``None`` where there is none or where it says too little.

    A second point in a row (``5..888``), a point at the end (``-3.11.``), letters for figures (``5.6lS(2)``), the minus
    of a word processor, one parenthesis too many or too few (``5.191)``, ``0.785(0``).
    """
    if not text or text in "?." or not math.isnan(cif_number(text)):
        return None
    new = re.sub(r"\.\.+", ".", text.translate(_TYPED).strip())
    new = re.sub(r"(\.\d*)\.+(?=\(|$)", r"\1", new)  # -3.11. and 3.1.(2)
    new = re.sub(r"\(\d+\.\d+\)$", "", re.sub(r"\)\.+$", ")", new))  # 3.5(1). and -1.6(1.3)
    new = new + ")" if re.fullmatch(r"[^()]*\(\d+", new) else re.sub(r"^([^()]*)\)$", r"\1", new)
    return None if math.isnan(cif_number(new)) else new
