"""What counts as signal: small exact distortions, orders with scatter, strains and shifts that files do not resolve."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from averaged_children import Averaged, averaged_child, smallest_step
from scipy import stats

from curiebreak.modes.decompose import decompose
from curiebreak.results import Decomposition
from curiebreak.structures import Structure, read_structure, structure_from_arrays
from curiebreak.structures.precision import precision_of, stated_precision, written_step
from curiebreak.structures.write import write_cif
from curiebreak.symmetry.counting import LARGEST_SCATTER, LEVEL, UNEVEN, _beyond_chance, _is_signal
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.rungs import Removed

STRUCTURES = Path(__file__).resolve().parents[2] / "structures"


def primary(result: Decomposition) -> set[str]:
    return set(result.primary)


def number(result: Decomposition) -> int | None:
    return result.isotropy_subgroup.number if result.isotropy_subgroup else None


def index(result: Decomposition) -> int | None:
    return result.index.total if result.index else None


def codes(result: Decomposition) -> set[str]:
    return {notice.code for notice in result.notices}


def test_scatter_becomes_signal_at_a_chance_of_one_in_a_hundred_thousand() -> None:
    """Quantiles of the F distribution (60 degrees of freedom below, 6 in question), scatter of 2 mÅ."""
    sigma, below, own, nothing = 0.002, 60, 6, np.zeros((0, 3))
    scattered = [Removed(below * sigma**2, below, nothing, 0)]
    found = {}
    for chance in (1e-6, 1e-4):
        squared = own * (UNEVEN * sigma) ** 2 * float(stats.f.isf(chance, own, below))
        assert squared / own < LARGEST_SCATTER**2  # not signal by its size alone
        found[chance] = _is_signal(scattered, Removed(squared, own, nothing, 0), 0.02, True)
    assert found == {1e-6: True, 1e-4: False}


@pytest.mark.parametrize("below", [1, 2, 7, 40, 500, np.inf])
@pytest.mark.parametrize("own", [1, 2, 9, 300])
def test_the_bound_that_settles_clear_cases_decides_as_the_distributions_do(own: int, below: float) -> None:
    law = stats.chi2(own, scale=1 / own) if np.isinf(below) else stats.f(own, below)
    ratios = np.geomspace(0.5, 1e8, 60)
    decided = [_beyond_chance(ratio, own, below) for ratio in ratios]
    assert decided == list(law.sf(ratios) < LEVEL)
    assert law.sf(1.0) > 0.3  # a ratio of one is never beyond chance


# --- the faults that were found, with their published or constructed right values


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "child", "group", "total", "labels"),
    [
        ("tiny_polar_6mA", "child.cif", 99, 6, {"GM4-"}),
        ("occ_fcc32_p1", "child.cif", 1, 1536, None),
        ("occ_rocksalt_noise_3mA", "child.cif", 225, 2, {"R2-"}),
        ("strain_at_rounding", "child.cif", 140, 6, {"R4+"}),
        ("noise_ratio_nacl", "child.cif", 7, 768, None),
        ("c06_strain_only", "child.cif", 166, 4, {"GM5+"}),
        ("c06_strain_only", "child_60.06.cif", 225, 1, set()),
    ],
)
def test_faults(shared: Path, name: str, child: str, group: int, total: int, labels: set[str] | None) -> None:
    folder = shared / "data" / "faults" / name
    back = decompose(folder / "parent.cif", folder / child)
    assert (number(back), index(back)) == (group, total)
    assert labels is None or primary(back) == labels
    assert all(notice.text in back.messages for notice in back.notices)


@pytest.mark.shared
def test_occupation_irreps_of_a_random_alloy(shared: Path) -> None:
    folder = shared / "data" / "faults" / "occ_fcc32_p1"
    back = decompose(folder / "parent.cif", folder / "child.cif")
    sizes = {e.irrep: round(e.amplitude_parent or 0.0, 4) for e in back.irreps if e.kind == "occupation"}
    assert {k: sizes[k] for k in ("W1", "L1+", "X1+", "DT1", "SM1")} == {
        "W1": 0.3536, "L1+": 0.25, "X1+": 0.25, "DT1": 0.25, "SM1": 0.25,
    }  # fmt: skip


@pytest.mark.shared
def test_a_strain_below_the_tolerance_is_said(shared: Path) -> None:
    folder = shared / "data" / "faults" / "c06_strain_only"
    small = decompose(folder / "parent.cif", folder / "child_60.06.cif")
    (notice,) = [n for n in small.notices if n.code == "strain_tolerance"]
    assert notice.size == pytest.approx(0.0009, abs=5e-5) and "R-3m" in notice.text
    assert notice.option.startswith("--strain-tolerance")
    asked = float(notice.option.split()[1])
    counted = decompose(folder / "parent.cif", folder / "child_60.06.cif", strain_tolerance=asked)
    assert primary(counted) == {"GM5+"}
    large = decompose(folder / "parent.cif", folder / "child.cif")
    assert large.child.space_group is not None and large.child.space_group.number == 166
    assert large.tolerance_ladder[0].number == 166


# --- small twins


def perovskite(length: float = 4.0) -> Structure:
    sites = [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
    return structure_from_arrays(length * np.eye(3), ["Ba", "Ti", "O", "O", "O"], sites)


def moved(shift: float, decimals: int, folder: Path, uncertainty: str = "") -> Path:
    """The perovskite with Ti moved along z, written with so many decimals (and a standard uncertainty)."""
    frac = perovskite().coords + 0.13712347891 * np.ones(3)
    frac[1, 2] += shift / 4.0
    lines = ["data_x", *(f"_cell_length_{a} 4.000000" for a in "abc")]
    lines += [f"_cell_angle_{a} 90" for a in ("alpha", "beta", "gamma")]
    lines += ["_space_group_name_H-M_alt 'P 1'", "loop_", "_atom_site_label", "_atom_site_type_symbol"]
    lines += [f"_atom_site_fract_{a}" for a in "xyz"]
    for row, (element, place) in enumerate(zip(perovskite().species, frac, strict=True)):
        lines.append(f"{element}{row} {element} " + " ".join(f"{x:.{decimals}f}{uncertainty}" for x in place))
    path = folder / f"moved_{decimals}.cif"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("shift", "decimals", "seen"),
    [
        (0.006, 9, True), (0.006, 6, True), (0.001, 6, True), (1e-4, 9, True), (1e-4, 7, True),
        (0.001, 5, True), (0.05, 4, True), (1e-4, 4, False), (1e-5, 5, False),
    ],
)  # fmt: skip
def test_a_small_exact_shift_counts_where_the_decimals_resolve_it(
    shift: float, decimals: int, seen: bool, tmp_path: Path
) -> None:
    back = decompose(perovskite(), moved(shift, decimals, tmp_path))
    assert number(back) == (99 if seen else 221)
    assert primary(back) == ({"GM4-"} if seen else set())


@pytest.mark.parametrize(("uncertainty", "seen"), [("", True), ("(1)", True), ("(20)", False)])
def test_no_coordinate_is_known_better_than_its_standard_uncertainty(
    uncertainty: str, seen: bool, tmp_path: Path
) -> None:
    """0.00020 of 4 Å is 0.8 mÅ: a difference of two coordinates is significant above 3.4 mÅ."""
    back = decompose(perovskite(), moved(0.0015, 5, tmp_path, uncertainty))
    assert number(back) == (99 if seen else 221) and ("resolution" in codes(back)) == (not seen)
    large = decompose(perovskite(), moved(0.006, 5, tmp_path, uncertainty))
    assert number(large) == 99


def test_small_exact_shifts_name_both_groups_and_the_option(tmp_path: Path) -> None:
    back = decompose(perovskite(), moved(0.002, 8, tmp_path))
    (notice,) = [n for n in back.notices if n.code == "small"]
    assert "P4mm" in notice.text and "Pm-3m" in notice.text and 0.001 < notice.size < 0.005
    assert notice.option in notice.text and notice.text in back.messages
    higher = decompose(perovskite(), moved(0.002, 8, tmp_path), symprec=float(notice.option.split()[1]))
    assert number(higher) == 221
    assert "small" not in codes(decompose(perovskite(), moved(0.05, 8, tmp_path)))


def test_what_decimals_do_not_resolve_is_said(tmp_path: Path) -> None:
    back = decompose(perovskite(), moved(2e-4, 4, tmp_path))
    (notice,) = [n for n in back.notices if n.code == "resolution"]
    assert 1e-4 < notice.size < 1e-3 and notice.text in back.messages
    finer = decompose(perovskite(), moved(2e-4, 4, tmp_path), symprec=float(notice.option.split()[1]))
    assert number(finer) == 99


def alloy(kind: str) -> tuple[Structure, Structure]:
    """Parent and ordered child on ideal sites."""
    fcc = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    cubes = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    atoms = (fcc[None] + cubes[:, None]).reshape(-1, 3)
    if kind == "L1_2":
        parent = structure_from_arrays(3.8 * np.eye(3), [{"Cu": 0.75, "Pt": 0.25}] * 4, fcc)
        species = ["Pt" if abs(x - np.round(x)).max() < 1e-9 else "Cu" for x in atoms]
        return parent, structure_from_arrays(7.6 * np.eye(3), species, atoms / 2)
    if kind == "vacancies":
        salt = np.concatenate([fcc, fcc + [0.5, 0, 0]])
        holed: list[str | dict[str, float]] = [*({"Ti": 0.75} for _ in fcc), *("O" for _ in fcc)]
        parent = structure_from_arrays(4.2 * np.eye(3), holed, salt)
        return parent, structure_from_arrays(4.2 * np.eye(3), ["Ti"] * 3 + ["O"] * 4, salt[1:])
    if kind == "L1_1":
        parent = structure_from_arrays(3.8 * np.eye(3), [{"Cu": 0.5, "Pt": 0.5}] * 4, fcc)
        species = ["Pt" if round(2 * x.sum() / 2) % 2 else "Cu" for x in atoms]
        return parent, structure_from_arrays(7.6 * np.eye(3), species, atoms / 2)
    sites = np.array([[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    parent = structure_from_arrays(4.0 * np.eye(3), ["Ba", {"Mg": 0.5, "W": 0.5}, "O", "O", "O"], sites)
    places = (sites[None] + cubes[:, None]).reshape(-1, 3)
    species = [s for c in cubes for s in ("Ba", "W" if c.sum() % 2 else "Mg", "O", "O", "O")]
    return parent, structure_from_arrays(8.0 * np.eye(3), species, places / 2)


def scattered(structure: Structure, sigma: float, rng: np.random.Generator) -> Structure:
    lattice = np.asarray(structure.lattice)
    noise = sigma * rng.standard_normal(structure.coords.shape) @ np.linalg.inv(lattice)
    return structure_from_arrays(lattice, structure.species, np.round(structure.coords + noise, 9))


ORDERS = {"L1_2": (221, 4, "X1+"), "L1_1": (166, 8, "L1+"), "rock salt": (225, 2, "R2-"), "vacancies": (221, 4, "X1+")}
"""Group, index and irrep: textbook orders (Ducastelle, Order and Phase Stability in Alloys, 1991); B at the corner.
Vacancies: one in four metals of a rock salt missing, as in NbO without its empty anion site (L1_2 of Ti and holes)."""


def order_is_right(kind: str, sigma: float, seed: int) -> bool:
    parent, child = alloy(kind)
    back = decompose(parent, scattered(child, sigma, np.random.default_rng(seed)))
    group, total, label = ORDERS[kind]
    wanted = {label} if kind != "rock salt" else {e for e in back.primary}
    return (number(back), index(back)) == (group, total) and primary(back) == wanted and len(wanted) == 1


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("sigma", [0.0, 0.003, 0.02])
def test_order_keeps_its_group_with_scatter(kind: str, sigma: float) -> None:
    assert order_is_right(kind, sigma, 1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("sigma", [0.0, 0.001, 0.003, 0.006, 0.02])
def test_order_keeps_its_group_with_any_scatter(kind: str, sigma: float) -> None:
    assert [seed for seed in range(6) if not order_is_right(kind, sigma, seed)] == []


def test_an_option_gives_the_group_that_its_notice_names() -> None:
    """L1_2 with scatter: the notice says P1, and its tolerance gives P1; occupancies stand first with it as well."""
    parent, child = alloy("L1_2")
    noisy = scattered(child, 0.02, np.random.default_rng(1))
    back = decompose(parent, noisy)
    (notice,) = [n for n in back.notices if n.code == "scatter"]
    assert "P1" in notice.text
    assert number(decompose(parent, noisy, symprec=float(notice.option.split()[1]))) == 1
    above = next(r.tolerance for r in back.tolerance_ladder if r.number == 221)
    assert number(decompose(parent, noisy, symprec=1.0001 * above)) == 221


def test_scatter_above_a_small_change_of_occupancies_leaves_the_order_its_group() -> None:
    """Occupancies 0.50 and 0.56 on two of eight corners: scatter moves atoms by more than 0.06 Å, and is still none."""
    cubes = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    sites = np.array([[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    places = (sites[None] + cubes[:, None]).reshape(-1, 3) / 2
    mixed: list[str | dict[str, float]] = ["Ba", {"Mg": 0.53, "W": 0.47}, "O", "O", "O"]
    parent = structure_from_arrays(4.0 * np.eye(3), mixed, sites)
    species: list[str | dict[str, float]] = []
    for cube in cubes:
        amount = 0.56 if cube.sum() % 2 else 0.5
        species += ["Ba", {"Mg": amount, "W": round(1 - amount, 2)}, "O", "O", "O"]
    child = structure_from_arrays(8.0 * np.eye(3), species, places)
    exact = decompose(parent, child)
    assert (number(exact), index(exact)) == (225, 2)
    for seed in range(2):
        noise = np.random.default_rng(seed).normal(scale=0.02 / 8.0, size=places.shape)
        noisy = structure_from_arrays(8.0 * np.eye(3), species, np.round(places + noise, 9))
        back = decompose(parent, noisy)
        assert (number(back), index(back)) == (225, 2) and primary(back) == primary(exact)
        own = next(r.tolerance for r in back.tolerance_ladder if r.number == 225)
        asked = decompose(parent, noisy, symprec=1.0001 * own)
        assert (number(asked), index(asked)) == (225, 2) and primary(asked) == primary(exact)


def cubic_salt(angle: float = 90.0) -> Structure:
    """Rock salt on its conventional cell, or with the rhombohedral strain of another angle."""
    cosine = np.cos(np.radians(angle))
    gram = 4.2**2 * (np.eye(3) * (1 - cosine) + cosine)
    fcc = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    places = np.concatenate([fcc, fcc + [0.5, 0, 0]])
    return structure_from_arrays(np.linalg.cholesky(gram), ["Ni"] * 4 + ["O"] * 4, places)


def test_a_rhombohedral_cell_breaks_by_strain_alone() -> None:
    """NiO below its Neel point: the cube's angle is not 90 degrees, all atoms stand on ideal sites: R-3m, GM5+."""
    back = decompose(cubic_salt(), cubic_salt(90.6))
    assert (number(back), index(back)) == (166, 4) and primary(back) == {"GM5+"}
    assert back.child.space_group is not None and back.child.space_group.number == 166
    assert back.tolerance_ladder[0].number == 166


