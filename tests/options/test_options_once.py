"""An option is said once: the class of its command is where flags, keys, signature, record and pages come from."""

from __future__ import annotations

import ast
import importlib.util
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
from curiebreak.options.modes_options import DecomposeOptions
from curiebreak.options.run_options import RunOptions
from curiebreak.recipe.steps import STEPS

PACKAGE = Path(curiebreak.__file__).parent
STRUCTURES = PACKAGE.parent / "structures"
CLASSES = {name: model.options for name, model in STEPS.items()}
PYTHON = sorted(set(curiebreak.__all__) - {"__version__", "plot", "read_structure"})
"""Public functions that answer something."""
FUNCTIONS = {
    name: next(base for base in reversed(options.__mro__) if issubclass(base, Options) and base is not Options)
    for name, options in CLASSES.items()
}
"""Command -> the first class that its own one adds to: what is said there is said of both."""

NEW = """
    halved: int = option(default=4, help="Halve what is given so often.", rule=Number(1, 9, whole=True))
"""
IMPORTS = """from curiebreak.options.field import option
from curiebreak.options.option_rules import Number
"""

ASKED = """
import inspect, json, sys
import curiebreak
from curiebreak.cli.app import run, command_group
from curiebreak.cli.command_page import page
from curiebreak.recipe import recipe_schema
from curiebreak.recipe.steps import STEPS
parent, child, *commands = sys.argv[1:]
group = command_group()
sections = {part.partition("\\n")[0]: part for part in page().split("\\n## ")}
print(json.dumps({
    "signature": str(inspect.signature(curiebreak.decompose)),
    "docstring": curiebreak.decompose.__doc__,
    "record": curiebreak.decompose(parent, child, halved=7).options,
    "keys": {name: recipe_schema()["$defs"]["step-" + name]["properties"].get("halved") for name in STEPS},
    "page": {name: [line for line in sections[name].splitlines() if "--halved" in line] for name in commands},
    "help": {name: group.commands[name].get_help(group.commands[name].context_class(group.commands[name]))
             for name in commands},
}))
print("----", flush=True)
print(run(["modes", parent, child, "--halved", "10"]))
"""
COMMANDS = {**CLASSES, "run": RunOptions}
"""All commands that take options; `run` is no step of a recipe."""


def test_a_new_option_touches_one_file(tmp_path: Path) -> None:
    """An option written into each class of a copy of the package is seen wherever its command is."""
    shutil.copytree(PACKAGE, tmp_path / "curiebreak", ignore=shutil.ignore_patterns("__pycache__"))
    for options in dict.fromkeys(FUNCTIONS.get(name, one) for name, one in COMMANDS.items()):
        place = tmp_path / Path(inspect.getfile(options)).relative_to(PACKAGE.parent)
        text = place.read_text()
        head, name, body = text.partition(f"class {options.__name__}(")
        declared, mark, fields = body.partition('"""\n')  # behind the docstring
        place.write_text(
            head.replace("annotations\n", f"annotations\n{IMPORTS}", 1) * (IMPORTS not in text)
            + head * (IMPORTS in text)
            + name
            + declared
            + mark
            + NEW
            + fields
        )
    pair = [str(STRUCTURES / name) for name in ("srtio3_cubic.cif", "srtio3_i4mcm.cif")]
    ran = subprocess.run(
        [sys.executable, "-c", ASKED, *pair, *COMMANDS], cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "COLUMNS": "100"}, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    shown, code = ran.stdout.split("----\n")
    found = json.loads(shown)
    assert "halved: 'int' = 4" in found["signature"]
    assert "Halve what is given so often. May be a whole number from 1 to 9." in found["docstring"]
    assert found["record"]["halved"] == 7
    key = {"default": 4, "maximum": 9, "minimum": 1, "title": "Halved", "type": "integer"}
    row = "| `--halved <int range>` | Halve what is given so often. | default: 4; 1\\<=x\\<=9 |"
    for command in COMMANDS:
        assert command == "run" or found["keys"][command] == key, command
        assert found["page"][command] == [row] and "--halved <int range>" in found["help"][command], command
    assert code == "2\n" and "Invalid value for '--halved'" in ran.stderr


def test_every_command_has_its_class() -> None:
    """But `help`, which takes names of commands, and the group `recipe`."""
    assert {one.name or one.callback.__name__ for one in build_app().registered_commands if one.callback} == {
        *COMMANDS, "help",
    }  # fmt: skip


@pytest.mark.parametrize("command", CLASSES)
def test_defaults_follow_their_rules_and_each_has_a_sentence(command: str) -> None:
    options = CLASSES[command]
    for name, default in defaults_of(options).items():
        one = options_of(options)[name]
        starts = one.help[0].isupper() or one.help.startswith("xx,yy,zz")
        assert starts and one.help.rstrip(")")[-1] in ".'`:", name
        assert default is MISSING or (default is None and one.rule.optional) or one.rule.allows(default), name
        assert not hasattr(one.rule, "optional") or default is not None or one.rule.optional, name


@pytest.mark.parametrize("command", CLASSES)
def test_the_function_takes_what_its_class_says(command: str) -> None:
    """The options of a Python function stand in the class that the command's class adds to, the command's own not."""
    options = CLASSES[command]
    base = options.__bases__[-1]
    own = set(options_of(options)) - (set(options_of(base)) if base is not Options else set())
    for name in own:
        assert Where.PYTHON not in options_of(options)[name].where or base is Options, name
    if base is not Options:
        assert all(Where.PYTHON in one.where for one in options_of(base).values())


@pytest.mark.parametrize("function", PYTHON)
def test_public_functions_take_the_class_of_their_command(function: str) -> None:
    """Read from the source, so that nothing heavy is imported."""
    home = importlib.util.find_spec(curiebreak._HOME[function])
    files = [Path(str(home.origin))] if home else []
    files += [*Path(files[0]).parent.glob("*.py")]
    bodies = [node for file in files for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)]
    own = next(node for node in bodies if node.name == function)
    decorators = [ast.unparse(one) for one in own.decorator_list]
    bases = {f"taking({base.__name__})" for options in CLASSES.values() for base in options.__mro__}
    assert len(decorators) == 1 and decorators[0] in bases


def test_what_is_not_known_is_refused_as_python_does() -> None:
    called = curiebreak.decompose
    assert list(inspect.signature(called).parameters) == list(inspect.signature(DecomposeOptions).parameters)
    with pytest.raises(TypeError, match="^decompose\\(\\) got an unexpected keyword argument 'symprek'"):
        called("a", "b", symprek=0.1)
