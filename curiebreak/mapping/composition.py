"""Which child atom may sit on which parent site: equal species, occupation order, substitution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, product

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, summed
from curiebreak.errors import InputError, NotCompatibleError
from curiebreak.structures.elements import FORMULA_ORDER
from curiebreak.structures.model import VACANCY, Structure
from curiebreak.symmetry.parent import ParentCrystal

FULL = 5e-4
"""Occupancy that rounding of files may miss or exceed."""

_COMPOSITION_TOLERANCE = 0.01
_MAX_CHOICES = 24


@dataclass(frozen=True, eq=False)
class SiteKinds:
    """Kinds of atoms and the sites they may take.

    Attributes
    ----------
    child_species : tuple of str
        Species of each child kind.
    allowed : ndarray (n_kinds, n_p) of bool
        Child kind on parent site.
    occupation : bool
        True when an ordered child sits on mixed parent sites.
    messages : tuple of str
    """

    child_species: tuple[str, ...]
    allowed: BoolArray
    occupation: bool = False
    messages: tuple[str, ...] = ()

    def of(self, species: tuple[str, ...]) -> IntArray:
        """Kind of each atom."""
        index = {name: kind for kind, name in enumerate(self.child_species)}
        return np.array([index[s] for s in species], dtype=np.int64)


def compositions(structure: Structure) -> dict[str, Mapping[str, float]]:
    """Composition of each species name of a structure; what is empty of a site counts as the species `VACANCY`."""
    if not structure.occupancies:
        return {name: {name: 1.0} for name in structure.species}
    pairs = zip(structure.species, structure.occupancies, strict=True)
    return {name: _with_vacancy(composition) for name, composition in dict(pairs).items()}


def _with_vacancy(composition: Mapping[str, float]) -> Mapping[str, float]:
    empty = 1.0 - sum(composition.values())
    return {**composition, VACANCY: empty} if empty > FULL else composition


def content(structure: Structure, species: Sequence[str] | None = None) -> dict[str, float]:
    """Amount of each element, vacancies left out.

    Parameters
    ----------
    structure : Structure
    species : sequence of str, optional
        Names of the sites to count, instead of all of the structure.
    """
    table = compositions(structure)
    names = structure.species if species is None else species
    amounts = summed(pair for name in names for pair in table[name].items())
    amounts.pop(VACANCY, None)
    return amounts


def partial_kinds(parent: ParentCrystal, child: Structure) -> SiteKinds | None:
    """Where the atoms of a child that leaves sites empty may stand; None where some fit no site."""
    mixed, given = compositions(parent.structure), compositions(child)
    names = tuple(dict.fromkeys(child.species))
    allowed = np.array([[_fits(n, p, mixed, given) for p in parent.species] for n in names])
    return SiteKinds(names, allowed) if allowed.any(axis=1).all() else None


def site_kinds(parent: ParentCrystal, child: Structure, substitution: bool) -> list[SiteKinds]:
    """All ways to let the child's species stand on the parent's sites.

    Parameters
    ----------
    parent : ParentCrystal
    child : Structure
    substitution : bool
        Allow other elements on a site when the numbers agree.

    Raises
    ------
    InputError
        A partly occupied site of the child that fits no site of the parent.
    NotCompatibleError
        The compositions differ.
    """
    ours, theirs = Counter(parent.species), Counter(child.species)
    if _proportional(ours, theirs):
        names = tuple(theirs)
        return [SiteKinds(names, np.array(names)[:, None] == np.array(parent.species))]
    mixed, given = compositions(parent.structure), compositions(child)
    if any(map(_is_mixed, mixed.values())) or any(map(_is_mixed, given.values())):
        ordered = _occupation_order(parent, child, mixed, given)
        if ordered is not None:
            return [ordered]
    if substitution:
        choices = list(_substitutions(ours, theirs, parent, mixed, given))
        if choices:
            return choices
    _check_partial_sites(parent, child, mixed, given)
    raise NotCompatibleError(
        f"The compositions differ: the parent is {_formula(parent.structure, parent.species)}, the child "
        f"{_formula(child, child.species)}{_difference(parent, child)}.",
        "Give a parent of the same composition, or let other elements stand on its sites with --allow substitution."
        if not substitution
        else "No assignment of the child's species to the parent's sites gives the right numbers.",
    )


def _proportional(ours: Counter[str], theirs: Counter[str]) -> bool:
    if set(ours) != set(theirs):
        return False
    n, m = sum(ours.values()), sum(theirs.values())
    # equal ratios without division
    return all(ours[s] * m == theirs[s] * n for s in ours)


def _is_mixed(composition: Mapping[str, float]) -> bool:
    return len(composition) > 1 or abs(sum(composition.values()) - 1.0) > FULL


def _occupation_order(
    parent: ParentCrystal,
    child: Structure,
    mixed: dict[str, Mapping[str, float]],
    given: dict[str, Mapping[str, float]],
) -> SiteKinds | None:
    names = tuple(dict.fromkeys(child.species))
    allowed = np.array([[_fits(n, p, mixed, given) for p in parent.species] for n in names])
    if not allowed.any(axis=1).all() or not allowed.any(axis=0).all():
        return None
    ours, theirs = _elements(Counter(parent.species), mixed), _elements(Counter(child.species), given)
    if any(abs(ours.get(e, 0.0) - theirs.get(e, 0.0)) > _COMPOSITION_TOLERANCE for e in {*ours, *theirs}):
        return None
    words = "the child orders the occupation of mixed parent sites"
    if VACANCY in names or any(VACANCY in given[name] for name in names):
        words = "the child orders atoms and empty sites, which count as a species (Vac)"
    return SiteKinds(names, allowed, True, (words,))


def _check_partial_sites(
    parent: ParentCrystal,
    child: Structure,
    mixed: dict[str, Mapping[str, float]],
    given: dict[str, Mapping[str, float]],
) -> None:
    """Refuse a mixed site of the child that no site of the parent can take."""
    for name in dict.fromkeys(child.species):
        if _is_mixed(given[name]) and not any(_fits(name, site, mixed, given) for site in parent.species):
            raise InputError(
                f"The child's site {name} is partly occupied and matches no site of the parent.",
                "Give the parent the same mixed site, or let sites be matched by position with --allow substitution.",
            )


def _fits(name: str, site: str, mixed: dict[str, Mapping[str, float]], given: dict[str, Mapping[str, float]]) -> bool:
    if name == site:
        return True
    return (
        _is_mixed(mixed[site])
        and set(given[name]) <= set(mixed[site])
        # an atom may take a mixed site where it fills it as much as the mixture does
        and abs(sum(given[name].values()) - sum(mixed[site].values())) < FULL
    )


def _elements(counts: Counter[str], table: dict[str, Mapping[str, float]]) -> dict[str, float]:
    """Amount of each element per site."""
    total = sum(counts.values())
    return summed((e, share * count / total) for name, count in counts.items() for e, share in table[name].items())


def _fills(ours: Counter[str], theirs: Counter[str], choice: Sequence[str]) -> bool:
    """Whether each kind of site gets as many atoms as it has places; `choice` is the site of each of `theirs`."""
    filled: Counter[str] = Counter()
    for name, site in zip(theirs, choice, strict=True):
        filled[site] += theirs[name]
    n, m = sum(ours.values()), sum(theirs.values())
    return all(filled[s] * n == ours[s] * m for s in ours)


def _substitutions(
    ours: Counter[str],
    theirs: Counter[str],
    parent: ParentCrystal,
    mixed: dict[str, Mapping[str, float]],
    given: dict[str, Mapping[str, float]],
) -> Iterator[SiteKinds]:
    """Yield assignments of child species to parent species with the right numbers, most alike first.

    Alike is what shares most of its composition: doped and disordered sites stand on the parent's of the same
    majority.
    """
    names, sites = list(theirs), list(ours)
    total = sum(theirs.values())
    found: list[tuple[float, tuple[str, ...]]] = []
    if len(sites) ** len(names) > 100_000:
        return
    for choice in product(sites, repeat=len(names)):
        if _fills(ours, theirs, choice):
            changed = [theirs[a] * (1.0 - _shared(given[a], mixed[b])) for a, b in zip(names, choice, strict=True)]
            found.append((sum(changed) / total, choice))
    if not found:
        return
    # of all ways those that change the least of the sites' contents
    fewest, _ = min(found)
    for _, choice in [f for f in found if f[0] < fewest + _COMPOSITION_TOLERANCE][:_MAX_CHOICES]:
        allowed = np.array(choice)[:, None] == np.array(parent.species)
        text = ", ".join(f"{a} on {b}" for a, b in zip(names, choice, strict=True) if a != b)
        yield SiteKinds(tuple(names), allowed, False, (f"species substituted: {text}",))


def _shared(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Part of a site's composition that another has too."""
    return sum(min(amount, second.get(element, 0.0)) for element, amount in first.items())


