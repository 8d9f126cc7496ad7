"""Displacements and strain of one structure on the child's cell, their averages and their irreps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.fields import representation, strain_representation, strain_tensor, strain_vector, turn_tensor
from curiebreak.modes.analysis import Analysis
from curiebreak.symmetry.isotypic import Irrep, project


@dataclass(frozen=True, eq=False)
class DistortionState:
    """One distortion.

    Attributes
    ----------
    displacements : ndarray (n, 3)
        Å, Cartesian, parent's frame, on the atoms of the child's primitive cell.
    strain : ndarray (3, 3)
    """

    displacements: FloatArray
    strain: FloatArray

    @classmethod
    def zero(cls, count: int) -> DistortionState:
        """The parent."""
        return cls(np.zeros((count, 3)), np.zeros((3, 3)))

    def __add__(self, other: DistortionState) -> DistortionState:
        return DistortionState(self.displacements + other.displacements, self.strain + other.strain)

    def __mul__(self, factor: float) -> DistortionState:
        return DistortionState(factor * self.displacements, factor * self.strain)

    @property
    def norm(self) -> float:
        """Root of the sum of squares."""
        return float(np.sqrt((self.displacements**2).sum() + (self.strain**2).sum()))


@dataclass(frozen=True, eq=False)
class States:
    """States on the child's cell of one pair: averages over groups and parts in irreps."""

    analysis: Analysis

    def child(self) -> DistortionState:
        """The distortion itself."""
        return DistortionState(self.analysis.group.field.displacements, self.analysis.group.field.strain)

    def field_average(self, values: FloatArray, matrices: FloatArray, mask: BoolArray) -> FloatArray:
        """``P_K`` of a field (n, d) on the child's cell; the mask stands for right cosets of its translations."""
        field, space = self.analysis.group.field, self.analysis.space
        components = field.to_waves(space, values)
        phases = space.phases() @ mask.T.astype(float) / mask.sum()
        total = np.zeros_like(components)
        for g in np.flatnonzero(mask.any(axis=1)):
            total += phases[:, g, None, None] * space.moved(components, matrices, int(g))
        return field.from_waves(space, total)

    def strain_average(self, strain: FloatArray, mask: BoolArray) -> FloatArray:
        """``P_K`` of a strain tensor (3, 3)."""
        weights = mask.sum(axis=1) / mask.sum()
        turned = turn_tensor(self.analysis.parent.rotations_cartesian, strain)
        return np.asarray(np.einsum("g,gij->ij", weights, turned))

    def averaged(self, state: DistortionState, mask: BoolArray) -> DistortionState:
        """A state averaged over a group."""
        rotations = self.analysis.parent.rotations_cartesian
        moved = self.field_average(state.displacements, representation(1, "o", rotations), mask)
        return DistortionState(moved - moved.mean(axis=0), self.strain_average(state.strain, mask))

    def part_of(self, irrep: Irrep, kind: str, state: DistortionState) -> DistortionState:
        """The part of a state in one irrep: of its displacements, or of its strain."""
        rotations = self.analysis.parent.rotations_cartesian
        field, space = self.analysis.group.field, self.analysis.space
        nothing = DistortionState.zero(len(state.displacements))
        if kind == "strain":
            values = strain_vector(state.strain).reshape(1, 1, 6).astype(complex)
            found = project(self.analysis.strain_space, values, strain_representation(rotations), irrep)
            return DistortionState(nothing.displacements, strain_tensor(found[0, 0].real))
        values = field.to_waves(space, state.displacements)
        found = project(space, values, representation(1, "o", rotations), irrep)
        return DistortionState(field.from_waves(space, found), nothing.strain)
