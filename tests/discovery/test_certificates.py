"""Certificates set a trained loss beside an exact floor: what each relation of the two is called."""

from __future__ import annotations

import numpy as np
import pytest
from pairs import analysis

from curiebreak.discovery.certificates import certificate
from curiebreak.errors import InternalError
from curiebreak.learning.outcome import Fit

TOLERANCE = 1e-6


def fit(loss: float) -> Fit:
    return Fit(loss, None, True, 0.0, {}, (), 0, 0.0)


def verdict(kind: str, members: tuple[str, ...], loss: float) -> str:
    found = analysis("lamno3")
    mask = found.isotropy.stabiliser(members)
    return certificate(found, kind, members, mask, fit(loss), TOLERANCE).verdict  # type: ignore[arg-type]


def floor(*members: str) -> float:
    isotropy = analysis("lamno3").isotropy
    value = isotropy.floor(isotropy.stabiliser(members))
    assert value is not None
    return value


@pytest.mark.parametrize("members", [("R4+",), ("M3+",), ()])
def test_a_loss_below_its_floor_is_an_internal_error(members: tuple[str, ...]) -> None:
    """The floor bounds every equivariant network; below it the network cannot have been one."""
    with pytest.raises(InternalError, match="not equivariant"):
        verdict("necessary", members, 0.99 * floor(*members))
    assert verdict("necessary", members, floor(*members)) == "holds"


def test_a_loss_above_its_floor_has_not_converged() -> None:
    assert verdict("necessary", ("R4+",), 1.01 * floor("R4+")) == "not_converged"
    assert verdict("curie", (), 1.01) == "not_converged"
    assert verdict("sufficient", ("M3+", "R4+"), 0.01) == "not_converged"


def test_what_holds_and_what_fails() -> None:
    assert verdict("sufficient", ("M3+", "R4+"), 1e-9) == "holds"
    assert verdict("sufficient", ("R4+",), floor("R4+")) == "fails", "on its floor, and the floor is not zero"
    assert verdict("necessary", ("M3+", "R4+"), 1e-9) == "fails", "without the member nothing is missing"
    assert verdict("curie", (), 1.0) == "holds"


def test_floors_fall_with_the_group() -> None:
    """A smaller stabiliser allows more: F(H) = 0 < F(K) <= F(G) = 1."""
    isotropy = analysis("lamno3").isotropy
    everything = np.ones(isotropy.shape, dtype=bool)
    assert isotropy.floor(everything) == pytest.approx(1.0)
    assert floor("M3+", "R4+") < floor("R4+") < floor("M3+") < 1.0 + 1e-12
