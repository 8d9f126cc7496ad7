"""Irrep entries of a magnetic structure: labels, directions, amplitudes, magnetic groups, couplings."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.magnetic.grey_group import grey_subgroup
from curiebreak.magnetic.magnetic_analysis import ActiveField, MagneticAnalysis, on_site
from curiebreak.modes.site_modes import SiteParts, displacement_parts, magnetic_parts, occupation_parts, site_modes
from curiebreak.results import IrrepEntry, IsotropySubgroup, Kind, Role, vector
from curiebreak.symmetry.direction_text import echelon
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.images import image_group, root_sum_square
from curiebreak.symmetry.isotypic import StandardOperations
from curiebreak.symmetry.order_parameter import real_amplitudes
from curiebreak.symmetry.origins import other_origins
from curiebreak.symmetry.sublattices import match_vectors

_FIXED = 0.999
"""Eigenvalues of an average over a group above this belong to what the group leaves alone."""


class MagneticIrrepTable:
    """The irreps of a magnetic structure as a result lists them; what several of them need is made once."""

    def __init__(self, analysis: MagneticAnalysis) -> None:
        self.analysis = analysis
        self._parts: dict[str, SiteParts | None] = {"strain": None}

    def _of_kind(self, kind: str) -> SiteParts | None:
        if kind not in self._parts:
            parent = self.analysis.parent
            make = {"magnetic": magnetic_parts, "displacement": displacement_parts}.get(kind)
            found = occupation_parts(parent, ("occupancy",)) if make is None else make(parent)
            self._parts[kind] = self._of_listed_sites(found) if kind == "magnetic" else found
        return self._parts[kind]

    def _of_listed_sites(self, parts: SiteParts) -> SiteParts:
        """The parts on sites of which the source lists a moment, zero or not."""
        placed, parent = self.analysis.placed, self.analysis.parent
        orbits = parent.site_orbits[placed.distortion.site[placed.crystal.listed]]
        listed = np.isin(parent.site_orbits, orbits)
        kept = [i for i, p in enumerate(parts.projectors) if np.abs(p[listed]).max(initial=0.0) > 0.0]
        return SiteParts(tuple(parts.names[i] for i in kept), parts.projectors[kept])

    def entry(self, one: ActiveField, role: Role) -> IrrepEntry:
        """One entry of ``irreps`` or ``order_parameters``."""
        analysis, isotropy = self.analysis, self.analysis.isotropy
        parts = self._of_kind(one.kind)
        space, matrices = on_site(analysis, one)
        projectors = None if parts is None else parts.projectors
        copies, owners = real_amplitudes(space, matrices, one.irrep, one.values, projectors)
        text, copies, pattern = _canonical(analysis, one, copies)
        amplitude, strain = float(np.sqrt(one.squared)), one.kind == "strain"
        kinds = ("magnetic",) if one.odd else ("displacement", "occupation")
        total = isotropy.total_of(*kinds)
        return IrrepEntry(
            irrep=("m" if one.odd else "") + one.irrep.label,
            name=one.label,
            other_origins=other_origins(analysis.parent.number, one.irrep, "m" if one.odd else ""),
            kpoint=one.irrep.kpoint,
            kind=cast(Kind, one.kind),
            role=role,
            direction=text,
            components=vector(root_sum_square(copies)) if len(copies) else (),
            amplitude_supercell=amplitude,
            amplitude_parent=amplitude if strain else amplitude / float(np.sqrt(analysis.space.size)),
            dmax=one.dmax,
            share=None if strain or not total else one.squared / total,
            isotropy_subgroup=magnetic_subgroup(analysis, one.fixes, one.odd),
            modes=site_modes(one.label, parts, copies, owners, pattern),
        )


def role_of(analysis: MagneticAnalysis, one: ActiveField) -> Role:
    """``primary`` for members of the best minimal set, else ``secondary``."""
    return "primary" if analysis.is_primary(one) else "secondary"


def _canonical(
    analysis: MagneticAnalysis, one: ActiveField, copies: FloatArray
) -> tuple[str | None, FloatArray, FloatArray]:
    """Letters (special k only), copies (m, dim) and pattern (f, dim), in the canonical domain at special k.

    The domains of moments are those of the parent's operations and of time reversal, D(g) and -D(g).
    """
    if len(copies) == 0:
        return None, copies, np.zeros((0, copies.shape[1]))
    irrep = one.irrep
    if irrep.kind != "special":
        return None, copies, echelon(_fixed_rows(analysis, one))
    images = image_group(analysis.parent, irrep)
    if one.odd:
        images = np.concatenate([images, -images])
    found = canonical_direction([images], [copies], [[irrep.arm_size] * len(irrep.arms)])
    return found.text, found.components[0], found.patterns[0]


def _fixed_rows(analysis: MagneticAnalysis, one: ActiveField) -> FloatArray:
    """Order parameters (f, dim) that the irrep's own group leaves alone."""
    standard = StandardOperations(analysis.parent)
    rows, tau = np.nonzero(one.fixes)
    count = analysis.parent.n_operations
    g, sign = rows % count, np.where((rows >= count) & one.odd, -1.0, 1.0)
    moved = standard.translations[g] + standard.lattice_translations(analysis.space.translations[tau])
    matrices = one.irrep.real_matrices(standard.rotations[g], moved)
    arms = standard.primitive_waves(one.irrep.arms)
    periodic = np.repeat(match_vectors(arms, analysis.space.kpoints) >= 0, one.irrep.arm_size)
    projector = periodic[:, None] * (sign[:, None, None] * matrices).mean(axis=0)
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    return np.asarray(vectors[:, values > _FIXED].T)


def magnetic_subgroup(analysis: MagneticAnalysis, mask: BoolArray, magnetic: bool = True) -> IsotropySubgroup:
    """The subgroup of the grey group with operations `mask` (2 g, s).

    Number, symbol, basis and origin are those of the space group that the operations form when time is left aside.
    """
    found = grey_subgroup(analysis.space, mask)
    return found if magnetic else replace(found, magnetic=None)
