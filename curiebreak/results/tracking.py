"""The summary of ``track``: a series of frames in one fixed domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, Vector, Vector3
from curiebreak.results.parent_records import ParentRecord


@dataclass(frozen=True, kw_only=True)
class IrrepFlip:
    """One order parameter before and after a flip.

    Attributes
    ----------
    irrep : str
        Label.
    before : list
        Components around the flip, Ap in Å, those that the cell holds.
    after : list
        The same, after it.
    """

    irrep: str
    before: Vector
    after: Vector


@dataclass(frozen=True, kw_only=True)
class DomainFlip:
    """A frame at which the domain changes.

    Attributes
    ----------
    frame : int
        First frame of the new domain.
    name : str
        Its name.
    irreps : list
        Order parameters that changed sign or arms.
    """

    frame: int
    name: str
    irreps: tuple[IrrepFlip, ...]


@dataclass(frozen=True, kw_only=True)
class TrackedIrrep:
    """One irrep over the whole series.

    Attributes
    ----------
    irrep : str
        Label.
    kpoint : list of 3 fractions
        First arm.
    components : list of int
        Components that the cell holds, counted from 1; the columns ``irrep(i)``.
    copies : list of str
        Site and site irrep of each copy.
    amplitude_first : float
        Ap in the first frame, Å.
    amplitude_last : float
        Ap in the last frame, Å.
    amplitude_largest : float
        Largest Ap of the series, Å.
    """

    irrep: str
    kpoint: tuple[str, str, str] | None
    components: tuple[int, ...]
    copies: Labels
    amplitude_first: float
    amplitude_last: float
    amplitude_largest: float


@dataclass(frozen=True, kw_only=True)
class TrackResult(ParentRecord):
    """What became of a series of frames, one mapping and one domain for all.

    Attributes
    ----------
    reference : str
        The frame or file that fixed the mapping.
    n_atoms : int
        Atoms in the cell of the frames.
    supercell_basis : 3x3
        Axes of the frames in the parent's axes (cells of the files).
    origin_shift : list of 3
        ``x_parent = x_frame @ supercell_basis + origin_shift``.
    size : int
        Primitive parent cells in the cell of the frames.
    frames : int
        Frames in all.
    used : int
        Frames that were laid on.
    refused : object
        Number of frames by reason, those that were not.
    columns : list of str
        Columns of the table.
    irreps : list
        What was followed, largest first.
    flips : list
        Frames at which the domain changes.
    table : str or None
        Where the rows were written.
    plot : str or None
        Where the figure was written.
    """

    command: Literal["track"] = "track"
    reference: str
    n_atoms: int
    supercell_basis: Matrix
    origin_shift: Vector3
    size: int
    frames: int
    used: int
    refused: dict[str, int]
    columns: Labels
    irreps: tuple[TrackedIrrep, ...] = ()
    flips: tuple[DomainFlip, ...] = ()
    table: str | None = None
    plot: str | None = None

    kind: ClassVar[str] = "tracked series"
