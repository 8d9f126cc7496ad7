"""``curiebreak track``: files, streams, exit codes, memory."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import CommandLine
from series import Cell

from curiebreak.modes.build import distort_series
from curiebreak.results.tracking import TrackResult

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "track_memory.py"


@pytest.fixture(scope="module")
def both(structures: Path) -> tuple[Cell, Cell]:
    """Ten atoms with an antiphase tilt, and with the opposite one."""
    series = distort_series(structures / "lamno3_cubic.cif", [], "R4+(a,0,0)", [0.3, -0.3], amplitude="Ap")
    one, two = (Cell(np.asarray(c.structure.lattice), c.structure.species, c.structure.coords) for c in series)
    return one, two


@pytest.fixture
def parent(structures: Path) -> Path:
    return structures / "lamno3_cubic.cif"


def test_table_figure_and_summary(command_line: CommandLine, parent: Path, both: tuple[Cell, Cell]) -> None:
    frames = [both[0]] * 3 + [both[1]] * 3
    Path("md.extxyz").write_text("".join(c.text(temperature=300.0 - 10 * i) for i, c in enumerate(frames)))
    ran = command_line("track", parent, "md.extxyz", "-o", "md.csv", "--plot", "md.png", "--column", "temperature")
    assert ran.code == 0, ran.err
    assert "6 of 6 frames followed, 1 domain flip" in ran.out
    assert Path("md.png").read_bytes().startswith(b"\x89PNG")
    for name, start in (("md.pdf", b"%PDF"), ("md.svg", b"<?xml")):
        assert command_line("track", parent, "md.extxyz", "--plot", name).code == 0
        assert Path(name).read_bytes().startswith(start)
    rows = list(csv.DictReader(Path("md.csv").open(newline="")))
    tilts = [float(r["R4+(1)"]) for r in rows]
    assert tilts in (pytest.approx([0.3] * 3 + [-0.3] * 3, abs=1e-6), pytest.approx([-0.3] * 3 + [0.3] * 3, abs=1e-6))
    command_line.refuses(2, "track", parent, "md.extxyz", "-o", "md.csv")
    command_line.refuses(2, "track", parent, "md.extxyz", "-o", "md.xlsx")
    command_line.refuses(3, "track", parent, "md.extxyz", "--plot", "md.doc")
    command_line.refuses(2, "track", parent, "md.extxyz", "--column", "pressure")
    command_line.refuses(2, "track", parent, "md.extxyz", "--domain", "1,2")
    assert command_line("track", parent, "md.extxyz", "-o", "md.csv", "--force", "--quiet").out == ""

    ran = command_line("track", parent, "md.extxyz")
    assert ran.code == 0 and "domain flips at frames 3" in ran.err
    assert list(csv.DictReader(io.StringIO(ran.out))) == rows
    ran = command_line("track", parent, "md.extxyz", "-o", "md.jsonl", "--json", "--irreps", "R4+,GM4-")
    report = TrackResult.from_json(ran.out)
    assert [flip.frame for flip in report.flips] == [3] and len(report.irreps) == 2 and report.table == "md.jsonl"
    lines = [json.loads(line) for line in Path("md.jsonl").read_text().splitlines()]
    assert [line["R4+(1)"] for line in lines] == pytest.approx(tilts)


def test_what_cannot_be_followed(
    command_line: CommandLine, parent: Path, structures: Path, both: tuple[Cell, Cell]
) -> None:
    cell = both[0]
    Path("empty.extxyz").write_text("")
    Path("blank.extxyz").write_text("\n\n")
    Path("text.extxyz").write_text("no frames here\n")
    Path("md.extxyz").write_text(cell.text() + "\n".join(cell.text().split("\n")[:-5]) + "\n" + cell.text())
    for name in ("empty.extxyz", "blank.extxyz", "text.extxyz", "absent.extxyz", "absent*.cif"):
        command_line.refuses(3, "track", parent, name, "-o", "t.csv")
    command_line.refuses(3, "track", "absent.cif", "md.extxyz", "-o", "t.csv")
    command_line.refuses(4, "track", structures / "zro2_cubic.cif", "md.extxyz", "-o", "t.csv")
    command_line.refuses(3, "track", structures / "square.xyz", "md.extxyz", "-o", "t.csv")
    ran = command_line("track", parent, "md.extxyz", "-o", "t.csv")
    assert ran.code == 6
    rows = list(csv.DictReader(Path("t.csv").open(newline="")))
    assert [row["status"] for row in rows] == ["ok", "damaged", "ok"] and rows[1]["reason"]
    command_line.refuses(3, "track", parent, "md.extxyz", "--reference", 1, "-o", "u.csv")


@pytest.mark.slow
def test_a_long_file_needs_little_memory() -> None:
    """10,000 frames of 320 atoms within 1 GB, figure included."""
    ran = subprocess.run([sys.executable, BENCHMARK, "--frames", "10000"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("10000 frames of 320 atoms")
    assert float(ran.stdout.split("peak memory")[1].split()[0]) < 1000
