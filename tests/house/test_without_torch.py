"""The exact side without torch and e3nn; what trains says in one sentence how to add them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from pairs import paths

_HIDDEN = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "e3nn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
from curiebreak.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", _HIDDEN, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, env=os.environ | {"COLUMNS": "100"})


def test_modes_need_neither() -> None:
    ran = _run("modes", *paths("batio3"), "--json")
    assert ran.returncode == 0 and json.loads(ran.stdout)["primary"] == ["GM4-"]


@pytest.mark.parametrize("words", [("find",), ("certify", "GM4-"), ("intermediate", "--keep=GM4-")])
def test_training_says_how_to_add_them(words: tuple[str, ...]) -> None:
    command, *more = words
    ran = _run(command, *paths("batio3"), *more, "--quiet")
    assert ran.returncode == 2 and ran.stdout == ""
    message, hint = ran.stderr.splitlines()
    assert message == "error: Training needs torch and e3nn, and torch is not installed." or "e3nn is not" in message
    assert "pip install torch e3nn" in hint and "modes" in hint
