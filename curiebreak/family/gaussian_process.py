"""Gaussian processes of invariant numbers.

After C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006).
With standardised features x, the class c of a point and Matern's kernel k of smoothness 3/2 (eq. 4.17),

    k(x, c; x', c') = s(c, c') (1 + r) exp(-r),   r = sqrt(3) |x - x'| / l,   s = 1 for c = c', else `shared`,
    y(x, c) = trend(c) + unit(c) k (K + N)^-1 z,  z = (y - trend(c)) / unit(c) of the training,

N the diagonal of noises. So a class of a dozen members learns from the compositions of all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray

LENGTH = 16.0
"""Correlation length l, standard deviations of some fifty features together. This, the noises and `shared` were chosen
by folds over formulas."""


def matern(x: FloatArray, y: FloatArray, length: float) -> FloatArray:
    """Kernel (a, b) between points (a, f) and (b, f)."""
    squared = (x * x).sum(1)[:, None] + (y * y).sum(1)[None] - 2.0 * x @ y.T
    r = np.sqrt(3.0 * np.maximum(squared, 0.0)) / length
    return np.asarray((1.0 + r) * np.exp(-r))


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A trained process with k outputs.

    Attributes
    ----------
    rows : (m,) int
        Places of its points among the compositions of the training.
    points : (m, f)
        Their features, and what else enters.
    kinds : (m,) int
        Class of each point.
    noise : (m,)
        Variance of each point's noise, of the scatter within a class.
    weights : (m, k)
        ``(K + N)^-1 z``.
    trend : (q, t, k)
        Of each class, times the trend's inputs (a constant alone: t = 1).
    unit : (q, k)
        Scatter of each class.
    shared : float
        Correlation of two classes.
    """

    rows: IntArray
    points: FloatArray
    kinds: IntArray
    noise: FloatArray
    weights: FloatArray
    trend: FloatArray
    unit: FloatArray
    shared: float = 1.0

    NAMES = ("rows", "kinds", "noise", "weights", "trend", "unit")

    def _kernel(self, x: FloatArray, kind: IntArray | int) -> FloatArray:
        same = np.asarray(kind).reshape(-1, 1) == self.kinds[None]
        return matern(x, self.points, LENGTH) * np.where(same, 1.0, self.shared)

    @cached_property
    def _inverse(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self._kernel(self.points, self.kinds) + np.diag(self.noise)))

    def __call__(self, x: FloatArray, kind: int = 0, inputs: FloatArray | None = None) -> FloatArray:
        """Means (b, k) for points (b, f) of class `kind`; `inputs` (b, t) of the trend."""
        one = np.ones((len(x), 1)) if inputs is None else inputs
        return np.asarray(one @ self.trend[kind] + self.unit[kind] * (self._kernel(x, kind) @ self.weights))

    def deviation(self, x: FloatArray, kind: int = 0) -> FloatArray:
        """Standard deviation (b,) of the mean, in units of the class's scatter (eq. 2.26)."""
        k = self._kernel(x, kind)
        return np.asarray(np.sqrt(np.maximum(1.0 - np.einsum("ij,jk,ik->i", k, self._inverse, k), 0.0)))

    def arrays(self, prefix: str, shared_features: int) -> dict[str, Any]:
        """For a file that holds the compositions' features once."""
        found: dict[str, Any] = {f"{prefix}.{name}": getattr(self, name) for name in self.NAMES}
        found |= {f"{prefix}.shared": np.array([self.shared])}
        extra = self.points[:, shared_features:]
        return found | ({f"{prefix}.extra": extra.astype(np.float32)} if extra.shape[1] else {})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], prefix: str, features: FloatArray) -> GaussianProcess:
        """From a file; `features` (n, f) of all compositions."""
        own = {name: np.asarray(arrays[f"{prefix}.{name}"]) for name in cls.NAMES}
        points = features[own["rows"]]
        if f"{prefix}.extra" in arrays:
            points = np.concatenate([points, arrays[f"{prefix}.extra"].astype(np.float64)], axis=1)
        numbers: dict[str, Any] = {
            n: a.astype(np.float64) if n in ("noise", "weights", "trend", "unit") else a for n, a in own.items()
        }
        return cls(points=points, shared=float(arrays[f"{prefix}.shared"][0]), **numbers)


def train_process(
    rows: IntArray,
    points: FloatArray,
    answers: FloatArray,
    noise: float | FloatArray,
    *,
    kinds: IntArray | None = None,
    n_kinds: int = 1,
    shared: float = 1.0,
    unit: float | None = None,
    inputs: FloatArray | None = None,
    mean: FloatArray | None = None,
) -> GaussianProcess:
    """Train on points (m, f) with answers (m, k).

    Parameters
    ----------
    rows, points, kinds, shared, noise
        As in `GaussianProcess`; noise may be one number.
    answers : (m, k)
    n_kinds : int
        Number of classes q; those without a point get the mean trend and scatter of the others.
    unit : float, optional
        Scatter of all classes; by default the standard deviation of each.
    inputs : (m, t), optional
        Inputs of the trend, which is fitted by least squares (with a small ridge); by default a constant.
    mean : (k,), optional
        The trend, where it is a constant that is known.
    """
    kind = np.zeros(len(points), dtype=np.int64) if kinds is None else kinds
    design = np.ones((len(points), 1)) if inputs is None else inputs
    outputs = answers.shape[1]
    trend, scatter = np.full((n_kinds, design.shape[1], outputs), np.nan), np.full((n_kinds, outputs), np.nan)
    for q in np.unique(kind):
        own = kind == q
        a = design[own]
        ridge = RIDGE * own.sum() * np.eye(a.shape[1]) if a.shape[1] > 1 else 0.0
        trend[q] = np.linalg.solve(a.T @ a + ridge, a.T @ answers[own]) if mean is None else mean
        scatter[q] = answers[own].std(axis=0) if unit is None else unit
    least = SMALLEST * max(float(np.abs(answers).max(initial=0.0)), 1e-12)
    for table, floor in ((trend, -np.inf), (scatter, least)):
        table[...] = np.maximum(np.where(np.isfinite(table), table, np.nanmean(table, axis=0)), floor)
    z = (answers - np.einsum("mt,mtk->mk", design, trend[kind])) / scatter[kind]
    noises = np.broadcast_to(np.asarray(noise, dtype=np.float64), (len(points),)).copy()
    blank = GaussianProcess(rows, points, kind, noises, np.zeros_like(z), trend, scatter, shared)
    return GaussianProcess(rows, points, kind, noises, blank._inverse @ z, trend, scatter, shared)


RIDGE = 1e-4
"""Of the trend, relative to the mean square of inputs of size one."""
SMALLEST = 1e-3
"""Least scatter of a class, of the largest answer: a class of one member has none of its own."""
