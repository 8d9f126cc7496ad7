"""Gaussian processes of invariant numbers.

After C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006).
With standardised features x, the class c of a point and Matern's kernel m of smoothness 3/2 (eq. 4.17),

    m_l(r) = (1 + s) exp(-s),  s = sqrt(3) r / l,   k(x, x') = sum_p w_p m_{l_p}(|x_p - x'_p|),
    y(x, c) = trend(c) + unit(c) k C (K C + N)^-1 z,  z = (y - trend(c)) / unit(c) of the training,

x_p the features of a part (everything, one cation, the sizes), C(c, c') = 1 for c = c', else as `shared` says, times
`LOOSE` where one point is a relative and the other is not (see `curiebreak.family.relatives`), and N the diagonal of
noises. So a class of a dozen members learns from the compositions of its kin, and a compound from others with the same
cation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from curiebreak.family.cell import CommonCell


class Parts(NamedTuple):
    """Weights and correlation lengths (standard deviations of all its features together) of the parts of a kernel.

    Attributes
    ----------
    whole, cations, sizes : (weight, length)
        All features; those of each cation (sharing the weight); misfits and radii.
    neighbours : int
        Power of a cation's number of neighbours with which it shares the weight.
    slope : float
        Variance of what is linear in misfits and radii: it says what lies beyond the training.
    products : float
        Variance of coefficients in front of the products of two components of an order parameter.
    """

    whole: tuple[float, float] = (0.4, 12.0)
    cations: tuple[float, float] = (0.4, 8.0)
    sizes: tuple[float, float] = (0.2, 6.0)
    neighbours: int = 0
    slope: float = 0.0
    products: float = 0.0


GENERAL = Parts()
LENGTHS = Parts(cations=(0.8, 8.0), sizes=(0.2, 9.0), slope=0.1)
REST = Parts(whole=(0.2, 12.0), cations=(0.6, 8.0), neighbours=2, products=0.4)
"""Of the class, directions and edges; of lengths of order parameters; of what follows from these. These, the noises and
correlations were chosen by folds over formulas."""
LOOSE = 0.9
"""Correlation of a relative with the members of its class."""
SIZE_WORDS = ("misfit", "ratio", "size", "radius8", "edge")
"""What the names of features that are misfits and radii end in."""


def matern(x: FloatArray, y: FloatArray, length: float) -> FloatArray:
    """Kernel (a, b) between points (a, f) and (b, f)."""
    squared = (x * x).sum(1)[:, None] + (y * y).sum(1)[None] - 2.0 * x @ y.T
    r = np.sqrt(3.0 * np.maximum(squared, 0.0)) / length
    return np.asarray((1.0 + r) * np.exp(-r))


@dataclass(frozen=True, eq=False)
class Kernel:
    """A sum over parts of the features.

    With p the products that stand last among the numbers of a point and x_s its misfits and radii (n of them),

        k(x, x') + slope x_s . x'_s / n + products (p . p') k(x, x' without what stands behind the features).

    The last term lets the coefficients of Landau's expansion depend on the composition.

    Attributes
    ----------
    parts : tuple of (weight, length, columns)
        The order parameter behind the features of a composition belongs to every part.
    features : int
        Of a composition.
    order : int
        Components of the order parameter behind the features; products follow.
    slope, products : float
        As in `Parts`.
    sizes : (n,) int
        Columns of misfits and radii.
    """

    parts: tuple[tuple[float, float, IntArray], ...]
    features: int
    order: int = 0
    slope: float = 0.0
    products: float = 0.0
    sizes: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        sites: Sequence[str],
        anion: Sequence[bool],
        neighbours: Sequence[int],
        chosen: Parts = GENERAL,
    ) -> Kernel:
        """For features with these names on a parent with these sites, some of which hold anions."""
        cations = np.flatnonzero(~np.array(anion)).tolist()
        sizes = [i for i, n in enumerate(names) if n.removesuffix("_valence").endswith(SIZE_WORDS)]
        share = np.array(neighbours, dtype=np.float64)[cations] ** chosen.neighbours
        parts = [(*chosen.whole, list(range(len(names)))), (*chosen.sizes, sizes)]
        for cation, part in zip(cations, share / share.sum(), strict=True):
            own = [i for i, n in enumerate(names) if n.startswith((f"{sites[cation]}.", f"{sites[cation]}-"))]
            parts.append((chosen.cations[0] * float(part), chosen.cations[1], own))
        parts = [part for part in parts if part[2]]
        total = sum(weight for weight, _, _ in parts)
        kept = tuple((weight / total, length, np.array(columns)) for weight, length, columns in parts)
        slope = chosen.slope if sizes else 0.0
        return cls(kept, len(names), 0, slope, chosen.products, np.array(sizes, dtype=np.int64))

    def scaled(self, factor: float) -> Kernel:
        """With all lengths times `factor`."""
        return replace(self, parts=tuple((w, length * factor, c) for w, length, c in self.parts))

    def __call__(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Kernel (a, b) between points (a, f) and (b, f)."""
        end = self.features + self.order
        found = self._parts(x, y, np.arange(self.features, end))
        if self.slope:
            found = found + self.slope * (x[:, self.sizes] @ y[:, self.sizes].T) / len(self.sizes)
        if self.products:
            found = found + self.products * self._parts(x, y, np.zeros(0, dtype=np.int64)) * (x[:, end:] @ y[:, end:].T)
        return found

    def variance(self, x: FloatArray) -> FloatArray:
        """Kernel (b,) of each point (b, f) with itself."""
        end = self.features + self.order
        slope = self.slope * (x[:, self.sizes] ** 2).sum(axis=1) / max(len(self.sizes), 1)
        return np.asarray(1.0 + slope + self.products * (x[:, end:] ** 2).sum(axis=1))

    def _parts(self, x: FloatArray, y: FloatArray, behind: IntArray) -> FloatArray:
        found = np.zeros((len(x), len(y)))
        for weight, length, columns in self.parts:
            use = np.concatenate([columns, behind])
            found += weight * matern(x[:, use], y[:, use], length)
        return found


class Kernels(NamedTuple):
    """Of the class, directions and edges; of lengths of order parameters; of what follows from these."""

    general: Kernel
    lengths: Kernel
    rest: Kernel

    @classmethod
    def of(cls, names: Sequence[str], cell: CommonCell, anion: Sequence[bool]) -> Kernels:
        """For features with these names on a parent, some of whose sites hold anions."""
        everything = range(len(cell.site_names))
        near = [cell.coordination(o, [p for p in everything if anion[p] != anion[o]]) for o in everything]
        made = (Kernel.of(names, cell.site_names, anion, near, chosen) for chosen in (GENERAL, LENGTHS, REST))
        return cls(*made)


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A trained process with k outputs.

    Attributes
    ----------
    kernel : Kernel
    rows : (m,) int
        Places of its points among the compositions of the training.
    points : (m, f)
        Their features, and what else enters.
    kinds : (m,) int
        Class of each point.
    relative : (m,) bool
        Points that are no members of their class.
    noise : (m,)
        Variance of each point's noise, of the scatter within a class.
    weights : (m, k)
        ``(K C + N)^-1 z``.
    trend : (q, t, k)
        Of each class, times the trend's inputs (a constant alone: t = 1).
    unit : (q, k)
        Scatter of each class.
    shared : (q, q)
        Correlation of two classes.
    """

    kernel: Kernel
    rows: IntArray
    points: FloatArray
    kinds: IntArray
    relative: Any
    noise: FloatArray
    weights: FloatArray
    trend: FloatArray
    unit: FloatArray
    shared: FloatArray

    NAMES = ("rows", "kinds", "relative", "noise", "weights", "trend", "unit", "shared")

    def _kernel(self, x: FloatArray, kind: IntArray | int, relative: Any = False) -> FloatArray:
        same = self.shared[np.reshape(kind, (-1, 1)), self.kinds]
        near = np.where(np.reshape(relative, (-1, 1)) == self.relative, 1.0, LOOSE)
        return np.asarray(self.kernel(x, self.points) * same * near)

    @cached_property
    def _inverse(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self._kernel(self.points, self.kinds, self.relative) + np.diag(self.noise)))

    def __call__(self, x: FloatArray, kind: int = 0, inputs: FloatArray | None = None) -> FloatArray:
        """Means (b, k) for points (b, f) of class `kind`; `inputs` (b, t) of the trend."""
        one = np.ones((len(x), 1)) if inputs is None else inputs
        return np.asarray(one @ self.trend[kind] + self.unit[kind] * (self._kernel(x, kind) @ self.weights))

    def deviation(self, x: FloatArray, kind: int = 0) -> FloatArray:
        """Standard deviation (b,) of the mean, in units of the class's scatter (eq. 2.26)."""
        k = self._kernel(x, kind)
        return np.asarray(np.sqrt(np.maximum(self.kernel.variance(x) - ((k @ self._inverse) * k).sum(axis=1), 0.0)))

    def arrays(self, prefix: str, shared_features: int) -> dict[str, Any]:
        """For a file that holds the compositions' features once."""
        found: dict[str, Any] = {f"{prefix}.{name}": getattr(self, name) for name in self.NAMES}
        extra = self.points[:, shared_features:]
        return found | ({f"{prefix}.extra": extra.astype(np.float32)} if extra.shape[1] else {})

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Any], prefix: str, features: FloatArray, kernel: Kernel
    ) -> GaussianProcess:
        """From a file; `features` (n, f) of all compositions."""
        own = {name: np.asarray(arrays[f"{prefix}.{name}"]) for name in cls.NAMES}
        points = features[own["rows"]]
        if f"{prefix}.extra" in arrays:
            points = np.concatenate([points, arrays[f"{prefix}.extra"].astype(np.float64)], axis=1)
        numbers: dict[str, Any] = {
            n: a.astype(np.float64) if n in ("noise", "weights", "trend", "unit", "shared") else a
            for n, a in own.items()
        }
        return cls(kernel=kernel, points=points, **numbers)


