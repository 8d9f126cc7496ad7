"""Symmetry operations as CIF writes them, and the atoms they generate."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.letter_sums import terms_of
from curiebreak.structures.checks import DUPLICATE_DISTANCE

Operation = tuple[FloatArray, FloatArray]
"""(R, t): x' = R x + t in fractional coordinates of the file's cell."""


def parse_operation(text: str) -> Operation:
    """Read one triplet such as ``-y+1/2,x-y,1/3+z`` (a time-reversal sign at the end is dropped).

    Raises
    ------
    ValueError
        If the text is no such triplet.
    """
    parts = [p.strip().lower().replace(" ", "") for p in text.strip("'\" ").split(",")]
    if len(parts) == 4 and parts[3] in ("+1", "-1", "1", "m", "+m", "-m"):
        parts = parts[:3]
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"{text!r} is not a symmetry operation")
    rows = [terms_of(part, "[xyz]") for part in parts]
    affine = np.array([[row.get(letter, 0.0) for letter in ("x", "y", "z", "")] for row in rows])
    if abs(abs(np.linalg.det(affine[:, :3])) - 1.0) > 1e-6:
        raise ValueError(f"{text!r} is not a symmetry operation")
    return affine[:, :3], affine[:, 3]


def with_centrings(operations: list[Operation], centrings: list[Operation]) -> list[Operation]:
    """All products of the operations with the centring translations of a magCIF."""
    if not centrings:
        return operations
    return [(c @ r, c @ t + shift) for c, shift in centrings for r, t in operations]


def orbit(position: FloatArray, operations: list[Operation], cell: FloatArray) -> tuple[FloatArray, float]:
    """Distinct images of one listed site, special positions snapped onto their symmetry element.

    Operations that move the site by less than `DUPLICATE_DISTANCE` are taken as its site symmetry;
    the position is averaged over them first, so that ``0.3333`` becomes the exact special position.

    Parameters
    ----------
    position : ndarray (3,)
        Fractional coordinates as listed.
    operations : list of (R, t)
        The file's operations, centring included.
    cell : ndarray (3, 3)
        Rows in Å.

    Returns
    -------
    images : ndarray (m, 3)
        Fractional; the first is the (averaged) listed position, the others lie in [0, 1).
    moved : float
        Å by which averaging moved the listed position.
    """
    exact = _site_average(position, operations, cell)
    exact = _site_average(exact, operations, cell)
    images = [exact]
    for rotation, translation in operations:
        image = rotation @ exact + translation
        difference = np.array(images) - image
        difference = nearest_image(difference) @ cell
        if (difference**2).sum(axis=1).min() > DUPLICATE_DISTANCE**2:
            images.append(image - np.floor(image + 1e-9))
    return np.array(images), float(np.linalg.norm((exact - position) @ cell))


def _site_average(position: FloatArray, operations: list[Operation], cell: FloatArray) -> FloatArray:
    total, count = np.zeros(3), 0
    for rotation, translation in operations:
        step = rotation @ position + translation - position
        step = nearest_image(step)
        if ((step @ cell) ** 2).sum() < DUPLICATE_DISTANCE**2:
            total += step
            count += 1
    return position + total / max(count, 1)


def turned_uncertainties(uncertainty: FloatArray, images: FloatArray, operations: list[Operation]) -> list[FloatArray]:
    """Standard uncertainties (3,) of the coordinates of each image of a listed site.

    ``sigma_i'^2 = sum_j R_ij^2 sigma_j^2``: correlations are not known.

    Parameters
    ----------
    uncertainty : ndarray (3,)
        Of the listed coordinates.
    images : ndarray (m, 3)
        As :func:`orbit` gives them, the listed site first.
    operations : list of (R, t)
    """
    if not uncertainty.any():
        return [uncertainty] * len(images)
    result = [uncertainty]
    for image in images[1:]:
        steps = [rotation @ images[0] + translation - image for rotation, translation in operations]
        sizes = [float(np.abs(nearest_image(step)).max()) for step in steps]
        rotation = operations[int(np.argmin(sizes))][0]
        result.append(np.sqrt(rotation**2 @ uncertainty**2))
    return result


def triplet(rotation: FloatArray, translation: FloatArray) -> str:
    """``-y+1/2,x,z`` for ``x' = R x + t``; decimals where a translation is no simple fraction."""
    return ",".join(_row_text(row, shift) for row, shift in zip(rotation, translation, strict=True))


def _row_text(row: FloatArray, shift: float) -> str:
    text = ""
    for factor, name in zip(row, "xyz", strict=True):
        if abs(factor) < 1e-6:
            continue
        size = Fraction(abs(float(factor))).limit_denominator(1000)
        text += ("-" if factor < 0 else "+" if text else "") + ("" if size == 1 else f"{size}*") + name
    fraction = Fraction(float(shift)).limit_denominator(48)
    if abs(float(fraction) - float(shift)) > 1e-6:
        return f"{text}{float(shift):+.6f}"
    if fraction:
        text += ("-" if fraction < 0 else "+") + str(abs(fraction))
    return text or "0"
