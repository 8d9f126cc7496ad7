"""Magnetic structures: reading, the stated parent, irreps of moments, groups with time reversal, couplings.

Expected values: entries of MAGNDATA (irreps and BNS groups as stated there), what ISODISTORT printed for TbSb, and
invariants. In KNiF3 two Ni of 2.22 μB stand in the primitive magnetic cell: As = 2.22 sqrt 2.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from magnetic_cifs import magnetic_cif, rock_salt_g_type, terbium_antimonide

from curiebreak.errors import InputError
from curiebreak.magnetic.magnetic_modes import decompose_magnetic
from curiebreak.magnetic.stated_document import magnetic_parent
from curiebreak.results import Decomposition, IrrepEntry
from curiebreak.structures.cif_numbers import mended_number
from curiebreak.structures.magnetic_cif import MagneticCrystal, lists_moments, magnetic_crystal, read_magnetic_cif
from curiebreak.structures.transformation_text import parse_transformation
from curiebreak.structures.write import write_structure


def of_kind(result: Decomposition, kind: str) -> dict[str, IrrepEntry]:
    return {entry.name: entry for entry in result.irreps if entry.kind == kind}


def bns(result: Decomposition) -> str:
    group = result.isotropy_subgroup
    return "" if group is None or group.magnetic is None else group.magnetic.bns_number


# Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rows", "shift"),
    [
        ("a,b,c;0,0,0", [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0]),
        ("a+b, -a+b,c ;0,0,1/2", [[1, 1, 0], [-1, 1, 0], [0, 0, 1]], [0, 0, 0.5]),
        ("‘a,2b,c;0,0,0’", [[1, 0, 0], [0, 2, 0], [0, 0, 1]], [0, 0, 0]),
        ("a/2+b/2-c,a/2-b/2,-a-b", [[0.5, 0.5, -1], [0.5, -0.5, 0], [-1, -1, 0]], [0, 0, 0]),
        ("1/2a-1/2b,b,3c;1/4,-1/8,0.5", [[0.5, -0.5, 0], [0, 1, 0], [0, 0, 3]], [0.25, -0.125, 0.5]),
        ("(0,0,2),(0,1,0),(-2,0,0);(0,0,1/2)", [[0, 0, 2], [0, 1, 0], [-2, 0, 0]], [0, 0, 0.5]),
    ],
)
def test_changes_of_axes(text: str, rows: list[list[float]], shift: list[float]) -> None:
    matrix, moved = parse_transformation(text)
    assert np.allclose(matrix, rows) and np.allclose(moved, shift)


@pytest.mark.parametrize("text", ["", "a,b", "a,b,d;0,0,0", "a,b,c;0,0", "a,,c;0,0,0", "a,b,c;0,0,1/0"])
def test_what_is_no_change_of_axes(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_transformation(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("-3.11.", "-3.11"), ("5..88848(6)", "5.88848(6)"), ("5.6lS(2)", "5.615(2)"), ("0.785(0", None),
        ("5.191)", "5.191"), ("3.5(1)..", "3.5(1)"), ("-1.6(1.3)", "-1.6"), ("\u22122.5", "-2.5"),
        ("1.25", None), ("?", None), ("", None), ("two", None), ("1.2.3.4", None),
    ],
)  # fmt: skip
def test_slips_in_numbers(text: str, meant: str | None) -> None:
    assert mended_number(text) == meant


def test_both_dialects_and_line_ends_say_the_same() -> None:
    atoms = [("Fe", (0.0, 0.0, 0.0), (0.0, 0.0, 2.0))]
    options = {"parent": 221, "operations": ("x,y,z,+1", "-x,-y,-z,+1")}
    new = magnetic_crystal(magnetic_cif((4, 4, 4, 90, 90, 90), atoms, **options))
    old_text = magnetic_cif((4, 4, 4, 90, 90, 90), atoms, **options, old=True)
    old = magnetic_crystal(old_text)
    doubled = magnetic_crystal(old_text.replace("\n", "\r\r\n"))
    for other in (old, doubled):
        assert other.stated.complete and other.stated.child == new.stated.child
        assert len(other.operations) == len(new.operations) == 2
        assert np.allclose(other.moments, new.moments) and len(other) == len(new) == 1


def test_moments_follow_as_axial_vectors_odd_in_time() -> None:
    """A mirror normal to z keeps m_z and turns m_x round; with time reversal the other way about."""
    atoms = [("Fe", (0.1, 0.2, 0.3), (1.0, 0.0, 0.5))]
    for sign, expected in (("+1", [-1.0, 0.0, 0.5]), ("-1", [1.0, 0.0, -0.5])):
        text = magnetic_cif((4, 5, 6, 90, 90, 90), atoms, operations=("x,y,z,+1", f"x,y,-z,{sign}"))
        crystal = magnetic_crystal(text)
        image = int(np.argmax(crystal.positions[:, 2]))
        assert np.allclose(crystal.moments[image], expected)


def test_a_moment_against_its_operations_is_averaged_and_said() -> None:
    atoms = [("Fe", (0.0, 0.0, 0.0), (1.0, 0.0, 2.0))]
    crystal = magnetic_crystal(magnetic_cif((4, 4, 5, 90, 90, 90), atoms, operations=("x,y,z,+1", "-x,-y,z,+1")))
    assert np.allclose(crystal.moments, [[0.0, 0.0, 2.0]])
    assert any("does not follow" in message for message in crystal.messages)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Fe0 0.000000 0.000000 2.000000", "Fe0 0.0 0.0 two"), "not a number"),
        (("Fe0 0.000000 0.000000 2.000000", "Co9 0.0 0.0 2.0"), "no atom of it"),
        (("crystalaxis", "cartn"), "no moments along the crystal axes"),
    ],
)
def test_moments_that_cannot_be_read_are_refused(change: tuple[str, str], words: str) -> None:
    text = magnetic_cif((4, 4, 4, 90, 90, 90), [("Fe", (0.0, 0.0, 0.0), (0.0, 0.0, 2.0))])
    with pytest.raises(InputError, match=words):
        magnetic_crystal(text.replace(*change))


def test_an_angle_that_the_operations_forbid_is_corrected_and_said() -> None:
    text = magnetic_cif(
        (4.2, 12, 4.3, 90, 102.3, 90), [("Nd", (0, 0.3, 0.25), (1, 0, 0))], operations=("x,y,z,+1", "-x,y,z,-1")
    )
    crystal = magnetic_crystal(text)
    assert abs(crystal.cell[0] @ crystal.cell[2]) < 1e-9
    assert any("do not keep the cell" in message for message in crystal.messages)


def test_where_moments_are(structures: Path, tmp_path: Path) -> None:
    assert lists_moments(structures / "magnetic" / "knif3.mcif")
    assert not lists_moments(structures / "lamno3_pnma.cif") and not lists_moments("auto")
    none = tmp_path / "none.mcif"
    none.write_text(magnetic_cif((4, 4, 4, 90, 90, 90), [("Fe", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))]))
    assert not lists_moments(none)


# Irreps and groups ------------------------------------------------------------------------------------------------


def test_g_type(structures: Path) -> None:
    result = decompose_magnetic("auto", structures / "magnetic" / "knif3.mcif")
    (entry,) = result.irreps
    assert (entry.irrep, entry.kind, entry.direction, entry.role) == ("mR4+", "magnetic", "(a,0,0)", "primary")
    assert entry.amplitude_supercell == pytest.approx(2.22 * np.sqrt(2), abs=1e-9)
    assert entry.amplitude_parent == pytest.approx(2.22) and entry.dmax == pytest.approx(2.22)
    assert bns(result) == "140.550" and result.child.n_atoms == 10
    assert result.index is not None and (result.index.total, result.index.translation) == (6, 2)
    assert {origin.irrep for origin in entry.other_origins} == {"mR5-"}


def test_the_same_without_listed_operations_and_from_any_cell(structures: Path) -> None:
    """Group, label and amplitude come from the moments where the file lists no operations."""
    result = decompose_magnetic("auto", magnetic_crystal(rock_salt_g_type(2.22)))
    (entry,) = result.irreps
    assert entry.irrep == "mR4+" and entry.amplitude_supercell == pytest.approx(2.22 * np.sqrt(2))
    assert bns(result) == "140.550"


def test_two_irreps_and_an_odd_power(structures: Path) -> None:
    result = decompose_magnetic("auto", structures / "magnetic" / "csmni3.mcif")
    assert set(result.primary) == {"mK3", "mK5"} and bns(result) == "36.174"
    follower = of_kind(result, "magnetic")["mGM4+"]
    assert follower.role == "secondary" and follower.coupling is not None
    products = follower.coupling.partition("~")[2].split(",")
    assert all(sum(int(p.partition("^")[2] or 1) for p in one.strip().split("*")) % 2 for one in products)


def test_displacements_follow_from_even_powers(structures: Path) -> None:
    """Improper: mX2 of MnS2 drives the polar GM4- and GM2+GM3+ by its square."""
    result = decompose_magnetic("auto", structures / "magnetic" / "mns2.mcif")
    assert result.primary == ("mX2",) and bns(result) == "29.105"
    moved = of_kind(result, "displacement")
    assert set(moved) == {"GM4-", "GM2+GM3+"}
    assert moved["GM4-"].coupling == "GM4- ~ mX2^2"
    assert moved["GM4-"].amplitude_supercell == pytest.approx(0.039, abs=1e-3)
    assert sum(entry.share or 0.0 for entry in moved.values()) == pytest.approx(1.0)


def test_a_strain_follows_from_no_single_moment() -> None:
    """In mmm the strain xy and the moment along z are both B1g, but only the product of m_x and m_y drives it."""
    text = magnetic_cif((4, 5, 6, 90, 90, 90.6), [("Fe", (0.0, 0.0, 0.0), (1.5, 1.2, 0.8))], parent=47)
    result = decompose_magnetic("auto", magnetic_crystal(text))
    (strain,) = of_kind(result, "strain").values()
    moments = of_kind(result, "magnetic").values()
    x, y, z = (next(e.irrep for e in moments if e.dmax == pytest.approx(size)) for size in (1.5, 1.2, 0.8))
    assert len(result.primary) == 3 and strain.role == "secondary" and z == "m" + strain.irrep
    assert strain.coupling == f"{strain.irrep} strain ~ {x}*{y}"


def test_moments_and_charge_order_together(structures: Path) -> None:
    """YBaCo2O5 as its authors state it: {mM5-, X3+} primary, mX1- follows from their product."""
    result = decompose_magnetic("auto", structures / "magnetic" / "ybaco2o5.mcif")
    assert set(result.primary) == {"mM5-", "X3+"} and bns(result) == "53.330"
    entries = of_kind(result, "magnetic")
    assert entries["mX1-"].coupling == "mX1- ~ mM5-*X3+" and entries["mX1-"].role == "secondary"
    assert entries["mM5-"].amplitude_supercell == pytest.approx(9.80497, rel=1e-4)


def test_terbium_antimonide_as_isodistort_prints_it() -> None:
    """mL2+ (a;0;0;0) with amplitude 1 on the unstrained parent, BNS 167.108, OG 166.7.1333, s = 2, i = 8."""
    result = decompose_magnetic("auto", magnetic_crystal(terbium_antimonide()))
    (entry,) = of_kind(result, "magnetic").values()
    assert (entry.irrep, entry.direction) == ("mL2+", "(a;0;0;0)")
    # the file's cell is strained by 0.00173, which the fractions of the axes undo; its parent cell is that of the file
    assert entry.amplitude_supercell == pytest.approx(1.00173, abs=1e-4)
    group = result.isotropy_subgroup
    assert group is not None and group.magnetic is not None
    assert (group.magnetic.bns_number, group.magnetic.og_number) == ("167.108", "166.7.1333")
    assert (group.size, group.index) == (2, 8)


# The parent -------------------------------------------------------------------------------------------------------


def test_a_left_handed_change_of_axes_is_inverted_and_said() -> None:
    text = rock_salt_g_type().replace("2a,2b,2c;0,0,0", "2b,2a,2c;0,0,0")
    result = decompose_magnetic("auto", magnetic_crystal(text))
    assert [entry.irrep for entry in result.irreps] == ["mR4+"]
    assert any("left-handed" in message for message in result.messages)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2a,2b,2c;0,0,0", "2a,2b,3c;0,0,0", "strained"),
        ("2a,2b,2c;0,0,0", "2a,2b,b;0,0,0", "singular"),
        ("2a,2b,2c;0,0,0", "2a,2b,2c;0,0", "cannot be read"),
        ("IT_number 221", "IT_number 229", "fall on sites|whole number"),
        ("IT_number 221", "name 221", "names no parent"),
    ],
)
def test_a_parent_that_contradicts_the_structure_is_refused(old: str, new: str, words: str) -> None:
    text = rock_salt_g_type()
    assert old in text
    with pytest.raises(InputError, match=words):
        decompose_magnetic("auto", magnetic_crystal(text.replace(old, new)))


def test_operations_outside_the_stated_parent_are_refused(structures: Path) -> None:
    text = (structures / "magnetic" / "mns2.mcif").read_text()
    wrong = text.replace("'a,2b,c;0,0,0'", "'a,2b,c;0,1/16,0'")
    assert wrong != text
    with pytest.raises(InputError, match="operations are none of Pa-3"):
        decompose_magnetic("auto", magnetic_crystal(wrong))


def test_an_origin_that_shifts_all_atoms_is_refused(structures: Path) -> None:
    """The child is polar along a: its operations do not know the origin there, the atoms do."""
    text = (structures / "magnetic" / "mns2.mcif").read_text()
    with pytest.raises(InputError, match="shifted together by 0.76 Å"):
        decompose_magnetic("auto", magnetic_crystal(text.replace("'a,2b,c;0,0,0'", "'a,2b,c;1/8,0,0'")))


def test_the_written_parent_gives_the_same_answer(structures: Path, command_line: CommandLine) -> None:
    for name in ("csmni3", "ybaco2o5"):
        child = structures / "magnetic" / f"{name}.mcif"
        assert command_line("parent", str(child), "-o", f"{name}.cif", "--quiet").code == 0
        found = command_line("modes", f"{name}.cif", str(child), "--json")
        given, stated = found.json, decompose_magnetic("auto", child)
        assert sorted(given["primary"]) == sorted(stated.primary)
        ours = {e["name"]: e["amplitude_supercell"] for e in given["irreps"] if e["kind"] == "magnetic"}
        theirs = {e.name: e.amplitude_supercell for e in stated.irreps if e.kind == "magnetic"}
        assert ours == pytest.approx(theirs, rel=1e-3)
        assert given["isotropy_subgroup"]["magnetic"]["bns_number"] == bns(stated)


def test_a_scrambled_child_on_a_given_parent(structures: Path, command_line: CommandLine) -> None:
    """Other axes, another origin, atoms in another order, no operations: label, group and amplitude stay."""
    crystal = read_magnetic_cif(structures / "magnetic" / "mns2.mcif")
    assert command_line("parent", str(crystal.path), "-o", "parent.cif", "--quiet").code == 0
    turn = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    other = _scrambled(crystal, turn, np.array([0.13, 0.21, 0.4]))
    result = decompose_magnetic(command_line.folder / "parent.cif", other)
    (entry,) = of_kind(result, "magnetic").values()
    assert entry.irrep == "mX2" and entry.amplitude_supercell == pytest.approx(np.sqrt(2), rel=1e-3)
    assert bns(result) == "29.105"


def _scrambled(crystal: MagneticCrystal, turn: np.ndarray, shift: np.ndarray) -> MagneticCrystal:
    order = np.random.default_rng(0).permutation(len(crystal))
    angle = 0.4
    rotation = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    cell = turn @ crystal.cell @ rotation
    return MagneticCrystal(
        cell=cell,
        elements=tuple(crystal.elements[i] for i in order),
        labels=tuple(crystal.labels[i] for i in order),
        occupancies=crystal.occupancies[order],
        positions=crystal.positions[order] @ np.linalg.inv(turn) + shift,
        moments=crystal.moments[order] @ rotation,
        listed=crystal.listed[order],
        precision=crystal.precision,
    )


def test_command_line(structures: Path, command_line: CommandLine) -> None:
    child = str(structures / "magnetic" / "mns2.mcif")
    shown = command_line("modes", "auto", child)
    assert shown.code == 0 and "mX2" in shown.out and "29.105" in shown.out
    for option in ("--isocif", "--topas", "--undistorted", "--eigenvectors"):
        refused = command_line("modes", "auto", child, option, "x.cif")
        assert refused.code == 2 and option in refused.err


def test_tables_name_the_magnetic_group_and_the_unit(structures: Path, command_line: CommandLine) -> None:
    """KNiF3's file states BNS 140.550; the space group of the positions alone is a larger one."""
    file = structures / "magnetic" / "knif3.mcif"
    shown = command_line("modes", "auto", file, "--csv", "k.csv", "--format", "markdown")
    assert "mR4+ (magnetic, μB)" in shown.out and "(140.550)" in shown.out
    row = (command_line.folder / "k.csv").read_text().splitlines()[1]
    assert "140.550" in row.split(",")


