"""Sections of text of an ``intermediate`` result."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, fixed, losses, percent, relative, rows, triple
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table, columns
from curiebreak.results import Intermediates, StructurePath
from curiebreak.results.basic import group_name


def answer(result: Intermediates) -> Headline:
    """The intermediate that was made, or how many there are."""
    if result.chosen is None:
        between = max(len(result.intermediates) - 2, 0)
        return Headline(f"{between} group{'' if between == 1 else 's'} between parent and child")
    entry = result.intermediates[result.chosen.entry]
    note = "" if result.chosen.reached is not False else result.status.advice
    return Headline(group_name(entry), note)


def facts(result: Intermediates) -> list[Section]:
    """The list as a tree, the chosen entry, the path."""
    parts: list[Section] = []
    if result.chosen is not None:
        parts += _chosen(result)
    parts.append(_list(result))
    if result.path is not None:
        parts += _path(result.path)
    return parts


def _chosen(result: Intermediates) -> list[Section]:
    chosen = result.chosen
    if chosen is None:
        return []
    entry = result.intermediates[chosen.entry]
    lines = [("group", f"{group_name(entry)}, index {entry.index}"), ("keeps", percent(entry.kept_share))]
    if entry.basis is not None and entry.origin is not None:
        lines.append(("axes in the parent", f"{rows(entry.basis)}, origin {triple(entry.origin)}"))
    lines += losses(chosen)
    if chosen.glazer is not None:
        lines.append(("tilts", chosen.glazer.symbol))
    if chosen.spglib is not None:
        lines.append(("spglib", f"{group_name(chosen.spglib)} at {chosen.symprec:g} Å"))
    if chosen.file is not None:
        lines.append(("written", chosen.file))
    inputs = tuple(
        (one.irrep, one.direction or MISSING, f"{one.carrier.site} {one.carrier.l}{one.carrier.parity}")
        for one in chosen.inputs
    )
    return [
        Facts("Intermediate", tuple(lines), Chapter.ANSWER, 9),
        Table("Input", columns("irrep", "*direction", "carrier"), inputs, Chapter.ANSWER, 10),
    ]


def _list(result: Intermediates) -> Table:
    headings = columns(
        ">no", "group", ">index", "??>size", "irreps", ">keeps", "?>loss", ">floor", "?????steps down to", "????origin",
        "???file",
    )
    down: dict[int, list[str]] = {}
    for step in result.steps:
        down.setdefault(step.upper, []).append(f"{step.lower} ({step.kind}{step.index})")
    lines = []
    for number, entry in enumerate(result.intermediates):
        irreps = "\n".join(f"{i.irrep}{i.direction or ''}" for i in entry.irreps)
        if not entry.active:
            irreps = "no active irrep"
        lines.append(
            (
                str(number),
                group_name(entry),
                str(entry.index),
                MISSING if entry.size is None else str(entry.size),
                irreps or "none",
                percent(entry.kept_share),
                relative(entry.loss),
                relative(entry.floor),
                " ".join(down.get(number, [])) or MISSING,
                MISSING if entry.origin is None else triple(entry.origin),
                entry.file or MISSING,
            )
        )
    return Table("Groups that the distortion can pass through", headings, tuple(lines), Chapter.ANSWER, 12)


def _path(path: StructurePath) -> list[Section]:
    source = "the trained network" if path.method == "network" else "their lowest power"
    lines = [
        ("what it is", f"an interpolation, not a reaction path; secondaries from {source}"),
        ("scaled", ", then ".join(path.order) or " and ".join(path.primaries) + " together"),
        ("structures", str(len(path.scales))),
        ("last one", f"within {path.end_error:.1e} Å of the end"),
    ]
    growth = tuple(
        (
            one.irrep if one.kind == "displacement" else f"{one.irrep} {one.kind}",
            MISSING if one.exact is None else str(one.exact),
            fixed(one.fitted, 2),
            one.coupling or MISSING,
        )
        for one in path.exponents
        if not one.primary
    )
    return [
        Facts("Path", tuple(lines), Chapter.ANSWER, 11),
        Table(
            "Growth of the secondaries", columns("irrep", ">order", ">fitted", "*coupling"), growth, Chapter.ANSWER, 13
        ),
    ]
