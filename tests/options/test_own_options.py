"""What a command says names options that it has, or the command that has them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from typer.main import get_command

import curiebreak
from curiebreak.cli.app import build_app
from curiebreak.cli.own_options import commands_of, in_own_words, options_of

PACKAGE = Path(curiebreak.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z](?![\w-])")


@cache
def program() -> Any:
    return get_command(build_app())


def commands() -> dict[str, Any]:
    return commands_of(program())


@cache
def named_in_the_package() -> set[str]:
    """Options in the strings of all modules but those of the command line."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "cli" not in path.relative_to(PACKAGE).parts:
            strings = (n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant))
            found |= {name for text in strings if isinstance(text, str) for name in OPTION.findall(text)}
    return found


def test_every_option_that_a_sentence_names_is_one_of_a_command() -> None:
    every = set().union(*(options_of(command) for command in commands().values()))
    assert named_in_the_package() <= every | {"--version"}


@pytest.mark.parametrize("name", commands())
def test_options_that_a_command_lacks_are_named_with_one_that_has_them(name: str) -> None:
    every = commands()
    command = every[name]
    for option in sorted(named_in_the_package()):
        text = in_own_words(f"A thing of 0.1 Å was not counted; {option} 0.05 counts it.", command, program())
        owner = re.search(rf"{option} 0\.05 \(of `curiebreak ([a-z -]+)`\) counts it", text)
        if option in options_of(command):
            assert owner is None and text.endswith(f"{option} 0.05 counts it.")
        else:
            assert owner is not None and option in options_of(every[owner[1]])
        assert in_own_words(text, command, program()) == text


def test_command_lines_and_other_dashes_stay() -> None:
    command = commands()["irreps"]
    for text in ("Try `curiebreak modes a.cif b.cif --symprec 0.1`.", "a--b", "1 -- 2", "--k all"):
        assert in_own_words(text, command, program()) == text
    said = in_own_words("use --allow hand, or --symprec", command, program())
    assert said == "use --allow hand (of `curiebreak modes`), or --symprec (of `curiebreak modes`)"


def test_an_option_of_one_value_is_refused_when_it_is_given_twice(command_line: CommandLine) -> None:
    """The parser alone would keep the last value without a word; flags may be repeated, opposite ones not."""
    asked = 0
    for name, command in commands().items():
        for one in command.params:
            if one.param_type_name != "option" or one.multiple or (one.is_flag and not one.secondary_opts):
                continue
            words = (
                [[one.opts[-1]], [one.secondary_opts[-1]]] if one.is_flag else [[one.opts[-1], *["1"] * one.nargs]] * 2
            )
            ran = command_line.refuses(2, *name.split(), *words[0], *words[1])
            assert one.opts[-1] in ran.err and "given 2 times" in ran.err
            asked += 1
    assert asked > 150


def test_short_and_long_spellings_are_one_option(command_line: CommandLine) -> None:
    assert "--output takes one value" in command_line.refuses(2, "modes", "-o", "a", "--output=b").err
    assert (
        "curiebreak report RESULT.json" in command_line.refuses(2, "modes", "--report=a.png", "--report", "b.pdf").err
    )
    assert command_line("modes", "-q", "--quiet").err.startswith("error: No structure is given")
