"""Linear molecules, and single atoms that a given field directs, with time reversal.

The atoms keep every operation of an axial group with and without time reversal. Given fields along the axis keep all
rotations about it, and of each coset (mirrors through the axis, what turns it round, ...) the operations with one time
sign, both, or none: pairs (coset, theta). On such fields an output can have no component that turns about the axis.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.checking.linear import action, axis_of
from curiebreak.checking.verdict import Verdict, mean_floor
from curiebreak.errors import InputError
from curiebreak.results import SymmetryGroup, Vector3
from curiebreak.results.check import ForbiddingOperation
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.axial import AxialGroup

Pair = tuple[str, int]

NO_LABEL = "The order parameter has no label: irreps with time parity are not tabulated for linear molecules."


def judge_linear_with_time(
    group: AxialGroup, given: tuple[Field, ...], outputs: tuple[Field, ...], tolerance: float
) -> Verdict:
    """Compare the outputs with what given fields leave of an axial group with time reversal.

    Raises
    ------
    InputError
        If a given field is not along the axis.
    """
    whole = {(coset, theta) for coset in group.cosets for theta in (1, -1)}
    for field in given:
        along = _unturned(group, field)
        if np.linalg.norm(field.values - along) > field.tolerance(tolerance) * np.linalg.norm(field.values):
            raise InputError(
                f"The field {field.name!r} does not lie along the axis of the linear input, which is not handled for "
                "fields that change sign under time reversal.",
                "Give all fields as even under it, or more atoms.",
            )
        whole &= _keeping(group, field, along, whole, tolerance)
    floors, each, left = [], [], set(whole)
    for field in outputs:
        along = _unturned(group, field)
        squared = float((field.values**2).sum())
        mean = np.mean([_moved(group, field, along, pair) for pair in sorted(whole)], axis=0)
        floors.append(max(0.0, 1.0 - float((mean * field.values).sum()) / squared) if squared else None)
        allowed = field.tolerance(tolerance) * np.sqrt(squared)
        each.append(bool(np.linalg.norm(field.values - mean) <= allowed + 1e-12))
        left &= _keeping(group, field, along, whole, tolerance)
    turned = any(_turns(group, field, tolerance) for field in outputs)
    verdict = Verdict(
        allowed=all(each),
        floor=mean_floor(tuple(floors), outputs),
        floors=tuple(floors),
        each=tuple(each),
        group=SymmetryGroup(point_group=_symbol(group, whole)),
        remaining=None if turned else SymmetryGroup(point_group=_symbol(group, left)),
    )
    if verdict.allowed:
        return verdict
    return replace(verdict, forbidding=_forbidding(group, whole, left, turned), messages=(NO_LABEL,))


def _unturned(group: AxialGroup, field: Field) -> FloatArray:
    """The part of a field that every rotation about the axis keeps."""
    parts = [values for irrep, values in action(group, field).parts(field.values) if irrep.turns == 0]
    return np.asarray(sum(parts, np.zeros_like(field.values)))


def _turns(group: AxialGroup, field: Field, tolerance: float) -> bool:
    rest = np.linalg.norm(field.values - _unturned(group, field))
    return bool(rest > field.tolerance(tolerance) * np.linalg.norm(field.values) + 1e-12)


def _moved(group: AxialGroup, field: Field, along: FloatArray, pair: Pair) -> FloatArray:
    coset, theta = pair
    return action(group, field).moved(along, coset, 0.0) * (theta if field.odd else 1)


def _keeping(group: AxialGroup, field: Field, along: FloatArray, pairs: set[Pair], tolerance: float) -> set[Pair]:
    """Pairs that leave the unturned part of a field alone."""
    limit = field.tolerance(tolerance) * float(np.linalg.norm(along)) + 1e-12
    return {pair for pair in pairs if np.linalg.norm(_moved(group, field, along, pair) - along) <= limit}


def _symbol(group: AxialGroup, pairs: set[Pair]) -> str:
    """``Dinfh1'`` with time reversal itself, ``Dinfh(Cinfh)`` where half of the operations reverse time."""
    whole = replace(group, cosets=frozenset(coset for coset, _ in pairs)).symbol
    if ("E", -1) in pairs:
        return f"{whole}1'"
    unprimed = replace(group, cosets=frozenset(coset for coset, theta in pairs if theta > 0)).symbol
    return whole if unprimed == whole else f"{whole}({unprimed})"


def _forbidding(group: AxialGroup, whole: set[Pair], left: set[Pair], turned: bool) -> tuple[ForbiddingOperation, ...]:
    """Rotations where an output turns, and the pairs that the outputs break; what is lost with 1' is not listed."""
    axis, lost = axis_of(group), whole - left
    found = [ForbiddingOperation(kind="Cinf", axis=axis, count=None)] if turned else []
    kinds: dict[str, tuple[tuple[str, Vector3 | None, Vector3 | None, int | None], ...]] = {
        "E": (("1", None, None, 1),),
        "v": (("m", None, axis, None),),
        "h": (("i", None, None, 1), ("m", axis, None, 1)),
        "d": (("C2", None, axis, None),),
    }
    for coset, theta in sorted(lost, key=lambda pair: ("Evhd".index(pair[0]), -pair[1])):
        if theta > 0 or coset == "E" or ("E", -1) not in lost or (coset, 1) not in left:
            prime = "'" if theta < 0 else ""
            found += [
                ForbiddingOperation(kind=kind + prime, axis=along, perpendicular_to=across, count=count)
                for kind, along, across, count in kinds[coset]
            ]
    return tuple(found)
