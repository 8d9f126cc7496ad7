"""Training: weights without input, then inputs and weights in turn under group sparsity, then refits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from curiebreak.learning.breaking import InputSpace
from curiebreak.learning.engine import Engine, State
from curiebreak.learning.network import Architecture
from curiebreak.learning.optimizer import Outcome, decompose_normal, minimise
from curiebreak.learning.problem import Array, IntArray

#: ``progress(phase, fraction, message)``.
Progress = Callable[[str, float, str], None]

#: Amplitude of all inputs on the sparse path (root mean square over the atoms of the cell): small, so that
#: the network is nearly linear in them and each component answers for itself.
INPUT_AMPLITUDE = 0.3
#: Amplitude of all inputs (root mean square over the atoms of the strongest site) in refits and certificates:
#: large, so that products of components are as easy to learn as the components.
STRONG_AMPLITUDE = 4.0
#: Weight of the group penalty in units of the relative loss.
PENALTY = 3e-3

#: A component below this part of the whole input is rounding and must not be magnified.
ROUNDING = 1e-9
#: Steps of the first attempt of a fit, and most further attempts from fresh weights.
PATIENT_STEPS = 30
ATTEMPTS = 5
#: Gains of the inputs in these attempts: the same direction, hence the same floor, at another amplitude.
GAINS = (1.0, 1.0, 1.5, 0.7, 2.0)


def degree_cost(degree: int) -> float:
    """Relative price of a carrier: 1, 1.25, 2, 3.25, 5, ... for l = 0, 1, 2, 3, 4, ..."""
    return 1.0 + 0.25 * degree**2


@dataclass
class Point:
    """Weights (n_weights,) and input coordinates (z,)."""

    weights: torch.Tensor
    inputs: torch.Tensor

    def copy(self) -> Point:
        """Independent copy."""
        return Point(self.weights.clone(), self.inputs.clone())


@dataclass
class Trace:
    """What happened step by step.

    Parameters
    ----------
    steps : list of dict
        ``phase``, ``loss`` and ``blocks`` (norms of the blocks of the input).
    snapshots : list of (name, Point)
        Start, middle and end.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[tuple[str, Point]] = field(default_factory=list)

    def add(self, phase: str, loss: float, blocks: list[float] | None = None) -> None:
        """Record one step."""
        self.steps.append({"phase": phase, "loss": loss, "blocks": blocks})


class Trainer:
    """Least-squares training of one network on one problem.

    Parameters
    ----------
    engine : Engine
    architecture : Architecture
    seed : int
    tolerance : float
        Relative loss that counts as reached.
    max_steps : int
        Most Jacobians of one fit.
    device : str
    """

    def __init__(
        self,
        engine: Engine,
        architecture: Architecture,
        seed: int,
        tolerance: float,
        max_steps: int,
        device: str = "cpu",
    ) -> None:
        self.device = device
        self.engine = engine
        self.architecture = architecture
        self.seed = seed
        self.tolerance = tolerance
        self.max_steps = max_steps
        self.steps = 0

    def strong(self, inputs: torch.Tensor, space: InputSpace, n_carrying: Array) -> torch.Tensor:
        """Inputs with components of equal strength and a large amplitude together.

        Only the gain of a component changes, never its direction, hence no symmetry.

        Parameters
        ----------
        inputs : (z,)
        space : InputSpace
        n_carrying : (carriers,)
            Atoms of each carrier (1 for the whole cell).
        """
        values = inputs.numpy(force=True).copy()
        sites = sorted({c.site for c in space.carriers})
        site = np.array([sites.index(c.site) for c in space.carriers], dtype=np.int64)

        def strength(members: Array) -> float:
            part = np.where(members, values, 0.0) ** 2 / n_carrying[space.carrier]
            return float(np.sqrt(np.bincount(site[space.carrier], weights=part).max(initial=0.0)))

        whole = strength(np.ones(len(values), dtype=bool))
        for component in np.unique(space.component):
            members = space.component == component
            size = strength(members)
            values[members] /= size if size > ROUNDING * whole else max(whole, 1e-300)
        total = strength(np.ones(len(values), dtype=bool))
        if total > 0:
            values *= STRONG_AMPLITUDE / total
        return torch.as_tensor(values, device=inputs.device)

    def fresh(self, attempt: int = 0) -> torch.Tensor:
        """Random weights of the seed and an attempt."""
        return self.architecture.initial_weights(1000 * self.seed + attempt).to(self.device)

    def fit(
        self,
        start: Point,
        free: IntArray | None = None,
        max_steps: int | None = None,
        damping: float = 1e-2,
        goal: float | None = None,
    ) -> tuple[Point, Outcome]:
        """Train the weights and some of the input coordinates.

        Parameters
        ----------
        start : Point
        free : int array, optional
            Coordinates of the input to train with the weights; none by default.
        max_steps : int, optional
            Most Jacobians; the trainer's by default.
        damping : float
            Damping of the first step.
        goal : float, optional
            Loss to stop at; rounding by default.
        """
        index = torch.as_tensor(np.zeros(0, dtype=np.int64) if free is None else free)
        index = index.to(start.inputs.device)

        def unpack(point: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, torch.Tensor]:
            inputs = start.inputs.clone()
            inputs[index] = point[1]
            return point[0], inputs

        def evaluate(point: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, State]:
            state = self.engine.evaluate(*unpack(point))
            return state.residual, state

        def jacobian(point: tuple[torch.Tensor, ...], state: object) -> tuple[torch.Tensor, ...]:
            by_weight, by_input = self.engine.jacobian(point[0], state)  # type: ignore[arg-type]
            return by_weight, by_input[index]

        best, outcome = minimise(
            evaluate,
            jacobian,
            (start.weights, start.inputs[index]),
            goal=min(1e-13, self.tolerance**2) if goal is None else goal,
            max_steps=self.max_steps if max_steps is None else max_steps,
            damping=damping,
        )
        self.steps += outcome.steps
        return Point(*unpack(best)), outcome

    def settled(self, outcome: Outcome) -> bool:
        """Whether the loss is reached or nothing that the parameters can act on is left."""
        return outcome.loss <= self.tolerance or outcome.reducible <= max(1e-7, 1e-5 * outcome.loss)

    def fit_surely(
        self, start: Point, free: IntArray | None = None, goal: float | None = None
    ) -> tuple[Point, Outcome]:
        """`fit`, repeated from fresh weights until the loss is reached or twice the same floor is found.

        Early attempts are short, for a fit that does well does so within few steps.
        """
        best = self.fit(start, free, max_steps=min(self.max_steps, PATIENT_STEPS), goal=goal)
        agreed = False
        for attempt in range(1, ATTEMPTS + 1):
            if best[1].loss <= self.tolerance or agreed:
                break
            steps = self.max_steps if attempt == ATTEMPTS else min(self.max_steps, PATIENT_STEPS * attempt)
            inputs = start.inputs * GAINS[attempt % len(GAINS)]
            again = self.fit(Point(self.fresh(attempt), inputs), free, max_steps=steps, goal=goal)
            agreed = self.settled(again[1]) and abs(again[1].loss - best[1].loss) < 1e-6 + 1e-4 * best[1].loss
            if again[1].loss < best[1].loss:
                agreed = agreed and self.settled(best[1])
                best = again
        return best


