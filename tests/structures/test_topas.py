"""The TOPAS file, read by isopytools: another program's reader of ISODISTORT's ``.str`` files."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from command_line import CommandLine
from pairs import PAIRS, analysis, paths

from curiebreak.modes.child_setting import StandardSetting
from curiebreak.modes.decompose import decompose
from curiebreak.modes.topas import topas_text
from curiebreak.structures import read_structure
from curiebreak.structures.checks import structure_from_arrays

CRYSTALS = [name for name in PAIRS if name != "square"]
TWO_ORIGINS = {"zro2"}
"""diffpy knows the first origin only; TOPAS and the file have the second."""


@pytest.fixture(scope="module")
def isopytools() -> ModuleType:
    """Its reader alone: the package itself wants the whole of DiffPy."""
    pytest.importorskip("diffpy.structure")
    package = importlib.util.find_spec("isopytools")
    if package is None or not package.submodule_search_locations:
        pytest.skip("isopytools is not installed")
    path = Path(package.submodule_search_locations[0]) / "iso2diffpy.py"
    spec = importlib.util.spec_from_file_location("iso2diffpy", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", CRYSTALS)
def test_isopytools_reads_the_file(name: str, tmp_path: Path, isopytools: ModuleType) -> None:
    found = analysis(name)
    path = tmp_path / "child.str"
    path.write_text(topas_text(found))
    read = isopytools.IsoInfo(str(path))
    assert read.spacegroupnum == found.child_group.described().number
    assert len(read.modepars) == len(read.modedefs)
    shifts = isopytools.get_shifts(read)
    assert all(abs(shifts[key] - value) < 2e-7 for key, (_, value) in read.deltas.items())
    for key, value in isopytools.get_positions(read).items():
        assert value == pytest.approx(read.positions[key][1], abs=1e-6)
    if name not in TWO_ORIGINS:
        _assert_child(name, isopytools.build_struc(read))


def _assert_child(name: str, made: object) -> None:
    """The structure that the other program builds is the child."""
    lattice = np.array(made.lattice.base)  # type: ignore[attr-defined]
    atoms = list(made)  # type: ignore[call-overload]
    built = structure_from_arrays(lattice, [a.element for a in atoms], np.array([a.xyz for a in atoms]) % 1.0)
    parent, child = paths(name)
    given = read_structure(child)
    cells = abs(np.linalg.det(lattice) / np.linalg.det(np.asarray(given.lattice)))
    assert len(built) == round(cells * len(given))
    before, after = decompose(parent, child), decompose(parent, built)
    want = {(e.kind, e.irrep): e.amplitude_parent for e in before.irreps if (e.amplitude_parent or 0) > 1e-3}
    got = {(e.kind, e.irrep): e.amplitude_parent for e in after.irreps}
    assert {key: got.get(key, 0.0) for key in want} == pytest.approx(want, abs=1e-4)


def test_amplitudes_move_the_atoms(tmp_path: Path, isopytools: ModuleType) -> None:
    """With every amplitude at zero the parent is left."""
    path = tmp_path / "child.str"
    path.write_text(topas_text(analysis("lamno3")))
    read = isopytools.IsoInfo(str(path))
    isopytools.set_amps(read, np.zeros(len(read.modepars)))
    sites = StandardSetting(analysis("lamno3"))
    assert all(abs(4 * x - round(4 * x)) < 1e-6 for x in isopytools.get_positions(read).values())
    assert sites.group.number == 62


def test_command_line(command_line: CommandLine) -> None:
    parent, child = paths("srtio3")
    assert command_line("modes", parent, child, "--topas", "child.str", "--quiet").code == 0
    assert "space_group 140" in Path("child.str").read_text()
