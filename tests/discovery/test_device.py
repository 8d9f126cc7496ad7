"""Training on a CUDA device gives the answers of the processor; where there is none, one sentence says so.

Where there is no such device it is imitated: :mod:`second_device` refuses what a real one refuses.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import CommandLine
from second_device import SecondDevice, TwoDevices

FAST = {
    "blind": "find square.xyz rectangle.xyz --blind",
    "plain": "find square.xyz rectangle.xyz --blocks plain",
    "all atoms": "find square.xyz rectangle.xyz --no-compression",
    "hypothesis": "certify batio3_cubic.cif batio3_p4mm.cif GM4-",
}
SLOW = {
    "degenerate": "find square.xyz rectangle.xyz --degenerate",
    "molecule": "find square.xyz rectangle.xyz",
    "crystal": "find lamno3_cubic.cif lamno3_pnma.cif",
    "strain alone": "find cuau_fcc.cif cuau_l10.cif",
    "several seeds": "find batio3_cubic.cif batio3_p4mm.cif --seeds 3",
    "blind crystal": "find batio3_cubic.cif batio3_p4mm.cif --blind",
    "moments": "find auto magnetic/knif3.mcif",
    "field": "find lamno3_cubic.cif --target fields/lamno3_orbitals.json::Q",
    "given": "find batio3_cubic.cif batio3_p4mm.cif --given fields/electric_field.json::E",
    "intermediate": "intermediate lamno3_cubic.cif lamno3_pnma.cif --drop M3+",
}
ASKED = [
    *(pytest.param(t, id=k) for k, t in FAST.items()),
    *(pytest.param(t, id=k, marks=pytest.mark.slow) for k, t in SLOW.items()),
]


def device() -> AbstractContextManager[object]:
    """The device beside the processor, real or imitated."""
    return nullcontext() if torch.cuda.is_available() else SecondDevice()


def facts(command_line: CommandLine, structures: Path, text: str, device: str) -> dict[str, Any]:
    words = [str(structures / word) if (structures / word.split("::")[0]).is_file() else word for word in text.split()]
    ended = command_line(*words, "--device", device, "--json", "--quiet")
    assert ended.code == 0, ended.err
    return dict(ended.json)


def test_the_imitated_device_refuses_what_a_real_one_refuses() -> None:
    with SecondDevice():
        there, here = torch.zeros(3, device="cuda"), torch.ones(3)
        assert there.device.type == "cuda" and there.cpu().device.type == "cpu"
        assert (there[torch.tensor([0, 1])] + 1.0).device.type == "cuda"
        for wrong in (lambda: there + here, lambda: torch.cat([there, here]), lambda: here @ there, there.numpy):
            with pytest.raises(TwoDevices):
                wrong()
        assert (there + here.to(there.device)).numpy(force=True).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("text", ASKED)
def test_both_devices_give_one_answer(text: str, command_line: CommandLine, structures: Path) -> None:
    here = facts(command_line, structures, text, "cpu")
    with device() as second:
        there = facts(command_line, structures, text, "cuda")
    assert not isinstance(second, SecondDevice) or second.used > 1000
    assert [here[key] == there[key] for key in ("status", "notices")] == [True, True]
    assert here.get("primary") == there.get("primary")
    for entry, other in zip(here.get("breaking_input", ()), there.get("breaking_input", ()), strict=True):
        assert entry["site"] == other["site"] and entry["l"] == other["l"]
        np.testing.assert_allclose(np.array(entry["values"]), np.array(other["values"]), atol=1e-5)
    for loss in ("loss", "loss_without_input", "loss_strain"):
        if here.get(loss) is not None:
            assert there[loss] == pytest.approx(here[loss], rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("asked", ["find", "certify", "intermediate"])
def test_no_device_is_a_sentence(
    asked: str, command_line: CommandLine, structures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    more = {"find": [], "certify": ["R4+"], "intermediate": ["--keep", "R4+"]}[asked]
    pair = (str(structures / f"lamno3_{name}.cif") for name in ("cubic", "pnma"))
    ended = command_line.refuses(2, asked, *pair, *more, "--device", "cuda")
    assert "finds no CUDA device" in ended.err and "Train on `cpu`" in ended.err
