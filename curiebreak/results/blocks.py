"""Blocks that every result has: the two structures, their mapping and their groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from curiebreak.results.basic import MagneticGroup, Matrix, SpaceGroup, Vector3


@dataclass(frozen=True, kw_only=True)
class StructureSummary:
    """Parent or child in a few words.

    Attributes
    ----------
    path : str or None
        File it was read from.
    formula : str
        Reduced formula.
    n_atoms : int
        Atoms of the primitive cell, or of the molecule.
    space_group : SpaceGroup or None
        Group by spglib at the tolerance used; ``None`` for a molecule.
    point_group : str or None
        Schoenflies symbol of a molecule.
    origin_site : str or None
        Parent site at the origin of the setting in which irreps are labelled.
    sha256 : str or None
        Hash of the file's bytes.
    """

    path: str | None
    formula: str
    n_atoms: int
    space_group: SpaceGroup | None = None
    point_group: str | None = None
    origin_site: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class MappingSummary:
    """How the child lies on the parent.

    Child axes without distortion are ``supercell_basis @ parent axes`` (rows), positions
    ``x_parent = x_child @ supercell_basis + origin_shift``, in the cells of the two files.

    Attributes
    ----------
    supercell_basis : 3x3 or None
        Rows are the child's axes in parent axes; ``None`` for a molecule.
    origin_shift : list of 3 or None
        The child's origin in parent axes.
    size : int
        Primitive parent cells in the child's primitive cell.
    rms : float
        Root mean square displacement, Å.
    dmax : float
        Largest displacement, Å.
    strain : 3x3 or None
        U - 1, with U the right stretch, Cartesian, in the parent's frame.
    residual_rms : float or None
        Root mean square of what averaging over the child's group removed, Å.
    rebuild_error : float or None
        Largest distance between the child and the child rebuilt from the mapping, Å.
    runner_up : object or None
        The next best mapping that is not equivalent: ``rms``, ``strain``, ``supercell_basis``.
    mirrored : bool
        The mirror image of the child was mapped (``--allow hand``).
    vacuum : list of 2 number or None
        Of slabs whose vacuum differs: Å in the parent and in the child as read; ``None`` otherwise.
    """

    supercell_basis: Matrix | None
    origin_shift: Vector3 | None
    size: int
    rms: float
    dmax: float
    strain: Matrix | None
    residual_rms: float | None = None
    rebuild_error: float | None = None
    runner_up: dict[str, Any] | None = None
    mirrored: bool = False
    vacuum: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class IsotropySubgroup:
    """The part of the parent group that a distortion leaves.

    Attributes
    ----------
    number : int or None
        Number in the International Tables; ``None`` for a molecule.
    symbol : str or None
        Short international symbol; ``None`` for a molecule.
    point_group : str or None
        Schoenflies symbol of a molecule.
    basis : 3x3 or None
        Rows are the subgroup's conventional axes in the parent's conventional axes.
    origin : list of 3 or None
        The subgroup's origin in the parent's conventional axes.
    size : int or None
        Ratio of the primitive cells.
    index : int or None
        Index in the parent group; where moments are there, in the parent's grey group: the number of domains,
        those with all moments reversed included.
    magnetic : MagneticGroup or None
        The magnetic group, where moments are there; number and symbol are then those of the group that its operations
        form when time is left aside.
    """

    number: int | None = None
    symbol: str | None = None
    point_group: str | None = None
    basis: Matrix | None = None
    origin: Vector3 | None = None
    size: int | None = None
    index: int | None = None
    magnetic: MagneticGroup | None = None


@dataclass(frozen=True, kw_only=True)
class LadderRung:
    """The child's group within a tolerance.

    Attributes
    ----------
    tolerance : float
        Largest distance in Å by which an operation of the group moves an atom off.
    number : int or None
        Number in the International Tables; ``None`` for a molecule.
    symbol : str or None
        Short international symbol; ``None`` for a molecule.
    point_group : str or None
        Schoenflies symbol of a molecule.
    """

    tolerance: float
    number: int | None = None
    symbol: str | None = None
    point_group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Glazer:
    """Octahedral tilts of a perovskite.

    Attributes
    ----------
    symbol : str
        Glazer symbol in the spelling of Howard and Stokes; ``a0a0a0`` when untilted.
    symbol_child_axes : str or None
        The same along the child's pseudo-cubic axes.
    angles : list of 3
        Tilt angles about the pseudo-cubic axes in the order of ``symbol``, degrees.
    howard_stokes : str or None
        Order-parameter directions in Howard and Stokes' notation, e.g. ``(a000bb)``.
    irreps : object
        Direction of each tilt irrep by label.
    other_angles : list of 3
        Tilts of the other sense about the same axes (antiphase where ``symbol`` has ``+``), degrees. Where they are
        not small the system is no simple one, and the symbol names the larger tilts only.
    """

    symbol: str
    symbol_child_axes: str | None
    angles: Vector3
    howard_stokes: str | None
    irreps: dict[str, str] = field(default_factory=dict)
    other_angles: Vector3 = (0.0, 0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class LostOperation:
    """Operations of the parent that the child lacks.

    Attributes
    ----------
    kind : str
        Type of the operation, e.g. ``C4``, ``m``, ``-1``, ``t``.
    axis : list of 3 or None
        Direction of the axis or of the plane's normal, in the parent's conventional axes.
    count : int
        How many of the kind along the axis are lost.
    """

    kind: str
    axis: Vector3 | None
    count: int


@dataclass(frozen=True, kw_only=True)
class Index:
    """Index of the child's group in the parent's, ``total = point * translation``.

    Attributes
    ----------
    total : int
        Number of equivalent children.
    point : int
        Part that comes from lost rotations and reflections.
    translation : int
        Part that comes from lost translations.
    """

    total: int
    point: int
    translation: int
