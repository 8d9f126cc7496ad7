"""Mode vectors: every displacement mode that the child's group allows, atom by atom, and those of strain and content.

The modes are orthonormal on the child's primitive cell, ``u = sum_j A_j e_j`` with ``sum |e_j|^2 = 1``, and
there are as many as the child has free coordinates, whether the child uses them or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray
from curiebreak.fields import strain_vector
from curiebreak.modes.active import ActiveIrrep, FieldKind
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.site_modes import mode_labels, orthonormal_rows
from curiebreak.symmetry.direction_text import echelon, format_direction
from curiebreak.symmetry.isotypic import Irrep, irreps_on
from curiebreak.symmetry.real_basis import real_basis

_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class ModeVector:
    """One mode.

    Attributes
    ----------
    label : str
        ``R4+[O:d:dsp]Eu(a)``.
    irrep : str
        Its name in the analysis.
    kpoint : tuple of 3 str, or None
        Fractions in the parent's conventional reciprocal basis; None for a molecule.
    direction : str or None
        Letters of the irrep's direction; None where only numbers describe it.
    amplitude : float
        A_j over the child's primitive cell, of displacements in Å.
    vectors : ndarray
        Unit norm; of displacements (n, 3), Cartesian in the parent's frame, on the atoms of ``analysis.group.field``.
    """

    label: str
    irrep: str
    kpoint: tuple[str, str, str] | None
    direction: str | None
    amplitude: float
    vectors: FloatArray


@dataclass(frozen=True, eq=False)
class FreeModes:
    """The modes that the group of an analysed child leaves free, whether the child uses them or not."""

    analysis: Analysis

    @property
    def displacement(self) -> list[ModeVector]:
        """Of the displacements, in the order of the irrep table."""
        polar = FieldKind.of("displacement", self.analysis.space)
        return self._free(polar, self._on_atoms, self.analysis.group.field.displacements)

    @property
    def strain(self) -> list[ModeVector]:
        """Of the strain; vectors (6,) as :func:`curiebreak.fields.strain_vector`."""
        kind = FieldKind.of("strain", self.analysis.strain_space)
        return self._free(kind, _six, strain_vector(self.analysis.group.field.strain))

    @property
    def occupation(self) -> list[ModeVector]:
        """Of the occupancies, of the elements that a site holds.

        Vectors are (n, elements), columns as ``analysis.distortion.occupation_elements``.
        """
        elements = self.analysis.distortion.occupation_elements
        field = self.analysis.group.field
        if not elements:
            return []
        kind = FieldKind.of("occupation", self.analysis.space, elements)
        held = np.abs(field.occupation) > _SAME
        orbits = np.asarray(self.analysis.parent.site_orbits)[field.site]
        # what changes nowhere on an orbit is no content of it
        mixed = np.array([held[orbits == orbit].any(axis=0) for orbit in orbits])
        found = self._free(kind, self._on_atoms, field.occupation)
        return [mode for mode in found if not (np.abs(mode.vectors) > _SAME)[~mixed].any()]

    def moments(self, values: FloatArray) -> list[ModeVector]:
        """Of moments `values` (n, 3), in μB; the analysis is that of a magnetic structure, with its grey parent."""
        return self._free(FieldKind.of("magnetic", self.analysis.space), self._on_atoms, values)

    def _on_atoms(self, waves: ComplexArray) -> FloatArray:
        return self.analysis.group.field.from_waves(self.analysis.space, waves)

    def _free(
        self, kind: FieldKind, read: Callable[[ComplexArray], FloatArray], values: FloatArray
    ) -> list[ModeVector]:
        """One mode for each free number of each copy of each irrep; `read` turns waves into what `values` are."""
        projectors = None if kind.parts is None else kind.parts.projectors
        found: list[ModeVector] = []
        for irrep in irreps_on(kind.space):
            # what H leaves free: one mode for each free number of each copy
            free = self.analysis.isotropy.fixed_rows(irrep, self.analysis.child_operations, kind.odd)
            if not len(free):
                continue
            basis = real_basis(kind.space, kind.matrices, irrep, projectors)
            if not len(basis.orbits):
                continue
            name = self.analysis.name_of(irrep, kind.odd)
            rows, direction = _rows(self.analysis.mode(name, kind.name), irrep, free)
            # rows of the letters on the basis functions of every copy (12)
            fields = np.einsum("fi,nispd->nfspd", rows, basis.functions)
            labels = mode_labels(name, kind.parts, basis.orbits, len(rows))
            for copy, names in zip(fields, labels, strict=True):
                for waves, label in zip(copy, names, strict=True):
                    vectors = read(waves)
                    # the modes are orthonormal: A_j = <e_j, u>
                    amplitude = float((vectors * values).sum())
                    found.append(ModeVector(label, name, irrep.kpoint, direction, amplitude, vectors))
        return found


def _six(waves: ComplexArray) -> FloatArray:
    return np.asarray(waves.real.reshape(6))


def mode_vectors(analysis: Analysis) -> list[ModeVector]:
    """All displacement modes that the child's group leaves free, in the order of the irrep table."""
    return FreeModes(analysis).displacement


def _rows(active: ActiveIrrep | None, irrep: Irrep, free: FloatArray) -> tuple[FloatArray, str | None]:
    """Orthonormal rows (f, dim) that the letters stand for, in the child's own domain."""
    if active is not None and active.irrep.kpoint == irrep.kpoint:
        # letters are named in the canonical domain, vectors are wanted in the child's: eta = eta' turn
        rows = orthonormal_rows(active.canonical.pattern) @ active.canonical.turn
        same = len(rows) == len(free) and np.abs(rows.T @ rows - free.T @ free).max() < _SAME
        if same:
            return rows, active.canonical.text
    letters = echelon(free)
    layout = [[irrep.arm_size] * len(irrep.arms)]
    text = format_direction(letters, layout) if irrep.kind == "special" else None
    return orthonormal_rows(letters), text
