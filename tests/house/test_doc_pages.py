"""Every command and every piece of code on the pages runs, and the tutorials show what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from doc_pages import ROOT, blocks, missing, run_page

DOCS = ROOT / "docs"
TUTORIALS = [DOCS / "start.md", *sorted((DOCS / "tutorials").glob("*.md"))]
OTHERS = [page for page in sorted(DOCS.glob("*.md")) if page not in TUTORIALS and page.name != "intermediates.md"]
GUIDES = [page for page in OTHERS if any(block.language in ("bash", "python") for block in blocks(page))]


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_tutorial(page: Path, command_line: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    """The pages show what a pipe gets: every column, which a terminal of 100 may leave out."""
    assert any(block.language == "bash" for block in blocks(page))
    run_page(page, command_line, capsys, compare=True)


@pytest.mark.slow
@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_guide(page: Path, command_line: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    run_page(page, command_line, capsys, compare=False)


def test_no_block_is_overlooked() -> None:
    """Fences are balanced, and what looks like a command stands in a block that is run."""
    for page in (*TUTORIALS, *GUIDES):
        text = page.read_text(encoding="utf-8")
        assert text.count("\n```") == 2 * sum(1 for _ in blocks(page)), page.name
        for block in blocks(page):
            if block.language not in ("bash", "python"):
                assert not any(line.startswith("curiebreak ") for line in block.text.splitlines()), page.name


def test_set_up_is_that_of_the_readme() -> None:
    """The set-up commands are run with the README's, so they must be the same."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for block in blocks(DOCS / "start.md") if block.language == "sh" for line in block.text.splitlines()]
    assert len(lines) == 3 and sum(line.startswith("python3 -m venv") for line in lines) == 1
    assert [line for line in lines if line.removeprefix("export ") not in readme] == []


def test_comparison_can_fail() -> None:
    printed = "one  1.25e-16\ntwo 0.5\nthree"
    assert missing("one 7e-19\nthree", printed) == []
    assert missing("three\none", printed) == ["one"]
    assert missing("two 0.6", printed) == ["two 0.6"]
    assert missing("five 0", printed + " four five 0.1") == ["five *"]
