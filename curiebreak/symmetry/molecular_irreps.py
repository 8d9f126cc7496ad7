"""Point-group irreps of a molecule in the form that the projections of crystals use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import ComplexArray, FloatArray, IntArray
from curiebreak.errors import InternalError
from curiebreak.symmetry.mulliken import PointGroup, PointGroupIrrep, point_group
from curiebreak.symmetry.parent import ParentCrystal


@dataclass(frozen=True, eq=False)
class PointIrrep:
    """One irrep of a molecule's point group: a single arm k = 0, real matrices.

    Operations are Cartesian matrices; translations are ignored.
    """

    group: PointGroup
    irrep: PointGroupIrrep

    @property
    def label(self) -> str:
        """Mulliken symbol."""
        return self.irrep.label

    @property
    def kind(self) -> str:
        """Always ``special``."""
        return "special"

    @property
    def kpoint(self) -> None:
        """A molecule has no wave vector."""
        return None

    @property
    def arms(self) -> FloatArray:
        """K = 0: ndarray (1, 3)."""
        return np.zeros((1, 3))

    @property
    def members(self) -> tuple[PointIrrep, ...]:
        """The irrep itself; joined pairs are projected together."""
        return (self,)

    @property
    def dim(self) -> int:
        """Real dimension."""
        return self.irrep.dim

    @property
    def small_dim(self) -> int:
        """The same: there is one arm."""
        return self.irrep.dim

    @property
    def arm_size(self) -> int:
        """The same: there is one arm."""
        return self.irrep.dim

    @property
    def reality(self) -> int:
        """1, or 3 for joined complex pairs."""
        return 3 if self.irrep.joined else 1

    @property
    def unitary(self) -> ComplexArray:
        """Amplitudes are real as they are."""
        return np.eye(self.irrep.dim, dtype=complex)

    def from_complex(self, amplitudes: ComplexArray) -> FloatArray:
        """Real amplitudes (..., dim)."""
        return np.asarray(amplitudes.real)

    def _index(self, rotations: NDArray[Any]) -> IntArray:
        # operations come as matrices in the same frame: the nearest is the same but for rounding
        distance = np.abs(rotations[:, None] - self.group.rotations[None]).max(axis=(2, 3))
        index = distance.argmin(axis=1)
        if distance.min(axis=1).max() > 1e-3:
            raise InternalError("an operation is not in the molecule's point group")
        return np.asarray(index)

    def small_characters(self, arm: int, rotations: NDArray[Any], translations: FloatArray) -> ComplexArray:
        """Characters (m,) of Cartesian operations (m, 3, 3)."""
        return np.asarray(self.irrep.characters[self._index(rotations)], dtype=complex)

    def matrices(self, rotations: NDArray[Any], translations: FloatArray) -> ComplexArray:
        """Matrices (m, dim, dim) of Cartesian operations (m, 3, 3)."""
        return np.asarray(self.irrep.matrices[self._index(rotations)], dtype=complex)

    def real_matrices(self, rotations: NDArray[Any], translations: FloatArray) -> FloatArray:
        """The same as real numbers."""
        return np.asarray(self.irrep.matrices[self._index(rotations)])


def point_irreps(parent: ParentCrystal) -> tuple[PointIrrep, ...]:
    """All irreps of the point group of a molecule."""
    group = point_group(parent.rotations_cartesian, parent.structure.coords - parent.centre)
    return tuple(PointIrrep(group, irrep) for irrep in group.irreps)
