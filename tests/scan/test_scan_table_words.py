"""Tables of pairs in which a word of ``--parent`` stands in place of the parent's file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from curiebreak.scan.running import scan
from curiebreak.scan.table import export


def test_auto_in_a_table_is_the_parent_of_that_row_alone(structures: Path, tmp_path: Path) -> None:
    for name in ("srtio3_cubic.cif", "srtio3_i4mcm.cif"):
        shutil.copy(structures / name, tmp_path / name)
    table, store = tmp_path / "pairs.csv", tmp_path / "t.db"
    lines = ["id,parent,child", "a,auto,srtio3_i4mcm.cif", "b,srtio3_cubic.cif,srtio3_i4mcm.cif"]
    table.write_text("\n".join([*lines, "c,ideal,srtio3_i4mcm.cif", ""]))
    scan(table, store, learn=False, jobs=1)
    export(store, tmp_path / "t.json")
    rows = {row["id"]: row for row in json.loads((tmp_path / "t.json").read_text())}
    assert rows["a"]["status"] == rows["b"]["status"] == "ok" and rows["c"]["status"] == "error"
    assert rows["a"]["prototype"] == "perovskite" and rows["b"]["prototype"] is None
    assert rows["a"]["glazer"] == rows["b"]["glazer"] == "a0a0c-"
    # another word in that row is another structure to do, a file of that name comes first
    table.write_text(table.read_text().replace("auto", "bx3"))
    assert scan(table, store, learn=False, jobs=1, resume=True).counts.total() == 1
    shutil.copy(tmp_path / "srtio3_cubic.cif", tmp_path / "bx3")
    assert scan(table, store, learn=False, jobs=1, resume=True).counts.total() == 1
