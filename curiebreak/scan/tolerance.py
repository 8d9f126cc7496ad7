"""Goldschmidt's tolerance factor of scanned perovskites beside their tilts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, summed
from curiebreak.structures.radii import tolerance_factor

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
    """Tolerance factor and tilt of every perovskite of a scan that has all three sites.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the table of a scan.
    """
    factors, tilts, symbols, left_out = [], [], [], 0
    known: dict[tuple[str, str, str], float | None] = {}
    for row in rows:
        sites = (row.get("a_site"), row.get("b_site"), row.get("x_site"))
        if row["glazer"] is None or not all(sites):
            continue
        key = (str(sites[0]), str(sites[1]), str(sites[2]))
        if key not in known:
            a, b, x = map(composition, key)
            known[key] = tolerance_factor(a, b, x)
        factor = known[key]
        if factor is None:
            left_out += 1
            continue
        factors.append(factor)
        tilts.append(float(np.linalg.norm([row[f"tilt_{axis}"] or 0.0 for axis in "xyz"])))
        symbols.append(row["glazer"])
    return ToleranceMap(np.array(factors), np.array(tilts), tuple(symbols), left_out)


def composition(text: str) -> dict[str, float]:
    """Mean composition of one or several species, such as ``Bi Y`` or ``Cu0.25Pt0.75``."""
    species = text.split()
    named = re.findall(r"([A-Z][a-z]?)([\d.]*)", text)
    return summed((element, float(amount or 1.0) / len(species)) for element, amount in named)
