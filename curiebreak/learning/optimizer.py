"""Levenberg-Marquardt in residual space: second-order steps built from inner products alone.

With the derivative J of the residuals r by the parameters (one column a residual), a step is

    step = -J (J^T J + mu)^-1 r

Nothing here refers to single components of a parameter, so the step transforms as the parameters do: an
operation that permutes and rotates parameters and residuals orthogonally commutes with it. Residuals in the
null space of ``J^T J`` cannot be reduced: what symmetry forbids stays untouched, and convergence is the
statement that nothing reducible is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

#: Eigenvalues of ``J^T J`` below this part of the largest count as zero.
NULL = 1e-13
#: A derivative below this part of the features that it is made of is what rounding left of terms that cancel.
ROUNDING = 1e-13


@dataclass(frozen=True)
class Solve:
    """Eigen-decomposition of ``J^T J`` with the residual in it.

    Parameters
    ----------
    values : (rows,)
        Eigenvalues, those of the null space set to zero.
    vectors : (rows, rows)
    residual : (rows,)
        The residual along the eigenvectors, zero in the null space.
    """

    values: torch.Tensor
    vectors: torch.Tensor
    residual: torch.Tensor

    @property
    def reducible(self) -> float:
        """The part of the loss that the parameters can act on."""
        return float(self.residual @ self.residual)

    @property
    def scale(self) -> float:
        """Largest eigenvalue."""
        return float(self.values.max()) if len(self.values) else 0.0

    def coefficients(self, damping: float) -> torch.Tensor:
        """``(J^T J + damping)^-1 r`` without the null space."""
        # null directions get no step, whatever the damping
        part = torch.where(self.values > 0, self.residual / (self.values + damping), torch.zeros_like(self.values))
        return self.vectors @ part


def decompose_normal(normal: torch.Tensor, residual: torch.Tensor, null: float = NULL, size: float = 0.0) -> Solve:
    """Prepare the solution of ``(normal + mu) c = residual`` for any damping.

    Where symmetry forbids every row, all of ``normal`` is rounding, and only the `size` of the features tells so.
    """
    # J^T J in residual space is small: rows, not parameters
    values, vectors = torch.linalg.eigh(normal)
    largest = float(values[-1]) if len(values) else 0.0
    kept = values > max(largest * null, 1e-26, (ROUNDING * size) ** 2)
    along = vectors.T @ residual
    zero = torch.zeros_like(values)
    return Solve(torch.where(kept, values, zero), vectors, torch.where(kept, along, zero))


@dataclass
class Minimum:
    """Result of a minimisation.

    Parameters
    ----------
    loss : float
    reducible : float
        Loss that the parameters could still act on at the end.
    steps : int
        Jacobians taken.
    losses : list of float
    damping : float
        Damping at the end, relative to the largest eigenvalue.
    """

    loss: float
    reducible: float
    steps: int
    losses: list[float]
    damping: float


#: Parameters as a few vectors (weights, inputs).
Point = tuple[torch.Tensor, ...]
Evaluate = Callable[[Point], tuple[torch.Tensor, object]]
#: Derivatives (parameters, rows), one matrix for each vector of the point.
Jacobian = Callable[[Point, object], tuple[torch.Tensor, ...]]


def minimise(
    evaluate: Evaluate,
    jacobian: Jacobian,
    start: Point,
    *,
    goal: float = 1e-13,
    max_steps: int = 60,
    patience: int = 8,
    damping: float = 1e-2,
    still: float = 1e-12,
    stop: Callable[[int, list[float]], bool] | None = None,
    size: Callable[[object], float] | None = None,
) -> tuple[Point, Minimum]:
    """Minimise the squared norm of a residual.

    Parameters
    ----------
    evaluate : callable
        Point -> (residual (rows,), cache).
    jacobian : callable
        (point, cache) -> derivatives (parameters, rows) of each vector of the point.
    start : tuple of vectors
    goal : float
        Stop at this loss, or when what is reducible is below this.
    max_steps : int
        Most Jacobians.
    patience : int
        Stop after this many steps that together gain less than 1 %.
    damping : float
        Damping of the first step, relative to the largest eigenvalue.
    still : float
        Stop when what is reducible is less than this part of the loss.
    stop : callable, optional
        Asked with the steps taken and the losses so far, before each step, whether to end here.
    size : callable, optional
        Cache -> the largest feature behind the residual; derivatives that are rounding of it count as none.
    """
    point = start
    residual, cache = evaluate(point)
    loss = float(residual @ residual)
    losses, reducible, steps = [loss], loss, 0
    while loss > goal and steps < max_steps and not (stop is not None and stop(steps, losses)):
        slope = jacobian(point, cache)
        steps += 1
        # parts of the point add up: inner products of residual rows
        normal = sum((part.T @ part for part in slope), torch.zeros(()))
        solve = decompose_normal(normal, residual, size=0.0 if size is None else size(cache))
        reducible = solve.reducible
        if reducible < max(goal, still * loss):
            break
        moved = False
        for _ in range(10):
            factor = solve.coefficients(damping * solve.scale)
            trial = tuple(old - part @ factor for old, part in zip(point, slope, strict=True))
            new_residual, new_cache = evaluate(trial)
            new_loss = float(new_residual @ new_residual)
            if new_loss < loss:
                # how much of what was possible the step gained; damping follows
                quality = (loss - new_loss) / reducible
                damping = max(damping * (0.1 if quality > 0.5 else 0.4), 1e-12)
                point, residual, cache, loss = trial, new_residual, new_cache, new_loss
                moved = True
                break
            damping = min(damping * 8.0, 1e6)
        losses.append(loss)
        if not moved or (len(losses) > patience and losses[-patience - 1] - loss < 1e-2 * reducible):
            break
    return point, Minimum(loss, reducible, steps, losses, damping)
