"""Irrep entries of a result: labels, directions, amplitudes, isotropy subgroups, roles."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.fields import representation, strain_representation
from curiebreak.modes.analysis import ActiveIrrep, Analysis
from curiebreak.modes.couplings import coupling_text, drivers, is_primary
from curiebreak.modes.site_modes import site_modes
from curiebreak.modes.summaries import subgroup
from curiebreak.modes.uncertainties import amplitude_uncertainty
from curiebreak.results import IrrepEntry, IsotropySubgroup, Kind, OriginLabel, Role, vector, vector3
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.direction_text import echelon
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.images import image_group
from curiebreak.symmetry.irrep_names import key_of
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.order_parameter import real_amplitudes
from curiebreak.symmetry.origins import equivalent_origins, relabel
from curiebreak.symmetry.physical import PhysicalIrrep
from curiebreak.symmetry.sublattices import match_vectors

_SAME = 1e-6
_FAR_ABOVE = 100.0
"""An amplitude this many times the rounding of the coordinates has components that mean something."""

_FIXED = 0.999
"""Eigenvalues of an average over a group above this belong to what the group leaves alone."""


def on_site_matrices(analysis: Analysis, mode: ActiveIrrep) -> tuple[BlochSpace, FloatArray]:
    """The space that a mode lives in and how its components on one site turn."""
    rotations = analysis.parent.rotations_cartesian
    if mode.kind == "strain":
        return analysis.strain_space, strain_representation(rotations)
    if mode.kind == "occupation":
        width = mode.values.shape[-1]
        return analysis.space, np.broadcast_to(np.eye(width), (len(rotations), width, width))
    return analysis.space, representation(1, "o", rotations)


def _name(mode: ActiveIrrep) -> tuple[str, str, tuple[str, ...]]:
    """What tells a mode from others: on lines, planes and at general k different stars share a label."""
    return mode.kind, *key_of(mode.irrep)


def order_parameters(analysis: Analysis, mode: ActiveIrrep) -> tuple[FloatArray, IntArray]:
    """Real order parameters (m, dim) of every copy of the irrep, and the copies' parts.

    The parts are those of ``analysis.site_parts``: site orbit and site irrep, or site orbit and
    element; for strain there is one.
    """
    key = ("copies", *_name(mode))
    if key not in analysis.memory:
        space, matrices = on_site_matrices(analysis, mode)
        parts = analysis.site_parts[mode.kind]
        projectors = None if parts is None else parts.projectors
        analysis.memory[key] = real_amplitudes(space, matrices, mode.irrep, mode.values, projectors)
    found: tuple[FloatArray, IntArray] = analysis.memory[key]
    return found


def fixed_projector(analysis: Analysis, irrep: Irrep, mask: BoolArray) -> FloatArray:
    """Projector (dim, dim) onto the order parameters that the operations `mask` (g, s) leave alone.

    The operations stand for right cosets of the child's translations, whose average keeps just
    the arms that are periodic on the child's cell.
    """
    average = operation_matrices(analysis, irrep, mask).mean(axis=0)
    arms = StandardOperations(analysis.parent).to_primitive_kpoint(irrep.arms)
    periodic = match_vectors(arms, analysis.space.kpoints) >= 0
    return np.asarray(np.repeat(periodic, irrep.arm_size)[:, None] * average)


def operation_matrices(analysis: Analysis, irrep: Irrep, mask: BoolArray) -> FloatArray:
    """Real matrices (m, dim, dim) of the operations `mask` (g, s), lattice translations included."""
    standard = StandardOperations(analysis.parent)
    g, tau = np.nonzero(mask)
    translations = standard.translations[g]
    if not analysis.parent.is_molecule:
        moved = standard.lattice_translations(analysis.space.translations[tau])
        # {1|tau}{R|t}: the lattice vector is added after the rotation
        translations = translations + moved
    return irrep.real_matrices(standard.rotations[g], translations)


def direction(analysis: Analysis, mode: ActiveIrrep) -> tuple[str | None, FloatArray]:
    """Letters (special k only) in the canonical domain, and root-sum-square numbers along the same axes."""
    text, copies, _ = canonical(analysis, mode)
    return text, root_sum_square(copies) if len(copies) else np.zeros(0)


def canonical(analysis: Analysis, mode: ActiveIrrep) -> tuple[str | None, FloatArray, FloatArray]:
    """Letters, copies (m, dim) and the letters' pattern (f, dim), in the canonical domain at special k."""
    key = ("canonical", *_name(mode))
    if key not in analysis.memory:
        analysis.memory[key] = _canonical(analysis, mode)
    found: tuple[str | None, FloatArray, FloatArray] = analysis.memory[key]
    return found


