"""The formats of `--write`: each read back by another program's reader, or by the published rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import gemmi
import numpy as np
import pytest
from command_line import CommandLine
from pairs import PAIRS, analysis, paths
from small_cifs import cif, cubic

from curiebreak.modes.child_setting import ChildSetting, StandardSetting
from curiebreak.modes.decompose import analyse_pair
from curiebreak.modes.exports import mode_matrices_json
from curiebreak.modes.fullprof import fullprof_text
from curiebreak.modes.iso_cif import iso_cif_text
from curiebreak.modes.vesta import vesta_text
from curiebreak.options.shared import FORMATS
from curiebreak.structures import read_structure
from curiebreak.structures.checks import structure_from_arrays
from curiebreak.symmetry.wyckoff import wyckoff_letters

CRYSTALS = [name for name in PAIRS if name != "square"]
_ORDERED = (
    cubic(4.0), "F m -3 m", ("Cu1", "Cu", 0, 0, 0, 0.25), ("Pt1", "Pt", 0, 0, 0, 0.75)
)  # fmt: skip
_L12 = (cubic(4.0), "P m -3 m", ("Cu1", "Cu", 0, 0, 0, 1), ("Pt1", "Pt", 0, 0.5, 0.5, 1))


def _block(text: str) -> gemmi.cif.Block:
    return gemmi.cif.read_string(text).sole_block()


def _numbers(block: gemmi.cif.Block, tag: str) -> np.ndarray:
    return np.array([float(x) for x in block.find_values(tag)])


def _rebuilt(block: gemmi.cif.Block, kind: str, rows: int) -> np.ndarray:
    """M n A of one kind of mode, by the sentence that stands above the matrix in ISODISTORT's files."""
    values, norms = (_numbers(block, f"_iso_{kind}mode{tag}_value") for tag in ("", "norm"))
    matrix = np.zeros((rows, len(values)))
    for row, column, value in block.find(f"_iso_{kind}modematrix_", ["row", "col", "value"]):
        matrix[int(row) - 1, int(column) - 1] = float(value)
    return matrix @ (norms * values)


@pytest.mark.parametrize("name", CRYSTALS)
def test_strain_modes_give_the_strain_of_the_cell(name: str) -> None:
    """The listed strain is that of the parent's cell: it carries its metric into the child's."""
    found = analysis(name)
    block = _block(iso_cif_text(found))
    strain = _numbers(block, "_iso_strain_value")
    assert np.abs(_rebuilt(block, "strain", 6) - strain).max() < 1e-6
    xx, yy, zz, yz, xz, xy = strain
    stretch = np.eye(3) + np.array([[xx, xy / 2, xz / 2], [xy / 2, yy, yz / 2], [xz / 2, yz / 2, zz]])
    volume = np.linalg.det(np.asarray(found.parent.lattice)) * found.space.size * np.linalg.det(stretch)
    lengths = [float(block.find_value(f"_cell_length_{x}")) for x in "abc"]
    angles = [float(block.find_value(f"_cell_angle_{x}")) for x in ("alpha", "beta", "gamma")]
    cell = gemmi.UnitCell(*lengths, *angles)
    number = int(block.find_value("_space_group_IT_number"))
    centrings = len(gemmi.get_spacegroup_reference_setting(number).operations().cen_ops)
    assert cell.volume / centrings == pytest.approx(volume, rel=1e-6)


def test_occupation_modes_of_an_ordered_alloy(tmp_path: Path) -> None:
    """Pt3Cu orders by X1+: ISODISTORT gives 0.86603 for both elements, with opposite signs."""
    parent, child = tmp_path / "p.cif", tmp_path / "c.cif"
    parent.write_text(cif(*_ORDERED))
    child.write_text(cif(*_L12))
    found, _, _ = analyse_pair(parent, child)
    block = _block(iso_cif_text(found))
    changes = _numbers(block, "_iso_deltaoccupancy_value")
    assert np.abs(_rebuilt(block, "occupancy", 4) - changes).max() < 1e-6
    labels = [gemmi.cif.as_string(x) for x in block.find_values("_iso_occupancymode_label")]
    values = dict(zip(labels, _numbers(block, "_iso_occupancymode_value"), strict=True))
    sizes = {name.split("[")[2].split(":")[0]: value for name, value in values.items() if "X1+(a;a;a)" in name}
    assert {k: abs(v) for k, v in sizes.items()} == pytest.approx({"Cu": 0.866025, "Pt": 0.866025}, abs=1e-5)
    assert sizes["Cu"] * sizes["Pt"] < 0
    rows = block.find("_atom_site_", ["label", "occupancy"])
    listed = {row[0]: float(row[1]) for row in rows}
    for label, formula in block.find("_iso_occupancy_", ["label", "formula"]):
        start = gemmi.cif.as_string(formula).split("+")[0]
        top, _, bottom = start.partition("/")
        change = dict(zip(block.find_values("_iso_deltaoccupancy_label"), changes, strict=True))
        site = label.removesuffix("_occ")
        assert float(top) / float(bottom or 1) + change[f"{site}_do"] == pytest.approx(listed[site])
    written = tmp_path / "iso.cif"
    written.write_text(iso_cif_text(found))
    assert len(read_structure(written)) == 4


