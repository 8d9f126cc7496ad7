"""The page of all commands says what the command line says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import CommandLine

from curiebreak.cli.command_page import commands, page

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
NAMES = [name for name, _ in commands()]


def sections(text: str) -> dict[str, str]:
    found = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def words(text: str) -> str:
    """Text without white space, table bars, escapes and the brackets around defaults."""
    return re.sub(r"\s+|\\(?=[<|*_(])|[\[\]]", "", text.replace(" | ", ""))


def help_entries(text: str) -> list[tuple[str, str]]:
    """Options and arguments in what `--help` prints, each with its text."""
    block = re.split(r"^(?:Arguments|Options):\n", text, flags=re.MULTILINE)[1:]
    lines = [line for part in block for line in part.split("\n\n")[0].splitlines()]
    entries: list[tuple[str, str]] = []
    for line in lines:
        if re.match(r"  \S", line):
            left, _, right = line.strip().partition("  ")
            entries.append((left, right.strip()))
        elif entries:
            entries[-1] = (entries[-1][0], f"{entries[-1][1]} {line.strip()}".strip())
    return entries


def test_page_is_up_to_date() -> None:
    assert page() == PAGE, "run `python -m curiebreak.cli.command_page docs`"


def test_every_command_has_a_section(command_line: CommandLine) -> None:
    listed = re.findall(r"^  ([a-z][\w-]*)  ", command_line("--help").out.split("Commands:")[1], re.MULTILINE)
    assert len(listed) > 10
    assert set(listed) <= set(NAMES)
    assert ["curiebreak", *NAMES] == list(sections(PAGE))


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_documented(command_line: CommandLine, name: str) -> None:
    section = sections(PAGE)[name]
    entries = help_entries(command_line(*name.split(), "--help").out)
    assert entries
    for left, text in entries:
        if "--help" in left:
            continue
        for spelling in re.findall(r"(?<!\S)--?[a-z][\w-]*", left) or re.findall(r"^\W*(\w+)", left):
            assert re.search(rf"`[^`]*{re.escape(spelling)}\b", section), (name, spelling)
        assert words(text) in words(section), (name, left, text)


def test_README_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in NAMES if " " not in name and not re.search(rf"`{name}`|`curiebreak {name}\b", readme)]
    assert missing == []
