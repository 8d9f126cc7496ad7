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
from operator import mul
from typing import Any

import numpy as np

from curiebreak.errors import InputError

ANIONS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("F", "Cl", "Br", "I", "H"), (-1,)),
    **dict.fromkeys(("O", "S", "Se", "Te"), (-2,)),
    **dict.fromkeys(("P", "As"), (-3,)),
    "N": (-3, 1),
}
"""Charges of the elements that are anions beside metals; nitrogen of charge +1 is ammonium."""

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


UNUSUAL = 9
"""Rank from which a charge is a guess."""


def _rank(symbol: str, charge: int) -> int:
    """How unusual a charge is.

    0 common, 1 seen in the ICSD, 2 listed; 9 between listed ones, as the mean of two sites (BaBiO3 has Bi3+ and Bi5+);
    18 beyond them, 27 if the element has one charge alone and would lose its closed shell.
    """
    known = element(symbol)
    for n, key in enumerate(("common", "icsd", "states")):
        if charge in known[key]:
            return n
    states = [q for q in known["states"] if q > 0]
    if not states or min(states) < charge < max(states):
        return UNUSUAL
    return (3 if len(states) == 1 else 2) * UNUSUAL


def _options(symbols: Sequence[str]) -> list[list[int]]:
    """Charges that each element may take: the anion's for the most electronegative ones, positive for all others."""
    negativity = [element(s)["X"] or 0.0 for s in symbols]
    return [
        list(ANIONS[symbol])
        if symbol in ANIONS and own >= max(negativity) - 0.75
        else sorted({q for q in element(symbol)["states"] if q > 0} | {1, 2, 3, 4})
        for symbol, own in zip(symbols, negativity, strict=True)
    ]


def usual_charges(symbols: Sequence[str], counts: Sequence[int]) -> tuple[tuple[tuple[int, ...], ...], bool]:
    """All assignments of charges that balance and are equally usual, that of the smallest highest charge first.

    Parameters
    ----------
    symbols : sequence of str
        Element on each site orbit.
    counts : sequence of int
        Atoms of each orbit in the primitive cell.

    Returns
    -------
    assignments : tuple of tuples of int
        One if nothing balances: the most usual charge of each element.
    guessed : bool
        No usual charges balance; then one assignment alone is given.
    """
    options = _options(symbols)
    balanced = sorted(
        (sum(map(_rank, symbols, chosen)), max(chosen), chosen)
        for chosen in product(*options)
        if sum(map(mul, chosen, counts)) == 0
    )
    if not balanced:
        usual = [min(o, key=lambda q: (_rank(s, q), q)) for s, o in zip(symbols, options, strict=True)]
        return (tuple(usual),), True
    least = balanced[0][0]
    found = tuple(chosen for rank, _, chosen in balanced if rank == least)
    return (found[:1], True) if least >= UNUSUAL else (found, False)


def charges(symbols: Sequence[str], counts: Sequence[int]) -> tuple[tuple[int, ...], bool]:
    """The first of the `usual_charges`, and whether they are guessed."""
    found, guessed = usual_charges(symbols, counts)
    return found[0], guessed


def radius(symbol: str, charge: int, neighbours: int) -> tuple[float, bool]:
    """Ionic radius in Å, and whether it was not tabulated for this charge and coordination.

    Of a charge between two tabulated ones the mean of theirs.
    """
    known = np.array(sorted(int(q) for q in element(symbol)["shannon"] if q))
    if not len(known):
        return float(element(symbol)["radius"] or 1.2), True
    below, above = known[(known > 0) & (known < charge)], known[known > charge]
    if charge not in known and len(below) and len(above):
        return float(np.mean([_tabulated(symbol, q, neighbours)[0] for q in (below[-1], above[0])])), True
    state = int(known[np.abs(known - charge).argmin()])
    value, steps = _tabulated(symbol, state, neighbours)
    return value, state != charge or steps > 2


def _tabulated(symbol: str, charge: int, neighbours: int) -> tuple[float, int]:
    """Radius in Å of a tabulated charge, and how far the nearest tabulated coordination is."""
    listed = element(symbol)["shannon"][str(charge)]
    steps, number, value = min(
        (abs(ROMAN[name] - neighbours), ROMAN[name], r) for name, r in listed.items() if name in ROMAN
    )
    return float(value * (1.0 + RADIUS_STEP * (neighbours - number))), steps


def bond_length(cation: str, anion: str, valence: float, fallback: float) -> float:
    """Length in Å of a bond of this valence: R - b ln(valence), R after O'Keeffe and Brese."""
    first, second = element(cation)["bv"], element(anion)["bv"]
    if not first or not second or valence <= 0:
        return fallback
    (r, c), (s, d) = first, second
    length = r + s - r * s * (math.sqrt(c) - math.sqrt(d)) ** 2 / (c * r + d * s)
    return float(length - BOND_VALENCE_B * math.log(valence))
