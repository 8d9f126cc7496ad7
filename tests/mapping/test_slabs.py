"""Slabs: the vacuum of a file is no length of the slab and no strain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms

from curiebreak import decompose, find
from curiebreak.mapping.slabs import VACUUM, as_slab, with_height_of
from curiebreak.structures import Structure, structure_from_arrays

A, S_HEIGHT, SHIFT, BUCKLE = 3.19, 1.70, 0.03, 0.104
"""Å: edge and half thickness of 1T MoS2; dimerisation (fraction of the doubled edge) and buckling of the child."""


def parent(height: float, at: float = 0.0, sideways: float = 0.0) -> Structure:
    """1T MoS2, the slab in the middle of the fraction `at`; `sideways` tilts the third axis."""
    cell = np.array([[A, 0, 0], [-A / 2, A * np.sqrt(0.75), 0], [sideways, 0, height]])
    flat = np.array([[0, 0, 0], [0, A / np.sqrt(3), S_HEIGHT], [A / 2, A / np.sqrt(12), -S_HEIGHT]])
    return structure_from_arrays(cell, ["Mo", "S", "S"], flat @ np.linalg.inv(cell) + [0, 0, at])


def child(height: float, at: float = 0.0, stretch: float = 0.0, thicker: float = 0.0) -> Structure:
    """Dimerised along b of the orthogonal cell, half of the S atoms of the upper side higher, lower side lower."""
    cell = np.diag([A, A * np.sqrt(3) * (1 + stretch), height])
    x = [0, 0, 1 / 2, 1 / 2, 1 / 2, 0]
    y = [SHIFT, 1 / 3, 1 / 6, 1 / 2 - SHIFT, 5 / 6, 2 / 3]
    top = S_HEIGHT + thicker
    z = [0, top + BUCKLE, -top + BUCKLE, 0, top - BUCKLE, -top - BUCKLE]
    frac = np.column_stack([x, y, np.array(z) / height + at])
    return structure_from_arrays(cell, ["Mo", "S", "S", "Mo", "S", "S"], frac)


def amplitudes(high: Any, low: Any) -> dict[tuple[str, str], float]:
    found = decompose(high, low)
    return {(e.irrep, e.kind): e.amplitude_supercell for e in found.irreps if e.amplitude_supercell > 1e-4}


WANTED = {
    # every Mo moves by SHIFT times the doubled edge, every S by BUCKLE: As is the root of the sum of squares
    ("M2-", "displacement"): np.sqrt(2) * SHIFT * A * np.sqrt(3),
    ("M1+", "displacement"): np.sqrt(4) * BUCKLE,
}


@pytest.mark.parametrize("height", [20.0, 14.0, 25.0, 31.7])
@pytest.mark.parametrize("at", [0.0, 0.5, 0.93])
def test_lengths_along_the_normal_are_compared_in_angstrom(height: float, at: float) -> None:
    assert amplitudes(parent(20.0), child(height, at)) == pytest.approx(WANTED, abs=1e-6)
    assert amplitudes(parent(20.0, 0.5), child(height, at)) == pytest.approx(WANTED, abs=1e-6)


def test_the_result_says_what_was_done_and_there_is_no_strain() -> None:
    found = decompose(parent(20.0), child(25.0))
    assert found.mapping.vacuum == pytest.approx((16.6, 25 - 2 * (S_HEIGHT + BUCKLE)))
    assert np.abs(found.mapping.strain).max() < 1e-12
    assert any("vacuum is no strain" in words for words in found.messages)
    assert not any("strained by" in words for words in found.messages)
    same = decompose(parent(20.0), child(20.0))
    assert same.mapping.vacuum is None and not any("vacuum" in words for words in same.messages)
    assert found.mapping.origin_shift == same.mapping.origin_shift


def test_strain_in_the_plane_stays_and_thickness_is_a_displacement() -> None:
    found = decompose(parent(20.0), child(26.0, stretch=0.01, thicker=0.05))
    strain = np.array(found.mapping.strain)
    assert np.abs(strain[2]).max() < 1e-12 and np.sort(np.linalg.eigvalsh(strain)) == pytest.approx([0, 0, 0.01])
    thicker = next(e for e in found.irreps if (e.irrep, e.kind) == ("GM1+", "displacement"))
    assert thicker.amplitude_supercell == pytest.approx(np.sqrt(4) * 0.05, abs=1e-6)


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0)])
def test_the_normal_may_be_any_axis_of_the_file(order: tuple[int, int, int]) -> None:
    low = child(27.0, 0.97)
    assert low.lattice is not None
    turned = structure_from_arrays(low.lattice[list(order)], low.species, low.coords[:, list(order)])
    assert amplitudes(parent(20.0), turned) == pytest.approx(WANTED, abs=1e-6)


def test_a_third_axis_that_leans_is_compared_too() -> None:
    """Monoclinic file of the parent: c leans by one length in both, or by one angle."""
    high = parent(20.0, sideways=1.1)
    low = child(25.0)
    assert low.lattice is not None and high.lattice is not None
    for lean in (1.1, 1.1 * 25 / 20):
        cell = low.lattice.copy()
        cell[2, 0] = lean
        there = structure_from_arrays(cell, low.species, low.coords @ low.lattice @ np.linalg.inv(cell))
        found = decompose(high, there)
        assert np.abs(found.mapping.strain).max() < 1e-9
        assert sum(e.amplitude_supercell**2 for e in found.irreps) == pytest.approx(
            sum(a**2 for a in WANTED.values()), abs=1e-6
        )


def test_layers_in_contact_rods_and_molecules_are_no_slabs() -> None:
    graphite = structure_from_arrays(
        np.array([[2.46, 0, 0], [-1.23, 2.13, 0], [0, 0, 6.71]]),
        ["C"] * 4,
        [[0, 0, 0.25], [0, 0, 0.75], [1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]],
    )
    rod = structure_from_arrays(np.diag([12.0, 12.0, 3.0]), ["Se"], [[0, 0, 0]])
    box = structure_from_arrays(12 * np.eye(3), ["Ar"], [[0, 0, 0]])
    assert as_slab(graphite) is None and as_slab(rod) is None and as_slab(box) is None
    found = as_slab(parent(2 * S_HEIGHT + VACUUM + 0.01))
    assert found is not None and found.axis == 2 and found.vacuum == pytest.approx(VACUUM + 0.01)
    assert as_slab(parent(2 * S_HEIGHT + VACUUM - 0.01)) is None
    assert with_height_of(graphite, child(25.0)) is None


def test_a_stack_in_one_cell_is_no_slab_of_its_height() -> None:
    """The same crystal with one layer in the cell and with two, as in a face-centred cell."""

    def stacked(one: Structure) -> Structure:
        frac = np.vstack([one.coords * [1, 1, 0.5], one.coords * [1, 1, 0.5] + [0, 0, 0.5]])
        return structure_from_arrays(one.lattice * [[1], [1], [2]], one.species * 2, frac)

    assert as_slab(stacked(parent(20.0))) is None
    for high, low in ((stacked(parent(20.0)), child(20.0)), (parent(20.0), stacked(child(20.0)))):
        assert amplitudes(high, low) == pytest.approx(WANTED, abs=1e-6)


@pytest.mark.parametrize("given", [0.0, 3.0, 30.0])
def test_atoms_that_are_periodic_in_two_directions_are_slabs(given: float) -> None:
    """ASE's own way to say it; the third axis may be missing, or too short."""
    low = child(25.0)
    cell = np.array(low.lattice)
    cell[2, 2] = given
    atoms = Atoms(low.species, positions=low.cartesian + [0, 0, 4.0], cell=cell, pbc=(True, True, False))
    assert amplitudes(parent(20.0), atoms) == pytest.approx(WANTED, abs=1e-6)
    assert any("slab" in words for words in decompose(parent(20.0), atoms).messages)


def test_find_and_json() -> None:
    found = find(parent(20.0), child(25.0), max_steps=80)
    assert set(found.primary) == {"M1+", "M2-"} and found.crosscheck.agrees
    assert found.to_dict()["mapping"]["vacuum"][0] == pytest.approx(16.6)


@pytest.mark.shared
def test_shared_pair_agrees_with_its_control(shared: Path) -> None:
    """0.208 for M1+ with 25 Å as with 20 Å; the shared files hold five and six decimals."""
    folder = shared / "data" / "faults" / "c16_slab_vacuum"
    control = amplitudes(folder / "parent.cif", folder / "control_child.cif")
    found = amplitudes(folder / "parent.cif", folder / "child.cif")
    assert found == pytest.approx(control, abs=1e-4) and set(found) == set(WANTED)
    assert found["M1+", "displacement"] == pytest.approx(0.208, abs=5e-4)
