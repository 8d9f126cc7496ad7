"""The order parameters of one child in one domain, its own, written as terms that `distort` takes.

The canonical direction of an irrep alone is that of its class: each irrep is turned by an operation of its own, so
that directions of two irreps, taken together, mean another child. Here nothing is turned: with the real basis
functions ``f_a`` of each irrep, ``u = sum_a eta_a f_a`` holds for the child as it was mapped, and

    eta_a^n = <f_a^n, u>,   n the copies on the parent's sites,

are the numbers that :mod:`curiebreak.modes.builder` adds up again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.builder import copies_of
from curiebreak.symmetry.direction_text import echelon, format_components, format_direction, letter, parse_direction

_LETTERS_HOLD = 1e-3
"""Part of an order parameter that its letters may leave out; more is written as numbers.

Below three written digits of an amplitude, above the rounding of the coordinates it comes from."""

_SILENT = 5e-5
"""Å per primitive cell of the parent: smaller copies would be written as zero."""

_DEPENDENT = 1e-8
"""Eigenvalues of the overlaps of the copies, relative to the largest, that belong to the rigid translation."""

_SAME = 1e-6
"""Difference of factors that are equal."""

_DIGITS, _LONG = 4, 6
"""Decimals of amplitudes, and of numbers that stand for a direction: these must not break its symmetry."""


@dataclass(frozen=True)
class OwnDomain:
    """One irrep of a child, in the domain of the child as mapped.

    Attributes
    ----------
    direction : str or None
        In letters; None where its factors are no numbers that letters carry (lines, planes and general k).
    components : ndarray (dim,)
        Of the largest copy, over the child's primitive cell, Å; strain without unit.
    terms : tuple of str
        What ``distort --amplitude Ap`` (strain: ``distort --strain``) takes to build this part again: one for every
        site and copy. Empty for occupations, which are not built.
    """

    direction: str | None
    components: FloatArray
    terms: tuple[str, ...]


def own_domain(mode: ActiveIrrep) -> OwnDomain:
    """Direction and terms of an irrep in the child's own domain."""
    found = mode.canonical
    pattern = _letters(mode, found.pattern @ found.turn)
    text = None if pattern is None else format_direction(pattern, _layout(mode))
    copies = mode.copies
    largest = copies[int((copies**2).sum(axis=1).argmax())] if len(copies) else np.zeros(0)
    return OwnDomain(text, largest, tuple(_terms(mode, pattern)))


def _letters(mode: ActiveIrrep, rows: FloatArray) -> FloatArray | None:
    """Letters (f, dim) of the subspace that the rows span; None if text cannot hold them.

    Off the special k the phases of the arms, and with them the factors of the letters, can be any numbers.
    """
    if not len(rows):
        return None
    own = echelon(rows)
    again = parse_direction(format_direction(own, _layout(mode)), mode.irrep.dim)
    return own if again.shape == own.shape and np.abs(again - own).max() < _SAME else None


def _layout(mode: ActiveIrrep) -> list[list[int]]:
    return [[mode.irrep.arm_size] * len(mode.irrep.arms)]


def _terms(mode: ActiveIrrep, pattern: FloatArray | None) -> list[str]:
    rows, scale = _by_place(mode)
    name = mode.irrep.label
    if mode.irrep.kind != "special" and mode.irrep.kpoint is not None:
        name += "@" + ",".join(mode.irrep.kpoint)
    smallest = _SILENT if mode.kind == "displacement" else 0.0
    kept = {place: scale * row for place, row in rows.items() if np.abs(scale * row).max(initial=0.0) > smallest}
    return [name + place + _value(row, pattern, _layout(mode)) for place, row in kept.items()]


def _by_place(mode: ActiveIrrep) -> tuple[dict[str, FloatArray], float]:
    """Order parameter of every copy by the place that a term names, and by what it is multiplied in a term."""
    if mode.kind == "displacement":
        return _by_site(mode), 1 / float(np.sqrt(mode.field.space.size))
    copies = mode.copies if mode.kind == "strain" else mode.copies[:0]  # no term makes any other field
    return {f"[cell:{n + 1}]" if len(copies) > 1 else "": row for n, row in enumerate(copies)}, 1.0


def _by_site(mode: ActiveIrrep) -> dict[str, FloatArray]:
    """Order parameter (dim,) of every copy, by the place that a term names: ``[O]``, ``[O:2]``.

    Without the rigid translation the copies of a polar irrep are neither orthogonal nor independent: the shortest
    solution of ``sum_na eta_a^n f_a^n = u`` is taken.
    """
    named = {
        f"[{site}]" if number == 1 else f"[{site}:{number}]": function
        for site, functions in copies_of(mode.field.space, mode.irrep).items()
        for number, function in enumerate(functions, start=1)
    }
    functions = np.array(list(named.values())).reshape(len(named), mode.irrep.dim, -1)
    # <f_a^n, f_b^m> = G_nm delta_ab for every component on an arm of the cell
    periodic = functions[:, int((np.abs(functions[0]) ** 2).sum(axis=1).argmax())]
    gram = (periodic.conj() @ periodic.T).real
    overlaps = (functions.conj() @ mode.values.ravel()).real
    return dict(zip(named, np.linalg.lstsq(gram, overlaps, rcond=_DEPENDENT)[0], strict=True))


def _value(row: FloatArray, pattern: FloatArray | None, layout: list[list[int]]) -> str:
    """``(a,0,-a)=0.6278``, ``(a,b,0)=a:0.3,b:0.1``, or the numbers where letters do not hold them."""
    if pattern is not None:
        values = np.linalg.lstsq(pattern.T, row, rcond=None)[0]
        if np.abs(values @ pattern - row).max() <= _LETTERS_HOLD * np.abs(row).max():
            text = format_direction(pattern, layout)
            if len(values) > 1:
                return text + "=" + ",".join(f"{letter(i)}:{v:.{_DIGITS}f}" for i, v in enumerate(values))
            return f"{text}={float(values[0] * np.linalg.norm(pattern[0])):.{_DIGITS}f}"
    return format_components(row, layout, digits=_LONG)
