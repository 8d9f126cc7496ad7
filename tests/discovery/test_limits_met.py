"""A training that did not converge says which of its limits it met, and the advice names that one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import curiebreak
from curiebreak.learning import training
from curiebreak.results import Status


@pytest.mark.parametrize(
    ("asked", "hasty", "limits"),
    [
        ({"seconds": 0.0}, True, ("seconds",)),
        ({"max_steps": 1, "seconds": 600.0}, False, ("max_steps",)),
        ({"max_steps": 1, "seconds": 0.0}, False, ("seconds", "max_steps")),
    ],
)
def test_advice_names_the_limit_that_was_met(
    asked: dict[str, Any], hasty: bool, limits: tuple[str, ...], structures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = structures / "zro2_cubic.cif", structures / "zro2_p42nmc.cif"
    assert curiebreak.find(*pair, seconds=0.0).limits == ()
    # when the time is spent an attempt ends after one step, however its loss falls
    for name, value in (("PATIENT_STEPS", 1), ("STEADY_STEPS", 1), ("STEADY", 1e30)) if hasty else ():
        monkeypatch.setattr(training, name, value)
    found = curiebreak.find(*pair, **asked)
    assert found.status is Status.NOT_CONVERGED and found.limits == limits
    assert re.findall(r"--[\w-]+", found.advice) == [*(f"--{name.replace('_', '-')}" for name in limits), "--seed"]
