"""Empty sites: a child without atoms on sites that the parent fills in part gets vacancies there, as a species.

An order of atoms and vacancies is then an order of two species like any other. The vacancies lie exactly on the
undistorted sites of the best map of the atoms that are there, so that they do not move.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, distinct
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.cell_search import STRAIN_STAGES, strain_cost
from curiebreak.mapping.composition import compositions, content, partial_kinds
from curiebreak.mapping.consistency import ChildOperations, child_group, is_subgroup, parent_operations
from curiebreak.mapping.frame import ParentFrame, SuperFrame, parent_frame
from curiebreak.mapping.lattices import Crystal, coset_vectors, matching_cells, primitive_crystal
from curiebreak.mapping.pairing import Pairing, exchange_classes, ranked_origins, settled
from curiebreak.structures.model import VACANCY, Structure
from curiebreak.symmetry.parent import ParentCrystal

_FORBIDDEN = 1e6
_ORIGINS = 24
_TRIED_ORIGINS = 8
_ROUNDS = 8
_MAX_CELLS = 30

_CONTENT = 0.02
"""Relative difference of contents up to which a child is one of this many parent cells."""

_NOT_A_SUBGROUP = 4.0
"""Times the cost: a map that keeps the child's symmetry is preferred to a shorter one that does not."""


@dataclass(frozen=True, eq=False)
class _Partial:
    """A map of the atoms that are there."""

    super_frame: SuperFrame
    pairing: Pairing
    cost: float


def with_vacancies(parent: ParentCrystal, child: Structure, primitive_tolerance: float, symprec: float) -> Structure:
    """Add an atom of the species `VACANCY` to the child on every site that only the parent fills, in part.

    Parameters
    ----------
    parent : ParentCrystal
    child : Structure
    primitive_tolerance : float
        Å; of the child's translations.
    symprec : float
        Å; of the child's symmetry.

    Returns
    -------
    Structure
        The child itself where the parent has no partly empty site, where the child lists every site, or where no
        number of vacancies makes the atoms fit.
    """
    if parent.lattice is None or child.lattice is None:
        return child
    full = compositions(parent.structure)
    optional = np.array([VACANCY in full[name] for name in parent.species])
    kinds = partial_kinds(parent, child) if optional.any() else None
    if kinds is None:
        return child
    lattice = np.asarray(child.lattice, dtype=np.float64)
    crystal = primitive_crystal(lattice, child.coords, kinds.of(child.species), primitive_tolerance)
    size = _size(parent, child, crystal)
    if size is None or not (~optional).sum() * size <= len(crystal.frac) < len(optional) * size:
        return child
    best = _best_map(parent_frame(parent, kinds), crystal, optional, size, child_group(crystal, symprec))
    return child if best is None else _completed(child, crystal, best)


def _size(parent: ParentCrystal, child: Structure, crystal: Crystal) -> int | None:
    """Parent cells that the child's primitive cell holds, by the amount of atoms."""
    whole, unit = content(child), content(parent.structure, parent.species)
    share = len(crystal.frac) / len(child)
    ratio = sum(whole.values()) * share / sum(unit.values())
    size = round(ratio)
    return size if size > 0 and abs(ratio - size) < _CONTENT * size else None


def _pairings(
    super_frame: SuperFrame, crystal: Crystal, optional: BoolArray, group: ChildOperations, extra: float
) -> Iterator[_Partial]:
    """Maps onto one cell, one an origin; `extra` is what its strain costs."""
    frame, cell = super_frame.frame, super_frame.cell
    operations = parent_operations(frame, group, cell)
    for origin in ranked_origins(frame, crystal, cell, _ORIGINS)[0][:_TRIED_ORIGINS]:
        pairing = _pair(super_frame, crystal, origin, optional)
        if pairing is None:
            continue
        kept = operations is not None and is_subgroup(super_frame, group, operations, pairing)
        # (20), with a handicap for maps that break the child's group
        yield _Partial(super_frame, pairing, (pairing.mean_square + extra) * (1.0 if kept else _NOT_A_SUBGROUP))