def test_a_small_rhombohedral_angle_is_said() -> None:
    back = decompose(cubic_salt(), cubic_salt(90.05))
    assert (number(back), index(back)) == (225, 1)
    (notice,) = [n for n in back.notices if n.code == "strain_tolerance"]
    assert notice.size == pytest.approx(np.radians(0.05), rel=0.2) and "R-3m" in notice.text
    assert notice.option.startswith("--strain-tolerance") and notice.option in " ".join(back.messages)
    counted = decompose(cubic_salt(), cubic_salt(90.05), strain_tolerance=float(notice.option.split()[1]))
    assert number(counted) == 166 and primary(counted) == {"GM5+"}


def test_random_order_on_ideal_sites_breaks_everything() -> None:
    """32 atoms of an fcc alloy, half of them drawn at random: P1, of index 48 x 32, and only occupations are active."""
    parent, child = alloy("L1_1")
    species = np.array(["Cu", "Pt"])[np.random.default_rng(11).permutation(np.arange(32) % 2)]
    back = decompose(parent, structure_from_arrays(child.lattice, species.tolist(), child.coords))
    assert (number(back), index(back)) == (1, 1536)
    active = [e for e in back.irreps if e.role != "noise"]
    assert active and {e.kind for e in active} == {"occupation"}


