"""What of an observed distortion each phonon mode carries."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from curiebreak.mapping.pair_summary import child_summary
from curiebreak.modes.decompose import analyse_pair
from curiebreak.phonons.force_constants import LatticeDynamics
from curiebreak.phonons.mode_shapes import mode_shapes
from curiebreak.results import StructureSummary
from curiebreak.results.phonon_records import ModeOverlap
from curiebreak.symmetry.isotypic import irreps_on

_SILENT = 1e-9
"""Share below which an irrep is not in the distortion."""


def overlaps(dynamics: LatticeDynamics, child: str | os.PathLike[str] | Any, symprec: float | None) -> tuple[
    StructureSummary, tuple[ModeOverlap, ...]
]:  # fmt: skip
    """Project the distortion to a child on the phonon modes of the parent.

    Mass-weighted displacements ``sqrt(m) u`` of the whole distortion, as it is mapped and averaged over the child's
    group, are projected on the eigenvectors of every irrep that they hold; shares of all modes add up to 1.

    Returns
    -------
    child : StructureSummary
    overlaps : tuple of ModeOverlap
        For each irrep all its modes together, then each alone; largest irreps first.
    """
    analysis, _, _ = analyse_pair(dynamics.constants.structure, child, parent_symprec=symprec)
    space = analysis.space
    values = sum(
        (mode.values for mode in analysis.modes if mode.kind == "displacement"),
        np.zeros((space.size, len(dynamics.parent.species), 3), dtype=complex),
    )
    # the centre of mass stays: what moves the whole crystal is no distortion, nor any phonon
    masses = dynamics.masses[:, None]
    values[0] -= (masses * values[0]).sum(axis=0) / masses.sum()
    weighted = values * np.sqrt(masses)
    total = float((np.abs(weighted) ** 2).sum())
    rows: list[tuple[float, list[ModeOverlap]]] = []
    for irrep in irreps_on(space):
        shapes = mode_shapes(dynamics, space, irrep)
        if not len(shapes.eigenvalues) or irrep.kpoint is None:
            continue
        # Q_na = <e_na, sqrt(m) u> for mode n and component a
        components = np.einsum("naspd,spd->na", shapes.fields.conj(), weighted).real
        squares = (components**2).sum(axis=1)
        if float(squares.sum()) <= _SILENT * total:
            continue
        frequencies = dynamics.frequencies(shapes.eigenvalues)
        own = [
            ModeOverlap(
                irrep=irrep.label,
                kpoint=irrep.kpoint,
                frequency=float(f),
                amplitude=float(np.sqrt(s)),
                share=float(s / total),
            )
            for f, s in zip(frequencies, squares, strict=True)
        ]
        whole = float(squares.sum())
        together = ModeOverlap(
            irrep=irrep.label, kpoint=irrep.kpoint, frequency=None, amplitude=float(np.sqrt(whole)), share=whole / total
        )
        rows.append((whole, [together, *own]))
    rows.sort(key=lambda one: -one[0])
    return child_summary(analysis.distortion.child, 1e-3), tuple(one for _, group in rows for one in group)
