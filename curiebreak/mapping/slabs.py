"""Slabs: two-dimensional crystals that files hold in a periodic cell with vacuum along one axis.

The height of the vacuum is a choice of whoever made the file. Fractions of it are no lengths of the slab, and its
change is no strain: before two slabs are mapped, the child is given the parent's height with every atom left where
it is in Å.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.structures.model import Structure

VACUUM = 5.0
"""Å; an empty layer from which on there is vacuum: layers that touch lie nearer (graphite 3.35 Å; twice the largest
van der Waals radius in layered crystals, that of iodine or tellurium, 4.1 Å)."""

_SAME = 1e-9
"""Å; heights that differ by less are equal."""


@dataclass(frozen=True, eq=False)
class Slab:
    """A structure with vacuum along one axis.

    Attributes
    ----------
    axis : int
        Cell axis that crosses the vacuum.
    start : float
        Fraction along it where the slab begins, just above the vacuum.
    height, vacuum : float
        Å along the normal: of the cell, and of its empty part.
    """

    axis: int
    start: float
    height: float
    vacuum: float


def as_slab(structure: Structure) -> Slab | None:
    """The structure as a slab: one layer of vacuum, along one axis (along two it is a rod, along three a molecule)."""
    if structure.lattice is None:
        return None
    # rows of the inverse transpose are the normals of the faces, 1 / height long
    heights = 1.0 / np.linalg.norm(np.linalg.inv(structure.lattice).T, axis=1)
    found = []
    for axis, height in enumerate(heights):
        along = np.sort(structure.coords[:, axis] % 1.0)
        # empty layers between neighbouring heights, the last one across the cell's edge
        gaps = np.append(along[1:], along[0] + 1.0) - along
        widest = int(gaps.argmax())
        empty = np.count_nonzero(gaps * height >= VACUUM)
        # of several slabs in one cell the distance is that of a crystal: another cell may hold one of them
        if empty > 1:
            return None
        if empty:
            start = float(along[(widest + 1) % len(along)])
            found.append(Slab(axis, start, float(height), float(gaps[widest] * height)))
    return found[0] if len(found) == 1 else None


def with_height_of(parent: Structure, child: Structure) -> tuple[Structure, tuple[float, float]] | None:
    """The child with the parent's height along the normal of the slab.

    Parameters
    ----------
    parent, child : Structure

    Returns
    -------
    structure : Structure
        Atoms where they were in Å, the slab in one piece.
    vacuum : (float, float)
        Å, of the parent and of the child as read; None for the pair when one is no slab, the heights agree, or the
        child is too thick for the parent's cell.
    """
    ours, theirs = as_slab(parent), as_slab(child)
    if ours is None or theirs is None or abs(ours.height - theirs.height) < _SAME:
        return None
    if ours.height - (theirs.height - theirs.vacuum) < VACUUM / 2:
        return None
    lattice = np.array(child.lattice, dtype=np.float64)
    stood = child.coords.copy()
    stood[:, theirs.axis] = (stood[:, theirs.axis] - theirs.start + 1e-9) % 1.0 - 1e-9 + theirs.start
    cartesian = stood @ lattice
    # unit normal of the slab: the reciprocal axis times the height
    normal = np.linalg.inv(lattice)[:, theirs.axis] * theirs.height
    third = lattice[theirs.axis]
    raised = third + (ours.height - theirs.height) * normal
    scaled = third * (ours.height / theirs.height)
    # how far the next copy of a slab is shifted sideways means nothing: the way of the two files' that is alike
    wanted = _sideways(np.asarray(parent.lattice)[ours.axis], ours.height)
    lattice[theirs.axis] = min((raised, scaled), key=lambda c: abs(_sideways(c, ours.height) - wanted))
    coords = cartesian @ np.linalg.inv(lattice)
    # the middle of the slab keeps its fraction, so that a file with the slab at 0 or at 1/2 still has it there
    coords[:, theirs.axis] += stood[:, theirs.axis].mean() - coords[:, theirs.axis].mean()
    return replace(child, lattice=lattice, coords=coords), (ours.vacuum, theirs.vacuum)


def _sideways(axis: FloatArray, height: float) -> float:
    """Length (Å) of the part of an axis that lies in the plane of the slab."""
    return float(np.sqrt(max(float(axis @ axis) - height**2, 0.0)))


def vacuum_words(vacuum: tuple[float, float]) -> str:
    """What a result says about two slabs of different height."""
    return (
        f"both are slabs, with {vacuum[0]:.2f} Å of vacuum in the parent and {vacuum[1]:.2f} Å in the child: lengths "
        "along the normal were compared in Å, in the parent's cell; the vacuum is no strain"
    )
