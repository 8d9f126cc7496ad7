"""The result of ``parent``: structures of higher symmetry that a child may come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, group_name
from curiebreak.results.blocks import StructureSummary
from curiebreak.results.irreps import OriginLabel
from curiebreak.results.learned import StructureData
from curiebreak.results.record import Record


@dataclass(frozen=True, kw_only=True)
class ParentIrrep:
    """One irrep in the distortion from a candidate to the child."""

    irrep: str
    """Label."""
    kpoint: tuple[str, str, str] | None = None
    """First arm, in the reciprocal basis of the candidate's conventional cell; ``None`` for a molecule."""
    kind: str = "displacement"
    """``displacement``, ``strain`` or ``occupation``."""
    role: str = "secondary"
    """``primary``, ``secondary`` or ``noise``."""
    direction: str | None = None
    """In letters."""
    amplitude_parent: float = 0.0
    """Å per primitive cell of the candidate; strain without unit."""
    other_origins: tuple[OriginLabel, ...] = ()
    """Labels where the candidate's origin is moved."""


@dataclass(frozen=True, kw_only=True)
class ParentCandidate:
    """A structure of higher symmetry of which the child is a distorted version."""

    number: int | None
    """Space-group number; ``None`` for a molecule."""
    symbol: str | None
    """Short international symbol; ``None`` for a molecule."""
    point_group: str | None = None
    """Schoenflies symbol of a molecule."""
    index: int
    """Of the child's group in that of the candidate: translations times point part."""
    size: int
    """Translation part: primitive cells of the candidate in that of the child."""
    point_index: int
    """Point part."""
    n_atoms: int
    """Atoms of the candidate's primitive cell, or of the molecule."""
    dmax: float
    """Largest displacement from candidate to child, Å, mean shift removed."""
    rms: float
    """Root mean square displacement, Å."""
    strain_max: float
    """Largest principal strain of the cell."""
    hop: float
    """Largest displacement over the distance between like sites (hydrogen left out); near 0.5 the pairing may be
    another."""
    score: float
    """``S = ln(index) - 30 (rms/a)^2`` with ``a = (V/atom)^(1/3)``: symmetry gained against distance; above 0 a parent
    is claimed."""
    headline: str | None = None
    """``aristotype`` (largest S), ``nearest`` (largest ``ln(index) - 40 rms/a``), ``both``, or ``stated`` for the
    parent that the child's file names."""
    weak: bool = False
    """Chance would do as well: fewer than 10 atoms and rms above 0.1 a."""
    primary: Labels = ()
    """Labels of the primary set."""
    minimal_sets: tuple[Labels, ...] = ()
    """Every set that generates the whole symmetry lowering."""
    irreps: tuple[ParentIrrep, ...] = ()
    """The irreps of the distortion."""
    notes: Labels = ()
    """What is particular about it."""
    structure: StructureData
    """The candidate in the standard setting."""

    @property
    def name(self) -> str:
        """Group with its number, or the point group."""
        return group_name(self)


@dataclass(frozen=True, kw_only=True)
class ParentTrial:
    """One of several parents that ``find`` has learned, and the order parameter that it needs."""

    rank: int
    """Place among the candidates, from 1."""
    number: int | None
    """Space-group number."""
    symbol: str | None
    """Short international symbol, or the point group of a molecule."""
    index: int
    """Of the child's group."""
    score: float
    """``S`` of the candidate."""
    rms: float
    """Root mean square displacement, Å."""
    primary: Labels = ()
    """Learned primary set."""
    numbers: int = 0
    """Free numbers of the primary set: letters of its directions."""
    order_parameter: float = 0.0
    """Root-sum-square amplitude of the primary set over the child's primitive cell, Å: comparable between parents."""
    loss_without_input: float | None = None
    """Trained loss without symmetry breaking."""
    floor_without_input: float | None = None
    """Its floor: the part of the distortion that is not fully symmetric."""
    loss: float | None = None
    """Trained loss with the primary set."""
    floor: float | None = None
    """Its floor."""
    agrees: bool | None = None
    """Whether the learned set is the exact one."""
    status: str = "ok"
    """As of a result."""


@dataclass(frozen=True, kw_only=True)
class ParentSearch(Record):
    """The parents that a child may have, best first."""

    command: Literal["parent"] = "parent"
    parent: StructureSummary | None
    """The first candidate, where there is one."""
    child: StructureSummary
    """The child; its group as the search took it."""
    candidates: tuple[ParentCandidate, ...] = ()
    """Best first: aristotype, nearest, then in turn by either measure."""
    aristotype: int | None = None
    """Place in `candidates` of the one of largest score."""
    nearest: int | None = None
    """Place of the nearest one."""
    between: tuple[int, ...] = ()
    """Places of those whose group lies between the nearest and the aristotype."""
    edges: tuple[tuple[int, int], ...] = ()
    """``[i, j]``: the group of candidate i holds that of candidate j, and no other one lies between."""
    lead: float | None = None
    """Score of the first candidate above that of the next one that is no group below it."""
    stopped: bool = False
    """Whether the clock ended the search before its end."""
    found: int = 0
    """Different candidates that were found, those not listed included."""

    kind: ClassVar[str] = "search for parents"
