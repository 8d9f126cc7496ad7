"""The summary of a series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from os import PathLike
from typing import Any

from curiebreak.arrays import FloatArray
from curiebreak.mapping.pair_summary import parent_summary
from curiebreak.results import matrix, vector, vector3
from curiebreak.results.tracking import DomainFlip, IrrepFlip, TrackedIrrep, TrackedMode, TrackResult
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.tracking.columns import Curves
from curiebreak.tracking.flips import Flip
from curiebreak.tracking.phonon_columns import WHOLE
from curiebreak.tracking.projector import Projector
from curiebreak.tracking.statistics import critical_fits, distributions
from curiebreak.tracking.template import Template
from curiebreak.versions import library_versions

TOGETHER = 2
"""Frames within which flips of several irreps are one flip."""

_UNSEEN = 0.05
"""Part of the squared displacement in irreps that are not followed, above which the reader is told."""


def make_report(
    parent: ParentCrystal,
    template: Template,
    projector: Projector,
    curves: Curves,
    flips: Sequence[Flip],
    *,
    reference: str,
    refused: Counter[str],
    output: str | PathLike[str] | None,
    fit: tuple[str, ...],
    options: dict[str, Any],
    unmet: str | None,
    seconds: float,
) -> TrackResult:
    """Fill in the summary."""
    return TrackResult(
        messages=(*_messages(template, projector, curves), *filter(None, [unmet])),
        versions=library_versions(),
        seconds={"total": round(seconds, 3)},
        options=options,
        parent=parent_summary(parent),
        reference=reference,
        n_atoms=len(template.site),
        supercell_basis=matrix(template.supercell_basis),
        origin_shift=vector3(template.origin_shift),
        size=template.size,
        frames=len(curves.names) + sum(refused.values()),
        used=len(curves.names),
        refused=dict(refused.most_common()),
        columns=curves.columns.all,
        irreps=_irreps(projector, curves),
        phonons=_modes(projector, curves),
        flips=tuple(_grouped(flips, curves)),
        distributions=distributions(curves, projector),
        fits=critical_fits(curves, fit),
        table=None if output is None else str(output),
    )


def _irreps(projector: Projector, curves: Curves) -> tuple[TrackedIrrep, ...]:
    found = []
    for one in projector.irreps:
        amplitudes = curves.of(f"amp_{one.label}")
        found.append(
            TrackedIrrep(
                irrep=one.label,
                kpoint=one.irrep.kpoint,
                components=tuple(i + 1 for i in one.components),
                copies=one.copies,
                **_course(amplitudes),
            )
        )
    return tuple(sorted(found, key=lambda irrep: -irrep.amplitude_largest))


def _course(amplitudes: FloatArray) -> dict[str, float]:
    """An amplitude (T,) at the ends of a series, and its largest."""
    return {
        "amplitude_first": float(amplitudes[0]),
        "amplitude_last": float(amplitudes[-1]),
        "amplitude_largest": float(amplitudes.max()),
    }


def _modes(projector: Projector, curves: Curves) -> tuple[TrackedMode, ...]:
    if projector.phonons is None:
        return ()
    whole = float((curves.of(WHOLE) ** 2).sum())
    found = []
    for one in projector.phonons.modes:
        amplitudes = curves.of(one.name)
        found.append(
            TrackedMode(
                column=one.name,
                irrep=one.label,
                frequency=one.frequency,
                **_course(amplitudes),
                share=float((amplitudes**2).sum()) / whole if whole > 0 else 0.0,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.share))


def _grouped(flips: Sequence[Flip], curves: Curves) -> list[DomainFlip]:
    """Flips of several irreps at about the same frame as one."""
    found = []
    starts: list[int] = []
    for flip in flips:
        starts.append(starts[-1] if starts and flip.frame - starts[-1] <= TOGETHER else flip.frame)
    for frame, group in groupby(zip(starts, flips, strict=True), key=lambda pair: pair[0]):
        irreps = tuple(IrrepFlip(irrep=f.label, before=vector(f.before), after=vector(f.after)) for _, f in group)
        found.append(DomainFlip(frame=int(curves.frames[frame]), name=curves.names[frame], irreps=irreps))
    return found


def _messages(template: Template, projector: Projector, curves: Curves) -> list[str]:
    notes = []
    if projector.phonons is not None and projector.phonons.interpolated:
        notes.append("Wave vectors that the supercell of the force constants does not hold are interpolated.")
    rest = float((curves.of("amp_other") ** 2).sum())
    whole = float((curves.of("rms") ** 2).sum()) * len(template.site) / template.size
    if projector.left_out and rest > _UNSEEN * whole > 0:
        notes.append(
            f"{100 * rest / whole:.0f} % of the squared displacement lies in irreps of the cell that are not followed "
            f"({len(projector.left_out)} of them, column amp_other); --irreps all adds them."
        )
    return notes
