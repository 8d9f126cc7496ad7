"""A trained family: everything that a prediction needs, in one file without code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.family.cell import CommonCell
from curiebreak.family.classes import OTHER
from curiebreak.family.classifier import Classifier
from curiebreak.family.container import packed, unpacked
from curiebreak.family.evaluate import ClassOperators, answers, log_edges, restored
from curiebreak.family.features import Described, Scaling, describe
from curiebreak.family.forest import Forest


@dataclass(frozen=True, eq=False)
class ModelClass:
    """What a model keeps of a class.

    Attributes
    ----------
    name, primary, group, index, symbol, glazer
        As in `FamilyClass`; the symbol of the space group beside its number.
    operations : (h,) int
    basis : (3 n, k)
    basis_irrep : (k,) int
    direction : (k,)
        Mean order parameter of the training, Å over the common cell.
    span : (3 n, q)
        Orthonormal secondaries that the members show; the forest answers along them.
    amplitude_forest, rest_forest : Forest or None
        Features to order parameter; features and order parameter to secondaries along `span` and strain (5).
    operators : dict
        What `curiebreak.family.evaluate.stored` made of its operators; empty where nothing breaks.
    bars : (len(primary) + 1,)
        90 % quantile of |error| / scale of the length of each irrep's part (Å), and of the total tilt (degrees).
    """

    name: str
    primary: tuple[str, ...]
    group: int
    index: int
    symbol: str
    glazer: str | None
    operations: IntArray
    basis: FloatArray
    basis_irrep: IntArray
    direction: FloatArray
    span: FloatArray
    amplitude_forest: Forest | None
    rest_forest: Forest | None
    operators: dict[str, Any]
    bars: FloatArray

    ARRAYS = ("operations", "basis", "basis_irrep", "direction", "span", "bars")
    FORESTS = ("amplitude_forest", "rest_forest")


@dataclass(frozen=True, eq=False)
class Shape:
    """What is predicted of one composition in one class.

    Attributes
    ----------
    eta : (k,)
    spread : float
        Å; how much the parts of the ensemble differ in the length of the order parameter (parent-normalised).
    secondaries : (n, 3)
    strain : (5,)
    edge : float
        Å.
    """

    eta: FloatArray
    spread: float
    secondaries: FloatArray
    strain: FloatArray
    edge: float


@dataclass(eq=False)
class FamilyModel:
    """A trained model.

    Attributes
    ----------
    name, training_set : str
    cell : CommonCell
    strain_basis : (5, 3, 3)
        Unit traceless matrices along which strains are predicted.
    anion : tuple of bool
        Roles of the orbits.
    feature_names : tuple of str
    scaling : Scaling
    classes : tuple of ModelClass
    networks : list of dict
        Weights of each seed.
    classifier : Classifier
        Its last class is `other`.
    offset : float
        Mean of the logarithm of the edge less that of the shortest bond.
    elements : tuple of tuples of str
        Elements that each orbit held in the training.
    charges : tuple of tuples of int
        Charges that each orbit had.
    scores : dict
    sha256 : str
    """

    name: str
    training_set: str
    cell: CommonCell
    strain_basis: FloatArray
    anion: tuple[bool, ...]
    feature_names: tuple[str, ...]
    scaling: Scaling
    classes: tuple[ModelClass, ...]
    networks: list[dict[str, FloatArray]]
    classifier: Classifier
    offset: float
    elements: tuple[tuple[str, ...], ...]
    charges: tuple[tuple[int, ...], ...]
    scores: dict[str, float]
    sha256: str = ""

    def __post_init__(self) -> None:
        self._operators: dict[int, ClassOperators] = {}

    def described(self, species: Sequence[str]) -> Described:
        """Features of a composition, one element an orbit."""
        return describe(self.cell, species, self.anion)

    def probabilities(self, compositions: Sequence[Described]) -> FloatArray:
        """Probabilities (b, classes + 1); the last column is `other`."""
        return self.classifier(self.scaling(np.array([c.values for c in compositions])))

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the probabilities."""
        return (*(c.name for c in self.classes), OTHER)

    def outside(self, species: Sequence[str], described: Described) -> list[str]:
        """Why a composition is unlike the training; empty when it is not."""
        reasons = []
        for orbit, symbol in enumerate(species):
            name = self.cell.site_names[orbit]
            if symbol not in self.elements[orbit]:
                reasons.append(f"{symbol} on the site {name} does not occur in the training set.")
            elif not described.guessed and described.charges[orbit] not in self.charges[orbit]:
                reasons.append(f"The charge {described.charges[orbit]:+d} on the site {name} does not occur in it.")
        if described.guessed:
            reasons.append("The charges do not balance with usual oxidation states.")
        return reasons

    def shapes(self, place: int, compositions: Sequence[Described]) -> list[Shape]:
        """Order parameter, secondaries, strain and edge of compositions in class number ``place``."""
        chosen = self.classes[place]
        x = self.scaling(np.array([c.values for c in compositions]))
        log_edge = np.array([c.log_edge for c in compositions]) + self.offset
        n = self.cell.n_atoms
        if not chosen.primary:
            edges = np.exp(log_edge + self._edges(x))
            return [Shape(np.zeros(0), 0.0, np.zeros((n, 3)), np.zeros(5), float(e)) for e in edges]
        answers = [self._asked(w, place, x, None) for w in self.networks]
        etas = [eta for eta, *_ in answers]
        spread = np.zeros(len(x))
        if chosen.amplitude_forest is not None:
            each = chosen.amplitude_forest.each(x)
            spread = np.linalg.norm(each, axis=2).std(axis=0) / np.sqrt(self.cell.n_cells)
            eta = 0.5 * (np.mean(etas, axis=0) + each.mean(axis=0))
        else:
            eta = np.mean(etas, axis=0)
        rest, edge = self._rest(place, x, eta)
        edges = np.exp(log_edge + edge)
        return [
            Shape(eta[i], float(spread[i]), moved, strain, float(edges[i])) for i, (moved, strain) in enumerate(rest)
        ]

    def answered(
        self, place: int, compositions: Sequence[Described], eta: FloatArray
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Secondaries (n, 3) in Å and strain (5,) for stated order parameters (b, k) of class number ``place``."""
        return self._rest(place, self.scaling(np.array([c.values for c in compositions])), np.asarray(eta))[0]

    def _rest(
        self, place: int, x: FloatArray, eta: FloatArray
    ) -> tuple[list[tuple[FloatArray, FloatArray]], FloatArray]:
        """Secondaries and strain, and the logarithm of the edge, from networks and trees together."""
        chosen = self.classes[place]
        answers = [self._asked(w, place, x, eta) for w in self.networks]
        moved = np.mean([a[1] for a in answers], axis=0)
        strain = np.mean([a[2] for a in answers], axis=0)
        if chosen.rest_forest is not None:
            grown = chosen.rest_forest(np.concatenate([x, eta], axis=1))
            q = chosen.span.shape[1]
            moved = 0.5 * (moved + (grown[:, :q] @ chosen.span.T).reshape(moved.shape))
            strain = 0.5 * (strain + grown[:, q : q + 5])
        return list(zip(moved, strain, strict=True)), np.mean([a[3] for a in answers], axis=0)

    def _edges(self, x: FloatArray) -> FloatArray:
        return np.asarray(np.mean([log_edges(np, w, x) for w in self.networks], axis=0))

    def _asked(
        self, weights: Mapping[str, FloatArray], place: int, x: FloatArray, eta: FloatArray | None
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        chosen = self.classes[place]
        if place not in self._operators:
            self._operators[place] = restored(chosen.operators, chosen.basis)
        direction = np.broadcast_to(chosen.direction, (len(x), len(chosen.direction)))
        found = answers(np, weights, self._operators[place], x, direction if eta is None else eta, direction)
        return found.amplitudes, found.secondaries, found.strain, found.log_edge

    def packed(self) -> bytes:
        """Content of the model's file."""
        header = {
            "name": self.name,
            "training_set": self.training_set,
            "site_names": self.cell.site_names,
            "repeats": self.cell.repeats,
            "number": self.cell.number,
            "anion": self.anion,
            "feature_names": self.feature_names,
            "temperature": self.classifier.temperature,
            "offset": self.offset,
            "elements": self.elements,
            "charges": self.charges,
            "scores": self.scores,
            "seeds": len(self.networks),
            "classes": [[c.name, c.primary, c.group, c.index, c.symbol, c.glazer] for c in self.classes],
        }
        arrays: dict[str, Any] = {f"cell.{name}": getattr(self.cell, name) for name in CommonCell.ARRAYS}
        arrays |= {"strain_basis": self.strain_basis}
        arrays |= {"scaling.mean": self.scaling.mean, "scaling.spread": self.scaling.spread}
        for seed, weights in enumerate(self.networks):
            arrays |= {f"network{seed}.{name}": np.asarray(w, dtype=np.float32) for name, w in weights.items()}
        for place, c in enumerate(self.classes):
            arrays |= {f"class{place}.{name}": getattr(c, name) for name in ModelClass.ARRAYS}
            arrays |= {f"class{place}.operator.{name}": array for name, array in c.operators.items()}
            for name in ModelClass.FORESTS:
                forest = getattr(c, name)
                arrays |= {} if forest is None else forest.arrays(f"class{place}.{name}")
        return packed("model", header, arrays | self.classifier.arrays())


def load_model(path: Path) -> FamilyModel:
    """Read a model.

    Raises
    ------
    InputError
        If the file is damaged, of another version or no model.
    """
    header, arrays, sha256 = unpacked(path, "model")
    try:
        return _model(header, arrays, sha256)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(f"{path} is damaged.", "Train it again with `curiebreak train`.") from error


def _model(header: Mapping[str, Any], arrays: Mapping[str, Any], sha256: str) -> FamilyModel:
    cell = CommonCell(
        **{name: arrays[f"cell.{name}"] for name in CommonCell.ARRAYS},
        site_names=tuple(header["site_names"]),
        repeats=int(header["repeats"]),
        number=int(header["number"]),
    )
    classes = []
    for place, (name, primary, group, index, symbol, glazer) in enumerate(header["classes"]):
        own: dict[str, Any] = {n: arrays[f"class{place}.{n}"] for n in ModelClass.ARRAYS}
        forests: dict[str, Any] = {
            n: Forest.from_arrays(arrays, f"class{place}.{n}") if f"class{place}.{n}.roots" in arrays else None
            for n in ModelClass.FORESTS
        }
        prefix = f"class{place}.operator."
        own["operators"] = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
        classes.append(ModelClass(name, tuple(primary), int(group), int(index), symbol, glazer, **own, **forests))
    networks = [
        {n.split(".", 1)[1]: a.astype(np.float64) for n, a in arrays.items() if n.startswith(f"network{seed}.")}
        for seed in range(int(header["seeds"]))
    ]
    return FamilyModel(
        name=str(header["name"]),
        training_set=str(header["training_set"]),
        cell=cell,
        strain_basis=arrays["strain_basis"],
        anion=tuple(map(bool, header["anion"])),
        feature_names=tuple(header["feature_names"]),
        scaling=Scaling(arrays["scaling.mean"], arrays["scaling.spread"]),
        classes=tuple(classes),
        networks=networks,
        classifier=Classifier.from_arrays(arrays, float(header["temperature"])),
        offset=float(header["offset"]),
        elements=tuple(tuple(e) for e in header["elements"]),
        charges=tuple(tuple(int(q) for q in c) for c in header["charges"]),
        scores=dict(header["scores"]),
        sha256=sha256,
    )
