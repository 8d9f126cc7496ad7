"""The sites that a CIF lists: element, occupancy, coordinates; what had to be guessed is noted."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.errors import InputError
from curiebreak.structures.checks import Provenance
from curiebreak.structures.cif_numbers import cif_number, cif_uncertainty
from curiebreak.structures.cif_text import Block
from curiebreak.structures.elements import is_vacancy, label_element, plain_element

CERTAIN = 3.0
"""Standard uncertainties; an occupancy within this of 0 or 1 is not known to differ from it."""

FRACTIONS = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
_WATER = re.compile(r"H[23]O\+?")
_TYPE = "_atom_site_type_symbol"
_MULTIPLICITIES = ("_atom_site_symmetry_multiplicity", "_atom_site_site_symmetry_multiplicity")

TextArray = NDArray[np.str_]


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
    label: str
    kind: str
    occupancy: float
    occupancy_text: str
    position: FloatArray
    uncertainty: FloatArray
    multiplicity: int | None
    dotted: bool

    @property
    def name(self) -> str:
        """The type symbol, or the label where there is none."""
        return self.kind or self.label


def listed_sites(block: Block, source: Provenance, *, empty: bool = False) -> list[Site]:
    """Sites of a block, dummies and vacancies left out, and unless `empty` is true empty sites.

    Raises
    ------
    InputError
        Missing coordinates, unknown elements, impossible occupancies, or no site at all.
    """
    rows = _rows(block, source)
    _settle_empty(rows, block, source)
    _settle_full(rows, block)
    formula = re.findall(r"[A-Z][a-z]?", block.text("_chemical_formula_sum"))
    names = [row.name for row in rows]
    sites: list[Site] = []
    guesses: dict[str, str] = {}
    for row in rows:
        reason = _left_out(row, empty)
        if reason:
            block.notes.append(f"site {row.label} is {reason} and left out")
            continue
        element, certain = _element(row, formula, names, source)
        if not certain:
            guesses[row.label] = element
        if re.match(r"[DT](?![A-Za-z])", row.name):
            block.notes.append("deuterium and tritium are read as hydrogen")
        of_site = row.occupancy, row.position, row.uncertainty, row.multiplicity, row.dotted
        sites.append(Site(row.label, element, *of_site))
    if not sites:
        raise InputError(f"There are no atoms in {source.name}.", "Give a CIF with an _atom_site loop.")
    if guesses:
        words = ", ".join(f"{label} is {element}" for label, element in guesses.items())
        block.notes.append(f"elements guessed from the labels: {words}")
    return sites


def _left_out(row: _Row, empty: bool) -> str:
    """Why a listed site holds no atom; empty where it does."""
    if row.occupancy == 0.0 and not empty:
        return "empty (occupancy 0)"
    return "taken for a vacancy" if is_vacancy(row.name) else ""


def _element(row: _Row, formula: list[str], names: list[str], source: Provenance) -> tuple[str, bool]:
    """Element of a site by its type, else by its label; and whether that is certain."""
    element = None if _WATER.fullmatch(row.name) else plain_element(row.kind)
    if element is not None:
        return element, True
    element, certain = label_element(row.name, formula, names)
    if element is None:
        raise InputError(f"The element of site {row.label} in {source.name} is unknown.", "Add _atom_site_type_symbol.")
    return element, certain


def _rows(block: Block, source: Provenance) -> list[_Row]:
    count = len(block.column(FRACTIONS[0]))
    texts = np.array([block.filled(count, tag) for tag in FRACTIONS]).T
    dots = np.array([np.isin(range(count), list(block.dots.get(tag, ()))) for tag in FRACTIONS]).T
    multiplicities = block.filled(count, *_MULTIPLICITIES)
    zeros = _dots_are_zero(texts, dots, np.array(multiplicities))
    columns = zip(
        block.filled(count, "_atom_site_label", _TYPE),
        block.filled(count, _TYPE),
        block.filled(count, "_atom_site_occupancy"),
        block.filled(count, "_atom_site_calc_flag"),
        np.where(dots & zeros, "0", texts).tolist(),
        multiplicities,
        np.logical_and(dots.all(axis=1), zeros).tolist(),
        strict=True,
    )
    rows: list[_Row] = []
    for number, (named, kind, text, flag, values, stated, dotted) in enumerate(columns, 1):
        if flag.lower() == "dum":
            continue
        label = named or f"{number}"
        occupancy = _occupancy(text, label, source)
        position, uncertainty = (np.array(list(map(read, values))) for read in (cif_number, cif_uncertainty))
        if occupancy != 0.0:
            _check_coordinates(label, values, position, source)
        multiplicity = int(stated) if re.fullmatch(r"\d{1,4}", stated) else None
        rows.append(_Row(label, kind, occupancy, text, position, uncertainty, multiplicity, dotted))
    if zeros:
        block.notes.append("coordinates written as . are read as 0")
    return rows


def _check_coordinates(label: str, texts: Sequence[str], position: FloatArray, source: Provenance) -> None:
    """Refuse a coordinate that is missing or no number: it would lie as near to any other atom as to itself."""
    if not all(texts):
        raise InputError(f"Site {label} of {source.name} has no coordinates.", "Complete or remove that site.")
    wrong = [text for text, value in zip(texts, position, strict=True) if not np.isfinite(value)]
    if wrong:
        raise InputError(
            f"Site {label} of {source.name} has a coordinate that is not a number: {wrong[0]}.",
            "Correct or remove that site.",
        )


def _dots_are_zero(texts: TextArray, dots: BoolArray, counts: TextArray) -> bool:
    """Old exports write the coordinate 0 as a dot.

    There none is a ``?``, and a site has dots beside numbers or states its multiplicity, which is checked later.

    Parameters
    ----------
    texts, dots : ndarray (n, 3)
        Coordinates as they are written, empty where they are a dot or a ``?``; and whether they are a dot.
    counts : ndarray (n,)
        Multiplicities of the sites.
    """
    settled = dots.any(axis=1) & (np.char.isdigit(counts) | ~dots.all(axis=1))
    return bool(((texts != "") | dots).all() and settled.any())


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


def _settle_empty(rows: list[_Row], block: Block, source: Provenance) -> None:
    """Occupancies within three standard uncertainties of 0 become 0; others below 0 are refused."""
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


def _settle_full(rows: list[_Row], block: Block) -> None:
    """Occupancies within three standard uncertainties of 1 become 1, those of entries on one position together."""
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
