"""Explicit supercells of a child: translations in H, the same answer, the same cost."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from command_line import CommandLine
from pairs import analysis, paths

import curiebreak
from curiebreak.discovery.posing import learning_problem
from curiebreak.errors import UsageError
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.supercell import explicit_supercell
from curiebreak.results import Finding
from curiebreak.structures import read_structure, write_structure

COPIES = [np.diag([2, 1, 1]), np.diag([1, 2, 2]), np.array([[1, 1, 0], [-1, 1, 0], [0, 0, 1]])]


@pytest.mark.parametrize("copies", COPIES, ids=["2x1x1", "1x2x2", "rotated"])
def test_operations_of_a_supercell_are_operations(copies: np.ndarray) -> None:
    """Each keeps types and target; together they are closed; atoms over operations does not grow."""
    base = learning_problem(analysis("srtio3").group)
    larger = explicit_supercell(base, copies)
    count = round(np.linalg.det(copies))
    assert larger.n_atoms == count * base.n_atoms
    assert np.array_equal(larger.positions[: base.n_atoms], base.positions)
    target = np.asarray(larger.target)
    for rotation, permutation in zip(larger.child_rotations, larger.child_permutations, strict=True):
        assert np.array_equal(np.sort(permutation), np.arange(larger.n_atoms))
        assert np.array_equal(larger.types[permutation], larger.types)
        assert np.abs(target[permutation] - target @ rotation.T).max() < 1e-9
    rows = {tuple(p) for p in larger.child_permutations}
    for first in larger.child_permutations[::3]:
        for second in larger.child_permutations[::3]:
            assert tuple(first[second]) in rows
    assert len(larger.child_rotations) % count == 0


@pytest.mark.parametrize("copies", COPIES[:2], ids=["2x1x1", "1x2x2"])
def test_losses_and_gradients_are_those_of_the_small_cell(copies: np.ndarray) -> None:
    base = learning_problem(analysis("lamno3").group)
    found = []
    for problem in (base, explicit_supercell(base, copies)):
        learner = Learner(problem, LearningOptions(lmax_input=1))
        weights = learner.trainer.fresh()
        state = learner.engine.evaluate(weights, torch.zeros(learner.space.size, dtype=torch.float64))
        by_weight, _ = learner.engine.jacobian(weights, state)
        found.append((state.loss, (by_weight @ state.residual).numpy().copy(), learner.engine.network.size))  # type: ignore[attr-defined]
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-9)
    assert np.abs(found[0][1] - found[1][1]).max() < 1e-9 * np.abs(found[0][1]).max()
    assert found[0][2] == found[1][2]


def test_cells_that_are_none() -> None:
    base = learning_problem(analysis("srtio3").group)
    with pytest.raises(UsageError, match="three independent axes"):
        explicit_supercell(base, np.zeros((3, 3), dtype=np.int64))
    with pytest.raises(UsageError, match="crystal"):
        explicit_supercell(learning_problem(analysis("square").group), np.eye(3, dtype=np.int64))


@pytest.mark.parametrize("compression", [True, False])
def test_find_on_the_cell_of_the_file(compression: bool) -> None:
    """The file of I4/mcm holds two primitive cells."""
    options = {"compression": compression, "lmax_input": 1, "seeds": 1}
    kept, usual = (curiebreak.find(*paths("srtio3"), keep_cell=k, **options) for k in (True, False))
    assert kept.primary == usual.primary == ("R5-",) and kept.status == usual.status
    assert kept.crosscheck is not None and kept.crosscheck.agrees
    assert kept.compression_check is not None and kept.compression_check <= 1e-8
    for a, b in zip(kept.certificates, usual.certificates, strict=True):
        assert a.learned == pytest.approx(b.learned, abs=1e-6) and a.floor == b.floor
    assert kept.displacements == usual.displacements and kept.options["keep_cell"] is True
    assert len(kept.breaking_input[0].values) == len(usual.breaking_input[0].values)


@pytest.mark.parametrize(
    ("name", "primary", "domains", "least"),
    [
        ("srtio3", {"R5-"}, 6, 4),
        pytest.param("lamno3", {"M3+", "R4+"}, 24, 16, marks=pytest.mark.slow),
    ],
)
def test_from_the_shell_with_domains_and_alternatives(
    command_line: CommandLine, tmp_path, name: str, primary: set[str], domains: int, least: int
) -> None:
    """Files of 40 atoms; as many domains as the index of I4/mcm and Pnma in Pm-3m says."""
    parent, child = paths(name)
    small = read_structure(child)
    frac = np.concatenate([small.coords, small.coords + [0, 0, 1]]) / [1, 1, 2]
    lattice = np.diag([1, 1, 2]) @ np.asarray(small.lattice)
    doubled = tmp_path / "doubled.cif"
    write_structure(type(small)(lattice, (*small.species, *small.species), frac), doubled)
    ran = command_line("find", parent, doubled, "--keep-cell", "--alternatives", "--domains", "--json")
    found = Finding.from_json(ran.out)
    assert ran.code == 0 and set(found.primary) == primary
    assert all(c.verdict == "holds" for c in found.certificates) and len(found.certificates) >= least
    assert len(found.domains) == domains and max(d.error or 0.0 for d in found.domains) < 1e-9
