"""The child's group H inside the parent's: tolerance ladder, closure, averaging.

Operations are pairs ``(g, tau)``: parent operation g followed by the parent lattice vector tau,
modulo the child's lattice. H is the set of those that move no value of the field by more than
the tolerance; it is a group only when the tolerance lies in a gap, which is checked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curiebreak.errors import InputError
from curiebreak.fields import turn_tensor
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.naming import SpaceGroupName, name_operations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import hermite_normal_form, reduce_vectors, residue_index

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EXACT_TOLERANCE = 0.01
"""Å; coordinates printed with four or more decimals keep their symmetry within this."""

CLEAN_SIGMA = 1e-3
"""Å per component; an exact symmetry leaves no more than the rounding of three decimals."""

NOISE_LIMIT = 0.04
"""Å per component; scatter above this is never taken for noise without being asked."""

NOISE_RATIO = 12.0
"""How much larger (variance per degree of freedom) a real distortion must be than the noise below it."""


FEW = 20.0
"""A scatter known from d degrees of freedom only must be exceeded by ``1 + FEW / d^2`` times as much."""


@dataclass(frozen=True, eq=False)
class CellField:
    """The distortion on the atoms of one child cell.

    Attributes
    ----------
    parent : ParentCrystal
    cell : ndarray (3, 3) of int
        Rows: child cell in the parent's primitive axes.
    site, cell_index : ndarray (n,), (n, 3) of int
        Undistorted position ``parent.frac[site] + cell_index``.
    displacements : ndarray (n, 3)
        Å, Cartesian, mean zero.
    occupation : ndarray (n, q)
        Changes of occupancy; q may be 0.
    strain : ndarray (3, 3)
    """

    parent: ParentCrystal
    cell: IntArray
    site: IntArray
    cell_index: IntArray
    displacements: FloatArray
    occupation: FloatArray
    strain: FloatArray


@dataclass(frozen=True, eq=False)
class CellOperations:
    """Parent operations that keep the child's lattice, acting on the child's atoms.

    Attributes
    ----------
    operation : ndarray (m,) of int
        Index of the parent operation.
    translation : ndarray (m,) of int
        Index of the lattice vector tau in ``space.translations``.
    permutations : ndarray (m, n) of int
        Atom i goes to ``permutations[., i]``.
    """

    space: BlochSpace
    operation: IntArray
    translation: IntArray
    permutations: IntArray

    def rotations(self) -> FloatArray:
        """Cartesian matrices (m, 3, 3)."""
        return np.asarray(self.space.parent.rotations_cartesian[self.operation])

    def select(self, mask: NDArray[np.bool_]) -> CellOperations:
        """The operations where `mask` (m,) is true."""
        return replace(
            self,
            operation=self.operation[mask],
            translation=self.translation[mask],
            permutations=self.permutations[mask],
        )

    def average(self, values: FloatArray, matrices: FloatArray) -> FloatArray:
        """Mean of ``g.u`` over the operations, u (n, d), matrices (g, d, d) of the parent group."""
        total = np.zeros_like(values)
        for g, permutation in zip(self.operation, self.permutations, strict=True):
            total[permutation] += values @ matrices[g].T
        return total / len(self.operation)


@dataclass(frozen=True, eq=False)
class Rung:
    """One group of the ladder: valid from `tolerance` (Å) on; `rotations` are Cartesian."""

    tolerance: float
    count: int
    name: SpaceGroupName | None
    rotations: FloatArray


@dataclass(frozen=True, eq=False)
class ChildGroup:
    """H with the averaged field.

    Attributes
    ----------
    field : CellField
        Averaged over H, on the primitive cell of H.
    operations : CellOperations
        H modulo the cell's lattice.
    ladder : tuple of Rung
    tolerance : float
        Å, where the chosen rung begins.
    residual_rms : float
        Å, root mean square displacement per atom that the average removed.
    residual_max : float
    noise_sigma : float
        Å per component, estimated from what was removed; 0 if nothing was.
    strain_lowers : bool
        The strain breaks operations that the displacements keep.
    name : SpaceGroupName or None
    messages : tuple of str
    """

    field: CellField
    operations: CellOperations
    ladder: tuple[Rung, ...]
    tolerance: float
    residual_rms: float
    residual_max: float
    noise_sigma: float
    strain_lowers: bool
    name: SpaceGroupName | None
    messages: tuple[str, ...]


def cell_operations(field: CellField) -> CellOperations:
    """All parent operations that keep the child's lattice, as permutations of its atoms."""
    space = bloch_space(field.parent, field.cell)
    parent, n_sites = field.parent, len(field.parent.species)
    lookup = np.empty((space.size, n_sites), dtype=np.int64)
    index = residue_index(reduce_vectors(field.cell_index, space.hnf), space.hnf)
    lookup[index, field.site] = np.arange(len(field.site))
    keeps = (space.kpoint_map >= 0).all(axis=1)
    operations, translations, permutations = [], [], []
    for g in np.flatnonzero(keeps):
        moved = field.cell_index @ parent.rotations[g].T + parent.shifts[g][field.site]
        images = moved[None] + space.translations[:, None]
        cells = residue_index(reduce_vectors(images, space.hnf), space.hnf)
        permutations.append(lookup[cells, parent.permutations[g][field.site][None]])
        operations.append(np.full(space.size, g))
        translations.append(np.arange(space.size))
    return CellOperations(
        space, np.concatenate(operations), np.concatenate(translations), np.concatenate(permutations)
    )


