"""The documents that commands write: finding, decomposition, mapping.

Names and meanings are the published contract (``docs/results.md``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, Notice, SymmetryGroup, Vector, Vector3
from curiebreak.results.blocks import (
    Glazer,
    Index,
    IsotropySubgroup,
    LadderRung,
    LostOperation,
    MappingSummary,
    StructureSummary,
)
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
    Structures,
    Trace,
)
from curiebreak.results.parents import ParentTrial
from curiebreak.results.record import Record


@dataclass(frozen=True, kw_only=True)
class Document(Record):
    """A result about a pair.

    Attributes
    ----------
    child : StructureSummary
        The low-symmetry structure.
    mapping : MappingSummary or None
        How the child lies on the parent.
    notices : list
        What is in the files and was not counted; each text is among the messages too.
    """

    child: StructureSummary
    mapping: MappingSummary | None = None
    notices: tuple[Notice, ...] = ()

    kind: ClassVar[str] = "document"


@dataclass(frozen=True, kw_only=True)
class PairDocument(Document):
    """What ``find`` and ``modes`` both say about a pair.

    Attributes
    ----------
    primary : list of str
        Labels of the chosen primary set.
    minimal_sets : list of lists of str
        Every set that generates the whole symmetry lowering and has no superfluous member,
        best first.
    isotropy_subgroup : IsotropySubgroup or None
        The group that the whole distortion leaves.
    tolerance_ladder : list
        The child's group against tolerance.
    glazer : Glazer or None
        Octahedral tilts; ``None`` without a net of BX6 octahedra.
    lost_operations : list
        Operations of the parent that the child lacks.
    index : Index or None
        Index of the child's group in the parent's, split in two factors.
    mode_fields : ModeFields or None
        The distortion split by irrep, atom by atom.
    """

    primary: Labels = ()
    minimal_sets: tuple[Labels, ...] = ()
    isotropy_subgroup: IsotropySubgroup | None = None
    tolerance_ladder: tuple[LadderRung, ...] = ()
    glazer: Glazer | None = None
    lost_operations: tuple[LostOperation, ...] = ()
    index: Index | None = None
    mode_fields: ModeFields | None = None


@dataclass(frozen=True, kw_only=True)
class Finding(PairDocument):
    """The learned order parameter of a pair, with its certificates.

    Losses and floors are relative: squared error over the squared target. They are of
    displacements and occupations; strain has its own. ``None`` where the target is zero.

    Attributes
    ----------
    order_parameters : list
        One entry per irrep and carrier of the learned input.
    irreps : list
        The other active irreps: secondaries that follow from the input, strain, noise.
    alternatives : list of lists of str
        Other minimal sets, best first.
    loss_without_input : float or None
        Trained loss without symmetry breaking.
    floor_without_input : float or None
        Floor without symmetry breaking: the part of the distortion that is not fully symmetric.
    loss : float or None
        Trained loss with the primary set.
    floor : float or None
        Floor with the primary set.
    loss_strain : float or None
        Trained loss of the strain with the primary set.
    floor_strain : float or None
        Floor of the strain with the primary set.
    input_symmetry : SymmetryGroup or None
        The learned input's own symmetry.
    compression_check : float or None
        Norm of the last uncompressed pass outside the subspace that the child's group leaves.
    certificates : list
        Sufficient, necessary and Curie statements.
    crosscheck : CrossCheck or None
        The learned answer beside the exact one.
    selection : SelectionResult or None
        How training selected the set.
    blind : Blind or None
        A training that was told nothing of the child's group, where asked for.
    equivalent_carriers : object
        For each irrep of the learned input every allowed carrier up to ``lmax_input`` that can hold it just
        as well, by exact theory, e.g. ``Mn:1e``.
    seed : int
        Seed of the random numbers.
    device : str
        Where the network was trained.
    structures : Structures or None
        Parent, undistorted parent in the child's cell, child.
    displacements : n x 3
        Child minus undistorted, Å, Cartesian in the parent's frame.
    breaking_input : list
        The learned inputs, one per carrier.
    partial : list of str
        Of a run that was stopped before its input was settled: irreps that the input held by then. They are no
        answer; ``primary`` is empty.
    trace : Trace or None
        The course of the training.
    signals : Signals or None
        Spherical-harmonic output of a network that is told nothing, where asked for.
    domains : list
        The equivalent children as the network gives them, where asked for.
    given : list
        Known fields that the network was given; then floors, sets and domains are those of the group that
        they leave.
    remaining_group : IsotropySubgroup or None
        The operations of the parent that keep all given fields.
    parents : list
        Several found parents beside this one, each with the order parameter that it needs, where asked for.
    """

    command: Literal["find"] = "find"
    order_parameters: tuple[IrrepEntry, ...] = ()
    irreps: tuple[IrrepEntry, ...] = ()
    alternatives: tuple[Labels, ...] = ()
    loss_without_input: float | None = None
    floor_without_input: float | None = None
    loss: float | None = None
    floor: float | None = None
    loss_strain: float | None = None
    floor_strain: float | None = None
    input_symmetry: SymmetryGroup | None = None
    compression_check: float | None = None
    certificates: tuple[Certificate, ...] = ()
    crosscheck: CrossCheck | None = None
    selection: SelectionResult | None = None
    blind: Blind | None = None
    equivalent_carriers: dict[str, Labels] = field(default_factory=dict)
    seed: int = 0
    device: str = "cpu"
    structures: Structures | None = None
    displacements: Matrix = ()
    breaking_input: tuple[InputField, ...] = ()
    partial: Labels = ()
    trace: Trace | None = None
    signals: Signals | None = None
    domains: tuple[PredictedDomain, ...] = ()
    given: tuple[KnownField, ...] = ()
    remaining_group: IsotropySubgroup | None = None
    parents: tuple[ParentTrial, ...] = ()

    kind: ClassVar[str] = "finding"


@dataclass(frozen=True, kw_only=True)
class DomainResult:
    """One of the equivalent children.

    Attributes
    ----------
    operation : str
        Operation of the parent that makes it from the child, as ``x,y,z`` in the parent's axes.
    rotation_domain : int
        Number among the orientations.
    translation_domain : int
        Number among the translations of one orientation.
    components : object
        Order-parameter components of each primary irrep, by label.
    """

    operation: str
    rotation_domain: int
    translation_domain: int
    components: dict[str, Vector] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Domains:
    """The equivalent children of a parent.

    Attributes
    ----------
    total : int
        How many there are: the index.
    rotation : int
        How many orientations.
    translation : int
        How many translations of each orientation.
    equivalents : list
        The children one by one.
    """

    total: int
    rotation: int
    translation: int
    equivalents: tuple[DomainResult, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decomposition(PairDocument):
    """The exact symmetry modes of a distortion.

    Attributes
    ----------
    irreps : list
        One entry per irrep of each kind, with its per-site modes.
    total_amplitude_supercell : float or None
        Root-sum-square displacement per primitive cell of the child, Å (As: AMPLIMODES' normalisation).
    total_amplitude_parent : float or None
        The same per primitive cell of the parent, Å (Ap: ISODISTORT's parent-cell normalisation).
    domains : Domains or None
        The equivalent children.
    """

    command: Literal["modes"] = "modes"
    irreps: tuple[IrrepEntry, ...] = ()
    total_amplitude_supercell: float | None = None
    total_amplitude_parent: float | None = None
    domains: Domains | None = None

    kind: ClassVar[str] = "decomposition"


@dataclass(frozen=True, kw_only=True)
class PairedAtom:
    """One atom of the child on its parent site.

    Attributes
    ----------
    child_atom : int
        Index of the atom in the child's file, from 0.
    species : str
        Its element.
    site : str
        Parent site it belongs to.
    undistorted : list of 3
        Where it would be without distortion, fractional in the undistorted child cell.
    displacement : list of 3
        Å, Cartesian in the parent's frame.
    """

    child_atom: int
    species: str
    site: str
    undistorted: Vector3
    displacement: Vector3


@dataclass(frozen=True, kw_only=True)
class MappingResult(Document):
    """The mapping of a child onto its parent, atom by atom.

    Attributes
    ----------
    pairing : list
        Atoms of the child's primitive cell.
    """

    command: Literal["map"] = "map"
    pairing: tuple[PairedAtom, ...] = ()

    kind: ClassVar[str] = "mapping report"
