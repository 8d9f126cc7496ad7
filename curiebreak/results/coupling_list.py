"""The invariant polynomials of the order parameters of a pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Vector
from curiebreak.results.documents import Document
from curiebreak.results.irreps import Kind, Role


@dataclass(frozen=True, kw_only=True)
class CoupledIrrep:
    """One order parameter of the expansion."""

    name: str
    """Label, followed by the kind unless it is a displacement: ``GM3+ strain``."""
    irrep: str
    """Label."""
    kind: Kind
    """``displacement``, ``strain`` or ``occupation``."""
    role: Role
    """``primary`` or ``secondary``."""
    variables: Labels = ()
    """Letters of its components, as they stand in the polynomials; empty for the fully symmetric irrep, which is left
    out of them."""
    direction: str | None = None
    """The child's direction in these letters, all irreps in one domain."""
    components: Vector = ()
    """Numbers along the same axes, normalised like ``amplitude_supercell`` of ``modes``."""
    order: int | None = None
    """For a secondary: total power of the primaries in its lowest coupling."""
    coupling: str | None = None
    """For a secondary, the lowest products of primaries that drive it."""


@dataclass(frozen=True, kw_only=True)
class PolynomialTerm:
    """One term of a polynomial."""

    coefficient: float
    """Its coefficient."""
    powers: dict[str, int]
    """Power of each letter that occurs."""


@dataclass(frozen=True, kw_only=True)
class InvariantPolynomial:
    """One invariant polynomial."""

    degree: int
    """Total degree."""
    factors: dict[str, int]
    """Degree in each order parameter that takes part, by name."""
    polynomial: str
    """The polynomial as text, such as ``a*e*i - 1/2*b^2*d``."""
    in_child: str
    """What is left of it in the child's direction; ``0`` when it vanishes there."""
    terms: tuple[PolynomialTerm, ...] = ()
    """The same polynomial in numbers."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Products whose invariants are counted but not written out."""

    factors: dict[str, int]
    """Degree in each order parameter, by name."""
    count: int
    """Number of independent invariants."""
    reason: str
    """Why."""


@dataclass(frozen=True, kw_only=True)
class CouplingResult(Document):
    """The couplings between the active irreps of a pair."""

    command: Literal["couplings"] = "couplings"
    primary: Labels = ()
    """Labels of the best minimal set."""
    order: int = 4
    """Highest degree that is listed."""
    group_order: int | None = None
    """Number of operations of the finite group that the polynomials are invariant under."""
    irreps: tuple[CoupledIrrep, ...] = ()
    """The order parameters."""
    invariants: tuple[InvariantPolynomial, ...] = ()
    """A basis of the invariant polynomials, by degree and factors."""
    left_out: tuple[LeftOut, ...] = field(default=())
    """Products that would be too long to write out."""

    kind: ClassVar[str] = "coupling report"
