"""The distortion split by irrep, atom by atom: what a picture needs to scale each irrep by itself."""

from __future__ import annotations

from dataclasses import dataclass

from curiebreak.results.basic import Labels, Matrix
from curiebreak.results.irreps import Kind
from curiebreak.results.learned import StructureData


@dataclass(frozen=True, kw_only=True)
class IrrepField:
    """What one irrep contributes to the distortion, in its measured size."""

    irrep: str
    """Label, as in the irrep entry of the same kind."""
    kind: Kind
    """``displacement``, ``strain``, ``occupation`` or ``magnetic``: which of the four below holds numbers."""
    kpoint: tuple[str, str, str] | None
    """Wave vector, as in the irrep entry."""
    displacements: Matrix = ()
    """Å, Cartesian in the parent's frame; empty for other kinds."""
    occupation: Matrix = ()
    """Changes of occupancy; empty for other kinds."""
    strain: Matrix | None = None
    """Part of U - 1, Cartesian in the parent's frame."""
    moments: Matrix = ()
    """μB, Cartesian in the parent's frame; empty for other kinds."""
    name: str = ""
    """As in the irrep entry: the label, with the wave vector where two active irreps share it."""

    def __post_init__(self) -> None:
        """Where no name is given, the label is the name."""
        object.__setattr__(self, "name", self.name or self.irrep)


@dataclass(frozen=True, kw_only=True)
class ModeFields:
    """The distortion on the atoms of the child's primitive cell, as a sum over irreps.

    With ``x`` the Cartesian undistorted positions, ``u_i`` and ``e_j`` the displacements and strains of the
    irreps, the child is ``(x + sum_i u_i) (1 + sum_j e_j)``, and its axes are those of ``undistorted`` times the
    same factor. Everything is averaged over the child's group; what that removes is ``residual_rms`` of the mapping.
    """

    undistorted: StructureData
    """The parent in the child's primitive cell, in the parent's frame."""
    sites: Labels
    """Parent site of each atom."""
    displacements: Matrix
    """Sum over the irreps, Å, Cartesian in the parent's frame."""
    strain: Matrix | None = None
    """Sum over the irreps; ``None`` for a molecule."""
    elements: Labels = ()
    """Columns of the occupancies; empty where no mixed site takes part."""
    occupancies: Matrix = ()
    """Occupancies of the parent."""
    occupation: Matrix = ()
    """Changes of occupancy, the sum over the irreps."""
    irreps: tuple[IrrepField, ...] = ()
    """One entry per irrep and kind."""
    moments: Matrix = ()
    """Sum over the irreps, μB, Cartesian in the parent's frame; empty where there are none."""
