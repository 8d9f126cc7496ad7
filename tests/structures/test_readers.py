"""What real files do: dialects, damage, guesses; each is read rightly and said, or refused with a sentence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from small_cifs import PEROVSKITE, POLAR, cif, cubic

from curiebreak import read_structure
from curiebreak.errors import InputError
from curiebreak.structures import Structure
from curiebreak.structures.frames import frames_of

HEXAGONAL = (4.99, 4.99, 17.06, 90, 90, 120)
CALCITE = (("Ca", "Ca", 0, 0, 0, 1), ("C", "C", 0, 0, 0.25, 1), ("O", "O", 0.257, 0, 0.25, 1))
CAESIUM = (("Cs", "Cs", 0, 0, 0, 1), ("Cl", "Cl", 0.5, 0.5, 0.5, 1))


def read(folder: Path, text: str | bytes, name: str = "a.cif") -> Structure:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_structure(path)


def count(structure: Structure) -> dict[str, int]:
    return dict(Counter(structure.species))


def said(structure: Structure, *words: str) -> bool:
    return any(all(word in message for word in words) for message in structure.messages)


def with_list(text: str, *operations: str) -> str:
    """CIF text with a list of operations behind the group's symbol."""
    listed = "loop_\n_symmetry_equiv_pos_as_xyz\n" + "".join(f"'{o}'\n" for o in operations)
    return text.replace("loop_\n_atom_site_label", listed + "loop_\n_atom_site_label")


# Operations, symbols and cells that contradict each other --------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "group", "sites", "expected", "setting"),
    [
        ((4.1, 5.2, 6.3, 90, 90, 103), "P 2/m", (("Fe", "Fe", 0.12, 0.31, 0, 1),), {"Fe": 2}, "P 1 1 2/m"),
        ((4.1, 5.2, 6.3, 103, 90, 90), "P 2/m", (("Fe", "Fe", 0, 0.31, 0.2, 1),), {"Fe": 2}, "P 2/m 1 1"),
        ((17.7, 7.2, 17.2, 90, 117, 90), "I 2/c 1 1", (("Fe", "Fe", 0.13, 0.44, 0.25, 1),), {"Fe": 8}, "I 1 2/c 1"),
        (HEXAGONAL, "R -3 c :R", CALCITE, {"Ca": 6, "C": 6, "O": 18}, "R -3 c:H"),
    ],
)
def test_a_setting_that_keeps_the_cell_is_taken_and_said(
    tmp_path: Path, cell: tuple[float, ...], group: str, sites: tuple, expected: dict[str, int], setting: str
) -> None:
    structure = read(tmp_path, cif(cell, group, *sites))
    assert count(structure) == expected
    assert said(structure, "does not keep the cell", setting)


def test_number_of_a_rhombohedral_group_with_either_axes(tmp_path: Path) -> None:
    sites = (("Ba", "Ba", 0, 0, 0, 1), ("Ti", "Ti", 0.4853, 0.4853, 0.4853, 1), ("O", "O", 0.5087, 0.5087, 0.0185, 1))
    text = cif((4.0036,) * 3 + (89.84,) * 3, "R 3 m", *sites)
    numbered = text.replace("_symmetry_space_group_name_H-M 'R 3 m'", "_space_group_IT_number 160")
    assert count(read(tmp_path, numbered)) == count(read(tmp_path, text)) == {"Ba": 1, "Ti": 1, "O": 3}
    hexagonal = cif(HEXAGONAL, "R -3 c", *CALCITE)
    hexagonal = hexagonal.replace("_symmetry_space_group_name_H-M 'R -3 c'", "_space_group_IT_number 167")
    assert count(read(tmp_path, hexagonal)) == {"Ca": 6, "C": 6, "O": 18}


@pytest.mark.parametrize(
    ("cell", "group"),
    [((4, 4.2, 5, 90, 90, 90), "P 4/m m m"), ((4, 4, 4, 90, 90, 120), "P m -3 m"), ((4, 4, 5, 90, 90, 93), "P 4/m")],
)
def test_a_cell_that_no_setting_keeps_is_refused(tmp_path: Path, cell: tuple[float, ...], group: str) -> None:
    with pytest.raises(InputError, match="does not keep the cell"):
        read(tmp_path, cif(cell, group, *CAESIUM))