def _canonical(analysis: Analysis, mode: ActiveIrrep) -> tuple[str | None, FloatArray, FloatArray]:
    copies, _ = order_parameters(analysis, mode)
    if len(copies) == 0:
        return None, copies, np.zeros((0, copies.shape[1]))
    irrep = mode.irrep
    if irrep.kind != "special":
        return None, copies, echelon(_fixed_rows(analysis, irrep, analysis.isotropy_mask(mode)))
    layout = [[irrep.arm_size] * len(irrep.arms)]
    images = image_group(analysis.parent, irrep)
    found = canonical_direction([images], [copies], layout)
    free = accidental_freedom(analysis, mode)
    if free is not None:
        kept = np.flatnonzero(np.abs(images @ free.T - free.T).max(axis=(1, 2)) < _SAME)
        found = canonical_direction([images], [copies], layout, kept)
    analysis.memory["turn", *_name(mode)] = images[found.element]
    return found.text, found.components[0], found.patterns[0]


def accidental_freedom(analysis: Analysis, mode: ActiveIrrep) -> FloatArray | None:
    """Subspace (f, dim) that the child's group leaves free, where equal or zero components may be chance.

    Small amplitudes in coordinates of few decimals often have components that are equal or zero by
    rounding. Unless an amplitude is far above the rounding, its direction is the one that the
    child's group allows, as ISODISTORT gives it. ``None`` where the components speak for themselves.
    """
    if mode.irrep.kind != "special" or mode.kind != "displacement":
        return None
    if mode.squared > (_FAR_ABOVE * analysis.resolution) ** 2:
        return None
    child = _fixed_rows(analysis, mode.irrep, analysis.child_operations)
    own = _fixed_rows(analysis, mode.irrep, analysis.isotropy_mask(mode))
    return child if len(child) > len(own) else None


def _fixed_rows(analysis: Analysis, irrep: Irrep, mask: BoolArray) -> FloatArray:
    projector = fixed_projector(analysis, irrep, mask)
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    return np.asarray(vectors[:, values > _FIXED].T)


def canonical_turn(analysis: Analysis, mode: ActiveIrrep) -> FloatArray:
    """Matrix (dim, dim) that carries the child's own order parameter into the canonical domain."""
    canonical(analysis, mode)
    turn: FloatArray = analysis.memory.get(("turn", *_name(mode)), np.eye(mode.irrep.dim))
    return turn


def root_sum_square(copies: FloatArray) -> FloatArray:
    """Length of each component over the copies (m, dim), signed as in the largest copy."""
    largest = copies[int((copies**2).sum(axis=1).argmax())]
    signs = np.where(largest < 0, -1.0, 1.0)
    return np.asarray(signs * np.sqrt((copies**2).sum(axis=0)))


