"""Terms of a distortion as text: ``R4+(0,b,b)=0.9``, ``X5+[O:2](a,a;0,0;0,0)=0.1``, ``DT5@0,1/4,0(a,b)=a:0.2,b:0.1``.

``label @ k [site : copy] (direction) = amplitude``; all but the label may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, UsageError
from curiebreak.symmetry.direction_text import letter, parse_direction

_TERM = re.compile(
    r"(?P<label>[^@\[\](){}=\s]+)(@(?P<kpoint>[^\[\](){}=]+))?(\[(?P<site>[^\]]*)\])?"
    r"(\((?P<direction>[^()]*)\))?(=(?P<amplitude>.+))?"
)
_LETTER = re.compile(r"[a-z]\d*")
_EXAMPLE = "Write terms such as 'R4+(0,b,b)=0.9', with the amplitude in Å."


@dataclass(frozen=True)
class Term:
    """One irrep with what is wanted of it.

    Attributes
    ----------
    text : str
        As it was written.
    label : str
    kpoint : str or None
        Fractions; only where the label does not fix the wave vector.
    site : str or None
        Name of the parent site that moves.
    copy : int
        Which of the site's copies of the irrep, from 1.
    direction : str or None
    amplitude : str or None
    """

    text: str
    label: str
    kpoint: str | None = None
    site: str | None = None
    copy: int = 1
    direction: str | None = None
    amplitude: str | None = None

    @property
    def odd(self) -> bool:
        """Whether it is one of moments, ``mR4+``, which time reversal turns round; no label of an irrep starts so."""
        return self.label.startswith("m")

    @property
    def space_irrep(self) -> str:
        """Label of the irrep of the parent's group."""
        return self.label.removeprefix("m")


def is_magnetic(label: str) -> bool:
    """Whether a label or a term is that of an irrep of moments."""
    return label.strip().startswith("m")


def takes_moments(terms: Sequence[str], sites: Sequence[str] | None = None) -> bool:
    """Whether a term is one of moments.

    Raises
    ------
    UsageError
        For sites that are to carry moments where there are none.
    """
    found = any(map(is_magnetic, terms))
    if sites and not found:
        raise UsageError(
            "--sites says which sites carry moments, and no term is one of moments.",
            "Name the site that moves in its term: 'X5+[O](a,a;0,0;0,0)=0.1'.",
        )
    return found


def parse_term(text: str) -> Term:
    """Take a term apart.

    Raises
    ------
    InputError
        If it is not written as a term.
    """
    match = _TERM.fullmatch(re.sub(r"\s+", "", text))
    if match is None:
        raise InputError(f"{text!r} is no term of a distortion.", _EXAMPLE)
    site, _, copy = (match["site"] or "").partition(":")
    if copy and (not copy.isdigit() or int(copy) < 1):
        raise InputError(
            f"{copy!r} in {text!r} is no number of a copy.", "Write R4+[O:2] for the second copy on site O."
        )
    return Term(
        text=text,
        label=match["label"],
        kpoint=match["kpoint"],
        site=site or None,
        copy=int(copy or 1),
        direction=match["direction"],
        amplitude=match["amplitude"],
    )


def order_parameter(term: Term, dim: int, scale: float = 1.0) -> FloatArray:
    """Components (dim,) that a term asks for, in Å over the child's primitive cell.

    Parameters
    ----------
    term : Term
    dim : int
        Of the irrep.
    scale : float
        Factor of the numbers of the term.

    Raises
    ------
    InputError
        Wrong length of the direction, a missing or surplus number.
    """
    if term.direction is None and dim > 1:
        raise InputError(
            f"{term.text!r} gives no direction; {term.label} has {dim} components.",
            f"See `--list-directions {term.label}`.",
        )
    pattern = parse_direction(term.direction or "a", dim)
    # numbers are a direction with its length, letters a pattern whose rows they multiply
    numeric = not re.search("[a-z]", (term.direction or "a").lower())
    if numeric:
        return scale * _numeric(term, pattern[0])
    return scale * (_letter_values(term, len(pattern)) @ pattern)


def _numeric(term: Term, direction: FloatArray) -> FloatArray:
    """Numbers as they are, or scaled to the length that is given."""
    if term.amplitude is None:
        return direction
    length = _number(term, term.amplitude)
    # the amplitude is the length of the order parameter, over the child's primitive cell
    return direction / float(np.linalg.norm(direction)) * length


def _letter_values(term: Term, count: int) -> FloatArray:
    """Value of each letter (count,) that makes the direction what the term asks for."""
    names = _names(term)
    if term.amplitude is None:
        raise InputError(f"{term.text!r} has no amplitude.", _EXAMPLE)
    parts = term.amplitude.split(",")
    if len(parts) == 1 and ":" not in parts[0]:
        return _single(term, count, names)
    values: dict[str, float] = {}
    for place, part in enumerate(parts):
        name, given, number = part.rpartition(":")
        key = name if given else (names[place] if place < count else "?")
        if key in values:
            raise InputError(f"{term.text!r} gives {key} twice.", "Give each letter one number.")
        values[key] = _number(term, number)
    if set(values) != set(names):
        raise InputError(
            f"{term.text!r} gives numbers for {', '.join(sorted(values))}; its letters are {', '.join(names)}.",
            "Give each letter one number, as in 'R4+(a,b,b)=a:0.3,b:0.9'.",
        )
    return np.array([values[name] for name in names])


def _single(term: Term, count: int, names: list[str]) -> FloatArray:
    """One number is the whole amplitude, which fixes a single letter only."""
    if count > 1:
        raise InputError(
            f"{term.text!r} has {count} letters and one amplitude.",
            "Give each letter a number, as in '=" + ",".join(f"{n}:0.5" for n in names) + "'.",
        )
    # letter times pattern has this length
    length = _number(term, term.amplitude or "")
    pattern = parse_direction(term.direction or "a")
    return np.array([length / float(np.linalg.norm(pattern[0]))])


def _names(term: Term) -> list[str]:
    """Letters of the direction in the order of `parse_direction`."""
    found = set(_LETTER.findall((term.direction or "a").lower()))
    order = {letter(i): i for i in range(260)}
    return sorted(found, key=lambda n: order.get(n, 999))


def _number(term: Term, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(f"{text!r} in {term.text!r} is no amplitude.", _EXAMPLE)
    return value
