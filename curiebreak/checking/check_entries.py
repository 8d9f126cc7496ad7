"""Entries of a check: forbidding operations, subgroups, irreps with directions and global carriers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.checking.verdict import lowest_global_carrier
from curiebreak.errors import InputError
from curiebreak.magnetic.grey_group import grey_subgroup
from curiebreak.results import (
    CarrierResult,
    IrrepEntry,
    IsotropySubgroup,
    Kind,
    vector,
)
from curiebreak.results.check import ForbiddingOperation
from curiebreak.symmetry.bloch import BlochSpace, bloch_space, single_site
from curiebreak.symmetry.images import named_direction
from curiebreak.symmetry.isotropy import Active, StabiliserTable
from curiebreak.symmetry.isotypic import Irrep, IsotypicPart, project
from curiebreak.symmetry.order_parameter import orbit_parts, real_amplitudes
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.subgroup import Subgroup


class Turning(Protocol):
    """A field on a group, as :class:`curiebreak.checking.finite.Placed` is."""

    @property
    def space(self) -> BlochSpace:
        """Wave vectors."""

    @property
    def matrices(self) -> FloatArray:
        """Matrices (g, d, d)."""

    @property
    def squared(self) -> float:
        """Squared norm."""


@dataclass(frozen=True, eq=False)
class ActivePart:
    """One irrep that an output holds.

    Attributes
    ----------
    label : str
        Its name, ``m`` in front where time reversal is -1 in it.
    component : IsotypicPart
    field : Turning
        The field that holds it.
    quantity : str
        What the field is.
    time : int
        1 or -1: even or odd under time reversal.
    """

    label: str
    component: IsotypicPart
    field: Turning
    quantity: str
    time: int = 1

    def overlaps(self) -> FloatArray:
        """With its own images under the group (g, s), in parts of the field."""
        one = self.field
        return np.asarray(one.space.overlaps(self.component.values[None], one.matrices)[0] / one.squared)

    def active(self, overlaps: FloatArray) -> Active:
        """Its row in a table of stabilisers, with these overlaps of the whole group."""
        kind = "strain" if self.quantity == "strain" else "field"
        return Active(self.label, kind, self.component.squared / self.field.squared, overlaps)


def forbidding_operations(group: Subgroup) -> tuple[ForbiddingOperation, ...]:
    """Operations of the whole group that are not in a subgroup, by kind and axis."""
    return tuple(ForbiddingOperation(kind=kind, axis=axis, count=n) for kind, axis, n in group.lost)


def subgroup(space: BlochSpace, mask: BoolArray) -> IsotropySubgroup | None:
    """The operations `mask` (g, s) named and placed; None where they are no named group."""
    found = Subgroup(space, mask)
    if not found.is_group:
        return None
    with suppress(InputError):  # a point group of a molecule without a name
        return found.described()
    return None


def irrep_entries(
    isotropy: StabiliserTable, labels: tuple[str, ...], found: Sequence[ActivePart]
) -> tuple[IrrepEntry, ...]:
    """One entry for each label of a set; numbers are over the primitive cell of the output, not the file's."""
    space, entries = isotropy.space, []
    grey = len(isotropy.remaining) > space.parent.n_operations
    # the output's primitive cells in the file's cell: lattice translations that it keeps
    cells = int(isotropy.whole[0].sum())
    for label in labels:
        parts = [part for part in found if part.label == label]
        irrep, time = parts[0].component.irrep, parts[0].time
        mask = isotropy.stabiliser([label])
        text, components = _direction(space.parent, irrep, parts)
        amplitude = float(np.sqrt(parts[0].component.squared / cells)) if len(parts) == 1 else None
        entries.append(
            IrrepEntry(
                irrep=irrep.label if time > 0 else f"m{irrep.label}",
                name=label,
                kpoint=irrep.kpoint,
                kind=_kind({part.quantity for part in parts}),
                role="primary",
                direction=text,
                components=vector(components / np.sqrt(cells)),
                amplitude_supercell=amplitude,
                amplitude_parent=None if amplitude is None else amplitude * float(np.sqrt(cells / space.size)),
                share=isotropy.share([label]),
                isotropy_subgroup=grey_subgroup(space, mask) if grey else subgroup(space, mask),
                carrier=lowest_carrier(space, irrep, mask, time),
            )
        )
    return tuple(entries)


def _kind(kinds: set[str]) -> Kind:
    """What an irrep belongs to: of several quantities, not the strain."""
    for kind in ("displacement", "occupation", "field"):
        if kind in kinds:
            return cast(Kind, kind)
    return "strain"


def _direction(parent: ParentCrystal, irrep: Irrep, parts: Sequence[ActivePart]) -> tuple[str | None, FloatArray]:
    copies = []
    for part in parts:
        one = part.field
        orbits = orbit_parts(one.space, one.matrices.shape[1])
        copies.append(real_amplitudes(one.space, one.matrices, irrep, part.component.values, orbits)[0])
    return named_direction(parent, irrep, np.concatenate(copies))


def lowest_carrier(space: BlochSpace, irrep: Irrep, mask: BoolArray, time: int = 1) -> CarrierResult | None:
    """The global field of lowest l that holds the irrep with just the operations `mask` left; None at k != 0.

    Of a mask (2 g, s) the second half of the rows reverses time, under which the field has the parity `time`.
    """
    if not mask[0].all():
        return None
    parent = space.parent
    one = bloch_space(single_site(parent), np.eye(3, dtype=np.int64))

    def part(degree: int, parity: str, matrices: FloatArray, field: FloatArray) -> FloatArray:
        return np.asarray(project(one, field.reshape(1, 1, -1).astype(complex), matrices, irrep).real.ravel())

    return lowest_global_carrier(parent.rotations_cartesian, np.asarray(mask.any(axis=1)), part, time)
