"""Entries of a check: forbidding operations, subgroups, irreps with directions and global carriers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, nearest_image
from curiebreak.checking.verdict import global_carrier
from curiebreak.errors import InputError
from curiebreak.fields import representation, usual_components
from curiebreak.modes.analysis import single_site
from curiebreak.modes.entries import root_sum_square
from curiebreak.results import (
    CarrierResult,
    IrrepEntry,
    IsotropySubgroup,
    Kind,
    SymmetryGroup,
    Vector3,
    matrix,
    vector,
    vector3,
)
from curiebreak.results.check import ForbiddingOperation
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.closure import is_group
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.images import image_group
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import StabiliserTable
from curiebreak.symmetry.isotypic import Irrep, IsotypicPart, project
from curiebreak.symmetry.mulliken import classify_operation, schoenflies_symbol
from curiebreak.symmetry.naming import standard_cell
from curiebreak.symmetry.order_parameter import orbit_parts, real_amplitudes
from curiebreak.symmetry.parent import ParentCrystal

LARGEST_CARRIER = 6
"""Highest l of a global field that is tried as a carrier."""


class Turning(Protocol):
    """A field on a group, as :class:`curiebreak.checking.finite.Placed` is."""

    @property
    def space(self) -> BlochSpace:
        """Wave vectors."""

    @property
    def matrices(self) -> FloatArray:
        """Matrices (g, d, d)."""

    @property
    def squared(self) -> float:
        """Squared norm."""


def forbidding_operations(space: BlochSpace, mask: BoolArray) -> tuple[ForbiddingOperation, ...]:
    """Operations of the group that are not in `mask` (g, s), by kind and axis.

    A point operation counts as lost when none of its translations is kept.
    """
    parent = space.parent
    counts: Counter[tuple[str, Vector3 | None]] = Counter()
    for g in np.flatnonzero(~mask.any(axis=1)):
        found = classify_operation(parent.rotations_cartesian[g])
        axis = None if found.axis is None else crystal_axis(parent, np.asarray(found.axis))
        counts[found.kind, axis] += 1
    lost = space.size // max(1, int(mask[0].sum())) - 1
    if lost > 0:
        counts["t", None] += lost
    order = sorted(counts.items(), key=lambda item: (item[0][0] == "t", str(item)))
    return tuple(ForbiddingOperation(kind=kind, axis=axis, count=n) for (kind, axis), n in order)


def crystal_axis(parent: ParentCrystal, direction: FloatArray) -> Vector3:
    """A Cartesian direction as small integers along the standard axes (molecule: Cartesian)."""
    components = direction
    if parent.lattice is not None:
        standard = np.linalg.inv(parent.to_standard[0]).T @ parent.lattice
        components = np.asarray(np.linalg.solve(standard.T, direction))
    components = components / np.abs(components).max()
    for scale in (1, 2, 3, 4, 6):
        scaled = components * scale
        if np.abs(nearest_image(scaled)).max() < 0.02:
            components = np.round(scaled)
            break
    first = components[np.flatnonzero(np.abs(components) > 1e-6)[0]]
    return vector3(np.round(components * np.sign(first), 6) + 0.0)


def subgroup(space: BlochSpace, mask: BoolArray) -> IsotropySubgroup | None:
    """The operations `mask` (g, s) named and placed; None where they are no named group."""
    parent, count = space.parent, int(mask.sum())
    if not is_group(space, mask):
        return None
    index = mask.size // count
    g, tau = np.nonzero(mask)
    if parent.is_molecule:
        symbol = _point_group(parent.rotations_cartesian[g])
        return None if symbol is None else IsotropySubgroup(point_group=symbol, index=index)
    size = space.size // max(1, int(mask[0].sum()))
    translations = parent.translations[g] + space.translations[tau]
    cell = standard_cell(parent, space.hnf, parent.rotations[g], translations)
    if cell is None:
        return IsotropySubgroup(size=size, index=index)
    return IsotropySubgroup(
        number=cell.name.number,
        symbol=cell.name.symbol,
        basis=matrix(cell.basis),
        origin=vector3(cell.origin),
        size=size,
        index=index,
    )


def _point_group(rotations: FloatArray) -> str | None:
    try:
        return schoenflies_symbol(rotations)
    except InputError:
        return None


def subgroup_symmetry(space: BlochSpace, mask: BoolArray) -> SymmetryGroup:
    """Number and symbol, or point group, of the operations `mask` (g, s)."""
    found = subgroup(space, mask)
    if found is None:
        return SymmetryGroup()
    return SymmetryGroup(found.number, found.symbol, found.point_group)


def irrep_entries(
    isotropy: StabiliserTable, labels: tuple[str, ...], found: Sequence[tuple[IsotypicPart, Turning, str]]
) -> tuple[IrrepEntry, ...]:
    """One entry for each label of a set."""
    names = IrrepNames(component.irrep for component, _, _ in found)
    entries = []
    for label in labels:
        parts = [(c, p) for c, p, _ in found if names.of(c.irrep) == label]
        kinds = {kind for c, _, kind in found if names.of(c.irrep) == label}
        irrep = parts[0][0].irrep
        mask = isotropy.stabiliser([label])
        text, components = _direction(isotropy.space.parent, irrep, parts)
        amplitude = float(np.sqrt(parts[0][0].squared)) if len(parts) == 1 else None
        size = isotropy.space.size
        entries.append(
            IrrepEntry(
                irrep=irrep.label,
                name=label,
                kpoint=irrep.kpoint,
                kind=_kind(kinds),
                role="primary",
                direction=text,
                components=vector(components),
                amplitude_supercell=amplitude,
                amplitude_parent=None if amplitude is None else amplitude / float(np.sqrt(size)),
                share=isotropy.share([label]),
                isotropy_subgroup=subgroup(isotropy.space, mask),
                carrier=lowest_carrier(isotropy.space, irrep, mask),
            )
        )
    return tuple(entries)


def _kind(kinds: set[str]) -> Kind:
    """What an irrep belongs to: of several quantities, not the strain."""
    for kind in ("displacement", "occupation", "field"):
        if kind in kinds:
            return cast(Kind, kind)
    return "strain"


def _direction(
    parent: ParentCrystal, irrep: Irrep, parts: Sequence[tuple[IsotypicPart, Turning]]
) -> tuple[str | None, FloatArray]:
    copies = []
    for component, one in parts:
        orbits = orbit_parts(one.space, one.matrices.shape[1])
        copies.append(real_amplitudes(one.space, one.matrices, irrep, component.values, orbits)[0])
    stacked = np.concatenate(copies)
    if not len(stacked) or irrep.kind != "special":
        return None, root_sum_square(stacked) if len(stacked) else np.zeros(0)
    layout = [[irrep.arm_size] * len(irrep.arms)]
    direction = canonical_direction([image_group(parent, irrep)], [stacked], layout)
    return direction.text, root_sum_square(direction.components[0])


def lowest_carrier(space: BlochSpace, irrep: Irrep, mask: BoolArray) -> CarrierResult | None:
    """The global field of lowest l that holds the irrep with just the operations `mask` left; None at k != 0."""
    if not mask[0].all():
        return None
    parent = space.parent
    one = bloch_space(single_site(parent), np.eye(3, dtype=np.int64))
    keeps = np.asarray(mask.any(axis=1))
    for degree in range(LARGEST_CARRIER + 1):
        for parity in ("o", "e") if degree % 2 else ("e", "o"):
            matrices = representation(degree, parity, parent.rotations_cartesian)
            components = _held(one, matrices, irrep, keeps)
            if components is not None:
                return global_carrier(degree, parity, usual_components(degree, components))
    return None


def _held(space: BlochSpace, matrices: FloatArray, irrep: Irrep, keeps: BoolArray) -> FloatArray | None:
    """Components of the irrep that exactly the operations `keeps` (g,) leave alone."""
    fixed = matrices[keeps].mean(axis=0)
    for column in fixed.T:
        inside = project(space, column.reshape(1, 1, -1).astype(complex), matrices, irrep).real.ravel()
        norm = float(np.linalg.norm(inside))
        if norm < 1e-6:
            continue
        inside = inside / norm
        changed = np.linalg.norm(matrices @ inside - inside, axis=1)
        if np.array_equal(changed < 1e-5, keeps):
            return np.asarray(inside)
    return None
