"""Components of fields under the parent's full group, without labels or irrep tables.

A random operator that commutes with every parent operation is a sum over pairs of atoms,
``(K u)_i = sum_j F(a_i, a_j, r_ij) u_j``, with F averaged over the parent's operations. By Schur's lemma each
eigenspace of ``K + K^T`` on the fields of one carrier is, generically, one copy of one irrep of the parent's
space group (star included); here only its part invariant under the child's group. K itself connects two
copies exactly when they belong to the same irrep, which links copies of all carriers into components.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.learning.breaking import (
    GLOBAL,
    Carrier,
    InputSpace,
    carrier_fields,
    input_orbits,
    split_symmetric,
)
from curiebreak.learning.graph import SHELL_TOLERANCE, Edges, distinct_distances, find_edges
from curiebreak.learning.harmonics import representation
from curiebreak.learning.orbits import EvenKind, Orbits, even_kinds
from curiebreak.learning.problem import Problem

#: Component id of what every parent operation keeps.
SYMMETRIC = -1
#: Eigenvalues closer than this (relative to the largest) belong to one eigenspace; couplings above link.
RESOLUTION = 1e-7
#: Part of a field that an average over operations leaves where these keep it.
KEPT = 1 - 1e-6
#: Random functions in the kernel, and the seeds of the operators used.
FUNCTIONS = 3
SEEDS = (1, 2)
#: Steps of power iteration for the norm of an operator, and how often paths are doubled: 8 edges span any cell.
ITERATIONS = 30
DOUBLINGS = 3


@dataclass(frozen=True, eq=False)
class IsotypicSplit:
    """Components of the inputs and of the target.

    Parameters
    ----------
    inputs : InputSpace
        Breaking inputs; coordinates sorted by carrier and component.
    target_fields : dict
        Carriers of the target fields with their orthonormal fields (n or 1, 2l+1, k).
    target_component : dict
        Component (k,) of each of these; `SYMMETRIC` for what all parent operations keep.
    """

    inputs: InputSpace
    target_fields: dict[Carrier, FloatArray]
    target_component: dict[Carrier, IntArray]

    @property
    def components(self) -> IntArray:
        """All ids except `SYMMETRIC`."""
        ids = [self.inputs.component, *self.target_component.values()]
        found = np.unique(np.concatenate(ids))
        return np.asarray(found[found != SYMMETRIC])


def target_carriers(problem: Problem) -> tuple[Carrier, ...]:
    """Carriers of the target: 1o, 0e and 1e- on sites, 0e and 2e of the cell, and those of other fields."""
    found: list[Carrier] = []
    for name in problem.type_names:
        if problem.has_displacement:
            found.append(Carrier(name, 1, -1))
        if problem.has_occupation:
            found.append(Carrier(name, 0, 1))
        if problem.has_moments:
            found.append(Carrier(name, 1, 1, -1))
        found += [Carrier(name, f.degree, f.parity, f.time) for f in problem.target_fields if not f.everywhere]
    found += [Carrier(GLOBAL, f.degree, f.parity, f.time) for f in problem.target_fields if f.everywhere]
    if problem.has_strain:
        found += [Carrier(GLOBAL, 0, 1), Carrier(GLOBAL, 2, 1)]
    return tuple(dict.fromkeys(found))


def decompose(problem: Problem, carriers: tuple[Carrier, ...]) -> IsotypicSplit:
    """Find the components of all carriers and of the target.

    Parameters
    ----------
    problem : Problem
    carriers : tuple of Carrier
        Allowed carriers of breaking inputs.
    """
    orbits = input_orbits(problem)
    wanted = tuple(dict.fromkeys((*carriers, *target_carriers(problem))))
    symmetric, breaking = {}, {}
    for carrier in wanted:
        fields = carrier_fields(problem, orbits, carrier)
        # what every operation of the parent keeps breaks nothing and is no input
        symmetric[carrier], breaking[carrier] = split_symmetric(problem, carrier.kind, fields)
    rotated, component = _components(problem, orbits, breaking)
    parts = [_breaking_columns(problem, c, rotated[c], component[c]) for c in carriers]
    inputs = InputSpace(
        carriers,
        tuple(fields for fields, _ in parts),
        np.concatenate([np.zeros(0, dtype=np.int64)] + [ids for _, ids in parts]),
        np.repeat(np.arange(len(carriers)), [len(ids) for _, ids in parts]),
    )
    targets = target_carriers(problem)
    fields_of = {c: np.concatenate([symmetric[c], rotated[c]], axis=2) for c in targets}
    kept = {c: np.full(symmetric[c].shape[2], SYMMETRIC) for c in targets}
    ids = {c: np.concatenate([kept[c], component[c]]) for c in targets}
    return IsotypicSplit(inputs, fields_of, ids)


def _components(
    problem: Problem, orbits: Orbits, breaking: dict[Carrier, FloatArray]
) -> tuple[dict[Carrier, FloatArray], dict[Carrier, IntArray]]:
    """Fields of each carrier turned so that each belongs to one component, and the number of that component."""
    rotated, component = {}, {}
    known = 0
    for time in (1, -1):
        # no operator that commutes with time reversal leads from one time parity to the other
        own = tuple(c for c in breaking if c.time == time)
        joint = _Joint(problem, orbits, own, breaking)
        columns, numbers = joint.components()
        for carrier in own:
            part = joint.part(carrier)
            rotated[carrier] = breaking[carrier] @ columns[part, part]
            component[carrier] = known + numbers[part]
        known += 1 + int(numbers.max(initial=-1))
    return rotated, component


def _breaking_columns(
    problem: Problem, carrier: Carrier, fields: FloatArray, ids: IntArray
) -> tuple[FloatArray, IntArray]:
    """Columns of a carrier sorted by component, without what the operations that keep the given fields keep."""
    order = np.argsort(ids, kind="stable")
    if problem.remaining is None:
        return fields[:, :, order], ids[order]
    chosen, numbers = [fields[:, :, :0]], [ids[:0]]
    for component in np.unique(ids):
        members = fields[:, :, ids == component]
        _, breaking = split_symmetric(problem.under_given, carrier.kind, members, KEPT)
        chosen.append(breaking)
        numbers.append(np.full(breaking.shape[2], component, dtype=np.int64))
    return np.concatenate(chosen, axis=2), np.concatenate(numbers)


class _Joint:
    """All carriers of one time parity side by side, with random operators between them.

    On odd fields the parent's operations without time reversal say all: with it they act by the sign more.
    """

    def __init__(
        self, problem: Problem, orbits: Orbits, carriers: tuple[Carrier, ...], fields: dict[Carrier, FloatArray]
    ) -> None:
        self.problem, self.orbits, self.carriers = problem, orbits, carriers
        self.lmax = max((c.degree for c in carriers), default=0)
        sizes = [fields[c].shape[2] for c in carriers]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        self.parts = {c: slice(int(starts[i]), int(starts[i + 1])) for i, c in enumerate(carriers)}
        self.total = int(starts[-1])
        width = 2 * (self.lmax + 1) ** 2
        self.site = np.zeros((problem.n_atoms, width, self.total))
        self.everywhere = np.zeros((width, self.total))
        for carrier in carriers:
            degree = carrier.degree
            start = 2 * degree**2 + (0 if carrier.parity > 0 else 2 * degree + 1)
            slots = slice(start, start + 2 * degree + 1)
            if carrier.site == GLOBAL:
                self.everywhere[slots, self.part(carrier)] = fields[carrier][0]
            else:
                self.site[:, slots, self.part(carrier)] = fields[carrier]

    def part(self, carrier: Carrier) -> slice:
        """Columns of a carrier."""
        return self.parts[carrier]

    def size(self, carrier: Carrier) -> int:
        """Number of columns of a carrier."""
        part = self.parts[carrier]
        return part.stop - part.start

    def components(self) -> tuple[FloatArray, IntArray]:
        """Rotation of the columns (block diagonal by carrier) and the component of each new column."""
        rotation = np.zeros((self.total, self.total))
        if not self.total:
            return rotation, np.zeros(0, dtype=np.int64)
        spaces: list[IntArray] = []
        edges = _kernel_edges(self.problem, self.orbits)
        first, *others = (self._operator(edges, seed) for seed in SEEDS)
        paths = _by_paths(first + first.T)
        for carrier in self.carriers:
            part = self.part(carrier)
            if not self.size(carrier):
                continue
            # an operator that commutes with G has its eigenspaces inside irreps (Schur); a random one tells them apart
            values, vectors = np.linalg.eigh(paths[part, part])
            rotation[part, part] = vectors
            scale = max(float(np.abs(values).max()), 1e-300)
            # equal eigenvalues belong to one irreducible space
            splits = np.nonzero(np.diff(values) > RESOLUTION * scale)[0] + 1
            spaces += [part.start + piece for piece in np.split(np.arange(len(values)), splits)]
        label = np.arange(len(spaces))
        member = np.zeros((self.total, len(spaces)))
        for column, space in enumerate(spaces):
            member[space, column] = 1.0
        for operator in (first, *others):
            # spaces between which a commuting operator does not vanish hold the same irrep (Schur)
            turned = rotation.T @ operator @ rotation
            strength = np.sqrt(member.T @ turned**2 @ member)
            own = np.sqrt(np.maximum(np.outer(np.diag(strength), np.diag(strength)), 1e-300))
            label = _linked(label, (strength + strength.T) / own > RESOLUTION)
        component = np.zeros(self.total, dtype=np.int64)
        for space, number in zip(spaces, np.unique(label, return_inverse=True)[1].reshape(-1), strict=True):
            component[space] = number
        return rotation, component

    def _operator(self, edges: Edges, seed: int) -> FloatArray:
        """Random operator commuting with the parent's group, (total, total)."""
        problem, kinds = self.problem, even_kinds(self.lmax)
        rng = np.random.default_rng(seed)
        n_primitive, width = problem.parent_permutations.shape[1], self.site.shape[1]
        # a random kernel k(x, y), averaged over the group, commutes with it
        left = rng.normal(size=(FUNCTIONS, n_primitive + 1, width))
        right = rng.normal(size=(FUNCTIONS, n_primitive + 1, width))
        matrices = [representation(k[0], k[1], problem.parent_rotations) for k in kinds]
        extended = np.concatenate(
            [problem.parent_permutations, np.full((len(problem.parent_rotations), 1), n_primitive)], axis=1
        )
        left, right = (_turned(part[:, extended], matrices, kinds) for part in (left, right))
        a, b = problem.parent_atom, problem.parent_atom[edges.source]
        # a random function of the vector between the atoms, seen from every orientation
        amount = _random_functions(edges.vectors, problem.parent_rotations, rng)
        multiplicity = np.zeros(problem.n_atoms)
        multiplicity[self.orbits.representative] = self.orbits.multiplicity
        result = np.zeros((self.total, self.total))
        for i in np.unique(edges.target):
            own = np.nonzero(edges.target == i)[0]
            sources, place = np.unique(edges.source[own], return_inverse=True)
            kernel = np.zeros((len(sources), width, width))
            for source in np.unique(b[own]):
                some = b[own] == source
                # sum over operations of D(g)^T left f(R_g r) right^T D(g), for all edges from this site
                weighted = left[:, :, a[i], :, None] * amount[:, :, None, own[some]]
                part = weighted.transpose(3, 2, 0, 1).reshape(int(some.sum()) * width, -1)
                part = part @ right[:, :, source].reshape(-1, width)
                np.add.at(kernel, place[some], part.reshape(-1, width, width))
            rows = np.nonzero(np.abs(self.site[i]).sum(0))[0]
            made = multiplicity[i] * np.einsum("xr,sxy->rsy", self.site[i][:, rows], kernel, optimize=True)
            beside = self.site[sources].reshape(len(sources) * width, self.total)
            result[rows] += made.reshape(len(rows), len(sources) * width) @ beside
        if np.any(self.everywhere):
            result += self._global_part(left, right, multiplicity)
        return result / len(problem.parent_rotations)

    def _global_part(self, left: FloatArray, right: FloatArray, multiplicity: FloatArray) -> FloatArray:
        """Operators from the whole cell to itself and to the sites."""
        cell = self.everywhere
        # the whole cell has no position: the average over the group alone
        kernel = np.einsum("kgx,kgy->xy", left[:, :, -1], right[:, :, -1])
        result = cell.T @ kernel @ cell
        for i in self.orbits.representative:
            to_site = np.einsum("kgx,kgy->xy", left[:, :, self.problem.parent_atom[i]], right[:, :, -1])
            result += multiplicity[i] * self.site[i].T @ to_site @ cell
        return np.asarray(result)


