"""From members to a model: classes, networks, forests, classifier, and folds over formulas for what is claimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.classes import FEWEST, OTHER, FamilyClass, sort_classes
from curiebreak.family.classifier import POLYMORPH_WEIGHT, train_classifier
from curiebreak.family.error_bars import calibrated, scores, with_bars
from curiebreak.family.evaluate import stored, traceless
from curiebreak.family.family_model import SPREADS, FamilyModel, ModelClass
from curiebreak.family.features import Scaling, anion_orbits, describe
from curiebreak.family.finished import FinishedNetworks, training_key
from curiebreak.family.forest import available, grow
from curiebreak.family.formula import same_element
from curiebreak.family.gaussian_process import Kernels
from curiebreak.family.members import Members
from curiebreak.family.processes import KIN, Processes, train_processes
from curiebreak.family.relatives import Relatives, find_relatives, kindred
from curiebreak.family.tilt_angles import total_tilt
from curiebreak.structures.spacegroup import standard_symbol

if TYPE_CHECKING:
    from curiebreak.family.fit import ClassData

EPOCHS = 60
FOLDS = 5
FOLD_EPOCHS = 60
"""Epochs of the networks that only measure errors."""
REST_TREES = 40
AMPLITUDE_TREES = 60

Progress = Callable[[str, float], None]
Name = TypeVar("Name", str, int)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A family with its classes and features.

    Attributes
    ----------
    family : Members
    classes : tuple of FamilyClass
    labels : (m,) int
        Class of each member, ``len(classes)`` for others.
    values : (m, f)
        Features.
    names : tuple of str
    anion : tuple of bool
    log_edge : (m,)
        Logarithm of the edge less that of the shortest bond.
    formula : (m,) int
        Number of the formula.
    representative : (m,) bool
        Most distorted member of its formula.
    charges : tuple of tuples of int
    relatives : Relatives
    """

    family: Members
    classes: tuple[FamilyClass, ...]
    labels: IntArray
    values: FloatArray
    names: tuple[str, ...]
    anion: tuple[bool, ...]
    log_edge: FloatArray
    formula: IntArray
    representative: Any
    charges: tuple[tuple[int, ...], ...]
    relatives: Relatives

    @property
    def kernels(self) -> Kernels:
        """Of all processes."""
        return Kernels.of(self.names, self.family.cell, self.anion)

    def elements(self, rows: IntArray) -> tuple[tuple[str, ...], ...]:
        """Elements that these members have on each site of the parent."""
        return different([self.family.members[int(i)].species for i in rows])


def different(rows: Sequence[tuple[Name, ...]]) -> tuple[tuple[Name, ...], ...]:
    """What stands in each column of some rows, each once, in order."""
    return tuple(tuple(sorted(set(column))) for column in zip(*rows, strict=True))


def prepare(family: Members, fewest: int = FEWEST) -> Prepared:
    """Sort members into classes and describe their compositions.

    Raises
    ------
    InputError
        If there are too few classes or pairs.
    """
    classes, labels = sort_classes(family, fewest)
    members = family.members
    anion = anion_orbits(family.cell, [m.species for m in members])
    described = [describe(family.cell, m.species, anion) for m in members]
    names = [c.name for c in classes] + [OTHER]
    order: dict[tuple[str, ...], int] = {}
    formula = np.array([order.setdefault(m.species, len(order)) for m in members])
    # of each formula the member with the largest displacements; the first of equals, as the sort is stable
    size = np.array([float(np.linalg.norm(m.displacements)) for m in members])
    largest = np.argsort(-size, kind="stable")
    representative = np.zeros(len(members), dtype=bool)
    representative[largest[np.unique(formula[largest], return_index=True)[1]]] = True
    charges = different([d.charges for d in described])
    numbers = np.array([names.index(label) for label in labels])
    return Prepared(
        family,
        classes,
        numbers,
        np.array([d.values for d in described]),
        described[0].names,
        anion,
        np.array([np.log(m.edge) - d.log_edge for m, d in zip(members, described, strict=True)]),
        formula,
        representative,
        charges,
        find_relatives(family.cell, members, numbers, classes),
    )


