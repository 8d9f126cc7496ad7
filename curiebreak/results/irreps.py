"""One irrep of a distortion: label, wave vector, direction, amplitudes, role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from curiebreak.results.basic import SymmetryGroup, Vector, Vector3
from curiebreak.results.blocks import IsotropySubgroup

Kind: TypeAlias = Literal["displacement", "strain", "occupation", "magnetic", "field"]
Role: TypeAlias = Literal["primary", "secondary", "noise"]


@dataclass(frozen=True, kw_only=True)
class OriginLabel:
    """Label of an irrep when the parent's origin is moved."""

    shift: Vector3
    """New origin in the parent's conventional axes."""
    irrep: str
    """Label there."""


@dataclass(frozen=True, kw_only=True)
class CarrierResult:
    """What holds a learned order parameter."""

    site: str
    """Parent site, or ``global``."""
    l: int  # noqa: E741 - the name of the quantum number
    """Degree of the spherical harmonics."""
    parity: Literal["e", "o"]
    """``e`` (even) or ``o`` (odd) under inversion."""
    components: dict[str, float] = field(default_factory=dict)
    """Value by m (usual convention, polar axis z; m = 1, -1, 0 of l = 1 are x, y, z) on the first atom that carries
    it, above 1e-6 of the largest."""
    time_parity: Literal[1, -1] = 1
    """-1 where time reversal turns it round, as a moment, else 1."""


@dataclass(frozen=True, kw_only=True)
class LearnedDirection:
    """The direction of one irrep in the trained input, read from that input alone."""

    direction: str | None
    """In letters, in the canonical domain, as the crystal's; ``None`` where only numbers are given."""
    components: Vector
    """Numbers along the same axes, of unit length: the network's units mean nothing."""
    free: int
    """Numbers that the child's symmetry leaves free in this irrep. With one, symmetry fixes the direction; with more,
    the training chose their ratios."""
    symmetry: SymmetryGroup | None = None
    """The group that this part of the input alone leaves."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One symmetry mode of a Wyckoff site."""

    label: str
    """Mode label, e.g. ``R5+[O:d:dsp]Eu(a)``."""
    amplitude_supercell: float
    """Signed amplitude, Å over the primitive child cell."""


@dataclass(frozen=True, kw_only=True)
class IrrepEntry:
    """One irrep of the parent in the distortion."""

    irrep: str
    """Miller-Love label (Mulliken for molecules), plain ASCII."""
    kpoint: tuple[str, str, str] | None
    """Wave vector in the reciprocal basis of the parent's conventional cell; ``None`` for molecules."""
    kind: Kind = "displacement"
    """``displacement``, ``strain``, ``occupation``, ``magnetic`` or ``field``."""
    role: Role = "secondary"
    """``primary``, ``secondary`` or ``noise``."""
    direction: str | None = None
    """Direction in representation space in letters; ``None`` where only numbers are given."""
    components: Vector = ()
    """Numbers along the same axes, normalised like ``amplitude_supercell``."""
    direction_in_child: str | None = None
    """The direction in the domain of the child as mapped, the same for all irreps of one result, so that a set of them
    means this child (`certify`, `distort`); ``direction`` is that of the class of each irrep alone."""
    terms: tuple[str, ...] = ()
    """What ``distort --amplitude Ap`` takes (strain: ``distort --strain``) to build this part of the child again."""
    amplitude_supercell: float | None = None
    """Root-sum-square amplitude over the child's primitive cell, Å (no unit for strain and occupation)."""
    amplitude_parent: float | None = None
    """The same per primitive cell of the parent: ``amplitude_supercell / sqrt(size)``, strain unchanged."""
    amplitude_uncertainty: float | None = None
    """Standard uncertainty of ``amplitude_supercell`` from those of the child's coordinates; ``None`` where the file
    states none."""
    dmax: float | None = None
    """Largest displacement of an atom, Å."""
    share: float | None = None
    """Part of the squared distortion (strain aside)."""
    isotropy_subgroup: IsotropySubgroup | None = None
    """The group that this irrep alone would leave."""
    other_origins: tuple[OriginLabel, ...] = ()
    """Labels for the parent's other equivalent origins."""
    carrier: CarrierResult | None = None
    """What holds it in the learned input (``find``)."""
    learned: LearnedDirection | None = None
    """The direction in the trained input (``find``)."""
    necessary: bool | None = None
    """Whether the child is out of reach without it (``find``)."""
    modes: tuple[Mode, ...] = ()
    """Per-site modes (``modes``)."""
    coupling: str | None = None
    """For a secondary, the lowest products of primaries that drive it, such as ``X5+ ~ M3+*R4+`` or ``R5+ ~ R4+^3,
    M3+^2*R4+``."""
    name: str = ""
    """What the rest of the result calls it: the label, with the wave vector (``LD1@0,0,2/5``) where two active irreps
    share the label."""
    target: str | None = None
    """Of kind ``field``: the name of the field, in whose unit the amplitudes are."""

    def __post_init__(self) -> None:
        """Where no name is given, the label is the name."""
        object.__setattr__(self, "name", self.name or self.irrep)

    @property
    def size(self) -> float:
        """Amplitude per primitive cell of the parent, 0 where none is known."""
        return self.amplitude_parent or 0.0
