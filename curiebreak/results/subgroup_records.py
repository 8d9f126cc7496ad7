"""The subgroups that a parent's irreps leave, looked up by their group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from curiebreak.results.basic import Labels
from curiebreak.results.blocks import IsotropySubgroup
from curiebreak.results.parent_records import ParentRecord


@dataclass(frozen=True, kw_only=True)
class IrrepSet:
    """Irreps that together leave a subgroup, and none of them can be left out."""

    irreps: Labels
    """Labels."""
    directions: Labels
    """Of each irrep, all in one domain, letters running on: terms for ``distort`` as they stand."""
    dim: int
    """Sum of the dimensions."""
    triad: bool = False
    """Three irreps of which any two leave the subgroup already: the third follows from them by a coupling of third or
    higher order."""


@dataclass(frozen=True, kw_only=True)
class AllowedIrrep:
    """An irrep that a subgroup allows."""

    irrep: str
    """Label."""
    direction: str
    """Its class of directions, in letters."""
    parameters: int
    """Number of letters."""


@dataclass(frozen=True, kw_only=True)
class SubgroupEntry:
    """One class of subgroups of the parent, with the irreps that leave it."""

    isotropy_subgroup: IsotropySubgroup
    """One subgroup of the class, in the parent's standard axes."""
    polar: bool
    """Whether it allows a polarisation."""
    glazer: str | None = None
    """Tilts of the octahedra that it allows, where the parent is a perovskite; ``None`` as well where in-phase and
    antiphase tilts share an axis."""
    sets: tuple[IrrepSet, ...] = ()
    """Single irreps first, then pairs and triples; strain last."""
    moments: dict[str, int] = field(default_factory=dict)
    """Of a magnetic subgroup: free components of the moments on each site of the parent."""
    file: str | None = None
    """Where an example was written."""
    allowed: tuple[AllowedIrrep, ...] = ()
    """Every irrep of the search that it leaves room for; those outside a set are its secondaries."""


@dataclass(frozen=True, kw_only=True)
class SearchedIrrep:
    """An irrep among which subgroups were looked up."""

    irrep: str
    """Label."""
    kpoint: tuple[str, str, str] | None
    """First arm, in the reciprocal basis of the parent's conventional cell."""
    dim: int
    """Real dimension."""
    fields: Labels
    """What holds it: ``displacement``, ``strain``, ``occupation``."""


@dataclass(frozen=True, kw_only=True)
class SubgroupList(ParentRecord):
    """The subgroups of a parent that one to three of its irreps leave."""

    command: Literal["subgroups"] = "subgroups"
    found: int = 0
    """Classes of subgroups that fit what was asked for."""
    subgroups: tuple[SubgroupEntry, ...] = ()
    """The first of them: fewest irreps, then smallest dimension, cell and index."""
    irreps: tuple[SearchedIrrep, ...] = field(default=())
    """Those that were searched, at special k points, or those of moments at one wave vector."""
    table: str | None = None
    """Where the table of the written examples stands."""

    kind: ClassVar[str] = "list of subgroups"
