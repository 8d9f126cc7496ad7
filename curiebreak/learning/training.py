"""Training: least squares of weights and of some inputs, and the record of what happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from curiebreak.arrays import IntArray
from curiebreak.learning.engine import Engine, State
from curiebreak.learning.network import Architecture
from curiebreak.learning.optimizer import Minimum, decompose_normal, minimise

#: Steps of the first attempt of a fit, and most further attempts from fresh weights.
PATIENT_STEPS = 30
ATTEMPTS = 5
#: The same on the way, where the next input takes up what a fit has left.
PASSING_ATTEMPTS = 2
#: A loss falls steadily while it falls by this factor within so many steps.
STEADY, STEADY_STEPS = 3.0, 5
#: Gains of the inputs in these attempts: the same direction, hence the same floor, at another amplitude.
GAINS = (1.0, 1.0, 1.5, 0.7, 2.0)
#: Number of the random weights that are asked what they could reach.
PROBE = 90
#: What is reducible of a loss, relative to it, when nothing is: that of a finished fit, and of one on the way.
FINISHED, PASSING = 1e-12, 1e-8


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


class ProcessorTime:
    """Processor seconds for one answer, so that other work on the machine changes nothing.

    Parameters
    ----------
    seconds : float
        Of each thread.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.start = time.process_time()

    @property
    def used(self) -> float:
        """Processor seconds since the start, of each thread."""
        return (time.process_time() - self.start) / torch.get_num_threads()

    @property
    def spent(self) -> bool:
        """Nothing is left."""
        return self.used > self.seconds


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
    allowance : ProcessorTime, optional
        When it is spent, no fit is tried again from other weights.
    symmetric : bool
        Whether every input keeps the child's group. Where none is known, symmetry comes from the target's gradient
        alone, and random inputs would break it.
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
        allowance: ProcessorTime | None = None,
        symmetric: bool = True,
    ) -> None:
        self.vote = vote
        self.symmetric = symmetric
        self.allowance = allowance
        self.device = device
        self.engine = engine
        self.architecture = architecture
        self.seed = seed
        self.tolerance = tolerance
        self.max_steps = max_steps
        self.steps = 0
        self.out_of_steps = False  # a fit took all of its steps and could have gone on

    def fresh(self, attempt: int = 0) -> torch.Tensor:
        """Random weights of the seed, the vote and an attempt."""
        number = 1000 * self.seed + 100 * self.vote + attempt
        return self.architecture.initial_weights(number, self.device)

    def fit(
        self,
        start: Point,
        free: IntArray | None = None,
        max_steps: int | None = None,
        damping: float = 1e-2,
        goal: float | None = None,
        still: float = FINISHED,
        stop: Callable[[int, list[float]], bool] | None = None,
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
        still : float
            Stop when what is reducible is less than this part of the loss.
        stop : callable, optional
            Asked with the steps taken and the losses so far whether to end here.
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
            return self.engine.jacobian(point[0], state, index)  # type: ignore[arg-type]

        best, outcome = minimise(
            evaluate,
            jacobian,
            (start.weights, start.inputs[index]),
            goal=min(1e-13, self.tolerance**2) if goal is None else goal,
            max_steps=self.max_steps if max_steps is None else max_steps,
            damping=damping,
            still=still,
            stop=stop,
            size=lambda state: state.size,  # type: ignore[attr-defined]
        )
        self.steps += outcome.steps
        self.out_of_steps |= outcome.steps >= self.max_steps and not self.settled(outcome)
        return Point(*unpack(best)), outcome

    def within_reach(self, inputs: torch.Tensor, free: IntArray | None, weights: torch.Tensor) -> torch.Tensor:
        """Orthonormal residuals (rows, k) that some weights and the free inputs can act on to first order.

        The read-out is linear in the last weights. Where the weights are generic this is all that any weights can make
        of these inputs.
        """
        state = self.engine.evaluate(weights, inputs)
        self.steps += 1
        index = torch.as_tensor(np.zeros(0, dtype=np.int64) if free is None else free).to(inputs.device)
        by_weight, by_input = self.engine.jacobian(weights, state, index)
        normal = by_weight.T @ by_weight + by_input.T @ by_input
        solve = decompose_normal(normal, state.residual, size=state.size)
        return solve.vectors[:, solve.values > 0]

    def floor_ahead(self, start: Point, free: IntArray | None = None) -> float:
        """The loss that no weights can go below with these inputs, as far as first order tells at three points.

        Asked are the weights at hand and random ones, and random ones at random values of the free inputs: inputs that
        were trained beside others may stand in a direction of higher symmetry, from which first order does not lead
        away. Nothing is trained.
        """
        lowest = float("inf")
        random = self.fresh(PROBE)
        for weights, inputs in (
            (start.weights, start.inputs),
            (random, start.inputs),
            (random, self.generic(start.inputs, free)),
        ):
            residual = self.engine.evaluate(weights, inputs).residual
            reach = self.within_reach(inputs, free, weights)
            outside = residual - reach @ (reach.T @ residual)
            lowest = min(lowest, float(outside @ outside))
        return lowest

    def stands_on_floor(self, point: Point, free: IntArray | None) -> bool:
        """Whether what is left of the residual is out of reach for random weights and random free inputs as well."""
        residual = self.engine.evaluate(point.weights, point.inputs).residual
        along = self.within_reach(self.generic(point.inputs, free), free, self.fresh(PROBE)).T @ residual
        return float(along @ along) <= self._little(float(residual @ residual))

    def generic(self, inputs: torch.Tensor, free: IntArray | None, attempt: int = 0) -> torch.Tensor:
        """Inputs (z,) whose free coordinates are random, in a norm of theirs that stays; the same for each seed."""
        if not self.symmetric or free is None or not len(free):
            return inputs
        generator = torch.Generator().manual_seed(104729 + 1000 * self.seed + 100 * self.vote + attempt)
        index = torch.as_tensor(free).to(inputs.device)
        direction = torch.randn(len(free), generator=generator, dtype=torch.float64).to(inputs.device)
        result = inputs.clone()
        result[index] = direction * inputs[index].norm() / direction.norm()
        return result

    @staticmethod
    def _little(loss: float) -> float:
        """Reducible part of a loss that counts as none."""
        return max(1e-7, 1e-5 * loss)

    def settled(self, outcome: Minimum) -> bool:
        """Whether the loss is reached or nothing that the parameters can act on is left."""
        return outcome.loss <= self.tolerance or outcome.reducible <= self._little(outcome.loss)

    @property
    def late(self) -> bool:
        """Whether the time is spent."""
        return self.allowance is not None and self.allowance.spent

    def _impatient(self, steps: int) -> Callable[[int, list[float]], bool]:
        """Ends an attempt after some steps, unless its loss falls steadily; sooner when the time is spent."""

        def stop(taken: int, losses: list[float]) -> bool:
            if taken < min(steps, PATIENT_STEPS):
                return False
            falls = losses[-1] * STEADY < losses[-1 - STEADY_STEPS]
            return not falls and (taken >= steps or self.late)

        return stop

    def _anew(self, start: Point, free: IntArray | None, attempt: int) -> Point:
        """Where an attempt starts: fresh weights; inputs at another amplitude, or with random free ones."""
        inputs = self.generic(start.inputs, free, attempt) if attempt % 2 else start.inputs
        return Point(self.fresh(attempt), inputs * GAINS[attempt % len(GAINS)])

    def fit_surely(
        self,
        start: Point,
        free: IntArray | None = None,
        goal: float | None = None,
        sure: bool = True,
        still: float = FINISHED,
    ) -> tuple[Point, Minimum]:
        """`fit`, repeated from fresh weights until the loss is reached or a floor is found.

        To be `sure`, what is left must be out of reach for random weights too, or a second fit must end where the first
        did. Early attempts are short, unless their loss falls steadily. Every other one starts at random values of the
        free inputs, since no gradient leads out of a direction of higher symmetry.
        """
        best = self.fit(start, free, goal=goal, still=still, stop=self._impatient(PATIENT_STEPS))
        known = self._ended(best, free, sure)
        for attempt in range(1, (ATTEMPTS if sure else PASSING_ATTEMPTS) + 1):
            if known or self.late:
                break
            steps = self.max_steps if attempt == ATTEMPTS else PATIENT_STEPS * attempt
            anew = self._anew(start, free, attempt)
            again = self.fit(anew, free, goal=goal, still=still, stop=self._impatient(steps))
            # two fits from fresh weights that end at one loss have found a floor
            same = abs(again[1].loss - best[1].loss) < 1e-6 + 1e-4 * best[1].loss
            known = self.settled(again[1]) and (same or not sure)
            if again[1].loss < best[1].loss:
                known = (known and self.settled(best[1])) or self._ended(again, free, sure)
                best = again
        return best

    def _ended(self, fit: tuple[Point, Minimum], free: IntArray | None, sure: bool) -> bool:
        """Whether a fit reached the loss or a floor; to be `sure`, of which random weights see no way down either."""
        point, outcome = fit
        if outcome.loss <= self.tolerance:
            return True
        return self.settled(outcome) and (not sure or self.stands_on_floor(point, free))
