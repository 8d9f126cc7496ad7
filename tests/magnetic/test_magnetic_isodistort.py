"""Mode vectors and amplitudes that ISODISTORT printed (2.6 to 6.12), decomposed here, and axial fields in all groups.

Vectors are rows in units of the supercell's axes, of unit length over the primitive magnetic cell, with five decimals.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from magnetic_cifs import Atom, magnetic_cif
from random_parents import random_parent

from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis, _active_fields, _overlaps, analyse_placed
from curiebreak.magnetic.magnetic_field import MagneticField
from curiebreak.magnetic.magnetic_modes import decompose_magnetic
from curiebreak.magnetic.stated_setting import ParentSetting, Placed, place
from curiebreak.structures.cif import lattice_from_parameters
from curiebreak.structures.magnetic_cif import MagneticCrystal, magnetic_crystal
from curiebreak.structures.model import Precision
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.isotropy import Active
from curiebreak.transformation import Transformation

ENTRIES = {
    "lamno3_magnetic": 1.0,
    "la2coruo6_magnetic": 1.0,
    "lcmo_magnetic": 1.0104,  # the cell that the file stores was edited after the vectors were made for a = 3.900
    "dis_occ_mag_rot_strain": 1.0,
    "test29": 2**0.5,  # the cell of the file holds two primitive magnetic cells
    "test12_bug554_prob1_msg2.4_child": 1.0,
}
"""Commensurate entries with vectors, and what these are longer by. TbSb and the two modes of a GSAS-II issue are
tested apart; the spirals, cycloids and lattices of vortices are incommensurate."""

UNNAMED = {"test12_bug554_prob1_msg2.4_child": 166}
"""Parent that a file does not name: its rhombohedral cell and the site symmetry -3m of its labels leave R-3m (b)."""

ROUNDING = 1e-3
"""Of a component 0.05 written with five decimals."""


def placed(entry: dict[str, Any], positions: np.ndarray, moments: np.ndarray) -> Placed:
    """Atoms of one site and moments in units of the supercell's axes on the parent of an entry."""
    basis = np.array(entry["supercell_basis"], dtype=float)
    cell = basis @ lattice_from_parameters(entry["parent"]["cell"][:3], entry["parent"]["cell"][3:])
    count = len(positions)
    crystal = MagneticCrystal(
        cell=cell,
        elements=("Fe",) * count,
        labels=tuple(f"Fe{i}" for i in range(count)),
        occupancies=np.ones(count),
        positions=positions,
        moments=moments @ cell,
        listed=np.ones(count, dtype=bool),
        precision=Precision(1e-5, 1e-5, 0.0),
        moment_step=2e-4,
    )
    origin = np.array(entry["parent_origin_in_supercell_units"], dtype=float)
    return place(crystal, ParentSetting(entry["parent"]["number"], Transformation.out_of(basis, -origin @ basis)))


def amplitudes(analysis: MagneticAnalysis, scale: float) -> dict[str, float]:
    """Amplitude by label over the cell of the file, in which one vector alone may repeat itself."""
    cells = abs(np.linalg.det(analysis.placed.distortion.cell)) / analysis.space.size
    scale = scale / float(np.sqrt(cells))
    found: dict[str, float] = {}
    for one in analysis.active:
        if one.odd:
            label = "m" + one.irrep.label
            found[label] = float(np.hypot(found.get(label, 0.0), np.sqrt(one.squared)))
    return {label: size / scale for label, size in found.items() if size > 5e-3}


def reference(shared: Path, name: str) -> dict[str, Any]:
    text = (shared / "data" / "magndata" / "isodistort_reference.yaml").read_text(encoding="utf-8")
    found = dict(yaml.safe_load(text)[name])
    found["parent"]["number"] = found["parent"]["number"] or UNNAMED[name]
    return found


