"""Predictions of many compositions as a table, one line a formula: those that are none of the family stay in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from curiebreak.errors import InputError
from curiebreak.family.family_model import FamilyModel
from curiebreak.family.formula import sites_of
from curiebreak.report.numbers import known
from curiebreak.results.prediction import Prediction


def refusals(formulas: Sequence[str], model: FamilyModel, sites: Mapping[str, str], table: str) -> dict[str, str]:
    """Why formulas of a table have no answer: formula to reason.

    Raises
    ------
    InputError
        If none has one.
    """
    found: dict[str, str] = {}
    for formula in formulas:
        try:
            sites_of(formula, model, sites)
        except InputError as error:
            found[formula] = error.message
    if all(formula in found for formula in formulas):
        why = next(iter(found.values()))
        raise InputError(f"No row of the table {table} can be predicted: {why}", "Give formulas of the model's family.")
    return found


def written_table(formulas: Sequence[str], found: Sequence[Prediction], refused: Mapping[str, str]) -> str:
    """Comma-separated, one line a formula; `found` are the answers to those that are not `refused`, in their order."""
    names = sorted({name for one in found for name in one.amplitudes})
    answers = iter(found)
    rows = [
        {"formula": f, "status": "not_of_the_family", "reason": refused[f]} if f in refused else _row(next(answers))
        for f in formulas
    ]
    columns = ["formula", "primary", "space_group", "probability", "second", "second_probability", "p_other", "glazer"]
    columns += ["tilt", "tilt_low", "tilt_high", "tilt_x", "tilt_y", "tilt_z", "senses", *(f"amp_{n}" for n in names)]
    columns += ["volume_per_atom", "in_domain", "outside", "status", "reason"]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _row(one: Prediction) -> dict[str, str | None]:
    """Cells of one formula, by column, without those that have no number."""
    # a model has two classes or more, and answers with a child of the first that it has learned
    first = next(c for c in one.classes if c.child is not None)
    second = next(c for c in one.classes if c is not first)
    rare = sum(c.probability for c in one.classes if c.primary == ("other",))
    row: dict[str, str | None] = {
        "formula": one.formula,
        "primary": " ".join(first.primary),
        "space_group": known(lambda group: str(group.number), first.space_group),
        "probability": f"{first.probability:.4f}",
        "second": " ".join(second.primary),
        "second_probability": f"{second.probability:.4f}",
        "p_other": f"{rare:.4f}",
        "glazer": first.glazer,
        "volume_per_atom": known("{:.4f}".format, one.volume_per_atom),
        "in_domain": str(int(one.in_domain)),
        "outside": " ".join(one.outside),
        "status": one.status,
        "reason": one.told,
        **{f"amp_{name}": f"{value.mean:.4f}" for name, value in one.amplitudes.items()},
    }
    if one.tilts is not None:
        total, axes = one.tilts.total, {f"tilt_{axis}": getattr(one.tilts, axis).mean for axis in "xyz"}
        angles = {"tilt": total.mean, "tilt_low": total.low, "tilt_high": total.high} | axes
        row |= {name: f"{value:.3f}" for name, value in angles.items()} | {"senses": one.tilts.senses}
    return row
