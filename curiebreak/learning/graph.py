"""The periodic graph of the undistorted parent: edges, distance shells and the choice of the cutoff.

The cutoff lies in a wide gap between distance shells, never on one; images of an atom in its own cell are
neighbours like any other; the graph is connected through the whole crystal and every atom is within reach
of every kind of site. A connected graph whose edges are vectors fixes the positions up to a motion, so it has
no symmetry beyond that of the parent's atoms coloured by site orbit.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import product

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, integer_echelon
from curiebreak.errors import InputError
from curiebreak.learning.problem import Problem

#: Distances closer than this (Å) belong to one shell.
SHELL_TOLERANCE = 1e-3
#: Narrowest gap between shells (relative to the distance) that a cutoff may lie in.
NARROWEST_GAP = 0.02
#: How much farther than the shell that connects the graph such a gap is looked for; of a parent of many sites, which
#: has none, the widest up to there is taken.
WINDOW = 1.5
#: Most distance shells of one pair of site types with weights of their own; more share radial functions.
MAX_RADIAL = 3


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed edges ``source -> target`` of a periodic graph.

    Parameters
    ----------
    target, source : (e,) int
        Atoms of the cell.
    vectors : (e, 3)
        From the target to the source, Å.
    images : (e, 3) int
        Cell of the source.
    """

    target: IntArray
    source: IntArray
    vectors: FloatArray
    images: IntArray

    @property
    def lengths(self) -> FloatArray:
        """Lengths (e,) in Å."""
        return np.asarray(np.linalg.norm(self.vectors, axis=1))

    def within(self, cutoff: float) -> Edges:
        """Edges shorter than a cutoff in Å."""
        keep = self.lengths < cutoff
        return Edges(self.target[keep], self.source[keep], self.vectors[keep], self.images[keep])


@dataclass(frozen=True, eq=False)
class Graph:
    """Edges with the radial functions that carry the weights.

    Parameters
    ----------
    types : (n,) int
        Site type of each atom.
    edges : Edges
    cutoff : float
        Å.
    radial_index : (e, m) int
        Radial channels (rows of the weight table) of each edge.
    radial_value : (e, m)
        Their values; one channel of value 1 where each shell has its own weights.
    radial_types : (n_radial, 2) int
        Target and source type of each radial channel.
    neighbours : (n_types,)
        Mean number of neighbours of each target type, for normalisation.
    shells : (n_shells, 3)
        Target type, source type, distance (Å) of the shells.
    """

    types: IntArray
    edges: Edges
    cutoff: float
    radial_index: IntArray
    radial_value: FloatArray
    radial_types: IntArray
    neighbours: FloatArray
    shells: FloatArray

    @property
    def n_radial(self) -> int:
        """Number of radial channels."""
        return len(self.radial_types)


