"""The project's network built from stock e3nn parts, weights copied, to compare speed and outputs.

Convolutions are ``FullyConnectedTensorProduct`` with a weight on every edge, linear layers are
``FullyConnectedTensorProduct`` with the site type as scalars, the non-linearity is ``Gate``, the node-wise
product is one more ``FullyConnectedTensorProduct``. Channel-wise weights stand on the diagonals of the full ones.
"""

from __future__ import annotations

import math

import torch
from e3nn import o3
from e3nn.math import normalize2mom
from e3nn.nn import Gate

from curiebreak.learning.graph import Graph
from curiebreak.learning.network import Architecture, gate

NONE = {"irrep_normalization": "none", "path_normalization": "none"}


def gated(scalar: torch.Tensor) -> torch.Tensor:
    """A scalar that gates itself."""
    return scalar * gate(scalar)


class StockNetwork(torch.nn.Module):
    """Forward pass on irreps-major features (n, channels x width)."""

    def __init__(self, architecture: Architecture, graph: Graph) -> None:
        super().__init__()
        self.a = architecture
        c, kinds = architecture.channels, architecture.kinds
        hidden = o3.Irreps([(c, kind) for kind in kinds])
        double = o3.Irreps([(2 * c, kind) for kind in kinds])
        types = o3.Irreps(f"{architecture.n_types}x0e")
        harmonics = o3.Irreps.spherical_harmonics(architecture.lmax_edge)
        self.types = torch.nn.functional.one_hot(torch.tensor(graph.types), architecture.n_types).double()
        self.source, self.target = torch.tensor(graph.edges.source), torch.tensor(graph.edges.target)
        vectors = torch.tensor(graph.edges.vectors)
        self.harmonics = o3.spherical_harmonics(harmonics, vectors, True, "component")
        shared = {"internal_weights": False, "shared_weights": True, **NONE}
        self.linear = o3.FullyConnectedTensorProduct(hidden, types, double, **shared)
        self.convolution = o3.FullyConnectedTensorProduct(
            hidden, harmonics, hidden, internal_weights=False, shared_weights=False, **NONE
        )
        self.product = o3.FullyConnectedTensorProduct(hidden, hidden, hidden, **shared)
        gates = o3.Irreps(f"{c * (len(kinds) - 1)}x0e")
        self.gate = Gate(o3.Irreps(f"{c}x0e"), [gated], gates, [gate], hidden[1:])
        self.scale = torch.cat(
            [
                torch.full((c * ir.dim,), 1 / normalize2mom(gated if i == 0 else gate).cst)
                for i, (_, ir) in enumerate(hidden)
            ]
        )
        self.hidden = hidden
        self.mean = torch.tensor(graph.neighbours[graph.types[graph.edges.target]])
        self.radial_index, self.radial_value = torch.tensor(graph.radial_index), torch.tensor(graph.radial_value)

    def linear_weights(self, table: torch.Tensor) -> torch.Tensor:
        """(types, kinds, 2c, c) to the order of the linear product: in, type, out for each kind."""
        degrees = torch.tensor([kind[0] for kind in self.a.kinds])
        # the coupling of l and 0 to l has entries 1 / sqrt(2l + 1)
        return (table * torch.sqrt(2.0 * degrees + 1)[:, None, None]).permute(1, 3, 0, 2).reshape(-1)

    def edge_weights(self, table: torch.Tensor) -> torch.Tensor:
        """(radial, paths, c) to full weights on every edge."""
        channels = self.a.channels
        values = (table[self.radial_index] * self.radial_value[:, :, None, None]).sum(1)
        order = {path: k for k, path in enumerate(self.a.paths)}
        parts = []
        for ins in self.convolution.instructions:
            out, into = self.a.kinds[ins.i_out], self.a.kinds[ins.i_in1]
            path = (out, into, ins.i_in2)
            count = sum(p[0] == out for p in self.a.paths)
            scale = torch.sqrt((2 * out[0] + 1) / (count * self.mean))
            full = torch.diag_embed(values[:, order[path]] * scale[:, None])
            parts.append(full.reshape(len(full), channels * channels))
        return torch.cat(parts, dim=1)

    def product_weights(self) -> torch.Tensor:
        """Diagonal weights of the node-wise product."""
        c = self.a.channels
        cube = torch.zeros(c, c, c, dtype=torch.float64)
        cube[range(c), range(c), range(c)] = 1.0
        parts = []
        for ins in self.product.instructions:
            out = self.a.kinds[ins.i_out]
            count = sum(path[0] == out for path in self.a.products)
            parts.append(cube.reshape(-1) * math.sqrt((2 * out[0] + 1) / count))
        return torch.cat(parts)

    def split(self, mixed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Halves of the doubled channels."""
        first, second, start, c = [], [], 0, self.a.channels
        for _, ir in self.hidden:
            block = mixed[:, start : start + 2 * c * ir.dim]
            first.append(block[:, : c * ir.dim])
            second.append(block[:, c * ir.dim :])
            start += 2 * c * ir.dim
        return torch.cat(first, 1), torch.cat(second, 1)

    def gate_input(self, a: torch.Tensor) -> torch.Tensor:
        """Scalars, one gate for every other channel, and the gated rest, in e3nn's sorted order of irreps."""
        c, blocks, start = self.a.channels, {}, 0
        for _, ir in self.hidden:
            blocks[ir] = a[:, start : start + c * ir.dim]
            start += c * ir.dim
        scalar = blocks.pop(o3.Irrep("0e"))
        gates = scalar.repeat(1, len(self.a.kinds) - 1)
        ordered = [blocks.pop(o3.Irrep("0o")), scalar, gates, *(blocks[ir] for ir in sorted(blocks))]
        return torch.cat(ordered, 1)

    def forward(self, blocks: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        """Features after all layers, from features (n, dim) and the named weight tables."""
        for layer in range(self.a.layers):
            u, own = self.split(self.linear(x, self.types, self.linear_weights(blocks[f"{layer}.before"])))
            messages = self.convolution(u[self.source], self.harmonics, self.edge_weights(blocks[f"{layer}.edge"]))
            a = own + torch.zeros_like(u).index_add(0, self.target, messages)
            b = self.gate(self.gate_input(a)) * self.scale
            p, q = self.split(self.linear(b, self.types, self.linear_weights(blocks[f"{layer}.after"])))
            x = b + self.product(p, q, self.product_weights())
        return x

    def from_plain(self, features: torch.Tensor) -> torch.Tensor:
        """(n, channels, width) to irreps-major (n, dim)."""
        return torch.cat([features[:, :, self.a.slots(k)].reshape(len(features), -1) for k in self.a.kinds], 1)
