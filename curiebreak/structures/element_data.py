"""Element properties of pymatgen as plain numbers, ionic radii and tolerance factors, and how elements scatter.

``t = (r_A + r_X) / (sqrt(2) (r_B + r_X))`` with Shannon's ionic radii (Acta Cryst. A32, 751 (1976), as pymatgen
carries them): A twelvefold, or at its largest tabulated coordination below; B and X sixfold, high spin. Charges are
the most probable ones of the composition (pymatgen); between two integers radii are interpolated. X-ray form factors
and neutron scattering lengths are those of the tables that come with pymatgen.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, summed
from curiebreak.errors import InternalError

_COORDINATIONS = ("I", "II", "III", "IIIPY", "IV", "IVPY", "IVSQ", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

Composition = Mapping[str, float]


# Tables of elements ------------------------------------------------------------------------------------------------


def element_records() -> dict[str, dict[str, Any]]:
    """Electronegativity, place in the table, energies, radii, valence electrons and charges of H to Lr.

    Units: Å for radii and bond-valence parameters, eV for energies. Missing numbers are ``None``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.analysis.bond_valence import BV_PARAMS
        from pymatgen.core.periodic_table import Element

        return {e.symbol: _record(e, BV_PARAMS.get(e)) for e in Element if e.Z <= 103 and e.symbol not in ("D", "T")}


def _record(element: Any, bond_valence: Any) -> dict[str, Any]:
    radii = {
        charge: {
            number: (spins.get("") or spins.get("High Spin") or next(iter(spins.values())))["ionic_radius"]
            for number, spins in by_number.items()
        }
        for charge, by_number in (element.data.get("Shannon radii") or {}).items()
    }
    return {
        "Z": element.Z,
        "X": _number(element.X),
        "row": element.row,
        "group": element.group,
        "mendeleev": _number(element.mendeleev_no),
        "ie": _number(element.ionization_energy),
        "ea": _number(element.electron_affinity),
        "radius": _number(element.atomic_radius),
        **_valence(element),
        "common": list(element.common_oxidation_states),
        "icsd": list(element.icsd_oxidation_states),
        "states": list(element.oxidation_states),
        "shannon": radii,
        "bv": None if bond_valence is None else [bond_valence["r"], bond_valence["c"]],
    }


def _number(value: Any) -> float | None:
    with suppress(TypeError, ValueError):
        return None if math.isnan(float(value)) else round(float(value), 5)
    return None


def _valence(element: Any) -> dict[str, int]:
    """Electrons of the outermost s and p shells, of d one below and of f two below."""
    shells = [(int(n), letter, int(count)) for n, letter, count in element.full_electronic_structure]
    outer = max(n for n, _, _ in shells)
    wanted = {"s": outer, "p": outer, "d": outer - 1, "f": outer - 2}
    return {k: sum(c for n, letter, c in shells if letter == k and n == level) for k, level in wanted.items()}


# Radii --------------------------------------------------------------------------------------------------------------


def tolerance_factor(a: Composition, b: Composition, x: Composition) -> float | None:
    """Goldschmidt's tolerance factor.

    Parameters
    ----------
    a, b, x : mapping of str to float
        Elements and amounts on each of the three sites, per site.

    Returns
    -------
    float or None
        None where no charges balance, or a radius is not tabulated.
    """
    sites = ((a, 1.0), (b, 1.0), (x, 3.0))
    total = summed((element, count * amount) for site, count in sites for element, amount in site.items())
    charges = _charges(tuple(sorted(total.items())))
    if charges is None:
        return None
    r_a, r_b, r_x = (_mean_radius(*site, charges) for site in ((a, "XII"), (b, "VI"), (x, "VI")))
    factor = (r_a + r_x) / (math.sqrt(2.0) * (r_b + r_x))
    return None if math.isnan(factor) else factor


@lru_cache(maxsize=4096)
def _charges(composition: tuple[tuple[str, float], ...]) -> dict[str, float] | None:
    """Most probable charge of each element; None where none balances."""
    from pymatgen.core.composition import Composition as Formula

    formula, _ = Formula(dict(composition)).get_integer_formula_and_factor(max_denominator=12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(ValueError):
            guesses: Any = Formula(formula).oxi_state_guesses(max_sites=-20)
            return dict(guesses[0]) if guesses else None
    return None


def _mean_radius(site: Composition, coordination: str, charges: Mapping[str, float]) -> float:
    """NaN where a radius is not tabulated, and for an empty site."""
    radii = (amount * _between(element, charges.get(element, 0.0), coordination) for element, amount in site.items())
    return sum(radii) / (sum(site.values()) or math.nan)


def _between(element: str, charge: float, coordination: str) -> float:
    """Radius at a charge that may lie between two integers."""
    low, high = math.floor(charge + 1e-6), math.ceil(charge - 1e-6)
    one, two = ionic_radius(element, low, coordination), ionic_radius(element, high, coordination)
    return one + (charge - low) * (two - one)


def ionic_radius(element: str, charge: int, coordination: str) -> float:
    """Shannon's ionic radius in Å; NaN where it is not tabulated.

    Parameters
    ----------
    element : str
    charge : int
    coordination : str
        Roman; ``XII`` falls back to the largest one tabulated.
    """
    from pymatgen.core.periodic_table import Element

    table: Any = Element(element).data.get("Shannon radii") or {}
    known = table.get(str(charge), {})
    if coordination == "XII" and "XII" not in known:
        coordination = max((c for c in known if c in _COORDINATIONS), key=_COORDINATIONS.index, default="XII")
    spins = known.get(coordination)
    if not spins:
        return math.nan
    return float(spins.get("High Spin", next(iter(spins.values())))["ionic_radius"])


# Scattering ---------------------------------------------------------------------------------------------------------


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