def deviations(field: CellField, operations: CellOperations) -> FloatArray:
    """Largest change (m,) of any displacement (Å) or occupancy under each operation."""
    result = np.empty(len(operations.operation))
    rotations = field.parent.rotations_cartesian
    for g in np.unique(operations.operation):
        rows = np.flatnonzero(operations.operation == g)
        images = operations.permutations[rows]
        turned = field.displacements @ rotations[g].T
        worst = np.linalg.norm(field.displacements[images] - turned, axis=-1).max(axis=1)
        if field.occupation.shape[1]:
            change = np.abs(field.occupation[images] - field.occupation).max(axis=(1, 2))
            worst = np.maximum(worst, change)
        result[rows] = worst
    return result


def find_child_group(
    field: CellField, symprec: float | None = None, strain_tolerance: float = 1e-3
) -> ChildGroup:
    """H of a distortion, with the ladder of groups against tolerance.

    Parameters
    ----------
    field : CellField
    symprec : float, optional
        Å; the tolerance to use. By default the exact symmetry is taken when the coordinates
        show one, else the largest group above scatter that looks like noise.
    strain_tolerance : float
        Largest change of a strain component that still counts as symmetry.

    Raises
    ------
    InputError
        If `symprec` is not positive.
    """
    if symprec is not None and not symprec > 0:
        raise InputError(f"The tolerance must be positive, got {symprec:g} Å.", "Try --symprec 0.01.")
    operations = cell_operations(field)
    worst = deviations(field, operations)
    groups = _groups(operations, worst)
    messages: list[str] = []
    if symprec is None:
        chosen = _automatic(field, operations, worst, groups, messages)
    else:
        chosen = _closest(symprec, groups, messages)
    mask = worst <= groups[chosen]
    reduced, selected = _reduce(field, operations.select(mask))
    if reduced is not field:
        smaller = cell_operations(reduced)
        selected = smaller.select(deviations(reduced, smaller) <= max(groups[chosen], 1e-6))
    averaged = _averaged(reduced, selected)
    residual = field.displacements - _spread(field, averaged)
    kept = strain_stabiliser(field, strain_tolerance)
    lowers = not bool(kept[selected.operation].all())
    tensors = turn_tensor(field.parent.rotations_cartesian[selected.operation], field.strain)
    if not lowers:
        averaged = replace(averaged, strain=tensors.mean(axis=0))
    ladder = tuple(_rung(field, operations, worst, value) for value in groups)
    free = residual.size - selected_rank(averaged, selected)
    squared = float((residual**2).sum())
    return ChildGroup(
        field=averaged,
        operations=selected,
        ladder=ladder,
        tolerance=groups[chosen],
        residual_rms=float(np.sqrt(squared / len(residual))),
        residual_max=float(np.linalg.norm(residual, axis=1).max(initial=0.0)),
        noise_sigma=float(np.sqrt(squared / max(free, 1))),
        strain_lowers=lowers,
        name=_name(averaged, selected, np.ones(len(selected.operation), dtype=bool)),
        messages=tuple(messages),
    )


