"""Group sparsity of global inputs, for hidden fields: iteratively reweighted ridge in residual space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.learning.optimizer import decompose_normal

#: Weight of the group penalty in units of the relative loss.
PENALTY = 3e-3


def degree_cost(degree: int) -> float:
    """Relative price of a carrier: 1, 1.25, 2, 3.25, 5, ... for l = 0, 1, 2, 3, 4, ..."""
    return 1.0 + 0.25 * degree**2


@dataclass(frozen=True)
class Sparsity:
    """Group penalty on input blocks.

    Parameters
    ----------
    blocks : list of int arrays
        Coordinates of each block.
    cost : (blocks,)
        Relative price of each block.
    amplitude : float
        Norm of all inputs together, kept fixed.
    """

    blocks: list[IntArray]
    cost: FloatArray
    amplitude: float

    def norms(self, inputs: torch.Tensor) -> FloatArray:
        """Norm of each block."""
        values = inputs.numpy(force=True)
        return np.array([np.linalg.norm(values[block]) for block in self.blocks])

    def ridge(self, inputs: torch.Tensor, smoothing: float) -> torch.Tensor:
        """Weights (z,) of the ridge that majorises the penalty at the present inputs."""
        norms = self.norms(inputs)
        result = np.zeros(len(inputs))
        for block, norm, cost in zip(self.blocks, norms, self.cost, strict=True):
            # |z| <= (|z|^2 / n + n) / 2 at the present norm n: a ridge that touches the penalty from above
            result[block] = PENALTY * cost / (self.amplitude * np.hypot(norm, smoothing * self.amplitude))
        return torch.as_tensor(result, device=inputs.device)


def input_step(
    slope: torch.Tensor, residual: torch.Tensor, inputs: torch.Tensor, ridge: torch.Tensor, damping: float
) -> torch.Tensor:
    """New inputs (z,) from one damped Gauss-Newton step under a ridge, solved in residual space.

    Minimises ``|r + S^T (x - z)|^2 + sum ridge x^2 + damping |x - z|^2`` over x, with the part of r that no
    input reaches left out (it could only enter as rounding).
    """
    inverse = 1.0 / (ridge + damping)
    reachable = decompose_normal(slope.T @ slope, residual)
    gradient = slope @ (reachable.vectors @ reachable.residual) + ridge * inputs
    scaled = slope * inverse[:, None]
    # (D + J J^T)^-1 by the matrix inversion lemma: a system of the size of the residual
    normal = slope.T @ scaled
    normal.diagonal().add_(1.0)
    inner: torch.Tensor = torch.linalg.solve(normal, slope.T @ (inverse * gradient))
    return inputs - inverse * gradient + scaled @ inner
