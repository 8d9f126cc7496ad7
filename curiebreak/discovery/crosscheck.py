"""The learned answer beside the exact one, and what the two together are called."""

from __future__ import annotations

from typing import Any

import numpy as np

from curiebreak.discovery.projection import InputCell, ProjectedPart
from curiebreak.discovery.selection import set_text
from curiebreak.magnetic.target_analysis import TargetAnalysis
from curiebreak.modes.analysis import Analysis
from curiebreak.results import CrossCheck, MagneticGroup, SpaceGroup
from curiebreak.results.basic import group_name

SAME_DIRECTION = 0.999
"""Overlap from which learned and exact directions count as the same."""


def tied_sets(analysis: Analysis) -> list[set[str]]:
    """The exact sets of largest share: one, or several within 1 %."""
    return [set(s.labels) for s in analysis.ambiguous_sets] or [set(analysis.primary)]


def crosscheck(
    analysis: Analysis,
    parts: list[ProjectedPart],
    labels: tuple[str, ...],
    blocks: dict[str, Any],
    group: str | None = None,
) -> CrossCheck:
    """Compare the learned input, projected, with the exact decomposition and with spglib.

    `group` says how the group that the learner found for itself differs from the exact one, where it does.
    """
    exact = analysis.primary
    overlaps = {label: InputCell(analysis).direction_overlap(parts, label) for label in labels}
    reasons = []
    if set(labels) not in tied_sets(analysis):
        reasons.append(f"learned {set_text(labels)}, exact {set_text(exact)}")
    for label, overlap in overlaps.items():
        if overlap < SAME_DIRECTION:
            reasons.append(f"the direction of {label} overlaps by {overlap:.4f} only")
    if not np.array_equal(InputCell(analysis).stabiliser(parts), analysis.child_operations):
        reasons.append("the learned input does not have the symmetry of the child")
    reasons += [group] if group else []
    reasons += spglib_reasons(analysis, blocks)
    return CrossCheck(
        spglib_child=blocks["child"].space_group,
        exact_primary=exact,
        agrees=not reasons,
        overlaps=overlaps,
        reason="; ".join(reasons) or None,
        share_learned=analysis.isotropy.share(labels),
        share_exact=analysis.isotropy.share(exact),
    )


def spglib_reasons(analysis: Analysis, blocks: dict[str, Any]) -> list[str]:
    """How spglib's group of the child differs from the isotropy subgroup of the distortion."""
    by_spglib, own = blocks["child"].space_group, blocks["isotropy_subgroup"]
    if isinstance(analysis, TargetAnalysis):  # spglib sees no fields
        return []
    if own.magnetic is not None:
        return _magnetic_reasons(by_spglib, own.magnetic)
    if analysis.parent.is_molecule or (by_spglib is not None and by_spglib.number == own.number):
        return []
    name = "nothing" if by_spglib is None else by_spglib.symbol
    return [f"spglib finds {name} for the child, the isotropy subgroup is {own.symbol}"]


def _magnetic_reasons(by_spglib: SpaceGroup | None, own: MagneticGroup) -> list[str]:
    """The same for the group of atoms and moments with time reversal."""
    found = None if by_spglib is None else by_spglib.magnetic
    if found is not None and found.bns_number == own.bns_number:
        return []
    name = group_name(found, "no magnetic group")
    return [f"spglib finds {name} for atoms and moments, the exact group is {group_name(own)}"]
