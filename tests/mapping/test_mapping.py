"""Mapping on the shipped pairs and on small constructed ones: invariants, domains, refusals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scramble import random_rotation, scramble

from curiebreak.errors import InputError, NotCompatibleError
from curiebreak.mapping import Distortion, map_child
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.chosen_domain import map_in_domain
from curiebreak.mapping.composition import site_kinds
from curiebreak.mapping.frame import SuperFrame, parent_frame
from curiebreak.mapping.lattices import (
    coset_keys,
    coset_vectors,
    image_offsets,
    matching_cells,
    primitive_crystal,
    reduced_cell,
)
from curiebreak.mapping.pairing import pair, ranked_origins
from curiebreak.structures import Structure, read_structure, structure_from_arrays
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal

# parent, child, size, sqrt(sum |u|^2) and dmax in Å over the primitive child cell. LaMnO3: ISODISTORT
# amplitudes 0.11026, 0.59606, 1.25554, 0.34776, 0.95635 (ISODISTORT tutorial) added in quadrature;
# Ca3Ti2O7: overall As 1.32673 and dmax 0.4406 (AMPLIMODES); the others: CrystOD 0.4.5.
PAIRS = {
    "lamno3": ("lamno3_cubic", "lamno3_pnma", 4, 1.7261, 0.4825),
    "srtio3": ("srtio3_cubic", "srtio3_i4mcm", 2, 0.3303, 0.1651),
    "batio3": ("batio3_cubic", "batio3_p4mm", 1, 0.2032, 0.1407),
    "ymno3": ("ymno3_p63mmc", "ymno3_p63cm", 3, 0.9599, 0.2724),
    "ca3ti2o7": ("ca3ti2o7_i4mmm", "ca3ti2o7_cmcm", 2, 1.3267, 0.4406),
    "zro2": ("zro2_cubic", "zro2_p42nmc", 2, 0.5773, 0.2887),
}
CUBE = [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]


def load(structures: Path, name: str) -> tuple[ParentCrystal, Structure]:
    parent, child = PAIRS[name][:2]
    return parent_crystal(read_structure(structures / f"{parent}.cif")), read_structure(structures / f"{child}.cif")


def check_invariants(distortion: Distortion) -> None:
    """Everything the docstring of Distortion promises, from its own arrays."""
    parent, child = distortion.parent, distortion.child
    assert distortion.rebuild_error < 1e-6
    assert np.abs(distortion.displacements.mean(axis=0)).max() < 1e-9
    assert np.linalg.det(distortion.cell) > 0 and len(distortion) == distortion.size * len(parent.frac)
    lattice = distortion.lattice
    assert lattice is not None and parent.lattice is not None and child.lattice is not None
    gradient = distortion.rotation @ (np.eye(3) + distortion.strain)
    assert np.abs(distortion.rotation @ distortion.rotation.T - np.eye(3)).max() < 1e-9
    assert np.linalg.det(distortion.rotation) > 0
    assert np.abs(distortion.strain - distortion.strain.T).max() < 1e-9
    # the file cells: child axes = F applied to supercell_basis @ parent axes
    parent_file = parent.file_cell @ parent.lattice
    axes = distortion.supercell_basis @ parent_file @ gradient.T
    assert np.abs(axes - child.lattice).max() < 1e-6
    # every parent site exactly once
    keys = coset_keys(distortion.cell_index, distortion.cell)
    assert len(set(zip(distortion.site.tolist(), keys.tolist(), strict=True))) == len(distortion)
    # positions: x_parent = x_child @ basis + shift, for the atoms as listed in the file
    if distortion.multiplicity == 1:
        found = child.coords[distortion.child_atoms] @ distortion.supercell_basis + distortion.origin_shift
        undistorted = (parent.frac[distortion.site] + distortion.cell_index) @ np.linalg.inv(parent.file_cell)
        moved = undistorted + distortion.displacements @ np.linalg.inv(parent_file)
        assert np.abs(found - moved).max() < 1e-6


@pytest.mark.parametrize("name", PAIRS)
def test_published_amplitudes(structures: Path, name: str) -> None:
    distortion = map_child(*load(structures, name))
    _, _, size, total, dmax = PAIRS[name]
    assert distortion.size == size
    assert np.sqrt((distortion.displacements**2).sum()) == pytest.approx(total, abs=2e-4)
    assert distortion.dmax == pytest.approx(dmax, abs=1e-4)
    check_invariants(distortion)


def test_lamno3_strain_and_setting(structures: Path) -> None:
    """Strain modes of the ISODISTORT tutorial: GM1+ -0.00217, GM3+ 0.0323, GM5+ 0.0270 (absolute values)."""
    distortion = map_child(*load(structures, "lamno3"))
    strain = distortion.strain
    assert np.trace(strain) / np.sqrt(3) == pytest.approx(-0.00217, abs=2e-5)
    shear = np.sqrt(2) * np.abs([strain[0, 1], strain[0, 2], strain[1, 2]]).max()
    assert shear == pytest.approx(0.0270, abs=1e-4)
    diagonal = np.diag(strain) - np.trace(strain) / 3
    assert np.linalg.norm(diagonal) == pytest.approx(0.0323, abs=1e-4)
    assert np.allclose(distortion.supercell_basis, [[1, 0, -1], [0, 2, 0], [1, 0, 1]])
    assert np.allclose(distortion.origin_shift, [0.5, 0, 0.5], atol=1e-4)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_scrambled_child(structures: Path, name: str, seed: int) -> None:
    parent, child = load(structures, name)
    plain = map_child(parent, child)
    repeats = [(1, 1, 1), (1, 1, 2), (1, 1, 1)][seed]
    other = map_child(parent, scramble(child, seed, strain=[0.02, 0.04, 0.0][seed], supercell=repeats))
    assert other.size == plain.size
    assert other.rms == pytest.approx(plain.rms, abs=1e-6)
    assert other.dmax == pytest.approx(plain.dmax, abs=1e-6)
    check_invariants(other)


def test_scrambled_parent(structures: Path) -> None:
    parent, child = load(structures, "lamno3")
    plain = map_child(parent, child)
    for seed in range(3):
        moved = parent_crystal(scramble(parent.structure, seed, strain=0.0))
        other = map_child(moved, child)
        assert (other.size, other.rms) == (plain.size, pytest.approx(plain.rms, abs=1e-6))
        check_invariants(other)


def test_left_handed_files(structures: Path) -> None:
    parent, child = load(structures, "lamno3")
    swap = [1, 0, 2]
    assert child.lattice is not None and parent.structure.lattice is not None
    turned = structure_from_arrays(child.lattice[swap], child.species, child.coords[:, swap])
    check_invariants(map_child(parent, turned))
    left = structure_from_arrays(-np.eye(3) * 3.9408, ["La", "Mn", "O", "O", "O"], CUBE)
    distortion = map_child(parent_crystal(left), turned)
    check_invariants(distortion)
    assert distortion.rms == pytest.approx(map_child(parent, child).rms, abs=1e-6)


def test_noise_keeps_the_map(structures: Path) -> None:
    parent, child = load(structures, "lamno3")
    noisy = map_child(parent, scramble(child, 5, noise=0.02))
    assert noisy.size == 4
    assert noisy.rms == pytest.approx(map_child(parent, child).rms, abs=0.02)
    large = map_child(parent, scramble(child, 6, noise=0.01, cell=False, supercell=(2, 1, 2)))
    assert (large.size, len(large)) == (16, 80)
    check_invariants(large)


def test_deterministic(structures: Path) -> None:
    parent, child = load(structures, "ca3ti2o7")
    first, second = map_child(parent, child), map_child(parent, child)
    for name in ("cell", "supercell_basis", "origin_shift", "site", "child_atoms", "displacements"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


def test_stated_domain(structures: Path) -> None:
    parent, child = load(structures, "lamno3")
    wanted = [[0, 1, 1], [2, 0, 0], [0, 1, -1]]
    distortion = map_child(parent, child, supercell_basis=wanted)
    assert np.allclose(distortion.supercell_basis, wanted)
    assert distortion.rms == pytest.approx(map_child(parent, child).rms, abs=1e-9)
    check_invariants(distortion)
    with pytest.raises(NotCompatibleError, match="No domain"):
        map_child(parent, child, supercell_basis=[[1, 1, 1], [2, 0, 0], [0, 1, -1]])
    with pytest.raises(InputError, match="regular"):
        map_child(parent, child, supercell_basis=np.zeros((3, 3)))
    for call in (map_child, map_in_domain):
        with pytest.raises(InputError, match="regular 3 x 3"):
            call(parent, child, supercell_basis=np.full((3, 3), np.nan))


@pytest.mark.parametrize("name", PAIRS)
def test_reverse_has_nothing_to_break(structures: Path, name: str) -> None:
    """The high-symmetry structure as child: a map with s = 1 and a fully symmetric distortion."""
    high, low = PAIRS[name][:2]
    parent = parent_crystal(read_structure(structures / f"{low}.cif"))
    distortion = map_child(parent, read_structure(structures / f"{high}.cif"))
    assert distortion.size == 1
    assert distortion.multiplicity == PAIRS[name][2]
    assert any("keeps every symmetry" in message for message in distortion.messages)
    check_invariants(distortion)
    for turn, permutation in zip(parent.rotations_cartesian, parent.permutations, strict=True):
        moved = np.empty_like(distortion.displacements)
        moved[permutation] = distortion.displacements @ turn.T
        assert np.abs(moved - distortion.displacements).max() < 0.01


def test_child_equal_to_parent(structures: Path) -> None:
    child = read_structure(structures / "lamno3_pnma.cif")
    distortion = map_child(parent_crystal(child), scramble(child, 3, strain=0.0))
    assert (distortion.size, distortion.multiplicity) == (1, 1)
    assert distortion.dmax < 1e-6
    assert np.abs(distortion.strain).max() < 1e-6


def test_pseudo_cubic_parent_keeps_its_axes() -> None:
    """A tetragonal parent whose c is nearly a: the child doubled along c is not put along a."""
    a = 4.0
    parent = structure_from_arrays(np.diag([a, a, 3.96]), ["Sr", "Ti", "O", "O", "O"], CUBE)
    lattice = np.diag([a, a, 3.96 * 2])
    frac = np.array([[x, y, (z + k) / 2] for k in (0, 1) for x, y, z in CUBE])
    frac[1, 2] += 0.1 / lattice[2, 2]
    frac[6, 2] -= 0.1 / lattice[2, 2]
    child = structure_from_arrays(lattice, ["Sr", "Ti", "O", "O", "O"] * 2, frac)
    distortion = map_child(parent_crystal(parent), scramble(child, 1, strain=0.0))
    check_invariants(distortion)
    assert distortion.dmax == pytest.approx(0.1, abs=1e-6)
    assert np.abs(distortion.strain).max() < 1e-6


# -- occupation and substitution ---------------------------------------------------------------


def mixed_parent() -> ParentCrystal:
    sites = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return parent_crystal(structure_from_arrays(3.92 * np.eye(3), [{"Pt": 0.75, "Cu": 0.25}] * 4, sites))


def test_occupation_order() -> None:
    """Pt3Cu: X1+ As = 0.86603 for each element, 1.2247 for both (ISODISTORT visualisation)."""
    parent = mixed_parent()
    child = structure_from_arrays(
        3.92 * np.eye(3), ["Cu", "Pt", "Pt", "Pt"], [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    )
    distortion = map_child(parent, scramble(child, 2))
    assert distortion.size == 4 and distortion.dmax < 1e-9
    assert distortion.occupation_elements == ("Cu", "Pt")
    change = distortion.occupation
    assert change is not None
    assert np.linalg.norm(change[:, 0]) == pytest.approx(0.86603, abs=1e-5)
    assert np.linalg.norm(change) == pytest.approx(1.2247, abs=1e-4)
    assert np.abs(change.sum(axis=1)).max() < 1e-12


def test_same_mixed_site_changes_nothing() -> None:
    parent = mixed_parent()
    distortion = map_child(parent, scramble(parent.structure, 4))
    assert distortion.occupation is not None and np.abs(distortion.occupation).max() == 0.0


def test_partial_occupancy_that_fits_nothing(structures: Path) -> None:
    parent, _ = load(structures, "lamno3")
    child = structure_from_arrays(3.94 * np.eye(3), [{"La": 0.9}, "Mn", "O", "O", "O"], CUBE)
    with pytest.raises(InputError, match="partly occupied"):
        map_child(parent, child)


def test_species_substitution(structures: Path) -> None:
    strontium, child = load(structures, "srtio3")[0], read_structure(structures / "lamno3_pnma.cif")
    renamed = structure_from_arrays(
        child.lattice, [{"La": "Ca", "Mn": "Ti"}.get(s, s) for s in child.species], child.coords
    )
    with pytest.raises(NotCompatibleError, match="Ca only in the child; Sr only in the parent"):
        map_child(strontium, renamed)
    distortion = map_child(strontium, renamed, allow=["substitution"])
    assert distortion.size == 4
    assert "Ca on Sr" in distortion.messages[0]
    check_invariants(distortion)


# -- refusals -----------------------------------------------------------------------------------


def test_refuses_other_composition(structures: Path) -> None:
    with pytest.raises(NotCompatibleError, match="compositions differ") as caught:
        map_child(load(structures, "lamno3")[0], load(structures, "batio3")[1])
    assert caught.value.exit_code == 4 and caught.value.hint


def test_empty_sites_are_stated_in_the_parent(structures: Path) -> None:
    """The hint of a child with fewer oxygen atoms leads to its order of empty sites."""
    parent, _ = load(structures, "srtio3")
    whole = read_structure(structures / "srtio3_cubic.cif")
    frac = np.concatenate([whole.coords, whole.coords + [1, 0, 0]]) / [2, 1, 1]
    species = [*whole.species, *whole.species]
    gone = species.index("O")
    kept = [i for i in range(len(species)) if i != gone]
    child = structure_from_arrays(np.diag([2.0, 1, 1]) @ whole.lattice, [species[i] for i in kept], frac[kept])
    with pytest.raises(NotCompatibleError, match="the child Sr2Ti2O5") as caught:
        map_child(parent, child)
    assert caught.value.hint.endswith("(on the mean of all O: 0.833333).")
    occupancies = [{"O": 5 / 6} if one == "O" else one for one in whole.species]
    mapped = map_child(parent_crystal(structure_from_arrays(whole.lattice, occupancies, whole.coords)), child)
    assert mapped.size == 2 and any("empty sites" in message for message in mapped.messages)
    with pytest.raises(NotCompatibleError) as caught:
        map_child(parent, read_structure(structures / "lamno3_pnma.cif"))
    assert "empty" not in caught.value.hint


def test_refuses_numbers_that_no_supercell_fits(structures: Path) -> None:
    parent = parent_crystal(read_structure(structures / "srtio3_i4mcm.cif"))
    child = scramble(read_structure(structures / "srtio3_cubic.cif"), 0, strain=0.0, noise=0.05, supercell=(1, 1, 3))
    with pytest.raises(NotCompatibleError, match="15 atoms, the parent's 10"):
        map_child(parent, child)


def test_refuses_two_subgroups_of_a_common_parent(structures: Path) -> None:
    """P4mm and R3m BaTiO3: neither contains the other."""
    parent = parent_crystal(read_structure(structures / "batio3_p4mm.cif"))
    frac = np.array(CUBE) + 0.0
    frac[1] += 0.02
    frac[2:] -= 0.03
    child = structure_from_arrays(4.0 * np.eye(3) + 0.02, ["Ba", "Ti", "O", "O", "O"], frac)
    with pytest.raises(NotCompatibleError, match="no group-subgroup relation"):
        map_child(parent, child)


def rock_salt(a: float = 5.0, anion: float = 0.5) -> Structure:
    fcc = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    return structure_from_arrays(a * np.eye(3), ["Zn"] * 4 + ["S"] * 4, np.vstack([fcc, fcc + anion]))


def test_refuses_reconstructive_pairs() -> None:
    """Rock salt and zinc blende; sodium chloride and caesium chloride structures."""
    with pytest.raises(NotCompatibleError, match="reconstructive"):
        map_child(parent_crystal(rock_salt()), rock_salt(5.4, 0.25))
    caesium = structure_from_arrays(3.2 * np.eye(3), ["Zn", "S"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(NotCompatibleError, match="reconstructive"):
        map_child(parent_crystal(rock_salt()), caesium)


def quartz_like(hand: int) -> Structure:
    """A chiral P3_221-like arrangement (Levien et al. 1980 coordinates) or its mirror image."""
    si = [[0.4697, 0, 0], [0, 0.4697, 2 / 3], [-0.4697, -0.4697, 1 / 3]]
    x, y, z = 0.4135, 0.2669, 0.1191
    o = [[x, y, z], [-y, x - y, z + 2 / 3], [-x + y, -x, z + 1 / 3]]
    o += [[y, x, 2 / 3 - z], [x - y, -y, -z], [-x, -x + y, 1 / 3 - z]]
    lattice = np.array([[4.916, 0, 0], [-2.458, 4.916 * np.sqrt(0.75), 0], [0, 0, 5.4054]])
    return structure_from_arrays(lattice, ["Si"] * 3 + ["O"] * 6, hand * np.array(si + o))


def test_refuses_the_other_hand() -> None:
    parent = parent_crystal(quartz_like(1))
    assert map_child(parent, scramble(quartz_like(1), 0)).dmax < 1e-6
    with pytest.raises(NotCompatibleError, match="opposite hands"):
        map_child(parent, scramble(quartz_like(-1), 0))


# -- molecules ----------------------------------------------------------------------------------


def molecule(points: NDArray[np.float64], species: list[str] | None = None) -> Structure:
    return structure_from_arrays(None, species or ["H"] * len(points), points)


def test_square_and_rectangle(structures: Path) -> None:
    square, rectangle = (read_structure(structures / f"{n}.xyz") for n in ("square", "rectangle"))
    distortion = map_child(parent_crystal(square), rectangle)
    assert np.array_equal(distortion.rotation, np.eye(3))
    assert np.allclose(np.abs(distortion.displacements), [0.3, 0.2, 0.0])
    assert distortion.lattice is None and distortion.size == 1
    back = map_child(parent_crystal(rectangle), square)
    assert any("keeps every symmetry" in message for message in back.messages)
    assert back.rms == pytest.approx(distortion.rms, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_turned_molecules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    octahedron = np.vstack([np.zeros(3), 2 * np.eye(3), -2 * np.eye(3)])
    species = ["Ti"] + ["O"] * 6
    child = octahedron + 0.1 * rng.normal(size=octahedron.shape)
    parent = parent_crystal(molecule(octahedron, species))
    plain = map_child(parent, molecule(child, species))
    order = rng.permutation(7)
    turned = molecule((child @ random_rotation(rng).T + 5.0)[order], [species[i] for i in order])
    other = map_child(parent, turned)
    assert other.rms == pytest.approx(plain.rms, abs=1e-9)
    assert np.abs(np.sort(np.linalg.norm(other.displacements, axis=1))).max() == pytest.approx(plain.dmax, abs=1e-9)
    rebuilt = other.child.coords[other.child_atoms] @ other.supercell_basis + other.origin_shift
    assert np.abs(rebuilt - parent.centre - other.cartesian - other.displacements).max() < 1e-9


def twisted_prism(angle: float) -> NDArray[np.float64]:
    corners = np.arange(3) * 2 * np.pi / 3
    rings = [np.column_stack([np.cos(corners + s * angle), np.sin(corners + s * angle)]) * 1.5 for s in (1, -1)]
    return np.vstack([np.column_stack([ring, np.full(3, z)]) for ring, z in zip(rings, (1.0, -1.0), strict=True)])


def test_molecule_refusals(structures: Path) -> None:
    square = parent_crystal(read_structure(structures / "square.xyz"))
    with pytest.raises(NotCompatibleError, match="4 atoms, the child 8"):
        map_child(square, molecule(np.vstack([square.frac, square.frac + 1.5])))
    with pytest.raises(NotCompatibleError, match="molecule"):
        map_child(square, rock_salt())
    prism = parent_crystal(molecule(twisted_prism(0.25)))
    assert map_child(prism, molecule(twisted_prism(0.2))).rms < 0.1
    with pytest.raises(NotCompatibleError, match="opposite hands"):
        map_child(prism, molecule(twisted_prism(-0.25)))
    rectangle = parent_crystal(read_structure(structures / "rectangle.xyz"))
    rhombus = np.array([[1.3, 0, 0], [-1.3, 0, 0], [0, 1.6, 0], [0, -1.6, 0]])
    with pytest.raises(NotCompatibleError, match="no group-subgroup relation"):
        map_child(rectangle, molecule(rhombus))


def test_a_mirror_image_of_five_different_atoms_is_refused() -> None:
    """CHFClBr: no two atoms may change places, so a rotation cannot bring the hands together."""
    species = ["C", "H", "F", "Cl", "Br"]
    legs = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    here = np.vstack([np.zeros(3), legs * np.array([[1.1], [1.4], [1.8], [1.9]])])
    parent = parent_crystal(molecule(here, species))
    turn = random_rotation(np.random.default_rng(5))
    same = map_child(parent, molecule(here @ turn.T, species))
    assert same.rms < 1e-9 and np.linalg.det(same.rotation) == pytest.approx(1.0)
    with pytest.raises(NotCompatibleError, match="opposite hands"):
        map_child(parent, molecule(here @ turn.T * [1, 1, -1], species))


@pytest.mark.parametrize("seed", range(3))
def test_flat_molecules_are_turned_not_reflected(structures: Path, seed: int) -> None:
    turn = random_rotation(np.random.default_rng(seed))
    square = parent_crystal(read_structure(structures / "square.xyz"))
    child = read_structure(structures / "rectangle.xyz")
    found = map_child(square, molecule(child.coords @ turn.T, child.species))
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)


# -- parts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_assignment_is_optimal(size: int) -> None:
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(size)
    for decimals in (1, 8):
        cost = np.round(rng.random((size, size)), decimals)
        mine = assign(cost)
        rows, columns = linear_sum_assignment(cost)
        assert sorted(mine.tolist()) == list(range(size))
        assert cost[np.arange(size), mine].sum() == pytest.approx(cost[rows, columns].sum(), abs=1e-9)


def test_cosets() -> None:
    cell = np.array([[1, 0, -1], [0, 2, 0], [1, 0, 1]])
    steps = coset_vectors(cell)
    assert len(steps) == 4 == len(set(coset_keys(steps, cell).tolist()))
    shifted = steps + np.array([3, -1, 2]) @ cell
    assert np.array_equal(coset_keys(shifted, cell), coset_keys(steps, cell))


def test_matching_cells_finds_pnma(structures: Path) -> None:
    """Pm-3m to Pnma: sqrt2 x 2 x sqrt2, one cell modulo the proper cubic rotations."""
    parent, child = load(structures, "lamno3")
    assert parent.lattice is not None and child.lattice is not None
    proper = parent.rotations[np.linalg.det(parent.rotations) > 0]
    reduced = reduced_cell(child.lattice) @ child.lattice
    matches = matching_cells(parent.lattice, proper, reduced, 4, 0.08)
    assert sorted(np.abs(matches[0].cell).sum(axis=1).tolist()) == [2, 2, 2]
    assert matches[0].strain < 0.04


@pytest.mark.parametrize("seed", range(3))
def test_pairing_moves_the_mean_displacement_into_the_origin(structures: Path, seed: int) -> None:
    parent, child = load(structures, "lamno3")
    (kinds,) = site_kinds(parent, child, False)
    frame = parent_frame(parent, kinds)
    crystal = primitive_crystal(np.asarray(child.lattice), child.coords, kinds.of(child.species), 2e-3)
    cell = matching_cells(frame.lattice, frame.rotations[frame.proper], crystal.lattice, 4, 0.08)[0].cell
    shift = np.random.default_rng(seed).uniform(-0.06, 0.06, 3)
    origin = ranked_origins(frame, crystal, cell, 48)[0][0]
    found, moved = (pair(SuperFrame(frame, cell), crystal, o) for o in (origin, origin + shift))
    assert np.abs(moved.vectors.mean(axis=0)).max() < 1e-12
    np.testing.assert_allclose(moved.origin, found.origin, atol=1e-12)
    assert moved.mean_square == pytest.approx(found.mean_square)


def test_image_offsets_suffice() -> None:
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3), -1).reshape(-1, 3)
    for _ in range(20):
        lattice = rng.normal(size=(3, 3))
        points = rng.random((50, 3)) - 0.5
        few = np.linalg.norm((points[:, None] - image_offsets(lattice)) @ lattice, axis=-1).min(axis=1)
        every = np.linalg.norm((points[:, None] - grid) @ lattice, axis=-1).min(axis=1)
        assert np.allclose(few, every)


def test_a_plain_map_needs_no_heavy_import(structures: Path) -> None:
    folder = str(structures)
    code = (
        "import sys; from curiebreak.structures import read_structure as r; "
        "from curiebreak.mapping import map_child; "
        "from curiebreak.symmetry.parent import parent_crystal; "
        f"parent = parent_crystal(r({folder!r} + '/lamno3_cubic.cif')); "
        f"map_child(parent, r({folder!r} + '/lamno3_pnma.cif')); "
        "sys.exit(any(m in sys.modules for m in ('pymatgen', 'ase', 'torch', 'scipy.optimize')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
