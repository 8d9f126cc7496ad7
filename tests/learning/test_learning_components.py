"""Components under the parent's full group, found without labels."""

from __future__ import annotations

import numpy as np
import pytest
from learning_problems import batio3, crystal_problem, lamno3, square_and_rectangle, srtio3

from curiebreak.learning import isotypic_split as isotypic
from curiebreak.learning.breaking import Carrier, all_carriers, child_orbits, parent_average
from curiebreak.learning.isotypic_split import SYMMETRIC, decompose, target_carriers
from curiebreak.learning.learner import Learner
from curiebreak.learning.orbits import find_orbits, invariant_fields


def amplitudes(problem) -> dict[int, float]:  # type: ignore[no-untyped-def]
    found = decompose(problem, all_carriers(problem, 2))
    result: dict[int, float] = {}
    for carrier in target_carriers(problem):
        if carrier.site == "global":
            continue
        along = np.einsum("nmk,nm->k", found.target_fields[carrier], problem.target)
        for value, component in zip(along, found.target_component[carrier], strict=True):
            result[int(component)] = result.get(int(component), 0.0) + value**2
    return {c: float(np.sqrt(v)) for c, v in result.items()}


def test_lamno3_gives_the_published_amplitudes() -> None:
    """As of R4+, M3+, X5+, M2+, R5+ from the ISODISTORT tutorial, exercise 8."""
    found = sorted((a for a in amplitudes(lamno3()).values() if a > 1e-4), reverse=True)
    assert np.allclose(found, [1.25554, 0.95635, 0.59606, 0.34776, 0.11026], atol=2e-5)


def test_single_irrep_children() -> None:
    """SrTiO3 I4/mcm is R5-, BaTiO3 P4mm GM4-, the rectangle B1g: one component carries everything."""
    for problem in (srtio3(), batio3(), square_and_rectangle()):
        found = [a for a in amplitudes(problem).values() if a > 1e-6]
        assert np.allclose(found, [np.linalg.norm(problem.target)], atol=1e-6)


def test_components_do_not_depend_on_the_random_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = lamno3(True)
    carriers = all_carriers(problem, 2)
    reference = None
    for seeds in ((1, 2), (3, 4), (5,), (6,), (7,)):
        monkeypatch.setattr(isotypic, "SEEDS", seeds)
        space = decompose(problem, carriers).inputs
        projectors = set()
        for component in np.unique(space.component):
            parts = []
            for index, fields in enumerate(space.fields):
                members = space.component[space.carrier == index] == component
                flat = fields[:, :, members].reshape(fields.shape[0] * fields.shape[1], int(members.sum()))
                parts.append(np.round(np.abs(flat @ flat.T).sum(), 6))
            projectors.add(tuple(parts))
        reference = reference or projectors
        assert projectors == reference


def test_number_of_components_follows_the_index() -> None:
    """Sum over irreps of dim Fix_H times dim is |G : H|: Pm-3m -> Pnma, index 24, has 8 irreps, 7 breaking."""
    found = decompose(lamno3(True), all_carriers(lamno3(True), 2))
    assert len(found.components) == 7


@pytest.mark.parametrize("edge", [8.4, 11.0, 14.0])
def test_equal_atoms_far_apart_merge_no_irreps(edge: float) -> None:
    """P4/m -> P1 in one cell: A-, A2+ (B), the pairs E+ and E-, B-: five break something, however far U lies from U."""
    four = [[(x, y, z), (-y, x, z), (-x, -y, z), (y, -x, z)] for x, y, z in FAR]
    frac = np.array([(0, 0.5, 0), (0.5, 0, 0), *(point for points in four for point in points)]) % 1.0
    species = ["U"] * 2 + [name for name in "WCOS" for _ in range(4)]
    lattice = np.diag([edge, edge, 3.1])
    moved = frac + np.random.default_rng(0).normal(0, 0.01, frac.shape)
    problem = crystal_problem((lattice, frac, species), (lattice, moved, species), np.eye(3).tolist(), (0, 0, 0))
    assert len(problem.parent_rotations) == 8
    assert len(decompose(problem, all_carriers(problem, 2)).components) == 5


