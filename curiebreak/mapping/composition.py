"""Which child atom may sit on which parent site: equal species, occupation order, substitution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, product

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, summed
from curiebreak.errors import InputError, NotCompatibleError
from curiebreak.structures.model import VACANCY, Structure, formula_text
from curiebreak.symmetry.parent import ParentCrystal

NO_ASSIGNMENT = "No assignment of the child's species to the parent's sites gives the right numbers."
OTHER_PARENT = (
    "Give a parent of the same composition, or let other elements stand on its sites with --allow substitution."
)

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


class _Contents:
    """What the sites of a parent and of a child hold: element (or `VACANCY`) to amount, by name of the species."""

    def __init__(self, parent: ParentCrystal, child: Structure) -> None:
        self.ours, self.theirs = Counter(parent.species), Counter(child.species)
        self.sites, self.names = np.array(parent.species), tuple(self.theirs)
        self.mixed, self.given = compositions(parent.structure), compositions(child)

    @cached_property
    def allowed(self) -> BoolArray:
        """Which species of the child may stand on which sites (n_kinds, n_p)."""
        return np.array([[self._fits(name, site) for site in self.sites.tolist()] for name in self.names])

    def _fits(self, name: str, site: str) -> bool:
        ours, theirs = self.mixed[site], self.given[name]
        return name == site or (
            _is_mixed(ours)
            and set(theirs) <= set(ours)
            # an atom may take a mixed site where it fills it as much as the mixture does
            and abs(sum(theirs.values()) - sum(ours.values())) < FULL
        )

    @property
    def any_mixed(self) -> bool:
        """Whether a site of either is mixed."""
        return any(map(_is_mixed, (*self.mixed.values(), *self.given.values())))

    def occupation_order(self) -> SiteKinds | None:
        """The order of a child on mixed sites of the parent; None where it is none."""
        if not self.allowed.any(axis=1).all() or not self.allowed.any(axis=0).all():
            return None
        ours, theirs = _elements(self.ours, self.mixed), _elements(self.theirs, self.given)
        before, after = _amounts([ours, theirs], [*ours, *theirs])
        if np.abs(after - before).max() > _COMPOSITION_TOLERANCE:
            return None
        words = "the child orders the occupation of mixed parent sites"
        if any(VACANCY in (name, *self.given[name]) for name in self.names):
            words = "the child orders atoms and empty sites, which count as a species (Vac)"
        return SiteKinds(self.names, self.allowed, True, (words,))

    def check_partial_sites(self) -> None:
        """Refuse a mixed site of the child that no site of the parent can take."""
        for name, allowed in zip(self.names, self.allowed, strict=True):
            if not allowed.any() and _is_mixed(self.given[name]):
                raise InputError(
                    f"The child's site {name} is partly occupied and matches no site of the parent.",
                    "Give the parent the same mixed site, or let sites be matched by position with --allow "
                    "substitution.",
                )

    def emptied(self) -> str:
        """What to do where the child holds fewer atoms of one element than its parent, for a hint; else nothing."""
        shares = {name: self.theirs[name] / count for name, count in self.ours.items()}
        whole = max(shares.values())
        fewer = [name for name, share in shares.items() if share < whole]
        if self.any_mixed or set(self.names) != set(shares) or len(fewer) != 1:
            return ""
        share = shares[fewer[0]] / whole
        words = f"give such sites of the parent an occupancy (on the mean of all {fewer[0]}: {share:.6g})"
        return f" If the child leaves sites of {fewer[0]} empty, {words}."

    def substitutions(self) -> Iterator[SiteKinds]:
        """Yield assignments of child species to parent species with the right numbers, most alike first.

        Alike is what shares most of its composition: doped and disordered sites stand on the parent's of the same
        majority.
        """
        total = sum(self.theirs.values())
        found: list[tuple[float, tuple[str, ...]]] = []
        if len(self.ours) ** len(self.names) > 100_000:
            return
        for choice in product(self.ours, repeat=len(self.names)):
            if _fills(self.ours, self.theirs, choice):
                pairs = zip(self.names, choice, strict=True)
                changed = [self.theirs[a] * (1.0 - _shared(self.given[a], self.mixed[b])) for a, b in pairs]
                found.append((sum(changed) / total, choice))
        # of all ways those that change the least of the sites' contents
        fewest, _ = min(found, default=(0.0, ()))
        for _, choice in [f for f in found if f[0] < fewest + _COMPOSITION_TOLERANCE][:_MAX_CHOICES]:
            allowed = np.array(choice)[:, None] == self.sites
            text = ", ".join(f"{a} on {b}" for a, b in zip(self.names, choice, strict=True) if a != b)
            yield SiteKinds(self.names, allowed, False, (f"species substituted: {text}",))


def partial_kinds(parent: ParentCrystal, child: Structure) -> SiteKinds | None:
    """Where the atoms of a child that leaves sites empty may stand; None where some fit no site."""
    both = _Contents(parent, child)
    return SiteKinds(both.names, both.allowed) if both.allowed.any(axis=1).all() else None


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
    both = _Contents(parent, child)
    if _proportional(both.ours, both.theirs):
        return [SiteKinds(both.names, np.array(both.names)[:, None] == both.sites)]
    ordered = both.occupation_order() if both.any_mixed else None
    if ordered is not None:
        return [ordered]
    choices = list(both.substitutions()) if substitution else []
    if choices:
        return choices
    both.check_partial_sites()
    raise NotCompatibleError(
        f"The compositions differ: the parent is {_formula(parent.structure, parent.species)}, the child "
        f"{_formula(child, child.species)}{_difference(parent, child)}.",
        (NO_ASSIGNMENT if substitution else OTHER_PARENT) + ("" if parent.is_molecule else both.emptied()),
    )


def _proportional(ours: Counter[str], theirs: Counter[str]) -> bool:
    if set(ours) != set(theirs):
        return False
    n, m = sum(ours.values()), sum(theirs.values())
    # equal ratios without division
    return all(ours[s] * m == theirs[s] * n for s in ours)


def _is_mixed(composition: Mapping[str, float]) -> bool:
    return len(composition) > 1 or abs(sum(composition.values()) - 1.0) > FULL


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


def _shared(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Part of a site's composition that another has too."""
    return sum(min(amount, second.get(element, 0.0)) for element, amount in first.items())


def _formula(structure: Structure, species: Sequence[str]) -> str:
    """Amounts of the elements per smallest number of equal formula units."""
    divisor = int(np.gcd.reduce(list(Counter(species).values())))
    amounts = {element: amount / divisor for element, amount in content(structure, species).items()}
    return formula_text(amounts)


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
