"""Parents of a molecule: point operations that it nearly has, averaged over exactly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, distinct, minimal_sets, summed
from curiebreak.clock import Progress, silent
from curiebreak.errors import InputError
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.molecule_map import triad
from curiebreak.options.parent_options import SearchOptions
from curiebreak.parents.admissible import LARGEST_HOP, LARGEST_RMS, SHORTEST_CONTACT, SHORTEST_HYDROGEN
from curiebreak.parents.child import kinds_of
from curiebreak.parents.filters import effort_of
from curiebreak.parents.found import Found
from curiebreak.parents.node import MISFIT
from curiebreak.parents.search import ALIKE
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.symmetry.molecules import fitted_rotation, molecular_symmetry
from curiebreak.symmetry.point_names import point_group_name

Element = tuple[bytes, int]
"""Permutation of the atoms and determinant of the operation: together they name it, planar molecules included."""

_OWN = 0.01
_EXACT = 1e-3
"""Å; tolerances for the molecule's own group and for that of an average."""

_SPACING = 1.2
"""(V/atom)^(1/3) over the bond length in oxides with octahedra: 2.3 Å over 1.95 Å."""

NEAR = 0.6
"""Times that length: an operation of index 2 moves the molecule by twice the displacement."""

_PRIMES = (2, 3, 5, 7, 11)
_LARGEST_ORDER = 120
_FORBIDDEN = 1e6
_STARTS = 2000


@dataclass(frozen=True, eq=False)
class Cluster:
    """A molecule averaged over a point group.

    Attributes
    ----------
    positions : ndarray (n, 3)
        Å, about the centroid, laid on the child.
    kinds : ndarray (n,) of int
    rotations, permutations : ndarray (g, 3, 3), (g, n)
        Atom i goes to ``permutations[g, i]``.
    child : ndarray (n, 3)
        The child about its centroid.
    """

    positions: FloatArray
    kinds: IntArray
    rotations: FloatArray
    permutations: IntArray
    child: FloatArray

    @cached_property
    def elements(self) -> frozenset[Element]:
        """The operations as permutations with determinants."""
        signs = np.sign(np.linalg.det(self.rotations)).astype(int)
        return frozenset((p.astype(np.int64).tobytes(), int(s)) for p, s in zip(self.permutations, signs, strict=True))

    @cached_property
    def lengths(self) -> FloatArray:
        """Displacement (n,) of each atom, Å."""
        return np.asarray(np.linalg.norm(self.child - self.positions, axis=1))

    @property
    def rms(self) -> float:
        """Å."""
        return float(np.sqrt((self.lengths**2).mean()))


@dataclass(eq=False)
class MoleculeSearch:
    """The search and its clock, like :class:`curiebreak.parents.search.Search`."""

    start: Cluster
    options: SearchOptions
    hydrogen: BoolArray
    stopped: bool = False
    expanded: int = 0
    deadline: float = field(default=np.inf)
    _seen: list[Cluster] = field(default_factory=list)

    @cached_property
    def spacing(self) -> float:
        """1.2 times the mean distance to the nearest neighbour, Å: what (V/atom)^(1/3) is for a crystal."""
        return float(_SPACING * _distances(self.start.positions).min(axis=1).mean())

    @property
    def bent(self) -> bool:
        """Whether the atoms lie off a line, but so near to it that a linear molecule may be the parent."""
        across = np.linalg.svd(self.start.child)[1][1:]
        off = float(np.sqrt((across**2).sum() / len(self.start.child)))
        return _OWN < off <= LARGEST_RMS * self.spacing

    def run(self, progress: Progress) -> list[Cluster]:
        """Every different cluster above the child's group."""
        level = [self.start]
        while level:
            above: list[Cluster] = []
            for cluster in level:
                self.expanded += 1
                progress("parents", 0.0, f"{self.expanded} groups looked at")
                for new in self._above(cluster):
                    if self._admissible(new) and self._is_new(new):
                        above.append(new)
                    if self._late():
                        return self._seen
            level = sorted(above, key=lambda c: -self.score(c))[: effort_of(self.options).after_level]
        return self._seen

    def index(self, cluster: Cluster) -> int:
        """Index of the child's group."""
        return len(cluster.rotations) // len(self.start.rotations)

    def score(self, cluster: Cluster) -> float:
        """``S = ln(index) - 30 (rms / a)^2``."""
        return float(np.log(self.index(cluster)) - MISFIT * (cluster.rms / self.spacing) ** 2)

    def hop(self, cluster: Cluster) -> float:
        """Largest displacement over the distance between like atoms, hydrogen left out."""
        distance = _distances(cluster.positions)
        distance[cluster.kinds[:, None] != cluster.kinds[None]] = np.inf
        ratio = cluster.lengths / distance.min(axis=1)
        return float(ratio[~self.hydrogen].max(initial=0.0))

    @cached_property
    def _near(self) -> list[Element]:
        """Operations that the child nearly has; those of its averages are among them."""
        found = []
        for element in _near_operations(self.start, NEAR * self.spacing):
            if self._late():
                break
            found.append(element)
        return found

    def _late(self) -> bool:
        self.stopped = self.stopped or time.monotonic() > self.deadline
        return self.stopped

    def _above(self, cluster: Cluster) -> Iterator[Cluster]:
        own = _generators(cluster.elements)
        groups: dict[frozenset[Element], None] = {}
        simple: set[Element] = set(cluster.elements)
        """Elements whose group is known: one of prime index has no group between."""
        for element in self._near:
            if element in simple:
                continue
            if self._late():
                return
            closed = _closed([*own, element])
            if closed is not None and closed >= cluster.elements:
                groups.setdefault(closed)
                if len(closed) // len(cluster.elements) in _PRIMES:
                    simple |= closed
        for group in minimal_sets(groups):
            if (found := _averaged(cluster, group)) is not None:
                yield found

    def _admissible(self, cluster: Cluster) -> bool:
        if cluster.rms > LARGEST_RMS * self.spacing or self.hop(cluster) > LARGEST_HOP:
            return False
        if not self.start.elements <= cluster.elements:
            return False
        share = np.where(self.hydrogen[:, None] | self.hydrogen[None], SHORTEST_HYDROGEN, SHORTEST_CONTACT)
        new, old = _distances(cluster.positions), _distances(self.start.positions)
        return bool(new.min() >= (share * old.min()).min() and self.index(cluster) > 1)

    def _is_new(self, cluster: Cluster) -> bool:
        for other in self._seen:
            alike = len(other.rotations) == len(cluster.rotations)
            slack = ALIKE * max(other.rms, 0.1)
            largest = abs(other.lengths.max() - cluster.lengths.max())
            if alike and abs(other.rms - cluster.rms) < slack and largest < 2 * slack:
                return False
        self._seen.append(cluster)
        return True


