"""Running the command line inside the test process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from curiebreak.cli.app import run
from curiebreak.cli.streams import prepare_streams


@dataclass(frozen=True)
class Ran:
    """Exit code and the two streams of one command line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Calls `curiebreak ...`; the working directory is a temporary one."""

    capture: pytest.CaptureFixture[str]
    folder: Path

    def __call__(self, *arguments: object) -> Ran:
        self.capture.readouterr()
        prepare_streams()
        code = run([str(argument) for argument in arguments])
        out, err = self.capture.readouterr()
        return Ran(code, out, err)

    def refuses(self, code: int, *arguments: object) -> Ran:
        """Run a command that must fail: one sentence, a hint, nothing on stdout, no traceback, no files."""
        before = sorted(self.folder.iterdir())
        ran = self(*arguments)
        assert (ran.code, ran.out) == (code, ""), ran
        assert ran.err.startswith("error: ") and "\nhint: " in ran.err, ran.err
        assert "Traceback" not in ran.err and ran.err.count("\n") == 2, ran.err
        assert sorted(self.folder.iterdir()) == before
        return ran
