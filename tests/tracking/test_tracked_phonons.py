"""Normal coordinates of a series: modes that phonopy froze in, frames in another setting than the forces."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import CommandLine
from pairs import STRUCTURES
from scipy.spatial.transform import Rotation
from series import Cell
from spring_model import as_phonopy, springs

from curiebreak.errors import InputError
from curiebreak.phonons.force_constants import ForceConstants, LatticeDynamics
from curiebreak.phonons.on_parent import laid_on
from curiebreak.structures import read_structure
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.tracking import track

CUBIC = STRUCTURES / "lamno3_cubic.cif"


@pytest.fixture(scope="module")
def forces() -> ForceConstants:
    stiff, across = {"MnO": 4.0, "OO": 1.0, "LaO": 0.1}, {"MnO": -0.05, "OO": 0.0, "LaO": 0.0}
    return springs(CUBIC, (2, 2, 2), 3.0, stiff, across)


@pytest.fixture(scope="module")
def parent() -> ParentCrystal:
    return parent_crystal(read_structure(CUBIC))


@pytest.fixture(scope="module")
def modulated(forces: ForceConstants, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames in which phonopy froze one mode each: R softest, M softest, GM highest, with growing amplitude."""
    other: Any = as_phonopy(forces, (2, 2, 2))
    path = tmp_path_factory.mktemp("modulated") / "frames.extxyz"
    with path.open("w") as stream:
        for q, band, size in (([0.5, 0.5, 0.5], 0, 2.0), ([0.5, 0.5, 0], 0, 4.0), ([0, 0, 0], 14, 6.0)):
            (cell,) = other.run_modulations([2, 2, 2], [[q, band, size, 0.0]]).modulated_supercells
            frame = Cell(np.asarray(cell.cell), tuple(cell.symbols), np.asarray(cell.scaled_positions))
            stream.write(frame.text())
    return path


def test_modes_of_phonopy_are_single_normal_coordinates(
    forces: ForceConstants, parent: ParentCrystal, modulated: Path
) -> None:
    found = track(parent, modulated, phonons=forces)
    curves, modes = found.curves, {one.column: one for one in found.report.phonons}
    for frame, column in enumerate(("Q_R4+_1", "Q_M3+_1")):
        amplitude, whole = float(curves.of(column)[frame]), float(curves.of("Q_all")[frame])
        assert amplitude == pytest.approx(whole, rel=1e-5), column
        assert modes[column].frequency < 0
        # u = A e / sqrt(N m) with the N = 40 atoms of the supercell and |e| = 1 over a cell: Q = A / sqrt(N)
        assert amplitude == pytest.approx(2.0 * (frame + 1) / np.sqrt(40.0), rel=1e-5)
    polar = [one for one in modes.values() if one.irrep == "GM4-"]
    highest = max(polar, key=lambda one: one.frequency)
    assert float(curves.of(highest.column)[2]) == pytest.approx(float(curves.of("Q_all")[2]), rel=1e-5)
    assert len(polar) == 3  # the acoustic one is none
    assert sum(one.share for one in modes.values()) == pytest.approx(1.0, abs=1e-6)


def test_forces_of_another_setting_are_laid_on_the_parent(forces: ForceConstants, parent: ParentCrystal) -> None:
    """Turned in space, another origin, 1 % larger: the matrices of all wave vectors are the same."""
    turn = Rotation.from_rotvec([0.3, -0.5, 0.2]).as_matrix()
    unit = forces.structure
    shift, grown = np.array([0.5, 0.5, 0.5]), 1.01
    moved = dataclasses.replace(
        forces,
        structure=dataclasses.replace(
            unit, lattice=grown * np.asarray(unit.lattice) @ turn.T, coords=(unit.coords + shift) % 1.0
        ),
        lattice=grown * forces.lattice @ turn.T,
        frac=(forces.frac + shift / 2) % 1.0,
        values=np.einsum("ia,rnab,jb->rnij", turn, forces.values, turn),
    )
    plain, laid = (LatticeDynamics(parent, laid_on(parent, one)) for one in (forces, moved))
    for k in ([0.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, 0.0, 0.0], [0.5, 0.5, 0.0]):
        first, second = (one.matrix(np.array(k)) for one in (plain, laid))
        assert np.abs(first - second).max() < 1e-9 * np.abs(first).max(), k


def test_forces_of_another_crystal_are_refused(forces: ForceConstants) -> None:
    other = parent_crystal(read_structure(STRUCTURES / "ca3ti2o7_i4mmm.cif"))
    with pytest.raises(InputError, match="not those of the parent"):
        laid_on(other, forces)


def test_command(command_line: CommandLine, modulated: Path) -> None:
    forces = str(STRUCTURES / "phonons" / "lamno3_springs.yaml.xz")
    ran = command_line("track", str(CUBIC), str(modulated), "--phonons", forces, "-o", "q.csv")
    assert ran.code == 0, ran.err
    heading = Path("q.csv").read_text().splitlines()[0].split(",")
    assert {"Q_all", "Q_R4+_1", "Q_R4+_1(1)"} <= set(heading)
    assert "Phonon modes" in ran.out + ran.err and " i " in ran.out + ran.err
    command_line.refuses(3, "track", str(CUBIC), str(modulated), "--phonons", "nothing.yaml")
