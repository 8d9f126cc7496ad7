"""Numbers, vectors, groups and directions as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TypeVar

from curiebreak.results import (
    CarrierResult,
    Certification,
    ChosenIntermediate,
    Finding,
    GivenInput,
    Glazer,
    InputField,
    IrrepEntry,
    IsotropySubgroup,
    StructureSummary,
)
from curiebreak.results.basic import group_name
from curiebreak.results.parents import ParentIrrep

MISSING = "-"
T = TypeVar("T")


def known(form: Callable[[T], str], value: T | None) -> str | None:
    """A value as text; `None` where it is not known, which tables show as a dash and facts leave out."""
    return None if value is None else form(value)


def listed(between: str, parts: Iterable[str]) -> str | None:
    """Texts with something between them; `None`, as of :func:`known`, where there are none."""
    return between.join(parts) or None


def joined(labels: Iterable[str]) -> str:
    """Irreps of one set joined by a circled plus."""
    return " ⊕ ".join(labels)


def fixed(value: float | None, digits: int = 4) -> str:
    """Fixed-point number; a dash when missing, no negative zero."""
    if value is None:
        return MISSING
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def relative(value: float | None) -> str:
    """Loss or floor: four digits, small ones with an exponent."""
    if value is None:
        return MISSING
    if value == 0:
        return "0"
    return f"{value:.4f}" if abs(value) >= 1e-3 else f"{value:.1e}"


def beside_floor(loss: float | None, floor: float | None) -> str:
    """A loss and the least that symmetry lets it be."""
    return f"{relative(loss)} (floor {relative(floor)})"


def losses(result: Certification | Finding | ChosenIntermediate, always: bool = False) -> list[tuple[str, str]]:
    """Losses beside their floors, of what was trained; that of displacements always, where asked for."""
    names = {"": "loss", "_magnetic": "loss of moments", "_strain": "strain loss"}
    pairs = {of: (getattr(result, f"loss{of}", None), getattr(result, f"floor{of}", None)) for of in names}
    shown = [of for of, (loss, _) in pairs.items() if loss is not None or (always and not of)]
    return [(names[of], beside_floor(*pairs[of])) for of in shown]


def percent(value: float | None) -> str:
    """Share in percent."""
    return MISSING if value is None else f"{100 * value:.1f} %"


def fraction(value: float) -> str:
    """Write a number as a simple fraction where it is one, else with four digits."""
    simple = Fraction(value).limit_denominator(24)
    return str(simple) if abs(float(simple) - value) < 1e-4 else fixed(value)


def triple(values: Iterable[float]) -> str:
    """Vector in parentheses, components as fractions."""
    return "(" + ",".join(map(fraction, values)) + ")"


def miller(axis: Iterable[float]) -> str:
    """Direction as ``[1-10]``, with spaces where a component has several characters."""
    parts = [fraction(value) for value in axis]
    return "[" + ("" if all(len(part.lstrip("-")) == 1 for part in parts) else " ").join(parts) + "]"


def rows(matrix: Iterable[Iterable[float]]) -> str:
    """Rows of a matrix, one vector after the other."""
    return " ".join(map(triple, matrix))


def carrier_text(carrier: CarrierResult | InputField, between: str = " ") -> str:
    """Site, l and parity as ``O 1o``; ``Ni 1e-`` where time reversal turns it round."""
    return f"{carrier.site}{between}{carrier.l}{carrier.parity}{'' if carrier.time_parity > 0 else '-'}"


def angles(glazer: Glazer) -> str:
    """Tilt angles about the three axes."""
    return ", ".join(f"{fixed(angle, 2)}°" for angle in glazer.angles)


def counted(number: int, noun: str) -> str:
    """``1 atom``, ``2 atoms``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def structure_words(summary: StructureSummary) -> str:
    """Formula, group, atoms, origin and file of a structure."""
    if not summary.n_atoms:
        return summary.path or MISSING
    origin = known("{} at the origin".format, summary.origin_site or None)
    return named_parts(summary.formula, group_name(summary), counted(summary.n_atoms, "atom"), origin, summary.path)


def named_parts(*parts: str | None) -> str:
    """What is known of these, one after the other."""
    return ", ".join(filter(None, parts))


def kpoint(entry: IrrepEntry | GivenInput | ParentIrrep) -> str | None:
    """Wave vector as ``1/2,1/2,0``; None of a molecule."""
    return known(",".join, entry.kpoint)


def placed(group: IsotropySubgroup) -> tuple[str | int | None, ...]:
    """Cells of a table: name, basis, origin, size and index of a subgroup."""
    return group_name(group), known(rows, group.basis), known(triple, group.origin), group.size, group.index


def placed_words(group: IsotropySubgroup | None) -> str:
    """The same in one line: what is known of it."""
    if group is None:
        return group_name(group)
    name, *rest = placed(group)
    words = [f"{what}{value}" for what, value in zip(("basis ", "origin ", "s=", "i="), rest, strict=True) if value]
    return ", ".join([str(name), *words])


def direction(entry: IrrepEntry) -> str:
    """Direction in letters, and the numbers below in the same brackets."""
    numbers = _components(entry)
    return "\n".join(part for part in (entry.direction, numbers) if part) or MISSING


def _components(entry: IrrepEntry) -> str:
    """Numbers separated like the letters: ``,`` inside an arm, ``;`` between arms."""
    values = [fixed(v, 3) if abs(v) >= 5e-4 else "0" for v in entry.components]
    separators = re.findall(r"[,;|]", entry.direction or "")
    if not values:
        return ""
    if len(separators) != len(values) - 1:
        separators = [","] * (len(values) - 1)
    return "(" + values[0] + "".join(f"{s} {v}" for s, v in zip(separators, values[1:], strict=True)) + ")"
