"""Maxima of a signal on the sphere, and how many of them harmonics up to L can tell apart."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.fields import real_spherical_harmonics

GRID = 3000
"""Points of the first search."""

HEIGHT = 0.3
"""Maxima lower than this part of the highest are side lobes of the cut-off in l."""


def signal_values(coefficients: FloatArray, directions: FloatArray) -> FloatArray:
    """Values (n,) of a signal ((L+1)^2, usual convention, orthonormal harmonics) along unit vectors (n, 3)."""
    lmax = int(np.sqrt(len(coefficients))) - 1
    harmonics = [real_spherical_harmonics(degree, directions) for degree in range(lmax + 1)]
    return np.asarray(np.concatenate(harmonics, axis=1) @ coefficients)


def find_peaks(coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Maxima of a signal: unit vectors (p, 3) and heights (p,), highest first."""
    grid = fibonacci_sphere(GRID)
    values = signal_values(coefficients, grid)
    spacing = np.sqrt(4 * np.pi / GRID)
    near = grid @ grid.T > np.cos(2.2 * spacing)
    top = np.flatnonzero(values >= np.where(near, values[None, :], -np.inf).max(axis=1))
    top = top[values[top] > 0.8 * HEIGHT * values.max()]
    directions = np.array([_climb(coefficients, grid[i]) for i in top]).reshape(-1, 3)
    heights = signal_values(coefficients, directions)
    kept = [i for i in np.argsort(-heights) if heights[i] > HEIGHT * heights.max()]
    chosen: list[int] = []
    for i in kept:
        if all(directions[i] @ directions[j] < np.cos(0.5 * spacing) for j in chosen):
            chosen.append(int(i))
    return directions[chosen], heights[chosen]


def fibonacci_sphere(count: int) -> FloatArray:
    """Nearly even unit vectors (count, 3)."""
    index = np.arange(count) + 0.5
    z = 1 - 2 * index / count
    angle = np.pi * (1 + np.sqrt(5)) * index
    rho = np.sqrt(1 - z**2)
    return np.stack([rho * np.cos(angle), rho * np.sin(angle), z], axis=1)


def _climb(coefficients: FloatArray, start: FloatArray, step: float = 1e-3) -> FloatArray:
    """Newton steps to the maximum near a grid point, in the tangent plane."""
    direction = start
    for _ in range(12):
        first = np.linalg.svd(direction[None])[2][1:]
        a, b = first * step
        shifts = np.array([0 * a, a, -a, b, -b, a + b, -a - b])
        points = direction + shifts
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
        f = signal_values(coefficients, points)
        gradient = np.array([f[1] - f[2], f[3] - f[4]]) / (2 * step)
        xx, yy = (f[1] + f[2] - 2 * f[0]) / step**2, (f[3] + f[4] - 2 * f[0]) / step**2
        both = (f[5] + f[6] - 2 * f[0]) / step**2
        hessian = np.array([[xx, (both - xx - yy) / 2], [(both - xx - yy) / 2, yy]])
        values, vectors = np.linalg.eigh(hessian)
        move = -vectors @ ((vectors.T @ gradient) / -np.maximum(np.abs(values), 1e-9))
        move = -move if move @ gradient < 0 else move
        length = float(np.linalg.norm(move))
        move = move * min(1.0, 0.05 / max(length, 1e-300))
        direction = direction + move @ first
        direction = direction / np.linalg.norm(direction)
        if length < 1e-9:
            break
    return np.asarray(direction)


def clusters(directions: FloatArray, resolution: float) -> list[list[int]]:
    """Groups of unit vectors (n, 3) that are linked by angles below `resolution` (radians)."""
    close = np.arccos(np.clip(directions @ directions.T, -1, 1)) < resolution
    free = set(range(len(directions)))
    found = []
    while free:
        group, pending = [], [min(free)]
        free.discard(pending[0])
        while pending:
            i = pending.pop()
            group.append(i)
            linked = [j for j in sorted(free) if close[i, j]]
            free.difference_update(linked)
            pending.extend(linked)
        found.append(sorted(group))
    return found