def test_a_scan_says_that_it_leaves_moments_aside(structures: Path, command_line: CommandLine) -> None:
    """Frames with scalar moments are read as atoms; the row must not read as if that were all of the file."""
    frame = "\n".join(
        [
            "5", 'Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3:magmoms:R:1 pbc="T T T"',
            "K 2 2 2 0", "Ni 0 0 0 1.5", "F 2 0 0 0", "F 0 2 0 0", "F 0 0 2 0",
        ]
    )  # fmt: skip
    (command_line.folder / "k.extxyz").write_text(frame + "\n")
    assert command_line("scan", "k.extxyz", "-o", "s.db", "--exact", "--quiet").code == 0
    shown = command_line("query", "s.db", "1", "--columns", "id,status,reason", "--json")
    assert "nothing_to_break" in shown.out and "magnetic moments are ignored" in shown.out


def test_the_axis_of_amplitudes_says_what_moments_are_in(structures: Path) -> None:
    from matplotlib.figure import Figure

    from curiebreak.report.draw_modes import draw_amplitudes

    axes = Figure().subplots()
    draw_amplitudes(decompose_magnetic("auto", structures / "magnetic" / "mns2.mcif"), axes)
    assert axes.get_xlabel().endswith("Å (magnetic: μB)")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mns2", {("mX2", "mX2", "GM4-"), ("mX2", "mX2", "GM2+GM3+")}),
        ("ybaco2o5", {("mM5-", "X3+", "mX1-"), ("mM5-", "mM5-", "GM2+")}),
        ("csmni3", {("mK3", "mK3", "mK3", "mGM4+"), ("mK3", "mK5", "mK5", "mGM4+")}),
    ],
)
def test_invariants_hold_an_even_power_of_moments(
    name: str, found: set[tuple[str, ...]], structures: Path, command_line: CommandLine
) -> None:
    """Improper polarisation of MnS2, weak moments by charge order, ferrimagnetism of third order in CsMnI3."""
    path = structures / "magnetic" / f"{name}.mcif"
    ran = command_line("couplings", "auto", path, "--order", "4", "--json")
    assert ran.code == 0
    listed = {tuple(sorted(sum(([n] * p for n, p in one["factors"].items()), []))) for one in ran.json["invariants"]}
    assert {tuple(sorted(product)) for product in found} <= listed
    for product in listed:
        assert sum(factor.startswith("m") for factor in product) % 2 == 0, product