def test_listed_operations_must_keep_the_cell(tmp_path: Path) -> None:
    threefold = ("x,y,z", "-y,x-y,z", "-x+y,-x,z")
    with pytest.raises(InputError, match="-y,x-y,z .* does not keep the cell"):
        read(tmp_path, with_list(cif(cubic(4), "P 3", *CAESIUM), *threefold))
    assert len(read(tmp_path, with_list(cif((4, 4, 5, 90, 90, 120), "P 3", *CAESIUM[:1]), *threefold))) == 1
    slight = read(tmp_path, cif((4, 4.015, 5, 90, 90, 90), "P 4/m m m", CAESIUM[0]))
    assert said(slight, "keeps the cell only to 0.4%")


def test_listed_operations_must_be_a_group(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no group: .* is missing"):
        read(tmp_path, with_list(cif(cubic(4), "P 4", *CAESIUM), "x,y,z", "-y,x,z"))
    rounded = with_list(cif((4, 4, 5, 90, 90, 120), "P 31", CAESIUM[0]), "x,y,z", "-y,x-y,z+.333", "-x+y,-x,z+.667")
    assert len(read(tmp_path, rounded)) == 3
    added = read(tmp_path, with_list(cif(cubic(4), "P -1", *CAESIUM), "-x,-y,-z"))
    assert len(added) == 2 and said(added, "identity is missing")


@pytest.mark.parametrize(
    ("group", "cell", "operations"),
    [
        ("F 4/m -3 2/m", cubic(5.64), ("x,y,z",)),
        ("P 4/m m m", (4, 4, 5, 90, 90, 90), ("x,y,z", "-x,-y,-z")),
        (
            "P n m a", (5.4, 7.6, 5.3, 90, 90, 90),
            ("x,y,z", "-x,-y,z+1/2", "x+1/2,-y+1/2,-z", "-x+1/2,y+1/2,-z+1/2", "-x,-y,-z", "x,y,-z+1/2",
             "-x+1/2,y+1/2,z", "x+1/2,-y+1/2,z+1/2"),
        ),
    ],
)  # fmt: skip
def test_symbol_and_list_that_disagree_are_named(
    tmp_path: Path, group: str, cell: tuple[float, ...], operations: tuple[str, ...]
) -> None:
    structure = read(tmp_path, with_list(cif(cell, group, ("Cs", "Cs", 0.11, 0.27, 0.43, 1)), *operations))
    assert said(structure, "disagree", "the list is used") and len(structure) == len(operations)


def test_stated_multiplicities_decide_between_symbol_and_list(tmp_path: Path) -> None:
    text = with_list(cif(cubic(5.64), "F m -3 m", *CAESIUM), "x,y,z").replace(
        "_atom_site_occupancy", "_atom_site_occupancy\n_atom_site_symmetry_multiplicity"
    )
    text = "\n".join(f"{line} 4" if line[:2] in ("Cs", "Cl") else line for line in text.splitlines())
    structure = read(tmp_path, text)
    assert count(structure) == {"Cs": 4, "Cl": 4} and said(structure, "group's name is used")
    formula = with_list(cif(cubic(5.64), "F m -3 m", *CAESIUM), "x,y,z")
    formula = formula.replace("data_test", "data_test\n_chemical_formula_sum 'Cl Cs'\n_cell_formula_units_Z 4")
    assert count(read(tmp_path, formula)) == {"Cs": 4, "Cl": 4}


def test_agreeing_symbols_and_lists_say_nothing(tmp_path: Path) -> None:
    shifted = ("x,y,z", "-x+1/4,-y+1/4,z", "-x+1/4,y,-z+1/4", "x,-y+1/4,-z+1/4")
    structure = read(tmp_path, with_list(cif(cubic(5), "P 2 2 2", *CAESIUM[:1]), *shifted))
    assert len(structure) == 4 and not said(structure, "disagree")
    twice = ("1 +X,+Y,+Z", "1 +X,+Y,+Z", "2 -X,-Y,+Z", "2 -X,-Y,+Z", "3 -X,+Y,-Z", "4 +X,-Y,-Z")
    structure = read(tmp_path, with_list(cif(cubic(5), "P 2 2 2", *CAESIUM[:1]), *twice))
    assert not said(structure, "disagree")
    primitive = with_list(cif((3, 3, 3, 60, 60, 60), "F m -3 m", *CAESIUM[:1]), "x,y,z", "-x,-y,-z", "y,z,x", "z,x,y",
                          "-y,-z,-x", "-z,-x,-y")  # fmt: skip
    assert said(read(tmp_path, primitive), "disagree")  # R-3 is not Fm-3m


# Dialects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "cell", "setting"),
    [
        ("R -3 c RS", (6.36,) * 3 + (46.1,) * 3, "R -3 c:R"),
        ("R -3 c HS", HEXAGONAL, "R -3 c:H"),
        ("R -3 c {hexagonal axes}", HEXAGONAL, "R -3 c:H"),
        ("R -3 c (rhombohedral axes)", (6.36,) * 3 + (46.1,) * 3, "R -3 c:R"),
        ("R -3 2/m", HEXAGONAL, "R -3 m:H"),
        ("R -3 2/m", (6.36,) * 3 + (46.1,) * 3, "R -3 m:R"),
        ("F d -3 m S", cubic(5), "F d -3 m:1"),
        ("F d -3 m Z", cubic(5), "F d -3 m:2"),
        ("F D -3 M Z", cubic(5), "F d -3 m:2"),
        ("F 41/d -3 2/m :1", cubic(5), "F d -3 m:1"),
        ("P 21/m 21/m 2/n (origin choice 2)", (2.7, 4.4, 4.7, 90, 90, 90), "P m m n:2"),
        ("P m m n (origin choice 1)", (2.7, 4.4, 4.7, 90, 90, 90), "P m m n:1"),
        ("P 2/m 2/m 2/m", (2.7, 4.4, 4.7, 90, 90, 90), "P m m m"),
        ("P 6_{3} m c", (3.8, 3.8, 6.2, 90, 90, 120), "P 63 m c"),
        ("P6(3)mc", (3.8, 3.8, 6.2, 90, 90, 120), "P 63 m c"),
        ("P 6_3/m m c", (3.8, 3.8, 6.2, 90, 90, 120), "P 63/m m c"),
        ("C2:b1", (5, 6, 7, 90, 100, 90), "C 1 2 1"),
        ("C2:c1", (5, 6, 7, 90, 90, 100), "A 1 1 2"),
        ("C 4/m m m", (5, 5, 7, 90, 90, 90), "C 4/m m m"),
        ("F m 3 m", cubic(5), "F m -3 m"),
        ("F d 3 m S", cubic(5), "F d -3 m:1"),
        ("P 1 21/c 1 (No. 14)", (5, 6, 7, 90, 100, 90), "P 1 21/c 1"),
        ("P 63/m m c (194)", (3.8, 3.8, 6.2, 90, 90, 120), "P 63/m m c"),
    ],
)
def test_dialects_of_symbols(tmp_path: Path, symbol: str, cell: tuple[float, ...], setting: str) -> None:
    structure = read(tmp_path, cif(cell, symbol, ("Po", "Po", 0.11, 0.27, 0.43, 1)))
    assert said(structure, f"taken from the space group {setting}")


