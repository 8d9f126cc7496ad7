"""Where results go: whole files or none, and nothing of the user's is replaced that was not meant."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import small_cifs
from command_line import CommandLine

from curiebreak.cli.app import run
from curiebreak.errors import InputError, UsageError
from curiebreak.files import guarding_inputs, read_bytes, write_file, writing

PAIR = ("parent.cif", "child.cif")


@pytest.fixture
def pair(command_line: CommandLine) -> CommandLine:
    """The command line in a folder with a parent and a child."""
    Path("parent.cif").write_text(small_cifs.PEROVSKITE)
    Path("child.cif").write_text(small_cifs.POLAR)
    return command_line


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]


# -- what is written to ----------------------------------------------------------------------------------------
def test_device_is_written_to_and_stays(pair: CommandLine) -> None:
    device = Path("/dev/null").stat()
    assert pair("modes", *PAIR, "-q", "-o", "/dev/null", "--csv", "/dev/null").code == 0
    assert pair("modes", *PAIR, "-q", "-o", "/dev/null", "--force").code == 0
    assert Path("/dev/null").stat().st_rdev == device.st_rdev and Path("/dev/null").is_char_device()


def test_full_device_is_a_sentence(pair: CommandLine) -> None:
    ran = pair("modes", *PAIR, "-q", "-o", "/dev/full")
    assert ran.code == 3 and "cannot be written" in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_pipe_stays_a_pipe(pair: CommandLine, force: list[str]) -> None:
    os.mkfifo("pipe")
    ran = pair("modes", *PAIR, "-q", "-o", "pipe", *force)
    assert ran.code == 2 and "Nobody reads" in ran.err and Path("pipe").is_fifo()
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        time.sleep(0.2)
        assert pair("modes", *PAIR, "-q", "-o", "pipe", *force).code == 0
        assert reader.communicate()[0].startswith(b"{")
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize("kind", ["folder", "socket"])
def test_what_is_no_file_is_refused(pair: CommandLine, kind: str) -> None:
    if kind == "folder":
        Path("out").mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("out")
    pair.refuses(2, "modes", *PAIR, "-o", "out", "--force")


def test_link_is_followed_and_mode_bits_stay(pair: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "real.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert pair("modes", *PAIR, "-q", "-o", link).code == 2
    assert pair("modes", *PAIR, "-q", "-o", link, "--force").code == 0
    assert link.is_symlink() and target.read_text().startswith("{") and target.stat().st_mode & 0o777 == 0o640
    assert left_over(tmp_path) == left_over(target.parent) == []


def test_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new")
    write_file(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "new").read_text() == "text"


def test_link_to_itself_is_refused(pair: CommandLine) -> None:
    Path("loop").symlink_to("loop")
    pair.refuses(2, "modes", *PAIR, "-o", "loop", "--force")
    pair.refuses(2, "modes", *PAIR, "-o", "x" * 300)


def test_new_files_have_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "new", b"bytes")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_a_name_of_255_bytes_can_be_written(tmp_path: Path) -> None:
    write_file(tmp_path / ("é" * 127), "text")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["text"]


def test_broken_off_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    with pytest.raises(ValueError, match="stop"), writing(tmp_path / "out") as stream:
        stream.write(b"half")
        raise ValueError("stop")
    assert (tmp_path / "out").read_text() == "old" and left_over(tmp_path) == []


# -- inputs and outputs ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["parent.cif", "./parent.cif", "link.cif", "hard.cif"])
def test_an_input_is_never_written_over(pair: CommandLine, name: str) -> None:
    Path("link.cif").symlink_to("parent.cif")
    Path("hard.cif").hardlink_to("parent.cif")
    ran = pair.refuses(2, "modes", *PAIR, "--undistorted", name, "--force")
    assert "PARENT" in ran.err and Path("parent.cif").read_text() == small_cifs.PEROVSKITE


@pytest.mark.parametrize(
    "outputs",
    [("-o", "a.csv", "--csv", "a.csv"), ("--isocif", "a.cif", "--undistorted", "./a.cif"), ("-o", "a", "--csv", "a")],
)
def test_two_outputs_of_one_name_are_refused(pair: CommandLine, outputs: tuple[str, ...]) -> None:
    pair.refuses(2, "modes", *PAIR, *outputs)
    Path(outputs[1]).write_text("mine")
    pair.refuses(2, "modes", *PAIR, *outputs, "--force")
    assert Path(outputs[1]).read_text() == "mine"


def test_a_table_of_a_series_is_no_output(pair: CommandLine) -> None:
    Path("t.csv").write_text("frame,T\n0,1\n")
    pair.refuses(2, "track", "parent.cif", "child.cif", "--table", "t.csv", "-o", "t.csv", "--force")


def test_a_recipe_is_not_replaced_by_its_own_record(pair: CommandLine) -> None:
    Path("recipe.yaml").write_text("run: modes\nparent: parent.cif\nchild: child.cif\n")
    pair.refuses(2, "run", "recipe.yaml", "-o", ".", "--force")


def test_steps_of_one_output_are_refused(pair: CommandLine) -> None:
    step = "  - run: modes\n    name: {}\n    parent: parent.cif\n    child: child.cif\n    csv: same.csv\n"
    Path("r.yaml").write_text("steps:\n" + step.format("a") + step.format("b"))
    ran = pair.refuses(3, "run", "r.yaml")
    assert "same.csv" in ran.err


def test_the_library_may_write_what_it_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    read_bytes(tmp_path / "a")
    write_file(tmp_path / "a", "new")
    with guarding_inputs():
        read_bytes(tmp_path / "a")
        with pytest.raises(UsageError, match="input"):
            write_file(tmp_path / "a", "newer")
    assert (tmp_path / "a").read_text() == "new"


def test_a_device_is_no_input(command_line: CommandLine) -> None:
    for name in ("/dev/zero", "/dev/urandom"):
        command_line.refuses(3, "modes", name, name)
        with pytest.raises(InputError):
            read_bytes(name)


# -- killed runs -----------------------------------------------------------------------------------------------
HALF = """
import os, sys, time
from pathlib import Path
from curiebreak.files import writing
with writing(Path(sys.argv[1])) as stream:
    stream.write(b"half")
    stream.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    (tmp_path / ".mine.tmp").write_text("the user's")
    runs = [
        subprocess.Popen([sys.executable, "-c", HALF, tmp_path / name], stdout=subprocess.PIPE)
        for name in ("dead", "living")
    ]
    for one in runs:
        assert one.stdout is not None and one.stdout.readline() == b"writing\n"
    runs[0].send_signal(signal.SIGKILL)
    runs[0].wait()
    assert len(left_over(tmp_path)) == 3
    write_file(tmp_path / "next", "text")
    names = sorted(left_over(tmp_path))
    assert len(names) == 2 and names[0].startswith(".living") and names[1] == ".mine.tmp"
    runs[1].kill()
    runs[1].communicate()
    runs[0].communicate()
    write_file(tmp_path / "next", "text")
    assert left_over(tmp_path) == [".mine.tmp"]