# Without a child -----------------------------------------------------------------------------------------------------


@pytest.fixture
def nickelate(structures: Path, tmp_path: Path) -> Path:
    """KNiF3 as a file, Ni at the origin."""
    path = tmp_path / "knif3.cif"
    write_structure(magnetic_parent(structures / "magnetic" / "knif3.mcif"), path)
    return path


def test_irreps_of_moments_of_a_parent(nickelate: Path, command_line: CommandLine) -> None:
    """At R the axial vector of Ni at the origin is R4+, that of K at the body centre R5- (the other origin)."""
    ran = command_line("irreps", nickelate, "--k", "R", "--magnetic", "--json")
    assert ran.code == 0
    (star,) = ran.json["kpoints"]
    by_label = {one["irrep"]: one["sites"] for one in star["irreps"]}
    assert [label for label, sites in by_label.items() if "Ni1" in sites] == ["mR4+"]
    assert [label for label, sites in by_label.items() if "K1" in sites] == ["mR5-"]
    assert sum(one["dim"] * one["multiplicity"] for one in star["irreps"]) == star["components"] == 15
    everything = command_line("irreps", nickelate, "--magnetic", "--json").json["kpoints"]
    assert all(one["irrep"].startswith("m") and not one["rigid"] for k in everything for one in k["irreps"])


