"""Ionic radii and Goldschmidt's tolerance factor of perovskites.

``t = (r_A + r_X) / (sqrt(2) (r_B + r_X))`` with Shannon's ionic radii (Acta Cryst. A32, 751 (1976), as pymatgen
carries them): A twelvefold, or at its largest tabulated coordination below; B and X sixfold, high spin. Charges are
the most probable ones of the composition (pymatgen); between two integers radii are interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from math import ceil, floor, isnan, nan, sqrt
from typing import Any

from curiebreak.arrays import summed

_COORDINATIONS = ("I", "II", "III", "IIIPY", "IV", "IVPY", "IVSQ", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

Composition = Mapping[str, float]


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
    factor = (r_a + r_x) / (sqrt(2.0) * (r_b + r_x))
    return None if isnan(factor) else factor


@lru_cache(maxsize=4096)
def _charges(composition: tuple[tuple[str, float], ...]) -> dict[str, float] | None:
    """Most probable charge of each element; None where none balances."""
    import warnings

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
    return sum(radii) / (sum(site.values()) or nan)


def _between(element: str, charge: float, coordination: str) -> float:
    """Radius at a charge that may lie between two integers."""
    low, high = floor(charge + 1e-6), ceil(charge - 1e-6)
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
        return nan
    return float(spins.get("High Spin", next(iter(spins.values())))["ionic_radius"])
