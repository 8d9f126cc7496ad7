"""What the network finds out by itself: the group of the target, the blocks of the input, all without being told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_problems import batio3, component_amplitudes, lamno3, square_and_rectangle, srtio3
from pairs import PAIRS, analysis, paths
from scramble import scramble

import curiebreak
from curiebreak.discovery.alternatives import component_labels
from curiebreak.discovery.posing import learning_problem
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.own_group import OwnGroup, cell_operations, group_of
from curiebreak.learning.problem import Problem
from curiebreak.mapping import map_child
from curiebreak.modes.analysis import analyse
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal

PROBLEMS = {"lamno3": lamno3, "strained": lambda: lamno3(True), "srtio3": srtio3, "batio3": batio3,
            "square": square_and_rectangle}  # fmt: skip


def untold(problem: Problem) -> Problem:
    """The same with the identity alone as the child's group."""
    return replace(problem, child_rotations=np.eye(3)[None], child_permutations=np.arange(problem.n_atoms)[None])


# -- the group -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", list(PROBLEMS))
def test_the_untrained_network_finds_the_group_of_the_target(name: str) -> None:
    problem = PROBLEMS[name]()
    learner = Learner(untold(problem), LearningOptions(own_group=True))
    own = learner.own
    assert own is not None and own.same_as(problem.child_rotations, problem.child_permutations)
    assert own.largest_kept < 1e-12 and own.gap > 1e6
    assert len(learner.problem.child_rotations) == len(problem.child_rotations)
    assert learner.group_difference() is not None
    assert Learner(problem, LearningOptions(own_group=True)).group_difference() is None


@pytest.mark.parametrize(("name", "count"), [("lamno3", 64), ("batio3", 48), ("srtio3", 96), ("square", 16)])
def test_operations_of_the_parent_that_keep_the_cell(name: str, count: int) -> None:
    """4 cells of 48/3 operations that keep the axis of Pnma; all 48; 2 cells of 48; D4h."""
    problem = PROBLEMS[name]()
    rotations, permutations = cell_operations(problem)
    assert len(rotations) == len(permutations) == count
    assert (np.sort(permutations, axis=1) == np.arange(problem.n_atoms)).all()
    assert (problem.types[permutations] == problem.types).all()
    assert len({r.round(6).tobytes() + p.tobytes() for r, p in zip(rotations, permutations, strict=True)}) == count


def test_the_group_is_cut_at_the_widest_gap() -> None:
    """Scatter of 1e-2 beside 0.5 is cut below 0.5 when it is known to say nothing, else above the identity."""
    turns, moves = np.repeat(np.eye(3)[None], 5, axis=0), np.tile(np.arange(2), (5, 1))
    values = np.array([0.0, 0.5, 1e-2, 0.6, 2e-2])
    assert len(group_of(values, turns, moves).rotations) == 1
    found: OwnGroup = group_of(values, turns, moves, resolution=1e-2)
    assert len(found.rotations) == 3 and found.largest_kept == 2e-2 and found.smallest_broken == 0.5
    assert len(group_of(np.full(5, 1e-14), turns, moves).rotations) == 5


@pytest.mark.shared
@pytest.mark.slow
def test_own_group_of_the_shared_cases(shared: Path) -> None:
    folder = shared / "data" / "cases"
    names = sorted(p.name for p in folder.glob("*") if p.is_dir() and "NEG" not in p.name)
    for name in names:
        parent = parent_crystal(read_structure(folder / name / "parent.cif"))
        problem = learning_problem(analyse(map_child(parent, read_structure(folder / name / "child.cif"))).group)
        own = Learner(problem, LearningOptions(own_group=True)).own
        assert own is not None and own.same_as(problem.child_rotations, problem.child_permutations), name
        assert own.gap > 1e5, name


