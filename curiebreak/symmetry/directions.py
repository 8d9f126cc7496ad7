"""Canonical order-parameter directions and the isotropy directions of an image group.

An image group is the finite set of real matrices by which the parent's operations act on an
order parameter. A direction is the subspace that is fixed by the stabiliser of an order
parameter; directions that are carried onto each other by the group are domains of one class.

Among the domains the one is taken, in the style of ISOTROPY, whose text has most zeros,
fewest factors other than 1 and -1, non-zero components first, fewest minus signs and
repeated letters before new ones: ``(a,0,0)``, ``(a,a,0)``, ``(a,b,0)``, ``(a,a,b)``. For several
irreps the rule is applied to the first, then to the second among the domains that are left,
and so on, so that all are given in one domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InternalError
from curiebreak.symmetry.direction_text import echelon, format_direction

_SAME = 1e-5
"""Largest difference of projector elements of equal subspaces."""
_GRID = 1.0371e-5
"""Step by which projectors are rounded to compare them; simple fractions are not half-way."""


@dataclass(frozen=True, eq=False)
class Direction:
    """Order parameters of one or more irreps in one canonical domain.

    Attributes
    ----------
    text : str
        Joint text, such as ``(a;0;0|0,b,b)``.
    texts : tuple of str
        One text per irrep, letters as in the joint text.
    patterns : tuple of (f, d_i) float
        Columns of the letters for each irrep; ``f`` letters in all.
    components : tuple of (m_i, d_i) float
        The order parameters in the canonical domain.
    element : int
        Index of the group element that carries the given domain onto the canonical one.
    stabiliser : (h,) int
        Elements that leave the given order parameters unchanged.
    """

    text: str
    texts: tuple[str, ...]
    patterns: tuple[FloatArray, ...]
    components: tuple[FloatArray, ...]
    element: int
    stabiliser: IntArray


@dataclass(frozen=True, eq=False)
class IsotropyDirection:
    """One class of isotropy directions of an image group.

    Attributes
    ----------
    text : str
        Canonical text.
    pattern : (f, d) float
        One row per letter.
    stabiliser : (h,) int
        Elements of the image group that fix every vector of the subspace.
    domains : int
        Number of subspaces in the class.
    """

    text: str
    pattern: FloatArray
    stabiliser: IntArray
    domains: int


def stabiliser(images: FloatArray, order_parameters: FloatArray, tolerance: float = 1e-3) -> IntArray:
    """Find the elements (h,) that leave all order parameters unchanged.

    Parameters
    ----------
    images : (n, d, d) float
    order_parameters : (d,) or (m, d) float
    tolerance : float
        Relative to the length of the order parameters.
    """
    vectors = np.atleast_2d(order_parameters)
    # (13): D(g) eta = eta for all copies at once
    moved = np.einsum("gij,mj->gmi", images, vectors) - vectors
    scale = max(float(np.linalg.norm(vectors)), 1e-300)
    return np.flatnonzero(np.linalg.norm(moved.reshape(len(images), -1), axis=1) < tolerance * scale)


def _is_group(images: FloatArray) -> bool:
    """Whether the average of the matrices (h, d, d) is a projector, as over a group."""
    # the mean over a group is a projector; over any other set it is not
    average = images.mean(axis=0)
    return bool(np.abs(average @ average - average).max(initial=0) < 1e-6)


def fixed_subspace(images: FloatArray) -> FloatArray:
    """Orthonormal rows (f, d) of the subspace fixed by all matrices of a group (h, d, d).

    Raises
    ------
    InternalError
        If the matrices are not a group.
    """
    # (13): eigenvalue 1 of the average spans Fix(K)
    average = images.mean(axis=0)
    values, vectors = np.linalg.eigh((average + average.T) / 2)
    if np.abs(values - np.rint(values)).max(initial=0) > 1e-6:
        raise InternalError("the stabiliser is not a group", "its tolerance may cut through a cluster")
    return np.asarray(vectors[:, values > 0.5].T)


def canonical_direction(
    images: Sequence[FloatArray],
    order_parameters: Sequence[FloatArray],
    arms: Sequence[Sequence[int]] | None = None,
    stabiliser_elements: IntArray | None = None,
    tolerance: float = 1e-3,
) -> Direction:
    """Canonical domain of the order parameters of one or more irreps.

    Parameters
    ----------
    images : sequence of (n, d_i, d_i) float
        Matrices of the same n group elements in each irrep, the identity included.
    order_parameters : sequence of (d_i,) or (m_i, d_i) float
        One or several copies of each irrep's order parameter, all in one domain.
    arms : sequence of sequences of int, optional
        Components per arm of each irrep; one arm each by default.
    stabiliser_elements : (h,) int, optional
        Elements of the isotropy group; those that fix the order parameters by default.
    tolerance : float
        For the stabiliser, relative to the length of each order parameter; tightened where it cuts through a
        nearly symmetric one.

    Raises
    ------
    InternalError
        If the stabiliser is not a group.
    """
    vectors = [np.atleast_2d(np.asarray(v, float)) for v in order_parameters]
    if stabiliser_elements is None:
        stabiliser_elements = _closed_stabiliser(images, vectors, tolerance)
    bases = [fixed_subspace(m[stabiliser_elements]) for m in images]
    layout = [list(a) for a in arms] if arms is not None else [[m.shape[1]] for m in images]
    elements = np.arange(len(images[0]))
    patterns = []
    # irreps one after the other among the domains that the earlier ones leave
    for matrices, basis in zip(images, bases, strict=True):
        elements, pattern = _best_domains(matrices, basis, elements)
        patterns.append(pattern)
    chosen = _largest_components(images, vectors, elements)
    joint = _block_diagonal(patterns)
    splits = np.cumsum([p.shape[1] for p in patterns])[:-1]
    parts = np.split(joint, splits, axis=1)
    return Direction(
        text=format_direction(joint, layout),
        texts=tuple(format_direction(p, [a]) for p, a in zip(parts, layout, strict=True)),
        patterns=tuple(parts),
        components=tuple(v @ m[chosen].T for m, v in zip(images, vectors, strict=True)),
        element=chosen,
        stabiliser=stabiliser_elements,
    )


def _closed_stabiliser(images: Sequence[FloatArray], vectors: Sequence[FloatArray], tolerance: float) -> IntArray:
    """The common stabiliser, at a tolerance where it is a group: a nearly symmetric vector has near-misses."""
    for tighter in (tolerance, tolerance / 3, tolerance / 10, tolerance / 100):
        found = _common_stabiliser(images, vectors, tighter)
        if all(_is_group(m[found]) for m in images):
            break
    return found


def _common_stabiliser(images: Sequence[FloatArray], vectors: Sequence[FloatArray], tolerance: float) -> IntArray:
    common = np.ones(len(images[0]), dtype=bool)
    for matrices, v in zip(images, vectors, strict=True):
        fixes = np.zeros(len(images[0]), dtype=bool)
        fixes[stabiliser(matrices, v, tolerance)] = True
        common &= fixes
    return np.flatnonzero(common)


def _best_domains(images: FloatArray, basis: FloatArray, elements: IntArray) -> tuple[IntArray, FloatArray]:
    """Elements that carry a subspace onto its canonical image, and the letters of that image."""
    if not len(basis):
        return elements, basis
    # (16): the images of the subspace under all elements
    moved = np.einsum("gij,fj->gfi", images[elements], basis)
    counts = (np.einsum("gfi,gfi->gi", moved, moved) > _SAME).sum(axis=1)
    # fewest non-zero components first: cheap, and the first criterion of the rank
    kept = np.flatnonzero(counts == counts.min())
    projectors = np.einsum("gfi,gfj->gij", moved[kept], moved[kept])
    # equal subspaces have equal projectors, whatever their bases
    first, which = _distinct(projectors)
    patterns = [echelon(moved[kept[i]]) for i in first]
    best = min(range(len(patterns)), key=lambda i: _rank(patterns[i]))
    return elements[kept[which == best]], patterns[best]


def _distinct(arrays: FloatArray) -> tuple[list[int], IntArray]:
    """Index of the first of each set of equal arrays (n, ...), and the set of each, (n,)."""
    keys = np.rint(arrays.reshape(len(arrays), -1) / _GRID).astype(np.int64)
    seen: dict[bytes, int] = {}
    first: list[int] = []
    which = np.zeros(len(arrays), int)
    for i, key in enumerate(keys):
        slot = seen.setdefault(key.tobytes(), len(first))
        if slot == len(first):
            first.append(i)
        which[i] = slot
    return first, which


def _rank(pattern: FloatArray) -> tuple[object, ...]:
    """Sort key of a direction's letters (f, d); the smallest is the canonical one."""
    # components that any letter reaches, and the first letter in each
    used = np.abs(pattern) > _SAME
    nonzero = np.asarray(used.any(axis=0))
    leading = np.where(nonzero, used.argmax(axis=0), -1)
    factors = pattern[leading, np.arange(pattern.shape[1])]
    # plain: one letter with factor 1 or -1
    plain = (used.sum(axis=0) == 1) & (np.abs(np.abs(factors) - 1) < _SAME)
    negative = nonzero & (factors < 0)
    # most zeros, fewest other factors, non-zero first, fewest minus signs, letters in order
    return (
        int(nonzero.sum()),
        int((nonzero & ~plain).sum()),
        tuple((~nonzero).tolist()),
        int(negative.sum()),
        tuple(map(int, leading[nonzero])),
        tuple(negative.tolist()),
        tuple(float(-x) for x in np.round(pattern, 5).ravel()),
    )