def test_layers_of_a_body_centred_stacking_merge_no_irreps() -> None:
    """I4/mmm -> P1 in the cell of X: nine irreps of GM and eight of X break something, though what near layers say of
    the sign between far ones cancels at X (oxygen at 0,1/2,1/4, atoms of the slab at 0,0,z).
    """
    a, c = 3.86, 33.2
    along = {"Bi": (0.067, 0.211), "Ti": (0.0, 0.372), "O": (0.318, 0.44)}
    half = np.array([(0, 0, 0), (0.5, 0.5, 0.5)])
    sites = [(e, (0, 0, sign * z)) for e, found in along.items() for z in found for sign in (1, -1) if z or sign > 0]
    sites += [("O", (x, 0.5 - x, z)) for x in (0, 0.5) for z in (0.25, 0.116, -0.116)]
    species = [e for e, _ in sites for _ in half]
    parent = (np.diag([a, a, c]), np.array([point + shift for _, point in sites for shift in half]) % 1.0, species)
    basis = np.array([(1, 1, 0), (-1, 1, 0), (0.5, 1.5, 0.5)])
    # the two primitive cells of the child, a lattice vector of the parent apart
    cells = np.array([(0, 0, 0), (1, 0, 0)])
    points = np.array([point + shift for _, point in sites for shift in cells]) @ np.linalg.inv(basis)
    moved = points + np.random.default_rng(0).normal(0, 0.003, points.shape)
    problem = crystal_problem(parent, (basis @ parent[0], moved, species), basis.tolist(), (0, 0, 0))
    assert (len(problem.parent_rotations), len(problem.positions)) == (16, 2 * len(sites))
    assert len(decompose(problem, all_carriers(problem, 2)).components) == 9 + 8


FAR = [(0.12, 0.31, 0.0), (0.2, 0.38, 0.5), (0.4, 0.17, 0.0), (0.07, 0.17, 0.5)]


def test_inputs_hold_nothing_that_the_parent_keeps() -> None:
    problem = lamno3()
    space = decompose(problem, all_carriers(problem, 4)).inputs
    for carrier, fields in zip(space.carriers, space.fields, strict=True):
        if fields.shape[2]:
            assert np.abs(parent_average(problem, carrier.kind, fields)).max() < 1e-12
            gram = np.einsum("nmk,nml->kl", fields, fields)
            assert np.allclose(gram, np.eye(len(gram)), atol=1e-10)


def test_square_input_keeps_b1g_alone() -> None:
    """Global inputs up to l = 5: 2e, 3e, 4e, 5e carry B1g once each, odd parity not at all (Smidt et al.)."""
    problem = square_and_rectangle()
    carriers = tuple(Carrier("global", degree, parity) for degree in range(1, 6) for parity in (1, -1))
    space = decompose(problem, carriers).inputs
    names = [space.carriers[c].name for c in space.carrier]
    assert names == ["global:2e", "global:3e", "global:4e", "global:5e"]
    assert len(set(space.component)) == 1


def test_invariant_fields_are_invariant() -> None:
    problem = lamno3()
    orbits = child_orbits(problem)
    for kind in ((0, 1), (1, -1), (1, 1), (2, 1), (2, -1)):
        fields = invariant_fields(orbits, kind)
        matrices = orbits.matrices(kind)
        for matrix, permutation in zip(matrices, problem.child_permutations, strict=True):
            moved = np.zeros_like(fields)
            moved[permutation] = np.einsum("ij,njk->nik", matrix, fields)
            assert np.allclose(moved, fields, atol=1e-12)


def test_orbits_of_pnma() -> None:
    """Pnma LaMnO3 has La 4c, Mn 4b, O 4c, O 8d: four orbits."""
    problem = lamno3()
    orbits = find_orbits(problem.child_rotations, problem.child_permutations)
    assert sorted(orbits.multiplicity) == [4, 4, 4, 8]


def test_coordinates_and_arrays_are_inverse() -> None:
    space = Learner(lamno3()).space
    values = np.random.default_rng(0).normal(size=space.size)
    assert np.allclose(space.coordinates(space.arrays(values)), values, atol=1e-12)


def test_symmetric_part_of_the_target_has_its_own_id() -> None:
    problem = square_and_rectangle(False)
    found = decompose(problem, all_carriers(problem, 2))
    ids = np.concatenate(list(found.target_component.values()))
    assert SYMMETRIC in ids
    assert found.inputs.size == 0
