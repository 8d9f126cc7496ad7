"""What the exact side says of fields that are a target, in the words of a result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from curiebreak.magnetic.target_analysis import CellTarget, TargetAnalysis
from curiebreak.mapping.pair_summary import child_summary, parent_summary, placement
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.entries import stated
from curiebreak.results import IrrepEntry, LostOperation, Role, Status, vector


def target_blocks(analysis: TargetAnalysis) -> dict[str, Any]:
    """The blocks that every result about one pair holds, for fields without a distortion or with time parity."""
    distorted = analysis.distorted
    sets, parent, tied = analysis.minimal_sets, analysis.parent, analysis.tied("fields")
    status, messages = Status.AMBIGUOUS if tied else Status.OK, [*parent.structure.messages]
    if distorted:
        messages += [*analysis.distortion.child.messages, *analysis.distortion.messages]
        messages += [notice.text for notice in analysis.group.notices]
    if not sets:
        status = Status.NOTHING_TO_BREAK
        messages.append("The parent keeps every field: nothing has to be broken.")
    messages += [*tied, *analysis.messages]
    lost = analysis.child_group.lost
    return {
        "status": status,
        "messages": tuple(messages),
        "parent": parent_summary(parent),
        "child": child_summary(analysis.distortion.child, 0.01),
        "mapping": placement(analysis.distortion),
        "primary": analysis.primary,
        "minimal_sets": tuple(s.labels for s in sets),
        "isotropy_subgroup": analysis.child_group.described(),
        "lost_operations": tuple(LostOperation(kind=kind, axis=axis, count=n) for kind, axis, n in lost),
        "index": analysis.child_group.split,
    }


def target_entry(analysis: TargetAnalysis, mode: ActiveIrrep, one: CellTarget, role: Role) -> IrrepEntry:
    """One entry of ``irreps`` or ``order_parameters``: amplitudes in the unit of the field."""
    amplitude = float(np.sqrt(mode.squared)) / one.scale
    total = sum(m.squared for m in analysis.modes if m.kind == mode.kind)
    everywhere = one.field.per == "global"
    return replace(
        stated(mode, role, analysis, total),
        kind="field",
        components=vector(mode.canonical.components / one.scale),
        amplitude_supercell=amplitude,
        amplitude_parent=amplitude if everywhere else amplitude / float(np.sqrt(analysis.space.size)),
        isotropy_subgroup=analysis.subgroup(mode.fixes).described(),
        target=one.field.name,
    )
