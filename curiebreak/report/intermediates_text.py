"""Sections of text of an ``intermediate`` result."""

from __future__ import annotations

from curiebreak.report.numbers import carrier_text, fixed, known, listed, losses, percent, relative, rows, triple
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table, cell, sections_of
from curiebreak.results import ChosenIntermediate, IntermediateResult, Intermediates, StructurePath
from curiebreak.results.basic import group_name


def answer(result: Intermediates) -> Headline:
    """The intermediate that was made, or how many there are."""
    if result.chosen is None:
        between = max(len(result.intermediates) - 2, 0)
        return Headline(f"{between} group{'' if between == 1 else 's'} between parent and child")
    entry = result.intermediates[result.chosen.entry]
    note = "" if result.chosen.reached is not False else result.advice
    return Headline(group_name(entry), note)


def facts(result: Intermediates) -> list[Section]:
    """The list as a tree, the chosen entry, the path."""
    chosen = sections_of(lambda chosen: _chosen(result.intermediates[chosen.entry], chosen), result.chosen)
    return [*chosen, _list(result), *sections_of(_path, result.path)]


def _chosen(entry: IntermediateResult, chosen: ChosenIntermediate) -> list[Section]:
    axes = known(lambda basis: f"{rows(basis)}, origin {cell(known(triple, entry.origin))}", entry.basis)
    lines = (
        ("group", f"{group_name(entry)}, index {entry.index}"),
        ("keeps", percent(entry.kept_share)),
        ("axes in the parent", axes),
        *losses(chosen),
        ("tilts", known(lambda glazer: glazer.symbol, chosen.glazer)),
        ("spglib", known(lambda group: f"{group_name(group)} at {chosen.symprec:g} Å", chosen.spglib)),
        ("written", chosen.file),
    )
    inputs = ((one.irrep, one.direction, carrier_text(one.carrier)) for one in chosen.inputs)
    return [
        Facts.of("Intermediate", lines, Chapter.ANSWER, 9),
        Table.of("Input", ("irrep", "*direction", "carrier"), inputs, Chapter.ANSWER, 10),
    ]


def _list(result: Intermediates) -> Table:
    headings = (
        ">no", "group", ">index", "??>size", "irreps", ">keeps", "?>loss", ">floor", "?????steps down to", "????origin",
        "???file",
    )  # fmt: skip
    down: dict[int, list[str]] = {}
    for step in result.steps:
        down.setdefault(step.upper, []).append(f"{step.lower} ({step.kind}{step.index})")
    lines = (
        (
            number, group_name(entry), entry.index, entry.size, _irreps(entry), percent(entry.kept_share),
            relative(entry.loss), relative(entry.floor), listed(" ", down.get(number, ())),
            known(triple, entry.origin), entry.file,
        )
        for number, entry in enumerate(result.intermediates)
    )  # fmt: skip
    return Table.of("Groups that the distortion can pass through", headings, lines, Chapter.ANSWER, 12)


def _irreps(entry: IntermediateResult) -> str:
    if not entry.active:
        return "no active irrep"
    return "\n".join(f"{i.irrep}{i.direction or ''}" for i in entry.irreps) or "none"


def _path(path: StructurePath) -> list[Section]:
    source = "the trained network" if path.method == "network" else "their lowest power"
    lines = (
        ("what it is", f"an interpolation, not a reaction path; secondaries from {source}"),
        ("scaled", ", then ".join(path.order) or " and ".join(path.primaries) + " together"),
        ("structures", str(len(path.scales))),
        ("last one", f"within {path.end_error:.1e} Å of the end"),
    )
    growth = (
        (
            one.irrep if one.kind == "displacement" else f"{one.irrep} {one.kind}", one.exact, fixed(one.fitted, 2),
            one.coupling,
        )
        for one in path.exponents
        if not one.primary
    )  # fmt: skip
    headings = ("irrep", ">order", ">fitted", "*coupling")
    return [
        Facts("Path", lines, Chapter.ANSWER, 11),
        Table.of("Growth of the secondaries", headings, growth, Chapter.ANSWER, 13),
    ]