def test_c_centred_tetragonal_is_the_primitive_one_turned(tmp_path: Path) -> None:
    from curiebreak.structures.spacegroup import kind_numbers, symmetry_dataset

    structure = read(tmp_path, cif((5, 5, 7, 90, 90, 90), "C -4 2 m", ("Po", "Po", 0.11, 0.27, 0.43, 1)))
    found = symmetry_dataset(structure.lattice, structure.coords, kind_numbers(structure.species), 1e-4)
    assert found is not None and found.international == "P-4m2" and len(structure) == 16


def test_labels_that_are_no_symbols(tmp_path: Path) -> None:
    sites = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
    head = cif((9, 9, 9, 90, 90, 90), "P 1").split("loop_")[0]
    names = ("Mg1", "OH1", "HO1", "OW", "D1", "Vac", "Wat2", "H2O")
    text = head + sites + "".join(f"{name} {i / 10} 0 0\n" for i, name in enumerate(names))
    structure = read(tmp_path, text)
    assert structure.species == ("Mg", "O", "H", "O", "H", "O", "O")
    assert said(structure, "OH1 is O", "HO1 is H", "OW is O", "Wat2 is O") and said(structure, "Vac", "vacancy")
    assert not said(structure, "Mg1")
    assert read(tmp_path, text.replace("data_test", "data_test\n_chemical_formula_sum 'Mg Ho O4'")).species[2] == "Ho"
    with pytest.raises(InputError, match="element of site T1"):
        read(tmp_path, head + sites + "T1 0 0 0\nO1 0.5 0 0\n")
    assert read(tmp_path, head + sites + "HO1 0 0 0\nMn1 0.5 0 0\n").species == ("Ho", "Mn")


