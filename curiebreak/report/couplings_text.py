"""Sections of text of a ``couplings`` result."""

from __future__ import annotations

from curiebreak.report.numbers import joined, listed
from curiebreak.report.sections import Headline, Lines, Section, Table
from curiebreak.results import Status
from curiebreak.results.coupling_list import CoupledIrrep, CouplingResult

LONGEST = 12
"""Terms of a polynomial that are shown; the JSON holds all of them."""


def answer(result: CouplingResult) -> Headline:
    """The primaries in one line."""
    if result.status is Status.NOTHING_TO_BREAK:
        return Headline("nothing to break", result.advice)
    return Headline(joined(result.primary), result.advice)


def tables(result: CouplingResult) -> list[Section]:
    """Order parameters with their letters, and the polynomials by degree."""
    headings = ("irrep", "role", "components", "*in the child", "*driven by")
    parts: list[Section] = [Table.of("Order parameters", headings, map(_irrep, result.irreps))]
    for degree in range(2, result.order + 1):
        lines = [
            (product(one.factors), one.in_child, _shortened(one.polynomial, len(one.terms)))
            for one in result.invariants
            if one.degree == degree
        ]
        title = f"Invariants of degree {degree}: {len(lines)}"
        parts.append(Table.of(title, ("of", "in the child", "*polynomial"), lines))
    left = tuple(f"{product(one.factors)}: {one.count} invariants, {one.reason}" for one in result.left_out)
    return [*parts, Lines("Left out", left)]


def product(factors: dict[str, int]) -> str:
    """``M3+*R4+*X5+`` from the powers by name."""
    parts = []
    for name, power in factors.items():
        base = f"({name})" if " " in name else name
        parts.append(base if power == 1 else f"{base}^{power}")
    return "*".join(parts)


def _irrep(entry: CoupledIrrep) -> tuple[str | None, ...]:
    driver = (entry.coupling or "").rpartition("~")[2].strip()
    return entry.name, entry.role, listed(",", entry.variables), entry.direction, driver or None


def _shortened(polynomial: str, terms: int) -> str:
    if terms <= LONGEST:
        return polynomial
    words = polynomial.split(" ")
    return " ".join(words[: 2 * LONGEST - 1]) + f" ... ({terms} terms)"
