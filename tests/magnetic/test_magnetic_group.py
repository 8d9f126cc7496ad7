"""The magnetic group of a magnetic CIF: its BNS number from the listed operations, beside the stated one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curiebreak.structures import read_structure
from curiebreak.structures.magnetic_group import bns_number

BODY = """data_m
_cell_length_a 4
_cell_length_b 5
_cell_length_c {c}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_magn.number_BNS {stated}
loop_
_space_group_symop_magn_operation.id
_space_group_symop_magn_operation.xyz
1 x,y,z,+1
2 -x,-y,-z,{sign}
loop_
_space_group_symop_magn_centering.id
_space_group_symop_magn_centering.xyz
1 x,y,z,+1
{centring}
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Fe1 Fe 0.1 0.2 0.13
loop_
_atom_site_moment.label
_atom_site_moment.crystalaxis_x
_atom_site_moment.crystalaxis_y
_atom_site_moment.crystalaxis_z
Fe1 1 0 0
"""

# P-1 2.4, P-1' 2.6 and P_S-1 2.7 of the BNS list; a plain translation of half of c leaves P-1'.
CASES = [("+1", "", "2.4"), ("-1", "", "2.6"), ("+1", "2 x,y,z+1/2,-1", "2.7"), ("-1", "2 x,y,z+1/2,+1", "2.6")]


def _said(folder: Path, sign: str, centring: str, stated: str) -> str:
    path = folder / "m.mcif"
    path.write_text(BODY.format(c=9, stated=stated, sign=sign, centring=centring))
    return next(m for m in read_structure(path).messages if "magnetic moments are ignored" in m)


@pytest.mark.parametrize(("sign", "centring", "number"), CASES)
def test_number_from_the_operations(tmp_path: Path, sign: str, centring: str, number: str) -> None:
    words = _said(tmp_path, sign, centring, number)
    assert f"BNS {number})" in words and "contradict" not in words


def test_a_stated_number_of_another_group_is_named(tmp_path: Path) -> None:
    words = _said(tmp_path, "-1", "", "2.4")
    assert "BNS 2.6)" in words and "states BNS 2.4, which its operations contradict" in words


@pytest.mark.filterwarnings("error")
def test_a_damaged_list_without_the_identity_is_no_group() -> None:
    """The cell's own translations are there all the same: nothing is divided by their number of zero."""
    plain, across, along, turn = (np.diag(axes) for axes in ([1, 1, 1], [-1, 1, 1], [1, -1, 1], [-1, -1, 1]))
    cell, still = np.diag([3.0, 4.0, 5.0]), np.zeros(3)
    whole = [(plain, still, 1), (turn, still, 1), (across, still, -1), (along, still, -1)]
    assert bns_number(whole, cell) == "25.60"  # Pm'm'2 with the two-fold axis unprimed
    assert bns_number(whole[1:], cell) is None
