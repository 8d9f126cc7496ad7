"""Domain flips in a series of order parameters.

A frame has a domain where its order parameter is longer than its noise. It flips when the
order parameter is nearer to another image of the old one under the parent group, a change of sign or
of arms, than to the old one itself. Gradual turns and changes of the type of direction are followed and
are no flips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray

ABOVE_NOISE = 5.0
"""An order parameter of N components has a domain above ``(sqrt(N) + ABOVE_NOISE)`` deviations of one component."""

SURE = 4.0
"""Two domains are told apart when they differ by this many noise lengths."""

SMALLEST_PART = 0.15
"""The same, as a part of the longest order parameter of the series."""

SMALLEST = 1e-3
"""Å (Ap)."""

DISTINCT = 0.5
"""Distance of two domains' unit vectors; nearer ones are not told apart."""

REACHED = 0.75
"""Part of the way from the old to the new domain that must be gone."""

ENOUGH = 20
"""Second differences from which on an order parameter tells its own noise; before, that of all irreps counts, too."""

_LOWER_QUARTILE = 0.3186
"""Of the size of a normal deviate: below it lies a quarter of them, also where half of the components flip."""

FOLLOWED = 0.2
"""Weight of a new frame in the direction that is followed."""


@dataclass(frozen=True, eq=False)
class Flip:
    """One flip of one irrep.

    Attributes
    ----------
    frame : int
        First index in the series with the new domain.
    label : str
    before, after : ndarray (c,)
        Order parameters of the frames around it, averaged.
    """

    frame: int
    label: str
    before: FloatArray
    after: FloatArray


def common_scatter(series: Sequence[FloatArray]) -> float:
    """Standard deviation of one component, from all of them: a short series tells that of none by itself.

    Parameters
    ----------
    series : sequence of ndarray (T, m, c)
        Of all irreps; from second differences, of two frames from the first.
    """
    data = np.concatenate([one.reshape(len(one), -1) for one in series], axis=1) if series else np.zeros((0, 0))
    order = min(2, len(data) - 1)
    if order < 1:
        return 0.0
    steps = np.abs(np.diff(data, n=order, axis=0))
    return float(np.quantile(steps, 0.25) / _LOWER_QUARTILE / np.sqrt((2, 6)[order - 1]))


def find_flips(
    label: str, series: FloatArray, images: FloatArray, components: tuple[int, ...], scatter: float = 0.0
) -> list[Flip]:
    """Flips of one irrep.

    Parameters
    ----------
    label : str
    series : ndarray (T, m, c)
        Copies and components held by the cell, frame after frame; finite.
    images : ndarray (g, dim, dim)
        Image group of the irrep.
    components : tuple of int, length c
        Which of the dim components these are.
    scatter : float
        Standard deviation of one component, where the series is too short to tell it; see :func:`common_scatter`.
    """
    if len(series) < 2:
        return []
    inner = images[:, components][:, :, components]
    closed = np.abs(np.einsum("gij,gkj->gik", inner, inner) - np.eye(len(components))).max(axis=(1, 2)) < 1e-6
    group = inner[closed]
    width = window(len(series))
    smooth = _smoothed(series, width)
    lengths = np.linalg.norm(smooth.reshape(len(smooth), -1), axis=1)
    noise = _noise(series, width)
    if len(series) - 2 < ENOUGH:
        noise = max(noise, scatter * float(np.sqrt(series[0].size)))
    above = 1 + ABOVE_NOISE / np.sqrt(series[0].size)
    limit = max(above * noise, SMALLEST_PART * float(lengths.max()), SMALLEST)
    found: list[Flip] = []
    old: FloatArray | None = None
    start = last = 0
    for t in np.flatnonzero(lengths > limit).tolist():
        unit = smooth[t] / lengths[t]
        if old is None:
            old, start, last = unit, t, t
            continue
        image = _other_domain(group, old, unit, max(DISTINCT, SURE * noise / float(lengths[t])))
        if image is None:
            old, last = _turned(old, unit), t
        else:
            frame = _exact(series, max(start, last + 1 - width), t, width, image - old)
            found.append(_flip(label, series, start, frame, t, width))
            old, start, last = image, frame, t
    return found


def window(frames: int) -> int:
    """Frames over which an order parameter is averaged before flips are looked for."""
    return int(min(max(1, frames // 200), 50))


def _smoothed(series: FloatArray, width: int) -> FloatArray:
    """Running means over `width` frames, shorter at the ends."""
    if width == 1:
        return series
    sums = np.concatenate([np.zeros((1, *series.shape[1:])), series.cumsum(axis=0)])
    low = np.maximum(np.arange(len(series)) - width // 2, 0)
    high = np.minimum(low + width, len(series))
    return np.asarray((sums[high] - sums[low]) / (high - low)[:, None, None])


def _noise(series: FloatArray, width: int) -> float:
    """Length of the noise that is left after averaging, from second differences: a steady drift is no noise."""
    if len(series) < 7:
        return 0.0
    steps = np.diff(series, n=2, axis=0).reshape(len(series) - 2, -1)
    sigma = 1.4826 * np.median(np.abs(steps), axis=0) / np.sqrt(6 * width)
    return float(np.linalg.norm(sigma))


def _other_domain(group: FloatArray, old: FloatArray, unit: FloatArray, distinct: float) -> FloatArray | None:
    """The image of the old direction (m, c) that a new one belongs to; None where it is the old one."""
    moved = np.einsum("gij,mj->gmi", group, old)
    best = int(((moved - unit) ** 2).sum(axis=(1, 2)).argmin())
    apart = moved[best] - old
    squared = float((apart**2).sum())
    if squared < distinct**2:
        return None
    gone = float(((unit - old) * apart).sum()) / squared
    near = float(np.linalg.norm(unit - moved[best])) < 0.5 * float(np.sqrt(squared))
    return moved[best] if gone > REACHED and near else None


def _turned(old: FloatArray, unit: FloatArray) -> FloatArray:
    mixed = (1 - FOLLOWED) * old + FOLLOWED * unit
    return np.asarray(mixed / max(float(np.linalg.norm(mixed)), 1e-12))


def _exact(series: FloatArray, low: int, seen: int, width: int, change: FloatArray) -> int:
    """First frame from `low` of the new domain: where the sum of leanings to it turns from falling to rising."""
    high = min(len(series), seen + width)
    leaning = (series[low:high] * change).sum(axis=(1, 2))
    totals = np.concatenate([[0.0], np.cumsum(leaning)])
    return low + int(totals.argmin())


def _flip(label: str, series: FloatArray, start: int, frame: int, seen: int, width: int) -> Flip:
    around = max(width, 3)
    before = series[max(start, frame - around) : frame]
    after = series[frame : max(frame, seen) + around]
    mean = [part.mean(axis=0) if len(part) else series[frame] for part in (before, after)]
    return Flip(frame, label, *map(_component_lengths, mean))


def _component_lengths(copies: FloatArray) -> FloatArray:
    """Signed lengths over the copies, signs of the largest."""
    leading = copies[int((copies**2).sum(axis=1).argmax())]
    return np.asarray(np.where(leading < 0, -1.0, 1.0) * np.sqrt((copies**2).sum(axis=0)))
