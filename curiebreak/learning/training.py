"""Training: least squares of weights and of some inputs, and the record of what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from curiebreak.arrays import IntArray
from curiebreak.learning.engine import Engine, State
from curiebreak.learning.network import Architecture
from curiebreak.learning.optimizer import Minimum, minimise

#: ``progress(phase, fraction, message)``.
Progress = Callable[[str, float, str], None]

#: Steps of the first attempt of a fit, and most further attempts from fresh weights.
PATIENT_STEPS = 30
ATTEMPTS = 5
#: Gains of the inputs in these attempts: the same direction, hence the same floor, at another amplitude.
GAINS = (1.0, 1.0, 1.5, 0.7, 2.0)


@dataclass
class Point:
    """Weights (n_weights,) and input coordinates (z,)."""

    weights: torch.Tensor
    inputs: torch.Tensor

    def copy(self) -> Point:
        """Independent copy."""
        return Point(self.weights.clone(), self.inputs.clone())


@dataclass
class TrainingTrace:
    """What happened step by step.

    Parameters
    ----------
    steps : list of dict
        ``phase``, ``loss`` and ``blocks`` (norms of the blocks of the input).
    snapshots : list of (name, Point)
        Start, middle and end.
    marks : list of (step, event)
        After which of the steps each input had entered.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[tuple[str, Point]] = field(default_factory=list)
    marks: list[tuple[int, Any]] = field(default_factory=list)

    def add(self, phase: str, loss: float, blocks: list[float] | None = None) -> None:
        """Record one step."""
        self.steps.append({"phase": phase, "loss": loss, "blocks": blocks})

    def extend(self, phase: str, outcome: Minimum, blocks: list[float] | None = None) -> None:
        """Record the steps of one fit, with the blocks that it ended with."""
        for loss in outcome.losses[1:] or outcome.losses:
            self.add(phase, loss, blocks)

    def mark(self, event: Any) -> None:
        """Record that an input has entered and was trained."""
        self.marks.append((len(self.steps) - 1, event))


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
    vote : int
        Which of the runs with one seed this is; each has random weights of its own.
    """

    def __init__(
        self,
        engine: Engine,
        architecture: Architecture,
        seed: int,
        tolerance: float,
        max_steps: int,
        device: str = "cpu",
        vote: int = 0,
    ) -> None:
        self.vote = vote
        self.device = device
        self.engine = engine
        self.architecture = architecture
        self.seed = seed
        self.tolerance = tolerance
        self.max_steps = max_steps
        self.steps = 0

    def fresh(self, attempt: int = 0) -> torch.Tensor:
        """Random weights of the seed, the vote and an attempt."""
        number = 1000 * self.seed + 100 * self.vote + attempt
        return self.architecture.initial_weights(number).to(self.device)

    def fit(
        self,
        start: Point,
        free: IntArray | None = None,
        max_steps: int | None = None,
        damping: float = 1e-2,
        goal: float | None = None,
    ) -> tuple[Point, Minimum]:
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

    def settled(self, outcome: Minimum) -> bool:
        """Whether the loss is reached or nothing that the parameters can act on is left."""
        return outcome.loss <= self.tolerance or outcome.reducible <= max(1e-7, 1e-5 * outcome.loss)

    def fit_surely(
        self, start: Point, free: IntArray | None = None, goal: float | None = None, sure: bool = True
    ) -> tuple[Point, Minimum]:
        """`fit`, repeated from fresh weights until the loss is reached or a floor is found (twice, to be `sure`).

        Early attempts are short, for a fit that does well does so within few steps.
        """
        best = self.fit(start, free, max_steps=min(self.max_steps, PATIENT_STEPS), goal=goal)
        agreed = not sure and self.settled(best[1])
        for attempt in range(1, ATTEMPTS + 1):
            if best[1].loss <= self.tolerance or agreed:
                break
            steps = self.max_steps if attempt == ATTEMPTS else min(self.max_steps, PATIENT_STEPS * attempt)
            inputs = start.inputs * GAINS[attempt % len(GAINS)]
            again = self.fit(Point(self.fresh(attempt), inputs), free, max_steps=steps, goal=goal)
            # two fits from fresh weights that end at one loss have found a floor
            same = abs(again[1].loss - best[1].loss) < 1e-6 + 1e-4 * best[1].loss
            agreed = self.settled(again[1]) and (same or not sure)
            if again[1].loss < best[1].loss:
                agreed = agreed and (self.settled(best[1]) or not sure)
                best = again
        return best
