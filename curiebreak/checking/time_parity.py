"""Check with time reversal: fields that change sign under it, and groups that hold operations with it.

The input's atoms keep the grey group G x {1, 1'}: every operation of G, with and without time reversal. Given fields
leave a subgroup M of it. An output y of time parity t is allowed if ``theta^t D(g) y = y`` for all (g, theta) of M.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from curiebreak.arrays import BoolArray
from curiebreak.checking.check_entries import ActivePart, irrep_entries
from curiebreak.checking.finite import GroupSetting, PlacedField, judge, parts_that_count, place, restricted
from curiebreak.checking.verdict import Verdict, best_sets, mean_floor
from curiebreak.errors import InputError
from curiebreak.magnetic.grey_group import family, grey_subgroup, lost_operations, with_time
from curiebreak.results.check import ForbiddingOperation
from curiebreak.structures import Structure
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.closure import is_group
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import StabiliserTable
from curiebreak.symmetry.subgroup import symmetry_group

NO_LABEL = (
    "The order parameter has no label: the given fields leave operations that hold only with time reversal, and there "
    "are no tables for outputs that are odd under it."
)


def turned_by_time(fields: Sequence[Field]) -> bool:
    """Whether time reversal changes any of these fields."""
    return any(field.odd for field in fields)


def grey_kept(setting: GroupSetting, fields: Sequence[Field], tolerance: float) -> BoolArray:
    """Operations (2 g, s), the second half with time reversal, that change no field by more than its tolerance."""
    mask = np.ones((2 * setting.parent.n_operations, setting.space.size), dtype=bool)
    for field in fields:
        if field.values.any():
            changed = 2 * (1 - with_time(place(setting, field).overlaps(), field.time))
            mask &= np.broadcast_to(changed <= field.tolerance(tolerance) ** 2 + 1e-12, mask.shape)
    return mask


def judge_with_time(
    setting: GroupSetting, structure: Structure, given: tuple[Field, ...], outputs: tuple[Field, ...], tolerance: float
) -> Verdict:
    """Compare the outputs with what given fields leave of the grey group.

    Raises
    ------
    InputError
        If the operations that keep the given fields are no group.
    """
    kept, count = grey_kept(setting, given, tolerance), setting.parent.n_operations
    if kept[count, 0]:  # time reversal itself: M is grey
        setting = restricted(setting, kept[:count], structure)
        return _judged(setting, np.ones((2 * setting.parent.n_operations, setting.space.size), dtype=bool), outputs,
                       tolerance, labelled=True)  # fmt: skip
    if not (is_group(setting.space, kept[:count]) and is_group(setting.space, family(kept))):
        raise InputError(
            "The given fields keep a set of operations that is no group at this tolerance.",
            "Give them with more digits, or change --tolerance.",
        )
    verdict = _judged(setting, kept, outputs, tolerance, labelled=False)
    plain = not turned_by_time(outputs) or not kept[count:].any()
    if verdict.allowed or not plain:
        return verdict if verdict.allowed else replace(verdict, messages=(NO_LABEL,))
    # every output turns under the family group as it does without time: its own irreps serve
    found = judge(restricted(setting, family(kept), structure), outputs, tolerance)
    return replace(
        verdict, order_parameters=found.order_parameters, minimal_sets=found.minimal_sets, messages=found.messages
    )


def _judged(
    setting: GroupSetting, within: BoolArray, outputs: tuple[Field, ...], tolerance: float, *, labelled: bool
) -> Verdict:
    """Verdict for a subgroup `within` (2 g, s) of the grey group of a setting."""
    left = within & grey_kept(setting, outputs, tolerance)
    each = tuple(bool(grey_kept(setting, (field,), tolerance)[within].all()) for field in outputs)
    placed = [place(setting, field) for field in outputs]
    floors = tuple(_floor(one, field, within) for one, field in zip(placed, outputs, strict=True))
    allowed, floor = bool(left.sum() == within.sum()), mean_floor(floors, outputs)
    whole, kept = (symmetry_group(grey_subgroup(setting.space, mask)) for mask in (within, left))
    verdict = Verdict(allowed, floor, floors, each, (), (), (), whole, kept)
    if allowed:
        return verdict
    lost = lost_operations(setting.space, left, within)
    rows = tuple(ForbiddingOperation(kind=kind, axis=axis, count=n) for kind, axis, n in lost)
    verdict = replace(verdict, forbidding=rows)
    if not labelled:
        return verdict
    try:
        parts, isotropy = _active(setting, outputs, placed, tolerance)
    except InputError as error:
        return replace(verdict, messages=(f"The order parameter has no label: {error.message}",))
    sets = best_sets(isotropy)
    entries = irrep_entries(isotropy, sets[0], parts) if sets else ()
    return replace(verdict, order_parameters=entries, minimal_sets=sets)


def _floor(one: PlacedField, field: Field, within: BoolArray) -> float | None:
    """``1 - <y, P_M y> / <y, y>`` with P_M the average over `within`."""
    if not one.squared > 0:
        return None
    overlaps = np.broadcast_to(with_time(one.overlaps(), field.time), within.shape)
    return max(0.0, 1.0 - float(overlaps[within].mean()))


def _active(
    setting: GroupSetting, outputs: tuple[Field, ...], placed: list[PlacedField], tolerance: float
) -> tuple[list[ActivePart], StabiliserTable]:
    """Irreps of the outputs in the grey group: ``m`` in front of those in which time reversal is -1."""
    shape = (2 * setting.parent.n_operations, setting.space.size)
    found = list(parts_that_count(outputs, placed, tolerance))
    names = {odd: IrrepNames(c.irrep for c, _, f in found if f.odd == odd) for odd in (True, False)}
    entries, active = [], []
    for component, one, field in found:
        label = ("m" if field.odd else "") + names[field.odd].of(component.irrep)
        part = ActivePart(label, component, one, field.quantity, field.time)
        active.append(part.active(np.broadcast_to(with_time(part.overlaps(), field.time), shape)))
        entries.append(part)
    return entries, StabiliserTable(setting.space, active, True)
