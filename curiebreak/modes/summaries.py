"""The shared blocks of a result, filled in from an analysis: pair, mapping, groups, lost operations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, nearest_image
from curiebreak.mapping.pair_summary import placement
from curiebreak.modes.analysis import Analysis
from curiebreak.results import (
    Index,
    IsotropySubgroup,
    LadderRung,
    LostOperation,
    MappingSummary,
    SymmetryGroup,
    matrix,
    vector3,
)
from curiebreak.symmetry.mulliken import classify_operation, schoenflies_symbol
from curiebreak.symmetry.naming import standard_cell
from curiebreak.symmetry.parent import ParentCrystal

SPGLIB_TOLERANCE = 0.01
"""Å; what spglib is given where the ladder has no rung near it: enough for cells printed with three decimals."""


def tolerance_used(analysis: Analysis) -> float:
    """Å at which spglib looks at the child: above the chosen rung, below the next one."""
    group = analysis.group
    chosen = max(group.tolerance, group.field.resolution.position)
    above = [r.tolerance for r in group.ladder if r.tolerance > group.tolerance + 1e-9]
    wanted = max(SPGLIB_TOLERANCE, 2.0 * chosen)
    return min(wanted, 0.5 * (group.tolerance + above[0])) if above else wanted










def mapping_summary(analysis: Analysis) -> MappingSummary:
    """How the child lies on the parent, with what the average over the child's group removed."""
    found = placement(analysis.distortion)
    return replace(found, size=analysis.space.size, residual_rms=analysis.group.residual_rms)


def subgroup(analysis: Analysis, mask: BoolArray, placed: bool = True) -> IsotropySubgroup:
    """The subgroup of the parent with operations `mask` (g, s), named, with its standard cell."""
    index = analysis.isotropy.index(mask)
    parent = analysis.parent
    if parent.is_molecule:
        turned = parent.rotations_cartesian[np.nonzero(mask)[0]]
        return IsotropySubgroup(point_group=schoenflies_symbol(turned), index=index)
    rotations, translations = analysis.isotropy.operations(mask)
    pure = int(mask[0].sum())
    size = analysis.space.size // pure
    cell = standard_cell(parent, analysis.space.hnf, rotations, translations) if placed else None
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


def symmetry_group(found: IsotropySubgroup) -> SymmetryGroup:
    """Number and symbol (or point group) alone."""
    return SymmetryGroup(found.number, found.symbol, found.point_group)


def ladder(analysis: Analysis) -> tuple[LadderRung, ...]:
    """The child's group against tolerance."""
    rungs = []
    for rung in analysis.group.ladder:
        name = rung.name
        rungs.append(
            LadderRung(
                tolerance=round(rung.tolerance, 9),
                number=name.number if name else None,
                symbol=name.symbol if name else None,
                point_group=schoenflies_symbol(rung.rotations) if analysis.parent.is_molecule else None,
            )
        )
    return tuple(rungs)


def index_split(analysis: Analysis) -> Index:
    """Index of the child's group in the parent's, point and translation part."""
    mask = analysis.child_operations
    total = analysis.isotropy.index(mask)
    point = len(mask) // int(mask.any(axis=1).sum())
    return Index(total=total, point=point, translation=total // point)


def lost_operations(analysis: Analysis) -> tuple[LostOperation, ...]:
    """Point operations of the parent that the child lacks, by kind and axis (standard parent axes)."""
    parent = analysis.parent
    lost = np.flatnonzero(~analysis.child_operations.any(axis=1))
    counts: Counter[tuple[str, tuple[float, float, float] | None]] = Counter()
    for g in lost:
        found = classify_operation(parent.rotations_cartesian[g])
        axis = None if found.axis is None else _crystal_axis(parent, np.asarray(found.axis))
        counts[found.kind, axis] += 1
    translations = analysis.space.size // int(analysis.child_operations[0].sum()) - 1
    rows = [LostOperation(kind=k, axis=a, count=n) for (k, a), n in sorted(counts.items(), key=str)]
    if translations > 0:
        rows.append(LostOperation(kind="t", axis=None, count=translations))
    return tuple(rows)


def _crystal_axis(parent: ParentCrystal, direction: FloatArray) -> tuple[float, float, float]:
    """A Cartesian direction as small integers along the standard axes (unit vector for a molecule)."""
    components: FloatArray = direction
    if parent.lattice is not None:
        standard = np.linalg.inv(parent.to_standard[0]).T @ parent.lattice
        components = np.asarray(np.linalg.solve(standard.T, direction), dtype=np.float64)
    components = np.asarray(components / np.abs(components).max(), dtype=np.float64)
    for scale in (1, 2, 3, 4, 6):
        scaled = components * scale
        if np.abs(nearest_image(scaled)).max() < 0.02:
            components = np.asarray(np.round(scaled), dtype=np.float64)
            break
    first = components[np.flatnonzero(np.abs(components) > 1e-6)[0]]
    return vector3(components * np.sign(first) + 0.0)
