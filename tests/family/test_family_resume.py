"""A training that was interrupted goes on with the networks that it had finished."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from test_family import PAIRS

from curiebreak.errors import InputError, UsageError
from curiebreak.family import fit
from curiebreak.family.members import load_members, packed_members
from curiebreak.family.predicting import train


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Eight pairs of each of two classes."""
    family = load_members(PAIRS)
    groups: dict[Any, list[int]] = {}
    for place, member in enumerate(family.members):
        groups.setdefault((member.primary, member.group), []).append(place)
    chosen = [i for key in ((("GM4-", "R4+"), (161, 16)), (("R4+",), (167, 8))) for i in groups[key][:10]]
    few = dataclasses.replace(family, members=tuple(family.members[i] for i in chosen))
    (tmp_path / "few.cbp").write_bytes(packed_members(few))
    return tmp_path / "few.cbp"


def counted(trained: list[int], stop: int) -> Callable[..., Any]:
    """The training of one network, interrupted before the one after `stop`."""
    whole = fit.train_network

    def call(*given: Any, **named: Any) -> Any:
        if len(trained) == stop:
            raise KeyboardInterrupt
        trained.append(1)
        return whole(*given, **named)

    return call


@pytest.mark.slow
def test_an_interrupted_training_goes_on(pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"epochs": 2, "seeds": 2, "trees": False, "fewest": 4, "name": "few"}
    whole, resumed = pairs.with_name("whole.cbm"), pairs.with_name("resumed.cbm")
    train(pairs, whole, **options)
    first: list[int] = []
    monkeypatch.setattr(fit, "train_network", counted(first, 4))
    with pytest.raises(KeyboardInterrupt):
        train(pairs, resumed, **options)
    part = pairs.with_name("resumed.cbm.part")
    assert part.exists() and not resumed.exists() and len(first) == 4
    monkeypatch.undo()
    second: list[int] = []
    monkeypatch.setattr(fit, "train_network", counted(second, 99))
    train(pairs, resumed, resume=True, **options)
    assert len(second) == 5 + 2 - 4 and not part.exists()
    assert resumed.read_bytes() == whole.read_bytes()


@pytest.mark.slow
def test_another_training_takes_nothing_over(pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"epochs": 2, "seeds": 1, "trees": False, "fewest": 4}
    model = pairs.with_name("model.cbm")
    monkeypatch.setattr(fit, "train_network", counted([], 3))
    with pytest.raises(KeyboardInterrupt):
        train(pairs, model, **options)
    monkeypatch.undo()
    again: list[int] = []
    monkeypatch.setattr(fit, "train_network", counted(again, 99))
    train(pairs, model, resume=True, **{**options, "epochs": 3})
    assert len(again) == 6


def test_bad_input(pairs: Path, command_line: CommandLine) -> None:
    with pytest.raises(UsageError, match="name of the model"):
        train(pairs, resume=True)
    model = pairs.with_name("model.cbm")
    Path(f"{model}.part").write_bytes(b"no zip")
    with pytest.raises(InputError, match="damaged"):
        train(pairs, model, resume=True)
    ran = command_line.refuses(3, "train", pairs, "-o", model, "--resume")
    assert "damaged" in ran.err and not model.exists()