# -- the blocks ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["lamno3", "ymno3", "ca3ti2o7", "square"])
@pytest.mark.parametrize("compression", [True, False])
def test_random_networks_separate_the_irreps(name: str, compression: bool) -> None:
    """Each component that is answered holds one irrep, also K1, K2, K3 of YMnO3 in the child's own cell."""
    found = analysis(name)
    learner = Learner(learning_problem(found.group), LearningOptions(blocks="plain", compression=compression))
    slope = learner.engine.input_jacobian(learner.trainer.fresh(), learner.engine.evaluate(
        learner.trainer.fresh(), learner.zero()))  # fmt: skip
    labels = component_labels(found, learner)
    answered = [c for c in labels if float(slope[learner.space.select(np.array([c]))].norm()) > 1e-6]
    assert answered and all(len(labels[c]) == 1 for c in answered)
    held = [next(iter(labels[c])) for c in answered]
    assert len(held) == len(set(held))
    active = {m.label for m in found.modes if m.kind == "displacement"} - {"GM1+", "A1g"}
    assert active <= set(held)


def test_without_compression_every_component_of_the_target_counts() -> None:
    learner = Learner(lamno3(), LearningOptions(compression=False))
    assert learner.objective.n_field == 3 * 20 - 3
    assert learner.space.size > 300
    recovery = learner.recover()
    compressed = Learner(lamno3()).recover()
    assert recovery.loss is not None and recovery.loss < 1e-6
    for carrier, field in compressed.inputs.items():
        cosine = float((field * recovery.inputs[carrier]).sum())
        sizes = float(np.linalg.norm(field) * np.linalg.norm(recovery.inputs[carrier]))
        assert abs(cosine) == pytest.approx(sizes, rel=1e-6, abs=1e-9)


def test_plain_blocks_of_the_network_end_with_the_tilts() -> None:
    plain, told = Learner(lamno3(), LearningOptions(blocks="plain")), Learner(lamno3())
    first, second = plain.recover(), told.recover()
    amplitudes = component_amplitudes(told)
    assert sorted(round(amplitudes[c], 3) for c in second.components) == [0.956, 1.256]
    for carrier, field in second.inputs.items():
        sizes = float(np.linalg.norm(field) * np.linalg.norm(first.inputs[carrier]))
        assert abs(float((field * first.inputs[carrier]).sum())) == pytest.approx(sizes, rel=1e-6, abs=1e-9)


# -- find --blind --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["square", "batio3", "srtio3", "lamno3", "zro2"])
def test_blind_answers(name: str) -> None:
    found = curiebreak.find(*paths(name), blind=True)
    blind = found.blind
    assert blind is not None and blind.reached and set(blind.labels) == set(found.primary)
    assert blind.smallest_broken is not None and blind.smallest_broken > 1e3 * max(blind.largest_kept, 1e-9)
    assert blind.scatter == 0.0 and blind.loss is not None and blind.loss < 1e-6
    own = found.isotropy_subgroup
    assert own is not None and blind.input_symmetry is not None
    assert (blind.input_symmetry.number, blind.input_symmetry.point_group) == (own.number, own.point_group)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in PAIRS if n in ("ymno3", "ca3ti2o7")])
def test_blind_answers_of_larger_pairs(name: str) -> None:
    test_blind_answers(name)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_blind_with_scatter(seed: int) -> None:
    """LaMnO3 with 5 mÅ of noise on every coordinate: still the two tilts and the eight operations of Pnma."""
    parent, child = paths("lamno3")
    noisy = scramble(read_structure(child), 100 + seed, strain=0.0, noise=0.005, cell=False)
    blind = curiebreak.find(parent, noisy, blind=True).blind
    assert blind is not None and blind.labels == ("M3+", "R4+")
    assert blind.operations_kept == 8 and blind.input_symmetry is not None and blind.input_symmetry.number == 62
    assert blind.scatter == pytest.approx(0.005, rel=0.2)
    assert blind.smallest_broken is not None and blind.smallest_broken > 10 * blind.largest_kept
