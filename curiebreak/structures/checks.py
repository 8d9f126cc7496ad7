"""Validation of what a reader found: from raw sites to a :class:`Structure`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import BoolArray, FloatArray, summed
from curiebreak.errors import InputError, refuse
from curiebreak.structures.elements import plain_element
from curiebreak.structures.model import Structure, species_name
from curiebreak.structures.neighbours import close_pairs, least_vectors

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
    positions = _checked_coords(coords, species, labels, source)
    atoms = _Merging(cell, positions, [_composition(entry, source) for entry in species], list(labels), source)
    atoms = atoms.only(np.array(list(map(bool, atoms.compositions)))).merged()
    atoms.check_occupancies()
    remarks = [] if provenance is None else atoms.too_near()
    return Structure(
        lattice=cell,
        species=tuple(map(species_name, atoms.compositions)),
        coords=atoms.positions,
        labels=tuple(atoms.labels),
        occupancies=tuple(atoms.compositions),
        path=source.path,
        sha256=source.sha256,
        messages=tuple(dict.fromkeys([*messages, *remarks])),
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
    if not _is_list_of(species, (str, dict)):
        raise InputError(f"The species of {name} are not a list of element symbols.", 'Write ["Ba", "Ti", "O"].')
    shares = [share for one in species if isinstance(one, dict) for share in one.values()]
    if {} in species or not all(isinstance(one, (int, float)) and abs(one) <= 1e300 for one in shares):
        raise InputError(f"An occupancy in {name} is not a number.", 'Write {"Ti": 0.5, "Zr": 0.5}.')
    return species, _listed_labels([] if labels is None else labels, len(species), name)


def _is_list_of(values: Any, kinds: type | tuple[type, ...]) -> bool:
    return isinstance(values, list) and all(isinstance(one, kinds) for one in values)


def _listed_labels(words: Any, count: int, name: str) -> list[str]:
    if not _is_list_of(words, str) or len(words) not in (0, count):
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
    longest, volume = float(np.abs(cell).max()), abs(np.linalg.det(cell))
    words = f"The unit cell of {source.name}"
    refuse(
        (longest > LONGEST_AXIS, f"{words} has an axis of {longest:.3g} Å.", "Check the cell lengths; they are in Å."),
        (
            volume < _SMALLEST_VOLUME,
            f"{words} is singular (volume {volume:.3g} Å^3).",
            "Check the cell lengths and angles.",
        ),
        refusal=InputError,
    )
    return cell


def _checked_coords(
    coords: ArrayLike, species: Sequence[str | Mapping[str, float]], labels: Sequence[str], source: Provenance
) -> FloatArray:
    if all(entry == {} for entry in species):
        raise InputError(f"There are no atoms in {source.name}.", "Check that the file is complete.")
    positions = np.array(coords, dtype=np.float64).reshape(len(species), 3)
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
    return summed((known_element(symbol, source), float(share)) for symbol, share in shares.items())


def known_element(symbol: str, source: Provenance) -> str:
    """Element of a symbol, see :func:`curiebreak.structures.elements.plain_element`.

    Raises
    ------
    InputError
        If there is none.
    """
    element = plain_element(symbol)
    if element is None:
        raise InputError(
            f"{source.name} names an element {symbol!r} that does not exist.", "Use element symbols such as Ti or O."
        )
    return element


@dataclass
class _Merging:
    """Atoms on their way to a structure: fractions in a cell, or Cartesian without one; labels for all or for none."""

    cell: FloatArray | None
    positions: FloatArray
    compositions: list[dict[str, float]]
    labels: list[str]
    source: Provenance

    def only(self, keep: BoolArray) -> _Merging:
        """Those of a mask (n,)."""
        compositions, labels = list(compress(self.compositions, keep)), list(compress(self.labels, keep))
        return _Merging(self.cell, self.positions[keep], compositions, labels, self.source)

    def merged(self) -> _Merging:
        """Entries on one position joined into one mixed site; duplicates are refused."""
        partner: dict[int, int] = {}
        for first, second in close_pairs(self.cell, self.positions, DUPLICATE_DISTANCE):
            partner.setdefault(second, partner.get(first, first))
        for atom, root in partner.items():
            self._join(root, atom)
        keep = np.ones(len(self.positions), dtype=bool)
        keep[list(partner)] = False
        return self.only(keep)

    def _join(self, root: int, atom: int) -> None:
        amounts = [sum(self.compositions[i].values()) for i in (root, atom)]
        if sum(amounts) > 1.0 + OCCUPANCY_SLACK:
            self._refuse_overlap(_named(self.labels, root), _named(self.labels, atom), min(amounts))
        self.compositions[root] = summed((*self.compositions[root].items(), *self.compositions[atom].items()))
        if self.labels and self.labels[atom] not in self.labels[root].split("/"):
            self.labels[root] = f"{self.labels[root]}/{self.labels[atom]}"

    def _refuse_overlap(self, first: str, second: str, least: float) -> None:
        if least > 1.0 - OCCUPANCY_SLACK:
            raise InputError(
                f"Atoms {first} and {second} of {self.source.name} lie closer than {DUPLICATE_DISTANCE} Å.",
                "Remove the duplicate, or give both an occupancy if they share the site.",
            )
        raise InputError(
            f"The occupancies of {first} and {second} on one site of {self.source.name} add up to more than 1.",
            "Correct the occupancies.",
        )

    def too_near(self) -> list[str]:
        """A remark on atoms nearer than any bond, those aside that replace each other."""
        found = []
        for first, second in close_pairs(self.cell, self.positions, SHORTEST):
            length = float(np.linalg.norm(least_vectors(self.cell, self.positions[first] - self.positions[second])))
            if length < _shortest(self.compositions[first], self.compositions[second]):
                found.append((length, first, second))
        if not found:
            return []
        length, *pair = min(found)
        names = self.labels or [f"{species_name(one)} (atom {i})" for i, one in enumerate(self.compositions, 1)]
        more = f", one of {len(found)} such pairs" if len(found) > 1 else ""
        return [
            f"{' and '.join(names[i] for i in pair)} of {self.source.name} are {length:.2f} Å apart{more}: {TOO_NEAR} "
            f"({SHORTEST:g} Å, {SHORTEST_WITH_HYDROGEN:g} Å with hydrogen), check the coordinates"
        ]

    def check_occupancies(self) -> None:
        """Refuse those that are none; what rounding leaves beside 1 becomes 1."""
        for index, composition in enumerate(self.compositions):
            total = sum(composition.values())
            which = _named(self.labels, index)
            if not np.isfinite(total) or min(composition.values()) <= 0.0:
                raise InputError(
                    f"Atom {which} of {self.source.name} has an occupancy that is not a positive number.",
                    "Correct the occupancy.",
                )
            if total > 1.0 + OCCUPANCY_SLACK:
                raise InputError(
                    f"The occupancy of {which} in {self.source.name} is {total:.3g}, more than 1.",
                    "Correct the occupancy.",
                )
            if 1.0 - total < 5e-4:
                for element in composition:
                    composition[element] /= total


def _shortest(*sites: Mapping[str, float]) -> float:
    """Least distance of two sites, Å; 0 where only one of them is occupied at a time."""
    if sum(sum(site.values()) for site in sites) <= 1.0 + OCCUPANCY_SLACK:
        return 0.0
    return SHORTEST_WITH_HYDROGEN if any("H" in site for site in sites) else SHORTEST
