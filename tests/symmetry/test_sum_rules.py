"""Sum rules of the projections on random fields, in all space groups.

Invariants, no outside numbers: the squares of all irreps add up to the field's; the copies found by
projection are as many as (1/|G|) sum chi* chi_field from the table's characters; order parameters
of a moved field are the tabulated matrix times those of the field.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from random_parents import random_parent

from curiebreak.fields import representation
from curiebreak.modes.available import available_irreps
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.isotypic import Irrep, StandardOperations, decompose_field, irreps_on, multiplicity
from curiebreak.symmetry.order_parameter import basis_functions, real_amplitudes
from curiebreak.symmetry.tables import special_kpoints

FIELDS = {"polar": (1, "o"), "axial": (1, "e"), "scalar": (0, "e")}
CELLS = (((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((1, 1, 0), (-1, 1, 0), (0, 0, 1)), ((2, 0, 0), (0, 2, 0), (0, 0, 1)))
DOUBLED = ((2, 0, 0), (0, 2, 0), (0, 0, 2))
FAST = (2, 14, 45, 62, 98, 122, 136, 148, 161, 178, 194, 199, 221, 227)


def random_field(space: BlochSpace, width: int, rng: np.random.Generator) -> np.ndarray:
    """Components (s, n_p, width) of a real field on the atoms of the cell."""
    sites = len(space.parent.species)
    site = np.tile(np.arange(sites), space.size)
    cells = np.repeat(space.translations, sites, axis=0)
    return space.from_atoms(rng.normal(size=(len(site), width)), site, cells)


def check(number: int, cell: tuple[tuple[int, ...], ...], seed: int, turned: int) -> None:
    rng = np.random.default_rng([number, seed])
    parent = random_parent(number, rng, most=8)
    space = bloch_space(parent, np.array(cell))
    irreps = irreps_on(space)
    for degree, parity in FIELDS.values():
        matrices = representation(degree, parity, parent.rotations_cartesian)
        values = random_field(space, 2 * degree + 1, rng)
        components = decompose_field(space, values, matrices, irreps)
        total = sum(c.squared for c in components)
        assert total == pytest.approx(float((np.abs(values) ** 2).sum()), rel=1e-9)
        rebuilt = np.sum([c.values for c in components], axis=0)
        assert np.abs(rebuilt - values).max() < 1e-9
        for component in components:
            _check_irrep(space, matrices, component.irrep, values, component.squared, rng, turned)


def _check_irrep(
    space: BlochSpace,
    matrices: np.ndarray,
    irrep: Irrep,
    values: np.ndarray,
    squared: float,
    rng: np.random.Generator,
    turned: int,
) -> None:
    member = irrep.members[0]
    copies = len(basis_functions(space, matrices, member).orbits)
    assert copies == multiplicity(space, matrices, member), irrep.label
    amplitudes, _ = real_amplitudes(space, matrices, irrep, values)
    assert float((amplitudes**2).sum()) == pytest.approx(squared, rel=1e-8, abs=1e-10), irrep.label
    standard = StandardOperations(space.parent)
    keeps = np.flatnonzero((space.kpoint_map >= 0).all(axis=1))
    for g in rng.choice(keeps, size=min(turned, len(keeps)), replace=False):
        moved = space.moved(values, matrices, int(g))
        after, _ = real_amplitudes(space, matrices, irrep, moved)
        matrix = irrep.real_matrices(standard.rotations[[g]], standard.translations[[g]])[0]
        assert np.abs(after - amplitudes @ matrix.T).max(initial=0.0) < 1e-7, (irrep.label, int(g))


@pytest.mark.parametrize("number", FAST)
def test_sum_rules(number: int) -> None:
    check(number, CELLS[number % len(CELLS)], seed=0, turned=1)


def test_pseudo_real_irreps() -> None:
    """R1R1 of P2_12_12_1 occurs twice for each independent copy; amplitudes must not count it twice."""
    check(19, DOUBLED, seed=4, turned=1)


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        (76, ((1, 0, 0), (0, 1, 0), (0, 0, 3))),
        (33, ((1, 0, 0), (0, 1, 0), (0, 0, 3))),
        (169, ((1, 0, 0), (0, 1, 0), (0, 0, 4))),
        (62, ((3, 0, 0), (0, 1, 0), (0, 0, 1))),
        (159, ((2, 1, 0), (-1, 1, 0), (0, 0, 3))),
    ],
)
def test_wave_vectors_that_differ_from_their_negative(number: int, cell: tuple[tuple[int, ...], ...]) -> None:
    """On lines of groups with screw axes and glide planes characters are complex: a conjugate is another irrep."""
    check(number, cell, seed=2, turned=2)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 231))
def test_sum_rules_in_all_groups(number: int) -> None:
    for seed, cell in enumerate((*CELLS, DOUBLED)):
        check(number, cell, seed=1 + seed, turned=4)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 231))
def test_the_list_of_irreps_holds_all_components(number: int) -> None:
    """At every special k of a crystal of each group: 3 components an atom and arm; the command checks it too."""
    parent = random_parent(number, np.random.default_rng([number, 17]), most=10)
    listed = available_irreps(parent.structure)
    atoms = len(parent.species)
    for wave in listed.kpoints:
        held = sum((i.multiplicity + i.rigid) * i.dim for i in wave.irreps)
        assert held == wave.components == 3 * atoms * wave.arms, wave.letters
        # arms of the star: the orbit of k under the point group and -1, by brute force
        k = np.array([float(Fraction(x)) for x in wave.kpoint or ()])
        matrix = parent.to_standard.matrix
        primitive = k @ matrix
        images = np.einsum("i,gij->gj", primitive, parent.rotations)
        both = np.concatenate([images, -images])
        apart = both[:, None] - both[None]
        same = np.abs(apart - np.round(apart)).max(axis=-1) < 1e-6
        assert len({int(row.argmax()) for row in same}) == wave.arms, wave.letters
    rigid = sum(i.rigid * i.dim for wave in listed.kpoints if wave.letters == "GM" for i in wave.irreps)
    assert rigid == 3 and {w.letters for w in listed.kpoints} == set(special_kpoints(number))
