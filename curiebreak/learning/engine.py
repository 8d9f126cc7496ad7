"""Residuals and their derivatives, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from curiebreak.arrays import FloatArray
from curiebreak.learning.breaking import GLOBAL, Carrier, InputSpace
from curiebreak.learning.compression import CompressedNetwork, Evaluation
from curiebreak.learning.graph import Graph
from curiebreak.learning.network import Architecture
from curiebreak.learning.objective import Objective, compressed_rows
from curiebreak.learning.orbits import Orbits
from curiebreak.learning.problem import GivenField


@dataclass
class State:
    """Residual (rows,) at a point, with what the derivative needs.

    `size` is the largest feature that the residual was summed up from, and sets how far it and its derivative are
    rounded.
    """

    residual: torch.Tensor
    cache: Any
    size: float = 0.0

    @property
    def loss(self) -> float:
        """Squared sum of the residual."""
        return float(self.residual @ self.residual)


class Engine(Protocol):
    """Residual of the network as a function of weights and input coordinates."""

    def evaluate(self, weights: torch.Tensor, inputs: torch.Tensor) -> State:
        """Residual at weights (n_weights,) and input coordinates (z,)."""

    def jacobian(
        self, weights: torch.Tensor, state: State, free: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Derivatives (n_weights, rows) and by coordinates of the input, all or some (k,), (k, rows)."""

    def input_jacobian(self, weights: torch.Tensor, state: State) -> torch.Tensor:
        """Derivative (z, rows) alone."""


class CompressedEngine:
    """Residuals in the invariant subspace of the child's group."""

    def __init__(
        self,
        architecture: Architecture,
        graph: Graph,
        orbits: Orbits,
        objective: Objective,
        space: InputSpace,
        device: str = "cpu",
        given: Sequence[GivenField] = (),
    ) -> None:
        self.network = CompressedNetwork(architecture, graph, orbits, device, given)
        transported = self.network.frame.transported
        rows = compressed_rows(objective, architecture, orbits, transported)
        # the residual is linear in the read-out: one matrix
        compact = np.stack([self.network.compact(part) for part in rows])
        self.rows = torch.as_tensor(compact, device=device)
        self.target = torch.as_tensor(objective.target, device=device)
        self.site_map, self.global_map = self._maps(space)

    def _maps(self, space: InputSpace) -> tuple[torch.Tensor, torch.Tensor]:
        """Linear maps (N, z) from coordinates to site and global inputs at the representatives."""
        network, architecture = self.network, self.network.architecture
        n_orbits, width = network.n_orbits, architecture.width
        maps = np.zeros((2, n_orbits, width, space.size))
        for index, (carrier, fields) in enumerate(zip(space.carriers, space.fields, strict=True)):
            basis = network.frame.basis[architecture.kind_index(carrier.kind)]
            everywhere = carrier.site == GLOBAL
            values = fields[np.zeros(n_orbits, int) if everywhere else network.orbits.representative]
            # fields at the representatives in the site-invariant basis
            local = np.einsum("oxy,oxk->oyk", basis, values)
            columns = np.nonzero(space.carrier == index)[0]
            slots = architecture.slots(carrier.kind)
            maps[int(everywhere), :, slots.start : slots.stop, columns] += np.moveaxis(local, 2, 0)
        site, cell = (network.compact(part) for part in maps.reshape(2, n_orbits * width, space.size))
        device = network.device
        return torch.as_tensor(site, device=device), torch.as_tensor(cell, device=device)

    def evaluate(self, weights: torch.Tensor, inputs: torch.Tensor) -> State:
        """Residual at weights (n_weights,) and input coordinates (z,)."""
        with torch.no_grad():
            found = self.network(weights, self.site_map @ inputs, self.global_map @ inputs)
            # r = rows . read-out - target
            residual = torch.einsum("anr,an->r", self.rows, found.readout) - self.target
            size = max(float(part.abs().max()) for part in (*(layer.b for layer in found.layers), found.final))
        return State(residual, found, size)

    def jacobian(
        self, weights: torch.Tensor, state: State, free: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The same; derivatives by the weights live until the next call."""
        found: Evaluation = state.cache
        with torch.no_grad():
            by_weight, site, cell = self.network.derivative(weights, found, self.rows)
            if by_weight is None:
                by_weight = torch.zeros((0, len(self.target)))
            some = slice(None) if free is None else free
            return by_weight, self.site_map[:, some].T @ site + self.global_map[:, some].T @ cell

    def input_jacobian(self, weights: torch.Tensor, state: State) -> torch.Tensor:
        """Derivative (z, rows) alone."""
        with torch.no_grad():
            _, site, cell = self.network.derivative(weights, state.cache, self.rows, by_weights=False)
            return self.site_map.T @ site + self.global_map.T @ cell


def stacked_inputs(
    architecture: Architecture, arrays: Mapping[Carrier, FloatArray], n_atoms: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Fields of carriers -> site input (n, width) and global input (width,)."""
    site = np.zeros((n_atoms, architecture.width))
    cell = np.zeros(architecture.width)
    for carrier, field in arrays.items():
        slots = architecture.slots(carrier.kind)
        if carrier.site == GLOBAL:
            cell[slots] += np.asarray(field)
        else:
            site[:, slots] += np.asarray(field)
    return torch.as_tensor(site), torch.as_tensor(cell)
