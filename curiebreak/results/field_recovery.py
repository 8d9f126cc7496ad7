"""The document of ``hidden-field``: a field that all snapshots of a system feel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Vector, Vector3
from curiebreak.results.irreps import CarrierResult
from curiebreak.results.record import Record


@dataclass(frozen=True, kw_only=True)
class RecoveredField:
    """One field that was found, uniform or a multipole."""

    carrier: CarrierResult
    """Degree, parity, time parity and components by m (usual convention), largest component 1. Of a field about a
    centre they belong to its multipole."""
    direction: Vector3 | None
    """For l = 1 the unit vector, frame of the file. Its sign is chosen so that the first kind of atom is driven along
    it (1o) or answers with velocity x field (1e)."""
    components: Vector
    """Components of unit norm in e3nn's order (x, y, z for l = 1)."""
    response: float
    """Part of the squared accelerations that vanishes from the network's output without it."""
    loss_without: float
    """Relative loss when the network is trained without it."""
    amplitude: float | None = None
    """Root mean square of the field on the sphere of radius 1 about the centre, in units of the snapshots: the
    acceleration of the first kind of atom, or what it is by velocity for a field that is odd under time reversal; of a
    uniform field its strength. ``None`` where that kind does not answer as a charge would."""
    amplitude_uncertainty: float | None = None
    """Its standard error."""
    confidence: float | None = None
    """One minus the chance (sign test over atoms of snapshots that were not trained on) that accelerations are met
    better with it by accident."""


@dataclass(frozen=True, kw_only=True)
class SnapshotSummary:
    """The system that the snapshots show."""

    path: str | None
    """File they were read from."""
    formula: str
    """Reduced formula."""
    n_atoms: int
    """Atoms of a snapshot."""
    sha256: str | None = None
    """Hash of the file's bytes."""


@dataclass(frozen=True, kw_only=True)
class HiddenFieldResult(Record):
    """Global symmetry-breaking inputs that explain the accelerations of all snapshots."""

    command: Literal["hidden-field"] = "hidden-field"
    snapshots: SnapshotSummary
    """The file of the snapshots."""
    found: tuple[str, ...] = ()
    """Irreps of O(3) of the hidden fields, such as ``1e``; multipoles with a minus where they are odd under time
    reversal, ``2o-``; empty when none is needed."""
    fields: tuple[RecoveredField, ...] = ()
    """What was found, strongest response first."""
    loss_without_input: float
    """Median relative loss without any hidden field, over snapshots that were not trained on."""
    loss: float
    """The same with what was found."""
    limit: float
    """Loss up to which a field is not needed."""
    candidates: tuple[str, ...] = ()
    """Irreps that were allowed."""
    centre: Vector3 | None = None
    """Point about which multipoles were sought; ``None`` for uniform fields."""
    n_snapshots: int = 0
    """Snapshots in the file."""
    seed: int = 0
    """Seed of the random numbers."""

    kind: ClassVar[str] = "hidden field"
