"""The equivalent children: one for each coset of the child's group in the parent's.

Elements of the parent group are kept as pairs (g, tau) modulo translations T_s of the child from the
left, ``T_s {1|tau}{R|t}``. The cosets ``H x`` partition them; the child carried by ``x^-1`` is the same for
all of one coset and different for different ones.
"""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.modes.analysis import ActiveIrrep, Analysis
from curiebreak.modes.entries import order_parameters, root_sum_square
from curiebreak.results import DomainResult, Domains, vector
from curiebreak.structures.operations import triplet
from curiebreak.symmetry.isotypic import StandardOperations
from curiebreak.symmetry.rungs import product_table
from curiebreak.symmetry.sublattices import reduce_vectors, residue_index

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
    mask = analysis.child_operations
    total = analysis.isotropy.index(mask)
    rotation = len(mask) // int(mask.any(axis=1).sum())
    wanted = listed and total <= limit
    equivalents = _equivalents(analysis, representatives(analysis)) if wanted else ()
    return Domains(total=total, rotation=rotation, translation=total // rotation, equivalents=equivalents)


def representatives(analysis: Analysis) -> IntArray:
    """One pair (g, tau) of each coset ``H x``, the identity first: ndarray (index, 2)."""
    mask, space, parent = analysis.child_operations, analysis.space, analysis.parent
    count, size = mask.shape
    members = np.argwhere(mask)
    left = parent.rotations[members[:, 0]]
    shift = parent.translations[members[:, 0]] + space.translations[members[:, 1]]
    products = product_table(parent.rotations_cartesian)
    free = np.ones((count, size), dtype=bool)
    chosen = []
    for g in range(count):
        for tau in np.flatnonzero(free[g]):
            if not free[g, tau]:
                continue
            chosen.append((g, int(tau)))
            rows = products[members[:, 0], g]
            moved = left @ (parent.translations[g] + space.translations[tau]) + shift
            lattice = np.round(moved - parent.translations[rows]).astype(np.int64)
            free[rows, residue_index(reduce_vectors(lattice, space.hnf), space.hnf)] = False
    return np.array(chosen, dtype=np.int64)


def _equivalents(analysis: Analysis, chosen: IntArray) -> tuple[DomainResult, ...]:
    primaries = [m for m in (_mode(analysis, label) for label in analysis.primary) if m is not None]
    components = [_components(analysis, mode, chosen) for mode in primaries]
    orientation = _orientations(analysis, chosen)
    seen: dict[int, int] = {}
    listed = []
    for index, (g, tau) in enumerate(chosen):
        number = int(orientation[index])
        seen[number] = seen.get(number, 0) + 1
        values = {m.label: vector(c[index]) for m, c in zip(primaries, components, strict=True)}
        listed.append(
            DomainResult(
                operation=inverse_text(analysis, int(g), int(tau)),
                rotation_domain=number,
                translation_domain=seen[number],
                components=values,
            )
        )
    return tuple(sorted(listed, key=lambda d: (d.rotation_domain, d.translation_domain)))


def _mode(analysis: Analysis, label: str) -> ActiveIrrep | None:
    kinds = ("displacement", "occupation", "strain")
    return next((m for kind in kinds if (m := analysis.mode(label, kind)) is not None), None)


def _components(analysis: Analysis, mode: ActiveIrrep, chosen: IntArray) -> FloatArray:
    """Order parameter (index, dim) of each child, root-sum-square over the copies."""
    copies, _ = order_parameters(analysis, mode)
    standard = StandardOperations(analysis.parent)
    translations = standard.translations[chosen[:, 0]]
    if not analysis.parent.is_molecule:
        translations = translations + standard.lattice_translations(analysis.space.translations[chosen[:, 1]])
    matrices = mode.irrep.real_matrices(standard.rotations[chosen[:, 0]], translations)
    found = np.array([root_sum_square(copies @ matrix) for matrix in matrices])  # D(x^-1) = D(x)^T
    return np.where(np.abs(found) > 1e-9, found, 0.0)


def _orientations(analysis: Analysis, chosen: IntArray) -> IntArray:
    """Number, from 1, of the orientation of each child: cosets of the child's point group."""
    kept = np.flatnonzero(analysis.child_operations.any(axis=1))
    products = product_table(analysis.parent.rotations_cartesian)
    keys = products[kept][:, chosen[:, 0]].min(axis=0)  # smallest member of the coset P x
    order = list(dict.fromkeys(keys.tolist()))
    return np.array([order.index(key) + 1 for key in keys.tolist()], dtype=np.int64)


def inverse_text(analysis: Analysis, g: int, tau: int) -> str:
    """``x,y,z`` text of the inverse of ``{1|tau}{R_g|t_g}`` in the parent's standard axes.

    For a molecule the axes are those of the file.
    """
    standard = StandardOperations(analysis.parent)
    if analysis.parent.is_molecule:
        return triplet(np.asarray(standard.rotations[g]).T, np.zeros(3))
    shift = standard.translations[g]
    shift = shift + standard.lattice_translations(analysis.space.translations[[tau]])[0]
    inverse = np.linalg.inv(standard.rotations[g])
    return triplet(inverse, -inverse @ shift)
