"""The command line as such: help, version, usage errors, failures, output files, colours."""

from __future__ import annotations

import inspect
import io
import os
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from sample_results import decomposition, finding, mapping_report

import curiebreak
from curiebreak.cli.app import run
from curiebreak.cli.commands import find as find_command
from curiebreak.cli.panels import PANELS
from curiebreak.cli.render import print_sections
from curiebreak.errors import InternalError
from curiebreak.report.result_text import sections
from curiebreak.report.sections import Table
from curiebreak.results import Document, Finding, Status

COMMANDS = ("find", "map", "modes")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """`find` answers with the sample at once; the options it was given are kept."""
    return answer_with(monkeypatch, finding())


def without_import(result: Finding) -> Finding:
    """The result without the seconds that the command line adds: those of loading libraries."""
    seconds = dict(result.seconds)
    spent = seconds.pop("import")
    assert spent >= 0.0 and seconds["total"] == pytest.approx(finding().seconds["total"] + spent)
    return replace(result, seconds=finding().seconds)


def answer_with(monkeypatch: pytest.MonkeyPatch, result: Finding | BaseException) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def fake(parent: Path, child: Path, **options: Any) -> Finding:
        seen.update(options, parent=parent, child=child)
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setattr(import_module("curiebreak.discovery"), "find", fake)
    return seen


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help(command_line: CommandLine, command: tuple[str, ...], flag: str) -> None:
    ran = command_line(*command, flag)
    assert ran.code == 0 and ran.err == ""
    assert all(name in ran.out for name in (("--json", "--quiet", "--output") if command else COMMANDS))


def test_version(command_line: CommandLine) -> None:
    ran = command_line("--version")
    assert (ran.code, ran.out) == (0, f"curiebreak {curiebreak.__version__}\n")


def test_nothing_shows_help_and_is_a_usage_error(command_line: CommandLine) -> None:
    ran = command_line()
    assert (ran.code, ran.out) == (2, "") and "Usage" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("fnid", "a", "b"),
        ("find", "a"),
        ("find", "a", "b", "--no-such-option"),
        ("find", "a", "b", "--seed", "-1"),
        ("find", "a", "b", "--tolerance", "0"),
        ("find", "a", "b", "--blocks", "other"),
        ("modes", "a", "b", "--symprec", "-0.1"),
    ],
)
def test_usage_errors(command_line: CommandLine, arguments: tuple[str, ...]) -> None:
    ran = command_line.refuses(2, *arguments)
    assert "--help" in ran.err


def test_options_reach_the_computation(command_line: CommandLine, found: dict[str, Any]) -> None:
    ran = command_line(
        "find", "p.cif", "c.cif", "--sites", "B", "--lmax-input", 3, "--blocks", "plain", "--seed", 7,
        "--max-steps", 50, "--tolerance", 1e-5, "--symprec", 0.02, "--strain-tolerance", 0.01, "--raw-target",
        "--alternatives", "--degenerate", "--no-compression", "--fix-site", "Ti",
    )  # fmt: skip
    assert ran.code == 0
    wanted = {
        "parent": Path("p.cif"), "child": Path("c.cif"), "sites": "B", "lmax_input": 3, "blocks": "plain",
        "seed": 7, "max_steps": 50, "tolerance": 1e-5, "symprec": 0.02, "strain_tolerance": 0.01,
        "raw_target": True, "alternatives": True, "degenerate": True, "compression": False, "fix_site": "Ti",
        "device": "cpu",
    }  # fmt: skip
    assert {key: found[key] for key in wanted} == wanted


def test_every_option_exists_in_the_library() -> None:
    """What the command line hands over, `curiebreak.find` takes, with the same defaults."""
    library = inspect.signature(curiebreak.find).parameters
    own = {"json", "output", "force", "quiet", "strict", "no_compression", "report"}
    own |= {"parent_rank", "parents"}  # of PARENT `auto`, which only the command line knows
    for name, parameter in inspect.signature(find_command.command).parameters.items():
        if name not in own and parameter.default is not inspect.Parameter.empty:
            expected = library[name].default
            assert (None if expected == () else expected) == parameter.default, name
    assert library["compression"].default is True
    assert "progress" in library


def test_json_alone_on_stdout(command_line: CommandLine, found: dict[str, Any]) -> None:
    ran = command_line("find", "p", "c", "--json")
    assert without_import(Finding.from_json(ran.out)) == finding()
    assert ran.err.splitlines() == list(finding().messages)
    assert command_line("find", "p", "c", "--json", "--quiet").err == ""


