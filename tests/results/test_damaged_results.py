"""Results, fields and recipes that were cut, edited or made up: bad input, never a defect."""

from __future__ import annotations

import copy
import json
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine, Ran
from sample_results import decomposition, finding

DEEP = 100_000
STRANGE: list[Any] = [
    None,
    True,
    -1,
    0,
    1e308,
    10**400,
    3.5,
    "",
    "x",
    "$\\frac{a$",
    [],
    {},
    [[]],
    [1],
    [[1, 2], [3]],
    {"a": {}},
    [None],
    "\ud800",
    float("inf"),
    -(10**9),
]


def is_bad_input(ran: Ran) -> bool:
    return ran.code == 3 and ran.err.startswith("error: ") and "Traceback" not in ran.err and ran.out == ""


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"command": "find", "versions": {}, "x": ['])
@pytest.mark.parametrize("command", [("report", "-o", "x.html"), ("cite",), ("check",)])
def test_deep_nesting(command_line: CommandLine, opening: str, command: tuple[str, ...]) -> None:
    text = opening + opening[-1] * DEEP if opening != '{"a":' else opening * DEEP
    Path("deep.json").write_text(text)
    name, *more = command
    files = ["deep.json", "deep.json"] if name == "check" else ["deep.json"]
    assert is_bad_input(command_line(name, *files, *more))
    assert not list(Path().glob("error*.log")) and not Path("x.html").exists()


def test_deep_nesting_where_a_library_has_raised_the_limit_of_recursion(command_line: CommandLine) -> None:
    Path("deep.json").write_text("[" * DEEP)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10 * DEEP)
    try:
        assert is_bad_input(command_line("report", "deep.json", "-o", "x.html"))
        assert sys.getrecursionlimit() == 10 * DEEP
    finally:
        sys.setrecursionlimit(limit)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
BOMB += "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9))
"""Ten billion words in ten lines."""


@pytest.mark.parametrize(
    "text",
    [
        "run: " + "[" * DEEP,
        "run: modes\nparent: " + "{a: " * DEEP,
        "steps:\n" + "".join(" " * i + "- \n" for i in range(3000)),
        "run: modes\nparent: &a [*a]\nchild: *a\n",
        "a: &a [x, x]\nb: &b [*a, *a]\nrun: modes\n",
        "run: !!python/object:os.system x",
        "run: modes\nparent: " + "9" * 5000 + "\nchild: x\n",
        "? [run]\n: modes\n",
        "run: modes\n1: 2\n",
        "\x07",
        "run: [modes]\n",
        "run: {modes: 1}\n",
        "steps: [1, 2]\n",
        BOMB + "title: *a9\nrun: modes\n",
        BOMB + "run: *a9\n",
        BOMB + "run: modes\nparent: *a9\nchild: *a9\n",
        BOMB + "run: certify\nparent: x\nchild: x\ninputs: *a9\n",
        "run: 2001-01-01\n",
    ],
)
def test_recipes(command_line: CommandLine, text: str) -> None:
    Path("deep.yaml").write_text(text)
    assert is_bad_input(command_line("recipe", "show", "deep.yaml"))
    assert sorted(path.name for path in Path().iterdir()) == ["deep.yaml"]


