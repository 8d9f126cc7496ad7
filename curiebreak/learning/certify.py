"""Backward elimination: which components of the learned input can be left out, and which carrier each needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from curiebreak.learning.breaking import InputSpace
from curiebreak.learning.engine import Engine
from curiebreak.learning.problem import IntArray
from curiebreak.learning.training import Point, Progress, Trace, Trainer

#: A carrier may stand for its component when its response is at least this part of the strongest one.
WORTHY = 0.05


@dataclass(frozen=True)
class Trial:
    """One attempt to do without a component.

    Parameters
    ----------
    dropped : int
        Component left out.
    kept : tuple of int
        Components that remained.
    loss : float
        Loss after refitting.
    accepted : bool
    """

    dropped: int
    kept: tuple[int, ...]
    loss: float
    accepted: bool


class Eliminator:
    """Leaves out components, then carriers, as long as the refitted loss returns under the tolerance.

    Parameters
    ----------
    trainer : Trainer
    space : InputSpace
    measure : callable
        Residual rows of a difference of read-outs -> response in Å (or relative strain where there are no
        displacements).
    trace : Trace
    progress : Progress
    """

    def __init__(
        self,
        trainer: Trainer,
        space: InputSpace,
        measure: Callable[[torch.Tensor], tuple[float, float]],
        trace: Trace,
        progress: Progress,
    ) -> None:
        self.trainer, self.space, self.measure = trainer, space, measure
        self.trace, self.progress = trace, progress
        self.trials: list[Trial] = []

    @property
    def engine(self) -> Engine:
        """What evaluates residuals."""
        return self.trainer.engine

    def response(self, point: Point, coordinates: IntArray) -> tuple[float, float]:
        """Response to some coordinates of the input alone: (Å, relative strain)."""
        alone = torch.zeros_like(point.inputs)
        index = torch.as_tensor(coordinates)
        alone[index] = point.inputs[index]
        with_input = self.engine.evaluate(point.weights, alone).residual
        without = self.engine.evaluate(point.weights, torch.zeros_like(alone)).residual
        return self.measure(with_input - without)

    def reaches(self, point: Point, free: IntArray) -> tuple[bool, Point, float]:
        """Refit warm with some coordinates free, the others zero: (reached, point, loss)."""
        inputs = torch.zeros_like(point.inputs)
        index = torch.as_tensor(free)
        inputs[index] = point.inputs[index]
        found, outcome = self.trainer.fit_surely(Point(point.weights, inputs), free)
        self.trace.add("elimination", outcome.loss)
        return outcome.loss <= self.trainer.tolerance, found, outcome.loss

    def components(self, path: Point, point: Point, free: IntArray) -> tuple[Point, IntArray]:
        """Drop components in ascending order of their own response; returns point and free coordinates.

        A set that does not suffice does not suffice with fewer members either, so one pass leaves a set
        from which no member can be dropped.
        """
        order = self.ranking(path)
        for done, weakest in enumerate(order):
            present = [int(c) for c in np.unique(self.space.component[free])]
            rest = free[self.space.component[free] != weakest]
            reached, trial, loss = self.reaches(point, rest)
            kept = tuple(c for c in present if c != weakest)
            self.trials.append(Trial(weakest, kept, loss, reached))
            if reached:
                point, free = trial, rest
            self.progress("elimination", (done + 1) / len(order), f"{len(present) - reached} components left")
        return point, free

    def ranking(self, path: Point) -> list[int]:
        """Components in ascending order of the response to their own input alone on the sparse path."""
        components = [int(c) for c in np.unique(self.space.component)]
        responses = {c: self.response(path, self.space.select(np.array([c]))) for c in components}
        return sorted(components, key=lambda c: (*np.round(responses[c], 9), c))

    def carriers(self, point: Point, free: IntArray) -> tuple[Point, IntArray]:
        """Keep one carrier of each component: lowest l, then the strongest response."""
        chosen = []
        for component in np.unique(self.space.component[free]):
            chosen.append(self._ranked(point, free, int(component))[0])
        together = np.sort(np.concatenate(chosen)) if chosen else free
        if len(together) == len(free):
            return point, free
        reached, trial, _ = self.reaches(point, together)
        if reached:
            return trial, together
        for component in np.unique(self.space.component[free]):
            for group in reversed(self._ranked(point, free, int(component))[1:]):
                rest = np.setdiff1d(free, group)
                reached, trial, _ = self.reaches(point, rest)
                if reached:
                    point, free = trial, rest
        return point, free

    def _ranked(self, point: Point, free: IntArray, component: int) -> list[IntArray]:
        """Coordinates of each carrier of a component, the one to keep first."""
        members = free[self.space.component[free] == component]
        groups = [members[self.space.carrier[members] == c] for c in np.unique(self.space.carrier[members])]
        strengths = [self._strength(point, group) for group in groups]
        strongest = max(strengths)
        degrees = [self.space.carriers[int(self.space.carrier[g[0]])].degree for g in groups]

        def key(k: int) -> tuple[bool, int, float]:
            return (strengths[k] < WORTHY * strongest, degrees[k], -strengths[k])

        return [groups[k] for k in sorted(range(len(groups)), key=key)]

    def _strength(self, point: Point, coordinates: IntArray) -> float:
        response = self.response(point, coordinates)
        return response[0] if response[0] > 1e-6 else response[1] * 1e-6
