"""The parent's tolerance: from its written decimals, or as asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curiebreak.errors import InputError
from curiebreak.modes.available import available_irreps
from curiebreak.modes.build import distort
from curiebreak.modes.decompose import decompose
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.precision import written_position
from curiebreak.structures.write import write_structure
from curiebreak.symmetry.parent import parent_crystal

CUBIC = Path(__file__).resolve().parents[2] / "structures" / "lamno3_cubic.cif"


def hexagonal(a: float, c: float) -> np.ndarray:
    return np.array([[a, 0, 0], [-a / 2, a * np.sqrt(0.75), 0], [0, 0, c]])


def cadmium_chloride(decimals: int | None) -> Structure:
    """R-3m, layers of octahedra (Pauling 1929): z of Cl about 1/4; every atom of the hexagonal cell listed."""
    places = []
    for shift in ([0, 0, 0], [2 / 3, 1 / 3, 1 / 3], [1 / 3, 2 / 3, 2 / 3]):
        places += [np.add(shift, [0, 0, z]) % 1.0 for z in (0.0, 0.2523, 0.7477)]
    frac = np.array(places)
    lattice = hexagonal(3.854, 17.457)
    return structure_from_arrays(lattice, ["Cd", "Cl", "Cl"] * 3, frac if decimals is None else frac.round(decimals))


@pytest.mark.parametrize("decimals", [2, 3, 4])
def test_rounding_hides_no_symmetry(decimals: int) -> None:
    parent = parent_crystal(cadmium_chloride(decimals))
    assert parent.number == 166 and len(parent.species) == 3
    assert written_position(cadmium_chloride(decimals)) == pytest.approx(17.457 * 10.0**-decimals)
    said = [m for m in parent.structure.messages if "within the decimals" in m]
    assert len(said) == (decimals < 4)


def test_amplitudes_over_a_rounded_parent() -> None:
    exact = parent_crystal(cadmium_chloride(None))
    child = distort(exact, ["F1+[Cl](a;a;a)=0.4"])
    back = decompose(cadmium_chloride(3), child.structure)
    assert back.primary == ("F1+",) and back.index is not None and back.index.total == 4
    entry = next(e for e in back.irreps if e.irrep == "F1+")
    assert entry.amplitude_supercell == pytest.approx(0.4, abs=0.02)
    assert any("within the decimals" in message for message in back.messages)


def test_a_coordinate_one_unit_off_is_another_number() -> None:
    """x = 0.24 beside 0.25 in a file with two decimals: P4/mmm stays what it is."""
    lattice = np.diag([8.0, 4.0, 4.0])
    species = ["Sr", "Sr", "Ti", "Ti"]
    places = np.array([[0.24, 0, 0], [0.76, 0, 0], [0.24, 0.5, 0.5], [0.76, 0.5, 0.5]])
    parent = parent_crystal(structure_from_arrays(lattice, species, places))
    assert len(parent.species) == 4


def nearly_cubic(shift: float) -> Structure:
    frac = np.array([[0.5, 0.5, 0.5], [0, 0, shift / 4.0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]])
    return structure_from_arrays(4.0 * np.eye(3), ["Sr", "Ti", "O", "O", "O"], frac)


def test_a_looser_symmetry_is_said_and_can_be_asked_for() -> None:
    parent = parent_crystal(nearly_cubic(0.0200123))
    assert parent.number == 99
    assert any("--parent-symprec 0.05" in m and "Pm-3m" in m for m in parent.structure.messages)
    asked = parent_crystal(nearly_cubic(0.0200123), 0.05)
    assert asked.number == 221 and not asked.structure.messages
    assert parent_crystal(nearly_cubic(0.0200123), 0.01).structure.messages == ()
    assert not parent_crystal(nearly_cubic(0.3)).structure.messages


def test_the_option_reaches_the_parent(tmp_path: Path) -> None:
    path = tmp_path / "nearly.cif"
    write_structure(nearly_cubic(0.0200123), path)
    assert available_irreps(path, "GM").parent.space_group.number == 99  # type: ignore[union-attr]
    found = available_irreps(path, "GM", parent_symprec=0.05)
    assert found.parent.space_group is not None and found.parent.space_group.number == 221
    assert found.options["parent_symprec"] == 0.05


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_no_tolerance(value: float) -> None:
    with pytest.raises(InputError, match="parent_symprec"):
        parent_crystal(nearly_cubic(0.0), value)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "index"), [("child.cif", 4), ("child_full.cif", 48)])
def test_bismuth_telluride_selenide_with_three_decimals(shared: Path, name: str, index: int) -> None:
    folder = shared / "data" / "faults" / "parent_three_decimals_r3m"
    back = decompose(folder / "parent.cif", folder / name)
    assert back.parent.space_group is not None and back.parent.space_group.number == 166
    assert back.index is not None and back.index.total == index
    if name == "child.cif":
        (entry,) = [e for e in back.irreps if e.role == "primary"]
        assert entry.irrep == "F1+" and entry.amplitude_parent == pytest.approx(0.348, abs=1e-3)


def test_a_tolerance_at_which_no_group_holds_hides_none() -> None:
    """Fm-3m with x = 0.26 of oxygen: two decimals allow 0.3 Å, where spglib's operations agree with no positions."""
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as Crystal

    places = [[0.25, 0.25, 0.25], [0, 0, 0], [0.5, 0.5, 0.5], [0.26, 0, 0]]
    crystal = Crystal.from_spacegroup("Fm-3m", Lattice.cubic(8.2), ["Sr", "Mg", "W", "O"], places)
    species = [site.specie.symbol for site in crystal]
    found = parent_crystal(structure_from_arrays(crystal.lattice.matrix, species, crystal.frac_coords))
    assert found.number == 225
