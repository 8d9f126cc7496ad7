"""Point operations of a finite cluster of atoms."""

from __future__ import annotations

from itertools import permutations as orderings

import numpy as np
from numpy.typing import NDArray

from curiebreak.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def molecular_operations(
    positions: FloatArray, kinds: list[int], tolerance: float
) -> tuple[FloatArray, IntArray, FloatArray]:
    """All orthogonal matrices that carry the cluster onto itself, and the symmetrised cluster.

    Parameters
    ----------
    positions : ndarray (n, 3)
        Cartesian, Å, relative to the centroid.
    kinds : list of int, length n
        Atoms of equal kind may be exchanged.
    tolerance : float
        Å.

    Returns
    -------
    rotations : ndarray (g, 3, 3), identity first
    permutations : ndarray (g, n)
        Atom i goes to ``permutations[g, i]``.
    positions : ndarray (n, 3), symmetrised

    Raises
    ------
    InputError
        For a single atom or a linear cluster, whose groups are infinite.
    """
    frame = _frame_atoms(positions, tolerance)
    labels = np.array(kinds)
    found = [np.eye(3)]
    maps = [np.arange(len(positions))]
    for matrix in _candidates(positions, labels, frame, tolerance):
        permutation = _permutation(positions @ matrix.T, positions, labels, tolerance)
        if permutation is not None and not any(np.abs(matrix - m).max() < 0.05 for m in found):
            found.append(matrix)
            maps.append(permutation)
    permutations = np.array(maps)
    averaged = positions
    for _ in range(3):
        rotations = np.array([_kabsch(averaged, averaged[p]) for p in permutations])
        rotations = np.array([_nearest(r, m) for r, m in zip(rotations, found, strict=True)])
        averaged = np.mean([averaged[p] @ r for r, p in zip(rotations, permutations, strict=True)], axis=0)
    if np.linalg.matrix_rank(averaged, tol=10 * tolerance) < 3:
        rotations = _complete_planar(rotations, found, averaged)
    return rotations, permutations, averaged


def _frame_atoms(positions: FloatArray, tolerance: float) -> list[int]:
    """Two or three atoms whose position vectors span the cluster."""
    lengths = np.linalg.norm(positions, axis=1)
    order = [int(i) for i in np.argsort(-lengths, kind="stable")]
    rank = int(np.linalg.matrix_rank(positions, tol=10 * tolerance))
    if len(positions) < 2 or rank < 2:
        raise InputError(
            "The molecule is a single atom or linear; its point group is infinite.",
            "Give a molecule with at least three atoms that are not on one line.",
        )
    chosen: list[int] = []
    for atom in order:
        trial = [*chosen, atom]
        smallest = np.linalg.svd(positions[trial], compute_uv=False)[-1]
        if smallest > 0.2 * lengths.max():
            chosen = trial
        if len(chosen) == rank:
            return chosen
    chosen = []
    for atom in order:
        trial = [*chosen, atom]
        if np.linalg.matrix_rank(positions[trial], tol=10 * tolerance) == len(trial):
            chosen = trial
        if len(chosen) == rank:
            break
    return chosen


def _candidates(
    positions: FloatArray, labels: IntArray, frame: list[int], tolerance: float
) -> list[FloatArray]:
    """Orthogonal matrices that map the frame atoms onto equal atoms at equal distances."""
    source = positions[frame]
    gram = source @ source.T
    scale = max(1.0, float(np.abs(gram).max()) ** 0.5)
    result: list[FloatArray] = []
    for target in orderings(range(len(positions)), len(frame)):
        chosen = list(target)
        if (labels[chosen] != labels[frame]).any():
            continue
        image = positions[chosen]
        if np.abs(image @ image.T - gram).max() > 4 * tolerance * scale:
            continue
        if len(frame) == 3:
            result.append(_kabsch(source, image))
        else:
            normal, moved = np.cross(*source), np.cross(*image)
            for sign in (1.0, -1.0):
                result.append(_kabsch(np.vstack([source, normal]), np.vstack([image, sign * moved])))
    return result


def _kabsch(source: FloatArray, target: FloatArray) -> FloatArray:
    """Orthogonal matrix R (reflections allowed) with ``source @ R.T`` closest to `target`."""
    left, _, right = np.linalg.svd(target.T @ source)
    return np.asarray(left @ right)


def _nearest(matrix: FloatArray, reference: FloatArray) -> FloatArray:
    """`matrix` unless the fit was not unique (planar clusters), then `reference`."""
    return matrix if np.abs(matrix - reference).max() < 0.1 else reference


def _complete_planar(rotations: FloatArray, found: list[FloatArray], positions: FloatArray) -> FloatArray:
    """Exact matrices for a planar cluster: in-plane part fitted, normal kept or reversed."""
    _, _, axes = np.linalg.svd(positions)
    normal = axes[2]
    result = []
    for rotation, reference in zip(rotations, found, strict=True):
        sign = np.sign(normal @ reference @ normal)
        plane = axes[:2] @ rotation @ axes[:2].T
        left, _, right = np.linalg.svd(plane)
        result.append(axes[:2].T @ (left @ right) @ axes[:2] + sign * np.outer(normal, normal))
    return np.array(result)


def _permutation(
    moved: FloatArray, positions: FloatArray, labels: IntArray, tolerance: float
) -> IntArray | None:
    distance = np.linalg.norm(moved[:, None] - positions[None], axis=-1)
    distance[labels[:, None] != labels[None, :]] = np.inf
    nearest = distance.argmin(axis=1)
    if distance.min(axis=1).max() > 3 * tolerance or len(set(nearest.tolist())) != len(positions):
        return None
    return np.asarray(nearest)
