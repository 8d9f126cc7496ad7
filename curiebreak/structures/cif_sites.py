"""The sites that a CIF lists: element, occupancy, coordinates; what had to be guessed is noted."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.structures.checks import Provenance
from curiebreak.structures.cif_numbers import cif_number, cif_uncertainty
from curiebreak.structures.cif_text import Block
from curiebreak.structures.elements import is_vacancy, label_element, plain_element

CERTAIN = 3.0
"""Standard uncertainties; an occupancy within this of 0 or 1 is not known to differ from it."""

_AXES = ("x", "y", "z")
_WATER = re.compile(r"H[23]O\+?")
_MULTIPLICITIES = ("_atom_site_symmetry_multiplicity", "_atom_site_site_symmetry_multiplicity")


@dataclass(eq=False)
class Site:
    """One listed site.

    Attributes
    ----------
    label, element : str
    occupancy : float
    position, uncertainty : ndarray (3,)
        Fractional.
    multiplicity : int or None
        As the file states it.
    dotted : bool
        All three coordinates are dots, read as 0.
    """

    label: str
    element: str
    occupancy: float
    position: FloatArray
    uncertainty: FloatArray
    multiplicity: int | None = None
    dotted: bool = False


@dataclass(eq=False)
class _Row:
    index: int
    label: str
    kind: str
    position: FloatArray
    uncertainty: FloatArray
    occupancy: float
    occupancy_text: str
    dotted: bool = False


def listed_sites(block: Block, source: Provenance, *, empty: bool = False) -> list[Site]:
    """Sites of a block, dummies and vacancies left out, and unless `empty` is true empty sites.

    Raises
    ------
    InputError
        Missing coordinates, unknown elements, impossible occupancies, or no site at all.
    """
    rows = _rows(block, source)
    _settle_occupancies(rows, block, source)
    formula = re.findall(r"[A-Z][a-z]?", block.text("_chemical_formula_sum") or "")
    names = [row.kind or row.label for row in rows]
    multiplicities = block.column(*_MULTIPLICITIES)
    sites: list[Site] = []
    guesses: dict[str, str] = {}
    for row in rows:
        if row.occupancy == 0.0 and not empty:
            block.notes.append(f"site {row.label} is empty (occupancy 0) and left out")
            continue
        if is_vacancy(row.kind or row.label):
            block.notes.append(f"site {row.label} is taken for a vacancy and left out")
            continue
        element = None if _WATER.fullmatch(row.kind or row.label) else plain_element(row.kind)
        if element is None:
            element, certain = label_element(row.kind or row.label, formula, names)
            if element is None:
                raise InputError(
                    f"The element of site {row.label} in {source.name} is unknown.", "Add _atom_site_type_symbol."
                )
            if not certain:
                guesses[row.label] = element
        if re.match(r"[DT](?![A-Za-z])", row.kind or row.label):
            block.notes.append("deuterium and tritium are read as hydrogen")
        stated = multiplicities[row.index] if row.index < len(multiplicities) else ""
        count = int(stated) if re.fullmatch(r"\d{1,4}", stated) else None
        sites.append(Site(row.label, element, row.occupancy, row.position, row.uncertainty, count, row.dotted))
    if not sites:
        raise InputError(f"There are no atoms in {source.name}.", "Give a CIF with an _atom_site loop.")
    if guesses:
        words = ", ".join(f"{label} is {element}" for label, element in guesses.items())
        block.notes.append(f"elements guessed from the labels: {words}")
    return sites


def _rows(block: Block, source: Provenance) -> list[_Row]:
    columns = [block.column(f"_atom_site_fract_{axis}") for axis in _AXES]
    labels = block.column("_atom_site_label") or block.column("_atom_site_type_symbol")
    kinds = block.column("_atom_site_type_symbol")
    occupancies = block.column("_atom_site_occupancy")
    flags = block.column("_atom_site_calc_flag")
    zeros = _dots_are_zero(block)
    rows: list[_Row] = []
    for index in range(len(columns[0])):
        if index < len(flags) and flags[index].lower() == "dum":
            continue
        label = (labels[index] if index < len(labels) else "") or f"{index + 1}"
        text = occupancies[index] if index < len(occupancies) else ""
        values = [column[index] if index < len(column) else "" for column in columns]
        dots = [index in block.dots.get(f"_atom_site_fract_{axis}", ()) for axis in _AXES]
        if zeros:
            values = ["0" if dot else value for value, dot in zip(values, dots, strict=True)]
        occupancy = _occupancy(text, label, source)
        if not all(values) and occupancy != 0.0:
            raise InputError(f"Site {label} of {source.name} has no coordinates.", "Complete or remove that site.")
        position, uncertainty = (np.array([f(v) for v in values]) for f in (cif_number, cif_uncertainty))
        kind = kinds[index] if index < len(kinds) else ""
        rows.append(_Row(index, label, kind, position, uncertainty, occupancy, text, zeros and all(dots)))
    if zeros:
        block.notes.append("coordinates written as . are read as 0")
    return rows


def _dots_are_zero(block: Block) -> bool:
    """Old exports write the coordinate 0 as a dot.

    There none is a ``?``, and a site has dots beside numbers or states its multiplicity, which is checked later.
    """
    columns = [block.column(f"_atom_site_fract_{axis}") for axis in _AXES]
    dots = [block.dots.get(f"_atom_site_fract_{axis}", frozenset()) for axis in _AXES]
    counts = block.column(*_MULTIPLICITIES)
    mixed = False
    for index in range(len(columns[0])):
        values = [column[index] if index < len(column) else "" for column in columns]
        null = [index in rows for rows in dots]
        if any(not value and not dot for value, dot in zip(values, null, strict=True)):
            return False
        stated = index < len(counts) and counts[index].isdigit()
        mixed |= any(null) and (stated or not all(null))
    return mixed


# Occupancies ------------------------------------------------------------------------------------------------------


def _occupancy(text: str, label: str, source: Provenance) -> float:
    if not text:
        return 1.0
    value = cif_number(text)
    if math.isnan(value):
        raise InputError(
            f"The occupancy of {label} in {source.name} is not a number: {text}.", "Correct the occupancy."
        )
    return value


def _settle_occupancies(rows: list[_Row], block: Block, source: Provenance) -> None:
    """Occupancies within three standard uncertainties of 0 or 1 become 0 or 1; entries on one position together."""
    for row in rows:
        spread = cif_uncertainty(row.occupancy_text)
        if 0.0 < abs(row.occupancy) <= CERTAIN * spread < abs(row.occupancy - 1.0):
            row.occupancy = 0.0
            block.notes.append(f"the occupancy {row.occupancy_text} of {row.label} is taken as 0")
        if row.occupancy < 0.0:
            raise InputError(
                f"The occupancy of {row.label} in {source.name} is negative: {row.occupancy_text}.",
                "Correct the occupancy.",
            )
    groups: dict[bytes, list[_Row]] = {}
    for row in rows:
        if row.occupancy > 0.0:
            groups.setdefault((np.round(row.position, 4) % 1.0 + 0.0).tobytes(), []).append(row)
    for group in groups.values():
        total = sum(row.occupancy for row in group)
        spread = math.hypot(*(cif_uncertainty(row.occupancy_text) for row in group))
        if not 0.0 < abs(total - 1.0) <= CERTAIN * spread < total:
            continue
        for row in group:
            row.occupancy /= total
        names = ", ".join(row.label for row in group)
        texts = " + ".join(row.occupancy_text for row in group)
        if abs(total - 1.0) > 5e-4:
            block.notes.append(f"the occupancy {texts} of {names} is taken as 1")
