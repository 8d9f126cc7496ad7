"""What the learned side leaves behind: certificates, the cross-check, inputs and the trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from curiebreak.results.basic import Labels, Matrix, SpaceGroup, SymmetryGroup
from curiebreak.results.blocks import IsotropySubgroup
from curiebreak.results.bridges import made

Verdict: TypeAlias = Literal["holds", "fails", "not_converged"]

NO_MINIMAL_SET = "it is no minimal set of the exact side"
"""Part of the message about a learned set that reaches the child but is none of the exact side's."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """One statement about an input, trained and computed."""

    members: Labels
    """Irreps that were given as input; empty for ``curie``."""
    kind: Literal["sufficient", "necessary", "curie"]
    """``sufficient``: the members reach the child. ``necessary``: the primary set without ``without`` does not.
    ``curie``: without any input only the symmetric part is reached."""
    learned: float | None
    """Relative loss after training."""
    floor: float | None
    """The least relative loss that symmetry allows."""
    verdict: Verdict
    """``holds``, ``fails`` or ``not_converged``."""
    learned_strain: float | None = None
    """Relative loss of the strain after training."""
    floor_strain: float | None = None
    """The least relative loss of the strain that symmetry allows."""
    learned_magnetic: float | None = None
    """Relative loss of the moments after training."""
    floor_magnetic: float | None = None
    """The least relative loss of the moments that symmetry allows: 1 where time reversal leaves the input alone."""
    without: str | None = None
    """The member left out, for ``necessary``."""

    @property
    def losses(self) -> dict[str, tuple[float | None, float | None]]:
        """Relative loss after training and its floor: of the atoms, of the moments, of the strain."""
        return {
            "loss": (self.learned, self.floor),
            "moments": (self.learned_magnetic, self.floor_magnetic),
            "strain": (self.learned_strain, self.floor_strain),
        }

    @property
    def known(self) -> list[tuple[float, float]]:
        """The same of the atoms, the moments and the strain, where there is something to explain."""
        return [(loss, floor) for loss, floor in self.losses.values() if loss is not None and floor is not None]


@dataclass(frozen=True, kw_only=True)
class KnownField:
    """A field that was given to the network beside what it learned."""

    name: str
    """Its name in the file, or the irrep or harmonic."""
    text: str
    """As it was written."""
    kind: str
    """``scalar``, ``vector``, ``axial``, ``tensor``, ...; ``irrep`` or ``harmonic``."""
    per: Literal["atom", "global"]
    """``atom`` or ``global``."""
    o3_irreps: Labels
    """What the network was given of it, such as ``1o``; empty when nothing of it breaks symmetry."""
    irreps: Labels
    """Irreps of the parent that it holds, fully symmetric ones left out."""
    isotropy_subgroup: IsotropySubgroup | None = None
    """The group that it alone leaves."""


@dataclass(frozen=True, kw_only=True)
class TargetResult:
    """A field that was to be explained, with its losses and floors."""

    name: str
    """Its name in the file."""
    text: str
    """As it was written."""
    kind: str
    """``scalar``, ``vector``, ``axial``, ``tensor``, ..., or ``2e`` for spherical components."""
    per: Literal["atom", "global"]
    """``atom`` or ``global``."""
    time_parity: Literal[1, -1] = 1
    """-1 where time reversal turns it round, else 1."""
    o3_irreps: Labels
    """Its parts of pure degree and parity, such as ``0e``, ``2e``; ``1e-`` where it is odd under time reversal."""
    norm: float
    """Root of the sum of squares over the analysed cell, averaged over its group, in the field's unit."""
    loss_without_input: float | None = None
    """Trained loss of this field alone without breaking input."""
    floor_without_input: float | None = None
    """Its floor: the part that no network can make of the parent; exactly 1 where it is odd under time reversal."""
    loss: float | None = None
    """Trained loss of this field with the primary set, or with the inputs of ``certify``."""
    floor: float | None = None
    """Its floor with them."""


@dataclass(frozen=True, kw_only=True)
class CrossCheck:
    """The learned answer beside the exact one."""

    spglib_child: SpaceGroup | None
    """The child's group by spglib; ``None`` for molecules."""
    exact_primary: Labels
    """Primary set by exact decomposition of the distortion."""
    agrees: bool
    """Whether learned set and directions are the exact ones, and for crystals the isotropy subgroup is spglib's."""
    overlaps: dict[str, float] = field(default_factory=dict)
    """Overlap of the learned with the exact direction, by label."""
    reason: str | None = None
    """What differs, when something does."""
    share_learned: float | None = None
    """Part of the squared distortion in the learned set."""
    share_exact: float | None = None
    """The same of the exact primary set."""


@dataclass(frozen=True, kw_only=True)
class PathEvent:
    """An irrep that left zero on the way of the training."""

    irrep: str
    """Its label, by projecting the input that entered."""
    carrier: str
    """What holds it, such as ``O:1o``."""
    strength: float
    """The price at which it left zero: what the trained network asks for, by a unit of displacement."""
    runner_up: str | None
    """The irrep that came next."""
    runner_up_strength: float
    """The price at which that one would have left zero."""
    loss: float | None
    """Relative loss after training with it."""
    fate: Literal["kept", "passed over", "pruned"]
    """``kept``, ``passed over`` (with it an earlier one could be left out), or ``pruned`` at the end."""
    step: int | None = None
    """Index into the lists of the trace of the last step of its training."""


