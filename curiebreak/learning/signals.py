"""Spherical-harmonic output: displacements as signals on the sphere around each atom.

A displacement d is written as the projection of a peak in its direction onto harmonics up to L,

    f(r) = |d| * 4 pi / (L+1)^2 * sum_lm Y_lm(d/|d|) Y_lm(r),

so that its maximum, at d/|d|, is |d|. A network without breaking input can only give what every operation of
the parent keeps: all equivalent displacements at once, one peak for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from curiebreak.arrays import FloatArray
from curiebreak.learning.compression import CompressedNetwork, Evaluation
from curiebreak.learning.graph import Graph, build_graph, choose_cutoff
from curiebreak.learning.harmonics import spherical_harmonics
from curiebreak.learning.network import Architecture
from curiebreak.learning.optimizer import Minimum, minimise
from curiebreak.learning.orbits import EvenKind, Kind, Orbits, find_orbits, invariant_fields
from curiebreak.learning.problem import Problem

LAYERS, CHANNELS = 2, 2
MAX_STEPS, GOAL = 60, 1e-14
ATTEMPTS = 4
REACHED = 1e-8
"""Reducible part of the loss below which training has ended."""


@dataclass(frozen=True)
class SignalArchitecture(Architecture):
    """A network that reads out a signal: l = 0 .. signal_lmax with parity (-1)^l.

    Parameters
    ----------
    signal_lmax : int
    """

    signal_lmax: int = 5

    @property
    def readout_kinds(self) -> tuple[Kind, ...]:
        """Kinds of the signal."""
        return signal_kinds(self.signal_lmax)


def signal_architecture(problem: Problem, graph: Graph, lmax: int) -> SignalArchitecture:
    """Size of the network for signals up to L."""
    size = max(2, lmax)
    return SignalArchitecture(size, CHANNELS, LAYERS, max(4, lmax), problem.n_types, graph.n_radial, 0, lmax)


@dataclass(frozen=True, eq=False)
class SignalFit:
    """Signals of a network trained without breaking input.

    Parameters
    ----------
    signals : (n_p, (L+1)^2)
        On the atoms of the parent's primitive cell, e3nn component order, degrees one after the other.
    loss : float
        Relative to the squared target signals on all atoms of the child's cell.
    settled : bool
        Nothing is left that the weights could act on.
    """

    signals: FloatArray
    loss: float
    settled: bool


def signal_kinds(lmax: int) -> tuple[EvenKind, ...]:
    """Kinds (l, parity) of a signal on the sphere."""
    return tuple((degree, 1 if degree % 2 == 0 else -1) for degree in range(lmax + 1))


def project_vectors(vectors: FloatArray, lmax: int) -> FloatArray:
    """Signals (n, (lmax+1)^2) of vectors (n, 3); zero for a vector of no length."""
    lengths = np.linalg.norm(vectors, axis=1)
    directions = np.where(lengths[:, None] > 1e-12, vectors, [0.0, 0.0, 1.0])
    harmonics = [spherical_harmonics(degree, directions) / np.sqrt(4 * np.pi) for degree in range(lmax + 1)]
    # a peak of the vector's length in its direction: sum_l (2l + 1) / 4 pi = (L + 1)^2 / 4 pi
    scale = lengths * 4 * np.pi / (lmax + 1) ** 2
    return np.asarray(scale[:, None] * np.concatenate(harmonics, axis=1))


def train_signals(problem: Problem, targets: FloatArray, lmax: int, seed: int = 0) -> SignalFit:
    """Train a network without breaking input to give signals.

    Parameters
    ----------
    problem : Problem
        The parent's own primitive cell: the child's group is the parent's.
    targets : (copies, n_p, (lmax+1)^2)
        Signals on the atoms of the child's cell, sorted by parent atom.
    lmax : int
    seed : int
    """
    fitter = SignalFitter(problem, lmax)
    total = float((targets**2).sum())
    if total == 0.0:
        return SignalFit(np.zeros(targets.shape[1:]), 0.0, True)
    mean = targets.mean(axis=0)
    goal = fitter.coefficients(mean)
    best, outcome = fitter.fit(goal, seed)
    for attempt in range(1, ATTEMPTS):
        if outcome.reducible < REACHED:
            break
        again = fitter.fit(goal, seed + 7919 * attempt)
        if again[1].loss < outcome.loss:
            best, outcome = again
    signals = fitter.fields(best)
    # distance to all targets = spread about their mean + distance to the mean
    squared = total - len(targets) * float((mean**2).sum()) + len(targets) * float(((signals - mean) ** 2).sum())
    return SignalFit(signals, squared / total, outcome.reducible < REACHED or outcome.loss < REACHED)


class SignalFitter:
    """One network and the orthonormal signal fields that the child's group of a problem keeps.

    Parameters
    ----------
    problem : Problem
    lmax : int
        L of the signals.
    site, everywhere : (n, width) and (width,), optional
        Breaking input on the atoms and of the whole cell, which the child's group keeps; none by default.
    """

    def __init__(
        self, problem: Problem, lmax: int, site: FloatArray | None = None, everywhere: FloatArray | None = None
    ) -> None:
        cutoff, edges = choose_cutoff(problem, LAYERS + 1)
        graph = build_graph(problem, cutoff, edges)
        orbits = find_orbits(problem.child_rotations, problem.child_permutations)
        self.graph = graph
        self.architecture = signal_architecture(problem, graph, lmax)
        self.network = CompressedNetwork(self.architecture, graph, orbits)
        self.slots, self.basis = _invariant_signals(orbits, lmax)
        self.rows = self._rows(orbits)
        self.site = self._local(np.zeros((1, self.architecture.width)) if site is None else site)
        self.everywhere = self._local(
            np.zeros((1, self.architecture.width)) if everywhere is None else everywhere[None]
        )

    def _local(self, values: FloatArray) -> torch.Tensor:
        """Input on the atoms, or the same on all of them, in the coordinates of the network (N,)."""
        network, architecture = self.network, self.architecture
        atoms = network.orbits.representative
        rows = values[atoms] if len(values) > 1 else np.repeat(values, len(atoms), axis=0)
        result = np.zeros((network.n_orbits, architecture.width))
        for index, kind in enumerate(architecture.kinds):
            slots = architecture.slots(kind)
            result[:, slots] = np.einsum("oxy,ox->oy", network.frame.basis[index], rows[:, slots])
        return torch.as_tensor(network.compact(result.reshape(-1)))

    def _rows(self, orbits: Orbits) -> torch.Tensor:
        """Read-out to coefficients of the invariant fields: (slots, N, rows)."""
        kinds = self.architecture.readout_kinds
        width, n_orbits = self.architecture.width, len(orbits.representative)
        result = np.zeros((len(kinds), n_orbits, width, len(self.slots)))
        for row, (slot, field) in enumerate(zip(self.slots, self.basis, strict=True)):
            kind = kinds[slot]
            frame = self.network.frame.transported[self.architecture.kind_index(kind)]
            part = field[:, slot**2 : (slot + 1) ** 2]
            local = np.einsum("nxy,nx->ny", frame, part)
            np.add.at(result[slot][:, self.architecture.slots(kind), row], orbits.orbit, local)
        flat = result.reshape(len(kinds), n_orbits * width, len(self.slots))
        return torch.as_tensor(np.stack([self.network.compact(part) for part in flat]))

    def coefficients(self, signals: FloatArray) -> FloatArray:
        """Along the invariant fields (rows,) of signals (n_p, (L+1)^2)."""
        return np.asarray(np.einsum("rnx,nx->r", self.basis, signals))

    def fields(self, coefficients: FloatArray) -> FloatArray:
        """The inverse."""
        return np.asarray(np.einsum("rnx,r->nx", self.basis, coefficients))

    def fit(self, goal: FloatArray, seed: int) -> tuple[FloatArray, Minimum]:
        """Train from fresh weights: (coefficients (rows,), outcome)."""
        coefficients, outcome, _ = self.trained(goal, seed)
        return coefficients, outcome

    def trained(self, goal: FloatArray, seed: int) -> tuple[FloatArray, Minimum, torch.Tensor]:
        """Train from fresh weights: (coefficients (rows,), outcome, weights); the scale is that of unit goals."""
        norm = max(float(np.linalg.norm(goal)), 1e-300)
        wanted = torch.as_tensor(goal / norm)

        def evaluate(point: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, object]:
            with torch.no_grad():
                found = self.network(point[0], self.site, self.everywhere)
                return torch.einsum("anr,an->r", self.rows, found.readout) - wanted, found

        def jacobian(point: tuple[torch.Tensor, ...], state: object) -> tuple[torch.Tensor, ...]:
            found: Evaluation = state  # type: ignore[assignment]
            with torch.no_grad():
                by_weight, _, _ = self.network.derivative(point[0], found, self.rows)
            return (by_weight if by_weight is not None else torch.zeros((0, len(wanted))),)

        start = (self.architecture.initial_weights(seed),)
        best, outcome = minimise(evaluate, jacobian, start, goal=GOAL, max_steps=MAX_STEPS)
        residual, _ = evaluate(best)
        return (residual + wanted).numpy() * norm, outcome, best[0]


def _invariant_signals(orbits: Orbits, lmax: int) -> tuple[list[int], FloatArray]:
    """Degree of each orthonormal invariant field, and the fields (rows, n_p, (lmax+1)^2)."""
    slots: list[int] = []
    fields = []
    for slot, kind in enumerate(signal_kinds(lmax)):
        for field in np.moveaxis(invariant_fields(orbits, kind), 2, 0):
            full = np.zeros((len(field), (lmax + 1) ** 2))
            full[:, slot**2 : (slot + 1) ** 2] = field
            slots.append(slot)
            fields.append(full)
    return slots, np.array(fields)
