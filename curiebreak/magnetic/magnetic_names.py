"""Names of magnetic groups from their operations: BNS and OG number and symbol."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.results import MagneticGroup
from curiebreak.structures.spacegroup import MagneticSpaceGroupType, delaunay_cell, magnetic_group_type
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.primitive_cell import one_of_each
from curiebreak.symmetry.sublattices import hermite_normal_form
from curiebreak.transformation import Transformation

_TABLE = Path(__file__).parent / "data" / "magnetic_groups.txt"
_TYPES = {1: "I", 2: "II", 3: "III", 4: "IV"}


@cache
def _symbols() -> tuple[tuple[str, str, str, str], ...]:
    """BNS number and symbol, OG number and symbol in the order of Litvin's numbers."""
    rows = (line.split() for line in _TABLE.read_text(encoding="ascii").splitlines())
    return tuple((a, b, c, d) for a, b, c, d in rows)


def name_magnetic_group(
    parent: ParentCrystal, cell: IntArray, rotations: IntArray, translations: FloatArray, thetas: IntArray
) -> MagneticGroup | None:
    """Name of a magnetic group.

    Parameters
    ----------
    parent : ParentCrystal
    cell : ndarray (3, 3) of int
        A lattice of translations of the group, rows in the parent's primitive axes.
    rotations, translations : ndarray (m, 3, 3) of int, (m, 3)
        Operations in the parent's primitive axes; pure translations among them enlarge the lattice.
    thetas : ndarray (m,) of int
        -1 where time is reversed.

    Returns
    -------
    MagneticGroup or None
        ``None`` where the operations form no magnetic group that spglib knows.
    """
    pure = (rotations == np.eye(3, dtype=np.int64)).all(axis=(1, 2)) & (thetas == 1)
    vectors = np.round(translations[pure]).astype(np.int64)
    lattice = hermite_normal_form(np.concatenate([cell, vectors])) @ np.asarray(parent.lattice)
    basis = delaunay_cell(lattice)
    if basis is None:
        return None
    # the axes are whole in the parent's primitive ones
    inward = Transformation.out_of(np.round(basis @ np.linalg.inv(np.asarray(parent.lattice)))).inverse
    turned = np.round(inward.tensors(rotations)).astype(np.int64)
    moved = inward.vectors(translations)
    moved = moved - np.floor(np.round(moved, 8))
    keys = np.concatenate([turned.reshape(-1, 9), thetas[:, None]], axis=1)
    first = one_of_each(keys)
    found = magnetic_group_type(turned[first], moved[first], thetas[first] == -1, basis)
    return None if found is None else magnetic_group_named(found)


def magnetic_group_named(found: MagneticSpaceGroupType) -> MagneticGroup:
    """Numbers and symbols of a type that spglib found."""
    bns, bns_symbol, og, og_symbol = _symbols()[found.litvin_number - 1]
    return MagneticGroup(
        bns_number=bns,
        bns_symbol=bns_symbol,
        og_number=og,
        og_symbol=og_symbol,
        uni_number=int(found.uni_number),
        type=_TYPES[int(found.type)],
    )
