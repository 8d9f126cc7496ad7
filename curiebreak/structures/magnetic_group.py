"""The magnetic group that a magnetic CIF lists: its operations with time reversal, and its BNS number.

The number comes from the operations alone, in the reduced primitive magnetic cell: the lattice of the translations
without time reversal. It is compared with the number that the file states.
"""

from __future__ import annotations

import re

import numpy as np

from curiebreak.arrays import FloatArray, integer_echelon
from curiebreak.structures.cif_symmetry import MAGNETIC_CENTRINGS, MAGNETIC_OPERATIONS
from curiebreak.structures.cif_text import Block
from curiebreak.structures.formats import NO_MOMENTS
from curiebreak.structures.operations import parse_operation
from curiebreak.structures.spacegroup import delaunay_cell, magnetic_group_type
from curiebreak.transformation import Transformation

MagneticOperation = tuple[FloatArray, FloatArray, int]
"""(R, t, theta): x' = R x + t in fractions of the file's cell; theta = -1 with time reversal."""

UNMOVED: MagneticOperation = (np.eye(3), np.zeros(3), 1)
"""The identity."""

_NUMBERS = ("_space_group_magn.number_BNS", "_space_group_magn_number_BNS", "_space_group.magn_number_BNS")
_BNS = re.compile(r"\d{1,3}\.\d{1,4}")

_SAME = 1e-3
"""Fractions of the cell: translations of operations are small multiples of 1/24, written with four decimals or more."""


def magnetic_messages(block: Block, cell: FloatArray) -> list[str]:
    """Say that moments are not used, and which magnetic group the file's operations form.

    Parameters
    ----------
    block : Block
    cell : ndarray (3, 3)
        Rows, Å.

    Returns
    -------
    list of str
        Empty for a file without moments.
    """
    if not any(tag.startswith("_atom_site_moment_") for tag in block.columns):
        return []
    found, stated = _found_number(block, cell), stated_bns(block)
    if found is None:
        return [NO_MOMENTS]
    words = f"{NO_MOMENTS} (the listed operations form the magnetic group BNS {found})"
    contradicted = f"; the file states BNS {stated}, which its operations contradict"
    return [words if stated in (None, found) else words + contradicted]


def stated_bns(block: Block) -> str | None:
    """The BNS number that the file states; ``None`` where it states none, or something else in its place."""
    text = block.text(*_NUMBERS).strip()
    return text if _BNS.fullmatch(text) else None


def _found_number(block: Block, cell: FloatArray) -> str | None:
    try:
        operations = magnetic_operations(block)
    except ValueError:  # the reader of the atoms refuses such a file, or says what it made of it
        return None
    return bns_number(operations, cell) if operations else None


def magnetic_operations(block: Block) -> list[MagneticOperation]:
    """All products of the listed operations with the listed centrings, time reversal kept.

    Raises
    ------
    ValueError
        An operation that cannot be read, or one without its time-reversal sign.
    """
    listed = list(map(_signed, block.stated(*MAGNETIC_OPERATIONS)))
    centrings = list(map(_signed, block.stated(*MAGNETIC_CENTRINGS))) or [UNMOVED]
    return [(c @ r, c @ t + shift, sign * theta) for c, shift, sign in centrings for r, t, theta in listed]


def _signed(text: str) -> MagneticOperation:
    rotation, translation = parse_operation(text)
    sign = text.strip("'\" ").split(",")[3:]
    if not sign:
        raise ValueError(f"{text!r} does not say whether it reverses time")
    return rotation, translation, -1 if sign[0].strip().startswith("-") else 1


def bns_number(operations: list[MagneticOperation], cell: FloatArray) -> str | None:
    """BNS number of a magnetic group from its operations.

    Parameters
    ----------
    operations : list of (R, t, theta)
        All operations modulo the cell's own translations.
    cell : ndarray (3, 3)
        Rows, Å.

    Returns
    -------
    str or None
        Such as ``62.448``; ``None`` where the operations form no magnetic group of this cell.
    """
    rotations, translations, thetas = map(np.array, zip(*operations, strict=True))
    pure = (thetas == 1) & (np.abs(rotations - np.eye(3)).max(axis=(1, 2)) < _SAME)
    basis = delaunay_cell(_primitive_basis(translations[pure]) @ cell)
    if basis is None:
        return None
    inward = Transformation.out_of(basis @ np.linalg.inv(cell)).inverse
    whole = inward.whole(rotations, _SAME)
    if whole is None:
        return None
    moved = inward.vectors(translations)
    # one operation of each rotation, with and without time reversal
    keys = np.concatenate([whole.reshape(-1, 9), thetas[:, None]], axis=1)
    first = np.unique(keys, axis=0, return_index=True)[1]
    moved = (moved - np.floor(moved + _SAME))[first]
    kind = magnetic_group_type(whole[first], moved, thetas[first] == -1, basis)
    return None if kind is None else str(kind.bns_number)


def _primitive_basis(shifts: FloatArray) -> FloatArray:
    """Basis (3, 3), rows in fractions, of the lattice of a cell and a group of translations modulo the cell.

    The n translations form a group modulo the cell, so n times each is a whole vector; the basis is the Hermite form
    of those rows. Zero is one of them, listed or not.
    """
    shifts = np.vstack([np.zeros(3), shifts])
    count = len(np.unique(np.round((shifts - np.floor(shifts + _SAME)) / _SAME), axis=0))
    rows = np.round(count * shifts).astype(np.int64)
    return integer_echelon(np.vstack([rows, count * np.eye(3, dtype=np.int64)])) / count