@dataclass(eq=False)
class Judged:
    """Errors on members that the training had not seen, filled fold by fold."""

    rows: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, **values: Any) -> None:
        """One member."""
        for name, value in values.items():
            self.rows.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> Any:
        return np.array(self.rows.get(name, []))


def fit_model(
    prepared: Prepared,
    rows: IntArray,
    *,
    seeds: Sequence[int],
    trees: bool,
    epochs: int = EPOCHS,
    name: str = "family",
    progress: Progress = lambda what, part: None,
    finished: FinishedNetworks | None = None,
) -> tuple[FamilyModel, list[list[float]]]:
    """Train on some members.

    Parameters
    ----------
    prepared : Prepared
    rows : (r,) int
        Members to learn from.
    seeds : sequence of int
    trees : bool
    epochs : int
    name : str
    progress : callable
        Called with what is being done and which part of it is finished.
    finished : FinishedNetworks, optional
        Takes each network as it is finished; those that it holds are not trained again.

    Returns
    -------
    FamilyModel, list of lists of float
        The model (without error bars) and the losses of each seed.
    """
    import torch

    from curiebreak.family.family_network import class_operators, family_graph, torch_operators
    from curiebreak.learning.harmonics import strain_basis

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the tensors are small: two threads cost more than they give
    try:
        scaling = Scaling.of(prepared.values[rows])
        x = scaling(prepared.values)
        offset = float(np.median(prepared.log_edge[rows]))
        edge = float(np.mean([prepared.family.members[int(i)].edge for i in rows]))
        graph, architecture = family_graph(prepared.family.cell, edge)
        kept, data = _taught(prepared, x, rows, offset)
        broken = [i for i, c in enumerate(prepared.classes) if c.primary and len(kept[i])]
        operators = {i: class_operators(prepared.family.cell, prepared.classes[i], graph, architecture) for i in broken}
        lesson = _Lesson(architecture, data, broken, [torch_operators(*operators[i]) for i in broken], epochs)
        learned = []
        for number, seed in enumerate(seeds):

            def told(epoch: int, _: float, number: int = number) -> None:
                progress("networks", (number + epoch / epochs) / len(seeds))

            learned.append(lesson.network(seed, told, finished))
        classes = _classes(prepared, data, kept, operators, trees, seeds[0])
        processes = _processes(prepared, x, rows, offset, kept, data, [c.span for c in classes])
        weights = np.where(prepared.representative[rows], 1.0, POLYMORPH_WEIGHT)
        classifier = train_classifier(prepared.kernels.general, x[rows], prepared.labels[rows], weights, len(kept) + 1)
    finally:
        torch.set_num_threads(threads)
    made = FamilyModel(
        name,
        prepared.family.source,
        prepared.family.cell,
        strain_basis()[1],
        prepared.anion,
        prepared.names,
        scaling,
        classes,
        [weights for weights, _ in learned],
        classifier,
        processes,
        np.eye(SPREADS)[0],
        _other_tilts(prepared, rows),
        offset,
        prepared.elements(rows),
        prepared.charges,
        tuple(sorted({pair for m in prepared.family.members for pair in same_element(m.species)})),
        {},
    )
    return made, [course for _, course in learned]


@dataclass(frozen=True, eq=False)
class _Lesson:
    """What every network of an ensemble learns from; `broken` are the classes with primary irreps."""

    architecture: Any
    data: list[ClassData]
    broken: list[int]
    tensors: list[Any]
    epochs: int

    def network(
        self, seed: int, told: Callable[[int, float], None], finished: FinishedNetworks | None
    ) -> tuple[Any, list[float]]:
        """Weights and losses of the network of one seed, taken from those `finished` where they hold it."""
        from curiebreak.family.family_network import weight_arrays
        from curiebreak.family.fit import train_network

        taught = [part for d in self.data for part in (d.features, d.eta, d.secondaries, d.strain, d.log_edge)]
        key = training_key(*taught, repr(self.architecture), seed, self.epochs)
        known = None if finished is None else finished.get(key)
        if known is not None:
            return known
        own = [self.data[i] for i in self.broken]
        model, course = train_network(self.architecture, self.tensors, own, seed, self.epochs, told)
        made = weight_arrays(model), course
        if finished is not None:
            finished.keep(key, *made)
        return made


