"""Equally valid carriers: those that survive a degenerate run are those that theory allows."""

from __future__ import annotations

import numpy as np
import pairs
import pytest
from pairs import paths

import curiebreak
from curiebreak.results import Finding

PAPER = {"global:2e": "2", "global:3e": "-2", "global:4e": "2", "global:5e": "-2"}
"""Smidt, Geiger & Miller, Phys. Rev. Research 3, L012002 (2021): what survives on the square, with its m."""


def survivors(found: Finding) -> dict[str, set[str]]:
    """Components above 1e-6 of the largest, by carrier; anything between that and 1e-8 is refused."""
    largest = max(float(np.abs(f.values).max()) for f in found.breaking_input)
    kept: dict[str, set[str]] = {}
    for field in found.breaking_input:
        for row in np.abs(np.array(field.values)) / largest:
            assert not ((row > 1e-8) & (row <= 1e-6)).any()
            orders = {str(m) for m, value in zip(range(-field.l, field.l + 1), row, strict=True) if value > 1e-6}
            if orders:
                kept.setdefault(f"{field.site}:{field.l}{field.parity}", set()).update(orders)
    return kept


@pytest.mark.parametrize(
    ("compression", "seed"),
    [(True, 0), (True, 1), (True, 2), (False, 0), *(pytest.param(False, s, marks=pytest.mark.slow) for s in (1, 2))],
)
def test_square_in_full(compression: bool, seed: int) -> None:
    found = curiebreak.find(
        *paths("square"), sites="global", lmax_input=5, degenerate=True, seed=seed, seeds=1, compression=compression
    )
    assert survivors(found) == {carrier: {m} for carrier, m in PAPER.items()}
    assert {e.irrep for e in found.order_parameters} == {"B1g"} and len(found.order_parameters) == 4
    assert found.equivalent_carriers == {"B1g": tuple(PAPER)}
    assert found.crosscheck is not None and found.crosscheck.agrees
    assert any("global:5e(-2)" in message for message in found.messages)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(s, marks=pytest.mark.slow) for s in (2, 3))])
@pytest.mark.parametrize(("lmax", "degenerate"), [(5, False), (2, False), (2, True)])
def test_square_with_the_penalty_or_few_inputs(lmax: int, degenerate: bool, seed: int) -> None:
    found = curiebreak.find(
        *paths("square"), sites="global", lmax_input=lmax, degenerate=degenerate, seed=seed, seeds=1
    )
    assert survivors(found) == {"global:2e": {"2"}}


def test_every_carrier_of_the_tilts_survives() -> None:
    found = curiebreak.find(*paths("lamno3"), sites="B", lmax_input=2, degenerate=True)
    assert found.crosscheck is not None and found.crosscheck.agrees, found.crosscheck
    held = {(e.irrep, e.carrier.l, e.carrier.parity) for e in found.order_parameters if e.carrier}
    assert {("M3+", 1, "e"), ("R4+", 1, "e")} <= held
    names = {label: set(carriers) for label, carriers in found.equivalent_carriers.items()}
    assert held == {(label, int(c[3]), c[4]) for label, cs in names.items() for c in cs}


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(s, marks=pytest.mark.slow) for s in (2, 3))])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lamno3", {"M3+": "O:1o", "R4+": "O:1o"}),
        ("batio3", {"GM4-": "Ti1:1o"}),
        ("srtio3", {"R5-": "O1:1o"}),
        ("square", {"B1g": "global:2e"}),
    ],
)
def test_the_carrier_does_not_depend_on_the_seed(name: str, expected: dict[str, str], seed: int) -> None:
    """The displaced atoms themselves, of the site that moves most; the whole of a molecule."""
    entries = pairs.found(name, seed).order_parameters
    assert {e.irrep: f"{e.carrier.site}:{e.carrier.l}{e.carrier.parity}" for e in entries if e.carrier} == expected
