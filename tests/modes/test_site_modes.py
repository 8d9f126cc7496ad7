"""Modes by site and site irrep, domains, exports and uncertainties.

Numbers are ISODISTORT's for LaMnO3 (tutorial, exercise 8) and YMnO3; the rest are invariants.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import pytest
from command_line import CommandLine
from pairs import PAIRS, analysis, paths

from curiebreak.fields import representation
from curiebreak.modes import Analysis, analyse
from curiebreak.modes.child_setting import StandardSetting, undistorted_structure
from curiebreak.modes.decompose import decompose
from curiebreak.modes.domains import equivalent_children
from curiebreak.modes.entries import IrrepTable
from curiebreak.modes.iso_cif import free_sites, iso_cif_text, mode_matrix
from curiebreak.modes.mode_vectors import mode_vectors
from curiebreak.modes.site_modes import displacement_parts, orthonormal_rows
from curiebreak.structures import read_structure
from curiebreak.structures.cif_symbols import reference_symbols
from curiebreak.structures.operations import Operations, parse_operation, triplet, turned_uncertainties
from curiebreak.symmetry.isotypic import decompose_field, irreps_on
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.symmetry.rungs import selected_rank
from curiebreak.symmetry.settings import standard_operations

CRYSTALS = [name for name in PAIRS if name != "square"]

LAMNO3 = {
    "R5+[La:b:dsp]T1u(a)": 0.10589,
    "R5+[O:d:dsp]Eu(a)": 0.03074,
    "X5+[La:b:dsp]T1u(a)": 0.5718,
    "X5+[O:d:dsp]Eu(a)": 0.16831,
    "R4+[O:d:dsp]Eu(a)": 1.25554,
    "M2+[O:d:dsp]A2u(a)": 0.34776,
    "M3+[O:d:dsp]Eu(a)": 0.95635,
}


def modes(name: str) -> dict[str, float]:
    return {m.label: m.amplitude_supercell for e in IrrepTable(analysis(name)).entries() for m in e.modes}


def test_lamno3_modes_are_isodistorts() -> None:
    got = {re.sub(r"\[([A-Z][a-z]?)\d*:", r"[\1:", k): abs(v) for k, v in modes("lamno3").items()}
    strain = {k for k in got if "strain" in k}
    assert strain == {"GM1+strain(a)", "GM3+strain(a)", "GM5+strain(a)"}
    assert set(got) - strain == set(LAMNO3)
    for label, amplitude in LAMNO3.items():
        assert got[label] == pytest.approx(amplitude, abs=2e-4), label


@pytest.mark.parametrize("name", list(PAIRS))
def test_entry_amplitude_is_the_root_sum_square_of_its_modes(name: str) -> None:
    for entry in IrrepTable(analysis(name)).entries():
        squared = sum(m.amplitude_supercell**2 for m in entry.modes)
        assert squared == pytest.approx((entry.amplitude_supercell or 0.0) ** 2, abs=1e-12)


def test_strain_copies_are_numbered() -> None:
    assert {"GM1+strain_1(a)", "GM1+strain_2(a)"} <= set(modes("ymno3"))


@pytest.mark.parametrize("name", CRYSTALS)
def test_parts_add_up_and_go_with_the_group(name: str) -> None:
    parent = analysis(name).parent
    parts = displacement_parts(parent)
    assert np.abs(parts.projectors.sum(axis=0) - np.eye(3)).max() < 1e-9
    for g, rotation in enumerate(parent.rotations_cartesian):
        moved = rotation @ parts.projectors @ rotation.T
        assert np.abs(parts.projectors[:, parent.permutations[g]] - moved).max() < 1e-6


def test_site_irreps_of_a_cubic_perovskite() -> None:
    """A, B: T1u of m-3m; X: A2u + Eu of 4/mmm."""
    names = displacement_parts(analysis("lamno3").parent).names
    plain = {re.sub(r"(\[[A-Z][a-z]?)\d*:", r"\1:", name) for name in names}
    assert plain == {"[La:b:dsp]T1u", "[Mn:a:dsp]T1u", "[O:d:dsp]A2u", "[O:d:dsp]Eu"}


def test_orthonormal_rows() -> None:
    rows = orthonormal_rows(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    assert np.allclose(rows @ rows.T, np.eye(2)) and np.allclose(rows[0], [0.5**0.5, 0.5**0.5, 0.0])


@pytest.mark.parametrize("name", CRYSTALS)
def test_mode_vectors_are_complete(name: str) -> None:
    """Orthonormal, as many as free coordinates, and their sum is the distortion."""
    found = analysis(name)
    vectors = mode_vectors(found)
    flat = np.array([v.vectors.ravel() for v in vectors])
    assert np.abs(flat @ flat.T - np.eye(len(flat))).max() < 1e-9
    assert len(vectors) == selected_rank(found.group.field, found.group.operations)
    rebuilt = np.sum([v.amplitude * v.vectors for v in vectors], axis=0)
    assert np.abs(rebuilt - found.group.field.displacements).max() < 1e-9
    known, given = {v.label: v.amplitude for v in vectors}, modes(name)
    for label in set(given) & set(known):
        assert known[label] == pytest.approx(given[label], abs=1e-9)


@pytest.mark.parametrize("name", list(PAIRS))
def test_domains(name: str) -> None:
    """|G:H| different children, each with its own order parameter of the same length."""
    found = analysis(name)
    result = equivalent_children(found, listed=True)
    assert len(result.equivalents) == result.total == result.rotation * result.translation
    assert result.equivalents[0].operation == "x,y,z"
    numbers = Counter(d.rotation_domain for d in result.equivalents)
    assert set(numbers.values()) == {result.translation} and len(numbers) == result.rotation
    vectors = [np.concatenate([d.components[p] for p in found.primary]) for d in result.equivalents]
    keys = {tuple(np.round(v, 4) + 0.0) for v in vectors}
    assert len(keys) == result.total
    assert np.ptp([np.linalg.norm(v) for v in vectors]) < 1e-9


def test_lamno3_has_24_domains() -> None:
    """SCIENCE of the 2x2x2 cell: 384 operations, |H| = 16; the child's own cell would give 8 only."""
    assert len(analysis("lamno3").child_group.cosets) == 24
    assert equivalent_children(analysis("lamno3"), listed=True, limit=10).equivalents == ()


