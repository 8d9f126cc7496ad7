"""A child built from modes: what it is made of, its cell and its groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray
from curiebreak.results import IsotropySubgroup
from curiebreak.structures import Structure
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.isotropy import StabiliserTable
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.symmetry.supercell_sites import Supercell


@dataclass(frozen=True, eq=False)
class BuiltMode:
    """One irrep of a built child.

    Attributes
    ----------
    irrep : Irrep
    kind : str
        ``displacement`` or ``strain``.
    copies : ndarray (m, dim)
        Order parameter of each copy that was asked for, Å (strain: no unit).
    sites : tuple of str
        Site that each copy moves; ``cell`` for strain.
    values : ndarray (s, n_p, d) complex
        The field on the wave vectors of the cell (strain: (1, 1, 6)).
    name : str
        Of the irrep in this child; the label where it is empty.
    """

    irrep: Irrep
    kind: str
    copies: FloatArray
    sites: tuple[str, ...]
    values: ComplexArray
    name: str = ""

    @property
    def label(self) -> str:
        """Name of the irrep: its label, with the wave vector where two irreps of the child share it."""
        return self.name or self.irrep.label

    @property
    def squared(self) -> float:
        """Squared norm over the cell (strain: squared Frobenius norm)."""
        return float((np.abs(self.values) ** 2).sum())


@dataclass(frozen=True, eq=False)
class BuiltChild(Supercell):
    """A child made from irreps, directions and amplitudes.

    Attributes
    ----------
    structure : Structure
        The child; Cartesian frame of the parent, one primitive cell.
    displacements : ndarray (n, 3)
        Å, Cartesian, with the parent's axes, mean zero.
    strain : ndarray (3, 3)
        ``U - 1``.
    modes : tuple of BuiltMode
    space : BlochSpace
    isotropy : StabiliserTable
        Exact stabilisers of the modes.
    """

    structure: Structure
    displacements: FloatArray
    strain: FloatArray
    modes: tuple[BuiltMode, ...]
    space: BlochSpace
    isotropy: StabiliserTable

    @property
    def size(self) -> int:
        """Primitive parent cells in the child's cell."""
        return self.space.size

    @property
    def subgroup(self) -> IsotropySubgroup:
        """Exact isotropy subgroup of the whole distortion, strain included."""
        return Subgroup(self.space, self.isotropy.whole).described()
