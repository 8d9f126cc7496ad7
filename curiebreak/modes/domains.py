"""The equivalent children: one for each coset of the child's group in the parent's.

The child carried by ``x^-1`` is the same for all of one coset ``H x`` and different for different ones.
"""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.results import DomainResult, Domains, vector
from curiebreak.structures.operations import triplet
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.images import root_sum_square
from curiebreak.symmetry.isotypic import StandardOperations

LARGEST_LIST = 1000
"""Equivalent children that are listed one by one; beyond that they are only counted."""


def equivalent_children(analysis: Analysis, listed: bool = False, limit: int = LARGEST_LIST) -> Domains:
    """Count, and on request list, the children that the parent's operations make from one.

    Parameters
    ----------
    analysis : Analysis
    listed : bool
        Give each child with its operation and order parameters.
    limit : int
        No list when there are more than this.

    Returns
    -------
    Domains
        The child itself first; ``total = rotation * translation``.
    """
    index = analysis.child_group.split
    equivalents = _equivalents(analysis) if listed and index.total <= limit else ()
    return Domains(total=index.total, rotation=index.point, translation=index.translation, equivalents=equivalents)


def _equivalents(analysis: Analysis) -> tuple[DomainResult, ...]:
    group = analysis.child_group
    primaries = [m for m in map(analysis.mode_of_any_kind, analysis.primary) if m is not None]
    components = [_components(mode, group.space, group.cosets) for mode in primaries]
    seen: dict[int, int] = {}
    listed = []
    for index, ((g, tau), number) in enumerate(zip(group.cosets, group.orientations.tolist(), strict=True)):
        seen[number] = seen.get(number, 0) + 1
        values = {m.label: vector(c[index]) for m, c in zip(primaries, components, strict=True)}
        listed.append(
            DomainResult(
                operation=inverse_text(group.space, int(g), int(tau)),
                rotation_domain=number,
                translation_domain=seen[number],
                components=values,
            )
        )
    return tuple(sorted(listed, key=lambda d: (d.rotation_domain, d.translation_domain)))


def _components(mode: ActiveIrrep, space: BlochSpace, chosen: IntArray) -> FloatArray:
    """Order parameter (index, dim) of each child, root-sum-square over the copies."""
    standard = StandardOperations(space.parent)
    translations = standard.translations[chosen[:, 0]]
    if not space.parent.is_molecule:
        translations = translations + standard.lattice_translations(space.translations[chosen[:, 1]])
    matrices = mode.irrep.real_matrices(standard.rotations[chosen[:, 0]], translations)
    found = np.array([root_sum_square(mode.copies @ matrix) for matrix in matrices])  # D(x^-1) = D(x)^T
    return np.where(np.abs(found) > 1e-9, found, 0.0)


def inverse_text(space: BlochSpace, g: int, tau: int) -> str:
    """``x,y,z`` text of the inverse of ``{1|tau}{R_g|t_g}`` in the parent's standard axes.

    For a molecule the axes are those of the file.
    """
    standard = StandardOperations(space.parent)
    if space.parent.is_molecule:
        return triplet(np.asarray(standard.rotations[g]).T, np.zeros(3))
    shift = standard.translations[g]
    shift = shift + standard.lattice_translations(space.translations[[tau]])[0]
    inverse = np.linalg.inv(standard.rotations[g])
    return triplet(inverse, -inverse @ shift)
