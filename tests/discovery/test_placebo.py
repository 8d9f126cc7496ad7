"""Noise or random numbers in place of what the trained network asks for do not find the primary sets; it does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import placebo  # noqa: E402


@pytest.mark.slow
@pytest.mark.shared
def test_placebos_do_not_choose(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least 85 % of the runs on pairs with a choice by the path, at most 35 % by noise and by random strengths.

    The path runs three times on each shared pair; placebos run once on more pairs: many of the shared ones have but two
    sets to end in, and of fifteen runs chance takes now less and now more than a third to the right one.
    """
    from curiebreak.learning import election

    monkeypatch.setattr(election, "CuriePath", election.CuriePath)
    chosen = [analysis for _, analysis in placebo.pairs(shared / "data")]
    assert len(chosen) >= 15
    more = [analysis for _, analysis in placebo.tilted(shared / "data", placebo.PAIRS - len(chosen))]
    real = [placebo.ended(pair, "real", seed, 0) for pair in chosen for seed in range(3)]
    assert placebo.ENDS[2] not in real
    assert real.count(placebo.ENDS[0]) >= 0.85 * len(real), real
    for kind in ("noise", "random"):
        ends = [placebo.ended(pair, kind, 0, number) for number, pair in enumerate([*chosen, *more])]
        assert ends.count(placebo.ENDS[0]) <= 0.35 * len(ends), (kind, ends)
