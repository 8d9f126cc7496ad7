"""An irrep is a label and a wave vector: named so everywhere, and written so in every command.

Expected sets of the shared pairs are those of their README: stabilisers by brute force, or by hand. The twins are
built here; that either star of LD1 along z alone makes a crystal of the same group is a matter of one line: both
k = 2/5 and k = 4/5 have period 5c and the same little group.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from small_cifs import cif, cubic

import curiebreak
from curiebreak.discovery.given_text import parse_given
from curiebreak.errors import CurieBreakError, InputError
from curiebreak.modes.available import available_irreps
from curiebreak.structures import write_cif
from curiebreak.symmetry.hitting_sets import heaviest_hitting_sets, minimal_hitting_sets
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.physical import physical_irreps_at

FAULTS = "data/faults"
TETRAGONAL = cif((4.4, 4.4, 11.2, 90, 90, 90), "I 4/m m m", ("Eu", "Eu", 0, 0, 0, 1), ("Al", "Al", 0, 0, 0.384, 1))
CALCITE = cif(
    (4.99, 4.99, 17.06, 90, 90, 120), "R -3 c",
    ("Ca", "Ca", 0, 0, 0, 1), ("C", "C", 0, 0, 0.25, 1), ("O", "O", 0.257, 0, 0.25, 1),
)  # fmt: skip
STARS = ["LD1@0,0,2/5[Eu](0,1)=0.4", "LD1@0,0,4/5[Eu](0,1)=0.3"]
NAMES = ("LD1@0,0,2/5", "LD1@0,0,4/5")


@pytest.fixture(scope="module")
def stars(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("stars")
    parent, child = folder / "parent.cif", folder / "child.cif"
    parent.write_text(TETRAGONAL)
    write_cif(curiebreak.distort(parent, STARS).structure, child)
    return parent, child


def test_two_stars_are_two_irreps(stars: tuple[Path, Path]) -> None:
    found = curiebreak.decompose(*stars)
    assert set(found.minimal_sets) == {(name,) for name in NAMES} and found.primary == (NAMES[0],)
    entries = {e.name: e for e in found.irreps if e.kind == "displacement" and e.role != "noise"}
    assert set(entries) == set(NAMES) and {e.irrep for e in entries.values()} == {"LD1"}
    assert [entries[name].role for name in NAMES] == ["primary", "secondary"]
    assert entries[NAMES[1]].coupling == f"{NAMES[1]} ~ ({NAMES[0]})^2"
    assert found.mode_fields is not None and {f.name for f in found.mode_fields.irreps} >= set(NAMES)
    assert all(m.label.startswith(NAMES[0]) for m in entries[NAMES[0]].modes)


def test_a_label_at_one_wave_vector_needs_no_k(stars: tuple[Path, Path], tmp_path: Path) -> None:
    child = tmp_path / "child.cif"
    write_cif(curiebreak.distort(stars[0], STARS[:1]).structure, child)
    found = curiebreak.decompose(stars[0], child)
    assert found.primary == ("LD1",) and all("@" not in e.name for e in found.irreps if e.role != "noise")


def test_an_irrep_that_is_not_active_does_not_take_a_name() -> None:
    """One star of LD1 is active: it is LD1, the star that a network may have learned instead is not."""
    one, other = (physical_irreps_at(139, np.array([0.0, 0.0, z]))[0] for z in (0.4, 0.8))
    names = IrrepNames([one])
    assert (names.of(one), names.of(other)) == ("LD1", "LD1@0,0,4/5")


def test_every_command_takes_the_name(stars: tuple[Path, Path]) -> None:
    listed = curiebreak.intermediates(*stars)
    assert {i.irrep for i in listed.intermediates[-1].irreps} >= set(NAMES)
    chosen = curiebreak.couplings(*stars, irreps=[NAMES[1]], order=2)
    assert [i.name for i in chosen.irreps if i.variables] == [NAMES[1]]
    given = curiebreak.certify(*stars, [NAMES[1]], max_steps=1).given
    assert [(g.name, g.irreps, g.kpoint) for g in given] == [(NAMES[1], (NAMES[1],), ("0", "0", "4/5"))]
    with pytest.raises(InputError, match=r"LD1@0,0,2/5, LD1@0,0,4/5"):
        curiebreak.certify(*stars, ["LD1"])
    with pytest.raises(InputError, match="LD1 stands at 2 wave vectors"):
        curiebreak.couplings(*stars, irreps=["LD1"])


def test_any_arm_of_a_star_names_it(stars: tuple[Path, Path]) -> None:
    given = curiebreak.certify(*stars, ["LD1@0,0,-2/5", "LD1@0,0,6/5"], max_steps=1).given
    assert [g.irreps for g in given] == [(NAMES[0],), (NAMES[1],)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("R4+", ("R4+", None, None, None, None)),
        ("LD1@0,0,2/5", ("LD1", "0,0,2/5", None, None, None)),
        ("LD1@0,0,2/5[Nb:1e](a,0)", ("LD1", "0,0,2/5", "(a,0)", "Nb", 1)),
        ("LD1(a,0)@0,0,2/5", ("LD1", "0,0,2/5", "(a,0)", None, None)),
        ("M3+[Mn:1e]", ("M3+", None, None, "Mn", 1)),
        ("M3+@Mn:1e", ("M3+", None, None, "Mn", 1)),
        ("R4+(0,b,b)@Mn", ("R4+", None, "(0,b,b)", "Mn", None)),
        ("R4+[0,b,b]", ("R4+", None, "[0,b,b]", None, None)),
        ("M3+[1e]", ("M3+", None, None, None, 1)),
    ],
)
def test_inputs_are_written_in_one_way(text: str, parts: tuple[object, ...]) -> None:
    found = parse_given(text)
    assert (found.label, found.kpoint, found.direction, found.site, found.degree) == parts


def test_harmonics_on_a_site() -> None:
    for text in ("1o(0)[Ti]", "1o(0)@Ti"):
        found = parse_given(text)
        assert (found.label, found.site, found.degree, found.parity, found.orders) == (None, "Ti", 1, -1, (0,))


@pytest.mark.parametrize("text", ["R4+[Mn][La]", "R4+@0,0,1/2@0,1/2,0", "2e(2)@0,0,1/2", "M3+[Mn:]"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(CurieBreakError):
        parse_given(text)


def test_calcite_lists_its_irreps(tmp_path: Path) -> None:
    """Three arms of F and of L: (0,1/2,1) and its negative differ by (0,1,2), a reciprocal vector of the R lattice."""
    (tmp_path / "calcite.cif").write_text(CALCITE)
    found = {w.letters: w for w in available_irreps(tmp_path / "calcite.cif").kpoints}
    assert {name: found[name].arms for name in ("F", "L", "T", "GM")} == {"F": 3, "L": 3, "T": 1, "GM": 1}
    assert found["F"].components == 10 * 3 * 3


def test_strain_stands_in_minimal_sets(tmp_path: Path) -> None:
    """I4/mcm, which R4+(a,0,0) makes, with an orthorhombic strain along the cube axes is Fmmm; so is R4+ with R5+."""
    parent, child = tmp_path / "parent.cif", tmp_path / "child.cif"
    parent.write_text(cif(cubic(3.9), "P m -3 m", ("La", "La", 0.5, 0.5, 0.5, 1), ("Mn", "Mn", 0, 0, 0, 1),
                          ("O", "O", 0.5, 0, 0, 1)))  # fmt: skip
    built = curiebreak.distort(parent, ["R4+(a,0,0)=0.6", "R5+[La](a,0,0)=0.02"], strain="0.02,-0.02,0,0,0,0")
    write_cif(built.structure, child)
    sets = {frozenset(s) for s in curiebreak.decompose(parent, child).minimal_sets}
    assert {"R4+", "GM3+"} in sets and {"R4+", "R5+"} in sets
    small = curiebreak.distort(parent, ["R4+(a,0,0)=0.6", "R5+[La](a,0,0)=0.02"], strain="2e-5,-2e-5,0,0,0,0")
    write_cif(small.structure, child)
    assert not any("GM3+" in s for s in curiebreak.decompose(parent, child).minimal_sets)


def test_the_heaviest_sets_come_first() -> None:
    """Against all subsets, for random rows and weights with ties and zeros."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        count = int(rng.integers(2, 9))
        rows = [frozenset(np.flatnonzero(rng.random(count) < 0.4).tolist()) or frozenset({0}) for _ in range(6)]
        weights = rng.choice([0.0, 0.1, 0.5, 1.0], count) * rng.choice([1.0, rng.random()], count)
        every = {frozenset(s) for n in range(count + 1) for s in itertools.combinations(range(count), n)}
        hitting = {s for s in every if all(s & row for row in rows)}
        minimal = {s for s in hitting if not any(other < s for other in hitting)}
        found, complete = heaviest_hitting_sets(rows, weights.tolist())
        assert complete and set(found) == minimal == set(minimal_hitting_sets(rows)) and len(found) == len(minimal)
        sizes = [sum(weights[i] for i in s) for s in found]
        assert sizes == pytest.approx(sorted(sizes, reverse=True))


