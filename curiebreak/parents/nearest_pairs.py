"""Moved atoms onto the atoms of a crystal: nearest ones, or the best assignment where those collide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, distinct, nearest_image
from curiebreak.mapping.assignment import assign

Late = Callable[[], bool]

_CHUNK = 400_000
"""Pairs of atoms at once: 10 MB of vectors."""


def pair(
    moved: FloatArray,
    frac: FloatArray,
    kinds: IntArray,
    lattice: FloatArray,
    limit: float,
    late: Late | None = None,
    hosts: IntArray | None = None,
) -> tuple[IntArray, FloatArray, BoolArray]:
    """Pair each of several moved copies of a crystal with the crystal.

    Parameters
    ----------
    moved : ndarray (k, m, 3)
        Fractional positions of the copies.
    frac, kinds, lattice
        The crystal.
    limit : float
        Å; copies that lie further off (root mean square about their mean) are given up.
    late : callable, optional
        Whether the clock has run out: then all copies that are left are given up.
    hosts : ndarray (m,) of int, optional
        Atom to which each hydrogen is bonded, -1 for other atoms: hydrogen then goes where its host goes.

    Returns
    -------
    permutation : ndarray (k, m) of int
        Atom i of a copy lies at atom ``permutation[i]`` ...
    vectors : ndarray (k, m, 3)
        ... plus these fractional vectors (nearest images).
    good : ndarray (k,) of bool
        Copies within the limit that are paired one to one.
    """
    count, atoms = moved.shape[:2]
    permutation = np.zeros((count, atoms), dtype=np.int64)
    vectors = np.zeros((count, atoms, 3))
    groups = [np.flatnonzero(kinds == kind) for kind in distinct(kinds)]
    bonded = np.full(atoms, -1) if hosts is None else hosts
    groups.sort(key=lambda group: int(bonded[group].max()))  # hosts before what is bonded to them
    step = max(1, _CHUNK // sum(len(g) ** 2 for g in groups))
    paired = np.ones(count, dtype=bool)
    for start in range(0, count, step):
        if late is not None and late():
            paired[start:] = False
            break
        part = slice(start, min(count, start + step))
        for group in groups:
            difference = moved[part, group, None, :] - frac[group]
            difference = nearest_image(difference)
            cartesian = difference @ lattice
            squares = np.einsum("...i,...i->...", cartesian, cartesian)
            nearest = squares.argmin(axis=-1)
            permutation[part, group] = group[nearest]
            vectors[part, group] = np.take_along_axis(difference, nearest[..., None, None], axis=2)[:, :, 0]
    good = paired & (_spread(vectors, lattice) <= limit)
    for copy in np.flatnonzero(good):
        if late is not None and late():
            good[copy:] = False
            break
        good[copy] = _one_to_one(moved[copy], frac, groups, lattice, bonded, permutation[copy], vectors[copy])
    good[good] = _spread(vectors[good], lattice) <= limit
    return permutation, vectors, good


def _spread(vectors: FloatArray, lattice: FloatArray) -> FloatArray:
    """Root mean square (k,) of vectors about their mean, Å."""
    rest = (vectors - vectors.mean(axis=1, keepdims=True)) @ lattice
    return np.asarray(np.sqrt(np.einsum("kij,kij->k", rest, rest) / rest.shape[1]))


def _one_to_one(
    moved: FloatArray,
    frac: FloatArray,
    groups: list[IntArray],
    lattice: FloatArray,
    hosts: IntArray,
    permutation: IntArray,
    vectors: FloatArray,
) -> bool:
    """Assign the kinds in which two atoms have the same nearest one; False when that is hopeless."""
    for group in groups:
        torn = _torn(hosts, permutation, group, group)
        taken = np.bincount(permutation[group], minlength=len(frac))[group]
        if taken.max() <= 1 and not torn.any():
            continue
        if (taken == 0).sum() > _HOPELESS * len(group) and not torn.any():
            return False
        difference = moved[group, None, :] - frac[group]
        difference = nearest_image(difference)
        cartesian = difference @ lattice
        chosen = assign(np.einsum("ijk,ijk->ij", cartesian, cartesian) + _TORN * torn)
        if torn[np.arange(len(group)), chosen].any():
            return False
        permutation[group] = group[chosen]
        vectors[group] = difference[np.arange(len(group)), chosen]
    return True


_HOPELESS = 0.5
"""Share of atoms that are nobody's nearest: beyond, the copy does not resemble the crystal."""


def _torn(hosts: IntArray, permutation: IntArray, first: IntArray, second: IntArray) -> BoolArray:
    """Whether atoms (f,) that are laid onto atoms (s,) come to another host than their own one does: (f, s)."""
    aim = np.where(hosts[first] < 0, -1, permutation[hosts[first]])
    return np.asarray(aim[:, None] != hosts[second])


_TORN = 1e6
"""Å^2; more than all others together."""


def kept_bonds(hosts: IntArray | None, permutation: IntArray) -> IntArray | None:
    """The hosts, where all permutations (k, m) carry what is bonded to an atom along with it."""
    if hosts is None:
        return None
    aim = np.where(hosts < 0, -1, permutation[:, hosts])
    return hosts if np.array_equal(hosts[permutation], aim) else None
