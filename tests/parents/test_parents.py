"""Parents from the child alone: exact averages, known pairs, noise, molecules, bad input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from pairs import PAIRS, STRUCTURES, paths

import curiebreak
from curiebreak import decompose
from curiebreak.parents import SearchOptions, search_parents
from curiebreak.parents.admissible import holds_child
from curiebreak.parents.averaging import exact_translations, multiplication
from curiebreak.parents.child import child_of, first_node
from curiebreak.parents.crystals import crystal_parents
from curiebreak.parents.found import Ladder
from curiebreak.parents.node import nearest_distances
from curiebreak.parents.point_groups import minimal_supergroups, nearly_kept
from curiebreak.parents.search import search
from curiebreak.parents.supergroups import Effort, GroupsDone
from curiebreak.report.parents_text import candidate_sections
from curiebreak.report.sections import Lines, Table
from curiebreak.results.parents import ParentSearch
from curiebreak.structures import Structure, read_structure, structure_from_arrays
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.symmetry.point_names import point_group_name
from curiebreak.symmetry.settings import standard_operations

CRYSTALS = [name for name in PAIRS if name != "square"]


def supercell(structure: Structure, sizes: tuple[int, int, int], sigma: float, seed: int = 0) -> Structure:
    """A larger cell with scatter on every coordinate."""
    steps = np.array(list(np.ndindex(*sizes)))
    frac = ((structure.coords[:, None] + steps[None]) / sizes).reshape(-1, 3)
    lattice = np.asarray(structure.lattice) * np.array(sizes)[:, None]
    noise = np.random.default_rng(seed).normal(0.0, sigma, frac.shape) if sigma else np.zeros(frac.shape)
    species = [s for s in structure.species for _ in steps]
    return structure_from_arrays(lattice, species, frac + noise @ np.linalg.inv(lattice))


def turned(structure: Structure, seed: int = 0) -> Structure:
    """A molecule in another orientation and order."""
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    order = rng.permutation(len(structure))
    coords = structure.coords[order] @ rotation.T + rng.normal(size=3)
    return structure_from_arrays(None, [structure.species[i] for i in order], coords)


# -- the parts -------------------------------------------------------------------------------------------------
def test_translations_become_exact_in_one_step() -> None:
    rotations, translations = standard_operations(62)
    rough = translations + np.random.default_rng(1).normal(0.0, 0.01, translations.shape)
    table = multiplication(rotations)
    assert table is not None
    exact = exact_translations(rotations, rough, table, 5.0 * np.eye(3), 1.0)
    assert exact is not None
    closed = exact[:, None] + np.einsum("aij,bj->abi", rotations, exact) - exact[table]
    assert np.abs(closed - np.round(closed)).max() < 1e-12
    assert exact_translations(rotations, rough, table, 5.0 * np.eye(3), 0.01) is None


def test_a_long_cell_has_no_more_nearly_kept_matrices_than_its_symmetry_needs() -> None:
    """A slab of 4 by 4 by 160 Å had 8,848 of them, and their table of products 0.6 GiB; shears by a whole cell stay."""
    assert [len(nearly_kept(np.diag([4.0, 4.0, 4.0 * ratio]))) for ratio in (1, 2, 5)] == [48, 48, 160]
    assert len(nearly_kept(np.diag([4.0, 4.0, 160.0]))) < 1000
    shear = np.array([[1, 0, 1], [0, -1, 0], [0, 0, -1]])  # order 2
    assert (nearly_kept(np.diag([4.0, 4.0, 160.0])) == shear).all(axis=(1, 2)).any()


def test_a_cubic_cell_nearly_keeps_48_matrices_and_its_smallest_groups_have_prime_index() -> None:
    lattice = np.diag([4.0, 4.05, 3.9])
    allowed = nearly_kept(lattice)
    assert len(allowed) == 48
    groups = minimal_supergroups(np.eye(3, dtype=np.int64)[None], allowed)
    # of m-3m: 9 two-fold axes, 9 mirrors, the inversion, 4 three-fold axes
    assert sorted(len(g.rotations) for g in groups) == [2] * 19 + [3] * 4
    for group in groups:
        assert len(group.cosets()) == len(group.rotations)


def test_the_order_of_the_elements_decides_nothing() -> None:
    """Three elements of two atoms each: translations were guessed from the first of them alone."""
    cell = [[3.71, 0.0, 0.01], [0.0, 3.0, 0.0], [-0.87, 0.0, 5.59]]
    atoms = {"Na": (0.23, 0.75, 0.34), "Mg": (0.35, 0.75, 0.89), "Al": (0.88, 0.75, 0.97)}
    found = set()
    for order in (("Na", "Mg", "Al"), ("Mg", "Al", "Na"), ("Al", "Mg", "Na")):
        species = [name for name in order for _ in range(2)]
        frac = [[s * x for x in atoms[name]] for name in order for s in (1, -1)]
        crystal = structure_from_arrays(cell, species, frac)
        found.add(tuple((c.symbol, c.index) for c in curiebreak.parents(crystal)))
    assert found == {(("P4/nmm", 4), ("Cmcm", 2))}


def test_what_the_search_does_not_see_of_the_child_is_said() -> None:
    """A tilt (I4/mcm, index 6) beside a polar shift of 4 mÅ along its axis, which leaves I4cm."""
    built = curiebreak.distort(STRUCTURES / "srtio3_cubic.cif", ["R5-(a,0,0)=0.3", "GM4-(0,0,a)=0.004"])
    first = curiebreak.parents(built.structure)[0]
    assert (first.symbol, first.index) == ("Pm-3m", 6)
    assert any("less than 0.01 Å leaves the child I4cm (108), of index 12" in note for note in first.notes)
    alone = curiebreak.distort(STRUCTURES / "srtio3_cubic.cif", ["R5-(a,0,0)=0.3"])
    assert not any("leaves the child" in note for note in curiebreak.parents(alone.structure)[0].notes)


def test_point_group_names() -> None:
    for name, symbol in (("octahedron.xyz", "Oh"), ("octahedron_along_z.xyz", "C4v"), ("ammonia.xyz", "C3v"),
                         ("ammonia_flat.xyz", "D3h"), ("square.xyz", "D4h"), ("rectangle.xyz", "D2h")):  # fmt: skip
        from curiebreak.symmetry.parent import parent_crystal

        assert point_group_name(parent_crystal(read_structure(STRUCTURES / name)).rotations_cartesian) == symbol


# -- crystals --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CRYSTALS)
def test_the_parent_of_a_shipped_pair_is_found(name: str) -> None:
    parent, child = paths(name)
    stated = decompose(parent, child)
    found = curiebreak.parents(child)
    assert (found[0].number, found[0].n_atoms) == (stated.parent.space_group.number, stated.parent.n_atoms)
    origins = [{o.shift: o.irrep for o in i.other_origins} | {(0.0, 0.0, 0.0): i.irrep} for i in found[0].irreps
               if i.irrep in found[0].primary]  # fmt: skip
    assert set(stated.primary) in [{names[shift] for names in origins} for shift in origins[0]]
    assert found[0].index == stated.index.translation * stated.index.point
    assert found[0].headline in ("aristotype", "both")


def test_the_candidate_is_an_exact_average_and_decompose_agrees_with_its_figures() -> None:
    child = read_structure(STRUCTURES / "lamno3_pnma.cif")
    for one in curiebreak.parents(child, top=3):
        built = read_structure(one.structure)
        kinds = [sorted(set(built.species)).index(s) + 1 for s in built.species]
        dataset = symmetry_dataset(np.asarray(built.lattice), built.coords, kinds, 1e-5)
        assert dataset is not None and dataset.number == one.number
        assert np.allclose(dataset.transformation_matrix, np.eye(3), atol=1e-6)
        mapped = decompose(built, child).mapping
        assert mapped is not None
        assert mapped.rms == pytest.approx(one.rms, abs=1e-4)
        assert mapped.dmax == pytest.approx(one.dmax, abs=1e-4)


@pytest.mark.parametrize(("sizes", "sigma"), [((1, 1, 1), 0.03), ((2, 1, 1), 0.0), ((1, 1, 2), 0.03)])
def test_supercells_and_noise_do_not_hide_the_parent(sizes: tuple[int, int, int], sigma: float) -> None:
    child = supercell(read_structure(STRUCTURES / "batio3_p4mm.cif"), sizes, sigma)
    first = curiebreak.parents(child, top=1)[0]
    assert (first.number, first.n_atoms) == (221, 5)


def test_every_average_holds_the_child() -> None:
    child = child_of(read_structure(STRUCTURES / "zro2_p42nmc.cif"))
    nodes = search(child, Effort(), 20.0).run()
    assert nodes
    for node in nodes:
        assert node.index == node.size * node.point_index
        moved = np.einsum("gij,mj->gmi", node.rotations, node.frac) + node.translations[:, None]
        rest = moved[:, :, None] - node.frac[None, None]
        rest -= np.round(rest)
        assert np.linalg.norm(rest @ node.lattice, axis=-1).min(axis=-1).max() < 2e-3
        assert node.displacements.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)


def test_an_average_over_translations_that_loses_an_operation_of_the_child_is_no_parent() -> None:
    """NbO2 in I4_1/a had a parent in P-4m2, which has no inversion: its places were permuted alike, 1.5 Å off."""
    node = first_node(child_of(read_structure(STRUCTURES / "zro2_p42nmc.cif")))
    assert holds_child(node)
    moved = node.frac.copy()
    moved[-1] += [0.1, 0.0, 0.0]
    assert not holds_child(replace(node, frac=moved))


def test_a_group_is_averaged_over_once_at_one_place() -> None:
    node = first_node(child_of(read_structure(STRUCTURES / "srtio3_cubic.cif")))  # 3.9 Å
    rotations, translations = standard_operations(62)
    order = np.random.default_rng(3).permutation(len(rotations))
    moved = [translations + s - np.einsum("gij,j->gi", rotations, s) for s in ([0.02, -0.01, 0.03], [0.2, 0.0, 0.0])]
    done = GroupsDone(node)
    done.add(node, rotations, translations)
    assert done.holds(node, rotations[order], moved[0][order])
    # 0.8 Å off it is another group, and so is one of a node that has torn hydrogen off, or of other atoms
    assert not done.holds(node, rotations, moved[1])
    # Pbnm and Pmcn are Pnma with other axes: the same rotations with other translations
    turned = np.roll(translations, 1, axis=1)
    assert not done.holds(node, rotations, turned)
    assert not done.holds(node, rotations[:4], translations[:4])


def water_ring(layers: int) -> Structure:
    """Squares of O-H...O, 2.7 Å a side with O-H 0.98 Å, in one sense of rotation, or in the other in each second."""
    square = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * 1.35
    species, coords = [], []
    for layer in range(layers):
        ahead = np.roll(square, (1, -1)[layer], axis=0) - square
        for flat in (square, square + 0.98 / 2.7 * ahead):
            coords += [[*point, 4.2 * layer] for point in flat]
        for x, y, z in ((0.0, 0.0, 0.5), (3.4, 3.4, 0.5), (3.4, 0.0, 0.0), (0.0, 3.4, 0.0)):
            coords.append([x, y, 4.2 * (layer + z)])
        species += ["O"] * 4 + ["H"] * 4 + ["K"] * 2 + ["Mg"] * 2
    lattice = np.diag([6.8, 6.8, 4.2 * layers])
    return structure_from_arrays(lattice, species, np.array(coords) @ np.linalg.inv(lattice))


@pytest.mark.parametrize("layers", [1, 2])
def test_hydrogen_goes_where_its_own_atom_goes_as_well_as_to_the_nearest(layers: int) -> None:
    """P4/m or P4/mcc from P4/mmm: mirrors, or a translation, turn each ring round.

    On the nearest hydrogen: in the middle of the edge, 1.35 Å from both oxygen atoms, 0.37 Å off. On its own oxygen: on
    the diagonal, 0.98/sqrt(2) Å from both its places.
    """
    nodes = search(child_of(water_ring(layers)), Effort(), 60.0).run()
    found = {}
    for node in nodes:
        if (node.number, node.index) == (123, 2):
            oxygen, hydrogen = (np.flatnonzero(node.kinds == kind) for kind in (0, 1))
            distance = nearest_distances(node.lattice, node.frac)[np.ix_(hydrogen, oxygen)].min(axis=1)
            found[node.hosts is None] = (node.dmax, *distance)
    assert found[True] == pytest.approx([0.37] + [1.35] * 4, abs=1e-3)
    assert found[False] == pytest.approx([0.98 / 2**0.5] * 5, abs=1e-3)


def test_two_averages_over_one_group_are_no_steps_between_each_other() -> None:
    found = crystal_parents(water_ring(1), SearchOptions(everything=True), 60.0, None)[0]
    pair = [one for one in found if (one.number, one.index) == (123, 2)]
    assert sorted(one.hydrogen_shared for one in pair) == [False, True]
    assert pair[0].holds(pair[1]) and not Ladder(pair).holds.any()


def test_a_single_atom_far_off_its_place_does_not_hide_the_parent() -> None:
    corners = np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]])
    ideal = np.concatenate([0.22 * corners, [[0.5] * 3], 0.5 + 0.17 * corners])
    shifts = np.array([0.5, 0.0, 0.0, 0.0, -0.9, 0.7, -0.3, -0.3, -0.3])[:, None] / np.sqrt(3)
    child = structure_from_arrays(4.8 * np.eye(3), ["Na"] * 4 + ["C"] + ["O"] * 4, ideal + shifts / 4.8)
    found = search(child_of(child), Effort(), 60.0, None).run()
    assert 215 in {node.number for node in found}


def test_species_taken_as_one_give_a_mixed_site() -> None:
    a, b = 7.9, 8.0  # rock-salt order of two B cations, a little stretched
    frac = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    species = ["Sc"] * 4 + ["Sb"] * 4 + ["Sr"] * 8 + ["O"] * 24
    corners = np.array(list(np.ndindex(2, 2, 2))) / 2 + 0.25
    edges = [np.eye(3)[i] * s * 0.251 for i in range(3) for s in (1, -1)]
    coords = [*frac, *(np.array(frac) + [0.5, 0, 0]), *corners, *(np.array(p) + e for p in frac for e in edges)]
    ordered = structure_from_arrays(np.diag([a, a, b]), species, coords)
    assert curiebreak.parents(ordered, top=1)[0].number == 225
    first = curiebreak.parents(ordered, same=[["Sc", "Sb"]], top=1)[0]
    assert (first.number, first.n_atoms) == (221, 5)
    assert "Sb0.5Sc0.5" in first.structure.species
    # the order itself is what the parent lacks
    assert any(irrep.kind == "occupation" and irrep.role == "primary" for irrep in first.irreps)


def random_crystal(atoms: int, rng: np.random.Generator) -> Structure:
    """Atoms of three kinds in a random cell, nothing nearer than 1.7 Å."""
    while True:
        lattice = np.diag(rng.uniform(0.8, 1.3, 3)) + rng.uniform(-0.25, 0.25, (3, 3))
        lattice *= (12.0 * atoms / abs(np.linalg.det(lattice))) ** (1 / 3)
        placed: list[np.ndarray] = []
        for _ in range(5000):
            x = rng.random(3)
            rest = np.array(placed).reshape(-1, 3) - x
            if np.linalg.norm((rest - np.round(rest)) @ lattice, axis=1).min(initial=9.0) > 1.7:
                placed.append(x)
            if len(placed) == atoms:
                return structure_from_arrays(lattice, [("Ti", "O", "O")[i % 3] for i in range(atoms)], placed)


def test_no_parent_is_invented_for_random_crystals() -> None:
    rng = np.random.default_rng(5)
    claimed = [len(curiebreak.parents(random_crystal(10 + i, rng), top=1)) for i in range(6)]
    assert sum(claimed) == 0


@pytest.mark.shared
@pytest.mark.slow
def test_no_parent_is_invented_for_the_shared_random_crystals(shared: Path) -> None:
    import gzip
    import json

    with gzip.open(shared / "data" / "parents" / "random_p1.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    large = []
    for row in rows:
        data = row.get("child") or row.get("structure") or row
        structure = structure_from_arrays(data["lattice"], data["species"], data["frac"])
        if len(structure) >= 10:
            large.append(bool(curiebreak.parents(structure, top=1)))
    assert sum(large) <= 0.03 * len(large) + 0.5


@pytest.mark.parametrize("name", ["srtio3_cubic.cif", "zro2_cubic.cif"])
def test_an_aristotype_has_no_parent(name: str) -> None:
    assert curiebreak.parents(STRUCTURES / name) == ()


def test_spglib_is_never_asked_at_a_loose_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    import spglib

    asked: list[float] = []

    def watched(function: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **options: float) -> object:
            asked.append(options["symprec"])
            return function(*given, **options)

        return call

    for name in ("get_symmetry_dataset", "standardize_cell"):
        monkeypatch.setattr(spglib, name, watched(getattr(spglib, name)))
    noisy = supercell(read_structure(STRUCTURES / "batio3_p4mm.cif"), (1, 1, 1), 0.03)
    for child in (read_structure(STRUCTURES / "lamno3_pnma.cif"), noisy):
        asked.clear()
        found = search_parents(child, SearchOptions(top=2, seconds=60.0)).candidates
        assert found[0].primary and asked and max(asked) <= 0.01


def test_no_irreps_are_begun_that_may_last_longer_than_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curiebreak.parents.api.EXPECTED", 1e3)
    result = search_parents(STRUCTURES / "batio3_p4mm.cif")
    assert [one.irreps for one in result.candidates] == [()] * len(result.candidates)
    assert result.candidates[0].symbol == "Pm-3m" and result.candidates[0].notes == ("no irreps: the clock ran out",)


def test_a_supercell_with_scatter_shows_its_aristotype_before_the_clock_ends() -> None:
    child = supercell(read_structure(STRUCTURES / "srtio3_i4mcm.cif"), (1, 2, 1), 0.03)
    order = [node.size for node in search(child_of(child), Effort(), 60.0).expansions()]
    assert order == sorted(order, reverse=True) and order[0] == 8


def test_filters() -> None:
    child = STRUCTURES / "lamno3_pnma.cif"
    assert {one.number for one in curiebreak.parents(child, group="P4/mbm")} == {127}
    assert all(one.dmax <= 0.3 for one in curiebreak.parents(child, max_displacement=0.3))
    assert all(one.size == 4 for one in curiebreak.parents(child, size=4))
    assert curiebreak.parents(child, polar=True) == ()
    everything = curiebreak.parents(child, everything=True, top=50)
    assert any(one.score <= 0 for one in everything)
    assert all(one.score > 0 for one in curiebreak.parents(child, top=50))


# -- molecules -------------------------------------------------------------------------------------------------
def ring(count: int, radius: float, height: float = 0.0, turn: float = 0.0) -> list[list[float]]:
    angles = 2 * np.pi * np.arange(count) / count + turn
    return [[radius * np.cos(a), radius * np.sin(a), height] for a in angles]


GOLDEN = (1 + 5**0.5) / 2
ICOSAHEDRON = [p for a in (-1.0, 1.0) for b in (-GOLDEN, GOLDEN) for p in ([0.0, a, b], [a, b, 0.0], [b, 0.0, a])]
MOLECULES = {
    "Oh": (["S"] + ["F"] * 6, [[0, 0, 0], *(s * 1.56 * e for e in np.eye(3) for s in (1, -1))]),
    "Td": (["C"] + ["Cl"] * 4, [[0, 0, 0], *([x, y, x * y] for x in (1, -1) for y in (1, -1))]),
    "D3h": (["B"] + ["F"] * 3, [[0, 0, 0], *ring(3, 1.31)]),
    "D4h": (["Xe"] + ["F"] * 4, [[0, 0, 0], *ring(4, 1.95)]),
    "D6h": (["C"] * 6 + ["H"] * 6, ring(6, 1.40) + ring(6, 2.48)),
    "Ih": (["B"] * 12, [[0.93 * x for x in p] for p in ICOSAHEDRON]),
    "C3v": (["P"] + ["Cl"] * 3, [[0, 0, 0.9], *ring(3, 1.84)]),
    "D2d": (["C"] * 3 + ["H"] * 4, [[0, 0, 0], [0, 0, 1.31], [0, 0, -1.31], [0.93, 0, 1.87], [-0.93, 0, 1.87],
                                     [0, 0.93, -1.87], [0, -0.93, -1.87]]),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n == "Ih" else n for n in MOLECULES])
def test_bent_molecules_find_their_group_in_any_orientation(name: str) -> None:
    species, coords = MOLECULES[name]
    rng = np.random.default_rng(3)
    for seed in range(2):
        bent = np.array(coords, dtype=float) + rng.normal(0.0, 0.04, (len(species), 3))
        child = turned(structure_from_arrays(None, species, bent), seed)
        found = curiebreak.parents(child, top=3, seconds=300.0)
        assert found[0].point_group == name
        assert found[0].structure.lattice is None
        if name == "Ih":
            assert any("no irreps" in note for note in found[0].notes)
        else:
            assert found[0].primary


def test_a_bent_molecule_is_told_that_linear_parents_are_not_looked_for() -> None:
    bent = structure_from_arrays(None, ["C", "O", "S"], np.array([[0.0, 0.2, 0.0], [1.16, 0.0, 0.0], [-1.56, 0, 0]]))
    for child, said in ((bent, True), (read_structure(STRUCTURES / "ammonia.xyz"), False)):
        assert any("linear" in one for one in search_parents(child).messages) is said


# -- the command -----------------------------------------------------------------------------------------------
def test_command_writes_a_parent_that_other_commands_take(command_line: CommandLine) -> None:
    child = STRUCTURES / "batio3_p4mm.cif"
    ran = command_line("parent", child, "-o", "parent.cif", "--plot", "tree.png", "--json")
    assert ran.code == 0
    result = ParentSearch.from_json(ran.out)
    assert result.status == "ok" and result.candidates[0].symbol == "Pm-3m"
    assert Path("tree.png").stat().st_size > 5000
    again = command_line("modes", "parent.cif", child, "--json")
    assert again.json["primary"] == ["GM4-"]
    text = command_line("parent", child)
    assert "Pm-3m (221)" in text.out and "aristotype" in text.out


def test_irreps_below_what_counts_are_counted_not_listed() -> None:
    noisy = supercell(read_structure(STRUCTURES / "batio3_p4mm.cif"), (1, 1, 1), 0.004)
    result = search_parents(noisy, SearchOptions(top=2))
    small = [one for one in result.candidates[0].irreps if one.role == "noise"]
    listed, remarks = candidate_sections(result)[4::2]
    assert small and isinstance(listed, Table) and isinstance(remarks, Lines)
    assert all("noise" not in row for row in listed.rows)
    number = f"1: {len(small)} irrep{'s' if len(small) > 1 else ''} below what counts"
    assert any(line.startswith(number) for line in remarks.lines)


def test_no_parent_is_an_answer(command_line: CommandLine) -> None:
    ran = command_line("parent", STRUCTURES / "srtio3_cubic.cif", "--json")
    assert ran.code == 0
    assert ran.json["status"] == "no_parent" and ran.json["candidates"] == []
    assert "its own aristotype" in ran.json["messages"][0]


def test_the_clock_stops_the_search(command_line: CommandLine) -> None:
    child = supercell(read_structure(STRUCTURES / "lamno3_pnma.cif"), (1, 1, 1), 0.03)
    from curiebreak.structures import write_structure

    write_structure(child, "noisy.vasp")
    ran = command_line("parent", "noisy.vasp", "--seconds", "0.3", "--json")
    assert ran.code == 0 and ran.json["stopped"]
    assert "search stopped" in " ".join(ran.json["messages"])


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["absent.cif"], 3, "does not exist"),
        ([STRUCTURES / "batio3_p4mm.cif", "--group", "P9"], 3, "no space group"),
        ([STRUCTURES / "batio3_p4mm.cif", "--same", "Ba,Sr"], 3, "Sr"),
        ([STRUCTURES / "batio3_p4mm.cif", "--seconds", "0"], 2, "seconds"),
        ([STRUCTURES / "batio3_p4mm.cif", "--parent-rank", "40", "-o", "p.cif"], 2, "rank 40"),
        ([STRUCTURES / "batio3_p4mm.cif", "-o", "p.txt"], 3, "format"),
        (["one.vasp"], 3, "one atom"),
        (["two.vasp"], 3, "closer than"),
    ],
)
def test_bad_input_is_one_sentence(command_line: CommandLine, words: list[object], code: int, part: str) -> None:
    Path("one.vasp").write_text("Po\n1.0\n3 0 0\n0 3 0\n0 0 3\nPo\n1\nDirect\n0 0 0\n")
    Path("two.vasp").write_text("Po\n1.0\n3 0 0\n0 3 0\n0 0 3\nPo\n2\nDirect\n0 0 0\n0 0 0.001\n")
    ran = command_line("parent", *words)
    assert ran.code == code and part in ran.err
    assert ran.out == "" and "Traceback" not in ran.err


@pytest.mark.parametrize("suffix", ["pdf", "png", "html"])
def test_reports_of_a_search(command_line: CommandLine, suffix: str) -> None:
    for child in ("batio3_p4mm.cif", "srtio3_cubic.cif"):
        command_line("parent", STRUCTURES / child, "-o", "p.json", "--force", "--quiet")
        ran = command_line("report", "p.json", "-o", f"p.{suffix}", "--force")
        assert ran.code == 0, ran.err
        assert Path(f"p.{suffix}").stat().st_size > 5000
    if suffix == "html":
        assert "no parent" in Path("p.html").read_text()
