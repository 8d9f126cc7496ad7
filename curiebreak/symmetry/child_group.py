"""The child's group H inside the parent's: tolerance ladder, closure, averaging.

Operations are pairs ``(g, tau)``: parent operation g followed by the parent lattice vector tau,
modulo the child's lattice. H is the set of those that move no value of the field by more than
the tolerance; it is a group only when the tolerance lies in a gap, which is checked. All parent
operations stand on the ladder, also those that do not keep the cell of the file: they keep the
lattice of the averaged structure, which may be finer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.errors import InputError
from curiebreak.fields import turn_tensor
from curiebreak.results import Notice
from curiebreak.symmetry import uncounted
from curiebreak.symmetry.cell_operations import (
    CellField,
    CellOperations,
    Resolution,
    cell_operations,
    deviations,
    parent_operations,
)
from curiebreak.symmetry.counting import CONVERGED, LARGEST_SCATTER, ChosenRung, choose_rung, occupations_first, targets
from curiebreak.symmetry.naming import SpaceGroupName, name_operations
from curiebreak.symmetry.rungs import closed_tolerances, rung_at, selected_rank
from curiebreak.symmetry.sublattices import coset_index, hermite_normal_form

__all__ = [
    "CellField",
    "CellOperations",
    "ChildGroup",
    "Resolution",
    "Rung",
    "cell_operations",
    "deviations",
    "find_child_group",
    "strain_stabiliser",
]


EXACT_STRAIN = 1e-9
"""Change of a strain component that is rounding, once the strain has been averaged."""

STRAIN_TOLERANCE = 1e-3
"""Default for the largest change of a strain component that still counts as symmetry."""

SMALL_STEP = 0.01
"""Å; the usual tolerance of programs that find space groups: what is counted below it is worth a word."""

LARGEST_STRAIN_SCATTER = 1e-2
"""Scatter of the coordinates explains no change of the strain above this."""


@dataclass(frozen=True, eq=False)
class Rung:
    """One group of the ladder: valid from `tolerance` (Å) on; `rotations` are Cartesian."""

    tolerance: float
    count: int
    name: SpaceGroupName | None
    rotations: FloatArray

    @property
    def symbol(self) -> str:
        """Of the group; empty where it has no name."""
        return self.name.symbol if self.name else ""


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
    residual : ndarray (n, 3)
        Å, displacements that the average removed, on the atoms of the given cell.
    residual_rms : float
        Å, root mean square displacement per atom that the average removed.
    residual_max : float
    noise_sigma : float
        Å per component, estimated from what was removed; 0 if nothing was.
    strain_lowers : bool
        The strain breaks operations that the displacements keep.
    strain_allowed : float
        Largest component of a strain that is taken for scatter.
    name : SpaceGroupName or None
    notices : tuple of Notice
        What is in the files and was not counted, and what was though it is small.
    """

    field: CellField
    operations: CellOperations
    ladder: tuple[Rung, ...]
    tolerance: float
    residual: FloatArray
    residual_rms: float
    residual_max: float
    noise_sigma: float
    strain_lowers: bool
    strain_allowed: float
    name: SpaceGroupName | None
    notices: tuple[Notice, ...] = ()

    @property
    def is_doubted(self) -> bool:
        """Whether what lowers the symmetry to this group may be scatter of the coordinates."""
        return any(notice.code == "large_scatter" for notice in self.notices)

    @classmethod
    def exact(cls, field: CellField, operations: CellOperations, strain_lowers: bool = False) -> ChildGroup:
        """Of a field that was averaged already: no tolerance decided, nothing was removed."""
        return cls(
            field=field,
            operations=operations,
            ladder=(),
            tolerance=0.0,
            residual=np.zeros_like(field.displacements),
            residual_rms=0.0,
            residual_max=0.0,
            noise_sigma=0.0,
            strain_lowers=strain_lowers,
            strain_allowed=0.0,
            name=None,
        )


