"""Sections of text of results about a parent alone."""

from __future__ import annotations

from curiebreak.report.directions_text import directions, short_direction
from curiebreak.report.numbers import MISSING, counted, fixed, kpoint, rows, structure_words, triple
from curiebreak.report.sections import (
    Chapter,
    Facts,
    Headline,
    Section,
    Table,
    columns,
)
from curiebreak.results import IrrepEntry, IsotropySubgroup
from curiebreak.results.basic import group_name
from curiebreak.results.parent_records import (
    DirectionList,
    DistortResult,
    IrrepList,
    ParentRecord,
    WaveVector,
)


def irrep_sections(result: IrrepList) -> list[Section]:
    """The irreps of a parent, wave vector by wave vector."""
    return [parent_facts(result), *(_wave_vector(one, result) for one in result.kpoints)]


def direction_sections(result: DirectionList) -> list[Section]:
    """The isotropy subgroups of an irrep or a pair."""
    return [parent_facts(result), _directions(result)]


def parent_facts(result: ParentRecord) -> Facts:
    """The parent in a few words."""
    return Facts("Parent", (("parent", structure_words(result.parent)),))


def _wave_vector(one: WaveVector, result: IrrepList) -> Table:
    sites = list(result.wyckoffs)
    names = [f">{site} ({letter})" if letter else f">{site}" for site, letter in result.wyckoffs.items()]
    headings = columns("irrep", ">dimension", *names, ">copies", ">rigid", ">strain")
    lines = tuple(
        (
            irrep.irrep,
            str(irrep.dim),
            *(str(irrep.sites.get(site, 0)) for site in sites),
            str(irrep.multiplicity),
            str(irrep.rigid) if irrep.rigid else MISSING,
            str(irrep.strain) if irrep.strain else MISSING,
        )
        for irrep in one.irreps
    )
    title = "Irreps" if one.kpoint is None else f"{one.letters} = {','.join(one.kpoint)}, {counted(one.arms, 'arm')}"
    return Table(title, headings, lines)


def _directions(result: DirectionList) -> Table:
    headings = columns("direction", "group", "?basis", "??origin", ">size", ">index", "file")
    lines = tuple((one.direction, *_placed(one.isotropy_subgroup), one.file or MISSING) for one in result.directions)
    names = " and ".join(f"{n} (dimension {d})" for n, d in zip(result.irreps, result.dims, strict=True))
    return Table(f"Isotropy subgroups of {names}", headings, lines)


def _placed(value: IsotropySubgroup) -> tuple[str, ...]:
    return (
        group_name(value),
        MISSING if value.basis is None else rows(value.basis),
        MISSING if value.origin is None else triple(value.origin),
        MISSING if value.size is None else str(value.size),
        MISSING if value.index is None else str(value.index),
    )


def distort_sections(result: DistortResult) -> list[Section]:
    """What a child was built from, its cell and its symmetry."""
    symmetry = [("isotropy subgroup", ", ".join(_named(result.isotropy_subgroup)))]
    if result.agrees is not None:
        verdict = "agrees" if result.agrees else "DIFFERS"
        symmetry.append(("child by spglib", f"{group_name(result.child.space_group)}, {verdict}"))
    basis = MISSING if result.supercell_basis is None else rows(result.supercell_basis)
    cell = (("supercell basis", basis), ("size", str(result.size)), ("largest displacement", f"{fixed(result.dmax)} Å"))
    pair = (("parent", structure_words(result.parent)), ("child", structure_words(result.child)))
    headings = columns("irrep", "???kind", "k", "*direction", "?*group", "??>As", ">Ap", "????>dmax")
    parts: list[Section] = [
        Headline(group_name(result.isotropy_subgroup), result.file or ""),
        Facts("Pair", pair, Chapter.ANSWER, 0),
        Table("Irreps", headings, tuple(map(_irrep, result.irreps)), Chapter.ANSWER, 5),
        directions(result.irreps),
        Facts("Cell", cell),
        Facts("Symmetry", tuple(symmetry), Chapter.MODES, 4),
    ]
    if result.glazer is not None:
        angles = ", ".join(f"{fixed(angle, 2)}°" for angle in result.glazer.angles)
        parts.append(
            Facts("Octahedral tilts", (("Glazer symbol", result.glazer.symbol), ("angles", angles)), Chapter.MODES, 6)
        )
    members = tuple((fixed(m.amplitude), group_name(m.space_group), m.file or MISSING) for m in result.series)
    parts.append(Table("Series", columns(">amplitude", "group", "file"), members))
    return parts


def _named(value: IsotropySubgroup) -> list[str]:
    name, basis, origin, size, index = _placed(value)
    return [name, f"basis {basis}", f"origin {origin}", f"s={size}", f"i={index}"]


def _irrep(entry: IrrepEntry) -> tuple[str, ...]:
    numbers = (fixed(entry.amplitude_supercell), fixed(entry.amplitude_parent), fixed(entry.dmax))
    group = group_name(entry.isotropy_subgroup)
    return (entry.name, entry.kind, kpoint(entry), short_direction(entry), group, *numbers)
