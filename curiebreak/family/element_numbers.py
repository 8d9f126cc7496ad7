"""Properties of the elements that compositions are described by: charges, radii, bond lengths.

``data/elements.json`` is written by ``python -m curiebreak.family.build_elements`` from pymatgen's tables (MIT):
electronegativity of Pauling, Mendeleev number of Pettifor, first ionisation energy and electron affinity (eV),
atomic radius (Å), valence electrons, oxidation states, the radii of R. D. Shannon, Acta Cryst. A32, 751 (1976)
(high spin where two are given), and the softness parameters of M. O'Keeffe and N. E. Brese, J. Am. Chem. Soc. 113,
3226 (1991).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from curiebreak.errors import InputError

ANIONS = {
    "F": -1,
    "Cl": -1,
    "Br": -1,
    "I": -1,
    "H": -1,
    "O": -2,
    "S": -2,
    "Se": -2,
    "Te": -2,
    "N": -3,
    "P": -3,
    "As": -3,
}
"""Charge of the elements that are anions beside metals."""

BOND_VALENCE_B = 0.37
"""Å; the constant b of bond valences, I. D. Brown and D. Altermatt, Acta Cryst. B41, 244 (1985)."""

ROMAN = {name: n for n, name in enumerate("I II III IV V VI VII VIII IX X XI XII XIII XIV".split(), start=1)}
ROMAN |= {"IVSQ": 4, "IVPY": 4, "IIIPY": 3}
"""Coordination numbers as Shannon writes them."""

RADIUS_STEP = 0.012
"""Relative growth of a radius with each neighbour more, where the coordination is not tabulated: the slope of
Shannon's radii of Na+, K+, Ca2+, Sr2+, Ba2+ and La3+ from VIII to XII."""

PROPERTIES = ("X", "row", "group", "mendeleev", "ie", "ea", "radius", "p", "d", "f")
"""Tabulated numbers that describe an element."""


AMMONIUM_RADIUS = 1.48
"""Å, six neighbours; between K+ (1.38) and Rb+ (1.52). Nitrogen of charge +1 stands for ammonium, whose hydrogens many
files do not hold: MnNF3 is NH4MnF3."""
HYDRIDE_RADIUS = 1.40
"""Å; H- in perovskites, between F- (1.33) and Cl- (1.81). Shannon lists the proton alone."""


@cache
def table() -> dict[str, dict[str, Any]]:
    """All elements, with ammonium under N and hydride under H."""
    data: dict[str, dict[str, Any]] = json.loads(files("curiebreak.family").joinpath("data/elements.json").read_text())
    data["N"]["common"].append(1)
    data["N"]["shannon"]["1"] = {"VI": AMMONIUM_RADIUS}
    data["H"]["shannon"]["-1"] = {"VI": HYDRIDE_RADIUS}
    return data


def element(symbol: str) -> dict[str, Any]:
    """Properties of one element.

    Raises
    ------
    InputError
        If it is not in the table.
    """
    if symbol not in table():
        raise InputError(f"{symbol!r} is no element of the table.", "Elements from H to Lr are known.")
    return table()[symbol]


def _rank(symbol: str, charge: int) -> int:
    """0 for a common oxidation state, 1 for one seen in the ICSD, 2 for a listed one, 9 for none."""
    known = element(symbol)
    return next((n for n, key in enumerate(("common", "icsd", "states")) if charge in known[key]), 9)


def _usual_charges(symbols: Sequence[str]) -> list[list[int]]:
    """Charges that each element may take: the anion's for the most electronegative ones, positive for all others."""
    negativity = [element(s)["X"] or 0.0 for s in symbols]
    return [
        [ANIONS[symbol], *([1] if symbol == "N" else [])]
        if symbol in ANIONS and own >= max(negativity) - 0.75
        else sorted({q for q in element(symbol)["states"] if q > 0} | {1, 2, 3})
        for symbol, own in zip(symbols, negativity, strict=True)
    ]


def charges(symbols: Sequence[str], counts: Sequence[int]) -> tuple[tuple[int, ...], bool]:
    """Most usual charges that balance.

    Parameters
    ----------
    symbols : sequence of str
        Element on each site orbit.
    counts : sequence of int
        Atoms of each orbit in the primitive cell.

    Returns
    -------
    charges : tuple of int
    guessed : bool
        No usual charges balance.
    """
    options = _usual_charges(symbols)
    balanced = [
        (sum(_rank(s, q) for s, q in zip(symbols, chosen, strict=True)), max(chosen), chosen)
        for chosen in product(*options)
        if sum(q * n for q, n in zip(chosen, counts, strict=True)) == 0
    ]
    best = min(balanced, default=None)
    if best is None:
        usual = [sorted((_rank(s, q), q) for q in o)[0][1] for s, o in zip(symbols, options, strict=True)]
        return tuple(usual), True
    return best[2], best[0] >= 9


def radius(symbol: str, charge: int, neighbours: int) -> tuple[float, bool]:
    """Ionic radius in Å, and whether it was not tabulated for this charge and coordination."""
    known = {q: radii for q, radii in element(symbol)["shannon"].items() if q}
    if not known:
        return float(element(symbol)["radius"] or 1.2), True
    state = min(known, key=lambda q: abs(int(q) - charge))
    steps, number, value = min(
        (abs(ROMAN[name] - neighbours), ROMAN[name], r) for name, r in known[state].items() if name in ROMAN
    )
    value *= 1.0 + RADIUS_STEP * (neighbours - number)
    return float(value), int(state) != charge or steps > 2


def bond_length(cation: str, anion: str, valence: float, fallback: float) -> float:
    """Length in Å of a bond of this valence: R - b ln(valence), R after O'Keeffe and Brese."""
    first, second = element(cation)["bv"], element(anion)["bv"]
    if not first or not second or valence <= 0:
        return fallback
    (r, c), (s, d) = first, second
    length = r + s - r * s * (math.sqrt(c) - math.sqrt(d)) ** 2 / (c * r + d * s)
    return float(length - BOND_VALENCE_B * math.log(valence))
