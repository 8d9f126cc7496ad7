"""What a scan does with every structure; part of the store, so that a resumed scan does the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ScanSettings:
    """Options of a scan that change its results.

    Attributes
    ----------
    parent : str
        ``perovskite``, ``bx3``, ``double``, ``auto``, ``pairs`` (each input brings its own), or a file.
    learn : bool
        Train and certify, not only the exact analysis.
    symprec : float or None
        Å; tolerance for the child's symmetry.
    parent_symprec : float or None
        Å; tolerance for the symmetry of a parent that is a file.
    strain_tolerance : float
    seed : int
    max_steps : int or None
        Optimiser steps per training.
    """

    parent: str = "auto"
    learn: bool = True
    symprec: float | None = None
    parent_symprec: float | None = None
    strain_tolerance: float = 1e-3
    seed: int = 0
    max_steps: int | None = None

    def plain(self) -> dict[str, Any]:
        """As plain data for the store."""
        return asdict(self)
