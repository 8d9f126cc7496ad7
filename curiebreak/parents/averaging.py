"""Averaging a crystal exactly over a group that it nearly has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.mapping.distortion import polar_decomposition
from curiebreak.parents.nearest_pairs import Late, kept_bonds, pair
from curiebreak.parents.node import Node, smaller_cell
from curiebreak.structures.spacegroup import symmetry_dataset

IDENTIFIED = 5e-3
"""Å; tolerance of the symmetry of an averaged crystal, whose atoms are exact to rounding."""

SETTLED = 1e-3
"""Å; nothing moves further under the group once the pairing no longer changes."""

ROUNDS = 20
"""Pairings anew; most crystals settle in two."""


def multiplication(rotations: IntArray) -> IntArray | None:
    """Table (g, g) of products of integer rotations, -1 outside the set; ``None`` for a rotation twice."""
    count = len(rotations)
    flat = rotations.reshape(count, 9)
    numbers = {row.tobytes(): index for index, row in enumerate(flat)}
    if len(numbers) < count:
        return None
    products = np.ascontiguousarray(np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 9))
    found = [numbers.get(row.tobytes(), -1) for row in products]
    return np.array(found, dtype=np.int64).reshape(count, count)


def exact_translations(
    rotations: IntArray, translations: FloatArray, table: IntArray, lattice: FloatArray, allowed: float
) -> FloatArray | None:
    """Make approximate translations of a group exact in one step.

    With ``e(A, B) = t_A + A t_B - t_AB - integer`` the corrected ``t_A - mean_B e(A, B)`` close
    exactly: a real cocycle of a finite group is a coboundary.

    Parameters
    ----------
    rotations, translations : ndarray (g, 3, 3) of int, (g, 3)
    table : ndarray (g, g) of int
        Products.
    lattice : ndarray (3, 3)
        Rows, Å.
    allowed : float
        Å; a product that misses by more is another operation.

    Returns
    -------
    ndarray (g, 3) or None
        None where the translations do not belong to one group.
    """
    misfit = translations[:, None] + np.einsum("aij,bj->abi", rotations, translations) - translations[table]
    misfit = nearest_image(misfit)
    if np.linalg.norm(misfit @ lattice, axis=-1).max() > allowed:
        return None
    return np.asarray(translations - misfit.mean(axis=1))


def near_and_whole(node: Node, average: Callable[[IntArray | None], Node | None]) -> Iterator[Node]:
    """Yield the nearest average of a node and, where that tears hydrogen off its atom, the one that does not.

    `average` takes the hosts where hydrogen is to go where its host goes.
    """
    near = average(None)
    if near is None:
        return
    yield near
    if node.hosts is not None and near.hosts is None:
        whole = average(node.hosts)
        if whole is not None:
            yield whole


def averaged(
    node: Node,
    rotations: IntArray,
    translations: FloatArray,
    over: IntArray,
    late: Late | None = None,
    hosts: IntArray | None = None,
) -> Node | None:
    """Average a node over a group modulo its lattice.

    Parameters
    ----------
    node : Node
    rotations, translations : ndarray (g, 3, 3) of int, (g, 3)
        Exact group; holds the one of the node up to a small shift of the origin.
    over : ndarray (c,) of int
        One operation of each left coset of the node's own group; only these are paired at first.
    late : callable, optional
        Whether the clock has run out.
    hosts : ndarray (m,) of int, optional
        Those of the node, where hydrogen is to go where its host goes; else it is paired as near as can be.

    Returns
    -------
    Node or None
        None when the pairing does not settle.
    """
    lattice = symmetrised_metric(node.lattice, rotations)
    frac, kinds = node.frac, node.kinds
    reach = REACH * node.child.spacing
    chosen = over
    for round_ in range(ROUNDS):
        moved = np.einsum("gij,mj->gmi", rotations[chosen], frac) + translations[chosen][:, None]
        permutation, vectors, good = pair(moved, frac, kinds, lattice, reach, late, hosts)
        if not good.all():
            return None
        largest = float(np.linalg.norm(vectors @ lattice, axis=-1).max())
        change = np.zeros_like(frac)
        for order, vector in zip(permutation, vectors, strict=True):
            change[order] += vector
        frac = frac + change / len(chosen)
        if len(chosen) == len(rotations) and largest < SETTLED:
            kept = kept_bonds(node.hosts, permutation)
            return replace(node, lattice=lattice, frac=frac, rotations=rotations, translations=translations, hosts=kept)
        if largest < SETTLED or round_ >= _ALL_AT_ONCE:
            chosen = np.arange(len(rotations))
    return None


REACH = 0.8
"""Times the spacing: an operation of a group of index 2 moves the crystal by twice the displacement."""

_ALL_AT_ONCE = 4


def symmetrised_metric(lattice: FloatArray, rotations: IntArray) -> FloatArray:
    """Average the metric of a cell (rows, Å) over point operations, without turning the cell."""
    metric = lattice @ lattice.T
    mean = np.einsum("gji,jk,gkl->il", rotations, metric, rotations) / len(rotations)
    lower = np.linalg.cholesky(mean)
    gradient = np.linalg.solve(lattice, lower).T
    _, stretch = polar_decomposition(gradient)
    return np.asarray(lattice @ stretch)


def identified(node: Node) -> Node | None:
    """Name the group of an averaged node, and take up operations that it has gained by chance.

    Returns
    -------
    Node or None
        None where the group found does not hold the node's own.
    """
    for _ in range(_GAINS):
        dataset = symmetry_dataset(node.lattice, node.frac, node.kinds + 1, IDENTIFIED)
        if dataset is None or len(dataset.rotations) < len(node.rotations):
            return None
        named = replace(node, number=int(dataset.number), symbol=str(dataset.international))
        if len(dataset.rotations) == len(node.rotations):
            return named
        rotations = np.asarray(dataset.rotations, dtype=np.int64)
        translations = np.asarray(dataset.translations, dtype=np.float64)
        gained = _gained(named, rotations, translations)
        if gained is None:
            return None
        node = gained
    return None


_GAINS = 4


def _gained(node: Node, rotations: IntArray, translations: FloatArray) -> Node | None:
    pure = np.flatnonzero((rotations == np.eye(3, dtype=np.int64)).all(axis=(1, 2)))
    if len(pure) > 1:
        return smaller_cell(node, translations[pure])
    table = multiplication(rotations)
    if table is None or table.min() < 0:
        return None
    exact = exact_translations(rotations, translations, table, node.lattice, 0.1 * node.child.spacing)
    if exact is None:
        return None
    return averaged(node, rotations, exact, np.arange(len(rotations)))