def train_process(
    kernel: Kernel,
    rows: IntArray,
    points: FloatArray,
    answers: FloatArray,
    noise: float | FloatArray,
    *,
    kinds: IntArray | None = None,
    relative: Any = None,
    n_kinds: int = 1,
    shared: float | FloatArray = 1.0,
    unit: float | None = None,
    inputs: FloatArray | None = None,
    mean: FloatArray | None = None,
    pooled: float = 0.0,
) -> GaussianProcess:
    """Train on points (m, f) with answers (m, k).

    Parameters
    ----------
    kernel, rows, points, kinds, relative, shared, noise
        As in `GaussianProcess`; noise and the correlation of two classes may be one number.
    answers : (m, k)
    n_kinds : int
        Number of classes q; those without a member get the mean trend and scatter of the others.
    unit : float, optional
        Scatter of all classes; by default the standard deviation of each.
    inputs : (m, t), optional
        Inputs of the trend, which is fitted by least squares (with a small ridge); by default a constant.
    mean : (k,), optional
        The trend, where it is a constant that is known.
    pooled : float
        Members that the mean trend of a class's correlated classes counts as, in its own.
    """
    kind = np.zeros(len(points), dtype=np.int64) if kinds is None else kinds
    loose = np.zeros(len(points), dtype=bool) if relative is None else relative
    design = np.ones((len(points), 1)) if inputs is None else inputs
    outputs = answers.shape[1]
    trend, scatter = np.full((n_kinds, design.shape[1], outputs), np.nan), np.full((n_kinds, outputs), np.nan)
    for q in np.unique(kind[~loose]):
        own = (kind == q) & ~loose
        a = design[own]
        ridge = RIDGE * own.sum() * np.eye(a.shape[1]) if a.shape[1] > 1 else 0.0
        trend[q] = np.linalg.solve(a.T @ a + ridge, a.T @ answers[own]) if mean is None else mean
        scatter[q] = answers[own].std(axis=0) if unit is None else unit
    pairs = np.where(np.eye(n_kinds, dtype=bool), 1.0, shared)
    own_trend = trend.copy()
    for q in np.unique(kind[~loose]) if pooled else ():
        count, others = ((kind == q) & ~loose).sum(), np.nanmean(own_trend[pairs[q] > 0], axis=0)
        trend[q] = (count * own_trend[q] + pooled * others) / (count + pooled)
    least = SMALLEST * max(float(np.abs(answers).max(initial=0.0)), 1e-12)
    for table, floor in ((trend, -np.inf), (scatter, least)):
        table[...] = np.maximum(np.where(np.isfinite(table), table, np.nanmean(table, axis=0)), floor)
    z = (answers - np.einsum("mt,mtk->mk", design, trend[kind])) / scatter[kind]
    noises = np.broadcast_to(np.asarray(noise, dtype=np.float64), (len(points),)).copy()
    blank = GaussianProcess(kernel, rows, points, kind, loose, noises, np.zeros_like(z), trend, scatter, pairs)
    return replace(blank, weights=blank._inverse @ z)


RIDGE = 1e-4
"""Of the trend, relative to the mean square of inputs of size one."""
SMALLEST = 1e-3
"""Least scatter of a class, of the largest answer: a class of one member has none of its own."""
