"""What the learned side leaves behind: certificates, the cross-check, inputs and the trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from curiebreak.results.basic import Labels, Matrix, SpaceGroup, SymmetryGroup
from curiebreak.results.blocks import IsotropySubgroup

Verdict: TypeAlias = Literal["holds", "fails", "not_converged"]


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """One statement about an input, trained and computed.

    Attributes
    ----------
    members : list of str
        Irreps that were given as input; empty for ``curie``.
    kind : str
        ``sufficient``: the members reach the child. ``necessary``: the primary set without
        ``without`` does not. ``curie``: without any input only the symmetric part is reached.
    learned : float or None
        Relative loss after training.
    floor : float or None
        The least relative loss that symmetry allows.
    learned_strain : float or None
        Relative loss of the strain after training.
    floor_strain : float or None
        The least relative loss of the strain that symmetry allows.
    verdict : str
        ``holds``, ``fails`` or ``not_converged``.
    without : str or None
        The member left out, for ``necessary``.
    """

    members: Labels
    kind: Literal["sufficient", "necessary", "curie"]
    learned: float | None
    floor: float | None
    verdict: Verdict
    learned_strain: float | None = None
    floor_strain: float | None = None
    without: str | None = None


@dataclass(frozen=True, kw_only=True)
class KnownField:
    """A field that was given to the network beside what it learned.

    Attributes
    ----------
    name : str
        Its name in the file, or the irrep or harmonic.
    text : str
        As it was written.
    kind : str
        ``scalar``, ``vector``, ``axial``, ``tensor``, ...; ``irrep`` or ``harmonic``.
    per : str
        ``atom`` or ``global``.
    o3_irreps : list of str
        What the network was given of it, such as ``1o``; empty when nothing of it breaks symmetry.
    irreps : list of str
        Irreps of the parent that it holds, fully symmetric ones left out.
    isotropy_subgroup : IsotropySubgroup or None
        The group that it alone leaves.
    """

    name: str
    text: str
    kind: str
    per: Literal["atom", "global"]
    o3_irreps: Labels
    irreps: Labels
    isotropy_subgroup: IsotropySubgroup | None = None


@dataclass(frozen=True, kw_only=True)
class CrossCheck:
    """The learned answer beside the exact one.

    Attributes
    ----------
    spglib_child : SpaceGroup or None
        The child's group by spglib; ``None`` for molecules.
    exact_primary : list of str
        Primary set by exact decomposition of the distortion.
    agrees : bool
        Whether learned set and directions are the exact ones, and for crystals the
        isotropy subgroup is spglib's.
    overlaps : object
        Overlap of the learned with the exact direction, by label.
    reason : str or None
        What differs, when something does.
    share_learned : float or None
        Part of the squared distortion in the learned set.
    share_exact : float or None
        The same of the exact primary set.
    """

    spglib_child: SpaceGroup | None
    exact_primary: Labels
    agrees: bool
    overlaps: dict[str, float] = field(default_factory=dict)
    reason: str | None = None
    share_learned: float | None = None
    share_exact: float | None = None


@dataclass(frozen=True, kw_only=True)
class PathEvent:
    """An irrep that left zero on the way of the training.

    Attributes
    ----------
    irrep : str
        Its label, by projecting the input that entered.
    carrier : str
        What holds it, such as ``O:1o``.
    strength : float
        The price at which it left zero: what the trained network asks for, by a unit of displacement.
    runner_up : str or None
        The irrep that came next.
    runner_up_strength : float
        The price at which that one would have left zero.
    loss : float
        Relative loss after training with it.
    fate : str
        ``kept``, ``passed over`` (with it an earlier one could be left out), or ``pruned`` at the end.
    step : int or None
        Index into the lists of the trace of the last step of its training.
    """

    irrep: str
    carrier: str
    strength: float
    runner_up: str | None
    runner_up_strength: float
    loss: float | None
    fate: Literal["kept", "passed over", "pruned"]
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class SelectionResult:
    """How training selected the set.

    Attributes
    ----------
    objective : str
        What was minimised.
    survived : list of str
        Irreps of the set, in the order in which they left zero.
    probability : float or None
        Part of the runs, each with random weights of its own, that ended with this set.
    minimal_sets_competing : list of lists of str
        Other sets that reached the child in training: of other runs, or passed over.
    votes : list of lists of str
        The set that each run ended with.
    near_ties : list of lists of str
        Irreps that left zero, each with its runner-up within 2 %.
    pruned : bool
        The time for choosing was spent: the first complete set without what it can do without.
    events : list
        What happened, in order, in the run whose network is kept.
    """

    objective: str
    survived: Labels = ()
    probability: float | None = None
    minimal_sets_competing: tuple[Labels, ...] = ()
    votes: tuple[Labels, ...] = ()
    near_ties: tuple[Labels, ...] = ()
    pruned: bool = False
    events: tuple[PathEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Blind:
    """A training that was told nothing but the parent, its operations and the target as it is.

    Attributes
    ----------
    loss : float or None
        Relative loss of displacements and occupations, every component of every atom counted.
    labels : list of str
        Irreps of the trained input, by projecting it.
    input_symmetry : SymmetryGroup or None
        The group that the trained input keeps, read operation by operation.
    seconds : float
        Wall time.
    loss_strain : float or None
        Relative loss of the strain.
    reached : bool
        Whether the loss came below `tolerance`.
    tolerance : float
        Relative loss that counted as reached: that of the run, or three times the power of the scatter.
    operations_kept : int
        Operations of the parent, modulo the cell, that the trained input keeps.
    operations_tried : int
        Those that keep the cell.
    largest_kept : float
        Largest relative change of the input under an operation kept.
    smallest_broken : float or None
        Smallest one under the others.
    scatter : float
        Å, root mean square of what was taken for noise in a coordinate; 0 where the target keeps operations exactly.
    rows : int
        Components of the target.
    inputs : int
        Components of the input.
    """

    loss: float | None
    labels: Labels
    input_symmetry: SymmetryGroup | None
    seconds: float
    loss_strain: float | None = None
    reached: bool = True
    tolerance: float = 1e-6
    operations_kept: int = 0
    operations_tried: int = 0
    largest_kept: float = 0.0
    smallest_broken: float | None = None
    scatter: float = 0.0
    rows: int = 0
    inputs: int = 0


@dataclass(frozen=True, kw_only=True)
class InputPart:
    """The part of a learned input that belongs to one irrep.

    Attributes
    ----------
    irrep : str
        Label.
    values : list of lists
        As in the input itself.
    """

    irrep: str
    values: Matrix


@dataclass(frozen=True, kw_only=True)
class InputField:
    """A learned input on one carrier.

    Attributes
    ----------
    site : str
        Parent site, or ``global``.
    l : int
        Degree of the spherical harmonics.
    parity : str
        ``e`` (even) or ``o`` (odd) under inversion.
    atoms : list of int
        Atoms of ``structures.undistorted`` that carry it; empty when ``global``.
    values : list of lists
        One row per atom (a single row when ``global``), m from -l to l in the usual convention.
    parts : list
        The same split by irrep; empty in snapshots of the training.
    """

    site: str
    l: int  # noqa: E741 - the name of the quantum number
    parity: Literal["e", "o"]
    atoms: tuple[int, ...]
    values: Matrix
    parts: tuple[InputPart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Input and output of the network at one step.

    Attributes
    ----------
    step : int
        Index into the lists of the trace.
    displacements : n x 3
        Output, Å, Cartesian in the parent's frame.
    breaking_input : list
        The learned inputs.
    """

    step: int
    displacements: Matrix
    breaking_input: tuple[InputField, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The course of the training.

    Attributes
    ----------
    phase : list of str
        Phase of each step.
    loss : list of float
        Relative loss after each step.
    blocks : list of str
        Names of the input blocks.
    block_norms : steps x blocks
        Norm of each block after each step; a row is empty while there is no input.
    snapshots : list
        Start, middle and end.
    """

    phase: Labels
    loss: tuple[float | None, ...]
    blocks: Labels = ()
    block_norms: Matrix = ()
    snapshots: tuple[Snapshot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StructureData:
    """A structure as numbers, for drawing.

    Attributes
    ----------
    lattice : 3x3 or None
        Rows are the axes, Å; ``None`` for a molecule.
    species : list of str
        Element (or mixture) of each atom.
    frac : n x 3
        Fractional coordinates; for a molecule Cartesian ones, Å.
    """

    lattice: Matrix | None
    species: Labels
    frac: Matrix


@dataclass(frozen=True, kw_only=True)
class Structures:
    """The three structures of a pair, atoms of the last two in the same order.

    Attributes
    ----------
    parent : StructureData
        The parent's primitive cell.
    undistorted : StructureData
        The parent in the child's primitive cell.
    child : StructureData
        The child in that cell, in the parent's frame.
    """

    parent: StructureData
    undistorted: StructureData
    child: StructureData
