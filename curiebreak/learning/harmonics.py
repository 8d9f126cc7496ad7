"""Rotation matrices, couplings and Cartesian conversions in e3nn's component order.

``D[l](R)`` acts on the components of a degree-l feature: ``Y_l(R x) = D[l](R) Y_l(x)``. For an improper
operation with parity p the matrix of the proper part is multiplied by p. In e3nn's order l = 1 is (x, y, z),
so that Cartesian vectors are 1o or 1e features as they stand.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from e3nn import o3

from curiebreak.arrays import FloatArray


def spherical_harmonics(degree: int, vectors: FloatArray) -> FloatArray:
    """Real spherical harmonics of directions, component normalisation.

    Parameters
    ----------
    degree : int
        l.
    vectors : (..., 3)
        Cartesian, any non-zero length.

    Returns
    -------
    (..., 2l+1)
    """
    return _harmonics(degree, vectors.shape, np.ascontiguousarray(vectors, dtype=np.float64).tobytes())


@lru_cache(maxsize=16)
def _harmonics(degree: int, shape: tuple[int, ...], data: bytes) -> FloatArray:
    # every path of a convolution asks for those of the same edges
    vectors = torch.as_tensor(np.frombuffer(data).reshape(shape).copy())
    values = o3.spherical_harmonics(degree, vectors, normalize=True, normalization="component").numpy()
    values.setflags(write=False)
    return np.asarray(values)


@lru_cache(maxsize=16)
def _sampling(degree: int) -> tuple[FloatArray, FloatArray]:
    # general points determine Y_l: more than its 2l + 1 numbers
    points = np.random.default_rng(7).normal(size=(4 * degree + 8, 3))
    return points, np.asarray(np.linalg.pinv(spherical_harmonics(degree, points)), dtype=np.float64)


def wigner(degree: int, rotations: FloatArray) -> FloatArray:
    """Matrices of the proper parts of orthogonal 3x3 matrices on degree-l components.

    Parameters
    ----------
    degree : int
        l.
    rotations : (g, 3, 3)
        Orthogonal, proper or not; the sign of the determinant is divided out.

    Returns
    -------
    (g, 2l+1, 2l+1)
        Accurate to rounding (fitted on directions, no Euler angles).
    """
    return _wigner(degree, len(rotations), np.ascontiguousarray(rotations, dtype=np.float64).tobytes())


@lru_cache(maxsize=64)
def _wigner(degree: int, count: int, data: bytes) -> FloatArray:
    # each carrier and kind asks for those of the same operations
    rotations = np.frombuffer(data).reshape(count, 3, 3)
    proper = rotations * np.linalg.det(rotations)[:, None, None].round()
    points, inverse = _sampling(degree)
    # Y(R x) = D(R) Y(x), solved by least squares on the points
    rotated = spherical_harmonics(degree, np.einsum("gij,pj->gpi", proper, points))
    matrices = np.asarray(np.einsum("ip,gpj->gji", inverse, rotated))
    matrices.setflags(write=False)
    return matrices


def representation(degree: int, parity: int, rotations: FloatArray) -> FloatArray:
    """Matrices (g, 2l+1, 2l+1) of orthogonal operations on an irrep (l, parity) of O(3)."""
    matrices = wigner(degree, rotations)
    # odd parity: an improper operation changes the sign
    if parity < 0:
        matrices = matrices * np.linalg.det(rotations).round()[:, None, None]
    return matrices


@lru_cache(maxsize=512)
def coupling(first: int, second: int, third: int) -> FloatArray:
    """Clebsch-Gordan tensor (2a+1, 2b+1, 2c+1) of unit Frobenius norm in e3nn's basis."""
    tensor = o3.wigner_3j(first, second, third, dtype=torch.float64)
    return np.asarray(tensor.numpy(), dtype=np.float64)


@lru_cache(maxsize=1)
def strain_basis() -> tuple[FloatArray, FloatArray]:
    """Unit symmetric matrices of strain: ``(1, 3, 3)`` for 0e and ``(5, 3, 3)`` for 2e in e3nn's order."""
    points = np.random.default_rng(11).normal(size=(60, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    quadratic = np.einsum("pi,pj->pij", points, points).reshape(60, 9)
    # Y_2 as a quadratic form in x: its symmetric traceless matrices
    solution = np.linalg.pinv(quadratic) @ spherical_harmonics(2, points)
    matrices = solution.T.reshape(5, 3, 3)
    matrices = (matrices + matrices.transpose(0, 2, 1)) / 2
    matrices -= np.einsum("kii,ab->kab", matrices, np.eye(3)) / 3
    matrices /= np.linalg.norm(matrices, axis=(1, 2), keepdims=True)
    return np.eye(3)[None] / np.sqrt(3.0), matrices


def strain_components(strain: FloatArray) -> FloatArray:
    """Symmetric 3x3 matrix -> (6,): 0e, then 2e in e3nn's order; norms agree."""
    scalar, tensor = strain_basis()
    return np.concatenate([np.einsum("kab,ab->k", scalar, strain), np.einsum("kab,ab->k", tensor, strain)])


def strain_matrix(components: FloatArray) -> FloatArray:
    """Inverse of `strain_components`."""
    return np.asarray(np.einsum("k,kab->ab", components, np.concatenate(strain_basis())))
