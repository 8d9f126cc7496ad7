"""Sections of text about degenerate answers: signals on the sphere and equivalent children."""

from __future__ import annotations

from curiebreak.report.numbers import beside_floor, fixed, relative
from curiebreak.report.sections import Chapter, Facts, Section, Table, sections_of
from curiebreak.results import Finding, Signals, SignalsWithoutInput, SiteSignal

_LISTED = 48
"""Equivalent children on a page, as many as a cubic group has orientations."""


def tables(result: Finding) -> list[Section]:
    """Signals and domains, where a finding has them."""
    return [*sections_of(_signals, result.signals), *_domains(result)]


def _signals(signals: Signals) -> list[Section]:
    headings = ("site", ">displacement (Å)", ">peaks", ">equivalent directions", "*first peak", "note")
    title = f"What the network answers without input (signals up to l = {signals.lmax})"
    loss = beside_floor(signals.loss, signals.floor)
    return [
        Table.of(title, headings, map(_site, signals.sites), Chapter.TRAINING, 7),
        Facts("Signals", (("loss", loss),), Chapter.TRAINING, 8),
        *sections_of(_without_input, signals.untold),
    ]


def _without_input(found: SignalsWithoutInput) -> list[Section]:
    peaks = ", ".join(f"{site.site} {site.n_peaks}" for site in found.sites)
    rows = (
        ("loss with the input", relative(found.loss)),
        ("changed by the parent's operations", f"{relative(found.asymmetry_told)} with it"),
        ("", f"{relative(found.asymmetry)} without it"),
        ("maxima without it", peaks),
    )
    return [Facts("Trained with the input, asked without it", rows, Chapter.TRAINING, 9)]


def _site(site: SiteSignal) -> tuple[str | int, ...]:
    first = site.peaks[0].direction if site.peaks else ()
    notes = ["not resolved"] * (not site.agrees) + ["peaks merged"] * any(p.merged for p in site.peaks)
    peak = ", ".join(fixed(x, 2) for x in first)
    return site.site, fixed(site.displacement), site.n_peaks, site.n_images, f"({peak})", ", ".join(notes)


def _domains(result: Finding) -> list[Section]:
    if not result.domains:
        return []
    errors = [d.error for d in result.domains if d.error is not None]
    number = f"{len(result.domains)} of index {result.index.total if result.index else '?'}"
    facts = (("number", number), ("largest deviation", f"{relative(max(errors))} Å" if errors else None))
    headings = ("operation", ">deviation (Å)", ">of the strain", "?file")
    lines = ((d.operation, relative(d.error), relative(d.error_strain), d.file) for d in result.domains[:_LISTED])
    return [
        Facts.of("Equivalent children given by the network", facts, Chapter.TRAINING, 6),
        Table.of("Equivalent children", headings, lines, Chapter.TRAINING, 7),
    ]
