"""Sections of text of a prediction and of a training."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, fixed, joined, known, listed, percent
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table, cell, sections_of
from curiebreak.results.basic import group_name
from curiebreak.results.prediction import Interval, PredictedClass, Prediction, TrainedClass, Training

_LEAST = 0.005
"""Probability; classes below it that have no child are not shown."""


def _bar(value: Interval | None, digits: int, unit: str) -> str:
    if value is None:
        return MISSING
    return f"{value.mean:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f}) {unit}"


_degrees = "{:.1f}°".format
_SENSES = {"+": " in phase", "-": " antiphase", "0": ""}


def class_name(one: PredictedClass | TrainedClass) -> str:
    """The primary set of a class."""
    return joined(one.primary) or "nothing breaks"


def shown_classes(result: Prediction) -> list[PredictedClass]:
    """Classes that are probable enough to be shown, and those that have a child."""
    return [c for c in result.classes if c.probability >= _LEAST or c.child is not None]


def prediction_sections(result: Prediction) -> list[Section]:
    """Headline, classes, the most probable child, and which model said so."""
    best = next((c for c in result.classes if c.child is not None), None)
    rows = (
        (
            class_name(c), group_name(c.space_group), c.glazer, percent(c.probability),
            listed(", ", (f"{name} {value.mean:.3f}" for name, value in c.amplitudes.items())),
            known(lambda tilts: _degrees(tilts.total.mean), c.tilts),
        )
        for c in shown_classes(result)
    )  # fmt: skip
    composition = (
        ("formula", result.formula),
        ("sites", ", ".join(f"{e} on {s}" for s, e in result.species.items())),
        ("parent", group_name(result.parent.space_group)),
        ("tilt over all classes", cell(known(_degrees, result.overall_tilt))),
    )
    return [
        Headline(cell(known(class_name, best)), "" if result.in_domain else "outside the training set"),
        Facts("Composition", composition),
        Table.of("Classes", ("primary set", "group", "tilts", ">probability", "Ap (Å)", ">angle"), rows),
        *sections_of(_child_facts, best),
        Facts("Model", (("name", result.model.name), ("trained on", result.model.training_set))),
    ]


def _child_facts(best: PredictedClass) -> list[Section]:
    """Numbers of the most probable child, with their intervals."""
    if best.child is None:
        return []
    facts = [(f"Ap {name}", _bar(value, 3, "Å")) for name, value in best.amplitudes.items()]
    if best.tilts is not None:
        senses = {axis: _SENSES[sense] for axis, sense in zip("xyz", best.tilts.senses, strict=False)}
        angles = ", ".join(_degrees(getattr(best.tilts, axis).mean) + senses.get(axis, "") for axis in "xyz")
        facts += [("tilt", _bar(best.tilts.total, 1, "degrees")), ("about x, y, z", angles)]
    facts += [
        ("volume", f"{best.volume_per_atom:.2f} Å³ an atom" if best.volume_per_atom else MISSING),
        ("group", group_name(best.child.space_group)),
        ("by spglib", group_name(best.child.spglib)),
    ]
    return [Facts("The most probable child (90 % intervals)", tuple(facts))]


def training_sections(result: Training) -> list[Section]:
    """What was learned from, and what folds over formulas say about it."""
    rows = (
        (class_name(c), group_name(c.space_group), c.pairs, c.formulas, known(fixed, c.amplitude_error))
        for c in result.classes
    )
    left = ", ".join(f"{n} ({why})" for why, n in result.left_out.items()) or "none"
    source = (("source", result.model.training_set), ("left out", left), ("trees", cell(result.trees)))
    scores = tuple((name.replace("_", " "), fixed(value)) for name, value in result.scores.items())
    return [
        Headline(f"{result.pairs} pairs of {result.formulas} formulas", f"{len(result.classes)} classes"),
        Facts("Input", source),
        Table.of("Classes", ("primary set", "group", ">pairs", ">formulas", ">error of Ap (Å)"), rows),
        Facts("Formulas that were left out, asked in folds", scores),
        Lines("Largest errors", result.worst),
    ]
