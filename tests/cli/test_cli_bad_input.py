"""Every bad input ends in one sentence, a hint and its exit code, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_cifs
from ase.build import bulk
from ase.io import write as ase_write
from command_line import CommandLine

COMMANDS = ("map", "modes", "find")


def write(**texts: str) -> None:
    for name, text in texts.items():
        Path(f"{name}.cif").write_text(text)


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.mark.parametrize(
    ("parent", "child", "says"),
    [
        (small_cifs.PEROVSKITE, small_cifs.NO_SITES, "site"),
        (small_cifs.NO_SITES, small_cifs.POLAR, "site"),
        (small_cifs.PEROVSKITE, small_cifs.NOT_A_NUMBER, "nan|number|finite|coordinate"),
        (small_cifs.PEROVSKITE, small_cifs.INFINITE_CELL, "cell|finite|number"),
        (small_cifs.PEROVSKITE, small_cifs.FLAT_CELL, "cell|volume|angle"),
        (small_cifs.PEROVSKITE, small_cifs.DUPLICATE, "O3|close|apart|twice|same"),
        (small_cifs.PEROVSKITE, small_cifs.PARTLY_EMPTY, "partly occupied|occupanc"),
        (small_cifs.PEROVSKITE, "this is not a CIF\n", ""),
        (small_cifs.PEROVSKITE, "", "empty"),
    ],
    ids=[
        "child-no-sites", "parent-no-sites", "nan", "infinite-cell", "flat-cell", "duplicate", "partial",
        "text", "empty",
    ],
)  # fmt: skip
def test_unusable_file(command_line: CommandLine, command: str, parent: str, child: str, says: str) -> None:
    write(parent=parent, child=child)
    ran = command_line.refuses(3, command, "parent.cif", "child.cif", "-o", "out.json")
    assert any(word.lower() in ran.err.lower() for word in says.split("|"))


@pytest.mark.parametrize("name", ["missing.cif", "folder", "binary.cif"])
def test_unreadable_file(command_line: CommandLine, command: str, name: str) -> None:
    write(parent=small_cifs.PEROVSKITE)
    Path("folder").mkdir()
    Path("binary.cif").write_bytes(bytes(range(256)) * 4)
    for pair in (("parent.cif", name), (name, "parent.cif")):
        assert name in command_line.refuses(3, command, *pair).err


@pytest.mark.parametrize(
    ("parent", "child", "says"),
    [
        (small_cifs.PEROVSKITE, small_cifs.BARIUM, "composition"),
        (small_cifs.PEROVSKITE, small_cifs.MISSING_ATOM, "composition"),
        (small_cifs.DIAMOND, small_cifs.THREE_CARBONS, "supercell"),
        (small_cifs.ROCK_SALT, small_cifs.CAESIUM_TYPE, "reconstructive|supercell"),
        (small_cifs.PEROVSKITE, small_cifs.OXYGENS_ELSEWHERE, "reconstructive"),
        (small_cifs.BETA_QUARTZ, small_cifs.OTHER_HAND, "hand"),
        (small_cifs.TETRAGONAL, small_cifs.RHOMBOHEDRAL, "group"),
    ],
    ids=["species", "missing-atom", "atom-number", "strain", "reconstructive", "hand", "no-subgroup"],
)
def test_pair_that_does_not_map(command_line: CommandLine, command: str, parent: str, child: str, says: str) -> None:
    write(parent=parent, child=child)
    ran = command_line.refuses(4, command, "parent.cif", "child.cif", "-o", "out.json")
    assert any(word in ran.err.lower() for word in says.split("|"))


def test_right_hand_maps(command_line: CommandLine) -> None:
    """The control of the wrong hand."""
    write(parent=small_cifs.BETA_QUARTZ, child=small_cifs.ALPHA_QUARTZ)
    assert command_line("map", "parent.cif", "child.cif").code == 0


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "says"),
    [("35_NEG_seo2_no_group_subgroup", "group-subgroup"), ("54_NEG_quartz_handedness", "hand")],
)
def test_shared_pairs_to_refuse(command_line: CommandLine, command: str, shared: Path, case: str, says: str) -> None:
    folder = shared / "data" / "cases" / case
    ran = command_line.refuses(4, command, folder / "parent.cif", folder / "child.cif")
    assert says in ran.err


@pytest.mark.parametrize("sites", ["Xe", "Ti,Nb", "z", " "])
def test_unknown_site(command_line: CommandLine, sites: str) -> None:
    write(parent=small_cifs.PEROVSKITE, child=small_cifs.POLAR)
    ran = command_line.refuses(3, "find", "parent.cif", "child.cif", "--sites", sites)
    assert "site" in ran.err


@pytest.mark.parametrize("name", ["modes", "find"])
def test_unknown_fixed_site(command_line: CommandLine, name: str) -> None:
    write(parent=small_cifs.PEROVSKITE, child=small_cifs.POLAR)
    ran = command_line.refuses(3, name, "parent.cif", "child.cif", "--fix-site", "Xe")
    assert "Xe" in ran.err


def test_crystal_and_molecule(command_line: CommandLine, command: str, structures: Path) -> None:
    write(parent=small_cifs.PEROVSKITE)
    command_line.refuses(4, command, "parent.cif", structures / "square.xyz")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("parent", "c.cif", "--polar", "--centrosymmetric"), "No group is polar and centrosymmetric."),
        (("distort", "c.cif", "--list-directions", "R4+", "--couple", "M3+", "R4+"), "list different things"),
        (("distort", "c.cif", "R4+(0,0,a)=0.1", "--list-directions", "R4+"), "not both"),
    ],
)
def test_options_that_contradict_each_other(command_line: CommandLine, given: tuple[str, ...], said: str) -> None:
    write(c=small_cifs.PEROVSKITE)
    assert said in command_line.refuses(2, *given).err


@pytest.mark.parametrize("name", ["modes", "find"])
@pytest.mark.parametrize(
    ("parent", "child"),
    [(small_cifs.PEROVSKITE, small_cifs.PEROVSKITE), (small_cifs.POLAR, small_cifs.PEROVSKITE)],
    ids=["equal", "higher"],
)
def test_nothing_to_break_is_no_error(command_line: CommandLine, name: str, parent: str, child: str) -> None:
    write(parent=parent, child=child)
    ran = command_line(name, "parent.cif", "child.cif", "--json")
    assert ran.code == 0
    assert (ran.json["status"], ran.json["primary"]) == ("nothing_to_break", [])
    said = " ".join(ran.json["messages"])
    assert "reverse direction" in said and ("swap the two" in said) == (parent != child)


def test_moments_left_aside_stand_with_the_headline(command_line: CommandLine) -> None:
    """Collinear moments, as calculations leave them, may be all that breaks: the first lines say so, not the last."""
    write(parent=small_cifs.ROCK_SALT)
    child = bulk("NaCl", "rocksalt", 5.64, cubic=True)
    child.set_initial_magnetic_moments([2, 0, 2, 0, -2, 0, -2, 0])
    ase_write("child.extxyz", child)
    ran = command_line("modes", "parent.cif", "child.extxyz")
    headline = " ".join(ran.out.split("Pair")[0].replace("│", "").split())
    assert "nothing to break" in headline and "moments are ignored" in headline and "--moment-axis" in headline
    assert "swap" not in ran.out


@pytest.mark.parametrize(
    "given",
    [
        ("predict", "LaFeO3", "-o", ""),
        ("run", "--output="),
        ("couplings", "a", "b", "--irreps", ""),
        ("find", "a", "b", "--sites", ""),
    ],
)
def test_an_option_without_a_value_is_no_working_directory(command_line: CommandLine, given: tuple[str, ...]) -> None:
    """As a shell gives a variable that is not set."""
    assert "has an empty value" in command_line.refuses(2, *given).err
    assert not list(Path().iterdir())
