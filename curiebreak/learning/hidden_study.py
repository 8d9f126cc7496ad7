"""Training of a hidden field on many snapshots: engines on trained and held-out ones, fits of weights and inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.learning.multipoles import Multipole
from curiebreak.learning.optimizer import minimise
from curiebreak.learning.orbits import EvenKind
from curiebreak.learning.snapshots import SnapshotEngine, SnapshotNetwork, Snapshots, radial_basis

GOAL = 1e-7
"""Training loss at which a fit stops."""

MOST_ATOMS = 160
"""Atoms, counted through all snapshots, that are trained on at most; a step costs the cube of it."""

RIDGE = 0.01
"""Price of products in the network, as a residual: what is not asked for should not be learned by heart."""

MOST_SNAPSHOTS = 400
"""Snapshots by which components and amplitude of what was found are measured, at most."""

PATIENCE = 4
"""Steps without gain after which a fit stops."""


@dataclass(frozen=True)
class StudyFit:
    """Weights and hidden field of one fit, with its losses on trained and on held-out snapshots."""

    weights: torch.Tensor
    inputs: torch.Tensor
    loss: float
    held_out: float


class Study:
    """Training and held-out engines of one problem."""

    def __init__(
        self,
        snapshots: Snapshots,
        candidates: tuple[EvenKind, ...],
        multipoles: tuple[Multipole, ...],
        seed: int,
        channels: int,
        n_radial: int,
        max_snapshots: int,
    ) -> None:
        self.snapshots = snapshots
        self.candidates = candidates
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(snapshots))
        n_atoms = len(snapshots.types)
        most = min(max_snapshots, max(4, MOST_ATOMS // n_atoms))
        held = max(1, min(len(snapshots) // 4, max(2, most // 2)))
        # held out first, so that what is trained on never sees them
        train = snapshots.select(order[held : held + most])
        rows = rng.permutation(len(train) * n_atoms)[:MOST_ATOMS]
        basis = radial_basis(snapshots.select(order[: held + most]), n_radial)
        self.network = SnapshotNetwork(int(snapshots.types.max()) + 1, channels, n_radial, candidates, multipoles)
        self.speed = speed = float(np.sqrt((train.velocities**2).sum(axis=-1).mean()))
        self.engine = SnapshotEngine(self.network, train, basis, speed, np.sort(rows))
        self.test, self.all = (
            SnapshotEngine(
                self.network, snapshots.select(rows), basis, speed, scale=self.engine.scale, span=self.engine.span
            )
            for rows in (order[:held], order[:MOST_SNAPSHOTS])
        )
        self.weights = self.network.initial_weights(seed)
        ends = np.cumsum([2 * degree + 1 for degree, _ in candidates])
        self.blocks = [np.arange(end - 2 * degree - 1, end) for end, (degree, _) in zip(ends, candidates, strict=True)]

        self.ridged = self.network.layout["product"][0]
        count = self.ridged.stop - self.ridged.start
        self.ridge = torch.zeros(len(self.weights), count, dtype=torch.float64)
        # weights of products pay a price: fields are to explain what products could imitate
        self.ridge[self.ridged] = RIDGE * torch.eye(count, dtype=torch.float64)

    def empty(self) -> torch.Tensor:
        """No hidden field."""
        return torch.zeros(self.network.n_inputs, dtype=torch.float64)

    def fit_weights(self, weights: torch.Tensor, inputs: torch.Tensor, steps: int) -> StudyFit:
        """Levenberg-Marquardt on the weights alone at a given input."""
        return self._minimise(weights, inputs, np.zeros(0, dtype=np.int64), steps)

    def fit(self, weights: torch.Tensor, inputs: torch.Tensor, free: list[int], steps: int) -> StudyFit:
        """Levenberg-Marquardt on the weights and the blocks `free` of the input; other blocks are zero."""
        index = np.concatenate([self.blocks[b] for b in free] or [np.zeros(0, np.int64)])
        start = self.empty()
        start[torch.as_tensor(index)] = inputs[torch.as_tensor(index)]
        return self._minimise(weights, start, index, steps)

    def _minimise(self, weights: torch.Tensor, inputs: torch.Tensor, free: IntArray, steps: int) -> StudyFit:
        index = torch.as_tensor(free)

        def unpack(point: tuple[torch.Tensor, ...]) -> torch.Tensor:
            full = inputs.clone()
            full[index] = point[1]
            return full

        def evaluate(point: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, object]:
            state = self.engine.evaluate(point[0], unpack(point))
            return torch.cat([state.residual, RIDGE * point[0][self.ridged]]), state

        def jacobian(point: tuple[torch.Tensor, ...], state: object) -> tuple[torch.Tensor, ...]:
            by_weight, by_input = self.engine.jacobian(point[0], state)  # type: ignore[arg-type]
            nothing = torch.zeros(len(index), self.ridge.shape[1], dtype=torch.float64)
            return torch.cat([by_weight, self.ridge], dim=1), torch.cat([by_input[index], nothing], dim=1)

        start = (weights, inputs[index])
        best, _ = minimise(evaluate, jacobian, start, goal=GOAL, max_steps=steps, patience=PATIENCE)
        found = unpack(best)
        return StudyFit(best[0], found, self.engine.evaluate(best[0], found).loss, self.held_out(best[0], found))

    def held_out(self, weights: torch.Tensor, inputs: torch.Tensor) -> float:
        """Median over the held-out snapshots of the relative squared error: close encounters do not rule it."""
        shape = (-1, len(self.snapshots.types) * 3)
        error = (self.test.output(weights, inputs) - self.test.target).reshape(shape)
        # per snapshot, then the median
        relative = (error**2).sum(dim=1) / (self.test.target.reshape(shape) ** 2).sum(dim=1)
        return float(relative.quantile(0.5))

    def held_out_atoms(self, fit: StudyFit) -> FloatArray:
        """Squared errors (n,) of the held-out atoms."""
        error = self.test.output(fit.weights, fit.inputs) - self.test.target
        return np.asarray((error**2).sum(dim=1).numpy())

    def response(self, fit: StudyFit, block: int) -> float:
        """Squared relative change of the output when a block is taken away."""
        without = fit.inputs.clone()
        without[torch.as_tensor(self.blocks[block])] = 0.0
        change = self.engine.output(fit.weights, fit.inputs) - self.engine.output(fit.weights, without)
        return float((change**2).sum()) / self.engine.norm**2
