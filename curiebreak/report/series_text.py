"""Sections of text of a tracked series."""

from __future__ import annotations

from collections.abc import Iterable

from curiebreak.report.numbers import counted, fixed, known, percent
from curiebreak.report.phonons_text import frequency_text
from curiebreak.report.sections import Facts, Headline, Section, Table
from curiebreak.results import Vector
from curiebreak.results.tracking import TrackedIrrep, TrackedMode, TrackResult

_SHOWN = 12
_FLIPS = 50


def series_sections(result: TrackResult) -> list[Section]:
    """Sections of the summary of a series."""
    used = f"{result.used} of {counted(result.frames, 'frame')} followed"
    head = Headline(f"{used}, {counted(len(result.flips), 'domain flip')}", f"one mapping, from {result.reference}")
    basis = "; ".join(",".join(f"{x:g}" for x in row) for row in result.supercell_basis)
    facts = (
        ("parent", result.parent.formula),
        ("cell", f"{counted(result.n_atoms, 'atom')}, {counted(result.size, 'parent cell')}, axes {basis}"),
        ("table", known(lambda table: f"{table} ({counted(len(result.columns), 'column')})", result.table)),
        ("figure", result.plot),
    )
    tables = (_irreps(result), _modes(result), _moments(result), _fits(result), _flips(result), _refused(result))
    return [head, Facts.of("Series", facts), *tables]


def _course(one: TrackedIrrep | TrackedMode) -> Iterable[str]:
    return map(fixed, (one.amplitude_first, one.amplitude_last, one.amplitude_largest))


def _irreps(result: TrackResult) -> Table:
    lines = ((i.irrep, *_course(i)) for i in result.irreps[:_SHOWN])
    return Table.of("Amplitudes, Ap (Å)", ("irrep", ">first", ">last", ">largest"), lines)


def _modes(result: TrackResult) -> Table:
    lines = ((m.column, frequency_text(m.frequency), *_course(m), percent(m.share)) for m in result.phonons[:_SHOWN])
    return Table.of("Phonon modes, Q (Å √amu)", ("mode", ">THz", ">first", ">last", ">largest", ">share"), lines)


def _moments(result: TrackResult) -> Table:
    """The components that are largest or scatter most."""
    largest = sorted(result.distributions, key=lambda one: -max(abs(one.mean), one.deviation))[:_SHOWN]
    lines = (
        (one.column, *map(fixed, (one.mean, one.deviation, one.noise)), fixed(one.skewness, 2), fixed(one.kurtosis, 2))
        for one in largest
    )
    headings = ("component", ">mean", ">deviation", ">noise", "?>skewness", "?>kurtosis")
    return Table.of("Distributions, Ap (Å)", headings, lines)


def _fits(result: TrackResult) -> Table:
    lines = (
        (
            one.irrep, f"{one.tc:.5g} ± {one.tc_error:.2g}", f"{one.beta:.3f} ± {one.beta_error:.2g}", one.points,
            fixed(one.rms),
        )
        for one in result.fits
    )  # fmt: skip
    column = result.fits[0].column if result.fits else ""
    return Table.of("A (Tc - x)^beta", ("irrep", f"Tc ({column})", "beta", ">frames below", ">rms"), lines)


def _flips(result: TrackResult) -> Table:
    lines = (
        (flip.frame, flip.name, one.irrep, _components(one.before), _components(one.after))
        for flip in result.flips[:_FLIPS]
        for one in flip.irreps
    )
    return Table.of("Domain flips", (">frame", "name", "irrep", "from", "to"), lines)


def _components(values: Vector) -> str:
    return "(" + ", ".join(fixed(value, 2) for value in values) + ")"


def _refused(result: TrackResult) -> Table:
    return Table.of("Frames that were not used", ("*reason", ">frames"), result.refused.items())