def test_output_file(command_line: CommandLine, found: dict[str, Any]) -> None:
    ran = command_line("find", "p", "c", "-o", "out.json")
    assert ran.code == 0 and "M3+" in ran.out
    assert without_import(Finding.from_json(Path("out.json").read_text())) == finding()
    assert [path.name for path in Path().iterdir()] == ["out.json"]
    assert command_line("find", "p", "c", "-o", "out.json", "--force", "--quiet").out == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_output_is_checked_before_computing(command_line: CommandLine, command: str) -> None:
    Path("there.json").write_text("precious")
    Path("folder").mkdir()
    for destination in ("there.json", "folder", "missing/out.json"):
        assert destination.split("/")[0] in command_line.refuses(2, command, "p", "c", "-o", destination).err
    assert Path("there.json").read_text() == "precious"


def test_failed_run_writes_nothing(command_line: CommandLine) -> None:
    command_line.refuses(3, "modes", "missing.cif", "missing.cif", "-o", "out.json")


def test_modes_output(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("curiebreak.modes.decompose")
    monkeypatch.setattr(module, "analyse_pair", lambda *_, **__: (None, {}, {}))
    monkeypatch.setattr(module, "decomposition", lambda *_, **__: decomposition())
    ran = command_line("modes", "p", "c", "--json")
    assert ran.json == decomposition().to_dict()


@pytest.mark.parametrize(
    ("status", "flags", "code"),
    [
        (Status.OK, ("--strict",), 0),
        (Status.NOTHING_TO_BREAK, ("--strict",), 0),
        (Status.AMBIGUOUS, ("--strict",), 0),
        (Status.NOT_CONVERGED, (), 0),
        (Status.NOT_CONVERGED, ("--strict",), 5),
        (Status.INTERRUPTED, (), 130),
    ],
)
def test_exit_codes_by_status(
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    status: Status,
    flags: tuple[str, ...],
    code: int,
) -> None:
    answer_with(monkeypatch, replace(finding(), status=status))
    ran = command_line("find", "p", "c", "--json", *flags)
    assert ran.code == code
    assert ran.json["status"] == status.value


def test_interrupt_before_there_is_a_result(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, KeyboardInterrupt())
    ran = command_line("find", "p", "c")
    assert (ran.code, ran.out, ran.err) == (130, "", "error: interrupted.\n")


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), InternalError("A check failed.")])
def test_defects_leave_a_log(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    answer_with(monkeypatch, error)
    ran = command_line("find", "p", "c")
    assert (ran.code, ran.out) == (1, "") and "Traceback" not in ran.err and "error.log" in ran.err
    log = Path("error.log").read_text()
    assert "Traceback" in log and type(error).__name__ in log


def test_text_is_readable_in_a_pipe(command_line: CommandLine, found: dict[str, Any]) -> None:
    out = command_line("find", "p", "c").out
    assert "M3+ ⊕ R4+" in out and "\x1b" not in out and "…" not in out
    for number in ("0.9564", "1.2555", "0.4668", "9.74°", "30.7 %", "24 = 6 (point) × 4 (translation)"):
        assert number in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize("columns", [40, 80, 97, 100, 103, 200])
@pytest.mark.parametrize("result", [finding(), decomposition(), mapping_report()], ids=lambda r: r.command)
def test_nothing_is_ever_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, result: Document
) -> None:
    """Every word of every cell is on the screen, however narrow it is; columns that are left out are named."""
    monkeypatch.setenv("COLUMNS", str(columns))
    parts = sections(result)
    print_sections(parts)
    printed = capsys.readouterr().out.split()
    tables = [part for part in parts if isinstance(part, Table)]
    needed = [(t, i) for t in tables for i, column in enumerate(t.columns) if not column.spare or columns == 200]
    cells = {row[i] for table, i in needed for row in table.rows}
    headings = {table.columns[i].name for table, i in needed}
    assert {word for cell in cells | headings for word in cell.split()} <= set(printed)
    spare = {column.name for table in tables for column in table.columns if column.spare}
    words = " ".join(printed)
    assert all(name in words for name in spare)


def test_ascii_terminal(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any]) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert run(["find", "p", "c"]) == 0
    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "M3+ + R4+" in text and "9.74 deg" in text and "?" not in text


