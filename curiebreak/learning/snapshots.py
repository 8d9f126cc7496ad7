"""A small E(3)-equivariant network on snapshots of one system: positions and velocities in, accelerations out.

For every atom i of every snapshot, channels c, kinds (l, parity) up to l = 2,

    f = embedding + sum over atoms j of w(type_i, type_j, l) . R(1/r_ij) Y_l(r_ij) + w(type_i) v_i + gain z
    u = linear(f) gate(linear(f_0e)),  s = linear(f)
    a = readout . f_1o + sum over paths of w CG[l1, l2, 1] u s

z is the hidden field: one set of components for all atoms and snapshots, fed through fixed gains so that
weights cannot absorb its scale. Sums over neighbours depend on positions alone and are computed once.

With multipoles about a centre z are their components; an atom feels the vectors that they make at its place,
:mod:`curiebreak.learning.multipoles`, and knows its place. The output is then even under time reversal,
``a = (a(v, z) + a(-v, theta z)) / 2``, so that an odd field can act on moving atoms alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import torch
from e3nn import o3

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.learning.engine import State
from curiebreak.learning.harmonics import coupling, spherical_harmonics
from curiebreak.learning.multipoles import Multipole, gradient_fields
from curiebreak.learning.network import gate
from curiebreak.learning.orbits import EvenKind, even_kinds

LMAX = 2
LMAX_EDGE = 1

SMALL = 0.1
"""Size of first weights of radial functions and products: what starts at random must be unlearned."""


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Snapshots of one system.

    Attributes
    ----------
    positions, velocities, accelerations : (m, n, 3)
        Cartesian, any consistent units, frame common to all snapshots.
    types : (n,) int
        EvenKind of each atom, from 0.
    lattice : (3, 3) or None
        Rows: the periodic cell, the same in all snapshots; None for a finite system.
    centre : (3,) or None
        Point about which a hidden field may have multipoles; None for uniform fields.
    """

    positions: FloatArray
    velocities: FloatArray
    accelerations: FloatArray
    types: IntArray
    lattice: FloatArray | None = None
    centre: FloatArray | None = None

    def select(self, rows: IntArray) -> Snapshots:
        """Some of the snapshots."""
        return Snapshots(
            self.positions[rows], self.velocities[rows], self.accelerations[rows], self.types, self.lattice, self.centre
        )

    @property
    def places(self) -> FloatArray:
        """Positions (m * n, 3) seen from the centre; zeros without one."""
        if self.centre is None:
            return np.zeros((self.positions.size // 3, 3))
        return np.asarray((self.positions - self.centre).reshape(-1, 3))

    def __len__(self) -> int:
        return len(self.positions)


def slots(kind: EvenKind) -> slice:
    """Components of a kind among the 18 of a feature."""
    degree, parity = kind
    start = 2 * degree**2 + (0 if parity > 0 else 2 * degree + 1)
    return slice(start, start + 2 * degree + 1)


@dataclass(frozen=True)
class RadialBasis:
    """Chebyshev polynomials of the inverse distance between two limits, with a smooth end for periodic cells."""

    nearest: float
    farthest: float
    count: int
    cutoff: float | None = None

    def __call__(self, distances: FloatArray) -> FloatArray:
        """Values (..., count)."""
        low, high = 1.0 / self.farthest, 1.0 / self.nearest
        # Chebyshev variable in 1/r, beyond the limits cut off at 1.5
        place = np.clip((2.0 / distances - low - high) / (high - low), -1.5, 1.5)
        values = np.polynomial.chebyshev.chebvander(place, self.count - 1)
        if self.cutoff is None:
            return np.asarray(values)
        inside = np.clip(distances / self.cutoff, 0.0, 1.0)
        return np.asarray(values * (0.5 * (1 + np.cos(np.pi * inside)))[..., None])


def pair_vectors(snapshots: Snapshots) -> FloatArray:
    """Vectors (m, n, n, 3) from atom i to atom j, nearest images in a periodic cell."""
    difference = snapshots.positions[:, None] - snapshots.positions[:, :, None]
    if snapshots.lattice is not None:
        fractions = difference @ np.linalg.inv(snapshots.lattice)
        difference = nearest_image(fractions) @ snapshots.lattice
    return np.asarray(difference)


def radial_basis(snapshots: Snapshots, count: int) -> RadialBasis:
    """Basis that spans the distances of the snapshots."""
    n_atoms = len(snapshots.types)
    if n_atoms < 2:
        return RadialBasis(1.0, 2.0, count)
    apart = ~np.eye(n_atoms, dtype=bool)
    distances = np.linalg.norm(pair_vectors(snapshots), axis=-1)[:, apart]
    cutoff = None
    if snapshots.lattice is not None:
        cutoff = 0.5 / float(np.linalg.norm(np.linalg.inv(snapshots.lattice), axis=0).max())
    farthest = float(distances.max()) if cutoff is None else cutoff
    return RadialBasis(0.95 * float(distances.min()), 1.05 * farthest, count, cutoff)


def neighbour_sums(snapshots: Snapshots, basis: RadialBasis) -> FloatArray:
    """Sums over neighbours (m * n, types, radial, 9) of radial functions times harmonics up to l = 2."""
    types = snapshots.types
    count, n_atoms = len(snapshots), len(types)
    vectors = pair_vectors(snapshots)
    vectors[:, np.arange(n_atoms), np.arange(n_atoms)] = [0.0, 0.0, basis.farthest]
    radial = basis(np.linalg.norm(vectors, axis=-1))
    radial[:, np.arange(n_atoms), np.arange(n_atoms)] = 0.0
    harmonics = np.concatenate([spherical_harmonics(degree, vectors) for degree in range(LMAX_EDGE + 1)], -1)
    kinds = np.eye(int(types.max()) + 1)[types]
    # sum over neighbours of R_k(r) Y(r), by their kind
    sums = np.einsum("mijk,mijy,jt->mitky", radial, harmonics, kinds) / np.sqrt(max(n_atoms - 1, 1))
    return np.asarray(sums.reshape(count * n_atoms, kinds.shape[1], basis.count, -1))


@dataclass(frozen=True)
class SnapshotNetwork:
    """Declared irreps and weights of the network.

    Parameters
    ----------
    n_types, channels, n_radial : int
    candidates : tuple of (l, parity)
        Kinds of the hidden field, in the order of its components.
    multipoles : tuple of Multipole
        The same as multipoles about a centre, if they are such.
    """

    n_types: int
    channels: int
    n_radial: int
    candidates: tuple[EvenKind, ...]
    multipoles: tuple[Multipole, ...] = ()

    @property
    def felt(self) -> tuple[EvenKind, ...]:
        """Kinds of what an atom feels of the hidden field: the field itself, or the vectors that multipoles make."""
        return self.candidates if not self.multipoles else ((1, -1), (1, 1))

    @property
    def kinds(self) -> tuple[EvenKind, ...]:
        """Kinds of the features."""
        return even_kinds(LMAX)

    @property
    def irreps_in(self) -> o3.Irreps:
        """Given per atom (velocity), then the hidden field."""
        return o3.Irreps("1o") + o3.Irreps([(1, kind) for kind in self.candidates])

    @property
    def irreps_out(self) -> o3.Irreps:
        """Acceleration."""
        return o3.Irreps("1o")

    @property
    def n_inputs(self) -> int:
        """Components of the hidden field."""
        return sum(2 * degree + 1 for degree, _ in self.candidates)

    @cached_property
    def paths(self) -> tuple[tuple[EvenKind, EvenKind], ...]:
        """Pairs of kinds whose product holds a polar vector."""
        pairs = product(self.kinds, repeat=2)
        return tuple((a, b) for a, b in pairs if a[1] * b[1] == -1 and abs(a[0] - b[0]) <= 1 <= a[0] + b[0])

    @cached_property
    def layout(self) -> dict[str, tuple[slice, tuple[int, ...]]]:
        """Name -> (place in the flat weight vector, shape)."""
        t, k, c = self.n_types, len(self.kinds), self.channels
        shapes = {
            "embed": (t, c),
            "edge": (t, LMAX_EDGE + 1, t, self.n_radial, c),
            "velocity": (t, c),
            "first": (t, k, c, c),
            "second": (t, k, c, c),
            "gate": (t, c, c),
            "readout": (t, c),
            "product": (t, len(self.paths), c),
        }
        if self.multipoles:
            shapes["place"] = (t, c)
        table, start = {}, 0
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            table[name] = (slice(start, start + size), shape)
            start += size
        return table

    def initial_weights(self, seed: int) -> torch.Tensor:
        """Random weights (n_weights,)."""
        generator = torch.Generator().manual_seed(seed)
        total = max(part.stop for part, _ in self.layout.values())
        weights = torch.randn(total, generator=generator, dtype=torch.float64)
        scales = {"edge": SMALL / np.sqrt(self.n_radial), "product": SMALL / np.sqrt(len(self.paths))}
        for name, (part, _) in self.layout.items():
            weights[part] *= scales.get(name, 1.0) / np.sqrt(self.channels)
        return weights

    @cached_property
    def constants(self) -> dict[str, torch.Tensor]:
        """Fixed arrays: gains of the hidden field, product couplings, slot of each kind."""
        generator = torch.Generator().manual_seed(20210101)
        gains = torch.zeros(self.channels, 18, dtype=torch.float64)
        for kind in self.felt:
            vector = torch.randn(self.channels, generator=generator, dtype=torch.float64)
            gains[:, slots(kind)] = (vector / vector.norm())[:, None]
        times = np.ones(self.n_inputs)
        if self.multipoles:
            times = np.repeat([m.time for m in self.multipoles], [2 * m.degree + 1 for m in self.multipoles])
        tensor = torch.zeros(len(self.paths), 18, 18, 3, dtype=torch.float64)
        for index, (a, b) in enumerate(self.paths):
            block = torch.as_tensor(coupling(a[0], b[0], 1).copy()) * np.sqrt(3.0)
            tensor[index, slots(a), slots(b)] = block
        of_slot = np.concatenate([[i] * (2 * kind[0] + 1) for i, kind in enumerate(self.kinds)])
        edge = np.concatenate([np.arange(18)[slots((l, (-1) ** l))] for l in range(LMAX_EDGE + 1)])  # noqa: E741
        degree = np.concatenate([[l] * (2 * l + 1) for l in range(LMAX_EDGE + 1)])  # noqa: E741
        place = torch.zeros(LMAX_EDGE + 1, len(edge), 18, dtype=torch.float64)
        place[torch.as_tensor(degree), torch.arange(len(edge)), torch.as_tensor(edge)] = 1.0
        return {
            "gains": gains,
            "times": torch.as_tensor(times.astype(np.float64)),
            "product": tensor,
            "of_slot": torch.as_tensor(of_slot.astype(np.int64)),
            "place": place,
        }

    def felt_fields(self, places: FloatArray) -> FloatArray:
        """Maps (r, 18, z) from the hidden field to what an atom at each place (r, 3), in units of the span, feels."""
        result = np.zeros((len(places), 18, self.n_inputs))
        start = 0
        for number, kind in enumerate(self.candidates):
            width = 2 * kind[0] + 1
            if self.multipoles:
                made, at = gradient_fields(kind[0], places), slots((1, self.multipoles[number].field_parity))
            else:
                made, at = np.broadcast_to(np.eye(width), (len(places), width, width)), slots(kind)
            result[:, at, start : start + width] = made
            start += width
        return result

    def atom(
        self,
        weights: torch.Tensor,
        inputs: torch.Tensor,
        sums: torch.Tensor,
        velocity: torch.Tensor,
        kind: torch.Tensor,
        felt: torch.Tensor,
        place: torch.Tensor,
    ) -> torch.Tensor:
        """Acceleration (3,) of one atom.

        Its neighbour sums are (types, radial, 9), velocity and place (3,), the one-hot kind (types,), the map from the
        hidden field to what it feels (18, z).
        """
        found = self._answer(weights, felt @ inputs, sums, velocity, kind, place)
        if not self.multipoles:
            return found
        # time reversal turns velocities and odd fields round, and leaves accelerations alone
        turned = felt @ (self.constants["times"] * inputs)
        return 0.5 * (found + self._answer(weights, turned, sums, -velocity, kind, place))

    def _answer(
        self,
        weights: torch.Tensor,
        field: torch.Tensor,
        sums: torch.Tensor,
        velocity: torch.Tensor,
        kind: torch.Tensor,
        place: torch.Tensor,
    ) -> torch.Tensor:
        own = {
            name: torch.tensordot(kind, weights[part].reshape(shape), dims=1)
            for name, (part, shape) in self.layout.items()
        }
        fixed = self.constants
        features = torch.einsum("ltkc,tky,lys->cs", own["edge"], sums, fixed["place"])
        features = features + fixed["gains"] * field
        vector = slots((1, -1))
        moving = own["velocity"][:, None] * velocity
        if self.multipoles:
            moving = moving + own["place"][:, None] * place
        columns = [features[:, :1] + own["embed"][:, None], features[:, 1 : vector.start]]
        columns += [features[:, vector] + moving, features[:, vector.stop :]]
        features = torch.cat(columns, dim=1)
        first = torch.einsum("sdc,cs->ds", own["first"][fixed["of_slot"]], features)
        # as in the crystal's network: scalars open gates
        first = first * gate(own["gate"] @ features[:, 0])[:, None]
        second = torch.einsum("sdc,cs->ds", own["second"][fixed["of_slot"]], features)
        # products of two features that are polar vectors
        products = torch.einsum("ca,cb,pabk->pck", first, second, fixed["product"])
        found: torch.Tensor = own["readout"] @ features[:, vector]
        return found + torch.einsum("pc,pck->k", own["product"], products)


class SnapshotEngine:
    """Residuals of the network on snapshots: squared sum is the relative loss.

    Parameters
    ----------
    network : SnapshotNetwork
    snapshots : Snapshots
    basis : RadialBasis
    speed : float
        Velocity that counts as 1.
    rows : (r,) int, optional
        Atoms to use, counted through all snapshots; all by default.
    scale : float, optional
        Acceleration that counts as 1; the root mean square of those used by default.
    span : float, optional
        Distance from the centre that counts as 1; the root mean square of those used by default.
    """

    def __init__(
        self,
        network: SnapshotNetwork,
        snapshots: Snapshots,
        basis: RadialBasis,
        speed: float,
        rows: IntArray | None = None,
        scale: float | None = None,
        span: float | None = None,
    ) -> None:
        self.network = network
        self.irreps = (str(network.irreps_in), str(network.irreps_out), len(network.constants))
        count = len(snapshots)
        chosen = slice(None) if rows is None else rows
        self.sums = torch.as_tensor(neighbour_sums(snapshots, basis)[chosen])
        self.velocities = torch.as_tensor(snapshots.velocities.reshape(-1, 3)[chosen] / speed)
        one_hot = np.eye(network.n_types)[np.tile(snapshots.types, count)[chosen]]
        self.kinds = torch.as_tensor(one_hot)
        target = snapshots.accelerations.reshape(-1, 3)[chosen]
        mean = float(np.linalg.norm(target)) / float(np.sqrt(len(target)))
        self.scale = mean if scale is None else scale
        self.target = torch.as_tensor(target / self.scale)
        self.norm = float(np.sqrt(len(target)))
        places = snapshots.places[chosen]
        self.span = (float(np.sqrt((places**2).sum(axis=1).mean())) or 1.0) if span is None else span
        self.places = torch.as_tensor(places / self.span)
        self.felt = torch.as_tensor(network.felt_fields(places / self.span))
        dims = (None, None, 0, 0, 0, 0, 0)
        self._forward: Callable[..., Any] = torch.func.vmap(network.atom, in_dims=dims)
        self._slope: Callable[..., Any] = torch.func.vmap(torch.func.jacrev(network.atom, argnums=(0, 1)), in_dims=dims)
        self._input_slope: Callable[..., Any] = torch.func.vmap(
            torch.func.jacrev(network.atom, argnums=1), in_dims=dims
        )

    def output(self, weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Accelerations (m * n, 3) in units of their root mean square."""
        found: torch.Tensor = self._forward(weights, inputs, *self._given)
        return found

    @property
    def _given(self) -> tuple[torch.Tensor, ...]:
        """What an atom is given: the arguments of `SnapshotNetwork.atom` behind weights and hidden field."""
        return self.sums, self.velocities, self.kinds, self.felt, self.places

    def evaluate(self, weights: torch.Tensor, inputs: torch.Tensor) -> State:
        """Residual at weights and hidden field."""
        residual = (self.output(weights, inputs) - self.target) / self.norm
        return State(residual.reshape(-1), inputs)

    def jacobian(self, weights: torch.Tensor, state: State) -> tuple[torch.Tensor, torch.Tensor]:
        """Derivatives (n_weights, rows) and (z, rows)."""
        by_weight, by_input = self._slope(weights, state.cache, *self._given)
        rows = len(state.residual)
        return by_weight.reshape(rows, -1).T / self.norm, by_input.reshape(rows, -1).T / self.norm

    def input_jacobian(self, weights: torch.Tensor, state: State) -> torch.Tensor:
        """Derivative (z, rows) alone."""
        by_input = self._input_slope(weights, state.cache, *self._given)
        slope: torch.Tensor = by_input.reshape(len(state.residual), -1).T / self.norm
        return slope