def _largest_components(images: Sequence[FloatArray], vectors: Sequence[FloatArray], elements: IntArray) -> int:
    """Element whose image of the order parameters is lexicographically largest."""
    rows = []
    for matrices, v in zip(images, vectors, strict=True):
        scale = max(float(np.abs(v).max(initial=0)), 1e-300)
        # of domains with equal letters, the one whose numbers are largest in order
        moved = np.einsum("gij,mj->gmi", matrices[elements], v) / scale
        rows.append(np.rint(moved.reshape(len(elements), -1) * 1e5))
    table = np.concatenate(rows, axis=1)
    left = np.arange(len(elements))
    for column in table.T:
        left = left[column[left] == column[left].max()]
        if len(left) == 1:
            break
    return int(elements[left[0]])


def _block_diagonal(patterns: Sequence[FloatArray]) -> FloatArray:
    out = np.zeros((sum(map(len, patterns)), sum(p.shape[1] for p in patterns)))
    row = column = 0
    for p in patterns:
        out[row : row + len(p), column : column + p.shape[1]] = p
        row, column = row + len(p), column + p.shape[1]
    return out


def isotropy_directions(images: FloatArray, arms: Sequence[Sequence[int]] | None = None) -> list[IsotropyDirection]:
    """All classes of isotropy directions of an image group, smallest subspaces first.

    The subspaces are the intersections of the fixed subspaces of single elements.

    Parameters
    ----------
    images : (n, d, d) float
        All matrices of the group (repetitions allowed).
    arms : sequence of sequences of int, optional
        Components per arm, per irrep; one irrep with one arm by default.
    """
    # descend from the whole space: subspaces that more elements fix are intersections
    layout = arms if arms is not None else [[images.shape[1]]]
    first, _ = _distinct(images)
    group = images[first]
    classes: list[tuple[FloatArray, int]] = []
    seen: set[bytes] = set()
    pending = [np.eye(images.shape[1])]
    while pending:
        basis = pending.pop()
        if _key(basis) in seen:
            continue
        # one member stands for its class, all images are seen with it
        orbit = np.einsum("gij,fj->gfi", group, basis)
        projectors = np.rint(orbit.transpose(0, 2, 1) @ orbit / _GRID).astype(np.int64)
        keys = {one.tobytes() for one in projectors}
        seen |= keys
        _, pattern = _best_domains(group, basis, np.arange(len(group)))
        classes.append((pattern, len(keys)))
        pending += _intersections(group, basis)
    classes.sort(key=lambda c: (len(c[0]), _rank(c[0])))
    return [
        IsotropyDirection(format_direction(pattern, layout), pattern, _pointwise_stabiliser(images, pattern), n)
        for pattern, n in classes
    ]


def _key(basis: FloatArray) -> bytes:
    return np.rint(basis.T @ basis / _GRID).astype(np.int64).tobytes()


def _intersections(group: FloatArray, basis: FloatArray) -> list[FloatArray]:
    """Proper non-zero subspaces that single elements fix within a subspace (f, d)."""
    # ker(D(g) - 1) within the subspace, from the Gram matrix of (D(g) - 1) on its basis
    moved = np.einsum("gij,fj->gfi", group, basis) - basis
    values, vectors = np.linalg.eigh(np.einsum("gfi,ghi->gfh", moved, moved))
    found: dict[bytes, FloatArray] = {}
    for value, vector in zip(values, vectors, strict=True):
        kernel = vector[:, value < 1e-8].T @ basis
        if 0 < len(kernel) < len(basis):
            found.setdefault(_key(kernel), kernel)
    return list(found.values())


def _pointwise_stabiliser(images: FloatArray, basis: FloatArray) -> IntArray:
    moved = np.einsum("gij,fj->gfi", images, basis) - basis
    return np.flatnonzero(np.abs(moved).max(axis=(1, 2)) < _SAME)
