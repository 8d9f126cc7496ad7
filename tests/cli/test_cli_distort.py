"""`curiebreak distort` and `curiebreak irreps` from the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from command_line import CommandLine

from curiebreak.results import Decomposition
from curiebreak.results.parent_records import DirectionList, DistortResult, IrrepList
from curiebreak.structures import read_structure


def test_build_and_decompose(command_line: CommandLine, structures: Path) -> None:
    parent = structures / "lamno3_cubic.cif"
    ran = command_line("distort", parent, "R4+(0,b,b)=0.9", "M3+(a;0;0)=0.6", "-o", "child.cif", "--json")
    report = DistortResult.from_json(ran.out)
    assert report.isotropy_subgroup.number == 62 and report.agrees and report.file == "child.cif"
    assert (report.size, report.child.n_atoms) == (4, 20)
    back = Decomposition.from_json(command_line("modes", parent, "child.cif", "--json").out)
    amplitudes = {e.irrep: e.amplitude_supercell for e in back.irreps if e.kind == "displacement"}
    assert amplitudes == pytest.approx({"R4+": 0.9, "M3+": 0.6}, abs=1e-4)
    assert back.isotropy_subgroup is not None and back.isotropy_subgroup.number == 62


def test_text(command_line: CommandLine, structures: Path) -> None:
    ran = command_line("distort", structures / "lamno3_cubic.cif", "R4+(0,b,b)=0.9")
    assert ran.code == 0 and "Imma (74)" in ran.out and "agrees" in ran.out and "a0b-b-" in ran.out
    assert list(Path().iterdir()) == []


def test_tilts(command_line: CommandLine, structures: Path) -> None:
    arguments = ("--glazer", "a+b-b-", "--angles", "9.7,9.0,9.0", "-o", "child.cif", "--json")
    report = DistortResult.from_json(command_line("distort", structures / "lamno3_cubic.cif", *arguments).out)
    assert report.glazer is not None and report.glazer.angles == pytest.approx((9.7, 9.0, 9.0), abs=1e-3)


@pytest.mark.parametrize(("name", "suffix"), [("series.cif", ".cif"), ("POSCAR", ""), ("s.vasp", ".vasp")])
def test_series(command_line: CommandLine, structures: Path, name: str, suffix: str) -> None:
    parent = structures / "lamno3_cubic.cif"
    ran = command_line("distort", parent, "--grid", "R4+(0,b,b)", "0:1.5:4", "-o", name, "--json")
    report = DistortResult.from_json(ran.out)
    assert [m.amplitude for m in report.series] == [0.0, 0.5, 1.0, 1.5]
    files = sorted(path.name for path in Path().iterdir())
    assert files == [f"{Path(name).stem}_{i:02d}{suffix}" for i in range(4)]
    assert all(len(read_structure(file)) == 10 for file in files)
    command_line.refuses(2, "distort", parent, "--grid", "R4+(0,b,b)", "0:1.5:4", "-o", name)


def test_directions(command_line: CommandLine, structures: Path) -> None:
    parent = structures / "lamno3_cubic.cif"
    found = DirectionList.from_json(command_line("distort", parent, "--list-directions", "R4+", "--json").out)
    assert [(d.direction, d.isotropy_subgroup.number) for d in found.directions] == [
        ("(a,0,0)", 140), ("(a,a,0)", 74), ("(a,a,a)", 167), ("(a,b,0)", 12), ("(a,a,b)", 15), ("(a,b,c)", 2),
    ]  # fmt: skip
    pair = command_line("distort", parent, "--couple", "M3+", "R4+")
    assert pair.code == 0 and "(a;0;0|0,b,b)" in pair.out and "Pnma (62)" in pair.out


def test_every_direction_as_a_file(command_line: CommandLine, structures: Path) -> None:
    """Groups of the directions of R4+ (Howard & Stokes 1998), as spglib finds them in the written files."""
    parent = structures / "lamno3_cubic.cif"
    ran = command_line("distort", parent, "--list-directions", "R4+", "--all", "kids", "--rms", "0.03", "--json")
    found = DirectionList.from_json(ran.out)
    assert found.table == "kids/children.csv" and len(found.directions) == 6
    rows = list(csv.DictReader(Path("kids/children.csv").read_text().splitlines()))
    assert [(row["number"], row["spglib_agrees"]) for row in rows] == [(n, "yes") for n in "140 74 167 12 15 2".split()]
    for one in found.directions:
        back = Decomposition.from_json(command_line("modes", parent, one.file, "--json").out)
        assert back.isotropy_subgroup is not None and back.isotropy_subgroup.number == one.isotropy_subgroup.number
        assert {e.irrep for e in back.irreps if e.role == "primary"} == {"R4+"}
        assert back.mapping is not None and back.mapping.rms == pytest.approx(0.03, rel=1e-3)
    command_line.refuses(2, "distort", parent, "--list-directions", "R4+", "--all", "kids")
    command_line.refuses(2, "distort", parent, "R4+(a,0,0)=0.5", "--all", "others")


def test_irreps(command_line: CommandLine, structures: Path) -> None:
    """Displacements of a cubic perovskite, B at the origin: 15 at GM (polar 4 x 3, silent 3)."""
    parent = structures / "lamno3_cubic.cif"
    found = IrrepList.from_json(command_line("irreps", parent, "--json").out)
    assert [k.letters for k in found.kpoints] == ["GM", "R", "X", "M"]
    zone_centre = {i.irrep: (i.multiplicity, i.rigid, i.sites) for i in found.kpoints[0].irreps if i.sites}
    assert zone_centre == {"GM4-": (3, 1, {"La": 1, "Mn": 1, "O": 2}), "GM5-": (1, 0, {"O": 1})}
    assert all(k.components == 15 * k.arms for k in found.kpoints)
    assert found.wyckoffs == {"La": "b", "Mn": "a", "O": "d"}
    letters = command_line("irreps", parent, "--k", "R", "--json").json["kpoints"]
    fractions = command_line("irreps", parent, "--k", "1/2,1/2,1/2", "--json").json["kpoints"]
    assert letters == fractions
    line = command_line("irreps", parent, "--k", "0,1/4,0", "--json").json["kpoints"][0]
    assert (line["letters"], line["kind"], line["arms"]) == ("DT", "line", 6)
    assert "GM4-" in command_line("irreps", parent).out


@pytest.mark.parametrize(
    ("code", "arguments", "says"),
    [
        (3, ("distort", "P", "R9+(a,0,0)=1"), "R4+"),
        (3, ("distort", "P", "Q1(a,0,0)=1"), "GM, R, X, M"),
        (3, ("distort", "P", "R4+(a,0)=1"), "2 components"),
        (3, ("distort", "P", "R4+(a,0,0)=1", "-o", "child.abc"), "format"),
        (3, ("distort", "missing.cif", "R4+(a,0,0)=1"), "missing.cif"),
        (3, ("distort", "P", "--list-directions", "R9+"), "R4+"),
        (3, ("distort", "P", "R4+(a,0,0)=1", "--strain", "1,2"), "six numbers"),
        (3, ("distort", "P", "--glazer", "a+b-b-"), "angles"),
        (2, ("distort", "P"), "Nothing to build"),
        (2, ("distort", "P", "--grid", "R4+", "0:1", "-o", "s.cif"), "grid"),
        (2, ("distort", "P", "--grid", "R4+(a,0,0)", "0:1:3"), "-o"),
        (2, ("distort", "P", "R4+(a,0,0)=1", "--amplitude", "Ax"), "--help"),
        (3, ("irreps", "P", "--k", "Q"), "GM, R, X, M"),
        (3, ("irreps", "P", "--k", "DT"), "line"),
        (3, ("irreps", "P", "--k", "1/2,0"), "2 components"),
        (3, ("irreps", "P", "--k", "a,b,c"), "no wave vector|fractions"),
        (3, ("irreps", "missing.cif"), "missing.cif"),
    ],
)
def test_bad_input(
    command_line: CommandLine, structures: Path, code: int, arguments: tuple[str, ...], says: str
) -> None:
    given = [str(structures / "lamno3_cubic.cif") if a == "P" else a for a in arguments]
    ran = command_line.refuses(code, *given)
    assert any(word in ran.err for word in says.split("|")), ran.err


def test_existing_file(command_line: CommandLine, structures: Path) -> None:
    Path("child.cif").write_text("precious")
    parent = structures / "lamno3_cubic.cif"
    command_line.refuses(2, "distort", parent, "R4+(a,0,0)=1", "-o", "child.cif")
    command_line.refuses(2, "irreps", parent, "-o", "child.cif")
    assert Path("child.cif").read_text() == "precious"
    assert command_line("distort", parent, "R4+(a,0,0)=1", "-o", "child.cif", "--force", "--quiet").out == ""
    assert len(read_structure("child.cif")) == 10
