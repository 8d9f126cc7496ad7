"""Phonons by irrep: spectra of spring models by themselves and against phonopy, children of soft modes, overlaps."""

from __future__ import annotations

import csv
import dataclasses
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import CommandLine
from pairs import STRUCTURES
from spring_model import as_phonopy, springs

import curiebreak
from curiebreak.errors import InputError, UsageError
from curiebreak.phonons.force_constants import ForceConstants, LatticeDynamics
from curiebreak.phonons.spectrum import spectrum
from curiebreak.report.phonons_text import frequency_text, phonon_sections
from curiebreak.report.report_panels import panels_of
from curiebreak.report.sections import Chapter
from curiebreak.results.phonon_records import PhononResult
from curiebreak.structures import read_structure, structure_from_arrays
from curiebreak.symmetry.parent import parent_crystal

CUBIC = STRUCTURES / "lamno3_cubic.cif"
DIAMOND = """Si2
1.0
0.0 2.7 2.7
2.7 0.0 2.7
2.7 2.7 0.0
Si
2
Direct
0.0 0.0 0.0
0.25 0.25 0.25
"""


@pytest.fixture(scope="module")
def perovskite() -> ForceConstants:
    """Mn-O bonds under pressure: both tilts are soft."""
    stiff, across = {"MnO": 4.0, "OO": 1.0, "LaO": 0.1}, {"MnO": -0.05, "OO": 0.0, "LaO": 0.0}
    return springs(CUBIC, (2, 2, 2), 3.0, stiff, across)


@pytest.fixture
def diamond(tmp_path: Path) -> Path:
    path = tmp_path / "POSCAR"
    path.write_text(DIAMOND)
    return path


def dynamics_of(constants: ForceConstants) -> LatticeDynamics:
    return LatticeDynamics(parent_crystal(constants.structure), constants)


@pytest.mark.parametrize(
    ("name", "repeat", "reach"),
    [
        ("batio3_p4mm.cif", (2, 1, 3), 3.2),  # polar: k and -k in different stars, complex irreps on the line LD
        ("ymno3_p63mmc.cif", (3, 3, 1), 3.4),  # hexagonal, K point
        ("zro2_cubic.cif", (1, 1, 1), 2.5),  # one centred cell
    ],
)
def test_spectra_by_irrep_are_those_of_the_matrix(name: str, repeat: tuple[int, int, int], reach: float) -> None:
    """The dynamical matrix is diagonalised as it is, symmetry unknown; all modes are counted."""
    dynamics = dynamics_of(springs(STRUCTURES / name, repeat, reach))
    stars = spectrum(dynamics)
    assert max(star.defect for star in stars if not star.interpolated) < 1e-6
    held = [star for star in stars if not star.interpolated]
    atoms = len(dynamics.parent.species)
    for star in held:
        count = sum(len(one.eigenvalues) * star.degeneracy(one.irrep) for one in star.shapes)
        assert count == 3 * atoms, star.irreps[0].kpoint
    assert {star.irreps[0].kind for star in held} >= ({"special", "line"} if repeat[2] == 3 else {"special"})


def test_broken_forces_are_told(perovskite: ForceConstants) -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, perovskite.values.shape)
    broken = dataclasses.replace(perovskite, values=perovskite.values + noise)
    assert any("break the symmetry" in text for text in curiebreak.phonons(broken).messages)
    assert not any("break the symmetry" in text for text in curiebreak.phonons(perovskite).messages)


def test_against_phonopy(perovskite: ForceConstants) -> None:
    """Frequencies of phonopy's own matrix, at wave vectors that the supercell holds and between them."""
    other: Any = as_phonopy(perovskite, (2, 2, 2))
    dynamics = dynamics_of(perovskite)
    for q in ([0, 0, 0], [0.5, 0.5, 0.5], [0, 0.5, 0], [0, 0.25, 0], [0.3, 0.3, 0.1]):
        (star,) = spectrum(dynamics, np.array(q, dtype=float))
        mine = np.concatenate([np.repeat(one.eigenvalues, star.degeneracy(one.irrep)) for one in star.shapes])
        theirs = np.sort(other.run_qpoints([q]).frequencies[0])
        assert np.abs(np.sort(dynamics.frequencies(mine)) - theirs).max() < 2e-3, q


