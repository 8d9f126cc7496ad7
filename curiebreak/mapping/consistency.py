"""Group and subgroup: whether every operation of the child is one of the parent, on a given map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, distinct, nearest_image
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.frame import ParentFrame, SuperFrame
from curiebreak.mapping.lattices import Crystal
from curiebreak.mapping.pairing import Pairing, exchange_classes, settled
from curiebreak.structures.neighbours import NearestAtom
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.transformation import Transformation

_FORBIDDEN = 1e6
_EMBEDDING_TOLERANCE = 0.2
"""Å; an operation whose translation part misses the parent's by more is another operation."""

_SAME_VECTOR = 0.5
"""Å; displacements that an operation should carry onto each other and that differ by more differ by a lattice
vector: the operation of the child is none of the parent's on this map."""


@dataclass(frozen=True, eq=False)
class ChildOperations:
    """Operations of the child in its cell.

    Attributes
    ----------
    rotations, translations : ndarray (h, 3, 3) of int, (h, 3)
        ``y' = W y + w`` on columns.
    permutations : ndarray (h, n) of int
    tolerance : float
        Å at which they were found.
    number, symbol : int, str
    """

    rotations: IntArray
    translations: FloatArray
    permutations: IntArray
    tolerance: float
    number: int
    symbol: str


def child_group(child: Crystal, tolerance: float) -> ChildOperations:
    """Space group of the child modulo its lattice (the trivial group if none is found)."""
    dataset = symmetry_dataset(child.lattice, child.frac, child.kinds + 1, tolerance)
    if dataset is None:
        return _trivial(child, tolerance)
    rotations = np.asarray(dataset.rotations, dtype=np.int64)
    translations = np.asarray(dataset.translations, dtype=np.float64)
    permutations = _permutations(child, rotations, translations)
    if permutations is None:
        return _trivial(child, tolerance)
    return ChildOperations(
        rotations, translations, permutations, tolerance, int(dataset.number), str(dataset.international)
    )


def _permutations(child: Crystal, rotations: IntArray, translations: FloatArray) -> IntArray | None:
    """Where each operation moves each atom (h, n); None where it moves two atoms onto one.

    ``{R|w + t} = {1|t} {R|w}``: atoms are looked for once for each rotation and each pure translation, not for
    each of their products.
    """
    nearest = NearestAtom(child.lattice, child.frac, child.kinds)
    # pure translations apart from one operation of each rotation: the products give all the rest
    leaders, leader = np.unique(rotations.reshape(-1, 9), axis=0, return_index=True, return_inverse=True)[1:]
    steps = translations - translations[leaders][leader]
    steps -= np.floor(np.round(steps, _DECIMALS))
    pure, step = np.unique(np.round(steps, _DECIMALS), axis=0, return_index=True, return_inverse=True)[1:]
    moved = [nearest.of(child.frac @ rotations[h].T + translations[h], child.kinds)[0] for h in leaders]
    shifted = [nearest.of(child.frac + steps[h], child.kinds)[0] for h in pure]
    if any(len(distinct(images)) < len(child.frac) for images in (*moved, *shifted)):
        return None
    pairs = zip(leader.ravel(), step.ravel(), strict=True)
    return np.array([shifted[j][moved[i]] for i, j in pairs], dtype=np.int64)


_DECIMALS = 4
"""Of a translation in fractions: the same to this are one, with or without the scatter of the atoms."""


def _trivial(child: Crystal, tolerance: float) -> ChildOperations:
    everything = np.arange(len(child.frac))[None]
    return ChildOperations(np.eye(3, dtype=np.int64)[None], np.zeros((1, 3)), everything, tolerance, 1, "P1")


def parent_operations(frame: ParentFrame, group: ChildOperations, cell: IntArray) -> IntArray | None:
    """Parent operation with the same rotation as each child operation; None if one has none."""
    # whole for an operation of the parent
    whole = Transformation.out_of(cell).whole(group.rotations)
    found = [] if whole is None else [frame.rotation_index.get(r.tobytes(), -1) for r in whole]
    return None if min(found, default=-1) < 0 else np.array(found)


