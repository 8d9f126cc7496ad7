"""The answer does not depend on how the child is written down."""

from __future__ import annotations

import pairs
import pytest
from pairs import paths
from scramble import scramble

from curiebreak.discovery import find
from curiebreak.results import Status
from curiebreak.structures import read_structure

PRIMARY = {"lamno3": {"M3+", "R4+"}, "srtio3": {"R5-"}, "ymno3": {"K3"}, "batio3": {"GM4-"}}
SOME = [("lamno3", 0), ("srtio3", 1), ("ymno3", 2)]
MORE = [(name, seed) for name in PRIMARY for seed in range(10, 13)]


@pytest.mark.parametrize(("name", "seed"), [*SOME, *(pytest.param(*case, marks=pytest.mark.slow) for case in MORE)])
def test_scrambled_child(name: str, seed: int) -> None:
    """Random rotation, origin, order, cell and 2 % strain that the point group allows."""
    parent, child = paths(name)
    found = find(parent, scramble(read_structure(child), seed), seed=seed)
    assert found.status is Status.OK
    assert set(found.primary) == PRIMARY[name]
    assert found.crosscheck is not None and found.crosscheck.agrees
    assert found.loss is not None and found.loss <= 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lamno3", "srtio3"])
@pytest.mark.parametrize("seed", range(10))
def test_seeds(name: str, seed: int) -> None:
    found = pairs.found(name, seed)
    assert found.status is Status.OK
    assert set(found.primary) == PRIMARY[name]
    assert found.crosscheck is not None and found.crosscheck.agrees