def test_labels(perovskite: ForceConstants) -> None:
    """At R of a cubic perovskite with B at the origin: A moves in R5+, B in R4-, O in R1+, R3+, R4+ and R5+."""
    found = curiebreak.phonons(perovskite, k="R")
    (star,) = found.stars
    assert sorted(one.irrep for one in star.modes) == ["R1+", "R3+", "R4+", "R4-", "R5+", "R5+"]
    softest = star.modes[0]
    assert (softest.irrep, softest.direction, softest.degeneracy) == ("R4+", "(a,b,c)", 3)
    assert softest.frequency < 0 and softest.sites == pytest.approx({"O": 1.0})
    (zone_centre,) = curiebreak.phonons(perovskite, k="GM").stars
    assert [one.irrep for one in zone_centre.modes if one.acoustic] == ["GM4-"]


def test_complex_irreps_have_the_label_of_their_own_wave_vector() -> None:
    constants = springs(STRUCTURES / "batio3_p4mm.cif", (1, 1, 3), 3.2)
    (star,) = curiebreak.phonons(constants, k="0,0,1/3").stars
    assert ("LD1", "LD1LE1") in {(one.irrep, one.order_parameter) for one in star.modes}


def test_children_of_the_tilts(perovskite: ForceConstants) -> None:
    """Soft R4+ and M3+ leave the 24 groups of Howard & Stokes, Acta Cryst. B54, 782 (1998), Pnma among them."""
    found = curiebreak.phonons(perovskite, unstable=True, rms=0.04)
    assert set(found.soft) == {"R4+", "M3+"}
    assert len(found.children) == 24 and all(one.agrees for one in found.children)
    assert {140, 167, 74, 127, 62} <= {one.isotropy_subgroup.number for one in found.children[:10]}
    # -sum of omega² / index, the frequencies as they are printed
    depth = {one.irrep: -one.frequency * abs(one.frequency) for star in found.stars for one in reversed(star.modes)}
    order = [sum(map(depth.__getitem__, one.irreps)) / one.isotropy_subgroup.index for one in found.children]
    assert order == sorted(order, reverse=True)
    assert found.found == 24 and not any("--top" in text for text in found.messages)


def test_a_list_that_is_cut_says_so(perovskite: ForceConstants) -> None:
    found = curiebreak.phonons(perovskite, unstable=True, top=9)
    assert (len(found.children), found.found) == (9, 24)
    assert any(text.startswith("9 of 24 children") for text in found.messages)
    assert any(getattr(one, "title", "").endswith(", 9 of 24") for one in phonon_sections(found))


def test_couples_of_a_line_and_special_points(tmp_path: Path) -> None:
    """Soft T4 beside R4+: Pbcm in a cell of eight, the antiferroelectric phase of NaNbO3 (Sci. Data 7, 72, mp-3671)."""
    stiff, across = {"MnO": 4.0, "OO": 1.0, "LaO": 0.1}, {"MnO": -0.05, "OO": 0.0, "LaO": 0.0}
    constants = springs(CUBIC, (2, 2, 4), 3.0, stiff, across)
    found = curiebreak.phonons(constants, unstable=True, top=100, folder=tmp_path / "children")
    assert set(found.soft) == {"R4+", "M3+", "T4@1/2,1/2,1/4"}
    couples = [one for one in found.children if len(one.irreps) == 2 and any("@" in name for name in one.irreps)]
    assert couples and all(one.agrees for one in found.children)
    (phase,) = [one for one in couples if (one.isotropy_subgroup.number, one.size) == (57, 8)]
    assert set(phase.irreps) == {"R4+", "T4@1/2,1/2,1/4"}
    for one in couples[:3] + [phase]:
        modes = curiebreak.decompose(CUBIC, one.file)
        assert modes.child.space_group.number == one.isotropy_subgroup.number
        assert {"R4+", "M3+"} & {*modes.primary} <= set(one.irreps) and "T4" in {m.name for m in modes.irreps}
    # one arm alone leaves what it left before: three classes of T4
    alone = [one for one in found.children if one.irreps == ("T4@1/2,1/2,1/4",)]
    assert sorted(one.isotropy_subgroup.index for one in alone) == [12, 12, 24]


