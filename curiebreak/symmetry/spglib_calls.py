"""The few calls to spglib, with arrays in and ``None`` where it finds nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import spglib
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def symmetry_dataset(
    lattice: FloatArray, frac: FloatArray, kinds: list[int], symprec: float, hall_number: int = 0
) -> Any | None:
    """Spglib's symmetry dataset of a cell, in the setting of `hall_number` (0: spglib's choice).

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n, 3)
    kinds : list of int, length n
    symprec : float
        Å.
    hall_number : int

    Returns
    -------
    spglib.SpglibDataset or None
    """
    cell: Any = (lattice, frac, kinds)
    try:
        return spglib.get_symmetry_dataset(cell, symprec=symprec, hall_number=hall_number)
    except Exception:  # noqa: BLE001 - spglib raises its own classes since 2.7
        return None


def type_of_operations(
    rotations: IntArray, translations: FloatArray, lattice: FloatArray
) -> tuple[int, str] | None:
    """Number and short symbol of a space group given by its operations in a primitive cell (rows, Å)."""
    try:
        kind = spglib.get_spacegroup_type_from_symmetry(
            rotations, translations, lattice=lattice, symprec=1e-4
        )
    except Exception:  # noqa: BLE001 - spglib raises its own classes since 2.7
        return None
    return None if kind is None else (int(kind.number), str(kind.international_short))


def primitive_lattice(
    lattice: FloatArray, frac: FloatArray, kinds: list[int], symprec: float
) -> FloatArray | None:
    """Rows (3, 3) of a primitive cell in the same Cartesian frame."""
    cell: Any = (lattice, frac, kinds)
    try:
        found = spglib.standardize_cell(cell, to_primitive=True, no_idealize=True, symprec=symprec)
    except Exception:  # noqa: BLE001 - spglib raises its own classes since 2.7
        return None
    return None if found is None else np.asarray(found[0], dtype=np.float64)