def test_a_cell_at_the_resolution_of_its_file_is_no_target() -> None:
    parent = perovskite(3.905)
    tilted = 3.905 * np.array([[1.0, 1, 0], [-1, 1, 0], [0, 0, 2]])
    x = 0.0192
    sites = {"Ba": [[0.5, 0, 0.25], [0.5, 0, 0.75], [0, 0.5, 0.25], [0, 0.5, 0.75]]}
    sites["Ti"] = [[0, 0, 0], [0, 0, 0.5], [0.5, 0.5, 0], [0.5, 0.5, 0.5]]
    sites["O"] = [[0, 0, 0.25], [0, 0, 0.75], [0.5, 0.5, 0.25], [0.5, 0.5, 0.75]]
    for z, s in ((0.0, 1), (0.5, -1)):
        a, b = 0.25 + s * x, 0.25 - s * x
        sites["O"] += [[a, 0.5 + a, z], [b, a, z], [0.5 + b, b, z], [1 - b, 1 - a, z]]
    species = [e for e, rows in sites.items() for _ in rows]
    coords = np.round(np.array([row for rows in sites.values() for row in rows]), 6)
    lattice = tilted @ (np.eye(3) + np.diag([1.8e-7, 1.8e-7, -3.4e-7]))
    back = decompose(parent, structure_from_arrays(lattice, species, coords))
    assert primary(back) == {"R4+"} and number(back) == 140
    assert not [e for e in back.irreps if e.kind == "strain"]
    counted = [n for n in back.notices if "strain" in n.text]
    assert len(counted) == 1 and counted[0].code == "resolution" and counted[0].size < 1e-6


