"""Sections of text about degenerate answers: signals on the sphere and equivalent children."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, beside_floor, fixed, relative
from curiebreak.report.sections import Chapter, Facts, Section, Table, columns
from curiebreak.results import Finding, SignalsWithoutInput, SiteSignal

_LISTED = 48
"""Equivalent children on a page, as many as a cubic group has orientations."""


def tables(result: Finding) -> list[Section]:
    """Signals and domains, where a finding has them."""
    return [*_signals(result), *_domains(result)]


def _signals(result: Finding) -> list[Section]:
    signals = result.signals
    if signals is None:
        return []
    headings = columns("site", ">displacement (Å)", ">peaks", ">equivalent directions", "*first peak", "note")
    title = f"What the network answers without input (signals up to l = {signals.lmax})"
    loss = beside_floor(signals.loss, signals.floor)
    parts: list[Section] = [Table(title, headings, tuple(map(_site, signals.sites)), Chapter.TRAINING, 7)]
    parts.append(Facts("Signals", (("loss", loss),), Chapter.TRAINING, 8))
    return parts if signals.untold is None else [*parts, _without_input(signals.untold)]


def _without_input(found: SignalsWithoutInput) -> Section:
    peaks = ", ".join(f"{site.site} {site.n_peaks}" for site in found.sites)
    rows = (
        ("loss with the input", relative(found.loss)),
        ("changed by the parent's operations", f"{relative(found.asymmetry_told)} with it"),
        ("", f"{relative(found.asymmetry)} without it"),
        ("maxima without it", peaks),
    )
    return Facts("Trained with the input, asked without it", rows, Chapter.TRAINING, 9)


def _site(site: SiteSignal) -> tuple[str, ...]:
    first = site.peaks[0].direction if site.peaks else ()
    notes = [] if site.agrees else ["not resolved"]
    notes += ["peaks merged"] if any(p.merged for p in site.peaks) else []
    return (
        site.site,
        fixed(site.displacement),
        str(site.n_peaks),
        str(site.n_images),
        "(" + ", ".join(fixed(x, 2) for x in first) + ")",
        ", ".join(notes),
    )


def _domains(result: Finding) -> list[Section]:
    if not result.domains:
        return []
    errors = [d.error for d in result.domains if d.error is not None]
    facts = [("number", f"{len(result.domains)} of index {result.index.total if result.index else '?'}")]
    if errors:
        facts.append(("largest deviation", f"{relative(max(errors))} Å"))
    headings = columns("operation", ">deviation (Å)", ">of the strain", "?file")
    lines = tuple(
        (d.operation, relative(d.error), relative(d.error_strain), d.file or MISSING) for d in result.domains[:_LISTED]
    )
    return [
        Facts("Equivalent children given by the network", tuple(facts), Chapter.TRAINING, 6),
        Table("Equivalent children", headings, lines, Chapter.TRAINING, 7),
    ]
