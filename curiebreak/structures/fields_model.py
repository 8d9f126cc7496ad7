"""A field on the atoms of a structure or on the whole of it: kind, rank, index symmetry, values.

The kind is read from the word that a file or an option has for it: rank, parity, degree, time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, refusing
from curiebreak.structures.model import Structure

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


_SAME = 1e-4

LARGEST_VALUE = 1e140
"""Of a component: squares, and their sums over any number of atoms, stay below 1e308; what squares to 0 is 0."""

NO_NUMBERS = (OverflowError, RecursionError, TypeError, ValueError)
"""What becomes of lists of a file that are no array of numbers."""


@dataclass(frozen=True, eq=False)
class Field:
    """Values of one quantity, in the frame of the file: Cartesian, or components of spherical harmonics.

    Attributes
    ----------
    name : str
    kind : str
        One of :data:`KINDS`, or ``2e`` for spherical components.
    rank : int
        Number of Cartesian indices: 0 to 4; l of spherical components.
    per : {"atom", "global"}
    values : ndarray (n, width), or (1, width) where global
        Any unit. Tensor components with the last index fastest; spherical ones by m = -l..l (usual convention).
    symmetry : str or None
        Symmetry of the indices, such as ``"ij=ji"`` or ``"ijkl=jikl=klij"``.
    uncertainty : float
        Scatter of a component that says nothing (printed digits), in the unit of the values.
    quantity : str
        ``displacement``, ``strain`` or ``occupation`` where it comes from comparing structures, else ``field``.
    degree : int or None
        l where the components are spherical.
    time : int
        1 or -1: even or odd under time reversal.
    """

    name: str
    kind: str
    rank: int
    per: Per
    values: FloatArray
    symmetry: str | None = None
    uncertainty: float = 0.0
    quantity: str = "field"
    degree: int | None = None
    time: TimeParity = 1

    @property
    def axial(self) -> bool:
        """Whether improper operations bring an additional sign to Cartesian components."""
        return self.kind in ("pseudoscalar", "axial", "axial tensor")

    @property
    def odd(self) -> bool:
        """Whether time reversal turns it round: velocities, currents, magnetic fields and moments."""
        return self.time < 0

    def tolerance(self, relative: float) -> float:
        """Change relative to the norm that still counts as none; at most 0.05 from the uncertainty."""
        norm = float(np.linalg.norm(self.values))
        if norm == 0.0:
            return relative
        scatter = self.uncertainty * float(np.sqrt(self.values.size)) / norm
        return max(relative, min(scatter, 0.05))

    @property
    def formula(self) -> str:
        """Index symmetry, the plain indices where there is none."""
        return self.symmetry or "ijkl"[: self.rank]


@dataclass(frozen=True, eq=False)
class FieldFile:
    """What a file holds: a structure (or none, in JSON) with fields.

    Attributes
    ----------
    structure : Structure or None
    fields : tuple of Field
    messages : tuple of str
        What was left aside.
    path, sha256 : str or None
    """

    structure: Structure | None
    fields: tuple[Field, ...]
    messages: tuple[str, ...] = ()
    path: str | None = None
    sha256: str | None = None


MOTION = {"velo", "velocity", "velocities", "momentum", "momenta"}
"""Names of what time reversal turns round, whatever wrote it."""


def make_field(
    name: str,
    values: Any,
    *,
    kind: str,
    per: str,
    n_atoms: int,
    rank: int | None = None,
    symmetry: str | None = None,
    time: object = None,
) -> Field:
    """Check the numbers of a field against its kind.

    Parameters
    ----------
    name : str
    values : array_like (n, 3, ..., 3) or (n, width); without the first axis for a global field
    kind : str
        As :func:`field_kind` reads it.
    per : {"atom", "global"}
    n_atoms : int
    rank : int, optional
        Needed for tensors only.
    symmetry : str, optional
        Index symmetry of a tensor.
    time : {"even", "odd"}, optional
        Under time reversal; where neither this nor the kind says it, odd for velocities and momenta, else even.

    Raises
    ------
    InputError
        Unknown kind, wrong shape, not a number, or values without the stated index symmetry.
    """
    found, whose = field_kind(kind, name), checked_per(per, name)
    order = _order_of(found, rank)
    if order is None:
        raise InputError(
            f"The rank {rank} of the field {name!r} does not go with the kind {kind!r}.",
            "Tensors need a rank from 0 to 4; scalars have 0, vectors 1.",
        )
    rows, width = n_atoms if whose == "atom" else 1, 3**order if found.degree is None else 2 * order + 1
    numbers = _numbers(name, values)
    if numbers.size != rows * width:
        raise InputError(
            f"The field {name!r} holds {numbers.size} numbers; {rows} x {width} are needed.",
            "Give one value per atom (or one for a global field), tensors with all their components.",
        )
    symmetry = found.symmetry or symmetry
    if symmetry is not None:
        if not isinstance(symmetry, str) or found.degree is not None:
            raise InputError(f"The index symmetry of the field {name!r} is no text.", 'Write it like "ij=ji".')
        _check_symmetry(name, numbers.reshape(rows, *[3] * order), symmetry)
    unsaid: object = "odd" if name.lower() in MOTION else "even"
    stated = checked_time(unsaid if time is None else time, name)
    values = numbers.reshape(rows, width)
    return Field(name, found.name, order, whose, values, symmetry, degree=found.degree, time=found.time or stated)


def _order_of(found: KindOfField, rank: object) -> int | None:
    """Rank or degree of a field by its kind, else as it is stated; None where the two do not go together."""
    known = found.rank if found.degree is None else found.degree
    order: object = rank if known is None else known
    if not isinstance(order, int) or isinstance(rank, bool) or rank not in (None, order):
        return None
    return order if found.degree is not None or 0 <= order <= LARGEST_RANK else None


def _numbers(name: str, values: Any) -> FloatArray:
    message = f"The values of the field {name!r} are not an array of numbers."
    with refusing(NO_NUMBERS, message, "Check for uneven rows."):
        numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise InputError(f"The field {name!r} holds a value that is not a number (NaN).", "Correct it.")
    if np.abs(numbers).max(initial=0.0) > LARGEST_VALUE:
        raise InputError(
            f"The field {name!r} holds a value above {LARGEST_VALUE:g}.", "Correct it, or choose another unit."
        )
    return np.asarray(np.where(np.abs(numbers) < 1 / LARGEST_VALUE, 0.0, numbers))


def index_symmetries(formula: str) -> list[tuple[int, tuple[int, ...]]]:
    """Signed permutations of a formula such as ``ij=-ji``: ``T[i, j] = sign * T[permuted]``.

    Raises
    ------
    InputError
        If the formula is not made of permutations of the same letters.
    """
    terms = [term.strip() for term in formula.split("=")]
    first = terms[0]
    found = []
    for term in terms[1:]:
        sign, letters = (-1, term[1:]) if term.startswith("-") else (1, term)
        if sorted(letters) != sorted(first) or len(set(first)) != len(first):
            raise InputError(
                f"The index symmetry {formula!r} cannot be read.", 'Write it like "ij=ji" or "ijkl=jikl=klij".'
            )
        found.append((sign, tuple(map(letters.index, first))))
    return found


def _check_symmetry(name: str, values: FloatArray, formula: str) -> None:
    if len(formula.split("=")[0].strip()) != values.ndim - 1:
        raise InputError(
            f"The index symmetry {formula!r} does not fit the rank of {name!r}.",
            "Use one letter for each index.",
        )
    scale = float(np.abs(values).max(initial=0.0))
    for sign, order in index_symmetries(formula):
        turned = sign * values.transpose(0, *(1 + i for i in order))
        if np.abs(values - turned).max(initial=0.0) > _SAME * scale:
            raise InputError(
                f"The values of {name!r} do not have the index symmetry {formula!r}.",
                "Correct the values or leave the symmetry away.",
            )
