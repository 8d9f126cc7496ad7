"""What a result prints can be typed back: its terms build the same child, which canonical directions alone do not."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from pairs import paths
from shared_data import shared_folder

from curiebreak import certify
from curiebreak.discovery.certify import InputCertifier
from curiebreak.discovery.given import InputReader
from curiebreak.modes.build import distort
from curiebreak.modes.decompose import analyse_pair, decompose
from curiebreak.report.result_text import sections
from curiebreak.results import Decomposition, IrrepEntry

CASES = shared_folder() / "data" / "cases"
BUILT = [p.parent for p in sorted(CASES.glob("*/expected.yaml")) if not re.search("NEG|_occ", p.parent.name)]
"""Pairs that are one; atomic order is not built from terms."""

ROUNDING = 1e-3
LARGE = 0.05
"""Å; smaller irreps are bent by the four decimals of the terms, and with them their own groups."""


def _terms(result: Decomposition) -> tuple[list[str], list[str]]:
    """Terms of displacements and of strain."""
    moved = [t for e in result.irreps if e.kind == "displacement" for t in e.terms]
    return moved, [t for e in result.irreps if e.kind == "strain" for t in e.terms]


def _facts(entries: tuple[IrrepEntry, ...]) -> dict[tuple[str, str], tuple[float, int | None]]:
    found = {}
    for entry in entries:
        number = entry.isotropy_subgroup.number if entry.isotropy_subgroup else None
        if (entry.amplitude_parent or 0) > ROUNDING:
            found[entry.kind, entry.name] = (entry.amplitude_parent or 0, number)
    return found


def _assert_same(parent: Path, child: Path) -> None:
    before = decompose(parent, child)
    moved, strain = _terms(before)
    built = distort(parent, moved, amplitude="Ap", strain=strain)
    after = decompose(parent, built.structure)
    first, second = _facts(before.irreps), _facts(after.irreps)
    assert first.keys() == second.keys()
    for key, (amplitude, number) in first.items():
        assert second[key][0] == pytest.approx(amplitude, abs=ROUNDING), key
        assert amplitude < LARGE or second[key][1] == number, key
    assert after.primary == before.primary
    assert after.isotropy_subgroup.number == before.isotropy_subgroup.number


@pytest.mark.parametrize("name", ["lamno3", "ca3ti2o7", "ymno3"])
def test_the_terms_of_a_result_build_its_child(name: str) -> None:
    _assert_same(*paths(name))


def test_directions_of_one_result_are_in_one_domain() -> None:
    parent, child = paths("lamno3")
    result = decompose(parent, child)
    primary = [e for e in result.irreps if e.role == "primary"]
    amplitude = {e.name: e.amplitude_parent for e in primary}
    own = distort(parent, [f"{e.name}{e.direction_in_child}={amplitude[e.name]}" for e in primary], amplitude="Ap")
    assert decompose(parent, own.structure).isotropy_subgroup.number == 62
    alone = distort(parent, [f"{e.name}{e.direction}={amplitude[e.name]}" for e in primary], amplitude="Ap")
    assert decompose(parent, alone.structure).isotropy_subgroup.number == 12
    shown = str(sections(result))
    assert all(term in shown for e in result.irreps for term in e.terms)


def test_what_was_turned_alone_is_turned_back_for_each_pattern() -> None:
    """Letters of the own domain hold every copy of the irrep: numbers are written only where no letters do."""
    for entry in decompose(*paths("ca3ti2o7")).irreps:
        assert entry.direction_in_child is not None
        assert all("=" in term for term in entry.terms), entry.terms
        assert np.isfinite(entry.amplitude_supercell or 0.0)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("folder", BUILT, ids=lambda p: p.name)
def test_every_shared_case_can_be_typed_back(folder: Path) -> None:
    parent, child = (next(folder.glob(f"{name}.*")) for name in ("parent", "child"))
    _assert_same(parent, child)


def _assert_certified(parent: Path, child: Path) -> None:
    """The printed set leaves the child's group and each of its members is needed, as exact stabilisers say."""
    printed = [e for e in decompose(parent, child).irreps if e.role == "primary" and e.kind == "displacement"]
    analysis, _, _ = analyse_pair(parent, child)
    given = InputReader(analysis).read([f"{e.name}{e.direction_in_child}" for e in printed])
    certifier = InputCertifier(analysis)
    assert len(given) == len(printed) > 0
    assert np.array_equal(certifier._mask(given), analysis.child_operations)
    for left_out in range(len(given)):
        rest = certifier._mask([*given[:left_out], *given[left_out + 1 :]])
        assert rest.sum() > analysis.child_operations.sum(), given[left_out].name


@pytest.mark.parametrize("name", ["lamno3", "ca3ti2o7", "ymno3"])
def test_the_printed_set_is_certified(name: str) -> None:
    _assert_certified(*paths(name))


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("folder", BUILT, ids=lambda p: p.name)
def test_the_printed_set_of_every_shared_case_is_certified(folder: Path) -> None:
    parent, child = (next(folder.glob(f"{name}.*")) for name in ("parent", "child"))
    _assert_certified(parent, child)


@pytest.mark.slow
def test_the_primary_set_as_printed_is_certified() -> None:
    parent, child = paths("lamno3")
    primary = [e for e in decompose(parent, child).irreps if e.role == "primary"]
    own = certify(parent, child, [f"{e.name}{e.direction_in_child}" for e in primary])
    assert own.sufficient and all(given.necessary for given in own.given)
