"""One parent for a family: where a child has other elements, the parent's atoms take their names and its volume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, permutations
from math import gcd

import numpy as np

from curiebreak.errors import NotCompatibleError
from curiebreak.mapping.distortion import Distortion
from curiebreak.mapping.mapper import map_child
from curiebreak.structures import Structure
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal

MOST_NAMINGS = 24
"""Ways to give the child's elements to the parent's sites that are tried: all of four elements in equal numbers."""


def map_on_kindred(
    own: ParentCrystal, child: Structure, symprec: float | None = None, parent_symprec: float | None = None
) -> Distortion:
    """Map a child onto the parent of its family.

    Parameters
    ----------
    own : ParentCrystal
        Of the file. A child of the same elements is mapped onto it as it stands.
    child : Structure
    symprec, parent_symprec : float, optional
        Å.

    Returns
    -------
    Distortion
        Of the naming that maps at the least cost, where several do.

    Raises
    ------
    NotCompatibleError
        As :func:`curiebreak.mapping.map_child`.
    """
    found: list[Distortion] = []
    refused: list[NotCompatibleError] = []
    for parent in renamed(own.structure, child):
        try:
            found.append(map_child(parent_crystal(parent, parent_symprec), child, symprec=symprec))
        except NotCompatibleError as error:
            refused.append(error)
    if found:
        return min(found, key=lambda distortion: distortion.cost)
    if refused:
        raise refused[0]
    return map_child(own, child, symprec=symprec)


def _namings(before: dict[str, int], after: dict[str, int]) -> Iterator[dict[str, str]]:
    """New names of the elements, each as often as the new one is wanted."""
    for elements in permutations(sorted(after)):
        names = dict(zip(before, elements, strict=True))
        if all(before[old] == after[new] for old, new in names.items()):
            yield names


def renamed(parent: Structure, child: Structure) -> Iterator[Structure]:
    """The parent with the child's elements, at the child's volume per atom, in every way that fits the numbers.

    None where the elements are the same already, the numbers do not fit, or a site is shared or partly empty.
    """
    before, after = _numbers(parent), _numbers(child)
    if set(before) == set(after) or sorted(before.values()) != sorted(after.values()):
        return
    if parent.lattice is None or child.lattice is None or not (_is_plain(parent) and _is_plain(child)):
        return
    volumes = [abs(float(np.linalg.det(one.lattice))) / len(one) for one in (child, parent) if one.lattice is not None]
    stretch = (volumes[0] / volumes[1]) ** (1 / 3)
    for names in islice(_namings(before, after), MOST_NAMINGS):
        said = ", ".join(f"{new} for {old}" for old, new in names.items() if new != old)
        species = tuple(names[one] for one in parent.species)
        yield replace(
            parent,
            lattice=parent.lattice * stretch,
            species=species,
            labels=(),
            occupancies=tuple({name: 1.0} for name in species),
            messages=(*parent.messages, f"The parent's file with {said}, at the child's volume per atom."),
        )


def _numbers(structure: Structure) -> dict[str, int]:
    """Atoms of each element in the smallest formula."""
    counts = Counter(structure.species)
    common = gcd(*counts.values())
    return {element: count // common for element, count in counts.items()}


def _is_plain(structure: Structure) -> bool:
    return all(len(shares) == 1 and min(shares.values()) > 0.999 for shares in structure.occupancies)
