"""Training side of the joint network: its graph, its operators and its weights as parameters of torch.

What the network is stands in `curiebreak.family.evaluate`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.cell import CommonCell
from curiebreak.family.evaluate import CHANNELS, HIDDEN, LAYERS, Answers, ClassOperators, Entries, answers, convolution
from curiebreak.learning.compression import CompressedNetwork
from curiebreak.learning.graph import Graph, build_graph, choose_cutoff
from curiebreak.learning.network import Architecture
from curiebreak.learning.orbits import find_orbits
from curiebreak.learning.problem import Problem

LMAX = 2
LMAX_EDGE = 3


class Symmetric(Protocol):
    """A class as the network needs it: its group among the operations of the common cell, and its primary fields."""

    @property
    def operations(self) -> IntArray:
        """Places (h,) of the group's operations."""

    @property
    def basis(self) -> FloatArray:
        """Orthonormal primary displacements (3 n, k)."""


def problem_of(cell: CommonCell, edge: float, chosen: Symmetric | None) -> Problem:
    """The common cell as the learned side takes it, with a class's group (the parent's where None)."""
    rotations, permutations = cell.group
    operations = np.arange(len(rotations)) if chosen is None else chosen.operations
    return Problem(
        lattice=edge * cell.repeats * cell.lattice,
        positions=edge * cell.positions,
        types=cell.site_orbits[cell.site],
        type_names=cell.site_names,
        parent_atom=cell.site,
        parent_rotations=cell.cartesian,
        parent_permutations=cell.permutations,
        child_rotations=rotations[operations],
        child_permutations=permutations[operations],
    )


def family_graph(cell: CommonCell, edge: float) -> tuple[Graph, Architecture]:
    """Graph and size of the network for a family; ``edge`` (Å) sets the scale of distances."""
    problem = problem_of(cell, edge, None)
    cutoff, edges = choose_cutoff(problem, LAYERS)
    graph = build_graph(problem, cutoff, edges)
    return graph, Architecture(LMAX, CHANNELS, LAYERS, LMAX_EDGE, len(cell.site_names), graph.n_radial)


def class_operators(
    cell: CommonCell, chosen: Symmetric, graph: Graph, architecture: Architecture
) -> tuple[ClassOperators, Entries]:
    """Operators of a class, of numpy in double precision, with the sparse entries of its convolution."""
    rotations, permutations = cell.group
    orbits = find_orbits(rotations[chosen.operations], permutations[chosen.operations])
    network = CompressedNetwork(architecture, graph, orbits)
    n, full = cell.n_atoms, len(orbits.representative) * architecture.width
    vector, tensor = architecture.slots((1, -1)), architecture.slots((2, 1))
    vector_index, tensor_index = architecture.kind_index((1, -1)), architecture.kind_index((2, 1))
    out = np.zeros((n, 3, full))
    strain = np.zeros((5, full))
    for atom in range(n):
        start = orbits.orbit[atom] * architecture.width
        out[atom, :, start + vector.start : start + vector.stop] = network.frame.transported[vector_index][atom]
        strain[:, start + tensor.start : start + tensor.stop] += network.frame.transported[tensor_index][atom] / n
    into = np.zeros((len(orbits.representative), architecture.width, n, 3))
    for orbit, atom in enumerate(orbits.representative):
        into[orbit, vector, atom] = network.frame.basis[vector_index][orbit].T
    sparse = network.to_operator
    pointer = sparse.crow_indices().numpy()
    entries = Entries(
        np.repeat(network.operators.places.numpy(), np.diff(pointer)).astype(np.int32),
        sparse.col_indices().numpy().astype(np.int32),
        sparse.values().numpy(),
    )
    width = network.width
    operators = ClassOperators(
        width=width,
        orbits=network.n_orbits,
        group=network.group_array,
        types=network.type_of.numpy(),
        gain=network.site_gain.numpy(),
        edge_weights=network.edge_weights.numpy(),
        convolve=convolution(entries, network.size),
        product=network.product_right.numpy().reshape(-1, width, width, width),
        into=network.compact(into.reshape(full, n * 3)),
        out=network.compact(out.reshape(n * 3, full).T).T,
        strain=network.compact(strain.T).T,
        basis=chosen.basis,
    )
    return operators, entries


def torch_operators(operators: ClassOperators, entries: Entries) -> ClassOperators:
    """The same as tensors in single precision, for training."""
    size = operators.width * operators.orbits
    weights = len(operators.edge_weights)
    place = torch.as_tensor(np.stack([entries.row, entries.weight]).astype(np.int64))
    values = torch.as_tensor(entries.value).float()
    sparse = torch.sparse_coo_tensor(place, values, (size * size, weights), check_invariants=False, is_coalesced=True)

    def convolve(table: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.sparse.mm(sparse, table)
        return found.reshape(size, size, -1)

    numbers = {
        n: torch.as_tensor(np.ascontiguousarray(getattr(operators, n))).float()
        for n in ("gain", "product", "into", "out", "strain", "basis")
    }
    whole = {
        n: torch.as_tensor(np.asarray(getattr(operators, n)).astype(np.int64))
        for n in ("group", "types", "edge_weights")
    }
    return ClassOperators(width=operators.width, orbits=operators.orbits, convolve=convolve, **numbers, **whole)


class JointNetwork(torch.nn.Module):
    """Shared weights.

    Parameters
    ----------
    architecture : Architecture
    n_features : int
    seed : int
    """

    def __init__(self, architecture: Architecture, n_features: int, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.architecture = architecture
        types, kinds, channels = architecture.n_types, len(architecture.kinds), architecture.channels
        self.weights = torch.nn.Parameter(architecture.initial_weights(seed).float())
        self.inner = torch.nn.Linear(n_features, HIDDEN)
        self.outer = torch.nn.Linear(HIDDEN, types * channels + 2 * architecture.layers * types * kinds * channels)
        self.edge = torch.nn.Sequential(
            torch.nn.Linear(n_features, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, 1)
        )
        self.flag = torch.nn.Parameter(torch.zeros(types, channels))
        self.second = torch.nn.Parameter(torch.randn(types, channels) / channels**0.5)
        with torch.no_grad():
            self.outer.weight.mul_(0.5)
            self.outer.bias.zero_()

    def named_weights(self) -> dict[str, torch.Tensor]:
        """Weights as `curiebreak.family.evaluate` names them; those of sites and kinds in one axis."""
        found: dict[str, torch.Tensor] = {n: value for n, value in self.named_parameters() if n != "weights"}
        for name, (where, shape) in self.architecture.layout.items():
            block = self.weights[where].reshape(shape)
            found[name] = block if name in ("embed", "readout") else block.flatten(0, 1)
        return found

    def forward(self, c: ClassOperators, features: torch.Tensor, eta: torch.Tensor, direction: torch.Tensor) -> Answers:
        """Answer both questions, see `curiebreak.family.evaluate.answers`."""
        return answers(torch, self.named_weights(), c, features, eta, direction)


def weight_arrays(model: JointNetwork) -> dict[str, FloatArray]:
    """Named weights as plain arrays."""
    return {name: value.detach().numpy() for name, value in model.named_weights().items()}
