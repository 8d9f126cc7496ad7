"""Ctrl-C: a real SIGINT in a real process, wherever the run happens to be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import real_process
from pairs import paths

from curiebreak.cli.interrupts import interruptible
from curiebreak.results import Certification, Finding, Status

STOP_AT = """
import os, signal, sys
from importlib import import_module
from curiebreak.cli.app import run

home, owner, name, call = {where!r}, {owner!r}, {name!r}, {call}
calls = []

def patch(target):
    original = getattr(target, name)
    def stopped(*arguments, **options):
        calls.append(None)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGINT)
        return original(*arguments, **options)
    setattr(target, name, stopped)

module = import_module(home)
patch(getattr(module, owner) if owner else module)
sys.exit(run(sys.argv[1:]))
"""

STOP_IMPORT = """
import os, signal, sys
from curiebreak.cli.app import run

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
        return None

sys.meta_path.insert(0, Finder())
code = run(sys.argv[1:])
sys.exit("loading went on" if "e3nn.o3" in sys.modules else code)
"""

STOP_LOADING = """
import os, signal, sys
from curiebreak.__main__ import main

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
        return None

sys.meta_path.insert(0, Finder())
main()
"""


Interrupted = Callable[..., real_process.Ended]


def started(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command line in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def slow(*names: str) -> list[object]:
    """Parameters of slow tests."""
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.fixture
def interrupted_at(tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    """Run a command line in a process that sends itself SIGINT at the n-th call of something."""

    def ran(
        call: int,
        *arguments: object,
        where: str = "curiebreak.learning.training",
        owner: str = "Trainer",
        name: str = "fit",
    ) -> real_process.Ended:
        code = STOP_AT.format(where=where, owner=owner, name=name, call=call)
        return real_process.execute(code, *arguments, folder=tmp_path_factory.mktemp("streams"))

    return ran


def partial(ran: subprocess.CompletedProcess[str] | real_process.Ended, output: Path) -> Finding:
    """The result that an interrupted run leaves: on file and on standard output alike."""
    assert ran.returncode == 130, ran.stderr
    assert "Traceback" not in ran.stderr
    found = Finding.from_json(output.read_text())
    assert found.status is Status.INTERRUPTED
    assert json.loads(ran.stdout) == json.loads(output.read_text())
    return found


@pytest.mark.parametrize("call", [1, 5, 25])
def test_find_leaves_a_usable_partial_result(call: int, tmp_path: Path, interrupted_at: Interrupted) -> None:
    output = tmp_path / "out.json"
    found = partial(interrupted_at(call, "find", *paths("lamno3"), "--alternatives", "-o", output, "--json"), output)
    assert found.isotropy_subgroup is not None and found.isotropy_subgroup.number == 62
    assert found.minimal_sets[0] == ("M3+", "R4+") and found.structures is not None


def test_what_the_input_held_on_the_way_is_no_answer(tmp_path: Path, interrupted_at: Interrupted) -> None:
    """In the middle of the path the input holds a part of what is needed."""
    output = tmp_path / "out.json"
    where = {"where": "curiebreak.learning.path", "owner": "CuriePath", "name": "_enter"}
    found = partial(interrupted_at(2, "find", *paths("lamno3"), "-o", output, "--json", **where), output)
    assert found.primary == () and found.order_parameters == () and found.crosscheck is None
    assert found.partial == ("R4+",)
    assert found.breaking_input and found.alternatives == found.minimal_sets


def test_a_settled_input_stays_the_answer(tmp_path: Path, interrupted_at: Interrupted) -> None:
    """Stopped while its certificates are made, the set is known, but nothing is said about its members."""
    output = tmp_path / "out.json"
    where = {"where": "curiebreak.discovery.training_outcome", "owner": "LearnedSide", "name": "_certify"}
    found = partial(interrupted_at(1, "find", *paths("lamno3"), "-o", output, "--json", **where), output)
    assert set(found.primary) == {"M3+", "R4+"} and found.partial == ()
    assert found.certificates == () and all(e.necessary is None for e in found.order_parameters)


@pytest.mark.parametrize("step", ["map_child", *slow("read_structure", "parent_crystal", "analyse")])
def test_before_anything_is_mapped(step: str, tmp_path: Path, interrupted_at: Interrupted) -> None:
    output = tmp_path / "out.json"
    room = "curiebreak.modes.pair" if step == "analyse" else "curiebreak.mapping.mapped_pair"
    where = {"where": room, "owner": "", "name": step}
    found = partial(interrupted_at(1, "find", *paths("lamno3"), "-o", output, "--json", **where), output)
    assert found.mapping is None and found.primary == () and found.loss is None
    assert [found.parent.path, found.child.path] == [str(p) for p in paths("lamno3")]


@pytest.mark.parametrize("step", ["finding", *slow("learning_problem", "Learner")])
def test_around_the_training(step: str, tmp_path: Path, interrupted_at: Interrupted) -> None:
    output = tmp_path / "out.json"
    room, owner = ("answer", "FindAnswer") if step == "finding" else ("run", "")
    where = {"where": f"curiebreak.discovery.{room}", "owner": owner, "name": step}
    found = partial(interrupted_at(1, "find", *paths("lamno3"), "-o", output, "--json", **where), output)
    assert found.mapping is not None and found.minimal_sets[0] == ("M3+", "R4+")


@pytest.mark.parametrize("name", ["torch", *slow("numpy", "e3nn.o3")])
def test_while_libraries_are_loaded(name: str, tmp_path: Path) -> None:
    """What is not loaded yet is not loaded any more: torch takes seconds."""
    output = tmp_path / "out.json"
    ran = started(STOP_IMPORT.format(name=name), "find", *paths("lamno3"), "-o", output, "--json")
    assert partial(ran, output).mapping is None


def test_before_the_command_line_itself_is_there() -> None:
    ran = started(STOP_LOADING, "modes", *paths("lamno3"))
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "error: interrupted.\n")


def test_a_result_that_is_being_written_is_written(tmp_path: Path, interrupted_at: Interrupted) -> None:
    output = tmp_path / "out.json"
    where = {"where": "curiebreak.cli.answers", "owner": "", "name": "write_file"}
    ran = interrupted_at(1, "find", *paths("square"), "-o", output, "--json", **where)
    assert ran.returncode == 130 and Finding.from_json(output.read_text()).status is Status.OK


@pytest.mark.parametrize("where", ["Trainer.fit", "map_child"])
def test_certify_leaves_a_usable_partial_result(where: str, tmp_path: Path, interrupted_at: Interrupted) -> None:
    output = tmp_path / "out.json"
    before = {"where": "curiebreak.mapping.mapped_pair", "owner": "", "name": "map_child"}
    place = before if where == "map_child" else {}
    ran = interrupted_at(1 if place else 2, "certify", *paths("lamno3"), "R4+", "M3+", "-o", output, **place)
    assert ran.returncode == 130, ran.stderr
    found = Certification.from_json(output.read_text())
    assert found.status is Status.INTERRUPTED and found.sufficient is None
    assert found.floor is None if place else found.floor == pytest.approx(0.0, abs=1e-9)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.0, 5.0, 8.0, 15.0])
def test_from_outside_at_any_time(seconds: float, shared: Path, tmp_path: Path) -> None:
    case, output = shared / "data" / "cases" / "49_nanbo3_pbcm", tmp_path / "out.json"
    # what the command imports is loaded first: before that there is nothing to write
    start = "import sys; from curiebreak.cli.app import run; import curiebreak.discovery.find; print(flush=True)"
    code = f"{start}; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "find", case / "parent.cif", case / "child.cif"]
    options = ["--no-compression", "--alternatives", "-o", output]
    process = subprocess.Popen(
        [*map(str, command), *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "\n"
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130 and "Traceback" not in stderr
    assert Finding.from_json(output.read_text()).status is Status.INTERRUPTED


def test_a_library_that_swallows_ctrl_c_does_not_lose_it() -> None:
    """`except:` around an import catches Ctrl-C as well: what is computed after it must not begin."""
    begun: list[str] = []

    def load() -> Callable[[], str]:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1.0)
        except BaseException:
            begun.append("swallowed")
        return lambda: begun.append("computed") or "whole"  # type: ignore[func-returns-value]

    assert interruptible(load, lambda: "partial", lambda result: None) == ("partial", True)
    assert begun == ["swallowed"]