# -- error.log -------------------------------------------------------------------------------------------------
@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, pair: CommandLine) -> CommandLine:
    """A command line with a defect."""

    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("curiebreak.mapping.mapped_pair.parent_crystal", fail)
    return pair


def test_our_log_is_replaced(broken: CommandLine) -> None:
    for _ in range(2):
        assert broken("modes", *PAIR).code == 1
    logs = sorted(path.name for path in Path().glob("error*"))
    assert logs == ["error.log"] and "a defect" in Path("error.log").read_text()


@pytest.mark.parametrize("kind", ["file", "link", "dangling", "folder", "pipe"])
def test_another_log_stays(broken: CommandLine, kind: str) -> None:
    log = Path("error.log")
    if kind == "file":
        log.write_text("curiebreak is what I write about\n")
    elif kind == "folder":
        log.mkdir()
    elif kind == "pipe":
        os.mkfifo(log)
    else:
        log.symlink_to("mine.txt")
    if kind == "link":
        Path("mine.txt").write_text("curiebreak error log\nof mine")
    ran = broken("modes", *PAIR)
    assert ran.code == 1 and "error-2.log" in ran.err and "a defect" in Path("error-2.log").read_text()
    if kind == "file":
        assert log.read_text() == "curiebreak is what I write about\n"
    if kind == "link":
        assert Path("mine.txt").read_text() == "curiebreak error log\nof mine"
    assert Path("mine.txt").exists() is (kind == "link")


# -- standard streams ------------------------------------------------------------------------------------------
MAIN = [sys.executable, "-c", "from curiebreak.cli.app import main; main()"]


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = " ".join(f"'{word}'" for word in MAIN)
    script = f'set -o pipefail; curiebreak() {{ {command} "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["-h", "cite", "recipe schema", "run --list"])
@pytest.mark.parametrize("reader", ["true", "head -1"])
def test_a_closed_pipe_is_a_clean_end(command: str, reader: str, tmp_path: Path) -> None:
    ran = shell(f"curiebreak {command} | {reader}", tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "") and list(tmp_path.iterdir()) == []


def test_closed_streams_are_no_defect(tmp_path: Path) -> None:
    ran = shell("curiebreak cite >&- 2>&- <&-", tmp_path)
    assert ran.returncode == 0 and list(tmp_path.iterdir()) == []


def test_a_full_disk_behind_stdout_is_a_sentence(tmp_path: Path) -> None:
    ran = shell("curiebreak cite > /dev/full", tmp_path)
    assert ran.returncode == 3 and ran.stderr.startswith("error: ") and list(tmp_path.iterdir()) == []


def test_plain_letters_where_the_terminal_has_no_others(tmp_path: Path, structures: Path) -> None:
    pair = f"{structures}/lamno3_cubic.cif {structures}/lamno3_pnma.cif"
    ran = shell(f"curiebreak modes {pair}", tmp_path, PYTHONIOENCODING="ascii")
    assert ran.returncode == 0 and ran.stdout.isascii() and "Ang" in ran.stdout
    name = os.fsdecode(b"caf\xe9\xff.cif")
    (tmp_path / name).write_text(small_cifs.PEROVSKITE)
    ran = shell("curiebreak modes caf*.cif caf*.cif -o out.json --isocif x.cif", tmp_path)
    assert ran.returncode == 0 and ran.stderr.isascii(), ran.stderr


def test_two_runs_of_one_process(pair: CommandLine) -> None:
    """What one run read does not bind the next."""
    assert run(["modes", *PAIR, "-q", "-o", "a.json"]) == 0
    Path("a.json").write_text("{}")
    assert run(["modes", *PAIR, "-q", "-o", "a.json", "--force"]) == 0
