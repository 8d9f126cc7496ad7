"""A parent that is nearly more symmetric: two maps of a child cost nearly the same, and that is said.

The parent is a perovskite stretched by 0.5 % along c; its child, an in-phase tilt, has edges that fit a tilt about
c or about a. With the edges of a tilt about a, that map has no strain.
"""

from __future__ import annotations

import numpy as np
import pytest

from curiebreak.mapping import map_child
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal

SPECIES = ["Sr", "Ti", "O", "O", "O"]
COORDS = np.array([[0.5, 0.5, 0.5], [0.0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
SHORT, LONG = 4.0, 4.02


@pytest.fixture(scope="module")
def parent() -> ParentCrystal:
    return parent_crystal(structure_from_arrays(np.diag([SHORT, SHORT, LONG]), SPECIES, COORDS))


def tilted(edges: list[float], noise: float) -> Structure:
    """An in-phase tilt about z of 0.3 Å in a cell of 2 x 2 x 1 edges, each atom moved at random besides."""
    size = np.array([2, 2, 1])
    corners = np.array([[i, j, 0] for i in (0, 1) for j in (0, 1)])
    points = (COORDS[:, None] + corners).reshape(-1, 3)
    species = [name for name in SPECIES for _ in corners]
    shifts = np.random.default_rng(3).normal(0, noise, points.shape)
    for index, point in enumerate(points):
        if species[index] == "O" and point[2] == 0:  # around its B atom, the other way round at the next
            along_x = point[1] % 1 == 0.5
            turn = np.array([0.3, 0, 0]) if along_x else np.array([0, -0.3, 0])
            shifts[index] += turn * (-1) ** int(np.floor(point[:2]).sum())
    cell = np.diag(np.array(edges) * size)
    return structure_from_arrays(cell, species, points / size + shifts @ np.linalg.inv(cell))


def test_the_map_without_strain_wins_though_its_edges_are_longer(parent: ParentCrystal) -> None:
    """Displacements are weighed at the child's edges: at the parent's, the tilt about the short axis is smaller."""
    found = map_child(parent, tilted([LONG, SHORT, SHORT], 0.02))
    assert np.abs(found.strain).max() < 1e-9


def test_the_other_map_is_the_runner_up_and_said(parent: ParentCrystal) -> None:
    found = map_child(parent, tilted([LONG, SHORT, SHORT], 0.02))
    assert found.runner_up is not None and found.runner_up["group_subgroup"]
    assert found.cost < found.runner_up["cost"] < 1.01 * found.cost
    assert [m for m in found.messages if m.startswith("another map costs only") and "strain 0.0041, here" in m]


def test_a_child_that_keeps_more_symmetry_on_the_other_map_says_which_was_passed_over(parent: ParentCrystal) -> None:
    """Without noise the child is tetragonal within 0.1 Å about its tilt axis, which the parent is about c alone."""
    found = map_child(parent, tilted([LONG, SHORT, SHORT], 0.0))
    assert np.abs(found.strain).max() > 1e-3
    assert [m for m in found.messages if "does not keep P4/mbm" in m and "was passed over" in m]


def test_no_other_map_is_near_where_the_edges_fit_one(parent: ParentCrystal) -> None:
    wide = parent_crystal(structure_from_arrays(np.diag([SHORT, SHORT, 4.4]), SPECIES, COORDS))
    found = map_child(wide, tilted([SHORT, SHORT, 4.4], 0.02))
    assert not [m for m in found.messages if "another map" in m or "passed over" in m]
