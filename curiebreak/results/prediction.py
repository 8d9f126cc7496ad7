"""Results of the joint learning of a family: a prediction for a composition, and the report of a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Matrix, SpaceGroup, Vector
from curiebreak.results.blocks import StructureSummary
from curiebreak.results.learned import StructureData
from curiebreak.results.parent_records import ParentRecord


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A value with its 90 % interval.

    Attributes
    ----------
    mean : float
        The predicted value.
    low : float
        Lower end of the 90 % interval.
    high : float
        Upper end.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class PredictedTilts:
    """Tilt angles along the parent's axes, and the length of the tilt vector, in degrees.

    Attributes
    ----------
    x : Interval
        About the parent's x axis.
    y : Interval
        About y.
    z : Interval
        About z.
    total : Interval
        Length of the tilt vector.
    """

    x: Interval
    y: Interval
    z: Interval
    total: Interval


@dataclass(frozen=True, kw_only=True)
class PredictedChild:
    """A child as predicted.

    Attributes
    ----------
    space_group : SpaceGroup
        Of its class, by construction.
    spglib : SpaceGroup or None
        What spglib finds at 0.005 Å.
    structure : StructureData
        Primitive cell.
    """

    space_group: SpaceGroup
    spglib: SpaceGroup | None = None
    structure: StructureData


@dataclass(frozen=True, kw_only=True)
class PredictedClass:
    """One way in which the symmetry may break.

    Attributes
    ----------
    primary : list of str
        Its primary set; empty where nothing breaks, ``other`` for all classes too rare to be learned.
    space_group : SpaceGroup or None
        Of the child; ``None`` for ``other``.
    glazer : str or None
        Glazer symbol of the class, where known.
    probability : float
        Between 0 and 1.
    amplitudes : object
        Parent-normalised amplitude (Å) of each primary irrep.
    tilts : PredictedTilts or None
        For nets of octahedra that tilt.
    strain : 3x3 or None
        Without its trace, in the parent's axes.
    volume_per_atom : float or None
        Å^3.
    child : PredictedChild or None
        The structure, for as many classes as were asked for.
    """

    primary: Labels
    space_group: SpaceGroup | None = None
    glazer: str | None = None
    probability: float
    amplitudes: dict[str, Interval] = field(default_factory=dict)
    tilts: PredictedTilts | None = None
    strain: Matrix | None = None
    volume_per_atom: float | None = None
    child: PredictedChild | None = None


@dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """Which model answered.

    Attributes
    ----------
    name : str
        Name of the model.
    sha256 : str
        Hash of its file.
    training_set : str
        What it was trained on, with attribution.
    """

    name: str
    sha256: str
    training_set: str


@dataclass(frozen=True, kw_only=True)
class Prediction(ParentRecord):
    """What a model of a family says about a composition.

    Attributes
    ----------
    formula : str
        The composition.
    species : object
        Element of each site of the parent.
    classes : list
        Ways to break the symmetry, best first.
    amplitudes : object
        Of the most probable class that has a structure.
    tilts : PredictedTilts or None
        Likewise.
    strain : 3x3 or None
        Likewise.
    volume_per_atom : float or None
        Likewise, Å^3.
    child : PredictedChild or None
        Likewise.
    in_domain : bool
        Whether the training holds compositions of this kind.
    outside : list of str
        Why not.
    model : ModelSummary
        Which model answered.
    """

    command: Literal["predict"] = "predict"
    formula: str
    species: dict[str, str] = field(default_factory=dict)
    classes: tuple[PredictedClass, ...] = ()
    amplitudes: dict[str, Interval] = field(default_factory=dict)
    tilts: PredictedTilts | None = None
    strain: Matrix | None = None
    volume_per_atom: float | None = None
    child: PredictedChild | None = None
    in_domain: bool = True
    outside: Labels = ()
    model: ModelSummary
    parent: StructureSummary

    kind: ClassVar[str] = "prediction"


@dataclass(frozen=True, kw_only=True)
class TrainedClass:
    """One class of a trained model.

    Attributes
    ----------
    primary : list of str
        Primary set.
    space_group : SpaceGroup
        Of its children.
    pairs : int
        How many pairs it has.
    formulas : int
        How many formulas.
    amplitude_error : float or None
        Å, mean absolute error of the length of the order parameter (parent-normalised) in folds over formulas.
    """

    primary: Labels
    space_group: SpaceGroup
    pairs: int
    formulas: int
    amplitude_error: float | None = None


@dataclass(frozen=True, kw_only=True)
class Training(ParentRecord):
    """The report of a training.

    Attributes
    ----------
    model : ModelSummary
        The model that was written.
    classes : list
        What it can predict.
    pairs : int
        Pairs used.
    formulas : int
        Formulas among them.
    left_out : object
        Reason to number of pairs that were not used.
    losses : list of lists of float
        Loss of every tenth epoch, one list a network.
    scores : object
        Errors in folds over formulas: amplitude, secondaries, child (Å), strain, edge (relative), tilt (degrees).
    parity : object
        ``true`` and ``predicted`` lengths of the order parameter (Å) of formulas left out.
    worst : list of str
        Formulas of the largest errors.
    trees : bool
        Whether trees stand beside the networks.
    """

    command: Literal["train"] = "train"
    model: ModelSummary
    classes: tuple[TrainedClass, ...] = ()
    pairs: int = 0
    formulas: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    losses: tuple[Vector, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    parity: dict[str, Vector] = field(default_factory=dict)
    worst: Labels = ()
    trees: bool = False
    parent: StructureSummary

    kind: ClassVar[str] = "training"
