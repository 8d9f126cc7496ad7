"""What every command prints holds no word of the machine and fits a terminal of 80 columns; one meaning of @ and -o."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import CommandLine
from pairs import STRUCTURES, paths

from curiebreak.cli import commands
from curiebreak.modes.couplings import product_text
from curiebreak.options.option_rules import Joined

NAMES = sorted(
    path.stem.replace("_", "-") for path in Path(commands.__path__[0]).glob("*.py") if path.stem != "__init__"
)
_ODD = re.compile(r"\b(True|False|None|nan)\b|[{}]")
LAMNO3 = paths("lamno3")


def _clean(text: str) -> list[str]:
    return [line for line in text.splitlines() if _ODD.search(line)]


@pytest.mark.parametrize("name", NAMES)
def test_help_pages(command_line: CommandLine, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = command_line(name, "--help").out
    assert _clean(page) == [] and max(map(len, page.splitlines())) <= 80
    if name != "help":
        assert command_line("help", name).out == page


def test_the_list_of_commands_has_whole_sentences(command_line: CommandLine) -> None:
    page = command_line("--help").out
    assert "..." not in page.partition("Commands:")[2]
    assert set(re.findall(r"^  ([a-z-]+)  +", page.partition("Commands:")[2], re.M)) == set(NAMES)


@pytest.mark.slow
def test_series_scans_and_recipes(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    tilted = str(STRUCTURES / "lamno3_pnma.cif")
    asked = (
        ("track", str(LAMNO3[0]), tilted, "-o", "series.csv"),
        ("scan", tilted, "-o", "one.db", "--exact"),
        ("query", "one.db", "status = 'ok'"),
        ("export", "one.db", "-o", "one.csv"),
        ("scan-report", "one.db", "-o", "one.html"),
        ("run", "--list"),
    )
    for words in asked:
        ran = command_line(*words)
        assert ran.code == 0 and _clean(ran.out + ran.err) == [], words
        wide = [line for line in (ran.out + ran.err).splitlines() if len(line.rstrip()) > 80]
        assert not wide or words[0] == "query", words


@pytest.mark.parametrize(
    ("command", "file", "word"),
    [
        ("modes", "child.cif", "--write cif:child.cif"),
        ("find", "page.pdf", "--report page.pdf"),
        ("map", "t.csv", ".json"),
    ],
)
def test_a_result_has_no_name_of_something_else(command_line: CommandLine, command: str, file: str, word: str) -> None:
    """-o is the result as JSON; it once wrote JSON under the name of a CIF."""
    assert word in command_line.refuses(2, command, *LAMNO3, "-o", file).err
    assert not Path(file).exists()


def test_a_wave_vector_is_one_entry_of_a_list() -> None:
    assert Joined.split("DT5@0,1/4,0, R4+,M3+") == ("DT5@0,1/4,0", "R4+", "M3+")
    assert Joined.split("R4+@1/2,1/2,1/2,LD1@0,0,0.25") == ("R4+@1/2,1/2,1/2", "LD1@0,0,0.25")
    assert Joined.split("1e,1o") == ("1e", "1o")


def test_a_joined_label_is_bracketed_in_a_product() -> None:
    assert product_text({"mX2": 2, "GM2+GM3+": 1}) == "mX2^2*(GM2+GM3+)"
    assert product_text({"GM2+GM3+": 2}) == "(GM2+GM3+)^2" and product_text({"M3+": 1, "R4+": 2}) == "M3+*R4+^2"


@pytest.mark.parametrize("command", ["irreps", "subgroups", "distort", "track"])
def test_a_missing_parent_is_answered_with_what_to_do(command_line: CommandLine, command: str) -> None:
    ran = command_line.refuses(2, command)
    assert "starts from PARENT" in ran.err and "`curiebreak parent CHILD -o parent.cif`" in ran.err
    assert "whose parent is sought" in command_line.refuses(2, "parent").err
    assert "auto CHILD" in command_line.refuses(2, "modes", LAMNO3[1]).err
