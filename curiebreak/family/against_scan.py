"""Predicted against found: what a model says of the compositions of a scan, and where it is far off.

A structure far from its prediction is wrong, interesting, or of a composition that the training set hardly knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.family.family_model import FamilyModel, Shape
from curiebreak.family.features import Described
from curiebreak.family.formula import of_formula
from curiebreak.family.learn import parts
from curiebreak.family.predicting import find_model
from curiebreak.scan.digest import Digest, DigestTable, Parity
from curiebreak.scan.table import records

IMPROBABLE = 0.05
"""Probability below which a class that was found is called surprising."""
MOST = 40
SITES = {"A": "a_site", "B": "b_site", "X": "x_site"}


Asked = tuple[Mapping[str, Any], tuple[str, ...]]
"""A row and the element of each orbit."""


class Given(NamedTuple):
    """Lengths of the order parameter, symbol, largest difference in bars, and all of it in words."""

    found: float
    predicted: float
    symbol: str
    far: float
    text: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Compared:
    """Structures of a scan beside what a model predicts for their compositions.

    Attributes
    ----------
    found, predicted : (n,)
        Length of the order parameter, parent-normalised, Å, given the class that was found.
    symbols : tuple of str, length n
        Glazer symbols.
    outliers : tuple of (structure, formula, found, predicted, how far)
        Most surprising first.
    asked : int
        Structures whose composition fits the model.
    inside : float
        Part of the n within their 90 % bars; nan where n is 0.
    """

    found: FloatArray
    predicted: FloatArray
    symbols: tuple[str, ...]
    outliers: tuple[tuple[str, ...], ...]
    asked: int
    inside: float


def compare(rows: Sequence[Mapping[str, Any]], model: FamilyModel) -> Compared:
    """Compare the analysed rows of a store with a model.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of `curiebreak.scan.table.records` that have an answer.
    model : FamilyModel
    """
    asked = [(row, species) for row in rows if (species := _species(row, model)) is not None]
    if not asked:
        return Compared(np.zeros(0), np.zeros(0), (), (), 0, float("nan"))
    described = [model.described(species) for _, species in asked]
    place = np.array([_class_of(row, model) for row, _ in asked])
    given = _all_given(asked, described, place, model)
    found, predicted, symbols, ratios, texts = zip(*given, strict=True) if given else ((),) * 5
    far = [(ratio, text) for ratio, text in zip(ratios, texts, strict=True) if ratio > 1]
    far += _surprises(asked, place, model.probabilities(described), model)
    far.sort(key=lambda pair: (-pair[0], pair[1]))
    return Compared(
        np.array(found),
        np.array(predicted),
        symbols,
        tuple((*text, f"{ratio:.1f}") for ratio, text in far[:MOST]),
        len(asked),
        float(np.mean(np.array(ratios) <= 1)) if ratios else float("nan"),
    )


def _all_given(
    asked: Sequence[Asked], described: Sequence[Described], place: IntArray, model: FamilyModel
) -> list[Given]:
    """Structures of classes that the model knows and that break something, asked with their class."""
    found = []
    for number, c in enumerate(model.classes):
        own = np.flatnonzero(place == number).tolist()
        if own and c.primary:
            shapes = model.shapes(number, [described[i] for i in own])
            found += [_given_class(asked[i][0], model, number, shape) for i, shape in zip(own, shapes, strict=True)]
    return found


def _surprises(
    asked: Sequence[Asked], place: IntArray, probability: FloatArray, model: FamilyModel
) -> list[tuple[float, tuple[str, ...]]]:
    """Structures of a class that the model calls improbable."""
    found = []
    for (row, _), number, p in zip(asked, place, probability, strict=True):
        chance = float(p[number])
        if chance < IMPROBABLE:
            found.append((IMPROBABLE / max(chance, 1e-4), _surprise(row, model, p, chance)))
    return found


def _given_class(row: Mapping[str, Any], model: FamilyModel, number: int, shape: Shape) -> Given:
    """One structure beside its prediction."""
    c = model.classes[number]
    here = np.array([float(row.get(f"amp_{name}") or 0.0) for name in c.primary])
    there = parts(c, shape.eta, model.cell.n_cells)
    bars = c.bars[:-1] * model.scale(shape) * shape.edge
    far = float(np.max(np.abs(here - there) / np.maximum(bars, 1e-9)))
    text = _amplitudes(row, c.primary, here, there, bars)
    return Given(float(np.linalg.norm(here)), float(np.linalg.norm(there)), str(row["glazer"] or ""), far, text)


def with_predictions(found: Digest, store: Path, model: str | Path | None = None) -> Digest:
    """The summary of a store with a comparison, where a model fits its compositions.

    Parameters
    ----------
    found : Digest
    store : Path
    model : path, optional
        By default the model that ships, for stores that hold simple perovskites.

    Raises
    ------
    InputError
        If a stated model cannot be read, or fits no structure of the store.
    """
    rows = records(store)
    if model is None:
        rows = [row for row in rows if row["prototype"] == "perovskite"]
        if not any(row["space_group_number"] for row in rows):
            return found
    chosen = find_model(model)
    compared = compare(rows, chosen)
    if not compared.asked:
        if model is None:
            return found
        raise InputError(
            f"No structure of {store} is of the family of the model {model}.", "Give a model of the same parent."
        )
    text = (
        f"Order parameters: predicted by the model {chosen.name} against found, {len(compared.found)} structures of "
        f"classes that it knows, {compared.inside:.0%} within their 90 % bars. Those it was trained on lie closer."
    )
    table = DigestTable(
        "Predicted and found: outliers", ("structure", "formula", "found", "predicted", "bars"), compared.outliers, (4,)
    )
    parity = Parity(compared.found, compared.predicted, compared.symbols, text)
    facts = (*found.facts, ("compared with", f"{chosen.name}, trained on {chosen.training_set}"))
    tables = (*found.tables, *((table,) if table.rows else ()))
    return replace(found, facts=facts, tables=tables, parity=parity)


def _species(row: Mapping[str, Any], model: FamilyModel) -> tuple[str, ...] | None:
    """Element of each orbit; None for a composition that the model does not take."""
    if row["space_group_number"] is None:
        return None
    names = model.cell.site_names
    sites = {name: row[SITES[name]] for name in names if row.get(SITES.get(name, "")) is not None}
    try:
        if set(sites) == set(names) and row["prototype"] == "perovskite":
            chosen = tuple(str(sites[name]) for name in names)
            model.described(chosen)
            return chosen
        return None if sites else of_formula(str(row["formula"]), model)
    except InputError:
        return None


def _class_of(row: Mapping[str, Any], model: FamilyModel) -> int:
    """Column of the probabilities in which the class of a row stands: the last one for those that are not learned."""
    key = (tuple(sorted(str(row["primary"] or "").split())), row["space_group_number"])
    return next((place for place, c in enumerate(model.classes) if (c.primary, c.group) == key), -1)


def _amplitudes(
    row: Mapping[str, Any], primary: Sequence[str], here: FloatArray, there: FloatArray, bars: FloatArray
) -> tuple[str, ...]:
    found = ", ".join(f"{name} {value:.3f}" for name, value in zip(primary, here, strict=True))
    predicted = ", ".join(f"{n} {v:.3f} ± {b:.3f}" for n, v, b in zip(primary, there, bars, strict=True))
    return str(row["id"]), str(row["formula"]), f"{found} Å", f"{predicted} Å"


def _surprise(row: Mapping[str, Any], model: FamilyModel, probability: FloatArray, chance: float) -> tuple[str, ...]:
    best = int(np.argmax(probability))
    found = f"{row['primary'] or 'nothing breaks'} ({row['space_group_number']}), probability {chance:.3f}"
    return str(row["id"]), str(row["formula"]), found, f"{model.class_names[best]}, probability {probability[best]:.2f}"
