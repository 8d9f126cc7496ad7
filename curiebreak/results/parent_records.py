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

    parent: StructureSummary
    """The high-symmetry structure."""

    kind: ClassVar[str] = "record"


@dataclass(frozen=True, kw_only=True)
class IrrepCount:
    """One irrep at a wave vector and how often fields hold it."""

    irrep: str
    """Label."""
    dim: int
    """Real dimension: number of components of the order parameter."""
    multiplicity: int
    """Independent copies in the displacements, the rigid translation not counted."""
    rigid: int = 0
    """Copies that only move the whole crystal."""
    strain: int = 0
    """Copies in the strain of the cell."""
    sites: dict[str, int] = field(default_factory=dict)
    """Copies by parent site, the rigid translation counted; sites without any are left out."""


@dataclass(frozen=True, kw_only=True)
class WaveVector:
    """A star of wave vectors with the irreps that the displacements hold there."""

    letters: str | None
    """Name of the k point; ``None`` for a molecule."""
    kpoint: tuple[str, str, str] | None
    """First arm, in the reciprocal basis of the parent's conventional cell."""
    kind: str
    """``special``, ``line``, ``plane`` or ``general``."""
    arms: int
    """Wave vectors of the star, k and -k both counted."""
    components: int
    """Independent displacements at these wave vectors: the sum of dimension times copies, rigid translations
    included."""
    irreps: tuple[IrrepCount, ...] = ()
    """The irreps, in the order of the table."""


@dataclass(frozen=True, kw_only=True)
class IrrepList(ParentRecord):
    """The irreps of the displacements of a parent."""

    command: Literal["irreps"] = "irreps"
    wyckoffs: dict[str, str] = field(default_factory=dict)
    """Wyckoff letter of each site."""
    kpoints: tuple[WaveVector, ...] = ()
    """One entry per star."""

    kind: ClassVar[str] = "list of irreps"


@dataclass(frozen=True, kw_only=True)
class DirectionEntry:
    """One class of directions with the group that it leaves."""

    direction: str
    """In letters; ``|`` separates irreps, ``;`` arms, ``,`` components of one arm."""
    parameters: int
    """Number of letters."""
    isotropy_subgroup: IsotropySubgroup
    """The group that an order parameter along it leaves."""
    file: str | None = None
    """Where a child along it was written."""


@dataclass(frozen=True, kw_only=True)
class DirectionList(ParentRecord):
    """The isotropy subgroups of one irrep or of a pair."""

    command: Literal["directions"] = "directions"
    irreps: Labels = ()
    """Labels."""
    kpoints: tuple[tuple[str, str, str] | None, ...] = ()
    """First arm of each."""
    dims: tuple[int, ...] = ()
    """Real dimension of each."""
    directions: tuple[DirectionEntry, ...] = ()
    """Smallest number of letters first; of a pair only those in which both take part."""
    table: str | None = None
    """Where the table of the children was written."""

    kind: ClassVar[str] = "list of directions"


@dataclass(frozen=True, kw_only=True)
class SeriesMember:
    """One structure of a series."""

    amplitude: float
    """Of the irrep that is varied, as it was given (As or Ap)."""
    file: str | None
    """Where it was written."""
    space_group: SpaceGroup | None
    """Group by spglib."""


@dataclass(frozen=True, kw_only=True)
class DistortResult(ParentRecord):
    """A child built from irreps, directions and amplitudes."""

    command: Literal["distort"] = "distort"
    child: StructureSummary
    """The child; its group by spglib."""
    irreps: tuple[IrrepEntry, ...] = ()
    """What it is made of."""
    isotropy_subgroup: IsotropySubgroup
    """Exact stabiliser of the distortion."""
    agrees: bool | None = None
    """Whether spglib finds that group in the child; ``None`` for molecules."""
    supercell_basis: Matrix | None = None
    """Rows are the child's axes without strain in the parent's axes (cells of the files)."""
    size: int = 1
    """Primitive parent cells in the child's cell."""
    strain: Matrix | None = None
    """U - 1, Cartesian, in the parent's frame."""
    dmax: float = 0.0
    """Largest displacement, Å."""
    glazer: Glazer | None = None
    """Octahedral tilts, where the parent has a net of octahedra."""
    file: str | None = None
    """Where the child was written."""
    series: tuple[SeriesMember, ...] = ()
    """The structures of a series."""

    kind: ClassVar[str] = "built child"
