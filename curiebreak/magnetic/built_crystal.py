"""The atoms, moments and operations of analysed fields, in the short axes of their primitive magnetic cell."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.modes.builder import short_axes
from curiebreak.structures.magnetic_cif import MagneticCrystal, StatedSetting
from curiebreak.structures.magnetic_group import MagneticOperation
from curiebreak.structures.transformation_text import transformation_text
from curiebreak.transformation import Transformation

WRITTEN = 1e-8
"""μB; one unit in the last decimal of moments that are written."""


def crystal_of_fields(analysis: MagneticAnalysis) -> MagneticCrystal:
    """The averaged fields as a magnetic structure: primitive magnetic cell, all operations, the parent that it states.

    Moments along the crystal axes are fractions on the undistorted axes times the lengths of the strained ones.
    """
    field, parent, placed = analysis.field, analysis.parent, analysis.placed
    flat = np.asarray(parent.lattice)
    cell = short_axes(parent, field.cell)
    axes = cell @ flat @ (np.eye(3) + _strain(analysis))
    inverse = np.linalg.inv(cell)
    places = field.primitive + field.displacements @ np.linalg.inv(flat)
    outward = parent.to_standard @ Transformation.out_of(cell)
    stated = StatedSetting(
        parent.number,
        parent.symbol or "",
        transformation_text(outward.matrix.T, outward.shift),
        "a,b,c;0,0,0",
    )
    source = _source_atoms(analysis)
    crystal = placed.crystal
    return MagneticCrystal(
        cell=axes,
        elements=tuple(parent.species[i] for i in field.site),
        labels=tuple(crystal.labels[i] for i in source),
        occupancies=crystal.occupancies[source],
        positions=places @ inverse,
        moments=field.moments @ np.linalg.inv(cell @ flat) @ axes,
        listed=crystal.listed[source],
        operations=tuple(operations_in(analysis, cell)),
        stated=stated,
        moment_step=WRITTEN,
    )


def operations_in(analysis: MagneticAnalysis, cell: IntArray) -> list[MagneticOperation]:
    """The magnetic group in the axes of a cell (rows, the parent's primitive axes), the identity first."""
    rotations, translations, thetas = analysis.isotropy.operations_with_time(analysis.whole)
    turned, moved = Transformation.out_of(cell).inverse.operations(rotations, translations)
    moved = moved - np.floor(moved + 1e-6)
    return [(r, t, int(theta)) for r, t, theta in zip(np.round(turned), moved, thetas, strict=True)]


def _strain(analysis: MagneticAnalysis) -> FloatArray:
    """The strain of the cell averaged over the point group, its fully symmetric part included."""
    strain = analysis.placed.distortion.strain
    kept = analysis.whole.any(axis=1)
    turned = analysis.parent.rotations_cartesian[np.flatnonzero(kept) % analysis.parent.n_operations]
    return np.asarray(np.einsum("gij,jk,glk->il", turned, strain, turned) / len(turned))


def _source_atoms(analysis: MagneticAnalysis) -> IntArray:
    """Index (n,) of an atom of the source at each atom of the primitive magnetic cell."""
    distortion, field = analysis.placed.distortion, analysis.field
    known = {(int(s), tuple(c)): i for i, (s, c) in enumerate(zip(distortion.site, distortion.cell_index, strict=True))}
    return np.array([known[int(s), tuple(c)] for s, c in zip(field.site, field.cell_index, strict=True)])
