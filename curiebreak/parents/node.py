"""A crystal averaged over a supergroup of its own group, and the child that lies on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, distinct, nearest_image
from curiebreak.mapping.lattices import Crystal, image_offsets, lattice_basis, reduced_cell
from curiebreak.transformation import Transformation

Operations = tuple[IntArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Child:
    """The child in its primitive cell with its own group.

    Attributes
    ----------
    crystal : Crystal
    rotations, translations : ndarray (h, 3, 3) of int, (h, 3)
        ``y' = W y + w`` on columns, one operation for each rotation.
    permutations : ndarray (h, n) of int
    hydrogen : ndarray (n_kinds,) of bool
        Kinds that are hydrogen.
    """

    crystal: Crystal
    rotations: IntArray
    translations: FloatArray
    permutations: IntArray
    hydrogen: BoolArray

    @cached_property
    def spacing(self) -> float:
        """(V/atom)^(1/3) in Å, the unit of all limits on displacements."""
        return float((abs(np.linalg.det(self.crystal.lattice)) / len(self.crystal.frac)) ** (1 / 3))

    @cached_property
    def shortest(self) -> FloatArray:
        """Shortest distance (n_kinds, n_kinds) of each pair of kinds, Å."""
        return shortest_distances(self.crystal.lattice, self.crystal.frac, self.crystal.kinds)

    @cached_property
    def hosts(self) -> IntArray | None:
        """Atom (n,) to which each hydrogen is bonded, -1 for other atoms; None where there is no such hydrogen."""
        light = self.hydrogen[self.crystal.kinds]
        heavy = np.flatnonzero(~light)
        if not light.any() or len(heavy) < 2:
            return None
        distance = nearest_distances(self.crystal.lattice, self.crystal.frac)[:, heavy]
        first, second = np.sort(distance, axis=1)[:, :2].T
        bonded = light & (first < BONDED * second)
        return np.where(bonded, heavy[distance.argmin(axis=1)], -1) if bonded.any() else None


BONDED = 0.75
"""Times the distance to the next atom but hydrogen: nearer, hydrogen is bonded to one atom alone. O-H...O reaches 0.7;
a proton that two oxygens share lies above."""


@dataclass(frozen=True, eq=False)
class Node:
    """The child averaged over a group that holds its own.

    Attributes
    ----------
    child : Child
    lattice : ndarray (3, 3)
        Rows, Å; primitive.
    frac : ndarray (m, 3)
        Exactly invariant under the operations; never wrapped.
    kinds : ndarray (m,) of int
    rotations, translations : ndarray (g, 3, 3) of int, (g, 3)
        ``x' = R x + t`` on columns, one operation for each rotation.
    cell : ndarray (3, 3) of int
        ``child axes = cell @ lattice`` up to the strain.
    site, offset : ndarray (n,), (n, 3) of int
        Place ``frac[site] + offset`` of each atom of the child.
    hosts : ndarray (m,) of int or None
        Place to which each hydrogen is bonded, -1 for other places; None without hydrogen, and where the average
        lays hydrogen onto that of another atom than its own host goes to.
    number, symbol : int, str
        Space-group type.
    """

    child: Child
    lattice: FloatArray
    frac: FloatArray
    kinds: IntArray
    rotations: IntArray
    translations: FloatArray
    cell: IntArray
    site: IntArray
    offset: IntArray
    hosts: IntArray | None = None
    number: int = 0
    symbol: str = ""

    @property
    def size(self) -> int:
        """Primitive cells of the node in that of the child."""
        return round(abs(float(np.linalg.det(self.cell))))

    @property
    def point_index(self) -> int:
        """Index of the child's point group in that of the node."""
        return len(self.rotations) // len(self.child.rotations)

    @property
    def index(self) -> int:
        """Index of the child's group in that of the node."""
        return self.size * self.point_index

    @cached_property
    def _differences(self) -> FloatArray:
        return np.asarray(self.child.crystal.frac @ self.cell - self.frac[self.site] - self.offset)

    @property
    def origin(self) -> FloatArray:
        """Shift (3,) with which the child lies on the node: ``x = y @ cell + origin``, mean displacement zero."""
        return np.asarray(-self._differences.mean(axis=0))

    @cached_property
    def displacements(self) -> FloatArray:
        """Child minus node (n, 3) in Å, Cartesian, without strain and mean shift."""
        return np.asarray((self._differences + self.origin) @ self.lattice)

    @cached_property
    def lengths(self) -> FloatArray:
        """Length of each displacement (n,), Å."""
        return np.asarray(np.linalg.norm(self.displacements, axis=1))

    @cached_property
    def rms(self) -> float:
        """Root mean square displacement, Å."""
        return float(np.sqrt((self.lengths**2).mean()))

    @property
    def dmax(self) -> float:
        """Largest displacement, Å."""
        return float(self.lengths.max())

    @cached_property
    def strain(self) -> float:
        """Largest principal strain from node to child."""
        stretches = np.linalg.svd(
            np.linalg.solve(self.cell @ self.lattice, self.child.crystal.lattice), compute_uv=False
        )
        return float(np.abs(stretches - 1.0).max())

    @cached_property
    def hop(self) -> float:
        """Largest displacement over the distance to the nearest site of the same kind, hydrogen left out."""
        nearest = like_site_distances(self.lattice, self.frac, self.kinds)
        heavy = ~self.child.hydrogen[self.kinds[self.site]]
        return float((self.lengths / nearest[self.site])[heavy].max(initial=0.0))

    def score(self) -> float:
        """Entropy gained minus misfit: ``S = ln(index) - 30 (rms / a)^2``."""
        return float(np.log(self.index) - MISFIT * (self.rms / self.child.spacing) ** 2)

    def numbers(self, rotations: IntArray | None) -> IntArray | None:
        """Which operation has each of these rotations; ``None`` where one has none, or there are no rotations."""
        known = {r.tobytes(): i for i, r in enumerate(np.ascontiguousarray(self.rotations))}
        found = [] if rotations is None else [known.get(r.tobytes(), -1) for r in rotations]
        return None if min(found, default=-1) < 0 else np.array(found)

    def with_basis(self, basis: FloatArray) -> Node:
        """Rewrite in the axes ``basis @ lattice``; a smaller cell keeps one atom of each place.

        Raises
        ------
        ValueError
            Where atoms of the smaller cell do not meet.
        """
        inward = Transformation.out_of(basis).inverse
        lattice, frac = basis @ self.lattice, inward.points(self.frac)
        keep, target, steps = _merged(frac, self.kinds, lattice, round(1 / abs(float(np.linalg.det(basis)))))
        return replace(
            self,
            lattice=lattice,
            frac=frac[keep],
            kinds=self.kinds[keep],
            rotations=np.round(inward.tensors(self.rotations)).astype(np.int64),
            translations=inward.vectors(self.translations),
            cell=np.round(inward.vectors(self.cell)).astype(np.int64),
            site=target[self.site],
            offset=np.round(inward.vectors(self.offset) + steps[self.site]).astype(np.int64),
            hosts=None if self.hosts is None else np.where(self.hosts < 0, -1, target[self.hosts])[keep],
        )