@pytest.mark.parametrize(
    ("labels", "direction", "bns", "index"),
    [
        (("--list-directions", "mR4+"), "(a,0,0)", "140.550", 6),
        (("--list-directions", "mR4+"), "(a,a,a)", "167.108", 8),
        (("--list-directions", "mGM4+"), "(a,0,0)", "123.345", 6),
        (("--list-directions", "mM3+"), "(a;a;a)", "229.143", 8),
    ],
)
def test_directions_have_magnetic_groups(
    labels: tuple[str, str], direction: str, bns: str, index: int, nickelate: Path, command_line: CommandLine
) -> None:
    """KNiF3 and TmGa3 as MAGNDATA states them, TbSb's kind, a ferromagnet along c: P4/mm'm'.

    The index counts domains, those with all moments reversed included.
    """
    ran = command_line("distort", nickelate, *labels, "--json")
    assert ran.code == 0
    found = {d["direction"]: d["isotropy_subgroup"] for d in ran.json["directions"]}
    assert found[direction]["magnetic"]["bns_number"] == bns and found[direction]["index"] == index


def test_a_pair_of_moments_and_tilts(nickelate: Path, command_line: CommandLine) -> None:
    """A translation that reverses moments reverses tilts of the same k too: with both no anti-translation is left."""
    alone = command_line("distort", nickelate, "--list-directions", "mR4+", "--json").json["directions"]
    assert {d["isotropy_subgroup"]["magnetic"]["type"] for d in alone} == {"IV"}
    ran = command_line("distort", nickelate, "--couple", "mR4+", "R4+", "--json")
    assert ran.code == 0 and ran.json["irreps"] == ["mR4+", "R4+"]
    assert {d["isotropy_subgroup"]["magnetic"]["type"] for d in ran.json["directions"]} <= {"I", "III"}
