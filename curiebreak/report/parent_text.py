"""Sections of text of results about a parent alone."""

from __future__ import annotations

from curiebreak.report.directions_text import directions, short_direction
from curiebreak.report.numbers import angles, counted, fixed, known, kpoint, placed, placed_words, rows, structure_words
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table, cell
from curiebreak.results import IrrepEntry
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
    names = [f">{site} ({letter})" if letter else f">{site}" for site, letter in result.wyckoffs.items()]
    lines = (
        (
            irrep.irrep, irrep.dim, *(irrep.sites.get(site, 0) for site in result.wyckoffs), irrep.multiplicity,
            irrep.rigid or None, irrep.strain or None,
        )
        for irrep in one.irreps
    )  # fmt: skip
    title = "Irreps" if one.kpoint is None else f"{one.letters} = {','.join(one.kpoint)}, {counted(one.arms, 'arm')}"
    return Table.of(title, ("irrep", ">dimension", *names, ">copies", ">rigid", ">strain"), lines)


def _directions(result: DirectionList) -> Table:
    headings = ("direction", "group", "?basis", "??origin", ">size", ">index", "file")
    lines = ((one.direction, *placed(one.isotropy_subgroup), one.file) for one in result.directions)
    names = " and ".join(f"{n} (dimension {d})" for n, d in zip(result.irreps, result.dims, strict=True))
    return Table.of(f"Isotropy subgroups of {names}", headings, lines)


def distort_sections(result: DistortResult) -> list[Section]:
    """What a child was built from, its cell and its symmetry."""
    verdict = {True: ", agrees", False: ", DIFFERS"}.get(result.agrees)  # type: ignore[arg-type]
    symmetry = (
        ("isotropy subgroup", placed_words(result.isotropy_subgroup)),
        ("child by spglib", known(lambda words: f"{group_name(result.child.space_group)}{words}", verdict)),
    )
    basis = cell(known(rows, result.supercell_basis))
    kinds = {one.kind for one in result.irreps}
    still = "magnetic" in kinds and "displacement" not in kinds
    largest = None if still else f"{fixed(result.dmax)} Å"
    size = (("supercell basis", basis), ("size", str(result.size)), ("largest displacement", largest))
    pair = (("parent", structure_words(result.parent)), ("child", structure_words(result.child)))
    headings = ("irrep", "???kind", "k", "*direction", "?*group", "??>As", ">Ap", "????>dmax")
    glazer = result.glazer
    tilts = () if glazer is None else (("Glazer symbol", glazer.symbol), ("angles", angles(glazer)))
    members = ((fixed(m.amplitude), group_name(m.space_group), m.file) for m in result.series)
    return [
        Headline(group_name(result.isotropy_subgroup), result.file or ""),
        Facts("Pair", pair, Chapter.ANSWER, 0),
        Table.of("Irreps", headings, map(_irrep, result.irreps), Chapter.ANSWER, 5),
        directions(result.irreps),
        Facts.of("Cell", size),
        Facts.of("Symmetry", symmetry, Chapter.MODES, 4),
        Facts("Octahedral tilts", tilts, Chapter.MODES, 6),
        Table.of("Series", (">amplitude", "group", "file"), members),
    ]


def _irrep(entry: IrrepEntry) -> tuple[str | None, ...]:
    numbers = (fixed(entry.amplitude_supercell), fixed(entry.amplitude_parent), fixed(entry.dmax))
    group = group_name(entry.isotropy_subgroup)
    return (entry.name, entry.kind, kpoint(entry), short_direction(entry), group, *numbers)
