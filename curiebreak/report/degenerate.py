"""Sections of text about degenerate answers: signals on the sphere and equivalent children."""

from __future__ import annotations

from curiebreak.report.numbers import fixed, relative
from curiebreak.report.sections import Facts, Section, Table, columns
from curiebreak.results import Finding, SiteSignal


def tables(result: Finding) -> list[Section]:
    """Signals and domains, where a finding has them."""
    return [*_signals(result), *_domains(result)]


def _signals(result: Finding) -> list[Section]:
    signals = result.signals
    if signals is None:
        return []
    headings = columns("site", ">displacement (Å)", ">peaks", ">equivalent directions", "*first peak", "note")
    title = f"What the network answers without input (signals up to l = {signals.lmax})"
    loss = f"{relative(signals.loss)} (floor {relative(signals.floor)})"
    return [Table(title, headings, tuple(_site(s) for s in signals.sites)), Facts("Signals", (("loss", loss),))]


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
    facts = [("written", f"{len(result.domains)} of index {result.index.total if result.index else '?'}")]
    if errors:
        facts.append(("largest deviation", f"{relative(max(errors))} Å"))
    facts.append(("first file", result.domains[0].file or ""))
    return [Facts("Equivalent children given by the network", tuple(facts))]
