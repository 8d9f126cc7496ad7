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
    """A value with its 90 % interval."""

    mean: float
    """The predicted value."""
    low: float
    """Lower end of the 90 % interval."""
    high: float
    """Upper end."""


@dataclass(frozen=True, kw_only=True)
class PredictedTilts:
    """Tilt angles along the parent's axes, and the length of the tilt vector, in degrees."""

    x: Interval
    """About the parent's x axis."""
    y: Interval
    """About y."""
    z: Interval
    """About z."""
    total: Interval
    """Length of the tilt vector."""
    senses: str = ""
    """About x, y, z: ``+`` in phase, ``-`` antiphase, ``0`` none; empty where octahedra share no net of corners."""


@dataclass(frozen=True, kw_only=True)
class PredictedChild:
    """A child as predicted."""

    space_group: SpaceGroup
    """Of its class, by construction."""
    spglib: SpaceGroup | None = None
    """What spglib finds at 0.005 Å."""
    structure: StructureData
    """Primitive cell."""


@dataclass(frozen=True, kw_only=True)
class PredictedClass:
    """One way in which the symmetry may break."""

    primary: Labels
    """Its primary set; empty where nothing breaks, ``other`` for all classes too rare to be learned."""
    space_group: SpaceGroup | None = None
    """Of the child; ``None`` for ``other``."""
    glazer: str | None = None
    """Glazer symbol of the class, where known."""
    probability: float
    """Between 0 and 1."""
    amplitudes: dict[str, Interval] = field(default_factory=dict)
    """Parent-normalised amplitude (Å) of each primary irrep."""
    tilts: PredictedTilts | None = None
    """For nets of octahedra that tilt."""
    strain: Matrix | None = None
    """Without its trace, in the parent's axes."""
    volume_per_atom: float | None = None
    """Å^3."""
    child: PredictedChild | None = None
    """The structure, for as many classes as were asked for."""


@dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """Which model answered."""

    name: str
    """Name of the model."""
    sha256: str
    """Hash of its file."""
    training_set: str
    """What it was trained on, with attribution."""


@dataclass(frozen=True, kw_only=True)
class Prediction(ParentRecord):
    """What a model of a family says about a composition."""

    command: Literal["predict"] = "predict"
    formula: str
    """The composition."""
    species: dict[str, str] = field(default_factory=dict)
    """Element of each site of the parent."""
    classes: tuple[PredictedClass, ...] = ()
    """Ways to break the symmetry, best first."""
    amplitudes: dict[str, Interval] = field(default_factory=dict)
    """Of the most probable class that has a structure."""
    tilts: PredictedTilts | None = None
    """Likewise."""
    strain: Matrix | None = None
    """Likewise."""
    volume_per_atom: float | None = None
    """Likewise, Å^3."""
    child: PredictedChild | None = None
    """Likewise."""
    overall_tilt: float | None = None
    """Total tilt in degrees whatever the class: the median over the mixture of all classes."""
    in_domain: bool = True
    """Whether the training holds compositions of this kind."""
    outside: Labels = ()
    """Why not."""
    model: ModelSummary
    """Which model answered."""
    parent: StructureSummary

    kind: ClassVar[str] = "prediction"


@dataclass(frozen=True, kw_only=True)
class TrainedClass:
    """One class of a trained model."""

    primary: Labels
    """Primary set."""
    space_group: SpaceGroup
    """Of its children."""
    pairs: int
    """How many pairs it has."""
    formulas: int
    """How many formulas."""
    amplitude_error: float | None = None
    """Å, mean absolute error of the length of the order parameter (parent-normalised) in folds over formulas."""


@dataclass(frozen=True, kw_only=True)
class Training(ParentRecord):
    """The report of a training."""

    command: Literal["train"] = "train"
    model: ModelSummary
    """The model that was written."""
    classes: tuple[TrainedClass, ...] = ()
    """What it can predict."""
    pairs: int = 0
    """Pairs used."""
    formulas: int = 0
    """Formulas among them."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Reason to number of pairs that were not used."""
    losses: tuple[Vector, ...] = ()
    """Loss of every tenth epoch, one list a network."""
    scores: dict[str, float] = field(default_factory=dict)
    """Errors in folds over formulas: amplitude, secondaries, child (Å), strain, edge (relative), tilt (degrees)."""
    parity: dict[str, Vector] = field(default_factory=dict)
    """``true`` and ``predicted`` lengths of the order parameter (Å) of formulas left out."""
    worst: Labels = ()
    """Formulas of the largest errors."""
    trees: bool = False
    """Whether trees stand beside the networks."""
    parent: StructureSummary

    kind: ClassVar[str] = "training"