def _distances(positions: FloatArray) -> FloatArray:
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    return np.asarray(distance)


def molecule_parents(
    structure: Structure, options: SearchOptions, seconds: float, progress: Progress | None
) -> tuple[list[Found], MoleculeSearch]:
    """Search the parents of a molecule.

    Raises
    ------
    InputError
        For a linear molecule, whose group is infinite.
    """
    kinds, names = kinds_of(structure, options.same)
    child = structure.coords - structure.coords.mean(axis=0)
    own = molecular_symmetry(child, [int(k) for k in kinds], _OWN)
    start = Cluster(child, kinds, own.rotations, own.permutations, child)
    hydrogen = np.array([names[k] in ("H", "D") for k in kinds])
    running = MoleculeSearch(start, options, hydrogen, deadline=time.monotonic() + seconds)
    clusters: dict[int, Cluster] = {}

    def found(cluster: Cluster) -> Found:
        def holds(other: Found) -> bool:
            return clusters[id(other)].elements < cluster.elements

        mean = cluster.rotations.mean(axis=0)
        one = Found(
            number=None,
            symbol=None,
            point_group=point_group_name(cluster.rotations),
            index=running.index(cluster),
            size=1,
            point_index=running.index(cluster),
            n_atoms=len(kinds),
            rms=cluster.rms,
            dmax=float(cluster.lengths.max()),
            strain=0.0,
            hop=running.hop(cluster),
            score=running.score(cluster),
            spacing=running.spacing,
            child_atoms=len(kinds),
            polar=bool(np.abs(mean).max() > 1e-3),
            centrosymmetric=bool((np.abs(cluster.rotations + np.eye(3)).max(axis=(1, 2)) < 1e-3).any()),
            hydrogen_halved=False,
            hydrogen_shared=False,
            build=lambda: _structure(cluster, structure),
            holds=holds,
        )
        clusters[id(one)] = cluster
        return one

    return [found(cluster) for cluster in running.run(progress or silent)], running


def _structure(cluster: Cluster, structure: Structure) -> Structure:
    orbits = cluster.permutations.min(axis=0)
    species = []
    for own in orbits:
        members = np.flatnonzero(orbits == own)
        held = chain.from_iterable(structure.contents[member].items() for member in members)
        species.append(summed((element, share / len(members)) for element, share in held))
    return structure_from_arrays(None, species, cluster.positions + structure.coords.mean(axis=0))


