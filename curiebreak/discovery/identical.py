"""Findings without a network: a child that equals its parent, and runs stopped before there was one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curiebreak.discovery.crosscheck import spglib_reasons
from curiebreak.discovery.drawn_fields import moments_of, structures
from curiebreak.discovery.exact_words import pair_blocks
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.mode_fields import IrrepFieldTable
from curiebreak.results import CrossCheck, Finding, Status, matrix
from curiebreak.symmetry.subgroup import symmetry_group
from curiebreak.versions import library_versions


def identical_finding(
    analysis: Analysis, seed: int, device: str, options: dict[str, Any], seconds: dict[str, float]
) -> Finding:
    """``nothing_to_break`` with every loss ``None``: there is no target to be relative to."""
    blocks = pair_blocks(analysis)
    reasons = spglib_reasons(analysis, blocks)
    reasons += ["nothing was learned, but the distortion has minimal sets"] if analysis.minimal_sets else []
    return Finding(
        **blocks,
        versions=library_versions(),
        seconds=seconds,
        options=options,
        input_symmetry=symmetry_group(blocks["isotropy_subgroup"]),
        compression_check=0.0,
        crosscheck=CrossCheck(
            spglib_child=blocks["child"].space_group,
            exact_primary=analysis.primary,
            agrees=not reasons,
            reason="; ".join(reasons) or None,
        ),
        seed=seed,
        device=device,
        structures=structures(analysis),
        displacements=matrix(analysis.group.field.displacements),
        moments=moments_of(analysis),
        mode_fields=IrrepFieldTable(analysis).fields(),
    )


def interrupted_finding(
    analysis: Analysis, seed: int, device: str, options: dict[str, Any], seconds: dict[str, float]
) -> Finding:
    """What is known exactly when a run is stopped before the network exists."""
    known = identical_finding(analysis, seed, device, options, seconds)
    return replace(
        known,
        status=Status.INTERRUPTED,
        primary=(),
        alternatives=known.minimal_sets,
        compression_check=None,
        crosscheck=None,
        input_symmetry=None,
    )
