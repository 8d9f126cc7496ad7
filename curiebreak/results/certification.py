"""The document of ``certify``: a user's own hypothesis, trained and compared with its floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, SymmetryGroup, Vector
from curiebreak.results.blocks import IsotropySubgroup
from curiebreak.results.documents import Document
from curiebreak.results.irreps import CarrierResult
from curiebreak.results.learned import Certificate, TargetResult


@dataclass(frozen=True, kw_only=True)
class GivenInput:
    """One input of the hypothesis."""

    name: str
    """How certificates call it: the irrep, or the harmonic as it was written."""
    text: str
    """As it was written."""
    irreps: Labels
    """Irreps that it holds, fully symmetric ones left out: those break nothing."""
    kpoint: tuple[str, str, str] | None = None
    """Wave vector of the irrep; ``None`` for molecules and for harmonics."""
    direction: str | None = None
    """Direction of the irrep in its canonical domain; ``None`` where only numbers are given."""
    components: Vector = ()
    """Numbers along the same axes, length 1."""
    active: bool = True
    """Whether the child's own distortion holds the irrep."""
    carrier: CarrierResult
    """What holds it."""
    isotropy_subgroup: IsotropySubgroup | None = None
    """The group that this input alone leaves."""
    necessary: bool | None = None
    """Whether less is reached without it; ``None`` when a training did not settle."""


@dataclass(frozen=True, kw_only=True)
class Certification(Document):
    """What a network reaches with exactly the given inputs, and what symmetry lets it reach."""

    command: Literal["certify"] = "certify"
    given: tuple[GivenInput, ...] = ()
    """The inputs."""
    sufficient: bool | None = None
    """Whether they reach the child; ``None`` when the training did not settle."""
    missing: tuple[Labels, ...] = ()
    """What has to be added, best first: every smallest set of irreps of the distortion that makes the inputs
    sufficient. Empty when nothing is missing."""
    superfluous: Labels = ()
    """Inputs without which just as much is reached."""
    minimal_sets: tuple[Labels, ...] = ()
    """Every minimal set of the pair, best first."""
    loss_without_input: float | None = None
    """Trained loss without symmetry breaking."""
    floor_without_input: float | None = None
    """Floor without symmetry breaking."""
    loss: float | None = None
    """Trained loss with the inputs."""
    floor: float | None = None
    """Floor with the inputs."""
    loss_strain: float | None = None
    """Trained loss of the strain with the inputs."""
    floor_strain: float | None = None
    """Floor of the strain with the inputs."""
    loss_magnetic: float | None = None
    """Trained loss of the moments with the inputs."""
    floor_magnetic: float | None = None
    """Floor of the moments with the inputs: 1 where time reversal leaves them all alone."""
    input_symmetry: SymmetryGroup | None = None
    """Symmetry of all inputs together."""
    isotropy_subgroup: IsotropySubgroup | None = None
    """The group that the whole distortion leaves."""
    certificates: tuple[Certificate, ...] = ()
    """Curie, sufficient and necessary statements."""
    targets: tuple[TargetResult, ...] = ()
    """Fields that were to be explained, with losses and floors of their own; ``loss`` and ``floor`` are the mean over
    them and the distortion, where there is one."""
    seed: int = 0
    """Seed of the random numbers."""
    device: str = "cpu"
    """Where the network was trained."""

    kind: ClassVar[str] = "certification"
