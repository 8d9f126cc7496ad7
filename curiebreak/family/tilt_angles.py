"""Rotations of the octahedra of a parent in a displacement field of the common cell.

With r_j the vectors from the centre to the corners of an octahedron and u_j their displacements less the centre's, the
rotation is ``omega = sum_j r_j x u_j / sum_j (r_j^2 - r_j,axis^2)`` about each axis; the angle is ``atan`` of its root
mean square over the octahedra: ``atan(2 d / a)`` in a cubic perovskite.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.family.cell import CommonCell

if TYPE_CHECKING:
    from curiebreak.modes.tilts import Tilt

CUBIC = (221, 225)
"""Perovskites and ordered double perovskites, whose octahedra share corners along x, y, z."""

PARALLEL = 0.9
"""Cosine beyond which a corner lies along an axis."""


@lru_cache(maxsize=8)
def octahedra(cell: CommonCell) -> tuple[IntArray, IntArray, FloatArray] | None:
    """Centres (o,), corners (o, 6) and vectors (o, 6, 3) along the Cartesian axes; None where there are none."""
    images = np.array(list(product((-1, 0, 1), repeat=3))) @ (cell.repeats * cell.lattice)
    for bond in sorted(cell.bonds, key=lambda b: b.distance):
        if bond.number != 6 or bond.orbit == bond.neighbour:
            continue
        centres = np.flatnonzero(cell.site_orbits[cell.site] == bond.orbit)
        others = np.flatnonzero(cell.site_orbits[cell.site] == bond.neighbour)
        vectors = cell.positions[others][None, :, None] + images[None, None] - cell.positions[centres][:, None, None]
        lengths = np.linalg.norm(vectors, axis=-1)
        near = lengths < bond.distance * 1.1
        if not (near.sum(axis=(1, 2)) == 6).all():
            continue
        corner, vector = [], []
        for o in range(len(centres)):
            j, s = np.nonzero(near[o])
            corner.append(others[j])
            vector.append(vectors[o, j, s])
        arms = np.array(vector)
        along = np.abs(arms / np.linalg.norm(arms, axis=-1, keepdims=True)).max(axis=-1)
        if along.min() > PARALLEL:
            return centres, np.array(corner), arms
    return None


def _rotations(cell: CommonCell, field: FloatArray, edge: float) -> FloatArray | None:
    """Tangents (o, 3) of each octahedron's rotation about x, y, z; None without octahedra."""
    found = octahedra(cell)
    if found is None:
        return None
    centres, corners, arms = found
    vectors = arms * edge
    moved = field[corners] - field[centres][:, None]
    turned = np.cross(vectors, moved).sum(axis=1)
    across = (vectors**2).sum(axis=-1)[..., None] - vectors**2
    return np.asarray(turned / across.sum(axis=1))


def tilts(cell: CommonCell, field: FloatArray, edge: float) -> FloatArray | None:
    """Angles (3,) in degrees about x, y, z; None without octahedra.

    Parameters
    ----------
    cell : CommonCell
    field : (n, 3)
        Å.
    edge : float
        Å; cube root of the primitive cell's volume.
    """
    omega = _rotations(cell, field, edge)
    return None if omega is None else np.asarray(np.degrees(np.arctan(np.sqrt((omega**2).mean(axis=0)))))


def total_tilt(cell: CommonCell, field: FloatArray, edge: float) -> float:
    """Length of the three angles of `tilts`; nan without octahedra."""
    angles = tilts(cell, field, edge)
    return np.nan if angles is None else float(np.linalg.norm(angles))


def glazer_symbol(cell: CommonCell, field: FloatArray) -> str | None:
    """Glazer symbol of a displacement field (n, 3) over the edge, as a scan spells it; None without a net."""
    from curiebreak.modes.tilts import howard_stokes_order, spelled

    tilted = axis_tilts(cell, field)
    return None if tilted is None else spelled(howard_stokes_order(tilted))


def axis_tilts(cell: CommonCell, field: FloatArray) -> tuple[Tilt, Tilt, Tilt] | None:
    """Tilts about x, y and z of a displacement field (n, 3) over the edge; None without a net of octahedra.

    With integers n that number the octahedra along x, y, z, a tilt in phase about x is the part of the rotations with
    the sign (-1)^(n_y + n_z), one in antiphase that with (-1)^(n_x + n_y + n_z); the larger names the system.
    """
    from curiebreak.modes.tilts import ZERO_TILT, Tilt

    omega, found = _rotations(cell, field, 1.0), octahedra(cell)
    if omega is None or found is None or cell.number not in CUBIC:
        return None
    centres, _, arms = found
    apart = cell.positions[centres] - cell.positions[centres[0]]
    n = np.rint(apart / (2.0 * np.linalg.norm(arms[0, 0]))).astype(np.int64)
    tilted = []
    for axis in range(3):
        total = n.sum(axis=1)
        size = [abs(float((omega[:, axis] * (-1.0) ** m).mean())) for m in (total - n[:, axis], total)]
        angle = float(np.degrees(np.arctan(max(size))))
        sign = "0" if angle < ZERO_TILT else "+-"[int(np.argmax(size))]
        tilted.append(Tilt(angle if sign != "0" else 0.0, sign))
    return tilted[0], tilted[1], tilted[2]