def is_subgroup(super_frame: SuperFrame, group: ChildOperations, operations: IntArray, pairing: Pairing) -> bool:
    """Check that each child operation permutes the undistorted sites exactly as it permutes the child.

    Integer arithmetic: with atom j on site ``(a_j, n_j)`` the operation ``(R, t + m)`` of the parent
    must carry the site of j onto the site of the image of j, for all j with one lattice vector m. That
    counts modulo the cell, so the displacements must be carried onto each other as well.
    """
    index = super_frame.index(pairing.site, pairing.cell_index)
    fractional = pairing.vectors @ np.linalg.inv(super_frame.frame.lattice)
    for operation, permutation in zip(operations, group.permutations, strict=True):
        step = _step(super_frame.frame, operation, pairing, permutation)
        if step is None:
            return False
        # the sites must be permuted as the atoms are ...
        if not np.array_equal(super_frame.image(operation, step)[index], index[permutation]):
            return False
        # ... and the displacements carried onto each other
        moved = fractional @ super_frame.frame.rotations[operation].T - fractional[permutation]
        if np.linalg.norm(moved @ super_frame.frame.lattice, axis=1).max() > _SAME_VECTOR:
            return False
    return True


def _step(frame: ParentFrame, operation: int, pairing: Pairing, permutation: IntArray) -> IntArray | None:
    """Lattice vector m that makes ``(R, t + m)`` right for the first atom."""
    first, image = 0, int(permutation[0])
    site = int(pairing.site[first])
    if frame.permutations[operation, site] != pairing.site[image]:
        return None
    moved = frame.rotations[operation] @ pairing.cell_index[first] + frame.shifts[operation, site]
    return np.asarray(pairing.cell_index[image] - moved)


def is_supergroup(super_frame: SuperFrame, pairing: Pairing, strain: FloatArray, tolerance: float) -> bool:
    """Check that every parent operation leaves the distortion as it is, so that the child breaks nothing.

    Parameters
    ----------
    super_frame, pairing
    strain : ndarray (3, 3)
        Cartesian, parent frame.
    tolerance : float
        Å; for the strain multiplied with the cell length.
    """
    frame, cell = super_frame.frame, super_frame.cell
    index = super_frame.index(pairing.site, pairing.cell_index)
    field = np.zeros_like(pairing.vectors)
    # displacements by site, so that a permutation of sites moves them
    field[index] = pairing.vectors
    to_cartesian = Transformation.out_of(frame.lattice)
    reach = float(np.linalg.norm(super_frame.lattice, axis=1).max())
    zero = np.zeros(3, dtype=np.int64)
    for number, rotation in enumerate(frame.rotations):
        # the operation must keep the lattice of the supercell ...
        kept = cell @ rotation.T @ super_frame.inverse
        if np.abs(nearest_image(kept)).max() > 1e-6:
            return False
        turn = to_cartesian.tensors(rotation)
        # ... its strain, as a change over the longest edge ...
        if np.abs(turn @ strain @ turn.T - strain).max() * reach > tolerance:
            return False
        # ... and every displacement
        if _change(field, super_frame.image(number, zero), turn) > tolerance:
            return False
    shifts = [super_frame.image(_identity(frame), step) for step in super_frame.steps]
    return all(_change(field, shift, np.eye(3)) <= tolerance for shift in shifts)


def _identity(frame: ParentFrame) -> int:
    return frame.rotation_index[np.eye(3, dtype=np.int64).tobytes()]


def _change(field: FloatArray, permutation: IntArray, turn: FloatArray) -> float:
    moved = np.empty_like(field)
    moved[permutation] = field @ turn.T
    return float(np.linalg.norm(moved - field, axis=1).max())


