"""Sections of text of a tracked series."""

from __future__ import annotations

from curiebreak.report.numbers import counted, fixed, percent
from curiebreak.report.phonons_text import frequency_text
from curiebreak.report.sections import Facts, Headline, Section, Table, columns
from curiebreak.results import Vector
from curiebreak.results.tracking import TrackResult

_SHOWN = 12
_FLIPS = 50


def series_sections(result: TrackResult) -> list[Section]:
    """Sections of the summary of a series."""
    used = f"{result.used} of {counted(result.frames, 'frame')} followed"
    head = Headline(f"{used}, {counted(len(result.flips), 'domain flip')}", f"one mapping, from {result.reference}")
    basis = "; ".join(",".join(f"{x:g}" for x in row) for row in result.supercell_basis)
    facts = [
        ("parent", result.parent.formula),
        ("cell", f"{counted(result.n_atoms, 'atom')}, {counted(result.size, 'parent cell')}, axes {basis}"),
    ]
    if result.table:
        facts.append(("table", f"{result.table} ({counted(len(result.columns), 'column')})"))
    if result.plot:
        facts.append(("figure", result.plot))
    tables = (_irreps(result), _modes(result), _moments(result), _fits(result), _flips(result), _refused(result))
    return [head, Facts("Series", tuple(facts)), *tables]


def _irreps(result: TrackResult) -> Table:
    lines = tuple(
        (i.irrep, fixed(i.amplitude_first), fixed(i.amplitude_last), fixed(i.amplitude_largest))
        for i in result.irreps[:_SHOWN]
    )
    return Table("Amplitudes, Ap (Å)", columns("irrep", ">first", ">last", ">largest"), lines)


def _modes(result: TrackResult) -> Table:
    lines = tuple(
        (
            m.column,
            frequency_text(m.frequency),
            *map(fixed, (m.amplitude_first, m.amplitude_last, m.amplitude_largest)),
            percent(m.share),
        )
        for m in result.phonons[:_SHOWN]
    )
    headings = columns("mode", ">THz", ">first", ">last", ">largest", ">share")
    return Table("Phonon modes, Q (Å √amu)", headings, lines)


def _moments(result: TrackResult) -> Table:
    """The components that are largest or scatter most."""
    largest = sorted(result.distributions, key=lambda one: -max(abs(one.mean), one.deviation))[:_SHOWN]
    lines = tuple(
        (one.column, *map(fixed, (one.mean, one.deviation, one.noise)), fixed(one.skewness, 2), fixed(one.kurtosis, 2))
        for one in largest
    )
    headings = columns("component", ">mean", ">deviation", ">noise", "?>skewness", "?>kurtosis")
    return Table("Distributions, Ap (Å)", headings, lines)


def _fits(result: TrackResult) -> Table:
    lines = tuple(
        (
            one.irrep,
            f"{one.tc:.5g} ± {one.tc_error:.2g}",
            f"{one.beta:.3f} ± {one.beta_error:.2g}",
            str(one.points),
            fixed(one.rms),
        )
        for one in result.fits
    )
    column = result.fits[0].column if result.fits else ""
    headings = columns("irrep", f"Tc ({column})", "beta", ">frames below", ">rms")
    return Table("A (Tc - x)^beta", headings, lines)


def _flips(result: TrackResult) -> Table:
    lines = tuple(
        (str(flip.frame), flip.name, one.irrep, _components(one.before), _components(one.after))
        for flip in result.flips[:_FLIPS]
        for one in flip.irreps
    )
    return Table("Domain flips", columns(">frame", "name", "irrep", "from", "to"), lines)


def _components(values: Vector) -> str:
    return "(" + ", ".join(fixed(value, 2) for value in values) + ")"


def _refused(result: TrackResult) -> Table:
    lines = tuple((reason, str(count)) for reason, count in result.refused.items())
    return Table("Frames that were not used", columns("*reason", ">frames"), lines)
