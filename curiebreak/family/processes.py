"""What Gaussian processes say of a family beside the networks: order parameters, what follows from them, edges.

Displacements are divided by the edge, so that they are angles. Powers of the lengths of the order parameter come from
one process for all classes (in Landau's theory the square is linear in what drives a transition); its direction, and
secondaries with strain, from one of each class, on that class's own exact coordinates: what is answered is along
invariant displacements and keeps the group. The trend of secondaries and strain is the lowest order of Landau's
expansion, products of two components of the order parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.gaussian_process import GaussianProcess, Kernel, Kernels, train_process
from curiebreak.family.relatives import Relatives

if TYPE_CHECKING:
    from curiebreak.family.fit import ClassData

KIN = 0.98
"""Correlation of the scaled powers of lengths of two classes that are kin."""
POOLED = 20.0
"""Members of a class that the mean of its kin counts as, in the mean of its powers of lengths."""
SHARED = 0.95
"""Correlation of the edges of two classes."""
POWER = 1.75
"""Of the length that is answered; by folds over formulas, a little below the square."""
NOISE = 0.01
LENGTH_NOISE = 0.005
DIRECTION_NOISE = 0.015
EDGE_NOISE = 0.003
ORDER_WEIGHT = 5.0
"""Weight of the order parameter among the features that secondaries depend on."""
STRAIN, EDGE_UNIT = 5, 0.05


@dataclass(frozen=True, eq=False)
class ClassProcesses:
    """Of one class.

    Attributes
    ----------
    direction : GaussianProcess
        Features to components (k) of the unit vector along the order parameter.
    rest : GaussianProcess
        Features and order parameter to secondaries along the class's span, and strain (5).
    centre : (k,)
        Mean order parameter over the edge.
    scatter : float
        Standard deviation about it.
    """

    direction: GaussianProcess
    rest: GaussianProcess
    centre: FloatArray
    scatter: float

    def extended(self, x: FloatArray, relative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Points and trend inputs for features (b, f) and order parameters over the edge (b, k)."""
        inputs = products(relative / max(float(np.linalg.norm(self.centre)), 1e-9))
        order = ORDER_WEIGHT * (relative - self.centre) / self.scatter
        return np.concatenate([x, order, inputs[:, 1:]], axis=1), inputs


def products(components: FloatArray) -> FloatArray:
    """1 and all products of two components: (b, 1 + k (k + 1) / 2)."""
    first, second = np.triu_indices(components.shape[1])
    return np.concatenate([np.ones((len(components), 1)), components[:, first] * components[:, second]], axis=1)