def places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in plain data."""
    yield where
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*where, key))


def changed(data: Any, draw: random.Random) -> Any:
    """The same with one value replaced, dropped or repeated."""
    result = copy.deepcopy(data)
    where = draw.choice([place for place in places(result) if place])
    inner = result
    for key in where[:-1]:
        inner = inner[key]
    kind = draw.randrange(4)
    if kind == 0:
        del inner[where[-1]]
    elif kind == 1 and isinstance(inner, list):
        inner.append(copy.deepcopy(draw.choice(inner)))
    elif kind == 2 and isinstance(inner[where[-1]], (int, float)):
        inner[where[-1]] = draw.choice([1, -1, 10, 1e6, 0.1, 0]) * inner[where[-1]]
    else:
        inner[where[-1]] = copy.deepcopy(draw.choice(STRANGE))
    return result


def answered(command_line: CommandLine, *arguments: object) -> None:
    ran = command_line(*arguments)
    assert ran.code in (0, 2, 3, 4), (arguments, ran.err, log())
    assert "Traceback" not in ran.err and not list(Path().glob("error*.log"))


def log() -> str:
    return Path("error.log").read_text()[-2000:] if Path("error.log").exists() else ""


def draw_changed(command_line: CommandLine, kind: str, seed: int) -> None:
    data = json.loads((finding() if kind == "find" else decomposition()).to_json())
    Path("r.json").write_text(json.dumps(changed(data, random.Random(seed))))
    answered(command_line, "report", "r.json", "-o", "r.html", "--force")
    answered(command_line, "cite", "r.json")


@pytest.mark.parametrize("kind", ["find", "modes"])
@pytest.mark.parametrize("seed", range(3))
def test_a_result_with_one_change_is_drawn_or_refused(command_line: CommandLine, kind: str, seed: int) -> None:
    draw_changed(command_line, kind, seed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["find", "modes"])
def test_300_results_with_one_change(command_line: CommandLine, kind: str) -> None:
    for seed in range(100, 250):
        draw_changed(command_line, kind, seed)


FIELDS: dict[str, Any] = {
    "lattice": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
    "species": ["Ti", "O"],
    "frac": [[0, 0, 0], [0.5, 0.5, 0.5]],
    "labels": ["Ti1", "O1"],
    "fields": {
        "E": {"kind": "vector", "per": "global", "values": [0, 0, 1]},
        "T": {"kind": "tensor", "rank": 2, "symmetry": "ij=ji", "values": [[[1, 0, 0], [0, 1, 0], [0, 0, 2]]] * 2},
    },
}
OUTPUT = {"fields": {"u": {"kind": "vector", "values": [[0, 0, 0.1], [0, 0, 0]]}}}


def check_changed(command_line: CommandLine, seed: int) -> None:
    draw = random.Random(seed)
    Path("in.json").write_text(json.dumps(changed(FIELDS, draw)))
    Path("out.json").write_text(json.dumps(changed(OUTPUT, draw) if seed % 3 == 0 else OUTPUT))
    answered(command_line, "check", "in.json", "out.json")


def test_fields_with_one_change_are_checked_or_refused(command_line: CommandLine) -> None:
    for seed in range(40):
        check_changed(command_line, seed)


@pytest.mark.slow
def test_1000_fields_with_one_change(command_line: CommandLine) -> None:
    for seed in range(1000, 2000):
        check_changed(command_line, seed)


@pytest.mark.parametrize(
    "change",
    [
        {"species": "TiO"},
        {"species": [1, 2]},
        {"species": [True, "O"]},
        {"labels": 2.5},
        {"labels": ["a"]},
        {"labels": [1, 2]},
        {"frac": [[10**400, 0, 0], [0, 0, 0]]},
        {"species": [{}, "O"]},
        {"species": [{"Ti": "x"}, "O"]},
        {"species": [{"Ti": None}, "O"]},
    ],
)
def test_atoms_that_are_none(command_line: CommandLine, change: dict[str, Any]) -> None:
    Path("in.json").write_text(json.dumps(FIELDS | change))
    Path("out.json").write_text(json.dumps(OUTPUT))
    assert is_bad_input(command_line("check", "in.json", "out.json"))


# -- figures ---------------------------------------------------------------------------------------------------
FORMULA = r"T$\frac{a$"


def test_names_that_look_like_formulas_are_drawn_as_they_are(command_line: CommandLine, structures: Path) -> None:
    frame = '5\nLattice="4 0 0 0 4 0 0 0 4.1" Properties=species:S:1:pos:R:3\nBa 0 0 0\nTi 2 2 2.1\n'
    frame += "O 2 2 0\nO 2 0 2\nO 0 2 2\n"
    Path("f.extxyz").write_text(frame * 3)
    Path("t.csv").write_text(f"frame,{FORMULA}\n0,1\n1,2\n2,3\n")
    given = ("track", structures / "batio3_cubic.cif", "f.extxyz", "--table", "t.csv", "--column", FORMULA)
    for suffix in ("png", "pdf", "svg"):
        assert command_line(*given, "--plot", f"p.{suffix}", "-o", f"t{suffix}.csv").code == 0


@pytest.mark.parametrize("suffix", ["html", "pdf", "png"])
def test_blocks_that_look_like_formulas(command_line: CommandLine, suffix: str) -> None:
    text = finding().to_json()
    data = json.loads(text)
    assert data["trace"]["blocks"]
    data["trace"]["blocks"] = [f"{name} {FORMULA}" for name in data["trace"]["blocks"]]
    Path("r.json").write_text(json.dumps(data))
    assert command_line("report", "r.json", "-o", f"r.{suffix}").code == 0


# -- the faults that were found --------------------------------------------------------------------------------
@pytest.mark.shared
def test_shared_fault_r6(shared: Path, command_line: CommandLine) -> None:
    folder = shared / "data" / "faults" / "R6_check_json"
    given = sorted(folder.glob("fields_in_*.json"))
    assert len(given) == 6
    for path in given:
        assert is_bad_input(command_line("check", path, folder / "out.json")), path


@pytest.mark.shared
def test_shared_fault_r7(shared: Path, command_line: CommandLine) -> None:
    given = sorted((shared / "data" / "faults" / "R7_report_json").glob("*.json"))
    assert len(given) == 7
    for path in given:
        ran = command_line("report", path, "-o", "x.html")
        assert is_bad_input(ran), path
        assert not any(word in ran.err for word in ("tuple", "axis 0", "inhomogeneous", "subscriptable")), ran.err
        assert not Path("x.html").exists()


@pytest.mark.shared
def test_shared_fault_r16(shared: Path, command_line: CommandLine, structures: Path) -> None:
    for path in (shared / "data" / "faults" / "R16_mathtext").iterdir():
        shutil.copy(path, path.name)
    given = ("track", structures / "batio3_cubic.cif", "track.extxyz", "--table", "t.csv", "--column", FORMULA)
    assert command_line(*given, "--plot", "t.png", "-o", "tt.csv").code == 0
    assert Path("t.png").read_bytes().startswith(b"\x89PNG")