def test_json_on_an_ascii_terminal(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any]) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert run(["find", "p", "c", "--json", "--quiet"]) == 0
    stream.flush()
    written = stream.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert without_import(Finding.from_json(written)) == finding()


@pytest.mark.parametrize("arguments", [("--help",), ("find", "--help"), ("map", "{cubic}", "{cubic}")])
def test_no_escape_codes_under_no_color(structures: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Not even bold, although the terminal claims to have colours."""
    words = [word.format(cubic=structures / "lamno3_cubic.cif") for word in arguments]
    environment = os.environ | {"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    code = f"from curiebreak.cli.app import run; raise SystemExit(run({words!r}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert b"\x1b" not in ran.stdout + ran.stderr


def test_help_of_a_long_command_is_in_groups(command_line: CommandLine) -> None:
    """Every option stands once, and none of `find` outside a named group."""
    text = command_line("find", "-h").out
    titles = [line for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    listed = [f"{title}:" for title in PANELS if title != "Magnetic subgroups"]  # of `subgroups` alone
    assert titles == ["Arguments:", *listed, "Help:"]
    for name in (
        "--sites", "--lmax-input", "--symprec", "--allow", "--seed", "--max-steps", "--strict", "--json", "--force"
    ):  # fmt: skip
        assert sum(line.lstrip().startswith((f"{name} ", f"{name}\n")) for line in text.splitlines()) == 1, name
    assert max(map(len, text.splitlines())) <= 80


def test_help_as_a_command(command_line: CommandLine) -> None:
    assert command_line("help", "modes").out == command_line("modes", "--help").out
    assert command_line("help", "recipe", "show").out == command_line("recipe", "show", "--help").out
    assert command_line("help").out == command_line("--help").out
    assert "'moods'" in command_line.refuses(2, "help", "moods").err


@pytest.mark.parametrize("command", ["find", "modes", "map", "couplings", "certify", "intermediate"])
@pytest.mark.parametrize("given", [(), ("child.cif",)])
def test_a_missing_structure_is_answered_with_what_to_do(
    command_line: CommandLine, command: str, given: tuple[str, ...]
) -> None:
    err = command_line.refuses(2, command, *given).err
    assert f"`curiebreak {command} auto CHILD`" in err and "`curiebreak parent CHILD`" in err


def test_as_a_module() -> None:
    ran = subprocess.run([sys.executable, "-m", "curiebreak", "--version"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, f"curiebreak {curiebreak.__version__}\n")


@pytest.mark.parametrize("width", [80, 120])
def test_tables_fit_the_terminal_and_say_what_they_leave_out(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, structures: Path, width: int
) -> None:
    """Without wrapped cells: a row of the table of irreps is its label's line and the one of its numbers."""
    monkeypatch.setenv("COLUMNS", str(width))
    text = command_line("modes", structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif").out
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    table = text[text.index("Irreps (") : text.index("Driven by")].splitlines()
    heading = table[1].split()
    assert {"irrep", "k", "direction", "Ap", "share", "role"} <= set(heading)
    left_out = {"elsewhere", "group", "modes", "As", "dmax"} - set(heading)
    assert bool(left_out) == (width == 80) or left_out == {"dmax"}
    said = next((line for line in table if "a wider terminal shows" in line), "")
    assert all(name in said for name in left_out) and bool(said) == bool(left_out)
    labelled = [i for i, line in enumerate(table) if line.startswith("  R4+ ")]
    assert table[labelled[0] + 1].split() == ["(0.888,", "0.888,", "0)"] and table[labelled[0] + 2].startswith("  M3+ ")


def test_pipes_keep_every_column(command_line: CommandLine, structures: Path) -> None:
    text = command_line("modes", structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif").out
    heading = next(line for line in text.splitlines() if line.lstrip().startswith("irrep"))
    assert {"elsewhere", "group", "modes", "As", "Ap", "dmax"} <= set(heading.split())
    assert "As 1.7" in text and "Ap 0.8" in text


def test_a_command_asked_for_in_python_names_its_function() -> None:
    """Some functions have another name than their command; what is neither gets no hint."""
    with pytest.raises(AttributeError, match="no attribute 'parent'; the command `parent` is `curiebreak.parents`"):
        curiebreak.parent  # noqa: B018
    code = "import curiebreak; curiebreak.modes('a.cif', 'b.cif')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stderr.strip().endswith("the command `modes` is `curiebreak.decompose`")
    with pytest.raises(AttributeError, match="no attribute 'nothing'$"):
        curiebreak.nothing  # noqa: B018