# --- decimals


@pytest.mark.parametrize(
    ("texts", "step"),
    [
        (["0.1234", "0.25", "0.5000", "0.3333"], 1e-4),
        (["0.25130", "0.02770", "0.28650", "0.24810"], 1e-4),
        (["0.1234(5)", "0.2340(5)", "0.98"], 1e-4),
        (["0.205", "0.1178231", "0.3312345", "0.998123", "0.1234567"], 1e-7),
        (["0.5", "0.25", "1/3", "?"], 0.0),
    ],
)
def test_written_decimals(texts: list[str], step: float) -> None:
    assert written_step(texts) == pytest.approx(step)


def test_precision_of_files_and_objects(tmp_path: Path) -> None:
    cell = ["5.4321(4)", "5.4321(4)", "7.9", "90", "90", "90"]
    found = stated_precision(
        np.diag([5.4321, 5.4321, 7.9]), coordinates=["0.1234"], cell=cell, occupancies=["0.52(2)", "1"]
    )
    assert found.position == pytest.approx(7.9e-4)
    assert found.length == pytest.approx(1.2e-3)  # three standard uncertainties
    assert found.occupancy == pytest.approx(0.06)
    path = tmp_path / "c.cif"
    write_cif(perovskite(), path)
    assert precision_of(read_structure(path)).occupancy == 0.0
    assert precision_of(perovskite()).position < 1e-7


