"""Several parents of one child, learned: which needs the smaller order parameter."""

from __future__ import annotations

import re
from math import sqrt

from curiebreak.results import Finding
from curiebreak.results.basic import group_symbol
from curiebreak.results.parents import ParentSearch, ParentTrial


def trial(search: ParentSearch, rank: int, finding: Finding) -> ParentTrial:
    """What a finding for the candidate of this rank (from 1) says of its order parameter."""
    one = search.candidates[rank - 1]
    primary = list({(e.irrep, e.kind): e for e in finding.order_parameters if e.role == "primary"}.values())
    letters = [len(set(re.findall(r"[a-z]", entry.direction or ""))) for entry in primary]
    lengths = [float(entry.amplitude_supercell or 0.0) for entry in primary if entry.kind == "displacement"]
    check = finding.crosscheck
    return ParentTrial(
        rank=rank,
        number=one.number,
        symbol=group_symbol(one),
        index=one.index,
        score=one.score,
        rms=one.rms,
        primary=finding.primary,
        numbers=sum(letters),
        order_parameter=sqrt(sum(length**2 for length in lengths)),
        loss_without_input=finding.loss_without_input,
        floor_without_input=finding.floor_without_input,
        loss=finding.loss,
        floor=finding.floor,
        agrees=None if check is None else check.agrees,
        status=finding.status.value,
    )
