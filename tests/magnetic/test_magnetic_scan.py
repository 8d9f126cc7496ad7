"""Magnetic CIFs in a scan: moments in columns, groups, reasons; the parent stated, given or found."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from magnetic_cifs import magnetic_cif, rock_salt_g_type

from curiebreak.options.scan_options import ScanSettings
from curiebreak.scan.analysing import analyse_source
from curiebreak.scan.inputs import list_sources
from curiebreak.scan.running import scan
from curiebreak.scan.table import query

COLUMNS = ("id", "status", "reason", "prototype", "primary", "magnetic_group_number", "learned_primary", "mag_*")


def rows(given: Path, **how: object) -> dict[str, dict[str, object]]:
    """Rows by id, with their amplitudes, as a worker makes them."""
    settings = ScanSettings(learn=False, **how)
    found = [analyse_source(source, settings) for source in list_sources(given)]
    return {str(row.values["id"]): row.values | row.amplitudes for row in found}


def test_moments_have_columns(structures: Path, tmp_path: Path) -> None:
    """As MAGNDATA states them; two Ni of 2.22 μB in two primitive cells: Ap = 2.22."""
    folder = tmp_path
    for name in ("knif3", "ybaco2o5"):
        (folder / f"{name}.mcif").write_bytes((structures / "magnetic" / f"{name}.mcif").read_bytes())
    wrong = magnetic_cif((4, 4, 4, 90, 90, 80), [("Ni", (0, 0, 0), (0, 0, 2))], parent=221)
    (folder / "wrong.mcif").write_text(wrong)
    found = rows(folder)
    nickel, cobalt, bad = found["knif3"], found["ybaco2o5"], found["wrong"]
    assert (nickel["status"], nickel["primary"], nickel["magnetic_group_number"]) == ("ok", "mR4+", "140.550")
    assert nickel["prototype"] == "stated Pm-3m" and nickel["reason"] is None
    assert nickel["mag_mR4+"] == pytest.approx(2.22)
    assert (cobalt["primary"], cobalt["magnetic_group_number"]) == ("mM5- X3+", "53.330")
    assert "mag_mR4+" not in cobalt and cobalt["mag_mM5-"] and cobalt["mag_mX1-"]
    assert bad["status"] == "error" and "strain" in str(bad["reason"]) and "primary" not in bad


@pytest.mark.parametrize("given", ["file", "found"])
def test_a_parent_that_is_not_stated(given: str, structures: Path, tmp_path: Path) -> None:
    """Without the tags of the parent: on the cubic perovskite that is recognised, or on a file."""
    text = (structures / "magnetic" / "knif3.mcif").read_text()
    untold = "\n".join(line for line in text.splitlines() if not line.startswith("_parent_space_group"))
    path, parent = tmp_path / "k.mcif", tmp_path / "parent.cif"
    path.write_text(untold)
    how: dict[str, object] = {}
    if given == "file":
        from curiebreak.magnetic.stated_document import magnetic_parent
        from curiebreak.structures.write import write_structure

        write_structure(magnetic_parent(structures / "magnetic" / "knif3.mcif"), parent)
        how = {"parent": str(parent)}
    (row,) = rows(path, **how).values()
    assert (row["status"], row["primary"], row["magnetic_group_number"]) == ("ok", "mR4+", "140.550"), row


@pytest.mark.slow
def test_moments_are_learned_too(structures: Path, tmp_path: Path) -> None:
    store = tmp_path / "m.db"
    scan(structures / "magnetic" / "knif3.mcif", output=store, learn=True)
    names, (values,) = query(store, columns=COLUMNS)
    row = dict(zip(names, values, strict=True))
    assert row["status"] == "ok" and row["mag_mR4+"] == pytest.approx(2.22)
    assert row["learned_primary"] == row["primary"] == "mR4+"


def test_atoms_without_a_parent_are_that_of_their_moments(tmp_path: Path) -> None:
    """A simple cubic magnet whose file names no parent; as one number an atom its moments have no direction."""
    kept = [line for line in rock_salt_g_type().splitlines() if not line.startswith("_parent")]
    (tmp_path / "vectors.mcif").write_text("\n".join(kept) + "\n")
    atoms = Atoms("Ni8", cell=[8.0] * 3, pbc=True, scaled_positions=np.array(list(np.ndindex(2, 2, 2))) / 2)
    atoms.set_initial_magnetic_moments([(-1.0) ** sum(n) for n in np.ndindex(2, 2, 2)])
    write(tmp_path / "numbers.extxyz", atoms)
    found = rows(tmp_path)
    assert (found["vectors"]["status"], found["vectors"]["primary"]) == ("ok", "mR4+"), found["vectors"]
    assert found["vectors"]["prototype"] == "own Pm-3m" and found["vectors"]["reason"] is None
    said = str(found["numbers"]["reason"])
    assert found["numbers"]["status"] == "not_a_perovskite" and "one number an atom" in said
    # every part is a sentence: a small letter follows no full stop, and no capital follows anything else
    assert re.search(r"[a-z`] [A-Z][a-z0-9]* is its own", said) is None and ". magnetic" not in said
