"""A composition on the sites of a parent as numbers: what the statistics sees, element names never.

For every site orbit the element's properties, charge and radius; for every pair of a cation's and an anion's
orbit that are neighbours the misfit of the bond, ``log(L / D)`` less that of the shortest bond, with L the sum of
radii or the bond-valence length and D the distance in the parent of unit volume. In a cubic perovskite the misfit of
A-X against B-X is the logarithm of Goldschmidt's tolerance factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.family.cell import Bond, CommonCell
from curiebreak.family.element_numbers import PROPERTIES, bond_length, charges, element, radius, usual_charges

JAHN_TELLER = {("Mn", 3), ("Cu", 2), ("Cr", 2), ("Ag", 2), ("Fe", 4)}
"""Ions with one electron or hole in a pair of e orbitals of an octahedron (high spin)."""


@dataclass(frozen=True, eq=False)
class Described:
    """Features of one composition.

    Attributes
    ----------
    values : (f,)
    names : tuple of str
    log_edge : float
        Logarithm of the cube root of the primitive cell's volume (Å) that the shortest bond asks for.
    guessed : bool
        Charges do not balance with usual oxidation states.
    fallback : bool
        A radius was not tabulated for its charge and coordination.
    charges : tuple of int
        Of the first assignment.
    """

    values: FloatArray
    names: tuple[str, ...]
    log_edge: float
    guessed: bool
    fallback: bool
    charges: tuple[int, ...]


def anion_orbits(cell: CommonCell, compositions: Sequence[Sequence[str]]) -> tuple[bool, ...]:
    """Which orbits hold the anions in most of these compositions: the role belongs to the family, not to a member."""
    signs = [[q < 0 for q in charges(species, cell.counts)[0]] for species in compositions]
    return tuple(bool(v) for v in np.mean(signs, axis=0) > 0.5)


def describe(cell: CommonCell, species: Sequence[str], anion: Sequence[bool]) -> Described:
    """Features of the elements on the site orbits of a parent.

    Where several assignments of charges are equally usual (Eu3+V3+ and Eu2+V4+) they are means over these.

    Parameters
    ----------
    cell : CommonCell
        Its bonds say which orbits are neighbours, how many and how far.
    species : sequence of str
        Element of each orbit.
    anion : sequence of bool
        The roles of the orbits, see `anion_orbits`.

    Raises
    ------
    InputError
        For an unknown element.
    """
    assignments, guessed = usual_charges(species, cell.counts)
    each = [_described(cell, species, anion, chosen) for chosen in assignments]
    values = {name: float(np.mean([one[0][name] for one in each])) for name in each[0][0]} | {"guessed": float(guessed)}
    log_edge = float(np.mean([one[1] for one in each]))
    return Described(_array(values), tuple(values), log_edge, guessed, any(one[2] for one in each), assignments[0])


def _described(
    cell: CommonCell, species: Sequence[str], anion: Sequence[bool], found: Sequence[int]
) -> tuple[dict[str, float], float, bool]:
    """Features of one assignment of charges, logarithm of the edge, and whether a radius was not tabulated."""
    numbers = [cell.coordination(o, _other_role(anion, o)) for o in range(len(species))]
    radii = [radius(s, q, n) for s, q, n in zip(species, found, numbers, strict=True)]
    values: dict[str, float] = {}
    for orbit, (name, symbol) in enumerate(zip(cell.site_names, species, strict=True)):
        values |= _element_values(name, symbol, found[orbit], radii[orbit][0], anion[orbit])
        if numbers[orbit] > 8 and not anion[orbit]:
            values[f"{name}.radius8"] = radius(symbol, found[orbit], 8)[0]
    fallback = any(f for _, f in radii)
    bonds = [b for b in cell.bonds if not anion[b.orbit] and anion[b.neighbour]]
    if not bonds:
        return values, math.log(2.0), True
    misfits = np.array([_misfits(b, species, found, radii) for b in bonds])
    first = min(range(len(bonds)), key=lambda i: bonds[i].distance)
    for i, bond in enumerate(bonds):
        pair = f"{cell.site_names[bond.orbit]}-{cell.site_names[bond.neighbour]}"
        values[f"{pair}.polarity"] = _negativity(species[bond.neighbour]) - _negativity(species[bond.orbit])
        values[f"{pair}.ratio"] = radii[bond.orbit][0] / radii[bond.neighbour][0]
        if i != first:
            values[f"{pair}.misfit"], values[f"{pair}.misfit_valence"] = (misfits[i] - misfits[first]).tolist()
    values["edge"] = float(misfits[first, 1])
    return values, values["edge"], fallback


def _other_role(anion: Sequence[bool], orbit: int) -> list[int]:
    """Cations for an anion, anions for a cation."""
    return [p for p in range(len(anion)) if anion[p] != anion[orbit]]


def _negativity(symbol: str) -> float:
    """Electronegativity; 2 where none is known."""
    return float(element(symbol)["X"] or 2.0)


def _array(values: dict[str, float]) -> FloatArray:
    return np.array(list(values.values()), dtype=np.float64)


def _element_values(name: str, symbol: str, charge: int, size: float, anion: bool) -> dict[str, float]:
    known = element(symbol)
    skip = ("p", "d", "f") if anion else ()
    values = {f"{name}.{key}": float(known[key] or 0.0) for key in PROPERTIES if key not in skip}
    values |= {f"{name}.charge": float(charge), f"{name}.size": size}
    if not anion:
        outer = known["s"] + known["p"] - charge
        behind_d = known["group"] > 12 and known["row"] >= 4
        values[f"{name}.potential"] = charge / size
        values[f"{name}.lone_pair"] = float(behind_d and outer >= 2)
        shell = max(0, outer + known["d"]) if known["group"] <= 12 and known["d"] else 10 * behind_d
        values[f"{name}.d_ion"] = float(shell)
        values[f"{name}.jahn_teller"] = float((symbol, charge) in JAHN_TELLER)
    return values


def _misfits(
    bond: Bond, species: Sequence[str], found: Sequence[int], radii: Sequence[tuple[float, bool]]
) -> tuple[float, float]:
    """``log(L / D)`` by radii and by bond valence."""
    touching = radii[bond.orbit][0] + radii[bond.neighbour][0]
    valence = found[bond.orbit] / bond.number
    length = bond_length(species[bond.orbit], species[bond.neighbour], valence, touching)
    return math.log(touching / bond.distance), math.log(max(length, 0.5) / bond.distance)


@dataclass(frozen=True, eq=False)
class Scaling:
    """Standardisation of the features, from the training part alone."""

    mean: FloatArray
    spread: FloatArray

    CLIP = 4.0

    @classmethod
    def of(cls, values: FloatArray) -> Scaling:
        """Mean and standard deviation of (m, f)."""
        return cls(values.mean(axis=0), values.std(axis=0) + 1e-9)

    def __call__(self, values: FloatArray) -> FloatArray:
        """Standardised and clipped."""
        return np.asarray(np.clip((values - self.mean) / self.spread, -self.CLIP, self.CLIP))
