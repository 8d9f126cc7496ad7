"""Decompositions that tests of the modes and of the report share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pairs import analysis

from curiebreak.modes.decompose import decomposition
from curiebreak.results import Decomposition

MIXED = """data_x
_cell_length_a {a}
_cell_length_b {a}
_cell_length_c {a}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M '{group}'
_symmetry_Int_Tables_number {number}
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
{atoms}
"""


@pytest.fixture
def ordering(tmp_path: Path) -> tuple[Path, Path]:
    """A disordered face-centred alloy and its L1_2 order."""
    parent, child = tmp_path / "parent.cif", tmp_path / "child.cif"
    atoms = "Cu1 Cu 0 0 0 0.25\nPt1 Pt 0 0 0 0.75"
    parent.write_text(MIXED.format(a=3.9, group="F m -3 m", number=225, atoms=atoms))
    atoms = "Cu1 Cu 0 0 0 1\nPt1 Pt 0 0.5 0.5 1"
    child.write_text(MIXED.format(a=3.9, group="P m -3 m", number=221, atoms=atoms))
    return parent, child


def decomposed(name: str) -> Decomposition:
    return decomposition(analysis(name), {"decomposition": 0.0}, {})
