"""A result as sections of plain text: facts, tables and lines, ready to be printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from curiebreak.report import (
    certification_text,
    couplings_text,
    degenerate,
    given_fields_text,
    intermediates_text,
    training_text,
)
from curiebreak.report.directions_text import directions, full_name, in_one_domain, short_direction
from curiebreak.report.numbers import (
    MISSING,
    angles,
    carrier_text,
    counted,
    fixed,
    joined,
    known,
    kpoint,
    listed,
    losses,
    miller,
    percent,
    placed_words,
    relative,
    rows,
    structure_words,
    triple,
)
from curiebreak.report.parents_text import compared_parents
from curiebreak.report.polarisation_text import polarisation_sentence
from curiebreak.report.reflections_text import reflection_sections
from curiebreak.report.sections import (
    Cell,
    Chapter,
    Facts,
    Headline,
    Lines,
    OnPaper,
    Section,
    Table,
    columns,
    sections_of,
)
from curiebreak.report.totals import totals
from curiebreak.results import (
    Certificate,
    Certification,
    CouplingResult,
    Decomposition,
    Document,
    Domains,
    Finding,
    Glazer,
    Intermediates,
    IrrepEntry,
    MappingResult,
    MappingSummary,
    Matrix,
    PairDocument,
    Status,
)
from curiebreak.results.basic import STRAINS, group_name


def pair_sections(result: Document) -> list[Section]:
    """Sections of a result about a pair, in the order in which they are read.

    Parameters
    ----------
    result : Finding, Certification, Decomposition, CouplingResult, Intermediates or MappingResult
    """
    answer, found = _OWN[type(result)]
    return [answer(result), _pair(result), *sections_of(_mapping, result.mapping), *found(result)]


def _answer(result: PairDocument) -> Headline:
    if result.status is Status.NOTHING_TO_BREAK:
        enough = isinstance(result, Finding) and result.given
        return Headline("nothing to break", "The given fields say enough." if enough else result.advice)
    both = training_text.competing(result) if isinstance(result, Finding) else None
    return both or Headline(joined(result.primary) or "no primary set", result.advice)


def _pair(result: Document) -> Facts:
    pair = (("parent", structure_words(result.parent)), ("child", structure_words(result.child)))
    return Facts("Pair", pair, Chapter.ANSWER, 0)


def _mapping(mapping: MappingSummary) -> list[Section]:
    facts = (
        ("supercell basis", known(rows, mapping.supercell_basis)),
        ("origin shift", known(triple, mapping.origin_shift)),
        ("size", str(mapping.size)),
        ("displacements", f"rms {fixed(mapping.rms)} Å, largest {fixed(mapping.dmax)} Å"),
        ("strain", known(_strain, mapping.strain)),
        ("outside the child's group", known(lambda rms: f"rms {relative(rms)} Å", mapping.residual_rms)),
        ("runner-up", known(_runner_up, mapping.runner_up)),
    )
    return [Facts.of("Mapping", facts, Chapter.MODES, 7)]


def _strain(strain: Matrix) -> str:
    return ", ".join(f"{name} {fixed(strain[i][j])}" for name, (i, j) in STRAINS.items())


def _runner_up(values: dict[str, object]) -> str:
    words = [
        f"{key} {fixed(value) if isinstance(value, float) else value}"
        for key, value in values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    words += ["not as group and subgroup"] if values.get("group_subgroup") is False else []
    return ", ".join(words) or MISSING


def _finding(result: Finding) -> list[Section]:
    primary = [e for e in result.order_parameters if e.role == "primary"]
    others = [*(e for e in result.order_parameters if e.role != "primary"), *result.irreps]
    without = [("loss", relative(result.loss_without_input)), ("floor", relative(result.floor_without_input))]
    if result.loss_magnetic is not None:
        without.append(("loss of moments", "1, whatever the weights: without input nothing turns with time"))
    return [
        *given_fields_text.sections(result),
        Facts("Without symmetry breaking", tuple(without), Chapter.TRAINING, 0, OnPaper.DRAWN),
        _order_parameters(primary),
        _followers(others),
        directions((*primary, *others)),
        _origins((*primary, *others)),
        _couplings(others),
        _sets("Alternatives", result.alternatives),
        _lost(result),
        _symmetry(result),
        *sections_of(_glazer, result.glazer),
        _ladder(result),
        _certificates(result.certificates),
        *training_text.tables(result),
        _checks(result),
        *degenerate.tables(result),
        compared_parents(result),
    ]


def _order_parameters(entries: Sequence[IrrepEntry]) -> Table:
    headings = (
        "irrep", "???elsewhere", "k", "*direction", "?carrier", "??>As", ">Ap", "????>dmax", ">share", "needed"
    )  # fmt: skip
    return Table.of(_titled("Order parameters", entries), headings, map(_order_parameter, entries), Chapter.ANSWER, 4)


def _order_parameter(one: IrrepEntry) -> tuple[Cell, ...]:
    carrier = known(carrier_text, one.carrier)
    words = (one.name, _elsewhere(one), kpoint(one), short_direction(one), carrier)
    return *words, *_amplitudes(one), one.necessary


def _elsewhere(entry: IrrepEntry) -> str | None:
    """Labels at the other equivalent origins."""
    return listed("\n", dict.fromkeys(origin.irrep for origin in entry.other_origins))


def _origins(entries: Iterable[IrrepEntry]) -> Facts:
    """Which label belongs to which other origin, where there are several and the label changes."""
    shown = {}
    for entry in entries:
        labels = dict.fromkeys(origin.irrep for origin in entry.other_origins)
        if len(entry.other_origins) > 1 and set(labels) != {entry.irrep}:
            shifts = {one: [o.shift for o in entry.other_origins if o.irrep == one] for one in labels}
            shown[entry.name] = "\n".join(f"{one} at {rows(found)}" for one, found in shifts.items())
    return Facts("Labels at other origins", tuple(shown.items()), Chapter.MODES, 2)


def _titled(title: str, entries: Iterable[IrrepEntry]) -> str:
    """Title that states the other origin, when there is exactly one."""
    shifts = {tuple(origin.shift for origin in entry.other_origins) for entry in entries} - {()}
    if len(shifts) == 1 and len(only := shifts.pop()) == 1:
        return f"{title} (elsewhere: origin at {triple(only[0])})"
    return title


def _amplitudes(entry: IrrepEntry) -> tuple[str, ...]:
    return *map(fixed, (entry.amplitude_supercell, entry.amplitude_parent, entry.dmax)), percent(entry.share)


def _followers(entries: Iterable[IrrepEntry]) -> Table:
    headings = ("irrep", "role", "k", "*direction", "??>As", ">Ap", "????>dmax", ">share")
    lines = ((one.name, _role(one), kpoint(one), short_direction(one), *_amplitudes(one)) for one in entries)
    return Table.of("What follows", headings, lines, Chapter.MODES, 0)


def _role(entry: IrrepEntry) -> str:
    return entry.role if entry.kind == "displacement" else f"{entry.role}\n({entry.target or entry.kind})"


def _couplings(entries: Iterable[IrrepEntry]) -> Facts:
    """What drives each secondary: the right side of its coupling."""
    driven = ((full_name(one), known(lambda text: text.rpartition("~")[2].strip(), one.coupling)) for one in entries)
    return Facts.of("Driven by", driven, Chapter.MODES, 3)


_SETS = 8
"""Place of minimal sets in their chapter."""


def _sets(title: str, sets: Iterable[Iterable[str]]) -> Lines:
    return Lines(title, tuple(map(joined, sets)), Chapter.MODES, _SETS, joined=True)


def _symmetry(result: PairDocument) -> Facts:
    finding = result if isinstance(result, Finding) else None
    spglib = finding.crosscheck.spglib_child if finding and finding.crosscheck else None
    index = result.index
    parts = "" if index is None or result.parent.space_group is None else (
        f" = {index.point} (point) × {index.translation} (translation)"
    )  # fmt: skip
    facts = (
        ("index", known(lambda index: f"{index.total}{parts}", index)),
        ("symmetry of the learned input", known(lambda one: group_name(one.input_symmetry), finding)),
        ("isotropy subgroup", placed_words(result.isotropy_subgroup)),
        ("polarisation", known(lambda value: polarisation_sentence(value, result.primary), result.polarisation)),
        ("child by spglib", known(group_name, spglib)),
    )
    return Facts.of("Symmetry", facts, Chapter.MODES, 4)


_WITHOUT_AXIS = {"i": "inversion", "t": "translations of the parent's lattice", "1'": "time reversal alone"}


def _lost(result: PairDocument) -> Facts:
    """Lost operations by kind: how many, and about which axes."""
    counts: Counter[str] = Counter()
    axes: dict[str, list[str]] = {}
    for operation in result.lost_operations:
        counts[operation.kind] += operation.count
        if operation.axis is not None:
            axes.setdefault(operation.kind, []).append(miller(operation.axis))
    facts = [(f"{n} {kind}", " ".join(axes.get(kind, ())) or _WITHOUT_AXIS.get(kind, "")) for kind, n in counts.items()]
    if axes:
        molecule = result.parent.space_group is None
        facts.append(("axes", "x, y, z of the molecule's file" if molecule else "along a, b, c of the parent's cell"))
    return Facts("Lost operations", tuple(facts), Chapter.MODES, 5)


def _glazer(glazer: Glazer) -> list[Section]:
    facts = (
        ("Glazer symbol", glazer.symbol),
        ("along the child's axes", glazer.symbol_child_axes or MISSING),
        ("angles", angles(glazer)),
        ("Howard and Stokes", glazer.howard_stokes or MISSING),
    )
    return [Facts("Octahedral tilts", facts, Chapter.MODES, 6)]


def _ladder(result: PairDocument) -> Table:
    steps = ((f"{rung.tolerance:.4g}", group_name(rung)) for rung in result.tolerance_ladder)
    place = (Chapter.MODES, 12, OnPaper.DRAWN)
    return Table.of("The child's group against tolerance", (">tolerance (Å)", "group"), steps, *place)


def _certificates(certificates: Iterable[Certificate]) -> Table:
    headings = (
        "statement", "given", ">learned", ">floor", "?>moments learned", "?>moments floor", "?>strain learned",
        "?>strain floor", "verdict",
    )  # fmt: skip
    lines = (
        (
            _statement(one), joined(one.members) or "nothing", relative(one.learned), relative(one.floor),
            relative(one.learned_magnetic), relative(one.floor_magnetic), relative(one.learned_strain),
            relative(one.floor_strain), one.verdict.replace("_", " "),
        )
        for one in certificates
    )  # fmt: skip
    return Table.of("Certificates", headings, lines, Chapter.ANSWER, 6)


def _statement(one: Certificate) -> str:
    named = {"curie": "Curie", "necessary": f"needs {one.without}" if one.without else "necessary"}
    return named.get(one.kind, one.kind)


def _checks(result: Finding) -> Facts:
    facts: list[tuple[str, str | None]] = [*losses(result, always=True)]
    check = result.crosscheck
    if check is not None:
        overlaps = listed(", ", (f"{label} {fixed(value, 6)}" for label, value in check.overlaps.items()))
        reason = f": {check.reason}" if check.reason else ""
        facts += [
            ("exact primary set", joined(check.exact_primary) or "none"),
            ("overlap with the exact directions", overlaps),
            ("learned and exact agree", ("yes" if check.agrees else "NO") + reason),
        ]
    facts.append(("outside the child's symmetry", known(relative, result.compression_check)))
    return Facts.of("Learned against exact", facts, Chapter.TRAINING, 5)


def _decomposition(result: Decomposition) -> list[Section]:
    entries = result.irreps
    modes = tuple((mode.label, fixed(mode.amplitude_supercell, 5)) for entry in entries for mode in entry.modes)
    return [
        _irreps(entries),
        directions(entries),
        _origins(entries),
        _couplings(entries),
        Table("Modes", columns("mode", ">As"), modes, Chapter.MODES, 13, weighed_by=1),
        in_one_domain(entries),
        _total(result),
        _sets("Minimal sets", result.minimal_sets),
        _lost(result),
        _symmetry(result),
        *sections_of(_glazer, result.glazer),
        _ladder(result),
        *reflection_sections(result.reflections),
        *sections_of(_domains, result.domains),
    ]


def _total(result: Decomposition) -> Facts:
    """Both totals of each kind: per primitive cell of the child, and of the parent."""
    rows = []
    for one in totals(result):
        parts = (("As", one.supercell), ("Ap", one.parent))
        words = ", ".join(f"{name} {fixed(value)} {one.unit}" for name, value in parts if value is not None)
        rows.append((f"all {one.name}", words))
    return Facts("Total", tuple(rows), Chapter.ANSWER, 8)


def _domains(found: Domains) -> list[Section]:
    count = f"{found.total} = {counted(found.rotation, 'orientation')} × {counted(found.translation, 'translation')}"
    return [Facts("Domains", (("equivalent children", count),), Chapter.MODES, 10), _equivalents(found)]


def _equivalents(domains: Domains) -> Table:
    labels = list(domains.equivalents[0].components) if domains.equivalents else []
    headings = ("operation", ">orientation", ">translation", *(f"*{label}" for label in labels))
    lines = (
        (
            one.operation, str(one.rotation_domain), str(one.translation_domain),
            *(", ".join(fixed(x, 3) for x in one.components[label]) for label in labels),
        )
        for one in domains.equivalents
    )  # fmt: skip
    return Table.of("Equivalent children", headings, lines, Chapter.MODES, 11)


def _irreps(entries: Sequence[IrrepEntry]) -> Table:
    headings = (
        "irrep", "???elsewhere", "k", "*direction", "?*group", "????>modes", "??>As", ">Ap", "?????>dmax", ">share",
        "role",
    )  # fmt: skip
    return Table.of(_titled("Irreps", entries), headings, map(_irrep, entries), Chapter.ANSWER, 5)


def _irrep(one: IrrepEntry) -> tuple[Cell, ...]:
    words = (one.name, _elsewhere(one), kpoint(one), short_direction(one), group_name(one.isotropy_subgroup))
    return *words, len(one.modes) or None, *_amplitudes(one), _role(one)


def _pairing(result: MappingResult) -> list[Section]:
    headings = (">atom", "species", "site", ">x", ">y", ">z", ">dx", ">dy", ">dz")
    lines = (
        (str(atom.child_atom + 1), atom.species, atom.site, *map(fixed, (*atom.undistorted, *atom.displacement)))
        for atom in result.pairing
    )
    return [Table.of("Atoms: undistorted (fractions of the child's cell), displacement (Å)", headings, lines)]


def _certification(result: Certification) -> list[Section]:
    return [*certification_text.facts(result), _certificates(result.certificates)]


_OWN: dict[type[Document], tuple[Callable[[Any], Headline], Callable[[Any], list[Section]]]] = {
    Finding: (_answer, _finding),
    Decomposition: (_answer, _decomposition),
    Certification: (certification_text.answer, _certification),
    CouplingResult: (couplings_text.answer, couplings_text.tables),
    Intermediates: (intermediates_text.answer, intermediates_text.facts),
    MappingResult: (lambda result: Headline(""), _pairing),
}
"""The answer of each kind of result in one line, and what else it says."""
