"""Results of runs that were stopped before the child was mapped: what they were asked, without a library loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curiebreak.results.basic import Status
from curiebreak.results.blocks import StructureSummary
from curiebreak.results.certification import Certification
from curiebreak.results.documents import Finding
from curiebreak.versions import library_versions

UNMAPPED = "The run was stopped before the child was mapped onto the parent."


def unmapped_finding(
    parent: Any, child: Any, seed: int, device: str, options: dict[str, Any], seconds: dict[str, float]
) -> Finding:
    """All that a run can say that was stopped before the child was mapped: what it was asked."""
    return Finding(
        status=Status.INTERRUPTED,
        messages=(UNMAPPED,),
        versions=library_versions(),
        seconds=seconds,
        options=options,
        parent=_unread(parent),
        child=_unread(child),
        seed=seed,
        device=device,
    )


def unmapped_certification(parent: Any, child: Any, inputs: Sequence[str], seed: int, device: str) -> Certification:
    """The same for ``certify``."""
    return Certification(
        status=Status.INTERRUPTED,
        messages=(UNMAPPED,),
        versions=library_versions(),
        options={"inputs": list(inputs), "seed": seed},
        parent=_unread(parent),
        child=_unread(child),
        seed=seed,
        device=device,
    )


def _unread(source: Any) -> StructureSummary:
    path = str(source) if isinstance(source, (str, Path)) else getattr(source, "path", None)
    return StructureSummary(path=path, formula="", n_atoms=0)
