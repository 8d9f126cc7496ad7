"""The commands of the page on intermediates run and print what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import CommandLine

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "intermediates.md").read_text()
BLOCKS = re.findall(r"```(bash|text|python)\n(.*?)```", PAGE, re.DOTALL)


def plain(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@pytest.mark.slow
def test_page(
    command_line: CommandLine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("structures", "recipes"):
        (tmp_path / name).symlink_to(ROOT / name)
    shown = ""
    for language, text in BLOCKS:
        if language == "bash":
            ran = command_line(*text.split()[1:])
            assert ran.code == 0, ran.err
            shown = ran.out
        elif language == "python":
            exec(text, {})
            shown = capsys.readouterr().out
        else:
            printed = " ".join(" ".join(plain(shown)).split())
            for line in plain(text):
                assert line in printed, line
    assert (tmp_path / "imma.cif").exists() and (tmp_path / "between" / "index.csv").exists()
    assert (tmp_path / "imma" / "Imma.cif").exists() and (tmp_path / "path" / "path.png").exists()
