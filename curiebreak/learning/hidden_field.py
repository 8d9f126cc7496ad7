"""The hidden-field problem: one global symmetry-breaking input that explains many snapshots of a system.

Positions and velocities of charged particles determine their accelerations through an equivariant map,
unless a uniform field acts that the input does not show. A learnable global input, the same for all
snapshots, is trained together with the network's weights under group sparsity, one block for each
(l, parity), followed by backward elimination on snapshots that were not trained on: 1e for a magnetic
field, 1o for an electric one, nothing without either. About a stated centre the input may also be multipoles of a field
that varies in space: one block for each degree, parity and time parity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.clock import Progress
from curiebreak.errors import InputError
from curiebreak.learning.hidden_strength import Law, Strength, strengths, sureness
from curiebreak.learning.hidden_study import Study, StudyFit
from curiebreak.learning.multipoles import Multipole
from curiebreak.learning.orbits import EvenKind, kind_name
from curiebreak.learning.snapshots import Snapshots
from curiebreak.learning.sparsity import Sparsity, degree_cost, input_step

CANDIDATES: tuple[EvenKind, ...] = ((0, -1), (1, 1), (1, -1), (2, 1), (2, -1))
"""Kinds of hidden field: all up to l = 2 that break a symmetry of space."""

AMPLITUDE = 1.0
"""Norm of all inputs together while the sparsity works."""

GAIN = 3.0
"""A field is needed if the loss without it is this many times the loss with everything."""

LEAST_ROWS = 60
"""Accelerations (components) below which nothing can be told."""


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
    time : int
        1 or -1: even or odd under time reversal, told by whether it pushes atoms at rest or in proportion to velocity.
    confidence : float
        One minus the chance that held-out accelerations are met better with it by accident.
    amplitude, amplitude_error : float or None
        Root mean square of the field on the sphere of radius 1 about the centre, as atoms of kind 0 answer to it, in
        units of the snapshots, and its standard error; None where they do not answer as charges would.
    """

    degree: int
    parity: int
    components: FloatArray
    response: float
    loss_without: float
    time: int = 1
    confidence: float = 0.0
    amplitude: float | None = None
    amplitude_error: float | None = None

    @property
    def name(self) -> str:
        """Such as ``1e``."""
        return kind_name((self.degree, self.parity))


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
    centre: FloatArray | None = None,
    multipoles: tuple[Multipole, ...] = (),
    progress: Progress | None = None,
) -> FieldRecovery:
    """Find the global fields that act on all snapshots.

    Parameters
    ----------
    positions, velocities, accelerations : (m, n, 3)
        Cartesian, any consistent units, the same frame in all snapshots.
    types : (n,) int
        EvenKind of each atom, from 0 (equal mass and charge).
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
    centre : (3,), optional
        Point about which a field that varies in space has its multipoles.
    multipoles : tuple of Multipole
        Those that are allowed, in place of `candidates`.
    progress : callable, optional
        ``progress(phase, fraction, message)``.

    Raises
    ------
    InputError
        If the arrays do not fit together or the snapshots are too few.
    """
    snapshots = _checked(positions, velocities, accelerations, types, lattice)
    if (centre is None) == bool(multipoles) or (centre is not None and lattice is not None):
        raise InputError(
            "Multipoles need a centre, and a system that is not periodic.", "Give both, or neither for uniform fields."
        )
    torch.set_num_threads(1)  # arrays this small only wait for further threads
    if centre is not None:
        snapshots = replace(snapshots, centre=np.asarray(centre, dtype=np.float64))
        candidates = tuple((m.degree, m.parity) for m in multipoles)
    study = Study(snapshots, candidates, multipoles, seed, channels, n_radial, max_snapshots)
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


def _search(study: Study, tolerance: float, progress: Progress) -> FieldRecovery:
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
    fields, laws = [], _laws(study, final, kept)
    for block in kept:
        others = [b for b in kept if b != block]
        progress("certificates", 0.9, "without one field")
        without = plain if not others else study.fit(plain.weights, final.inputs, others, steps=15)
        sure = sureness(study.held_out_atoms(final), study.held_out_atoms(without))
        found = _field(study, final, block, without.held_out, bool(others))
        fields.append(replace(_measured(study, found, laws.get(block)), confidence=sure))
    fields.sort(key=lambda f: -f.response)
    return FieldRecovery(tuple(fields), plain.held_out, final.held_out, limit)


