"""Flat layers in vacuum: every residual row is forbidden without an input, and edges cross 20 Å."""

from __future__ import annotations

import numpy as np
import pytest

from curiebreak.discovery.find import find
from curiebreak.structures.model import Structure

EDGE, HEIGHT, BUCKLING = 2.46, 20.0, 0.3


def _honeycomb(*layers: float) -> Structure:
    """Layers of carbon `HEIGHT` apart, the two atoms of each that many Å above and below its plane."""
    lattice = np.array(
        [[EDGE, 0, 0], [-EDGE / 2, EDGE * np.sqrt(3) / 2, 0], [0, 0, HEIGHT * len(layers)]], dtype=np.float64
    )
    sites = [
        [x, y, (number + 0.5) / len(layers) + sign * shift / lattice[2, 2]]
        for number, shift in enumerate(layers)
        for x, y, sign in ((1 / 3, 2 / 3, 1), (2 / 3, 1 / 3, -1))
    ]
    return Structure(lattice, ("C",) * len(sites), np.array(sites))


@pytest.mark.parametrize(
    ("layers", "primary"),
    [((BUCKLING,), "GM3+"), ((BUCKLING, -BUCKLING), "A4-")],
    ids=["one layer", "alternating layers"],
)
def test_a_flat_layer_gives_nothing_without_an_input(layers: tuple[float, ...], primary: str) -> None:
    finding = find(_honeycomb(0.0), _honeycomb(*layers))
    assert finding.status == "ok"
    curie = next(c for c in finding.certificates if c.kind == "curie")
    assert curie.learned == pytest.approx(1.0, abs=1e-9) and curie.floor == pytest.approx(1.0)
    assert finding.primary == (primary,)
