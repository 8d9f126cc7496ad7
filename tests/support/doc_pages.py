"""Running the pages of the documentation: their files, commands and code, in order, and what they show."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import CommandLine

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"^```(?P<language>[\w-]+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A fenced block: ``bash`` and ``python`` run, ``text`` is shown output, one with a title is a file."""

    language: str
    title: str | None
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(found["language"], found["title"], found["text"])


def comparable(text: str) -> list[str]:
    """Lines without tiny numbers, which differ between machines, and without padding."""
    lines = (re.sub(r"-?\b\d(\.\d+)?e-\d\d\b|(?<![\w.])0(?![\w.])", "*", line) for line in text.splitlines())
    return [" ".join(line.split()) for line in lines if line.strip()]


def missing(shown: str, printed: str) -> list[str]:
    """Shown lines that are not found, in this order, in what was printed; line breaks there do not count."""
    text, place, absent = " ".join(comparable(printed)), 0, []
    for line in comparable(shown):
        found = text.find(line, place)
        if found < 0:
            absent.append(line)
        else:
            place = found + len(line)
    return absent


def commands(text: str) -> list[list[str]]:
    """Words of each command of a block; a line that ends in a backslash goes on."""
    lines = text.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def run_page(page: Path, command_line: CommandLine, capsys: pytest.CaptureFixture[str], *, compare: bool) -> None:
    """Run a page in the current, empty folder.

    Parameters
    ----------
    page : Path
    command_line, capsys
        The fixtures.
    compare : bool
        Whether every ``text`` block must be found in what was printed just before. Blocks that follow
        each other go on where the last one ended.
    """
    for name in ("structures", "recipes"):
        Path(name).symlink_to(ROOT / name)
    names: dict[str, object] = {"__name__": "__main__"}
    shown, printed = "", ""
    for block in blocks(page):
        if block.title is not None:
            Path(block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "bash":
            shown, printed = "", ""
            for words in commands(block.text):
                assert words[0] == "curiebreak", words
                ran = command_line(*words[1:])
                assert ran.code == 0, (words, ran.err)
                printed += ran.out + ran.err
        elif block.language == "python":
            shown = ""
            capsys.readouterr()
            exec(compile(block.text, str(page), "exec"), names)
            printed = capsys.readouterr().out
        elif block.language == "text" and compare:
            shown += block.text
            assert missing(shown, printed) == [], (page.name, missing(shown, printed), printed)
