"""The equivalent children: as many as the index of the child's group, all different."""

from __future__ import annotations

import numpy as np
import pytest
from pairs import analysis

from curiebreak.modes.domains import equivalent_children


@pytest.mark.parametrize(
    ("name", "total"), [("lamno3", 24), ("ymno3", 6), ("ca3ti2o7", 4), ("batio3", 6), ("square", 2)]
)
def test_every_domain_once(name: str, total: int) -> None:
    """|G : H| children, with different order parameters (index: Howard & Stokes; Stokes & Hatch)."""
    found = equivalent_children(analysis(name), listed=True)
    assert found.total == total == len(found.equivalents)
    labels = sorted(found.equivalents[0].components)
    rows = np.array([np.concatenate([d.components[label] for label in labels]) for d in found.equivalents])
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2) + np.eye(total)
    assert apart.min() > 1e-3, "two of the domains are one"
    lengths = np.linalg.norm(rows, axis=1)
    np.testing.assert_allclose(lengths, lengths[0], rtol=1e-6)