def _rung(field: CellField, operations: CellOperations, worst: FloatArray, value: float) -> Rung:
    mask = worst <= value
    return Rung(value, int(mask.sum()), _name(field, operations, mask), operations.select(mask).rotations())


def strain_stabiliser(field: CellField, tolerance: float) -> NDArray[np.bool_]:
    """Which parent operations (g,) keep the strain tensor within `tolerance`."""
    turned = turn_tensor(field.parent.rotations_cartesian, field.strain)
    return np.asarray(np.abs(turned - field.strain).max(axis=(1, 2)) <= tolerance)


def selected_rank(field: CellField, operations: CellOperations) -> int:
    """Dimension of the displacement fields that the operations leave alone (trace of the average)."""
    rotations = field.parent.rotations_cartesian
    fixed = (operations.permutations == np.arange(len(field.site))).sum(axis=1)
    traces = np.trace(rotations[operations.operation], axis1=1, axis2=2)
    return round(float((fixed * traces).mean()))


def _groups(operations: CellOperations, worst: FloatArray) -> list[float]:
    """Tolerances at which the set of operations is closed, ascending."""
    values = np.sort(worst)
    starts: list[float] = []
    for index, value in enumerate(values):
        last = index + 1 == len(values) or values[index + 1] > value * 1.0001 + 1e-7
        if last and _closed(operations, worst <= value):
            starts.append(float(value))
    return starts


