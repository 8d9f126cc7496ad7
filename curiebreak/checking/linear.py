"""Linear molecules, and single atoms that a given field directs: groups with every rotation about an axis."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.checking.verdict import FieldPart, Verdict, best_sets, floors_of, global_carrier, mean_floor
from curiebreak.errors import InputError
from curiebreak.fields import representation, usual_components
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

_LARGEST_CARRIER = 6


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


def restricted_group(
    group: AxialGroup, given: tuple[Field, ...], structure: Structure, tolerance: float
) -> AxialGroup | ParentCrystal:
    """What given fields leave of the group: an axial group still, or a finite one on the atoms."""
    parts = [(action(group, f), irrep, part) for f in given for irrep, part in _active(group, f, tolerance)]
    if all(irrep.turns == 0 for _, irrep, _ in parts):
        left = {c for c in group.cosets if all(_same(a.moved(v, c, 0.0), v, tolerance) for a, _, v in parts)}
        return replace(group, cosets=frozenset(left))
    operations = [o for o in _candidates(group, parts) if all(_same(a.moved(v, *o), v, tolerance) for a, _, v in parts)]
    return finite_parent(group, operations, structure)


def finite_parent(group: AxialGroup, operations: list[Operation], structure: Structure) -> ParentCrystal:
    """A finite set of axial operations on the atoms of a linear molecule."""
    rotations: list[FloatArray] = []
    permutations: list[IntArray] = []
    for coset, angle in operations:
        rotation = group.operation(coset, angle)
        if not any(np.abs(rotation - known).max() < 1e-4 for known in rotations):
            rotations.append(rotation)
            permutations.append(group.permutation(coset))
    moves = np.array(permutations)
    orbits = site_orbits_of(moves)
    names = tuple(f"{structure.species[int(np.argmax(orbits == o))]}{o + 1}" for o in np.unique(orbits))
    centred = structure.coords - structure.coords.mean(axis=0)
    return parent_of_points(structure, centred, np.array(rotations), moves, names)


def _same(moved: FloatArray, values: FloatArray, tolerance: float) -> bool:
    return bool(np.linalg.norm(moved - values) <= tolerance * np.linalg.norm(values) + 1e-12)


def _active(group: AxialGroup, field: Field, tolerance: float) -> list[tuple[AxialIrrep, FloatArray]]:
    """Isotypic parts of a field that are not rounding."""
    smallest = 0.5 * field.tolerance(tolerance) * np.linalg.norm(field.values)
    parts = action(group, field).parts(field.values)
    return [(i, v) for i, v in parts if np.linalg.norm(v) > max(float(smallest), 1e-300)]


def _candidates(group: AxialGroup, parts: list[tuple[AxialAction, AxialIrrep, FloatArray]]) -> list[Operation]:
    """Operations that between them show every possible stabiliser of the parts."""
    found = general_operations(group)
    for turning, irrep, values in parts:
        if irrep.turns:
            found += turning.kept_by(values, irrep.turns)
    return found


def judge(group: AxialGroup, outputs: tuple[Field, ...], structure: Structure, tolerance: float) -> Verdict:
    """Compare the outputs with an axial group."""
    parts: list[tuple[AxialAction, AxialIrrep, FloatArray]] = []
    shares: list[FieldPart] = []
    for owner, field in enumerate(outputs):
        total = float((field.values**2).sum())
        for irrep, values in _active(group, field, tolerance):
            parts.append((action(group, field), irrep, values))
            shares.append(FieldPart(irrep.label, irrep.trivial, float((values**2).sum()) / total, owner))
    floors = floors_of(shares, outputs)
    each = tuple(all(p.trivial for p in shares if p.owner == i) for i in range(len(outputs)))
    candidates = _candidates(group, parts)
    parent = finite_parent(group, candidates, structure)
    isotropy = _isotropy(group, parent, candidates, parts, shares)
    labels = [label for label in isotropy.labels]
    verdict = Verdict(
        allowed=all(each),
        floor=mean_floor(floors, outputs),
        floors=floors,
        each=each,
        forbidding=(),
        order_parameters=(),
        minimal_sets=(),
        group=SymmetryGroup(point_group=group.symbol),
        remaining=SymmetryGroup(point_group=_left(group, parent, isotropy, labels, parts)),
    )
    if verdict.allowed:
        return verdict
    sets = best_sets(isotropy)
    entries = tuple(_entry(group, parent, isotropy, label, parts) for label in (sets[0] if sets else ()))
    return replace(verdict, forbidding=_forbidding(group, parts), order_parameters=entries, minimal_sets=sets)


def _isotropy(
    group: AxialGroup,
    parent: ParentCrystal,
    candidates: list[Operation],
    parts: list[tuple[AxialAction, AxialIrrep, FloatArray]],
    shares: list[FieldPart],
) -> StabiliserTable:
    """Minimal sets over the representative operations (they need not be a group)."""
    chosen = _distinct(group, candidates)
    active = []
    for (turning, irrep, values), part in zip(parts, shares, strict=True):
        squared = float((values**2).sum())
        overlaps = [float((values * turning.moved(values, *o)).sum()) / squared * part.share for o in chosen]
        active.append(Active(irrep.label, "field", part.share, np.array(overlaps)[:, None]))
    return StabiliserTable(bloch_space(parent, np.eye(3, dtype=np.int64)), active, True)


def _distinct(group: AxialGroup, operations: list[Operation]) -> list[Operation]:
    """The operations that :func:`finite_parent` keeps, in its order."""
    seen: list[FloatArray] = []
    kept = []
    for coset, angle in operations:
        rotation = group.operation(coset, angle)
        if not any(np.abs(rotation - known).max() < 1e-4 for known in seen):
            seen.append(rotation)
            kept.append((coset, angle))
    return kept


def _left(
    group: AxialGroup,
    parent: ParentCrystal,
    isotropy: StabiliserTable,
    labels: list[str],
    parts: list[tuple[AxialAction, AxialIrrep, FloatArray]],
) -> str | None:
    """Symbol of what the parts with these labels leave of the group."""
    chosen = [(a, i, v) for a, i, v in parts if i.label in labels]
    if all(irrep.turns == 0 for _, irrep, _ in chosen):
        cosets = {c for c in group.cosets if all(_same(a.moved(v, c, 0.0), v, 1e-6) for a, _, v in chosen)}
        return replace(group, cosets=frozenset(cosets)).symbol
    mask = isotropy.stabiliser(labels)[:, 0]
    with suppress(InputError):
        return schoenflies_symbol(parent.rotations_cartesian[mask])
    return None


def _forbidding(
    group: AxialGroup, parts: list[tuple[AxialAction, AxialIrrep, FloatArray]]
) -> tuple[ForbiddingOperation, ...]:
    axis = _axis(group)

    def breaks(coset: str, angle: float) -> bool:
        return not all(_same(a.moved(v, coset, angle), v, 1e-3) for a, _, v in parts)

    found = []
    if breaks("E", 0.7):
        found.append(ForbiddingOperation(kind="Cinf", axis=axis, count=None))
    if "v" in group.cosets and breaks("v", 0.7):
        found.append(ForbiddingOperation(kind="m", axis=None, perpendicular_to=axis, count=None))
    if "h" in group.cosets:
        if breaks("h", np.pi):
            found.append(ForbiddingOperation(kind="i", axis=None, count=1))
        if breaks("h", 0.0):
            found.append(ForbiddingOperation(kind="m", axis=axis, count=1))
        if breaks("h", 0.7):
            found.append(ForbiddingOperation(kind="Sinf", axis=axis, count=None))
    if "d" in group.cosets and breaks("d", 0.7):
        found.append(ForbiddingOperation(kind="C2", axis=None, perpendicular_to=axis, count=None))
    return tuple(found)


def _axis(group: AxialGroup) -> Vector3:
    scaled = group.frame[2] / np.abs(group.frame[2]).max()
    return vector3(np.round(scaled, 6) + 0.0)


def _entry(
    group: AxialGroup,
    parent: ParentCrystal,
    isotropy: StabiliserTable,
    label: str,
    parts: list[tuple[AxialAction, AxialIrrep, FloatArray]],
) -> IrrepEntry:
    mine = [(a, i, v) for a, i, v in parts if i.label == label]
    amplitude = float(np.linalg.norm(mine[0][2])) if len(mine) == 1 else None
    keeps = isotropy.stabiliser([label])[:, 0]
    return IrrepEntry(
        irrep=label,
        kpoint=None,
        kind="field",
        role="primary",
        direction=_letters(group, mine[0][1], parent.rotations_cartesian[keeps]),
        components=() if amplitude is None else (amplitude,),
        amplitude_supercell=amplitude,
        amplitude_parent=amplitude,
        share=isotropy.share([label]),
        isotropy_subgroup=IsotropySubgroup(point_group=_left(group, parent, isotropy, [label], parts)),
        carrier=_carrier(group, mine[0][1], keeps, parent),
    )


def _letters(group: AxialGroup, irrep: AxialIrrep, kept: FloatArray) -> str:
    """Direction: one number, or two unless a reflection fixes the angle about the axis."""
    if irrep.dim == 1:
        return "(a)"
    across = group.frame[:2] @ kept @ group.frame[:2].T
    return "(a,0)" if (np.linalg.det(across) < 0).any() else "(a,b)"


def _carrier(group: AxialGroup, irrep: AxialIrrep, keeps: BoolArray, parent: ParentCrystal) -> CarrierResult | None:
    """The global field of lowest l that holds the irrep and keeps the same operations."""
    for degree in range(_LARGEST_CARRIER + 1):
        for parity in ("o", "e") if degree % 2 else ("e", "o"):
            matrices = representation(degree, parity, parent.rotations_cartesian)
            turning = AxialAction(group, partial(representation, degree, parity), degree, per_atom=False)
            for row in matrices[keeps].mean(axis=0).T:
                inside = turning.part(row[None], irrep)[0]
                norm = float(np.linalg.norm(inside))
                if norm < 1e-6:
                    continue
                changed = np.linalg.norm(matrices @ inside - inside, axis=1) / norm
                if np.array_equal(changed < 1e-5, keeps):
                    return global_carrier(degree, parity, usual_components(degree, inside))
    return None
