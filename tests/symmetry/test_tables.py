"""The irrep table: homomorphism, completeness, k matching, real forms, equivalent origins."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from curiebreak.errors import InputError
from curiebreak.symmetry.origin_shifts import equivalent_origins
from curiebreak.symmetry.origins import relabel
from curiebreak.symmetry.physical import physical_irreps_at, physical_irreps_of
from curiebreak.symmetry.settings import standard_operations
from curiebreak.symmetry.stars import column_echelon
from curiebreak.symmetry.table_file import group_table, lattice_vectors
from curiebreak.symmetry.tables import (
    irreps_at,
    irreps_of_family,
    irreps_of_kpoint,
    operations,
    primitive_vectors,
    special_kpoints,
)

ALL_GROUPS = range(1, 231)


def random_elements(number: int, count: int, rng: np.random.Generator):
    """Elements of a space group with random lattice translations of the primitive lattice."""
    rotations, translations = operations(number)
    chosen = rng.integers(len(rotations), size=count)
    lattice = rng.integers(-2, 3, size=(count, 3)) @ primitive_vectors(number)
    return rotations[chosen], translations[chosen] + lattice


def check_homomorphism(number: int, families, rng: np.random.Generator) -> None:
    """D(g) D(h) = D(gh) and unitarity for all irreps of some families."""
    r1, t1 = random_elements(number, 4, rng)
    r2, t2 = random_elements(number, 4, rng)
    r3, t3 = r1 @ r2, t1 + np.einsum("gij,gj->gi", r1, t2)
    table = group_table(number)
    for family in families:
        for irrep in irreps_of_family(table, family, rng.uniform(0.05, 0.45, family.n_parameters)):
            first, second, third = (irrep.matrices(r, t) for r, t in ((r1, t1), (r2, t2), (r3, t3)))
            assert np.abs(first @ second - third).max() < 1e-11, (number, irrep.label)
            unit = first @ first.conj().transpose(0, 2, 1)
            assert np.abs(unit - np.eye(irrep.dim)).max() < 1e-12, (number, irrep.label)


def test_homomorphism_on_sampled_families_of_every_group():
    rng = np.random.default_rng(1)
    for number in ALL_GROUPS:
        families = group_table(number).families
        check_homomorphism(number, [families[i] for i in rng.integers(len(families), size=2)], rng)


@pytest.mark.slow
def test_homomorphism_of_all_irreps():
    rng = np.random.default_rng(2)
    for number in ALL_GROUPS:
        check_homomorphism(number, group_table(number).families, rng)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_operations_are_those_of_the_standard_setting():
    """Against the space-group database of spglib, an independent source."""
    for number in ALL_GROUPS:
        rotations, translations = operations(number)
        other_r, other_t = standard_operations(number)
        for r, t in zip(rotations, translations, strict=True):
            same = (np.asarray(other_r) == r).all(axis=(1, 2))
            shift = (np.asarray(other_t)[same] - t) @ np.linalg.inv(primitive_vectors(number))
            assert np.abs(shift - np.rint(shift)).max(axis=1).min() < 1e-6, number


def test_small_dimensions_fill_the_little_co_group():
    rng = np.random.default_rng(3)
    for number in ALL_GROUPS:
        table = group_table(number)
        for family in table.families:
            arms = family.arms(rng.uniform(0.05, 0.45, family.n_parameters))
            fixed = table.reciprocal_equivalent(arms[0] @ np.linalg.inv(table.rotations) - arms[0])
            order = int(fixed.sum())
            assert sum(entry[2] ** 2 for entry in family.entries) == order
            assert order * len(arms) == len(table.rotations)


def test_small_characters_are_orthonormal():
    for number in (14, 19, 62, 73, 136, 194, 205, 220, 227, 230):
        table = group_table(number)
        for label, k in special_kpoints(number).items():
            fixed = table.reciprocal_equivalent(k @ np.linalg.inv(table.rotations) - k)
            little = table.rotations[fixed], table.translations[fixed]
            chi = np.array([i.small_characters(0, *little) for i in irreps_at(number, k)])
            gram = chi @ chi.conj().T / fixed.sum()
            assert np.abs(gram - np.eye(len(chi))).max() < 1e-10, (number, label)


def test_characters_are_traces():
    rng = np.random.default_rng(4)
    rotations, translations = random_elements(227, 20, rng)
    for irrep in irreps_at(227, np.array([0.5, 0.5, 0.5])):
        traces = np.trace(irrep.matrices(rotations, translations), axis1=1, axis2=2)
        assert np.abs(irrep.characters(rotations, translations) - traces).max() < 1e-12
        arms = [irrep.small_characters(a, rotations, translations) for a in range(len(irrep.arms))]
        assert np.abs(np.sum(arms, axis=0) - traces).max() < 1e-12


def test_lattice_translations_are_phases_with_positive_sign():
    irrep = irreps_of_kpoint(194, "K")[0]
    shift = np.array([[1.0, 0.0, 0.0]])
    matrix = irrep.matrices(np.eye(3, dtype=int)[None], shift)[0]
    expected = np.diag(np.repeat(np.exp(2j * np.pi * irrep.arms @ shift[0]), irrep.small_dim))
    assert np.abs(matrix - expected).max() < 1e-14


def test_every_family_is_found_from_any_arm_and_its_negative():
    rng = np.random.default_rng(5)
    for number in ALL_GROUPS:
        table = group_table(number)
        reciprocal = np.linalg.inv(table.lattice).T
        for family in table.families:
            arms = family.arms(rng.uniform(0.02, 0.4, family.n_parameters))
            k = rng.choice([-1, 1]) * arms[rng.integers(len(arms))] + rng.integers(-2, 3, 3) @ reciprocal
            found = irreps_at(number, k)
            assert found[0].kpoint_label == family.label, (number, family.label)
            difference = np.concatenate([found[0].arms - k, found[0].arms + k])
            assert table.reciprocal_equivalent(difference).any()


def test_arms_of_one_star_give_the_same_irreps():
    rng = np.random.default_rng(6)
    for number in (75, 143, 161, 198, 216, 220):
        for family in group_table(number).families:
            arms = family.arms(rng.uniform(0.02, 0.4, family.n_parameters))
            sets = [irreps_at(number, k) for k in (*arms, *-arms)]
            for other in sets[1:]:
                assert [i.label for i in other] == [i.label for i in sets[0]]
                assert np.allclose(other[0].parameters, sets[0][0].parameters, atol=1e-9)


def test_points_are_not_reduced_by_the_conventional_lattice_of_centred_cells():
    """(0,0,1) is X of an F and Z of an I lattice, not GM."""
    assert irreps_at(225, np.array([0.0, 0, 1]))[0].kpoint_label == "X"
    assert irreps_at(139, np.array([0.0, 0, 1]))[0].kpoint_label == "M"
    assert irreps_at(229, np.array([1.0, 0, 0]))[0].kpoint_label == "H"
    assert irreps_at(225, np.array([1.0, 1, 1]))[0].kpoint_label == "GM"


def test_known_irreps_of_the_cubic_perovskite():
    """Characters of Pm-3m at GM are those of Oh (Atkins, Child & Phillips, Tables for Group Theory)."""
    quarter = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    third = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    elements = np.array([np.eye(3, dtype=int), third, quarter, -np.eye(3, dtype=int), -quarter])
    expected = {  # E, C3, C4, i, S4
        "GM1+": (1, 1, 1, 1, 1),
        "GM2+": (1, 1, -1, 1, -1),
        "GM3+": (2, -1, 0, 2, 0),
        "GM4+": (3, 0, 1, 3, 1),
        "GM5+": (3, 0, -1, 3, -1),
        "GM4-": (3, 0, 1, -3, -1),
    }
    found = {i.label: i for i in irreps_at(221, np.zeros(3))}
    assert len(found) == 10
    for label, characters in expected.items():
        assert np.allclose(found[label].characters(elements, np.zeros((5, 3))), characters)


def test_dimensions_and_k_points_as_published():
    """R4+ and M3+ of Pm-3m: Howard & Stokes, Acta Cryst. B54, 782 (1998)."""
    tilt = {i.label: i for i in irreps_of_kpoint(221, "M")}["M3+"]
    assert (tilt.dim, tilt.small_dim, len(tilt.arms)) == (3, 1, 3)
    assert tilt.kpoint == ("1/2", "1/2", "0")
    assert {i.label: i.dim for i in irreps_of_kpoint(221, "R")}["R4+"] == 3
    assert len(irreps_of_kpoint(221, "R")) == 10


def test_input_errors_are_plain():
    with pytest.raises(InputError, match="no space group number"):
        irreps_at(231, np.zeros(3))
    with pytest.raises(InputError, match="finite"):
        irreps_at(1, np.array([np.nan, 0, 0]))
    with pytest.raises(InputError, match="no k point"):
        irreps_of_kpoint(221, "Q")
    with pytest.raises(InputError, match="parameters"):
        irreps_of_kpoint(221, "DT")
    irrep = irreps_at(221, np.zeros(3))[0]
    with pytest.raises(InputError, match="translation"):
        irrep.matrices(np.eye(3, dtype=int)[None], np.array([[0.5, 0, 0]]))
    with pytest.raises(InputError, match="not in space group"):
        irreps_at(2, np.zeros(3))[0].matrices(np.diag([1, 1, -1])[None], np.zeros((1, 3)))


def test_column_echelon_is_unimodular():
    rng = np.random.default_rng(7)
    for _ in range(50):
        n = int(rng.integers(0, 4))
        rows = rng.integers(-3, 4, size=(n, 3)).astype(float)
        if np.linalg.matrix_rank(rows) < n:
            continue
        unimodular, triangle = column_echelon(rows)
        assert abs(abs(np.linalg.det(unimodular)) - 1) < 1e-9
        assert np.allclose(rows @ unimodular, np.hstack([triangle, np.zeros((n, 3 - n))]))


def test_import_needs_no_symmetry_library():
    code = (
        "import sys, curiebreak.symmetry.tables, curiebreak.symmetry.physical, curiebreak.symmetry.origins;"
        "print([m for m in ('torch', 'spglib', 'scipy', 'pymatgen') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


# --- real irreps -------------------------------------------------------------------------------


def grid_elements(number: int, size: int):
    """All elements of a space group modulo size x size x size primitive cells."""
    rotations, translations = operations(number)
    cells = np.array(list(product(range(size), repeat=3))) @ primitive_vectors(number)
    shifted = (translations[:, None] + cells[None]).reshape(-1, 3)
    return np.repeat(rotations, len(cells), axis=0), shifted


def test_real_forms_are_orthogonal_homomorphisms():
    rng = np.random.default_rng(8)
    for number in ALL_GROUPS:
        families = group_table(number).families
        r1, t1 = random_elements(number, 3, rng)
        r2, t2 = random_elements(number, 3, rng)
        r3, t3 = r1 @ r2, t1 + np.einsum("gij,gj->gi", r1, t2)
        family = families[rng.integers(len(families))]
        irreps = irreps_of_family(group_table(number), family, rng.uniform(0.05, 0.45, family.n_parameters))
        for real in physical_irreps_of(irreps):
            first, second, third = (real.real_matrices(r, t) for r, t in ((r1, t1), (r2, t2), (r3, t3)))
            assert np.abs(first @ second - third).max() < 1e-10, (number, real.label)
            assert np.abs(first @ first.transpose(0, 2, 1) - np.eye(real.dim)).max() < 1e-11
            assert real.dim == len(real.arms) * real.arm_size


@pytest.mark.parametrize(("number", "size"), [(198, 2), (73, 4), (143, 6), (176, 6), (205, 2), (230, 4)])
def test_real_forms_are_irreducible(number, size):
    """The mean square of the character of a real irrep is 1, 4, 2 for types 1, 2, 3 (Frobenius-Schur)."""
    elements = grid_elements(number, size)
    for k in special_kpoints(number).values():
        for real in physical_irreps_at(number, k):
            traces = np.trace(real.real_matrices(*elements), axis1=1, axis2=2)
            assert np.isclose((traces**2).mean(), {1: 1, 2: 4, 3: 2}[real.reality]), real.label


def test_joined_labels():
    """As ISODISTORT prints them (ISO-IR, iso.byu.edu)."""
    labels = [i.label for i in physical_irreps_at(200, np.zeros(3))]
    assert labels == ["GM1+", "GM2+GM3+", "GM4+", "GM1-", "GM2-GM3-", "GM4-"]
    assert [i.label for i in physical_irreps_at(198, np.full(3, 0.5))] == ["R1R3", "R2R2"]
    third = np.array([1 / 3, 1 / 3, 0])
    assert [i.label for i in physical_irreps_at(143, third)] == ["K1KA1", "K2KA2", "K3KA3"]
    assert [i.label for i in physical_irreps_at(143, -third)] == ["K1KA1", "K2KA2", "K3KA3"]


def test_amplitudes_of_a_real_field_go_back_and_forth():
    rng = np.random.default_rng(9)
    for number, k in ((194, (1 / 3, 1 / 3, 0)), (200, (0, 0, 0)), (205, (0.5, 0.5, 0.5)), (62, (0.2, 0, 0))):
        for real in physical_irreps_at(number, np.array(k, float)):
            eta = rng.normal(size=(2, real.dim))
            amplitudes = (eta @ real.unitary.conj())[..., : real.members[0].dim]  # the rest is their conjugate
            assert np.allclose(real.from_complex(amplitudes), eta)
            rotations, translations = random_elements(number, 5, rng)
            moved = np.einsum("gij,j->gi", real.members[0].matrices(rotations, translations), amplitudes[0])
            turned = np.einsum("gij,j->gi", real.real_matrices(rotations, translations), eta[0])
            assert np.allclose(real.from_complex(moved), turned)


# --- origins -----------------------------------------------------------------------------------


def test_equivalent_origins_as_listed_in_the_international_tables():
    """Translations of the Euclidean normalisers, International Tables A (2016), chapter 3.5."""
    assert equivalent_origins(221).shifts == ((0.5, 0.5, 0.5),)
    assert len(equivalent_origins(47).shifts) == 7
    assert equivalent_origins(194).shifts == ((0.0, 0.0, 0.5),)
    assert equivalent_origins(225).shifts == ((0.5, 0.5, 0.5),)
    assert equivalent_origins(216).shifts == ((0.25,) * 3, (0.5,) * 3, (0.75,) * 3)
    assert equivalent_origins(139).shifts == ((0.0, 0.0, 0.5),)
    assert equivalent_origins(99).polar_axes == ((0, 0, 1),)
    assert equivalent_origins(99).shifts == ((0.5, 0.5, 0.0),)
    assert equivalent_origins(4).polar_axes == ((0, 1, 0),)
    assert equivalent_origins(8).polar_axes == ((1, 0, 0), (0, 0, 1))
    assert len(equivalent_origins(1).polar_axes) == 3


def test_equivalent_origins_keep_the_operations():
    for number in ALL_GROUPS:
        rotations, _ = operations(number)
        inverse = np.linalg.inv(lattice_vectors(group_table(number).symbol))
        origins = equivalent_origins(number)
        for shift in origins.shifts:
            moved = (rotations @ np.array(shift) - np.array(shift)) @ inverse
            assert np.abs(moved - np.rint(moved)).max() < 1e-9, (number, shift)
        for axis in origins.polar_axes:
            assert (rotations @ np.array(axis) == np.array(axis)).all()


PM3M_RELABELLING = {
    "M1": "M4",
    "M2": "M3",
    "M5": "M5",
    "R1": "R2",
    "R3": "R3",
    "R4": "R5",
    "X1": "X3",
    "X2": "X4",
    "X5": "X5",
    "GM1": "GM1",
    "GM2": "GM2",
    "GM3": "GM3",
    "GM4": "GM4",
    "GM5": "GM5",
}


def test_labels_at_the_other_origin_of_the_perovskite():
    """Howard & Stokes (1998) for M3+ and R4+; parity changes at R and X, not at GM and M."""
    pairs = PM3M_RELABELLING | {new: old for old, new in PM3M_RELABELLING.items()}
    shift = np.full(3, 0.5)
    for letters in ("GM", "M", "R", "X"):
        for irrep in irreps_of_kpoint(221, letters):
            parity = irrep.label[-1]
            if letters in "RX":
                parity = {"+": "-", "-": "+"}[parity]
            assert relabel(irrep, shift) == pairs[irrep.label[:-1]] + parity


def test_relabelling_is_a_permutation_and_joined_pairs_stay_joined():
    for number in (62, 64, 136, 167, 198, 216):
        for k in special_kpoints(number).values():
            irreps = physical_irreps_at(number, k)
            for shift in equivalent_origins(number).shifts:
                labels = [relabel(i, np.array(shift)) for i in irreps]
                assert sorted(labels) == sorted(i.label for i in irreps)


def test_wrong_origin_is_refused():
    with pytest.raises(InputError, match="not an equivalent origin"):
        relabel(irreps_of_kpoint(221, "R")[0], np.array([0.25, 0, 0]))


def test_number_of_real_irreps_at_special_points():
    """4777 physically irreducible representations (Stokes & Hatch 1988, as counted on iso.byu.edu)."""
    real = [i for n in ALL_GROUPS for k in special_kpoints(n).values() for i in physical_irreps_at(n, k)]
    assert len(real) == 4777
