"""Whether two directions are domains of one class, by the projectors of their subspaces."""

from __future__ import annotations

import numpy as np

from curiebreak.symmetry.direction_text import parse_direction


def same_direction_class(images: np.ndarray, first: str | np.ndarray, second: str | np.ndarray) -> bool:
    """Whether two directions, as text or as a basis (f, d), are domains of one class under images (n, d, d)."""
    one, two = (projector(x, images.shape[1]) for x in (first, second))
    if round(float(np.trace(one))) != round(float(np.trace(two))):
        return False
    moved = np.einsum("gij,jk,glk->gil", images, one, images)
    return bool((np.abs(moved - two).max(axis=(1, 2)) < 5e-3).any())


def projector(direction: str | np.ndarray, dim: int) -> np.ndarray:
    basis = parse_direction(direction, dim) if isinstance(direction, str) else np.atleast_2d(direction)
    columns, _ = np.linalg.qr(basis.T)
    return columns @ columns.T
