"""Sections of text of superlattice reflections."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, fixed
from curiebreak.report.sections import Chapter, Facts, Section, Table
from curiebreak.results.reflection_list import IrrepReflections

_SHOWN = 8
"""Reflections of one irrep on the terminal; the result holds all."""


def reflection_sections(lists: tuple[IrrepReflections, ...]) -> list[Section]:
    """Where the reflections of each irrep stand, and the strongest of them."""
    rules = tuple((one.irrep, _rule(one)) for one in lists)
    lines = (
        (
            one.irrep if place == 0 else "", " ".join(line.hkl), fixed(line.d), fixed(line.two_theta, 2),
            line.multiplicity, _intensity(line.xray), _intensity(line.neutron),
        )
        for one in lists
        for place, line in enumerate(one.reflections[:_SHOWN])
    )  # fmt: skip
    headings = ("irrep", "h k l", ">d", ">2θ", ">number", ">X-ray Σ|F|²", ">neutron Σ|F|²")
    return [
        Facts("Superlattice reflections stand at k from those of the parent", rules, Chapter.MODES, 15),
        Table.of("Strongest superlattice reflections", headings, lines, Chapter.MODES, 16),
    ]


def _intensity(value: float) -> str:
    return MISSING if value < 1e-6 else f"{value:.3g}"


def _rule(one: IrrepReflections) -> str:
    absent = f"; absent to first order: {', '.join(one.absent)}" if one.absent else ""
    return f"k = {' '.join(one.arms)}{absent}"