def _by_paths(even: FloatArray) -> FloatArray:
    """``T_1 + T_2 + T_4 + T_8`` (Chebyshev) of a symmetric operator (n, n), scaled to eigenvalues within about +-1.

    It commutes with all that the operator commutes with, and couples by way of all carriers what no edge joins. Two
    irreps may differ in the sign between far layers alone, where all that the near ones say of it cancels (the slabs of
    a body-centred stacking); one step would take them for one.
    """
    vector = np.ones(len(even))
    for _ in range(ITERATIONS):
        vector = even @ vector
        vector /= max(float(np.linalg.norm(vector)), 1e-300)
    power = even / max(float(np.linalg.norm(even @ vector)), 1e-300)
    paths = power.copy()
    for _ in range(DOUBLINGS):
        power = 2.0 * power @ power - np.eye(len(even))
        paths += power
    return np.asarray(paths)


def _turned(vectors: FloatArray, matrices: list[FloatArray], kinds: tuple[EvenKind, ...]) -> FloatArray:
    """``D(g)^T`` on vectors (k, g, atoms, width)."""
    result = np.empty_like(vectors)
    start = 0
    for kind, matrix in zip(kinds, matrices, strict=True):
        stop = start + 2 * kind[0] + 1
        result[..., start:stop] = np.einsum("gyx,kgay->kgax", matrix, vectors[..., start:stop])
        start = stop
    return result


