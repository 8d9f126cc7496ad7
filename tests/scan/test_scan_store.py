"""Scans: inputs, store, resume, workers that hang or crash, export, query."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from scan_tasks import slow, troubled

from curiebreak import decompose
from curiebreak.errors import InputError, UsageError
from curiebreak.results import Finding, Status
from curiebreak.results.learned import NO_MINIMAL_SET
from curiebreak.scan.analysing import read_piece
from curiebreak.scan.inputs import list_sources
from curiebreak.scan.row import result_row
from curiebreak.scan.running import scan
from curiebreak.scan.store import Store
from curiebreak.scan.table import export, query
from curiebreak.structures import read_structure
from curiebreak.structures.element_data import ionic_radius, tolerance_factor

CHILDREN = ("lamno3_pnma.cif", "srtio3_i4mcm.cif", "batio3_p4mm.cif")


@pytest.fixture(scope="module")
def folder(structures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three perovskites, one crystal that is none, one damaged file."""
    place = tmp_path_factory.mktemp("scanned") / "inputs" / "deeper"
    place.mkdir(parents=True)
    for name in (*CHILDREN, "zro2_p42nmc.cif"):
        shutil.copy(structures / name, place / name)
    (place.parent / "broken.cif").write_text("data_broken\n_cell_length_a 4\n")
    return place.parent


@pytest.fixture(scope="module")
def scanned(folder: Path) -> Path:
    """The store of a scan of the folder, to read."""
    store = folder.parent / "t.db"
    scan(folder, store, learn=False)
    return store


def rows_of(store: Path) -> list[dict[str, str]]:
    table = store.with_suffix(".csv")
    export(store, table)
    with table.open(newline="") as stream:
        return list(csv.DictReader(stream))


def without_times(store: Path) -> list[dict[str, str]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows_of(store)]


def test_scan_export_query(folder: Path, command_line: CommandLine) -> None:
    ran = command_line("scan", folder, "-o", "t.db", "--exact", "--jobs", 1)
    assert ran.code == 6 and ran.out == "", ran.err
    found = {row["id"]: row for row in rows_of(Path("t.db"))}
    assert list(found) == ["broken", "batio3_p4mm", "lamno3_pnma", "srtio3_i4mcm", "zro2_p42nmc"]
    statuses = {name: row["status"] for name, row in found.items()}
    assert statuses.pop("broken") == "error" and statuses.pop("zro2_p42nmc") == "ok"
    assert found["zro2_p42nmc"]["prototype"] == "found Fm-3m" and found["zro2_p42nmc"]["primary"] == "X2-"
    assert set(statuses.values()) <= {"ok", "ambiguous"}
    manganite = found["lamno3_pnma"]
    assert manganite["glazer"] == "a+b-b-" and manganite["primary"] == "M3+ R4+"
    assert manganite["space_group_number"] == "62" and manganite["prototype"] == "perovskite"
    assert float(manganite["amp_R4+"]) > float(manganite["amp_M3+"]) > 0.1
    assert found["batio3_p4mm"]["amp_R4+"] == "" and found["batio3_p4mm"]["primary"] == "GM4-"
    assert all(row["sha256"] for row in found.values()) and found["broken"]["reason"]

    ran = command_line("query", "t.db", "glazer = 'a+b-b-' AND \"amp_R4+\" > 0.4", "--json")
    assert ran.code == 0 and [row["id"] for row in ran.json] == ["lamno3_pnma"]
    assert ran.json[0]["primary"] == ["M3+", "R4+"]
    command_line.refuses(2, "query", "t.db", "no_such_column = 1")
    command_line.refuses(2, "query", "t.db", "1; DROP TABLE structures")
    command_line.refuses(2, "export", "t.db", "-o", "t.xlsx")
    assert command_line("export", "t.db", "-o", "t.json").code == 0
    assert len(json.loads(Path("t.json").read_text())) == 5
    command_line.refuses(2, "scan", folder, "-o", "t.db", "--exact")
    ran = command_line("scan", folder, "-o", "t.db", "--exact", "--resume", "--parent", "bx3")
    assert ran.code == 2 and "other options (parent)" in ran.err
    before = without_times(Path("t.db"))
    ran = command_line("scan", folder, "-o", "t.db", "--exact", "--resume")
    assert ran.code == 6 and "5 finished before (1 of them failed; --retry" in ran.err
    assert without_times(Path("t.db")) == before


