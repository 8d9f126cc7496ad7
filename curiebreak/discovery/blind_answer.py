"""``find --blind``: the answer of a training that is told nothing, named and set beside the other."""

from __future__ import annotations

import time
from dataclasses import replace

from curiebreak.clock import Progress
from curiebreak.discovery.posing import blind_problem
from curiebreak.discovery.projection import InputCell
from curiebreak.discovery.selection import set_text
from curiebreak.learning.blind import recover_blind
from curiebreak.learning.outcome import LearningOptions
from curiebreak.learning.own_group import OwnGroup
from curiebreak.learning.problem import Problem
from curiebreak.modes.analysis import Analysis, cell_field
from curiebreak.results import Blind, SymmetryGroup
from curiebreak.symmetry.cell_operations import cell_operations
from curiebreak.symmetry.mulliken import schoenflies_symbol
from curiebreak.symmetry.naming import name_operations

VISIBLE = 1e-3
"""Parts of the squared input below this are what scatter makes of it."""


def blind(analysis: Analysis, told: Problem, options: LearningOptions, progress: Progress) -> Blind:
    """Train without the child's group, the average over it, or a decomposition of the inputs.

    Parameters
    ----------
    analysis : Analysis
        Supplies the distortion as mapped; names what was learned at the end.
    told : Problem
        Says which kinds of change count.
    options : LearningOptions
    progress : callable
    """
    begun = time.perf_counter()
    problem = blind_problem(cell_field(analysis.distortion), told)
    found = recover_blind(problem, replace(options, seeds=options.seeds or 1), progress)
    recovery, emerged = found.recovery, found.emerged
    parts = InputCell(analysis).project(recovery.inputs)
    total = sum(p.squared for p in parts)
    labels = tuple(sorted({p.label for p in parts if p.squared > VISIBLE * total}))
    return Blind(
        loss=recovery.loss,
        labels=labels,
        input_symmetry=_named(analysis, emerged),
        seconds=time.perf_counter() - begun,
        loss_strain=recovery.loss_strain,
        reached=recovery.status == "converged",
        tolerance=found.tolerance,
        operations_kept=len(emerged.rotations),
        operations_tried=len(emerged.asymmetry),
        largest_kept=emerged.largest_kept,
        smallest_broken=emerged.smallest_broken,
        scatter=found.scatter,
        rows=found.rows,
        inputs=found.inputs,
    )


def blind_messages(found: Blind, labels: tuple[str, ...], operations: int | None) -> list[str]:
    """Where the blind answer differs from the other; `operations` of the child where both count on one cell."""
    messages = []
    if not found.reached:
        messages.append("The blind training did not reach the child.")
    elif set(found.labels) != set(labels):
        ends = f"{set_text(found.labels)}, the other with {set_text(sorted(labels))}"
        messages.append(f"The blind training ended with {ends}.")
    if operations is not None and found.operations_kept != operations:
        messages.append(f"The blind input keeps {found.operations_kept} operations, the child {operations}.")
    return messages


def _named(analysis: Analysis, emerged: OwnGroup) -> SymmetryGroup:
    """Name of the group of the operations that the input keeps."""
    parent = analysis.parent
    if parent.is_molecule:
        return SymmetryGroup(point_group=schoenflies_symbol(emerged.rotations))
    field = cell_field(analysis.distortion)
    known = cell_operations(field)
    kept = known.select(emerged.holds(known.rotations(), known.permutations))
    translations = parent.translations[kept.operation] + kept.space.translations[kept.translation]
    name = name_operations(parent, field.cell, parent.rotations[kept.operation], translations)
    return SymmetryGroup() if name is None else SymmetryGroup(number=name.number, symbol=name.symbol)