def test_wyckoff_letters_are_those_of_the_tables() -> None:
    """International Tables A: P-1, P4/mmm (as in a file of ISODISTORT 6.12 for SrTiO3), Fd-3m and R-3m."""
    skew = np.array([[5.0, 0, 0], [0.3, 6, 0], [0.4, 0.5, 7]])
    centres = [(0, 0, 0), (0, 0, 0.5), (0, 0.5, 0), (0.5, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)]
    assert "".join(wyckoff_letters(2, skew, np.array(centres, dtype=float))) == "abcdefg"
    places = [(0.5, 0.5, 0.74), (0, 0, 0), (0, 0, 0.5), (0, 0.5, 0), (0, 0.5, 0.5), (0, 0, 0.777)]
    assert "".join(wyckoff_letters(123, np.diag([3.9, 3.9, 7.8]), np.array(places))) == "habfeg"
    diamond = [(0.125,) * 3, (0.375,) * 3, (0.0,) * 3, (0.5,) * 3]
    assert "".join(wyckoff_letters(227, np.diag([8.0] * 3), np.array(diamond))) == "abcd"
    hexagonal = np.array([[5.0, 0, 0], [-2.5, 5 * 0.75**0.5, 0], [0, 0, 14.0]])
    sites = [(0, 0, 0), (0, 0, 0.5), (0, 0, 0.2), (0.5, 0, 0.5), (0.5, 0, 0)]
    assert "".join(wyckoff_letters(166, hexagonal, np.array(sites))) == "abcde"


@pytest.mark.parametrize("start", [0, 1, 2])
def test_the_origin_of_an_enlarged_cell_is_one_of_its_own(start: int) -> None:
    """Of the translations of a parent only those that keep the group lead from one origin to another.

    A zigzag of period three along a in Pmmm: the twofold axis through its first atom stands on the listed origin.
    """
    parent = structure_from_arrays(np.diag([3.0, 4.0, 5.0]), ["Po"], np.zeros((1, 3)))
    shifts = np.array([[0, 0, 0.0], [0, 0.02, 0.03], [0, -0.02, 0.03]])
    base = np.array([[(i + start) / 3, 0, 0] for i in range(3)]) + shifts
    child = structure_from_arrays(np.diag([9.0, 4.0, 5.0]), ["Po"] * 3, base % 1.0)
    found, _, _ = analyse_pair(parent, child)
    block = _block(iso_cif_text(found))
    number = int(block.find_value("_space_group_IT_number"))
    operations = [gemmi.Op(gemmi.cif.as_string(x)) for x in block.find_values("_space_group_symop_operation_xyz")]
    assert gemmi.GroupOps(operations) == gemmi.get_spacegroup_reference_setting(number).operations()


