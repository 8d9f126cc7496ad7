"""`report` draws what any command wrote: tables on paper and as a page, and a picture of what can be drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from pairs import paths
from text_boxes import faults

from curiebreak.report.content import content
from curiebreak.report.pdf import pdf_pages
from curiebreak.report.writing import read_result

PARENT, CHILD = map(str, paths("batio3"))

COMMANDS = {
    "couplings": (PARENT, CHILD),
    "distort": (PARENT, "GM4-[Ti](0,0,a)=0.1"),
    "irreps": (PARENT,),
    "map": (PARENT, CHILD),
    "parent": (CHILD,),
    "predict": ("LaFeO3",),
    "subgroups": (PARENT, "--group", "P4mm"),
}
"""What each is asked, of commands whose results are no pair with modes."""

WITH_A_PICTURE = {"parent", "predict"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_result_is_drawn(command: str, tmp_path: Path, command_line: CommandLine) -> None:
    """The page holds the answer that the terminal prints, no text of the PDF runs into another."""
    asked = command_line(command, *COMMANDS[command], "--json", "--quiet")
    assert asked.code == 0, asked.err
    given = tmp_path / "result.json"
    given.write_text(asked.out)
    for suffix in ("pdf", "html"):
        drawn = command_line("report", given, "-o", tmp_path / f"drawn.{suffix}", "--quiet")
        assert (drawn.code, drawn.out, drawn.err) == (0, "", "")
    result = read_result(given)
    words = content(result, whole=True)
    page = (tmp_path / "drawn.html").read_text()
    assert words.headline.text and f"<h1>{words.headline.text}</h1>" in page
    assert page.count("<h3>") >= len(words.answer) > 0
    assert [found for one in pdf_pages(result) if (found := faults(one))] == []
    picture = command_line("report", given, "-o", tmp_path / "drawn.png", "--quiet")
    assert picture.code == (0 if command in WITH_A_PICTURE else 3)
    assert picture.code == 0 or "words and tables alone" in picture.err


def test_lists_and_other_files(tmp_path: Path, command_line: CommandLine) -> None:
    """A list of predictions is named as one, a file of something else as what it is not."""
    given = tmp_path / "many.json"
    asked = command_line("predict", "LaFeO3", "CaTiO3", "--json", "--quiet")
    given.write_text(asked.out)
    assert "holds 2 results in a list" in command_line.refuses(3, "report", given, "-o", tmp_path / "a.pdf").err
    given.write_text('{"schema_version": 2, "command": "guess"}')
    assert "result of `guess`" in command_line.refuses(3, "report", given, "-o", tmp_path / "a.pdf").err
