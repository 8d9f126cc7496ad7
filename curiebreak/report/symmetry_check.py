"""Sections of text of the results of ``check`` and ``hidden-field``."""

from __future__ import annotations

from curiebreak.report.numbers import (
    counted,
    direction,
    joined,
    known,
    kpoint,
    miller,
    named_parts,
    relative,
    structure_words,
)
from curiebreak.report.sections import Chapter, Facts, Headline, Section, Table
from curiebreak.results import CarrierResult, IrrepEntry, SymmetryGroup, Vector
from curiebreak.results.basic import group_name
from curiebreak.results.check import CheckedField, ForbiddingOperation, SymmetryCheck
from curiebreak.results.field_recovery import HiddenFieldResult


def check_sections(result: SymmetryCheck) -> list[Section]:
    """Whether the output is allowed, and why."""
    pair = (("input", structure_words(result.input)), ("output", structure_words(result.output)))
    return [_answer(result), Facts("Pair", pair, Chapter.ANSWER, 0), *_facts(result)]


def hidden_sections(result: HiddenFieldResult) -> list[Section]:
    """The field behind snapshots."""
    shown = result.snapshots
    system = named_parts(shown.formula, counted(shown.n_atoms, "atom"), shown.path)
    return [_hidden_answer(result), Facts("System", (("snapshots", system),)), *_hidden_facts(result)]


def _answer(result: SymmetryCheck) -> Headline:
    """Allowed or forbidden, and what would allow it."""
    if result.allowed:
        names = ", ".join(field.name for field in result.fields if field.role == "output")
        zero = " (zero)" if result.floor is None else ""
        return Headline("allowed", f"every operation of {_symmetry(result.input_symmetry)} keeps {names}{zero}")
    labels = joined(entry.name for entry in result.order_parameters)
    note = f"lowest order parameter that allows it: {labels}" if labels else ""
    return Headline(f"forbidden by {_symmetry(result.input_symmetry)}", note)


def _facts(result: SymmetryCheck) -> list[Section]:
    """Groups, fields, forbidding operations, order parameters."""
    groups = (
        ("atoms alone", _symmetry(result.structure_symmetry)),
        ("with given fields", _symmetry(result.input_symmetry)),
        ("kept by the output", _symmetry(result.output_symmetry)),
        ("floor", relative(result.floor)),
    )
    others = ((joined(labels),) for labels in result.minimal_sets[1:])
    fields = ("field", "kind", "per", "*parts", "role", "allowed", "floor")
    irreps = ("irrep", "k", "direction", "leaves", "global field")
    operations = ("kind", "axis", ">count")
    return [
        Facts("Symmetry", groups),
        Table.of("Fields", fields, map(_field, result.fields)),
        Table.of("Operations that forbid it", operations, map(_operation, result.forbidding_operations)),
        Table.of("Order parameter that would allow it", irreps, map(_entry, result.order_parameters)),
        Table.of("Other sets that would allow it", ("*irreps",), others),
    ]


def _symmetry(found: SymmetryGroup | None) -> str:
    return group_name(found, "-" if found is None else "the input's group")


def _field(field: CheckedField) -> tuple[str | bool | None, ...]:
    parts = ", ".join(field.o3_irreps)
    return field.name, field.kind, field.per, parts, field.role, field.allowed, relative(field.floor)


def _operation(one: ForbiddingOperation) -> tuple[str | int | None, ...]:
    across = known(lambda axis: f"across {miller(axis)}", one.perpendicular_to)
    return one.kind, across or known(miller, one.axis), "infinitely many" if one.count is None else one.count


def _entry(entry: IrrepEntry) -> tuple[str | None, ...]:
    carrier = known(carrier_text, entry.carrier)
    return entry.name, kpoint(entry), direction(entry), group_name(entry.isotropy_subgroup), carrier


def carrier_text(carrier: CarrierResult) -> str:
    """Such as ``2e(m=2)``; several components with their values."""
    name = _kind(carrier)
    if len(carrier.components) == 1:
        return name if carrier.l == 0 else f"{name}(m={next(iter(carrier.components))})"
    return f"{name}({_by_order(carrier)})"


def _kind(carrier: CarrierResult) -> str:
    """``2e``, ``1e-`` where time reversal turns it round."""
    return f"{carrier.l}{carrier.parity}{'-' if carrier.time_parity < 0 else ''}"


def _hidden_answer(result: HiddenFieldResult) -> Headline:
    """What was found."""
    if not result.fields:
        return Headline("no hidden field", "the accelerations follow from what was given")
    names = joined(_kind(field.carrier) for field in result.fields)
    return Headline(names, f"hidden in {result.n_snapshots} snapshots")


def _hidden_facts(result: HiddenFieldResult) -> list[Section]:
    """Losses, and each field with its direction."""
    rows = (
        (
            _kind(field.carrier), known(_numbers, field.direction) or _by_order(field.carrier),
            known("{:.4g}".format, field.amplitude), known("{:.4f}".format, field.confidence),
            relative(field.response), relative(field.loss_without),
        )
        for field in result.fields
    )  # fmt: skip
    losses = (
        ("loss without a hidden field", relative(result.loss_without_input)),
        ("loss", relative(result.loss)),
        ("not needed up to", relative(result.limit)),
        ("candidates", ", ".join(result.candidates)),
        ("snapshots", str(result.n_snapshots)),
    )
    headings = ("field", "*direction", ">amplitude", "??>confidence", "?>response", ">loss without it")
    return [Facts("Training", losses), Table.of("Hidden fields", headings, rows)]


def _by_order(carrier: CarrierResult) -> str:
    """Components by m, the largest 1."""
    return ", ".join(f"m={m}: {x:.3f}" for m, x in carrier.components.items())


def _numbers(values: Vector) -> str:
    return " ".join(f"{value:.4f}" for value in values)
