"""Residuals and their derivatives, by the compressed or by the plain evaluation, behind one interface."""

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
from curiebreak.learning.network import Architecture, PlainNetwork
from curiebreak.learning.objective import Objective, compressed_rows
from curiebreak.learning.orbits import Orbits
from curiebreak.learning.problem import GivenField


@dataclass
class State:
    """Residual (rows,) at a point, with what the derivative needs."""

    residual: torch.Tensor
    cache: Any

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
        return State(residual, found)

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


class PlainEngine:
    """Residuals with explicit atoms and edges, derivatives by autograd."""

    def __init__(
        self,
        architecture: Architecture,
        graph: Graph,
        objective: Objective,
        space: InputSpace,
        device: str = "cpu",
        given: Sequence[GivenField] = (),
    ) -> None:
        self.network = PlainNetwork(architecture, graph, device, given)
        self.vectors = torch.as_tensor(objective.vectors, device=device)
        self.scalars = torch.as_tensor(objective.scalars, device=device)
        self.strain = torch.as_tensor(objective.strain, device=device)
        self.moments = torch.as_tensor(objective.moments, device=device)
        self.fields = [torch.as_tensor(rows, device=device) for rows in objective.fields]
        self.target = torch.as_tensor(objective.target, device=device)
        n, width = self.network.n_atoms, architecture.width
        self.site_map, self.global_map = plain_maps(architecture, space, n)
        self.site_map, self.global_map = self.site_map.to(device), self.global_map.to(device)
        self.shape = (n, width)

    def residual_of(self, weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Differentiable residual (rows,)."""
        found = self.network(weights, (self.site_map @ inputs).reshape(self.shape), self.global_map @ inputs)
        # the same with explicit atoms: displacement, strain, occupation
        result = torch.einsum("rni,ni->r", self.vectors, found.vectors) + self.strain @ found.strain
        result = result + torch.einsum("rni,ni->r", self.moments, found.moments)
        for rows, made in zip(self.fields, found.fields, strict=True):
            result = result + torch.einsum("r...,...->r", rows, made)
        return result + torch.einsum("rnq,nq->r", self.scalars, found.scalars) - self.target

    def evaluate(self, weights: torch.Tensor, inputs: torch.Tensor) -> State:
        """Residual at weights (n_weights,) and input coordinates (z,)."""
        with torch.enable_grad():
            leaves = weights.detach().requires_grad_(True), inputs.detach().requires_grad_(True)
            residual = self.residual_of(*leaves)
        return State(residual.detach(), (residual, leaves))

    def jacobian(
        self, weights: torch.Tensor, state: State, free: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Derivatives (n_weights, rows) and by coordinates of the input, all or some (k,), (k, rows)."""
        residual, leaves = state.cache
        # one backward pass for all rows of the Jacobian
        unit = torch.eye(len(residual), dtype=torch.float64, device=residual.device)
        parts = torch.autograd.grad(
            residual, leaves, unit, is_grads_batched=True, retain_graph=True, allow_unused=True
        )
        by_weight, by_input = (
            leaf.new_zeros((len(residual), len(leaf))) if part is None else part
            for part, leaf in zip(parts, leaves, strict=True)
        )
        return by_weight.T, by_input.T if free is None else by_input.T[free]

    def input_jacobian(self, weights: torch.Tensor, state: State) -> torch.Tensor:
        """Derivative (z, rows) alone."""
        return self.jacobian(weights, state)[1]


def plain_maps(
    architecture: Architecture, space: InputSpace, n_atoms: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Linear maps from coordinates to site (n * width, z) and global (width, z) inputs."""
    site = np.zeros((n_atoms, architecture.width, space.size))
    cell = np.zeros((architecture.width, space.size))
    for index, (carrier, fields) in enumerate(zip(space.carriers, space.fields, strict=True)):
        columns = np.nonzero(space.carrier == index)[0]
        slots = architecture.slots(carrier.kind)
        if not len(columns):
            continue
        part = slice(int(columns[0]), int(columns[-1]) + 1)
        if carrier.site == GLOBAL:
            cell[slots, part] += fields[0]
        else:
            site[:, slots, part] += fields
    return torch.as_tensor(site.reshape(n_atoms * architecture.width, space.size)), torch.as_tensor(cell)


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
