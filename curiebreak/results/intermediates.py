"""The document of ``intermediate``: the groups between parent and child, and one of them made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, SpaceGroup, Vector, Vector3
from curiebreak.results.blocks import Glazer, IsotropySubgroup
from curiebreak.results.documents import Document
from curiebreak.results.irreps import CarrierResult
from curiebreak.results.learned import StructureData


@dataclass(frozen=True, kw_only=True)
class IntermediateIrrep:
    """An irrep of the distortion that an intermediate group lets through."""

    irrep: str
    """Label."""
    direction: str | None = None
    """Direction in its canonical domain that the group allows; ``None`` on lines, planes and general k, and for
    molecules where there are no letters."""
    kinds: Labels = ()
    """Fields of the child that hold the irrep: ``displacement``, ``occupation``, ``strain``."""


@dataclass(frozen=True, kw_only=True)
class IntermediateResult:
    """One group between parent and child."""

    number: int | None = None
    """Number in the International Tables; ``None`` for a molecule."""
    symbol: str | None = None
    """Short international symbol; ``None`` for a molecule."""
    point_group: str | None = None
    """Schoenflies symbol of a molecule."""
    basis: Matrix | None = None
    """Rows are the group's conventional axes in the parent's conventional axes."""
    origin: Vector3 | None = None
    """The group's origin in the parent's conventional axes."""
    size: int | None = None
    """Ratio of the primitive cells of this group and the parent."""
    index: int = 1
    """Index in the parent group."""
    irreps: tuple[IntermediateIrrep, ...] = ()
    """What the group lets through beyond the fully symmetric part."""
    active: bool = True
    """Whether the group is the stabiliser of what it lets through; ``False`` ("no active irrep") only among all
    subgroups."""
    kept_share: float = 0.0
    """Part of the squared non-strain distortion that the group allows, 1 - floor; 0 for a group that only strain
    irreps lead to."""
    loss: float | None = None
    """Trained loss under the constraint; ``None`` when not trained."""
    floor: float | None = None
    """The least relative loss with this symmetry."""
    loss_strain: float | None = None
    """Trained loss of the strain; ``None`` when not trained."""
    floor_strain: float | None = None
    """The least relative loss of the strain with this symmetry."""
    file: str | None = None
    """Where the structure was written."""
    spglib: SpaceGroup | None = None
    """Group that spglib finds in the written structure."""


@dataclass(frozen=True, kw_only=True)
class CoveringRelation:
    """A covering relation of the list."""

    upper: int
    """Number of the larger group in the list, from 0."""
    lower: int
    """Number of the smaller one."""
    kind: Literal["t", "k", "tk"]
    """``t`` (all translations kept), ``k`` (all point operations kept) or ``tk`` (some of both lost)."""
    index: int
    """Index of the smaller group in the larger one."""


@dataclass(frozen=True, kw_only=True)
class ConstrainedInput:
    """One irrep of the input that training was allowed."""

    irrep: str
    """Label."""
    direction: str | None = None
    """Direction in its canonical domain."""
    components: Vector = ()
    """Numbers along the same axes, length 1."""
    carrier: CarrierResult
    """What holds it."""


@dataclass(frozen=True, kw_only=True)
class Exponent:
    """How one irrep of a path grows with the primaries."""

    irrep: str
    """Label."""
    kind: str
    """``displacement``, ``occupation`` or ``strain``."""
    exact: int | None = None
    """Lowest order of the primaries that drives it."""
    coupling: str | None = None
    """The products of primaries of that order."""
    fitted: float | None = None
    """Slope of the trained network's component against the scale, both as logarithms, for scales from 0.01 to 0.1;
    ``None`` for a primary."""
    primary: bool = False
    """Whether it is scaled itself instead of following."""
    amplitudes: Vector = ()
    """Size in each structure over the child's primitive cell, Å (strain: no unit)."""


@dataclass(frozen=True, kw_only=True)
class StructurePath:
    """Structures between parent and child. An interpolation, not a reaction path."""

    method: Literal["network", "exact"]
    """Where the secondaries come from: ``network`` (trained) or ``exact`` (lowest power)."""
    order: Labels = ()
    """Primaries in the order in which they are switched on; empty when together."""
    primaries: Labels = ()
    """Irreps that are scaled from 0 to 1."""
    scales: tuple[Vector, ...] = ()
    """Scale of each primary in each structure."""
    exponents: tuple[Exponent, ...] = ()
    """Growth of the irreps."""
    end_error: float = 0.0
    """Largest distance (Å) between an atom of the last structure and of the child averaged over its group."""
    files: Labels = ()
    """Written structures."""


@dataclass(frozen=True, kw_only=True)
class ChosenIntermediate:
    """The intermediate that a constraint singles out."""

    entry: int
    """Its number in the list, from 0."""
    inputs: tuple[ConstrainedInput, ...] = ()
    """Irreps of the input."""
    loss: float | None = None
    """Trained loss with the constrained input."""
    floor: float | None = None
    """The least that symmetry allows."""
    loss_strain: float | None = None
    """Trained loss of the strain."""
    floor_strain: float | None = None
    """The least that symmetry allows for the strain."""
    reached: bool | None = None
    """Whether the trained losses reached their floors; ``None`` when not trained."""
    glazer: Glazer | None = None
    """Octahedral tilts of the intermediate."""
    structure: StructureData | None = None
    """The intermediate in the conventional cell of its group."""
    spglib: SpaceGroup | None = None
    """Group that spglib finds in it."""
    symprec: float | None = None
    """Å; the tolerance at which it does."""
    file: str | None = None
    """Where it was written."""


@dataclass(frozen=True, kw_only=True)
class Intermediates(Document):
    """The groups that a distortion can pass through, as a tree."""

    command: Literal["intermediate"] = "intermediate"
    isotropy_subgroup: IsotropySubgroup | None = None
    """The child's group."""
    strain: bool = True
    """Whether strain irreps count."""
    all_subgroups: bool = False
    """Whether groups without an active irrep are listed too."""
    intermediates: tuple[IntermediateResult, ...] = ()
    """Parent first, child last, by index."""
    edges: tuple[tuple[int, int], ...] = ()
    """Pairs [i, j]: entry i contains entry j, and no other entry lies between."""
    steps: tuple[CoveringRelation, ...] = ()
    """The same pairs with kind and index."""
    constraint: dict[str, Any] = field(default_factory=dict)
    """The constraint as it was given; empty without one."""
    chosen: ChosenIntermediate | None = None
    """What the constraint singles out."""
    path: StructurePath | None = None
    """Structures along the way, where asked for."""
    seed: int = 0
    """Seed of the random numbers."""
    device: str = "cpu"
    """Where the network was trained."""

    kind: ClassVar[str] = "list of intermediates"
