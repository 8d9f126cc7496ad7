"""Normal coordinates of a series: its mass-weighted displacements along the phonon eigenvectors of the parent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.isotypic import StandardOperations
from curiebreak.tracking.template import Template

if TYPE_CHECKING:
    from curiebreak.phonons.mode_shapes import ModeShapes
    from curiebreak.tracking.projector import Tracked


WHOLE = "Q_all"
"""Column of the root of the summed squares of all normal coordinates."""


@dataclass(frozen=True, eq=False)
class TrackedPhonon:
    """One phonon mode that is followed.

    Attributes
    ----------
    label : str
        Of the irrep.
    number : int
        Which of its modes, from 1, lowest frequency first.
    frequency : float
        THz, imaginary ones negative.
    components : tuple of int
        Components of the order parameter that the cell holds, from 0.
    rows : ndarray (c, 3 n)
        Linear functional of each, from displacements in Å to Å times the root of amu, per primitive cell of the parent.
    """

    label: str
    number: int
    frequency: float
    components: tuple[int, ...]
    rows: FloatArray

    @property
    def name(self) -> str:
        """Column of the amplitude, all components together."""
        return f"Q_{self.label}_{self.number}"

    def component_names(self) -> list[str]:
        """Columns of the normal coordinates."""
        return [f"{self.name}({i + 1})" for i in self.components]


@dataclass(frozen=True, eq=False)
class PhononModes:
    """The modes that are followed, lowest frequencies of each irrep first.

    Attributes
    ----------
    modes : tuple of TrackedPhonon
    masses : ndarray (n,)
        Of each atom of the frames, amu.
    interpolated : bool
        Whether the supercell of the forces does not hold all wave vectors.
    """

    modes: tuple[TrackedPhonon, ...]
    masses: FloatArray
    interpolated: bool

    def names(self) -> list[str]:
        """Columns: the whole, the amplitude of each mode, the coordinates of each."""
        return [WHOLE, *(one.name for one in self.modes), *(x for one in self.modes for x in one.component_names())]

    def values(self, displacements: FloatArray, size: int) -> list[float]:
        """Of one frame, in the order of the names, from displacements (n, 3) in a cell of `size` primitive cells."""
        # the centre of mass stays: what moves the whole crystal is no phonon
        free = displacements - self.masses @ displacements / self.masses.sum()
        whole = float(np.sqrt((self.masses @ free**2).sum() / size))
        coordinates = [one.rows @ free.ravel() for one in self.modes]
        norms = [float(np.linalg.norm(own)) for own in coordinates]
        return [whole, *norms, *(x for own in coordinates for x in own.tolist())]


def phonon_modes(
    template: Template, space: BlochSpace, followed: Sequence[Tracked], forces: str | os.PathLike[str] | Any
) -> PhononModes:
    """The modes of the irreps that are followed; those that move the whole crystal are none.

    Parameters
    ----------
    template : Template
    space : BlochSpace
        Wave vectors of the template's cell.
    followed : sequence of Tracked
    forces : path or ForceConstants
        Of the parent, in any cell and origin.

    Raises
    ------
    UsageError
        If phonopy is not installed.
    InputError
        If the forces cannot be read, or are those of another crystal.
    """
    from curiebreak.phonons.force_constants import ForceConstants, LatticeDynamics
    from curiebreak.phonons.mode_shapes import mode_shapes
    from curiebreak.phonons.on_parent import laid_on
    from curiebreak.phonons.phonopy_files import read_phonopy

    read = forces if isinstance(forces, ForceConstants) else read_phonopy(forces)
    dynamics = LatticeDynamics(template.parent, laid_on(template.parent, read))
    roots = np.sqrt(dynamics.masses)
    standard, found, exact = StandardOperations(template.parent), list[TrackedPhonon](), True
    for one in followed:
        exact &= bool(dynamics.holds(standard.primitive_waves(one.irrep.arms)).any())
        shapes = mode_shapes(dynamics, space, one.irrep)
        kept = [mode for mode in range(len(shapes.eigenvalues)) if not _moves_all(shapes, mode, roots)]
        frequencies = dynamics.frequencies(shapes.eigenvalues)
        for number, mode in enumerate(kept, 1):
            rows = [_functional(template, space, shapes.fields[mode, i], roots) for i in one.components]
            frequency = float(frequencies[mode])
            found.append(TrackedPhonon(one.label, number, frequency, one.components, np.array(rows)))
    return PhononModes(tuple(found), dynamics.masses[template.site], not exact)


def _functional(template: Template, space: BlochSpace, eigenvector: Any, roots: FloatArray) -> FloatArray:
    """Q = <e, sqrt(m) u> / sqrt(s): ndarray (3 n,)."""
    field = eigenvector * roots[:, None]
    return np.asarray(space.to_atoms(field, template.site, template.cell_index).ravel() / np.sqrt(template.size))


def _moves_all(shapes: ModeShapes, mode: int, roots: FloatArray) -> bool:
    """Whether a mode moves the whole crystal: sqrt(m) at k = 0, which is first, is the eigenvector of a translation."""
    along = np.einsum("p,ipd->id", roots, shapes.fields[mode][:, 0]) / np.linalg.norm(roots)
    whole = float((np.abs(shapes.fields[mode]) ** 2).sum())
    return float((np.abs(along) ** 2).sum()) > _TRANSLATION * whole


_TRANSLATION = 0.99
"""Of a squared eigenvector; 0 or 1, forces allowing."""
