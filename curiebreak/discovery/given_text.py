"""Reading inputs as a user writes them: ``R4+``, ``R4+(0,b,b)``, ``M3+@Mn:1e``, ``2e(2)``, ``1o(0)@Ti``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from curiebreak.errors import InputError

_CARRIER = re.compile(r"(?:(?P<site>[^:@]+):)?(?P<l>\d+)(?P<parity>[eo])")
_HARMONIC = re.compile(r"(?P<l>\d+)(?P<parity>[eo])\((?P<m>[^()]*)\)")
_IRREP = re.compile(r"(?P<label>[^()\[\]]+?)(?P<direction>[(\[].*[)\]])?")

LARGEST_DEGREE = 8
"""Largest l of a given input."""


@dataclass(frozen=True)
class GivenText:
    """One given input, taken apart.

    Attributes
    ----------
    text : str
        As it was written.
    label : str or None
        Irrep; ``None`` for a spherical harmonic.
    direction : str or None
        With brackets.
    site : str or None
        Site, species, Wyckoff letter or ``global``, as written.
    degree, parity : int or None
        l and +1 or -1 of the carrier.
    orders : tuple of int
        m of the harmonics that are switched on; empty for an irrep.
    """

    text: str
    label: str | None = None
    direction: str | None = None
    site: str | None = None
    degree: int | None = None
    parity: int | None = None
    orders: tuple[int, ...] = ()


def parse_given(text: str) -> GivenText:
    """Take one given input apart.

    Parameters
    ----------
    text : str
        ``LABEL``, ``LABEL(direction)`` or a harmonic such as ``2e(2)``, then optionally ``@SITE``,
        ``@SITE:1e`` or ``@1e``.

    Raises
    ------
    InputError
        If it is none of these.
    """
    body, _, holder = text.replace(" ", "").partition("@")
    site, degree, parity = _holder(text, holder)
    harmonic = _HARMONIC.fullmatch(body)
    if harmonic is not None:
        if degree is not None:
            raise InputError(f"{text!r} states l twice.", "Write 2e(2) or 2e(2)@SITE.")
        return _harmonic(text, harmonic, site)
    irrep = _IRREP.fullmatch(body)
    if irrep is None:
        raise InputError(
            f"{text!r} is no input.", "Write an irrep such as R4+, R4+(0,b,b) or M3+@Mn:1e, or 2e(2)."
        )
    return GivenText(text, irrep["label"], irrep["direction"], site, degree, parity)


def _holder(text: str, holder: str) -> tuple[str | None, int | None, int | None]:
    """Site, l and parity behind the ``@``."""
    if not holder:
        return None, None, None
    found = _CARRIER.fullmatch(holder)
    if found is None:
        if ":" in holder:
            raise InputError(f"{text!r} has no carrier behind the @.", "Write @SITE or @SITE:1e.")
        return holder, None, None
    _check_degree(text, int(found["l"]))
    return found["site"], int(found["l"]), _sign(found["parity"])


def _harmonic(text: str, found: re.Match[str], site: str | None) -> GivenText:
    degree = int(found["l"])
    _check_degree(text, degree)
    try:
        orders = tuple(int(part.removeprefix("m=")) for part in found["m"].split(","))
    except ValueError as error:
        raise InputError(f"{text!r} has no component m.", "Write 2e(2) or 2e(-1).") from error
    if any(abs(m) > degree for m in orders):
        raise InputError(f"{text!r}: m goes from -{degree} to {degree}.", "Write 2e(2) or 2e(-1).")
    return GivenText(text, None, None, site or "global", degree, _sign(found["parity"]), orders)


def _check_degree(text: str, degree: int) -> None:
    if degree > LARGEST_DEGREE:
        raise InputError(f"{text!r}: l is larger than {LARGEST_DEGREE}.", "Choose a lower carrier.")


def _sign(letter: str) -> int:
    return 1 if letter == "e" else -1
