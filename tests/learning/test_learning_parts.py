"""Parts of the learned side one by one: seeds, price of l, carriers, radial functions, signals without a target."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from learning_problems import square_and_rectangle, srtio3
from test_learning_recovery import global_carriers, in_plane_xz

from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.optimizer import minimise
from curiebreak.learning.signals import train_signals
from curiebreak.learning.snapshots import Snapshots, pair_vectors, radial_basis
from curiebreak.learning.sparsity import Sparsity, degree_cost, input_step


def square(seed: int = 0, together: bool = False) -> Learner:
    options = LearningOptions(carriers=global_carriers(5), lmax_input=5, seed=seed, degenerate=together)
    return Learner(in_plane_xz(square_and_rectangle()), options)


def test_a_seed_means_something_and_always_the_same() -> None:
    weights = [square(seed).trainer.fresh() for seed in (0, 1, 1)]
    assert torch.equal(weights[1], weights[2])
    assert float((weights[0] - weights[1]).norm()) > 1.0
    attempts = [square().trainer.fresh(attempt) for attempt in (0, 1)]
    assert float((attempts[0] - attempts[1]).norm()) > 1.0


def test_a_field_of_the_whole_cell_that_explains_too_little_falls_to_zero() -> None:
    """One input explains the target, the other a millionth of its square: less than its price."""
    slope = np.linalg.qr(np.random.default_rng(0).normal(size=(50, 6)))[0].T
    truth = np.array([0.6, 0.8, 0.0, 0.001, 0.0, 0.0])
    by_input, target = torch.as_tensor(slope), torch.as_tensor(truth @ slope)
    sparsity = Sparsity([np.arange(3), np.arange(3, 6)], np.ones(2), 1.0)
    inputs = torch.zeros(6, dtype=torch.float64)
    for count in range(40):
        ridge = sparsity.ridge(inputs, max(0.5 * 0.6**count, 1e-4))
        inputs = input_step(by_input, inputs @ by_input - target, inputs, ridge, 1e-12)
    large, small = sparsity.norms(inputs)
    assert large == pytest.approx(1.0, abs=0.01) and small < 1e-4


def test_the_price_rises_with_l() -> None:
    assert [degree_cost(degree) for degree in range(5)] == [1.0, 1.25, 2.0, 3.25, 5.0]


@pytest.mark.parametrize("seed", range(2))
def test_one_of_four_equivalent_carriers_leaves_zero(seed: int) -> None:
    """2e, 3e, 4e, 5e of the square carry the same irrep: all enter together when asked for, else 2e alone."""
    for together, names in ((False, ["global:2e"]), (True, ["global:2e", "global:3e", "global:4e", "global:5e"])):
        learner = square(seed, together)
        recovery = learner.recover()
        assert [m.carrier.name for m in sorted(recovery.members, key=lambda m: m.carrier.degree)] == names
        assert len(recovery.selection.events) == 1


def test_a_carrier_that_the_network_does_not_answer_to_is_passed_by() -> None:
    learner = Learner(srtio3())
    component = learner.recover().components[0]
    ranked = learner.placement.ranked(component)
    gradient = np.ones(learner.space.size)
    assert learner.placement.choose(component, gradient).tolist() == ranked[0].tolist()
    gradient[ranked[0]] = 0.0
    assert learner.placement.choose(component, gradient).tolist() == ranked[1].tolist()


def test_strong_inputs_have_equal_strength_and_their_directions() -> None:
    learner = Learner(srtio3())
    values = torch.linspace(1.0, 2.0, learner.space.size, dtype=torch.float64)
    strong = learner.placement.strong(values)
    for component in np.unique(learner.space.component):
        index = learner.space.select(np.array([component]))
        along = torch.nn.functional.cosine_similarity(strong[index], values[index], dim=0)
        assert float(along) == pytest.approx(1.0, abs=1e-12)
    assert torch.allclose(learner.placement.strong(3.0 * values), strong)


def test_signals_of_nothing_are_nothing() -> None:
    """A parent that is its own child: no displacement, no peaks, and no division by zero."""
    found = train_signals(square_and_rectangle(False), np.zeros((1, 4, 9)), 2)
    assert not found.signals.any() and found.loss == 0.0 and found.settled


def test_steps_are_shown_to_who_may_end_them() -> None:
    seen: list[float] = []

    def stop(taken: int, losses: list[float]) -> bool:
        assert len(losses) == taken + 1
        seen.append(losses[-1])
        return taken == 3

    def evaluate(point: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, object]:
        return point[0] ** 2 - 2.0, None

    def jacobian(point: tuple[torch.Tensor, ...], _: object) -> tuple[torch.Tensor, ...]:
        return (torch.diag(2 * point[0]),)

    start = torch.tensor([1.0, 3.0], dtype=torch.float64)
    (root,), outcome = minimise(evaluate, jacobian, (start,))
    assert torch.allclose(root, torch.full_like(root, 2.0**0.5), atol=1e-6)
    _, short = minimise(evaluate, jacobian, (start,), stop=stop)
    assert short.steps == 3 and seen == short.losses == outcome.losses[:4]
    assert seen == sorted(seen, reverse=True)


def test_pairs_in_a_periodic_cell_are_those_of_the_nearest_images() -> None:
    """Two atoms 1 Å apart across the face of a cell of 10 Å; functions end smoothly at half the cell."""
    positions = np.tile(np.array([[0.5, 5, 5], [9.5, 5, 5]]), (3, 1, 1))
    snapshots = Snapshots(positions, positions, positions, np.array([0, 1]), 10.0 * np.eye(3))
    np.testing.assert_allclose(pair_vectors(snapshots)[:, 0, 1], [[-1.0, 0, 0]] * 3, atol=1e-12)
    basis = radial_basis(snapshots, 4)
    assert basis.cutoff == pytest.approx(5.0)
    values = basis(np.array([1.0, 4.999, 5.0, 6.0]))
    assert np.abs(values[0]).max() > 0.5
    assert np.abs(values[1]).max() < 1e-4 and not values[2:].any()
    alone = Snapshots(positions[:, :1], positions[:, :1], positions[:, :1], np.array([0]))
    assert radial_basis(alone, 4).cutoff is None
