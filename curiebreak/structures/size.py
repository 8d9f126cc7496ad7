"""How large a structure can be, and how long its analysis takes."""

from __future__ import annotations

from curiebreak.errors import InputError
from curiebreak.structures.model import Structure

LARGEST_FILE = 10_000
"""Atoms; translations and operations of a larger cell are not searched."""

MOST_IMAGES = 3e8
"""Images of atoms under the operations of the parent modulo the child's lattice, of eight bytes each."""

SECONDS_PER_IMAGE = 4e-7
"""Measured: 10^7 images (1,000 atoms of a cubic perovskite with scatter) take 4 s on one core."""

WORTH_SAYING = 10.0
"""Seconds above which the expected time is said."""


def check_file(structure: Structure) -> None:
    """Refuse a structure with more atoms than can be searched.

    Raises
    ------
    InputError
    """
    if len(structure) > LARGEST_FILE:
        raise InputError(
            f"{structure.path or 'The structure'} has {len(structure):,} atoms; up to {LARGEST_FILE:,} are analysed.",
            "Give the smallest cell that holds the distortion.",
        )


def images(operations: int, parent_atoms: int, atoms: int) -> float:
    """Images of `atoms` atoms under the operations of a parent modulo the lattice of their cell."""
    return float(operations) * (atoms / parent_atoms) * atoms


def check_images(operations: int, parent_atoms: int, atoms: int, name: str) -> None:
    """Refuse a child whose images under the parent's operations fit in no memory.

    Raises
    ------
    InputError
    """
    if images(operations, parent_atoms, atoms) > MOST_IMAGES:
        limit = int((MOST_IMAGES * parent_atoms / operations) ** 0.5)
        raise InputError(
            f"The primitive cell of {name} has {atoms:,} atoms in {atoms // parent_atoms:,} cells of the parent; with "
            f"{operations} operations up to {limit:,} atoms are analysed.",
            "Give the smallest cell that holds the distortion.",
        )


def forecast(operations: int, parent_atoms: int, atoms: int) -> str | None:
    """What to say before a long analysis; None before a short one."""
    seconds = SECONDS_PER_IMAGE * images(operations, parent_atoms, atoms)
    if seconds < WORTH_SAYING:
        return None
    cells = atoms // parent_atoms
    return (
        f"{atoms:,} atoms in {cells:,} cells of the parent, {operations} operations, irreps at up to {cells:,} wave "
        f"vectors: this may take {seconds:.0f} s"
    )
