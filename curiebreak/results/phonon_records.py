"""Phonons by symmetry: irreps of the modes, children of the soft ones, what of a child each mode carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix
from curiebreak.results.blocks import IsotropySubgroup, StructureSummary
from curiebreak.results.parent_records import ParentRecord


@dataclass(frozen=True, kw_only=True)
class PhononMode:
    """The modes of one frequency and irrep at a wave vector."""

    irrep: str
    """Label at the wave vector."""
    order_parameter: str
    """The real irrep that a frozen mode belongs to; another label where the irrep is joined with its conjugate."""
    frequency: float
    """THz; imaginary ones are negative."""
    degeneracy: int
    """Modes at this wave vector."""
    dim: int
    """Components of the order parameter, all arms of the star together."""
    direction: str
    """Its general direction: a letter a component, ``;`` between arms."""
    acoustic: bool = False
    """Whether it moves the whole crystal."""
    sites: dict[str, float] = field(default_factory=dict)
    """Part of the squared eigenvector on each site of the parent."""


@dataclass(frozen=True, kw_only=True)
class PhononStar:
    """The modes at one star of wave vectors."""

    letters: str | None
    """Name of the k point, line or plane."""
    kpoint: tuple[str, str, str]
    """First arm, in the reciprocal basis of the parent's conventional cell."""
    kind: str
    """``special``, ``line``, ``plane`` or ``general``."""
    arms: int
    """Wave vectors of the star, k and -k both counted."""
    interpolated: bool
    """Whether the supercell does not hold it, so that the force constants are interpolated."""
    defect: float
    """Largest difference of a frequency, THz, from the spectrum of the dynamical matrix without any symmetry."""
    modes: tuple[PhononMode, ...] = ()
    """Lowest frequency first."""


@dataclass(frozen=True, kw_only=True)
class PhononChild:
    """A child in which soft modes are frozen."""

    isotropy_subgroup: IsotropySubgroup
    """Exact group of the frozen modes."""
    irreps: Labels
    """Their irreps; ``DT5@0,1/3,0`` on a line."""
    directions: Labels
    """Of each, all in one domain."""
    n_atoms: int
    """Atoms of its primitive cell."""
    size: int
    """Primitive parent cells in it."""
    agrees: bool
    """Whether spglib finds that group in the structure."""
    file: str | None = None
    """Where it was written."""


@dataclass(frozen=True, kw_only=True)
class ModeOverlap:
    """What of an observed distortion one mode, or one irrep, carries."""

    irrep: str
    """The real irrep."""
    kpoint: tuple[str, str, str]
    """Its first arm."""
    frequency: float | None
    """THz, of the mode; ``None`` for all modes of the irrep together."""
    amplitude: float
    """Root of the summed squares of the mass-weighted displacements along it, Å times the root of amu, over the child's
    primitive cell."""
    share: float
    """Its square, relative to the whole distortion."""


@dataclass(frozen=True, kw_only=True)
class PhononResult(ParentRecord):
    """The phonons of a parent by irrep."""

    command: Literal["phonons"] = "phonons"
    file: str
    """Where the force constants were read."""
    supercell: Matrix
    """Rows are its axes in the parent's primitive axes."""
    stars: tuple[PhononStar, ...] = ()
    """Wave vectors that the supercell holds, and all special points."""
    below: float | None = None
    """Frequency, THz, below which modes were taken as soft."""
    soft: Labels = ()
    """Irreps of the soft modes, softest first; with the wave vector on lines and planes."""
    found: int = 0
    """Classes of subgroups that soft modes leave, together or with one arm of a star."""
    children: tuple[PhononChild, ...] = ()
    """One per class: most depth of its modes for its index first. A mode's depth is how far the square of its frequency
    is below that of `below`, those of a child add up."""
    table: str | None = None
    """Where the table of the children was written."""
    child: StructureSummary | None = None
    """The observed distortion."""
    overlaps: tuple[ModeOverlap, ...] = ()
    """Of its irreps with the modes, largest first."""

    kind: ClassVar[str] = "phonons"
