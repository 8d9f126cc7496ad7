"""Search over supercells, origins and pairings for the map of least distortion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.mapping.consistency import (
    ChildOperations,
    is_subgroup,
    is_supergroup,
    parent_operations,
    repaired,
)
from curiebreak.mapping.distortion import polar_decomposition
from curiebreak.mapping.frame import ParentFrame, SuperFrame
from curiebreak.mapping.lattices import CellMatch, Crystal, matching_cells
from curiebreak.mapping.pairing import Pairing, pair, ranked_origins

STRAIN_STAGES = (0.04, 0.08, 0.15)
"""Largest principal strain tried, stage by stage."""

LAST_STRAIN = 0.30
"""Largest principal strain tried when the stages give no map; only group-subgroup maps count there."""

_ORIGINS = 48
_WORK = 5000
"""Origins times atoms that one ranking may cost."""

_TRIED_ORIGINS = 6
_MAX_CELLS = 60
_OTHER_CELLS = 8
NEAR = 1.05
"""Up to this part of the best map's cost another one is near: which of them is right, the structures hardly say."""
LEAST_STRAIN = 1e-6
"""By which the strains of two cells differ that are not one cell in two orientations."""
_INVARIANCE = 3.0
"""Times the tolerance of the child's group: what counts as invariant under the parent's group."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A pairing in one supercell with its cost.

    ``relation`` is "subgroup", "supergroup" or "none" (the child's group against the parent's).
    """

    child: Crystal
    super_frame: SuperFrame
    pairing: Pairing
    rms_strain: float
    cost: float
    relation: str

    def is_domain_of(self, other: Candidate) -> bool:
        """Whether cost and strain are those of another one, as in each domain of one map."""
        near = abs(self.cost - other.cost) <= 1e-6 + 1e-3 * other.cost
        return near and abs(self.rms_strain - other.rms_strain) <= LEAST_STRAIN


@dataclass
class SearchResult:
    """What a search met: the best usable map, the next ones, and how far it got."""

    best: Candidate | None = None
    others: list[Candidate] = field(default_factory=list)
    n_cells: int = 0
    spare: int = 4

    def worth(self, bound: float) -> bool:
        """Whether a cell or origin whose cost is at least `bound` should be tried.

        What cannot be the best map is still tried a few times, to report a runner-up, or one that is as near.
        """
        if self.best is None or bound < self.best.cost - 1e-9:
            return True
        other = self.runner_up
        if self.spare == 0 or (other is not None and bound > min(NEAR * self.best.cost, other.cost - 1e-9)):
            return False
        self.spare -= 1
        return True

    @property
    def runner_up(self) -> Candidate | None:
        """Next best candidate that is not the best one in another domain."""
        if self.best is None:
            return None
        others = [c for c in self.others if not c.is_domain_of(self.best)]
        return min(others, key=lambda c: c.cost, default=None)

    def add(self, candidate: Candidate) -> None:
        """Keep the candidate in its place."""
        usable = candidate.relation != "none"
        left: Candidate | None = candidate
        if usable and candidate.cost < self.cost - 1e-9:
            self.best, left = candidate, self.best
        if left is not None:
            self.others.append(left)

    @property
    def cost(self) -> float:
        """Of the best map; infinite where there is none."""
        return np.inf if self.best is None else self.best.cost

    @property
    def least(self) -> Candidate | None:
        """Candidate of least cost, usable or not."""
        every = [*self.others, *([self.best] if self.best else [])]
        return min(every, key=lambda c: c.cost, default=None)


def strain_cost(frame: ParentFrame, rms_strain: float) -> float:
    """Strain as a squared displacement: ``(0.5 (V/atom)^(1/3) rms_strain)^2`` in Å^2."""
    return float((0.5 * frame.volume_per_atom ** (1 / 3) * rms_strain) ** 2)


def search(frame: ParentFrame, child: Crystal, group: ChildOperations) -> SearchResult:
    """Least-distortion map of a child whose primitive cell holds whole parent cells, or the reverse.

    Parameters
    ----------
    frame : ParentFrame
    child : Crystal
        Primitive.
    group : ChildOperations
        Its operations.
    """
    result = SearchResult()
    tried = 0
    skipped: list[tuple[Crystal, CellMatch]] = []
    for lower, tolerance in pairwise((-1.0, *STRAIN_STAGES)):
        # the strain alone costs more than the best map: later stages cannot win
        if not result.worth(strain_cost(frame, max(lower, 0.0) / 3**0.5)):
            break
        for crystal, match in _cells(frame, child, tolerance):
            if match.strain <= lower:
                continue
            result.n_cells += 1
            if not result.worth(strain_cost(frame, match.rms_strain)):
                break
            operations = _operations(frame, group, crystal, match)
            if operations is None:
                skipped.append((crystal, match))
            elif tried < _MAX_CELLS:
                tried += 1
                _try_cell(result, frame, crystal, match, group, operations)
    _try_others(result, frame, group, skipped)
    return result


