"""The invariant polynomials of the order parameters of a pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels, Vector
from curiebreak.results.documents import Document
from curiebreak.results.irreps import Kind, Role


@dataclass(frozen=True, kw_only=True)
class CoupledIrrep:
    """One order parameter of the expansion.

    Attributes
    ----------
    name : str
        Label, followed by the kind unless it is a displacement: ``GM3+ strain``.
    irrep : str
        Label.
    kind : str
        ``displacement``, ``strain`` or ``occupation``.
    role : str
        ``primary`` or ``secondary``.
    variables : list of str
        Letters of its components, as they stand in the polynomials; empty for the fully symmetric
        irrep, which is left out of them.
    direction : str or None
        The child's direction in these letters, all irreps in one domain.
    components : list
        Numbers along the same axes, normalised like ``amplitude_supercell`` of ``modes``.
    order : int or None
        For a secondary: total power of the primaries in its lowest coupling.
    coupling : str or None
        For a secondary, the lowest products of primaries that drive it.
    """

    name: str
    irrep: str
    kind: Kind
    role: Role
    variables: Labels = ()
    direction: str | None = None
    components: Vector = ()
    order: int | None = None
    coupling: str | None = None


@dataclass(frozen=True, kw_only=True)
class PolynomialTerm:
    """One term of a polynomial.

    Attributes
    ----------
    coefficient : float
        Its coefficient.
    powers : object
        Power of each letter that occurs.
    """

    coefficient: float
    powers: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class InvariantPolynomial:
    """One invariant polynomial.

    Attributes
    ----------
    degree : int
        Total degree.
    factors : object
        Degree in each order parameter that takes part, by name.
    polynomial : str
        The polynomial as text, such as ``a*e*i - 1/2*b^2*d``.
    in_child : str
        What is left of it in the child's direction; ``0`` when it vanishes there.
    terms : list
        The same polynomial in numbers.
    """

    degree: int
    factors: dict[str, int]
    polynomial: str
    in_child: str
    terms: tuple[PolynomialTerm, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Products whose invariants are counted but not written out.

    Attributes
    ----------
    factors : object
        Degree in each order parameter, by name.
    count : int
        Number of independent invariants.
    reason : str
        Why.
    """

    factors: dict[str, int]
    count: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class CouplingResult(Document):
    """The couplings between the active irreps of a pair.

    Attributes
    ----------
    primary : list of str
        Labels of the best minimal set.
    order : int
        Highest degree that is listed.
    group_order : int or None
        Number of operations of the finite group that the polynomials are invariant under.
    irreps : list
        The order parameters.
    invariants : list
        A basis of the invariant polynomials, by degree and factors.
    left_out : list
        Products that would be too long to write out.
    """

    command: Literal["couplings"] = "couplings"
    primary: Labels = ()
    order: int = 4
    group_order: int | None = None
    irreps: tuple[CoupledIrrep, ...] = ()
    invariants: tuple[InvariantPolynomial, ...] = ()
    left_out: tuple[LeftOut, ...] = field(default=())

    kind: ClassVar[str] = "coupling report"
