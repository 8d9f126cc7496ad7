"""Sections of text of a search for parents."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, counted, fixed, joined, known, kpoint, listed, named_parts
from curiebreak.report.sections import Chapter, Facts, Headline, Lines, Section, Table
from curiebreak.results import Finding
from curiebreak.results.basic import group_name, group_symbol
from curiebreak.results.parents import ParentCandidate, ParentIrrep, ParentSearch

_MEANING = (
    "S = ln(index) - 30 (rms/a)^2 sets the symmetry gained against the distance; a = (V/atom)^(1/3). Above 0 a parent "
    "is claimed.",
    "The largest S comes first, then the nearest by ln(index) - 40 rms/a, then the others in turn by both.",
    "index = translations x point part; hop = largest displacement over the distance between like sites (near 0.5 the "
    "pairing may be another).",
)


def candidate_sections(result: ParentSearch) -> list[Section]:
    """Headline, headlines of the candidates, the table, their irreps, and what is particular."""
    child = result.child
    words = named_parts(child.formula, group_name(child), counted(child.n_atoms, "atom"), child.path)
    pair = Facts("Child", (("child", words),), Chapter.ANSWER, 14)
    if not result.candidates:
        return [Headline("no parent", ""), pair]
    ranked = list(enumerate(result.candidates, 1))
    headings = (
        ">rank", "group", ">index", ">S", ">rms", "?>dmax", "??>strain", "???>hop", "*primary", "*what it is"
    )  # fmt: skip
    irreps = (">rank", "irrep", "k", "??kind", "role", "*direction", ">Ap", "?labels at other origins")
    listed = (_irrep(place, entry) for place, one in ranked[:2] for entry in one.irreps if _counts(entry))
    remarks = tuple(f"{place}: {note}" for place, one in ranked for note in _notes(place, one))
    return [
        Headline(result.candidates[0].name, _note(result)),
        pair,
        Facts("Parents", tuple(_headlines(result)), Chapter.ANSWER, 15),
        Table.of("Candidates", headings, (_row(place, one) for place, one in ranked), Chapter.ANSWER, 16),
        Table.of("Irreps of the first two", irreps, listed, Chapter.ANSWER, 18),
        Lines("What the numbers mean", _MEANING, Chapter.ANSWER, 17),
        Lines("Remarks", remarks, Chapter.ANSWER, 19),
    ]


def _note(result: ParentSearch) -> str:
    first = result.candidates[0]
    words = [f"index {first.index}, rms {fixed(first.rms)} Å"]
    if result.lead is not None:
        words.append(f"{result.lead:.2f} ahead of the next in S")
    if first.weak:
        words.append("weak")
    return ", ".join(words)


def _headlines(result: ParentSearch) -> list[tuple[str, str]]:
    rows = []
    for title, place in (("aristotype", result.aristotype), ("nearest", result.nearest)):
        if place is not None:
            one = result.candidates[place]
            rows.append((title, f"{one.name}, index {one.index}, rms {fixed(one.rms)} Å, {_set(one)}"))
    if result.between:
        rows.append(("between them", ", ".join(result.candidates[place].name for place in result.between)))
    return rows


def _set(one: ParentCandidate) -> str:
    return joined(one.primary) or MISSING


def headline_words(one: ParentCandidate) -> str | None:
    """Which of the headlines a candidate is."""
    return "aristotype, nearest" if one.headline == "both" else one.headline


def _row(place: int, one: ParentCandidate) -> tuple[str | int | None, ...]:
    index = f"{one.index} = {one.size} x {one.point_index}"
    numbers = (f"{one.score:.2f}", fixed(one.rms), fixed(one.dmax), fixed(one.strain_max), f"{one.hop:.2f}")
    remarks = {headline_words(one): True, "weak": one.weak, "not claimed": one.score <= 0}
    what = listed(", ", (word for word, holds in remarks.items() if word and holds))
    return (place, one.name, index, *numbers, _set(one), what)


def _counts(one: ParentIrrep) -> bool:
    return one.role != "noise"


def _notes(place: int, one: ParentCandidate) -> list[str]:
    small = [] if place > 2 else [e.irrep for e in one.irreps if not _counts(e)]
    words = f"{counted(len(small), 'irrep')} below what counts, not listed; --json has them"
    return [*([words] if small else []), *one.notes]


def _irrep(place: int, one: ParentIrrep) -> tuple[str | int | None, ...]:
    others = listed(", ", dict.fromkeys(other.irrep for other in one.other_origins if other.irrep != one.irrep))
    numbers = (one.direction, fixed(one.amplitude_parent), others)
    return (place, one.irrep, kpoint(one), one.kind, one.role, *numbers)


def compared_parents(result: Finding) -> Table:
    """Which of several parents needs the smaller order parameter."""
    headings = (
        ">rank", "parent", ">index", ">rms", "*primary", ">numbers", ">As", ">loss without", ">loss", ">floor", "agrees"
    )  # fmt: skip
    rows = (
        (
            one.rank, group_name(one) if one.number else group_symbol(one), one.index, fixed(one.rms),
            joined(one.primary) or None, one.numbers, fixed(one.order_parameter), fixed(one.loss_without_input),
            *(known("{:.1e}".format, value) for value in (one.loss, one.floor)), one.agrees,
        )
        for one in result.parents
    )  # fmt: skip
    return Table.of("Parents compared", headings, rows, Chapter.ANSWER, 7)
