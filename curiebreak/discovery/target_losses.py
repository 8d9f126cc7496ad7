"""Fields that were a target, with what training reached and what symmetry allows."""

from __future__ import annotations

from typing import Any

import numpy as np

from curiebreak.learning.outcome import Fit, Recovery
from curiebreak.magnetic.target_analysis import TargetAnalysis
from curiebreak.modes.analysis import Analysis
from curiebreak.results import TargetResult
from curiebreak.symmetry.tensors import field_parts


def target_results(without: Fit, recovery: Fit | Recovery, analysis: Analysis, mask: Any) -> tuple[TargetResult, ...]:
    """Each field that is a target with its losses and floors.

    Parameters
    ----------
    without : Fit
        Trained without input.
    recovery : Fit or Recovery
        Trained with it.
    analysis : Analysis
    mask : ndarray
        Operations that the input leaves.
    """
    if not isinstance(analysis, TargetAnalysis):
        return ()
    table, nothing = analysis.stabilisers, analysis.isotropy.stabiliser(())
    found = []
    for number, one in enumerate(analysis.targets):
        bare, told = (x.loss_fields[number] if x.loss_fields else None for x in (without, recovery))
        parts = field_parts(one.field)
        found.append(
            TargetResult(
                name=one.field.name,
                text=one.text,
                kind=one.field.kind,
                per=one.field.per,
                time_parity=one.field.time,
                o3_irreps=tuple(p.name + ("-" if one.field.odd else "") for p in parts),
                norm=float(np.linalg.norm(one.field.values)),
                loss_without_input=bare,
                floor_without_input=table.floor_of(one.kind, nothing),
                loss=told,
                floor=table.floor_of(one.kind, mask),
            )
        )
    return tuple(found)