def find_child_group(
    field: CellField, symprec: float | None = None, strain_tolerance: float = STRAIN_TOLERANCE
) -> ChildGroup:
    """H of a distortion, with the ladder of groups against tolerance.

    Parameters
    ----------
    field : CellField
    symprec : float, optional
        Å; the tolerance to use. By default the exact symmetry is taken when the coordinates
        show one, else the largest group above scatter that looks like noise.
    strain_tolerance : float
        Largest change of a strain component that still counts as symmetry; unless it is below the default or
        `symprec` is given, at least what the scatter of the coordinates means for the cell's edges.

    Raises
    ------
    InputError
        If `symprec` is not positive.
    """
    if symprec is not None and not symprec > 0:
        raise InputError(f"The tolerance must be positive, got {symprec:g} Å.", "Try --symprec 0.01.")
    operations = parent_operations(field)
    worst = occupations_first(field, operations, deviations(field, operations))
    tolerances = closed_tolerances(operations, worst)
    if symprec is None:
        choice = choose_rung(field, operations, worst, tolerances)
    else:
        choice = ChosenRung(rung_at(symprec, tolerances), 0, 0)
    mask = worst <= tolerances[choice.rung]
    reduced, selected = _reduce(field, operations.select(mask))
    if reduced is not field:
        selected = _on_smaller_cell(selected, cell_operations(reduced))
    averaged = _averaged(reduced, selected)
    residual = field.displacements - _spread(field, averaged)
    # degrees of freedom of the residual: all coordinates less those that H leaves free
    free = residual.size - selected_rank(averaged, selected)
    squared = float((residual**2).sum())
    sigma = float(np.sqrt(squared / max(free, 1)))
    allowed = strain_tolerance if symprec is not None else _allowed_strain(field, strain_tolerance, sigma)
    averaged = replace(averaged, strain=_averaged_strain(field, selected, allowed))
    keeps = strain_stabiliser(averaged)
    lowers = not bool(keeps[selected.operation].all())
    steps = strain_changes(averaged)[operations.operation] if lowers else np.zeros(len(worst))
    both = np.maximum(worst, steps * _edge(field)) if lowers else worst
    ladder = _ladder(field, operations, both, closed_tolerances(operations, both) if lowers else tolerances)
    counted = targets(averaged, symprec, strain_tolerance)
    found = ChildGroup(
        field=counted,
        operations=selected,
        ladder=ladder,
        tolerance=tolerances[choice.rung],
        residual=residual,
        residual_rms=float(np.sqrt(squared / len(residual))),
        residual_max=float(np.linalg.norm(residual, axis=1).max(initial=0.0)),
        noise_sigma=sigma,
        strain_lowers=lowers,
        strain_allowed=allowed,
        name=_name(averaged, selected, np.ones(len(selected.operation), dtype=bool)),
    )
    notices = [
        *_uncounted_shifts(field, found, choice, symprec, (operations, worst, tolerances)),
        *_uncounted_strain(field, found, operations.select(mask), allowed, strain_tolerance),
        *_uncounted_fields(averaged, counted),
        *([] if choice.scattered else _small_steps(found, both, worst, steps)),
    ]
    return replace(found, notices=tuple(notices))


def _allowed_strain(field: CellField, asked: float, sigma: float) -> float:
    """Largest component of a strain that is scatter: an edge is known to that of the coordinates only.

    `asked` stands where it is less than the default, or there is no cell.
    """
    if asked < STRAIN_TOLERANCE or field.parent.lattice is None:
        return asked
    scatter = min(_scatter_of_strain(field, sigma), LARGEST_STRAIN_SCATTER)
    return max(asked, scatter, field.resolution.strain)