def try_large_strains(result: SearchResult, frame: ParentFrame, child: Crystal, group: ChildOperations) -> None:
    """Cells between the last stage and `LAST_STRAIN`, as long as the child's group lies in the parent's.

    Parameters
    ----------
    result : SearchResult
        Of a search that found no map; what is met here is added.
    frame, child, group
        As in :func:`search`.
    """
    tried = 0
    for crystal, match in _cells(frame, child, LAST_STRAIN):
        if match.strain <= STRAIN_STAGES[-1]:
            continue
        operations = _operations(frame, group, crystal, match)
        if operations is None:
            continue
        if tried == _MAX_CELLS or not result.worth(strain_cost(frame, match.rms_strain)):
            break
        result.n_cells += 1
        tried += 1
        _try_cell(result, frame, crystal, match, group, operations)


def _cells(frame: ParentFrame, child: Crystal, tolerance: float) -> Iterator[tuple[Crystal, CellMatch]]:
    """Cells of equal content: supercells of the parent, or of the child when that is smaller."""
    ours, theirs = len(frame.frac), len(child.frac)
    proper = frame.rotations[frame.proper]
    # whole parent cells in the child's, or the reverse for a child of higher translation symmetry
    if theirs % ours == 0:
        for match in matching_cells(frame.lattice, proper, child.lattice, theirs // ours, tolerance):
            yield child, match
    elif ours % theirs == 0:
        own = np.eye(3, dtype=np.int64)
        for match in matching_cells(child.lattice, own[None], frame.lattice, ours // theirs, tolerance):
            yield child.enlarged(match.cell), CellMatch(own, match.strain, match.rms_strain)


def _operations(frame: ParentFrame, group: ChildOperations, crystal: Crystal, match: CellMatch) -> IntArray | None:
    if crystal.multiplicity > 1:
        return None
    return parent_operations(frame, group, match.cell)


def _try_cell(
    result: SearchResult,
    frame: ParentFrame,
    child: Crystal,
    match: CellMatch,
    group: ChildOperations,
    operations: IntArray,
) -> None:
    """Pair in one supercell; among pairings that are no subgroup, pair again under the group."""
    super_frame = SuperFrame(frame, match.cell)
    extra = strain_cost(frame, match.rms_strain)
    origins, scores = ranked_origins(frame, child, match.cell, _origin_limit(child))
    usable = False
    for number, (origin, score) in enumerate(zip(origins, scores, strict=True)):
        # a few origins are enough where one gave a map, four times as many where none did
        enough = number >= _TRIED_ORIGINS and (usable or number >= 4 * _TRIED_ORIGINS)
        if enough or not result.worth(_least(score, match) + extra):
            break
        found = pair(super_frame, child, origin)
        if is_subgroup(super_frame, group, operations, found):
            usable = True
            _add(result, super_frame, child, found, match, "subgroup", frame)
            continue
        if number < _TRIED_ORIGINS:
            _add(result, super_frame, child, found, match, "none", frame)
        # the best pairing breaks the group: the best among those that keep it
        again = repaired(super_frame, child, group, operations, found.origin)
        if again is not None and is_subgroup(super_frame, group, operations, again):
            usable = True
            _add(result, super_frame, child, again, match, "subgroup", frame)


def _least(score: float, match: CellMatch) -> float:
    """What a mean square in the parent's cell (Å^2) is at least in the child's: no stretch is below ``1 - strain``."""
    return score * (1 - match.strain) ** 2


def _origin_limit(child: Crystal) -> int:
    return min(_ORIGINS, max(8, _WORK // len(child.frac)))


def _add(
    result: SearchResult,
    super_frame: SuperFrame,
    child: Crystal,
    pairing: Pairing,
    match: CellMatch,
    relation: str,
    frame: ParentFrame,
) -> None:
    # displacements at the child's edges, at equal volume: the same for all maps, whichever parent edge lies along
    stretch = np.linalg.solve(super_frame.lattice, child.lattice)
    moved = pairing.vectors @ stretch / abs(np.linalg.det(stretch)) ** (1 / 3)
    cost = float((moved**2).sum(axis=1).mean()) + strain_cost(frame, match.rms_strain)
    result.add(Candidate(child, super_frame, pairing, match.rms_strain, cost, relation))


def _try_others(
    result: SearchResult, frame: ParentFrame, group: ChildOperations, skipped: list[tuple[Crystal, CellMatch]]
) -> None:
    """Cells in which the child has operations the parent lacks: equal or higher symmetry, or none."""
    for crystal, match in skipped[:_OTHER_CELLS]:
        extra = strain_cost(frame, match.rms_strain)
        if not result.worth(extra):
            break
        super_frame = SuperFrame(frame, match.cell)
        origins, scores = ranked_origins(frame, crystal, match.cell, _origin_limit(crystal))
        for origin, score in zip(origins[:_TRIED_ORIGINS], scores, strict=False):
            if not result.worth(_least(score, match) + extra):
                break
            found = pair(super_frame, crystal, origin)
            strain = cell_strain(super_frame, crystal)
            above = is_supergroup(super_frame, found, strain, _INVARIANCE * group.tolerance)
            _add(result, super_frame, crystal, found, match, "supergroup" if above else "none", frame)


def cell_strain(super_frame: SuperFrame, child: Crystal) -> FloatArray:
    """``U - 1`` (3, 3) of the child's cell on the supercell, Cartesian, parent frame."""
    # (19): F = A_0^-1 A for rows, as columns transposed
    gradient = np.linalg.solve(super_frame.lattice, child.lattice).T
    return polar_decomposition(gradient)[1] - np.eye(3)