# --- scatter on children of random subgroups


def parents() -> list[ParentCrystal]:
    names = ("batio3_cubic", "srtio3_cubic", "zro2_cubic", "lamno3_cubic", "ca3ti2o7_i4mmm")
    salt = structure_from_arrays(
        5.6 * np.eye(3),
        ["Na"] * 4 + ["Cl"] * 4,
        [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0.5] * 3],
    )
    return [*(parent_crystal(read_structure(STRUCTURES / f"{n}.cif")) for n in names), parent_crystal(salt)]


CELLS = ([[2, 0, 0], [0, 2, 0], [0, 0, 2]], [[1, 1, 0], [-1, 1, 0], [0, 0, 2]], [[0, 1, 1], [1, 0, 1], [1, 1, 0]],
         [[2, 0, 0], [0, 1, 0], [0, 0, 1]], [[2, 0, 0], [0, 2, 0], [0, 0, 1]])  # fmt: skip

CLEAR = 0.12
"""Å over the cell: six times the largest scatter, so that the group can be told at all."""


def noisy_child(seed: int, high: list[ParentCrystal]) -> tuple[ParentCrystal, Averaged, np.random.Generator]:
    rng = np.random.default_rng(seed)
    while True:
        parent, cell = high[int(rng.integers(len(high)))], np.array(CELLS[int(rng.integers(len(CELLS)))])
        child = averaged_child(parent, cell, rng, float(rng.uniform(0.15, 0.4)), int(rng.integers(1, 4)))
        if child is not None and child.index > 1 and smallest_step(child) > CLEAR:
            return parent, child, rng


