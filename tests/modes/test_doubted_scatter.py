"""Scatter too large to be believed counts, and then no answer is `ok`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curiebreak import decompose
from curiebreak.structures import read_structure


@pytest.mark.parametrize("seed", range(3))
def test_a_primary_irrep_of_scatter_is_never_ok(structures: Path, seed: int) -> None:
    parent, child = (read_structure(structures / f"ymno3_{name}.cif") for name in ("p63mmc", "p63cm"))
    assert child.lattice is not None
    moved = np.random.default_rng(seed).normal(size=(len(child), 3)) * 0.06 @ np.linalg.inv(child.lattice)
    found = decompose(parent, replace(child, coords=child.coords + moved, precision=None))
    assert any(notice.code == "large_scatter" for notice in found.notices)
    assert set(found.primary) != {"K3"} and found.status == "ambiguous"
    assert decompose(parent, child).status == "ok"
