"""The small immutable model of a crystal or molecule that the whole program works on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np

from curiebreak.arrays import FloatArray, summed
from curiebreak.structures.elements import FORMULA_ORDER

VACANCY = "Vac"
"""Species of an empty site, where the order of atoms and empty sites is followed; its composition is empty."""


@dataclass(frozen=True)
class Precision:
    """How finely a source states its numbers.

    Attributes
    ----------
    position : float
        Å; one unit in the last decimal of a coordinate, along the longest edge.
    length : float
        Å; one unit in the last decimal of the cell's edges (angles as arcs), or three standard uncertainties.
    occupancy : float
        One unit in the last decimal of partial occupancies, or three standard uncertainties; 0 where all sites are
        full.
    uncertainty : float
        Å; the smallest standard uncertainty that is stated of a coordinate, along the shortest edge: none is known
        better. 0 where none is stated.
    """

    position: float
    length: float
    occupancy: float
    uncertainty: float = 0.0


@dataclass(frozen=True, eq=False)
class Structure:
    """Atoms in a cell, or a finite molecule.

    Attributes
    ----------
    lattice : ndarray (3, 3) or None
        Rows are the cell axes in Å, as the file gives them; ``None`` for a molecule.
    species : tuple of str, length n
        Element symbol of each atom, or for a mixed site the sorted composition,
        e.g. ``"Cu0.25Pt0.75"``.
    coords : ndarray (n, 3)
        Fractional coordinates (crystal) or Cartesian ones in Å (molecule).
    labels : tuple of str, length n
        Site label of each atom as the file names it (``O1``); symmetry copies share it.
        Empty when the source names no sites.
    occupancies : tuple of mapping, length n
        Element to occupancy for each atom; ``{"O": 1.0}`` for a plain one.
    path, sha256 : str or None
        Where it came from, for provenance.
    messages : tuple of str
        What the reader had to say (ignored moments, merged atoms).
    uncertainties : ndarray (n, 3) or None
        Standard uncertainties of `coords` where the file states any (zero where it does not).
    precision : Precision or None
        Written decimals of the source; ``None`` where its numbers come as floats
        (:func:`curiebreak.structures.precision.precision_of` judges those).
    moments : ndarray (n, 3) or (n,), or None
        μB, Cartesian, or one number an atom without a direction, where a source other than a CIF gives them; only the
        reader of magnetic structures uses them.
    """

    lattice: FloatArray | None
    species: tuple[str, ...]
    coords: FloatArray
    labels: tuple[str, ...] = ()
    occupancies: tuple[Mapping[str, float], ...] = ()
    path: str | None = None
    sha256: str | None = None
    messages: tuple[str, ...] = field(default=())
    uncertainties: FloatArray | None = None
    precision: Precision | None = None
    moments: FloatArray | None = None

    @property
    def is_molecule(self) -> bool:
        """True for a finite cluster without a lattice."""
        return self.lattice is None

    @property
    def cartesian(self) -> FloatArray:
        """Cartesian positions (n, 3) in Å, in the frame of the file."""
        if self.lattice is None:
            return self.coords
        return np.asarray(self.coords @ self.lattice)

    def __len__(self) -> int:
        return len(self.species)

    @property
    def contents(self) -> tuple[Mapping[str, float], ...]:
        """Element to occupancy for each atom; a full site of its species where no occupancies are known."""
        return self.occupancies or tuple({name: 1.0} for name in self.species)

    @property
    def formula(self) -> str:
        """Reduced formula, electropositive elements first, mixed sites in brackets: ``La(Al0.94Nb0.06)O3``.

        Sites of one element that are empty in part count with their occupancy, empty ones not at all.
        """
        divisor = max(1, np.gcd.reduce(list(Counter(self.species).values())))
        sites = (
            {f"({name})": 1.0} if len(content) > 1 else content
            for name, content in zip(self.species, self.contents, strict=True)
        )
        amounts = summed((name, amount / divisor) for site in sites for name, amount in site.items())
        return formula_text(amounts)

    def without_vacancies(self) -> Structure:
        """The atoms alone: sites of the species `VACANCY` left out."""
        keep = np.array([name != VACANCY for name in self.species], dtype=bool)
        if keep.all():
            return self
        return replace(
            self,
            species=tuple(compress(self.species, keep)),
            coords=self.coords[keep],
            labels=tuple(compress(self.labels, keep)),
            occupancies=tuple(compress(self.occupancies, keep)),
            uncertainties=None if self.uncertainties is None else self.uncertainties[keep],
        )


def formula_text(amounts: Mapping[str, float]) -> str:
    """Elements or sites with their amounts, electropositive ones first; an amount of 1 is left out."""
    ordered = sorted(amounts.items(), key=lambda item: _place(item[0]))
    return "".join(f"{e}{'' if abs(x - 1.0) < 5e-4 else f'{x:.4g}'}" for e, x in ordered)


def _place(species: str) -> tuple[int, str]:
    """Where a site's species stands in a formula: by the element that it holds most of."""
    parts = re.findall(r"([A-Z][a-z]?)([\d.]*)", species)
    most = max(parts, key=lambda p: float(p[1] or 1.0))[0] if parts else species
    return FORMULA_ORDER.get(most, len(FORMULA_ORDER)), species


def species_name(composition: Mapping[str, float]) -> str:
    """Name of a site: the element, or the sorted composition with occupancies.

    Parameters
    ----------
    composition : mapping of str to float
        Element to occupancy.

    Returns
    -------
    str
        ``"O"`` for a full plain site, ``"Cu0.25Pt0.75"`` for a mixed one, ``"O0.9"`` for a
        partly empty one.
    """
    if not composition:
        return VACANCY
    if len(composition) == 1:
        ((element, occupancy),) = composition.items()
        if abs(occupancy - 1.0) < 5e-4:
            return element
    return "".join(f"{e}{round(x, 4):g}" for e, x in sorted(composition.items()))


def composition_of(name: str) -> dict[str, float]:
    """Element to occupancy of a site by its name; the inverse of :func:`species_name`."""
    found = {element: float(share or 1.0) for element, share in re.findall(r"([A-Z][a-z]?)([0-9.]*(?:e-?\d+)?)", name)}
    return found or {name: 1.0}
