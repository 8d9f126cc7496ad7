"""Results about a parent alone: its irreps, their directions, and the children built from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, SpaceGroup
from curiebreak.results.blocks import Glazer, IsotropySubgroup, StructureSummary
from curiebreak.results.irreps import IrrepEntry
from curiebreak.results.record import Record


@dataclass(frozen=True, kw_only=True)
class ParentRecord(Record):
    """A result about a parent without a child."""

    kind: ClassVar[str] = "record"


@dataclass(frozen=True, kw_only=True)
class IrrepCount:
    """One irrep at a wave vector and how often fields hold it.

    Attributes
    ----------
    irrep : str
        Label.
    dim : int
        Real dimension: number of components of the order parameter.
    multiplicity : int
        Independent copies in the displacements, the rigid translation not counted.
    rigid : int
        Copies that only move the whole crystal.
    strain : int
        Copies in the strain of the cell.
    sites : object
        Copies by parent site, the rigid translation counted; sites without any are left out.
    """

    irrep: str
    dim: int
    multiplicity: int
    rigid: int = 0
    strain: int = 0
    sites: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WaveVector:
    """A star of wave vectors with the irreps that the displacements hold there.

    Attributes
    ----------
    letters : str or None
        Name of the k point; ``None`` for a molecule.
    kpoint : list of 3 fractions or None
        First arm, in the reciprocal basis of the parent's conventional cell.
    kind : str
        ``special``, ``line``, ``plane`` or ``general``.
    arms : int
        Wave vectors of the star, k and -k both counted.
    components : int
        Independent displacements at these wave vectors: the sum of dimension times copies, rigid
        translations included.
    irreps : list
        The irreps, in the order of the table.
    """

    letters: str | None
    kpoint: tuple[str, str, str] | None
    kind: str
    arms: int
    components: int
    irreps: tuple[IrrepCount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IrrepList(ParentRecord):
    """The irreps of the displacements of a parent.

    Attributes
    ----------
    wyckoffs : object
        Wyckoff letter of each site.
    kpoints : list
        One entry per star.
    """

    command: Literal["irreps"] = "irreps"
    wyckoffs: dict[str, str] = field(default_factory=dict)
    kpoints: tuple[WaveVector, ...] = ()

    kind: ClassVar[str] = "list of irreps"


@dataclass(frozen=True, kw_only=True)
class DirectionEntry:
    """One class of directions with the group that it leaves.

    Attributes
    ----------
    direction : str
        In letters; ``|`` separates irreps, ``;`` arms, ``,`` components of one arm.
    parameters : int
        Number of letters.
    isotropy_subgroup : IsotropySubgroup
        The group that an order parameter along it leaves.
    """

    direction: str
    parameters: int
    isotropy_subgroup: IsotropySubgroup


@dataclass(frozen=True, kw_only=True)
class DirectionList(ParentRecord):
    """The isotropy subgroups of one irrep or of a pair.

    Attributes
    ----------
    irreps : list of str
        Labels.
    kpoints : list
        First arm of each.
    dims : list of int
        Real dimension of each.
    directions : list
        Smallest number of letters first; of a pair only those in which both take part.
    """

    command: Literal["directions"] = "directions"
    irreps: Labels = ()
    kpoints: tuple[tuple[str, str, str] | None, ...] = ()
    dims: tuple[int, ...] = ()
    directions: tuple[DirectionEntry, ...] = ()

    kind: ClassVar[str] = "list of directions"


@dataclass(frozen=True, kw_only=True)
class SeriesMember:
    """One structure of a series.

    Attributes
    ----------
    amplitude : float
        Of the irrep that is varied, as it was given (As or Ap).
    file : str or None
        Where it was written.
    space_group : SpaceGroup or None
        Group by spglib.
    """

    amplitude: float
    file: str | None
    space_group: SpaceGroup | None


@dataclass(frozen=True, kw_only=True)
class DistortResult(ParentRecord):
    """A child built from irreps, directions and amplitudes.

    Attributes
    ----------
    child : StructureSummary
        The child; its group by spglib.
    irreps : list
        What it is made of.
    isotropy_subgroup : IsotropySubgroup
        Exact stabiliser of the distortion.
    agrees : bool or None
        Whether spglib finds that group in the child; ``None`` for molecules.
    supercell_basis : 3x3 or None
        Rows are the child's axes without strain in the parent's axes (cells of the files).
    size : int
        Primitive parent cells in the child's cell.
    strain : 3x3 or None
        U - 1, Cartesian, in the parent's frame.
    dmax : float
        Largest displacement, Å.
    glazer : Glazer or None
        Octahedral tilts, where the parent has a net of octahedra.
    file : str or None
        Where the child was written.
    series : list
        The structures of a series.
    """

    command: Literal["distort"] = "distort"
    child: StructureSummary
    irreps: tuple[IrrepEntry, ...] = ()
    isotropy_subgroup: IsotropySubgroup
    agrees: bool | None = None
    supercell_basis: Matrix | None = None
    size: int = 1
    strain: Matrix | None = None
    dmax: float = 0.0
    glazer: Glazer | None = None
    file: str | None = None
    series: tuple[SeriesMember, ...] = ()

    kind: ClassVar[str] = "built child"
