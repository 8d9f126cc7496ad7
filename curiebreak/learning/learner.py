"""The learned side as its callers see it: train without input, recover the breaking input, certify, predict."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from curiebreak.errors import UsageError
from curiebreak.learning.breaking import GLOBAL, Carrier, InputSpace, all_carriers, carrying_atoms, child_orbits
from curiebreak.learning.certify import Eliminator, Trial
from curiebreak.learning.compression import make_frame
from curiebreak.learning.engine import CompressedEngine, Engine, PlainEngine, stacked_inputs
from curiebreak.learning.graph import build_graph, choose_cutoff
from curiebreak.learning.harmonics import strain_matrix
from curiebreak.learning.isotypic import SYMMETRIC, Decomposition, decompose
from curiebreak.learning.network import Architecture, Output, PlainNetwork
from curiebreak.learning.objective import make_objective
from curiebreak.learning.outcome import Fit, Inputs, Member, Options, Prediction, Recovery, Status
from curiebreak.learning.problem import Array, IntArray, Problem
from curiebreak.learning.training import (
    INPUT_AMPLITUDE,
    ROUNDING,
    Point,
    Progress,
    Sparsity,
    Trace,
    Trainer,
    alternate,
    degree_cost,
)


def _silent(phase: str, fraction: float, message: str) -> None:
    """Progress that goes nowhere."""


@dataclass
class _Found:
    """State of a recovery in progress."""

    point: Point
    free: IntArray
    trace: Trace = field(default_factory=Trace)
    trials: list[Trial] = field(default_factory=list)


class Learner:
    """Learns which breaking inputs a problem needs.

    Parameters
    ----------
    problem : Problem
    options : Options, optional
    """

    def __init__(self, problem: Problem, options: Options | None = None) -> None:
        self.problem = problem
        self.options = options or Options()
        if self.options.lmax_input < 0:
            raise UsageError("`lmax_input` must be 0 or more.")
        torch.set_num_threads(self.options.threads)
        self.enlargements = 0
        self.orbits = child_orbits(problem, self.options.compression)
        carriers = self.options.carriers
        self.carriers = carriers if carriers is not None else all_carriers(problem, self.options.lmax_input)
        self.decomposition: Decomposition = decompose(problem, self.carriers, self.options.compression)
        self.objective = make_objective(problem, child_orbits(problem))
        self._build()

    # -- construction --------------------------------------------------------------------------------------
    def _build(self) -> None:
        options, problem = self.options, self.problem
        layers = options.layers + (self.enlargements + 1) // 2
        cutoff, edges = choose_cutoff(problem, layers, self.enlargements)
        self.graph = build_graph(problem, cutoff, edges)
        degree = max([0, *(c.degree for c in self.carriers), *(g.degree for g in problem.given)])
        lmax = options.lmax if options.lmax is not None else max(2, degree) + self.enlargements // 2
        channels = options.channels if options.channels is not None else 3
        self.architecture = Architecture(
            lmax, channels, layers, max(4, lmax), problem.n_types, self.graph.n_radial, problem.n_occupation
        )
        self.engine: Engine
        if options.compression:
            self.engine = CompressedEngine(
                self.architecture,
                self.graph,
                self.orbits,
                self.objective,
                self.space,
                options.device,
                problem.given,
            )
        else:
            self.engine = PlainEngine(
                self.architecture, self.graph, self.objective, self.space, options.device, problem.given
            )
        self.trainer = Trainer(
            self.engine,
            self.architecture,
            options.seed,
            options.tolerance,
            options.max_steps,
            options.device,
        )
        self.weights: torch.Tensor | None = None
        self.point: Point | None = None
        self.path: Point | None = None
        self.given: Point | None = None

    @property
    def space(self) -> InputSpace:
        """Coordinates of the breaking inputs."""
        return self.decomposition.inputs

    def restrict(self, space: InputSpace) -> None:
        """Let the input lie in a smaller space, with the same carriers; training starts again."""
        self.decomposition = replace(self.decomposition, inputs=space)
        self._build()

    def enlarge(self) -> None:
        """A larger network (further neighbours, then more layers and higher l); training starts again."""
        self.enlargements += 1
        self._build()

    # -- training ------------------------------------------------------------------------------------------
    def _zero(self) -> torch.Tensor:
        return torch.zeros(self.space.size, dtype=torch.float64, device=self.options.device)

    def _losses(self, point: Point) -> tuple[float | None, float | None]:
        residual = self.engine.evaluate(point.weights, point.inputs).residual
        return self.objective.losses(residual.numpy(force=True))

    def _fit(self, start: Point, free: IntArray | None = None) -> tuple[Point, Fit]:
        begun = time.perf_counter()
        point, outcome = self.trainer.fit_surely(start, free)
        loss, strain = self._losses(point)
        values = point.inputs.numpy(force=True)
        fit = Fit(
            loss,
            strain,
            self.trainer.settled(outcome),
            outcome.reducible,
            self.space.arrays(values),
            tuple(int(c) for c in np.unique(self.space.component[np.abs(values) > 0])),
            outcome.steps,
            time.perf_counter() - begun,
        )
        return point, fit

    def fit_without_input(self) -> Fit:
        """Train the weights alone: the loss that symmetry leaves without any breaking input."""
        point, fit = self._fit(Point(self.trainer.fresh(), self._zero()))
        self.weights = point.weights
        return fit

    def recover(self, progress: Progress | None = None) -> Recovery:
        """Learn the breaking input, then leave out what can be left out.

        Parameters
        ----------
        progress : callable, optional
            ``progress(phase, fraction, message)``.
        """
        begun, report = time.perf_counter(), progress or _silent
        steps = self.trainer.steps
        weights = self.weights if self.weights is not None else self.trainer.fresh()
        found = _Found(Point(weights, self._zero()), np.arange(self.space.size))
        status: Status
        try:
            status = self._recover(found, report)
        except KeyboardInterrupt:
            status = "interrupted"
        self.point = found.point
        found.trace.snapshots.append(("end", found.point.copy()))
        loss, strain = self._losses(found.point)
        values = found.point.inputs.numpy(force=True)
        members = tuple(self._members(found.point))
        return Recovery(
            status,
            loss,
            strain,
            members,
            self.space.arrays(values),
            tuple(sorted({m.component for m in members})),
            tuple(found.trials),
            found.trace,
            self.trainer.steps - steps,
            time.perf_counter() - begun,
        )

    def _recover(self, found: _Found, report: Progress) -> Status:
        report("weights", 0.0, "without input")
        if self.weights is None:
            found.point, _ = self.trainer.fit_surely(found.point)
            self.weights = found.point.weights
        report("weights", 1.0, "without input")
        bare_loss = self._total(found.point)
        found.trace.snapshots.append(("start", found.point.copy()))
        if bare_loss <= self.options.tolerance or self.space.size == 0:
            return "converged" if bare_loss <= self.options.tolerance else "not_converged"
        found.point = alternate(self.trainer, found.point, self._sparsity(), found.trace, report)
        path = self.path = found.point.copy()
        inputs = self._strong(path.inputs)
        found.point, outcome = self.trainer.fit_surely(Point(self.trainer.fresh(), inputs), found.free)
        if outcome.loss > self.options.tolerance:
            found.point = self._kicked(found)
        if self._total(found.point) > self.options.tolerance:
            return "not_converged"
        eliminator = Eliminator(
            self.trainer,
            self.space,
            self._measure,
            found.trace,
            report,
            bare_loss,
            self._target_as_input(),
            self.problem.lattice is None,
        )
        found.trials = eliminator.trials
        found.point, found.free = eliminator.components(path, found.point, found.free)
        if not self.options.degenerate:
            found.point, found.free = eliminator.carriers(path, found.point, found.free)
        found.point, outcome = self.trainer.fit(found.point, found.free)
        return "converged" if outcome.loss <= self.options.tolerance else "not_converged"

    def _target_as_input(self) -> Array:
        """Coordinates (z,) of displacements (1o) and occupations (0e) on the carriers that can hold them."""
        arrays: Inputs = {}
        for carrier in self.space.carriers:
            if carrier.site == GLOBAL:
                continue
            if carrier.kind == (1, -1) and self.problem.target is not None and self.problem.has_displacement:
                arrays[carrier] = self.problem.target
            if carrier.kind == (0, 1) and self.problem.target_occupation is not None:
                arrays[carrier] = self.problem.target_occupation[:, :1]
        return self.space.coordinates(arrays)

    def _strong(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.trainer.strong(inputs, self.space, carrying_atoms(self.problem, self.space.carriers))

    def _total(self, point: Point) -> float:
        return self.engine.evaluate(point.weights, point.inputs).loss

    def _sparsity(self) -> Sparsity:
        blocks = self.space.blocks(self.options.blocks == "irrep")
        degrees = self.space.degrees()
        cost = np.array([degree_cost(int(degrees[block[0]])) for block in blocks])
        if self.options.degenerate:
            blocks = [self.space.select(np.array([c])) for c in np.unique(self.space.component)]
            cost = np.ones(len(blocks))
        return Sparsity(blocks, cost, INPUT_AMPLITUDE * float(np.sqrt(self.problem.n_atoms)))

    def _kicked(self, found: _Found) -> Point:
        """Another start from small random inputs, for children that couple to no input linearly."""
        generator = torch.Generator().manual_seed(7919 + self.options.seed)
        best = found.point
        for attempt in range(1, 4):
            kick = torch.randn(self.space.size, generator=generator, dtype=torch.float64)
            kick *= INPUT_AMPLITUDE * np.sqrt(self.problem.n_atoms / max(self.space.size, 1))
            start = Point(self.trainer.fresh(attempt), kick.to(self.options.device))
            point, outcome = self.trainer.fit(start, found.free)
            if outcome.loss < self._total(best):
                best = point
            if outcome.loss <= self.options.tolerance:
                break
        return best

    def _measure(self, difference: torch.Tensor) -> tuple[float, float]:
        """Residual rows -> (Å or occupation, strain)."""
        values = difference.numpy(force=True)
        n_field = self.objective.n_field
        parts = [self.problem.target if self.problem.has_displacement else None]
        parts.append(self.problem.target_occupation if self.problem.has_occupation else None)
        norm = np.sqrt(sum(float(np.sum(p**2)) for p in parts if p is not None))
        strain = self.problem.target_strain if self.problem.has_strain else None
        strain_norm = 0.0 if strain is None else float(np.linalg.norm(strain))
        return (
            float(np.linalg.norm(values[:n_field])) * norm,
            float(np.linalg.norm(values[n_field:])) * strain_norm,
        )

    def _members(self, point: Point) -> list[Member]:
        values = point.inputs.numpy(force=True)
        eliminator = Eliminator(self.trainer, self.space, self._measure, Trace(), _silent)
        largest = float(np.abs(values).max(initial=0.0))
        result = []
        for block in self.space.blocks():
            if not np.abs(values[block]).max() > 1e-12 * largest:
                continue
            alone = np.zeros_like(values)
            alone[block] = values[block]
            carrier = self.space.carriers[int(self.space.carrier[block[0]])]
            response = eliminator.response(point, block)
            field_alone = self.space.arrays(alone)[carrier]
            result.append(Member(int(self.space.component[block[0]]), carrier, field_alone, *response))
        return sorted(result, key=lambda m: (-m.response, -m.response_strain))

    def train(
        self, inputs: Inputs | None = None, components: tuple[int, ...] | None = None, free: bool = False
    ) -> Fit:
        """Train the network with a given set of inputs, from the weights at hand.

        Parameters
        ----------
        inputs : dict, optional
            Carrier -> field (n, 2l+1) or (2l+1,), used as given (the part that breaks nothing removed).
        components : tuple of int, optional
            Instead: the recovered input restricted to these components.
        free : bool
            With `components`: train the inputs too, on all their carriers, starting from the sparse path.

        Raises
        ------
        UsageError
            Neither or both are given, or components before `recover`.
        """
        if (inputs is None) == (components is None):
            raise UsageError("Give either `inputs` or `components`.")
        start = self.weights if self.weights is not None else self.trainer.fresh()
        if inputs is not None:
            values = self.space.coordinates(inputs)
            largest = max((float(np.abs(field).max(initial=0.0)) for field in inputs.values()), default=0.0)
            values[np.abs(values) < ROUNDING * largest] = 0.0
            coordinates = self._strong(torch.as_tensor(values, device=self.options.device))
            weights = start if self.point is None else self.point.weights
            self.given, fit = self._fit(Point(weights, coordinates))
            return fit
        source = self.path if free else self.point
        if source is None or components is None:
            raise UsageError("Components are known after `recover`.", "Call `recover` first.")
        index = self.space.select(np.array(components, dtype=np.int64))
        chosen = self._zero()
        chosen[torch.as_tensor(index)] = source.inputs[torch.as_tensor(index)]
        return self._fit(Point(source.weights, self._strong(chosen)), index if free else None)[1]

    def polish(self, goal: float = 1e-24) -> None:
        """Take the weights further with the recovered input, down to rounding."""
        if self.point is None:
            return
        usual, self.trainer.tolerance = self.trainer.tolerance, float(np.sqrt(goal))
        try:
            self.point, _ = self.trainer.fit(self.point)
        finally:
            self.trainer.tolerance = usual

    # -- fields and predictions ----------------------------------------------------------------------------
    def component_amplitudes(self) -> dict[int, float]:
        """Amplitude of each component in the target displacements, Å (`SYMMETRIC` included)."""
        result: dict[int, float] = {}
        target = self.problem.target
        for carrier, fields in self.decomposition.target_fields.items():
            if target is None or carrier.kind != (1, -1) or carrier.site == "global":
                continue
            along = np.einsum("nmk,nm->k", fields, target)
            ids = self.decomposition.target_component[carrier]
            for component in np.unique(ids):
                squared = float(np.sum(along[ids == component] ** 2))
                result[int(component)] = result.get(int(component), 0.0) + squared
        return {component: float(np.sqrt(value)) for component, value in result.items()}

    def fields(self, component: int) -> dict[Carrier, Array]:
        """Orthonormal fields (n, 2l+1, k) of a component on every allowed carrier that has it."""
        result = {}
        for index, carrier in enumerate(self.space.carriers):
            members = self.space.component[self.space.carrier == index] == component
            if members.any():
                result[carrier] = self.space.fields[index][:, :, members]
        return result

    def predict(self, inputs: Inputs | None = None, problem: Problem | None = None) -> Prediction:
        """Output of the trained network for any input, by the plain evaluation.

        Parameters
        ----------
        inputs : dict, optional
            Carrier -> field; the recovered input by default.
        problem : Problem, optional
            Another cell or orientation of the same parent (its targets are not used).
        """
        output = self._plain_output(inputs, problem or self.problem)
        scale = self.objective.scale
        displacements = output.vectors.numpy(force=True) * scale[0]
        own = self.problem
        return Prediction(
            displacements - displacements.mean(axis=0) if own.has_displacement else None,
            strain_matrix(output.strain.numpy(force=True) * scale[2]) if own.has_strain else None,
            output.scalars.numpy(force=True) * scale[1] if own.has_occupation else None,
        )

    def predict_given(self, inputs: Inputs) -> Prediction:
        """Output for any input with the weights that `train` left for given inputs."""
        current, self.point = self.point, self.given
        try:
            return self.predict(inputs)
        finally:
            self.point = current

    def predict_at(self, point: Point) -> Prediction:
        """Output with the weights and inputs of a recorded point, by the plain evaluation."""
        current, self.point = self.point, point
        try:
            return self.predict(self.space.arrays(point.inputs.numpy(force=True)))
        finally:
            self.point = current

    def _plain_output(self, inputs: Inputs | None, problem: Problem) -> Output:
        graph = self.graph
        if problem is not self.problem:
            graph = build_graph(problem, self.graph.cutoff, shells=self.graph.shells)
        network = PlainNetwork(self.architecture, graph, self.options.device, problem.given)
        if inputs is None:
            values = self._zero() if self.point is None else self.point.inputs
            inputs = self.space.arrays(values.numpy(force=True))
        site, cell = stacked_inputs(self.architecture, inputs, problem.n_atoms)
        weights = self.point.weights if self.point is not None else self.weights
        if weights is None:
            weights = self.trainer.fresh()
        with torch.no_grad():
            return network(weights, site.to(self.options.device), cell.to(self.options.device))

    def compression_check(self) -> float:
        """Relative norm of the last features outside the child's invariant subspace, by one plain pass."""
        output = self._plain_output(None, self.problem)
        features = output.features.numpy(force=True)
        orbits = child_orbits(self.problem)
        frame = make_frame(self.architecture, orbits)
        outside = 0.0
        for index, kind in enumerate(self.architecture.kinds):
            part = features[:, :, self.architecture.slots(kind)]
            local = np.einsum("nxy,ncx->ncy", frame.transported[index], part)
            mean = np.zeros((len(orbits.representative), *local.shape[1:]))
            np.add.at(mean, orbits.orbit, local)
            mean /= orbits.multiplicity[:, None, None]
            inside = np.einsum("nxy,ncy->ncx", frame.transported[index], mean[orbits.orbit])
            outside += float(np.sum((part - inside) ** 2))
        return float(np.sqrt(outside / max(float(np.sum(features**2)), 1e-300)))


__all__ = ["SYMMETRIC", "Carrier", "Fit", "Learner", "Member", "Options", "Prediction", "Recovery", "Trial"]
