"""The document of ``intermediate``: the groups between parent and child, and one of them made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, SpaceGroup, Vector, Vector3
from curiebreak.results.blocks import Glazer, IsotropySubgroup
from curiebreak.results.documents import Document
from curiebreak.results.irreps import CarrierResult
from curiebreak.results.learned import StructureData


@dataclass(frozen=True, kw_only=True)
class IntermediateIrrep:
    """An irrep of the distortion that an intermediate group lets through.

    Attributes
    ----------
    irrep : str
        Label.
    direction : str or None
        Direction in its canonical domain that the group allows; ``None`` on lines, planes and general k,
        and for molecules where there are no letters.
    kinds : list of str
        Fields of the child that hold the irrep: ``displacement``, ``occupation``, ``strain``.
    """

    irrep: str
    direction: str | None = None
    kinds: Labels = ()


@dataclass(frozen=True, kw_only=True)
class IntermediateResult:
    """One group between parent and child.

    Attributes
    ----------
    number : int or None
        Number in the International Tables; ``None`` for a molecule.
    symbol : str or None
        Short international symbol; ``None`` for a molecule.
    point_group : str or None
        Schoenflies symbol of a molecule.
    basis : 3x3 or None
        Rows are the group's conventional axes in the parent's conventional axes.
    origin : list of 3 or None
        The group's origin in the parent's conventional axes.
    size : int or None
        Ratio of the primitive cells of this group and the parent.
    index : int
        Index in the parent group.
    irreps : list
        What the group lets through beyond the fully symmetric part.
    active : bool
        Whether the group is the stabiliser of what it lets through; ``False`` ("no active irrep") only
        among all subgroups.
    kept_share : float
        Part of the squared non-strain distortion that the group allows, 1 - floor; 0 for a group
        that only strain irreps lead to.
    loss : float or None
        Trained loss under the constraint; ``None`` when not trained.
    floor : float or None
        The least relative loss with this symmetry.
    loss_strain : float or None
        Trained loss of the strain; ``None`` when not trained.
    floor_strain : float or None
        The least relative loss of the strain with this symmetry.
    file : str or None
        Where the structure was written.
    spglib : SpaceGroup or None
        Group that spglib finds in the written structure.
    """

    number: int | None = None
    symbol: str | None = None
    point_group: str | None = None
    basis: Matrix | None = None
    origin: Vector3 | None = None
    size: int | None = None
    index: int = 1
    irreps: tuple[IntermediateIrrep, ...] = ()
    active: bool = True
    kept_share: float = 0.0
    loss: float | None = None
    floor: float | None = None
    loss_strain: float | None = None
    floor_strain: float | None = None
    file: str | None = None
    spglib: SpaceGroup | None = None


@dataclass(frozen=True, kw_only=True)
class CoveringRelation:
    """A covering relation of the list.

    Attributes
    ----------
    upper : int
        Number of the larger group in the list, from 0.
    lower : int
        Number of the smaller one.
    kind : str
        ``t`` (all translations kept), ``k`` (all point operations kept) or ``tk`` (some of both lost).
    index : int
        Index of the smaller group in the larger one.
    """

    upper: int
    lower: int
    kind: Literal["t", "k", "tk"]
    index: int


@dataclass(frozen=True, kw_only=True)
class ConstrainedInput:
    """One irrep of the input that training was allowed.

    Attributes
    ----------
    irrep : str
        Label.
    direction : str or None
        Direction in its canonical domain.
    components : list
        Numbers along the same axes, length 1.
    carrier : CarrierResult
        What holds it.
    """

    irrep: str
    direction: str | None = None
    components: Vector = ()
    carrier: CarrierResult


@dataclass(frozen=True, kw_only=True)
class Exponent:
    """How one irrep of a path grows with the primaries.

    Attributes
    ----------
    irrep : str
        Label.
    kind : str
        ``displacement``, ``occupation`` or ``strain``.
    exact : int or None
        Lowest order of the primaries that drives it.
    coupling : str or None
        The products of primaries of that order.
    fitted : float or None
        Slope of the trained network's component against the scale, both as logarithms, for scales from
        0.01 to 0.1; ``None`` for a primary.
    primary : bool
        Whether it is scaled itself instead of following.
    amplitudes : list
        Size in each structure over the child's primitive cell, Å (strain: no unit).
    """

    irrep: str
    kind: str
    exact: int | None = None
    coupling: str | None = None
    fitted: float | None = None
    primary: bool = False
    amplitudes: Vector = ()


@dataclass(frozen=True, kw_only=True)
class StructurePath:
    """Structures between parent and child. An interpolation, not a reaction path.

    Attributes
    ----------
    method : str
        Where the secondaries come from: ``network`` (trained) or ``exact`` (lowest power).
    order : list of str
        Primaries in the order in which they are switched on; empty when together.
    primaries : list of str
        Irreps that are scaled from 0 to 1.
    scales : list of lists
        Scale of each primary in each structure.
    exponents : list
        Growth of the irreps.
    end_error : float
        Largest distance (Å) between an atom of the last structure and of the child averaged over its group.
    files : list of str
        Written structures.
    """

    method: Literal["network", "exact"]
    order: Labels = ()
    primaries: Labels = ()
    scales: tuple[Vector, ...] = ()
    exponents: tuple[Exponent, ...] = ()
    end_error: float = 0.0
    files: Labels = ()


@dataclass(frozen=True, kw_only=True)
class ChosenIntermediate:
    """The intermediate that a constraint singles out.

    Attributes
    ----------
    entry : int
        Its number in the list, from 0.
    inputs : list
        Irreps of the input.
    loss : float or None
        Trained loss with the constrained input.
    floor : float or None
        The least that symmetry allows.
    loss_strain : float or None
        Trained loss of the strain.
    floor_strain : float or None
        The least that symmetry allows for the strain.
    reached : bool or None
        Whether the trained losses reached their floors; ``None`` when not trained.
    glazer : Glazer or None
        Octahedral tilts of the intermediate.
    structure : StructureData or None
        The intermediate in the conventional cell of its group.
    spglib : SpaceGroup or None
        Group that spglib finds in it.
    symprec : float or None
        Å; the tolerance at which it does.
    file : str or None
        Where it was written.
    """

    entry: int
    inputs: tuple[ConstrainedInput, ...] = ()
    loss: float | None = None
    floor: float | None = None
    loss_strain: float | None = None
    floor_strain: float | None = None
    reached: bool | None = None
    glazer: Glazer | None = None
    structure: StructureData | None = None
    spglib: SpaceGroup | None = None
    symprec: float | None = None
    file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Intermediates(Document):
    """The groups that a distortion can pass through, as a tree.

    Attributes
    ----------
    isotropy_subgroup : IsotropySubgroup or None
        The child's group.
    strain : bool
        Whether strain irreps count.
    all_subgroups : bool
        Whether groups without an active irrep are listed too.
    intermediates : list
        Parent first, child last, by index.
    edges : list of 2
        Pairs [i, j]: entry i contains entry j, and no other entry lies between.
    steps : list
        The same pairs with kind and index.
    constraint : object
        The constraint as it was given; empty without one.
    chosen : ChosenIntermediate or None
        What the constraint singles out.
    path : StructurePath or None
        Structures along the way, where asked for.
    seed : int
        Seed of the random numbers.
    device : str
        Where the network was trained.
    """

    command: Literal["intermediate"] = "intermediate"
    isotropy_subgroup: IsotropySubgroup | None = None
    strain: bool = True
    all_subgroups: bool = False
    intermediates: tuple[IntermediateResult, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    steps: tuple[CoveringRelation, ...] = ()
    constraint: dict[str, Any] = field(default_factory=dict)
    chosen: ChosenIntermediate | None = None
    path: StructurePath | None = None
    seed: int = 0
    device: str = "cpu"

    kind: ClassVar[str] = "list of intermediates"
