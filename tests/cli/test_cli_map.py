"""`curiebreak map` on real pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import small_cifs
from command_line import CommandLine

from curiebreak.results import MappingResult


def test_polar_child(command_line: CommandLine) -> None:
    Path("parent.cif").write_text(small_cifs.PEROVSKITE)
    Path("child.cif").write_text(small_cifs.POLAR)
    report = MappingResult.from_json(command_line("map", "parent.cif", "child.cif", "--json").out)
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


def test_other_elements_are_mapped_when_allowed(command_line: CommandLine) -> None:
    Path("parent.cif").write_text(small_cifs.PEROVSKITE)
    Path("child.cif").write_text(small_cifs.POLAR.replace("Ti", "Zr"))
    refused = command_line("map", "parent.cif", "child.cif")
    assert refused.code == 4 and "Zr only in the child" in refused.err and "--allow substitution" in refused.err
    ran = command_line("map", "parent.cif", "child.cif", "--allow", "substitution")
    assert ran.code == 0 and "Species substituted: Zr on Ti." in ran.out
    unknown = command_line("map", "parent.cif", "child.cif", "--allow", "anything")
    assert unknown.code == 2 and "'reconstructive'" in unknown.err


def test_displacements_of_half_a_bond_are_mapped_when_allowed(command_line: CommandLine) -> None:
    """CsCl with its anions moved by 0.45 a to and fro along x, from cell to cell."""
    Path("parent.cif").write_text(small_cifs.CAESIUM_CHLORIDE)
    Path("child.cif").write_text(small_cifs.ZIGZAG)
    refused = command_line("modes", "parent.cif", "child.cif")
    assert refused.code == 4 and "reconstructive" in refused.err and "--allow reconstructive" in refused.err
    ran = command_line("modes", "parent.cif", "child.cif", "--allow", "reconstructive", "--json")
    assert ran.code == 0 and any("reconstructive" in words for words in ran.json["messages"])
    assert ran.json["isotropy_subgroup"]["number"] == ran.json["child"]["space_group"]["number"] == 51


def test_zinc_blende_is_no_distorted_rock_salt(command_line: CommandLine) -> None:
    """F-43m is a subgroup of Fm-3m, but no displacement that keeps it carries the one into the other."""
    Path("parent.cif").write_text(small_cifs.ROCK_SALT)
    Path("child.cif").write_text(small_cifs.ZINC_BLENDE)
    for allow in ([], ["--allow", "reconstructive"]):
        refused = command_line("modes", "parent.cif", "child.cif", *allow)
        assert refused.code == 4 and "no group-subgroup relation" in refused.err
