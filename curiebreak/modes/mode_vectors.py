"""Mode vectors: every displacement mode that the child's group allows, atom by atom.

The modes are orthonormal on the child's primitive cell, ``u = sum_j A_j e_j`` with ``sum |e_j|^2 = 1``, and
there are as many as the child has free coordinates, whether the child uses them or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.fields import representation
from curiebreak.modes.active import ActiveIrrep, FieldKind
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.site_modes import mode_labels, orthonormal_rows
from curiebreak.symmetry.direction_text import echelon, format_direction
from curiebreak.symmetry.isotypic import Irrep, irreps_on
from curiebreak.symmetry.real_basis import real_basis

_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class ModeVector:
    """One displacement mode.

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
        A_j in Å over the child's primitive cell.
    vectors : ndarray (n, 3)
        Unit norm, Cartesian in the parent's frame, on the atoms of ``analysis.group.field``.
    """

    label: str
    irrep: str
    kpoint: tuple[str, str, str] | None
    direction: str | None
    amplitude: float
    vectors: FloatArray


def mode_vectors(analysis: Analysis) -> list[ModeVector]:
    """All displacement modes that the child's group leaves free, in the order of the irrep table."""
    space, field = analysis.space, analysis.group.field
    polar = FieldKind("displacement", space, representation(1, "o", analysis.parent.rotations_cartesian))
    projectors = None if polar.parts is None else polar.parts.projectors
    found: list[ModeVector] = []
    for irrep in irreps_on(space):
        # what H leaves free: one mode for each free number of each copy
        free = analysis.isotropy.fixed_rows(irrep, analysis.child_operations)
        if not len(free):
            continue
        basis = real_basis(space, polar.matrices, irrep, projectors)
        if not len(basis.orbits):
            continue
        name = analysis.names.of(irrep)
        rows, direction = _rows(analysis.mode(name), irrep, free)
        # rows of the letters on the basis functions of every copy (12)
        fields = np.einsum("fi,nispd->nfspd", rows, basis.functions)
        labels = mode_labels(name, polar.parts, basis.orbits, len(rows))
        for copy, names in zip(fields, labels, strict=True):
            for waves, label in zip(copy, names, strict=True):
                vectors = space.to_atoms(waves, field.site, field.cell_index)
                # the modes are orthonormal: A_j = <e_j, u>
                amplitude = float((vectors * field.displacements).sum())
                found.append(ModeVector(label, name, irrep.kpoint, direction, amplitude, vectors))
    return found


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
