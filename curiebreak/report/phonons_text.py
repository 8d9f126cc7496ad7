"""Sections of text of phonons by irrep."""

from __future__ import annotations

from curiebreak.report.numbers import counted, fixed, joined, percent
from curiebreak.report.sections import Facts, Section, Table
from curiebreak.results.basic import group_name
from curiebreak.results.phonon_records import ModeOverlap, PhononMode, PhononResult, PhononStar

_SHOWN = 5e-4
"""Smaller shares are printed as nothing."""


def phonon_sections(result: PhononResult) -> list[Section]:
    """The modes star by star, the children of the soft ones, and what of an observed child each carries."""
    headings = ("irrep", ">THz", ">modes", "?direction space", "sites")
    parts: list[Section] = [Table.of(_title(s), headings, map(_mode, s.modes), None, 1) for s in result.stars]
    if result.below is not None:
        found = ", ".join(result.soft) or "none"
        parts.append(Facts("Soft modes", ((f"irreps with a mode below {result.below:g} THz", found),)))
    return [*parts, _children(result), _overlaps(result)]


def _children(result: PhononResult) -> Table:
    lines = (
        (
            group_name(one.isotropy_subgroup), one.size, one.isotropy_subgroup.index, one.n_atoms,
            joined(map("".join, zip(one.irreps, one.directions, strict=True))), "yes" if one.agrees else "NO", one.file,
        )
        for one in result.children
    )  # fmt: skip
    titles = ("group", ">size", "?>index", "???>atoms", "irreps", "??spglib agrees", "file")
    cut = f", {len(result.children)} of {result.found}" if len(result.children) < result.found else ""
    return Table.of(f"Children of the soft modes{cut}", titles, lines)


def _overlaps(result: PhononResult) -> Table:
    shown = (one for one in result.overlaps if one.share >= _SHOWN)
    lines = ((*_overlapping(one), fixed(one.amplitude), percent(one.share)) for one in shown)
    name = "" if result.child is None else f" to {result.child.path or result.child.formula}"
    return Table.of(f"Distortion{name} by modes", ("irrep", "k", ">THz", ">Å √amu", ">share"), lines)


def _overlapping(one: ModeOverlap) -> tuple[str, str, str]:
    """Irrep and wave vector before what all their modes carry; a frequency before what one does."""
    if one.frequency is None:
        return one.irrep, ",".join(one.kpoint), "all modes"
    return "", "", frequency_text(one.frequency)


def _title(star: PhononStar) -> str:
    how = ", interpolated" if star.interpolated else ""
    return f"{star.letters} = {','.join(star.kpoint)}, {counted(star.arms, 'arm')}{how}"


def _mode(one: PhononMode) -> tuple[str | int, ...]:
    sites = " ".join(f"{name} {percent(share)}" for name, share in one.sites.items() if share >= _SHOWN)
    label = one.irrep if one.irrep == one.order_parameter else f"{one.irrep} ({one.order_parameter})"
    acoustic, written = (" acoustic", fixed) if one.acoustic else ("", frequency_text)
    return label + acoustic, written(one.frequency), one.degeneracy, one.direction, sites


def softest_words(result: PhononResult) -> str:
    """``R5- 1.0867 i THz``: the lowest mode that is not the motion of the whole crystal, and where it is."""
    modes = [(one.frequency, one.irrep, star) for star in result.stars for one in star.modes if not one.acoustic]
    if not modes:
        return "no mode"
    frequency, irrep, star = min(modes, key=lambda mode: mode[0])
    return f"softest: {irrep} at {','.join(star.kpoint)}, {frequency_text(frequency)} THz"


def frequency_text(value: float, digits: int = 4) -> str:
    """A frequency in THz; imaginary ones as ``1.0867 i``."""
    return f"{fixed(-value, digits)} i" if value < 0 else fixed(value, digits)