def test_a_child_is_its_own_mode(perovskite: ForceConstants, tmp_path: Path) -> None:
    """Written, read, mapped and projected, a frozen mode is that mode alone, with the displacement asked for."""
    folder = tmp_path / "children"
    found = curiebreak.phonons(perovskite, unstable=True, rms=0.04, top=8, folder=folder)
    rows = list(csv.DictReader((folder / "children.csv").read_text().splitlines()))
    assert [row["file"] for row in rows] == [Path(one.file or "").name for one in found.children]
    first = found.children[0]
    structure = read_structure(first.file)
    assert len(structure) in (first.n_atoms, 2 * first.n_atoms)
    back = curiebreak.phonons(perovskite, k="GM", overlap=first.file)
    mode = max((one for one in back.overlaps if one.frequency is not None), key=lambda one: one.share)
    assert mode.irrep == first.irreps[0] and mode.share == pytest.approx(1.0, abs=1e-6)
    soft = next(one for star in found.stars for one in star.modes if one.irrep == mode.irrep)
    assert mode.frequency == pytest.approx(soft.frequency, abs=1e-6)
    # only oxygen moves in a tilt: sum m u^2 = m_O n rms^2
    assert mode.amplitude == pytest.approx(0.04 * np.sqrt(16.0 * first.n_atoms), rel=1e-3)


def test_shares_add_up() -> None:
    """BaTiO3's tetragonal distortion is polar: modes of GM4- carry it, and the acoustic one nothing."""
    constants = springs(STRUCTURES / "batio3_cubic.cif", (2, 2, 2), 3.0)
    found = curiebreak.phonons(constants, k="GM", overlap=STRUCTURES / "batio3_p4mm.cif")
    modes = [one for one in found.overlaps if one.frequency is not None]
    assert sum(one.share for one in modes) == pytest.approx(1.0, abs=1e-9)
    assert {one.irrep for one in modes} == {"GM4-"}
    assert min(modes, key=lambda one: abs(one.frequency or 0.0)).share < 1e-9


def test_primitive_diamond_stands_at_8a(diamond: Path) -> None:
    """International Tables: 8a before 8b; labels at L and W depend on it."""
    parent = parent_crystal(read_structure(diamond))
    assert parent.number == 227 and parent.wyckoffs == ("a",)
    matrix, shift = parent.to_standard.matrix, parent.to_standard.shift
    place = (matrix @ parent.frac[0] + shift) * 8
    assert np.abs(place - np.round(place)).max() < 1e-9 and set(np.round(place).astype(int) % 8) <= {1, 3, 5, 7}


def test_a_primitive_cell_keeps_its_origin() -> None:
    """I4/mmm in its primitive cell, origin on a site of the tables: labels refer to that site."""
    whole = read_structure(STRUCTURES / "ca3ti2o7_i4mmm.cif")
    parent = parent_crystal(whole)
    primitive = structure_from_arrays(parent.lattice, list(parent.species), parent.frac)
    again = parent_crystal(primitive)
    assert again.origin_site is not None
    shift = -again.to_standard.inverse.shift
    assert np.abs(shift - np.round(shift)).max() < 1e-6


def test_command(command_line: CommandLine, perovskite: ForceConstants) -> None:
    other: Any = as_phonopy(perovskite, (2, 2, 2))
    other.save("phonopy_params.yaml", settings={"force_constants": True})
    ran = command_line("phonons", "phonopy_params.yaml", "--unstable", "--top", "3", "--children", "kids", "--poscar",
                       "-o", "out.json")  # fmt: skip
    assert ran.code == 0 and "I4/mcm (140)" in ran.out and "R4+" in ran.out, ran.err
    found = PhononResult.from_json(Path("out.json").read_text())
    assert found.table == "kids/children.csv" and all(Path(one.file or "").is_file() for one in found.children)
    assert len(read_structure(Path(found.children[0].file or ""))) == found.children[0].n_atoms
    command_line.refuses(2, "phonons", "phonopy_params.yaml", "--unstable", "--children", "kids")
    command_line.refuses(2, "phonons", "phonopy_params.yaml", "--children", "other")
    command_line.refuses(2, "phonons", "phonopy_params.yaml", "--cell", "POSCAR", "--dim", "2,2,2")


