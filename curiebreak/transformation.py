"""Changes of axes and origin: what they make of points, vectors, axes, wave vectors, tensors and operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from curiebreak.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Transformation:
    """``x' = P x + p`` on columns of fractions, equation (3) of the conventions; nothing given, the identity.

    Arrays hold one point, vector or wave vector a row; operations are matrices on columns.

    Attributes
    ----------
    matrix : ndarray (3, 3)
        P; the new axes are ``P^-T`` times the old ones (rows).
    shift : ndarray (3,)
        p: the old origin in the new axes.
    """

    matrix: FloatArray = field(default_factory=lambda: np.eye(3))
    shift: FloatArray = field(default_factory=lambda: np.zeros(3))

    @classmethod
    def out_of(cls, axes: FloatArray | IntArray, origin: FloatArray | None = None) -> Transformation:
        """Out of axes (rows, written in the outer ones) with this origin: ``x' = axes^T x + origin``."""
        matrix = np.asarray(axes, dtype=np.float64).T
        return cls(matrix) if origin is None else cls(matrix, np.asarray(origin))

    @cached_property
    def inverse(self) -> Transformation:
        """``x = P^-1 (x' - p)``."""
        matrix = np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)
        found = Transformation(matrix, -matrix @ self.shift)
        found.__dict__["inverse"] = self  # there and back leaves no rounding
        return found

    def __matmul__(self, first: Transformation) -> Transformation:
        """``first``, then this one."""
        return Transformation(self.matrix @ first.matrix, self.matrix @ first.shift + self.shift)

    def points(self, x: FloatArray) -> FloatArray:
        """Points (..., 3)."""
        return np.asarray(x @ self.matrix.T + self.shift)

    def vectors(self, x: FloatArray | IntArray) -> FloatArray:
        """Vectors (..., 3), which no origin moves."""
        return np.asarray(x @ self.matrix.T)

    def axes(self, rows: FloatArray | IntArray) -> FloatArray:
        """The new axes (3, 3) from the old ones, rows of any frame: ``a' = P^-T a``."""
        return np.asarray(self.inverse.matrix.T @ rows)

    def waves(self, k: FloatArray) -> FloatArray:
        """Wave vectors (..., 3), rows of reciprocal fractions: ``k' = k P^-1``."""
        return np.asarray(k @ self.inverse.matrix)

    def tensors(self, rotations: FloatArray | IntArray) -> FloatArray:
        """Rotations and other maps of vectors (..., 3, 3): ``R' = P R P^-1``."""
        return np.asarray(self.matrix @ rotations @ self.inverse.matrix)

    def whole(self, rotations: FloatArray | IntArray, tolerance: float = 1e-6) -> IntArray | None:
        """Rotations (..., 3, 3) as integers; ``None`` where one does not keep the new lattice."""
        turned = self.tensors(rotations)
        found = np.round(turned)
        return None if np.abs(turned - found).max() > tolerance else np.ascontiguousarray(found.astype(np.int64))

    def operations(self, rotations: FloatArray | IntArray, translations: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Operations {R|t}, (..., 3, 3) and (..., 3): ``R' = P R P^-1``, ``t' = P t + p - R' p``."""
        turned = self.tensors(rotations)
        return turned, self.points(translations) - turned @ self.shift