@pytest.mark.parametrize("name", CRYSTALS)
def test_iso_cif_reads_back(name: str, tmp_path: Path) -> None:
    """The file has the child's symmetry and amplitudes, and its mode matrix gives its coordinates."""
    found = analysis(name)
    path = tmp_path / "modes.cif"
    path.write_text(iso_cif_text(found))
    parent, child = paths(name)
    first, again = decompose(parent, child), decompose(parent, path)
    assert again.isotropy_subgroup is not None and first.isotropy_subgroup is not None
    assert again.isotropy_subgroup.number == first.isotropy_subgroup.number
    want = {(e.irrep, e.kind): e.amplitude_supercell for e in first.irreps}
    got = {(e.irrep, e.kind): e.amplitude_supercell for e in again.irreps}
    for key in want:
        assert got.get(key, 0.0) == pytest.approx(want[key], abs=1e-5), key
    block = gemmi.cif.read(str(path)).sole_block()
    values = np.array([float(x) for x in block.find_values("_iso_displacivemode_value")])
    norms = np.array([float(x) for x in block.find_values("_iso_displacivemodenorm_value")])
    deltas = np.array([float(x) for x in block.find_values("_iso_deltacoordinate_value")])
    matrix = np.zeros((len(deltas), len(values)))
    for row, column, value in block.find("_iso_displacivemodematrix_", ["row", "col", "value"]):
        matrix[int(row) - 1, int(column) - 1] = float(value)
    assert len(values) == len(deltas) and abs(np.linalg.det(matrix)) > 1e-6
    assert np.abs(matrix @ (norms * values) - deltas).max() < 1e-6
    group = gemmi.find_spacegroup_by_name(gemmi.cif.as_string(block.find_value("_space_group_name_H-M_alt")))
    operations = block.find_values("_space_group_symop_operation_xyz")
    listed = gemmi.GroupOps([gemmi.Op(gemmi.cif.as_string(x)) for x in operations])
    assert group.number == first.isotropy_subgroup.number
    assert listed == gemmi.get_spacegroup_reference_setting(group.number).operations()
    label = gemmi.cif.as_string(block.find_values("_iso_displacivemode_label")[0])
    assert re.match(r".*?\[.*?\](.*?)\(.*?\)(.*)", label)  # what GSAS-II's importer expects