def test_force_constants_with_a_cell(command_line: CommandLine, perovskite: ForceConstants, structures: Path) -> None:
    from phonopy.file_IO import write_FORCE_CONSTANTS
    from phonopy.interface.vasp import write_vasp

    other: Any = as_phonopy(perovskite, (2, 2, 2))
    write_FORCE_CONSTANTS(other.force_constants)
    write_vasp("POSCAR-unitcell", other.unitcell)
    text = command_line("phonons", "FORCE_CONSTANTS", "--cell", "POSCAR-unitcell", "--dim", "2,2,2", "--k", "R").out
    assert "R4+" in text and " i " in text
    assert "--cell POSCAR --dim" in command_line.refuses(2, "phonons", "FORCE_CONSTANTS").err
    assert "span a supercell" in command_line.refuses(
        2, "phonons", "FORCE_CONSTANTS", "--cell", "POSCAR-unitcell", "--dim", "2,2,0"
    ).err  # fmt: skip
    assert "There is no file" in command_line.refuses(3, "phonons", "nothing.yaml").err
    Path("broken.yaml").write_text("phonopy: [")
    assert "cannot read broken.yaml" in command_line.refuses(3, "phonons", "broken.yaml").err


def test_forces_lie_beside_their_cell_and_nowhere_else(command_line: CommandLine, perovskite: ForceConstants) -> None:
    """phonopy alone would take FORCE_CONSTANTS from the working directory, of whatever crystal they are."""
    from phonopy.file_IO import write_FORCE_CONSTANTS

    other: Any = as_phonopy(perovskite, (2, 2, 2))
    Path("run").mkdir()
    other.save("run/phonopy_disp.yaml", settings={"force_sets": False, "force_constants": False})
    write_FORCE_CONSTANTS(-other.force_constants)
    said = command_line.refuses(3, "phonons", "run/phonopy_disp.yaml").err
    assert "run/phonopy_disp.yaml holds neither forces" in said and "beside it" in said
    assert "holds no force constants" in command_line.refuses(3, "phonons", "run").err
    write_FORCE_CONSTANTS(other.force_constants, "run/FORCE_CONSTANTS")
    limit = sys.getrecursionlimit()
    texts = {command_line("phonons", given, "--k", "R").out for given in ("run", "run/phonopy_disp.yaml")}
    assert sys.getrecursionlimit() == limit
    assert len(texts) == 1
    assert command_line("phonons", "run/FORCE_CONSTANTS", "--k", "R").out in texts


@pytest.mark.parametrize("slip", ["nan", "inf", "1e308"])
def test_force_constants_that_are_no_numbers(command_line: CommandLine, perovskite: ForceConstants, slip: str) -> None:
    other: Any = as_phonopy(perovskite, (2, 2, 2))
    other.save("phonopy_params.yaml", settings={"force_sets": False, "force_constants": True})
    lines = Path("phonopy_params.yaml").read_text().splitlines()
    start = lines.index("force_constants:")
    place = next(n for n, line in enumerate(lines[start:], start) if re.search(r"\d\.\d+.*\d\.\d+.*\d\.\d+", line))
    lines[place] = re.sub(r"-?\d+\.\d+", slip, lines[place], count=1)
    Path("phonopy_params.yaml").write_text("\n".join(lines))
    assert "no number" in command_line.refuses(3, "phonons", "phonopy_params.yaml").err