@pytest.mark.parametrize("name", CRYSTALS)
def test_fullprof_amplitudes_move_the_atoms_to_the_child(name: str) -> None:
    """x = x0 + sum Q e, as FullProf adds it up, is the child of the isotropy CIF."""
    found = analysis(name)
    text = fullprof_text(StandardSetting(found))
    coordinates = _block(iso_cif_text(found)).find("_atom_site_", ["fract_x", "fract_y", "fract_z"])
    want = np.array([[float(x) for x in row] for row in coordinates])
    atoms = re.findall(r"^(\w+) +[A-Z]+ +(-?\d\.\d+) +(-?\d\.\d+) +(-?\d\.\d+)  0\.3", text, re.M)
    amplitudes = [float(x) for x in re.findall(r"^Q\d+_\S+ +(-?\d+\.\d+) +0\.00$", text, re.M)]
    places = {name: np.array(list(map(float, xyz))) for name, *xyz in atoms}
    vectors = re.findall(r"^ +(\d+)  (\w+) +\S+ +(-?\d\.\d+) +(-?\d\.\d+) +(-?\d\.\d+) +1\.00$", text, re.M)
    assert f"V_MODES {len(vectors):4d}" in text and f"A_MODES {len(amplitudes):4d}" in text
    for number, atom, *xyz in vectors:
        places[atom] = places[atom] + amplitudes[int(number) - 1] * np.array(list(map(float, xyz)))
    assert np.abs(np.array(list(places.values())) - want).max() < 5e-6


_LMO_CELL = np.array([5.53646, 5.74718, 7.69271])
_LMO_SITES = {"La": (0, 0.5, 0.25), "Mn": (0, 0, 0), "O1": (0.75, 0.25, 0), "O2": (0.5, 0.5, 0.75)}
_LMO_MODES: tuple[tuple[str, float, dict[str, tuple[float, float, float]]], ...] = (
    ("R4+", -1.18838, {"O1": (0, 0, -2.89988), "O2": (-4.17410, 0, 0)}),
    ("R5+", -0.08612, {"La": (0.42779, 0, 0)}),
    ("R5+", 0.01843, {"O1": (0, 0, -0.04496), "O2": (0.06472, 0, 0)}),
    ("X5+", -0.54412, {"La": (0, 2.80571, 0)}),
    ("X5+", -0.14343, {"O2": (0, 0.73958, 0)}),
    ("M2+", 0.35429, {"O1": (0.87993, -0.91342, 0)}),
    ("M3+", 0.90560, {"O1": (-2.24920, -2.33480, 0)}),
)
"""What FullProf made of AMPLIMODES' modes of LaMnO3 in Pbnm: irrep, amplitude, ten times each atom's displacement in Å.

From the files LMO_Modes_Pbnm_ani_1_mode_1.fst to _7.fst, CrysFML2008, Testing/CIFs/FST. Mn stands on the origin.
"""
_PBNM = (
    ((1, 1, 1), (0, 0, 0)), ((1, -1, -1), (0.5, 0.5, 0)), ((-1, 1, -1), (0.5, 0.5, 0.5)), ((-1, -1, 1), (0, 0, 0.5))
)  # fmt: skip
"""Half of the group, the rest by inversion."""


