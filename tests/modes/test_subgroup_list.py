"""Subgroups looked up by their group: published tilt systems, a hybrid improper phase, lists of pairs, bad input."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from pairs import STRUCTURES

import curiebreak
from curiebreak.errors import InputError
from curiebreak.modes.build import distort
from curiebreak.modes.direction_list import list_directions
from curiebreak.results import IsotropySubgroup
from curiebreak.results.subgroup_records import SubgroupEntry, SubgroupList
from curiebreak.structures import read_structure
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.parent import parent_crystal
from curiebreak.symmetry.quotient import FiniteQuotient

CUBIC = STRUCTURES / "lamno3_cubic.cif"

# Howard & Stokes, Acta Cryst. B54, 782 (1998), table 1: simple tilt systems, B at the origin; arms of M in the order of
# the ISO-IR table.
TILTS = {
    "a0a0c+": (127, {"M3+": "(a;0;0)"}),
    "a0b+b+": (139, {"M3+": "(a;a;0)"}),
    "a+a+a+": (204, {"M3+": "(a;a;a)"}),
    "a+b+c+": (71, {"M3+": "(a;b;c)"}),
    "a0a0c-": (140, {"R4+": "(a,0,0)"}),
    "a0b-b-": (74, {"R4+": "(a,a,0)"}),
    "a-a-a-": (167, {"R4+": "(a,a,a)"}),
    "a0b-c-": (12, {"R4+": "(a,b,0)"}),
    "a-b-b-": (15, {"R4+": "(a,a,b)"}),
    "a-b-c-": (2, {"R4+": "(a,b,c)"}),
    "a0b+c-": (63, {"M3+": "(a;0;0)", "R4+": "(0,b,0)"}),
    "a+a+c-": (137, {"M3+": "(a;a;0)", "R4+": "(0,b,0)"}),
    "a+b-b-": (62, {"M3+": "(a;0;0)", "R4+": "(0,b,b)"}),
    "a+b-c-": (11, {"M3+": "(a;0;0)", "R4+": "(0,b,c)"}),
}


@pytest.fixture(scope="module")
def tilts() -> SubgroupList:
    return curiebreak.subgroups(CUBIC, irreps=["R4+", "M3+"], top=100)


def test_the_tilt_systems(tilts: SubgroupList) -> None:
    """25 groups with the parent's, of which 15 are simple systems (Howard & Stokes)."""
    assert tilts.found == len(tilts.subgroups) == 24
    found = {e.glazer: e for e in tilts.subgroups if e.glazer is not None}
    assert set(found) == set(TILTS)
    for symbol, (number, directions) in TILTS.items():
        entry = found[symbol]
        assert entry.isotropy_subgroup.number == number
        (one,) = entry.sets
        assert dict(zip(one.irreps, one.directions, strict=True)) == directions


@pytest.mark.parametrize("symbol", ["a+b-b-", "a+a+c-"])
def test_found_by_its_group(symbol: str) -> None:
    number, directions = TILTS[symbol]
    found = curiebreak.subgroups(CUBIC, group=str(number), top=100)
    assert {e.isotropy_subgroup.number for e in found.subgroups} == {number}
    sets = [one for e in found.subgroups if e.glazer == symbol for one in e.sets]
    assert directions in [dict(zip(one.irreps, one.directions, strict=True)) for one in sets]


def test_three_irreps() -> None:
    """Benedek & Fennie, PRL 106, 107204 (2011): X2+ and X3- make the polar mode of Ca3Ti2O7, as do any two of them."""
    found = curiebreak.subgroups(STRUCTURES / "ca3ti2o7_i4mmm.cif", group="Cmc2_1", size=2)
    entries = [e for e in found.subgroups if any(set(one.irreps) == {"X2+", "X3-"} for one in e.sets)]
    (entry,) = entries
    assert entry.polar and entry.isotropy_subgroup.number == 36
    (triad,) = [one for one in entry.sets if one.triad]
    assert dict(zip(triad.irreps, triad.directions, strict=True)) == {"GM5-": "(a,a)", "X2+": "(b;0)", "X3-": "(c;0)"}


def test_every_set_builds_its_group(tilts: SubgroupList) -> None:
    """The printed directions are in one domain: typed as terms, they give the subgroup by the way of `distort`."""
    for entry in [e for e in tilts.subgroups if len(e.sets[0].irreps) == 2][:5]:
        one = entry.sets[0]
        letters = sorted({sign for text in one.directions for sign in text if sign.isalpha()})
        terms = []
        for name, text in zip(one.irreps, one.directions, strict=True):
            own = [f"{x}:{0.2 + 0.1 * letters.index(x):.1f}" for x in letters if x in text]
            terms.append(f"{name}{text}={','.join(own)}")
        child = distort(CUBIC, terms).subgroup
        assert (child.number, child.size, child.index) == _key(entry), terms


