"""Standard uncertainties of the child's coordinates, propagated to the amplitudes."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import IntArray
from curiebreak.modes.analysis import ActiveIrrep, Analysis


def amplitude_uncertainty(analysis: Analysis, mode: ActiveIrrep) -> float | None:
    """Standard uncertainty of As of one displacement irrep, Å; None where the file states none.

    With ``g`` the field of the irrep at unit length, ``dAs = sum_i g_i . du_i``. The copies of a site move
    together, so an orbit of N atoms adds ``N sum_i g_i^T C_i g_i``, C_i the covariance of atom i from its
    coordinates' uncertainties, which are taken as independent.
    """
    given = analysis.distortion.child.uncertainties
    if given is None or mode.kind != "displacement" or mode.squared == 0.0 or analysis.parent.is_molecule:
        return None
    field = analysis.group.field
    gradient = analysis.space.to_atoms(mode.values, field.site, field.cell_index) / np.sqrt(mode.squared)
    atoms = analysis.memory.setdefault(("original", "", ""), original_atoms(analysis))
    sigmas = given[analysis.distortion.child_atoms[atoms]]
    axes = analysis.distortion.supercell_basis @ np.asarray(analysis.parent.structure.lattice)
    spread = ((gradient @ axes.T) * sigmas) ** 2  # (g . a_j)^2 sigma_j^2
    images = analysis.group.operations.permutations
    size = np.array([len(set(column)) for column in images.T.tolist()])
    return float(np.sqrt((size * spread.sum(axis=1)).sum()))


def original_atoms(analysis: Analysis) -> IntArray:
    """Index in the distortion's arrays of each atom of the child's primitive cell."""
    distortion, field = analysis.distortion, analysis.group.field
    known = {
        (int(s), *(int(x) for x in c)): i
        for i, (s, c) in enumerate(zip(distortion.site, distortion.cell_index, strict=True))
    }
    keys = [(int(s), *(int(x) for x in c)) for s, c in zip(field.site, field.cell_index, strict=True)]
    return np.array([known[key] for key in keys], dtype=np.int64)
