"""The graph of the parent: shells, cutoff, connection, reach."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from learning_problems import lamno3, square_and_rectangle, srtio3

from curiebreak.errors import InputError, UsageError
from curiebreak.learning.breaking import site_atoms
from curiebreak.learning.graph import (
    MAX_RADIAL,
    SHELL_TOLERANCE,
    _match_shells,
    build_graph,
    choose_cutoff,
    distinct_distances,
    farthest_type,
    find_edges,
    spans_crystal,
)
from curiebreak.learning.problem import Problem


def test_simple_cubic_has_six_images_of_itself() -> None:
    edges = find_edges(np.eye(3), np.array([[0.2, 0.1, 0.7]]), 1.2)
    assert len(edges.target) == 6
    assert np.allclose(edges.lengths, 1.0)


def test_edges_come_in_pairs() -> None:
    problem = lamno3()
    edges = find_edges(problem.lattice, problem.positions, 4.2)
    keys = {
        (int(i), int(j), *np.round(v, 6)) for i, j, v in zip(edges.target, edges.source, edges.vectors, strict=True)
    }
    for i, j, v in zip(edges.target, edges.source, edges.vectors, strict=True):
        assert (int(j), int(i), *(np.round(-v, 6) + 0.0)) in keys or (int(j), int(i), *np.round(-v, 6)) in keys


@pytest.mark.parametrize("make", [lamno3, srtio3, square_and_rectangle])
@pytest.mark.parametrize("step", [0, 1])
def test_cutoff_lies_between_shells(make, step: int) -> None:  # type: ignore[no-untyped-def]
    problem = make()
    cutoff, edges = choose_cutoff(problem, 3, step)
    lengths = find_edges(problem.lattice, problem.positions, 1.5 * cutoff).lengths
    assert np.abs(lengths / cutoff - 1).min() > 0.009
    assert edges.lengths.max() < cutoff
    assert spans_crystal(edges, problem.n_atoms, problem.lattice is not None)
    assert farthest_type(edges, problem.types) < 3


def test_a_further_step_reaches_further() -> None:
    problem = lamno3()
    assert choose_cutoff(problem, 3, 1)[0] > choose_cutoff(problem, 3, 0)[0]


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_parent_without_wide_gaps_gets_a_small_graph(step: int) -> None:
    """Sixty atoms without symmetry have no gap of 2 % beyond contact; the widest near it is taken, on no shell."""
    rng = np.random.default_rng(4)
    edge, n = 8.5, 60
    grid = np.array(list(product(range(4), repeat=3)))[:n] / 4
    positions = (grid + rng.normal(0, 0.03, (n, 3))) * edge
    alone = (np.eye(3)[None], np.arange(n)[None])
    names = tuple(map(str, range(n)))
    problem = Problem(edge * np.eye(3), positions, np.arange(n), names, np.arange(n), *alone, *alone)
    cutoff, edges = choose_cutoff(problem, 3, step)
    lengths = distinct_distances(find_edges(problem.lattice, positions, 1.2 * cutoff).lengths)
    gaps = np.diff(lengths) / lengths[:-1]
    assert gaps[lengths[:-1] > 0.8 * cutoff].max() < 0.02, "the example is meant to have none"
    assert np.abs(lengths - cutoff).min() > SHELL_TOLERANCE
    assert cutoff < (0.8 if step == 0 else 1.0) * edge
    assert spans_crystal(edges, n, True)
    graph = build_graph(problem, cutoff, edges)
    found = graph.shells[_match_shells(graph.shells, np.stack([edges.target, edges.source], axis=1), edges.lengths)]
    assert (found[:, 0] == edges.target).all() and (found[:, 1] == edges.source).all()
    assert np.abs(found[:, 2] - edges.lengths).max() < SHELL_TOLERANCE


def test_layers_that_do_not_touch_are_not_connected() -> None:
    lattice = np.diag([1.0, 1.0, 5.0])
    edges = find_edges(lattice, np.zeros((1, 3)), 1.2)
    assert not spans_crystal(edges, 1, True)
    assert spans_crystal(find_edges(lattice, np.zeros((1, 3)), 5.2), 1, True)


def test_two_interpenetrating_nets_are_not_connected() -> None:
    lattice = np.eye(3)
    positions = np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])
    assert not spans_crystal(find_edges(lattice, positions, 0.8), 2, True)
    assert spans_crystal(find_edges(lattice, positions, 0.9), 2, True)


def test_distances_closer_than_the_tolerance_are_one_shell() -> None:
    assert np.allclose(distinct_distances(np.array([2.0, 1.0, 2.0005, 1.0])), [1.0, 2.00025])


def test_pairs_with_many_shells_share_radial_functions() -> None:
    problem = lamno3()
    graph = build_graph(problem, 7.0)
    pairs, counts = np.unique(graph.radial_types, axis=0, return_counts=True)
    assert len(pairs) == 9
    assert counts.max() <= MAX_RADIAL


def test_another_cell_of_the_parent_finds_the_same_shells() -> None:
    problem = lamno3()
    cutoff, _ = choose_cutoff(problem, 3)
    graph = build_graph(problem, cutoff)
    again = build_graph(problem, cutoff, shells=graph.shells)
    assert np.array_equal(graph.radial_index, again.radial_index)
    with pytest.raises(InputError, match="distance"):
        build_graph(problem, 1.3 * cutoff, shells=graph.shells)


def test_wrong_shapes_are_refused_by_name() -> None:
    problem = lamno3()
    values = {name: getattr(problem, name) for name in Problem.__dataclass_fields__}
    with pytest.raises(InputError, match="`types`"):
        Problem(**{**values, "types": problem.types[:-1]})
    with pytest.raises(InputError, match="finite"):
        Problem(**{**values, "target": np.full_like(problem.positions, np.nan)})


def test_unknown_site_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no site"):
        site_atoms(lamno3(), "Fe")
