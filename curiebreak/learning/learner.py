"""The learned side as its callers see it: train without input, recover the breaking input, certify, predict."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import replace

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.clock import Progress, silent
from curiebreak.errors import UsageError
from curiebreak.learning.breaking import Carrier, InputSpace, all_carriers, child_orbits, input_orbits
from curiebreak.learning.compression import make_frame
from curiebreak.learning.election import Election
from curiebreak.learning.engine import CompressedEngine, stacked_inputs
from curiebreak.learning.graph import build_graph, choose_cutoff
from curiebreak.learning.harmonics import strain_matrix
from curiebreak.learning.isotypic_split import SYMMETRIC, IsotypicSplit, decompose
from curiebreak.learning.network import Architecture, Output, PlainNetwork
from curiebreak.learning.objective import Losses, make_objective
from curiebreak.learning.optimizer import Minimum
from curiebreak.learning.outcome import Fit, Inputs, LearningOptions, NetworkOutput, Recovery, Status, Survivor
from curiebreak.learning.own_group import OwnGroup, own_group
from curiebreak.learning.placement import ROUNDING, Placement
from curiebreak.learning.problem import GivenField, Problem
from curiebreak.learning.responses import divided, undivided
from curiebreak.learning.training import Point, ProcessorTime, Trainer
from curiebreak.learning.walk import Trial


class Learner:
    """Learns which breaking inputs a problem needs.

    Parameters
    ----------
    problem : Problem
    options : LearningOptions, optional
    """

    def __init__(self, problem: Problem, options: LearningOptions | None = None) -> None:
        self.problem = self.stated = problem
        self.options = options or LearningOptions()
        if self.options.lmax_input < 0:
            raise UsageError("`lmax_input` must be 0 or more.")
        if torch.device(self.options.device).type == "cuda" and not torch.cuda.is_available():
            raise UsageError(
                f"`{self.options.device}` cannot be trained on: torch {torch.__version__} finds no CUDA device here.",
                "Train on `cpu`, or install a build of torch for CUDA and the driver of the device.",
            )
        torch.set_num_threads(self.options.threads)
        self.enlargements = 0
        carriers = self.options.carriers
        self.carriers = carriers if carriers is not None else all_carriers(problem, self.options.lmax_input)
        self._measure()
        self.own: OwnGroup | None = self._found_group() if self.options.own_group else None
        compression = self.options.compression
        self.orbits = child_orbits(self.problem, compression)
        self.objective = make_objective(self.problem, self.orbits)
        if self.options.blocks == "irrep" and compression:
            self.decomposition: IsotypicSplit = decompose(self.problem, self.carriers)
        else:
            self.decomposition = IsotypicSplit(self._answered(), {}, {})
        self._build()

    # -- construction --------------------------------------------------------------------------------------
    def _measure(self) -> None:
        """Graph and architecture."""
        options, problem = self.options, self.problem
        layers = options.layers + (self.enlargements + 1) // 2
        cutoff, edges = choose_cutoff(problem, layers, self.enlargements)
        self.graph = build_graph(problem, cutoff, edges)
        degree = max([0, *(c.degree for c in self.carriers), *(g.degree for g in problem.given)])
        degree = max([degree, *(f.degree for f in problem.target_fields)])
        lmax = options.lmax if options.lmax is not None else max(2, degree) + self.enlargements // 2
        channels = options.channels if options.channels is not None else 3
        self.architecture = Architecture(
            lmax,
            channels,
            layers,
            max(4, lmax),
            problem.n_types,
            self.graph.n_radial,
            problem.n_occupation,
            moments=problem.has_moments,
            odd=problem.has_odd,
            fields=tuple((f.kind, f.everywhere) for f in problem.target_fields),
        )
        self._plain: PlainNetwork | None = None

    def _found_group(self) -> OwnGroup:
        """The group of the target, by the untrained network; from here on it is the child's group of the problem."""
        problem, options = self.problem, self.options
        own = own_group(self.plain, options.seed, problem)
        found = own.applied(problem)
        if problem.input_rotations is not None:
            whole = own_group(PlainNetwork(self.architecture, self.graph, options.device), options.seed, problem)
            found = replace(found, input_rotations=whole.rotations, input_permutations=whole.permutations)
        self.problem = found
        return own

    def _answered(self) -> InputSpace:
        """Inputs divided by what random networks make of them."""
        space = undivided(self.problem, input_orbits(self.problem, self.options.compression), self.carriers)
        return divided(space, self._engine(space, ()), self.options.seed)

    def _engine(self, space: InputSpace, given: tuple[GivenField, ...]) -> CompressedEngine:
        return CompressedEngine(
            self.architecture, self.graph, self.orbits, self.objective, space, self.options.device, given
        )

    def _build(self) -> None:
        options = self.options
        self.engine = self._engine(self.space, self.problem.given)
        self.trainer = Trainer(
            self.engine,
            self.architecture,
            options.seed,
            options.tolerance,
            options.max_steps,
            options.device,
            symmetric=options.compression,
        )
        self._placement: Placement | None = None
        self._larger: Learner | None = None
        self.weights: torch.Tensor | None = None
        self.point: Point | None = None

    def group_difference(self) -> str | None:
        """How the group that the network found differs from that of the problem as stated; None where it does not."""
        own, stated = self.own, self.stated
        if own is None or own.same_as(stated.child_rotations, stated.child_permutations, stated.child_thetas):
            return None
        return (
            f"the network's own gradient keeps {len(own.rotations)} operations of the cell (to {own.largest_kept:.1e}, "
            f"a gap of {own.gap:.1e}), the exact side {len(stated.child_rotations)}"
        )

    @property
    def plain(self) -> PlainNetwork:
        """The network with explicit atoms and edges, in which no group is built in."""
        if self._plain is None:
            self._plain = PlainNetwork(self.architecture, self.graph, self.options.device, self.problem.given)
        return self._plain

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
        self._measure()
        self._build()

    def larger(self) -> Learner:
        """A copy with a larger network, untrained; made once."""
        if self._larger is None:
            self._larger = copy(self)
            self._larger.enlarge()
        return self._larger

    # -- training ------------------------------------------------------------------------------------------
    def zero(self) -> torch.Tensor:
        """Input coordinates (z,) of no input."""
        return torch.zeros(self.space.size, dtype=torch.float64, device=self.options.device)

    def _losses(self, point: Point) -> Losses:
        residual = self.engine.evaluate(point.weights, point.inputs).residual
        # without an odd input every odd feature is exactly zero: what is odd is missed wholly
        return self.objective.losses(residual.numpy(force=True), odd=self.turns_with_time(point.inputs))

    def turns_with_time(self, inputs: torch.Tensor) -> bool:
        """Whether an input (z,) holds anything that time reversal turns round."""
        return bool(np.any(inputs.numpy(force=True)[self.space.odd]))

    def _fit(self, start: Point, free: IntArray | None = None) -> Fit:
        begun = time.perf_counter()
        point, outcome = self._trained(start, free)
        losses = self._losses(point)
        values = point.inputs.numpy(force=True)
        return Fit(
            losses.field,
            losses.strain,
            self.trainer.settled(outcome),
            outcome.reducible,
            self.space.arrays(values),
            tuple(int(c) for c in np.unique(self.space.component[np.abs(values) > 0])),
            outcome.steps,
            time.perf_counter() - begun,
            losses.magnetic,
            losses.fields,
            point,
        )

    def _trained(self, start: Point, free: IntArray | None) -> tuple[Point, Minimum]:
        """Train, where there is anything that the weights can act on: even inputs alone never make a moment."""
        if self.objective.odd.all() and free is None and not self.turns_with_time(start.inputs):
            return start, Minimum(1.0, 0.0, 0, [1.0], 0.0)
        return self.trainer.fit_surely(start, free)

    def fit_without_input(self) -> Fit:
        """Train the weights alone: the loss that symmetry leaves without any breaking input."""
        fit = self._fit(Point(self.trainer.fresh(), self.zero()))
        self.weights = None if fit.point is None else fit.point.weights
        return fit

    def total(self, point: Point) -> float:
        """Sum of the losses at a point."""
        return self.engine.evaluate(point.weights, point.inputs).loss

    def recover(self, progress: Progress | None = None, growing: bool = False) -> Recovery:
        """Follow the Curie path for several seeds and take the set that most of them end with.

        Parameters
        ----------
        progress : callable, optional
            ``progress(phase, fraction, message)``.
        growing : bool
            End, `outgrown`, where a larger network would do with the inputs at hand.
        """
        begun, progress = time.perf_counter(), progress or silent
        election = Election(self, progress, growing)
        status: Status = "converged"
        try:
            if not election.run():
                status = "not_converged"
        except KeyboardInterrupt:
            status = "interrupted"
        chosen = election.chosen
        self.trainer, self.weights, self.point = chosen.trainer, chosen.weights, chosen.walk.point
        # certificates have what the path left of its time, and at least half
        left = self.options.seconds - (self.trainer.allowance.used if self.trainer.allowance else 0.0)
        self.trainer.allowance = ProcessorTime(max(left, self.options.seconds / 2))
        chosen.trace.snapshots.append(("end", self.point.copy()))
        losses = self._losses(self.point)
        members = tuple(self._members(self.point))
        return Recovery(
            status,
            losses.field,
            losses.strain,
            members,
            self.space.arrays(self.point.inputs.numpy(force=True)),
            tuple(sorted({m.component for m in members})),
            tuple(chosen.walk.trials),
            chosen.trace,
            election.steps,
            time.perf_counter() - begun,
            election.selection(),
            losses.magnetic,
            losses.fields,
            chosen.walk.outgrown,
        )

    def _strong(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.placement.strong(inputs)

    @property
    def placement(self) -> Placement:
        """Which carriers hold a component, and how strongly."""
        if self._placement is None or self._placement.space is not self.space:
            self._placement = Placement(self.problem, self.space, self.options.degenerate)
        return self._placement

    def response(self, point: Point, coordinates: IntArray) -> tuple[float, float, float]:
        """What some coordinates of the input make alone: (Å or occupation, strain, μB)."""
        alone = torch.zeros_like(point.inputs)
        index = torch.as_tensor(coordinates)
        alone[index] = point.inputs[index]
        with_input = self.engine.evaluate(point.weights, alone).residual
        without = self.engine.evaluate(point.weights, torch.zeros_like(alone)).residual
        return self.objective.measured((with_input - without).numpy(force=True))

    def _members(self, point: Point) -> list[Survivor]:
        values = point.inputs.numpy(force=True)
        largest = float(np.abs(values).max(initial=0.0))
        result = []
        for block in self.space.blocks():
            if not np.abs(values[block]).max() > 1e-12 * largest:
                continue
            alone = np.zeros_like(values)
            alone[block] = values[block]
            carrier = self.space.carriers[int(self.space.carrier[block[0]])]
            field_alone = self.space.arrays(alone)[carrier]
            result.append(
                Survivor(int(self.space.component[block[0]]), carrier, field_alone, *self.response(point, block))
            )
        return sorted(result, key=lambda m: (-m.response_moment, -m.response, -m.response_strain))

    def train(self, inputs: Inputs | None = None, components: tuple[int, ...] | None = None) -> Fit:
        """Train the network with a given set of inputs, from the weights at hand.

        Parameters
        ----------
        inputs : dict, optional
            Carrier -> field (n, 2l+1) or (2l+1,), used as given (the part that breaks nothing removed).
        components : tuple of int, optional
            Instead: the recovered input restricted to these components.

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
            return self._fit(Point(weights, coordinates))
        if self.point is None or components is None:
            raise UsageError("Components are known after `recover`.", "Call `recover` first.")
        index = self.space.select(np.array(components, dtype=np.int64))
        chosen = self.zero()
        chosen[torch.as_tensor(index)] = self.point.inputs[torch.as_tensor(index)]
        return self._fit(Point(self.point.weights, self._strong(chosen)))

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
    def fields(self, component: int) -> dict[Carrier, FloatArray]:
        """Orthonormal fields (n, 2l+1, k) of a component on every allowed carrier that has it."""
        result = {}
        for index, carrier in enumerate(self.space.carriers):
            members = self.space.component[self.space.carrier == index] == component
            if members.any():
                result[carrier] = self.space.fields[index][:, :, members]
        return result

    def predict(
        self, inputs: Inputs | None = None, problem: Problem | None = None, at: Point | None = None
    ) -> NetworkOutput:
        """Output of the trained network for any input, by the plain evaluation.

        Parameters
        ----------
        inputs : dict, optional
            Carrier -> field; the recovered input by default.
        problem : Problem, optional
            Another cell or orientation of the same parent (its targets are not used).
        at : Point, optional
            Weights, and the input where none is given; those of the recovery by default.
        """
        output = self._plain_output(inputs, problem or self.problem, at or self.point)
        scale = self.objective.scale
        displacements = output.vectors.numpy(force=True) * scale[0]
        own = self.problem
        return NetworkOutput(
            displacements - displacements.mean(axis=0) if own.has_displacement else None,
            strain_matrix(output.strain.numpy(force=True) * scale[2]) if own.has_strain else None,
            output.scalars.numpy(force=True) * scale[1] if own.has_occupation else None,
            output.moments.numpy(force=True) * scale[3] if own.has_moments else None,
        )

    def _plain_output(self, inputs: Inputs | None, problem: Problem, point: Point | None) -> Output:
        network = self.plain
        if problem is not self.problem:
            graph = build_graph(problem, self.graph.cutoff, shells=self.graph.shells)
            network = PlainNetwork(self.architecture, graph, self.options.device, problem.given)
        if inputs is None:
            values = self.zero() if point is None else point.inputs
            inputs = self.space.arrays(values.numpy(force=True))
        site, cell = stacked_inputs(self.architecture, inputs, problem.n_atoms)
        # weights of the point, else those trained without input, else fresh ones
        weights = point.weights if point is not None else self.weights
        if weights is None:
            weights = self.trainer.fresh()
        with torch.no_grad():
            return network(weights, site.to(self.options.device), cell.to(self.options.device))

    def compression_check(self) -> float:
        """Relative norm of the last features outside the child's invariant subspace, by one plain pass."""
        output = self._plain_output(None, self.problem, self.point)
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


__all__ = [
    "SYMMETRIC",
    "Carrier",
    "Fit",
    "Learner",
    "Survivor",
    "LearningOptions",
    "NetworkOutput",
    "Recovery",
    "Trial",
]
