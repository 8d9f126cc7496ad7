"""How finely a source states its numbers: the last written decimal, or the standard uncertainty."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.structures.model import Precision, Structure

SMALLEST_STEP = 1e-8
"""Å; changes of a position below this are lost in the arithmetic of cells and mappings."""

LARGEST_STEP = 1e-3
"""A coordinate or an edge (Å) with fewer decimals (``4.0``, ``0.48``) is an ideal number, not a rounded one."""

LARGEST_OCCUPANCY_STEP = 0.01
"""An occupancy written with one decimal (``0.6``) is an ideal composition, not a rounded number."""

SIGMAS = 3.0
"""Standard uncertainties within which a number is not distinguished from another one."""

FEWEST, MOST = 2, 7
"""Decimals at which numbers may end."""

_NUMBER = re.compile(r"([+-]?(?:\d+\.?|(?=\.\d)\.)(\d*))(?:\((\d+)\))?")


def _written(text: str) -> tuple[float, str, str]:
    """Value of a written number, its decimals and the digits of its standard uncertainty; NaN for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    return (float(match[1]), match[2], match[3] or "") if match else (math.nan, "", "")


def last_decimal(text: str) -> float:
    """One unit in the last written decimal: 1e-4 for ``0.1234`` and ``0.1234(5)``, 0 for ``1/3`` or ``1e-3``."""
    value, decimals, _ = _written(text)
    return 0.0 if math.isnan(value) else 10.0 ** -len(decimals)


def written_step(texts: Iterable[str]) -> float:
    """One unit in the last decimal that any of the numbers needs, simple fractions left aside.

    Special positions (``0.25``, ``0.5``) are exact however they are written, and trailing zeros say nothing: some
    writers drop them, others pad all numbers (``0.25130`` in a table of four decimals).

    Returns
    -------
    float
        0 where all numbers are exact.
    """
    needed = [
        len(decimals if uncertainty else decimals.rstrip("0"))
        for value, decimals, uncertainty in map(_written, texts)
        if math.isfinite(value) and abs(24 * value - round(24 * value)) > 1e-9
    ]
    return 10.0 ** -max(needed) if needed else 0.0


def stated_precision(
    lattice: FloatArray | None,
    *,
    coordinates: Iterable[str],
    cell: Sequence[str] = (),
    occupancies: Iterable[str] = (),
    cartesian: bool = False,
) -> Precision:
    """Precision of numbers as a file writes them.

    Parameters
    ----------
    lattice : ndarray (3, 3) or None
        Rows, Å.
    coordinates : iterable of str
        Fractional, unless `cartesian`.
    cell : sequence of str
        Three edges (Å) and three angles (degrees), or the components of the axes.
    occupancies : iterable of str
        Of sites that are not plain full ones.
    cartesian : bool
        The coordinates are in Å.
    """
    edges = _edges(lattice)
    scale = np.ones(1) if cartesian else edges  # Å that a coordinate of 1 stands for
    parameters = len(cell) == 6  # else the nine components of the axes
    edge_texts, angle_texts = (cell[:3], cell[3:]) if parameters else (cell, ())
    arc = float(np.radians(1.0) * edges.max())
    length = min(filter(None, map(last_decimal, edge_texts)), default=0.0)
    angle = min((last_decimal(t) for t in angle_texts if not _round_angle(t)), default=0.0) * arc
    stated = SIGMAS * max([*map(_uncertainty, edge_texts), *(_uncertainty(t) * arc for t in angle_texts)], default=0.0)
    coordinates = list(coordinates)
    partial = [t for t in occupancies if 0.0 < _written(t)[0] < 1.0]
    written = min(written_step(partial), LARGEST_OCCUPANCY_STEP)
    occupancy = max([written, *(SIGMAS * _uncertainty(t) for t in partial)])
    return Precision(
        position=max(min(written_step(coordinates), LARGEST_STEP) * float(scale.max()), SMALLEST_STEP),
        length=max(min(max(length, angle), LARGEST_STEP), stated, SMALLEST_STEP),
        occupancy=occupancy,
        uncertainty=min(filter(None, map(_uncertainty, coordinates)), default=0.0) * float(scale.min()),
    )


def _round_angle(text: str) -> bool:
    """Angles that the lattice system fixes: they are exact however they are written."""
    return _written(text)[0] in (60.0, 90.0, 120.0)


def _uncertainty(text: str) -> float:
    return int(_written(text)[2] or 0) * last_decimal(text)


def _edges(lattice: FloatArray | None) -> FloatArray:
    """Å; lengths of the axes (rows), 1 for a molecule, whose coordinates are lengths themselves."""
    return np.ones(1) if lattice is None else np.asarray(np.linalg.norm(lattice, axis=1))


def precision_of(structure: Structure) -> Precision:
    """Precision that the source states, or else that of the numbers themselves.

    Numbers that all end at the same decimal (three to seven) are taken as rounded there.
    """
    if structure.precision is not None:
        return structure.precision
    scale = float(_edges(structure.lattice).max())
    step = min(_step_of(structure.without_vacancies().coords), LARGEST_STEP)
    return Precision(position=max(step * scale, SMALLEST_STEP), length=SMALLEST_STEP, occupancy=0.0)


def written_position(structure: Structure) -> float:
    """One unit (Å) in the last decimal of the fractional coordinates, along the longest edge; 0 where none is seen.

    Of the numbers as they are, also where a file states how it writes them: two decimals (``0.33``) are seen too.
    """
    if structure.lattice is None:
        return 0.0
    return _step_of(structure.coords) * float(np.linalg.norm(structure.lattice, axis=1).max())


def _step_of(coords: FloatArray) -> float:
    """Step of the decimal (second to seventh) at which all coordinates end, simple fractions left aside; 0 for none."""
    values = coords[np.abs(nearest_image(coords * 24)) > 1e-9]
    for decimals in range(FEWEST, MOST + 1) if values.size else ():
        scaled = values * 10.0**decimals
        if np.abs(nearest_image(scaled)).max() < 1e-3:
            return float(10.0**-decimals)
    return 0.0