def _taught(prepared: Prepared, x: FloatArray, rows: IntArray, offset: float) -> tuple[list[IntArray], list[ClassData]]:
    """Which members of each class are among the rows, and what they teach."""
    from curiebreak.family.fit import class_data

    kept = [np.flatnonzero(np.isin(c.members, rows)) for c in prepared.classes]
    edges = prepared.log_edge - offset
    return kept, [class_data(c, x, edges).rows(k) for c, k in zip(prepared.classes, kept, strict=True)]


def _classes(
    prepared: Prepared,
    data: Sequence[ClassData],
    kept: Sequence[IntArray],
    operators: Mapping[int, tuple[Any, Any]],
    trees: bool,
    seed: int,
) -> tuple[ModelClass, ...]:
    edges = np.array([m.edge for m in prepared.family.members])
    exact = [stored(*operators[i]) if i in operators else {} for i in range(len(data))]
    taught = zip(prepared.classes, data, kept, exact, strict=True)
    return tuple(_model_class(prepared, c, d, edges[c.members[k]], trees, seed, o) for c, d, k, o in taught)


def _processes(
    prepared: Prepared,
    x: FloatArray,
    rows: IntArray,
    offset: float,
    kept: Sequence[IntArray],
    data: Sequence[ClassData],
    spans: Sequence[FloatArray],
) -> Processes:
    place = {int(member): n for n, member in enumerate(rows)}
    own = [c.members[k] for c, k in zip(prepared.classes, kept, strict=True)]
    where = [np.array([place[int(m)] for m in members], dtype=np.int64) for members in own]
    edges = np.array([prepared.family.members[int(i)].edge for i in rows])
    logs, near = prepared.log_edge[rows] - offset, prepared.relatives.among(rows)
    shared = KIN * kindred(prepared.classes)
    return train_processes(prepared.kernels, x[rows], logs, edges, where, data, spans, near, shared)


def _other_tilts(prepared: Prepared, rows: IntArray) -> FloatArray:
    chosen = [
        prepared.family.members[int(i)]
        for i in rows
        if prepared.representative[i] and prepared.labels[i] == len(prepared.classes)
    ]
    found = np.array([total_tilt(prepared.family.cell, m.displacements, m.edge) for m in chosen])
    return np.sort(found[~np.isnan(found)])


def _model_class(
    prepared: Prepared,
    c: FamilyClass,
    data: ClassData,
    edges: FloatArray,
    trees: bool,
    seed: int,
    operators: dict[str, Any],
) -> ModelClass:
    amplitude = rest = None
    span = np.zeros((len(c.basis), 0))
    if c.primary and len(data.eta):
        _, values, vectors = np.linalg.svd(data.secondaries, full_matrices=False)
        span = vectors[values > 1e-4 * max(float(values.max(initial=0.0)), 1e-6)].T
        if trees:
            amplitude = grow(data.features, data.eta / edges[:, None], seed, AMPLITUDE_TREES)
            answers = np.concatenate([data.secondaries @ span, data.strain], axis=1)
            rest = grow(np.concatenate([data.features, data.eta], axis=1), answers, seed, REST_TREES, 2)
    direction = data.eta.mean(axis=0) if len(data.eta) else c.amplitudes.mean(axis=0)
    return ModelClass(
        c.name,
        c.primary,
        c.group,
        c.index,
        standard_symbol(c.group),
        c.glazer,
        c.operations,
        c.basis,
        c.basis_irrep,
        direction,
        span,
        amplitude,
        rest,
        operators,
        np.full(len(c.primary) + 1, np.nan),
    )


def fold_of_formula(count: int, folds: int, seed: int = 0) -> IntArray:
    """Fold of each of ``count`` formulas, equal sizes, in random order."""
    return np.asarray(np.random.default_rng(seed).permutation(count) % folds)