@dataclass(frozen=True, eq=False)
class Processes:
    """Of a family.

    Attributes
    ----------
    features : (m, f)
        Standardised features of the training.
    lengths : GaussianProcess or None
        Length of the order parameter over the edge to the power `POWER`; None where no class breaks anything.
    least : (classes,)
        Least length among the members of each class; nothing smaller is answered.
    edges : GaussianProcess
        Logarithm of the edge, less that of the shortest bond's and the offset, by class.
    classes : tuple of ClassProcesses or None
    """

    features: FloatArray
    lengths: GaussianProcess | None
    least: FloatArray
    edges: GaussianProcess
    classes: tuple[ClassProcesses | None, ...]

    def amplitudes(self, place: int, x: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Order parameter (b, k) over the edge, and the standard deviation (b,) of its length; None if not trained."""
        own = self.classes[place]
        if self.lengths is None or own is None:
            return None
        length = np.maximum(self.lengths(x, place)[:, 0], self.least[place] ** POWER) ** (1.0 / POWER)
        along = own.direction(x)
        along /= np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
        deviation = self.lengths.deviation(x, place) * self.lengths.unit[place, 0]  # of l^p: d(l^p) = p l^(p-1) dl
        typical = max(float(self.lengths.trend[place, 0, 0]), 1e-18) ** (1.0 / POWER)
        return length[:, None] * along, deviation / (POWER * np.maximum(length, typical) ** (POWER - 1.0))

    def rest(self, place: int, x: FloatArray, relative: FloatArray) -> FloatArray | None:
        """Secondaries along the span over the edge, then strain, for order parameters over the edge."""
        own = self.classes[place]
        if own is None:
            return None
        points, inputs = own.extended(x, relative)
        return own.rest(points, 0, inputs)

    def arrays(self) -> dict[str, Any]:
        """For a file."""
        count = self.features.shape[1]
        found: dict[str, Any] = {"processes.features": self.features.astype(np.float32), "processes.least": self.least}
        found |= self.edges.arrays("processes.edges", count)
        if self.lengths is not None:
            found |= self.lengths.arrays("processes.lengths", count)
        for place, own in enumerate(self.classes):
            if own is not None:
                prefix = f"processes.class{place}"
                found |= own.direction.arrays(f"{prefix}.direction", count) | own.rest.arrays(f"{prefix}.rest", count)
                found |= {f"{prefix}.centre": own.centre, f"{prefix}.scatter": np.array([own.scatter])}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], n_classes: int, kernels: Kernels) -> Processes:
        """From a file."""
        features = np.asarray(arrays["processes.features"], dtype=np.float64)

        def read(name: str, kernel: Kernel) -> GaussianProcess:
            return GaussianProcess.from_arrays(arrays, f"processes.{name}", features, kernel)

        classes: list[ClassProcesses | None] = []
        for place in range(n_classes):
            name = f"class{place}"
            if f"processes.{name}.centre" not in arrays:
                classes.append(None)
                continue
            centre, scatter = (np.asarray(arrays[f"processes.{name}.{part}"]) for part in ("centre", "scatter"))
            direction = read(f"{name}.direction", kernels.general)
            rest = read(f"{name}.rest", replace(kernels.rest, order=len(centre)))
            classes.append(ClassProcesses(direction, rest, centre, float(scatter[0])))
        lengths = read("lengths", kernels.lengths) if "processes.lengths.rows" in arrays else None
        return cls(
            features, lengths, np.asarray(arrays["processes.least"]), read("edges", kernels.general), tuple(classes)
        )


def train_processes(
    kernels: Kernels,
    x: FloatArray,
    log_edge: FloatArray,
    edges: FloatArray,
    places: Sequence[IntArray],
    data: Sequence[ClassData],
    spans: Sequence[FloatArray],
    relatives: Relatives | None = None,
    shared: float | FloatArray = KIN,
) -> Processes:
    """Train all processes.

    Parameters
    ----------
    kernels : Kernels
    x : (m, f)
        Standardised features of the members that may be learned from.
    log_edge : (m,)
        Less the shortest bond's and the offset.
    edges : (m,)
        Å.
    places : one (r,) int a class
        Which of the m are its members.
    data : ClassData of each class
    spans : one (3 n, q) a class
        Orthonormal secondaries.
    relatives : Relatives, optional
        Their members are places among the m.
    shared : float or (classes, classes)
        Correlation of the lengths of two classes.
    """
    features = x.astype(np.float32).astype(np.float64)  # as a file holds them
    everything = np.arange(len(x))
    classes: list[ClassProcesses | None] = []
    rows, lengths, kinds = [], [], []
    least = np.zeros(len(data))
    for number, (own, d, span) in enumerate(zip(places, data, spans, strict=True)):
        if not len(own) or not d.eta.shape[1]:
            classes.append(None)
            continue
        relative = d.eta / edges[own][:, None]
        length = np.linalg.norm(relative, axis=1)
        rows.append(own)
        lengths.append(length)
        least[number] = length.min()
        kinds.append(np.full(len(own), number))
        direction = train_process(
            kernels.general,
            own,
            features[own],
            relative / np.maximum(length, 1e-12)[:, None],
            DIRECTION_NOISE,
            unit=1.0,
        )
        centre = relative.mean(axis=0)
        scatter = max(float(relative.std()), 1e-3 * float(np.linalg.norm(centre)), 1e-9)
        blank = ClassProcesses(direction, direction, centre, scatter)
        points, inputs = blank.extended(features[own], relative)
        answers = np.concatenate([d.secondaries @ span / edges[own][:, None], d.strain], axis=1)
        kernel = replace(kernels.rest, order=relative.shape[1])
        rest = train_process(kernel, own, points, answers, NOISE, inputs=inputs, unit=1.0)
        classes.append(ClassProcesses(direction, rest, centre, scatter))
    joint = None
    if rows:
        near = np.zeros(0, dtype=np.int64) if relatives is None else relatives.members
        if relatives is not None:
            rows, lengths, kinds = [*rows, near], [*lengths, relatives.lengths], [*kinds, relatives.places]
        whole = np.concatenate(rows)
        joint = train_process(
            kernels.lengths, whole, features[whole], np.concatenate(lengths)[:, None] ** POWER, LENGTH_NOISE,
            kinds=np.concatenate(kinds),
            relative=np.arange(len(whole)) >= len(whole) - len(near), n_kinds=len(data), shared=shared,
            pooled=POOLED,
        )  # fmt: skip
    label = np.full(len(x), len(data))
    for number, own in enumerate(places):
        label[own] = number
    edge = train_process(
        kernels.general, everything, features, log_edge[:, None], EDGE_NOISE, kinds=label, n_kinds=len(data) + 1,
        shared=SHARED, unit=EDGE_UNIT, mean=log_edge.mean(keepdims=True),
    )  # fmt: skip
    return Processes(features, joint, least, edge, tuple(classes))
