"""Goldschmidt's tolerance factor of scanned perovskites beside their tilts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, summed
from curiebreak.structures.element_data import tolerance_factor

METHOD = (
    "t = (A + X) / (sqrt(2) (B + X)) with Shannon's ionic radii: A twelvefold (or its largest tabulated "
    "coordination), B and X sixfold, high spin; most probable charges of the composition; means of shared sites. "
    "Tilt: length of the rotation vector, from the three tilt angles."
)


@dataclass(frozen=True, eq=False)
class ToleranceMap:
    """Points of tolerance factor against tilt.

    Attributes
    ----------
    factor : ndarray (n,)
    tilt : ndarray (n,)
        Degrees.
    symbols : tuple of str
        Glazer symbol of each point.
    left_out : int
        Perovskites without known charges or radii.
    """

    factor: FloatArray
    tilt: FloatArray
    symbols: tuple[str, ...]
    left_out: int


def tolerance_map(rows: Sequence[dict[str, Any]]) -> ToleranceMap:
    """Tolerance factor and tilt of every perovskite with a Glazer symbol that has all three sites.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the table of a scan.
    """
    factors = [
        (row, _factor(*map(str, sites))) for row in rows if all(sites := [row.get(f"{site}_site") for site in "abx"])
    ]
    known = [(row, factor) for row, factor in factors if factor is not None]
    tilts = [float(np.linalg.norm([row[f"tilt_{axis}"] or 0.0 for axis in "xyz"])) for row, _ in known]
    return ToleranceMap(
        np.array([factor for _, factor in known]),
        np.array(tilts),
        tuple(row["glazer"] for row, _ in known),
        len(factors) - len(known),
    )


@lru_cache(maxsize=8192)
def _factor(a: str, b: str, x: str) -> float | None:
    """Tolerance factor of what stands on the three sites; None without charges or radii."""
    return tolerance_factor(*map(composition, (a, b, x)))


def composition(text: str) -> dict[str, float]:
    """Mean composition of one or several species, such as ``Bi Y`` or ``Cu0.25Pt0.75``."""
    species = text.split()
    named = re.findall(r"([A-Z][a-z]?)([\d.]*)", text)
    return summed((element, float(amount or 1.0) / len(species)) for element, amount in named)
