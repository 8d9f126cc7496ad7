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
from curiebreak.family.container import packed, under, unpacked
from curiebreak.family.evaluate import ClassOperators, answers, log_edges, restored
from curiebreak.family.features import Described, Scaling, describe
from curiebreak.family.forest import Forest
from curiebreak.family.gaussian_process import Kernels
from curiebreak.family.processes import Processes
from curiebreak.family.tilt_angles import octahedra, total_tilt

AMPLITUDE_SHARES = {False: (0.95, 0.05, 0.0), True: (0.9, 0.05, 0.05)}
"""Shares of processes, networks and trees (if there are any) in an order parameter; by folds over formulas."""
EDGE_SHARES = (0.9, 0.1)
"""Of processes and networks in the edge."""
REST_SHARES = (0.8, 0.05, 0.15)
"""Of processes, networks and trees (if there are any) in secondaries and strain, before they add up to one."""
SPREADS = 5
"""Numbers that say how sure an order parameter is, see `Shape`."""


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
        Features to order parameter over the edge; features and order parameter to secondaries along `span` and
        strain (5).
    operators : dict
        What `curiebreak.family.evaluate.stored` made of its operators; empty where nothing breaks.
    bars : (len(primary) + 1,)
        90 % quantile of |error| / scale: of the length of each irrep's part over the edge, and of the total tilt
        (degrees); the scale is that of `FamilyModel.scale`.
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
    spread : (SPREADS,)
        Of the length of the order parameter over the edge: 1, standard deviation of the process, differences of
        networks and of trees from it, standard deviation of the trees.
    secondaries : (n, 3)
    strain : (5,)
    edge : float
        Å.
    """

    eta: FloatArray
    spread: FloatArray
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
    processes : Processes
    error_weights : (SPREADS,)
        Times `Shape.spread`: the expected error of the length of an order parameter over the edge.
    other_tilts : (q,)
        Total tilts (degrees) of the most distorted member of each formula of class `other`; empty without octahedra.
    offset : float
        Mean of the logarithm of the edge less that of the shortest bond.
    elements : tuple of tuples of str
        Elements that each orbit held in the training.
    charges : tuple of tuples of int
        Charges that each orbit had.
    together : tuple of (int, int)
        Orbits that held the same element in some member.
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
    processes: Processes
    error_weights: FloatArray
    other_tilts: FloatArray
    offset: float
    elements: tuple[tuple[str, ...], ...]
    charges: tuple[tuple[int, ...], ...]
    together: tuple[tuple[int, int], ...]
    scores: dict[str, float]
    sha256: str = ""

    def __post_init__(self) -> None:
        self._operators: dict[int, ClassOperators] = {}

    def described(self, species: Sequence[str]) -> Described:
        """Features of a composition, one element an orbit."""
        return describe(self.cell, species, self.anion)

    def probabilities(self, compositions: Sequence[Described]) -> FloatArray:
        """Probabilities (b, classes + 1); the last column is `other`."""
        return self.classifier(self._inputs(compositions))

    def _inputs(self, compositions: Sequence[Described]) -> FloatArray:
        """Standardised features (b, f)."""
        return self.scaling(np.array([c.values for c in compositions]))

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the probabilities."""
        return (*(c.name for c in self.classes), OTHER)

    @property
    def has_trees(self) -> bool:
        """Whether trees answer beside networks and processes."""
        return any(c.amplitude_forest is not None for c in self.classes)

    def outside(self, species: Sequence[str], described: Described) -> list[str]:
        """Why a composition is unlike the training; empty when it is not."""
        reasons = []
        for orbit, symbol in enumerate(species):
            name = self.cell.site_names[orbit]
            if symbol not in self.elements[orbit]:
                reasons.append(f"{symbol} on the site {name} does not occur in the training set.")
            elif not described.guessed and described.charges[orbit] not in self.charges[orbit]:
                reasons.append(f"The charge {described.charges[orbit]:+d} on the site {name} does not occur in it.")
            if symbol == "N" and described.charges[orbit] == 1:
                reasons.append(f"Nitrogen of charge +1 on the site {name} is ammonium; its hydrogens are missing.")
        if described.guessed:
            reasons.append("The charges do not balance with usual oxidation states.")
        return reasons

    def scale(self, shape: Shape) -> float:
        """Expected error of the length of the order parameter, over the edge."""
        return float(shape.spread @ self.error_weights)

    def shapes(self, place: int, compositions: Sequence[Described]) -> list[Shape]:
        """Order parameter, secondaries, strain and edge of compositions in class number ``place``."""
        chosen = self.classes[place]
        x = self._inputs(compositions)
        edges = self._edges(place, x, compositions)
        n = self.cell.n_atoms
        if not chosen.primary:
            none = np.zeros(SPREADS)
            return [Shape(np.zeros(0), none, np.zeros((n, 3)), np.zeros(5), float(e)) for e in edges]
        relative, spread = self._order_parameters(place, x, edges)
        eta = relative * edges[:, None]
        rest = self._rest(place, x, eta, edges)
        return [Shape(eta[i], spread[i], moved, strain, float(edges[i])) for i, (moved, strain) in enumerate(rest)]

    def _order_parameters(self, place: int, x: FloatArray, edges: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Order parameter (b, k) over the edge, and its spreads (b, SPREADS)."""
        chosen, root = self.classes[place], np.sqrt(self.cell.n_cells)
        network = np.mean([self._asked(w, place, x, None)[0] for w in self.networks], axis=0) / edges[:, None]
        process = self.processes.amplitudes(place, x)
        trees = None if chosen.amplitude_forest is None else chosen.amplitude_forest.each(x)
        first, deviation = (network, np.zeros(len(x))) if process is None else process
        shares = AMPLITUDE_SHARES[trees is not None]
        found = shares[0] * first + shares[1] * network
        spread = np.zeros((len(x), SPREADS))
        length = np.linalg.norm(first, axis=1)
        spread[:, 0], spread[:, 1] = 1.0, deviation / root
        spread[:, 2] = np.abs(np.linalg.norm(network, axis=1) - length) / root
        if trees is not None:
            mean = trees.mean(axis=0)
            found = found + shares[2] * mean
            spread[:, 3] = np.abs(np.linalg.norm(mean, axis=1) - length) / root
            spread[:, 4] = np.linalg.norm(trees, axis=2).std(axis=0) / root
        return found, spread

    def overall_tilts(self, compositions: Sequence[Described]) -> FloatArray | None:
        """Total tilt (b,) of octahedra when the class is not known (degrees): median over the mixture of all classes.

        Weights are the classes' probabilities; what is not learned enters with the tilts that it had in the training.
        None where the parent has no octahedra.
        """
        if octahedra(self.cell) is None:
            return None
        probability = self.probabilities(compositions)
        values = np.zeros((len(compositions), len(self.classes)))
        x = self._inputs(compositions)
        for place, c in enumerate(self.classes):
            if c.primary:
                relative, _ = self._order_parameters(place, x, self._edges(place, x, compositions))
                values[:, place] = [total_tilt(self.cell, (c.basis @ one).reshape(-1, 3), 1.0) for one in relative]
        other = self.other_tilts if len(self.other_tilts) else np.zeros(1)
        share = np.repeat(probability[:, -1:] / len(other), len(other), axis=1)
        values = np.concatenate([values, np.tile(other, (len(values), 1))], axis=1)
        weights = np.concatenate([probability[:, :-1], share], axis=1)
        order = np.argsort(values, axis=1)
        half = np.take_along_axis(weights, order, axis=1).cumsum(axis=1)
        middle = (half < 0.5 * half[:, -1:]).sum(axis=1)
        return np.asarray(np.take_along_axis(values, order, axis=1)[np.arange(len(values)), middle])

    def answered(
        self, place: int, compositions: Sequence[Described], eta: FloatArray
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Secondaries (n, 3) in Å and strain (5,) for stated order parameters (b, k) of class number ``place``."""
        x = self._inputs(compositions)
        return self._rest(place, x, np.asarray(eta), self._edges(place, x, compositions))

    def _rest(
        self, place: int, x: FloatArray, eta: FloatArray, edges: FloatArray
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Secondaries and strain: weighted means over networks, process and trees."""
        chosen = self.classes[place]
        answers = [self._asked(w, place, x, eta) for w in self.networks]
        shares = [REST_SHARES[1]]
        moved = [np.mean([a[1] for a in answers], axis=0)]
        strain = [np.mean([a[2] for a in answers], axis=0)]
        q = chosen.span.shape[1]
        process = self.processes.rest(place, x, eta / edges[:, None])
        if process is not None:
            shares.append(REST_SHARES[0])
            moved.append((process[:, :q] * edges[:, None] @ chosen.span.T).reshape(moved[0].shape))
            strain.append(process[:, q : q + 5])
        if chosen.rest_forest is not None:
            shares.append(REST_SHARES[2])
            grown = chosen.rest_forest(np.concatenate([x, eta], axis=1))
            moved.append((grown[:, :q] @ chosen.span.T).reshape(moved[0].shape))
            strain.append(grown[:, q : q + 5])
        both = (np.average(part, axis=0, weights=shares) for part in (moved, strain))
        return list(zip(*both, strict=True))

    def _edges(self, place: int, x: FloatArray, compositions: Sequence[Described]) -> FloatArray:
        """Edges (b,) in Å."""
        networks = np.mean([log_edges(np, w, x) for w in self.networks], axis=0)
        beyond = EDGE_SHARES[0] * self.processes.edges(x, place)[:, 0] + EDGE_SHARES[1] * networks
        return np.asarray(np.exp(np.array([c.log_edge for c in compositions]) + self.offset + beyond))

    def _asked(
        self, weights: Mapping[str, FloatArray], place: int, x: FloatArray, eta: FloatArray | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Amplitudes, secondaries and strain of one network; the direction of the class where no `eta` is given."""
        chosen = self.classes[place]
        if place not in self._operators:
            self._operators[place] = restored(chosen.operators, chosen.basis)
        direction = np.broadcast_to(chosen.direction, (len(x), len(chosen.direction)))
        found = answers(np, weights, self._operators[place], x, direction if eta is None else eta, direction)
        return found.amplitudes, found.secondaries, found.strain

    def packed(self) -> bytes:
        """Content of the model's file."""
        header = {
            "name": self.name,
            "training_set": self.training_set,
            **self.cell.header,
            "anion": self.anion,
            "feature_names": self.feature_names,
            "temperature": self.classifier.temperature,
            "offset": self.offset,
            "elements": self.elements,
            "charges": self.charges,
            "together": self.together,
            "scores": self.scores,
            "seeds": len(self.networks),
            "classes": [[c.name, c.primary, c.group, c.index, c.symbol, c.glazer] for c in self.classes],
        }
        arrays = self.cell.arrays() | {"strain_basis": self.strain_basis}
        arrays |= {"scaling.mean": self.scaling.mean, "scaling.spread": self.scaling.spread}
        for seed, weights in enumerate(self.networks):
            arrays |= {f"network{seed}.{name}": np.asarray(w, dtype=np.float32) for name, w in weights.items()}
        for place, c in enumerate(self.classes):
            arrays |= {f"class{place}.{name}": getattr(c, name) for name in ModelClass.ARRAYS}
            arrays |= {f"class{place}.operator.{name}": array for name, array in c.operators.items()}
            for name in ModelClass.FORESTS:
                forest = getattr(c, name)
                arrays |= {} if forest is None else forest.arrays(f"class{place}.{name}")
        arrays |= {"error_weights": self.error_weights, "other_tilts": self.other_tilts} | self.processes.arrays()
        return packed("model", header, arrays | self.classifier.arrays(len(self.feature_names)))


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
    cell = CommonCell.from_file(header, arrays)
    classes = []
    for place, (name, primary, group, index, symbol, glazer) in enumerate(header["classes"]):
        own: dict[str, Any] = {n: arrays[f"class{place}.{n}"] for n in ModelClass.ARRAYS}
        forests: dict[str, Any] = {
            n: Forest.from_arrays(arrays, f"class{place}.{n}") if f"class{place}.{n}.roots" in arrays else None
            for n in ModelClass.FORESTS
        }
        own["operators"] = under(arrays, f"class{place}.operator.")
        classes.append(ModelClass(name, tuple(primary), int(group), int(index), symbol, glazer, **own, **forests))
    anion = tuple(map(bool, header["anion"]))
    kernels = Kernels.of(header["feature_names"], cell, anion)
    networks = [
        {name: array.astype(np.float64) for name, array in under(arrays, f"network{seed}.").items()}
        for seed in range(int(header["seeds"]))
    ]
    return FamilyModel(
        name=str(header["name"]),
        training_set=str(header["training_set"]),
        cell=cell,
        strain_basis=arrays["strain_basis"],
        anion=anion,
        feature_names=tuple(header["feature_names"]),
        scaling=Scaling(arrays["scaling.mean"], arrays["scaling.spread"]),
        classes=tuple(classes),
        networks=networks,
        classifier=Classifier.from_arrays(arrays, float(header["temperature"]), kernels.general),
        processes=Processes.from_arrays(arrays, len(classes), kernels),
        error_weights=np.asarray(arrays["error_weights"], dtype=np.float64),
        other_tilts=np.asarray(arrays["other_tilts"], dtype=np.float64),
        offset=float(header["offset"]),
        elements=tuple(map(tuple, header["elements"])),
        charges=tuple(tuple(map(int, c)) for c in header["charges"]),
        together=tuple((int(i), int(j)) for i, j in header["together"]),
        scores=dict(header["scores"]),
        sha256=sha256,
    )