# Damage and old habits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        b"_journal_volume 385\xd0386\n", "_author M\u00fcller\n".encode(), b"_author \x85\n",
        b"loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n", b"loop_\n_bond_a\n_bond_b\nx y z\n",
        b"_title\n", b"loop_\n_author\n\"A. Bee!\n\"C. Dee\"\n", b'_title """two\nlines"""\n',
        "_a\u00a0b\u00a0c\n".encode(), b"_x 1\n\x1a\n",
    ],
)  # fmt: skip
def test_damage_beside_the_structure_is_mended(tmp_path: Path, damage: bytes) -> None:
    text = PEROVSKITE.replace("data_test\n", "data_test\n@@").encode().replace(b"@@", damage)
    structure = read(tmp_path, text)
    assert count(structure) == {"Sr": 1, "Ti": 1, "O": 3}
    if not damage.startswith(b"_title"):
        assert any(said(structure, word) for word in ("replaced", "left out", "passed over"))


def test_damage_in_the_sites_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a readable CIF"):
        read(tmp_path, PEROVSKITE + "O2 O 0.1\n")


def test_an_uncertainty_without_its_closing_parenthesis(tmp_path: Path) -> None:
    structure = read(tmp_path, POLAR.replace("0 0 0.02 1", "0 0 0.02(1 1").replace("length_c 4.0", "length_c 4.0(2"))
    assert structure.coords[1, 2] == pytest.approx(0.02) and structure.lattice[2, 2] == pytest.approx(4.0)
    assert structure.uncertainties is not None and structure.uncertainties[1, 2] == pytest.approx(0.01)


def test_sites_and_formula_that_differ_are_named(tmp_path: Path) -> None:
    stated = PEROVSKITE.replace("data_test", "data_test\n_chemical_formula_sum 'Sr Ti O3'")
    assert not said(read(tmp_path, stated), "formula")
    assert not said(read(tmp_path, stated.replace("Sr Ti O3", "O3 Sr0.95 Ti1.05")), "formula")
    hydride = read(tmp_path, stated.replace("Sr Ti O3", "Sr Ti O3 H2"))
    assert said(hydride, "not those of the stated formula", "H 0 instead of 2")
    assert said(read(tmp_path, stated.replace("Sr Ti O3", "Sr Nb O3")), "Nb 0 instead of 1", "Ti 1 instead of 0")


def test_dots_that_are_zeros(tmp_path: Path) -> None:
    dotted = PEROVSKITE.replace("Ti Ti 0 0 0", "Ti Ti . . .").replace("O O 0.5 0 0", "O O .5 . .")
    structure = read(tmp_path, dotted)
    assert count(structure) == {"Sr": 1, "Ti": 1, "O": 3} and said(structure, "read as 0")
    counted = cif(cubic(4), "P m -3 m", ("Cs", "Cs", ".", ".", ".", "1 1"), ("Cl", "Cl", ".5", ".5", ".5", "1 1"))
    counted = counted.replace("_atom_site_occupancy", "_atom_site_occupancy\n_atom_site_symmetry_multiplicity")
    assert count(read(tmp_path, counted)) == {"Cs": 1, "Cl": 1}
    with pytest.raises(InputError, match="no coordinates"):
        read(tmp_path, counted.replace("Cs Cs . . . 1 1", "Cs Cs . . . 1 6"))
    for unknown in (PEROVSKITE.replace("Ti Ti 0 0 0", "Ti Ti . . ."), dotted.replace("O O .5 . .", "O O .5 . ?")):
        with pytest.raises(InputError, match="no coordinates"):
            read(tmp_path, unknown)