def test_supercells_that_no_memory_holds(command_line: CommandLine, perovskite: ForceConstants) -> None:
    other: Any = as_phonopy(perovskite, (2, 2, 2))
    other.save("phonopy_params.yaml", settings={"force_sets": False, "force_constants": True})
    text = Path("phonopy_params.yaml").read_text()
    Path("phonopy_params.yaml").write_text(re.sub(r"(supercell_matrix:\n- \[ +)2,", r"\g<1>99999,", text))
    assert "more than 10,000 cells" in command_line.refuses(3, "phonons", "phonopy_params.yaml").err
    Path("FORCE_SETS").touch()
    Path("POSCAR").touch()
    given = ("phonons", "FORCE_SETS", "--cell", "POSCAR", "--dim", "200,200,200")
    assert "10,000 cells at most" in command_line.refuses(2, *given).err


def test_without_phonopy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "phonopy", None)
    with pytest.raises(UsageError, match="not installed") as caught:
        curiebreak.phonons(tmp_path / "phonopy_params.yaml")
    assert "curiebreak[phonons]" in str(caught.value.hint)


def test_a_supercell_of_something_else(perovskite: ForceConstants) -> None:
    moved = dataclasses.replace(perovskite, frac=perovskite.frac + 0.1)
    with pytest.raises(InputError, match="do not lie on the sites"):
        curiebreak.phonons(moved)
    stretched = dataclasses.replace(perovskite, lattice=perovskite.lattice * 1.1)
    with pytest.raises(InputError, match="no whole number"):
        curiebreak.phonons(stretched)


def test_the_shipped_force_constants(perovskite: ForceConstants) -> None:
    shipped = curiebreak.phonons(STRUCTURES / "phonons" / "lamno3_springs.yaml.xz", k="M")
    made = curiebreak.phonons(perovskite, k="M")
    pairs = zip(shipped.stars[0].modes, made.stars[0].modes, strict=True)
    assert all(a.irrep == b.irrep and abs(a.frequency - b.frequency) < 1e-3 for a, b in pairs)


def test_progress_is_told(perovskite: ForceConstants) -> None:
    heard: dict[str, list[float]] = {}
    curiebreak.phonons(
        perovskite, unstable=True, top=3, progress=lambda phase, share, _: heard.setdefault(phase, []).append(share)
    )
    assert set(heard) == {"wave vectors", "children"}
    assert all(shares == sorted(shares) and 0.0 <= shares[0] < shares[-1] < 1.0 for shares in heard.values())


# -- the report ----------------------------------------------------------------------------------------------------
def test_report_of_phonons(perovskite: ForceConstants, tmp_path: Path, command_line: CommandLine) -> None:
    """Levels, soft modes, children, provenance in all three formats, from the JSON alone; each level has its name."""
    result = curiebreak.phonons(perovskite, k="R", unstable=True, top=3)
    (tmp_path / "r.json").write_text(result.to_json())
    for suffix in ("pdf", "png", "html"):
        ran = command_line("report", tmp_path / "r.json", "-o", tmp_path / f"r.{suffix}")
        assert ran.code == 0, ran.err
    assert (tmp_path / "r.pdf").read_bytes()[:5] == b"%PDF-"
    page = (tmp_path / "r.html").read_text()
    assert all(words in page for words in ("phonons of Pm-3m", "Soft modes", "Children of the soft modes", "phonopy"))
    assert not {"True", "None", "{"} & set(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", page, flags=re.S).split())
    (panel,) = panels_of(result, Chapter.ANSWER)
    (axes,) = panel.figure(result).axes
    names = [text.get_text() for text in axes.texts]
    assert names == [f"{one.irrep} {frequency_text(one.frequency, 2)}" for one in result.stars[0].modes]
    heights = np.array([text.get_position()[1] for text in axes.texts])
    assert (np.diff(heights) > 0).all()
    lines = [line.get_ydata()[0] for line in axes.lines if line.get_linewidth() == 1.2]
    assert lines == pytest.approx([one.frequency for one in result.stars[0].modes])


def test_report_option_is_checked_first(command_line: CommandLine, structures: Path) -> None:
    command_line.refuses(3, "phonons", structures / "phonons" / "si.yaml.xz", "--report", "x.doc")