def _near_operations(cluster: Cluster, limit: float) -> Iterator[Element]:
    """Permutations that an orthogonal matrix carries out within the limit (rms), with its determinant."""
    positions, kinds = cluster.positions, cluster.kinds
    first, second = _frame(positions, kinds)
    if first == second:
        return
    source = triad(positions[first], positions[second])
    lengths = np.linalg.norm(positions, axis=1)
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    starts = []
    for i in np.flatnonzero(kinds == kinds[first]).tolist():
        for j in np.flatnonzero(kinds == kinds[second]).tolist():
            if i != j and np.linalg.norm(np.cross(positions[i], positions[j])) > 0.1:
                misfit = abs(lengths[i] - lengths[first]) + abs(lengths[j] - lengths[second])
                misfit += abs(apart[i, j] - apart[first, second])
                if misfit <= 4 * limit:
                    starts.append((round(float(misfit), 6), i, j))
    seen: set[Element] = set()
    for _, i, j in sorted(starts)[:_STARTS]:
        target = triad(positions[i], positions[j])
        for sign in (1, -1):
            rotation = target.T @ np.diag([1.0, 1.0, float(sign)]) @ source
            order = _paired(positions, kinds, rotation, sign, limit)
            if order is not None and (order.tobytes(), sign) not in seen:
                seen.add((order.tobytes(), sign))
                yield order.tobytes(), sign


def _frame(positions: FloatArray, kinds: IntArray) -> tuple[int, int]:
    """Two atoms of rare kinds, away from the centroid and from one line."""
    counts = np.bincount(kinds)[kinds]
    lengths = np.linalg.norm(positions, axis=1)
    outer = lengths > 0.4 * lengths.max()
    first = int(np.lexsort((-lengths, counts, ~outer))[0])
    across = np.linalg.norm(np.cross(positions, positions[first]), axis=1)
    wide = across > 0.3 * across.max()
    second = int(np.lexsort((-across, counts, ~wide))[0])
    return (first, second) if across[second] > 1e-3 else (first, first)


def _paired(positions: FloatArray, kinds: IntArray, rotation: FloatArray, sign: int, limit: float) -> IntArray | None:
    """Alternate assignment and best matrix; the permutation, or None beyond the limit."""
    different = kinds[:, None] != kinds[None]
    previous: IntArray | None = None
    order = np.arange(len(positions))
    for _ in range(_ROUNDS):
        difference = (positions @ rotation.T)[:, None] - positions[None]
        cost = np.einsum("ijk,ijk->ij", difference, difference)
        cost[different] = _FORBIDDEN
        order = cost.argmin(axis=1)
        if len(distinct(order)) < len(order):
            if cost.min(axis=1).mean() > 4 * limit**2:
                return None
            order = assign(cost)
        if previous is not None and np.array_equal(order, previous):
            break
        previous = order
        rotation = fitted_rotation(positions, positions[order], sign)
    rest = positions @ rotation.T - positions[order]
    return order.astype(np.int64) if (rest**2).sum(axis=1).mean() <= limit**2 else None


_ROUNDS = 10


def _closed(generators: list[Element]) -> frozenset[Element] | None:
    """The group that the elements make; None beyond 120 of them, the order of Ih."""
    steps = [(np.frombuffer(p, dtype=np.int64), s) for p, s in generators]
    group = set(generators)
    frontier = steps
    while frontier:
        found = []
        for order, sign in frontier:
            for other, turn in steps:
                new = (np.ascontiguousarray(order[other]), sign * turn)
                key = (new[0].tobytes(), new[1])
                if key not in group:
                    group.add(key)
                    found.append(new)
                    if len(group) > _LARGEST_ORDER:
                        return None
        frontier = found
    return frozenset(group)


def _generators(group: frozenset[Element]) -> list[Element]:
    """A few elements that make the whole group."""
    chosen: list[Element] = []
    made: frozenset[Element] = frozenset()
    for element in sorted(group):
        if element not in made:
            chosen.append(element)
            made = _closed(chosen) or frozenset()
    return chosen


def _averaged(cluster: Cluster, group: frozenset[Element]) -> Cluster | None:
    """Average over a group of permutations, and lay the result on the child."""
    positions = cluster.positions
    orders = np.array([np.frombuffer(p, dtype=np.int64) for p, _ in group])
    signs = np.array([s for _, s in group], dtype=np.float64)
    for _ in range(_AVERAGES):
        moved = positions[orders]
        # the best matrix of each operation (W. Kabsch, Acta Cryst. A32, 922 (1976)), determinants held
        left, _, right = np.linalg.svd(np.einsum("gni,nj->gij", moved, positions))
        left[:, :, 2] *= (signs * np.sign(np.linalg.det(left @ right)))[:, None]
        new = (moved @ (left @ right)).mean(axis=0)
        change = float(np.abs(new - positions).max())
        positions = new
        if change < 1e-7:
            break
    if float(_distances(positions).min(initial=np.inf)) < _COINCIDENT:
        return None
    try:
        exact = molecular_symmetry(positions, [int(k) for k in cluster.kinds], _EXACT)
    except InputError:  # the average is linear: its group is infinite
        return None
    if len(exact.rotations) < len(group):
        return None
    turn = fitted_rotation(exact.positions, cluster.child)
    turned = np.einsum("ij,gjk,lk->gil", turn, exact.rotations, turn)
    return Cluster(exact.positions @ turn.T, cluster.kinds, turned, exact.permutations, cluster.child)


_COINCIDENT = 1e-3
"""Å; an average that puts atoms on one place is no molecule."""

_AVERAGES = 60
