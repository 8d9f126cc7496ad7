"""Recipes as files: every command, unknown keys, wrong types, missing files, relative paths, show, schema, list."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from command_line import CommandLine
from pairs import STRUCTURES
from typer.main import get_command

from curiebreak.cli.app import build_app
from curiebreak.errors import InputError
from curiebreak.recipe import read_recipe, recipe_from, recipe_schema, shipped_recipes
from curiebreak.recipe.expectations import Bounds, Expectation
from curiebreak.recipe.from_options import asked_of
from curiebreak.recipe.recipe_model import HEAD
from curiebreak.recipe.step import spelling
from curiebreak.recipe.steps import STEPS

RECIPES = STRUCTURES.parent / "recipes"
FILES = sorted(RECIPES.glob("*.yaml"))
NAMES = [path.stem for path in FILES]
WANTED = {
    "square_to_rectangle", "rectangle_to_square", "square_degenerate", "square_limited_inputs", "oh_superposition",
    "allowed_or_forbidden", "hidden_field", "perovskite_pnma", "perovskite_pnma_explicit_k", "perovskite_imma",
}  # fmt: skip
NOT_STEPS = {"help", "run", "recipe"}
"""Commands about recipes themselves."""
COMMANDS = get_command(build_app()).commands  # type: ignore[attr-defined]
MAP = "run: map\nparent: {0}/srtio3_cubic.cif\nchild: {0}/srtio3_i4mcm.cif\n"


def key_of(parameter: Any) -> str:
    """How a recipe spells an option or argument."""
    options = [option for option in parameter.opts if option.startswith("--")]
    return options[0][2:].replace("-", "_") if options else str(parameter.name)


def parameters(command: str) -> dict[str, Any]:
    return {key_of(one): one for one in COMMANDS[command].params if key_of(one) != "help"}


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(recipe_schema())


def write(text: str, name: str = "mine.yaml") -> Path:
    Path(name).write_text(text)
    return Path(name)


# -- the models and the command line ---------------------------------------------------------------------------
def test_every_command_has_a_step() -> None:
    assert set(STEPS) == set(COMMANDS) - NOT_STEPS


@pytest.mark.parametrize("command", STEPS)
def test_keys_are_the_options(command: str) -> None:
    model = STEPS[command]
    keys = {spelling(model, name) for name in model.model_fields} - {"run", "name", "expect", *model.beyond}
    options = set(parameters(command)) - {"json", "format", "force", "quiet", "strict"}
    assert keys - options == set()
    assert options - keys <= {"output"}
    assert all(name in model.model_fields for name in model.outputs)


@pytest.mark.parametrize("command", STEPS)
def test_defaults_and_ranges_are_those_of_the_options(command: str) -> None:
    model = STEPS[command]
    schema = model.model_json_schema()["properties"]
    for key, option in parameters(command).items():
        if key not in schema or option.param_type_name == "argument" or key == "output":
            continue
        part = schema[key]
        bounds = {**part, **next((one for one in part.get("anyOf", ()) if "minimum" in one or "maximum" in one), {})}
        for name, least in (("minimum", option.min), ("maximum", option.max)) if hasattr(option, "min") else ():
            assert bounds.get(name) == least, (key, name)
        field = next(f for n, f in model.model_fields.items() if spelling(model, n) == key)
        default = getattr(option.default, "value", option.default)
        if key != "plot":  # a recipe always draws the tree
            assert (field.default or None) == (default or None), key


@pytest.mark.parametrize("command", STEPS)
def test_steps_become_options(command: str) -> None:
    """What a step holds is what the command's function takes, its defaults where nothing is given."""
    model = STEPS[command]
    data: dict[str, Any] = {"run": command}
    for name, field in model.model_fields.items():
        if field.is_required() and name != "run":
            data[spelling(model, name)] = "x"
    if command in ("distort", "scan"):
        data |= {"distort": {"grid": ["R4+", "0:1:3"], "angles": [1, 2, 3]}, "scan": {"learn": False}}[command]
    step = recipe_from(data).step
    asked = asked_of(step.placed(Path("out"), {}), model.options)
    if command == "distort":
        assert (asked.grid, asked.angles) == (("R4+", "0:1:3"), (1.0, 2.0, 3.0))  # type: ignore[attr-defined]
    if command == "scan":
        assert asked.learn is False and asked.output == Path("out/result.sqlite")  # type: ignore[attr-defined]


