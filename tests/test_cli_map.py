"""`curiebreak map` on real pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import small_cifs
from command_line import CommandLine

from curiebreak.results import MappingReport


def test_polar_child(command_line: CommandLine) -> None:
    Path("parent.cif").write_text(small_cifs.PEROVSKITE)
    Path("child.cif").write_text(small_cifs.POLAR)
    report = MappingReport.from_json(command_line("map", "parent.cif", "child.cif", "--json").out)
    assert report.mapping is not None and report.mapping.size == 1
    assert (report.parent.space_group.number, report.child.space_group.number) == (221, 99)  # type: ignore[union-attr]
    displacements = {atom.child_atom: np.array(atom.displacement) for atom in report.pairing}
    # Ti 0.02, O1 -0.02, O2 (two atoms) -0.01 of the parent's 3.905 Å along z, mean removed
    wanted = 3.905 * (np.array([0.0, 0.02, -0.02, -0.01, -0.01]) + 0.004)
    assert np.allclose(sorted(d[2] for d in displacements.values()), sorted(wanted), atol=1e-6)
    assert np.allclose(report.mapping.strain, np.diag([3.9, 3.9, 4.0]) / 3.905 - np.eye(3), atol=1e-9)


def test_text(command_line: CommandLine, structures: Path) -> None:
    ran = command_line("map", structures / "lamno3_cubic.cif", structures / "lamno3_pnma.cif")
    assert ran.code == 0 and ran.err == ""
    assert "Pm-3m (221)" in ran.out and "Pnma (62)" in ran.out and "supercell basis" in ran.out
    atoms = ran.out.partition("Atoms")[2]
    assert sum(line.split()[:1] == [str(n)] for n in range(1, 21) for line in atoms.splitlines()) == 20


@pytest.mark.shared
def test_lamno3_displacements(command_line: CommandLine, shared: Path) -> None:
    """Largest displacement of case 03 as an independent program computed it (0.4825 Å)."""
    folder = shared / "data" / "cases" / "03_lamno3_pnma_b_origin"
    ran = command_line("map", folder / "parent.cif", folder / "child.cif", "--json")
    assert ran.json["mapping"]["size"] == 4
    assert ran.json["mapping"]["dmax"] == pytest.approx(0.4825, abs=1e-4)
