"""One irrep that a distortion holds, with all that is asked of it: copies, direction, stabiliser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from curiebreak.errors import InternalError
from curiebreak.fields import representation, strain_representation
from curiebreak.modes.site_modes import SiteParts, displacement_parts, magnetic_parts, occupation_parts
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.direction_text import echelon
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.images import image_group, root_sum_square
from curiebreak.symmetry.isotropy import StabiliserTable
from curiebreak.symmetry.isotypic import Irrep, decompose_field, irreps_on
from curiebreak.symmetry.order_parameter import real_amplitudes
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.subgroup import Subgroup

SILENT_PART = 1e-6
"""Part of the norm of its field below which a component is rounding."""

_SAME = 1e-6

_FAR_ABOVE = 100.0
"""An amplitude this many times the rounding of the coordinates has components that mean something."""


_TURNED: dict[str, Callable[[FloatArray], FloatArray]] = {
    "displacement": partial(representation, 1, "o"),
    "magnetic": partial(representation, 1, "e"),
    # six components with off-diagonal ones times sqrt(2), so that the norm is the Frobenius norm
    "strain": strain_representation,
}
"""How operations turn the components of a kind of field on one site."""


@dataclass(frozen=True, eq=False)
class FieldKind:
    """One kind of field of a distortion: where it lives and how its components on one site turn.

    Attributes
    ----------
    name : str
        ``displacement``, ``occupation``, ``strain`` or ``magnetic``; ``field NAME`` of any other.
    space : BlochSpace
        Wave vectors of the child's cell; for the strain a single site at k = 0.
    matrices : ndarray (g, d, d)
        Representation of the parent's operations on the components on one site.
    elements : tuple of str
        What the components of an occupation stand for.
    odd : bool
        Whether time reversal turns it round.
    listed : ndarray (n_p,) of bool, or None
        Sites of the parent that may hold it; by default all.
    """

    name: str
    space: BlochSpace
    matrices: FloatArray
    elements: tuple[str, ...] = ()
    odd: bool = False
    listed: BoolArray | None = None

    @classmethod
    def of(cls, name: str, space: BlochSpace, elements: tuple[str, ...] = ()) -> FieldKind:
        """A kind of field of a structure by its name, as the operations of the parent turn it."""
        rotations, width = space.parent.rotations_cartesian, len(elements)
        # occupancies are scalars: every operation leaves their components alone
        unturned = np.broadcast_to(np.eye(width), (len(rotations), width, width))
        matrices = _TURNED[name](rotations) if name in _TURNED else unturned
        return cls(name, space, matrices, elements, odd=name == "magnetic")

    @cached_property
    def parts(self) -> SiteParts | None:
        """Site orbits and site irreps (or elements) that the field splits into; none for strain and other fields."""
        if self.name == "strain" or self.name.startswith("field "):
            return None
        makers: dict[str, Callable[[ParentCrystal], SiteParts]] = {
            "occupation": lambda parent: occupation_parts(parent, self.elements),
            "magnetic": magnetic_parts,
        }
        found = makers.get(self.name, displacement_parts)(self.space.parent)
        return found if self.listed is None else found.on(self.listed)

    def held(self, values: ComplexArray) -> list[ActiveIrrep]:
        """The irreps (8) that a field with these components (s, n_p, d) holds, without what is rounding."""
        parts = decompose_field(self.space, values, self.matrices, irreps_on(self.space))
        least = SILENT_PART**2 * sum(part.squared for part in parts)
        return [ActiveIrrep(self, part.irrep, part.values, part.squared) for part in parts if part.squared > least]


@dataclass(frozen=True, eq=False)
class CanonicalOrderParameter:
    """An order parameter in the domain by which directions are named.

    Attributes
    ----------
    text : str or None
        ``(a;0;0)``; only at special k.
    copies : ndarray (m, dim)
        Every copy in that domain.
    pattern : ndarray (f, dim)
        What the letters stand for.
    turn : ndarray (dim, dim)
        Matrix that carries the child's own domain into it.
    """

    text: str | None
    copies: FloatArray
    pattern: FloatArray
    turn: FloatArray

    @property
    def components(self) -> FloatArray:
        """Root-sum-square over the copies (dim,), signed as in the largest; empty without copies."""
        return root_sum_square(self.copies) if len(self.copies) else np.zeros(0)


@dataclass(frozen=True, eq=False)
class ActiveIrrep:
    """One irrep that the distortion holds.

    Attributes
    ----------
    field : FieldKind
        Of which kind of field.
    irrep : Irrep
    values : ndarray (s, n_p, d) complex
        Components on the wave vectors of the child's cell (strain: (1, 1, 6)).
    squared : float
        Squared norm over the child's primitive cell.
    dmax : float or None
        Largest length on one atom, Å (displacement only).
    noise : bool
        Not larger than the scatter of the coordinates.
    name : str
        Of the irrep in this analysis; the label where it is empty.
    counts : bool
        Whether it may be a member of a minimal set.
    resolution : float
        Å; scatter of one coordinate.
    table : StabiliserTable or None
        Stabilisers of all active irreps; None for irreps that only scatter holds.
    """

    field: FieldKind
    irrep: Irrep
    values: ComplexArray
    squared: float
    dmax: float | None = None
    noise: bool = False
    name: str = ""
    counts: bool = True
    resolution: float = 0.0
    table: StabiliserTable | None = None

    @property
    def kind(self) -> str:
        """``displacement``, ``occupation``, ``strain`` or ``magnetic``."""
        return self.field.name

    @property
    def odd(self) -> bool:
        """Whether time reversal turns it round."""
        return self.field.odd

    @property
    def label(self) -> str:
        """Name of the irrep: its label, with the wave vector where two active irreps share it."""
        return self.name or self.irrep.label

    @property
    def stabilisers(self) -> StabiliserTable:
        """The table that it stands in.

        Raises
        ------
        InternalError
            For an irrep that only scatter holds.
        """
        if self.table is None:
            raise InternalError(f"{self.label} is not an active irrep of this analysis")
        return self.table

    @cached_property
    def fixes(self) -> BoolArray:
        """Operations (g, s) that leave this irrep's field alone."""
        return self.stabilisers.fixes(self.label, self.kind)

    @cached_property
    def _copies(self) -> tuple[FloatArray, IntArray]:
        projectors = None if self.field.parts is None else self.field.parts.projectors
        return real_amplitudes(self.field.space, self.field.matrices, self.irrep, self.values, projectors)

    @property
    def copies(self) -> FloatArray:
        """Real order parameters (m, dim) of every copy of the irrep, in the child's own domain."""
        return self._copies[0]

    @property
    def owners(self) -> IntArray:
        """Which of ``field.parts`` each copy belongs to (m,)."""
        return self._copies[1]

    @cached_property
    def canonical(self) -> CanonicalOrderParameter:
        """The order parameter in its canonical domain; outside special k in the child's own."""
        copies, irrep, own = self.copies, self.irrep, np.eye(self.irrep.dim)
        if len(copies) == 0:
            return CanonicalOrderParameter(None, copies, np.zeros((0, copies.shape[1])), own)
        if irrep.kind != "special":
            # outside special k the letters are those of Fix(K) in the child's own domain
            pattern = echelon(self.stabilisers.fixed_rows(irrep, self.fixes, self.odd))
            return CanonicalOrderParameter(None, copies, pattern, own)
        layout = [[irrep.arm_size] * len(irrep.arms)]
        # (16) over the finite group of matrices
        images = image_group(self.field.space.parent, irrep)
        if self.odd:  # the domains of time reversal, too
            images = np.concatenate([images, -images])
        found = canonical_direction([images], [copies], layout)
        free = self.accidental_freedom
        if free is not None:
            # the stabiliser of the larger subspace takes the place of that of the numbers
            kept = np.flatnonzero(np.abs(images @ free.T - free.T).max(axis=(1, 2)) < _SAME)
            found = canonical_direction([images], [copies], layout, kept)
        return CanonicalOrderParameter(found.text, found.components[0], found.patterns[0], images[found.element])

    @cached_property
    def accidental_freedom(self) -> FloatArray | None:
        """Subspace (f, dim) that the child's group leaves free, where equal or zero components may be chance.

        Small amplitudes in coordinates of few decimals often have components that are equal or zero by
        rounding. Unless an amplitude is far above the rounding, its direction is the one that the
        child's group allows, as ISODISTORT gives it. ``None`` where the components speak for themselves.
        """
        if self.irrep.kind != "special" or self.kind != "displacement":
            return None
        if self.squared > (_FAR_ABOVE * self.resolution) ** 2:
            return None
        # Fix(H) against Fix(K) of the irrep alone: more room means components that chance made equal
        child = self.stabilisers.fixed_rows(self.irrep, self.stabilisers.whole)
        own = self.stabilisers.fixed_rows(self.irrep, self.fixes)
        return child if len(child) > len(own) else None

    @cached_property
    def isotropy_subgroup(self) -> Subgroup:
        """Operations that leave the direction of this irrep alone, see :attr:`accidental_freedom`."""
        table, mask, free = self.stabilisers, self.fixes, self.accidental_freedom
        if free is None:
            return Subgroup(table.space, mask)
        matrices = table.matrices(self.irrep, mask)
        # operations that leave every vector of the free subspace alone (13)
        kept = np.abs(matrices @ free.T - free.T).max(axis=(1, 2)) < _SAME
        result = np.zeros_like(mask)
        result[tuple(np.argwhere(mask)[kept].T)] = True
        return Subgroup(table.space, result)