def _closed(operations: CellOperations, mask: NDArray[np.bool_]) -> bool:
    """Whether the selected permutations with their rotations form a group."""
    count = int(mask.sum())
    if len(mask) % count:
        return False
    chosen = operations.select(mask)
    parent = operations.space.parent
    keys = {
        (int(g), int(p[0]), *(int(x) for x in p[:4]))
        for g, p in zip(chosen.operation, chosen.permutations, strict=True)
    }
    table = _product_table(parent)
    step = max(1, count // 24)
    for left in range(0, count, step):
        products = chosen.permutations[left][chosen.permutations]
        rows = table[chosen.operation[left], chosen.operation]
        if any(
            (int(g), int(p[0]), *(int(x) for x in p[:4])) not in keys
            for g, p in zip(rows, products, strict=True)
        ):
            return False
    return True


def _product_table(parent: ParentCrystal) -> IntArray:
    """Index of the rotation part of g.h for all parent operations: ndarray (g, g)."""
    rotations = parent.rotations_cartesian
    products = np.einsum("aij,bjk->abik", rotations, rotations)
    distance = np.abs(products[:, :, None] - rotations[None, None]).max(axis=(3, 4))
    return np.asarray(distance.argmin(axis=2))


def _closest(symprec: float, groups: list[float], messages: list[str]) -> int:
    index = int(np.searchsorted(groups, symprec, side="right")) - 1
    if index < 0:
        return 0
    return index


def _automatic(
    field: CellField,
    operations: CellOperations,
    worst: FloatArray,
    groups: list[float],
    messages: list[str],
) -> int:
    """Rung of the exact symmetry, or the one above noise when there is no exact symmetry."""
    exact = max(i for i, value in enumerate(groups) if value <= EXACT_TOLERANCE or i == 0)
    if exact + 1 == len(groups):
        return exact
    alone = int((worst <= groups[exact]).sum()) == 1
    first = [] if alone else [groups[exact]]
    variances = _variances(field, operations, worst, first + groups[exact + 1 :])
    if first and variances[0][0] <= CLEAN_SIGMA**2:
        return exact
    best = max(0, _jump(variances) - len(first))
    if best:
        sigma = float(np.sqrt(_pooled(variances[: best + len(first)])))
        messages.append(
            f"The coordinates scatter by about {sigma:.3g} Å per component; the group was taken above "
            f"that scatter, at {groups[exact + best]:.3g} Å. Use --symprec to choose another rung."
        )
    return exact + best


def _jump(variances: list[tuple[float, int]]) -> int:
    """How many rungs remove nothing but scatter: up to the first that removes far more than those below."""
    for step in range(1, len(variances)):
        below = _pooled(variances[:step])
        if below > NOISE_LIMIT**2:
            return 0
        freedom = sum(f for _, f in variances[:step])
        if variances[step][0] > NOISE_RATIO * (1 + FEW / freedom**2) * below:
            return step
    return len(variances) if variances and _pooled(variances) <= NOISE_LIMIT**2 else 0


def _variances(
    field: CellField, operations: CellOperations, worst: FloatArray, values: list[float]
) -> list[tuple[float, int]]:
    """(variance per degree of freedom, degrees of freedom) of what each further rung removes."""
    rotations = field.parent.rotations_cartesian
    result: list[tuple[float, int]] = []
    previous, rank = field.displacements, field.displacements.size
    for value in values:
        chosen = operations.select(worst <= value)
        averaged = chosen.average(field.displacements, rotations)
        smaller = selected_rank(field, chosen)
        freedom = max(rank - smaller, 1)
        result.append((float(((previous - averaged) ** 2).sum()) / freedom, freedom))
        previous, rank = averaged, smaller
    return result


def _pooled(variances: list[tuple[float, int]]) -> float:
    total = sum(v * f for v, f in variances)
    return total / max(sum(f for _, f in variances), 1)


def _averaged(field: CellField, operations: CellOperations) -> CellField:
    rotations = field.parent.rotations_cartesian
    ones = np.ones((len(rotations), field.occupation.shape[1], field.occupation.shape[1]))
    identity = np.eye(field.occupation.shape[1]) * ones
    displacements = operations.average(field.displacements, rotations)
    return replace(
        field,
        displacements=displacements - displacements.mean(axis=0),
        occupation=operations.average(field.occupation, identity),
    )


def _reduce(field: CellField, operations: CellOperations) -> tuple[CellField, CellOperations]:
    """Go to the primitive cell of H when H holds translations that the given cell does not."""
    pure = operations.translation[operations.operation == 0]
    if len(pure) <= 1:
        return field, operations
    vectors = operations.space.translations[pure]
    hnf = hermite_normal_form(np.concatenate([field.cell, vectors]))
    where = residue_index(reduce_vectors(field.cell_index, hnf), hnf)
    keys = where * len(field.parent.species) + field.site
    first = np.unique(keys, return_index=True)[1]
    groups = [np.flatnonzero(keys == keys[i]) for i in first]
    return (
        replace(
            field,
            cell=hnf,
            site=field.site[first],
            cell_index=field.cell_index[first],
            displacements=np.array([field.displacements[g].mean(axis=0) for g in groups]),
            occupation=np.array([field.occupation[g].mean(axis=0) for g in groups]),
        ),
        operations,
    )


def _spread(field: CellField, reduced: CellField) -> FloatArray:
    """Displacements (n, 3) of a field on a smaller cell, copied to the atoms of `field`."""
    hnf = hermite_normal_form(reduced.cell)
    n_sites = len(field.parent.species)
    known = residue_index(reduce_vectors(reduced.cell_index, hnf), hnf) * n_sites + reduced.site
    wanted = residue_index(reduce_vectors(field.cell_index, hnf), hnf) * n_sites + field.site
    order = np.argsort(known)
    return np.asarray(reduced.displacements[order[np.searchsorted(known[order], wanted)]])


def _name(field: CellField, operations: CellOperations, mask: NDArray[np.bool_]) -> SpaceGroupName | None:
    parent = field.parent
    if parent.lattice is None:
        return None
    chosen = operations.select(mask)
    rotations = parent.rotations[chosen.operation]
    translations = parent.translations[chosen.operation] + operations.space.translations[chosen.translation]
    return name_operations(parent, field.cell, rotations, translations)
