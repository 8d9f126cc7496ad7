"""The E(3)-equivariant network: declared irreps, weights as one flat vector, and the plain evaluation.

A layer is, with ``x`` a feature of kind (l, parity, time parity) on every atom and every channel on its own in the
convolution,

    u, s = linear(x)
    a = s + sum over edges and paths of  w[radial, path] * (CG[l_in, l_f, l_out] Y_lf(r) u_source)
    b = a * gate(a_0e),  gate(t) = (1 + t / sqrt(1 + t^2)) / 2
    p, q = linear(b)
    x' = b + sum over paths of CG[l1, l2, l3] p q      (node-wise tensor product)

The weights of a convolution belong to distance shells of pairs of site types: positions never change during
a run. The read-out gives a polar vector on each atom, 0e + 2e of the cell (mean over atoms) and scalars; where moments
are a target, an axial vector on each atom that is odd under time reversal, too.

Time parities multiply: positions and weights are even, so that a convolution keeps the time parity of what it gathers
and a product has that of its factors together. Gates are opened by even scalars alone. Hence every odd feature vanishes
without an odd input, whatever the even ones are, and changes sign with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
import torch
from e3nn import o3

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.learning.graph import Graph
from curiebreak.learning.harmonics import coupling, spherical_harmonics
from curiebreak.learning.orbits import Kind, feature_kinds, time_parity
from curiebreak.learning.problem import GivenField

#: Read-out slots: displacement (1o), strain scalar (0e), strain tensor (2e), then occupation scalars (0e).
READOUT_KINDS: tuple[Kind, ...] = ((1, -1), (0, 1), (2, 1))
#: The last one where moments are a target: axial, odd under time reversal.
MOMENT_KIND: Kind = (1, 1, -1)
#: Largest norm of a given field on an atom, network units.
GIVEN_AMPLITUDE = 2.0


@dataclass(frozen=True)
class Architecture:
    """Size of a network.

    Parameters
    ----------
    lmax : int
        Highest l of the features, at least 2.
    channels : int
        Channels of every kind.
    layers : int
    lmax_edge : int
        Highest l of the spherical harmonics on edges.
    n_types : int
        Site types.
    n_radial : int
        Radial channels of the graph.
    n_occupation : int
        Occupation scalars read out at each site.
    moments : bool
        Moments read out at each site.
    odd : bool
        Features that are odd under time reversal beside the even ones.
    fields : tuple of (Kind, bool)
        Other fields read out: at each site, or of the whole cell (mean over atoms) where the second is true.
    """

    lmax: int
    channels: int
    layers: int
    lmax_edge: int
    n_types: int
    n_radial: int
    n_occupation: int = 0
    moments: bool = field(default=False, kw_only=True)
    odd: bool = field(default=False, kw_only=True)
    fields: tuple[tuple[Kind, bool], ...] = field(default=(), kw_only=True)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kinds of the features."""
        return feature_kinds(self.lmax, self.odd)

    @property
    def width(self) -> int:
        """Components of all kinds, one channel."""
        return (4 if self.odd else 2) * (self.lmax + 1) ** 2

    @property
    def irreps_out(self) -> o3.Irreps:
        """Read-out: displacement, strain, occupation."""
        return o3.Irreps([(1, kind[:2]) for kind in READOUT_KINDS] + [(self.n_occupation, (0, 1))])

    @property
    def readout_kinds(self) -> tuple[Kind, ...]:
        """Kind of each read-out slot."""
        moments = (MOMENT_KIND,) if self.moments else ()
        return (*READOUT_KINDS, *((0, 1),) * self.n_occupation, *moments, *(kind for kind, _ in self.fields))

    def slots(self, kind: Kind) -> slice:
        """Components of a kind in a feature vector of length `width`."""
        degree, parity = kind[0], kind[1]
        # sum of 2 (2l + 1) over smaller l, even before odd; what time reversal turns round behind all others
        start = 2 * degree**2 + (0 if parity > 0 else 2 * degree + 1)
        start += 0 if time_parity(kind) > 0 else 2 * (self.lmax + 1) ** 2
        return slice(start, start + 2 * degree + 1)

    def kind_index(self, kind: Kind) -> int:
        """Position of a kind in `kinds`."""
        return 2 * kind[0] + (kind[1] < 0) + (0 if time_parity(kind) > 0 else 2 * (self.lmax + 1))

    @cached_property
    def paths(self) -> tuple[tuple[Kind, Kind, int], ...]:
        """Convolution paths (out kind, in kind, l of the edge), grouped by out kind."""
        found = []
        for out, into in product(self.kinds, repeat=2):
            for edge in range(abs(out[0] - into[0]), min(out[0] + into[0], self.lmax_edge) + 1):
                # selection rules: triangle of l, parity of Y_l is (-1)^l, its time parity 1
                if time_parity(into) == time_parity(out) and into[1] * (-1) ** edge == out[1]:
                    found.append((out, into, edge))
        return tuple(found)

    @cached_property
    def products(self) -> tuple[tuple[Kind, Kind, Kind], ...]:
        """Paths (out, first, second) of the node-wise tensor product."""
        return tuple(
            (out, a, b)
            for out, a, b in product(self.kinds, repeat=3)
            if a[1] * b[1] == out[1] and abs(a[0] - b[0]) <= out[0] <= a[0] + b[0]
            if time_parity(a) * time_parity(b) == time_parity(out)
        )

    def product_coupling(self, out: Kind, first: Kind, second: Kind) -> FloatArray:
        """Normalised coupling (2o+1, 2a+1, 2b+1) of one product path."""
        count = sum(path[0] == out for path in self.products)
        tensor = coupling(first[0], second[0], out[0]).transpose(2, 0, 1)
        # unit variance of each component, shared by the paths that end in it
        return np.asarray(tensor * np.sqrt((2 * out[0] + 1) / count))

    @cached_property
    def layout(self) -> dict[str, tuple[slice, tuple[int, ...]]]:
        """Name -> (place in the flat weight vector, shape)."""
        t, k, c = self.n_types, len(self.kinds), self.channels
        shapes: dict[str, tuple[int, ...]] = {"embed": (t, c)}
        for layer in range(self.layers):
            shapes[f"{layer}.before"] = (t, k, 2 * c, c)
            shapes[f"{layer}.edge"] = (self.n_radial, len(self.paths), c)
            shapes[f"{layer}.after"] = (t, k, 2 * c, c)
        shapes["readout"] = (len(self.readout_kinds), t, c)
        table, start = {}, 0
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            table[name] = (slice(start, start + size), shape)
            start += size
        return table

    @property
    def n_weights(self) -> int:
        """Length of the flat weight vector."""
        return max(int(part.stop) for part, _ in self.layout.values())

    def initial_weights(self, seed: int, device: torch.device | str = "cpu") -> torch.Tensor:
        """Random weights (n_weights,), unit variance kept through each layer; the same numbers on every device."""
        generator = torch.Generator().manual_seed(seed)
        weights = torch.randn(self.n_weights, generator=generator, dtype=torch.float64)
        for name, (part, _) in self.layout.items():
            if name.endswith(("before", "after")) or name == "readout":
                # sums over channels keep the variance
                weights[part] /= np.sqrt(self.channels)
        return weights.to(device)

    def gains(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Fixed unit vectors (n_types, kinds, channels) that feed site and global inputs to the channels.

        They are not trained, so that weights cannot absorb the scale of an input.
        """
        generator = torch.Generator().manual_seed(20210101)
        shape = (2, self.n_types, len(self.kinds), self.channels)
        vectors = torch.randn(shape, generator=generator, dtype=torch.float64)
        # fixed gains: an input's amplitude cannot hide in weights
        vectors = vectors / vectors.norm(dim=-1, keepdim=True)
        return vectors[0], vectors[1]

    def given_features(self, given: Sequence[GivenField], types: IntArray) -> FloatArray:
        """Known fields as start features (n, channels, width), each with a gain and a channel vector of its own.

        The largest value on an atom is set to `GIVEN_AMPLITUDE`: the unit of a field says nothing about symmetry.
        """
        result = np.zeros((len(types), self.channels, self.width))
        for number, (degree, parity, values) in enumerate(given):
            field = np.broadcast_to(np.atleast_2d(values), (len(types), 2 * degree + 1))
            largest = float(np.linalg.norm(field, axis=1).max(initial=0.0))
            if largest > 0.0:
                vectors = np.random.default_rng([20210102, number]).normal(size=(self.n_types, self.channels))
                vectors *= GIVEN_AMPLITUDE / (largest * np.linalg.norm(vectors, axis=1, keepdims=True))
                result[:, :, self.slots((degree, parity))] += vectors[types][:, :, None] * field[:, None, :]
        return result


def gate(scalar: torch.Tensor) -> torch.Tensor:
    """Smooth step from 0 to 1; its tails fall slowly, so that a closed gate can open again."""
    # (1 + s / sqrt(1 + s^2)) / 2
    return 0.5 * (1.0 + scalar * torch.rsqrt(1.0 + scalar * scalar))


def edge_coupling(architecture: Architecture, graph: Graph, path: tuple[Kind, Kind, int]) -> FloatArray:
    """Coupling (e, 2o+1, 2i+1) of one path on every edge, normalised by neighbours and paths."""
    out, into, edge = path
    count = sum(other[0] == out for other in architecture.paths)
    harmonics = spherical_harmonics(edge, graph.edges.vectors)
    # C(into, edge, out) contracted with Y_edge(r)
    tensor = np.einsum("ifo,ef->eoi", coupling(into[0], edge, out[0]), harmonics)
    scale = np.sqrt((2 * out[0] + 1) / (count * graph.neighbours[graph.types[graph.edges.target]]))
    return np.asarray(tensor * scale[:, None, None])


@dataclass(frozen=True)
class Output:
    """Read-out of the plain network.

    Parameters
    ----------
    vectors : (n, 3)
        Cartesian, network units, mean not removed.
    strain : (6,)
        0e, then 2e, network units.
    scalars : (n, q)
    features : (n, channels, width)
        Features of the last layer.
    moments : (n, 3)
        Cartesian, network units; zero where they are no target.
    fields : tuple of (n, 2l+1) or (2l+1,)
        Other fields, on atoms or of the whole cell.
    """

    vectors: torch.Tensor
    strain: torch.Tensor
    scalars: torch.Tensor
    features: torch.Tensor
    moments: torch.Tensor
    fields: tuple[torch.Tensor, ...] = ()


class PlainNetwork:
    """Evaluation with explicit atoms and edges (torch autograd applies).

    Parameters
    ----------
    architecture : Architecture
    graph : Graph
    device : str
    given : sequence of GivenField
        Known fields on the atoms of the graph.
    """

    def __init__(
        self, architecture: Architecture, graph: Graph, device: str = "cpu", given: Sequence[GivenField] = ()
    ) -> None:
        self.architecture = architecture
        self.device = torch.device(device)
        self.n_atoms = len(graph.types)
        self.types = self._tensor(graph.types)
        self.target = self._tensor(graph.edges.target)
        self.source = self._tensor(graph.edges.source)
        self.radial_index = self._tensor(graph.radial_index)
        self.radial_value = self._tensor(graph.radial_value)
        self.couplings = self._couplings(graph)
        self.product_tensor = self._tensor(product_tensor(architecture))
        kinds = np.concatenate([[i] * (2 * kind[0] + 1) for i, kind in enumerate(architecture.kinds)])
        self.kind_of_slot = self._tensor(kinds.astype(np.int64))
        site, everywhere = architecture.gains()
        self.site_gain = self._slots(site.to(self.device))
        self.global_gain = self._slots(everywhere.to(self.device))
        self.constant = self._tensor(architecture.given_features(given, graph.types))

    def _tensor(self, array: FloatArray | IntArray) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(array), device=self.device)

    def _couplings(self, graph: Graph) -> dict[tuple[Kind, Kind], tuple[int, int, torch.Tensor]]:
        """For each pair (out, in): first and last path, couplings (e, 2o+1, 2i+1, paths)."""
        paths = self.architecture.paths
        result = {}
        for pair in dict.fromkeys((out, into) for out, into, _ in paths):
            members = [k for k, path in enumerate(paths) if path[:2] == pair]
            parts = [edge_coupling(self.architecture, graph, paths[k]) for k in members]
            result[pair] = (members[0], members[-1] + 1, self._tensor(np.stack(parts, axis=-1)))
        return result

    def _slots(self, table: torch.Tensor) -> torch.Tensor:
        """(types, kinds, ...) -> (atoms, width, ...)."""
        return table[self.types][:, self.kind_of_slot]

    def weight(self, weights: torch.Tensor, name: str) -> torch.Tensor:
        """One named block of the flat weight vector."""
        part, shape = self.architecture.layout[name]
        return weights[part].reshape(shape)

    def __call__(self, weights: torch.Tensor, site_input: torch.Tensor, global_input: torch.Tensor) -> Output:
        """Evaluate the network.

        Parameters
        ----------
        weights : (n_weights,)
        site_input : (n, width)
            Breaking inputs on atoms, all kinds side by side.
        global_input : (width,)
            Breaking input of the whole cell.
        """
        x = self.site_gain * site_input[:, :, None] + self.global_gain * global_input[None, :, None]
        scalar = torch.zeros_like(x)
        scalar[:, 0] = self.weight(weights, "embed")[self.types]
        x = (x + scalar).transpose(1, 2) + self.constant
        for layer in range(self.architecture.layers):
            x = self.layer(weights, layer, x)
        return self.readout(weights, x)

    def layer(self, weights: torch.Tensor, layer: int, x: torch.Tensor) -> torch.Tensor:
        """One layer on features (n, channels, width)."""
        channels = self.architecture.channels
        mixed = torch.einsum("nsac,ncs->nas", self._slots(self.weight(weights, f"{layer}.before")), x)
        a = mixed[:, channels:] + self.convolution(self.weight(weights, f"{layer}.edge"), mixed[:, :channels])
        b = a * gate(a[:, :, :1])
        pair = torch.einsum("nsac,ncs->nas", self._slots(self.weight(weights, f"{layer}.after")), b)
        return b + torch.einsum("kij,nci,ncj->nck", self.product_tensor, pair[:, :channels], pair[:, channels:])

    def convolution(self, table: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
        """Sum over edges and paths, channel by channel."""
        gathered = u[self.source]
        # radial function of a shell: a weight, or a few cosines of weights
        weight = (table[self.radial_index] * self.radial_value[:, :, None, None]).sum(1)
        messages: dict[Kind, torch.Tensor] = {}
        for (out, into), (first, last, tensor) in self.couplings.items():
            # all paths between two kinds in one matrix for each edge
            operator = torch.einsum("eoip,epc->ecoi", tensor, weight[:, first:last])
            part = gathered[:, :, self.architecture.slots(into)]
            message = (operator @ part.unsqueeze(-1)).squeeze(-1)
            messages[out] = messages[out] + message if out in messages else message
        stacked = torch.cat([messages[kind] for kind in self.architecture.kinds], dim=2)
        return torch.zeros_like(u).index_add(0, self.target, stacked)

    def readout(self, weights: torch.Tensor, x: torch.Tensor) -> Output:
        """Linear read-out of the last features."""
        table = self.weight(weights, "readout")[:, self.types]
        parts = [
            torch.einsum("nc,ncm->nm", table[slot], x[:, :, self.architecture.slots(kind)])
            for slot, kind in enumerate(self.architecture.readout_kinds)
        ]
        # the strain belongs to the cell: the mean over its atoms
        strain = torch.cat([parts[1].mean(0), parts[2].mean(0)])
        count = len(parts) - len(self.architecture.fields)
        parts, last = parts[:count], parts[count:]
        fields = tuple(
            part.mean(0) if cell else part for part, (_, cell) in zip(last, self.architecture.fields, strict=True)
        )
        moments = parts.pop() if self.architecture.moments else x.new_zeros((len(x), 3))
        scalars = torch.cat(parts[3:], dim=1) if len(parts) > 3 else x.new_zeros((len(x), 0))
        return Output(parts[0], strain, scalars, x, moments, fields)


def product_tensor(architecture: Architecture) -> FloatArray:
    """Dense coupling (width, width, width) of the node-wise tensor product: out, first, second."""
    width = architecture.width
    tensor = np.zeros((width, width, width))
    for out, first, second in architecture.products:
        place = (architecture.slots(out), architecture.slots(first), architecture.slots(second))
        tensor[place] = architecture.product_coupling(out, first, second)
    return tensor
