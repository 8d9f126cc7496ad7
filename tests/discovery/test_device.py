"""Training on a CUDA device gives the answers of the processor; where there is none, one sentence says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import CommandLine

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

ASKED = {
    "crystal": "find lamno3_cubic.cif lamno3_pnma.cif",
    "molecule": "find square.xyz rectangle.xyz",
    "strain alone": "find cuau_fcc.cif cuau_l10.cif",
    "several seeds": "find batio3_cubic.cif batio3_p4mm.cif --seeds 3",
    "blind": "find batio3_cubic.cif batio3_p4mm.cif --blind",
    "plain": "find srtio3_cubic.cif srtio3_i4mcm.cif --blocks plain",
    "degenerate": "find square.xyz rectangle.xyz --degenerate",
    "all atoms": "find batio3_cubic.cif batio3_p4mm.cif --no-compression",
    "moments": "find auto magnetic/knif3.mcif",
    "field": "find lamno3_cubic.cif --target fields/lamno3_orbitals.json::Q",
    "given": "find batio3_cubic.cif batio3_p4mm.cif --given fields/electric_field.json::E",
    "hypothesis": "certify batio3_cubic.cif batio3_p4mm.cif GM4-",
    "intermediate": "intermediate lamno3_cubic.cif lamno3_pnma.cif --drop M3+",
}


def facts(command_line: CommandLine, structures: Path, text: str, device: str) -> dict[str, Any]:
    words = [str(structures / word) if (structures / word.split("::")[0]).is_file() else word for word in text.split()]
    ended = command_line(*words, "--device", device, "--json", "--quiet")
    assert ended.code == 0, ended.err
    return dict(ended.json)


@cuda
@pytest.mark.parametrize("text", ASKED.values(), ids=ASKED.keys())
def test_both_devices_give_one_answer(text: str, command_line: CommandLine, structures: Path) -> None:
    here, there = (facts(command_line, structures, text, device) for device in ("cpu", "cuda"))
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
