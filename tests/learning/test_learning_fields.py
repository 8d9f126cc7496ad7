"""Other targets than displacements: strain alone, occupation order; and other carriers than displaced atoms."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from learning_problems import batio3, component_amplitudes, lamno3

from curiebreak.learning.breaking import Carrier
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.problem import Problem


def cubic_group() -> np.ndarray:
    """The 48 operations of m-3m as signed permutation matrices."""
    found = []
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), order] = signs
            found.append(matrix)
    return np.array(found)


def strained_caesium_chloride() -> Problem:
    """CsCl, Pm-3m, stretched along z: a pure ferroelastic child, P4/mmm, GM3+."""
    group = cubic_group()
    kept = np.array([g for g in group if abs(abs(g[2, 2]) - 1) < 1e-9])
    return Problem(
        lattice=4.12 * np.eye(3),
        positions=np.array([[0.0, 0, 0], [2.06, 2.06, 2.06]]),
        types=np.array([0, 1]),
        type_names=("Cs", "Cl"),
        parent_atom=np.array([0, 1]),
        parent_rotations=group,
        parent_permutations=np.tile(np.arange(2), (48, 1)),
        child_rotations=kept,
        child_permutations=np.tile(np.arange(2), (16, 1)),
        target=np.zeros((2, 3)),
        target_strain=np.diag([-0.01, -0.01, 0.02]),
    )


def ordered_l12() -> Problem:
    """Disordered fcc Pt3Cu -> L1_2, Pm-3m: X1+, root-sum-square of the occupancy changes 1.2247."""
    positions = 3.86 * np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    group = cubic_group()
    frac = positions / 3.86
    images = np.einsum("gij,nj->gni", group, frac)
    gap = images[:, :, None] - frac[None, None]
    order = np.abs(gap - gap.round()).max(axis=-1).argmin(axis=-1)
    copper = np.array([0.75, -0.25, -0.25, -0.25])
    return Problem(
        lattice=3.86 * np.eye(3),
        positions=positions,
        types=np.zeros(4, dtype=np.int64),
        type_names=("M",),
        parent_atom=np.zeros(4, dtype=np.int64),
        parent_rotations=group,
        parent_permutations=np.zeros((48, 1), dtype=np.int64),
        child_rotations=group,
        child_permutations=order,
        target_occupation=np.stack([copper, -copper], axis=1),
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_strain_alone(seed: int) -> None:
    learner = Learner(strained_caesium_chloride(), LearningOptions(seed=seed, seeds=1))
    fit = learner.fit_without_input()
    assert fit.loss is None
    assert fit.loss_strain == pytest.approx(1.0, abs=1e-9)
    recovery = learner.recover()
    assert recovery.status == "converged"
    assert len(recovery.members) == 1
    assert recovery.loss_strain is not None and recovery.loss_strain < 1e-6
    strain = learner.predict().strain
    assert strain is not None and np.abs(strain - np.diag([-0.01, -0.01, 0.02])).max() < 1e-6


def test_occupation_order_is_carried_by_scalars() -> None:
    problem = ordered_l12()
    assert np.linalg.norm(problem.target_occupation) == pytest.approx(1.2247, abs=1e-4)
    learner = Learner(problem)
    assert learner.fit_without_input().loss == pytest.approx(1.0, abs=1e-9)
    recovery = learner.recover()
    assert recovery.status == "converged"
    assert [m.carrier.name for m in recovery.members] == ["M:0e"]
    occupation = learner.predict().occupation
    assert occupation is not None and np.abs(occupation - problem.target_occupation).max() < 1e-4


def test_a_global_polar_vector_makes_the_ferroelectric() -> None:
    carriers = (Carrier("global", 1, -1), Carrier("global", 1, 1), Carrier("global", 2, 1))
    recovery = Learner(batio3(), LearningOptions(carriers=carriers, seeds=1)).recover()
    assert recovery.status == "converged"
    assert [m.carrier.name for m in recovery.members] == ["global:1o"]


def test_a_pseudovector_cannot_make_a_polar_child() -> None:
    """1e on Ti forms no polar irrep of Pm-3m: nothing in it survives the child's group."""
    learner = Learner(batio3(), LearningOptions(carriers=(Carrier("Ti", 1, 1),), seeds=1))
    recovery = learner.recover()
    assert recovery.status == "not_converged"
    assert recovery.loss == pytest.approx(1.0, abs=1e-6)


def test_inputs_on_the_a_site_alone() -> None:
    """With inputs on La the tilts are still the set of the greatest share (2e and 2o carry them)."""
    carriers = tuple(Carrier("La", degree, parity) for degree in range(3) for parity in (1, -1))
    learner = Learner(lamno3(), LearningOptions(carriers=carriers, seeds=1))
    recovery = learner.recover()
    amplitudes = component_amplitudes(learner)
    assert recovery.status == "converged"
    assert sorted(round(amplitudes[c], 2) for c in recovery.components) == [0.96, 1.26]


@pytest.mark.slow
def test_raw_target_without_averaging() -> None:
    """With the identity alone as the child's group the plain residual space is used in full."""
    problem = batio3()
    noise = 1e-3 * np.random.default_rng(0).normal(size=(5, 3))
    assert problem.target is not None
    target = problem.target + noise - noise.mean(axis=0)
    values = {name: getattr(problem, name) for name in Problem.__dataclass_fields__}
    values |= {
        "child_rotations": np.eye(3)[None],
        "child_permutations": np.arange(5)[None],
        "target": target,
    }
    learner = Learner(Problem(**values), LearningOptions(seeds=1))
    assert learner.objective.n_field == 12
    recovery = learner.recover()
    assert recovery.status == "converged"
    displacements = learner.predict().displacements
    assert displacements is not None and np.abs(displacements - target).max() < 1e-4
