"""On lines, planes and at general k, stars of different wave vectors share a label and must not be mixed up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from series import Cell

from curiebreak import decompose, distort
from curiebreak.scan.inputs import list_sources
from curiebreak.scan.row import result_row
from curiebreak.structures import write_cif
from curiebreak.tracking import track

CUBIC = Path(__file__).resolve().parents[2] / "structures" / "lamno3_cubic.cif"
TERMS = ["DT1@0,1/5,0(1,0;0,0;0,0)=0.2", "DT1@0,2/5,0(0,1;0,0;0,0)=0.1"]


def test_each_star_has_its_own_direction_and_group() -> None:
    found = decompose(CUBIC, distort(CUBIC, TERMS).structure)
    entries = {e.kpoint: e for e in found.irreps if e.kind == "displacement"}
    one, two = entries["0", "1/5", "0"], entries["0", "2/5", "0"]
    assert (one.irrep, two.irrep) == ("DT1", "DT1")
    assert np.abs(one.components) == pytest.approx([0.2, 0, 0, 0, 0, 0], abs=1e-6)
    assert np.abs(two.components) == pytest.approx([0, 0.1, 0, 0, 0, 0], abs=1e-6)
    assert one.isotropy_subgroup is not None and two.isotropy_subgroup is not None
    assert (one.isotropy_subgroup.index, two.isotropy_subgroup.index) == (15, 30)


def test_the_table_of_a_scan_has_a_column_for_each() -> None:
    found = decompose(CUBIC, distort(CUBIC, TERMS).structure)
    (source,) = list_sources(CUBIC)
    row = result_row(source, found, None, None, 0.0)
    amplitudes = {name: value for name, value in row.amplitudes.items() if name.startswith("amp_DT1")}
    wanted = {"amp_DT1@0,1/5,0": 0.2 / np.sqrt(5), "amp_DT1@0,2/5,0": 0.1 / np.sqrt(5)}
    assert amplitudes == pytest.approx(wanted, abs=1e-6)


def test_a_series_names_them_apart(tmp_path: Path) -> None:
    child = distort(CUBIC, TERMS).structure
    cell = Cell(np.asarray(child.lattice), child.species, child.coords)
    (tmp_path / "t.extxyz").write_text(cell.text())
    curves = track(CUBIC, tmp_path / "t.extxyz", irreps=["DT1"]).curves
    amplitudes = [float(curves.of(f"amp_DT1@{k}")[0]) for k in ("0,1/5,0", "0,2/5,0")]
    assert amplitudes == pytest.approx([0.2 / np.sqrt(5), 0.1 / np.sqrt(5)], abs=1e-6)
    write_cif(child, tmp_path / "t.cif")
    every = track(CUBIC, tmp_path / "t.cif", irreps=["all"]).curves
    assert len(set(every.columns.all)) == len(every.columns.all) and every.of("amp_other")[0] < 1e-6
