"""Distributions of order parameters over a series, and the law by which they vanish."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.results.tracking import CriticalFit, Distribution
from curiebreak.tracking.columns import Curves
from curiebreak.tracking.projector import Projector

FEWEST = 4
"""Points of a fit, one more than it has parameters; frames of a distribution."""

_STEPS = 400
"""Values of Tc that are tried, the best is refined twice."""

_SPAN = 2.0
"""Tc is sought up to the highest point and this part of the range of the series above it."""


def distributions(curves: Curves, projector: Projector) -> tuple[Distribution, ...]:
    """Moments of every component of every irrep that is followed, and its noise; none of a short series."""
    if len(curves.names) < FEWEST:
        return ()
    found = []
    for irrep in projector.irreps:
        for name in irrep.component_names():
            values = curves.of(name)
            deviation = float(values.std())
            scaled = (values - values.mean()) / deviation if deviation > 0 else np.zeros_like(values)
            found.append(
                Distribution(
                    column=name,
                    mean=float(values.mean()),
                    deviation=deviation,
                    # of independent neighbours half the squared difference is the variance
                    noise=float(np.sqrt((np.diff(values) ** 2).mean() / 2)),
                    skewness=float((scaled**3).mean()),
                    kurtosis=float((scaled**4).mean() - 3.0) if deviation > 0 else 0.0,
                )
            )
    return tuple(found)


def critical_fits(curves: Curves, wanted: tuple[str, ...]) -> tuple[CriticalFit, ...]:
    """Fit ``A (Tc - x)^beta`` to the amplitudes of irreps below Tc, x the column of the series.

    Raises
    ------
    InputError
        If an irrep is not followed, or too few frames have a number in the column.
    """
    known = [name.removeprefix("amp_") for name in curves.columns.numbers if name.startswith("amp_")]
    for label in wanted:
        if label not in known:
            raise InputError(f"The series does not follow {label}.", f"It follows {', '.join(known)}.")
    x = np.array(curves.x)
    usable = np.isfinite(x)
    return tuple(_fit(label, curves.x_name, x[usable], curves.of(f"amp_{label}")[usable]) for label in wanted)


def _fit(label: str, column: str, x: FloatArray, amplitude: FloatArray) -> CriticalFit:
    """The best Tc by least squares of the amplitudes; A and beta by a straight line in logarithms, refined."""
    if len(np.unique(x)) < FEWEST:
        raise InputError(
            f"The amplitude of {label} is known at {len(np.unique(x))} values of {column}, too few for a fit.",
            f"Give {FEWEST} at least, with --column and --table.",
        )
    low, high = float(np.median(x)), float(x.max() + _SPAN * np.ptp(x))
    best = (np.inf, low, 0.0, 0.0)
    for _ in range(3):
        trials = np.linspace(low, high, _STEPS)
        best = min(best, min(_residual(x, amplitude, float(t)) for t in trials))
        width = (high - low) / _STEPS * 2
        low, high = best[1] - width, best[1] + width
    if not np.isfinite(best[0]):
        raise InputError(f"The amplitude of {label} does not fall with {column}.", "Choose an irrep that vanishes.")
    square, critical, scale, beta = best
    below = x < critical
    error = _errors(x[below], critical, scale, beta, square, len(x))
    return CriticalFit(
        irrep=label, column=column, tc=critical, tc_error=error[0], beta=beta, beta_error=error[1], amplitude=scale,
        points=int(below.sum()), rms=float(np.sqrt(square / len(x))),
    )  # fmt: skip


def _residual(x: FloatArray, amplitude: FloatArray, critical: float) -> tuple[float, float, float, float]:
    """Sum of squares, Tc, A and beta of the best fit with this Tc; amplitudes above it should be 0."""
    below = (x < critical) & (amplitude > 0)
    if len(np.unique(x[below])) < FEWEST - 1:
        return np.inf, critical, 0.0, 0.0
    logs, distances = np.log(amplitude[below]), np.log(critical - x[below])
    # errors of a are equal, so those of ln a are 1 / a
    weights = amplitude[below]
    beta, shift = np.polyfit(distances, logs, 1, w=weights)
    if not 0.0 < beta < 2.0:
        return np.inf, critical, 0.0, 0.0
    scale = float(np.exp(shift))
    law = np.where(x < critical, scale * np.clip(critical - x, 1e-300, None) ** beta, 0.0)
    return float(((amplitude - law) ** 2).sum()), critical, scale, float(beta)


def _errors(
    x: FloatArray, critical: float, scale: float, beta: float, square: float, count: int
) -> tuple[float, float]:
    """Standard errors of Tc and beta from the curvature of the sum of squares."""
    away = critical - x
    law = scale * away**beta
    # derivatives of A (Tc - x)^beta by A, Tc and beta
    slopes = np.stack([law / scale, law * beta / away, law * np.log(away)], axis=1)
    try:
        covariance = np.linalg.inv(slopes.T @ slopes) * square / max(count - 3, 1)
    except np.linalg.LinAlgError:
        return float("inf"), float("inf")
    return float(np.sqrt(abs(covariance[1, 1]))), float(np.sqrt(abs(covariance[2, 2])))
