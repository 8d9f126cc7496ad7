"""Backward elimination: which components of the learned input are needed, and on which carrier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from curiebreak.learning.breaking import GLOBAL, InputSpace
from curiebreak.learning.engine import Engine
from curiebreak.learning.problem import Array, IntArray
from curiebreak.learning.training import Point, Progress, Trace, Trainer

#: Derivatives smaller than this part of the whole derivative count as none.
LINEAR = 1e-9
#: Trials stop at this part of the tolerance; the last refit goes on to rounding.
TRIAL_GOAL = 1e-2
#: Inputs smaller than this part of the largest get a new start when their carrier is chosen.
ASLEEP = 1e-3


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
    bare_loss : float
        Loss of the network trained without any input.
    own : (z,), optional
        The target itself as an input, on the carriers that can hold it; zero elsewhere.
    molecule : bool
        The whole cell comes first where it can carry a component.
    """

    def __init__(
        self,
        trainer: Trainer,
        space: InputSpace,
        measure: Callable[[torch.Tensor], tuple[float, float]],
        trace: Trace,
        progress: Progress,
        bare_loss: float = float("inf"),
        own: Array | None = None,
        molecule: bool = False,
    ) -> None:
        self.bare_loss = bare_loss
        self.own = np.zeros(space.size) if own is None else own
        self.molecule = molecule
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
        goal = self.trainer.tolerance * TRIAL_GOAL
        found, outcome = self.trainer.fit_surely(Point(point.weights, inputs), free, goal)
        self.trace.add("elimination", outcome.loss)
        return outcome.loss <= self.trainer.tolerance, found, outcome.loss

    def components(self, path: Point, point: Point, free: IntArray) -> tuple[Point, IntArray]:
        """Drop components in ascending order of their own response; returns point and free coordinates.

        A set that does not suffice does not suffice with fewer members either, so one pass leaves a set
        from which no member can be dropped, and several components may be tried together: if that fails,
        their halves are tried.
        """
        order = self.ranking(path)
        chunks = [order[: len(order) // 2], order[len(order) // 2 :]]
        done = 0
        while chunks:
            chunk = chunks.pop(0)
            if not chunk:
                continue
            reached, trial, loss = self._without(point, free, chunk)
            present = [int(c) for c in np.unique(self.space.component[free])]
            if not reached and len(chunk) > 1:
                chunks[:0] = [chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]]
                continue
            rest = tuple(c for c in present if c not in chunk)
            self.trials += [Trial(component, rest, loss, reached) for component in chunk]
            if reached:
                point, free = trial, free[~np.isin(self.space.component[free], chunk)]
            done += len(chunk)
            left = len(np.unique(self.space.component[free]))
            self.progress("elimination", done / len(order), f"{left} components left")
        return point, free

    def _without(self, point: Point, free: IntArray, chunk: list[int]) -> tuple[bool, Point, float]:
        """Refit without some components; several together are not tried when nothing would be left."""
        rest = free[~np.isin(self.space.component[free], chunk)]
        if not len(rest):
            return self.bare_loss <= self.trainer.tolerance, point, self.bare_loss
        return self.reaches(point, rest)

    def ranking(self, path: Point) -> list[int]:
        """Components in ascending order of the response to their own input alone.

        First the response in the limit of small inputs, where each component answers for itself: what the
        derivative of the network at zero input lets this component reproduce of the target. Ties (components
        that act through products only) are ordered by their response at the end of the sparse path.
        """
        components = [int(c) for c in np.unique(self.space.component)]
        linear = self.linear_responses(path)
        full = {c: self.response(path, self.space.select(np.array([c]))) for c in components}
        return sorted(components, key=lambda c: (*np.round(linear[c], 7), *np.round(full[c], 7), c))

    def linear_responses(self, path: Point) -> dict[int, tuple[float, float]]:
        """Response (Å, strain) of each component in the limit of small inputs."""
        zero = torch.zeros_like(path.inputs)
        state = self.engine.evaluate(path.weights, zero)
        slope = self.engine.input_jacobian(path.weights, state)
        largest = float(slope.norm())
        result = {}
        for component in np.unique(self.space.component):
            part = slope[torch.as_tensor(self.space.select(np.array([component]))).to(slope.device)]
            _, values, rows = torch.linalg.svd(part, full_matrices=False)
            rows = rows[values > LINEAR * largest]
            result[int(component)] = self.measure(rows.T @ (rows @ state.residual))
        return result

    def carriers(self, path: Point, point: Point, free: IntArray) -> tuple[Point, IntArray]:
        """Keep one carrier of each component: on each site the lowest l, then the site that moves most.

        All of them say the same, so that the choice is one of convention and must not depend on the seed:
        `ranked` knows nothing of the weights.
        """
        components = [int(c) for c in np.unique(self.space.component[free])]
        ranked = {c: self.ranked(free, c) for c in components}
        together = np.sort(np.concatenate([ranked[c][0] for c in components])) if components else free
        if len(together) == len(free):
            return point, free
        reached, trial, _ = self.reaches(self._awake(point, [ranked[c][0] for c in components]), together)
        if reached:
            return trial, together
        for component in components:
            for group in reversed(ranked[component][1:]):
                rest = np.setdiff1d(free, group)
                reached, trial, _ = self.reaches(point, rest)
                if reached:
                    point, free = trial, rest
        return point, free

    def ranked(self, free: IntArray, component: int) -> list[IntArray]:
        """Coordinates of each carrier of a component, the one to keep first.

        In this order: the lowest l of each site before its higher ones, l = 0 and 1 alike; the whole of a
        molecule; sites by what moves there in this component; low l; the moving field itself; few coordinates;
        the parent's order of sites.
        """
        members = free[self.space.component[free] == component]
        groups = [members[self.space.carrier[members] == c] for c in np.unique(self.space.carrier[members])]
        carriers = [self.space.carriers[int(self.space.carrier[group[0]])] for group in groups]
        sites = self._sites()
        lowest = {c.site: min(max(d.degree, 1) for d in carriers if d.site == c.site) for c in carriers}
        moving = {site: self._moving(component, site) for site in sites}
        largest = max(max(moving.values(), default=0.0), 1e-300)

        def key(k: int) -> tuple[float, ...]:
            carrier = carriers[k]
            degree = max(carrier.degree, 1)
            return (
                degree - lowest[carrier.site],
                carrier.site != GLOBAL or not self.molecule,
                -round(moving[carrier.site] / largest, 4),
                degree,
                not self.own[groups[k]].any(),
                len(groups[k]),
                sites.index(carrier.site),
                carrier.degree,
                -carrier.parity,
            )

        return [groups[k] for k in sorted(range(len(groups)), key=key)]

    def _sites(self) -> list[str]:
        return list(dict.fromkeys(c.site for c in self.space.carriers))

    def _moving(self, component: int, site: str) -> float:
        """Norm of the target's own part in a component on a site."""
        on_site = [i for i, c in enumerate(self.space.carriers) if c.site == site]
        chosen = (self.space.component == component) & np.isin(self.space.carrier, on_site)
        return float(np.linalg.norm(self.own[chosen]))

    def _awake(self, point: Point, groups: list[IntArray]) -> Point:
        """Give carriers that the sparse path put to sleep a direction to start from."""
        inputs = point.inputs.clone()
        largest = float(inputs.abs().max())
        generator = torch.Generator().manual_seed(int(sum(int(g[0]) for g in groups)))
        for group in groups:
            index = torch.as_tensor(group).to(inputs.device)
            if float(inputs[index].abs().max()) < ASLEEP * largest:
                kick = torch.as_tensor(self.own[group])
                if not bool(kick.any()):
                    kick = torch.randn(len(group), generator=generator, dtype=torch.float64)
                inputs[index] = (largest * kick / kick.norm()).to(inputs.device)
        return Point(point.weights, inputs)