def _best_map(
    frame: ParentFrame, crystal: Crystal, optional: BoolArray, size: int, group: ChildOperations
) -> _Partial | None:
    best: _Partial | None = None
    least = np.inf
    proper = frame.rotations[frame.proper]
    for lower, tolerance in pairwise((-1.0, *STRAIN_STAGES)):
        if least < strain_cost(frame, max(lower, 0.0) / 3**0.5):
            break
        cells = matching_cells(frame.lattice, proper, crystal.lattice, size, tolerance)
        for match in [m for m in cells if m.strain > lower][:_MAX_CELLS]:
            extra = strain_cost(frame, match.rms_strain)
            if extra > least:
                break
            for partial in _pairings(SuperFrame(frame, match.cell), crystal, optional, group, extra):
                if partial.cost < least - 1e-9:
                    best, least = partial, partial.cost
    return best


def _pair(super_frame: SuperFrame, crystal: Crystal, origin: FloatArray, optional: BoolArray) -> Pairing | None:
    """Alternate the best assignment, every site without a vacancy filled, with the mean shift."""
    positions = crystal.frac @ super_frame.cell
    previous: IntArray | None = None
    pairing: Pairing | None = None
    for _ in range(_ROUNDS):
        pairing = _assigned(super_frame, crystal, positions, origin, optional)
        if pairing is None:
            return None
        index = super_frame.index(pairing.site, pairing.cell_index)
        if previous is not None and np.array_equal(index, previous):
            break
        previous, origin = index, pairing.origin
    return pairing


def _assigned(
    super_frame: SuperFrame,
    crystal: Crystal,
    positions: FloatArray,
    origin: FloatArray,
    optional: BoolArray,
) -> Pairing | None:
    site = np.zeros(len(positions), dtype=np.int64)
    cell = np.zeros((len(positions), 3), dtype=np.int64)
    reached = np.zeros(len(optional), dtype=bool)
    for atoms, places in exchange_classes(super_frame.frame.allowed, crystal.kinds, super_frame.size):
        primitive = places // super_frame.size
        reached[primitive] = True
        spare = len(places) - len(atoms)
        if spare < 0:
            return None
        vectors, cells = super_frame.differences(positions[atoms] + origin, places)
        allowed = super_frame.frame.allowed[np.ix_(crystal.kinds[atoms], primitive)]
        cost = np.where(allowed, np.einsum("ijk,ijk->ij", vectors, vectors), _FORBIDDEN)
        # vacancies as further rows that cost nothing on the sites which may be empty
        empty = np.broadcast_to(np.where(optional[primitive], 0.0, _FORBIDDEN), (spare, len(places)))
        table = np.vstack([cost, empty])
        chosen = assign(table)
        if table[np.arange(len(table)), chosen].max() >= _FORBIDDEN:
            return None
        rows = np.arange(len(atoms))
        site[atoms], cell[atoms] = primitive[chosen[rows]], cells[rows, chosen[rows]]
    if not (reached | optional).all():
        return None
    return settled(super_frame, positions, origin, site, cell)


def _completed(child: Structure, crystal: Crystal, best: _Partial) -> Structure:
    """Vacancies on the free sites, in every primitive cell of the child's file."""
    frame, super_frame, pairing = best.super_frame.frame, best.super_frame, best.pairing
    taken = distinct(super_frame.index(pairing.site, pairing.cell_index))
    free = np.setdiff1d(np.arange(len(frame.frac) * super_frame.size), taken)
    sites, cosets = np.divmod(free, super_frame.size)
    # x_parent = y_primitive @ cell + origin; y_primitive + n = y_file @ file_cell
    primitive = (frame.frac[sites] + super_frame.steps[cosets] - pairing.origin) @ super_frame.inverse
    whole = np.round(crystal.file_cell).astype(np.int64)
    if np.linalg.det(whole) < 0:
        whole = -whole
    # each vacancy in every primitive cell that the file holds
    places = (primitive[:, None] + coset_vectors(whole)[None]).reshape(-1, 3) @ np.linalg.inv(crystal.file_cell)
    places = places - np.floor(places)
    count = len(places)
    uncertainties = child.uncertainties
    return replace(
        child,
        species=(*child.species, *(VACANCY,) * count),
        coords=np.vstack([child.coords, places]),
        labels=(*child.labels, *(VACANCY,) * count) if child.labels else (),
        occupancies=(*child.contents, *({},) * count),
        uncertainties=None if uncertainties is None else np.vstack([uncertainties, np.zeros((count, 3))]),
    )
