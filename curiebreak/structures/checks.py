"""Validation of what a reader found: from raw sites to a :class:`Structure`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import FloatArray, nearest_image, summed
from curiebreak.errors import InputError
from curiebreak.structures.elements import plain_element
from curiebreak.structures.model import Structure, species_name
from curiebreak.structures.neighbours import close_pairs

DUPLICATE_DISTANCE = 0.1
"""Å; two entries closer than this are one (mixed) site or a mistake."""

SHORTEST = 1.0
"""Å; the shortest bonds without hydrogen are those of N2 and CO, 1.10 and 1.13 Å. Nearer atoms are a mistake."""

SHORTEST_WITH_HYDROGEN = 0.6
"""Å; the shortest bond is that of H2, 0.74 Å, and X-rays see O-H from 0.7 Å on."""

TOO_NEAR = "nearer than any bond"
"""What the remark on such atoms says."""

OCCUPANCY_SLACK = 0.015
"""Published occupancies that add up to 1 within rounding."""

_SMALLEST_VOLUME = 0.5
"""Å^3; no atom fits into a smaller cell."""

LONGEST_AXIS = 1e4
"""Å; a longer cell axis is a slip of the pen, and sums over it lose the digits of the positions."""

FARTHEST = 1e4
"""Cells (crystal) or Å (molecule) from the origin; farther out, coordinates lose the digits that count."""


@dataclass(frozen=True)
class Provenance:
    """Where a structure came from: name for messages, path and hash for the record."""

    name: str = "the structure"
    path: str | None = None
    sha256: str | None = None


def structure_from_arrays(
    lattice: ArrayLike | None,
    species: Sequence[str | Mapping[str, float]],
    coords: ArrayLike,
    labels: Sequence[str] = (),
    *,
    provenance: Provenance | None = None,
    messages: Sequence[str] = (),
) -> Structure:
    """Build a checked structure; partial entries on one position become one mixed site.

    Parameters
    ----------
    lattice : array_like (3, 3) or None
        Rows in Å; ``None`` for a molecule.
    species : sequence of str or mapping, length n
        Element symbols, or element to occupancy; an empty mapping is an empty site, which is left out.
    coords : array_like (n, 3)
        Fractional (crystal) or Cartesian in Å (molecule).
    labels : sequence of str, length n, optional
        Site labels.
    provenance : Provenance, optional
        Source, for messages and for the record; of what has one, atoms that stand too near are told.
    messages : sequence of str
        Remarks of the reader, kept with the structure.

    Raises
    ------
    InputError
        No atoms, NaN, singular cell, unknown element, overlapping atoms, occupancies above 1.
    """
    source = provenance or Provenance()
    cell = None if lattice is None else checked_lattice(lattice, source)
    positions = _checked_coords(coords, len(species), labels, source)
    compositions = [_composition(entry, source) for entry in species]
    notes = list(messages)
    there = [i for i, composition in enumerate(compositions) if composition]
    if 0 < len(there) < len(compositions):
        positions, compositions = positions[there], [compositions[i] for i in there]
        labels = [labels[i] for i in there] if labels else labels
    merged = _merge_positions(cell, positions, compositions, list(labels), source, notes)
    positions, compositions, names = merged
    _check_occupancies(compositions, names, source)
    if provenance is not None:
        notes += _too_near(cell, positions, compositions, names, source)
    return Structure(
        lattice=cell,
        species=tuple(map(species_name, compositions)),
        coords=positions,
        labels=tuple(names),
        occupancies=tuple(compositions),
        path=source.path,
        sha256=source.sha256,
        messages=tuple(dict.fromkeys(notes)),
    )


def listed_atoms(species: Any, labels: Any, name: str) -> tuple[list[str | dict[str, float]], list[str]]:
    """Species and labels as a file of JSON lists them.

    Parameters
    ----------
    species : any
        Must be a list of element symbols, or of element to occupancy.
    labels : any
        Must be a list of as many words, or None.
    name : str
        Of the file, for messages.

    Raises
    ------
    InputError
    """
    if not isinstance(species, list) or not all(isinstance(one, (str, dict)) for one in species):
        raise InputError(f"The species of {name} are not a list of element symbols.", 'Write ["Ba", "Ti", "O"].')
    shares = [share for one in species if isinstance(one, dict) for share in one.values()]
    if {} in species or not all(isinstance(one, (int, float)) and abs(one) <= 1e300 for one in shares):
        raise InputError(f"An occupancy in {name} is not a number.", 'Write {"Ti": 0.5, "Zr": 0.5}.')
    return species, _listed_labels([] if labels is None else labels, len(species), name)


def _listed_labels(words: Any, count: int, name: str) -> list[str]:
    known = isinstance(words, list) and all(isinstance(one, str) for one in words)
    if not known or len(words) not in (0, count):
        raise InputError(f"The labels of {name} are not one word for each atom.", "Correct or remove them.")
    return list(words)


def checked_lattice(lattice: ArrayLike, source: Provenance) -> FloatArray:
    """Cell (rows, Å) as an array.

    Raises
    ------
    InputError
        Not nine finite numbers, an axis beyond `LONGEST_AXIS`, or hardly a volume.
    """
    cell = np.array(lattice, dtype=np.float64)
    if cell.shape != (3, 3) or not np.isfinite(cell).all():
        raise InputError(
            f"The unit cell of {source.name} is incomplete or not a number.", "Give three cell vectors in Å."
        )
    longest = float(np.abs(cell).max())
    if longest > LONGEST_AXIS:
        raise InputError(
            f"The unit cell of {source.name} has an axis of {longest:.3g} Å.", "Check the cell lengths; they are in Å."
        )
    if abs(np.linalg.det(cell)) < _SMALLEST_VOLUME:
        raise InputError(
            f"The unit cell of {source.name} is singular (volume {abs(np.linalg.det(cell)):.3g} Å^3).",
            "Check the cell lengths and angles.",
        )
    return cell


def _checked_coords(coords: ArrayLike, count: int, labels: Sequence[str], source: Provenance) -> FloatArray:
    if count == 0:
        raise InputError(f"There are no atoms in {source.name}.", "Check that the file is complete.")
    positions = np.array(coords, dtype=np.float64).reshape(count, 3)
    broken = np.flatnonzero(~np.isfinite(positions).all(axis=1))
    if len(broken):
        raise InputError(
            f"Atom {_named(labels, broken[0])} of {source.name} has a coordinate that is not a number (NaN).",
            "Correct or remove that atom.",
        )
    far = np.flatnonzero(np.abs(positions).max(axis=1) > FARTHEST)
    if len(far):
        value = np.abs(positions[far[0]]).max()
        raise InputError(
            f"Atom {_named(labels, far[0])} of {source.name} has the coordinate {value:.3g}, far outside.",
            "Correct that coordinate.",
        )
    return positions


def _named(labels: Sequence[str], atom: int) -> str:
    """An atom in a message: by its label, else by its place in the file."""
    return labels[atom] if labels else f"number {atom + 1}"


def _composition(entry: str | Mapping[str, float], source: Provenance) -> dict[str, float]:
    shares = {entry: 1.0} if isinstance(entry, str) else entry
    return summed((_element(symbol, source), float(share)) for symbol, share in shares.items())


def _element(symbol: str, source: Provenance) -> str:
    element = plain_element(symbol)
    if element is None:
        raise InputError(
            f"{source.name} names an element {symbol!r} that does not exist.", "Use element symbols such as Ti or O."
        )
    return element


def _merge_positions(
    cell: FloatArray | None,
    positions: FloatArray,
    compositions: list[dict[str, float]],
    labels: list[str],
    source: Provenance,
    notes: list[str],
) -> tuple[FloatArray, list[dict[str, float]], list[str]]:
    """Join entries on one position into one mixed site; refuse duplicates."""
    partner: dict[int, int] = {}
    for first, second in close_pairs(cell, positions, DUPLICATE_DISTANCE):
        root = partner.get(first, first)
        if second not in partner:
            partner[second] = root
    if not partner:
        return positions, compositions, labels
    for atom, root in partner.items():
        together = sum(compositions[root].values()) + sum(compositions[atom].values())
        if together > 1.0 + OCCUPANCY_SLACK:
            _refuse_overlap(root, atom, compositions, labels, source)
        compositions[root] = summed((*compositions[root].items(), *compositions[atom].items()))
        if labels and labels[atom] not in labels[root].split("/"):
            labels[root] = f"{labels[root]}/{labels[atom]}"
    keep = [i for i in range(len(positions)) if i not in partner]
    names = [labels[i] for i in keep] if labels else []
    return positions[keep], [compositions[i] for i in keep], names


def _refuse_overlap(
    root: int, atom: int, compositions: list[dict[str, float]], labels: list[str], source: Provenance
) -> None:
    first, second = _named(labels, root), _named(labels, atom)
    if min(sum(compositions[root].values()), sum(compositions[atom].values())) > 1.0 - OCCUPANCY_SLACK:
        raise InputError(
            f"Atoms {first} and {second} of {source.name} lie closer than {DUPLICATE_DISTANCE} Å.",
            "Remove the duplicate, or give both an occupancy if they share the site.",
        )
    raise InputError(
        f"The occupancies of {first} and {second} on one site of {source.name} add up to more than 1.",
        "Correct the occupancies.",
    )


def _too_near(
    cell: FloatArray | None, positions: FloatArray, compositions: list[dict[str, float]], labels: list[str],
    source: Provenance,
) -> list[str]:  # fmt: skip
    """A remark on atoms nearer than any bond, those aside that replace each other."""
    found = []
    for first, second in close_pairs(cell, positions, SHORTEST):
        difference = positions[first] - positions[second]
        length = float(np.linalg.norm(difference if cell is None else nearest_image(difference) @ cell))
        if length < _shortest(compositions[first], compositions[second]):
            found.append((length, first, second))
    if not found:
        return []
    length, *pair = min(found)
    one, other = (labels[i] if labels else f"{species_name(compositions[i])} (atom {i + 1})" for i in pair)
    more = f", one of {len(found)} such pairs" if len(found) > 1 else ""
    return [
        f"{one} and {other} of {source.name} are {length:.2f} Å apart{more}: {TOO_NEAR} "
        f"({SHORTEST:g} Å, {SHORTEST_WITH_HYDROGEN:g} Å with hydrogen), check the coordinates"
    ]


def _shortest(*sites: Mapping[str, float]) -> float:
    """Least distance of two sites, Å; 0 where only one of them is occupied at a time."""
    if sum(sum(site.values()) for site in sites) <= 1.0 + OCCUPANCY_SLACK:
        return 0.0
    return SHORTEST_WITH_HYDROGEN if any("H" in site for site in sites) else SHORTEST


def _check_occupancies(compositions: list[dict[str, float]], labels: list[str], source: Provenance) -> None:
    for index, composition in enumerate(compositions):
        total = sum(composition.values())
        which = _named(labels, index)
        if not np.isfinite(total) or min(composition.values()) <= 0.0:
            raise InputError(
                f"Atom {which} of {source.name} has an occupancy that is not a positive number.",
                "Correct the occupancy.",
            )
        if total > 1.0 + OCCUPANCY_SLACK:
            raise InputError(
                f"The occupancy of {which} in {source.name} is {total:.3g}, more than 1.",
                "Correct the occupancy.",
            )
        if total > 1.0 or 1.0 - total < 5e-4:
            for element in composition:
                composition[element] /= total
