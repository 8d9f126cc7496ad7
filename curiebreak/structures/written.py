"""How finely coordinates are written."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import nearest_image
from curiebreak.structures.model import Structure

FEWEST, MOST = 2, 7
"""Decimals that are looked for."""


def written_position(structure: Structure) -> float:
    """One unit (Å) in the last decimal of the fractional coordinates, along the longest edge; 0 where none is seen.

    Numbers that all end at the same decimal are taken as rounded there; halves, quarters and eighths are exact.
    """
    if structure.lattice is None:
        return 0.0
    values = structure.coords[np.abs(nearest_image(structure.coords * 8)) > 1e-9]
    for decimals in range(FEWEST, MOST + 1):
        scaled = values * 10.0**decimals
        if values.size and np.abs(nearest_image(scaled)).max() < 1e-5 * 10.0 ** (decimals - FEWEST):
            return float(10.0**-decimals * np.linalg.norm(structure.lattice, axis=1).max())
    return 0.0
