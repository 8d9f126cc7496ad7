"""What the README shows is what the program prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import CommandLine

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def block(language: str, number: int) -> str:
    found: str = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)[number]
    return found


def comparable(text: str) -> list[str]:
    """Lines without tiny losses, which differ between machines, and without padding."""
    return [" ".join(re.sub(r"\d\.\de-\d\d|\b0\b", "*", line).split()) for line in text.splitlines() if line.strip()]


def test_set_up_commands() -> None:
    commands = re.findall(r"^python3 -m venv .* && .*$", README, re.MULTILINE)
    assert len(commands) == 2
    assert all("-c constraints.txt" in command for command in commands)


def test_output_of_find(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    words = block("bash", 0).split("curiebreak find ")[1].split()
    monkeypatch.chdir(ROOT)
    ran = command_line("find", *words)
    assert ran.code == 0
    shown = comparable(block("text", 0))
    assert len(shown) > 15
    assert [line for line in shown if line not in comparable(ran.out)] == []


def test_python_example(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(block("python", 0), {})
    assert comparable(capsys.readouterr().out) == comparable(block("text", 1))


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    anchors = {title.strip().lower().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    prose = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", prose):
        if link.startswith("#"):
            assert link[1:] in anchors, link
        elif not link.startswith("http"):
            assert (page.parent / link.partition("#")[0]).exists(), link
