"""All equivalent children from one sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from pairs import paths

import curiebreak
from curiebreak.results import Finding
from curiebreak.structures import read_structure

INDEX = {"lamno3": 24, "batio3": 6, "srtio3": 6, "ymno3": 6, "zro2": 6, "square": 2}
"""|G:H|: 48 x 8 / 16 for Pnma in Pm-3m with cells 2x2x2; directions of a polar axis, of an R tilt, ..."""


@pytest.fixture(scope="module")
def lamno3(tmp_path_factory: pytest.TempPathFactory) -> Finding:
    return curiebreak.find(*paths("lamno3"), seeds=1, domain_files=tmp_path_factory.mktemp("lamno3") / "all")


@pytest.mark.parametrize("name", INDEX)
def test_the_network_returns_every_domain(name: str, lamno3: Finding, tmp_path: Path) -> None:
    found = lamno3 if name == "lamno3" else curiebreak.find(*paths(name), seeds=1, domain_files=tmp_path / "all")
    assert len(found.domains) == INDEX[name] == (found.index.total if found.index else 0)
    assert max(d.error or 0.0 for d in found.domains) < 1e-9
    assert max(d.error_strain or 0.0 for d in found.domains) < 1e-9
    assert len({d.operation for d in found.domains}) == INDEX[name]
    files = [Path(d.file) for d in found.domains if d.file is not None]
    assert len(list(files[0].parent.iterdir())) == len(set(files)) == INDEX[name]


def test_domains_are_children_of_the_same_kind(lamno3: Finding) -> None:
    parent, _ = paths("lamno3")
    direct = curiebreak.decompose(*paths("lamno3"))
    for domain in (lamno3.domains[0], lamno3.domains[7], lamno3.domains[-1]):
        assert domain.file is not None
        again = curiebreak.decompose(parent, domain.file)
        assert again.minimal_sets == direct.minimal_sets
        ours = {e.irrep: e.amplitude_supercell for e in again.irreps if e.kind == "displacement"}
        theirs = {e.irrep: e.amplitude_supercell for e in direct.irreps if e.kind == "displacement"}
        for label, amplitude in theirs.items():
            assert ours[label] == pytest.approx(amplitude, abs=1e-4)


def test_domains_of_the_square_are_two_rectangles(tmp_path: Path, command_line: CommandLine) -> None:
    ran = command_line("find", *paths("square"), "--domain-files", tmp_path / "all", "--json", "-q")
    assert ran.code == 0
    wide, tall = (np.ptp(read_structure(d["file"]).coords, axis=0)[:2] for d in ran.json["domains"])
    np.testing.assert_allclose(wide, tall[::-1], atol=1e-6)
    assert abs(wide[0] - wide[1]) > 0.1
    command_line.refuses(2, "find", *paths("square"), "--domain-files", tmp_path / "all")
