"""An option is said once: the class of its command is where flags, keys, signature, record and pages come from."""

from __future__ import annotations

import importlib
import inspect
import json
import shutil
import subprocess
import sys
from dataclasses import MISSING
from pathlib import Path

import pytest

import curiebreak
from curiebreak.cli.app import build_app
from curiebreak.options import Options, Where, options_of
from curiebreak.options.field import defaults_of
from curiebreak.recipe.steps import STEPS

PACKAGE = Path(curiebreak.__file__).parent
STRUCTURES = PACKAGE.parent / "structures"
CLASSES = {name: model.options for name, model in STEPS.items() if model.options is not None}

NEW = """    halved: int = option(
        default=4, help="Halve what is given so often.", rule=Number(1, 9, whole=True), panel=shared.PAIR
    )
    symprec"""

ASKED = """
import inspect, json, sys
import curiebreak
from curiebreak.cli.app import run
from curiebreak.cli.command_page import page
from curiebreak.recipe import recipe_schema
parent, child = sys.argv[1:]
shown = json.dumps({
    "signature": str(inspect.signature(curiebreak.decompose)),
    "docstring": curiebreak.decompose.__doc__,
    "record": curiebreak.decompose(parent, child, halved=7).options,
    "key": recipe_schema()["$defs"]["step-modes"]["properties"]["halved"],
    "page": [line for line in page().splitlines() if "--halved" in line],
})
print(shown)
print("----")
run(["modes", "--help"])
print("----", flush=True)
print(run(["modes", parent, child, "--halved", "10"]))
"""


def test_a_new_option_touches_one_file(tmp_path: Path) -> None:
    """An option written into a copy of one file is seen everywhere."""
    shutil.copytree(PACKAGE, tmp_path / "curiebreak", ignore=shutil.ignore_patterns("__pycache__"))
    place = tmp_path / "curiebreak" / "options" / "modes_options.py"
    text = place.read_text().replace("    symprec", NEW, 1)
    place.write_text(text.replace("option_rules import ", "option_rules import Number, ", 1))
    pair = [str(STRUCTURES / name) for name in ("srtio3_cubic.cif", "srtio3_i4mcm.cif")]
    ran = subprocess.run(
        [sys.executable, "-c", ASKED, *pair], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), "COLUMNS": "100"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    shown, help_page, code = ran.stdout.split("----\n")
    found = json.loads(shown)
    assert "halved: 'int' = 4" in found["signature"]
    assert "Halve what is given so often. May be a whole number from 1 to 9." in found["docstring"]
    assert found["record"]["halved"] == 7
    assert found["key"] == {"default": 4, "maximum": 9, "minimum": 1, "title": "Halved", "type": "integer"}
    assert found["page"] == ["| `--halved <int range>` | Halve what is given so often. | default: 4; 1\\<=x\\<=9 |"]
    assert "--halved <int range>" in help_page
    assert code == "2\n" and "Invalid value for '--halved'" in ran.stderr


def test_every_command_with_options_has_its_class() -> None:
    assert {"find", "modes"} <= set(CLASSES)
    assert len(build_app().registered_commands) >= len(CLASSES)


@pytest.mark.parametrize("command", CLASSES)
def test_defaults_follow_their_rules_and_each_has_a_sentence(command: str) -> None:
    options = CLASSES[command]
    for name, default in defaults_of(options).items():
        one = options_of(options)[name]
        assert one.help[0].isupper() and one.help.rstrip(")")[-1] in ".'`:", name
        assert default is MISSING or (default is None and one.rule.optional) or one.rule.allows(default), name
        assert not hasattr(one.rule, "optional") or default is not None or one.rule.optional, name


@pytest.mark.parametrize("command", CLASSES)
def test_the_function_takes_what_its_class_says(command: str) -> None:
    """The options of a Python function stand in the class that the command's class adds to, the command's own not."""
    options = CLASSES[command]
    base = options.__bases__[0]
    own = set(options_of(options)) - (set(options_of(base)) if base is not Options else set())
    for name in own:
        assert Where.PYTHON not in options_of(options)[name].where or base is Options, name
    if base is not Options:
        assert all(Where.PYTHON in one.where for one in options_of(base).values())


@pytest.mark.parametrize(("function", "module"), [("find", "find_options"), ("decompose", "modes_options")])
def test_signatures_are_those_of_the_classes(function: str, module: str) -> None:
    found = importlib.import_module(f"curiebreak.options.{module}")
    options = getattr(found, f"{function.title()}Options")
    called = getattr(curiebreak, function)
    assert list(inspect.signature(called).parameters) == list(inspect.signature(options).parameters)
    with pytest.raises(TypeError, match=f"^{function}\\(\\) got an unexpected keyword argument 'symprek'"):
        called("a", "b", symprek=0.1)