def judge(
    prepared: Prepared,
    folds: IntArray,
    *,
    trees: bool,
    epochs: int = FOLD_EPOCHS,
    seeds: Sequence[int] = (0,),
    progress: Progress = lambda what, part: None,
    finished: FinishedNetworks | None = None,
) -> Judged:
    """Train on all folds but one and ask about that one, for every fold.

    Parameters
    ----------
    prepared : Prepared
    folds : (m,) int
        Fold of each member; members of one formula must share it.
    """
    judged = Judged()
    numbers = np.unique(folds)
    for done, fold in enumerate(numbers):
        progress("folds", done / len(numbers))
        rows = np.flatnonzero(folds != fold)
        model, _ = fit_model(prepared, rows, seeds=seeds, trees=trees, epochs=epochs, finished=finished)
        ask(prepared, model, np.flatnonzero(folds == fold), judged)
    return judged


def ask(prepared: Prepared, model: FamilyModel, rows: IntArray, judged: Judged) -> None:
    """Ask a model about members and note the errors."""
    members, cell = prepared.family.members, prepared.family.cell
    described = [model.described(members[int(i)].species) for i in rows]
    probability = model.probabilities(described)
    place_of = {int(i): n for n, i in enumerate(rows)}
    for n, i in enumerate(rows):
        judged.add(member=int(i), probability=probability[n], label=int(prepared.labels[i]))
    for place, c in enumerate(prepared.classes):
        own = [k for k, i in enumerate(c.members) if int(i) in place_of]
        if not own or not c.primary:
            continue
        compositions = [described[place_of[int(c.members[k])]] for k in own]
        shapes = model.shapes(place, compositions)
        given = model.answered(place, compositions, c.amplitudes[own])
        for k, shape, (secondaries, strain) in zip(own, shapes, given, strict=True):
            member = members[int(c.members[k])]
            true = c.amplitudes[k]
            broken = (c.basis @ shape.eta).reshape(-1, 3)
            whole = broken + shape.secondaries - c.displacements[k]
            judged.add(
                asked=int(c.members[k]), place=place, eta=parts(c, shape.eta, cell.n_cells),
                eta_true=parts(c, true, cell.n_cells), spread=shape.spread, edge_found=shape.edge,
                secondaries=_rms(secondaries - c.secondaries[k]),
                strain=float(np.linalg.norm(strain - _strain5(c, k, model.strain_basis))),
                edge=abs(shape.edge / member.edge - 1.0), child=_rms(whole),
                tilt=total_tilt(cell, broken, shape.edge),
                tilt_true=total_tilt(cell, (c.basis @ true).reshape(-1, 3), member.edge),
            )  # fmt: skip


def _strain5(c: FamilyClass, k: int, basis: FloatArray) -> FloatArray:
    return np.asarray(traceless(c.strain[k : k + 1], basis)[0])


def _rms(field: FloatArray) -> float:
    return float(np.sqrt((np.asarray(field) ** 2).sum() / len(field)))


def parts(c: FamilyClass | ModelClass, eta: FloatArray, n_cells: int) -> FloatArray:
    """Parent-normalised length (len(primary),) of the part of each irrep, Å."""
    squared = np.bincount(c.basis_irrep, weights=np.asarray(eta) ** 2, minlength=len(c.primary))
    return np.asarray(np.sqrt(squared / n_cells))


def train_family(
    prepared: Prepared,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    trees: bool | None = None,
    name: str = "family",
    epochs: int = EPOCHS,
    progress: Progress = lambda what, part: None,
    finished: FinishedNetworks | None = None,
) -> tuple[FamilyModel, Judged, list[list[float]]]:
    """Train on everything, with error bars and calibration from folds over formulas; see :func:`fit_model`.

    Returns
    -------
    FamilyModel, Judged, losses
    """
    grown = available() if trees is None else trees
    folds = fold_of_formula(int(prepared.formula.max()) + 1, FOLDS)[prepared.formula]
    judged = judge(prepared, folds, trees=grown, epochs=min(FOLD_EPOCHS, epochs), progress=progress, finished=finished)
    everything = np.arange(len(prepared.family.members))
    model, losses = fit_model(
        prepared, everything, seeds=seeds, trees=grown, epochs=epochs, name=name, progress=progress, finished=finished
    )
    model = with_bars(calibrated(model, judged.rows, prepared.representative), judged.rows)
    model.scores.update(scores(judged, prepared.representative, model.classifier.temperature))
    return model, judged, losses
