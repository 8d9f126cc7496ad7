"""Charged particles in an electric or magnetic field that varies about a centre, simulated.

The fields are gradients of solid harmonics that are written out here as polynomials, so that nothing of the program's
own harmonics enters: unit coefficients, then scaled to a stated root mean square on the unit sphere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from charged_particles import Run
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Truth(NamedTuple):
    """A multipole: degree, whether magnetic, components by m = -l ... l of unit norm, strength on the unit sphere."""

    degree: int
    magnetic: bool
    components: FloatArray
    strength: float

    @property
    def name(self) -> str:
        """Such as ``2o``: parity of the potential's coefficients."""
        odd = (self.degree % 2 == 1) != self.magnetic
        return f"{self.degree}{'o' if odd else 'e'}"


def potentials(degree: int, r: FloatArray) -> FloatArray:
    """Real solid harmonics r^l Y_lm (n, 2l + 1), m = -l ... l, mean square 1 on the unit sphere.

    The polynomials are those of every textbook (Jackson; table of real spherical harmonics, times sqrt(4 pi)).
    """
    x, y, z = r.T
    s = np.sqrt
    if degree == 1:
        rows = [s(3) * y, s(3) * z, s(3) * x]
    elif degree == 2:
        rows = [s(15) * x * y, s(15) * y * z, s(5 / 4) * (2 * z * z - x * x - y * y), s(15) * x * z,
                s(15 / 4) * (x * x - y * y)]  # fmt: skip
    elif degree == 3:
        q = x * x + y * y
        rows = [s(35 / 8) * y * (3 * x * x - y * y), s(105) * x * y * z, s(21 / 8) * y * (4 * z * z - q),
                s(7 / 4) * z * (2 * z * z - 3 * q), s(21 / 8) * x * (4 * z * z - q), s(105 / 4) * z * (x * x - y * y),
                s(35 / 8) * x * (x * x - 3 * y * y)]  # fmt: skip
    else:
        q, t = x * x + y * y, x * x + y * y + z * z
        rows = [s(315 / 4) * x * y * (x * x - y * y), s(315 / 8) * y * z * (3 * x * x - y * y),
                s(45 / 4) * x * y * (7 * z * z - t), s(45 / 8) * y * z * (7 * z * z - 3 * t),
                s(9 / 64) * (35 * z**4 - 30 * z * z * t + 3 * t * t), s(45 / 8) * x * z * (7 * z * z - 3 * t),
                s(45 / 16) * (x * x - y * y) * (7 * z * z - t), s(315 / 8) * x * z * (x * x - 3 * y * y),
                s(315 / 64) * (x * x * (x * x - 3 * y * y) - y * y * (3 * x * x - y * y))]  # fmt: skip
        del q
    return np.stack(rows, axis=-1)


def field(truth: Truth, r: FloatArray) -> FloatArray:
    """Gradient (n, 3) of the potential, by central differences that are exact enough for polynomials."""
    h = 1e-4
    slope = np.stack([potentials(truth.degree, r + h * e) - potentials(truth.degree, r - h * e) for e in np.eye(3)], 1)
    gradient = slope @ truth.components / (2 * h)
    # mean square of the gradient of one harmonic on the unit sphere: l^2 + l (l + 1)
    return np.asarray(truth.strength * gradient / np.sqrt(truth.degree * (2 * truth.degree + 1)))


def snapshots(
    seed: int,
    truths: tuple[Truth, ...],
    centre: FloatArray,
    count: int = 40,
    atoms: int = 6,
    noise: float = 0.0,
    trap: float = 0.0,
) -> Run:
    """Snapshots of charges (q = 1, -1; m = 1, 2) about a centre: Coulomb and screened repulsion, and the fields."""
    rng = np.random.default_rng(seed)
    types = np.arange(atoms) % 2
    charge, mass = np.where(types == 0, 1.0, -1.0), np.where(types == 0, 1.0, 2.0)
    found: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    while len(found) < count:
        x = rng.uniform(-2.0, 2.0, (atoms, 3))
        apart = x[:, None] - x[None]
        distance = np.linalg.norm(apart, axis=-1) + 1e9 * np.eye(atoms)
        if distance.min() < 1.1:
            continue
        v = rng.normal(size=(atoms, 3))
        pair = charge[:, None] * charge[None] / distance**3 + 3.0 * np.exp(-distance) / distance**2
        force = (pair[..., None] * apart).sum(axis=1) - trap * x
        for truth in truths:
            at = field(truth, x)
            force += charge[:, None] * (np.cross(v, at) if truth.magnetic else at)
        a = force / mass[:, None]
        found.append((x + centre, v, a + noise * rng.normal(size=a.shape)))
    x, v, a = (np.array(part) for part in zip(*found, strict=True))
    return Run(x, v, a, types)


def random_truth(seed: int, degree: int, magnetic: bool) -> Truth:
    """A multipole in a random orientation, its strength between 0.3 and 1 at the distance of the atoms."""
    rng = np.random.default_rng([seed, degree, magnetic])
    components = rng.normal(size=2 * degree + 1)
    strength = rng.uniform(0.3, 1.0) / 1.8 ** (degree - 1)
    return Truth(degree, magnetic, components / np.linalg.norm(components), strength)


def magnet(error: float = 0.15) -> tuple[Truth, Truth]:
    """A dipole magnet's uniform field along y, and its quadrupole error ``(y, x, 0)``, whose potential is xy."""
    dipole = Truth(1, True, np.array([1.0, 0.0, 0.0]), 0.8)
    return dipole, Truth(2, True, np.array([1.0, 0, 0, 0, 0]), error)
