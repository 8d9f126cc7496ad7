"""How fields turn: displacements, axial vectors, any l and parity on atoms, strain on the cell.

Components of a field of degree l are those of e3nn (real spherical harmonics, polar axis y, so
that l = 1 is simply (x, y, z)); :func:`usual_components` converts to the textbook convention
(polar axis z, m = -l..l, so that x^2 - y^2 is l = 2, m = 2).
"""

from __future__ import annotations

from functools import cache
from math import factorial, pi, sqrt

import numpy as np

from curiebreak.arrays import FloatArray


def real_spherical_harmonics(degree: int, points: FloatArray) -> FloatArray:
    """Textbook real spherical harmonics, polar axis z, without the Condon-Shortley phase.

    Parameters
    ----------
    degree : int
        l.
    points : ndarray (n, 3)
        Unit vectors.

    Returns
    -------
    ndarray (n, 2l + 1)
        Orthonormal on the sphere, m = -l..l; l = 1 is proportional to (y, z, x).
    """
    x, y, z = points.T
    rho = np.hypot(x, y)
    phi = np.arctan2(y, x)
    legendre: dict[tuple[int, int], FloatArray] = {}
    for m in range(degree + 1):
        legendre[m, m] = np.ones_like(z) if m == 0 else legendre[m - 1, m - 1] * (2 * m - 1) * rho
        if m < degree:
            legendre[m + 1, m] = z * (2 * m + 1) * legendre[m, m]
        for n in range(m + 2, degree + 1):
            legendre[n, m] = ((2 * n - 1) * z * legendre[n - 1, m] - (n + m - 1) * legendre[n - 2, m]) / (n - m)
    columns = []
    for m in range(-degree, degree + 1):
        order = abs(m)
        norm = sqrt((2 * degree + 1) / (4 * pi) * factorial(degree - order) / factorial(degree + order))
        angular = np.ones_like(phi) if m == 0 else sqrt(2) * (np.cos(m * phi) if m > 0 else np.sin(order * phi))
        columns.append(norm * legendre[degree, order] * angular)
    return np.stack(columns, axis=-1)


def _e3nn_harmonics(degree: int, points: FloatArray) -> FloatArray:
    """The same functions with the polar axis along y: e3nn's component order."""
    return real_spherical_harmonics(degree, points[:, [2, 0, 1]])


@cache
def _sample_points(degree: int) -> FloatArray:
    rng = np.random.default_rng(12345 + degree)
    points = rng.normal(size=(6 * (2 * degree + 1), 3))
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def representation(degree: int, parity: str, rotations: FloatArray) -> FloatArray:
    """Matrices by which the components of a field turn under orthogonal operations.

    Parameters
    ----------
    degree : int
        l of the field.
    parity : {"e", "o"}
        Sign under inversion: displacements are ``1, "o"``, pseudovectors ``1, "e"``.
    rotations : ndarray (g, 3, 3)
        Cartesian, proper or improper.

    Returns
    -------
    ndarray (g, 2l + 1, 2l + 1)
    """
    signs = np.asarray(np.sign(np.linalg.det(rotations)), dtype=np.float64)
    if degree == 0:
        return np.asarray(signs if parity == "o" else np.ones_like(signs))[:, None, None]
    proper = rotations * signs[:, None, None]
    if degree == 1:
        matrices = proper
    else:
        points = _sample_points(degree)
        inverse = np.linalg.pinv(_e3nn_harmonics(degree, points))
        turned = np.einsum("gij,nj->gni", proper, points).reshape(-1, 3)
        values = _e3nn_harmonics(degree, turned).reshape(len(proper), len(points), -1)
        matrices = np.swapaxes(np.einsum("mn,gnk->gmk", inverse, values), 1, 2)
    result: FloatArray = matrices * signs[:, None, None] if parity == "o" else matrices
    return result


@cache
def _to_usual(degree: int) -> FloatArray:
    points = _sample_points(degree)
    solution = np.linalg.lstsq(real_spherical_harmonics(degree, points), _e3nn_harmonics(degree, points), rcond=None)
    return np.asarray(solution[0])


def usual_components(degree: int, components: FloatArray) -> FloatArray:
    """Components (..., 2l + 1) in e3nn's order turned into m = -l..l with polar axis z."""
    return np.asarray(components @ _to_usual(degree).T)


def turn_tensor(rotations: FloatArray, tensor: FloatArray) -> FloatArray:
    """``R T R^T`` for each rotation: (g, 3, 3) applied to a symmetric tensor (3, 3)."""
    return np.asarray(np.einsum("gij,jk,glk->gil", rotations, tensor, rotations))


_STRAIN_BASIS = np.zeros((6, 3, 3))
for _row, (_i, _j) in enumerate(((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))):
    _STRAIN_BASIS[_row, _i, _j] = _STRAIN_BASIS[_row, _j, _i] = 1.0 if _i == _j else 1 / sqrt(2)


def strain_vector(strain: FloatArray) -> FloatArray:
    """Symmetric tensor (..., 3, 3) as (..., 6) with the same (Frobenius) norm: xx, yy, zz, yz, xz, xy."""
    return np.asarray(np.einsum("aij,...ij->...a", _STRAIN_BASIS, strain))


def strain_tensor(vector: FloatArray) -> FloatArray:
    """Inverse of :func:`strain_vector`."""
    return np.asarray(np.einsum("aij,...a->...ij", _STRAIN_BASIS, vector))


def strain_representation(rotations: FloatArray) -> FloatArray:
    """Matrices (g, 6, 6) by which :func:`strain_vector` turns under orthogonal operations (g, 3, 3)."""
    return np.asarray(np.einsum("aij,gik,gjl,bkl->gab", _STRAIN_BASIS, rotations, rotations, _STRAIN_BASIS))