def right_with_scatter(seeds: range, sigma: float) -> tuple[int, list[str]]:
    high, wrong = parents(), []
    for seed in seeds:
        parent, child, rng = noisy_child(seed, high)
        back = decompose(parent.structure, child.structure(sigma, rng))
        if (number(back), index(back)) != (child.number, child.index):
            wrong.append(f"{seed}: {child.number} ({child.index}), not {number(back)} ({index(back)})")
    return len(seeds) - len(wrong), wrong


@pytest.mark.parametrize(("sigma", "seeds"), [(0.005, range(4)), (0.02, range(4, 8))])
def test_scatter_makes_no_other_group(sigma: float, seeds: range) -> None:
    right, wrong = right_with_scatter(seeds, sigma)
    assert right == 4, wrong


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.0, 0.005, 0.01, 0.02])
def test_scatter_on_sixty_children(sigma: float) -> None:
    right, wrong = right_with_scatter(range(100, 160), sigma)
    assert right >= 58, wrong


# --- thermal motion of a tilted perovskite


def shaken(sigma: float, seed: int, symprec: float | None = None) -> Decomposition:
    """ABX3 in 2x2x2 cells of 4 Å, octahedra turned by 6 degrees about z in antiphase, all atoms with scatter (Å)."""
    cells = np.stack(np.meshgrid(*[[0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3)
    sites = np.vstack([np.zeros(3), np.full(3, 0.5), 0.5 * np.eye(3)])
    places = (cells[:, None] + sites).reshape(-1, 3)
    turned = places.copy()
    sense = np.tan(np.radians(6.0)) * 0.5 * (-1.0) ** cells.sum(axis=1)
    turned[2::5, 1] += sense  # X on the bond along x moves along y, that along y against x
    turned[3::5, 0] -= sense
    child = structure_from_arrays(8.0 * np.eye(3), ["Ti", "Ba", "O", "O", "O"] * 8, turned / 2)
    return decompose(perovskite(), scattered(child, sigma, np.random.default_rng(seed)), symprec=symprec)


def test_scatter_at_the_limit_does_not_end_half_way() -> None:
    """Scatter that is believed at one rung comes out above the limit at the next by chance: it is the same scatter."""
    for seed in (8, 15):
        found = shaken(0.04, seed)
        assert found.primary == ("R4+",) and number(found) == 140 and "scatter" in codes(found), seed


def test_scatter_that_is_too_large_to_be_believed_is_said() -> None:
    """All of it counts then, and the notice says so and names the option that leaves it out."""
    found = shaken(0.05, 10)
    assert number(found) == 1 and "scatter" not in codes(found)
    (notice,) = [n for n in found.notices if n.code == "large_scatter"]
    assert notice.size == pytest.approx(0.05, rel=0.2) and notice.option.startswith("--symprec ")
    asked = shaken(0.05, 10, float(notice.option.split()[1]))
    assert asked.primary == ("R4+",) and number(asked) == 140
