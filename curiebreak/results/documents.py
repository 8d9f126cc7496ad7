"""The documents that commands write: finding, decomposition, mapping.

Names and meanings are the published contract (``docs/results.md``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, SymmetryGroup, Vector, Vector3, short_of_floor
from curiebreak.results.blocks import (
    Glazer,
    Index,
    IsotropySubgroup,
    LadderRung,
    LostOperation,
    MappingSummary,
    Polarisation,
    StructureSummary,
)
from curiebreak.results.bridges import made
from curiebreak.results.degenerate_signals import PredictedDomain, Signals
from curiebreak.results.irrep_fields import ModeFields
from curiebreak.results.irreps import IrrepEntry
from curiebreak.results.learned import (
    Blind,
    Certificate,
    CrossCheck,
    InputField,
    KnownField,
    SelectionResult,
    StructureData,
    Structures,
    TargetResult,
    Trace,
)
from curiebreak.results.parents import ParentTrial
from curiebreak.results.record import Record
from curiebreak.results.reflection_list import IrrepReflections


@dataclass(frozen=True, kw_only=True)
class Document(Record):
    """A result about a pair."""

    parent: StructureSummary
    """The high-symmetry structure."""
    child: StructureSummary
    """The low-symmetry structure."""
    mapping: MappingSummary | None = None
    """How the child lies on the parent."""

    kind: ClassVar[str] = "document"


@dataclass(frozen=True, kw_only=True)
class PairDocument(Document):
    """What ``find`` and ``modes`` both say about a pair."""

    primary: Labels = ()
    """Labels of the chosen primary set."""
    minimal_sets: tuple[Labels, ...] = ()
    """Every set that generates the whole symmetry lowering and has no superfluous member, best first."""
    isotropy_subgroup: IsotropySubgroup | None = None
    """The group that the whole distortion leaves."""
    tolerance_ladder: tuple[LadderRung, ...] = ()
    """The child's group against tolerance."""
    glazer: Glazer | None = None
    """Octahedral tilts; ``None`` without a net of BX6 octahedra."""
    lost_operations: tuple[LostOperation, ...] = ()
    """Operations of the parent that the child lacks."""
    index: Index | None = None
    """Index of the child's group in the parent's, split in two factors."""
    polarisation: Polarisation | None = None
    """Of a polar child: axis, cause and coupling term."""
    mode_fields: ModeFields | None = None
    """The distortion split by irrep, atom by atom."""


@dataclass(frozen=True, kw_only=True)
class Finding(PairDocument):
    """The learned order parameter of a pair, with its certificates.

    Losses and floors are relative: squared error over the squared target. They are of
    displacements and occupations; strain has its own. ``None`` where the target is zero.
    """

    command: Literal["find"] = "find"
    order_parameters: tuple[IrrepEntry, ...] = ()
    """One entry per irrep and carrier of the learned input."""
    irreps: tuple[IrrepEntry, ...] = ()
    """The other active irreps: secondaries that follow from the input, strain, noise."""
    alternatives: tuple[Labels, ...] = ()
    """Other minimal sets, best first."""
    loss_without_input: float | None = None
    """Trained loss without symmetry breaking."""
    floor_without_input: float | None = None
    """Floor without symmetry breaking: the part of the distortion that is not fully symmetric."""
    loss: float | None = None
    """Trained loss with the primary set."""
    floor: float | None = None
    """Floor with the primary set."""
    loss_strain: float | None = None
    """Trained loss of the strain with the primary set."""
    floor_strain: float | None = None
    """Floor of the strain with the primary set."""
    loss_magnetic: float | None = None
    """Trained loss of the moments with the primary set; without input it is 1."""
    floor_magnetic: float | None = None
    """Floor of the moments with the primary set; 1 for every input that time reversal leaves alone."""
    input_symmetry: SymmetryGroup | None = None
    """The learned input's own symmetry."""
    compression_check: float | None = None
    """Norm of the last uncompressed pass outside the subspace that the child's group leaves."""
    certificates: tuple[Certificate, ...] = ()
    """Sufficient, necessary and Curie statements."""
    crosscheck: CrossCheck | None = None
    """The learned answer beside the exact one."""
    selection: SelectionResult | None = None
    """How training selected the set."""
    blind: Blind | None = None
    """A training that was told nothing of the child's group, where asked for."""
    equivalent_carriers: dict[str, Labels] = field(default_factory=dict)
    """For each irrep of the learned input every allowed carrier up to ``lmax_input`` that can hold it just as well, by
    exact theory, e.g. ``Mn:1e``."""
    seed: int = 0
    """Seed of the random numbers."""
    device: str = "cpu"
    """Where the network was trained."""
    structures: Structures | None = None
    """Parent, undistorted parent in the child's cell, child."""
    displacements: Matrix = ()
    """Child minus undistorted, Å, Cartesian in the parent's frame."""
    moments: Matrix = ()
    """Magnetic moments, μB, Cartesian in the parent's frame; empty where there are none."""
    breaking_input: tuple[InputField, ...] = ()
    """The learned inputs, one per carrier."""
    partial: Labels = ()
    """Of a run that was stopped before its input was settled: irreps that the input held by then. They are no answer;
    ``primary`` is empty."""
    trace: Trace | None = None
    """The course of the training."""
    signals: Signals | None = None
    """Spherical-harmonic output of a network that is told nothing, where asked for."""
    domains: tuple[PredictedDomain, ...] = ()
    """The equivalent children as the network gives them, where asked for."""
    targets: tuple[TargetResult, ...] = ()
    """Fields that were a target, with losses and floors of their own; ``loss`` and ``floor`` are the mean over them and
    the distortion, where there is one."""
    given: tuple[KnownField, ...] = ()
    """Known fields that the network was given; then floors, sets and domains are those of the group that they leave."""
    remaining_group: IsotropySubgroup | None = None
    """The operations of the parent that keep all given fields."""
    parents: tuple[ParentTrial, ...] = ()
    """Several found parents beside this one, each with the order parameter that it needs, where asked for."""
    limits: Labels = ()
    """Of a training that did not converge, the options whose limits it met: ``seconds``, ``max_steps``."""

    kind: ClassVar[str] = "finding"

    @property
    def _status_advice(self) -> str:
        return short_of_floor(self.limits) if self.limits else super()._status_advice


