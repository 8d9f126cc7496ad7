"""The document of ``check``: is an output allowed by symmetry for an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, SymmetryGroup, Vector3
from curiebreak.results.blocks import StructureSummary
from curiebreak.results.irreps import IrrepEntry
from curiebreak.results.record import Record


@dataclass(frozen=True, kw_only=True)
class ForbiddingOperation:
    """Operations of the input that the output does not keep."""

    kind: str
    """``C2``, ``m``, ``i``, ``S4``, ...; ``t`` translations; ``Cinf``, ``Sinf`` any angle about the axis of a linear
    molecule; with a prime together with time reversal, ``1'`` time reversal itself, ``t'`` translations with it."""
    axis: Vector3 | None
    """Direction of the axis or of the plane's normal: in the conventional axes of the input's group (crystal),
    Cartesian (molecule); ``None`` where there is none or more than one."""
    perpendicular_to: Vector3 | None = None
    """For infinitely many axes or normals: the direction that all are perpendicular to."""
    count: int | None
    """How many; ``None``: infinitely many."""


@dataclass(frozen=True, kw_only=True)
class CheckedField:
    """One field of the input or of the output."""

    name: str
    """As the file calls it; ``displacement`` and ``strain`` come from a structure."""
    kind: str
    """``scalar``, ``pseudoscalar``, ``vector``, ``axial``, ``tensor``, ``axial tensor``, or ``2e`` for spherical
    components."""
    per: Literal["atom", "global"]
    """``atom`` or ``global``."""
    o3_irreps: Labels
    """Its parts of pure degree and parity, such as ``0e``, ``2e``; ``1e-`` where it is odd under time reversal."""
    role: Literal["given", "output"]
    """``given`` with the input, or ``output``."""
    allowed: bool | None = None
    """Whether this output alone is allowed; ``None`` for given fields."""
    floor: float | None = None
    """The part of it that the input's symmetry forbids."""


@dataclass(frozen=True, kw_only=True)
class SymmetryCheck(Record):
    """Whether an output is allowed by symmetry for an input, and what would allow it."""

    command: Literal["check"] = "check"
    input: StructureSummary
    """What is given; its group is that of the atoms alone."""
    output: StructureSummary
    """What is asked of it; its group is what is left of the input's."""
    allowed: bool
    """Whether every operation that keeps the input keeps the output."""
    floor: float | None
    """Forbidden part of the output, squared norm over squared norm; several fields count alike."""
    forbidding_operations: tuple[ForbiddingOperation, ...] = ()
    """Operations that keep the input but not the output."""
    order_parameters: tuple[IrrepEntry, ...] = ()
    """The lowest order parameter that would allow the output: one entry per irrep of the input's group; ``carrier`` is
    the lowest global field that can hold it."""
    minimal_sets: tuple[Labels, ...] = ()
    """Every smallest set of irreps that would allow it, best first."""
    input_symmetry: SymmetryGroup | None = None
    """Symmetry of the input with its given fields; ``point_group`` such as ``Dinfh`` for a linear one."""
    structure_symmetry: SymmetryGroup | None = None
    """Symmetry of the input's atoms alone."""
    output_symmetry: SymmetryGroup | None = None
    """Operations of the input that the output keeps."""
    fields: tuple[CheckedField, ...] = ()
    """The fields that took part."""

    kind: ClassVar[str] = "symmetry check"
