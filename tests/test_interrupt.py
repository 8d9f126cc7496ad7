"""Ctrl-C: a real SIGINT in a real process, wherever the run happens to be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pairs import paths

from curiebreak.results import Certification, Finding, Status

STOP_AT = """
import os, signal, sys
from curiebreak.cli.app import run
from curiebreak.learning.training import Trainer

fit, calls = Trainer.fit, []

def stopped(self, *arguments, **options):
    calls.append(None)
    if len(calls) == {call}:
        os.kill(os.getpid(), signal.SIGINT)
    return fit(self, *arguments, **options)

Trainer.fit = stopped
sys.exit(run(sys.argv[1:]))
"""


def interrupted_at(call: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command line in a process that sends itself SIGINT before its n-th fit."""
    command = [sys.executable, "-c", STOP_AT.format(call=call), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("call", [1, 5, 45])
def test_find_leaves_a_usable_partial_result(call: int, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    ran = interrupted_at(call, "find", *paths("lamno3"), "--alternatives", "-o", output, "--json")
    assert ran.returncode == 130, ran.stderr
    assert "Traceback" not in ran.stderr
    found = Finding.from_json(output.read_text())
    assert found.status is Status.INTERRUPTED
    assert found.isotropy_subgroup is not None and found.isotropy_subgroup.number == 62
    assert found.minimal_sets[0] == ("M3+", "R4+") and found.structures is not None
    assert json.loads(ran.stdout)["status"] == "interrupted"


def test_certify_leaves_a_usable_partial_result(tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    ran = interrupted_at(2, "certify", *paths("lamno3"), "R4+", "M3+", "-o", output)
    assert ran.returncode == 130, ran.stderr
    found = Certification.from_json(output.read_text())
    assert found.status is Status.INTERRUPTED
    assert found.sufficient is None and found.floor == pytest.approx(0.0, abs=1e-9)


@pytest.mark.slow
@pytest.mark.shared
def test_from_outside_in_the_middle_of_training(shared: Path, tmp_path: Path) -> None:
    case, output = shared / "data" / "cases" / "49_nanbo3_pbcm", tmp_path / "out.json"
    code = "import sys; from curiebreak.cli.app import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "find", case / "parent.cif", case / "child.cif"]
    options = ["--no-compression", "--alternatives", "-o", output]
    process = subprocess.Popen([*map(str, command), *map(str, options)], stderr=subprocess.PIPE, text=True)
    time.sleep(15.0)
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130 and "Traceback" not in stderr
    assert Finding.from_json(output.read_text()).status is Status.INTERRUPTED
