"""What the exact side says of a pair, in the words of a result: of a distortion, or of a magnetic structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from curiebreak.magnetic.grey_analysis import GreyAnalysis
from curiebreak.magnetic.magnetic_document import magnetic_decomposition
from curiebreak.magnetic.magnetic_entries import MagneticIrrepTable
from curiebreak.magnetic.spglib_group import group_by_spglib
from curiebreak.magnetic.target_analysis import TargetAnalysis
from curiebreak.magnetic.target_document import target_blocks, target_entry
from curiebreak.modes.active import ActiveIrrep
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.couplings import coupling_text, drivers
from curiebreak.modes.entries import IrrepTable
from curiebreak.modes.pair_blocks import shared_blocks
from curiebreak.results import IrrepEntry, Role

_BLOCKS = (
    "status", "messages", "parent", "child", "mapping", "primary", "minimal_sets", "isotropy_subgroup",
    "tolerance_ladder", "lost_operations", "index",
)  # fmt: skip


def pair_blocks(analysis: Analysis) -> dict[str, Any]:
    """The blocks that every result about one pair holds; the group of the child is the one that spglib finds."""
    if isinstance(analysis, TargetAnalysis) and (analysis.grey or not analysis.distorted):
        return target_blocks(analysis)
    if not isinstance(analysis, GreyAnalysis):
        blocks = shared_blocks(analysis)
        own = analysis.messages if isinstance(analysis, TargetAnalysis) else ()
        return blocks | {"messages": (*blocks["messages"], *own)}
    whole = magnetic_decomposition(analysis.own)
    child = replace(whole.child, space_group=group_by_spglib(analysis.own))
    return {name: getattr(whole, name) for name in _BLOCKS} | {"child": child}


def irrep_entry(analysis: Analysis, mode: ActiveIrrep, role: Role) -> IrrepEntry:
    """Entry of one irrep of the crystal."""
    if isinstance(analysis, GreyAnalysis):
        return MagneticIrrepTable(analysis).entry(mode, role)
    if isinstance(analysis, TargetAnalysis) and (one := analysis.target_of(mode)) is not None:
        return target_entry(analysis, mode, one, role)
    return IrrepTable(analysis).entry(mode, role)


def couplings_to(analysis: Analysis, labels: tuple[str, ...]) -> Callable[[ActiveIrrep], str | None]:
    """By what each irrep follows from those with these labels."""
    if isinstance(analysis, TargetAnalysis) and analysis.grey:
        return lambda mode: None
    return partial(coupling_text, drivers(analysis, labels))
