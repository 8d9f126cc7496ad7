"""The script that measures parents on known pairs, run on two shipped pairs."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest
from pairs import STRUCTURES

from curiebreak import decompose
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import parent_crystal

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import parents as benchmark  # noqa: E402
from stated_average import stated_average  # noqa: E402


def test_the_page_of_known_pairs_is_written(tmp_path: Path) -> None:
    (tmp_path / "parents").mkdir()
    with gzip.open(tmp_path / "parents" / "pairs.jsonl.gz", "wt") as stream:
        for child, parent, group in (("batio3_p4mm", "batio3_cubic", 221), ("zro2_p42nmc", "zro2_cubic", 225)):
            entry = {"files": str(STRUCTURES / f"{parent}.cif"), "class": "clean", "sg": group, "map": None}
            row = {"id": child, "set": "cases", "files": str(STRUCTURES / f"{child}.cif"), "parents": [entry]}
            stream.write(json.dumps(row) + "\n")
    for part in ("pairs", "times"):
        (tmp_path / f"{part}.json").write_text(json.dumps(benchmark.PARTS[part](tmp_path)))
    page = benchmark.page(tmp_path)
    assert "| cases | 1.000 (2/2) | 1.000 (2/2) | 1.000 (2/2) | 1.000 (2/2) |" in page
    assert "equal up to the origin: 1.000 (2/2)" in page


@pytest.mark.parametrize(("child", "parent"), [("srtio3_i4mcm", "srtio3_cubic"), ("lamno3_pnma", "lamno3_cubic")])
def test_the_average_over_a_stated_parent_lies_as_far_as_its_modes_that_break_symmetry(child: str, parent: str) -> None:
    high, low = (read_structure(STRUCTURES / f"{name}.cif") for name in (parent, child))
    average = stated_average(parent_crystal(high), low)
    broken = sum(e.amplitude_parent**2 for e in decompose(high, low).irreps
                 if e.kind == "displacement" and e.irrep != "GM1+" and e.amplitude_parent)  # fmt: skip
    # Ap^2 = sum of squares of the displacements over a primitive cell of the parent: n rms^2
    assert average.rms == pytest.approx((broken / len(average.frac)) ** 0.5, rel=0.01)
    assert average.relaxed < 1e-6 and average.within