def _uncounted_shifts(
    field: CellField,
    found: ChildGroup,
    choice: ChosenRung,
    symprec: float | None,
    steps: tuple[CellOperations, FloatArray, list[float]],
) -> list[Notice]:
    """What the average over the child's group took from the displacements.

    `steps` are the operations, what each of them changes (Å) and where the rungs begin. The group that is named is
    that at the resolution of the files, or the lowest where that was taken; the option that is named gives it.
    """
    operations, worst, tolerances = steps
    resolution, size = field.resolution.position, found.residual_max
    low = choice.written if choice.rung > choice.written else 0
    name = _name(field, operations, worst <= tolerances[low]) if choice.rung > 0 else None
    lowest, below = name.symbol if name else None, _between(tolerances, low, resolution)
    said: Notice | None
    if symprec is not None:
        said = uncounted.shifts_below_symprec(size, symprec)
    elif choice.scattered:
        said = uncounted.scatter(found.noise_sigma, size, found.tolerance, lowest, below)
    elif choice.rung > choice.first:
        said = uncounted.shifts_below_gap(size, lowest, below)
    elif choice.rung > choice.written:
        said = uncounted.shifts_below_convergence(size, CONVERGED, lowest, below)
    else:
        said = uncounted.shifts_below_resolution(size, resolution, lowest, below)
    doubts = []
    if choice.doubtful is not None:
        group = _name(field, operations, worst <= tolerances[choice.doubtful])
        at = _between(tolerances, choice.doubtful, resolution)
        doubts = [uncounted.large_scatter(choice.sigma, LARGEST_SCATTER, group.symbol if group else None, at)]
    return doubts if said is None else [*doubts, said]


def _between(tolerances: list[float], rung: int, resolution: float) -> float:
    """A tolerance at which a rung is taken, above the resolution where there is room."""
    if rung + 1 == len(tolerances):
        return tolerances[rung]
    end = tolerances[rung + 1]
    return float(np.sqrt(max(tolerances[rung], min(resolution, end / 4)) * end))


def _uncounted_strain(
    field: CellField, found: ChildGroup, operations: CellOperations, allowed: float, asked: float
) -> list[Notice]:
    """What the average over the child's group took from the strain."""
    changes = strain_changes(field)[operations.operation]
    kept = strain_stabiliser(found.field)[operations.operation]
    size = float(changes[kept].max(initial=0.0))
    if size <= max(field.resolution.strain, EXACT_STRAIN):
        return []
    mask = changes <= max(field.resolution.strain, EXACT_STRAIN)
    name = _name(field, operations, mask) if len(mask) % int(mask.sum()) == 0 else None
    counts = 0.5 * float(changes[~mask].min())
    return [uncounted.strain_below_tolerance(size, allowed, asked, name.symbol if name else None, counts)]


def _uncounted_fields(averaged: CellField, counted: CellField) -> list[Notice]:
    """Whole fields that are no targets because the files do not resolve them."""
    found = []
    for what, unit in (("displacements", " Å"), ("strain", ""), ("occupation", "")):
        before, after = getattr(averaged, what), getattr(counted, what)
        size = float(np.abs(before).max(initial=0.0))
        if size > uncounted.UNSAID * 1e-2 and not after.any():
            found.append(uncounted.target_below_resolution(what.rstrip("s"), size, unit))
    return found


def _small_steps(found: ChildGroup, both: FloatArray, shifts: FloatArray, steps: FloatArray) -> list[Notice]:
    """A word where the answer rests on shifts or a strain that other programs take for noise.

    The groups that the child would have are the rungs up to :data:`SMALL_STEP`; `shifts` (Å), `steps` (strain) and
    `both` (Å) are what each operation (m,) changes.
    """
    above = [r for r in found.ladder if r.tolerance > found.tolerance + 1e-9]
    small = [r for r in above if r.tolerance <= SMALL_STEP and r.name is not None]
    if not small:
        return []
    highest = small[-1]
    beyond = next((r.tolerance for r in above if r.tolerance > highest.tolerance), np.inf)
    room = float(min(2.0, np.sqrt(beyond / highest.tolerance)))
    mask = both <= highest.tolerance
    shift, strain = float(shifts[mask].max()), float(steps[mask].max())
    between = [(r.symbol, r.tolerance) for r in small[:-1]]
    return [
        uncounted.counted_though_small(
            (_chosen(found).symbol, highest.symbol),
            shift if shift > found.tolerance + 1e-9 else 0.0,
            strain if strain > EXACT_STRAIN else 0.0,
            room,
            between,
        )
    ]