def _fullprof_lines(text: str, keyword: str) -> tuple[list[int], list[list[str]]]:
    """Numbers behind a keyword, and the rows up to the next one; lines that start with ! are comments."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("!")]
    start = next(number for number, words in enumerate(lines) if words[0] == keyword)
    rows = lines[start + 1 :]
    ends = [number for number, words in enumerate(rows) if words[0].endswith("_MODES")]
    return [int(word) for word in lines[start][1:]], rows[: ends[0]] if ends else rows


def test_fullprof_modes_are_those_of_fullprof() -> None:
    """Those that FullProf itself wrote for the same crystal: x = x0 + sum Q e, e in fractions of the cell for 1 Å."""
    places: list[np.ndarray] = []
    species: list[str] = []
    for name, start in _LMO_SITES.items():
        total = np.sum([np.array(mode[2].get(name, (0, 0, 0))) for mode in _LMO_MODES], axis=0)
        moved = np.array(start) + total / 10 / _LMO_CELL
        images = np.array([np.array(r) * moved + t for r, t in _PBNM])
        orbit = np.unique(np.round(np.concatenate([images, -images]) % 1, 5) % 1, axis=0)
        places += list(orbit)
        species += [name.rstrip("12")] * len(orbit)
    child = structure_from_arrays(np.diag(_LMO_CELL), species, np.array(places))
    edge = (np.prod(_LMO_CELL) / 4) ** (1 / 3)
    cubic_sites = np.array([[0.5] * 3, [0] * 3, [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    parent = structure_from_arrays(np.eye(3) * edge, ["La", "Mn", "O", "O", "O"], cubic_sites)
    text = fullprof_text(StandardSetting(analyse_pair(parent, child)[0]))
    (count, irreps), amplitudes = _fullprof_lines(text, "A_MODES")
    assert (count, irreps) == (len(amplitudes), 5) == (7, 5)
    found = sorted((name.split("_")[1], round(abs(float(value)), 4)) for name, value, _ in amplitudes)
    assert [irrep for irrep, _ in found] == sorted(irrep for irrep, _, _ in _LMO_MODES)
    want = sorted((irrep, abs(value)) for irrep, value, _ in _LMO_MODES)
    assert [value for _, value in found] == pytest.approx([value for _, value in want], abs=1e-4)
    # vectors by irrep and size: Pnma's b, c, a are Pbnm's a, b, c up to sign and order
    (lines,), vectors = _fullprof_lines(text, "V_MODES")
    assert lines == len(vectors) == 9
    written = sorted((row[2], *sorted(round(abs(float(x)), 4) for x in row[3:6])) for row in vectors)
    theirs = [
        (irrep, *sorted(np.round(np.abs(np.array(moved) / 10 / _LMO_CELL / value), 4)))
        for irrep, value, atoms in _LMO_MODES
        for moved in atoms.values()
    ]
    for one, other in zip(written, sorted(theirs), strict=True):
        assert one[0] == other[0] and one[1:] == pytest.approx(other[1:], abs=3e-4)


@pytest.mark.parametrize("name", CRYSTALS)
def test_fullprof_blocks_name_only_what_is_listed(name: str) -> None:
    """Modes are numbered from 1 in both blocks, and the atoms of the vectors are those of the atom list."""
    text = fullprof_text(StandardSetting(analysis(name)))
    (count, irreps), amplitudes = _fullprof_lines(text, "A_MODES")
    (lines,), vectors = _fullprof_lines(text, "V_MODES")
    assert count == len(amplitudes) and lines == len(vectors)
    assert [row[0].split("_")[0] for row in amplitudes] == [f"Q{number}" for number in range(1, count + 1)]
    assert {int(row[0]) for row in vectors} == set(range(1, count + 1))
    names = [row[0].split("_")[1] for row in amplitudes]
    assert len(set(names)) == irreps and all(row[2] == names[int(row[0]) - 1] for row in vectors)
    assert {row[1] for row in vectors} <= set(re.findall(r"^(\w+) +[A-Z]+ +-?\d\.", text, re.M))


@pytest.mark.parametrize("name", CRYSTALS)
def test_vesta_arrows_lead_to_the_child(name: str, tmp_path: Path) -> None:
    """Another program's parser reads the file; undistorted atoms and all arrows are the child, before its strain."""
    parser = pytest.importorskip("vestacrystparser.parser")
    found = analysis(name)
    path = tmp_path / "arrows.vesta"
    path.write_text(vesta_text(ChildSetting(found)))
    read = parser.VestaFile(str(path))
    lengths = np.array(read.get_cell()[:3])
    undistorted = np.array([row[-3:] for row in read.get_structure()], dtype=float)
    moved, vectors, current = undistorted.copy(), read["VECTR"].data, None
    for row in vectors:
        if len(row) == 5 and any(isinstance(x, float) for x in row[1:4]):
            current = np.array(row[1:4], dtype=float)
        elif row[0]:
            # components are along the unit vectors of the axes
            moved[row[0] - 1] += current / lengths
    lattice = np.asarray(found.distortion.supercell_basis @ np.asarray(found.parent.structure.lattice))
    made = structure_from_arrays(lattice, [row[1] for row in read.get_structure()], moved % 1.0)
    assert read.nvectors == len(read["VECTT"].data) - 1 > 0
    want = {m.label: m.squared**0.5 for m in found.modes if m.kind == "displacement"}
    again, _, _ = analyse_pair(paths(name)[0], made)
    got = {m.label: m.squared**0.5 for m in again.modes if m.kind == "displacement"}
    assert {k: got.get(k, 0.0) for k in want} == pytest.approx(want, abs=2e-4)


@pytest.mark.parametrize("name", CRYSTALS)
def test_mode_matrices_rebuild_the_child(name: str) -> None:
    found = analysis(name)
    document = json.loads(mode_matrices_json(found))
    total = sum(np.array(one["matrix"]) @ np.array(one["amplitudes"]) for one in document.values())
    assert np.abs(total.reshape(-1, 3) - found.group.field.displacements).max() < 1e-8
    columns = np.concatenate([np.array(one["matrix"]) for one in document.values()], axis=1)
    assert np.abs(columns.T @ columns - np.eye(columns.shape[1])).max() < 1e-8
    assert all(len(one["matrix"]) == 3 * len(one["atoms"]) for one in document.values())


