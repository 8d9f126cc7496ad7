"""Symmetry operations as CIF writes them, and the atoms they generate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, nearest_image
from curiebreak.letter_sums import terms_of
from curiebreak.structures.checks import DUPLICATE_DISTANCE
from curiebreak.structures.neighbours import squares_apart

Operation = tuple[FloatArray, FloatArray]
"""(R, t): x' = R x + t in fractional coordinates of the file's cell."""


_TRIPLET = re.compile(r"([^,]+),([^,]+),([^,]+)(?:,[+-]?[1m])?")


def parse_operation(text: str) -> Operation:
    """Read one triplet such as ``-y+1/2,x-y,1/3+z`` (a time-reversal sign at the end is dropped).

    Raises
    ------
    ValueError
        If the text is no such triplet.
    """
    plain = re.sub(r"\s*,\s*", ",", text.strip("'\" ").strip().lower()).replace(" ", "")
    parts = _TRIPLET.fullmatch(plain)
    if parts is None:
        raise ValueError(f"{text!r} is not a symmetry operation")
    rows = [terms_of(part, "[xyz]") for part in parts.groups()]
    affine = np.array([[row.get(letter, 0.0) for letter in ("x", "y", "z", "")] for row in rows])
    if abs(abs(np.linalg.det(affine[:, :3])) - 1.0) > 1e-6:
        raise ValueError(f"{text!r} is not a symmetry operation")
    return affine[:, :3], affine[:, 3]


@dataclass(frozen=True, eq=False)
class Operations:
    """Several operations.

    Attributes
    ----------
    rotations : ndarray (n, 3, 3)
    translations : ndarray (n, 3)
    """

    rotations: FloatArray
    translations: FloatArray

    @classmethod
    def of(cls, listed: Iterable[Operation]) -> Operations:
        """Of (R, t), one after the other; of none, none."""
        affine = [np.column_stack(one) for one in listed]
        rows = np.array(affine, dtype=np.float64).reshape(-1, 3, 4)
        return cls(rows[..., :3], rows[..., 3])

    def __len__(self) -> int:
        return len(self.rotations)

    def __getitem__(self, number: int) -> Operation:
        return self.rotations[number], self.translations[number]

    def __iter__(self) -> Iterator[Operation]:
        return zip(self.rotations, self.translations, strict=True)

    def chosen(self, which: IntArray | list[int]) -> Operations:
        """Those of some numbers."""
        return Operations(self.rotations[which], self.translations[which])

    @property
    def numbers(self) -> dict[bytes, int]:
        """Number of each, the last of equal ones, by rotation in 1/12 and translation in 1/48 modulo the cell."""
        parts = [np.round(self.rotations * 12).reshape(-1, 9), np.round(self.translations * 48) % 48]
        rows = np.concatenate(parts, axis=1).astype(np.int64)
        return {row.tobytes(): number for number, row in enumerate(rows)}

    @property
    def pure(self) -> BoolArray:
        """Which (n,) are translations."""
        return np.asarray(np.isclose(self.rotations, np.eye(3)).all(axis=(1, 2)))

    def images(self, position: FloatArray) -> FloatArray:
        """Where they carry a place: (n, 3)."""
        return np.asarray(self.rotations @ position + self.translations)

    def after(self, others: Operations) -> Operations:
        """All products, the first of these with each of the others first."""
        rotations = self.rotations[:, None] @ others.rotations
        translations = others.translations @ self.rotations.swapaxes(1, 2) + self.translations[:, None]
        return Operations(rotations.reshape(-1, 3, 3), translations.reshape(-1, 3))

    def site_average(self, position: FloatArray, cell: FloatArray) -> FloatArray:
        """The position (3,) averaged over the operations that move it by less than `DUPLICATE_DISTANCE`."""
        steps = nearest_image(self.images(position) - position)
        own = ((steps @ cell) ** 2).sum(axis=1) < DUPLICATE_DISTANCE**2
        return np.asarray(position + steps[own].sum(axis=0) / max(np.count_nonzero(own), 1))


IDENTITY = Operations(np.eye(3)[None], np.zeros((1, 3)))


def orbit(position: FloatArray, operations: Operations, cell: FloatArray) -> tuple[FloatArray, float]:
    """Distinct images of one listed site, special positions snapped onto their symmetry element.

    Operations that move the site by less than `DUPLICATE_DISTANCE` are taken as its site symmetry;
    the position is averaged over them first, so that ``0.3333`` becomes the exact special position.

    Parameters
    ----------
    position : ndarray (3,)
        Fractional coordinates as listed.
    operations : Operations
        The file's, centring included.
    cell : ndarray (3, 3)
        Rows in Å.

    Returns
    -------
    images : ndarray (m, 3)
        Fractional; the first is the (averaged) listed position, the others lie in [0, 1).
    moved : float
        Å by which averaging moved the listed position.
    """
    exact = operations.site_average(operations.site_average(position, cell), cell)
    images = [exact]
    for image in operations.images(exact):
        if squares_apart(cell, np.array(images), image).min() > DUPLICATE_DISTANCE**2:
            images.append(image - np.floor(image + 1e-9))
    return np.array(images), float(np.linalg.norm((exact - position) @ cell))


def turned_uncertainties(uncertainty: FloatArray, images: FloatArray, operations: Operations) -> FloatArray:
    """Standard uncertainties (m, 3) of the coordinates of each image of a listed site.

    ``sigma_i'^2 = sum_j R_ij^2 sigma_j^2``: correlations are not known.

    Parameters
    ----------
    uncertainty : ndarray (3,)
        Of the listed coordinates.
    images : ndarray (m, 3)
        As :func:`orbit` gives them, the listed site first.
    operations : Operations
    """
    if not uncertainty.any():
        return np.zeros_like(images)
    steps = nearest_image(operations.images(images[0])[:, None] - images[1:])
    leading = operations.rotations[np.abs(steps).max(axis=-1).argmin(axis=0)]
    return np.vstack([uncertainty, np.sqrt(leading**2 @ uncertainty**2)])


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