def test_listed_copies_are_merged(tmp_path: Path) -> None:
    structure = read(tmp_path, PEROVSKITE + "O2 O 0 0.5 0 1\nO3 O 0 0 1.5 1\n")
    assert count(structure) == {"Sr": 1, "Ti": 1, "O": 3} and said(structure, "O2, O3 listed beside O")
    with pytest.raises(InputError, match="closer"):
        read(tmp_path, PEROVSKITE + "F F 0 0.5 0 1\n")
    half = PEROVSKITE.replace("O O 0.5 0 0 1", "O1 O 0.5 0 0 0.5")
    assert read(tmp_path, half + "O2 O 0 0.5 0 0.5\n").occupancies[-1] == {"O": 0.5}  # a copy
    assert read(tmp_path, half + "O2 O 0.5 0 0 0.5\n").occupancies[-1] == {"O": 1.0}  # the other half of the site


def test_parts_of_a_disordered_site_are_told_from_copies_by_the_formula(tmp_path: Path) -> None:
    """Halves of one site, each listed once (SHELX, PART -1), and a list of all copies look alike."""
    half = PEROVSKITE.replace("O O 0.5 0 0 1", "O1 O 0.5 0 0 0.5") + "O2 O 0 0.5 0 0.5\n"
    whole = half.replace("data_", "data_x\n_chemical_formula_sum 'O3 Sr Ti'\n#", 1)
    structure = read(tmp_path, whole)
    assert structure.occupancies[-1] == {"O": 1.0} and len(structure) == 5
    assert said(structure, "O2 listed beside O1") and said(structure, "is added, as in the stated formula")
    structure = read(tmp_path, whole.replace("O3 Sr Ti", "O1.5 Sr Ti"))
    assert structure.occupancies[-1] == {"O": 0.5} and said(structure, "left out")
    thrice = read(tmp_path, whole + "O3 O 0 0 0.5 0.5\n")  # 1.5 atoms on a site: the third is a copy of the first
    assert thrice.occupancies[-1] == {"O": 1.0}


def test_occupancies_within_three_standard_uncertainties(tmp_path: Path) -> None:
    structure = read(tmp_path, PEROVSKITE.replace("O O 0.5 0 0 1", "O O 0.5 0 0 1.02(2)"))
    assert structure.occupancies[-1] == {"O": 1.0} and said(structure, "1.02(2) of O is taken as 1")
    mixed = PEROVSKITE.replace("Ti Ti 0 0 0 1", "Ti Ti 0 0 0 1.01(2)") + "Nb Nb 0 0 0 -0.01(2)\n"
    assert count(read(tmp_path, mixed)) == {"Sr": 1, "Ti": 1, "O": 3}
    for text, match in (("-0.10(2)", "negative"), ("1.2(1)", None), ("1.02", "more than 1"), ("1/0", "not a number")):
        changed = PEROVSKITE.replace("O O 0.5 0 0 1", f"O O 0.5 0 0 {text}")
        if match is None:
            assert "O" in read(tmp_path, changed).species
        else:
            with pytest.raises(InputError, match=match):
                read(tmp_path, changed)
    doped = PEROVSKITE.replace("Ti Ti 0 0 0 1", "Ti Ti 0 0 0 0.941(8)") + "Nb Nb 0 0 0 0.059(8)\n"
    assert "Nb0.059Ti0.941" in read(tmp_path, doped).species


# VASP -------------------------------------------------------------------------------------------------------------

TITANATE = ("0 0 0", "0.5 0.5 0.5224", "0.5 0.5 -0.0244", "0.5 0 0.4895", "0 0.5 0.4895")


