"""Levenberg-Marquardt in residual space: equivariant, and it knows what cannot be reduced."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from learning_problems import lamno3, square_and_rectangle
from test_learning_network import block, network_of

from curiebreak.learning.breaking import Carrier, carrier_fields, child_orbits
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.optimizer import decompose_normal, minimise
from curiebreak.learning.problem import Problem
from curiebreak.learning.sparsity import input_step
from curiebreak.learning.training import Point


def cell_operations(problem: Problem) -> list[tuple[np.ndarray, np.ndarray]]:
    """Parent operations that keep the cell, as (rotation, permutation of its atoms), one origin each."""
    found = []
    for rotation in problem.parent_rotations:
        turned = np.linalg.inv(problem.lattice.T) @ rotation @ problem.lattice.T
        if np.abs(turned - turned.round()).max() > 1e-6:
            continue
        for origin in np.nonzero(problem.types == problem.types[0])[0]:
            shift = problem.positions[origin] - rotation @ problem.positions[0]
            frac = (problem.positions @ rotation.T + shift) @ np.linalg.inv(problem.lattice)
            own = problem.positions @ np.linalg.inv(problem.lattice)
            gap = frac[:, None] - own[None]
            gap = np.abs(gap - gap.round()).max(axis=2)
            permutation = gap.argmin(axis=1)
            same = problem.types[permutation] == problem.types
            if gap.min(axis=1).max() < 1e-6 and same.all():
                found.append((rotation, permutation))
                break
    return found


def test_step_commutes_with_parent_operations() -> None:
    """One step on the inputs of the plain network: turn the target, and the step turns with it."""
    problem = lamno3()
    network = network_of(problem)
    weights = network.architecture.initial_weights(0)
    operations = cell_operations(problem)
    assert len(operations) >= 8
    n, width = problem.n_atoms, network.architecture.width

    def answer(site: torch.Tensor) -> torch.Tensor:
        return network(weights, site.reshape(n, width), torch.zeros(width, dtype=torch.float64)).vectors.reshape(-1)

    zero = torch.zeros(n * width, dtype=torch.float64)
    slope = torch.autograd.functional.jacobian(answer, zero, vectorize=True).T

    def step(target: np.ndarray) -> np.ndarray:
        residual = answer(zero) - torch.as_tensor(target).reshape(-1)
        solve = decompose_normal(slope.T @ slope, residual)
        return -(slope @ solve.coefficients(1e-3 * solve.scale)).reshape(n, width).numpy()

    assert problem.target is not None
    before = step(problem.target)
    for rotation, permutation in operations[:6]:
        target = np.zeros_like(problem.target)
        target[permutation] = problem.target @ rotation.T
        expected = np.zeros_like(before)
        expected[permutation] = before @ block(network, rotation).T
        assert np.abs(step(target) - expected).max() < 1e-10 * np.abs(before).max()


def test_what_symmetry_forbids_is_not_reducible() -> None:
    normal = torch.diag(torch.tensor([2.0, 1.0, 1e-18], dtype=torch.float64))
    solve = decompose_normal(normal, torch.tensor([3.0, 4.0, 5.0], dtype=torch.float64))
    assert solve.reducible == pytest.approx(25.0)
    assert solve.coefficients(0.0).tolist() == pytest.approx([1.5, 4.0, 0.0])


def test_minimise_reaches_a_zero_and_a_floor() -> None:
    """Rosenbrock's residuals have a zero at (1, 1); a constant third residual leaves its square."""
    for constant in (0.0, 0.3):

        def evaluate(point: tuple[torch.Tensor, ...], extra: float = constant) -> tuple[torch.Tensor, object]:
            x, y = point[0]
            return torch.stack([10 * (y - x**2), 1 - x, torch.full_like(x, extra)]), None

        def jacobian(point: tuple[torch.Tensor, ...], cache: object) -> tuple[torch.Tensor, ...]:
            x = float(point[0][0])
            return (torch.tensor([[-20 * x, -1.0, 0.0], [10.0, 0.0, 0.0]], dtype=torch.float64),)

        start = (torch.tensor([-1.2, 1.0], dtype=torch.float64),)
        point, outcome = minimise(evaluate, jacobian, start)
        assert outcome.loss == pytest.approx(constant**2, abs=1e-12)
        assert torch.allclose(point[0], torch.ones(2, dtype=torch.float64), atol=1e-5)


def test_input_step_solves_the_ridge_problem() -> None:
    generator = torch.Generator().manual_seed(0)
    slope = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    residual = torch.randn(3, generator=generator, dtype=torch.float64)
    inputs = torch.randn(6, generator=generator, dtype=torch.float64)
    ridge = torch.rand(6, generator=generator, dtype=torch.float64) + 0.1
    found = input_step(slope, residual, inputs, ridge, 0.2)
    normal = slope @ slope.T + torch.diag(ridge + 0.2)
    gradient = normal @ (found - inputs) + slope @ residual + ridge * inputs
    assert float(gradient.abs().max()) < 1e-12


def test_forbidden_inputs_stay_zero_without_compression() -> None:
    """Odd parity and the rest on Mn in Pnma are kept at zero by the optimiser's equivariance alone."""
    problem = lamno3()
    carriers = tuple(Carrier("Mn", degree, parity) for degree in (1, 2) for parity in (1, -1))
    whole = LearningOptions(carriers=carriers, compression=False, channels=2, layers=2)
    learner = Learner(problem, whole)
    start = learner.placement.strong(first_step(learner))
    end, _ = learner.trainer.fit(Point(learner.trainer.fresh(), start), np.arange(learner.space.size), max_steps=4)
    arrays = learner.space.arrays(end.inputs.numpy())
    largest = max(np.abs(field).max() for field in arrays.values())
    for carrier, field in arrays.items():
        if carrier.parity < 0:
            assert np.abs(field).max() < 1e-8 * largest
        basis = carrier_fields(problem, child_orbits(problem), carrier)
        inside = basis @ np.einsum("nmk,nm->k", basis, field)
        assert np.abs(field - inside).max() < 1e-8 * largest


def first_step(learner: Learner) -> torch.Tensor:
    """The direction in which all inputs together would leave zero."""
    weights, zero = learner.trainer.fresh(), learner.zero()
    state = learner.engine.evaluate(weights, zero)
    return -learner.engine.input_jacobian(weights, state) @ state.residual


def test_compression_leaves_the_path_of_the_inputs_unchanged() -> None:
    problem = square_and_rectangle()
    found = []
    for compression in (True, False):
        learner = Learner(problem, LearningOptions(compression=compression, lmax_input=3))
        start = Point(learner.trainer.fresh(), learner.placement.strong(first_step(learner)))
        end, _ = learner.trainer.fit(start, np.arange(learner.space.size), max_steps=5)
        found.append(learner.space.arrays(end.inputs.numpy()))
    for carrier, field in found[0].items():
        assert np.abs(field - found[1][carrier]).max() < 1e-9
