"""Pairs on which training and the exact side could name different sets: never with status ``ok``."""

from __future__ import annotations

from pathlib import Path

import pytest

import curiebreak
from curiebreak.results import Status

BEST = {
    "primary_mp-756665": {"X5+", "R3+", "R4+"},
    "primary_r148": {"GM2+GM3+", "LD1"},
}
"""Sets of largest share; the first is tied within 1 % with X5+, M5+, R4+ (0.850 each)."""


@pytest.mark.shared
@pytest.mark.parametrize("name", list(BEST))
def test_both_sides_name_one_set_or_it_is_said(name: str, shared: Path) -> None:
    folder = shared / "data" / "faults" / name
    found = curiebreak.find(folder / "parent.cif", folder / "child.cif")
    check, chosen = found.crosscheck, found.selection
    assert check is not None and chosen is not None
    assert set(check.exact_primary) == BEST[name] and set(found.primary) in [set(s) for s in found.minimal_sets]
    if set(found.primary) != BEST[name] or not check.agrees:
        assert found.status is Status.AMBIGUOUS
    if found.status is Status.OK:
        assert check.agrees and chosen.probability == 1.0
    elif len(set(chosen.votes)) > 1:
        assert any("do not agree" in text for text in found.messages)
        assert {frozenset(s) for s in chosen.votes} <= {
            frozenset(found.primary), *(frozenset(s) for s in chosen.minimal_sets_competing)
        }  # fmt: skip


@pytest.mark.shared
def test_strict_ends_with_5_where_learned_and_exact_disagree(shared: Path, command_line) -> None:  # type: ignore[no-untyped-def]
    folder = shared / "data" / "faults" / "primary_mp-756665"
    ran = command_line("find", folder / "parent.cif", folder / "child.cif", "--seeds", "1", "--strict", "--json")
    assert ran.json["status"] == "ambiguous"
    assert ran.code == (0 if ran.json["crosscheck"]["agrees"] else 5)
