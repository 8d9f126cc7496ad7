"""From the atoms of a magnetic cell to the sites of a parent of known group, setting and origin.

The images of all atoms of one element under all operations of the parent are clustered; the smallest reach at which
every site holds as many images as it must gives the sites. No symmetry is searched: the group is known, and an
averaged structure of higher symmetry must not choose another origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from curiebreak.arrays import FloatArray, IntArray

REACHES = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.25, 1.5)
"""Å; atoms of one site lie within the first of these that will do. The last is half a short bond length."""

_SAME = 2e-5
"""Fractions by which images of one atom differ by rounding."""

FEW = 600
"""Places of which all distances are taken."""


@dataclass(frozen=True, eq=False)
class ElementSites:
    """ElementSites of one element in the primitive cell of the parent.

    Attributes
    ----------
    positions : ndarray (m, 3)
        Primitive fractions; means of the images of the atoms of each site.
    reach : float
        Å, at which they were told apart.
    """

    positions: FloatArray
    reach: float


def parent_sites(
    positions: FloatArray, rotations: IntArray, translations: FloatArray, lattice: FloatArray, cells: int
) -> ElementSites | None:
    """ElementSites of the atoms of one element.

    Parameters
    ----------
    positions : ndarray (n, 3)
        All atoms of the child's cell, in primitive fractions of the parent.
    rotations, translations : ndarray (g, 3, 3), (g, 3)
        The parent's operations in its primitive cell.
    lattice : ndarray (3, 3)
        Rows, Å.
    cells : int
        Primitive cells of the parent in the child's cell.

    Returns
    -------
    ElementSites or None
        ``None`` where the atoms do not fall on n / cells sites.
    """
    count = len(positions)
    if count % cells:
        return None
    images = (np.einsum("gij,nj->gni", rotations, positions) + translations[:, None]).reshape(-1, 3)
    images -= np.floor(images)
    # images that coincide count once, with their number: special positions have few
    keys = np.round(images / _SAME).astype(np.int64) % round(1 / _SAME)
    _, first, weights = np.unique(keys, axis=0, return_index=True, return_counts=True)
    points = images[first]
    for reach in REACHES:
        found = _clusters(points, lattice, reach)
        totals = np.bincount(found, weights)
        if len(totals) < count // cells:
            return None
        if len(totals) == count // cells and np.abs(totals - totals[0]).max() < 0.5:
            return ElementSites(_centres(points, weights, found), reach)
    return None


def _clusters(points: FloatArray, lattice: FloatArray, reach: float) -> IntArray:
    """Number of the cluster of each point (fractions), linked within `reach` Å across the cell's faces."""
    heights = 1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    margin = reach / heights
    copies, owner = [points], [np.arange(len(points))]
    for shift in product((-1, 0, 1), repeat=3):
        if not any(shift):
            continue
        moved = points + np.array(shift)
        near = ((moved >= -margin) & (moved <= 1.0 + margin)).all(axis=1)
        copies.append(moved[near])
        owner.append(np.flatnonzero(near))
    owners = np.concatenate(owner)
    one, two = owners[_pairs(np.concatenate(copies) @ lattice, reach)].T
    # each point takes the least number among its neighbours until nothing changes
    least: IntArray = np.arange(len(points))
    before: IntArray = least - 1
    while not np.array_equal(least, before):
        before = least.copy()
        np.minimum.at(least, one, before[two])
        np.minimum.at(least, two, before[one])
        least = least[least]
    return np.asarray(np.unique(least, return_inverse=True)[1], dtype=np.int64)


def _pairs(places: FloatArray, reach: float) -> IntArray:
    """Pairs (k, 2) of places (n, 3) within `reach` Å."""
    if len(places) <= FEW:
        squares = ((places[:, None] - places[None]) ** 2).sum(axis=-1)
        return np.argwhere(np.triu(squares <= reach**2, 1))
    from scipy.spatial import cKDTree  # a quarter of a second, which few atoms need not wait for

    return np.asarray(cKDTree(places).query_pairs(reach, output_type="ndarray"))


def _centres(points: FloatArray, weights: IntArray, clusters: IntArray) -> FloatArray:
    centres = []
    for number in range(int(clusters.max()) + 1):
        own = clusters == number
        start = points[own][0]
        steps = points[own] - start
        steps -= np.round(steps)
        centres.append(start + np.average(steps, axis=0, weights=weights[own]))
    return np.array(centres)