def poscar(scale: str = "1.0", names: str = "Ba Ti O\n", title: str = "BTO", edge: float = 3.994) -> str:
    cell = f"{edge} 0 0\n0 {edge} 0\n0 0 {edge * 1.00988983}\n"
    return f"{title}\n{scale}\n{cell}{names}1 1 3\nDirect\n" + "\n".join(TITANATE) + "\n"


@pytest.mark.parametrize("scale", ["-64.342537", "3.994 ! scale", "0.3994D+01", "3.994 3.994 3.994", "3.994"])
def test_scales(tmp_path: Path, scale: str) -> None:
    """A negative scale is the volume (VASP wiki, POSCAR); it holds for Cartesian coordinates too."""
    direct = poscar(scale, edge=1.0)
    rows = np.array([row.split() for row in TITANATE], dtype=float) * [1, 1, 1.00988983]
    cartesian = direct.split("Direct")[0] + "Cartesian\n" + "\n".join(" ".join(map(str, row)) for row in rows) + "\n"
    for text in (direct, cartesian):
        structure = read(tmp_path, text, "POSCAR")
        assert np.allclose(np.linalg.norm(structure.lattice, axis=1), [3.994, 3.994, 4.0335], atol=1e-4)
        assert np.allclose(structure.coords[1], [0.5, 0.5, 0.5224], atol=1e-6)


def test_the_grid_of_a_chgcar_is_no_velocities(tmp_path: Path) -> None:
    """CHGCAR and LOCPOT begin as a POSCAR does; a grid follows."""
    path = tmp_path / "CHGCAR"
    path.write_text(poscar() + "\n   2   2   1\n -.10817525054E+03 -.86181895868E+02 -.2E+02 0.5E+02\n")
    assert count(read_structure(path)) == {"Ba": 1, "Ti": 1, "O": 3}


def test_three_scales_act_on_the_axes_of_space(tmp_path: Path) -> None:
    structure = read(tmp_path, poscar("2 3 4", edge=1.0), "POSCAR")
    assert np.allclose(np.diag(structure.lattice), [2, 3, 4 * 1.00988983])


