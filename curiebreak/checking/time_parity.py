"""Check with time reversal: fields that change sign under it, and groups that hold operations with it.

The input's atoms keep the grey group G x {1, 1'}: every operation of G, with and without time reversal. Given fields
leave a subgroup M of it. An output y of time parity t is allowed if ``theta^t D(g) y = y`` for all (g, theta) of M.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from curiebreak.arrays import BoolArray
from curiebreak.checking.finite import (
    GroupSetting,
    PlacedField,
    grey_kept,
    judge,
    labelled,
    place,
    require_groups,
    restricted,
)
from curiebreak.checking.verdict import Verdict, mean_floor
from curiebreak.magnetic.grey_group import family, grey_subgroup, lost_operations, with_time
from curiebreak.results.check import ForbiddingOperation
from curiebreak.structures import Structure
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.subgroup import symmetry_group

NO_LABEL = (
    "The order parameter has no label: the given fields leave operations that hold only with time reversal, and there "
    "are no tables for outputs that are odd under it."
)


def turned_by_time(fields: Sequence[Field]) -> bool:
    """Whether time reversal changes any of these fields."""
    return any(field.odd for field in fields)


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
        return _judged(setting, np.concatenate([setting.whole, setting.whole]), outputs, tolerance, grey=True)
    require_groups(setting, kept[:count], family(kept))
    verdict = _judged(setting, kept, outputs, tolerance, grey=False)
    if verdict.allowed:
        return verdict
    if turned_by_time(outputs) and kept[count:].any():
        return replace(verdict, messages=(NO_LABEL,))
    # every output turns under the family group as it does without time: its own irreps serve
    found = judge(restricted(setting, family(kept), structure), outputs, tolerance)
    return replace(
        verdict, order_parameters=found.order_parameters, minimal_sets=found.minimal_sets, messages=found.messages
    )


def _judged(
    setting: GroupSetting, within: BoolArray, outputs: tuple[Field, ...], tolerance: float, *, grey: bool
) -> Verdict:
    """Verdict for a subgroup `within` (2 g, s) of the grey group of a setting."""
    left = within & grey_kept(setting, outputs, tolerance)
    each = tuple(bool(grey_kept(setting, (field,), tolerance)[within].all()) for field in outputs)
    placed = [place(setting, field) for field in outputs]
    floors = tuple(_floor(one, field, within) for one, field in zip(placed, outputs, strict=True))
    whole, kept = (symmetry_group(grey_subgroup(setting.space, mask)) for mask in (within, left))
    verdict = Verdict(bool(left.sum() == within.sum()), mean_floor(floors, outputs), floors, each, whole, kept)
    if verdict.allowed:
        return verdict
    lost = lost_operations(setting.space, left, within)
    rows = tuple(ForbiddingOperation(kind=kind, axis=axis, count=n) for kind, axis, n in lost)
    verdict = replace(verdict, forbidding=rows)
    return labelled(verdict, setting, outputs, placed, tolerance, within) if grey else verdict


def _floor(one: PlacedField, field: Field, within: BoolArray) -> float | None:
    """``1 - <y, P_M y> / <y, y>`` with P_M the average over `within`."""
    if not one.squared > 0:
        return None
    overlaps = np.broadcast_to(with_time(one.overlaps(), field.time), within.shape)
    return max(0.0, 1.0 - float(overlaps[within].mean()))