def test_exact_parent_file_and_pairs(structures: Path, tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text(
        f"parent,child\n{structures}/zro2_cubic.cif,{structures}/zro2_p42nmc.cif\n{structures}/no.cif,x.cif\n"
    )
    scan(table, tmp_path / "pairs.db", learn=False)
    first, second = rows_of(tmp_path / "pairs.db")
    assert first["id"] == "zro2_p42nmc" and first["status"] == "ok" and first["primary"] == "X2-"
    assert second["status"] == "error" and "does not exist" in second["reason"]
    scan(structures / "lamno3_pnma.cif", tmp_path / "one.db", parent=structures / "lamno3_cubic.cif", learn=False)
    (row,) = rows_of(tmp_path / "one.db")
    assert row["primary"] == "M3+ R4+" and row["prototype"] == ""


def test_inputs_name_every_structure(structures: Path, tmp_path: Path) -> None:
    child = read_structure(structures / "batio3_p4mm.cif")
    record = {
        "lattice": child.lattice.tolist(),
        "species": list(child.species),
        "frac": child.coords.tolist(),
    }
    lines = [
        json.dumps({"id": "one", **record}),
        "{broken",
        json.dumps({"id": "pair", "parent": record, "child": record}),
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    rows = " ".join(f"{x}" for x in child.lattice.ravel())
    atoms = "\n".join(f"{s} {x} {y} {z}" for s, (x, y, z) in zip(child.species, child.cartesian, strict=True))
    frame = f'{len(child)}\nLattice="{rows}" Properties=species:S:1:pos:R:3 pbc="T T T"\n{atoms}\n'
    (tmp_path / "b.extxyz").write_text(frame * 3)
    sources = list(list_sources(tmp_path))
    assert [s.id for s in sources] == ["one", "a:1", "pair", "b:0", "b:1", "b:2"]
    assert len({s.key for s in sources}) == 6 and all(s.sha256 for s in sources)
    assert sources[2].parent is not None
    for source in (sources[0], sources[2], sources[3], sources[5]):
        read = read_piece(source.child)
        assert sorted(read.species) == sorted(child.species)
        assert abs(read.lattice - child.lattice).max() < 1e-9
    with pytest.raises(InputError, match="JSON"):
        read_piece(sources[1].child)
    with pytest.raises(InputError):
        list(list_sources(tmp_path / "absent"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no structures"):
        list(list_sources(tmp_path / "empty"))


def test_a_hang_and_a_crash_cost_one_structure(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    for name in ("fine_1", "hang_1", "crash_1", "once_1", "fine_2"):
        (place / f"{name}.cif").write_text(name)
    summary = scan(place, tmp_path / "t.db", learn=False, jobs=2, timeout=2.0, recycle=1, analyse=troubled)
    assert summary.counts == {"ok": 3, "timeout": 1, "crash": 1} and summary.failures == 2
    status = {row["id"]: (row["status"], row["reason"]) for row in rows_of(tmp_path / "t.db")}
    assert status["hang_1"] == ("timeout", "Not finished within 2 s.")
    assert status["crash_1"][0] == "crash" and "exit code 3" in status["crash_1"][1]
    again = scan(place, tmp_path / "t.db", learn=False, timeout=2.0, resume=True, analyse=slow)
    assert again.kept == 5 and not again.counts and again.failed_before == 2
    again = scan(place, tmp_path / "t.db", learn=False, resume=True, retry=True, analyse=slow)
    assert again.kept == 3 and again.counts == {"ok": 2}


KILLED = """
import sys
from pathlib import Path
from scan_tasks import slow
from curiebreak.scan.row import result_row
from curiebreak.scan.running import scan
if __name__ == "__main__":
    scan(sys.argv[1], sys.argv[2], learn=False, jobs=2, resume=True, analyse=slow)
"""


def test_killed_and_resumed_gives_the_same_table(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    for number in range(40):
        (place / f"s{number:02d}{'x' * (number % 5)}.cif").write_text(str(number))
    scan(place, tmp_path / "whole.db", learn=False, jobs=1, analyse=slow)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1] / "support")}
    for wanted in (3, 25):
        process = subprocess.Popen(
            [sys.executable, script, place, tmp_path / "killed.db"], env=environment, start_new_session=True
        )
        limit = time.monotonic() + 60
        while time.monotonic() < limit and finished(tmp_path / "killed.db") < wanted:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = finished(tmp_path / "killed.db")
    summary = scan(place, tmp_path / "killed.db", learn=False, resume=True, analyse=slow)
    assert 25 <= done <= summary.kept < 40 and summary.kept + summary.counts["ok"] == 40
    assert without_times(tmp_path / "killed.db") == without_times(tmp_path / "whole.db")


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


def test_one_writer_and_only_stores(tmp_path: Path) -> None:
    with Store(tmp_path / "t.db"):
        with pytest.raises(UsageError, match="Another scan"):
            Store(tmp_path / "t.db", resume=True)
    Store(tmp_path / "t.db", resume=True).close()
    assert not (tmp_path / "t.db.lock").exists()
    (tmp_path / "text.db").write_text("this is not a database, whatever its name says " * 30)
    with pytest.raises(InputError):
        Store(tmp_path / "text.db", resume=True)
    for name in ("text.db", "absent.db"):
        with pytest.raises(InputError):
            query(tmp_path / name)
    with pytest.raises(InputError):
        Store(tmp_path / "no" / "t.db")


def test_damaged_files_are_rows(structures: Path, tmp_path: Path) -> None:
    """Mutations by a seeded generator: bytes lost, changed, cut off, doubled."""
    rng = np.random.default_rng(5)
    whole = (structures / "srtio3_i4mcm.cif").read_bytes()
    place = tmp_path / "in"
    place.mkdir()
    for number in range(50):
        text = bytearray(whole)
        start, length = int(rng.integers(len(text))), int(rng.integers(1, 60))
        if number % 4 == 0:
            del text[start : start + length]
        elif number % 4 == 1:
            text[start : start + length] = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
        elif number % 4 == 2:
            del text[start:]
        else:
            text[start:start] = text[start : start + length]
        (place / f"m{number:02d}.cif").write_bytes(bytes(text))
    (place / "whole.cif").write_bytes(whole)
    summary = scan(place, tmp_path / "t.db", learn=False)
    rows = rows_of(tmp_path / "t.db")
    assert summary.total == len(rows) == 51 and rows[-1]["status"] in ("ok", "ambiguous")
    assert {row["status"] for row in rows} <= {"ok", "ambiguous", "nothing_to_break", "not_a_perovskite", "error"}
    assert all(row["reason"] for row in rows if row["status"] == "error")
    assert not [row["reason"] for row in rows if row["reason"].startswith("Unexpected")]


def test_changed_content_is_done_again(tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    for name in "ab":
        (place / f"{name}.cif").write_text(name)
    scan(place, tmp_path / "t.db", learn=False, analyse=slow)
    (place / "b.cif").write_text("other")
    (place / "c.cif").write_text("new")
    summary = scan(place, tmp_path / "t.db", learn=False, resume=True, analyse=slow)
    assert summary.kept == 1 and summary.counts == {"ok": 2}
    assert [row["id"] for row in rows_of(tmp_path / "t.db")] == ["a", "b", "c"]


def test_parquet_holds_the_same_table(scanned: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert export(scanned, tmp_path / "t.parquet") == 5
    names, rows = query(scanned)
    table = parquet.read_table(tmp_path / "t.parquet")
    assert table.column_names == names
    assert [tuple(row.values()) for row in table.to_pylist()] == rows


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_two_dask_workers_give_the_same_table(folder: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    scan(folder, tmp_path / "here.db", learn=False)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
    ) as cluster:
        scan(folder, tmp_path / "there.db", learn=False, dask=cluster.scheduler_address)
    assert without_times(tmp_path / "there.db") == without_times(tmp_path / "here.db")


def test_no_scheduler(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="no Dask scheduler"):
        scan(folder, tmp_path / "t.db", learn=False, dask="nonsense://nowhere")


def test_summary(folder: Path, command_line: CommandLine) -> None:
    scan(folder, "t.db", parent="perovskite", learn=False)
    assert command_line("scan-report", "t.db", "-o", "t.html").code == 0
    page = Path("t.html").read_text()
    for word in (
        "Tolerance factor against tilt of 3 structures",
        "Glazer class",
        "a+b-b-",
        "Pnma (62)",
        "Failures by reason",
        "Not perovskites",
        "data:image/png",
    ):
        assert word in page
    assert command_line("scan-report", "t.db", "-o", "t.pdf").code == 0
    assert Path("t.pdf").read_bytes().startswith(b"%PDF")
    command_line.refuses(3, "scan-report", "t.db", "-o", "t.doc")
    command_line.refuses(3, "scan-report", "absent.db", "-o", "other.pdf")
    command_line.refuses(2, "scan-report", "t.db", "-o", "t.pdf")


def test_tolerance_factors() -> None:
    """Against the published 1.00 of SrTiO3 and 0.95 of LaMnO3; radii of Shannon, Acta Cryst. A32, 751 (1976)."""
    assert [ionic_radius(*which) for which in (("La", 3, "XII"), ("Mn", 3, "VI"), ("O", -2, "VI"))] == [
        1.36,
        0.645,
        1.4,
    ]
    assert tolerance_factor({"La": 1}, {"Mn": 1}, {"O": 1}) == pytest.approx((1.36 + 1.4) / 2**0.5 / (0.645 + 1.4))
    assert tolerance_factor({"Sr": 1}, {"Ti": 1}, {"O": 1}) == pytest.approx(1.00, abs=0.005)
    shared = tolerance_factor({"Ba": 1}, {"Sc": 0.5, "Sb": 0.5}, {"O": 1})
    assert shared == pytest.approx((1.61 + 1.4) / 2**0.5 / ((0.745 + 0.60) / 2 + 1.4))
    assert tolerance_factor({"Ni": 1}, {"N": 1}, {"Fe": 1}) is None


def test_the_file_holds_the_documented_view(scanned: Path) -> None:
    connection = sqlite3.connect(scanned)
    found = connection.execute('SELECT id, a_site, b_site, x_site, "amp_R4+" FROM scan WHERE glazer = ?', ("a+b-b-",))
    ((name, *sites, amplitude),) = found.fetchall()
    joined = "SELECT a.value FROM structures s JOIN amplitudes a USING (key) WHERE s.id = ? AND a.name = 'amp_R4+'"
    assert connection.execute(joined, (name,)).fetchone() == (amplitude,)
    connection.close()
    assert (name, sites) == ("lamno3_pnma", ["La", "Mn", "O"])


@pytest.mark.slow
def test_learned_columns(structures: Path, tmp_path: Path) -> None:
    scan(structures / "srtio3_i4mcm.cif", tmp_path / "t.db")
    (row,) = rows_of(tmp_path / "t.db")
    assert row["status"] == "ok" and row["learned_primary"] == row["primary"] == "R4+"
    assert row["learned_agrees"] == "1" and abs(float(row["loss"]) - float(row["floor"])) < 1e-6


def test_a_learned_set_that_is_not_minimal_is_not_confident(structures: Path, tmp_path: Path) -> None:
    (source,) = list_sources(structures / "lamno3_pnma.cif")
    pair = (structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif")
    exact = decompose(*pair)
    shared = {f.name: getattr(exact, f.name) for f in fields(exact) if f.name in {g.name for g in fields(Finding)}}
    for learned, status in ((("R4+", "M3+"), "ok"), (("R4+",), "not_converged")):
        finding = Finding(**{**shared, "primary": learned, "command": "find"})
        row = result_row(source, exact, finding, None, 0.0)
        assert row.status == status and bool(row.values["reason"]) == (status != "ok")
    said = f"The learned set R4+ reaches the child, but {NO_MINIMAL_SET}: what it lacks is too small to be learned."
    called = {Status.NOT_CONVERGED: "not_converged", Status.AMBIGUOUS: "ambiguous", Status.OK: "not_converged"}
    for own, status in called.items():
        named = {**shared, "primary": ("R4+",), "command": "find", "status": own, "messages": ("another", said)}
        row = result_row(source, exact, Finding(**named), None, 0.0)
        assert (row.status, row.values["reason"]) == (status, said)
    late = Finding(**{**shared, "command": "find", "status": Status.NOT_CONVERGED, "limits": ("seconds",)})
    reason = str(result_row(source, exact, late, None, 0.0).values["reason"])
    assert "--seconds" in reason and "--max-steps" not in reason
