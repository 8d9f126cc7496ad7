"""The finding for a child that equals its parent: no distortion, nothing to train on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curiebreak.discovery.record import structures
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.decompose import shared_blocks
from curiebreak.modes.summaries import symmetry_group
from curiebreak.results import CrossCheck, Finding, Status, matrix
from curiebreak.versions import library_versions


def identical_finding(
    analysis: Analysis, seed: int, device: str, options: dict[str, Any], seconds: dict[str, float]
) -> Finding:
    """``nothing_to_break`` with every loss ``None``: there is no target to be relative to."""
    blocks = shared_blocks(analysis)
    return Finding(
        **blocks,
        versions=library_versions(),
        seconds=seconds,
        options=options,
        input_symmetry=symmetry_group(blocks["isotropy_subgroup"]),
        compression_check=0.0,
        crosscheck=CrossCheck(
            spglib_child=blocks["child"].space_group, exact_primary=(), agrees=not analysis.minimal_sets
        ),
        seed=seed,
        device=device,
        structures=structures(analysis),
        displacements=matrix(analysis.group.field.displacements),
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
