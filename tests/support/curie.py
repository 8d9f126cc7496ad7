"""Groups acting on features, and small crystals and molecules, for the statements of Curie's principle.

Everything is written out with numpy; of the package only the network and its matrices are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
import torch

from curiebreak.learning.graph import Edges, Graph, build_graph, choose_cutoff
from curiebreak.learning.harmonics import representation
from curiebreak.learning.network import Architecture, Output, PlainNetwork
from curiebreak.learning.problem import Problem

torch.set_num_threads(1)


def oh() -> np.ndarray:
    """The 48 operations of Oh: signed permutation matrices."""
    signs = [np.diag(s) for s in product((1.0, -1.0), repeat=3)]
    return np.array([sign @ np.eye(3)[list(order)] for order in permutations(range(3)) for sign in signs])


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    matrix, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


@dataclass(frozen=True)
class Matter:
    """Atoms with a finite group of operations, ``(g u)[permutations[g, i]] = D(g) u[i]``.

    lattice (3, 3) rows in Å or None; positions (n, 3); types (n,); rotations (g, 3, 3); permutations (g, n).
    """

    lattice: np.ndarray | None
    positions: np.ndarray
    types: np.ndarray
    rotations: np.ndarray
    permutations: np.ndarray

    @property
    def problem(self) -> Problem:
        names = tuple("ABXYZ"[: int(self.types.max()) + 1])
        atoms = np.arange(len(self.positions))
        group = (self.rotations, self.permutations)
        return Problem(self.lattice, self.positions, self.types, names, atoms, *group, *group)

    def network(self, lmax: int = 2, channels: int = 3, layers: int = 3, graph: Graph | None = None) -> PlainNetwork:
        if graph is None:
            graph = build_graph(self.problem, *choose_cutoff(self.problem, layers))
        n_types = int(self.types.max()) + 1
        return PlainNetwork(Architecture(lmax, channels, layers, 4, n_types, graph.n_radial), graph)

    def moved(self, field: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        """Images (g, n, ..., d) of a field (n, ..., d) under all operations."""
        result = np.zeros((len(matrices), *field.shape))
        for g, matrix in enumerate(matrices):
            result[g, self.permutations[g]] = field @ matrix.T
        return result

    def symmetry(self, field: np.ndarray, matrices: np.ndarray, tolerance: float = 1e-9) -> np.ndarray:
        """Which operations keep a field: Sym(field), as a mask (g,)."""
        scale = max(float(np.abs(field).max()), 1e-3)
        change = np.abs(self.moved(field, matrices) - field).reshape(len(matrices), -1).max(axis=1)
        return change < tolerance * scale

    def average(self, field: np.ndarray, matrices: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Mean of a field over a subgroup given as a mask."""
        return self.moved(field, matrices)[chosen].mean(axis=0)


def matrices_of(architecture: Architecture, rotations: np.ndarray) -> np.ndarray:
    """Block-diagonal matrices (g, width, width) of operations on the features of a network."""
    result = np.zeros((len(rotations), architecture.width, architecture.width))
    for kind in architecture.kinds:
        slots = architecture.slots(kind)
        result[:, slots, slots] = representation(kind[0], kind[1], rotations)
    return result


def evaluate(network: PlainNetwork, site: np.ndarray | None = None, seed: int = 3) -> Output:
    """Output with random weights; the network reads no input of the whole cell here."""
    width = network.architecture.width
    given = torch.zeros((network.n_atoms, width)) if site is None else torch.as_tensor(site)
    weights = network.architecture.initial_weights(seed)
    with torch.no_grad():
        return network(weights, given.to(torch.float64), torch.zeros(width, dtype=torch.float64))


def lone_atom() -> PlainNetwork:
    """A network on one atom without neighbours, up to l = 4."""
    none = np.zeros(0, dtype=np.int64)
    edges = Edges(none, none, np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))
    empty = np.zeros((0, 1))
    types = np.zeros(1, dtype=np.int64)
    graph = Graph(types, edges, 1.0, empty.astype(np.int64), empty, np.zeros((1, 2), np.int64), np.ones(1), empty)
    return PlainNetwork(Architecture(4, 3, 2, 4, 1, 1), graph)


def molecule(positions: np.ndarray, types: np.ndarray, operations: np.ndarray) -> Matter:
    """A molecule with the operations (which must keep it) as rotations."""
    moved = np.einsum("gij,nj->gni", operations, positions)
    distance = np.linalg.norm(moved[:, :, None] - positions[None, None], axis=-1)
    assert distance.min(axis=2).max() < 1e-9
    return Matter(None, positions, types, operations, distance.argmin(axis=2))


def perovskite(repeat: int = 2, edge: float = 4.0) -> Matter:
    """Cubic ABX3, B at the origin, in a repeat^3 cell: Pm-3m modulo the cell's lattice, 48 repeat^3 operations."""
    sites = np.array([[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    cells = np.array(list(product(range(repeat), repeat=3)))
    points = (sites[None] + cells[:, None]).reshape(-1, 3)
    types = np.tile([0, 1, 2, 2, 2], len(cells))
    rotations, images = [], []
    for rotation in oh():
        for cell in cells:
            moved = points @ rotation.T + cell
            difference = (moved[:, None] - points[None]) / repeat
            distance = np.abs(difference - np.round(difference)).max(axis=2)
            assert distance.min(axis=1).max() < 1e-9
            rotations.append(rotation)
            images.append(distance.argmin(axis=1))
    return Matter(repeat * edge * np.eye(3), points * edge, types, np.array(rotations), np.array(images))
