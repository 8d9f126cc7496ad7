"""Curie compression: the network evaluated in the subspace that the child's group leaves invariant.

Target and inputs are invariant under the child's group H, hence so is every feature. One representative atom
of each H-orbit is evaluated; neighbours' features follow by ``D(h)``, and only the site-invariant components
are kept. A feature is then an array (channels, N) with N = orbits x width coordinates, and a convolution is
one contraction with ``M[c] = sum over weights of w A``. Derivatives of several outputs are taken together by
an explicit backward pass that carries one column for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.learning.graph import Graph
from curiebreak.learning.network import Architecture, edge_coupling, gate, product_tensor
from curiebreak.learning.orbits import Orbits
from curiebreak.learning.problem import GivenField
from curiebreak.learning.sparse_products import Places, sparse_matrix


@dataclass
class LayerCache:
    """Values of one layer that the backward pass needs; coordinates run over N."""

    x: torch.Tensor
    u: torch.Tensor
    operator: torch.Tensor
    a: torch.Tensor
    gate: torch.Tensor
    b: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor


@dataclass
class Evaluation:
    """Read-out (slots, N) of a compressed evaluation with its caches and final features."""

    readout: torch.Tensor
    final: torch.Tensor
    layers: list[LayerCache]


@dataclass(frozen=True)
class SiteFrame:
    """Site-invariant coordinates of features.

    Parameters
    ----------
    basis : list of (o, 2l+1, 2l+1)
        For each kind, the site-invariant components of each orbit (columns, zero padded).
    transported : list of (n, 2l+1, 2l+1)
        The same at every atom: ``D(h_j) basis[orbit_j]``.
    """

    basis: list[FloatArray]
    transported: list[FloatArray]


def make_frame(architecture: Architecture, orbits: Orbits) -> SiteFrame:
    """Site-invariant coordinates of all kinds."""
    basis, transported = [], []
    for kind in architecture.kinds:
        columns, _ = orbits.site_basis(kind)
        basis.append(columns)
        # invariant features at an atom are those of its representative, turned: x_i = D(g_i) B y
        transported.append(orbits.matrices(kind)[orbits.operation] @ columns[orbits.orbit])
    return SiteFrame(basis, transported)


def compact_slots(frame: SiteFrame) -> tuple[IntArray, int]:
    """Where each component of an orbit goes when unused ones are left out.

    Returns
    -------
    place : (o, full width) int
        New position, or -1 where the site symmetry forbids the component.
    width : int
        Most components in use on one orbit.
    """
    # padded columns are zero; each orbit keeps its own number of coordinates
    used = np.concatenate([np.abs(basis).max(axis=1) > 0 for basis in frame.basis], axis=1)
    place = np.where(used, np.cumsum(used, axis=1) - 1, -1)
    return place, int(used.sum(axis=1).max())


class CompressedNetwork:
    """Evaluation in the H-invariant subspace with batched derivatives.

    Parameters
    ----------
    architecture : Architecture
    graph : Graph
    orbits : Orbits
        Orbits of the child's group.
    device : str
    given : sequence of GivenField
        Known fields, which the child's group keeps.
    """

    def __init__(
        self,
        architecture: Architecture,
        graph: Graph,
        orbits: Orbits,
        device: str = "cpu",
        given: Sequence[GivenField] = (),
    ) -> None:
        self.architecture = architecture
        self.device = torch.device(device)
        self.orbits = orbits
        self.frame = make_frame(architecture, orbits)
        self.n_orbits = len(orbits.representative)
        self.place, self.width = compact_slots(self.frame)
        self.size = self.n_orbits * self.width
        self.orbit_types = graph.types[orbits.representative]
        self.types_of_orbits = self._tensor(self.orbit_types)
        self._groups()
        self._convolution(graph)
        self._products()
        site, everywhere = architecture.gains()
        self.site_gain = self._coordinates(site).T.contiguous()
        self.global_gain = self._coordinates(everywhere).T.contiguous()
        self.constant = self._constant(architecture.given_features(given, graph.types))
        self._buffer: torch.Tensor | None = None

    def _constant(self, features: FloatArray) -> torch.Tensor:
        """Start features (n, channels, width) as coordinates (channels, N)."""
        at_orbits = features[self.orbits.representative]
        local = np.zeros_like(at_orbits)
        for index, kind in enumerate(self.architecture.kinds):
            slots = self.architecture.slots(kind)
            # coordinates in the site-invariant basis, y = B^T x
            local[:, :, slots] = np.einsum("oxy,ocx->ocy", self.frame.basis[index], at_orbits[:, :, slots])
        flat = local.transpose(0, 2, 1).reshape(-1, self.architecture.channels)
        return self._tensor(self.compact(flat).T)

    def _tensor(self, array: FloatArray | IntArray) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(array), device=self.device)

    def compact(self, values: FloatArray) -> FloatArray:
        """Pick the coordinates in use: (orbits * full width, ...) -> (N, ...)."""
        full = values.reshape(self.n_orbits, self.architecture.width, *values.shape[1:])
        orbit, slot = np.nonzero(self.place >= 0)
        result = np.zeros((self.n_orbits, self.width, *values.shape[1:]))
        result[orbit, self.place[orbit, slot]] = full[orbit, slot]
        return result.reshape(self.size, *values.shape[1:])

    def _groups(self) -> None:
        """Which weight block (type, kind) each coordinate uses, and the members of each block."""
        kinds = np.concatenate([[i] * (2 * k[0] + 1) for i, k in enumerate(self.architecture.kinds)])
        n_kinds = len(self.architecture.kinds)
        group = np.repeat(self.orbit_types * n_kinds, self.width).reshape(self.n_orbits, self.width)
        used = np.zeros((self.n_orbits, self.width), dtype=bool)
        for orbit, slot in zip(*np.nonzero(self.place >= 0), strict=True):
            group[orbit, self.place[orbit, slot]] += kinds[slot]
            used[orbit, self.place[orbit, slot]] = True
        self.group_array, in_use = group.reshape(-1), used.reshape(-1)
        self.group = self._tensor(self.group_array)
        self.type_of = self._tensor(self.group_array // n_kinds)
        # x as a matrix from coordinates n to (group of n, channel): products with it sum over the members of a group
        (members,) = np.nonzero(in_use)
        channels = np.arange(self.architecture.channels)[:, None]
        places = (self.group_array[members] * len(channels) + channels) * self.size + members
        order = np.argsort(places, axis=None)
        self.mixing_source = self._tensor((channels * self.size + members).reshape(-1)[order])
        shape = self.architecture.n_types * n_kinds * len(channels), self.size
        self.mixing = Places(places.reshape(-1)[order], shape, self.device)

    def _coordinates(self, table: torch.Tensor) -> torch.Tensor:
        """(types, kinds, ...) -> (N, ...)."""
        return table.to(self.device).flatten(0, 1)[self.group]

    def _convolution(self, graph: Graph) -> None:
        """Sparse operators from weights to the contraction and from features to path messages."""
        row_weight, row_out, row_in, value = _entries(self.architecture, graph, self.orbits, self.frame)
        row_out, row_in = self._compact_index(row_out), self._compact_index(row_in)
        used, weight = np.unique(row_weight, return_inverse=True)
        self.edge_weights = self._tensor(used)
        # weights to the operator W: entry (out, in) is a sum of couplings times weights
        places, rows = np.unique(row_out * self.size + row_in, return_inverse=True)
        self.to_operator = sparse_matrix(rows, weight, value, (len(places), len(used)), self.device)
        self.operators = Places(places, (self.size, self.size), self.device)
        # features to messages: the derivative by a weight is the sum over out of message times cotangent
        places, rows = np.unique(weight * self.size + row_out, return_inverse=True)
        self.to_message = sparse_matrix(rows, row_in, value, (len(places), self.size), self.device)
        self.messages = Places(places, (len(used), self.size), self.device)

    def _compact_index(self, full: IntArray) -> IntArray:
        orbit, slot = np.divmod(full, self.architecture.width)
        return np.asarray(orbit * self.width + self.place[orbit, slot])

    def _products(self) -> None:
        """Coupling (o, width, width, width) of the node-wise product in site-invariant coordinates."""
        width = self.architecture.width
        transform = np.zeros((self.n_orbits, width, self.width))
        for index, kind in enumerate(self.architecture.kinds):
            slots = self.architecture.slots(kind)
            for orbit in range(self.n_orbits):
                for column, place in enumerate(self.place[orbit, slots]):
                    if place >= 0:
                        transform[orbit, slots, place] = self.frame.basis[index][orbit, :, column]
        # Clebsch-Gordan tensor between coordinates: B^T on each of its three legs
        tensor = np.einsum("kij,okx->oxij", product_tensor(self.architecture), transform)
        tensor = np.einsum("oxij,oiy,ojz->oxyz", tensor, transform, transform, optimize=True)
        shape = (self.n_orbits, self.width**2, self.width)
        self.product_right = self._tensor(tensor.reshape(shape))
        self.product_left = self._tensor(tensor.transpose(0, 1, 3, 2).reshape(shape))

    def weight(self, weights: torch.Tensor, name: str) -> torch.Tensor:
        """One named block of the flat weight vector."""
        part, shape = self.architecture.layout[name]
        return weights[part].reshape(shape)

    def _mix(self, weights: torch.Tensor, name: str) -> torch.Tensor:
        table = self.weight(weights, name).flatten(0, 1)
        return table.index_select(0, self.group)

    def operator(self, weights: torch.Tensor, layer: int) -> torch.Tensor:
        """Convolution of one layer."""
        table = self.weight(weights, f"{layer}.edge").flatten(0, 1).index_select(0, self.edge_weights)
        return self.operators.filled((self.to_operator @ table).T)

    def start(self, weights: torch.Tensor, site: torch.Tensor, everywhere: torch.Tensor) -> torch.Tensor:
        """Initial features (channels, N) from inputs in coordinates (N,)."""
        x = self.site_gain * site + self.global_gain * everywhere + self.constant
        # the first coordinate of an orbit is its scalar 0e
        x[:, :: self.width] += self.weight(weights, "embed")[self.types_of_orbits].T
        return x

    def __call__(self, weights: torch.Tensor, site: torch.Tensor, everywhere: torch.Tensor) -> Evaluation:
        """Evaluate; inputs are coordinates (N,) of site and of global breaking fields."""
        x = self.start(weights, site, everywhere)
        caches = []
        for layer in range(self.architecture.layers):
            cache, x = self._layer(weights, layer, x)
            caches.append(cache)
        table = self.weight(weights, "readout")[:, self.type_of]
        return Evaluation(torch.einsum("anc,cn->an", table, x), x, caches)

    def _layer(self, weights: torch.Tensor, layer: int, x: torch.Tensor) -> tuple[LayerCache, torch.Tensor]:
        channels, width, n_orbits = self.architecture.channels, self.width, self.n_orbits
        mixed = torch.bmm(self._mix(weights, f"{layer}.before"), x.T.unsqueeze(-1)).squeeze(-1).T
        u = mixed[:channels].contiguous()
        operator = self.operator(weights, layer)
        # self-interaction plus convolution
        a = mixed[channels:] + self.operators.product(operator, u.unsqueeze(-1)).squeeze(-1)
        scalar = a[:, ::width]
        # scalars open the gates of all components of their channel
        opened = gate(scalar).repeat_interleave(width, dim=1)
        b = a * opened
        pair = torch.bmm(self._mix(weights, f"{layer}.after"), b.T.unsqueeze(-1)).squeeze(-1)
        p = pair[:, :channels].reshape(n_orbits, width, channels)
        q = pair[:, channels:].reshape(n_orbits, width, channels)
        # the node-wise product as two matrices, each kept for one of the two derivatives
        right = torch.bmm(self.product_right, q).permute(2, 0, 1).reshape(-1, width, width)
        left = torch.bmm(self.product_left, p).permute(2, 0, 1).reshape(-1, width, width)
        product = torch.bmm(right, p.permute(2, 0, 1).reshape(-1, width, 1)).reshape(channels, -1)
        return LayerCache(x, u, operator, a, opened, b, left, right), b + product

    def derivative(
        self, weights: torch.Tensor, found: Evaluation, cotangents: torch.Tensor, by_weights: bool = True
    ) -> tuple[torch.Tensor | None, torch.Tensor, torch.Tensor]:
        """Derivatives of several linear functions of the read-out.

        Parameters
        ----------
        weights : (n_weights,)
        found : Evaluation
        cotangents : (slots, N, r)
            Function k is ``sum(cotangents[:, :, k] * readout)``.
        by_weights : bool
            Whether the derivatives by weights are wanted.

        Returns
        -------
        by_weight : (n_weights, r) or None
            In a buffer that the next call overwrites.
        by_site, by_global : (N, r)
            By the coordinates of the inputs.
        """
        view = self._views(cotangents.shape[-1]) if by_weights else None
        table = self.weight(weights, "readout")[:, self.type_of]
        # from the read-out backwards, all rows of the Jacobian at once
        back = torch.einsum("anc,anr->cnr", table, cotangents)
        if view is not None:
            contribution = torch.einsum("cn,anr->ancr", found.final, cotangents)
            view["readout"].zero_().index_add_(1, self.type_of, contribution)
        for layer in reversed(range(self.architecture.layers)):
            back = self._layer_back(weights, layer, found.layers[layer], back, view)
        if view is not None:
            view["embed"].zero_().index_add_(0, self.types_of_orbits, back[:, :: self.width].transpose(0, 1))
        by_site = (self.site_gain.unsqueeze(-1) * back).sum(0)
        by_global = (self.global_gain.unsqueeze(-1) * back).sum(0)
        return (None if view is None else self._buffer), by_site, by_global

    def _views(self, rows: int) -> dict[str, torch.Tensor]:
        """Named parts of the buffer of derivatives; weights that no edge uses stay zero."""
        if self._buffer is None or self._buffer.shape[1] != rows:
            shape = (self.architecture.n_weights, rows)
            self._buffer = torch.zeros(shape, dtype=torch.float64, device=self.device)
        return {name: self._buffer[part].view(*shape, rows) for name, (part, shape) in self.architecture.layout.items()}

    def _layer_back(
        self,
        weights: torch.Tensor,
        layer: int,
        cache: LayerCache,
        back: torch.Tensor,
        view: dict[str, torch.Tensor] | None,
    ) -> torch.Tensor:
        """Cotangents (channels, N, r) through one layer; fills the weight derivatives."""
        channels, width = self.architecture.channels, self.width
        rows = back.shape[-1]
        local = back.reshape(-1, width, rows)
        # product rule: derivative by each factor with the other held
        p_back = torch.bmm(cache.right.transpose(1, 2), local).reshape(channels, -1, rows)
        q_back = torch.bmm(cache.left.transpose(1, 2), local).reshape(channels, -1, rows)
        pair = torch.cat([p_back, q_back])
        b_back = back + self._mix_back(weights, f"{layer}.after", pair, cache.b, view)
        a_back = b_back * cache.gate.unsqueeze(-1)
        scalar = cache.a[:, ::width]
        # d gate / d s = 1/2 (1 + s^2)^(-3/2), times the component that it multiplies
        slope = cache.a * (0.5 * (1.0 + scalar * scalar) ** -1.5).repeat_interleave(width, dim=1)
        inner = (b_back * slope.unsqueeze(-1)).reshape(channels, -1, width, rows).sum(2)
        a_back.view(channels, -1, width, rows)[:, :, 0] += inner
        # convolution backwards: W^T
        u_back = self.operators.turned_product(cache.operator, a_back)
        if view is not None:
            self._edge_back(layer, cache.u, a_back, view)
        return self._mix_back(weights, f"{layer}.before", torch.cat([u_back, a_back]), cache.x, view)

    def _mix_back(
        self,
        weights: torch.Tensor,
        name: str,
        back: torch.Tensor,
        x: torch.Tensor,
        view: dict[str, torch.Tensor] | None,
    ) -> torch.Tensor:
        """Through a linear map of channels: cotangents (2c, N, r) -> (c, N, r)."""
        table = self._mix(weights, name)
        if view is not None:
            inputs = self.mixing.filled(x.reshape(1, -1).index_select(1, self.mixing_source))
            # (group, in) from each out: sum over the members of the group
            block = self.mixing.product(inputs, back).reshape(len(back), -1, len(x), back.shape[-1])
            view[name].copy_(block.transpose(0, 1).reshape(view[name].shape))
        return torch.bmm(table.transpose(1, 2), back.transpose(0, 1)).transpose(0, 1)

    def _edge_back(self, layer: int, u: torch.Tensor, back: torch.Tensor, view: dict[str, torch.Tensor]) -> None:
        """Derivatives by the convolution weights."""
        messages = self.messages.filled((self.to_message @ u.T).T)
        found = self.messages.product(messages, back)
        view[f"{layer}.edge"].flatten(0, 1).index_copy_(0, self.edge_weights, found.transpose(0, 1))


def _entries(
    architecture: Architecture, graph: Graph, orbits: Orbits, frame: SiteFrame
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Non-zero couplings: weight (radial x path), output coordinate, input coordinate, value."""
    position = np.full(len(graph.types), -1, dtype=np.int64)
    position[orbits.representative] = np.arange(len(orbits.representative))
    edges = graph.edges
    keep = np.nonzero(position[edges.target] >= 0)[0]
    target, source = position[edges.target[keep]], edges.source[keep]
    width, n_paths = architecture.width, len(architecture.paths)
    parts = []
    for index, path in enumerate(architecture.paths):
        out, into = architecture.kind_index(path[0]), architecture.kind_index(path[1])
        # only edges that end at a representative: the other atoms of an orbit repeat them
        matrices = edge_coupling(architecture, graph, path)[keep]
        local = np.einsum("eox,eoi,eiy->exy", frame.basis[out][target], matrices, frame.transported[into][source])
        e, x, y = np.nonzero(np.abs(local) > 1e-14)
        out_coordinate = target[e] * width + architecture.slots(path[0]).start + x
        in_coordinate = orbits.orbit[source[e]] * width + architecture.slots(path[1]).start + y
        for slot in range(graph.radial_index.shape[1]):
            amount = graph.radial_value[keep[e], slot]
            some = amount != 0
            weight = graph.radial_index[keep[e], slot] * n_paths + index
            parts.append((weight[some], out_coordinate[some], in_coordinate[some], (local[e, x, y] * amount)[some]))
    weight, row, column, value = (np.concatenate(p) for p in zip(*parts, strict=True))
    return weight, row, column, value
