"""From a formula or a parent structure to one element for each site orbit of a family."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curiebreak.arrays import summed
from curiebreak.errors import InputError
from curiebreak.family.element_numbers import charges, element, radius
from curiebreak.family.members import orbit_species
from curiebreak.structures.elements import ELEMENTS

if TYPE_CHECKING:
    from curiebreak.family.family_model import FamilyModel

_PART = re.compile(r"([A-Z][a-z]?)(\d*)")
CUBIC = 221


def sites_of(composition: Any, model: FamilyModel, sites: Mapping[str, str] | None) -> tuple[str, ...]:
    """Element of each orbit of the model's parent.

    Raises
    ------
    InputError
        If the composition is none of the family.
    """
    formula = given_formula(composition)
    return _of_structure(composition, model) if formula is None else of_formula(formula, model, sites)


def given_formula(given: Any) -> str | None:
    """The formula that was given, without blanks around it; None for a structure or the name of its file."""
    if not isinstance(given, str) or Path(given).suffix[1:2].isalpha() or "/" in given or Path(given).is_file():
        return None
    return given.strip()


def parsed(formula: str) -> dict[str, int]:
    """Elements and counts of a formula.

    Raises
    ------
    InputError
    """
    parts = _PART.findall(formula)
    if not parts or "".join(map("".join, parts)) != formula:
        raise InputError(f"{formula!r} is no formula.", "Write elements and whole numbers, such as LaFeO3.")
    counts: dict[str, int] = {}
    for symbol, count in parts:
        if symbol not in ELEMENTS:
            raise InputError(
                f"{symbol!r} in {formula!r} is no element.", "Write elements and whole numbers, such as LaFeO3."
            )
        element(symbol)
        counts[symbol] = counts.get(symbol, 0) + int(count or 1)
    return counts


def of_formula(formula: str, model: FamilyModel, sites: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Element of each orbit for a formula.

    Where counts leave a choice, charges that balance come first, then the larger ion on the site of more
    neighbours, then the order of the formula.
    """
    counts, cell = parsed(formula), model.cell
    names = [name.rstrip("0123456789") for name in cell.site_names]
    refusal = InputError(
        f"{formula} is no compound of this family ({formula_of(model, names)}).", "Give a formula with these counts."
    )
    total, atoms = sum(counts.values()), sum(cell.counts)
    if (total % atoms and atoms % total) or len(counts) > len(cell.counts):
        raise refusal
    places = _places(cell.site_names, sites or {})
    wanted = {symbol: number * atoms / total for symbol, number in counts.items()}
    found = [
        chosen
        for chosen in product(counts, repeat=len(cell.counts))
        if summed(zip(chosen, cell.counts, strict=True)) == wanted
        and set(same_element(chosen)) <= set(model.together)
        and places.items() <= set(enumerate(chosen))
    ]
    if not found:
        raise refusal
    return min(found, key=lambda chosen: _strangeness(chosen, model))


def formula_of(model: FamilyModel, species: Sequence[str]) -> str:
    """Formula of these elements on the sites, the cation of the most neighbours first."""
    cell = model.cell
    order = sorted(range(len(species)), key=lambda o: (model.anion[o], -cell.coordination(o, range(len(species)))))
    return "".join(f"{species[o]}{cell.counts[o] if cell.counts[o] > 1 else ''}" for o in order)


def _places(names: Sequence[str], sites: Mapping[str, str]) -> dict[int, str]:
    """Element by number of the site, of those that were stated."""
    for site in sites:
        if site not in names:
            raise InputError(f"The parent has no site {site!r}.", f"It has {', '.join(names)}.")
    return {names.index(site): symbol for site, symbol in sites.items()}


def same_element(species: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of orbits that hold the same element."""
    return [(i, j) for i, j in combinations(range(len(species)), 2) if species[i] == species[j]]


def _strangeness(chosen: Sequence[str], model: FamilyModel) -> tuple[int, int, float]:
    """Order of preference of an assignment, least first."""
    cell = model.cell
    found, guessed = charges(chosen, cell.counts)
    anion = np.array(model.anion)
    wrong = int(((np.array(found) < 0) != anion).sum())
    cations = np.flatnonzero(~anion).tolist()
    weight = sum(cell.coordination(o, range(len(chosen))) * radius(chosen[o], max(found[o], 1), 6)[0] for o in cations)
    return int(guessed), wrong, -weight


def _of_structure(given: Any, model: FamilyModel) -> tuple[str, ...]:
    from curiebreak.scan.prototypes import BuiltParent, Prototype, build_parent
    from curiebreak.structures import read_structure
    from curiebreak.symmetry.parent import parent_crystal

    structure = read_structure(given)
    hint = "Give the formula, or a parent of the model's own prototype."
    if structure.lattice is None:
        raise InputError("A molecule is no parent of this model.", hint)
    parent = parent_crystal(structure)
    if model.cell.number == CUBIC and not model.cell.fits(parent):
        built = build_parent(structure, Prototype.PEROVSKITE)
        if isinstance(built, BuiltParent):
            parent = parent_crystal(built.structure)
    if not model.cell.fits(parent):
        raise InputError(
            f"The structure is no parent of the model {model.name} (space group {model.cell.number}, "
            f"sites {', '.join(model.cell.site_names)}).",
            hint,
        )
    found = orbit_species(parent.species, model.cell)
    if found is None:
        raise InputError("The parent has mixed or partly empty sites.", "Give one element for each site.")
    return found