# -- the option ----------------------------------------------------------------------------------------------------
def _same_child(parent: Path, child: Path, made: Path) -> None:
    first, again = analyse_pair(parent, child)[0], analyse_pair(parent, made)[0]
    want = {m.label: m.squared**0.5 for m in first.modes}
    assert {m.label: m.squared**0.5 for m in again.modes} == pytest.approx(want, abs=1e-5)


def test_every_format_from_the_command_line(command_line: CommandLine) -> None:
    parent, child = paths("lamno3")
    files = {form: f"child-{form}" for form in FORMATS if form != "mcif"}
    files |= {"cif": "c.cif", "poscar": "POSCAR", "xyz": "c.xyz", "isocif": "i.cif"}
    options = [word for form, file in files.items() for word in ("--write", f"{form}:{file}")]
    ran = command_line("modes", parent, child, *options)
    assert ran.code == 0 and [line for line in ran.err.splitlines() if line.startswith("written: ")] == [
        f"written: {file}" for file in files.values()
    ]
    for name in ("c.cif", "POSCAR", "c.xyz", "i.cif"):
        _same_child(parent, child, Path(name))
    command_line.refuses(2, "modes", parent, child, "--write", "cif:c.cif")
    again = command_line.refuses(2, "modes", parent, child, "--write", "sif:d.cif")
    assert "isocif" in again.err
    command_line.refuses(2, "modes", parent, child, "--write", "cif:d.cif", "--write", "poscar:d.cif")
    command_line.refuses(3, "modes", parent, child, "--write", "mcif:d.mcif")


def test_special_options_are_the_same_files(command_line: CommandLine) -> None:
    pair = paths("srtio3")
    words = ("--isocif", "a.cif", "--topas", "a.str", "--write", "isocif:b.cif", "--write", "topas:b.str", "--quiet")
    assert command_line("modes", *pair, *words).code == 0
    for suffix in ("cif", "str"):
        assert Path(f"a.{suffix}").read_text() == Path(f"b.{suffix}").read_text()


def test_a_molecule_has_an_xyz_file_only(command_line: CommandLine) -> None:
    pair = paths("square")
    assert command_line("modes", *pair, "--write", "xyz:made.xyz", "--quiet").code == 0
    assert len(read_structure("made.xyz")) == 4
    command_line.refuses(3, "modes", *pair, "--write", "vesta:made.vesta")


def test_a_step_writes_into_the_folder_of_its_results(tmp_path: Path, command_line: CommandLine) -> None:
    parent, child = paths("srtio3")
    Path("r.yaml").write_text(f"run: modes\nparent: {parent}\nchild: {child}\nwrite: [isocif:i.cif, 'vesta:v.vesta']\n")
    assert command_line("run", "r.yaml", "-o", "out", "--quiet").code == 0
    assert {"i.cif", "v.vesta"} <= {path.name for path in Path("out").iterdir()}


def test_a_built_child_and_an_intermediate_are_written(command_line: CommandLine) -> None:
    parent, child = paths("lamno3")
    ran = command_line("distort", parent, "R4+(0,b,b)=0.9", "--write", "isocif:d.cif", "--write", "poscar:POSCAR", "-q")
    assert ran.code == 0 and "_space_group_IT_number 74" in Path("d.cif").read_text()
    _same_child(parent, Path("d.cif"), Path("POSCAR"))
    assert command_line("intermediate", parent, child, "--subgroup", "Imma", "--write", "topas:i.str", "-q").code == 0
    assert "space_group 74" in Path("i.str").read_text()
    command_line.refuses(2, "intermediate", parent, child, "--write", "topas:j.str")
    series = ("--grid", "R4+", "0:1:3", "R4+(0,b,b)", "-o", "s.cif")
    command_line.refuses(2, "distort", parent, *series, "--write", "cif:d2.cif")
    command_line.refuses(2, "distort", parent, "--list-directions", "R4+", "--write", "cif:d2.cif")


@pytest.mark.slow
def test_find_writes_the_child_of_its_answer(command_line: CommandLine) -> None:
    pair = paths("srtio3")
    assert command_line("find", *pair, "--write", "isocif:i.cif", "--quiet", "-o", "f.json").code == 0
    _same_child(*pair, Path("i.cif"))
