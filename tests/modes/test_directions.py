"""Directions of order parameters: text, canonical domains, isotropy directions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from direction_classes import same_direction_class

from curiebreak.errors import InputError
from curiebreak.symmetry.direction_text import (
    echelon,
    format_components,
    format_direction,
    parse_direction,
)
from curiebreak.symmetry.directions import (
    canonical_direction,
    isotropy_directions,
    stabiliser,
)
from curiebreak.symmetry.physical import physical_irreps_at
from curiebreak.symmetry.tables import irreps_of_kpoint, operations, primitive_vectors


def image(number: int, kpoint: str, label: str, size: int = 2):
    """Matrices of all operations modulo a size^3 cell, and components per arm."""
    rotations, translations = operations(number)
    cells = np.array(list(product(range(size), repeat=3))) @ primitive_vectors(number)
    shifted = (translations[:, None] + cells[None]).reshape(-1, 3)
    k = irreps_of_kpoint(number, kpoint)[0].arms[0]
    irrep = next(i for i in physical_irreps_at(number, k) if i.label == label)
    matrices = irrep.real_matrices(np.repeat(rotations, len(cells), axis=0), shifted)
    return matrices, [irrep.arm_size] * len(irrep.arms)


def direct_sum(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    n, a, b = len(first), first.shape[1], second.shape[1]
    out = np.zeros((n, a + b, a + b))
    out[:, :a, :a], out[:, a:, a:] = first, second
    return out


PUBLISHED = [  # shared table T3 and Howard & Stokes (1998); ISOTROPY order of components up to domain
    (221, "R", "R4+", 2, ["(a,0,0)", "(a,a,0)", "(a,a,a)", "(a,b,0)", "(a,a,b)", "(a,b,c)"]),
    (221, "GM", "GM4-", 1, ["(0,0,a)", "(0,a,a)", "(a,a,a)", "(0,a,b)", "(a,a,b)", "(a,b,c)"]),
    (221, "M", "M3+", 2, ["(a;0;0)", "(a;a;0)", "(a;a;a)", "(a;b;c)"]),
    (225, "GM", "GM4+", 1, ["(0,0,a)", "(0,a,a)", "(a,a,a)", "(a,b,c)"]),
    (225, "X", "X3+", 2, ["(0;0;a)", "(0;a;a)", "(a;a;a)", "(a;b;c)"]),
    (225, "X", "X2-", 2, ["(0;0;a)", "(a;a;a)", "(0;a;a)", "(0;a;b)", "(a;a;b)", "(a;b;c)"]),
    (139, "X", "X3-", 2, ["(0;a)", "(a;a)", "(a;b)"]),
    (139, "X", "X2+", 2, ["(0;a)", "(a;a)", "(a;b)"]),
    (194, "K", "K3", 3, ["(a,0)", "(0,a)", "(a,b)"]),
    (182, "M", "M2", 2, ["(a;0;0)", "(a;a;0)", "(a;a;a)", "(a;b;c)"]),
]


@pytest.mark.parametrize(("number", "kpoint", "label", "size", "published"), PUBLISHED)
def test_isotropy_directions_are_the_published_ones(number, kpoint, label, size, published):
    matrices, arms = image(number, kpoint, label, size)
    found = isotropy_directions(matrices, [arms])
    assert len(found) == len(published)
    for text in published:
        assert sum(same_direction_class(matrices, text, d.pattern) for d in found) == 1, text


def test_canonical_spelling_is_that_of_isotropy():
    """Directions of R4+ as Howard & Stokes (1998) list them."""
    matrices, arms = image(221, "R", "R4+")
    texts = [d.text for d in isotropy_directions(matrices, [arms])]
    assert texts == ["(a,0,0)", "(a,a,0)", "(a,a,a)", "(a,b,0)", "(a,a,b)", "(a,b,c)"]


def test_rutile_r1_has_nine_directions():
    """Shared table T3: nine isotropy directions of R1- of P4_2/mnm."""
    matrices, arms = image(136, "R", "R1-")
    assert len(isotropy_directions(matrices, [arms])) == 9


def test_coupled_tilts_have_fourteen_directions():
    """ISOTROPY tutorial, case study 1: 14 coupled isotropy subgroups of M3+ and R4+."""
    tilts = direct_sum(image(221, "M", "M3+")[0], image(221, "R", "R4+")[0])
    found = isotropy_directions(tilts, [[1, 1, 1], [3]])
    coupled = [d for d in found if d.pattern[:, :3].any() and d.pattern[:, 3:].any()]
    assert len(coupled) == 14
    assert "(a;0;0|0,b,b)" in [d.text for d in coupled]


def test_isotropy_directions_are_fixed_by_their_stabilisers():
    matrices, arms = image(221, "X", "X5+")
    found = isotropy_directions(matrices, [arms])
    assert len({d.text for d in found}) == len(found)
    for direction in found:
        average = matrices[direction.stabiliser].mean(axis=0)
        assert np.linalg.matrix_rank(average, tol=1e-6) == len(direction.pattern)
        assert np.allclose(direction.pattern @ average.T, direction.pattern)
        assert len(matrices) % len(direction.stabiliser) == 0


def test_every_domain_gives_the_same_text_and_numbers():
    matrices, arms = image(221, "X", "X5+")
    for start in ([0.3, 0.3, 0, 0, 0, 0], [0.2, 0, 0.2, 0, 0.2, 0], [0.1, 0.4, 0, 0, 0, 0]):
        answers = set()
        for g in range(0, len(matrices), 7):
            d = canonical_direction([matrices], [matrices[g] @ np.array(start)], [arms])
            answers.add((d.text, tuple(np.round(d.components[0][0], 9))))
            assert np.allclose(matrices[d.element] @ matrices[g] @ start, d.components[0][0])
        assert len(answers) == 1


def test_pnma_tilts_in_one_domain():
    """a+b-b-: M3+ (a;0;0) with R4+ (0,b,b) (Howard & Stokes 1998), from any domain."""
    m, arms_m = image(221, "M", "M3+")
    r, arms_r = image(221, "R", "R4+")
    for g in range(0, len(m), 11):
        parameters = [m[g] @ [0.5, 0, 0], r[g] @ [0, 0.7, -0.7]]
        d = canonical_direction([m, r], parameters, [arms_m, arms_r])
        assert d.text == "(a;0;0|0,b,b)"
        assert d.texts == ("(a;0;0)", "(0,b,b)")
        assert np.allclose(d.components[0], [[0.5, 0, 0]])
        assert np.allclose(d.components[1], [[0, 0.7, 0.7]])
        assert len(d.stabiliser) * 24 == len(m)


def test_several_copies_share_one_stabiliser():
    matrices, arms = image(221, "R", "R4+")
    d = canonical_direction([matrices], [np.array([[0, 0.4, 0], [0, 0, 0.1]])], [arms])
    assert d.text == "(a,b,0)"
    assert np.allclose(d.components[0], [[0.4, 0, 0], [0, 0.1, 0]])


def test_noise_below_the_tolerance_does_not_lower_the_direction():
    matrices, arms = image(221, "R", "R4+")
    d = canonical_direction([matrices], [np.array([0.5, 0.5002, 0.0001])], [arms])
    assert d.text == "(a,a,0)"
    assert len(stabiliser(matrices, np.array([0.5, 0.51, 0.0]))) < len(d.stabiliser)


def test_zero_order_parameter_is_written_as_zero():
    matrices, arms = image(221, "R", "R4+")
    d = canonical_direction([matrices], [np.zeros(3)], [arms], stabiliser_elements=np.arange(len(matrices)))
    assert d.text == "(0,0,0)"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("(a,a,0)", [[1, 1, 0]]),
        ("a;-a;0", [[1, -1, 0]]),
        ("(a,b,-b)", [[1, 0, 0], [0, 1, -1]]),
        ("(0.577a,a)", [[1 / np.sqrt(3), 1]]),
        ("(a,1.732a|b;0)", [[1, np.sqrt(3), 0, 0], [0, 0, 1, 0]]),
        ("(a,1/2b,a+b)", [[1, 0, 1], [0, 0.5, 1]]),
        ("(0.3, -0.3, 0)", [[0.3, -0.3, 0]]),
        ("(2a,0.25a,-.5a)", [[2, 0.25, -0.5]]),
    ],
)
def test_parsing(text, rows):
    assert np.allclose(parse_direction(text), rows)


@pytest.mark.parametrize("text", ["", "(0,0,0)", "(a,,b)", "(a,$)", "(A+,b)"])
def test_nonsense_is_refused(text):
    with pytest.raises(InputError):
        parse_direction(text)


def test_wrong_number_of_components_is_refused():
    with pytest.raises(InputError, match="2 components, the order parameter has 3"):
        parse_direction("(a,b)", 3)


def test_text_round_trip():
    rng = np.random.default_rng(0)
    for _ in range(50):
        f, d = int(rng.integers(1, 4)), int(rng.integers(3, 7))
        basis = echelon(rng.choice([-1.0, 0.0, 0.0, 1.0], size=(f, d)))
        basis = basis[np.abs(basis).max(axis=1) > 0]
        if len(basis) and np.isin(np.abs(basis), [0, 0.5, 1, 2]).all():
            assert np.allclose(parse_direction(format_direction(basis, [[d]]), d), basis)


def test_equal_up_to_domain():
    """(a,-a,0) and (a,a,0) are domains of R4+; E of a cube has one class on its axes."""
    matrices, _ = image(221, "R", "R4+")
    assert same_direction_class(matrices, "(a,-a,0)", "(a,a,0)")
    assert same_direction_class(matrices, "(0;b;b)", "(a,a,0)")
    assert not same_direction_class(matrices, "(a,a,a)", "(a,a,0)")
    assert not same_direction_class(matrices, "(a,b,0)", "(a,a,0)")
    doublet, _ = image(221, "GM", "GM3+", 1)
    assert same_direction_class(doublet, "(0.5a,0.866a)", "(a,0)")
    assert not same_direction_class(doublet, "(0,a)", "(a,0)")


def test_numbers_have_the_separators_of_the_letters():
    assert format_components(np.array([0.5, 0, -0.25]), [[1, 1], [1]], 2) == "(0.50;0.00|-0.25)"
