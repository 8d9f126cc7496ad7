"""Shapes to draw: faces of coordination polyhedra and surfaces of spherical harmonics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import BoolArray, FloatArray


def hull_faces(points: ArrayLike) -> list[list[int]]:
    """Faces of the convex hull of a few points, coplanar corners together.

    Parameters
    ----------
    points : (k, 3)
        k up to about 12.

    Returns
    -------
    list of lists of int
        Corners of each face, in order around it.
    """
    corners = np.asarray(points, dtype=float)
    relative = np.round(corners - corners.mean(axis=0), 6) + 0.0
    return [list(face) for face in _hull(relative.tobytes(), len(corners))]


@lru_cache(maxsize=1024)
def _hull(data: bytes, count: int) -> tuple[tuple[int, ...], ...]:
    """Faces of the hull of points given as bytes: polyhedra come in many copies."""
    corners = np.frombuffer(data).reshape(count, 3)
    centre = corners.mean(axis=0)
    scale = float(np.abs(corners - centre).max())
    faces: dict[tuple[int, ...], FloatArray] = {}
    for i, j, k in combinations(range(len(corners)), 3):
        normal = np.cross(corners[j] - corners[i], corners[k] - corners[i])
        size = float(np.linalg.norm(normal))
        if size < 1e-6 * scale**2:
            continue
        normal = normal / size * (1.0 if normal @ (corners[i] - centre) >= 0 else -1.0)
        heights = (corners - corners[i]) @ normal
        if heights.max() < 0.02 * scale:
            faces.setdefault(tuple(map(int, np.flatnonzero(heights > -0.02 * scale))), normal)
    kept = [face for face in faces if not any(set(face) < set(other) for other in faces)]
    return tuple(tuple(_around(corners, face, faces[face])) for face in kept)


def _around(corners: FloatArray, face: tuple[int, ...], normal: FloatArray) -> list[int]:
    middle = corners[list(face)].mean(axis=0)
    first = corners[face[0]] - middle
    across = np.cross(normal, first)
    angle = {a: float(np.arctan2((corners[a] - middle) @ across, (corners[a] - middle) @ first)) for a in face}
    return sorted(face, key=lambda a: angle[a])


def real_harmonics(degree: int, directions: ArrayLike) -> FloatArray:
    """Orthonormal real spherical harmonics, m from -l to l, without Condon-Shortley phase.

    Parameters
    ----------
    degree : int
        l.
    directions : (..., 3)
        Unit vectors.

    Returns
    -------
    (..., 2l+1)
        For l = 1 proportional to y, z, x.
    """
    x, y, z = np.moveaxis(np.asarray(directions, dtype=float), -1, 0)
    plane = x + 1j * y
    values = []
    for m in range(degree + 1):
        norm = np.sqrt((2 * degree + 1) / (4 * np.pi) * factorial(degree - m) / factorial(degree + m))
        values.append(norm * _reduced_legendre(degree, m, z) * (np.sqrt(2) if m else 1.0) * plane**m)
    negative = [values[m].imag for m in range(degree, 0, -1)]
    return np.stack([*negative, *(value.real for value in values)], axis=-1)


def _reduced_legendre(degree: int, order: int, z: FloatArray) -> FloatArray:
    """P_l^m(z) / (1 - z^2)^(m/2), without the sign (-1)^m, by upward recursion."""
    before = np.zeros_like(z)
    value = np.full_like(z, float(np.prod(np.arange(1, 2 * order, 2))))
    for n in range(order + 1, degree + 1):
        before, value = value, ((2 * n - 1) * z * value - (n + order - 1) * before) / (n - order)
    return value


@lru_cache(maxsize=4)
def _sphere(rows: int, columns: int) -> tuple[FloatArray, tuple[tuple[int, int, int, int], ...]]:
    theta = np.linspace(0.0, np.pi, rows + 1)[:, None]
    phi = np.linspace(0.0, 2 * np.pi, columns, endpoint=False)[None, :]
    grid = np.stack(
        [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta) * np.ones_like(phi)], axis=-1
    )
    quads = []
    for i in range(rows):
        for j in range(columns):
            k = (j + 1) % columns
            quads.append((i * columns + j, (i + 1) * columns + j, (i + 1) * columns + k, i * columns + k))
    return grid.reshape(-1, 3), tuple(quads)


def harmonic_surface(
    coefficients: ArrayLike, degrees: Sequence[int], rows: int = 16, columns: int = 24
) -> tuple[FloatArray, BoolArray]:
    """Faces of the surface r = |f(direction)| of a sum of harmonics.

    Parameters
    ----------
    coefficients : (n,)
        One degree after the other, m from -l to l.
    degrees : sequence of int
        The degrees l, n = sum of 2l+1.
    rows, columns : int
        Of the mesh.

    Returns
    -------
    corners : (k, 4, 3)
        Of the faces; the largest radius is 1.
    positive : (k,) of bool
    """
    values = np.asarray(coefficients, dtype=float)
    grid, quads = _sphere(rows, columns)
    heights = np.concatenate([real_harmonics(n, grid) for n in degrees], axis=-1) @ values
    largest = float(np.abs(heights).max()) or 1.0
    points = grid * (np.abs(heights) / largest)[:, None]
    chosen = np.array(quads)
    return points[chosen], heights[chosen].sum(axis=1) >= 0
