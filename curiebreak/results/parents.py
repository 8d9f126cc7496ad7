"""The result of ``parent``: structures of higher symmetry that a child may come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels
from curiebreak.results.blocks import StructureSummary
from curiebreak.results.irreps import OriginLabel
from curiebreak.results.learned import StructureData
from curiebreak.results.parent_records import ParentRecord


@dataclass(frozen=True, kw_only=True)
class ParentIrrep:
    """One irrep in the distortion from a candidate to the child.

    Attributes
    ----------
    irrep : str
        Label.
    kpoint : list of 3 fractions or None
        First arm, in the reciprocal basis of the candidate's conventional cell; ``None`` for a molecule.
    kind : str
        ``displacement``, ``strain`` or ``occupation``.
    role : str
        ``primary``, ``secondary`` or ``noise``.
    direction : str or None
        In letters.
    amplitude_parent : float
        Å per primitive cell of the candidate; strain without unit.
    other_origins : list
        Labels where the candidate's origin is moved.
    """

    irrep: str
    kpoint: tuple[str, str, str] | None = None
    kind: str = "displacement"
    role: str = "secondary"
    direction: str | None = None
    amplitude_parent: float = 0.0
    other_origins: tuple[OriginLabel, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ParentCandidate:
    """A structure of higher symmetry of which the child is a distorted version.

    Attributes
    ----------
    number : int or None
        Space-group number; ``None`` for a molecule.
    symbol : str or None
        Short international symbol; ``None`` for a molecule.
    point_group : str or None
        Schoenflies symbol of a molecule.
    index : int
        Of the child's group in that of the candidate: translations times point part.
    size : int
        Translation part: primitive cells of the candidate in that of the child.
    point_index : int
        Point part.
    n_atoms : int
        Atoms of the candidate's primitive cell, or of the molecule.
    dmax : float
        Largest displacement from candidate to child, Å, mean shift removed.
    rms : float
        Root mean square displacement, Å.
    strain_max : float
        Largest principal strain of the cell.
    hop : float
        Largest displacement over the distance between like sites (hydrogen left out); near 0.5 the pairing
        may be another.
    score : float
        ``S = ln(index) - 30 (rms/a)^2`` with ``a = (V/atom)^(1/3)``: symmetry gained against distance; above 0 a
        parent is claimed.
    headline : str or None
        ``aristotype`` (largest S), ``nearest`` (largest ``ln(index) - 40 rms/a``), ``both``, or ``stated`` for the
        parent that the child's file names.
    weak : bool
        Chance would do as well: fewer than 10 atoms and rms above 0.1 a.
    primary : list of str
        Labels of the primary set.
    minimal_sets : list of lists of str
        Every set that generates the whole symmetry lowering.
    irreps : list
        The irreps of the distortion.
    notes : list of str
        What is particular about it.
    structure : StructureData
        The candidate in the standard setting.
    """

    number: int | None
    symbol: str | None
    point_group: str | None = None
    index: int
    size: int
    point_index: int
    n_atoms: int
    dmax: float
    rms: float
    strain_max: float
    hop: float
    score: float
    headline: str | None = None
    weak: bool = False
    primary: Labels = ()
    minimal_sets: tuple[Labels, ...] = ()
    irreps: tuple[ParentIrrep, ...] = ()
    notes: Labels = ()
    structure: StructureData

    @property
    def name(self) -> str:
        """Group with its number, or the point group."""
        return str(self.point_group) if self.number is None else f"{self.symbol} ({self.number})"


@dataclass(frozen=True, kw_only=True)
class ParentTrial:
    """One of several parents that ``find`` has learned, and the order parameter that it needs.

    Attributes
    ----------
    rank : int
        Place among the candidates, from 1.
    number : int or None
        Space-group number.
    symbol : str or None
        Short international symbol, or the point group of a molecule.
    index : int
        Of the child's group.
    score : float
        ``S`` of the candidate.
    rms : float
        Root mean square displacement, Å.
    primary : list of str
        Learned primary set.
    numbers : int
        Free numbers of the primary set: letters of its directions.
    order_parameter : float
        Root-sum-square amplitude of the primary set over the child's primitive cell, Å: comparable between parents.
    loss_without_input : float or None
        Trained loss without symmetry breaking.
    floor_without_input : float or None
        Its floor: the part of the distortion that is not fully symmetric.
    loss : float or None
        Trained loss with the primary set.
    floor : float or None
        Its floor.
    agrees : bool or None
        Whether the learned set is the exact one.
    status : str
        As of a result.
    """

    rank: int
    number: int | None
    symbol: str | None
    index: int
    score: float
    rms: float
    primary: Labels = ()
    numbers: int = 0
    order_parameter: float = 0.0
    loss_without_input: float | None = None
    floor_without_input: float | None = None
    loss: float | None = None
    floor: float | None = None
    agrees: bool | None = None
    status: str = "ok"


@dataclass(frozen=True, kw_only=True)
class ParentSearch(ParentRecord):
    """The parents that a child may have, best first.

    ``parent`` is the first candidate, or the child itself where there is none.

    Attributes
    ----------
    child : StructureSummary
        The child; its group as the search took it.
    candidates : list
        Best first: aristotype, nearest, then in turn by either measure.
    aristotype : int or None
        Place in `candidates` of the one of largest score.
    nearest : int or None
        Place of the nearest one.
    between : list of int
        Places of those whose group lies between the nearest and the aristotype.
    edges : list of lists of int
        ``[i, j]``: the group of candidate i holds that of candidate j, and no other one lies between.
    lead : float or None
        Score of the first candidate above that of the next one that is no group below it.
    stopped : bool
        Whether the clock ended the search before its end.
    found : int
        Different candidates that were found, those not listed included.
    """

    command: Literal["parent"] = "parent"
    child: StructureSummary
    candidates: tuple[ParentCandidate, ...] = ()
    aristotype: int | None = None
    nearest: int | None = None
    between: tuple[int, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    lead: float | None = None
    stopped: bool = False
    found: int = 0

    kind: ClassVar[str] = "search for parents"
