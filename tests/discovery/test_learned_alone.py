"""The learned answer does not come from the exact side: corrupt that, and nothing that was learned changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pairs
import pytest
from pairs import analysis, paths

from curiebreak.discovery import find
from curiebreak.discovery.posing import learning_problem
from curiebreak.learning.learner import Learner, LearningOptions
from curiebreak.learning.outcome import Recovery
from curiebreak.results import Finding, Status
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import MinimalSet, StabiliserTable
from curiebreak.symmetry.isotypic import Irrep

SWAPPED = {"M3+": "R4+", "R4+": "X5+", "X5+": "M3+", "K3": "K1", "K1": "K3"}


def inputs(found: Finding) -> dict[str, np.ndarray]:
    return {f"{f.site}:{f.l}{f.parity}": np.array(f.values) for f in found.breaking_input}


@pytest.mark.parametrize("name", ["lamno3", "ymno3"])
def test_labels_permuted_shares_shuffled_and_sets_emptied(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = pairs.found(name)
    original = IrrepNames.of

    def swapped(self: IrrepNames, irrep: Irrep, odd: bool = False) -> str:
        own = original(self, irrep, odd)
        return SWAPPED.get(own, own)

    def shuffled(self: StabiliserTable, labels: Iterable[str]) -> float:
        return float(sum(hash(label) % 97 for label in labels)) / 970

    def emptied(self: StabiliserTable) -> list[MinimalSet]:
        return []

    monkeypatch.setattr(IrrepNames, "of", swapped)
    monkeypatch.setattr(StabiliserTable, "share", shuffled)
    monkeypatch.setattr(StabiliserTable, "minimal_sets", emptied)
    corrupted = find(*paths(name))
    assert corrupted.status is not Status.OK
    assert corrupted.loss == honest.loss and corrupted.loss_without_input == honest.loss_without_input
    assert corrupted.loss_strain == honest.loss_strain
    before, after = inputs(honest), inputs(corrupted)
    assert set(before) == set(after)
    for carrier, values in before.items():
        np.testing.assert_allclose(after[carrier], values, atol=1e-12)
    assert honest.selection is not None and corrupted.selection is not None
    for one, other in zip(honest.selection.events, corrupted.selection.events, strict=True):
        assert (one.strength, one.loss, one.fate) == (other.strength, other.loss, other.fate)


@pytest.mark.parametrize("name", ["lamno3", "batio3", "square"])
def test_the_group_of_the_exact_side_is_not_looked_at(name: str) -> None:
    """With the operations of the identity alone in its place the learner finds its own and learns the same."""
    problem = learning_problem(analysis(name).group)
    identity = np.eye(3)[None], np.arange(problem.n_atoms)[None]
    lied = replace(problem, child_rotations=identity[0], child_permutations=identity[1])

    def recovered(given: object) -> tuple[Learner, Recovery]:
        learner = Learner(given, LearningOptions(own_group=True, seeds=1))  # type: ignore[arg-type]
        return learner, learner.recover()

    (first, honest), (second, other) = recovered(problem), recovered(lied)
    assert first.group_difference() is None and second.group_difference() is not None
    assert honest.components == other.components and honest.loss == pytest.approx(other.loss, abs=1e-12)
    for carrier, values in honest.inputs.items():
        np.testing.assert_allclose(other.inputs[carrier], values, atol=1e-9)