def test_iso_cif_of_a_group_with_two_origins_has_the_second(tmp_path: Path) -> None:
    """ZrO2's P4_2/nmc stands in origin choice 2, where -x,-y,-z is an operation."""
    text = iso_cif_text(analysis("zro2"))
    assert "'P 42/n m c'" in text and "'-x,-y,-z'" in text
    assert "_space_group.reference_setting '137:-P 4ac 2a'" in text
    lattice = re.search(r"_iso_parentcell_length_a (\S+)", text)
    parent = read_structure(paths("zro2")[0])
    assert lattice is not None and float(lattice[1]) == pytest.approx(parent.lattice[0][0], abs=1e-6)


def test_iso_cif_formulas_give_the_listed_coordinates() -> None:
    setting = StandardSetting(analysis("ymno3"))
    sites = free_sites(setting)
    matrix, norms = mode_matrix(setting, sites, mode_vectors(setting.analysis))
    assert matrix.shape[0] == matrix.shape[1] == len(norms)
    moved = setting.displacement(setting.analysis.group.field.displacements)
    for site in sites:
        free = moved[site.atom][list(site.pivots)]
        assert np.abs(free @ site.patterns - moved[site.atom]).max() < 1e-9


@pytest.mark.parametrize("name", CRYSTALS)
def test_undistorted_parent_has_the_parents_symmetry(name: str) -> None:
    found = analysis(name)
    made = undistorted_structure(found)
    assert parent_crystal(made).number == found.parent.number
    assert np.linalg.det(made.lattice) == pytest.approx(
        np.linalg.det(found.distortion.supercell_basis) * np.linalg.det(found.parent.structure.lattice)
    )


def test_command_line_exports(command_line: CommandLine) -> None:
    parent, child = paths("lamno3")
    ran = command_line(
        "modes", parent, child, "--json", "--domains", "--quiet",
        "--csv", "m.csv", "--eigenvectors", "m.json", "--undistorted", "u.cif", "--isocif", "i.cif",
    )  # fmt: skip
    assert ran.code == 0 and len(ran.json["domains"]["equivalents"]) == 24
    rows = list(csv.DictReader(io.StringIO(Path("m.csv").read_text())))
    entries = ran.json["irreps"]
    assert len(rows) == sum(1 + len(e["modes"]) for e in entries)
    assert [r["irrep"] for r in rows if not r["mode"]] == [e["irrep"] for e in entries]
    document = json.loads(Path("m.json").read_text())
    total = np.sum([m["amplitude_supercell"] * np.array(m["vectors"]) for m in document["modes"]], axis=0)
    assert np.abs(total - [a["displacement"] for a in document["atoms"]]).max() < 1e-8
    assert len(read_structure("u.cif")) == len(read_structure("i.cif")) == 20
    command_line.refuses(2, "modes", parent, child, "--csv", "m.csv")


def test_domains_are_listed_on_request_only() -> None:
    parent, child = paths("ymno3")
    assert decompose(parent, child).domains.equivalents == ()
    assert len(decompose(parent, child, domains=True).domains.equivalents) == 6


