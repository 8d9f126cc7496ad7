"""Magnetic structures built from irreps: their groups, their files, and what other readers make of these.

Expected groups: MAGNDATA states 140.550 for KNiF3 with mR4+(a,0,0); the group of a written file is found again by
pymatgen's reader and spglib, which share nothing with the writer.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pymatgen.core
import pytest
import spglib
from command_line import CommandLine
from random_parents import random_parent

import curiebreak
from curiebreak.errors import UsageError
from curiebreak.magnetic.built_report import built_mcif, write_magnetic
from curiebreak.magnetic.magnetic_build import build_magnetic, distort_magnetic
from curiebreak.magnetic.magnetic_modes import decompose_magnetic
from curiebreak.magnetic.mcif_text import moment_sites
from curiebreak.magnetic.stated_document import magnetic_parent
from curiebreak.modes.builder import RequestedIrrep, copies_of, space_of
from curiebreak.modes.lookup import irreps_at_k
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.magnetic_cif import magnetic_crystal, read_magnetic_cif
from curiebreak.structures.transformation_text import parse_transformation, transformation_text
from curiebreak.structures.write import write_structure
from curiebreak.symmetry.tables import special_kpoints


@pytest.fixture(scope="module")
def cubic(structures: Path) -> Structure:
    return magnetic_parent(structures / "magnetic" / "knif3.mcif")


def bns_of_others(path: Path) -> str:
    """The BNS number that spglib gives to what pymatgen reads."""
    from pymatgen.core import Structure as Crystal

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        crystal = Crystal.from_file(path)
    cell, frac = crystal.lattice.matrix, crystal.frac_coords
    moments = np.array([m.get_moment() for m in crystal.site_properties["magmom"]])
    kinds = [site.specie.Z for site in crystal]
    axes = spglib.delaunay_reduce(cell)
    frac = frac @ cell @ np.linalg.inv(axes)
    found = spglib.get_magnetic_symmetry_dataset(
        (axes, frac, kinds, moments), is_axial=True, symprec=1e-4, mag_symprec=1e-3
    )
    return str(spglib.get_magnetic_spacegroup_type(found.uni_number).bns_number)


CASES = [
    (["mR4+(0,0,a)=2.0"], {"mR4+": 2.0}),
    (["mX3+(a;a;0)=3.0", "R4+(0,b,b)=0.9"], {"mX3+": 3.0, "R4+": 0.9}),
    (["mGM4+(a,a,a)=1", "GM4-(0,0,a)=0.1"], {"mGM4+": 1.0, "GM4-": 0.1}),
    (["mDT5@0,1/4,0(a,0,0,0;0,0,0,0;0,0,0,0)=1.5"], {"mDT5": 1.5}),
    (["mR5-[F](a,b,0)=a:0.5,b:1.0", "mM3+(0;0;a)=2.0"], {"mR5-": 1.25**0.5, "mM3+": 2.0}),
]


@pytest.mark.parametrize(("terms", "amplitudes"), CASES)
def test_a_built_structure_is_read_back(
    cubic: Structure, tmp_path: Path, terms: list[str], amplitudes: dict[str, float]
) -> None:
    path = tmp_path / "child.mcif"
    built = distort_magnetic(cubic, [t.replace("[F]", f"[{fluorine(cubic)}]") for t in terms])
    path.write_text(built_mcif(built))
    result = decompose_magnetic("auto", path)
    assert {one.irrep: one.amplitude_supercell for one in result.irreps} == pytest.approx(amplitudes, abs=1e-4)
    assert not any("states BNS" in message for message in result.messages)
    group = result.isotropy_subgroup
    assert group is not None and group.magnetic is not None
    assert bns_of_others(path) == group.magnetic.bns_number == read_magnetic_cif(path).bns


def fluorine(parent: Structure) -> str:
    return next(label for label, name in zip(parent.labels, parent.species, strict=True) if name == "F")


def test_the_g_type_magnet_has_the_group_that_its_entry_states(cubic: Structure) -> None:
    text = built_mcif(distort_magnetic(cubic, ["mR4+(a,0,0)=2.0"]))
    assert "_space_group_magn.number_BNS 140.550" in text and '_space_group_magn.name_BNS "I_c4/mcm"' in text
    assert "k1 [1/2 1/2 1/2]" in text
    # the standard setting of I_c4/mcm: doubled along c, moments along it
    assert "transform_BNS_Pp_abc 'a,b,c;0,0,0'" in text and "0,0,mz" in text
    assert "_cell_length_c 8.02400000" in text and "x+1/2,y+1/2,z+1/2,+1" in text


@pytest.mark.parametrize("name", ["csmni3", "knif3", "mns2", "mnte", "ybaco2o5"])
def test_a_file_written_again_says_the_same(
    name: str, structures: Path, tmp_path: Path, command_line: CommandLine
) -> None:
    source, path = structures / "magnetic" / f"{name}.mcif", tmp_path / "again.mcif"
    assert command_line("modes", "auto", source, "--write", f"mcif:{path}", "-q").code == 0
    before, after = decompose_magnetic("auto", source), decompose_magnetic("auto", path)
    assert after.primary == before.primary

    def rows(result):
        return {(e.irrep, e.kind): e.amplitude_supercell for e in result.irreps}

    assert rows(after) == pytest.approx(rows(before), abs=2e-4)
    assert before.isotropy_subgroup.magnetic == after.isotropy_subgroup.magnetic
    assert bns_of_others(path) == before.isotropy_subgroup.magnetic.bns_number


def test_the_forms_of_moments_are_what_the_site_allows(structures: Path) -> None:
    """MAGNDATA writes `mx,my,0` restrictions of MnTe and YBaCo2O5; every listed moment must obey its own form."""
    crystal = read_magnetic_cif(structures / "magnetic" / "ybaco2o5.mcif")
    forms = {site.label: site.form for site in moment_sites(crystal)}
    assert forms["Co1"] == forms["Co2"] == "0,my,0"


def test_moments_choose_open_shells_and_named_sites(
    cubic: Structure, tmp_path: Path, command_line: CommandLine
) -> None:
    parent = tmp_path / "parent.cif"
    write_structure(cubic, parent)
    first = command_line("distort", parent, "mR4+(0,0,a)=2.0", "--json")
    assert first.code == 0 and any("Moments stand on Ni" in m for m in first.json["messages"])
    assert first.json["isotropy_subgroup"]["magnetic"]["bns_number"] == "140.550" and first.json["agrees"]
    named = command_line("distort", parent, "mR4+(0,0,a)=2.0", "--sites", "Ni", "--json")
    assert not any("chooses" in m for m in named.json["messages"])  # nothing is left to choose
    several = command_line("distort", parent, "mR4+(0,0,a)=2.0", "--sites", "Ni,F", "--json")
    assert [m for m in several.json["messages"] if "chooses" in m] == [
        "Moments stand on Ni1, the first of the sites named that holds them; mR4+[Ni](0,0,a) chooses another."
    ]
    told = command_line("distort", parent, "mR4+(0,0,a)=2.0")
    assert "displacement" not in told.out
    assert "largest displacement" in command_line("distort", parent, "mR4+(0,0,a)=2.0", "R4+(0,0,a)=0.5").out
    on_f = command_line("distort", parent, "mR4-(0,0,a)=2.0", "--sites", "F", "-o", tmp_path / "f.mcif")
    assert on_f.code == 0
    crystal = read_magnetic_cif(tmp_path / "f.mcif")
    carry = {e for e, m in zip(crystal.elements, crystal.moments, strict=True) if np.abs(m).max() > 1e-6}
    assert carry == {"F"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["mR4-(0,0,a)=2.0", "--sites", "Ni"], 3, "mR4- is not among the moments of Ni"),
        (["mR1+=2.0"], 3, "mR1+ is not among the moments"),
        (["mR4+(0,0,a)=2.0", "--sites", "Fe"], 3, "no site 'Fe'"),
        (["mR9+=2.0"], 3, "no irrep R9+"),
        (["mR4+(0,0,a)=2.0", "-o", "child.vasp"], 3, "holds no moments"),
        (["mR4+(0,0,a)=2.0", "--write", "topas:child.str"], 2, "not written as topas"),
        (["mR4+(0,0,a)=0"], 3, "No term gives a moment"),
        (["--grid", "mR4+(0,0,a)", "0:1:3", "-o", "c.cif"], 3, "is 0 no moment is left"),
        (["--grid", "mR4+(0,0,a)", "1:2:3", "-o", "c.vasp"], 3, "holds no moments"),
        (["R4+(0,0,a)=0.5", "--sites", "Ni"], 2, "no term is one of moments"),
    ],
)
def test_what_cannot_be_built_is_said(
    cubic: Structure, tmp_path: Path, command_line: CommandLine, arguments: list[str], code: int, words: str
) -> None:
    write_structure(cubic, tmp_path / "parent.cif")
    ran = command_line("distort", tmp_path / "parent.cif", *arguments)
    assert ran.code == code and words in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("terms", "grid", "groups"),
    [
        ([], ("mR4+(0,0,a)", "0.5:2:2"), ["140.550", "140.550"]),
        # the tilt without amplitude leaves the group of the moments alone
        (["mR4+(0,0,a)=2.0"], ("R4+(0,0,a)", "0:0.5:2"), ["140.550", "140.541"]),
        # one irrep with and without time parity: the term of moments is not the one that is varied
        (["mR4+(0,0,a)=2.0", "R4+(0,0,a)"], ("R4+", "0.2:0.5:2"), ["140.541", "140.541"]),
    ],
)
def test_a_series_grows_one_irrep(
    cubic: Structure,
    tmp_path: Path,
    command_line: CommandLine,
    terms: list[str],
    grid: tuple[str, str],
    groups: list[str],
) -> None:
    write_structure(cubic, tmp_path / "parent.cif")
    ran = command_line(
        "distort", tmp_path / "parent.cif", *terms, "--grid", *grid, "-o", tmp_path / "child.mcif", "--json"
    )
    assert ran.code == 0, ran.err
    series = ran.json["series"]
    assert [one["space_group"]["magnetic"]["bns_number"] for one in series] == groups
    varied = grid[0].split("(")[0]
    for one in series:
        result = decompose_magnetic("auto", one["file"])
        amplitudes = {e.irrep: e.amplitude_supercell for e in result.irreps}
        assert amplitudes.get(varied, 0.0) == pytest.approx(one["amplitude"], abs=1e-4)
        assert varied == "mR4+" or amplitudes["mR4+"] == pytest.approx(2.0, abs=1e-4)


def test_python_builds_what_the_command_writes(cubic: Structure, tmp_path: Path, command_line: CommandLine) -> None:
    parent, terms = tmp_path / "parent.cif", ["mR4+(0,0,a)=2.0", "R4+(0,0,a)=0.5"]
    write_structure(cubic, parent)
    assert command_line("distort", parent, *terms, "--sites", "Ni", "-o", tmp_path / "child.mcif").code == 0
    built = curiebreak.distort(parent, terms, sites=["Ni"])
    written = read_magnetic_cif(tmp_path / "child.mcif")
    write_magnetic(built, tmp_path / "again.mcif")
    assert (tmp_path / "again.mcif").read_text() == (tmp_path / "child.mcif").read_text() and built.size == 2
    assert sorted(built.structure.elements) == sorted(written.elements)
    ours, theirs = built.structure.cell, written.cell
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=1e-5)
    assert built.subgroup.magnetic is not None and built.subgroup.magnetic.bns_number == written.bns
    for given in (parent, "auto"):
        assert set(curiebreak.decompose(given, built.structure).primary) == {"mR4+", "R4+"}
    with pytest.raises(UsageError, match="no term is one of moments"):
        curiebreak.distort(parent, ["R4+(0,0,a)=0.5"], sites=["Ni"])


def test_moments_of_a_structure_of_pymatgen_count(cubic: Structure, tmp_path: Path) -> None:
    """The public function drops none: moments of an object are decomposed as those of a file."""
    crystal = curiebreak.distort(cubic, ["mR4+(0,0,a)=2.0"]).crystal
    other = pymatgen.core.Structure(
        crystal.cell, crystal.elements, crystal.positions, site_properties={"magmom": crystal.moments.tolist()}
    )
    assert curiebreak.decompose(cubic, other).primary == ("mR4+",)


def test_a_mixed_site_carries_moments_on_the_element_that_is_named() -> None:
    """Elements that share a site are sites on one position: the amplitude counts one moment a position."""
    lattice = 4.0 * np.eye(3)
    parent = structure_from_arrays(
        lattice,
        ["La", {"Fe": 0.5, "Al": 0.5}, "O", "O", "O"],
        [[0.5] * 3, [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]],
    )
    built = distort_magnetic(parent, ["mR4+(0,0,a)=2.0"])
    result = decompose_magnetic("auto", magnetic_crystal(built_mcif(built)))
    assert {e.irrep: e.amplitude_supercell for e in result.irreps} == pytest.approx({"mR4+": 2.0}, abs=1e-4)
    assert {e for e, m in zip(built.crystal.elements, built.crystal.moments, strict=True) if m.any()} == {"Fe"}


def test_a_strained_child_keeps_its_moments_in_fractions(cubic: Structure) -> None:
    """Moments are fractions of the axes: the strain changes the components that are written, not the amplitude."""
    built = distort_magnetic(cubic, ["mR4+(0,0,a)=2.0"], strain="0.015,0.015,0.015,0,0,0")
    result = decompose_magnetic(cubic, magnetic_crystal(built_mcif(built)))
    moments = [e for e in result.irreps if e.kind == "magnetic"]
    assert [e.irrep for e in moments] == ["mR4+"] and moments[0].amplitude_supercell == pytest.approx(2.0, abs=1e-4)
    assert np.linalg.norm(built.crystal.moments, axis=1).max() == pytest.approx(2.0 / 2**0.5 * 1.015, abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "shift", "text"),
    [
        ([[1, 1, 0], [-1, 1, 0], [0, 0, 2]], [0, 0, 0.5], "a+b,-a+b,2c;0,0,1/2"),
        ([[0.5, 0.5, -1], [0.5, -0.5, 0], [-1, -1, 0]], [1 / 3, -1 / 8, 0], "1/2a+1/2b-c,1/2a-1/2b,-a-b;1/3,-1/8,0"),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0.1234567, 0, 0], "a,b,c;0.12345670,0,0"),
    ],
)
def test_changes_of_axes_are_written_as_they_are_read(rows: list[list[float]], shift: list[float], text: str) -> None:
    assert transformation_text(np.array(rows), np.array(shift)) == text
    back = parse_transformation(text)
    assert np.allclose(back[0], rows) and np.allclose(back[1], shift, atol=1e-8)


@pytest.mark.parametrize(
    ("option", "labels"),
    [("--list-directions", ["mR4+"]), pytest.param("--couple", ["mX3+", "GM4-"], marks=pytest.mark.slow)],
)
def test_a_child_along_every_direction(
    cubic: Structure, tmp_path: Path, command_line: CommandLine, option: str, labels: list[str]
) -> None:
    """Group and direction of each written file are those of the list."""
    write_structure(cubic, tmp_path / "parent.cif")
    ran = command_line("distort", tmp_path / "parent.cif", option, *labels, "--all", tmp_path / "all", "--json")
    assert ran.code == 0
    entries = ran.json["directions"]
    assert len(entries) >= 6 and ",no" not in (tmp_path / "all" / "children.csv").read_text()
    for entry in entries[:4]:
        back = decompose_magnetic("auto", entry["file"])
        expected = entry["isotropy_subgroup"]["magnetic"]["bns_number"]
        assert back.isotropy_subgroup.magnetic.bns_number == expected
        assert set(back.primary) == set(labels)
        if len(labels) == 1:
            assert [one.direction for one in back.irreps] == [entry["direction"]]


@pytest.mark.slow
def test_find_writes_the_magnetic_structure(structures: Path, tmp_path: Path, command_line: CommandLine) -> None:
    source = structures / "magnetic" / "knif3.mcif"
    assert command_line("find", "auto", source, "--write", f"mcif:{tmp_path / 'a.mcif'}", "-q").code == 0
    assert bns_of_others(tmp_path / "a.mcif") == "140.550"


@pytest.mark.parametrize("command", ["find", "modes"])
def test_a_format_without_moments_is_refused_first(command: str, structures: Path, command_line: CommandLine) -> None:
    ran = command_line(command, "auto", structures / "magnetic" / "knif3.mcif", "--write", "vesta:a.vesta")
    assert ran.code == 2 and "not written as vesta" in ran.err and ran.out == ""


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 14, 62, 88, 136, 167, 194, 199, 205, 225])
def test_random_irreps_of_random_parents(number: int, tmp_path: Path) -> None:
    """Written in the standard setting of the group, read back by the program, and by pymatgen and spglib."""
    rng = np.random.default_rng(number)
    parent = random_parent(number, rng, most=8)
    points = list(special_kpoints(number))
    copies: list[tuple[str, int]] = []
    while not copies:
        irreps = irreps_at_k(parent, points[int(rng.integers(len(points)))])
        irrep = irreps[int(rng.integers(len(irreps)))]
        eta = np.zeros(irrep.dim)
        eta[: irrep.arm_size] = np.arange(irrep.arm_size) + 1.0
        found = copies_of(space_of(parent, [irrep], [eta]), irrep, odd=True)
        copies = [(site, copy) for site, held in found.items() for copy in range(1, len(held) + 1)]
    wanted = [
        RequestedIrrep(irrep, site, copy, 0.8**place * eta, irrep.label, odd=True)
        for place, (site, copy) in enumerate(copies)
    ]
    path = tmp_path / "child.mcif"
    path.write_text(built_mcif(build_magnetic(parent, wanted, np.zeros((3, 3)))))
    assert "transform_BNS_Pp_abc 'a,b,c;0,0,0'" in path.read_text()
    result = decompose_magnetic("auto", path)
    assert {one.irrep for one in result.irreps} == {"m" + irrep.label}
    size = sum(one.amplitude_supercell**2 for one in result.irreps) ** 0.5
    assert size == pytest.approx(np.linalg.norm([w.components for w in wanted]), rel=1e-4)
    assert result.isotropy_subgroup.magnetic.bns_number == bns_of_others(path) == read_magnetic_cif(path).bns
