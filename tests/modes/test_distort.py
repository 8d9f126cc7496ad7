"""Children built from irreps: tilt systems, sites, amplitudes, strain, series; and their way back."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from random_parents import random_parent
from small_cifs import ROCK_SALT

from curiebreak.errors import InputError
from curiebreak.modes.build import distort, distort_series
from curiebreak.modes.decompose import decompose
from curiebreak.modes.direction_list import list_directions
from curiebreak.modes.distort_report import distort_report
from curiebreak.structures import Structure, structure_from_arrays

CUBIC = Path(__file__).resolve().parents[2] / "structures" / "lamno3_cubic.cif"

# Howard & Stokes, Acta Cryst. B54, 782 (1998), as the ISOTROPY tutorial (case study 1) prints them: B at the
# origin. Arms of M in the order of the ISO-IR table, (1/2,1/2,0) (1/2,0,1/2) (0,1/2,1/2), which for a+a+c-
# makes (a;a;0|0,b,0) of the tutorial's (a,a,0,0,0,b).
SYSTEMS = [
    ("a0a0c+", ["M3+(a;0;0)=0.5"], 127),
    ("a0b+b+", ["M3+(a;a;0)=0.5"], 139),
    ("a+a+a+", ["M3+(a;a;a)=0.5"], 204),
    ("a+b+c+", ["M3+(a;b;c)=0.3,0.4,0.5"], 71),
    ("a0a0c-", ["R4+(a,0,0)=0.5"], 140),
    ("a0b-b-", ["R4+(a,a,0)=0.5"], 74),
    ("a-a-a-", ["R4+(a,a,a)=0.5"], 167),
    ("a0b-c-", ["R4+(a,b,0)=a:0.3,b:0.5"], 12),
    ("a-b-b-", ["R4+(a,a,b)=a:0.3,b:0.5"], 15),
    ("a-b-c-", ["R4+(a,b,c)=0.3,0.4,0.5"], 2),
    ("a0b+c-", ["M3+(a;0;0)=0.4", "R4+(0,0,b)=0.5"], 63),
    ("a+a+c-", ["M3+(a;a;0)=0.4", "R4+(0,b,0)=0.5"], 137),
    ("a+b-b-", ["M3+(a;0;0)=0.6", "R4+(0,b,b)=0.9"], 62),
    ("a+b-c-", ["M3+(a;0;0)=0.6", "R4+(0,b,c)=0.5,0.7"], 11),
]
AMPLITUDES = {  # of the whole irrep, by the letters given above
    "M3+(a;b;c)=0.3,0.4,0.5": np.sqrt(0.5),
    "R4+(a,b,0)=a:0.3,b:0.5": np.sqrt(0.34),
    "R4+(a,a,b)=a:0.3,b:0.5": np.sqrt(2 * 0.09 + 0.25),
    "R4+(a,b,c)=0.3,0.4,0.5": np.sqrt(0.5),
    "R4+(0,b,c)=0.5,0.7": np.sqrt(0.74),
}


@pytest.mark.parametrize(("symbol", "terms", "number"), SYSTEMS)
def test_tilt_systems_and_back(symbol: str, terms: list[str], number: int) -> None:
    child = distort(CUBIC, terms)
    assert child.subgroup.number == number
    back = decompose(CUBIC, child.structure)
    assert back.child.space_group is not None and back.child.space_group.number == number
    assert back.glazer is not None and back.glazer.symbol == symbol
    found = {e.irrep: e for e in back.irreps if e.kind == "displacement"}
    assert set(found) == {term[:3] for term in terms}
    for term in terms:
        entry = found[term[:3]]
        wanted = AMPLITUDES.get(term, float(term.split("=")[1]) if term not in AMPLITUDES else 0.0)
        assert entry.amplitude_supercell == pytest.approx(wanted, abs=1e-6)
        mode = next(m for m in distort_report(child).irreps if m.irrep == entry.irrep)
        assert mode.direction == entry.direction


@pytest.mark.parametrize(
    ("symbol", "angles", "number"),
    [
        ("a0a0c+", (0, 0, 6.5), 127), ("a0b+b+", (0, 5, 5), 139), ("a+a+a+", (4, 4, 4), 204),
        ("a+b+c+", (3, 4, 5), 71), ("a0a0c-", (0, 0, 5), 140), ("a0b-b-", (0, 7, 7), 74),
        ("a-a-a-", (6, 6, 6), 167), ("a0b-c-", (0, 4, 6), 12), ("a-b-b-", (3, 6, 6), 15),
        ("a-b-c-", (3, 5, 7), 2), ("a0b+c-", (0, 6, 8), 63), ("a+a+c-", (5, 5, 8), 137),
        ("a+b-b-", (9.7, 9.0, 9.0), 62), ("a+b-c-", (5, 6, 8), 11),
    ],
)  # fmt: skip
def test_glazer_symbol_and_angles_come_back(symbol: str, angles: tuple[float, ...], number: int) -> None:
    child = distort(CUBIC, glazer=symbol, angles=angles)
    assert child.subgroup.number == number
    back = decompose(CUBIC, child.structure)
    assert back.glazer is not None and back.glazer.symbol == symbol
    assert np.allclose(back.glazer.angles, angles, atol=1e-3)
    assert np.allclose(child.strain, 0)


def test_two_tilts_about_one_axis_are_no_simple_system() -> None:
    """Pmmn, (a,b,c,d,0,0) of Howard & Stokes (1998), is rejected there: in-phase and antiphase tilts share an axis."""
    child = distort(CUBIC, ["M3+(a;a;0)=0.6", "R4+(0,0,b)=0.9"])
    assert child.subgroup.number == 59
    report = distort_report(child)
    assert report.glazer is not None and sum(angle > 1 for angle in report.glazer.other_angles) == 1
    assert any("no simple tilt system" in words for words in report.messages)
    assert any("no simple tilt system" in words for words in decompose(CUBIC, child.structure).messages)
    simple = distort_report(distort(CUBIC, ["M3+(a;a;0)=0.6", "R4+(0,b,0)=0.9"]))
    assert not any("tilt system" in words for words in simple.messages)


def test_untilted_is_the_parent() -> None:
    """The first of the fifteen systems, a0a0a0."""
    child = distort(CUBIC, ["R4+(a,0,0)=0"])
    assert child.subgroup.number == 221 and child.size == 1


def test_any_order_of_axes() -> None:
    child = distort(CUBIC, glazer="a-b+a-", angles=(7, 3, 7))
    back = decompose(CUBIC, child.structure)
    assert back.glazer is not None and back.glazer.symbol == "a+b-b-"
    assert np.allclose(back.glazer.angles, (3, 7, 7), atol=1e-3)


def test_numeric_direction_is_any_domain() -> None:
    letters = distort(CUBIC, ["R4+(0,b,b)=0.9"])
    numbers = distort(CUBIC, ["R4+(0,2,-2)=0.9"])
    plain = distort(CUBIC, [f"R4+(0,{0.9 / np.sqrt(2)},{0.9 / np.sqrt(2)})"])
    assert letters.subgroup.number == numbers.subgroup.number == 74
    assert np.allclose(letters.displacements, plain.displacements)
    assert np.isclose((numbers.displacements**2).sum(), 0.81)


def test_amplitude_per_parent_cell() -> None:
    child = distort(CUBIC, ["R4+(0,b,b)=0.5", "M3+(a;0;0)=0.3"], amplitude="Ap")
    back = {e.irrep: e.amplitude_parent for e in decompose(CUBIC, child.structure).irreps}
    assert back == pytest.approx({"R4+": 0.5, "M3+": 0.3}, abs=1e-6)


def test_sites_and_copies() -> None:
    """X5+ moves La and O; the first site is the default, a copy on each adds up."""
    one = distort(CUBIC, ["X5+(a,0;0,0;0,0)=0.2"])
    assert np.allclose(one.displacements, distort(CUBIC, ["X5+[La](a,0;0,0;0,0)=0.2"]).displacements)
    moved = {one.parent.species[i] for i in one.site[np.linalg.norm(one.displacements, axis=1) > 1e-6]}
    assert moved == {"La"}
    both = distort(CUBIC, ["X5+[La](a,0;0,0;0,0)=0.2", "X5+[O](a,0;0,0;0,0)=0.1"])
    assert np.isclose((both.displacements**2).sum(), 0.05)
    assert np.allclose(one.displacements, distort(CUBIC, ["X5+[La1](a,0;0,0;0,0)=0.2"]).displacements)
    with pytest.raises(InputError, match="has no site 'La2'"):
        distort(CUBIC, ["X5+[La2](a,0;0,0;0,0)=0.2"])
    with pytest.raises(InputError, match="has no site 'Xx'"):
        distort(CUBIC, ["X5+[Xx](a,0;0,0;0,0)=0.2"])
    with pytest.raises(InputError, match="1 copies of X5\\+, not 2"):
        distort(CUBIC, ["X5+[O:2](a,0;0,0;0,0)=0.2"])


def test_polar_irrep_without_rigid_translation() -> None:
    child = distort(CUBIC, ["GM4-[Mn](a,0,0)=0.2"])
    assert np.allclose(child.displacements.mean(axis=0), 0)
    assert np.isclose((child.displacements**2).sum(), 0.04)
    assert child.subgroup.number == 99


def test_line_and_smallest_cell() -> None:
    child = distort(CUBIC, ["DT5@0,1/3,0(0.1,0,0.1,0,0,0,0,0,0,0,0,0)=0.4"])
    assert child.size == 3
    back = decompose(CUBIC, child.structure)
    assert [(e.irrep, round(e.amplitude_supercell or 0, 6)) for e in back.irreps if e.kind == "displacement"] == [
        ("DT5", 0.4)
    ]


def test_strain() -> None:
    child = distort(CUBIC, ["R4+(0,0,b)=0.5"], strain=["0.01,0.01,-0.02,0,0,0", "GM5+(a,0,0)=0.01"])
    back = decompose(CUBIC, child.structure)
    strains = {e.irrep: e.amplitude_supercell for e in back.irreps if e.kind == "strain"}
    assert strains == pytest.approx({"GM3+": np.sqrt(6) * 0.01, "GM5+": 0.01}, abs=1e-9)
    assert back.child.space_group is not None and back.child.space_group.number == child.subgroup.number


def test_strain_alone() -> None:
    child = distort(CUBIC, strain="0,0,0.02,0,0,0")
    assert child.subgroup.number == 123 and child.size == 1


def test_molecule() -> None:
    """Square to rectangle is B1g of D4h (Smidt, Geiger & Miller 2021)."""
    square = CUBIC.parent / "square.xyz"
    child = distort(square, ["B1g=0.2"])
    assert child.subgroup.point_group == "D2h"
    back = decompose(square, child.structure)
    assert [(e.irrep, round(e.amplitude_supercell or 0, 6)) for e in back.irreps] == [("B1g", 0.2)]


def test_series_keeps_cell_and_atoms() -> None:
    series = distort_series(CUBIC, ["M3+(a;0;0)=0.6"], "R4+(0,b,b)", [0.0, 0.5, 1.0])
    assert [c.subgroup.number for c in series] == [127, 62, 62]
    assert all(np.array_equal(c.cell, series[0].cell) for c in series)
    assert all(c.structure.species == series[0].structure.species for c in series)
    steps = [b.displacements - a.displacements for a, b in zip(series, series[1:], strict=False)]
    assert np.allclose(steps[0], steps[1])


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (["R9+(a,0,0)=0.1"], "has no irrep R9+"),
        (["Q4+(a,0,0)=0.1"], "has no k point Q"),
        (["DT1(a,0,0)=0.1"], "is a line"),
        (["R4+(a,0)=0.1"], "has 2 components"),
        (["R4+(a,b,0)=0.1"], "2 letters and one amplitude"),
        (["R4+(a,0,0)"], "no amplitude"),
        (["R4+=0.1"], "gives no direction"),
        (["R4+(a,0,0)=x"], "is no amplitude"),
        (["R4+(a,0,0)=nan"], "is no amplitude"),
        (["R4+((a,0,0)=1"], "is no term"),
        (["GM1+=0.1"], "not among the displacements"),
        (["C1@1/7,1/7,1/53(1,0)=0.1"], "no simple fraction|components"),
    ],
)
def test_bad_terms(terms: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        distort(CUBIC, terms)


@pytest.mark.parametrize(
    ("symbol", "angles"),
    [("a+b-x-", (1, 2, 3)), ("a+b-b-", (9.7, 9.0, 8.0)), ("a0b-b-", (1, 2, 2)), ("a+b-b-", (9.7, 9.0))],
)
def test_bad_tilts(symbol: str, angles: tuple[float, ...]) -> None:
    with pytest.raises(InputError):
        distort(CUBIC, glazer=symbol, angles=angles)


# Directions and groups computed by an independent program from the ISO-IR data (Pm-3m GM4-, I4/mmm X3-),
# and of Howard & Stokes' R4+ and M3+; Ca3Ti2O7's parent is I4/mmm, ZrO2's Fm-3m, YMnO3's P6_3/mmc.
LISTS = [
    ("lamno3_cubic", "R4+", [140, 74, 167, 12, 15, 2]),
    ("lamno3_cubic", "M3+", [127, 139, 204, 71]),
    ("lamno3_cubic", "GM4-", [99, 38, 160, 6, 8, 1]),
    ("ca3ti2o7_i4mmm", "X3-", [63, 136, 58]),
    ("ca3ti2o7_i4mmm", "X2+", [64, 127, 55]),
    ("zro2_cubic", "GM4+", [87, 12, 148, 2]),
    ("zro2_cubic", "X3+", [128, 134, 201, 48]),
    ("zro2_cubic", "X2-", [137, 215, 125, 50, 111, 16]),
    ("ymno3_p63mmc", "K3", [165, 185, 158]),
]


@pytest.mark.parametrize(("name", "irrep", "numbers"), LISTS)
def test_lists_of_directions(name: str, irrep: str, numbers: list[int]) -> None:
    found = list_directions(CUBIC.parent / f"{name}.cif", [irrep])
    groups = [d.isotropy_subgroup for d in found.directions]
    assert sorted(g.number or 0 for g in groups) == sorted(numbers)
    assert all(g.basis is not None and g.origin is not None and g.size and g.index for g in groups)


def test_rutile_and_kalsilite_parents() -> None:
    """R1- of P4_2/mnm: nine directions, computed by an independent program; M2 of P6_322 leads to P6_3, size 4."""
    rutile = structure_from_arrays(
        np.diag([4.55, 4.55, 2.85]),
        ["V"] * 2 + ["O"] * 4,
        [(0, 0, 0), (0.5, 0.5, 0.5), (0.3, 0.3, 0), (0.7, 0.7, 0), (0.2, 0.8, 0.5), (0.8, 0.2, 0.5)],
    )
    found = list_directions(rutile, ["R1-"])
    numbers = sorted(d.isotropy_subgroup.number or 0 for d in found.directions)
    assert numbers == sorted([12, 14, 69, 88, 2, 12, 12, 15, 2])
    hexagonal = random_parent(182, np.random.default_rng(1)).structure
    groups = {d.direction: d.isotropy_subgroup for d in list_directions(hexagonal, ["M2"]).directions}
    assert (groups["(a;a;a)"].number, groups["(a;a;a)"].size) == (173, 4)


def test_coupled_directions() -> None:
    """All 14 coupled isotropy subgroups of M3+ and R4+ (ISOTROPY tutorial, case study 1)."""
    found = list_directions(CUBIC, ["M3+", "R4+"])
    numbers = sorted(d.isotropy_subgroup.number or 0 for d in found.directions)
    assert numbers == sorted([148, 127, 63, 137, 59, 62, 63, 14, 15, 12, 11, 11, 2, 2])


def test_too_large_for_a_list_names_ways_that_work(command_line: CommandLine, tmp_path: Path) -> None:
    """Every command of the hint runs."""
    path = tmp_path / "nio.cif"
    path.write_text(ROCK_SALT.replace("Na", "Ni").replace("Cl", "O"))
    said = command_line.refuses(3, "distort", path, "--list-directions", "mL3+").err
    hint = " ".join(said.split())
    ways = [words.split()[1:] for words in re.findall("`(curiebreak [^`]*)`", hint)]
    assert len(ways) == 2
    for way in ways:
        ran = command_line(*[path if word == "PARENT" else word for word in way], "--json", "--quiet")
        assert ran.code == 0 and ran.json["subgroups"]


def test_too_large_for_a_list() -> None:
    with pytest.raises(InputError, match="too large for a list"):
        list_directions(CUBIC, ["X5+", "R4+"])
    with pytest.raises(InputError, match="special k points only"):
        list_directions(CUBIC, ["DT1@0,1/4,0"])


# Howard, Kennedy & Woodward, Acta Cryst. B59, 463 (2003): groups of tilted ordered double perovskites.
@pytest.mark.parametrize(
    ("symbol", "angles", "number"),
    [
        ("a0a0c-", (0, 0, 6), 87), ("a0a0c+", (0, 0, 6), 128), ("a-a-a-", (5, 5, 5), 148),
        ("a+b-b-", (7, 5, 5), 14), ("a0b-b-", (0, 5, 5), 12),
    ],
)  # fmt: skip
def test_tilts_of_a_double_perovskite(symbol: str, angles: tuple[float, ...], number: int) -> None:
    parent = double_perovskite()
    child = distort(parent, glazer=symbol, angles=angles)
    assert child.subgroup.number == number
    back = decompose(parent, child.structure)
    assert back.glazer is not None and back.glazer.symbol == symbol
    assert np.allclose(back.glazer.angles, angles, atol=1e-3)


def double_perovskite() -> Structure:
    """An Fm-3m elpasolite: B at the origin, B' at 1/2, A at 1/4, X at 24e."""
    corners = [tuple(sign * 0.252 * np.eye(3)[axis]) for axis in range(3) for sign in (1, -1)]
    sites = [("Sc", (0, 0, 0)), ("Sb", (0.5, 0.5, 0.5)), ("Sr", (0.25, 0.25, 0.25)), ("Sr", (0.75, 0.75, 0.75))]
    sites += [("O", corner) for corner in corners]
    centrings = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    species = [name for name, _ in sites for _ in centrings]
    frac = np.concatenate([np.array(position) + centrings for _, position in sites])
    return structure_from_arrays(7.9 * np.eye(3), species, frac - np.floor(frac))