def _formula(structure: Structure, species: Sequence[str]) -> str:
    """Amounts of the elements per smallest number of equal formula units."""
    divisor = int(np.gcd.reduce(list(Counter(species).values())))
    amounts = {element: amount / divisor for element, amount in content(structure, species).items()}
    return "".join(f"{e}{'' if abs(x - 1.0) < FULL else f'{x:.4g}'}" for e, x in sorted(amounts.items(), key=_place))


def _place(amount: tuple[str, float]) -> int:
    return FORMULA_ORDER.get(amount[0], len(FORMULA_ORDER))


def _difference(parent: ParentCrystal, child: Structure) -> str:
    ours, theirs = set(content(parent.structure)), set(content(child))
    extra, missing = sorted(theirs - ours), sorted(ours - theirs)
    parts = [f"{', '.join(extra)} only in the child"] if extra else []
    parts += [f"{', '.join(missing)} only in the parent"] if missing else []
    return f" ({'; '.join(parts)})" if parts else ""


def occupation_change(
    parent: ParentCrystal, child: Structure, site: IntArray, child_atoms: IntArray
) -> tuple[FloatArray | None, tuple[str, ...]]:
    """Occupancies in the child minus those in the parent.

    Parameters
    ----------
    parent, child
    site, child_atoms : ndarray (n,) of int
        Parent site and child atom of each place of the cell.

    Returns
    -------
    change : ndarray (n, n_elements) or None
        None when no mixed site takes part, and no site of the parent that several species of the child share.
    elements : tuple of str
    """
    mixed, given = compositions(parent.structure), compositions(child)
    names = [(parent.species[s], child.species[a]) for s, a in zip(site, child_atoms, strict=True)]
    # places that hold several species of the child count as mixed ones do
    shared = Counter(place for place, _ in set(names))
    counted = [_is_mixed(mixed[place]) or shared[place] > 1 for place, _ in names]
    before = [mixed[place] for place, _ in compress(names, counted)]
    after = [given[occupant] for _, occupant in compress(names, counted)]
    if not before:
        return None, ()
    elements = tuple(sorted(set[str]().union(*before, *after)))
    change = np.zeros((len(names), len(elements)))
    change[counted] = _amounts(after, elements) - _amounts(before, elements)
    return change, elements


def _amounts(contents: Sequence[Mapping[str, float]], elements: Sequence[str]) -> FloatArray:
    """Occupancy (n, m) of each element on each site."""
    return np.array([[content.get(element, 0.0) for element in elements] for content in contents])
