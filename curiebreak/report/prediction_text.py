"""Sections of text of a prediction and of a training."""

from __future__ import annotations

from curiebreak.report.numbers import MISSING, fixed, percent
from curiebreak.report.sections import Facts, Headline, Lines, Section, Table, columns
from curiebreak.results.basic import group_name
from curiebreak.results.prediction import Interval, PredictedClass, Prediction, TrainedClass, Training

_LEAST = 0.005
"""Probability; classes below it that have no child are not shown."""


def _bar(value: Interval | None, digits: int, unit: str) -> str:
    if value is None:
        return MISSING
    return f"{value.mean:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f}) {unit}"


def class_name(one: PredictedClass | TrainedClass) -> str:
    """The primary set of a class."""
    return " ⊕ ".join(one.primary) or "nothing breaks"


def shown_classes(result: Prediction) -> list[PredictedClass]:
    """Classes that are probable enough to be shown, and those that have a child."""
    return [c for c in result.classes if c.probability >= _LEAST or c.child is not None]


def prediction_sections(result: Prediction) -> list[Section]:
    """Headline, classes, the most probable child, and which model said so."""
    best = next((c for c in result.classes if c.child is not None), None)
    note = "" if result.in_domain else "outside the training set"
    rows = tuple(
        (
            class_name(c),
            group_name(c.space_group),
            c.glazer or MISSING,
            percent(c.probability),
            ", ".join(f"{name} {value.mean:.3f}" for name, value in c.amplitudes.items()) or MISSING,
            MISSING if c.tilts is None else f"{c.tilts.total.mean:.1f}°",
        )
        for c in shown_classes(result)
    )
    return [
        Headline(MISSING if best is None else class_name(best), note),
        Facts(
            "Composition",
            (
                ("formula", result.formula),
                ("sites", ", ".join(f"{e} on {s}" for s, e in result.species.items())),
                ("parent", group_name(result.parent.space_group, MISSING)),
                ("tilt over all classes", MISSING if result.overall_tilt is None else f"{result.overall_tilt:.1f}°"),
            ),
        ),
        Table("Classes", columns("primary set", "group", "tilts", ">probability", "Ap (Å)", ">angle"), rows),
        *([] if best is None else _child_facts(best)),
        Facts("Model", (("name", result.model.name), ("trained on", result.model.training_set))),
    ]


def _child_facts(best: PredictedClass) -> list[Section]:
    """Numbers of the most probable child, with their intervals."""
    if best.child is None:
        return []
    facts = [(f"Ap {name}", _bar(value, 3, "Å")) for name, value in best.amplitudes.items()]
    if best.tilts is not None:
        facts.append(("tilt", _bar(best.tilts.total, 1, "degrees")))
        angles = ", ".join(f"{getattr(best.tilts, axis).mean:.1f}°" for axis in "xyz")
        facts.append(("about x, y, z", angles))
    facts.append(("volume", f"{best.volume_per_atom:.2f} Å³ an atom" if best.volume_per_atom else MISSING))
    facts.append(("group", group_name(best.child.space_group, MISSING)))
    facts.append(("by spglib", group_name(best.child.spglib, MISSING)))
    return [Facts("The most probable child (90 % intervals)", tuple(facts))]


def training_sections(result: Training) -> list[Section]:
    """What was learned from, and what folds over formulas say about it."""
    rows = tuple(
        (
            class_name(c),
            group_name(c.space_group, MISSING),
            str(c.pairs),
            str(c.formulas),
            MISSING if c.amplitude_error is None else fixed(c.amplitude_error),
        )
        for c in result.classes
    )
    left = ", ".join(f"{n} ({why})" for why, n in result.left_out.items()) or "none"
    return [
        Headline(f"{result.pairs} pairs of {result.formulas} formulas", f"{len(result.classes)} classes"),
        Facts(
            "Input",
            (("source", result.model.training_set), ("left out", left), ("trees", "yes" if result.trees else "no")),
        ),
        Table("Classes", columns("primary set", "group", ">pairs", ">formulas", ">error of Ap (Å)"), rows),
        Facts(
            "Formulas that were left out, asked in folds",
            tuple((name.replace("_", " "), fixed(value)) for name, value in result.scores.items()),
        ),
        Lines("Largest errors", result.worst),
    ]
