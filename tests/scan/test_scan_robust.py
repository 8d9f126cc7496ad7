"""Scans that are killed, that lose workers, that run out of space or of permission: nothing is lost or half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from perovskites import tilted
from scan_tasks import slow

from curiebreak.cli.app import run
from curiebreak.scan.running import scan
from curiebreak.scan.table import export

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from curiebreak.cli.app import main; main()"]


def table(store: Path) -> bytes:
    """The exported CSV without its times."""
    export(store, store.with_suffix(".csv"))
    lines = store.with_suffix(".csv").read_bytes().splitlines()
    assert lines[0].endswith(b",seconds")
    return b"\n".join(line.rpartition(b",")[0] for line in lines)


def finished(store: Path) -> int:
    if not store.exists():
        return 0
    try:
        connection = sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=5)
        count = connection.execute("SELECT count(*) FROM structures").fetchone()[0]
        connection.close()
    except sqlite3.OperationalError:
        return 0
    return int(count)


def sound(store: Path) -> bool:
    connection = sqlite3.connect(store)
    answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    whole = connection.execute("SELECT count(*) FROM structures WHERE status IS NULL").fetchone()[0]
    connection.close()
    return bool(answer == "ok" and whole == 0)


def records(path: Path, count: int) -> None:
    """Tilted perovskites with random angles and patterns, a few damaged lines among them."""
    rng = np.random.default_rng(11)
    patterns = ("---", "+++", "+--", "++-")
    with path.open("w") as stream:
        for number in range(count):
            child = tilted(float(rng.uniform(3, 12)), patterns[number % 4])
            content = {"lattice": np.asarray(child.lattice).tolist(), "species": child.species}
            line = json.dumps({"id": f"p{number}", **content, "frac": child.coords.tolist()})
            stream.write((line[: len(line) // 2] if number % 25 == 7 else line) + "\n")


@pytest.mark.slow
def test_killed_at_ten_random_moments(tmp_path: Path) -> None:
    """kill -9 of the scan with all its workers; the resumed table is that of an undisturbed scan, byte for byte."""
    records(tmp_path / "many.jsonl", 100)
    scan(tmp_path / "many.jsonl", tmp_path / "whole.db", learn=False, jobs=2)
    rng = np.random.default_rng(4)
    store = tmp_path / "killed.db"
    given = [*COMMAND, "scan", tmp_path / "many.jsonl", "-o", store, "--exact", "--jobs", "2", "--resume"]
    moments = np.sort(rng.integers(1, 96, 10)).tolist()
    for wanted in moments:
        process = subprocess.Popen(given, start_new_session=True, stderr=subprocess.DEVNULL)
        limit = time.monotonic() + 300
        while time.monotonic() < limit and finished(store) < wanted and process.poll() is None:
            time.sleep(0.005)
        time.sleep(float(rng.uniform(0, 0.05)))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.returncode == -signal.SIGKILL, "the scan ended before it was killed"
    assert moments[-1] <= finished(store) < 100
    last = subprocess.run(given, capture_output=True, text=True, check=False)
    assert last.returncode in (0, 6) and "finished before" in last.stderr
    assert sound(store) and table(store) == table(tmp_path / "whole.db")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_lost_dask_worker_loses_nothing(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    place = tmp_path / "in"
    place.mkdir()
    for number in range(60):
        (place / f"s{number:02d}.cif").write_text(str(number))
    scan(place, tmp_path / "here.db", learn=False, analyse=slow)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
    ) as cluster:
        lost: list[int] = []

        def watch(done: int, total: int, failures: int) -> None:
            if done == 10:
                lost.append(next(iter(cluster.workers.values())).pid)
                os.kill(lost[0], signal.SIGKILL)

        summary = scan(
            place, tmp_path / "there.db", learn=False, analyse=slow, dask=cluster.scheduler_address, watch=watch
        )
    assert lost and summary.counts == {"ok": 60}
    assert table(tmp_path / "there.db") == table(tmp_path / "here.db")


@pytest.mark.slow
def test_a_full_disk_stops_with_a_sentence_and_is_resumed(tmp_path: Path) -> None:
    """A limit on the size of files stands for the end of the disk."""
    records(tmp_path / "many.jsonl", 30)
    scan(tmp_path / "many.jsonl", tmp_path / "whole.db", learn=False)
    size = (tmp_path / "whole.db").stat().st_size
    store = tmp_path / "full.db"
    given = [*COMMAND, "scan", tmp_path / "many.jsonl", "-o", store, "--exact", "--jobs", "1", "--resume"]
    limited = ["bash", "-c", f'ulimit -f {size // 2048}; exec "$@"', "bash"]
    ran = subprocess.run([*limited, *map(str, given)], capture_output=True, text=True, check=False)
    assert ran.returncode == 3 and ran.stdout == "", ran.stderr
    assert ran.stderr.startswith("error: ") and "cannot be" in ran.stderr and "Traceback" not in ran.stderr
    done = finished(store)
    assert sound(store) and 0 < done < 30
    again = subprocess.run(list(map(str, given)), capture_output=True, text=True, check=False)
    assert again.returncode == 6 and f"{done} finished before" in again.stderr
    assert table(store) == table(tmp_path / "whole.db")


def as_another_user(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Exit code and standard error of a command line in a forked process without the powers of root."""
    run([*arguments[:1], str(folder / "absent"), *arguments[2:]])  # imports what it needs while it may read it
    handle, name = tempfile.mkstemp(dir=folder)
    child = os.fork()
    if child == 0:
        os.dup2(handle, 2)
        sys.stderr = os.fdopen(2, "w")
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        code = run(arguments)
        sys.stderr.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    os.close(handle)
    said = Path(name).read_text()
    Path(name).unlink()
    return os.waitstatus_to_exitcode(status), said


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, unlike the usual temporary ones."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("locked", ["store", "folder"])
def test_a_read_only_store_is_refused(open_folder: Path, structures: Path, locked: str) -> None:
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in Path(__file__).resolve().parents):
        pytest.skip("other users cannot enter the folder of this checkout")
    shutil.copy(structures / "srtio3_i4mcm.cif", open_folder / "s.cif")
    store = open_folder / "t.db"
    scan(open_folder / "s.cif", store, learn=False)
    before = store.read_bytes()
    (open_folder / "s.cif").write_text((open_folder / "s.cif").read_text() + "\n# more\n")
    (open_folder / "s.cif").chmod(0o644)
    store.chmod(0o444 if locked == "store" else 0o666)
    open_folder.chmod(0o777 if locked == "store" else 0o555)
    given = ["scan", open_folder / "s.cif", "-o", store, "--exact", "--resume", "--jobs", "1"]
    code, said = as_another_user([str(word) for word in given], open_folder.parent)
    open_folder.chmod(0o755)
    assert code == 3 and said.startswith("error: ") and "Traceback" not in said, said
    assert store.read_bytes() == before