def test_the_best_of_many_sets_is_not_lost() -> None:
    """Ten pairs to choose from: 1024 sets, of which the heaviest takes the second of each pair."""
    rows = [frozenset({2 * i, 2 * i + 1}) for i in range(10)]
    weights = [x for i in range(10) for x in (0.01 * i, 0.02 + 0.01 * i)]
    found, complete = heaviest_hitting_sets(rows, weights)
    assert not complete and found[0] == frozenset(range(1, 20, 2))


@pytest.mark.shared
def test_two_wave_vectors_of_a_shared_pair(shared: Path) -> None:
    folder = shared / FAULTS / "c07_one_label_two_wave_vectors"
    found = curiebreak.decompose(folder / "parent.cif", folder / "child.cif")
    assert set(found.minimal_sets) == {(name,) for name in NAMES}
    star = curiebreak.decompose(folder / "star_parent.cif", folder / "star_child.cif")
    assert star.primary == ("B1@3/13,1/13,0",)
    assert set(star.minimal_sets) == {("B1@3/13,1/13,0",), ("B1@5/13,2/13,0",)}


@pytest.mark.shared
def test_stars_of_a_plane(shared: Path) -> None:
    """No single irrep reaches the child; all minimal sets have two members."""
    folder = shared / FAULTS / "stars_of_one_label_c2c"
    found = curiebreak.decompose(folder / "parent.cif", folder / "child.cif")
    sets = {frozenset(s) for s in found.minimal_sets}
    assert {len(s) for s in sets} == {2} and {"A1", "B2@1/2,0,1/2"} in sets


@pytest.mark.shared
@pytest.mark.slow
def test_find_accepts_a_set_of_one_star(shared: Path) -> None:
    folder = shared / FAULTS / "stars_of_one_label_c2c"
    found = curiebreak.find(folder / "parent.cif", folder / "child.cif")
    assert set(found.primary) in [set(s) for s in found.minimal_sets] and found.status.value in ("ok", "ambiguous")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["parent.cif", "parent_r3m.cif"])
def test_rhombohedral_parents(shared: Path, name: str) -> None:
    found = available_irreps(shared / FAULTS / "c01_irreps_rhombohedral" / name)
    assert {w.letters: w.arms for w in found.kpoints} == {"F": 3, "L": 3, "T": 1, "GM": 1}


@pytest.mark.shared
def test_strain_in_the_sets_of_a_shared_pair(shared: Path) -> None:
    folder = shared / FAULTS / "c05_minimal_set_with_strain"
    found = curiebreak.decompose(folder / "parent.cif", folder / "child.cif")
    assert {"R4+", "GM3+"} in [set(s) for s in found.minimal_sets]
    assert any("GM3+ (strain)" in text for text in found.messages)
