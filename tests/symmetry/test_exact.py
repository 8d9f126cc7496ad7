"""The exact side: groups, decomposition, minimal sets, Curie floors.

Sources: case 03 is the LaMnO3 example of the ISODISTORT tutorial (amplitudes As as printed by
ISODISTORT 6.12); the floors follow from those amplitudes and the isotropy subgroups of Howard &
Stokes, Acta Cryst. B54, 782 (1998).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pairs import analysis, distortion

from curiebreak.fields import representation, turn_tensor
from curiebreak.modes import analyse
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.child_group import find_child_group
from curiebreak.symmetry.hitting_sets import minimal_hitting_sets
from curiebreak.symmetry.isotypic import decompose_field, irreps_on
from curiebreak.symmetry.order_parameter import real_amplitudes
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.symmetry.sublattices import (
    dual_vectors,
    hermite_normal_form,
    reduce_vectors,
    residue_index,
    residues,
)

LAMNO3_AS = {"R4+": 1.25554, "M3+": 0.95635, "X5+": 0.59606, "M2+": 0.34776, "R5+": 0.11026}
LAMNO3_STRAIN = {"GM1+": 0.00217, "GM3+": 0.03233, "GM5+": 0.02700}


def test_lamno3_amplitudes_are_isodistorts() -> None:
    modes = {m.label: m.squared**0.5 for m in analysis("lamno3").modes if m.kind == "displacement"}
    assert set(modes) == set(LAMNO3_AS)
    for label, amplitude in LAMNO3_AS.items():
        assert modes[label] == pytest.approx(amplitude, abs=1e-4)


def test_lamno3_strain_is_isodistorts() -> None:
    modes = {m.label: m.squared**0.5 for m in analysis("lamno3").modes if m.kind == "strain"}
    for label, amplitude in LAMNO3_STRAIN.items():
        assert modes[label] == pytest.approx(amplitude, abs=2e-5)


@pytest.mark.parametrize(
    ("members", "floor"),
    [((), 1.0), (("R4+",), 0.467), (("M3+",), 0.693), (("X5+",), 0.881), (("M2+",), 0.959), (("M3+", "R4+"), 0.0)],
)
def test_lamno3_floors(members: tuple[str, ...], floor: float) -> None:
    isotropy = analysis("lamno3").isotropy
    assert isotropy.floor(isotropy.stabiliser(members)) == pytest.approx(floor, abs=1e-3)


def test_floor_is_the_distance_to_the_average_over_the_group() -> None:
    """F = |y - P_K y|^2 / |y|^2 by brute force, averaging the field on a cell that K keeps (2x2x2)."""
    found = analysis("lamno3")
    field = found.group.field
    parent = found.parent
    space = bloch_space(parent, 2 * np.eye(3, dtype=int))
    cells = residues(space.hnf)
    small = found.space.hnf
    where = residue_index(reduce_vectors(cells, small), small)
    n_sites = len(parent.species)
    own = residue_index(reduce_vectors(field.cell_index, small), small) * n_sites + field.site
    order = np.argsort(own)
    values = np.concatenate([field.displacements[order[where * n_sites + k]] for k in range(n_sites)])
    site = np.repeat(np.arange(n_sites), len(cells))
    components = space.from_atoms(values, site, np.tile(cells, (n_sites, 1)))
    matrices = representation(1, "o", parent.rotations_cartesian)
    phases = space.phases()
    for members in (("R4+",), ("M3+",), ("X5+",)):
        mask = found.isotropy.stabiliser(members)
        total, count = np.zeros_like(components), 0
        fixes = sum(m.values for m in found.modes if m.label in members and m.kind == "displacement")
        back = found.space.to_atoms(fixes, field.site, field.cell_index)
        big = np.concatenate([back[order[where * n_sites + k]] for k in range(n_sites)])
        order_parameter = space.from_atoms(big, site, np.tile(cells, (n_sites, 1)))
        for g in range(len(matrices)):
            for t in range(space.size):
                moved = space.moved(order_parameter, matrices, g) * phases[:, t, None, None]
                if np.abs(moved - order_parameter).max() < 1e-9:
                    total += space.moved(components, matrices, g) * phases[:, t, None, None]
                    count += 1
        average = total / count
        brute = float((np.abs(components - average) ** 2).sum() / (np.abs(components) ** 2).sum())
        assert found.isotropy.floor(mask) == pytest.approx(brute, abs=1e-10)


def test_lamno3_has_eight_minimal_sets() -> None:
    sets = [set(s.labels) for s in analysis("lamno3").minimal_sets]
    expected = [{m, r} for m in ("M3+", "M2+", "X5+") for r in ("R4+", "R5+")]
    expected += [{m, "X5+"} for m in ("M3+", "M2+")]
    assert len(sets) == 8 and all(s in expected for s in sets)
    assert sets[0] == {"M3+", "R4+"}


@pytest.mark.parametrize(
    ("name", "primary", "number", "index"),
    [
        ("lamno3", ("M3+", "R4+"), 62, 24),
        ("srtio3", ("R5-",), 140, 6),
        ("batio3", ("GM4-",), 99, 6),
        ("ymno3", ("K3",), 185, 6),
        ("ca3ti2o7", ("X3-",), 63, 4),
        ("zro2", ("X2-",), 137, 6),
    ],
)
def test_primary_sets_and_groups(name: str, primary: tuple[str, ...], number: int, index: int) -> None:
    found = analysis(name)
    assert found.primary == primary
    assert found.group.name is not None and found.group.name.number == number
    assert found.isotropy.index(found.child_operations) == index


def test_square_to_rectangle_is_b1g() -> None:
    assert analysis("square").primary == ("B1g",)


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "ca3ti2o7", "zro2", "square"])
def test_squares_of_amplitudes_add_up(name: str) -> None:
    found = analysis(name)
    total = float((found.group.field.displacements**2).sum())
    assert sum(m.squared for m in found.modes if m.kind == "displacement") == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("name", ["lamno3", "ymno3", "ca3ti2o7"])
@pytest.mark.parametrize(("degree", "parity"), [(0, "e"), (0, "o"), (1, "e"), (2, "o")])
def test_any_field_decomposes_completely(name: str, degree: int, parity: str) -> None:
    found = analysis(name)
    field = found.group.field
    rng = np.random.default_rng(degree)
    values = found.space.from_atoms(rng.normal(size=(len(field.site), 2 * degree + 1)), field.site, field.cell_index)
    matrices = representation(degree, parity, found.parent.rotations_cartesian)
    components = decompose_field(found.space, values, matrices, irreps_on(found.space))
    np.testing.assert_allclose(sum(c.values for c in components), values, atol=1e-10)
    for component in components:
        if component.squared > 1e-12:
            copies, _ = real_amplitudes(found.space, matrices, component.irrep, component.values)
            assert float((copies**2).sum()) == pytest.approx(component.squared, rel=1e-8)


def test_order_parameters_turn_with_the_table() -> None:
    """Moving the field by an operation moves the order parameter by its matrix."""
    found = analysis("lamno3")
    matrices = representation(1, "o", found.parent.rotations_cartesian)

    keeps = np.flatnonzero((found.space.kpoint_map >= 0).all(axis=1))
    for mode in (m for m in found.modes if m.kind == "displacement"):
        before, _ = real_amplitudes(found.space, matrices, mode.irrep, mode.values)
        for g in keeps[:6]:
            mask = np.zeros(found.isotropy.shape, dtype=bool)
            mask[g, 0] = True
            table = found.isotropy.matrices(mode.irrep, mask)[0]
            moved = found.space.moved(mode.values, matrices, int(g))
            after, _ = real_amplitudes(found.space, matrices, mode.irrep, moved)
            np.testing.assert_allclose(after, before @ table.T, atol=1e-9)


def test_small_noise_leaves_the_group(seed: int = 0) -> None:
    pair = distortion("lamno3")
    rng = np.random.default_rng(seed)
    noisy = replace(pair, displacements=pair.displacements + rng.normal(scale=0.02, size=(20, 3)))
    found = analyse(noisy)
    assert found.group.name is not None and found.group.name.number == 62
    assert found.primary == ("M3+", "R4+")
    assert 0.01 < found.group.noise_sigma < 0.03


def test_symprec_chooses_the_rung() -> None:
    pair = distortion("lamno3")
    coarse = find_child_group(analysis("lamno3").group.field, symprec=2.0)
    assert coarse.name is not None and coarse.name.number != 62
    with pytest.raises(Exception, match="above 0"):
        analyse(pair, symprec=-1.0)


def test_pure_strain_lowers_the_symmetry() -> None:
    """A cubic crystal without displacements, sheared: GM5+ strain is all there is."""
    pair = distortion("batio3")
    shear = np.zeros((3, 3))
    shear[0, 1] = shear[1, 0] = 0.01
    found = analyse(replace(pair, displacements=np.zeros((5, 3)), strain=shear))
    assert found.primary == ("GM5+",)
    isotropy = found.isotropy
    assert isotropy.floor(isotropy.stabiliser(())) is None
    assert isotropy.floor_strain(isotropy.stabiliser(())) == pytest.approx(1.0)
    assert isotropy.floor_strain(isotropy.stabiliser(("GM5+",))) == pytest.approx(0.0, abs=1e-12)


def test_nearly_symmetric_strain_is_averaged_over_its_group() -> None:
    """A strain that breaks most operations clearly and some by rounding keeps the latter exactly."""
    pair = distortion("batio3")
    strain = np.diag([-0.0004, 0.0008, -0.0004]) + 1e-4 * np.array([[0.2, -3, 0], [-3, 0, -3], [0, -3, -0.2]])
    strain[0, 2] = strain[2, 0] = -0.0010
    found = analyse(replace(pair, displacements=np.zeros((5, 3)), strain=strain))
    kept = found.parent.rotations_cartesian[found.child_operations.any(axis=1)]
    averaged = found.group.field.strain
    np.testing.assert_allclose(turn_tensor(kept, averaged), averaged[None] + 0 * kept, atol=1e-9)
    assert len(kept) == 8 and found.primary == ("GM5+",)


def test_primitive_and_conventional_parents_agree() -> None:
    found = analysis("zro2").parent
    conventional = found.structure
    column = found.file_cell.T
    from curiebreak.structures import Structure

    primitive = Structure(lattice=found.lattice, species=found.species, coords=found.frac, labels=found.species)
    again = parent_crystal(primitive)
    assert (again.number, len(again.rotations)) == (found.number, len(found.rotations))
    assert len(conventional.species) == round(np.linalg.det(column)) * len(primitive.species)


def test_residues_and_dual_vectors_count_the_cells() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        cell = rng.integers(-3, 4, size=(3, 3))
        size = abs(round(float(np.linalg.det(cell))))
        if size == 0:
            continue
        hnf = hermite_normal_form(cell)
        assert round(float(np.linalg.det(hnf))) == size == len(residues(hnf))
        kpoints = dual_vectors(hnf)
        assert len(np.unique(np.round(kpoints, 6), axis=0)) == size
        assert np.abs(kpoints @ cell.T - np.round(kpoints @ cell.T)).max() < 1e-9
        shifted = reduce_vectors(residues(hnf) + cell[0] - 2 * cell[2], hnf)
        np.testing.assert_array_equal(residue_index(shifted, hnf), np.arange(size))


def test_minimal_hitting_sets() -> None:
    rows = [frozenset({0, 1}), frozenset({1, 2}), frozenset({0, 1, 2})]
    assert set(minimal_hitting_sets(rows)) == {frozenset({1}), frozenset({0, 2})}
