"""One bad record of a scan costs itself alone, and nothing of it is worked on outside the workers."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import poisoned
import pytest
import small_cifs
from command_line import CommandLine

from curiebreak.errors import InputError
from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.inputs import Source, list_sources
from curiebreak.scan.row import failed_row
from curiebreak.scan.running import scan
from curiebreak.scan.store import Store
from curiebreak.scan.table import query

COMMAND = [sys.executable, "-c", "from curiebreak.cli.app import main; main()"]


def rows(store: Path) -> dict[str, tuple[str, str | None]]:
    """Status and reason by path."""
    _, found = query(store, columns=["path", "status", "reason"])
    return {path: (status, reason) for path, status, reason in found}


def test_every_poison_is_a_row_with_its_reason(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    poisoned.write_poison(place)
    poisoned.write_good(place, 10)
    summary = scan(place, tmp_path / "s.db", learn=False, jobs=2, timeout=30)
    assert (summary.counts["ok"], summary.counts["error"]) == (10, len(poisoned.POISON)) == (10, 20)
    for path, (status, reason) in rows(tmp_path / "s.db").items():
        assert status == "ok" or (reason and "Unexpected" not in reason), (path, reason)
    again = scan(place, tmp_path / "s.db", learn=False, jobs=2, resume=True)
    assert again.kept == 30 and not again.counts


@pytest.mark.slow
def test_200_files_of_which_20_are_poisoned(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    poisoned.write_poison(place)
    poisoned.write_good(place, 180)
    summary = scan(place, tmp_path / "s.db", learn=False, jobs=2, timeout=60)
    assert summary.total == 200 and dict(summary.counts) == {"ok": 180, "error": 20}
    reasons = [reason for status, reason in rows(tmp_path / "s.db").values() if status == "error"]
    assert len(reasons) == 20 and all(reason and "Unexpected" not in reason for reason in reasons)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["bigcount.extxyz", "bigcount2.extxyz", "nest.jsonl"])
def test_shared_fault_r4(shared: Path, command_line: CommandLine, name: str) -> None:
    given = shared / "data" / "faults" / "R4_scan_aborted" / name
    start = time.monotonic()
    ran = command_line("scan", given, "-o", "x.db", "--exact", "-j", 1, "--timeout", 20)
    assert ran.code == 6 and time.monotonic() - start < 20
    ((status, reason),) = rows(Path("x.db")).values()
    assert status == "error" and reason


# -- what is listed --------------------------------------------------------------------------------------------
HEAD = 'Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3'
GOOD = f"1\n{HEAD}\nTi 0 0 0\n"


@pytest.mark.parametrize(
    "bad",
    [
        f"99999999999\n{HEAD}\nTi 0 0 0\n",
        f"{'9' * 5000}\n{HEAD}\nTi 0 0 0\n",
        "nonsense\nmore\n",
        f"7\n{HEAD}\nO 0 0 0\n",
    ],
)
def test_frames_behind_a_damaged_one_are_found(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "f.extxyz"
    path.write_text(GOOD + bad + GOOD + GOOD)
    pieces = [source.child.content().decode() for source in list_sources(path)]
    assert pieces == [GOOD, bad, GOOD, GOOD]


def test_many_frames_that_announce_too_much_cost_no_time(tmp_path: Path) -> None:
    path = tmp_path / "f.extxyz"
    path.write_text(f"99999999\n{HEAD}\nTi 0 0 0\n" * 20_000)
    start = time.monotonic()
    assert len(list(list_sources(path))) == 20_000 and time.monotonic() - start < 10


def test_pairs_of_what_is_no_file(tmp_path: Path) -> None:
    """A device or a pipe has no end: it is never read, and the pairs around it are done."""
    os.mkfifo(tmp_path / "pipe.cif")
    (tmp_path / "a.cif").write_text(small_cifs.PEROVSKITE)
    (tmp_path / "b.cif").write_text(small_cifs.POLAR)
    bad = ["a.cif,/dev/zero", "pipe.cif,b.cif", "a.cif", "a.cif,caf\udcff.cif"]
    lines = ["parent,child", "a.cif,b.cif", *bad, "a.cif,b.cif,c"]
    (tmp_path / "t.csv").write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    scan(tmp_path / "t.csv", tmp_path / "s.db", learn=False, timeout=30)
    _, found = query(tmp_path / "s.db", columns=["status", "reason"])
    assert sorted(status for status, _ in found) == ["error"] * 4 + ["ok"] * 2
    assert all("Unexpected" not in reason for _, reason in found if reason)


def test_a_table_says_which_line_names_nothing(tmp_path: Path) -> None:
    """Blanks around a name are none of it; a column that stands twice would hide its first half."""
    (tmp_path / "a.cif").write_text(small_cifs.PEROVSKITE)
    (tmp_path / "b.cif").write_text(small_cifs.POLAR)
    (tmp_path / "t.csv").write_text("parent , child\na.cif, b.cif\n,b.cif\n\na.cif,\n")
    scan(tmp_path / "t.csv", tmp_path / "s.db", learn=False, timeout=30)
    _, found = query(tmp_path / "s.db", columns=["status", "reason"])
    assert [status for status, _ in found] == ["ok", "error", "error"]
    assert [reason.split(" of ")[0] for _, reason in found[1:]] == ["Line 3", "Line 5"]
    assert "names no parent" in found[1][1] and "names no child" in found[2][1]
    (tmp_path / "t.csv").write_text("parent,child,child\na.cif,b.cif,a.cif\n")
    with pytest.raises(InputError, match="two columns 'child'"):
        list(list_sources(tmp_path / "t.csv"))


def test_a_folder_in_which_nothing_can_be_read_is_listed(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    (place / "empty.jsonl").write_text("")
    (place / "gone.jsonl").symlink_to("nowhere")
    (place / "folder.cif").mkdir()
    os.mkfifo(place / "pipe.extxyz")
    assert [Path(source.path).name for source in list_sources(place)] == ["empty.jsonl"]
    with pytest.raises(InputError, match="no structures"):
        list(list_sources(place / "folder.cif"))


# -- stores ----------------------------------------------------------------------------------------------------
def analysed(source: Source, settings: ScanSettings) -> object:
    return failed_row(source, "ok", "")


def one_row(path: Path) -> Path:
    """A store with a row."""
    with Store(path) as store:
        store.describe({"parent": "auto", "learn": False}, {"curiebreak": "0"})
        source = Source("k", "=HYPERLINK(1)", "p.cif", next(iter([None])))  # type: ignore[arg-type]
        store.add(failed_row(source, "error", "-1 is no number"), 0)
    return path


def state(path: Path) -> tuple[bytes, int, list[str]]:
    return path.read_bytes(), path.stat().st_mtime_ns, sorted(p.name for p in path.parent.iterdir())


@pytest.mark.parametrize("kind", ["foreign", "marked", "newer", "text", "no_columns", "meta"])
@pytest.mark.parametrize("command", ["scan", "query", "export", "scan-report"])
def test_a_foreign_or_newer_store_is_not_touched(
    command_line: CommandLine, tmp_path: Path, kind: str, command: str
) -> None:
    (tmp_path / "in.cif").write_text(small_cifs.PEROVSKITE)
    path = tmp_path / "s.db"
    if kind == "text":
        path.write_text("my notes\n" * 300)
    else:
        connection = sqlite3.connect(path if kind in ("foreign", "marked", "no_columns") else one_row(path))
        if kind == "foreign":
            connection.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        elif kind == "marked":
            connection.execute("PRAGMA user_version = 7")
        elif kind == "no_columns":
            for table in ("meta", "structures", "amplitudes"):
                connection.execute(f"CREATE TABLE {table} (key TEXT, value TEXT)")
        elif kind == "newer":
            connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
        else:
            connection.execute("UPDATE meta SET value = '{\"format' WHERE key = 'settings'")
        connection.commit()
        connection.close()
    before = state(path)
    given = {
        "scan": ("scan", "in.cif", "-o", path, "--resume", "--exact"),
        "query": ("query", path, "1"),
        "export": ("export", path, "-o", "t.csv"),
        "scan-report": ("scan-report", path, "-o", "r.html"),
    }[command]
    ran = command_line(*given)
    assert ran.code == 3 and ran.err.startswith("error: ") and "Traceback" not in ran.err, ran.err
    assert state(path) == before


@pytest.mark.parametrize("seed", range(12))
def test_damaged_pages_are_bad_input(command_line: CommandLine, tmp_path: Path, seed: int) -> None:
    """Bytes of a store changed at random: every command answers, or says that it is damaged."""
    import random

    path = one_row(tmp_path / "s.db")
    (tmp_path / "in.cif").write_text("nothing")
    data = bytearray(path.read_bytes())
    draw = random.Random(seed)
    for _ in range(40):
        data[draw.randrange(16, len(data))] = draw.randrange(256)
    for given in (("query", path, "1"), ("export", path, "-o", "t.csv", "--force"),
                  ("scan-report", path, "-o", "r.html", "--force"),
                  ("scan", "in.cif", "-o", path, "--resume", "--exact", "-j", 1)):  # fmt: skip
        path.write_bytes(bytes(data))
        ran = command_line(*given)
        assert ran.code in (0, 2, 3, 6) and "Traceback" not in ran.err, (given, ran.err)
        assert "unexpected" not in ran.err, (given, ran.err)
    assert not list(tmp_path.glob("error*.log"))


@pytest.mark.parametrize("text", ["", "mine", "curiebreak scan: locks the store beside it\nand mine"])
def test_a_lock_of_the_user_stays(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "s.db.lock"
    lock.write_text(text)
    (tmp_path / "in.cif").write_text("nothing")
    scan(tmp_path / "in.cif", tmp_path / "s.db", learn=False)
    assert lock.read_text() == text


def test_our_lock_goes_also_after_a_kill(tmp_path: Path) -> None:
    (tmp_path / "in.cif").write_text("nothing")
    lock = tmp_path / "s.db.lock"
    code = "import sys, os; from pathlib import Path; from curiebreak.scan.store import Store\n"
    code += "Store(Path(sys.argv[1])); os._exit(9)"
    subprocess.run([sys.executable, "-c", code, tmp_path / "s.db"], check=False)
    assert lock.exists()
    scan(tmp_path / "in.cif", tmp_path / "s.db", learn=False, resume=True)
    assert not lock.exists()


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_a_lock_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    lock = tmp_path / "s.db.lock"
    (tmp_path / "mine").write_text("mine")
    {"link": lambda: lock.symlink_to("mine"), "folder": lock.mkdir, "pipe": lambda: os.mkfifo(lock)}[kind]()
    (tmp_path / "in.cif").write_text("nothing")
    with pytest.raises(InputError, match="lock"):
        scan(tmp_path / "in.cif", tmp_path / "s.db", learn=False)
    assert (tmp_path / "mine").read_text() == "mine" and not (tmp_path / "s.db").exists()


# -- queries ---------------------------------------------------------------------------------------------------
ENDLESS = "id IN (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)"


def test_a_query_ends_after_its_seconds(command_line: CommandLine, tmp_path: Path) -> None:
    store = one_row(tmp_path / "s.db")
    start = time.monotonic()
    ran = command_line.refuses(2, "query", store, ENDLESS, "--seconds", "0.5")
    assert "0.5 s" in ran.err and time.monotonic() - start < 5


def test_ctrl_c_ends_a_query(tmp_path: Path) -> None:
    store = one_row(tmp_path / "s.db")
    given = [*COMMAND, "query", store, ENDLESS, "--seconds", "600"]
    with subprocess.Popen(given, stderr=subprocess.PIPE, text=True) as process:
        try:
            limit = time.monotonic() + 120
            while time.monotonic() < limit and not has_open(process.pid, store):
                time.sleep(0.02)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 130 and said == "error: interrupted.\n"


def has_open(pid: int, path: Path) -> bool:
    """Whether a process has a file open; one that has ended has none."""
    try:
        return any(Path(place).samefile(path) for place in Path(f"/proc/{pid}/fd").iterdir() if place.exists())
    except OSError:
        return False


def test_a_query_with_too_much_is_refused(command_line: CommandLine, tmp_path: Path) -> None:
    store = one_row(tmp_path / "s.db")
    endless = "0 UNION ALL SELECT * FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "
    endless += ", ".join(["printf('%.1000000c', 'x')"] * 4 + ["1"] + ["'x'"] * 4 + ["1"]) + " FROM n)"
    ran = command_line.refuses(2, "query", store, endless)
    assert "larger than 256 MB" in ran.err
    ran = command_line.refuses(2, "query", store, "length(zeroblob(2000000000)) > 1")
    assert "too big" in ran.err


def test_cells_for_a_spreadsheet(command_line: CommandLine, tmp_path: Path) -> None:
    store = one_row(tmp_path / "s.db")
    plain = command_line("query", store, "1", "--columns", "id,reason").out
    assert plain == "id,reason\n=HYPERLINK(1),-1 is no number\n"
    safe = "id,reason\n'=HYPERLINK(1),'-1 is no number\n"
    assert command_line("query", store, "1", "--columns", "id,reason", "--for-spreadsheet").out == safe
    assert command_line("export", store, "-o", "t.csv", "--for-spreadsheet").code == 0
    assert "'=HYPERLINK(1)" in Path("t.csv").read_text() and "'-1 is no number" in Path("t.csv").read_text()
    command_line.refuses(2, "export", store, "-o", "t.json", "--for-spreadsheet")


def test_columns(command_line: CommandLine, tmp_path: Path) -> None:
    store = one_row(tmp_path / "s.db")
    assert len(command_line("query", store, "1").out.splitlines()[0].split(",")) == 10
    assert len(command_line("query", store, "1", "--columns", "all").out.splitlines()[0].split(",")) > 25
    assert command_line("query", store, "1", "--columns", "tilt_*,id,amp_*").out.startswith("tilt_x,tilt_y,tilt_z,id\n")
    assert "glazer" in command_line.refuses(2, "query", store, "1", "--columns", "glaser").err


# -- signals and progress --------------------------------------------------------------------------------------
def test_sigterm_ends_a_scan_and_its_workers(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    poisoned.write_good(place, 150)
    for moment in (1, 12):
        store = tmp_path / f"{moment}.db"
        given = [*COMMAND, "scan", place, "-o", store, "--exact", "-j", "2"]
        with subprocess.Popen(given, stderr=subprocess.PIPE, text=True) as process:
            try:
                limit = time.monotonic() + 120
                children: list[str] = []
                while time.monotonic() < limit and not (children if moment == 1 else finished(store, moment)):
                    time.sleep(0.02)
                    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                process.send_signal(signal.SIGTERM)
                _, said = process.communicate(timeout=120)
            finally:
                process.kill()
        assert process.returncode == 143, said
        assert said == "error: Stopped from outside (SIGTERM).\nhint: Continue with --resume.\n"
        time.sleep(0.5)
        assert not [pid for pid in children if is_worker(pid)]
        assert not Path(f"{store}.lock").exists()


def is_worker(pid: str) -> bool:
    try:
        return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def finished(store: Path, count: int) -> bool:
    try:
        return len(query(store)[1]) >= count
    except InputError:
        return False


def test_a_line_a_minute_where_nobody_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from curiebreak.cli.progress import counting_bar, frame_counter, progress_bar

    monkeypatch.setattr("curiebreak.cli.progress.EVERY", 0.2)
    with progress_bar(False) as phase, counting_bar(False) as count, frame_counter(False) as frames:
        assert phase is not None and count is not None and frames is not None
        phase("training", 0.25, "step 3")
        count(12, 300, 2)
        frames(7)
        time.sleep(0.3)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and all(line.startswith("after 0 s  ") for line in said)
    assert [" s left" in line for line in said if "25%" in line] == [True]
    told = {line[11:].split(", about ")[0] for line in said}  # the seconds that are left follow the clock
    assert told == {"training: 25% step 3", "12 of 300 structures, 2 failed", "7 frames"}
    with progress_bar(True) as phase:
        assert phase is None
