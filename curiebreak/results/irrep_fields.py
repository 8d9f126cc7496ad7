"""The distortion split by irrep, atom by atom: what a picture needs to scale each irrep by itself."""

from __future__ import annotations

from dataclasses import dataclass

from curiebreak.results.basic import Labels, Matrix
from curiebreak.results.irreps import Kind
from curiebreak.results.learned import StructureData


@dataclass(frozen=True, kw_only=True)
class IrrepField:
    """What one irrep contributes to the distortion, in its measured size.

    Attributes
    ----------
    irrep : str
        Label, as in the irrep entry of the same kind.
    kind : str
        ``displacement``, ``strain`` or ``occupation``: which of the three below holds numbers.
    kpoint : list of 3 fractions or None
        Wave vector, as in the irrep entry.
    displacements : n x 3
        Å, Cartesian in the parent's frame; empty for other kinds.
    occupation : n x elements
        Changes of occupancy; empty for other kinds.
    strain : 3x3 or None
        Part of U - 1, Cartesian in the parent's frame.
    name : str
        As in the irrep entry: the label, with the wave vector where two active irreps share it.
    """

    irrep: str
    kind: Kind
    kpoint: tuple[str, str, str] | None
    displacements: Matrix = ()
    occupation: Matrix = ()
    strain: Matrix | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Where no name is given, the label is the name."""
        object.__setattr__(self, "name", self.name or self.irrep)


@dataclass(frozen=True, kw_only=True)
class ModeFields:
    """The distortion on the atoms of the child's primitive cell, as a sum over irreps.

    With ``x`` the Cartesian undistorted positions, ``u_i`` and ``e_j`` the displacements and strains of the
    irreps, the child is ``(x + sum_i u_i) (1 + sum_j e_j)``, and its axes are those of ``undistorted`` times the
    same factor. Everything is averaged over the child's group; what that removes is ``residual_rms`` of the mapping.

    Attributes
    ----------
    undistorted : StructureData
        The parent in the child's primitive cell, in the parent's frame.
    sites : list of str
        Parent site of each atom.
    displacements : n x 3
        Sum over the irreps, Å, Cartesian in the parent's frame.
    strain : 3x3 or None
        Sum over the irreps; ``None`` for a molecule.
    elements : list of str
        Columns of the occupancies; empty where no mixed site takes part.
    occupancies : n x elements
        Occupancies of the parent.
    occupation : n x elements
        Changes of occupancy, the sum over the irreps.
    irreps : list
        One entry per irrep and kind.
    """

    undistorted: StructureData
    sites: Labels
    displacements: Matrix
    strain: Matrix | None = None
    elements: Labels = ()
    occupancies: Matrix = ()
    occupation: Matrix = ()
    irreps: tuple[IrrepField, ...] = ()
