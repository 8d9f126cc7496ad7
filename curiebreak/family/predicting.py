"""``curiebreak.train`` and ``curiebreak.predict``."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, distinct
from curiebreak.clock import silent
from curiebreak.errors import InputError, refuse
from curiebreak.family.container import write
from curiebreak.family.evaluate import strain_of
from curiebreak.family.family_model import FamilyModel, ModelClass, Shape, load_model
from curiebreak.family.features import Described
from curiebreak.family.finished import FinishedNetworks
from curiebreak.family.formula import formula_of, given_formula, sites_of
from curiebreak.family.learn import Judged, Prepared, parts, prepare, train_family
from curiebreak.family.members import packed_members, read_pairs
from curiebreak.family.predicted_child import built_child
from curiebreak.family.tilt_angles import axis_tilts, tilts, total_tilt
from curiebreak.options import taking
from curiebreak.options.family_options import FamilyOptions, PredictionOptions
from curiebreak.results import SpaceGroup, StructureSummary
from curiebreak.results.basic import matrix
from curiebreak.results.prediction import (
    Interval,
    ModelSummary,
    PredictedClass,
    PredictedTilts,
    Prediction,
    TrainedClass,
    Training,
)
from curiebreak.structures.spacegroup import standard_symbol
from curiebreak.versions import library_versions

SHIPPED = "perovskite.cbm"
"""File of the model that ships, in ``curiebreak/family/data``."""


@taking(FamilyOptions)
def train(asked: FamilyOptions) -> Training:
    """Train one network on all pairs of a family.

    What an interrupted training of the same `output` has finished is kept, network by network, in ``OUTPUT.part`` until
    the model is whole; `resume` goes on with it.

    Returns
    -------
    Training

    Raises
    ------
    InputError
        If the input cannot be read, or holds too few classes or pairs; for numbers out of range.
    UsageError
        For trees without scikit-learn.

    Examples
    --------
    A family of two tilt systems, built for three cations; real ones need eight formulas a class.

    >>> from pathlib import Path
    >>> import curiebreak
    >>> from curiebreak.structures import write_structure
    >>> strontium = Path("structures/srtio3_cubic.cif").read_text()
    >>> with open("pairs.csv", "w") as table:
    ...     print("parent,child", file=table)
    ...     for cation in ("Ca", "Sr", "Ba"):
    ...         _ = Path(f"{cation}.cif").write_text(strontium.replace("Sr", cation))
    ...         for name, angles in (("a0a0c-", (0, 0, 5)), ("a-a-a-", (5, 5, 5))):
    ...             child = curiebreak.distort(f"{cation}.cif", glazer=name, angles=angles).structure
    ...             write_structure(child, f"{cation}_{name}.cif")
    ...             print(f"{cation}.cif,{cation}_{name}.cif", file=table)
    >>> found = curiebreak.train("pairs.csv", "tilts.cbm", fewest=3, seeds=1, epochs=2, trees=False)
    >>> [(one.primary, one.space_group.symbol, one.formulas) for one in found.classes]
    [(('R5-',), 'I4/mcm', 3), (('R5-',), 'R-3c', 3)]
    >>> curiebreak.predict("PbTiO3", model="tilts.cbm").classes[0].primary
    ('R5-',)
    """
    from curiebreak.family.forest import NO_TREES, available
    from curiebreak.family.learn import EPOCHS

    start = time.perf_counter()
    source, output = Path(asked.source), None if asked.output is None else Path(asked.output)
    refuse(
        (asked.trees and not available(), *NO_TREES),
        (asked.resume and output is None, "To resume needs the name of the model.", "Name it with -o MODEL.cbm."),
    )
    finished = FinishedNetworks(None if output is None else Path(f"{output}.part"), asked.resume)
    say = asked.progress or silent
    family = read_pairs(source, lambda count, total: say("pairs", count / max(total, 1), ""), str(asked.parent))
    if asked.save_pairs is not None:
        write(Path(asked.save_pairs), packed_members(family))
    prepared = prepare(family, asked.fewest)
    read = time.perf_counter()
    model, judged, losses = train_family(
        prepared,
        seeds=range(asked.seed, asked.seed + asked.seeds),
        trees=asked.trees,
        name=asked.name or (output or source).stem,
        epochs=asked.epochs or EPOCHS,
        progress=lambda what, part: say(what, part, ""),
        finished=finished,
    )
    content = model.packed()
    sha256 = write(output, content) if output is not None else ""
    finished.remove()
    seconds = {"pairs": read - start, "training": time.perf_counter() - read, "total": time.perf_counter() - start}
    return _report(prepared, model, judged, losses, sha256, seconds)


def _report(
    prepared: Prepared,
    model: FamilyModel,
    judged: Judged,
    losses: Sequence[Sequence[float]],
    sha256: str,
    seconds: Mapping[str, float],
) -> Training:
    members = prepared.family.members
    length = [float(np.linalg.norm(v)) for v in judged.rows["eta"]]
    true = [float(np.linalg.norm(v)) for v in judged.rows["eta_true"]]
    error = np.abs(np.array(length) - np.array(true))
    place = judged["place"]
    rows = [
        TrainedClass(
            primary=c.primary,
            space_group=SpaceGroup(number=c.group, symbol=standard_symbol(c.group)),
            pairs=len(c.members),
            formulas=len(np.unique(prepared.formula[c.members])),
            amplitude_error=float(error[place == i].mean()) if (place == i).any() else None,
        )
        for i, c in enumerate(prepared.classes)
    ]
    worst = list(dict.fromkeys(members[int(judged["asked"][i])].formula for i in np.argsort(-error)))[:10]
    return Training(
        versions=library_versions(),
        seconds=dict(seconds),
        parent=_parent_summary(model),
        model=ModelSummary(name=model.name, sha256=sha256, training_set=model.training_set),
        classes=tuple(rows),
        pairs=len(members),
        formulas=int(prepared.formula.max()) + 1,
        left_out=prepared.family.left_out,
        losses=tuple(tuple(course[::10]) for course in losses),
        scores=model.scores,
        parity={"true": tuple(true), "predicted": tuple(length)},
        worst=tuple(worst),
        trees=model.has_trees,
    )


def _parent_summary(model: FamilyModel) -> StructureSummary:
    group = SpaceGroup(number=model.cell.number, symbol=standard_symbol(model.cell.number))
    return StructureSummary(path=None, formula=model.cell.formula, n_atoms=model.cell.n_sites, space_group=group)


@cache
def _loaded(path: str, stamp: int) -> FamilyModel:
    del stamp  # a file that was written anew is read anew
    return load_model(Path(path))


def find_model(path: str | Path | None) -> FamilyModel:
    """The model in a file, or the one that ships.

    Raises
    ------
    InputError
    """
    if path is None:
        path = Path(str(files("curiebreak.family").joinpath("data", SHIPPED)))
    chosen = Path(path)
    if not chosen.is_file():
        raise InputError(f"The model {chosen} does not exist.", "Train one with `curiebreak train`.")
    return _loaded(str(chosen), chosen.stat().st_mtime_ns)


@taking(PredictionOptions)
def predict(asked: PredictionOptions) -> Prediction:
    """Which way a composition breaks the symmetry of its parent, and how far.

    Returns
    -------
    Prediction

    Raises
    ------
    InputError
        For a composition that is none of the family, unknown elements, or a model that cannot be read.

    Examples
    --------
    >>> import curiebreak
    >>> found = curiebreak.predict("LaFeO3")
    >>> found.classes[0].primary, found.classes[0].space_group.symbol
    (('M3+', 'R4+'), 'Pnma')
    """
    return predict_many([asked.composition], model=asked.model, sites=dict(asked.sites or ()), top=asked.top)[0]


def predict_many(
    compositions: Sequence[Any],
    *,
    model: str | Path | FamilyModel | None = None,
    sites: Mapping[str, str] | None = None,
    top: int = 3,
    told: Callable[[float], None] = lambda share: None,
) -> list[Prediction]:
    """The same for many compositions at once; `told` hears which share is done."""
    start = time.perf_counter()
    chosen = model if isinstance(model, FamilyModel) else find_model(model)
    species = [sites_of(c, chosen, sites) for c in compositions]
    described = [chosen.described(s) for s in species]
    probability = chosen.probabilities(described)
    order = np.argsort(-probability, axis=1, kind="stable")
    # of each row the most probable classes that are learned, which `other` behind them is not
    learned = order[order < len(chosen.classes)].reshape(len(order), -1)[:, :top]
    shapes: dict[tuple[int, int], Shape] = {}
    for done, place in enumerate(places := distinct(learned).tolist()):
        told(done / len(places))
        rows = np.flatnonzero((learned == place).any(axis=1)).tolist()
        found = chosen.shapes(place, [described[row] for row in rows])
        shapes |= {(row, place): shape for row, shape in zip(rows, found, strict=True)}
    overall = chosen.overall_tilts(described)
    spent = (time.perf_counter() - start) / len(compositions)
    return [
        _prediction(
            chosen, compositions[i], species[i], described[i], probability[i], order[i], i, shapes, overall, spent
        )
        for i in range(len(compositions))
    ]


def _class(
    model: FamilyModel, place: int, species: Sequence[str], probability: float, shape: Shape | None
) -> PredictedClass:
    """A class with its child, where a shape was asked for; the place behind the last class are all others."""
    if place == len(model.classes):
        return PredictedClass(primary=("other",), probability=probability)
    c = model.classes[place]
    group = SpaceGroup(number=c.group, symbol=c.symbol)
    found = PredictedClass(primary=c.primary, space_group=group, glazer=c.glazer, probability=probability)
    return found if shape is None else _with_child(found, model, c, species, shape)


def _prediction(
    model: FamilyModel,
    given: Any,
    species: Sequence[str],
    described: Described,
    probability: Any,
    order: Any,
    row: int,
    shapes: Mapping[tuple[int, int], Shape],
    overall: FloatArray | None,
    spent: float,
) -> Prediction:
    start = time.perf_counter()
    classes = [
        _class(model, int(place), species, float(probability[place]), shapes.get((row, int(place)))) for place in order
    ]
    best = next(c for c in classes if c.child is not None)
    outside = model.outside(species, described)
    messages = [f"Outside the training set: {reason}" for reason in outside]
    if classes[0].primary == ("other",):
        messages.append(
            "The most probable answer is a class too rare to be learned; the child is that of the next one."
        )
    return Prediction(
        versions=library_versions(),
        messages=tuple(messages),
        seconds={"total": spent + time.perf_counter() - start},
        parent=_parent_summary(model),
        formula=given_formula(given) or formula_of(model, species),
        species=dict(zip(model.cell.site_names, species, strict=True)),
        classes=tuple(classes),
        amplitudes=best.amplitudes,
        tilts=best.tilts,
        strain=best.strain,
        volume_per_atom=best.volume_per_atom,
        child=best.child,
        overall_tilt=None if overall is None else float(overall[row]),
        in_domain=not outside,
        outside=tuple(outside),
        model=ModelSummary(name=model.name, sha256=model.sha256, training_set=model.training_set),
    )


def _with_child(
    found: PredictedClass, model: FamilyModel, c: ModelClass, species: Sequence[str], shape: Shape
) -> PredictedClass:
    """A class with what is predicted in it."""
    cell = model.cell
    scale = model.scale(shape)
    lengths = parts(c, shape.eta, cell.n_cells)
    amplitudes = {
        name: _interval(float(v), float(bar) * scale * shape.edge)
        for name, v, bar in zip(c.primary, lengths, c.bars[:-1], strict=True)
    }
    field = (c.basis @ shape.eta).reshape(-1, 3)
    angles = tilts(cell, field, shape.edge)
    tilted = None
    total = total_tilt(cell, field, shape.edge)
    if angles is not None and total > 0.05:
        bar = float(c.bars[-1]) * scale
        x, y, z = (_interval(float(a), bar * float(a) / max(total, 1e-9)) for a in angles)
        senses = "".join(one.sign for one in axis_tilts(cell, field / shape.edge) or ())
        tilted = PredictedTilts(x=x, y=y, z=z, total=_interval(total, bar), senses=senses)
    return replace(
        found,
        amplitudes=amplitudes,
        tilts=tilted,
        strain=matrix(strain_of(shape.strain[None], model.strain_basis)[0]),
        volume_per_atom=shape.edge**3 / cell.n_sites,
        child=built_child(model, c, species, shape),
    )


def _interval(mean: float, bar: float) -> Interval:
    known = bar if np.isfinite(bar) else mean
    return Interval(mean=mean, low=max(0.0, mean - known), high=mean + known)


def read_formulas(path: Path) -> list[str]:
    """Column ``formula`` of a CSV file, or its first column.

    Raises
    ------
    InputError
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            lines = [[cell.strip() for cell in row] for row in csv.reader(stream)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The table {path} cannot be read.", "Give a CSV file with a column `formula`.") from error
    rows = {number: cells for number, cells in enumerate(lines, 1) if any(cells)}
    column, first = 0, next(iter(rows), 0)
    if "formula" in (header := [cell.lower() for cell in rows.get(first, ())]):
        column = header.index("formula")
        del rows[first]
    if not rows:
        raise InputError(f"The table {path} holds no formula.", "Give a CSV file with a column `formula`.")
    formulas = {number: "".join(cells[column : column + 1]) for number, cells in rows.items()}
    for number, formula in formulas.items():
        if not formula:
            raise InputError(f"Row {number} of the table {path} has no formula.", "Write one, or leave the row out.")
    return list(formulas.values())


__all__ = ["find_model", "predict", "predict_many", "read_formulas", "train"]
