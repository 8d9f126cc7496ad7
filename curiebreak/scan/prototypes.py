"""Cubic parents of recognised perovskites, made of the child's own species and volume.

``perovskite``: Pm-3m, B at the origin, A at (1/2 1/2 1/2), X at (1/2 0 0). ``bx3``: the same without A.
``double``: Fm-3m with twice the edge, B at the origin, B' at (1/2 1/2 1/2), A at (1/4 1/4 1/4), X near
(1/4 0 0). A site that several species share in the child gets their mean occupation in the parent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from curiebreak.arrays import IntArray, summed
from curiebreak.scan.recognise import NotRecognised, Perovskite, recognise
from curiebreak.structures import Structure
from curiebreak.structures.checks import structure_from_arrays

ORDER_CONTRAST = 0.999
"""Two B sublattices are rock-salt ordered when none of their compositions is shared to this part."""


class Prototype(StrEnum):
    """Families of cubic parents that a scan can build."""

    PEROVSKITE = "perovskite"
    BX3 = "bx3"
    DOUBLE = "double"
    AUTO = "auto"


@dataclass(frozen=True, eq=False)
class BuiltParent:
    """A cubic parent and the prototype it belongs to."""

    structure: Structure
    prototype: Prototype

    def on(self, role: str) -> str | None:
        """Species on the sites A, B or X, different ones separated by a blank; None where there is no such site."""
        labels, species = self.structure.labels, self.structure.species
        found = dict.fromkeys(s for s, label in zip(species, labels, strict=True) if label.rstrip("'") == role)
        return " ".join(found) or None


def build_parent(child: Structure, prototype: Prototype = Prototype.AUTO) -> BuiltParent | NotRecognised:
    """The cubic parent of a child, if it is a distorted perovskite of the wanted kind.

    Parameters
    ----------
    child : Structure
    prototype : Prototype
        ``auto`` takes ``double`` where two kinds of B alternate like rock salt, ``bx3`` where the holes
        are empty, else ``perovskite``.

    Returns
    -------
    BuiltParent or NotRecognised
    """
    wanted = {Prototype.BX3: False, Prototype.AUTO: None}.get(prototype, True)
    found = recognise(child, wanted)
    if isinstance(found, NotRecognised):
        return found
    compositions = child.contents
    halves = _halves(found, compositions)
    if prototype is Prototype.DOUBLE and halves is None:
        return NotRecognised("It is a perovskite, but its B sites are not ordered like rock salt.")
    if halves is not None and not found.is_bx3 and prototype is not Prototype.PEROVSKITE:
        return BuiltParent(_double(found, compositions, halves), Prototype.DOUBLE)
    kind = Prototype.BX3 if found.is_bx3 else Prototype.PEROVSKITE
    return BuiltParent(_simple(found, compositions), kind)


def _mean(compositions: Sequence[Mapping[str, float]], atoms: IntArray) -> dict[str, float]:
    """Mean composition of some atoms."""
    total = summed((e, amount / len(atoms)) for atom in atoms for e, amount in compositions[atom].items())
    return {element: round(amount, 9) for element, amount in sorted(total.items())}


def _halves(found: Perovskite, compositions: Sequence[Mapping[str, float]]) -> tuple[IntArray, IntArray] | None:
    """Atoms B of the two rock-salt sublattices when no element is on both, the earlier name first."""
    net = found.net
    if (net.matrix.sum(axis=1) % 2).any():
        return None
    odd = net.coordinates.sum(axis=1) % 2 == 1
    first, second = net.centres[~odd], net.centres[odd]
    one, two = _mean(compositions, first), _mean(compositions, second)
    shared = sum(min(one.get(e, 0.0), two.get(e, 0.0)) for e in one)
    if shared > 1 - ORDER_CONTRAST:
        return None
    return (first, second) if sorted(one) < sorted(two) else (second, first)


def _simple(found: Perovskite, compositions: Sequence[Mapping[str, float]]) -> Structure:
    edge = found.volume ** (1 / 3)
    sites = [(_mean(compositions, found.net.centres), (0.0, 0.0, 0.0), "B")]
    if not found.is_bx3:
        sites.append((_mean(compositions, found.holes), (0.5, 0.5, 0.5), "A"))
    corner = _mean(compositions, found.net.corners)
    sites += [(corner, place, "X") for place in ((0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.5))]
    return _crystal(edge, sites)


def _double(
    found: Perovskite, compositions: Sequence[Mapping[str, float]], halves: tuple[IntArray, IntArray]
) -> Structure:
    """Conventional Fm-3m cell of 40 atoms."""
    edge = 2 * found.volume ** (1 / 3)
    grid = np.stack(np.meshgrid(*[np.arange(2)] * 3, indexing="ij"), -1).reshape(-1, 3)
    kinds = [_mean(compositions, half) for half in halves]
    odd = (grid.sum(axis=1) % 2).tolist()
    sites = [(kinds[i], tuple(place / 2), ("B", "B'")[i]) for i, place in zip(odd, grid, strict=True)]
    hole, corner = _mean(compositions, found.holes), _mean(compositions, found.net.corners)
    sites += [(hole, tuple(place / 2 + 0.25), "A") for place in grid]
    sites += [(corner, tuple(place / 2 + step), "X") for step in 0.25 * np.eye(3) for place in grid]
    return _crystal(edge, sites)


def _crystal(edge: float, sites: Sequence[tuple[Mapping[str, float], tuple[float, ...], str]]) -> Structure:
    compositions, places, labels = zip(*sites, strict=True)
    return structure_from_arrays(edge * np.eye(3), compositions, np.array(places), labels)
