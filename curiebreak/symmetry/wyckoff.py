"""Wyckoff letters of sites in the standard setting of a space group.

spglib names letters in the setting that it finds, which may differ from the one at hand by an element of the group's
normaliser: P-1 has eight centres that differ in nothing but the choice of origin. So the sites are not given as they
stand, but where that element leads back to: with ``x_std = P x + p`` of a crystal that has the group and nothing else,
the letter of x is that of the site ``P^-1 (x - p)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.structures.spacegroup import symmetry_dataset
from curiebreak.symmetry.settings import standard_hall_number, standard_operations

_SYMPREC = 1e-4
"""Å; the crystal is made, so that nothing but rounding of positions is to be bridged."""

_GENERAL = ((0.1234, 0.2171, 0.3592), (0.4137, 0.0713, 0.1829))
"""Two general positions of different kinds leave no symmetry but that of the group."""


def wyckoff_letters(number: int, lattice: FloatArray, sites: Sequence[FloatArray]) -> list[str]:
    """Letter of each site in the standard setting, as the International Tables have it.

    Parameters
    ----------
    number : int
        Of the space group.
    lattice : ndarray (3, 3)
        Rows, Å: the conventional axes, of the group's own metric.
    sites : sequence of ndarray (3,)
        One point of each, fractions.

    Returns
    -------
    list of str
        Empty texts where spglib does not know.
    """
    operations = standard_operations(number)
    orbits = [_orbit(np.array(point), operations) for point in _GENERAL]
    change = _setting_change(number, lattice, orbits)
    if change is None:
        return [""] * len(sites)
    matrix, shift = change
    places = [np.asarray(np.linalg.solve(matrix, site - shift), dtype=np.float64) for site in sites]
    found = _dataset(number, lattice, [*orbits, *(_orbit(place, operations) for place in places)])
    if found is None or not _same_change(found, matrix, shift):
        return [""] * len(sites)
    starts = np.cumsum([0, *map(len, orbits)])[-1]
    letters = []
    for place in places:
        letters.append(str(found.wyckoffs[starts]))
        starts += len(_orbit(place, operations))
    return letters


def _setting_change(number: int, lattice: FloatArray, orbits: list[FloatArray]) -> tuple[FloatArray, FloatArray] | None:
    found = _dataset(number, lattice, orbits)
    if found is None or found.number != number:
        return None
    return np.asarray(found.transformation_matrix), np.asarray(found.origin_shift)


def _same_change(found: Any, matrix: FloatArray, shift: FloatArray) -> bool:
    turned = np.abs(np.asarray(found.transformation_matrix) - matrix).max()
    moved = np.abs(nearest_image(np.asarray(found.origin_shift) - shift)).max()
    return bool(max(turned, moved) < 1e-3)


def _dataset(number: int, lattice: FloatArray, orbits: list[FloatArray]) -> Any:
    kinds: list[int] = [kind for kind, orbit in enumerate(orbits, 1) for _ in orbit]
    return symmetry_dataset(lattice, np.concatenate(orbits), np.array(kinds), _SYMPREC, standard_hall_number(number))


def _orbit(point: FloatArray, operations: tuple[IntArray, FloatArray]) -> FloatArray:
    found: list[FloatArray] = []
    for rotation, translation in zip(*operations, strict=True):
        image = rotation @ point + translation
        image = image - np.floor(image + 1e-7)
        if all(np.abs(nearest_image(image - other)).max() > 1e-5 for other in found):
            found.append(image)
    return np.array(found)