def _random_functions(vectors: FloatArray, rotations: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Smooth random functions (k, g, e) of the rotated edge vectors, without any symmetry."""
    scale = max(float(np.linalg.norm(vectors, axis=1).max(initial=0.0)), 1e-9) / 2
    wave = rng.normal(size=(FUNCTIONS, 3)) * 3.0 / scale
    phase = rng.uniform(0, 2 * np.pi, size=FUNCTIONS)
    turned = np.einsum("gij,ej->gei", rotations, vectors)
    # smooth and of finite range, so that the edges kept are enough
    envelope = np.exp(-0.5 * (np.linalg.norm(vectors, axis=1) / scale) ** 2)
    return np.asarray(np.cos(np.einsum("gei,ki->kge", turned, wave) + phase[:, None, None]) * envelope)


def _kernel_edges(problem: Problem, orbits: Orbits) -> Edges:
    """Pairs within a generous cutoff whose target represents an orbit, self-pairs included."""
    if problem.lattice is None:
        edges = find_edges(None, problem.positions, 1e3)
    else:
        # a few neighbours on every atom at any density
        volume = abs(float(np.linalg.det(problem.lattice))) / problem.n_atoms
        radius = 2.3 * volume ** (1 / 3)
        edges = find_edges(problem.lattice, problem.positions, 1.6 * radius)
        levels = distinct_distances(edges.lengths)
        gaps = np.diff(levels)
        inside = (levels[:-1] > radius * 0.95) & (levels[1:] < 1.55 * radius)
        best = int(np.argmax(np.where(inside, gaps, 0.0))) if inside.any() else len(gaps) - 1
        edges = edges.within(float(levels[best : best + 2].mean()))
        edges = _with_translations(problem, edges)
    keep = np.isin(edges.target, orbits.representative)
    own = orbits.representative
    none = np.zeros((len(own), 3))
    return Edges(
        np.concatenate([edges.target[keep], own]),
        np.concatenate([edges.source[keep], own]),
        np.concatenate([edges.vectors[keep], none]),
        np.concatenate([edges.images[keep], none.astype(np.int64)]),
    )


def _with_translations(problem: Problem, edges: Edges) -> Edges:
    """The edges, and the shells in which a site meets its translates by every lattice vector of the parent.

    Without them wave vectors that differ along a long axis could not be told apart.
    """
    if problem.lattice is None:
        return edges
    inverse = np.linalg.inv(problem.lattice)
    translates = np.nonzero(problem.parent_atom == problem.parent_atom[0])[0]
    vectors = problem.positions[translates] - problem.positions[0]
    corners = np.array(list(product((-1, 0, 1), repeat=3))) @ problem.lattice
    folded = vectors - np.round(vectors @ inverse) @ problem.lattice
    # distances to the translates of a site: without them arms of a star could stay apart
    wanted = np.linalg.norm(folded[:, None] + corners[None], axis=2).min(axis=1)
    longest = float(edges.lengths.max(initial=0.0))
    wanted = np.unique(np.round(wanted[wanted > longest + SHELL_TOLERANCE], 3))
    if not len(wanted):
        return edges
    further = find_edges(problem.lattice, problem.positions, float(wanted.max()) + 2 * SHELL_TOLERANCE)
    shell = (np.abs(further.lengths[:, None] - wanted[None]) < SHELL_TOLERANCE).any(axis=1)
    shell &= problem.types[further.target] == problem.types[further.source]
    shell &= further.lengths > longest + SHELL_TOLERANCE / 2
    return Edges(
        np.concatenate([edges.target, further.target[shell]]),
        np.concatenate([edges.source, further.source[shell]]),
        np.concatenate([edges.vectors, further.vectors[shell]]),
        np.concatenate([edges.images, further.images[shell]]),
    )


def _linked(label: IntArray, connected: BoolArray) -> IntArray:
    """Merge labels of spaces that are connected."""
    label = label.copy()
    for a, b in zip(*np.nonzero(connected), strict=True):
        if label[a] != label[b]:
            label[label == label[b]] = label[a]
    return label