def test_elements_of_old_files(tmp_path: Path) -> None:
    structure = read(tmp_path, poscar(names="", title="Ba Ti O"), "POSCAR")
    assert structure.species == ("Ba", "Ti", "O", "O", "O") and said(structure, "first line")
    assert read(tmp_path, poscar(names="", title="BaTiO3"), "POSCAR").species[:3] == ("Ba", "Ti", "O")
    for title in ("Ba Ti", "BaTiO2", "ba ti o", "Ba Ti Qq", "my BaTiO3"):
        with pytest.raises(InputError, match="does not name its elements"):
            read(tmp_path, poscar(names="", title=title), "POSCAR")
    beside = poscar(names="").splitlines()
    beside[-5:] = [f"{row} {name}" for row, name in zip(beside[-5:], ("Ba", "Ti", "O", "O", "O"), strict=True)]
    assert read(tmp_path, "\n".join(beside), "POSCAR").species == ("Ba", "Ti", "O", "O", "O")
    assert read(tmp_path, poscar(names="Ba_sv Ti_pv/6a2f O\n"), "POSCAR").species[:2] == ("Ba", "Ti")


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [("1.0", "x", "scale"), ("1.0", "0", "scale"), ("1.0", "1 2", "scale"), ("1 1 3", "1 1 9", "announces 11 atoms"),
     ("Ba Ti O", "Ba Qq O", "Qq"), ("0.5224", "x", "not a readable POSCAR"), ("0.5224", "1e12", "far outside")],
)  # fmt: skip
def test_bad_poscars(tmp_path: Path, old: str, new: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        read(tmp_path, poscar().replace(old, new), "POSCAR")


def xdatcar(varying: bool) -> str:
    header = "\n".join(poscar().splitlines()[:7])
    frames = []
    for number, rise in enumerate((0.5224, 0.53, 0.54), 1):
        rows = "\n".join(TITANATE).replace("0.5224", str(rise))
        frames.append(f"Direct configuration= {number:5d}\n{rows}")
    return header + "\n" + (f"\n{header}\n" if varying else "\n").join(frames) + "\n"


@pytest.mark.parametrize("varying", [True, False])
def test_every_configuration_of_an_xdatcar(tmp_path: Path, varying: bool) -> None:
    assert said(read(tmp_path, xdatcar(varying), "XDATCAR"), "3 configurations; the first is read")
    frames = list(frames_of(tmp_path / "XDATCAR"))
    assert [frame.frac[1, 2] for frame in frames] == pytest.approx([0.5224, 0.53, 0.54])
    (tmp_path / "XDATCAR").write_text(xdatcar(varying).replace("0.53", "x"))
    assert [frame.reason is None for frame in frames_of(tmp_path / "XDATCAR")] == [True, False, True]


def test_every_block_of_a_cif_is_a_frame(tmp_path: Path) -> None:
    text = PEROVSKITE + PEROVSKITE.replace("data_test", "data_two").replace("Sr Sr", "Qq Qq") + PEROVSKITE
    assert said(read(tmp_path, text), "3 data blocks", "first is used")
    assert [frame.reason is None for frame in frames_of(tmp_path / "a.cif")] == [True, False, True]


# Moments and properties -------------------------------------------------------------------------------------------


def test_moments_are_never_ignored_silently() -> None:
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as Crystal

    atoms = Atoms("FeO", scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]], cell=[4, 4, 4], pbc=True)
    assert not said(read_structure(atoms), "moments")
    atoms.calc = SinglePointCalculator(atoms, magmoms=[2.0, 0.0])
    assert said(read_structure(atoms), "magnetic moments are ignored")
    atoms.calc = None
    atoms.set_initial_magnetic_moments([2.0, 0.0])
    assert said(read_structure(atoms), "magnetic moments are ignored")
    crystal = Crystal(Lattice.cubic(4), ["Fe", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert not read_structure(crystal).messages
    crystal.add_site_property("magmom", [2.0, 0.0])
    crystal.add_site_property("forces", [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    assert said(read_structure(crystal), "magnetic moments are ignored") and said(read_structure(crystal), "forces")
    assert said(read_structure(Crystal(Lattice.cubic(4), ["Fe2+,spin=2", "O"], [[0] * 3, [0.5] * 3])), "moments")


def test_partial_occupancies_of_ase(tmp_path: Path) -> None:
    from ase.io import read as ase_read

    text = PEROVSKITE.replace("Ti Ti 0 0 0 1", "Ti Ti 0 0 0 0.75") + "Nb Nb 0 0 0 0.25\n"
    (tmp_path / "mixed.cif").write_text(text)
    atoms = ase_read(tmp_path / "mixed.cif", fractional_occupancies=True)
    assert count(read_structure(atoms)) == {"Sr": 1, "Nb0.25Ti0.75": 1, "O": 3}


def test_numbers_out_of_all_bounds(tmp_path: Path) -> None:
    for old, new, match in (
        ("_cell_length_c 3.905", "_cell_length_c 999999999999", "axis of 1e"),
        ("O O 0.5 0 0", "O O 0.5 0 2147483648", "far outside"),
    ):
        with pytest.raises(InputError, match=match):
            read(tmp_path, PEROVSKITE.replace("P m -3 m", "P 1").replace(old, new))
    lattice = 'Lattice="4 0 -9223372036854775809 0 4 0 0 0 4" Properties=species:S:1:pos:R:3'
    with pytest.raises(InputError, match="axis of 9"):
        read(tmp_path, f"1\n{lattice}\nPo 0 0 0\n", "a.extxyz")
    assert next(frames_of(tmp_path / "a.extxyz")).reason is not None


# The shared faults ------------------------------------------------------------------------------------------------

FAULTS = {
    "c03_operations_against_cell/child.cif": ({"Zr": 4, "O": 8}, "P 1 1 21/b"),
    "c03_operations_against_cell/bto_child_number160.cif": ({"Ba": 1, "Ti": 1, "O": 3}, "R 3 m:R"),
    "c03_operations_against_cell/p2m_gamma103.cif": ({"Fe": 2, "S": 2}, "P 1 1 2/m"),
    "c03_operations_against_cell/r3c_hexcell_Rsetting.cif": ({"Ca": 6, "C": 6, "O": 18}, "R -3 c:H"),
    "c08_symbol_against_operations/nacl_contra.cif": ({"Na": 1, "Cl": 1}, "disagree"),
    "c08_symbol_against_operations/truncated_ops.cif": ({"Ti": 1, "O": 1}, "disagree"),
    "c09_non_ascii/child.mcif": ({"Ni": 4, "O": 4}, "line 11"),
    "c09_non_ascii/ctrlz.cif": ({"Po": 1}, "replaced"),
    "c09_non_ascii/empty_loop.cif": ({"Po": 1}, "left out"),
    "c09_non_ascii/uq_utf8.cif": ({"Po": 1}, "replaced"),
    "c10_icsd_dot_zero/parent.cif": ({"F": 3, "K": 1, "Mn": 1}, "read as 0"),
    "c11_xdatcar/XDATCAR": ({"Ba": 1, "Ti": 1, "O": 3}, "2 configurations"),
    "c13_symmetry_copies_listed/dup.cif": ({"Po": 1}, "Po2 listed beside Po1"),
    "c13_symmetry_copies_listed/dup_sym.cif": ({"O": 3}, "O2, O3 listed beside O1"),
    "c14_occupancy_over_one/negative.cif": ({"Cu": 1, "Au0.92Cu0.08": 1}, "is taken as 0"),
    "c15_vasp4_names_in_comment/POSCAR": ({"Na": 4, "Cl": 4}, "first line"),
    "c17_symbol_dialects/calcite_rs.cif": ({"Ca": 2, "C": 2, "O": 6}, "R -3 c:R"),
    "c17_symbol_dialects/findsym_hmonly.cif": ({"Fe": 2, "Al": 2}, "P m m n:2"),
    "c17_symbol_dialects/wz_tex.cif": ({"Zn": 2, "S": 2}, "P 63 m c"),
    "c18_label_to_element/parent.cif": ({"Mg": 1, "O": 2, "H": 2}, "HO1 is H"),
}
NUMBERS = ("cif_child_199_c.cif", "cif_child_39_c.cif", "extxyz_196_c.extxyz", "mcif_75_c.mcif", "poscar_78_POSCAR_c")


@pytest.mark.shared
@pytest.mark.parametrize("name", FAULTS)
def test_shared_faults_of_readers(shared: Path, name: str) -> None:
    atoms, words = FAULTS[name]
    structure = read_structure(shared / "data" / "faults" / name)
    assert count(structure) == atoms and said(structure, words)


@pytest.mark.shared
@pytest.mark.parametrize("name", NUMBERS)
def test_shared_faults_of_numbers(shared: Path, name: str) -> None:
    with pytest.raises(InputError):
        read_structure(shared / "data" / "faults" / "R8_numbers" / name)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("parent", "child", "irreps"),
    [
        ("c03_operations_against_cell/parent.cif", "c03_operations_against_cell/child.cif", {"X5+", "X2-"}),
        ("c03_operations_against_cell/bto_parent.cif", "c03_operations_against_cell/bto_child_number160.cif", {"GM4-"}),
        ("c04_poscar_negative_scale/parent.cif", "c04_poscar_negative_scale/POSCAR", {"GM4-"}),
        ("c10_icsd_dot_zero/parent.cif", "c10_icsd_dot_zero/child.cif", {"R4+"}),
    ],
)
def test_shared_pairs_of_mended_files(shared: Path, parent: str, child: str, irreps: set[str]) -> None:
    from curiebreak import decompose

    found = decompose(shared / "data" / "faults" / parent, shared / "data" / "faults" / child)
    assert irreps <= {mode.irrep for mode in found.irreps} and set(found.primary) <= irreps
    if "c04" in parent:
        (polar,) = [mode for mode in found.irreps if mode.irrep == "GM4-" and mode.kind == "displacement"]
        assert polar.amplitude_supercell == pytest.approx(0.1395, abs=1e-4)


def test_negative_cell_length(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cell length.*negative"):
        read(tmp_path, cif((4.99, 4.99, -17.06, 90, 90, 120), "R -3 c", *CALCITE))
