"""The door to spglib: errors are exceptions there, ``None`` here."""

from __future__ import annotations

from typing import Any

import numpy as np
import spglib
import spglib.error
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

spglib.error.OLD_ERROR_HANDLING = False  # otherwise every call warns and errors go unnoticed


def symmetry_dataset(
    lattice: FloatArray, frac: FloatArray, kinds: IntArray, symprec: float
) -> spglib.SpglibDataset | None:
    """Return what spglib finds, or ``None`` where it finds nothing.

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n, 3)
    kinds : ndarray (n,) of int, from 1
    symprec : float
        Å.
    """
    cell: Any = (lattice, frac, kinds)
    try:
        return spglib.get_symmetry_dataset(cell, symprec=symprec)
    except spglib.SpglibError:
        return None


def niggli_cell(lattice: FloatArray) -> FloatArray | None:
    """Return the Niggli-reduced cell (rows, Å) of the same lattice, or ``None``."""
    rows: Any = lattice
    try:
        reduced = spglib.niggli_reduce(rows)
    except spglib.SpglibError:
        return None
    return None if reduced is None else np.asarray(reduced, dtype=np.float64)


def kind_numbers(species: tuple[str, ...]) -> IntArray:
    """Number the species from 1 in order of appearance."""
    numbers = {name: index + 1 for index, name in enumerate(dict.fromkeys(species))}
    return np.array([numbers[name] for name in species], dtype=np.int64)


def full_symbol(hall_number: int) -> str | None:
    """Return the full international symbol of a Hall number, without underscores."""
    kind = spglib.get_spacegroup_type(hall_number)
    return None if kind is None else str(kind.international_full).replace("_", "")
