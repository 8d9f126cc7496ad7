"""Moments of extended XYZ, trajectories and JSON, and of objects of pymatgen and ASE: as those of a magnetic CIF."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from command_line import CommandLine
from pymatgen.core import Structure as Crystal

from curiebreak.errors import InputError
from curiebreak.magnetic.magnetic_modes import decompose_magnetic
from curiebreak.magnetic.stated_document import magnetic_parent
from curiebreak.modes.decompose import decompose
from curiebreak.structures import read_structure
from curiebreak.structures.magnetic_cif import MagneticCrystal, read_magnetic_cif
from curiebreak.structures.moments import has_moments, read_magnetic
from curiebreak.structures.write import write_structure


@pytest.fixture(scope="module")
def magnet(structures: Path) -> MagneticCrystal:
    return read_magnetic_cif(structures / "magnetic" / "knif3.mcif")


def atoms_of(crystal: MagneticCrystal, turn: np.ndarray | None = None) -> Atoms:
    turn = np.eye(3) if turn is None else turn
    atoms = Atoms(crystal.elements, cell=crystal.cell @ turn, scaled_positions=crystal.positions, pbc=True)
    atoms.set_initial_magnetic_moments(crystal.moments @ turn)
    return atoms


def crystal_of(crystal: MagneticCrystal) -> Crystal:
    return Crystal(
        crystal.cell, crystal.elements, crystal.positions, site_properties={"magmom": crystal.moments.tolist()}
    )


def as_calculation(atoms: Atoms) -> Atoms:
    found = Atoms(atoms)
    found.arrays.pop("initial_magmoms")
    found.calc = SinglePointCalculator(found, magmoms=atoms.get_initial_magnetic_moments())
    return found


def column(name: str) -> Callable[[MagneticCrystal, Path], Path]:
    def made(crystal: MagneticCrystal, folder: Path) -> Path:
        path = folder / "child.extxyz"
        write(path, atoms_of(crystal))
        path.write_text(path.read_text().replace("initial_magmoms", name))
        return path

    return made


def in_file(name: str, calculated: bool = False) -> Callable[[MagneticCrystal, Path], Path]:
    def made(crystal: MagneticCrystal, folder: Path) -> Path:
        atoms = atoms_of(crystal)
        write(folder / name, as_calculation(atoms) if calculated else atoms)
        return folder / name

    return made


def pymatgen_json(crystal: MagneticCrystal, folder: Path) -> Path:
    (folder / "child.json").write_text(json.dumps(crystal_of(crystal).as_dict()))
    return folder / "child.json"


def spins_of_classes(crystal: MagneticCrystal, folder: Path) -> Crystal:
    from pymatgen.electronic_structure.core import Magmom

    found = crystal_of(crystal)
    along = [Magmom(float(np.linalg.norm(m)), saxis=m) if m.any() else Magmom(0.0) for m in crystal.moments]
    found.add_site_property("magmom", along)
    return found


SOURCES = {
    "magmom": column("magmom"),
    "magmoms": column("magmoms"),
    "moments": column("moments"),
    "initial": column("initial_magmoms"),
    "trajectory": in_file("child.traj", calculated=True),
    "database": in_file("child.json"),
    "json": pymatgen_json,
    "magmom objects": spins_of_classes,
    "atoms": lambda crystal, folder: atoms_of(crystal),
    "crystal": lambda crystal, folder: crystal_of(crystal),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_gives_the_moments_of_the_magnetic_cif(kind: str, magnet: MagneticCrystal, tmp_path: Path) -> None:
    source = SOURCES[kind](magnet, tmp_path)
    assert has_moments(source)
    found = read_magnetic(source)
    assert found.elements == magnet.elements
    assert np.allclose(found.moments, magnet.moments, atol=1e-6) and np.allclose(found.cell, magnet.cell)
    assert not any("ignored" in message for message in found.messages)
    assert set(np.array(found.elements)[found.listed]) == {"Ni"}


def test_vectors_are_cartesian_whichever_way_the_cell_is_turned(magnet: MagneticCrystal, structures: Path) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    turn = turn * np.sign(np.linalg.det(turn))
    parent = magnetic_parent(structures / "magnetic" / "knif3.mcif")
    result = decompose_magnetic(parent, atoms_of(magnet, turn))
    assert [(e.irrep, round(e.amplitude_supercell, 4)) for e in result.irreps] == [("mR4+", 3.1396)]
    assert result.isotropy_subgroup.magnetic.bns_number == "140.550"


def test_one_number_an_atom_needs_an_axis(
    magnet: MagneticCrystal, structures: Path, tmp_path: Path, command_line: CommandLine
) -> None:
    parent = tmp_path / "parent.cif"
    write_structure(magnetic_parent(structures / "magnetic" / "knif3.mcif"), parent)
    atoms = atoms_of(magnet)
    signs = atoms.get_initial_magnetic_moments()[:, 2]
    atoms = Atoms(atoms.symbols, cell=atoms.cell, scaled_positions=magnet.positions, pbc=True, magmoms=signs)
    child = tmp_path / "child.extxyz"
    write(child, atoms)
    assert not has_moments(child) and has_moments(child, (0, 0, 1))
    without = command_line("modes", parent, child, "--json")
    assert without.code == 0 and without.json["irreps"] == []
    assert any("one number an atom has no direction" in message for message in without.json["messages"])
    along = command_line("modes", parent, child, "--moment-axis", "1,1,1", "--json")
    (entry,) = along.json["irreps"]
    assert entry["irrep"] == "mR4+" and entry["direction"] == "(a,a,a)"
    assert any("[1 1 1]" in message for message in along.json["messages"])
    with pytest.raises(InputError, match="no direction"):
        read_magnetic(child)
    with pytest.raises(InputError, match="zero"):
        read_magnetic(child, (0, 0, 0))


def test_noise_of_a_calculation_does_not_lower_the_group(magnet: MagneticCrystal, structures: Path) -> None:
    parent = magnetic_parent(structures / "magnetic" / "knif3.mcif")
    atoms = atoms_of(magnet)
    noise = np.random.default_rng(1).normal(size=(len(atoms), 3)) * 3e-4
    atoms.arrays["initial_magmoms"] = magnet.moments + noise
    result = decompose_magnetic(parent, atoms)
    assert result.isotropy_subgroup.magnetic.bns_number == "140.550"
    assert max(e.amplitude_supercell for e in result.irreps) == pytest.approx(3.1396, abs=2e-3)


def test_moments_that_are_no_moments_are_refused(magnet: MagneticCrystal, tmp_path: Path) -> None:
    atoms = atoms_of(magnet)
    atoms.arrays["initial_magmoms"][0, 0] = np.nan
    with pytest.raises(InputError, match="not a number"):
        read_magnetic(atoms)
    mixed = Crystal(4 * np.eye(3), [{"Fe": 0.5, "Mn": 0.5}], [[0, 0, 0]], site_properties={"magmom": [[0.0, 0.0, 1.0]]})
    with pytest.raises(InputError, match="mixed sites"):
        read_magnetic(mixed)
    with pytest.raises(InputError, match="no crystal with moments"):
        read_magnetic(Atoms("O2", positions=[[0, 0, 0], [0, 0, 1.2]]))


def test_who_reads_the_atoms_alone_says_so(magnet: MagneticCrystal) -> None:
    assert any("only the atoms are read" in message for message in read_structure(atoms_of(magnet)).messages)


def dimers(shift: float, apart: float = 0.4) -> tuple[Atoms, Atoms]:
    """P4/mmm with hydrogens on 1/2,1/2,z: a parent, and a child whose pairs are shifted, with a moment on Fe."""
    frac = [[0, 0, 0], *([x, 0.5 - x, z] for x in (0, 0.5) for z in (0, 0.25, 0.75)), [0.5, 0, 0.5], [0, 0.5, 0.5]]
    frac += [[x, y, 0] for x in (0.25, 0.75) for y in (0.25, 0.75)] + [[0, 0, 0.5]]
    high = Atoms(["Fe", *["O"] * 8, *["F"] * 5, "H", "H"], cell=[4, 4, 5], pbc=True, scaled_positions=[
        *frac, [0.5, 0.5, apart / 10], [0.5, 0.5, -apart / 10]])  # fmt: skip
    low = high.copy()
    low.positions[-2:, 2] += shift
    low.set_initial_magnetic_moments([[0, 0, 3.0]] + [[0, 0, 0]] * (len(low) - 1))
    return high, low


@pytest.mark.parametrize(("shift", "apart"), [(0.0, 0.2), (0.0, 0.4), (0.54, 0.4)])
def test_atoms_of_one_element_nearer_than_an_angstrom_stay_apart(shift: float, apart: float) -> None:
    """Pairs 0.4 or 0.8 A long; shifted by 0.54 A one of each comes nearest to the other's site."""
    high, low = dimers(shift, apart)
    found = decompose_magnetic(high, low)
    plain = decompose(high, Atoms(low.symbols, low.positions, cell=low.cell, pbc=True))
    assert (found.parent.n_atoms, found.child.n_atoms) == (16, 16)
    assert found.mapping.rms == pytest.approx(plain.mapping.rms, abs=1e-9)
    polar = [e.amplitude_supercell for e in found.irreps if e.kind == "displacement"]
    # in all 16 atoms the mean moves by shift / 8
    assert sum(a**2 for a in polar) == pytest.approx(shift**2 * (2 - 4 / 16), abs=1e-8)
