"""The atoms, moments and operations of analysed fields, in the standard setting of their magnetic group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.magnetic.spglib_group import standard_setting
from curiebreak.modes.builder import short_axes
from curiebreak.structures.magnetic_cif import MagneticCrystal, StatedSetting
from curiebreak.structures.magnetic_group import MagneticOperation
from curiebreak.structures.transformation_text import transformation_text
from curiebreak.transformation import Transformation

WRITTEN = 1e-8
"""μB; one unit in the last decimal of moments that are written."""


@dataclass(frozen=True, eq=False)
class WrittenSetting:
    """The axes in which a magnetic structure is written.

    Attributes
    ----------
    change : Transformation
        From the parent's primitive axes.
    operations : list of (R, t, theta)
        The magnetic group there, centrings included.
    standard : bool
        The standard BNS setting; else the shortest axes of the primitive magnetic cell.
    """

    change: Transformation
    operations: list[MagneticOperation]
    standard: bool

    @property
    def centrings(self) -> FloatArray:
        """Translations (c, 3) of the primitive magnetic cell within this one, zero first."""
        found = [t for r, t, theta in self.operations if theta == 1 and np.abs(r - np.eye(3)).max() < 1e-6]
        return np.array(sorted(found, key=lambda t: float(np.abs(t).sum())))


def written_setting(analysis: MagneticAnalysis) -> WrittenSetting:
    """The standard setting of the magnetic group where it is sure, else the primitive magnetic cell."""
    found = standard_setting(analysis)
    if found is not None:
        return WrittenSetting(*found, standard=True)
    change = Transformation.out_of(short_axes(analysis.parent, analysis.field.cell)).inverse
    rotations, translations, thetas = analysis.isotropy.operations_with_time(analysis.whole)
    turned, moved = change.operations(rotations, translations)
    moved = moved - np.floor(moved + 1e-6)
    rows = zip(np.round(turned), moved, thetas, strict=True)
    return WrittenSetting(change, [(r, t, int(theta)) for r, t, theta in rows], standard=False)


def crystal_of_fields(analysis: MagneticAnalysis, setting: WrittenSetting) -> MagneticCrystal:
    """The averaged fields as a magnetic structure with all operations and the parent that it states.

    Moments along the crystal axes are fractions on the undistorted axes times the lengths of the strained ones. The
    first atoms are those of the field, the others their images by the centrings.
    """
    field, parent, crystal = analysis.field, analysis.parent, analysis.placed.crystal
    flat = np.asarray(parent.lattice)
    straight = setting.change.axes(flat)
    axes = straight @ (np.eye(3) + _strain(analysis))
    places = setting.change.points(field.primitive + field.displacements @ np.linalg.inv(flat))
    moments = field.moments @ np.linalg.inv(straight) @ axes
    outward = parent.to_standard @ setting.change.inverse
    text = transformation_text(outward.matrix.T, outward.shift)
    count, source = len(setting.centrings), _source_atoms(analysis)
    return MagneticCrystal(
        cell=axes,
        elements=tuple(parent.species[i] for i in field.site) * count,
        labels=tuple(crystal.labels[i] for i in source) * count,
        occupancies=np.tile(crystal.occupancies[source], count),
        positions=(places[None] + setting.centrings[:, None]).reshape(-1, 3),
        moments=np.tile(moments, (count, 1)),
        listed=np.tile(crystal.listed[source], count),
        operations=tuple(setting.operations),
        stated=StatedSetting(parent.number, parent.symbol or "", text, "a,b,c;0,0,0"),
        moment_step=WRITTEN,
    )


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
