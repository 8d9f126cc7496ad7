"""Point operations of a finite cluster of atoms.

An operation of a cluster is a permutation of its atoms with a determinant, +1 or -1: in a cluster that is not
flat the permutation alone fixes the matrix, in a flat one the determinant tells a rotation about an axis in the
plane from the reflection that moves the atoms alike. Whether operations form a group is therefore decided on
integers; matrices are fitted afterwards, and made an exact representation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.errors import InputError

OFF_CENTRE = 0.3
"""Times the radius of the cluster: an atom nearer to the centroid gives no direction."""

_WIDER = 2.0
"""Operations are looked for up to this many tolerances, to see the next closed rung."""

_ROUNDS = 50
_EXACT = 1e-14


@dataclass(frozen=True, eq=False)
class MolecularSymmetry:
    """The point group of a cluster and the cluster that has it exactly.

    Attributes
    ----------
    rotations : ndarray (g, 3, 3)
        Orthogonal, identity first; an exact representation: ``rotations[g] @ rotations[h]`` is one of them.
    permutations : ndarray (g, n) of int
        Atom i goes to ``permutations[g, i]``: ``positions @ rotations[g].T = positions[permutations[g]]``.
    positions : ndarray (n, 3)
        Symmetrised, Å, relative to the centroid.
    closed : bool
        False when the operations within the tolerance were no group and another rung was taken.
    """

    rotations: FloatArray
    permutations: IntArray
    positions: FloatArray
    closed: bool


@dataclass(frozen=True, eq=False)
class _Operation:
    permutation: IntArray
    sign: int
    matrix: FloatArray
    deviation: float

    @property
    def key(self) -> tuple[bytes, int]:
        return self.permutation.tobytes(), self.sign


def molecular_symmetry(positions: FloatArray, kinds: list[int], tolerance: float) -> MolecularSymmetry:
    """Find all orthogonal matrices that carry a cluster onto itself.

    An operation is found when, turned by it as well as can be, no atom misses an equal one by more than the
    tolerance. Operations that are no group by that measure give way to the rung nearest in tolerance that
    is one. Which atom comes first and how the cluster is turned plays no part.

    Parameters
    ----------
    positions : ndarray (n, 3)
        Cartesian, Å, relative to the centroid.
    kinds : list of int, length n
        Atoms of equal kind may be exchanged.
    tolerance : float
        Å.

    Raises
    ------
    InputError
        For a single atom or a linear cluster, whose groups are infinite.
    """
    if is_linear(positions, tolerance):
        raise InputError(
            "The molecule is a single atom or linear; its point group is infinite.",
            "Give a molecule with at least three atoms that are not on one line.",
        )
    found = _operations(positions, np.array(kinds), _WIDER * tolerance)
    rung, closed = _nearest_rung(found, tolerance)
    rung.sort(key=lambda o: (-o.sign, o.permutation.tolist()))  # the identity first, and no order by rounding
    matrices = _representation(rung)
    permutations = np.array([o.permutation for o in rung])
    averaged = np.mean([positions[p] @ r for r, p in zip(matrices, permutations, strict=True)], axis=0)
    return MolecularSymmetry(matrices, permutations, averaged, closed)


def is_linear(positions: FloatArray, tolerance: float) -> bool:
    """Whether all atoms (n, 3), relative to their centroid, lie within `tolerance` Å of one line."""
    if len(positions) < 2:
        return True
    # the first principal axis is the line that lies nearest to all atoms
    axis = np.linalg.svd(positions)[2][0]
    away = positions - np.outer(positions @ axis, axis)
    return bool(np.linalg.norm(away, axis=1).max() <= tolerance)


def fitted_rotation(source: FloatArray, target: FloatArray, sign: int = 1) -> FloatArray:
    """Orthogonal matrix R of determinant `sign` with ``source @ R.T`` closest to `target`, both (n, 3).

    W. Kabsch, Acta Cryst. A32, 922 (1976); the determinant is held by the smallest singular direction, which
    for flat clusters is their normal.
    """
    # Kabsch: R = U diag(1, 1, +-1) V^T of the correlation matrix
    left, _, right = np.linalg.svd(target.T @ source)
    flip = sign * np.sign(np.linalg.det(left @ right))
    return np.asarray(left @ np.diag([1.0, 1.0, flip]) @ right)


def directed_pairs(positions: FloatArray, classes: IntArray) -> list[tuple[int, int]]:
    """Pairs of atoms that fix an orientation, those with the fewest images first.

    Parameters
    ----------
    positions : ndarray (n, 3)
        Å, relative to the centroid.
    classes : ndarray (n,) of int
        How many places each atom may take.

    Returns
    -------
    list of (first, second)
        Neither lies at the centroid, nor both on one line with it.
    """
    lengths = np.linalg.norm(positions, axis=1)
    away = np.flatnonzero(lengths > OFF_CENTRE * lengths.max())
    unit = positions[away] / lengths[away, None]
    # two directions fix an orientation the better, the nearer to a right angle they are
    sine = np.linalg.norm(np.cross(unit[:, None], unit[None]), axis=-1)
    if sine.max() <= 0.1:
        # all far atoms on one line: the atom farthest off it helps
        axis = unit[0]
        off = np.linalg.norm(positions - np.outer(positions @ axis, axis), axis=1)
        return [(int(away[classes[away].argmin()]), int(off.argmax()))]
    rows, columns = np.nonzero(sine > min(0.3, 0.9 * float(sine.max())))
    order = np.lexsort((-sine[rows, columns].round(3), classes[away[rows]] * classes[away[columns]]))
    return [(int(away[rows[k]]), int(away[columns[k]])) for k in order]


def _operations(positions: FloatArray, labels: IntArray, limit: float) -> list[_Operation]:
    """Every operation that moves no atom further than `limit` Å from an equal one, least deviation first."""
    lengths = np.linalg.norm(positions, axis=1)
    same = labels[:, None] == labels[None]
    images = same & (np.abs(lengths[:, None] - lengths[None]) <= limit)
    first, second = directed_pairs(positions, images.sum(axis=1))[0]
    identity = _Operation(np.arange(len(positions)), 1, np.eye(3), 0.0)
    found = {identity.key: identity}  # atoms of an average may coincide: then nothing else is found
    for start, sign in _candidates(positions, images, first, second, limit):
        operation = _settled(positions, same, start, sign)
        if operation is not None and operation.deviation <= limit:
            found.setdefault(operation.key, operation)
    return sorted(found.values(), key=lambda o: o.deviation)


def _candidates(
    positions: FloatArray, images: BoolArray, first: int, second: int, limit: float
) -> Iterator[tuple[FloatArray, int]]:
    """Matrices that lay the first two atoms onto images at like distances, one of each determinant."""
    a, b = positions[first], positions[second]
    apart = np.linalg.norm(a - b)
    source = np.array([a, b, np.cross(a, b)])
    for i in np.flatnonzero(images[first]):
        for j in np.flatnonzero(images[second]):
            # an operation keeps distances: most pairs of images fail here
            if i == j or abs(np.linalg.norm(positions[i] - positions[j]) - apart) > 2 * limit:
                continue
            normal = np.cross(positions[i], positions[j])
            for sign in (1, -1):
                yield fitted_rotation(source, np.array([positions[i], positions[j], sign * normal]), sign), sign


def _settled(positions: FloatArray, same: BoolArray, matrix: FloatArray, sign: int) -> _Operation | None:
    """The permutation that a matrix stands for, fitted to all atoms; None if it is none."""
    previous: IntArray | None = None
    for _ in range(5):
        squares = ((positions @ matrix.T)[:, None] - positions[None]) ** 2
        distance = np.where(same, squares.sum(axis=-1), np.inf)
        permutation = np.asarray(distance.argmin(axis=1), dtype=np.int64)
        if len(np.unique(permutation)) < len(positions):
            return None
        # nearest atoms and best rotation in turn, until the permutation stays
        matrix = fitted_rotation(positions, positions[permutation], sign)
        if previous is not None and np.array_equal(permutation, previous):
            break
        previous = permutation
    misfit = np.linalg.norm(positions @ matrix.T - positions[permutation], axis=1)
    return _Operation(permutation, sign, matrix, float(misfit.max()))


def _nearest_rung(found: list[_Operation], tolerance: float) -> tuple[list[_Operation], bool]:
    """Operations within the tolerance where they are a group, else those of the rung nearest to it that is one.

    A rung ends where the next operation comes in; the distance to it is how far the tolerance has to move.
    """
    values = np.array([o.deviation for o in found])
    ends = [k for k in range(1, len(found) + 1) if k == len(found) or values[k] > values[k - 1] * 1.0001 + 1e-9]
    here = int((values <= tolerance).sum())
    if here in ends and _is_group(found[:here]):
        return found[:here], True
    closed = (k for k in ends if _is_group(found[:k]))
    _, best = min((tolerance - float(values[k]) if k < here else float(values[k - 1]) - tolerance, k) for k in closed)
    return found[:best], False


def _is_group(operations: list[_Operation]) -> bool:
    """Whether every product of two of the operations is one of them, on permutations and determinants."""
    known = {o.key for o in operations}
    return all(
        (b.permutation[a.permutation].tobytes(), a.sign * b.sign) in known for a in operations for b in operations
    )


def _representation(group: list[_Operation]) -> FloatArray:
    """Matrices (g, 3, 3) that multiply exactly as the permutations do, nearest to those that were fitted.

    ``R_g <- polar(mean_h R_gh R_h^T)`` leaves an exact representation alone and squares the error of a near one
    (K. Grove, H. Karcher and E. A. Ruh, Math. Ann. 211, 7 (1974)).
    """
    number = {o.key: k for k, o in enumerate(group)}
    # (R_g R_h) x_i = x at permutation_g[permutation_h[i]]
    table = np.array([[number[g.permutation[h.permutation].tobytes(), g.sign * h.sign] for h in group] for g in group])
    matrices = np.array([o.matrix for o in group])
    for _ in range(_ROUNDS):
        left, _, right = np.linalg.svd(np.einsum("ghij,hkj->gik", matrices[table], matrices) / len(group))
        # the average of D(gh) D(h)^T, brought back to the nearest orthogonal matrix
        better = left @ right
        change = float(np.abs(better - matrices).max())
        matrices = better
        if change < _EXACT:
            break
    return np.asarray(matrices)
