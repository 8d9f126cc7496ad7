"""The hidden-field problem: one global symmetry-breaking input that explains many snapshots of a system.

Positions and velocities of charged particles determine their accelerations through an equivariant map,
unless a uniform field acts that the input does not show. A learnable global input, the same for all
snapshots, is trained together with the network's weights under group sparsity, one block for each
(l, parity), followed by backward elimination on snapshots that were not trained on: 1e for a magnetic
field, 1o for an electric one, nothing without either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.learning.optimizer import minimise
from curiebreak.learning.orbits import EvenKind
from curiebreak.learning.snapshots import SnapshotEngine, SnapshotNetwork, Snapshots, radial_basis
from curiebreak.learning.sparsity import Sparsity, degree_cost, input_step

CANDIDATES: tuple[EvenKind, ...] = ((0, -1), (1, 1), (1, -1), (2, 1), (2, -1))
"""Kinds of hidden field: all up to l = 2 that break a symmetry of space."""

AMPLITUDE = 1.0
"""Norm of all inputs together while the sparsity works."""

GAIN = 3.0
"""A field is needed if the loss without it is this many times the loss with everything."""

GOAL = 1e-7
"""Training loss at which a fit stops."""

MOST_ATOMS = 160
"""Atoms, counted through all snapshots, that are trained on at most; a step costs the cube of it."""

RIDGE = 0.01
"""Price of products in the network, as a residual: what is not asked for should not be learned by heart."""

PATIENCE = 4
"""Steps without gain after which a fit stops."""

LEAST_ROWS = 60
"""Accelerations (components) below which nothing can be told."""

Progress = Callable[[str, float, str], None]


@dataclass(frozen=True, eq=False)
class GlobalField:
    """One recovered global field.

    Attributes
    ----------
    degree, parity : int
        l, and 1 (even) or -1 (odd).
    components : (2l + 1,)
        Unit norm, e3nn's order: (x, y, z) for l = 1, in the frame of the snapshots. The sign of a vector
        is such that the atoms of kind 0 are driven along it (1o) or by ``velocity x field`` (1e).
    response : float
        Relative change of the output without it, squared.
    loss_without : float
        Relative held-out loss when trained without it.
    """

    degree: int
    parity: int
    components: FloatArray
    response: float
    loss_without: float

    @property
    def name(self) -> str:
        """Such as ``1e``."""
        return f"{self.degree}{'e' if self.parity > 0 else 'o'}"


@dataclass(frozen=True, eq=False)
class FieldRecovery:
    """What the snapshots ask for.

    Attributes
    ----------
    fields : tuple of GlobalField
        Strongest response first; empty when no hidden field is needed.
    loss_without_input, loss : float
        Relative losses on held-out snapshots (their median), without any and with the fields found.
    limit : float
        Held-out loss up to which a field is not needed.
    """

    fields: tuple[GlobalField, ...]
    loss_without_input: float
    loss: float
    limit: float


def recover(
    positions: FloatArray,
    velocities: FloatArray,
    accelerations: FloatArray,
    types: IntArray,
    lattice: FloatArray | None = None,
    *,
    candidates: tuple[EvenKind, ...] = CANDIDATES,
    seed: int = 0,
    tolerance: float = 1e-3,
    channels: int = 2,
    n_radial: int = 6,
    max_snapshots: int = 24,
    progress: Progress | None = None,
) -> FieldRecovery:
    """Find the global fields that act on all snapshots.

    Parameters
    ----------
    positions, velocities, accelerations : (m, n, 3)
        Cartesian, any consistent units, the same frame in all snapshots.
    types : (n,) int
        Kind of each atom, from 0 (equal mass and charge).
    lattice : (3, 3), optional
        Rows: periodic cell.
    candidates : tuple of (l, parity)
        Kinds of field that are allowed.
    seed : int
        Weights, and which snapshots are held out.
    tolerance : float
        Relative held-out loss that counts as reached.
    channels, n_radial : int
        Size of the network.
    max_snapshots : int
        Snapshots that are trained on, at most.
    progress : callable, optional
        ``progress(phase, fraction, message)``.

    Raises
    ------
    InputError
        If the arrays do not fit together or the snapshots are too few.
    """
    snapshots = _checked(positions, velocities, accelerations, types, lattice)
    torch.set_num_threads(1)  # arrays this small only wait for further threads
    study = _Study(snapshots, candidates, seed, channels, n_radial, max_snapshots)
    progress = progress or _quiet
    return _search(study, tolerance, progress)


def _quiet(phase: str, fraction: float, message: str) -> None:
    """No progress."""


def _checked(
    positions: FloatArray,
    velocities: FloatArray,
    accelerations: FloatArray,
    types: IntArray,
    lattice: FloatArray | None,
) -> Snapshots:
    arrays = [np.asarray(a, dtype=np.float64) for a in (positions, velocities, accelerations)]
    kinds = np.unique(np.asarray(types), return_inverse=True)[1].astype(np.int64)
    shape = arrays[0].shape
    if any(a.shape != shape for a in arrays) or len(shape) != 3 or shape[1:] != (len(kinds), 3):
        raise InputError(
            "Positions, velocities and accelerations must all have the shape (snapshots, atoms, 3).",
            "Give all three for every atom of every snapshot.",
        )
    if not all(np.isfinite(a).all() for a in arrays):
        raise InputError("The snapshots hold a value that is not a number (NaN).", "Correct the file.")
    if shape[0] < 4 or shape[0] * shape[1] * 3 < LEAST_ROWS:
        raise InputError(f"{shape[0]} snapshots of {shape[1]} atoms are too few.", "Give 20 snapshots or more.")
    if not arrays[2].any() or not arrays[1].any():
        raise InputError("All accelerations or all velocities are zero.", "Check the file's arrays.")
    return Snapshots(arrays[0], arrays[1], arrays[2], kinds, lattice)


@dataclass(frozen=True)
class _Fit:
    weights: torch.Tensor
    inputs: torch.Tensor
    loss: float
    held_out: float


class _Study:
    """Training and held-out engines of one problem."""

    def __init__(
        self,
        snapshots: Snapshots,
        candidates: tuple[EvenKind, ...],
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
        self.network = SnapshotNetwork(int(snapshots.types.max()) + 1, channels, n_radial, candidates)
        speed = float(np.sqrt((train.velocities**2).sum(axis=-1).mean()))
        self.engine = SnapshotEngine(self.network, train, basis, speed, np.sort(rows))
        self.test = SnapshotEngine(self.network, snapshots.select(order[:held]), basis, speed, scale=self.engine.scale)
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

    def fit_weights(self, weights: torch.Tensor, inputs: torch.Tensor, steps: int) -> _Fit:
        """Levenberg-Marquardt on the weights alone at a given input."""
        return self._minimise(weights, inputs, np.zeros(0, dtype=np.int64), steps)

    def fit(self, weights: torch.Tensor, inputs: torch.Tensor, free: list[int], steps: int) -> _Fit:
        """Levenberg-Marquardt on the weights and the blocks `free` of the input; other blocks are zero."""
        index = np.concatenate([self.blocks[b] for b in free] or [np.zeros(0, np.int64)])
        start = self.empty()
        start[torch.as_tensor(index)] = inputs[torch.as_tensor(index)]
        return self._minimise(weights, start, index, steps)

    def _minimise(self, weights: torch.Tensor, inputs: torch.Tensor, free: IntArray, steps: int) -> _Fit:
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
        return _Fit(best[0], found, self.engine.evaluate(best[0], found).loss, self.held_out(best[0], found))

    def held_out(self, weights: torch.Tensor, inputs: torch.Tensor) -> float:
        """Median over the held-out snapshots of the relative squared error: close encounters do not rule it."""
        shape = (-1, len(self.snapshots.types) * 3)
        error = (self.test.output(weights, inputs) - self.test.target).reshape(shape)
        # per snapshot, then the median
        relative = (error**2).sum(dim=1) / (self.test.target.reshape(shape) ** 2).sum(dim=1)
        return float(relative.quantile(0.5))

    def response(self, fit: _Fit, block: int) -> float:
        """Squared relative change of the output when a block is taken away."""
        without = fit.inputs.clone()
        without[torch.as_tensor(self.blocks[block])] = 0.0
        change = self.engine.output(fit.weights, fit.inputs) - self.engine.output(fit.weights, without)
        return float((change**2).sum()) / self.engine.norm**2


def _search(study: _Study, tolerance: float, progress: Progress) -> FieldRecovery:
    everything = list(range(len(study.candidates)))
    progress("network", 0.0, "without a hidden field")
    plain = study.fit(study.weights, study.empty(), [], steps=15)
    if plain.held_out <= tolerance:
        return FieldRecovery((), plain.held_out, plain.held_out, tolerance)
    started = _sparse_path(study, plain, progress)
    full = study.fit(started.weights, started.inputs, everything, steps=15)
    # what all fields together reach, with a margin: a smaller set must reach it too
    limit = max(tolerance, GAIN * full.held_out)
    if plain.held_out <= limit:
        return FieldRecovery((), plain.held_out, plain.held_out, limit)
    kept, final = _eliminated(study, full, limit, progress)
    fields = []
    for block in kept:
        others = [b for b in kept if b != block]
        progress("certificates", 0.9, "without one field")
        without = plain if not others else study.fit(plain.weights, final.inputs, others, steps=15)
        fields.append(_field(study, final, block, without.held_out, bool(others)))
    fields.sort(key=lambda f: -f.response)
    return FieldRecovery(tuple(fields), plain.held_out, final.held_out, limit)


def _sparse_path(study: _Study, plain: _Fit, progress: Progress, rounds: int = 8) -> _Fit:
    """Inputs and weights in turn under the group penalty, from no input."""
    cost = np.array([degree_cost(degree) for degree, _ in study.candidates])
    sparsity = Sparsity(study.blocks, cost, AMPLITUDE)
    current = replace(plain, weights=study.weights)
    current = study.fit(current.weights, study.empty(), [], steps=3)
    inputs = study.empty()
    for count in range(rounds):
        progress("inputs", count / rounds, f"loss {current.loss:.1e}")
        state = study.engine.evaluate(current.weights, inputs)
        slope = study.engine.input_jacobian(current.weights, state)
        # damping relative to the steepest residual
        damping = 1e-2 * float((slope * slope).sum(0).max()) + 1e-12
        # the penalty is smoothed at first and sharpens: small blocks fall to zero one after another
        smoothing = max(0.5 * 0.6**count, 1e-4)
        ridge = sparsity.ridge(inputs, smoothing) if count else torch.zeros_like(inputs)
        inputs = input_step(slope, state.residual, inputs, ridge, damping)
        # amplitude alone could escape the penalty through the weights
        inputs = inputs * (AMPLITUDE / max(float(inputs.norm()), 1e-300))
        current = study.fit_weights(current.weights, inputs, steps=2)
    return current


def _eliminated(study: _Study, full: _Fit, limit: float, progress: Progress) -> tuple[list[int], _Fit]:
    """Backward elimination: drop the block of least response that the held-out loss can spare."""
    kept, current = list(range(len(study.candidates))), full
    settled: set[int] = set()
    while len(settled) < len(kept):
        order = sorted((b for b in kept if b not in settled), key=lambda b: study.response(current, b))
        block = order[0]
        rest = [b for b in kept if b != block]
        progress("elimination", 1 - len(rest) / len(study.blocks), study_name(study.candidates[block]))
        trial = study.fit(current.weights, current.inputs, rest, steps=10)
        if trial.held_out <= limit or study.response(current, block) <= current.held_out:
            kept, current = rest, trial
        else:
            settled.add(block)
    return kept, study.fit(current.weights, current.inputs, kept, steps=15)


def study_name(kind: EvenKind) -> str:
    """Such as ``1e``."""
    return f"{kind[0]}{'e' if kind[1] > 0 else 'o'}"


def _field(study: _Study, final: _Fit, block: int, loss_without: float, several: bool) -> GlobalField:
    degree, parity = study.candidates[block]
    values = final.inputs[torch.as_tensor(study.blocks[block])].numpy()
    unit = values / np.linalg.norm(values)
    if (degree, parity) == (1, -1) and several:
        # products of fields mix vectors (E and E x B look alike): what it does tells the direction
        drive = _change(study, final, block)[study.engine.kinds.numpy()[:, 0] > 0].mean(axis=0)
        unit = drive / np.linalg.norm(drive)
    elif degree == 1:
        unit = unit * _sign(study, final, block, unit, parity)
    return GlobalField(degree, parity, unit, study.response(final, block), loss_without)


def _change(study: _Study, final: _Fit, block: int) -> FloatArray:
    """What a block adds to the output: (atoms, 3)."""
    without = final.inputs.clone()
    without[torch.as_tensor(study.blocks[block])] = 0.0
    difference = study.engine.output(final.weights, final.inputs) - study.engine.output(final.weights, without)
    return np.asarray(difference.numpy())


def _sign(study: _Study, final: _Fit, block: int, unit: FloatArray, parity: int) -> float:
    """Sign by which kind 0 answers with the field (1o) or with velocity x field (1e)."""
    engine = study.engine
    change = _change(study, final, block)
    velocity = engine.velocities.numpy()
    # the force of an axial field is v x B, that of a polar one is along it
    along = np.cross(velocity, unit) if parity > 0 else np.broadcast_to(unit, change.shape)
    chosen = engine.kinds.numpy()[:, 0] > 0
    return 1.0 if float((change * along)[chosen].sum()) >= 0 else -1.0
