"""Readers and writers: what files mean, and how bad ones are refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from curiebreak.errors import InputError
from curiebreak.structures import (
    Structure,
    read_structure,
    species_name,
    structure_from_arrays,
    write_cif,
    write_structure,
)
from curiebreak.structures.checks import TOO_NEAR
from curiebreak.structures.elements import label_element, plain_element
from curiebreak.structures.operations import parse_operation
from curiebreak.structures.spacegroup import kind_numbers, symmetry_dataset

CELL = """_cell_length_a 4.0(2)
_cell_length_b 4.0
_cell_length_c 4.0
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
"""
SITES = """loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""
PEROVSKITE = "La1 La3+ 0.5 0.5 0.5 1\nMn1 Mn3+ 0 0 0 ?\nO1 O2- 0.5(1) 0 0 .\n"


def cif(folder: Path, body: str, name: str = "test.cif") -> Path:
    path = folder / name
    path.write_text("data_test\n" + body)
    return path


def group_number(structure: Structure, symprec: float = 1e-3) -> int:
    assert structure.lattice is not None
    kinds = kind_numbers(structure.species)
    dataset = symmetry_dataset(structure.lattice, structure.coords, kinds, symprec)
    assert dataset is not None
    return int(dataset.number)


# Numbers of atoms in the cell and space groups: International Tables A, from the formula and the
# Wyckoff letters in the files.
SHIPPED = {
    "lamno3_cubic": (5, 221),
    "lamno3_pnma": (20, 62),
    "srtio3_cubic": (5, 221),
    "srtio3_i4mcm": (20, 140),
    "batio3_cubic": (5, 221),
    "batio3_p4mm": (5, 99),
    "ymno3_p63mmc": (10, 194),
    "ymno3_p63cm": (30, 185),
    "ca3ti2o7_i4mmm": (24, 139),
    "ca3ti2o7_cmcm": (48, 63),
    "zro2_cubic": (12, 225),
    "zro2_p42nmc": (6, 137),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_cif(structures: Path, name: str) -> None:
    structure = read_structure(structures / f"{name}.cif")
    assert (len(structure), group_number(structure)) == SHIPPED[name]
    assert len(structure.labels) == len(structure) == len(structure.occupancies)
    assert structure.sha256 is not None and len(structure.sha256) == 64
    assert structure.path == str(structures / f"{name}.cif")


@pytest.mark.parametrize("name", SHIPPED)
def test_write_cif_keeps_atoms_and_group(structures: Path, tmp_path: Path, name: str) -> None:
    structure = read_structure(structures / f"{name}.cif")
    write_cif(structure, tmp_path / "out.cif", comments=["a comment"])
    again = read_structure(tmp_path / "out.cif")
    assert len(again) == len(structure)
    assert group_number(again) == group_number(structure)
    assert (tmp_path / "out.cif").read_text().startswith("# a comment\n")
    assert [p.name for p in tmp_path.iterdir()] == ["out.cif"]


def test_write_cif_moves_an_irrational_origin(structures: Path, tmp_path: Path) -> None:
    structure = read_structure(structures / "lamno3_pnma.cif")
    moved = structure_from_arrays(structure.lattice, structure.species, structure.coords + [0.1234, 0.0777, 0.21])
    write_cif(moved, tmp_path / "out.cif")
    again = read_structure(tmp_path / "out.cif")
    assert (len(again), group_number(again, 1e-5)) == (20, 62)
    assert "origin moved by" in (tmp_path / "out.cif").read_text()


@pytest.mark.parametrize("name", ["square", "rectangle"])
def test_shipped_molecules(structures: Path, name: str) -> None:
    molecule = read_structure(structures / f"{name}.xyz")
    assert molecule.is_molecule and len(molecule) == 4
    assert np.abs(molecule.coords[:, 2]).max() == 0.0


@pytest.mark.parametrize(
    "symmetry",
    [
        "_symmetry_space_group_name_H-M 'P m -3 m'\n",
        "_space_group_name_H-M_alt 'Pm-3m'\n",
        "_space_group_IT_number 221\n",
        "_space_group_name_Hall '-P 4 2 3'\n",
    ],
)
def test_symmetry_from_the_name(tmp_path: Path, symmetry: str) -> None:
    structure = read_structure(cif(tmp_path, CELL + symmetry + SITES + PEROVSKITE))
    assert structure.species == ("La", "Mn", "O", "O", "O")
    assert structure.labels == ("La1", "Mn1", "O1", "O1", "O1")
    assert group_number(structure) == 221


def test_no_symmetry_means_as_written(tmp_path: Path) -> None:
    structure = read_structure(cif(tmp_path, CELL + SITES + PEROVSKITE))
    assert len(structure) == 3
    assert any("P1" in message for message in structure.messages)


def test_esd_and_first_block_with_sites(tmp_path: Path) -> None:
    body = (
        "_cell_length_a 9\n\ndata_second\n" + CELL + SITES + PEROVSKITE + "\ndata_third\n" + CELL + SITES + PEROVSKITE
    )
    structure = read_structure(cif(tmp_path, body))
    assert np.allclose(structure.lattice, 4 * np.eye(3))
    assert any("first" in message for message in structure.messages)


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_rounded_special_positions_merge(tmp_path: Path, digits: int) -> None:
    """1/3 written with a few digits is still one site of multiplicity 2 in P6_3/mmc (c)."""
    third, two = f"{1 / 3:.{digits}f}", f"{2 / 3:.{digits}f}"
    body = (
        CELL.replace("_gamma 90", "_gamma 120")
        + "_symmetry_space_group_name_H-M 'P 63/m m c'\n"
        + SITES
        + f"O1 O {third} {two} 0.25 1\n"
    )
    structure = read_structure(cif(tmp_path, body))
    assert len(structure) == 2
    assert np.abs(structure.coords[0] - [1 / 3, 2 / 3, 0.25]).max() < 1e-12
    assert group_number(structure, 1e-6) == 194


def test_origin_choice_by_special_positions(tmp_path: Path) -> None:
    """Fd-3m without an origin choice: (1/8, 1/8, 1/8) is 8a in choice 2 only (ITA)."""
    body = CELL + "_symmetry_space_group_name_H-M 'F d -3 m'\n" + SITES + "Si1 Si 0.125 0.125 0.125 1\n"
    assert len(read_structure(cif(tmp_path, body))) == 8
    body = CELL + "_symmetry_space_group_name_H-M 'F d -3 m'\n" + SITES + "Si1 Si 0 0 0 1\n"
    assert len(read_structure(cif(tmp_path, body))) == 8


def test_mixed_site(tmp_path: Path) -> None:
    body = CELL + SITES + "La1 La 0.5 0.5 0.5 0.8\nSr1 Sr 0.5 0.5 0.5 0.2\nO1 O 0 0 0 0.9\n"
    structure = read_structure(cif(tmp_path, body))
    assert structure.species == ("La0.8Sr0.2", "O0.9")
    assert structure.labels == ("La1/Sr1", "O1")
    assert structure.occupancies[0] == pytest.approx({"La": 0.8, "Sr": 0.2})


def test_mag_cif(tmp_path: Path) -> None:
    body = (
        CELL
        + """loop_
_space_group_symop_magn_operation.id
_space_group_symop_magn_operation.xyz
1 x,y,z,+1
2 -x,-y,z,-1
loop_
_space_group_symop_magn_centering.id
_space_group_symop_magn_centering.xyz
1 x,y,z,+1
2 x,y,z+1/2,-1
"""
        + SITES
        + "Fe1 Fe 0.1 0.2 0 1\nD1 D 0 0 0.25 1\n"
        + "loop_\n_atom_site_moment.label\n_atom_site_moment.crystalaxis_x\nFe1 1.0\n"
    )
    structure = read_structure(cif(tmp_path, body, "test.mcif"))
    assert structure.species == ("Fe",) * 4 + ("H",) * 2
    assert any("moments are ignored" in message for message in structure.messages)
    assert any("hydrogen" in message for message in structure.messages)


BAD = {
    "nan": (CELL + SITES + "La1 La 0 0 nan 1\n", "not a number: nan"),
    "duplicate": (CELL + SITES + "La1 La 0 0 0 1\nLa2 La 0.01 0 0 1\n", "closer than"),
    "no sites": (CELL, "no atom sites"),
    "no cell": ("_cell_length_a 3\n" + SITES + "La1 La 0 0 0 1\n", "unit cell"),
    "singular": (CELL.replace("_gamma 90", "_gamma 0.0") + SITES + "La1 La 0 0 0 1\n", "singular"),
    "occupancy": (CELL + SITES + "La1 La 0 0 0 0.8\nSr1 Sr 0 0 0 0.8\n", "more than 1"),
    "one occupancy": (CELL + SITES + "La1 La 0 0 0 1.7\n", "more than 1"),
    "element": (CELL + SITES + "Q1 Xx 0 0 0 1\n", "element"),
    "unknown group": (
        CELL + "_symmetry_space_group_name_H-M 'P q'\n" + SITES + "La1 La 0 0 0 1\n",
        "unknown",
    ),
    "operation": (
        CELL + "loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,w'\n" + SITES + "La1 La 0 0 0 1\n",
        "operation",
    ),
    "no coordinates": (CELL + SITES + "La1 La ? ? ? 1\n", "no coordinates"),
    "a coordinate with a comma": (CELL + SITES + "La1 La 0., 0 0 1\n", r"not a number: 0\.,"),
    "modulated": (
        CELL + "_space_group_symop_ssg_operation_algebraic 'x1,x2,x3,x4'\n" + SITES + "La1 La 0 0 0 1\n",
        "modulated",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_cif(tmp_path: Path, case: str) -> None:
    body, words = BAD[case]
    with pytest.raises(InputError, match=words) as caught:
        read_structure(cif(tmp_path, body))
    assert caught.value.hint
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        ("Na1 Na 0 0 0 1\nO1 O 0.07 0 0 1\n", "Na1 and O1 of .* are 0.28 Å apart: nearer than any bond"),
        ("Na1 Na 0 0 0 0.5\nNa2 Na 0.07 0 0 0.5\n", None),  # one or the other
        ("N1 N 0 0 0.01 1\nN2 N 0 0 0.96 1\n", "N1 and N2 of .* 0.20 Å"),  # across the cell
        ("N1 N 0 0 0 1\nN2 N 0.275 0 0 1\n", None),  # 1.10 Å as in N2
        ("O1 O 0 0 0 1\nH1 H 0.18 0 0 1\n", None),  # 0.72 Å as X-rays see O-H
        ("O1 O 0 0 0 1\nH1 H 0.14 0 0 1\n", "0.56 Å"),
    ],
)
def test_atoms_nearer_than_any_bond_are_told(tmp_path: Path, sites: str, told: str | None) -> None:
    remarks = [text for text in read_structure(cif(tmp_path, CELL + SITES + sites)).messages if TOO_NEAR in text]
    assert len(remarks) == (told is not None)
    if told is not None:
        assert re.search(told, remarks[0])


def test_bad_files(tmp_path: Path) -> None:
    (tmp_path / "garbage.cif").write_text("not a cif\n")
    (tmp_path / "empty.cif").write_text("")
    (tmp_path / "binary.cif").write_bytes(b"\0\1\2")
    (tmp_path / "unknown.txt").write_text("hello\n")
    (tmp_path / "short.xyz").write_text("3\n\nH 0 0 0\n")
    (tmp_path / "broken.vasp").write_text("x\n1.0\n1 0\n")
    for name in (
        "garbage.cif",
        "empty.cif",
        "binary.cif",
        "unknown.txt",
        "short.xyz",
        "broken.vasp",
        "none.cif",
        ".",
    ):
        with pytest.raises(InputError):
            read_structure(tmp_path / name)
    with pytest.raises(InputError, match="not a structure"):
        read_structure(3.5)


def test_latin1_and_repeated_tag(tmp_path: Path) -> None:
    body = "_chemical_name_common 'caf\xe9'\n_chemical_name_common x\n" + CELL + SITES + PEROVSKITE
    path = tmp_path / "a.cif"
    path.write_bytes(b"data_x\n" + body.encode("latin-1"))
    assert len(read_structure(path)) == 3


def test_poscar_and_xyz(tmp_path: Path) -> None:
    structure = structure_from_arrays(4 * np.eye(3), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    molecule = structure_from_arrays(None, ["C", "O"], [[0, 0, 0], [0, 0, 1.1]])
    for name in ("POSCAR", "a.vasp", "a.extxyz", "a.cif"):
        write_structure(structure, tmp_path / name)
        again = read_structure(tmp_path / name)
        assert sorted(again.species) == ["Cl", "Cs"]
        assert np.allclose(again.lattice, structure.lattice)
    write_structure(molecule, tmp_path / "m.xyz")
    assert read_structure(tmp_path / "m.xyz").is_molecule
    (tmp_path / "POSCAR_old").write_text("x\n1.0\n4 0 0\n0 4 0\n0 0 4\n1 1\nDirect\n0 0 0\n.5 .5 .5\n")
    with pytest.raises(InputError, match="elements"):
        read_structure(tmp_path / "POSCAR_old")
    with pytest.raises(InputError, match="cannot be written"):
        write_structure(molecule, tmp_path / "nowhere" / "m.xyz")
    with pytest.raises(InputError, match="format"):
        write_structure(molecule, tmp_path / "m.pdb")


def test_xyz_with_atomic_numbers(tmp_path: Path) -> None:
    path = tmp_path / "methane.xyz"
    path.write_text("2\n\n6 0 0 0\n1 0 0 1.09\n")
    assert read_structure(path).species == ("C", "H")
    for wrong in ("0", "119", "6" * 5000):
        path.write_text(f"2\n\n{wrong} 0 0 0\n1 0 0 1.09\n")
        with pytest.raises(InputError, match="does not exist"):
            read_structure(path)


def test_numbered_atoms_are_no_atomic_numbers(tmp_path: Path) -> None:
    path = tmp_path / "water.gen"  # DFTB+: number of the atom, number of its kind, position
    path.write_text("3 C\n O H\n1 1 0.0 0.0 0.0\n2 2 0.0 0.76 0.59\n3 2 0.0 -0.76 0.59\n")
    with pytest.raises(InputError, match="name no element"):
        read_structure(path)
    path = tmp_path / "row.xyz"
    path.write_text("3\n\n1 0.0 0.0 0.0 5.0\n2 0.0 0.0 1.5 6.0\n3 0.0 0.0 3.9 7.0\n")
    assert read_structure(path).species == ("H", "He", "Li")


def test_utf16(tmp_path: Path, structures: Path) -> None:
    text = (structures / "srtio3_cubic.cif").read_text()
    path = tmp_path / "wide.cif"
    for encoding in ("utf-16", "utf-8-sig"):
        path.write_bytes(text.encode(encoding))
        assert read_structure(path).species == read_structure(structures / "srtio3_cubic.cif").species


def test_adapters() -> None:
    from ase import Atoms
    from pymatgen.core import Lattice, Molecule
    from pymatgen.core import Structure as Crystal

    crystal = Crystal(Lattice.cubic(4), [{"Cu": 0.25, "Pt": 0.75}, "O2-"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert read_structure(crystal).species == ("Cu0.25Pt0.75", "O")
    assert read_structure(Molecule(["C", "O"], [[0, 0, 0], [0, 0, 1.1]])).is_molecule
    atoms = Atoms("CsCl", scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]], cell=[4, 4, 4], pbc=True)
    assert np.allclose(read_structure(atoms).coords[1], 0.5)
    assert read_structure(Atoms("CO", positions=[[0, 0, 0], [0, 0, 1.1]])).is_molecule
    with pytest.raises(InputError, match="one direction only"):
        read_structure(Atoms("C", cell=[4, 4, 4], pbc=(False, True, False)))
    with pytest.raises(InputError, match="volume|singular|flat|cell"):
        read_structure(Atoms("C", cell=[4, 0, 0], pbc=(True, True, False)))


def test_operations() -> None:
    rotation, translation = parse_operation("-y+1/2, x-y, 1/3+Z, -1")
    assert np.array_equal(rotation, [[0, -1, 0], [1, -1, 0], [0, 0, 1]])
    assert translation == pytest.approx([0.5, 0, 1 / 3])
    assert parse_operation("x+.25,y,z")[1][0] == 0.25
    for wrong in ("x,y", "x,y,x", "x,y,q", "x y z"):
        with pytest.raises(ValueError):
            parse_operation(wrong)


def test_elements() -> None:
    assert [plain_element(s) for s in ("Mn3+", "O2-", "ti", "D", "Xx")] == ["Mn", "O", "Ti", "H", None]
    assert label_element("CA1", ["C", "O"]) == ("C", True)
    assert label_element("O1A") == ("O", True)
    assert label_element("OW1") == ("O", False) and label_element("Wat1") == ("O", False)
    assert label_element("WatII") == label_element("WatOW", {"O", "H"}) == ("O", False)
    assert species_name({"O": 1.0}) == "O" and species_name({"Pt": 0.75, "Cu": 0.25}) == "Cu0.25Pt0.75"


def test_modulated_structure_names_the_nearest_commensurate_wave_vector(tmp_path: Path) -> None:
    """K2SeO4's q = 0.31 a* locks in at a*/3."""
    columns = "".join(f"_cell_wave_vector_{x}\n" for x in "xyz")
    loop = "loop_\n_cell_wave_vector_seq_id\n" + columns + "1 0.3107(3) 0 0\n"
    path = cif(tmp_path, CELL + loop + SITES + "La1 La 0 0 0 1\n")
    with pytest.raises(InputError, match=r"modulated structure \(k = 0.3107, 0, 0\)") as refused:
        read_structure(path)
    assert "k = (1/3, 0, 0), in a 3x1x1 cell" in str(refused.value.hint)


def test_cif_needs_neither_pymatgen_nor_ase(structures: Path) -> None:
    code = (
        "import sys; from curiebreak.structures import read_structure; "
        f"read_structure({str(structures / 'lamno3_pnma.cif')!r}); "
        "sys.exit(any(m in sys.modules for m in ('pymatgen', 'ase', 'scipy', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("lattice", [None, np.eye(3) * 4.0])
def test_empty_sites_alone_are_no_structure(lattice: np.ndarray | None) -> None:
    with pytest.raises(InputError, match="There are no atoms"):
        structure_from_arrays(lattice, [{}, {}], [[0, 0, 0], [0.5, 0.5, 0.5]])


TRICLINIC = """_cell_length_a 4.1
_cell_length_b 5.2
_cell_length_c 6.3
_cell_angle_alpha 80
_cell_angle_beta 95
_cell_angle_gamma 105
"""
CARTESIAN = SITES.replace("fract", "Cartn")


def cartesian_cif(folder: Path, frac: np.ndarray, axes: np.ndarray, shift: np.ndarray) -> Path:
    """Sites in Cartesian coordinates ``M x + v``, four decimals."""
    matrix = axes.T
    body = "".join(
        f"_atom_sites_Cartn_tran_matrix_{i + 1}{j + 1} {matrix[i, j]:.6f}\n" for i in range(3) for j in range(3)
    )
    body += "".join(f"_atom_sites_Cartn_tran_vector_{i + 1} {x:.4f}\n" for i, x in enumerate(shift))
    rows = frac @ axes + shift
    return cif(folder, TRICLINIC + body + CARTESIAN + "".join("O1 O {:.4f} {:.4f} {:.4f} 1\n".format(*r) for r in rows))


def test_cartesian_coordinates_by_the_matrix_of_the_file(tmp_path: Path) -> None:
    """International Tables G, 4.1: x_Cartn = M x + v; the orientation is the file's own, here one turned at random."""
    frac = np.array([[0.12345, 0.2, 0.7], [0.5, 0.61, 0.33]])
    body = TRICLINIC + SITES + "O1 O 0.12345 0.2 0.7 1\nO1 O 0.5 0.61 0.33 1\n"
    plain = read_structure(cif(tmp_path, body, "plain.cif"))
    assert plain.lattice is not None
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    read = read_structure(cartesian_cif(tmp_path, frac, plain.lattice @ turn, np.array([0.3, -1.2, 2.0])))
    assert np.allclose(read.coords, plain.coords, atol=3e-5) and np.allclose(read.lattice, plain.lattice)
    assert any("Cartn_tran_matrix" in text for text in read.messages)
    assert read.precision is not None and 1e-5 < read.precision.position < 2e-4


def test_cartesian_coordinates_without_their_axes_are_refused(tmp_path: Path) -> None:
    path = cif(tmp_path, TRICLINIC + CARTESIAN + "O1 O 0.1 0.2 0.3 1\n")
    with pytest.raises(InputError, match="no atom sites with fractional"):
        read_structure(path)
    with pytest.raises(InputError, match="not one of its cell"):
        read_structure(cartesian_cif(tmp_path, np.zeros((1, 3)), 4.5 * np.eye(3), np.zeros(3)))
