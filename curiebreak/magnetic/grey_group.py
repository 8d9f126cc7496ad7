"""Subgroups of the grey group G x {1, 1'} as masks (2 g, s), of which the rows g ... 2 g - 1 reverse time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.magnetic.magnetic_names import name_magnetic_group
from curiebreak.results import IsotropySubgroup, Vector3
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.mulliken import schoenflies_symbol
from curiebreak.symmetry.subgroup import Subgroup, kind_and_axis


def with_time(overlaps: FloatArray, time: int) -> FloatArray:
    """``<f, theta {R|t + tau} f>`` over (2 g, s) from those without time reversal; `time` is that of the field."""
    return np.concatenate([overlaps, time * overlaps])


def family(mask: BoolArray) -> BoolArray:
    """The operations (g, s) when time is left aside."""
    count = len(mask) // 2
    return np.asarray(mask[:count] | mask[count:])


def grey_subgroup(space: BlochSpace, mask: BoolArray) -> IsotropySubgroup:
    """Number, symbol, basis and origin of the group when time is left aside, its index in the grey group, its name."""
    count = space.parent.n_operations
    whole = Subgroup(space, family(mask)).described()
    index = mask.size // int(mask.sum())
    if space.parent.is_molecule:
        return replace(whole, point_group=_point_symbol(space, mask), index=index)
    g, tau = np.nonzero(mask)
    thetas = np.where(g < count, 1, -1)
    rotations = space.parent.rotations[g % count]
    translations = space.parent.translations[g % count] + space.translations[tau]
    name = name_magnetic_group(space.parent, space.hnf, rotations, translations, thetas)
    return replace(whole, size=space.size // max(1, int(mask[0].sum())), index=index, magnetic=name)


def _point_symbol(space: BlochSpace, mask: BoolArray) -> str:
    """``D4h1'`` with time reversal itself, ``D4h(C4h)`` where half the operations reverse time, else ``D4h``."""
    count = space.parent.n_operations
    rotations = space.parent.rotations_cartesian
    whole = schoenflies_symbol(rotations[family(mask)[:, 0]])
    if mask[count, 0]:
        return f"{whole}1'"
    if not mask[count:].any():
        return whole
    return f"{whole}({schoenflies_symbol(rotations[mask[:count, 0]])})"


@dataclass(frozen=True, eq=False)
class GreySubgroup(Subgroup):
    """A subgroup of the grey group; in ``mask`` (2 g, s) the second half reverses time."""

    def described(self, *, placed: bool = True) -> IsotropySubgroup:
        """The magnetic group; number, symbol, basis and origin are those of its operations when time is left aside."""
        if not placed:
            return IsotropySubgroup(size=self.size, index=self.index)
        return grey_subgroup(self.space, self.mask)

    @property
    def lost(self) -> list[tuple[str, Vector3 | None, int]]:
        """What of the grey group it lacks."""
        return lost_operations(self.space, self.mask, np.ones_like(self.mask))


def lost_operations(space: BlochSpace, mask: BoolArray, within: BoolArray) -> list[tuple[str, Vector3 | None, int]]:
    """What a subgroup `mask` lacks of the group `within`, both (2 g, s): kind, axis and number.

    A prime stands for time reversal, ``1'`` for it alone, ``t'`` for translations with it. Where 1' is lost, the
    operations that are lost with it because they are kept without it are not listed. ``t`` are translations.
    """
    parent, count = space.parent, space.parent.n_operations
    counts: Counter[tuple[str, Vector3 | None]] = Counter()
    time_lost = bool(within[count, 0] and not mask[count].any())
    for row in np.flatnonzero(within.any(axis=1) & ~mask.any(axis=1)):
        g, primed = row % count, row >= count
        if primed and g and time_lost and mask[g].any():
            continue
        kind, axis = kind_and_axis(parent, int(g))
        # the identity with time reversal: alone, or only after a translation
        alone = "1'" if within[count, 0] else "t'"
        counts[alone if row == count else kind + ("'" if primed else ""), axis] += 1
    rows = [(kind, axis, number) for (kind, axis), number in sorted(counts.items(), key=str)]
    translations = int(within[0].sum()) // int(mask[0].sum()) - 1
    return rows + ([("t", None, translations)] if translations else [])
