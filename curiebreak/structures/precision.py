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


def last_decimal(text: str) -> float:
    """One unit in the last written decimal: 1e-4 for ``0.1234`` and ``0.1234(5)``, 0 for ``1/3`` or ``1e-3``."""
    match = _NUMBER.fullmatch(text.strip())
    return 10.0 ** -_decimals(match) if match else 0.0


def _decimals(match: re.Match[str]) -> int:
    return len(match.group(2)) if "." in match.group(1) else 0


def _value(text: str) -> float:
    """A written number without its standard uncertainty; NaN for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    return float(match.group(1)) if match else float("nan")


def written_step(texts: Iterable[str]) -> float:
    """One unit in the last decimal that any of the numbers needs, simple fractions left aside.

    Special positions (``0.25``, ``0.5``) are exact however they are written, and trailing zeros say nothing: some
    writers drop them, others pad all numbers (``0.25130`` in a table of four decimals).

    Returns
    -------
    float
        0 where all numbers are exact.
    """
    needed = -1
    for text in texts:
        match = _NUMBER.fullmatch(text.strip())
        value = float(match.group(1)) if match else float("nan")
        if match and math.isfinite(value) and abs(24 * value - round(24 * value)) > 1e-9:
            stated = match.group(2) if match.group(3) else match.group(2).rstrip("0")
            needed = max(needed, len(stated) if "." in match.group(1) else 0)
    return 10.0**-needed if needed >= 0 else 0.0


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
    edges = np.ones(1) if lattice is None else np.linalg.norm(lattice, axis=1)
    scale = np.ones(1) if cartesian else edges  # Å that a coordinate of 1 stands for
    parameters = len(cell) == 6  # else the nine components of the axes
    edge_texts, angle_texts = (cell[:3], cell[3:]) if parameters else (cell, ())
    arc = float(np.radians(1.0) * edges.max())
    length = min((s for s in map(last_decimal, edge_texts) if s > 0.0), default=0.0)
    angle = min((last_decimal(t) for t in angle_texts if not _round_angle(t)), default=0.0) * arc
    stated = SIGMAS * max([*map(_uncertainty, edge_texts), *(_uncertainty(t) * arc for t in angle_texts)], default=0.0)
    coordinates = list(coordinates)
    partial = [t for t in occupancies if 0.0 < _value(t) < 1.0]
    written = min(written_step(partial), LARGEST_OCCUPANCY_STEP)
    occupancy = max([written, *(SIGMAS * _uncertainty(t) for t in partial)])
    return Precision(
        position=max(min(written_step(coordinates), LARGEST_STEP) * float(scale.max()), SMALLEST_STEP),
        length=max(min(max(length, angle), LARGEST_STEP), stated, SMALLEST_STEP),
        occupancy=occupancy,
        uncertainty=min((s for s in map(_uncertainty, coordinates) if s > 0.0), default=0.0) * float(scale.min()),
    )


def _round_angle(text: str) -> bool:
    """Angles that the lattice system fixes: they are exact however they are written."""
    return _value(text) in (60.0, 90.0, 120.0)


def _uncertainty(text: str) -> float:
    match = _NUMBER.fullmatch(text.strip())
    return int(match.group(3)) * last_decimal(text) if match and match.group(3) else 0.0


def precision_of(structure: Structure) -> Precision:
    """Precision that the source states, or else that of the numbers themselves.

    Numbers that all end at the same decimal (three to seven) are taken as rounded there.
    """
    if structure.precision is not None:
        return structure.precision
    scale = 1.0 if structure.lattice is None else float(np.linalg.norm(structure.lattice, axis=1).max())
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