@pytest.mark.parametrize("pair", [("M3+", "R4+"), ("GM4-", "R4+"), ("R3+", "X1+")])
def test_against_the_list_of_a_pair(pair: tuple[str, str]) -> None:
    """Another way to the same: fixed spaces of joint matrices instead of intersections of stabilisers."""
    found = curiebreak.subgroups(CUBIC, irreps=pair, top=200)
    pairs = Counter(_key(e) for e in found.subgroups if any(len(one.irreps) == 2 for one in e.sets))
    listed = [list_directions(CUBIC, pair), *(list_directions(CUBIC, [label]) for label in pair)]
    keys = [Counter(_group_key(d.isotropy_subgroup) for d in one.directions) for one in listed]
    assert pairs and pairs <= keys[0]
    # what one of them leaves alone is no pair's
    assert keys[0] - pairs <= keys[1] + keys[2]


def _key(entry: SubgroupEntry) -> tuple[int | None, int | None, int | None]:
    return _group_key(entry.isotropy_subgroup)


def _group_key(group: IsotropySubgroup) -> tuple[int | None, int | None, int | None]:
    return group.number, group.size, group.index


def test_filters() -> None:
    polar = curiebreak.subgroups(CUBIC, polar=True, size=1, strain=False)
    # polar subgroups of m-3m by one polar vector: 4mm, mm2, 3m, m (twice), 1
    assert {e.isotropy_subgroup.number for e in polar.subgroups} >= {99, 38, 160, 8, 6, 1}
    assert all(e.polar and e.isotropy_subgroup.size == 1 for e in polar.subgroups)
    assert not {"GM3+", "GM5+"} & {one.irrep for one in polar.irreps}
    by_class = curiebreak.subgroups(CUBIC, group="mm2", size=1, max_dim=3)
    assert {e.isotropy_subgroup.number for e in by_class.subgroups} == {38}
    assert by_class.subgroups == curiebreak.subgroups(CUBIC, group="C2v", size=1, max_dim=3).subgroups
    first = curiebreak.subgroups(CUBIC, max_dim=3, top=1)
    assert len(first.subgroups) == 1 < first.found and any("--top" in text for text in first.messages)


def test_molecule() -> None:
    """D3h: A2'' is the polar mode along the axis, which leaves C3v."""
    found = curiebreak.subgroups(STRUCTURES / "ammonia_flat.xyz", group="C3v")
    (entry,) = found.subgroups
    assert entry.polar and [one.irreps for one in entry.sets] == [("A2''",)]


def test_products_are_those_of_the_operations() -> None:
    """The table against matrices, and conjugate subgroups of one class."""
    parent = parent_crystal(read_structure(STRUCTURES / "ymno3_p63mmc.cif"), None)
    quotient = FiniteQuotient(bloch_space(parent, np.diag([3, 3, 2])))
    g, tau = quotient.elements
    shifts = parent.translations[g] + quotient.space.translations[tau]
    rng = np.random.default_rng(0)
    for a, b in rng.integers(0, quotient.order, (50, 2)):
        c = quotient.products[a, b]
        assert (parent.rotations[g[a]] @ parent.rotations[g[b]] == parent.rotations[g[c]]).all()
        moved = (parent.rotations[g[a]] @ shifts[b] + shifts[a] - shifts[c]) / [3, 3, 2]
        assert np.abs(moved - np.round(moved)).max() < 1e-9
    mask = np.isin(np.arange(quotient.order), [0, 7 * quotient.space.size]) & (quotient.products[7, 7] >= 0)
    assert len({quotient.class_key(one) for one in quotient.domains(mask)}) == 1


def test_command(command_line: CommandLine) -> None:
    ran = command_line("subgroups", CUBIC, "--group", "Pnma", "--irreps", "R4+,M3+", "-o", "found.json")
    assert ran.code == 0 and "M3+(a;0;0) ⊕ R4+(0,b,b)" in ran.out and "a+b-b-" in ran.out
    found = SubgroupList.from_json(Path("found.json").read_text())
    again = curiebreak.subgroups(CUBIC, group="62", irreps=["M3+", "R4+"])
    assert dataclasses.replace(found, seconds={}).subgroups == again.subgroups
    assert found.options["group"] == "Pnma"


@pytest.mark.parametrize(
    ("code", "arguments", "says"),
    [
        (3, ["--group", "Pnmaa"], "no space group or crystal class"),
        (3, ["--irreps", "M9+"], "has no irrep M9+"),
        (2, ["--max-dim", "20"], "max-dim"),
        (2, ["--size", "0"], "size"),
    ],
)
def test_bad_input(command_line: CommandLine, code: int, arguments: list[str], says: str) -> None:
    assert says in command_line.refuses(code, "subgroups", CUBIC, *arguments).err


def test_on_a_line(command_line: CommandLine) -> None:
    with pytest.raises(InputError, match="special k points only"):
        curiebreak.subgroups(CUBIC, irreps=["DT5@0,1/4,0"])


def test_progress_is_told() -> None:
    """Rising shares, from which a terminal tells the time that is left."""
    heard: list[tuple[str, float]] = []
    curiebreak.subgroups(CUBIC, irreps=["R4+", "M3+", "GM4-"], max_dim=9, progress=lambda *told: heard.append(told[:2]))
    shares = [share for phase, share in heard if phase == "pairs, triples"]
    assert len(shares) == 4 and shares == sorted(shares) and 0.0 <= shares[0] < shares[-1] < 1.0