CIF_WITH_ESD = """data_x
_cell_length_a 5.6
_cell_length_b 7.7
_cell_length_c 5.5
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_space_group_symop_operation_xyz
'x,y,z'
'-x,y+1/2,-z'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
La1 La 0.0492(12) 0.25 -0.0085(3)
"""


def test_uncertainties_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.cif"
    path.write_text(CIF_WITH_ESD)
    structure = read_structure(path)
    assert structure.uncertainties is not None
    assert np.allclose(structure.uncertainties, [[0.0012, 0.0, 0.0003]] * 2)


def test_uncertainties_turn_with_their_site() -> None:
    operations = Operations.of(map(parse_operation, ("x,y,z", "y,-x,z+1/2")))
    turned = turned_uncertainties(
        np.array([0.001, 0.002, 0.0]), np.array([[0.1, 0.2, 0.3], [0.2, -0.1, 0.8]]), operations
    )
    assert np.allclose(turned, [[0.001, 0.002, 0.0], [0.002, 0.001, 0.0]])


def test_amplitude_uncertainty_is_the_scatter_of_the_amplitude() -> None:
    """Against brute force: the sites move at random by their uncertainties, copies with them."""
    found = analysis("lamno3")
    child = found.distortion.child
    sigma = np.zeros(child.coords.shape)
    oxygen = np.array([s == "O" for s in child.species])
    sigma[oxygen] = 0.002
    stated = replace(found.distortion, child=replace(child, uncertainties=sigma))
    entries = {e.irrep: e for e in IrrepTable(analyse(stated)).entries() if e.kind == "displacement"}
    field, group = found.group.field, found.group.operations
    rng = np.random.default_rng(5)
    axes = found.distortion.supercell_basis @ found.parent.structure.lattice
    drawn: dict[str, list[float]] = {}
    moving = oxygen[found.distortion.child_atoms]
    rotations = found.parent.rotations_cartesian
    orbits = [np.unique(group.permutations[:, i]) for i in range(len(moving))]
    for _ in range(200):
        step = np.zeros_like(field.displacements)
        for atoms in {tuple(o) for o in orbits}:
            if not moving[atoms[0]]:
                continue
            free = (rng.normal(size=3) * 0.002) @ axes
            for g, image in zip(group.operation, group.permutations[:, atoms[0]], strict=True):
                step[image] = rotations[g] @ free
        step = group.average(step, rotations)
        modes_now = _amplitudes(found, field.displacements + step)
        for label, value in modes_now.items():
            drawn.setdefault(label, []).append(value)
    for label in ("R4+", "M3+", "M2+"):
        got = entries[label].amplitude_uncertainty
        assert got is not None
        # the copies on mirror planes lose the part of their step that the average removes
        assert 0.55 * got < np.std(drawn[label]) < 1.25 * got, label
    assert IrrepTable(found).entries()[0].amplitude_uncertainty is None


def _amplitudes(found: Analysis, displacements: np.ndarray) -> dict[str, float]:
    space, field = found.space, found.group.field
    values = space.from_atoms(displacements, field.site, field.cell_index)
    matrices = representation(1, "o", space.parent.rotations_cartesian)
    parts = decompose_field(space, values, matrices, irreps_on(space))
    return {p.irrep.label: p.squared**0.5 for p in parts if p.squared > 1e-12}


def test_standard_setting_is_that_of_the_symbol() -> None:
    """The symbols come from gemmi, the operations from spglib: equal for all groups."""
    for number in range(1, 231):
        symbol, _ = reference_symbols(number)
        listed = gemmi.get_spacegroup_reference_setting(number).operations()
        ours = {gemmi.Op(triplet(r, t)).wrap() for r, t in zip(*standard_operations(number), strict=True)}
        assert set(listed) == ours, (number, symbol)
