"""The door to spglib: errors are exceptions there, ``None`` here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

os.environ.setdefault("SPGLIB_WARNING", "OFF")  # what it cannot do is an exception; it would print on stderr as well

import numpy as np
import spglib
import spglib.error
from spglib import MagneticSpaceGroupType as MagneticSpaceGroupType

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.options.option_rules import require
from curiebreak.transformation import Transformation

spglib.error.OLD_ERROR_HANDLING = False  # otherwise every call warns and errors go unnoticed


def _found(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What spglib answers, or ``None``."""
    with suppress(spglib.SpglibError):
        return call(*arguments, **options)
    return None


def symmetry_dataset(
    lattice: FloatArray, frac: FloatArray, kinds: Sequence[int] | IntArray, symprec: float, hall_number: int = 0
) -> spglib.SpglibDataset | None:
    """Return what spglib finds, or ``None`` where it finds nothing.

    Parameters
    ----------
    lattice : ndarray (3, 3)
        Rows, Å.
    frac : ndarray (n, 3)
    kinds : sequence (n,) of int, from 1
    symprec : float
        Å.
    hall_number : int
        Setting of the standardised cell; 0 leaves the choice to spglib.
    """
    require(symprec=symprec)
    cell = (lattice, frac, kinds)
    found: spglib.SpglibDataset | None = _found(
        spglib.get_symmetry_dataset, cell, symprec=symprec, hall_number=hall_number
    )
    return found


def type_of_operations(rotations: IntArray, translations: FloatArray, lattice: FloatArray) -> tuple[int, str] | None:
    """Number and short symbol of a space group given by its operations in a primitive cell (rows, Å)."""
    kind = _found(spglib.get_spacegroup_type_from_symmetry, rotations, translations, lattice=lattice, symprec=1e-4)
    return None if kind is None else (int(kind.number), str(kind.international_short))


def magnetic_group_type(
    rotations: IntArray, translations: FloatArray, reversals: BoolArray, lattice: FloatArray
) -> MagneticSpaceGroupType | None:
    """Type of a magnetic group given by its operations in a primitive magnetic cell (rows, Å).

    The cell must be Delaunay-reduced: in others, Niggli-reduced ones too, spglib sometimes finds no centring.
    """
    call = spglib.get_magnetic_spacegroup_type_from_symmetry
    found: MagneticSpaceGroupType | None = _found(
        call, rotations, translations, reversals, lattice=lattice, symprec=1e-4
    )
    return found


def magnetic_symmetry_type(
    lattice: FloatArray,
    frac: FloatArray,
    kinds: Sequence[int] | IntArray,
    moments: FloatArray,
    symprec: float,
    mag_symprec: float,
) -> MagneticSpaceGroupType | None:
    """Type of the magnetic group of atoms and moments (n, 3), Cartesian in the frame of the lattice's rows.

    `symprec` is in Å, `mag_symprec` in the unit of the moments. The cell must be primitive and reduced.
    """
    cell = (lattice, frac, kinds, moments)
    data = _found(spglib.get_magnetic_symmetry_dataset, cell, is_axial=True, symprec=symprec, mag_symprec=mag_symprec)
    found: MagneticSpaceGroupType | None = data and _found(spglib.get_magnetic_spacegroup_type, int(data.uni_number))
    return found


def magnetic_standard(
    lattice: FloatArray,
    frac: FloatArray,
    kinds: Sequence[int] | IntArray,
    moments: FloatArray,
    symprec: float,
    mag_symprec: float,
) -> tuple[Transformation, IntArray, FloatArray, IntArray] | None:
    """The way to the standard BNS setting, and the operations (R, t, theta) of the group there, centrings included.

    Arguments are those of :func:`magnetic_symmetry_type`.
    """
    cell = (lattice, frac, kinds, moments)
    found = _found(spglib.get_magnetic_symmetry_dataset, cell, is_axial=True, symprec=symprec, mag_symprec=mag_symprec)
    listed = found and _found(spglib.get_magnetic_symmetry_from_database, int(found.uni_number))
    if listed is None:
        return None
    change = Transformation(np.asarray(found.transformation_matrix), np.asarray(found.origin_shift))
    thetas = np.where(np.asarray(listed["time_reversals"], dtype=bool), -1, 1)
    return change, np.asarray(listed["rotations"]), np.asarray(listed["translations"]), thetas


def primitive_lattice(
    lattice: FloatArray, frac: FloatArray, kinds: Sequence[int] | IntArray, symprec: float
) -> FloatArray | None:
    """Rows (3, 3) of a primitive cell in the same Cartesian frame, Å, or ``None``."""
    require(symprec=symprec)
    cell = (lattice, frac, kinds)
    found = _found(spglib.standardize_cell, cell, to_primitive=True, no_idealize=True, symprec=symprec)
    return None if found is None else np.asarray(found[0], dtype=np.float64)


def niggli_cell(lattice: FloatArray) -> FloatArray | None:
    """Return the Niggli-reduced cell (rows, Å) of the same lattice, or ``None``."""
    reduced = _found(spglib.niggli_reduce, lattice)
    return None if reduced is None else np.asarray(reduced, dtype=np.float64)


def delaunay_cell(lattice: FloatArray) -> FloatArray | None:
    """Return the Delaunay-reduced cell (rows, Å) of the same lattice, or ``None``."""
    reduced = _found(spglib.delaunay_reduce, lattice)
    return None if reduced is None else np.asarray(reduced, dtype=np.float64)


def kind_numbers(species: tuple[str, ...]) -> IntArray:
    """Number the species from 1 in order of appearance."""
    numbers = {name: index + 1 for index, name in enumerate(dict.fromkeys(species))}
    return np.array([numbers[name] for name in species], dtype=np.int64)


def full_symbol(hall_number: int) -> str | None:
    """Return the full international symbol of a Hall number, without underscores."""
    kind = spglib.get_spacegroup_type(hall_number)
    return None if kind is None else str(kind.international_full).replace("_", "")


def hall_settings() -> list[tuple[str, str]]:
    """Full international symbol and Hall symbol of each of the 530 tabulated settings."""
    kinds = [spglib.get_spacegroup_type(number) for number in range(1, 531)]
    return [(str(kind.international_full), str(kind.hall_symbol)) for kind in kinds if kind is not None]


@cache
def standard_symbol(number: int) -> str:
    """Short international symbol of a space-group number, such as ``P6_3/mmc``."""
    kinds = (spglib.get_spacegroup_type(hall) for hall in range(1, 531))
    found = next(kind for kind in kinds if kind is not None and kind.number == number)
    return str(found.international_short)