@dataclass(frozen=True)
class Sparsity:
    """Group penalty on input blocks.

    Parameters
    ----------
    blocks : list of int arrays
        Coordinates of each block.
    cost : (blocks,)
        Relative price of each block.
    amplitude : float
        Norm of all inputs together, kept fixed.
    """

    blocks: list[IntArray]
    cost: Array
    amplitude: float

    def norms(self, inputs: torch.Tensor) -> Array:
        """Norm of each block."""
        values = inputs.numpy(force=True)
        return np.array([np.linalg.norm(values[block]) for block in self.blocks])

    def ridge(self, inputs: torch.Tensor, smoothing: float) -> torch.Tensor:
        """Weights (z,) of the ridge that majorises the penalty at the present inputs."""
        norms = self.norms(inputs)
        result = np.zeros(len(inputs))
        for block, norm, cost in zip(self.blocks, norms, self.cost, strict=True):
            result[block] = PENALTY * cost / (self.amplitude * np.hypot(norm, smoothing * self.amplitude))
        return torch.as_tensor(result, device=inputs.device)


def input_step(
    slope: torch.Tensor, residual: torch.Tensor, inputs: torch.Tensor, ridge: torch.Tensor, damping: float
) -> torch.Tensor:
    """New inputs (z,) from one damped Gauss-Newton step under a ridge, solved in residual space.

    Minimises ``|r + S^T (x - z)|^2 + sum ridge x^2 + damping |x - z|^2`` over x, with the part of r that no
    input reaches left out (it could only enter as rounding).
    """
    inverse = 1.0 / (ridge + damping)
    reachable = decompose_normal(slope.T @ slope, residual)
    gradient = slope @ (reachable.vectors @ reachable.residual) + ridge * inputs
    scaled = slope * inverse[:, None]
    normal = slope.T @ scaled
    normal.diagonal().add_(1.0)
    inner: torch.Tensor = torch.linalg.solve(normal, slope.T @ (inverse * gradient))
    return inputs - inverse * gradient + scaled @ inner


def alternate(
    trainer: Trainer,
    start: Point,
    sparsity: Sparsity,
    trace: Trace,
    progress: Progress,
    max_rounds: int = 30,
) -> Point:
    """Steps on inputs and on weights in turn under the group penalty, until the blocks settle."""
    point = start.copy()
    previous = sparsity.norms(point.inputs)
    engine = trainer.engine
    quiet, damping = 0, 1e-2
    for count in range(max_rounds):
        smoothing = max(0.5 * 0.6**count, 1e-4)
        state = engine.evaluate(point.weights, point.inputs)
        slope = engine.input_jacobian(point.weights, state)
        point.inputs = _best_input(trainer, point, state, slope, sparsity, smoothing)
        point, outcome = trainer.fit(point, max_steps=1, damping=damping)
        damping = min(max(outcome.damping, 1e-9), 1e-2)
        trainer.steps += 1
        norms = sparsity.norms(point.inputs)
        trace.add("inputs", outcome.loss, norms.tolist())
        if count == max_rounds // 4:
            trace.snapshots.append(("middle", point.copy()))
        progress("inputs", (count + 1) / max_rounds, f"loss {outcome.loss:.1e}")
        still = np.abs(norms - previous).max() < 0.02 * max(float(norms.max()), 1e-300)
        quiet = quiet + 1 if still and outcome.loss < 1e-2 else 0
        previous = norms
        if quiet >= 3 and count >= 10:
            break
    return point


def _best_input(
    trainer: Trainer, point: Point, state: State, slope: torch.Tensor, sparsity: Sparsity, smoothing: float
) -> torch.Tensor:
    """One input step of fixed gain; from zero, the direction of least norm that the residual asks for."""
    damping = 1e-2 * float((slope * slope).sum(0).max()) + 1e-12
    started = float(point.inputs.norm()) > 0
    ridge = sparsity.ridge(point.inputs, smoothing) if started else torch.zeros_like(point.inputs)
    if not started:
        damping *= 1e-4
    inputs = input_step(slope, state.residual, point.inputs, ridge, damping)
    norm = float(inputs.norm())
    return inputs.mul(sparsity.amplitude / norm if norm > 0 else 1.0)
