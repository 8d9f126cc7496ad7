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
    flips: tuple[DomainFlip, ...] = ()
    """Frames at which the domain changes."""
    table: str | None = None
    """Where the rows were written."""
    plot: str | None = None
    """Where the figure was written."""

    kind: ClassVar[str] = "tracked series"
