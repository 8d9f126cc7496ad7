"""What a field is, from the word that a file or an option has for it: rank, parity, degree, time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from curiebreak.errors import InputError, refusing

KINDS = ("scalar", "pseudoscalar", "vector", "axial", "tensor", "axial tensor")
"""Cartesian kinds of fields; the axial ones and the pseudoscalar change sign under improper operations."""

LARGEST_RANK = 4
LARGEST_DEGREE = 6
"""Largest l of a field that is given by its spherical components."""

Per = Literal["atom", "global"]
"""Whether each atom has its own values, or the whole has one."""

TimeParity = Literal[1, -1]
"""Even or odd under time reversal."""

_RANKS = {"scalar": 0, "pseudoscalar": 0, "vector": 1, "axial": 1}
_PERS: dict[str, Per] = {"atom": "atom", "global": "global"}
_TIMES: dict[str, TimeParity] = {"even": 1, "odd": -1, "1": 1, "-1": -1}
_SIGNS: dict[str, TimeParity] = {"+": 1, "-": -1}
_HARMONIC = re.compile(r"(\d+)([eo])([+-]?)")
_CARTESIAN = re.compile(r"(scalar|pseudoscalar|vector|(?:axial )?tensor|axial)((?<=tensor)\d)?(?: (even|odd))?")


@dataclass(frozen=True)
class KindOfField:
    """Kind of a field.

    Attributes
    ----------
    name : str
        One of :data:`KINDS`, or ``2e`` for spherical components.
    rank : int or None
        Number of Cartesian indices where the word says it.
    degree : int or None
        l of a field of spherical components.
    time : int or None
        1 or -1: even or odd under time reversal; None where the word does not say it.
    symmetry : str or None
        Symmetry of the indices where the word says it.
    """

    name: str
    rank: int | None = None
    degree: int | None = None
    time: TimeParity | None = None
    symmetry: str | None = None


def field_kind(text: str, name: str) -> KindOfField:
    """Read a kind: ``axial``, ``tensor2``, ``tensor4:ijkl=jikl=klij``, ``vector odd``, ``2e``, ``1e-``.

    Parameters
    ----------
    text : str
        Words may be joined by hyphens. ``odd`` or a minus: changes sign under time reversal.
    name : str
        Of the field, for messages.

    Raises
    ------
    InputError
        For what is no kind.
    """
    word, _, symmetry = (part.strip() for part in text.partition(":"))
    harmonic = _HARMONIC.fullmatch(word)
    if harmonic is not None and not symmetry and int(harmonic[1]) <= LARGEST_DEGREE:
        degree = int(harmonic[1])
        return KindOfField(f"{degree}{harmonic[2]}", degree=degree, time=_SIGNS.get(harmonic[3]))
    known = _CARTESIAN.fullmatch(" ".join(word.replace("-", " ").split()))
    if known is None:
        raise InputError(
            f"The field {name!r} has the unknown kind {text!r}.",
            f"Use {', '.join(KINDS)}, a tensor with its rank (tensor2), or l, parity and time such as 2e or 1e- "
            f"(l up to {LARGEST_DEGREE}).",
        )
    rank = int(known[2]) if known[2] else _RANKS.get(known[1])
    return KindOfField(known[1], rank, None, _TIMES.get(known[3]), symmetry or None)


def checked_per(value: str, name: str) -> Per:
    """Read ``atom`` or ``global``.

    Raises
    ------
    InputError
        For anything else.
    """
    with refusing(KeyError, f"The field {name!r} is per {value!r}.", 'Write "per": "atom" or "global".'):
        return _PERS[value]


def checked_time(value: object, name: str) -> TimeParity:
    """Read ``even``, ``odd``, 1 or -1.

    Raises
    ------
    InputError
        For anything else.
    """
    message = f"The field {name!r} has the time parity {value!r}."
    with refusing(KeyError, message, 'Write "time": "even" or "odd".'):
        return _TIMES[str(value)]
