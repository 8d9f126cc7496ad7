"""What every result about an analysed pair says: its structures, map, minimal sets, groups and messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from curiebreak.mapping.pair_summary import child_summary, parent_summary, placement
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.polarisation import ChildPolarisation
from curiebreak.modes.tilts import OctahedralTilts, compound_messages
from curiebreak.results import LadderRung, LostOperation, Status, StructureSummary
from curiebreak.symmetry.child_group import ChildGroup
from curiebreak.symmetry.mulliken import schoenflies_symbol
from curiebreak.symmetry.origin_shifts import equivalent_origins

SPGLIB_TOLERANCE = 0.01
"""Å; what spglib is given where the ladder has no rung near it: enough for cells printed with three decimals."""


def shared_blocks(analysis: Analysis) -> dict[str, Any]:
    """The blocks that every result about one pair holds."""
    sets, whole = analysis.minimal_sets, analysis.without_given
    tied = analysis.tied("distortion", partial(_member, analysis.modes))
    status = Status.AMBIGUOUS if tied or analysis.group.is_doubted else Status.OK
    messages = [*analysis.distortion.parent.structure.messages, *analysis.distortion.child.messages]
    notices = analysis.group.notices
    messages += [*analysis.distortion.messages, *(notice.text for notice in notices)]
    symprec = tolerance_used(analysis.group)
    parent, child = parent_summary(analysis.parent), child_summary(analysis.distortion.child, symprec)
    if not sets:
        status = Status.NOTHING_TO_BREAK
        messages.append(
            f"The child has every operation of the parent; {_reverse(parent, child)}."
            if whole is analysis
            else "The child has every operation that the given fields leave: they say enough."
        )
    messages += tied
    if not analysis.isotropy.all_sets:
        messages.append(f"There are more minimal sets than the {len(sets)} of largest share that are listed.")
    messages += _origin_messages(whole)
    tilted = OctahedralTilts(analysis).glazer()
    messages += compound_messages(tilted)
    lost = tuple(LostOperation(kind=kind, axis=axis, count=n) for kind, axis, n in whole.child_group.lost)
    mapped = placement(analysis.distortion)
    return {
        "status": status,
        "messages": tuple(messages),
        "notices": notices,
        "parent": parent,
        "child": child,
        "mapping": replace(mapped, size=analysis.space.size, residual_rms=analysis.group.residual_rms),
        "primary": analysis.primary,
        "minimal_sets": tuple(s.labels for s in sets),
        "isotropy_subgroup": whole.child_group.described(),
        "tolerance_ladder": ladder(analysis.group),
        "glazer": tilted,
        "lost_operations": lost,
        "index": whole.child_group.split,
        "polarisation": ChildPolarisation(whole).described(),
    }


def _reverse(above: StructureSummary, below: StructureSummary) -> str:
    """What there is to break where parent and child change places."""
    equal = all(getattr(above, name) == getattr(below, name) for name in ("space_group", "point_group", "n_atoms"))
    other = "the reverse direction"
    return f"{other} breaks nothing either" if equal else f"{other} may have something to break: swap the two to see"


def _member(modes: Sequence[ActiveIrrep], label: str) -> str:
    """Name of a member of a set, marked where nothing but the strain holds it."""
    kinds = {m.kind for m in modes if m.label == label and m.counts}
    return f"{label} (strain)" if kinds == {"strain"} else label


def _origin_messages(analysis: Analysis) -> list[str]:
    messages = []
    parent = analysis.parent
    if not parent.is_molecule and not parent.setting_is_own:
        shift = ", ".join(f"{x:.4g}" for x in parent.to_standard.shift + 0.0)
        messages.append(
            "The parent's file is not in the standard setting; labels refer to the standard conventional "
            f"cell, x_std = T x_file + ({shift})."
        )
    if parent.number is not None and equivalent_origins(parent.number).polar_axes:
        messages.append(
            "The parent is polar: its origin may be moved along the polar axis; labels do not depend on it."
        )
    kept = parent.rotations_cartesian[analysis.child_operations.any(axis=1)].mean(axis=0)
    if np.abs(np.linalg.eigvalsh(kept + kept.T)).max() > 1e-6:  # the average of a polar group keeps a vector
        messages.append("The child is polar: the mean displacement of all atoms was removed (AMPLIMODES' convention).")
    return messages


def tolerance_used(group: ChildGroup) -> float:
    """Å at which spglib looks at the child: above the chosen rung, below the next one."""
    chosen = max(group.tolerance, group.field.resolution.position)
    above = [r.tolerance for r in group.ladder if r.tolerance > group.tolerance + 1e-9]
    # above the chosen rung with room, and below the middle to the next
    wanted = max(SPGLIB_TOLERANCE, 2.0 * chosen)
    return min(wanted, 0.5 * (group.tolerance + above[0])) if above else wanted


def ladder(group: ChildGroup) -> tuple[LadderRung, ...]:
    """The child's group against tolerance."""
    rungs = []
    for rung in group.ladder:
        number, symbol = (None, None) if rung.name is None else (rung.name.number, rung.name.symbol)
        point_group = schoenflies_symbol(rung.rotations) if group.field.parent.is_molecule else None
        rungs.append(
            LadderRung(tolerance=round(rung.tolerance, 9), number=number, symbol=symbol, point_group=point_group)
        )
    return tuple(rungs)
