"""Hands: a chiral parent maps a child of its own hand only; the mirror image is mapped on request.

Databases often hold one structure of a family in the other hand, since the two have the same energy
(P6_322 and the mirror image of a P6_3 child, say).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from curiebreak.errors import NotCompatibleError
from curiebreak.structures.model import Structure

MIRRORED = (
    "the child has the other hand: its mirror image (x, y, z to -x, -y, -z) was mapped, as asked; "
    "everything here, and files that are written, are in the parent's hand"
)
"""What a result says about a mirrored child."""


class WrongHandError(NotCompatibleError):
    """Only the mirror image of the child maps onto this parent, or maps far better."""

    def __init__(self) -> None:
        super().__init__(
            "Parent and child have opposite hands: only the mirror image of the child maps onto this parent.",
            "Map the mirror image with --allow hand, or invert one of the two structures (x, y, z to -x, -y, -z).",
        )


def mirror_image(structure: Structure) -> Structure:
    """The structure inverted through its origin; a lattice stays as it is."""
    return replace(structure, coords=np.asarray(0.0 - structure.coords))
