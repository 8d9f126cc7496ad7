"""A result as sections of plain text: facts, tables and lines, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable

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
    carrier_text,
    counted,
    fixed,
    kpoint,
    losses,
    miller,
    percent,
    relative,
    rows,
    structure_words,
    triple,
)
from curiebreak.report.parents_text import compared_parents
from curiebreak.report.polarisation_text import polarisation_sentence
from curiebreak.report.reflections_text import reflection_sections
from curiebreak.report.sections import (
    Chapter,
    Facts,
    Headline,
    Lines,
    OnPaper,
    Section,
    Table,
    columns,
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
    IsotropySubgroup,
    MappingResult,
    MappingSummary,
    Matrix,
    PairDocument,
    Status,
)
from curiebreak.results.basic import group_name


def pair_sections(result: Document) -> list[Section]:
    """Sections of a result about a pair, in the order in which they are read.

    Parameters
    ----------
    result : Finding, Certification, Decomposition, CouplingResult, Intermediates or MappingResult
    """
    parts: list[Section] = [_pair(result), *_mapping(result.mapping)]
    if isinstance(result, Finding):
        parts = [_answer(result), *parts, *_finding(result), compared_parents(result)]
    elif isinstance(result, Decomposition):
        parts = [_answer(result), *parts, *_decomposition(result)]
    elif isinstance(result, Certification):
        parts = [certification_text.answer(result), *parts, *certification_text.facts(result)]
        parts.append(_certificates(result.certificates))
    elif isinstance(result, CouplingResult):
        parts = [couplings_text.answer(result), *parts, *couplings_text.tables(result)]
    elif isinstance(result, Intermediates):
        parts = [intermediates_text.answer(result), *parts, *intermediates_text.facts(result)]
    elif isinstance(result, MappingResult):
        parts.append(_pairing(result))
    return parts


def joined(labels: Iterable[str]) -> str:
    """Irreps of one set joined by a circled plus."""
    return " ⊕ ".join(labels)


def _answer(result: PairDocument) -> Headline:
    if result.status is Status.NOTHING_TO_BREAK:
        enough = isinstance(result, Finding) and result.given
        return Headline("nothing to break", "The given fields say enough." if enough else result.status.advice)
    both = training_text.competing(result) if isinstance(result, Finding) else None
    return both or Headline(joined(result.primary) or "no primary set", result.status.advice)


def _pair(result: Document) -> Facts:
    pair = (("parent", structure_words(result.parent)), ("child", structure_words(result.child)))
    return Facts("Pair", pair, Chapter.ANSWER, 0)


def _mapping(mapping: MappingSummary | None) -> list[Section]:
    if mapping is None:
        return []
    facts = [("size", str(mapping.size))]
    if mapping.supercell_basis is not None:
        facts.insert(0, ("supercell basis", rows(mapping.supercell_basis)))
    if mapping.origin_shift is not None:
        facts.insert(1, ("origin shift", triple(mapping.origin_shift)))
    facts.append(("displacements", f"rms {fixed(mapping.rms)} Å, largest {fixed(mapping.dmax)} Å"))
    if mapping.strain is not None:
        facts.append(("strain", _strain(mapping.strain)))
    if mapping.residual_rms is not None:
        facts.append(("outside the child's group", f"rms {relative(mapping.residual_rms)} Å"))
    if mapping.runner_up is not None:
        facts.append(("runner-up", _runner_up(mapping.runner_up)))
    return [Facts("Mapping", tuple(facts), Chapter.MODES, 7)]


def _strain(strain: Matrix) -> str:
    places = {"xx": (0, 0), "yy": (1, 1), "zz": (2, 2), "yz": (1, 2), "xz": (0, 2), "xy": (0, 1)}
    return ", ".join(f"{name} {fixed(strain[i][j])}" for name, (i, j) in places.items())


def _runner_up(values: dict[str, object]) -> str:
    words = [f"{key} {fixed(v) if isinstance(v, float) else v}" for key, v in values.items() if _is_number(v)]
    words += ["not as group and subgroup"] if values.get("group_subgroup") is False else []
    return ", ".join(words) or MISSING


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
        *_glazer(result.glazer),
        _ladder(result),
        _certificates(result.certificates),
        *training_text.tables(result),
        _checks(result),
        *degenerate.tables(result),
    ]


def _order_parameters(entries: Iterable[IrrepEntry]) -> Table:
    headings = columns(
        "irrep", "???elsewhere", "k", "*direction", "?carrier", "??>As", ">Ap", "????>dmax", ">share", "needed"
    )
    chosen = list(entries)
    return Table(
        _titled("Order parameters", chosen), headings, tuple(map(_order_parameter, chosen)), Chapter.ANSWER, 4
    )


def _order_parameter(entry: IrrepEntry) -> tuple[str, ...]:
    carrier = MISSING
    if entry.carrier is not None:
        carrier = carrier_text(entry.carrier)
    needed = MISSING if entry.necessary is None else ("yes" if entry.necessary else "no")
    return (
        entry.name,
        _elsewhere(entry),
        kpoint(entry),
        short_direction(entry),
        carrier,
        *_amplitudes(entry),
        needed,
    )


def _elsewhere(entry: IrrepEntry) -> str:
    """Labels at the other equivalent origins."""
    return "\n".join(dict.fromkeys(origin.irrep for origin in entry.other_origins)) or MISSING


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
    return (
        fixed(entry.amplitude_supercell),
        fixed(entry.amplitude_parent),
        fixed(entry.dmax),
        percent(entry.share),
    )


def _followers(entries: Iterable[IrrepEntry]) -> Table:
    headings = columns("irrep", "role", "k", "*direction", "??>As", ">Ap", "????>dmax", ">share")
    return Table("What follows", headings, tuple(map(_follower, entries)), Chapter.MODES, 0)


def _follower(entry: IrrepEntry) -> tuple[str, ...]:
    words = (entry.name, _role(entry), kpoint(entry), short_direction(entry))
    return (*words, *_amplitudes(entry))


def _role(entry: IrrepEntry) -> str:
    return entry.role if entry.kind == "displacement" else f"{entry.role}\n({entry.target or entry.kind})"


def _couplings(entries: Iterable[IrrepEntry]) -> Facts:
    """What drives each secondary: the right side of its coupling."""
    driven = []
    for entry in entries:
        driven += [(full_name(entry), entry.coupling.rpartition("~")[2].strip())] if entry.coupling else []
    return Facts("Driven by", tuple(driven), Chapter.MODES, 3)


_SETS = 8
"""Place of minimal sets in their chapter."""


def _sets(title: str, sets: Iterable[Iterable[str]]) -> Lines:
    return Lines(title, tuple(map(joined, sets)), Chapter.MODES, _SETS, joined=True)


def _symmetry(result: PairDocument) -> Facts:
    facts = []
    if result.index is not None:
        index = result.index
        parts = f" = {index.point} (point) × {index.translation} (translation)"
        facts.append(("index", f"{index.total}{'' if result.parent.space_group is None else parts}"))
    if isinstance(result, Finding):
        facts.append(("symmetry of the learned input", group_name(result.input_symmetry)))
    facts.append(("isotropy subgroup", _isotropy(result.isotropy_subgroup)))
    if result.polarisation is not None:
        facts.append(("polarisation", polarisation_sentence(result.polarisation, result.primary)))
    if isinstance(result, Finding) and result.crosscheck is not None and result.crosscheck.spglib_child:
        facts.append(("child by spglib", group_name(result.crosscheck.spglib_child)))
    return Facts("Symmetry", tuple(facts), Chapter.MODES, 4)


_WITHOUT_AXIS = {"i": "inversion", "t": "translations of the parent's lattice", "1'": "time reversal alone"}


def _lost(result: PairDocument) -> Facts:
    """Lost operations by kind: how many, and about which axes."""
    counts: dict[str, int] = {}
    axes: dict[str, list[str]] = {}
    for operation in result.lost_operations:
        counts[operation.kind] = counts.get(operation.kind, 0) + operation.count
        if operation.axis is not None:
            axes.setdefault(operation.kind, []).append(miller(operation.axis))
    facts = [(f"{n} {kind}", " ".join(axes.get(kind, ())) or _WITHOUT_AXIS.get(kind, "")) for kind, n in counts.items()]
    if axes:
        molecule = result.parent.space_group is None
        facts.append(("axes", "x, y, z of the molecule's file" if molecule else "along a, b, c of the parent's cell"))
    return Facts("Lost operations", tuple(facts), Chapter.MODES, 5)


def _isotropy(value: IsotropySubgroup | None) -> str:
    words = [group_name(value)]
    if value is not None and value.basis is not None:
        words.append(f"basis {rows(value.basis)}")
    if value is not None and value.origin is not None:
        words.append(f"origin {triple(value.origin)}")
    if value is not None and value.size is not None:
        words.append(f"s={value.size}")
    if value is not None and value.index is not None:
        words.append(f"i={value.index}")
    return ", ".join(words)


def _glazer(glazer: Glazer | None) -> list[Section]:
    if glazer is None:
        return []
    angles = ", ".join(f"{fixed(angle, 2)}°" for angle in glazer.angles)
    facts = [
        ("Glazer symbol", glazer.symbol),
        ("along the child's axes", glazer.symbol_child_axes or MISSING),
    ]
    facts += [("angles", angles), ("Howard and Stokes", glazer.howard_stokes or MISSING)]
    return [Facts("Octahedral tilts", tuple(facts), Chapter.MODES, 6)]


def _ladder(result: PairDocument) -> Table:
    steps = tuple((f"{rung.tolerance:.4g}", group_name(rung)) for rung in result.tolerance_ladder)
    headings = columns(">tolerance (Å)", "group")
    return Table("The child's group against tolerance", headings, steps, Chapter.MODES, 12, OnPaper.DRAWN)


def _certificates(certificates: Iterable[Certificate]) -> Table:
    lines = []
    for one in certificates:
        given = joined(one.members) or "nothing"
        statement = {"curie": "Curie", "necessary": f"needs {one.without}" if one.without else "necessary"}
        numbers = (relative(one.learned), relative(one.floor))
        strain = (relative(one.learned_strain), relative(one.floor_strain))
        moments = (relative(one.learned_magnetic), relative(one.floor_magnetic))
        lines.append(
            (statement.get(one.kind, one.kind), given, *numbers, *moments, *strain, one.verdict.replace("_", " "))
        )
    headings = columns(
        "statement", "given", ">learned", ">floor", "?>moments learned", "?>moments floor", "?>strain learned",
        "?>strain floor", "verdict",
    )  # fmt: skip
    return Table("Certificates", headings, tuple(lines), Chapter.ANSWER, 6)


def _checks(result: Finding) -> Facts:
    facts = losses(result, always=True)
    check = result.crosscheck
    if check is not None:
        facts.append(("exact primary set", joined(check.exact_primary) or "none"))
        overlaps = ", ".join(f"{label} {fixed(value, 6)}" for label, value in check.overlaps.items())
        facts += [("overlap with the exact directions", overlaps)] if overlaps else []
        reason = f": {check.reason}" if check.reason else ""
        facts.append(("learned and exact agree", ("yes" if check.agrees else "NO") + reason))
    if result.compression_check is not None:
        facts.append(("outside the child's symmetry", relative(result.compression_check)))
    return Facts("Learned against exact", tuple(facts), Chapter.TRAINING, 5)


def _decomposition(result: Decomposition) -> list[Section]:
    entries = result.irreps
    modes = tuple(
        (mode.label, fixed(mode.amplitude_supercell, 5)) for entry in entries for mode in entry.modes
    )
    parts: list[Section] = [
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
        *_glazer(result.glazer),
        _ladder(result),
    ]
    parts += reflection_sections(result.reflections)
    if result.domains is not None:
        d = result.domains
        count = f"{d.total} = {counted(d.rotation, 'orientation')} × {counted(d.translation, 'translation')}"
        parts.append(Facts("Domains", (("equivalent children", count),), Chapter.MODES, 10))
        parts.append(_equivalents(result.domains))
    return parts


def _total(result: Decomposition) -> Facts:
    """Both totals of each kind: per primitive cell of the child, and of the parent."""
    rows = []
    for one in totals(result):
        parts = (("As", one.supercell), ("Ap", one.parent))
        words = ", ".join(f"{name} {fixed(value)} {one.unit}" for name, value in parts if value is not None)
        rows.append((f"all {one.name}", words))
    return Facts("Total", tuple(rows), Chapter.ANSWER, 8)


def _equivalents(domains: Domains) -> Table:
    labels = list(domains.equivalents[0].components) if domains.equivalents else []
    headings = columns("operation", ">orientation", ">translation", *(f"*{label}" for label in labels))
    lines = []
    for domain in domains.equivalents:
        numbers = [", ".join(fixed(x, 3) for x in domain.components[label]) for label in labels]
        place = (str(domain.rotation_domain), str(domain.translation_domain))
        lines.append((domain.operation, *place, *numbers))
    return Table("Equivalent children", headings, tuple(lines), Chapter.MODES, 11)


def _irreps(entries: tuple[IrrepEntry, ...]) -> Table:
    headings = columns(
        "irrep", "???elsewhere", "k", "*direction", "?*group", "????>modes", "??>As", ">Ap", "?????>dmax", ">share",
        "role",
    )  # fmt: skip
    lines = []
    for entry in entries:
        own = group_name(entry.isotropy_subgroup)
        words = (entry.name, _elsewhere(entry), kpoint(entry), short_direction(entry), own)
        modes = str(len(entry.modes)) if entry.modes else MISSING
        lines.append((*words, modes, *_amplitudes(entry), _role(entry)))
    return Table(_titled("Irreps", entries), headings, tuple(lines), Chapter.ANSWER, 5)


def _pairing(result: MappingResult) -> Table:
    headings = columns(">atom", "species", "site", ">x", ">y", ">z", ">dx", ">dy", ">dz")
    lines = []
    for atom in result.pairing:
        numbers = map(fixed, (*atom.undistorted, *atom.displacement))
        lines.append((str(atom.child_atom + 1), atom.species, atom.site, *numbers))
    return Table(
        "Atoms: undistorted (fractions of the child's cell), displacement (Å)", headings, tuple(lines)
    )
