"""The facts of the answers on small shipped pairs stay as they were recorded (`python tests/golden/facts.py`)."""

from __future__ import annotations

import json

import pytest
from facts import COMMANDS, RECORD, SLOW_COMMANDS, ask, differences, report_facts

RECORDED = json.loads(RECORD.read_text())


@pytest.mark.parametrize("name", COMMANDS)
def test_exact_commands(name: str) -> None:
    assert differences(RECORDED["commands"][name], ask(COMMANDS[name])) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_COMMANDS)
def test_learned_commands(name: str) -> None:
    assert differences(RECORDED["commands"][name], ask(SLOW_COMMANDS[name])) == []


@pytest.mark.slow
def test_reports() -> None:
    assert differences(RECORDED["report"], report_facts()) == []


def test_a_changed_fact_is_seen() -> None:
    recorded = {"label": "R4+", "amplitudes": [1.2, 0.3], "exit": 0}
    assert differences(recorded, {**recorded, "new": 1}) == []
    assert differences(recorded, {**recorded, "amplitudes": [1.2, 0.3002]}) != []
    assert differences(recorded, {**recorded, "label": "R5+"}) != []
    assert differences(recorded, {"label": "R4+", "exit": 0}) == [".amplitudes: lost"]