def _chosen(found: ChildGroup) -> Rung:
    return next(r for r in reversed(found.ladder) if r.tolerance <= found.tolerance + 1e-9)


def _ladder(
    field: CellField, operations: CellOperations, worst: FloatArray, tolerances: list[float]
) -> tuple[Rung, ...]:
    return tuple(_rung(field, operations, worst, value) for value in tolerances)


def _edge(field: CellField) -> float:
    """Å; edge of a cube of the cell's volume, by which a change of the strain is a change of positions."""
    if field.parent.lattice is None:
        return 0.0
    return float(abs(np.linalg.det(field.cell @ field.parent.lattice)) ** (1 / 3))


def _rung(field: CellField, operations: CellOperations, worst: FloatArray, value: float) -> Rung:
    mask = worst <= value
    return Rung(value, int(mask.sum()), _name(field, operations, mask), operations.select(mask).rotations())


def _scatter_of_strain(field: CellField, sigma: float) -> float:
    """Strain at which an edge of the cell changes by three times the scatter (Å) of a coordinate."""
    return 3.0 * sigma / _edge(field)


def _averaged_strain(field: CellField, operations: CellOperations, tolerance: float) -> FloatArray:
    """The strain averaged over the largest group in H that keeps it within `tolerance`."""
    rotations = field.parent.rotations_cartesian[operations.operation]
    turned = turn_tensor(rotations, field.strain)
    worst = np.abs(turned - field.strain).max(axis=(1, 2))
    # from the largest group down: the first whose average is invariant is a group
    for limit in sorted({float(w) for w in worst if w <= tolerance}, reverse=True):
        kept = worst <= limit
        average = np.asarray(turned[kept].mean(axis=0))
        if np.abs(turn_tensor(rotations[kept], average) - average).max() < EXACT_STRAIN:
            return average
    return field.strain


def strain_stabiliser(field: CellField, tolerance: float = EXACT_STRAIN) -> BoolArray:
    """Which parent operations (g,) keep the strain tensor within `tolerance`."""
    return np.asarray(strain_changes(field) <= tolerance)


def strain_changes(field: CellField) -> FloatArray:
    """Largest change (g,) of a component of the strain under each parent operation."""
    turned = turn_tensor(field.parent.rotations_cartesian, field.strain)
    return np.asarray(np.abs(turned - field.strain).max(axis=(1, 2)))


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
    # (5): the lattice of the cell and the translations that H has besides
    hnf = hermite_normal_form(np.concatenate([field.cell, vectors]))
    # atoms that the smaller lattice joins are averaged
    keys = field.keys(hnf)
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


def _on_smaller_cell(selected: CellOperations, smaller: CellOperations) -> CellOperations:
    """The same operations modulo the lattice of a smaller cell."""
    hnf = smaller.space.hnf
    count = smaller.space.size
    given = coset_index(selected.space.translations[selected.translation], hnf)
    known = coset_index(smaller.space.translations[smaller.translation], hnf)
    kept = np.zeros((len(smaller.space.parent.rotations_cartesian), count), dtype=bool)
    kept[selected.operation, given] = True
    return smaller.select(kept[smaller.operation, known])


def _spread(field: CellField, reduced: CellField) -> FloatArray:
    """Displacements (n, 3) of a field on a smaller cell, copied to the atoms of `field`."""
    hnf = hermite_normal_form(reduced.cell)
    known, wanted = reduced.keys(hnf), field.keys(hnf)
    order = np.argsort(known)
    return np.asarray(reduced.displacements[order[np.searchsorted(known[order], wanted)]])


def _name(field: CellField, operations: CellOperations, mask: BoolArray) -> SpaceGroupName | None:
    parent = field.parent
    if parent.lattice is None:
        return None
    chosen = operations.select(mask)
    rotations = parent.rotations[chosen.operation]
    translations = parent.translations[chosen.operation] + operations.space.translations[chosen.translation]
    return name_operations(parent, field.cell, rotations, translations)
