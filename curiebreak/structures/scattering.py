"""How elements scatter: X-ray form factors and neutron scattering lengths, from the tables that come with pymatgen."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InternalError


@cache
def _table(name: str) -> dict[str, Any]:
    """A table of pymatgen, which is read without importing the package."""
    spec = find_spec("pymatgen.analysis.diffraction")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / name
        if path.is_file():
            return dict(json.loads(path.read_text(encoding="utf-8")))
    raise InternalError(f"pymatgen has no table {name}")


def xray_factor(element: str, s: FloatArray) -> FloatArray:
    """Form factor of a neutral atom, electrons, at ``s = sin(theta) / lambda = 1 / (2 d)`` in 1/Å, any shape.

    ``f(s) = Z - 41.78214 s^2 sum_i a_i exp(-b_i s^2)``, M. De Graef and M. E. McHenry, *Structure of Materials*
    (Cambridge 2007). Zero for an element that the table lacks.
    """
    rows = _table("atomic_scattering_params.json").get(element)
    if rows is None:
        return np.zeros_like(s)
    from ase.data import atomic_numbers

    squares = s**2
    total = sum((a * np.exp(-b * squares) for a, b in rows), np.zeros_like(s))
    return np.asarray(atomic_numbers[element] - 41.78214 * squares * total)


def neutron_length(element: str) -> float:
    """Bound coherent scattering length of the natural element, fm (*Neutron News* 3 (3), 29 (1992)); 0 if unknown."""
    return float(_table("neutron_scattering_length.json").get(element, 0.0))