@dataclass(frozen=True, kw_only=True)
class DomainResult:
    """One of the equivalent children."""

    operation: str
    """Operation of the parent that makes it from the child, as ``x,y,z`` in the parent's axes."""
    rotation_domain: int
    """Number among the orientations."""
    translation_domain: int
    """Number among the translations of one orientation."""
    components: dict[str, Vector] = field(default_factory=dict)
    """Order-parameter components of each primary irrep, by label."""


@dataclass(frozen=True, kw_only=True)
class Domains:
    """The equivalent children of a parent."""

    total: int
    """How many there are: the index."""
    rotation: int
    """How many orientations."""
    translation: int
    """How many translations of each orientation."""
    equivalents: tuple[DomainResult, ...] = ()
    """The children one by one."""


@dataclass(frozen=True, kw_only=True)
class Decomposition(PairDocument):
    """The exact symmetry modes of a distortion."""

    command: Literal["modes"] = "modes"
    irreps: tuple[IrrepEntry, ...] = ()
    """One entry per irrep of each kind, with its per-site modes."""
    total_amplitude_supercell: float | None = None
    """Root-sum-square displacement per primitive cell of the child, Å (As: AMPLIMODES' normalisation)."""
    total_amplitude_parent: float | None = None
    """The same per primitive cell of the parent, Å (Ap: ISODISTORT's parent-cell normalisation)."""
    domains: Domains | None = None
    """The equivalent children."""
    reflections: tuple[IrrepReflections, ...] = ()
    """Superlattice reflections of each irrep, where they were asked for."""

    kind: ClassVar[str] = "decomposition"

    @property
    def structures(self) -> dict[str, StructureData]:
        """The ``undistorted`` child and the ``child``, one primitive cell of it in the parent's frame."""
        if self.mode_fields is None:
            return {}
        found: dict[str, StructureData] = made("structures_of_modes", self.mode_fields)
        return found


@dataclass(frozen=True, kw_only=True)
class PairedAtom:
    """One atom of the child on its parent site."""

    child_atom: int
    """Index of the atom in the child's file, from 0."""
    species: str
    """Its element."""
    site: str
    """Parent site it belongs to."""
    undistorted: Vector3
    """Where it would be without distortion, fractional in the undistorted child cell."""
    displacement: Vector3
    """Å, Cartesian in the parent's frame."""


@dataclass(frozen=True, kw_only=True)
class MappingResult(Document):
    """The mapping of a child onto its parent, atom by atom."""

    command: Literal["map"] = "map"
    pairing: tuple[PairedAtom, ...] = ()
    """Atoms of the child's primitive cell."""

    kind: ClassVar[str] = "mapping report"
