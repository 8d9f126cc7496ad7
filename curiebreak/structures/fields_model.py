"""A field on the atoms of a structure or on the whole of it: kind, rank, index symmetry, values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.structures.model import Structure

KINDS = ("scalar", "pseudoscalar", "vector", "axial", "tensor", "axial tensor")
"""Kinds of fields; the axial ones and the pseudoscalar change sign under improper operations."""

_RANKS = {"scalar": 0, "pseudoscalar": 0, "vector": 1, "axial": 1}
_LARGEST_RANK = 4
_SAME = 1e-4


@dataclass(frozen=True, eq=False)
class Field:
    """Values of one quantity, Cartesian, in the frame of the file.

    Attributes
    ----------
    name : str
    kind : str
        One of :data:`KINDS`.
    rank : int
        Number of Cartesian indices: 0 to 4.
    per : str
        ``atom`` or ``global``.
    values : ndarray (n, 3**rank) or (1, 3**rank)
        Any unit; tensor components with the last index fastest.
    symmetry : str or None
        Symmetry of the indices, such as ``"ij=ji"`` or ``"ijkl=jikl=klij"``.
    uncertainty : float
        Scatter of a component that says nothing (printed digits), in the unit of the values.
    quantity : str
        ``displacement``, ``strain`` or ``occupation`` where it comes from comparing structures, else ``field``.
    """

    name: str
    kind: str
    rank: int
    per: str
    values: FloatArray
    symmetry: str | None = None
    uncertainty: float = 0.0
    quantity: str = "field"

    @property
    def axial(self) -> bool:
        """Whether improper operations bring an additional sign."""
        return self.kind in ("pseudoscalar", "axial", "axial tensor")

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


def make_field(
    name: str,
    values: Any,
    *,
    kind: str,
    per: str,
    n_atoms: int,
    rank: int | None = None,
    symmetry: str | None = None,
) -> Field:
    """Check the numbers of a field against its kind.

    Parameters
    ----------
    name : str
    values : array_like (n, 3, ..., 3) or (n, 3**rank); without the first axis for a global field
    kind : str
        One of :data:`KINDS`.
    per : {"atom", "global"}
    n_atoms : int
    rank : int, optional
        Needed for tensors only.
    symmetry : str, optional
        Index symmetry of a tensor.

    Raises
    ------
    InputError
        Unknown kind, wrong shape, not a number, or values without the stated index symmetry.
    """
    if kind not in KINDS:
        raise InputError(f"The field {name!r} has the unknown kind {kind!r}.", f"Use {', '.join(KINDS)}.")
    if per not in ("atom", "global"):
        raise InputError(f"The field {name!r} is per {per!r}.", 'Write "per": "atom" or "global".')
    order = _RANKS.get(kind, rank)
    known = isinstance(order, int) and not isinstance(rank, bool) and 0 <= order <= _LARGEST_RANK
    if order is None or not known or (rank is not None and rank != order):
        raise InputError(
            f"The rank {rank} of the field {name!r} does not go with the kind {kind!r}.",
            "Tensors need a rank from 0 to 4; scalars have 0, vectors 1.",
        )
    rows = n_atoms if per == "atom" else 1
    numbers = _numbers(name, values)
    if numbers.size != rows * 3**order:
        raise InputError(
            f"The field {name!r} holds {numbers.size} numbers; {rows} x {3**order} are needed.",
            "Give one value per atom (or one for a global field), tensors with all their components.",
        )
    if symmetry is not None:
        if not isinstance(symmetry, str):
            raise InputError(f"The index symmetry of the field {name!r} is no text.", 'Write it like "ij=ji".')
        _check_symmetry(name, numbers.reshape(rows, *[3] * order), symmetry)
    return Field(name, kind, order, per, numbers.reshape(rows, 3**order), symmetry)


def _numbers(name: str, values: Any) -> FloatArray:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"The values of the field {name!r} are not an array of numbers.", "Check for uneven rows."
        ) from error
    if not np.isfinite(numbers).all():
        raise InputError(f"The field {name!r} holds a value that is not a number (NaN).", "Correct it.")
    return numbers


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
        found.append((sign, tuple(letters.index(letter) for letter in first)))
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
