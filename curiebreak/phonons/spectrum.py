"""The modes at every wave vector that the supercell holds, star by star, with their irreps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.modes.available import star_arms
from curiebreak.modes.lookup import irreps_at_k
from curiebreak.phonons.force_constants import LatticeDynamics
from curiebreak.phonons.mode_shapes import ModeShapes, mode_shapes
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.sublattices import match_vectors, periodic_cell
from curiebreak.symmetry.tables import special_kpoints

KINDS = ("special", "line", "plane", "general")

_TRANSLATION = 0.99
"""Squared overlap of a mode with the motion of the whole crystal from which it is acoustic: 0 or 1, forces allowing."""


@dataclass(frozen=True, eq=False)
class StarModes:
    """The modes of one star.

    Attributes
    ----------
    dynamics : LatticeDynamics
    kpoint : ndarray (3,)
        An arm that the supercell holds, primitive reciprocal fractions.
    irreps : tuple of Irrep
    shapes : tuple of ModeShapes
        One entry per irrep that displacements hold.
    """

    dynamics: LatticeDynamics
    kpoint: FloatArray
    irreps: tuple[Irrep, ...]
    shapes: tuple[ModeShapes, ...]

    @property
    def interpolated(self) -> bool:
        """Whether the supercell of the force constants does not hold the wave vector."""
        return not bool(self.dynamics.holds(self.kpoint[None])[0])

    @property
    def arms(self) -> int:
        """Wave vectors of the star, k and -k both counted."""
        return star_arms(self.dynamics.parent, self.irreps[0])

    def modes(self) -> Iterator[tuple[float, ModeShapes, int]]:
        """Frequency (THz), shapes and place in them of each mode, irrep by irrep."""
        for shapes in self.shapes:
            for mode, frequency in enumerate(self.dynamics.frequencies(shapes.eigenvalues)):
                yield float(frequency), shapes, mode

    def degeneracy(self, irrep: Irrep) -> int:
        """Modes of one frequency at one wave vector."""
        return irrep.dim // self.arms

    @property
    def defect(self) -> float:
        """Largest difference of a frequency from the same in the spectrum of the dynamical matrix, THz.

        The matrix is diagonalised as it is, at one wave vector, without any symmetry. Forces that break the symmetry,
        or a wrong label, show here.
        """
        by_irrep = np.concatenate(
            [np.repeat(one.eigenvalues, self.degeneracy(one.irrep)) for one in self.shapes] or [np.zeros(0)]
        )
        plain = np.linalg.eigvalsh(self.dynamics.at(self.kpoint[None])[0])
        if len(by_irrep) != len(plain):
            return float("inf")
        both = self.dynamics.frequencies(np.sort(by_irrep)) - self.dynamics.frequencies(plain)
        return float(np.abs(both).max(initial=0.0))

    def is_acoustic(self, shapes: ModeShapes, mode: int) -> bool:
        """Whether a mode moves the whole crystal."""
        if np.abs(self.kpoint).max() > 1e-9:
            return False
        roots = np.sqrt(self.dynamics.masses)
        moved = shapes.eigenvector(mode, np.eye(shapes.irrep.dim)[0])[0]
        # sqrt(m) is the eigenvector of a translation
        along = roots @ moved / np.linalg.norm(roots)
        return bool(float((np.abs(along) ** 2).sum()) > _TRANSLATION)


def spectrum(
    dynamics: LatticeDynamics, wanted: FloatArray | None = None, told: Callable[[float], None] = lambda share: None
) -> list[StarModes]:
    """The modes of every star of the supercell's wave vectors and of all special points, which come first.

    Parameters
    ----------
    dynamics : LatticeDynamics
    wanted : ndarray (3,), optional
        One wave vector alone, in the basis of the standard cell.
    told : callable
        Hears which share of the wave vectors is done.
    """
    standard = StandardOperations(dynamics.parent)
    if wanted is not None:
        return [_star(dynamics, irreps_at_k(dynamics.parent, wanted))]
    number = dynamics.parent.number or 1
    special = [standard.primitive_waves(k[None])[0] for k in special_kpoints(number).values()]
    candidates = np.concatenate([dynamics.kpoints, special])
    found, seen = [], np.zeros(len(candidates), dtype=bool)
    for index, kpoint in enumerate(candidates):
        told(index / len(candidates))
        if seen[index]:
            continue
        irreps = irreps_at_k(dynamics.parent, np.asarray(standard.change.waves(kpoint[None])[0]))
        arms = standard.primitive_waves(irreps[0].arms)
        seen |= match_vectors(candidates, np.concatenate([arms, -arms])) >= 0
        seen[index] = True
        found.append(_star(dynamics, irreps))
    return sorted(found, key=lambda star: (KINDS.index(star.irreps[0].kind), star.arms))


def _star(dynamics: LatticeDynamics, irreps: tuple[Irrep, ...]) -> StarModes:
    arms = dynamics.parent.to_standard.inverse.waves(irreps[0].arms)
    held = np.flatnonzero(dynamics.holds(arms))
    # where the supercell holds none of them, the modes say so
    kpoint = arms[int(held[0]) if len(held) else 0]
    space = bloch_space(dynamics.parent, periodic_cell(np.concatenate([np.zeros((1, 3)), kpoint[None]])))
    shapes = [mode_shapes(dynamics, space, irrep) for irrep in irreps]
    return StarModes(dynamics, kpoint, irreps, tuple(one for one in shapes if len(one.eigenvalues)))
