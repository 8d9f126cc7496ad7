"""Charged particles in a uniform magnetic or electric field, simulated: the data of the hidden-field problem."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Run(NamedTuple):
    """Snapshots (m, n, 3) and kinds (n,)."""

    positions: FloatArray
    velocities: FloatArray
    accelerations: FloatArray
    types: NDArray[np.int64]


def accelerate(
    positions: FloatArray, velocities: FloatArray, types: NDArray[np.int64], magnetic: FloatArray, electric: FloatArray
) -> FloatArray:
    """``m a = sum of pair forces + q (E + v x B)``: Coulomb and a screened repulsion; q = +1, -1, m = 1, 2."""
    charge = np.where(types == 0, 1.0, -1.0)
    mass = np.where(types == 0, 1.0, 2.0)
    apart = positions[:, None] - positions[None]
    distance = np.linalg.norm(apart, axis=-1) + 1e9 * np.eye(len(types))
    strength = charge[:, None] * charge[None] / distance**3 + 3.0 * np.exp(-distance) / distance**2
    force = (strength[..., None] * apart).sum(axis=1)
    force += charge[:, None] * (electric + np.cross(velocities, magnetic))
    return np.asarray(force / mass[:, None])


def simulate(
    seed: int,
    magnetic: FloatArray | None = None,
    electric: FloatArray | None = None,
    snapshots: int = 40,
    atoms: int = 6,
    steps: int = 10,
) -> Run:
    """Short runs (fourth-order Runge-Kutta) of one system from many random starts, one snapshot each."""
    rng = np.random.default_rng(seed)
    types = np.arange(atoms) % 2
    fields = [np.zeros(3) if f is None else np.asarray(f, dtype=float) for f in (magnetic, electric)]
    found: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    while len(found) < snapshots:
        x = rng.uniform(-2.5, 2.5, (atoms, 3))
        if np.linalg.norm(x[:, None] - x[None] + 9 * np.eye(atoms)[..., None], axis=-1).min() < 1.2:
            continue
        v = rng.normal(size=(atoms, 3))
        for _ in range(steps):
            x, v = _runge_kutta(x, v, types, fields, 0.02)
        found.append((x, v, accelerate(x, v, types, *fields)))
    x, v, a = (np.array(part) for part in zip(*found, strict=True))
    return Run(x, v, a, types)


def _runge_kutta(
    x: FloatArray, v: FloatArray, types: NDArray[np.int64], fields: list[FloatArray], step: float
) -> tuple[FloatArray, FloatArray]:
    slopes: list[tuple[int, FloatArray, FloatArray]] = []
    for part, weight in ((0.0, 1), (0.5, 2), (0.5, 2), (1.0, 1)):
        if slopes:
            _, dx, dv = slopes[-1]
            now, speed = x + part * step * dx, v + part * step * dv
        else:
            now, speed = x, v
        slopes.append((weight, speed, accelerate(now, speed, types, *fields)))
    return (
        x + step / 6 * sum(w * dx for w, dx, _ in slopes),
        v + step / 6 * sum(w * dv for w, _, dv in slopes),
    )


def write_snapshots(run: Run, path: Path) -> Path:
    """Extended XYZ with velocities and accelerations; the kinds are Na and Cl."""
    lines = []
    for x, v, a in zip(run.positions, run.velocities, run.accelerations, strict=True):
        lines += [str(len(run.types)), "Properties=species:S:1:pos:R:3:velocities:R:3:accelerations:R:3"]
        for kind, row in zip(run.types, np.concatenate([x, v, a], axis=1), strict=True):
            lines.append(" ".join([("Na", "Cl")[kind], *(f"{value:.8f}" for value in row)]))
    path.write_text("\n".join(lines) + "\n")
    return path


def random_direction(seed: int) -> FloatArray:
    """Unit vector."""
    vector = np.random.default_rng(1000 + seed).normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))