@pytest.mark.shared
@pytest.mark.parametrize("name", list(ENTRIES))
def test_every_vector_is_its_irrep_of_unit_length(name: str, shared: Path) -> None:
    entry = reference(shared, name)
    longer = ENTRIES[name]
    for one in entry["vectors"]:
        label = re.sub(r"\[.*?\]", "", one["label"].split("(")[0])
        label = re.sub(r"T1g|A2g|Eg", "", label)
        analysis = analyse_placed(placed(entry, np.array(one["x"]), np.array(one["v"])))
        found = amplitudes(analysis, longer)
        assert list(found) == [label], (one["label"], found)
        assert found[label] == pytest.approx(1.0, abs=ROUNDING), one["label"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["lamno3_magnetic", "la2coruo6_magnetic", "lcmo_magnetic"])
def test_amplitudes_as_printed(name: str, shared: Path) -> None:
    entry = reference(shared, name)
    printed: dict[str, float] = {}
    total = None
    for mode, one in zip(entry["magnetic_modes"], entry["vectors"], strict=True):
        assert mode["label"] == one["label"]
        printed[mode["irrep"]] = float(np.hypot(printed.get(mode["irrep"], 0.0), mode["As"]))
        part = mode["As"] * np.array(one["v"])
        total = part if total is None else total + part
    found = amplitudes(analyse_placed(placed(entry, np.array(entry["vectors"][0]["x"]), total)), ENTRIES[name])
    wanted = {label: size for label, size in printed.items() if size}
    assert set(found) == set(wanted)
    for label, size in wanted.items():
        assert found[label] == pytest.approx(size, rel=ROUNDING / 2)


def test_two_arms_of_mx3_as_in_an_issue_of_gsas_ii() -> None:
    """Norm 0.05952 of Ti_1_dmx and Ti_1_dmy in Pm-3m, a = 4.2: half a μB on each of four Ti at unit amplitude."""
    half = 0.05952 * 8.4
    atoms: list[Atom] = []
    for i, j in np.ndindex(2, 2):
        atoms.append(("Ti", (i / 2, j / 2, 0.0), (half * (-1) ** i, half * (-1) ** j, 0.0)))
    crystal = magnetic_crystal(magnetic_cif((8.4, 8.4, 4.2, 90, 90, 90), atoms, parent=221, child="2a,2b,c;0,0,0"))
    result = decompose_magnetic("auto", crystal)
    (entry,) = result.irreps
    assert entry.irrep == "mX3+" and entry.direction == "(a;a;0)"
    assert entry.amplitude_supercell == pytest.approx(2**0.5, rel=1e-4)  # (a) and (b) are 1 each
    assert sorted(abs(x) for x in entry.components) == pytest.approx([0.0, 1.0, 1.0], rel=1e-4, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 231))
def test_squared_moments_add_up_in_all_groups(number: int) -> None:
    """Squares of the irreps of random moments add up; no operation keeps them with time reversal and without."""
    rng = np.random.default_rng([number, 17])
    parent = random_parent(number, rng, most=12)
    space = bloch_space(parent, np.eye(3, dtype=np.int64))
    sites = len(parent.species)
    site, cells = np.tile(np.arange(sites), space.size), np.repeat(space.translations, sites, axis=0)
    moments, still = rng.normal(size=(len(site), 3)), np.zeros((len(site), 3))
    field = MagneticField(parent, space.hnf, site, cells, moments, still, np.zeros((len(site), 0)), np.zeros((3, 3)))
    active = _active_fields(field, space)
    assert sum(a.squared for a in active) == pytest.approx(float((moments**2).sum()), rel=1e-9)
    count, kept = parent.n_operations, np.ones((2 * parent.n_operations, space.size), dtype=bool)
    for one in active:
        assert one.odd and one.label.startswith("m")
        overlaps = _overlaps(one, space)
        # time reversal itself turns it round, so that the average over all of the grey group is nothing
        assert overlaps[count, 0] == pytest.approx(-one.squared) and abs(overlaps.sum()) < 1e-9 * one.squared * count
        kept &= Active(one.label, one.kind, one.squared, overlaps).fixes
    assert kept[0, 0] and not (kept[:count] & kept[count:]).any()
