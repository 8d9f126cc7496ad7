"""The walls between the rooms of the package, read from its syntax trees."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import measures
import pytest
from measures import circles, class_names, module_names, tree, twice

import curiebreak

PACKAGE = Path(curiebreak.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

ONLY_IN = {
    "typer": {"cli"},
    "rich": {"cli"},
    "pymatgen": {"structures"},
    "ase": {"structures"},
    "gemmi": {"structures"},
    "matplotlib": {"report"},
    "pandas": {"report"},
    "torch": {"family", "learning"},
    "e3nn": {"learning"},
    "phonopy": {"phonons"},
}
LAYERS = [
    {"arrays", "citations", "clock", "errors", "files", "letter_sums", "options", "transformation", "versions"},
    {"results"},
    {"structures"},
    {"mapping", "symmetry", "fields"},
    {"modes", "learning"},
    {"magnetic"},
    {"checking", "discovery", "hidden", "intermediates", "parents", "phonons", "recipe", "tracking"},
    {"scan", "report", "plot"},
    {"family"},
    {"cli", "curiebreak", "public"},
    {"__main__"},
]


def room_of(name: str) -> str:
    """First part of a module's name below the package: `curiebreak.cli.app` is in `cli`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, at its top or inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield node.module
            if node.module == "curiebreak":
                yield from (f"curiebreak.{alias.name}" for alias in node.names)


@cache
def imports() -> list[tuple[Path, str]]:
    """Every file with every module that it imports."""
    return [(path, name) for path in FILES for name in imports_of(path)]


def own() -> list[tuple[str, str]]:
    """Modules of the package with those of the package that they import."""
    return [(module_name(path), name) for path, name in imports() if name.split(".")[0] == "curiebreak"]


def level(room: str) -> int:
    found = [index for index, rooms in enumerate(LAYERS) if room in rooms]
    assert found, f"{room} has no place in the layers; give it one"
    return found[0]


def test_every_room_has_a_place() -> None:
    assert all(level(room_of(module_name(path))) >= 0 for path in FILES)


@pytest.mark.parametrize("library", ONLY_IN)
def test_library_stays_in_its_room(library: str) -> None:
    users = {room_of(module_name(path)) for path, name in imports() if name.split(".")[0] == library}
    assert users <= ONLY_IN[library]


def test_imports_go_down_only() -> None:
    wrong = [
        (user, used)
        for user, used in own()
        if room_of(used) != "curiebreak" and level(room_of(used)) > level(room_of(user))
    ]
    assert wrong == []


def test_learned_side_knows_nothing_of_the_exact_side() -> None:
    allowed = {"learning", "fields", "results", "errors", "arrays", "clock"}
    wrong = [(user, used) for user, used in own() if room_of(user) == "learning" and room_of(used) not in allowed]
    assert wrong == []
    assert not [
        path for path, name in imports() if name.startswith("spglib") and room_of(module_name(path)) == "learning"
    ]


def test_exact_side_knows_nothing_of_the_learned_side() -> None:
    exact = {"symmetry", "mapping", "modes", "magnetic", "fields", "structures", "results"}
    assert [pair for pair in own() if room_of(pair[0]) in exact and room_of(pair[1]) == "learning"] == []


def test_no_print_outside_cli_and_no_assert() -> None:
    found = []
    for path in FILES:
        printing = room_of(module_name(path)) == "cli"
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Assert) or (not printing and isinstance(called, ast.Name) and called.id == "print"):
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_files_stay_small() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in FILES}
    assert {name: n for name, n in lengths.items() if n > 500} == {}
    assert statistics.median(lengths.values()) <= 200


def test_no_circles() -> None:
    """No two files and no two rooms import one another."""
    assert circles(measures.imports(running=False)) == []
    assert circles(measures.room_graph()) == []


def test_functions_stay_simple() -> None:
    """No function has more than 15 ways through it, conditions inside comprehensions included; the mean is 3.4."""
    ways = {(name, node.lineno): measures.complexity(node) for name, node in measures.functions()}
    assert {name: number for name, number in ways.items() if number > 15} == {}
    assert statistics.mean(ways.values()) <= 3.4


def test_few_take_the_analysis_and_the_chain_is_short() -> None:
    """What is asked of an analysis belongs to the nouns that it hands out."""
    assert len(measures.takes_first("Analysis")) <= 60
    assert len(measures.longest_chain()) <= 20


def test_dense_code_is_commented() -> None:
    """Blocks of array code name their equation or their reason, see `docs/conventions.md`."""
    assert measures.comment_density() >= 4.0


def test_no_name_twice() -> None:
    """Classes, and modules but those of commands, have names of their own."""
    assert twice(class_names()) == {}
    assert set(twice(module_names())) <= {"options"}


HEAVY = ("torch", "e3nn", "pymatgen", "ase", "matplotlib", "scipy", "numpy", "spglib")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import curiebreak; curiebreak.__version__", HEAVY),
        ("from curiebreak.cli.app import build_app; build_app()", HEAVY),
        ("import curiebreak.results, curiebreak.report.result_text", HEAVY),
        ("import curiebreak.modes.decompose, curiebreak.mapping.map_report", ("torch", "e3nn", "pymatgen", "ase")),
    ],
)
def test_imports_stay_light(code: str, absent: tuple[str, ...]) -> None:
    probe = f"import sys; {code}; print([m for m in {absent!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
