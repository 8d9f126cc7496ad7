"""Options that cannot be: the same refusal from Python and from the command line, and nothing crashes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import CommandLine
from pairs import paths

import curiebreak
from curiebreak.errors import InputError
from curiebreak.options import FIELD_RULES, RULES, Number, OptionError, require
from curiebreak.recipe.step import command_of
from curiebreak.recipe.steps import STEPS

NOT_FINITE = [float("nan"), float("inf"), -float("inf"), 10**5000]
NO_NUMBER = ["x", "0.01", [0.01], True, object(), b"1"]
WRONG: list[tuple[str, Any]] = [
    *(("symprec", value) for value in [-1, 0, -0.0, *NOT_FINITE, *NO_NUMBER]),
    *(("parent_symprec", value) for value in [-1, 0, *NOT_FINITE, *NO_NUMBER]),
    *(("strain_tolerance", value) for value in [-1e-9, None, *NOT_FINITE, *NO_NUMBER]),
]
OF_FIND: list[tuple[str, Any]] = [
    *(("tolerance", value) for value in [0, 1, None, *NOT_FINITE, "x"]),
    *(("max_steps", value) for value in [0, -1, 1.5, "x", 10**5000]),
    *(("threads", value) for value in [0, -1, 2.5, None, "x"]),
    *(("seed", value) for value in [-1, 0.5, None, "x", 2**63]),
    *(("lmax_input", value) for value in [-1, 9, "2"]),
    *(("signal_lmax", value) for value in [1, 9]),
    *(("blocks", value) for value in ["foo", None, 1, ["irrep"]]),
    *(("device", value) for value in ["tpu", None, 0]),
    *(("sites", value) for value in [["A"], ("A", "B"), None, 1]),
    *(("fix_site", value) for value in [["Ti"], 1]),
]


def named(cases: list[tuple[str, Any]]) -> list[str]:
    return [f"{name}-{type(value).__name__}-{number}" for number, (name, value) in enumerate(cases)]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=named(WRONG))
@pytest.mark.parametrize("function", ["decompose", "couplings", "find", "certify", "intermediates"])
def test_tolerances_are_refused(function: str, name: str, value: Any) -> None:
    more = (["GM4-"],) if function == "certify" else ()
    with pytest.raises(InputError, match=f"^Invalid value for '{name}': ") as refused:
        getattr(curiebreak, function)(*paths("batio3"), *more, **{name: value})
    assert refused.value.hint


@pytest.mark.parametrize(("name", "value"), OF_FIND, ids=named(OF_FIND))
def test_options_of_find_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"^Invalid value for '{name}': "):
        curiebreak.find(*paths("batio3"), **{name: value})


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("check", {"symprec": float("nan")}),
        ("check", {"symprec": -1}),
        ("check", {"tolerance": float("nan")}),
        ("couplings", {"order": 9}),
        ("couplings", {"order": 2.5}),
        ("distort", {"amplitude": "foo"}),
    ],
)
def test_options_of_others_are_refused(function: str, given: dict[str, Any]) -> None:
    arguments = paths("batio3")[:1] if function == "distort" else paths("batio3")
    with pytest.raises(InputError, match=f"^Invalid value for '{next(iter(given))}': "):
        getattr(curiebreak, function)(*arguments, **given)


def test_numbers_of_numpy_are_numbers() -> None:
    require(symprec=np.float64(0.01), seed=np.int64(3), max_steps=None, threads=np.int32(1), strain_tolerance=0)


@pytest.mark.parametrize(
    ("given", "option"),
    [
        (("--symprec", "-1"), "symprec"),
        (("--symprec", "nan"), "symprec"),
        (("--symprec", "x"), "symprec"),
        (("--tolerance", "1"), "tolerance"),
        (("--max-steps", "0"), "max_steps"),
        (("--blocks", "foo"), "blocks"),
        (("--lmax-input", "9"), "lmax_input"),
    ],
)
def test_python_says_what_the_command_line_says(command_line: CommandLine, given: tuple[str, str], option: str) -> None:
    said = command_line.refuses(2, "find", *paths("batio3"), *given).err.splitlines()[0]
    kind = RULES[option]
    value: Any = given[1]
    if isinstance(kind, Number) and value != "x":
        value = int(value) if kind.whole else float(value)
    with pytest.raises(OptionError) as refused:
        require(**{option: value})
    wanted, got = refused.value.message.replace(f"'{option}'", f"'{given[0]}'").rsplit(", got ", 1)
    assert said.removeprefix("error: ").rstrip(".") == wanted and given[1] in got


OTHERS = {
    ("intermediate", "order"), ("find", "seconds"), *(("parent", key) for key in ("seconds", "symprec", "tolerance")),
}  # fmt: skip
"""Options of the same name and another meaning."""


@pytest.mark.parametrize("command", STEPS)
def test_ranges_are_those_of_the_recipes_and_so_of_the_command_line(command: str) -> None:
    """Recipes are compared with the command line elsewhere."""
    rules = FIELD_RULES if command in ("check", "hidden-field") else RULES
    model = STEPS[command]
    assert command_of(model) == command
    compared = 0
    for key, part in model.model_json_schema()["properties"].items():
        rule = rules.get(key)
        if not isinstance(rule, Number) or (command, key) in OTHERS:
            continue
        bounds = {**part, **next((one for one in part.get("anyOf", ()) if "minimum" in one), {})}
        if key == "jobs":
            assert bounds["minimum"] == 0  # the command line turns 0 into the number of cores
            continue
        assert bounds.get("minimum") == rule.least, key
        assert key == "seed" or bounds.get("maximum") == rule.most, key
        compared += 1
    assert compared or not {"symprec", "tolerance", "seed"} & set(model.model_fields)


THREADS = """
import sys, torch, curiebreak, curiebreak.errors
torch.set_num_threads(2)
for thread, sites in ((1, "auto"), (2, "Xe"), (1, "Xe")):
    try:
        curiebreak.find(sys.argv[1], sys.argv[2], max_steps=1, threads=thread, sites=sites)
        assert sites == "auto"
    except curiebreak.errors.InputError:
        assert sites == "Xe"
    assert torch.get_num_threads() == 2, torch.get_num_threads()
"""


def test_the_threads_of_torch_stay() -> None:
    """After an answer and after a refusal."""
    ran = subprocess.run([sys.executable, "-c", THREADS, *map(str, paths("square"))], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.shared
@pytest.mark.parametrize("value", ["-1", "float('nan')"])
@pytest.mark.parametrize("function", ["decompose", "find"])
def test_shared_fault_api_symprec_segfault(shared: Path, function: str, value: str) -> None:
    """In a process of its own: what was wrong ended the interpreter."""
    assert "InputError" in (shared / "data" / "faults" / "api_symprec_segfault" / "README.md").read_text()
    code = f"""
import curiebreak, sys
from curiebreak.errors import InputError
try:
    curiebreak.{function}(*sys.argv[1:], symprec={value})
except InputError as error:
    print(error.message)
"""
    ran = subprocess.run([sys.executable, "-c", code, *map(str, paths("batio3"))], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "") and ran.stdout.startswith("Invalid value for 'symprec': ")