def repaired(
    super_frame: SuperFrame,
    child: Crystal,
    group: ChildOperations,
    operations: IntArray,
    origin: FloatArray,
) -> Pairing | None:
    """Best pairing near an origin among those that carry the child's group into the parent's.

    Each child operation is identified with the parent operation of nearest translation part; orbits
    of atoms are then assigned to orbits of sites with the same site symmetry.

    Returns
    -------
    Pairing or None
        None if the operations have no counterparts or the orbits do not fit.
    """
    positions = child.frac @ super_frame.cell
    for _ in range(3):
        embedded = _embedding(super_frame, group, operations, origin)
        if embedded is None:
            return None
        origin, steps = embedded
        images = np.array([super_frame.image(int(g), step) for g, step in zip(operations, steps, strict=True)])
        chosen = _orbit_assignment(super_frame, child, group, images, positions + origin)
        if chosen is None:
            return None
        _, cells = super_frame.differences(positions + origin, chosen[:, None])
        pairing = settled(super_frame, positions, origin, chosen // super_frame.size, cells[:, 0])
        if np.abs((pairing.origin - origin) @ super_frame.frame.lattice).max() < 1e-3:
            break
        origin = pairing.origin
    return pairing


def _embedding(
    super_frame: SuperFrame, group: ChildOperations, operations: IntArray, origin: FloatArray
) -> tuple[FloatArray, IntArray] | None:
    """Origin at which all child operations are parent operations, and their lattice vectors."""
    frame = super_frame.frame
    rotations = frame.rotations[operations]
    moved = group.translations @ super_frame.cell - frame.translations[operations]
    # t_child = t_parent + m - (1 - R) o for all operations: linear in the origin o, m rounded
    system = (np.eye(3) - rotations).reshape(-1, 3)
    for _ in range(2):
        mismatch = moved + origin - np.einsum("hij,j->hi", rotations, origin)
        steps = np.round(mismatch)
        rest = (steps - mismatch).reshape(-1)
        origin = origin + np.linalg.lstsq(system, rest, rcond=1e-9)[0]
    mismatch = moved + origin - np.einsum("hij,j->hi", rotations, origin)
    if np.abs((mismatch - steps) @ frame.lattice).max() > _EMBEDDING_TOLERANCE:
        return None
    return origin, steps.astype(np.int64)


def _orbit_assignment(
    super_frame: SuperFrame, child: Crystal, group: ChildOperations, images: IntArray, positions: FloatArray
) -> IntArray | None:
    """Site of each atom, or None where the orbits do not fit."""
    chosen = np.full(len(positions), -1, dtype=np.int64)
    # orbits of the sites under the child's operations, named by their smallest member
    site_orbit = images.min(axis=0)
    site_size = np.array([len(distinct(column)) for column in images.T])
    for atoms, places in exchange_classes(super_frame.frame.allowed, child.kinds, super_frame.size):
        heads = np.unique(group.permutations[:, atoms].min(axis=0))
        orbits = distinct(site_orbit[places])
        if len(heads) != len(orbits):
            return None
        cost = np.full((len(heads), len(orbits)), _FORBIDDEN)
        target = np.zeros(cost.shape, dtype=np.int64)
        for row, head in enumerate(heads):
            # a site can take the head of an orbit where the same operations fix both
            fixing = group.permutations[:, head] == head
            length = len(distinct(group.permutations[:, head]))
            sites = places[(images[fixing][:, places] == places).all(axis=0) & (site_size[places] == length)]
            sites = sites[super_frame.frame.allowed[child.kinds[head], sites // super_frame.size]]
            if len(sites) == 0:
                return None
            vectors, _ = super_frame.differences(positions[[head]], sites)
            # the whole orbit moves alike: its cost is that of the head times its length
            squares = length * np.einsum("ijk,ijk->ij", vectors, vectors)[0]
            for column, orbit in enumerate(orbits):
                members = np.flatnonzero(site_orbit[sites] == orbit)
                if len(members):
                    best = members[squares[members].argmin()]
                    cost[row, column], target[row, column] = squares[best], sites[best]
        columns = assign(cost)
        if cost[np.arange(len(heads)), columns].max() >= _FORBIDDEN:
            return None
        for head, site in zip(heads, target[np.arange(len(heads)), columns], strict=True):
            chosen[group.permutations[:, head]] = images[:, site]
    return chosen if len(distinct(chosen)) == len(chosen) and chosen.min() >= 0 else None
