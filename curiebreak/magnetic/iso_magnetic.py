"""The modes of moments and displacements in the ``_iso_`` loops of ISODISTORT, behind a magnetic CIF.

``m_i = L_i sum_j M_ij n_j A_j``: m the free components along the crystal axes (μB), L the lengths of the axes that they
lie along (strained, as in the file), A the amplitudes over the primitive magnetic cell (μB), n
``_iso_magneticmodenorm_value`` (fractions of the axes for each μB) and M ``_iso_magneticmodematrix``, square. Those of
the displacements are as in :mod:`curiebreak.modes.iso_cif`, of the shifts that the magnetic group leaves free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InternalError
from curiebreak.magnetic.built_crystal import WrittenSetting, crystal_of_fields, written_setting
from curiebreak.magnetic.built_report import analysis_mcif
from curiebreak.magnetic.grey_analysis import GreyAnalysis, grey_analysis
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.magnetic.mcif_text import MomentSite, coordinate_sites, moment_sites
from curiebreak.modes.iso_cif import (
    FreeSite,
    changed,
    displacive_lines,
    loop_head,
    matrix_loop,
    mode_loop,
    norm_loop,
)
from curiebreak.modes.mode_vectors import FreeModes, ModeVector
from curiebreak.structures.magnetic_cif import MagneticCrystal

_AXES = "xyz"

_SMALL = 1e-9


def iso_magnetic_text(analysis: MagneticAnalysis) -> str:
    """Magnetic CIF with the loops of its modes of displacements and of moments."""
    lines = ["Amplitudes over the primitive magnetic cell: displacive modes in Angstrom, moments in Bohr magnetons."]
    loops = MomentLoops(analysis)
    shifts = displacive_lines(loops, loops.shifted_sites, loops.shifts)
    return analysis_mcif(analysis, lines) + "\n".join([*shifts, *loops.lines()]) + "\n"


@dataclass(frozen=True, eq=False)
class MomentLoops:
    """The loops of one magnetic structure."""

    magnetic: MagneticAnalysis

    @cached_property
    def analysis(self) -> GreyAnalysis:
        """The same as an analysis of a distortion."""
        return grey_analysis(self.magnetic)

    @cached_property
    def setting(self) -> WrittenSetting:
        """The axes of the file."""
        return written_setting(self.magnetic)

    @cached_property
    def crystal(self) -> MagneticCrystal:
        """As the file lists it."""
        return crystal_of_fields(self.magnetic, self.setting)

    @cached_property
    def sites(self) -> list[MomentSite]:
        """Those with moments."""
        return [site for site in moment_sites(self.crystal) if self.crystal.listed[site.atom]]

    @cached_property
    def components(self) -> list[tuple[MomentSite, int]]:
        """Site and axis of each free component."""
        return [(site, axis) for site in self.sites for axis in site.pivots]

    @cached_property
    def modes(self) -> list[ModeVector]:
        """As many as there are free components."""
        found = free_moments(self.magnetic, self.sites)
        if len(found) != len(self.components):
            raise InternalError(f"{len(found)} modes for {len(self.components)} free components of moments")
        return found

    def displacement(self, cartesian: FloatArray) -> FloatArray:
        """Cartesian vectors (..., 3) as fractions of the undistorted axes of the file."""
        return np.asarray(cartesian @ np.linalg.inv(self.setting.change.axes(np.asarray(self.magnetic.parent.lattice))))

    @cached_property
    def shifted_sites(self) -> list[FreeSite]:
        """Every site with the coordinates that its group leaves free, undistorted."""
        moved = self.displacement(self.magnetic.field.displacements)
        found = []
        for site in coordinate_sites(self.crystal):
            place = self.crystal.positions[site.atom]
            # the cell in which the file lists the atom
            start = place - np.floor(place + 1e-9) - moved[site.atom]
            found.append(FreeSite(site.atom, site.label, site.multiplicity, start, site.rows, site.pivots))
        return found

    @cached_property
    def shifts(self) -> list[ModeVector]:
        """Modes of displacements, as many as there are free coordinates."""
        found = FreeModes(self.analysis).displacement
        count = sum(len(site.pivots) for site in self.shifted_sites)
        if len(found) != count:
            raise InternalError(f"{len(found)} modes for {count} free coordinates")
        return found

    @cached_property
    def fractions(self) -> FloatArray:
        """``M n``: free components (m, m) of each mode, a column each, in fractions of the undistorted axes."""
        turned = [self.displacement(mode.vectors) for mode in self.modes]
        rows = [[vectors[site.atom, axis] for site, axis in self.components] for vectors in turned]
        return np.array(rows, dtype=float).T

    def lines(self) -> list[str]:
        """All loops."""
        head = [f"_iso_magneticmode_number {len(self.modes)}"]
        if not self.modes:
            return head
        norms = np.abs(self.fractions).max(axis=0)
        lines = [*head, *mode_loop("magnetic", self.modes, self.analysis)]
        # moments are these times the lengths of the axes: two digits more than fractions need
        lines += [*norm_loop("magnetic", norms, digits=10), *self._moment_lines()]
        lines += ["# matrix conversion: deltamoments(crystal axes) = axis lengths.matrix.(modeamplitudes*modenorms)"]
        return [*lines, *matrix_loop("magnetic", self.fractions / norms, digits=10)]

    def _moment_lines(self) -> list[str]:
        cell = self.crystal.cell
        along = self.crystal.moments @ np.linalg.inv(cell) * np.linalg.norm(cell, axis=1)
        lines = loop_head("deltamoment", "ID", "label", "value")
        for number, (site, axis) in enumerate(self.components, 1):
            lines.append(f"{number} {site.label}_dm{_AXES[axis]} {along[site.atom][axis] + 0.0:.8f}")
        lines += loop_head("moment", "label", "formula")
        return lines + [f'{s.label}_m{_AXES[i]} "{part}"' for s in self.sites for i, part in enumerate(_formulas(s))]


def free_moments(analysis: MagneticAnalysis, sites: Sequence[MomentSite]) -> list[ModeVector]:
    """The modes of moments that the magnetic group leaves free on some sites, used or not."""
    grey, field = grey_analysis(analysis), analysis.field
    own = np.isin(field.orbits, field.orbits[[site.atom for site in sites]])
    return [m for m in FreeModes(grey).moments(field.moments) if np.abs(m.vectors[own]).max(initial=0.0) > _SMALL]


def _formulas(site: MomentSite) -> list[str]:
    """``0 + Ni1_dmx``: each component along the crystal axes from the free ones."""
    names = [f"{site.label}_dm{_AXES[axis]}" for axis in site.pivots]
    return [changed("0", zip(map(float, column), names, strict=True)) for column in site.rows.T]