def irrep_entry(analysis: Analysis, mode: ActiveIrrep, role: Role, isotropy: IsotropySubgroup | None) -> IrrepEntry:
    """One entry of ``irreps`` or ``order_parameters``."""
    text, copies, pattern = canonical(analysis, mode)
    _, owners = order_parameters(analysis, mode)
    components = root_sum_square(copies) if len(copies) else np.zeros(0)
    total = analysis.isotropy.total()
    strain = mode.kind == "strain"
    supercell = float(np.sqrt(mode.squared))
    return IrrepEntry(
        irrep=mode.irrep.label,
        name=mode.label,
        other_origins=other_origins(analysis, mode.irrep),
        kpoint=mode.irrep.kpoint,
        kind=cast(Kind, mode.kind),
        role=role,
        direction=text,
        components=vector(components),
        amplitude_supercell=supercell,
        amplitude_parent=supercell if strain else supercell / float(np.sqrt(analysis.space.size)),
        amplitude_uncertainty=amplitude_uncertainty(analysis, mode),
        dmax=mode.dmax,
        share=None if strain or total == 0.0 else mode.squared / total,
        isotropy_subgroup=isotropy,
        modes=site_modes(mode.label, analysis.site_parts[mode.kind], copies, owners, pattern),
    )


def other_origins(analysis: Analysis, irrep: Irrep) -> tuple[OriginLabel, ...]:
    """Labels of the same representation for the other equivalent origins of the parent."""
    number = analysis.parent.number
    if number is None or not isinstance(irrep, PhysicalIrrep):
        return ()
    shifts = equivalent_origins(number).shifts
    return tuple(OriginLabel(shift=vector3(s), irrep=relabel(irrep, np.array(s))) for s in shifts)


def role_of(analysis: Analysis, mode: ActiveIrrep) -> Role:
    """``primary`` for members of the best minimal set, ``noise`` below the scatter, else ``secondary``."""
    if mode.noise:
        return "noise"
    return "primary" if is_primary(analysis, mode) else "secondary"


def mode_subgroup(analysis: Analysis, mode: ActiveIrrep) -> IsotropySubgroup:
    """Isotropy subgroup of one mode alone."""
    return subgroup(analysis, direction_mask(analysis, mode))


def direction_mask(analysis: Analysis, mode: ActiveIrrep) -> BoolArray:
    """Operations (g, s) that leave the direction of a mode alone, see :func:`accidental_freedom`."""
    mask = analysis.isotropy_mask(mode)
    free = accidental_freedom(analysis, mode)
    if free is None:
        return mask
    matrices = operation_matrices(analysis, mode.irrep, mask)
    kept = np.abs(matrices @ free.T - free.T).max(axis=(1, 2)) < _SAME
    result = np.zeros_like(mask)
    result[tuple(np.argwhere(mask)[kept].T)] = True
    return result


def irrep_entries(analysis: Analysis) -> tuple[IrrepEntry, ...]:
    """Every active irrep: primaries first, then secondaries by amplitude, strain, noise last."""
    known: dict[bytes, IsotropySubgroup] = {}
    driven = drivers(analysis)
    entries = []
    for mode in analysis.modes:
        mask = direction_mask(analysis, mode)
        key = np.packbits(mask).tobytes()
        if key not in known:
            known[key] = subgroup(analysis, mask)
        entry = irrep_entry(analysis, mode, role_of(analysis, mode), known[key])
        entries.append(replace(entry, coupling=coupling_text(driven, mode)))
    entries += [_noise_entry(analysis, mode) for mode in analysis.scatter]
    return tuple(sorted(entries, key=_order))


def _noise_entry(analysis: Analysis, mode: ActiveIrrep) -> IrrepEntry:
    """An irrep that only noise produces: amplitudes without a direction, scaled to the child's cell."""
    amplitude = float(np.sqrt(mode.squared / len(mode.values)))
    return IrrepEntry(
        irrep=mode.irrep.label,
        name=mode.label,
        other_origins=other_origins(analysis, mode.irrep),
        kpoint=mode.irrep.kpoint,
        kind="displacement",
        role="noise",
        amplitude_supercell=amplitude * float(np.sqrt(analysis.space.size)),
        amplitude_parent=amplitude,
        dmax=mode.dmax,
    )


def _order(entry: IrrepEntry) -> tuple[int, int, float]:
    kinds = {"displacement": 0, "occupation": 1}
    roles = {"primary": 0, "secondary": 1, "noise": 2}
    return (kinds.get(entry.kind, 2), roles[entry.role], -(entry.amplitude_supercell or 0.0))
