"""Sections of text of phonons by irrep."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, counted, fixed, percent
from curiebreak.report.sections import Facts, Section, Table, columns
from curiebreak.results.basic import group_name
from curiebreak.results.phonon_records import PhononMode, PhononResult, PhononStar

_SHOWN = 5e-4
"""Smaller shares are printed as nothing."""


def phonon_sections(result: PhononResult) -> list[Section]:
    """The modes star by star, the children of the soft ones, and what of an observed child each carries."""
    headings = columns("irrep", ">THz", ">modes", "?direction space", "sites")
    parts: list[Section] = [
        Table(_title(star), headings, tuple(map(_mode, star.modes)), rank=1) for star in result.stars
    ]
    if result.below is not None:
        found = ", ".join(result.soft) or "none"
        parts.append(Facts("Soft modes", ((f"irreps with a mode below {result.below:g} THz", found),)))
    return [*parts, _children(result), _overlaps(result)]


def _children(result: PhononResult) -> Table:
    lines = tuple(
        (
            group_name(one.isotropy_subgroup),
            str(one.size),
            str(one.isotropy_subgroup.index),
            str(one.n_atoms),
            " ⊕ ".join(f"{name}{text}" for name, text in zip(one.irreps, one.directions, strict=True)),
            "yes" if one.agrees else "NO",
            one.file or MISSING,
        )
        for one in result.children
    )
    titles = columns("group", ">size", "?>index", "???>atoms", "irreps", "??spglib agrees", "file")
    return Table("Children of the soft modes", titles, lines)


def _overlaps(result: PhononResult) -> Table:
    lines = []
    for one in [one for one in result.overlaps if one.share >= _SHOWN]:
        head = (
            (one.irrep, ",".join(one.kpoint), "all modes")
            if one.frequency is None
            else ("", "", frequency_text(one.frequency))
        )
        lines.append((*head, fixed(one.amplitude), percent(one.share)))
    name = "" if result.child is None else f" to {result.child.path or result.child.formula}"
    return Table(f"Distortion{name} by modes", columns("irrep", "k", ">THz", ">Å √amu", ">share"), tuple(lines))


def _title(star: PhononStar) -> str:
    words = [f"{star.letters} = {','.join(star.kpoint)}", counted(star.arms, "arm")]
    if star.interpolated:
        words.append("interpolated")
    return ", ".join(words)


def _mode(one: PhononMode) -> tuple[str, ...]:
    sites = " ".join(f"{name} {percent(share)}" for name, share in one.sites.items() if share >= _SHOWN)
    label = one.irrep if one.irrep == one.order_parameter else f"{one.irrep} ({one.order_parameter})"
    return (
        label + (" acoustic" if one.acoustic else ""),
        fixed(one.frequency) if one.acoustic else frequency_text(one.frequency),
        str(one.degeneracy),
        one.direction,
        sites,
    )


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