def find_edges(lattice: FloatArray | None, positions: FloatArray, cutoff: float) -> Edges:
    """All pairs within a cutoff, periodic images and self-images included.

    Parameters
    ----------
    lattice : (3, 3) or None
        Rows, Å; None for a molecule.
    positions : (n, 3)
        Cartesian, Å.
    cutoff : float
        Å.
    """
    if lattice is None:
        images = np.zeros((1, 3), dtype=np.int64)
        shifts = np.zeros((1, 3))
    else:
        # distances of opposite faces say how many cells the cutoff reaches
        heights = 1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
        frac = positions @ np.linalg.inv(lattice)
        spread = frac.max(axis=0) - frac.min(axis=0)
        reach = np.ceil(cutoff / heights + spread).astype(int)
        images = np.array(list(product(*(range(-m, m + 1) for m in reach))), dtype=np.int64)
        shifts = images @ lattice
    pairs = positions[None, :, :] - positions[:, None, :]
    found = []
    # images in portions: memory stays that of some cells
    for start in range(0, len(images), 64):
        vectors = pairs[:, :, None, :] + shifts[None, None, start : start + 64, :]
        squared = np.einsum("ijsk,ijsk->ijs", vectors, vectors)
        i, j, s = np.nonzero((squared < cutoff**2) & (squared > 1e-6))
        found.append((i, j, vectors[i, j, s], images[start + s]))
    return Edges(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def distinct_distances(lengths: FloatArray, tolerance: float = SHELL_TOLERANCE) -> FloatArray:
    """Centres of the clusters of distances, ascending, Å."""
    ordered = np.sort(lengths)
    if not len(ordered):
        return ordered
    # a step above the tolerance begins a new shell
    splits = np.nonzero(np.diff(ordered) > tolerance)[0] + 1
    return np.array([part.mean() for part in np.split(ordered, splits)])


def spans_crystal(edges: Edges, n_atoms: int, periodic: bool) -> bool:
    """Whether the graph is connected, through every cell of the crystal when periodic."""
    potential = np.zeros((n_atoms, 3), dtype=np.int64)
    seen = np.zeros(n_atoms, dtype=bool)
    seen[0] = True
    stack = [0]
    outgoing = [np.nonzero(edges.target == i)[0] for i in range(n_atoms)]
    while stack:
        i = stack.pop()
        for e in outgoing[i]:
            j = int(edges.source[e])
            if not seen[j]:
                seen[j] = True
                potential[j] = potential[i] + edges.images[e]
                stack.append(j)
    if not seen.all():
        return False
    if not periodic:
        return True
    # the lattice vectors of closed paths; they must generate the whole lattice
    cycles = potential[edges.target] + edges.images - potential[edges.source]
    return bool((np.abs(np.diag(integer_echelon(np.unique(cycles, axis=0)))) == 1).all())


def farthest_type(edges: Edges, types: IntArray) -> int:
    """Most steps along edges that any atom is away from the nearest atom of any site type."""
    n, n_types = len(types), int(types.max()) + 1
    adjacent = np.zeros((n, n), dtype=bool)
    adjacent[edges.target, edges.source] = True
    reached = np.zeros((n, n_types), dtype=bool)
    reached[np.arange(n), types] = True
    for steps in range(n + 1):
        if reached.all():
            return steps
        #  (adjacent|one step more for every site type at once
        reached = reached | (adjacent.astype(np.int64) @ reached.astype(np.int64) > 0)
    return n + 1


def _spread_rank(edges: Edges, n_atoms: int) -> int:
    """Smallest dimension spanned by the neighbours of an atom."""
    ranks = [
        np.linalg.matrix_rank(edges.vectors[edges.target == i], tol=1e-3) if np.any(edges.target == i) else 0
        for i in range(n_atoms)
    ]
    return int(min(ranks))


def choose_cutoff(problem: Problem, layers: int, step: int = 0) -> tuple[float, Edges]:
    """Cutoff in a wide gap between shells, and the edges below it.

    Parameters
    ----------
    problem : Problem
    layers : int
        Convolutions of the network; every kind of site must be within ``layers - 1`` steps of every atom.
    step : int
        How many admissible gaps to go beyond the first (each enlargement takes one more).

    Raises
    ------
    InputError
        The parent has a single atom and no lattice, or no connected graph exists within 40 Å.
    """
    n = problem.n_atoms
    periodic = problem.lattice is not None
    if n == 1 and not periodic:
        raise InputError("A molecule of one atom has no graph.", "Give a parent with at least two atoms.")
    radius = 5.0
    while radius < 41.0:
        edges = find_edges(problem.lattice, problem.positions, radius)
        chosen = _gap(problem, edges, radius, layers, step)
        if chosen is not None:
            return chosen, edges.within(chosen)
        radius *= 1.4
    raise InputError(
        "No connected graph of the parent was found within 40 Å.",
        "Check the units of the positions (Å); give a layer less vacuum, or ask `curiebreak modes`: no training.",
    )


def _connects(edges: Edges, problem: Problem, layers: int, rank: int) -> bool:
    """Whether edges join all atoms, every type within `layers` steps of each, around each in so many dimensions."""
    n, periodic = problem.n_atoms, problem.lattice is not None
    return (
        spans_crystal(edges, n, periodic)
        and farthest_type(edges, problem.types) < layers
        and (not periodic or _spread_rank(edges, n) >= rank)
    )


def _gap(problem: Problem, edges: Edges, radius: float, layers: int, step: int) -> float | None:
    """A cutoff among edges up to `radius`, or None where that is too short to tell."""
    periodic = problem.lattice is not None
    levels = distinct_distances(edges.lengths)
    if not len(levels):
        return None
    upper = np.append(levels[1:], radius if periodic else 2 * levels[-1])
    known = len(levels) - 1 if periodic else len(levels)  # what follows the last shell is not seen yet
    middles = (levels + upper) / 2
    wanted = min(3, int(np.linalg.matrix_rank(edges.vectors, tol=1e-3)))

    def enough(place: int) -> bool:
        return _connects(edges.within(float(middles[place])), problem, max(layers, 2), wanted)

    # more edges connect no less
    place, chosen = bisect_left(range(known), True, key=enough), None
    for _ in range(step + 1):
        if place >= known:
            return None if periodic else chosen
        stop = int(np.searchsorted(levels[:known], WINDOW * levels[place]))
        # a cutoff in a narrow gap would tell apart what the crystal does not
        gaps = (upper[place:stop] - levels[place:stop]) / levels[place:stop]
        wide = np.nonzero(gaps >= NARROWEST_GAP)[0]
        if not len(wide) and stop == known and periodic:
            return None
        place += int(wide[0] if len(wide) else gaps.argmax())
        chosen = float(middles[place])
        place += 1
    return chosen


def build_graph(problem: Problem, cutoff: float, edges: Edges | None = None, shells: FloatArray | None = None) -> Graph:
    """Graph of a problem at a cutoff.

    Parameters
    ----------
    problem : Problem
    cutoff : float
        Å.
    edges : Edges, optional
        When already known.
    shells : (n_shells, 3), optional
        Shells of an earlier graph of the same parent (another cell), so that weights keep their meaning.

    Raises
    ------
    InputError
        The cell has a distance that the given shells do not contain.
    """
    found = edges if edges is not None else find_edges(problem.lattice, problem.positions, cutoff)
    pair = np.stack([problem.types[found.target], problem.types[found.source]], axis=1)
    table = _shell_table(pair, found.lengths) if shells is None else shells
    radial_types, values = _radial_channels(table, cutoff)
    shell = _match_shells(table, pair, found.lengths)
    width = max(len(row) for row in values)
    index = np.zeros((len(shell), width), dtype=np.int64)
    value = np.zeros((len(shell), width))
    for s, row in enumerate(values):
        members = shell == s
        for slot, (channel, amount) in enumerate(row):
            index[members, slot], value[members, slot] = channel, amount
    n_types = problem.n_types
    count = np.bincount(problem.types[found.target], minlength=n_types)
    atoms = np.maximum(np.bincount(problem.types, minlength=n_types), 1)
    return Graph(problem.types, found, cutoff, index, value, radial_types, np.maximum(count / atoms, 1.0), table)


def _shell_table(pair: IntArray, lengths: FloatArray) -> FloatArray:
    rows = []
    for target, source in np.unique(pair, axis=0):
        members = (pair[:, 0] == target) & (pair[:, 1] == source)
        rows += [(target, source, distance) for distance in distinct_distances(lengths[members])]
    return np.array(rows, dtype=np.float64)


def _match_shells(table: FloatArray, pair: IntArray, lengths: FloatArray) -> IntArray:
    # one ascending number a shell: site types are farther apart than any distances
    types = int(max(table[:, :2].max(), pair.max())) + 1
    shells = _APART * (types * table[:, 0] + table[:, 1]) + table[:, 2]
    edges = _APART * (types * pair[:, 0] + pair[:, 1]) + lengths
    above = np.searchsorted(shells, edges).clip(1, max(len(shells) - 1, 1))
    below = above - 1
    above = above.clip(max=len(shells) - 1)
    nearest = np.where(edges - shells[below] <= shells[above] - edges, below, above)
    if np.any(np.abs(shells[nearest] - edges) > 20 * SHELL_TOLERANCE):
        raise InputError(
            "The cell holds a distance that the network was not built for.",
            "Evaluate the network on cells of the parent that it was trained on.",
        )
    return np.asarray(nearest)


_APART = 1e4
"""Å."""


def _radial_channels(table: FloatArray, cutoff: float) -> tuple[IntArray, list[list[tuple[int, float]]]]:
    """One channel a shell; cosines of the distance where a pair of types has more than `MAX_RADIAL`."""
    types: list[tuple[int, int]] = []
    rows: list[list[tuple[int, float]]] = [[] for _ in table]
    pairs = np.unique(table[:, :2], axis=0).astype(np.int64)
    for target, source in pairs:
        members = np.nonzero((table[:, 0] == target) & (table[:, 1] == source))[0]
        first = len(types)
        if len(members) <= MAX_RADIAL:
            for offset, s in enumerate(members):
                rows[s] = [(first + offset, 1.0)]
            types += [(int(target), int(source))] * len(members)
        else:
            for s in members:
                # more shells than channels share cosines of the distance
                phase = np.pi * table[s, 2] / cutoff
                rows[s] = [(first + k, float(np.cos(k * phase))) for k in range(MAX_RADIAL)]
            types += [(int(target), int(source))] * MAX_RADIAL
    return np.array(types, dtype=np.int64), rows