def _laws(study: Study, final: StudyFit, kept: list[int]) -> dict[int, Strength]:
    """Components and amplitude of every field that pushes atoms of kind 0 as charges; of none if not of all."""
    laws = [Law(study.candidates[b][0], _time(study, final, b)) for b in kept]
    vectors = [parity == -time * (-1) ** (law.degree - 1) for (_, parity), law, time in
               zip((study.candidates[b] for b in kept), laws, (law.time for law in laws), strict=True)]  # fmt: skip
    uniform = study.snapshots.centre is None
    if not all(vectors) or any(law.degree < 1 or (uniform and law.degree > 1) for law in laws):
        return {}
    engine = study.all
    chosen = engine.kinds.numpy()[:, 0] > 0
    pushed = (engine.target - engine.output(final.weights, study.empty())).numpy()[chosen]
    places, velocities = engine.places.numpy()[chosen], engine.velocities.numpy()[chosen]
    found = strengths(laws, pushed * engine.scale, places * engine.span, velocities * study.speed)
    return {} if found is None else dict(zip(kept, found, strict=True))


def _time(study: Study, final: StudyFit, block: int) -> int:
    """Whether a field pushes atoms whose velocities are turned round alike (1) or the other way (-1)."""
    if study.network.multipoles:
        return study.network.multipoles[block].time
    change, engine = _change(study, final, block), study.engine
    ahead, engine.velocities = engine.velocities, -engine.velocities
    try:
        back = _change(study, final, block)
    finally:
        engine.velocities = ahead
    return 1 if float((change * back).sum()) >= 0 else -1


def _measured(study: Study, field: GlobalField, strength: Strength | None) -> GlobalField:
    """The field with its amplitude where it has one; multipoles with the components of the law."""
    if strength is None:
        return field
    components = strength.components if study.network.multipoles else field.components
    return replace(field, components=components, amplitude=strength.amplitude, amplitude_error=strength.error)


def _sparse_path(study: Study, plain: StudyFit, progress: Progress, rounds: int = 8) -> StudyFit:
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


def _eliminated(study: Study, full: StudyFit, limit: float, progress: Progress) -> tuple[list[int], StudyFit]:
    """Backward elimination: drop the block of least response that the held-out loss can spare."""
    kept, current = list(range(len(study.candidates))), full
    settled: set[int] = set()
    while len(settled) < len(kept):
        order = sorted((b for b in kept if b not in settled), key=lambda b: study.response(current, b))
        block = order[0]
        rest = [b for b in kept if b != block]
        progress("elimination", 1 - len(rest) / len(study.blocks), kind_name(study.candidates[block]))
        trial = study.fit(current.weights, current.inputs, rest, steps=10)
        if trial.held_out <= limit or study.response(current, block) <= current.held_out:
            kept, current = rest, trial
        else:
            settled.add(block)
    return kept, study.fit(current.weights, current.inputs, kept, steps=15)


def _field(study: Study, final: StudyFit, block: int, loss_without: float, several: bool) -> GlobalField:
    degree, parity = study.candidates[block]
    values = final.inputs[torch.as_tensor(study.blocks[block])].numpy()
    unit = values / np.linalg.norm(values)
    if (degree, parity) == (1, -1) and several:
        # products of fields mix vectors (E and E x B look alike): what it does tells the direction
        drive = _change(study, final, block)[study.engine.kinds.numpy()[:, 0] > 0].mean(axis=0)
        unit = drive / np.linalg.norm(drive)
    elif degree == 1:
        unit = unit * _sign(study, final, block, unit, parity)
    time = _time(study, final, block)
    return GlobalField(degree, parity, unit, study.response(final, block), loss_without, time)


def _change(study: Study, final: StudyFit, block: int) -> FloatArray:
    """What a block adds to the output: (atoms, 3)."""
    without = final.inputs.clone()
    without[torch.as_tensor(study.blocks[block])] = 0.0
    difference = study.engine.output(final.weights, final.inputs) - study.engine.output(final.weights, without)
    return np.asarray(difference.numpy())


def _sign(study: Study, final: StudyFit, block: int, unit: FloatArray, parity: int) -> float:
    """Sign by which kind 0 answers with the field (1o) or with velocity x field (1e)."""
    engine = study.engine
    change = _change(study, final, block)
    velocity = engine.velocities.numpy()
    # the force of an axial field is v x B, that of a polar one is along it
    along = np.cross(velocity, unit) if parity > 0 else np.broadcast_to(unit, change.shape)
    chosen = engine.kinds.numpy()[:, 0] > 0
    return 1.0 if float((change * along)[chosen].sum()) >= 0 else -1.0
