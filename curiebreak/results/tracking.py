"""The summary of ``track``: a series of frames in one fixed domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, Vector, Vector3
from curiebreak.results.parent_records import ParentRecord


@dataclass(frozen=True, kw_only=True)
class IrrepFlip:
    """One order parameter before and after a flip."""

    irrep: str
    """Label."""
    before: Vector
    """Components around the flip, Ap in Å, those that the cell holds."""
    after: Vector
    """The same, after it."""


@dataclass(frozen=True, kw_only=True)
class DomainFlip:
    """A frame at which the domain changes."""

    frame: int
    """First frame of the new domain."""
    name: str
    """Its name."""
    irreps: tuple[IrrepFlip, ...]
    """Order parameters that changed sign or arms."""


@dataclass(frozen=True, kw_only=True)
class TrackedIrrep:
    """One irrep over the whole series."""

    irrep: str
    """Label."""
    kpoint: tuple[str, str, str] | None
    """First arm."""
    components: tuple[int, ...]
    """Components that the cell holds, counted from 1; the columns ``irrep(i)``."""
    copies: Labels
    """Site and site irrep of each copy."""
    amplitude_first: float
    """Ap in the first frame, Å."""
    amplitude_last: float
    """Ap in the last frame, Å."""
    amplitude_largest: float
    """Largest Ap of the series, Å."""


@dataclass(frozen=True, kw_only=True)
class TrackedMode:
    """One phonon mode over the whole series, with the norm of its normal coordinates in Å times the root of amu."""

    column: str
    """Column of its amplitude, the irrep and a number from 1, lowest frequency first."""
    irrep: str
    """Label."""
    frequency: float
    """THz; imaginary ones are negative."""
    amplitude_first: float
    """In the first frame, per primitive cell of the parent."""
    amplitude_last: float
    """In the last frame."""
    amplitude_largest: float
    """Largest of the series."""
    share: float
    """Part of the squared mass-weighted displacements of all frames."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """How one component of an order parameter is distributed over the frames."""

    column: str
    """Column of the table."""
    mean: float
    """Å, Ap."""
    deviation: float
    """Standard deviation, Å."""
    noise: float
    """Standard deviation from the differences of neighbouring frames alone, Å: slow changes are left out."""
    skewness: float
    """Third standardised moment: 0 of a symmetric distribution."""
    kurtosis: float
    """Fourth standardised moment less 3: 0 of a normal distribution, below 0 of two wells."""


@dataclass(frozen=True, kw_only=True)
class CriticalFit:
    """The law ``A (Tc - x)^beta`` fitted to an amplitude."""

    irrep: str
    """Label."""
    column: str
    """What x is."""
    tc: float
    """Where the amplitude vanishes, in the unit of the column."""
    tc_error: float
    """Its standard error."""
    beta: float
    """Exponent."""
    beta_error: float
    """Its standard error."""
    amplitude: float
    """A."""
    points: int
    """Frames below Tc."""
    rms: float
    """Root of the mean squared difference, Å."""


@dataclass(frozen=True, kw_only=True)
class TrackResult(ParentRecord):
    """What became of a series of frames, one mapping and one domain for all."""

    command: Literal["track"] = "track"
    reference: str
    """The frame or file that fixed the mapping."""
    n_atoms: int
    """Atoms in the cell of the frames."""
    supercell_basis: Matrix
    """Axes of the frames in the parent's axes (cells of the files)."""
    origin_shift: Vector3
    """``x_parent = x_frame @ supercell_basis + origin_shift``."""
    size: int
    """Primitive parent cells in the cell of the frames."""
    frames: int
    """Frames in all."""
    used: int
    """Frames that were laid on."""
    refused: dict[str, int]
    """Number of frames by reason, those that were not."""
    columns: Labels
    """Columns of the table."""
    irreps: tuple[TrackedIrrep, ...] = ()
    """What was followed, largest first."""
    phonons: tuple[TrackedMode, ...] = ()
    """The modes of the force constants that are given, largest share first."""
    flips: tuple[DomainFlip, ...] = ()
    """Frames at which the domain changes."""
    distributions: tuple[Distribution, ...] = ()
    """Of every component, from four frames on."""
    fits: tuple[CriticalFit, ...] = ()
    """Of the irreps that were asked for."""
    table: str | None = None
    """Where the rows were written."""
    plot: str | None = None
    """Where the figure was written."""

    kind: ClassVar[str] = "tracked series"
