"""Residuals with explicit atoms and edges, derivatives by autograd: what the compressed evaluation is compared with."""

from __future__ import annotations

import numpy as np
import torch

from curiebreak.learning.breaking import GLOBAL, InputSpace
from curiebreak.learning.engine import State
from curiebreak.learning.graph import Graph
from curiebreak.learning.network import Architecture, PlainNetwork
from curiebreak.learning.objective import Objective


class PlainEngine:
    """Residuals with explicit atoms and edges, derivatives by autograd."""

    def __init__(
        self,
        architecture: Architecture,
        graph: Graph,
        objective: Objective,
        space: InputSpace,
    ) -> None:
        self.network = PlainNetwork(architecture, graph)
        self.vectors = torch.as_tensor(objective.vectors)
        self.scalars = torch.as_tensor(objective.scalars)
        self.strain = torch.as_tensor(objective.strain)
        self.moments = torch.as_tensor(objective.moments)
        self.fields = [torch.as_tensor(rows) for rows in objective.fields]
        self.target = torch.as_tensor(objective.target)
        n, width = self.network.n_atoms, architecture.width
        self.site_map, self.global_map = plain_maps(architecture, space, n)
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
        parts = torch.autograd.grad(residual, leaves, unit, is_grads_batched=True, retain_graph=True, allow_unused=True)
        by_weight, by_input = (
            leaf.new_zeros((len(residual), len(leaf))) if part is None else part
            for part, leaf in zip(parts, leaves, strict=True)
        )
        return by_weight.T, by_input.T if free is None else by_input.T[free]

    def input_jacobian(self, weights: torch.Tensor, state: State) -> torch.Tensor:
        """Derivative (z, rows) alone."""
        return self.jacobian(weights, state)[1]


def plain_maps(architecture: Architecture, space: InputSpace, n_atoms: int) -> tuple[torch.Tensor, torch.Tensor]:
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