# -- the shipped recipes ---------------------------------------------------------------------------------------
def test_the_experiments_of_the_paper_are_there() -> None:
    assert set(NAMES) >= WANTED


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_shipped_recipe_is_sound(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.title and recipe.citation and 0 < len(recipe.reproduces) <= 66
    assert any(step.expect for step in recipe.steps)
    data = yaml.safe_load(path.read_text())
    validator().validate(data)
    assert str(STRUCTURES.parent.resolve()) not in path.read_text()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_resolved_recipe_is_the_same_recipe(command_line: CommandLine, path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy" / "recipes"
    folder.mkdir(parents=True)
    shutil.copytree(STRUCTURES, folder.parent / "structures")
    shutil.copytree(RECIPES / "data", folder / "data")
    shutil.copy(path, folder / "given.yaml")
    ran = command_line("recipe", "show", folder / "given.yaml", "--resolved")
    assert ran.code == 0
    (folder / "resolved.yaml").write_text(ran.out)
    assert read_recipe(folder / "resolved.yaml") == read_recipe(folder / "given.yaml")
    validator().validate(yaml.safe_load(ran.out))
    assert command_line("recipe", "show", folder / "resolved.yaml", "--resolved").out == ran.out


def test_resolved_shows_defaults(command_line: CommandLine) -> None:
    shown = yaml.safe_load(command_line("recipe", "show", "perovskite_imma", "--resolved").out)
    assert (shown["seed"], shown["max_steps"], shown["tolerance"]) == (0, 120, 1e-6)
    assert shown["input"]["lmax"] == 2 and shown["parent"] == "../structures/lamno3_cubic.cif"
    as_is = command_line("recipe", "show", "perovskite_imma").out
    assert as_is == (RECIPES / "perovskite_imma.yaml").read_text()


def test_list(command_line: CommandLine) -> None:
    ran = command_line("run", "--list")
    assert ran.code == 0
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    for one in shipped_recipes():  # one line each
        assert one.reproduces in rows[one.name] and len(rows[one.name].rstrip()) <= 100
    assert "Phys. Rev. Research 3, L012002 (2021)" in ran.out
    data = command_line("run", "--list", "--json").json
    assert [one["name"] for one in data] == NAMES and all(one["reproduces"] for one in data)
    assert [one.name for one in shipped_recipes()] == NAMES


def test_a_name_stands_for_a_shipped_recipe(command_line: CommandLine) -> None:
    write(MAP.format(STRUCTURES), "perovskite_pnma.yaml")  # a file of that name goes first
    assert yaml.safe_load(command_line("recipe", "show", "perovskite_pnma.yaml").out)["run"] == "map"
    assert yaml.safe_load(command_line("recipe", "show", "perovskite_pnma").out)["run"] == "find"


def test_schema(command_line: CommandLine) -> None:
    published = STRUCTURES.parent / "docs" / "schema" / "recipe.schema.json"
    ran = command_line("recipe", "schema")
    assert ran.json == recipe_schema() == json.loads(published.read_text())
    jsonschema.Draft202012Validator.check_schema(ran.json)
    for wrong in ({"run": "modes", "parent": "a"}, {"run": "find", "parent": "a", "child": "b", "sead": 1}, {}):
        with pytest.raises(jsonschema.ValidationError):
            validator().validate(wrong)


def test_page_of_the_experiments_holds_every_recipe() -> None:
    page = (STRUCTURES.parent / "docs" / "reproduction.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d+) of (\d+) \|", page, re.MULTILINE)
    assert [name for name, _, _ in rows] == NAMES, "run `python tests/benchmarks/reproduction.py`"
    assert all(held == stated != "0" for _, held, stated in rows)
    assert page.count("<!-- end -->") == len(re.findall(r"<!-- (?!end)\w+ -->\n\n[^<]", page)) == 10


# -- mistakes --------------------------------------------------------------------------------------------------
PAIR = {"parent": "a.cif", "child": "b.cif"}


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ({"run": "fnd"} | PAIR, "`run` must be a command, got 'fnd'", "Did you mean `find`"),
        ({"run": "find", "lmax": 3} | PAIR, "unknown key `lmax` in section `find`", "Did you mean `lmax_input`"),
        ({"run": "check", "sorce": "a", "target": "b"}, "unknown key `sorce` in section `check`", "`source`"),
        ({"run": "find", "expect": {"loss": {"belo": 1}}} | PAIR, "unknown key `belo` in section `find.expect", "low"),
        ({"run": "find", "expect": {"loss": {}}} | PAIR, "`expect.loss`: needs value", "below"),
        ({"run": "find", "signals": "yes"} | PAIR, "`signals`: must be a valid boolean", "true or false"),
        ({"run": "find", "signal_lmax": 9} | PAIR, "`signal_lmax`.*less than or equal to 8", "from 2 to 8"),
        ({"run": "find", "tolerance": 1} | PAIR, "`tolerance`", "a number from 1e-14 to 0.1"),
        ({"run": "find", "tolerance": True} | PAIR, "`tolerance`: must be a number", "from 1e-14"),
        ({"run": "find", "seed": 1.5} | PAIR, "`seed`: must be a valid integer", "a whole number from 0"),
        ({"run": "find", "report": "../x.pdf"} | PAIR, "`report`.*folder of results", ""),
        ({"run": "find", "report": "/x.pdf"} | PAIR, "`report`.*folder of results", ""),
        ({"run": "find", "sites": "B", "input": {"sites": "B"}} | PAIR, "`input` holds its own", ""),
        ({"run": "certify", "inputs": []} | PAIR, "`inputs`", "irreps"),
        ({"run": "intermediate", "order": "M3+"} | PAIR, "belong to `path`", ""),
        ({"run": "intermediate", "keep": "R4+", "list": True} | PAIR, "`list` takes no constraint", ""),
        ({"run": "intermediate", "keep": "R4+", "constraint": {"drop": "M3+"}} | PAIR, "contradict", ""),
        ({"run": "modes", "name": "x"} | PAIR, "`name` belongs to one of several", ""),
        ({"run": "modes", "title": 3} | PAIR, "`title` must be text", ""),
        ({"steps": []}, "`steps` must be a list", ""),
        ({"steps": [3]}, "step 1 holds no keys", ""),
        ({"steps": [{"run": "map"} | PAIR], "parent": "a"}, "unknown key `parent` at the top level", "into `steps`"),
        ({"steps": [{"run": "map", "chld": "b"}]}, "unknown key `chld` in section `steps.1.map`", "`child`"),
        ({"steps": [{"run": "map", "name": "x"} | PAIR] * 2}, "two steps are called `x`", ""),
        ({"steps": [{"run": "report", "result": {"step": "later"}}]}, "step 1 reads.*`later`", "none"),
    ],
)  # fmt: skip
def test_mistakes_are_named(data: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        recipe_from(data)
    assert caught.value.hint and hint in caught.value.hint


def test_command_line_names_file_key_and_nearest(command_line: CommandLine) -> None:
    write(MAP.format(STRUCTURES) + "allw: reconstructive\n")
    for words in (("run", "mine.yaml"), ("recipe", "show", "mine.yaml")):
        err = command_line.refuses(3, *words).err
        assert "mine.yaml: unknown key `allw` in section `map`" in err and "Did you mean `allow`?" in err


def test_missing_files(command_line: CommandLine) -> None:
    write("run: map\nparent: no.cif\nchild: neither.cif\n")
    assert "`parent`: the file no.cif does not exist" in command_line.refuses(3, "run", "mine.yaml").err
    assert "nothing.yaml" in command_line.refuses(3, "run", "nothing.yaml").err
    assert "no recipe" in command_line.refuses(2, "run").err
    assert "does not exist" in command_line.refuses(3, "recipe", "show", "nothing").err


def test_a_key_given_twice(command_line: CommandLine) -> None:
    write(MAP.format(STRUCTURES) + "run: find\n")
    assert "'run' stands twice" in command_line.refuses(3, "run", "mine.yaml").err


# -- running ---------------------------------------------------------------------------------------------------
def test_paths_are_relative_to_the_recipe(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("deep/er").mkdir(parents=True)
    for name in ("srtio3_cubic.cif", "srtio3_i4mcm.cif"):
        shutil.copy(STRUCTURES / name, Path("deep") / name)
    write("run: map\nparent: ../srtio3_cubic.cif\nchild: ../srtio3_i4mcm.cif\n", "deep/er/mine.yaml")
    ran = command_line("run", "deep/er/mine.yaml", "--json", "-q")
    assert ran.code == 0 and ran.json["mapping"]["size"] == 2
    assert sorted(path.name for path in Path("mine-out").iterdir()) == ["recipe.yaml", "result.json"]
    again = yaml.safe_load(Path("mine-out/recipe.yaml").read_text())
    assert again["parent"] == "../deep/srtio3_cubic.cif"
    monkeypatch.chdir("mine-out")
    assert command_line("run", "recipe.yaml", "--json", "-q").json["mapping"] == ran.json["mapping"]


STEPS_TEXT = """
steps:
  - {{run: map, parent: {0}/srtio3_cubic.cif, child: {0}/srtio3_i4mcm.cif, expect: {{mapping.size: 2}}}}
  - {{name: built, run: distort, parent: {0}/srtio3_cubic.cif, glazer: a0a0c-, angles: [0, 0, 5]}}
  - {{run: modes, parent: {0}/srtio3_cubic.cif, child: {{step: built}}, csv: modes.csv, expect: {1}}}
  - {{run: report, result: {{step: modes}}, output: page.html}}
"""


def test_steps_use_what_earlier_steps_wrote(command_line: CommandLine) -> None:
    write(STEPS_TEXT.format(STRUCTURES, "{primary: [R5-], glazer.angles.2: {value: 5, tolerance: 0.1}}"))
    ran = command_line("run", "mine.yaml", "--json", "--strict")
    assert ran.code == 0, ran.err
    assert "step 3 of 4: modes (modes)" in ran.err
    assert [(one["name"], one["run"]) for one in ran.json["steps"]] == [
        ("map", "map"), ("built", "distort"), ("modes", "modes"), ("report", "report"),
    ]  # fmt: skip
    assert ran.json["steps"][2]["result"] == json.loads(Path("mine-out/modes.json").read_text())
    assert {"map.json", "built.cif", "built.json", "modes.csv", "page.html", "recipe.yaml"} <= {
        path.name for path in Path("mine-out").iterdir()
    }
    shown = command_line("run", "mine.yaml", "--force")
    assert "What the recipe expects" in shown.out and " NO" not in shown.out
    assert command_line("run", "mine-out/recipe.yaml", "-q", "-o", "again").out == ""
    assert command_line.refuses(2, "run", "mine.yaml").err.count("not empty") == 1


def test_unmet_expectation(command_line: CommandLine) -> None:
    write(STEPS_TEXT.format(STRUCTURES, "{primary: [R4+], no.such: 1}"))
    ran = command_line("run", "mine.yaml", "-q", "-o", "one")
    assert ran.code == 0
    assert "not as expected: modes: primary is [R5-], not [R4+]" in ran.err and "no.such is nothing" in ran.err
    assert command_line("run", "mine.yaml", "-q", "-o", "two", "--strict").code == 5
    assert (Path("two") / "modes.json").is_file()


def test_a_failing_step_names_itself_and_leaves_what_was_finished(command_line: CommandLine) -> None:
    text = "steps:\n  - {{name: first, run: irreps, parent: {0}/srtio3_cubic.cif, k: R}}\n"
    text += "  - {{name: second, run: map, parent: {0}/srtio3_cubic.cif, child: {0}/zro2_cubic.cif}}\n"
    write(text.format(STRUCTURES))
    ran = command_line("run", "mine.yaml")
    assert (ran.code, ran.out) == (4, "") and "error: step `second`: " in ran.err
    assert [path.name for path in Path("mine-out").iterdir()] == ["first.json"]


def test_one_failing_step_leaves_nothing(command_line: CommandLine) -> None:
    write(f"run: map\nparent: {STRUCTURES}/srtio3_cubic.cif\nchild: {STRUCTURES}/zro2_cubic.cif\n")
    command_line.refuses(4, "run", "mine.yaml")


def test_overrides_reach_every_step() -> None:
    recipe = read_recipe(RECIPES / "improper_ferroelectric.yaml").changed({"seed": 7, "device": "cuda"})
    assert [getattr(step, "seed", None) for step in recipe.steps] == [7, 7, None]
    assert recipe.steps[1].device == "cuda"  # type: ignore[attr-defined]


# -- expectations ----------------------------------------------------------------------------------------------
RESULT = {
    "loss": 1e-9, "primary": ["M3+", "R4+"], "none": None, "yes": True, "parts": [{"l": 1}, {"l": 2}], "c": {"2": 1.0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "wanted", "holds"),
    [
        ("loss", {"below": 1e-6}, True), ("loss", {"below": 1e-12}, False), ("loss", {"above": 0}, True),
        ("loss", {"value": 0, "tolerance": 1e-8}, True), ("loss", {"value": 0}, False), ("loss", 1e-9, True),
        ("primary", ["M3+", "R4+"], True), ("primary", ["R4+", "M3+"], False), ("primary", ["M3+"], False),
        ("primary", {"contains": "R4+"}, True), ("primary", {"contains": "X5+"}, False), ("primary.1", "R4+", True),
        ("none", None, True), ("none", {"below": 1}, False), ("yes", True, True), ("yes", 1, False),
        ("parts.*.l", [1, 2], True), ("parts.*.l", {"below": 3}, True), ("parts.*.l", {"below": 2}, False),
        ("parts.*.m", [1], False), ("parts.5.l", 1, False), ("nothing", None, False), ("c", {"keys": [2]}, True),
        ("c", {"keys": [2, 3]}, False),
    ],
)  # fmt: skip
def test_expectations(path: str, wanted: Any, holds: bool) -> None:
    given = Bounds.model_validate(wanted) if isinstance(wanted, dict) else wanted
    assert Expectation(path, given).judge(RESULT).holds is holds


def test_keys_of_recipe_and_step_do_not_meet() -> None:
    keys = {spelling(model, name) for model in STEPS.values() for name in model.model_fields}
    assert keys & {*HEAD, "steps"} == set()


def test_fields_have_one_type_of_command() -> None:
    assert all(get_args(model.model_fields["run"].annotation) == (name,) for name, model in STEPS.items())


def test_interrupted_step(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a step trains: what it knows and what was finished is written, the next step does not begin."""
    from curiebreak.learning.learner import Learner

    def stop(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    monkeypatch.setattr(Learner, "recover", stop)
    text = "steps:\n  - {{run: irreps, parent: {0}/srtio3_cubic.cif, k: R}}\n"
    text += "  - {{run: find, parent: {0}/square.xyz, child: {0}/rectangle.xyz}}\n"
    text += "  - {{run: report, result: {{step: find}}, output: page.html}}\n"
    write(text.format(STRUCTURES))
    ran = command_line("run", "mine.yaml", "--json")
    assert ran.code == 130
    assert [one["name"] for one in ran.json["steps"]] == ["irreps", "find"]
    assert json.loads(Path("mine-out/find.json").read_text())["status"] == "interrupted"
    assert not Path("mine-out/page.html").exists()