MISFIT = 30.0
"""Weight of (rms/a)^2 against ln(index): a gain of index 2 is worth 0.15 a (0.35 Å in an oxide), of 48
0.36 a. Flat between 20 and 40 on known pairs of parents and children."""


def _merged(
    frac: FloatArray, kinds: IntArray, lattice: FloatArray, copies: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """One atom of each place, the place of every atom, and the whole steps between them."""
    if copies == 1:
        everything = np.arange(len(frac))
        return everything, everything, np.zeros((len(frac), 3))
    target = np.full(len(frac), -1, dtype=np.int64)
    steps = np.zeros((len(frac), 3))
    keep: list[int] = []
    for atom in range(len(frac)):
        if target[atom] >= 0:
            continue
        difference = frac - frac[atom]
        rest = nearest_image(difference) @ lattice
        same = (np.linalg.norm(rest, axis=1) < MEETING) & (kinds == kinds[atom]) & (target < 0)
        if same.sum() != copies:
            raise ValueError("the atoms do not meet in the smaller cell")
        target[same] = len(keep)
        steps[same] = np.round(difference[same])
        keep.append(atom)
    return np.array(keep), target, steps


MEETING = 0.02
"""Å; atoms of an averaged crystal that differ by a lattice vector do so to rounding."""


def shortest_distances(lattice: FloatArray, frac: FloatArray, kinds: IntArray) -> FloatArray:
    """Shortest distance (n_kinds, n_kinds) in Å of each pair of kinds, images counted."""
    count = int(kinds.max()) + 1
    found = np.full((count, count), np.inf)
    distance = nearest_distances(lattice, frac)
    for first in range(count):
        for second in range(first, count):
            block = distance[np.ix_(kinds == first, kinds == second)]
            if block.size:
                found[first, second] = found[second, first] = float(block.min())
    return found


def like_site_distances(lattice: FloatArray, frac: FloatArray, kinds: IntArray) -> FloatArray:
    """Distance (m,) in Å of each site to the nearest other one of its kind, images counted."""
    distance = nearest_distances(lattice, frac)
    nearest = np.empty(len(frac))
    for kind in distinct(kinds):
        atoms = np.flatnonzero(kinds == kind)
        nearest[atoms] = distance[np.ix_(atoms, atoms)].min(axis=1)
    return nearest


def nearest_distances(lattice: FloatArray, frac: FloatArray) -> FloatArray:
    """Distances (m, m) in Å between nearest images; on the diagonal the shortest lattice vector."""
    difference = frac[:, None] - frac[None]
    difference = nearest_image(difference) @ lattice
    squares = np.full(difference.shape[:2], np.inf)
    for offset in image_offsets(lattice) @ lattice:
        moved = difference + offset
        np.minimum(squares, np.einsum("ijk,ijk->ij", moved, moved), out=squares)
    vectors = _NEIGHBOURS @ lattice
    np.fill_diagonal(squares, np.einsum("ij,ij->i", vectors, vectors).min())
    return np.asarray(np.sqrt(squares))


_NEIGHBOURS = np.array([cell for cell in np.ndindex(3, 3, 3) if cell != (1, 1, 1)], dtype=np.float64) - 1.0


def smaller_cell(node: Node, steps: FloatArray) -> Node | None:
    """Rewrite a node that has these translations (q, 3) in the primitive cell that they leave.

    Returns
    -------
    Node or None
        None where the translations are no group or atoms do not meet.
    """
    basis = lattice_basis(steps[np.argsort(np.abs(steps).max(axis=1), kind="stable")])
    if abs(abs(float(np.linalg.det(basis))) * len(steps) - 1.0) > 1e-6:
        return None
    basis = reduced_cell(basis @ node.lattice) @ basis
    if np.linalg.det(basis) < 0:
        basis = -basis
    try:
        return node.with_basis(basis)
    except ValueError:
        return None
