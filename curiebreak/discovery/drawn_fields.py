"""What reports draw: structures, the learned input atom by atom, the course of the training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.discovery.projection import InputCell, ProjectedPart
from curiebreak.fields import usual_components
from curiebreak.learning.breaking import GLOBAL, Carrier
from curiebreak.learning.learner import Learner, Recovery
from curiebreak.learning.training import Point
from curiebreak.magnetic.grey_analysis import GreyAnalysis
from curiebreak.mapping.pair_summary import structure_data
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.mode_fields import IrrepFieldTable
from curiebreak.results import InputField, InputPart, Matrix, Snapshot, Structures, Trace, matrix
from curiebreak.results.basic import parity

NEGLIGIBLE = 1e-12
"""Inputs below this part of the largest are not recorded."""


def structures(analysis: Analysis) -> Structures:
    """Parent as read, parent in the child's cell, child as read."""
    return Structures(
        parent=structure_data(analysis.parent.structure),
        undistorted=IrrepFieldTable(analysis).undistorted(),
        child=structure_data(analysis.distortion.child),
    )


def moments_of(analysis: Analysis) -> Matrix:
    """Moments on the atoms of the child's primitive cell, μB; empty where there are none."""
    return matrix(analysis.own.field.moments) if isinstance(analysis, GreyAnalysis) else ()


def breaking_input(
    analysis: Analysis, inputs: Mapping[Carrier, FloatArray], parts: Sequence[ProjectedPart] = ()
) -> tuple[InputField, ...]:
    """The input on each carrier that holds something, m in the usual convention; with its parts by irrep."""
    largest = max((float(np.abs(v).max(initial=0.0)) for v in inputs.values()), default=0.0)
    found = []
    for carrier, values in inputs.items():
        if float(np.abs(values).max(initial=0.0)) <= NEGLIGIBLE * largest:
            continue
        rows = usual_components(carrier.degree, np.atleast_2d(values))
        atoms: tuple[int, ...] = ()
        if carrier.site != GLOBAL:
            chosen = np.flatnonzero(analysis.group.field.on_site(carrier.site))
            atoms, rows = tuple(int(i) for i in chosen), rows[chosen]
        found.append(
            InputField(
                site=carrier.site,
                l=carrier.degree,
                parity=carrier.letter,
                atoms=atoms,
                values=matrix(rows),
                parts=tuple(
                    InputPart(irrep=part.label, values=matrix(usual_components(carrier.degree, part.values)))
                    for part in parts
                    if part.carrier == carrier
                ),
                time_parity=parity(carrier.time),
            )
        )
    return tuple(found)


def trace(analysis: Analysis, learner: Learner, recovery: Recovery, names: Callable[[int], str]) -> Trace:
    """Loss and norms of the blocks step by step; the network's input and output at start and end, and in between."""
    steps = recovery.trace.steps
    blocks, kept = _blocks(learner, recovery, names)
    snapshots = []
    first = next((step for step, event in recovery.trace.marks if event.fate == "kept"), len(steps) // 2)
    for name, point in recovery.trace.snapshots:
        step = {"start": 0, "middle": first}.get(name, max(len(steps) - 1, 0))
        snapshots.append(_snapshot(learner, analysis, step, point))
    norms = [() if s["blocks"] is None else tuple(float(s["blocks"][k]) for k in kept) for s in steps]
    return Trace(
        phase=tuple(str(s["phase"]) for s in steps),
        loss=tuple(float(s["loss"]) for s in steps),
        blocks=blocks,
        block_norms=tuple(norms),
        snapshots=tuple(snapshots),
    )


def _snapshot(learner: Learner, analysis: Analysis, step: int, point: Point) -> Snapshot:
    """Input and output of the network at one step of its training."""
    output = learner.predict(at=point)
    values = np.zeros((0, 3)) if output.displacements is None else InputCell(analysis).own_cell(output.displacements)
    inputs = learner.space.arrays(point.inputs.numpy(force=True))
    return Snapshot(
        step=step,
        displacements=matrix(values),
        breaking_input=breaking_input(analysis, inputs),
        moments=() if output.moments is None else matrix(output.moments),
    )


def _blocks(learner: Learner, recovery: Recovery, name: Callable[[int], str]) -> tuple[tuple[str, ...], list[int]]:
    """Names, carrier and irrep, and numbers of the blocks that held something at some time."""
    recorded = [step["blocks"] for step in recovery.trace.steps if step["blocks"] is not None]
    space = learner.space
    held = np.flatnonzero(np.array(recorded).any(axis=0)).tolist() if recorded else []
    names = []
    for block in (space.blocks()[k] for k in held):
        carrier = space.carriers[int(space.carrier[block[0]])]
        names.append(f"{carrier.name} {name(int(space.component[block[0]]))}")
    return tuple(names), held
