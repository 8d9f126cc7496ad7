"""Reading inputs as a user writes them: ``R4+``, ``R4+(0,b,b)``, ``M3+[Mn:1e]``, ``LD1@0,0,2/5``, ``1o(0)[Ti]``.

Irreps of moments have an ``m`` in front, harmonics that time reversal turns round a minus: ``mR4+``, ``1e-(0)[Ni]``.

``label @ k [site : l parity] (direction)``; all but the label may be left out, and the parts behind it may stand in
any order. ``@`` is the wave vector, as everywhere; a site behind it (``M3+@Mn:1e``) is still understood, since no site
is three numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from curiebreak.errors import InputError

_CARRIER = re.compile(r"(?:(?P<site>[^:@]+):)?(?P<l>\d+)(?P<parity>[eo])(?P<time>-?)")
_HARMONIC = re.compile(r"(?P<l>\d+)(?P<parity>[eo])(?P<time>-?)\((?P<m>[^()]*)\)")
_PARTS = re.compile(r"(?P<label>\d+[eo]-?\([^()]*\)|[^@()\[\]]+)(?P<rest>(?:\([^()]*\)|\[[^\[\]]*\]|@[^@()\[\]]+)*)")
_PART = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|@[^@()\[\]]+")
_WAVE = re.compile(r"[-+]?[\d./]+(,[-+]?[\d./]+)+")
_HELP = "Write an irrep such as R4+, R4+(0,b,b), M3+[Mn:1e] or LD1@0,0,2/5, or a harmonic such as 2e(2) or 2e(2)[Ti]."

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
    kpoint : str or None
        Wave vector of the irrep, as written.
    direction : str or None
        With brackets.
    site : str or None
        Site, species, Wyckoff letter or ``global``, as written.
    degree, parity : int or None
        l and +1 or -1 of the carrier.
    orders : tuple of int
        m of the harmonics that are switched on; empty for an irrep.
    time : int
        -1 where time reversal turns it round, else 1.
    """

    text: str
    label: str | None = None
    kpoint: str | None = None
    direction: str | None = None
    site: str | None = None
    degree: int | None = None
    parity: int | None = None
    orders: tuple[int, ...] = ()
    time: int = 1


def parse_given(text: str) -> GivenText:
    """Take one given input apart.

    Parameters
    ----------
    text : str
        ``LABEL`` or a harmonic such as ``2e(2)``, then optionally ``@k``, ``[SITE]``, ``[SITE:1e]`` or ``[1e]``, and
        of an irrep ``(direction)``.

    Raises
    ------
    InputError
        If it is none of these.
    """
    match = _PARTS.fullmatch(text.replace(" ", ""))
    if match is None:
        raise InputError(f"{text!r} is no input.", _HELP)
    found = _by_kind(text, match["rest"])
    site, degree, parity = _holder(text, found.get("site", ""))
    harmonic = _HARMONIC.fullmatch(match["label"])
    if harmonic is None:
        direction, kpoint = found.get("direction"), found.get("wave vector")
        time = -1 if match["label"].startswith("m") else 1
        if time > 0 and found.get("site", "").endswith("-"):
            raise InputError(
                f"{text!r}: time reversal turns the carrier round, but not the irrep.",
                f"Write m{match['label']}, or leave the minus out.",
            )
        return GivenText(text, match["label"], kpoint, direction, site, degree, parity, time=time)
    if degree is not None:
        raise InputError(f"{text!r} states l twice.", "Write 2e(2) or 2e(2)[SITE].")
    if "wave vector" in found or "direction" in found:
        raise InputError(f"{text!r}: harmonics are the same in every cell and have no direction.", _HELP)
    return _harmonic(text, harmonic, site)


def _by_kind(text: str, rest: str) -> dict[str, str]:
    """The parts behind the label by what they are."""
    found: dict[str, str] = {}
    for part in _PART.findall(rest):
        kind = _kind(part)
        if kind in found:
            raise InputError(f"{text!r} states the {kind} twice.", _HELP)
        found[kind] = part if kind == "direction" else part.strip("@[]")
    return found


def _kind(part: str) -> str:
    """Brackets with several components are a direction, three numbers behind ``@`` a wave vector, the rest sites."""
    if part.startswith("("):
        return "direction"
    if part.startswith("["):
        return "direction" if re.search("[,;]", part) else "site"
    return "wave vector" if _WAVE.fullmatch(part[1:]) else "site"


def _holder(text: str, holder: str) -> tuple[str | None, int | None, int | None]:
    """Site, l and parity of a carrier."""
    if not holder:
        return None, None, None
    found = _CARRIER.fullmatch(holder)
    if found is None:
        if ":" in holder:
            raise InputError(f"{text!r} has no carrier {holder!r}.", "Write [SITE] or [SITE:1e].")
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
    time = -1 if found["time"] else 1
    return GivenText(
        text, site=site or "global", degree=degree, parity=_sign(found["parity"]), orders=orders, time=time
    )


def _check_degree(text: str, degree: int) -> None:
    if degree > LARGEST_DEGREE:
        raise InputError(f"{text!r}: l is larger than {LARGEST_DEGREE}.", "Choose a lower carrier.")


def _sign(letter: str) -> int:
    return 1 if letter == "e" else -1