@dataclass(frozen=True, kw_only=True)
class SelectionResult:
    """How training selected the set."""

    objective: str
    """What was minimised."""
    survived: Labels = ()
    """Irreps of the set, in the order in which they left zero."""
    probability: float | None = None
    """Part of the runs, each with random weights of its own, that ended with this set."""
    minimal_sets_competing: tuple[Labels, ...] = ()
    """Other sets that reached the child in training: of other runs, or passed over."""
    votes: tuple[Labels, ...] = ()
    """The set that each run ended with."""
    near_ties: tuple[Labels, ...] = ()
    """Irreps that left zero, each with its runner-up within 2 %."""
    pruned: bool = False
    """The time for choosing was spent: the first complete set without what it can do without."""
    events: tuple[PathEvent, ...] = ()
    """What happened, in order, in the run whose network is kept."""


@dataclass(frozen=True, kw_only=True)
class Blind:
    """A training that was told nothing but the parent, its operations and the target as it is."""

    loss: float | None
    """Relative loss of displacements and occupations, every component of every atom counted."""
    labels: Labels
    """Irreps of the trained input, by projecting it."""
    input_symmetry: SymmetryGroup | None
    """The group that the trained input keeps, read operation by operation."""
    seconds: float
    """Wall time."""
    loss_strain: float | None = None
    """Relative loss of the strain."""
    reached: bool = True
    """Whether the loss came below `tolerance`."""
    tolerance: float = 1e-6
    """Relative loss that counted as reached: that of the run, or three times the power of the scatter."""
    operations_kept: int = 0
    """Operations of the parent, modulo the cell, that the trained input keeps."""
    operations_tried: int = 0
    """Those that keep the cell."""
    largest_kept: float = 0.0
    """Largest relative change of the input under an operation kept."""
    smallest_broken: float | None = None
    """Smallest one under the others."""
    scatter: float = 0.0
    """Å, root mean square of what was taken for noise in a coordinate; 0 where the target keeps operations exactly."""
    rows: int = 0
    """Components of the target."""
    inputs: int = 0
    """Components of the input."""


@dataclass(frozen=True, kw_only=True)
class InputPart:
    """The part of a learned input that belongs to one irrep."""

    irrep: str
    """Label."""
    values: Matrix
    """As in the input itself."""


@dataclass(frozen=True, kw_only=True)
class InputField:
    """A learned input on one carrier."""

    site: str
    """Parent site, or ``global``."""
    l: int  # noqa: E741 - the name of the quantum number
    """Degree of the spherical harmonics."""
    parity: Literal["e", "o"]
    """``e`` (even) or ``o`` (odd) under inversion."""
    atoms: tuple[int, ...]
    """Atoms of ``structures.undistorted`` that carry it; empty when ``global``."""
    values: Matrix
    """One row per atom (a single row when ``global``), m from -l to l in the usual convention."""
    parts: tuple[InputPart, ...] = ()
    """The same split by irrep; empty in snapshots of the training."""
    time_parity: Literal[1, -1] = 1
    """-1 where time reversal turns it round, else 1."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Input and output of the network at one step."""

    step: int
    """Index into the lists of the trace."""
    displacements: Matrix
    """Output, Å, Cartesian in the parent's frame."""
    breaking_input: tuple[InputField, ...] = ()
    """The learned inputs."""
    moments: Matrix = ()
    """Output, μB, Cartesian in the parent's frame; empty where moments are no target."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The course of the training."""

    phase: Labels
    """Phase of each step."""
    loss: tuple[float | None, ...]
    """Relative loss after each step."""
    blocks: Labels = ()
    """Names of the input blocks."""
    block_norms: Matrix = ()
    """Norm of each block after each step; a row is empty while there is no input."""
    snapshots: tuple[Snapshot, ...] = ()
    """Start, middle and end."""


@dataclass(frozen=True, kw_only=True)
class StructureData:
    """A structure as numbers, for drawing."""

    lattice: Matrix | None
    """Rows are the axes, Å; ``None`` for a molecule."""
    species: Labels
    """Element (or mixture) of each atom."""
    frac: Matrix
    """Fractional coordinates; for a molecule Cartesian ones, Å."""

    def to_pymatgen(self) -> Any:
        """A ``pymatgen.core.Structure``, or a ``Molecule``."""
        return made("pymatgen_structure", self)

    def to_ase(self) -> Any:
        """An ``ase.Atoms``."""
        return made("ase_atoms", self)


@dataclass(frozen=True, kw_only=True)
class Structures:
    """The three structures of a pair, atoms of the last two in the same order."""

    parent: StructureData
    """The parent's primitive cell."""
    undistorted: StructureData
    """The parent in the child's primitive cell."""
    child: StructureData
    """The child in that cell, in the parent's frame."""

    def __getitem__(self, name: str) -> StructureData:
        """One of them by name: ``parent``, ``undistorted`` or ``child``."""
        if name not in ("parent", "undistorted", "child"):
            raise KeyError(name)
        found: StructureData = getattr(self, name)
        return found
