"""Blocks that every result has: the two structures, their mapping and their groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from curiebreak.results.basic import MagneticGroup, Matrix, SpaceGroup, Vector3


@dataclass(frozen=True, kw_only=True)
class StructureSummary:
    """Parent or child in a few words."""

    path: str | None
    """File it was read from."""
    formula: str
    """Reduced formula."""
    n_atoms: int
    """Atoms of the primitive cell, or of the molecule."""
    space_group: SpaceGroup | None = None
    """Group by spglib at the tolerance used; ``None`` for a molecule."""
    point_group: str | None = None
    """Schoenflies symbol of a molecule."""
    origin_site: str | None = None
    """Parent site at the origin of the setting in which irreps are labelled."""
    sha256: str | None = None
    """Hash of the file's bytes."""


@dataclass(frozen=True, kw_only=True)
class MappingSummary:
    """How the child lies on the parent.

    Child axes without distortion are ``supercell_basis @ parent axes`` (rows), positions
    ``x_parent = x_child @ supercell_basis + origin_shift``, in the cells of the two files.
    """

    supercell_basis: Matrix | None
    """Rows are the child's axes in parent axes; ``None`` for a molecule."""
    origin_shift: Vector3 | None
    """The child's origin in parent axes."""
    size: int
    """Primitive parent cells in the child's primitive cell."""
    rms: float
    """Root mean square displacement, Å."""
    dmax: float
    """Largest displacement, Å."""
    strain: Matrix | None
    """U - 1, with U the right stretch, Cartesian, in the parent's frame."""
    residual_rms: float | None = None
    """Root mean square of what averaging over the child's group removed, Å."""
    rebuild_error: float | None = None
    """Largest distance between the child and the child rebuilt from the mapping, Å."""
    runner_up: dict[str, Any] | None = None
    """The next best mapping that is not equivalent: ``rms``, ``strain``, ``supercell_basis``."""
    mirrored: bool = False
    """The mirror image of the child was mapped (``--allow hand``)."""
    vacuum: tuple[float, float] | None = None
    """Of slabs whose vacuum differs: Å in the parent and in the child as read; ``None`` otherwise."""


@dataclass(frozen=True, kw_only=True)
class IsotropySubgroup:
    """The part of the parent group that a distortion leaves."""

    number: int | None = None
    """Number in the International Tables; ``None`` for a molecule."""
    symbol: str | None = None
    """Short international symbol; ``None`` for a molecule."""
    point_group: str | None = None
    """Schoenflies symbol of a molecule."""
    basis: Matrix | None = None
    """Rows are the subgroup's conventional axes in the parent's conventional axes."""
    origin: Vector3 | None = None
    """The subgroup's origin in the parent's conventional axes."""
    size: int | None = None
    """Ratio of the primitive cells."""
    index: int | None = None
    """Index in the parent group; where moments are there, in the parent's grey group: the number of domains, those
    with all moments reversed included."""
    magnetic: MagneticGroup | None = None
    """The magnetic group, where moments are there; number and symbol are then those of the group that its operations
    form when time is left aside."""


@dataclass(frozen=True, kw_only=True)
class LadderRung:
    """The child's group within a tolerance."""

    tolerance: float
    """Largest distance in Å by which an operation of the group moves an atom off."""
    number: int | None = None
    """Number in the International Tables; ``None`` for a molecule."""
    symbol: str | None = None
    """Short international symbol; ``None`` for a molecule."""
    point_group: str | None = None
    """Schoenflies symbol of a molecule."""


@dataclass(frozen=True, kw_only=True)
class Glazer:
    """Octahedral tilts of a perovskite."""

    symbol: str
    """Glazer symbol in the spelling of Howard and Stokes; ``a0a0a0`` when untilted."""
    symbol_child_axes: str | None
    """The same along the child's pseudo-cubic axes."""
    angles: Vector3
    """Tilt angles about the pseudo-cubic axes in the order of ``symbol``, degrees."""
    howard_stokes: str | None
    """Order-parameter directions in Howard and Stokes' notation, e.g. ``(a000bb)``."""
    irreps: dict[str, str] = field(default_factory=dict)
    """Direction of each tilt irrep by label."""
    other_angles: Vector3 = (0.0, 0.0, 0.0)
    """Tilts of the other sense about the same axes (antiphase where ``symbol`` has ``+``), degrees. Where they are not
    small the system is no simple one, and the symbol names the larger tilts only."""


@dataclass(frozen=True, kw_only=True)
class LostOperation:
    """Operations of the parent that the child lacks."""

    kind: str
    """Type of the operation, e.g. ``C4``, ``m``, ``-1``, ``t``."""
    axis: Vector3 | None
    """Direction of the axis or of the plane's normal, in the parent's conventional axes."""
    count: int
    """How many of the kind along the axis are lost."""


@dataclass(frozen=True, kw_only=True)
class Polarisation:
    """The polarisation that a child has and its parent has not, as far as symmetry says."""

    kind: str
    """``proper`` (the polar irrep alone leaves the child's group), ``improper`` (it follows from a power of another
    irrep), ``hybrid`` (from a product of several), or ``triggered`` (it is a primary beside others that couple to its
    square)."""
    irreps: tuple[str, ...]
    """Polar irreps of the distortion."""
    terms: tuple[str, ...] = ()
    """Invariants that bring it, or that tie it to the other primaries; none where it is proper."""
    dimension: int = 1
    """Of the space of polarisations that the child's group allows beyond the parent's."""
    axis: Vector3 | None = None
    """In the parent's standard cell, without a sense; ``None`` where the dimension is above 1."""
    axis_in_child: Vector3 | None = None
    """The same in the cell of the child's file."""


@dataclass(frozen=True, kw_only=True)
class Index:
    """Index of the child's group in the parent's, ``total = point * translation``."""

    total: int
    """Number of equivalent children."""
    point: int
    """Part that comes from lost rotations and reflections."""
    translation: int
    """Part that comes from lost translations."""
