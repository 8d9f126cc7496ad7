"""Linear molecules, and single atoms that a given field directs: groups with every rotation about an axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.checking.verdict import Verdict, best_sets, lowest_global_carrier, mean_floor
from curiebreak.errors import InputError
from curiebreak.fields import representation
from curiebreak.results import CarrierResult, IrrepEntry, IsotropySubgroup, SymmetryGroup, Vector3, vector3
from curiebreak.results.check import ForbiddingOperation
from curiebreak.structures import Structure
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.axial import (
    COSETS,
    AxialAction,
    AxialGroup,
    AxialIrrep,
    axial_frame,
    general_operations,
)
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.isotropy import Active, StabiliserTable
from curiebreak.symmetry.mulliken import schoenflies_symbol
from curiebreak.symmetry.parent import DEFAULT_SYMPREC, ParentCrystal, parent_of_points
from curiebreak.symmetry.primitive_cell import orbits as site_orbits_of
from curiebreak.symmetry.tensors import field_matrices

Operation = tuple[str, float]


def linear_group(structure: Structure, given: tuple[Field, ...], symprec: float | None) -> AxialGroup | None:
    """Group of the atoms of a linear molecule, or of a single atom that a given vector directs.

    Returns ``None`` for molecules that are not linear.

    Raises
    ------
    InputError
        For a single atom without a given vector or axial vector.
    """
    tolerance = DEFAULT_SYMPREC if symprec is None else symprec
    centred = structure.coords - structure.coords.mean(axis=0)
    if np.linalg.matrix_rank(centred, tol=10 * tolerance) >= 2:
        return None
    longest = centred[int(np.argmax(np.linalg.norm(centred, axis=1)))]
    if np.linalg.norm(longest) <= 10 * tolerance:
        longest = _marked_axis(given)
    frame = axial_frame(longest)
    ends = _ends(centred @ frame[2], structure.species, tolerance)
    everything = AxialGroup(frame, np.arange(len(structure)), frozenset("Ev"))
    return everything if ends is None else replace(everything, ends=ends, cosets=frozenset(COSETS))


def _marked_axis(given: tuple[Field, ...]) -> FloatArray:
    for field in given:
        if field.rank == 1 and field.values.any():
            marked = field.values[int(np.argmax(np.linalg.norm(field.values, axis=1)))]
            # spherical components m = -1, 0, 1 are y, z, x
            return np.asarray(marked if field.degree is None else marked[[2, 0, 1]])
    raise InputError(
        "The input is a single atom, which every rotation keeps, and no given vector marks an axis.",
        "Only scalar outputs are allowed then; give a vector or axial vector with the input, or more atoms.",
    )


def _ends(heights: FloatArray, species: tuple[str, ...], tolerance: float) -> IntArray | None:
    """Where the atoms go when the axis is turned round; None if they do not match."""
    distance = np.abs(-heights[:, None] - heights[None])
    distance += 1e6 * (np.array(species)[:, None] != np.array(species)[None])
    nearest = distance.argmin(axis=1)
    matched = distance.min(axis=1).max() <= 3 * tolerance and len(set(nearest.tolist())) == len(heights)
    return np.asarray(nearest) if matched else None


def action(group: AxialGroup, field: Field) -> AxialAction:
    """How a field turns under an axial group."""
    return AxialAction(
        group,
        lambda rotations: field_matrices(field, rotations),
        field.rank,
        field.per == "atom",
    )


@dataclass(frozen=True, eq=False)
class AxialPart:
    """One isotypic part of a field under an axial group: how it turns, its values, its squared share of the field."""

    action: AxialAction
    irrep: AxialIrrep
    values: FloatArray
    share: float

    @property
    def squared(self) -> float:
        """Squared norm."""
        return float((self.values**2).sum())

    def moved(self, operation: Operation) -> FloatArray:
        """The part after one operation."""
        return self.action.moved(self.values, *operation)


def _parts(group: AxialGroup, field: Field, tolerance: float) -> list[AxialPart]:
    """Isotypic parts of a field that are not rounding."""
    smallest = max(float(0.5 * field.tolerance(tolerance) * np.linalg.norm(field.values)), 1e-300)
    turning, total = action(group, field), float((field.values**2).sum())
    parts = [(i, v) for i, v in turning.parts(field.values) if np.linalg.norm(v) > smallest]
    return [AxialPart(turning, irrep, values, float((values**2).sum()) / total) for irrep, values in parts]


def _kept(parts: Iterable[AxialPart], operation: Operation, tolerance: float) -> bool:
    """Whether an operation leaves all parts alone."""
    return all(
        np.linalg.norm(part.moved(operation) - part.values) <= tolerance * np.linalg.norm(part.values) + 1e-12
        for part in parts
    )


def _still_axial(group: AxialGroup, parts: Sequence[AxialPart], tolerance: float) -> AxialGroup | None:
    """What the parts leave of a group, None where one of them turns about the axis."""
    if any(part.irrep.turns for part in parts):
        return None
    return replace(group, cosets=frozenset(c for c in group.cosets if _kept(parts, (c, 0.0), tolerance)))


def restricted_group(
    group: AxialGroup, given: tuple[Field, ...], structure: Structure, tolerance: float
) -> AxialGroup | ParentCrystal:
    """What given fields leave of the group: an axial group still, or a finite one on the atoms."""
    parts = [part for field in given for part in _parts(group, field, tolerance)]
    operations = (o for o in _candidates(group, parts) if _kept(parts, o, tolerance))
    return _still_axial(group, parts, tolerance) or finite_parent(group, _distinct(group, operations), structure)


def finite_parent(group: AxialGroup, operations: list[Operation], structure: Structure) -> ParentCrystal:
    """A finite set of axial operations, all distinct, on the atoms of a linear molecule."""
    moves = np.array([group.permutation(coset) for coset, _ in operations])
    orbits = site_orbits_of(moves)
    names = tuple(f"{structure.species[int(np.argmax(orbits == o))]}{o + 1}" for o in np.unique(orbits))
    centred = structure.coords - structure.coords.mean(axis=0)
    rotations = np.array([group.operation(*one) for one in operations])
    return parent_of_points(structure, centred, rotations, moves, names)


def _distinct(group: AxialGroup, operations: Iterable[Operation]) -> list[Operation]:
    """Operations of which no two are the same rotation."""
    found: dict[Operation, FloatArray] = {}
    for one in operations:
        rotation = group.operation(*one)
        if not any(np.abs(rotation - known).max() < 1e-4 for known in found.values()):
            found[one] = rotation
    return list(found)


def _candidates(group: AxialGroup, parts: Iterable[AxialPart]) -> list[Operation]:
    """Operations that between them show every possible stabiliser of the parts."""
    turning = [part for part in parts if part.irrep.turns]
    kept = [one for part in turning for one in part.action.kept_by(part.values, part.irrep.turns)]
    return general_operations(group) + kept


def judge(group: AxialGroup, outputs: tuple[Field, ...], structure: Structure, tolerance: float) -> Verdict:
    """Compare the outputs with an axial group."""
    owned = [_parts(group, field, tolerance) for field in outputs]
    parts = [part for own in owned for part in own]
    breaking = [[part.share for part in own if not part.irrep.trivial] for own in owned]
    floors = tuple(float(sum(own)) if f.values.any() else None for own, f in zip(breaking, outputs, strict=True))
    each = tuple(not own for own in breaking)
    operations = _distinct(group, _candidates(group, parts))
    parent = finite_parent(group, operations, structure)
    isotropy = _isotropy(parent, operations, parts)
    verdict = Verdict(
        allowed=all(each),
        floor=mean_floor(floors, outputs),
        floors=floors,
        each=each,
        group=SymmetryGroup(point_group=group.symbol),
        remaining=SymmetryGroup(point_group=_left(group, parent, isotropy, list(isotropy.labels), parts)),
    )
    if verdict.allowed:
        return verdict
    sets = best_sets(isotropy)
    entries = tuple(_entry(group, parent, isotropy, label, parts) for label in (sets[0] if sets else ()))
    return replace(verdict, forbidding=_forbidding(group, parts), order_parameters=entries, minimal_sets=sets)


def _isotropy(parent: ParentCrystal, operations: list[Operation], parts: list[AxialPart]) -> StabiliserTable:
    """Minimal sets over the representative operations (they need not be a group)."""
    active = []
    for part in parts:
        overlaps = [float((part.values * part.moved(o)).sum()) / part.squared * part.share for o in operations]
        active.append(Active(part.irrep.label, "field", part.share, np.array(overlaps)[:, None]))
    return StabiliserTable(bloch_space(parent, np.eye(3, dtype=np.int64)), active, True)


def _left(
    group: AxialGroup, parent: ParentCrystal, isotropy: StabiliserTable, labels: list[str], parts: list[AxialPart]
) -> str | None:
    """Symbol of what the parts with these labels leave of the group."""
    axial = _still_axial(group, [part for part in parts if part.irrep.label in labels], 1e-6)
    if axial is not None:
        return axial.symbol
    mask = isotropy.stabiliser(labels)[:, 0]
    with suppress(InputError):
        return schoenflies_symbol(parent.rotations_cartesian[mask])
    return None


def _forbidding(group: AxialGroup, parts: list[AxialPart]) -> tuple[ForbiddingOperation, ...]:
    """Of one operation of each kind, those that change a part."""
    axis = axis_of(group)
    kinds: tuple[tuple[Operation, str, Vector3 | None, Vector3 | None, int | None], ...] = (
        (("E", 0.7), "Cinf", axis, None, None),
        (("v", 0.7), "m", None, axis, None),
        (("h", np.pi), "i", None, None, 1),
        (("h", 0.0), "m", axis, None, 1),
        (("h", 0.7), "Sinf", axis, None, None),
        (("d", 0.7), "C2", None, axis, None),
    )
    return tuple(
        ForbiddingOperation(kind=kind, axis=along, perpendicular_to=across, count=count)
        for operation, kind, along, across, count in kinds
        if operation[0] in group.cosets and not _kept(parts, operation, 1e-3)
    )


def axis_of(group: AxialGroup) -> Vector3:
    """The axis in the frame of the file, its largest component 1."""
    scaled = group.frame[2] / np.abs(group.frame[2]).max()
    return vector3(np.round(scaled, 6) + 0.0)


def _entry(
    group: AxialGroup,
    parent: ParentCrystal,
    isotropy: StabiliserTable,
    label: str,
    parts: list[AxialPart],
) -> IrrepEntry:
    mine = [part for part in parts if part.irrep.label == label]
    amplitude = float(np.linalg.norm(mine[0].values)) if len(mine) == 1 else None
    keeps = isotropy.stabiliser([label])[:, 0]
    return IrrepEntry(
        irrep=label,
        kpoint=None,
        kind="field",
        role="primary",
        direction=_letters(group, mine[0].irrep, parent.rotations_cartesian[keeps]),
        components=() if amplitude is None else (amplitude,),
        amplitude_supercell=amplitude,
        amplitude_parent=amplitude,
        share=isotropy.share([label]),
        isotropy_subgroup=IsotropySubgroup(point_group=_left(group, parent, isotropy, [label], parts)),
        carrier=_carrier(group, mine[0].irrep, keeps, parent),
    )


def _letters(group: AxialGroup, irrep: AxialIrrep, kept: FloatArray) -> str:
    """Direction: one number, or two unless a reflection fixes the angle about the axis."""
    if irrep.dim == 1:
        return "(a)"
    across = group.frame[:2] @ kept @ group.frame[:2].T
    return "(a,0)" if (np.linalg.det(across) < 0).any() else "(a,b)"


def _carrier(group: AxialGroup, irrep: AxialIrrep, keeps: BoolArray, parent: ParentCrystal) -> CarrierResult | None:
    """The global field of lowest l that holds the irrep and keeps the same operations."""

    def part(degree: int, parity: str, matrices: FloatArray, field: FloatArray) -> FloatArray:
        turning = AxialAction(group, partial(representation, degree, parity), degree, per_atom=False)
        return np.asarray(turning.part(field[None], irrep)[0])

    return lowest_global_carrier(parent.rotations_cartesian, keeps, part)
