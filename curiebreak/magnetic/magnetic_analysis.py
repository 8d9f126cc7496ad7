"""The exact analysis of a magnetic structure: irreps of moments and of the structure, and their groups with time.

Time reversal is -1 in every irrep of the moments and 1 in every irrep of the structure. Their stabilisers are taken in
the grey group G x {1, 1'}: tables of overlaps over (2 g, s) operations, of which the rows g ... 2 g - 1 reverse time.
For moments ``<m, theta {R|t} m> = theta <m, {R|t} m>``, for the structure both halves are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray, common
from curiebreak.errors import InputError
from curiebreak.fields import strain_vector
from curiebreak.magnetic.grey_group import with_time
from curiebreak.magnetic.magnetic_field import (
    GreyOperations,
    MagneticField,
    atom_images,
    averaged,
    fields_of,
    found_operations,
    listed_operations,
    reduced,
)
from curiebreak.magnetic.stated_setting import Placed
from curiebreak.modes.active import ActiveIrrep, FieldKind
from curiebreak.modes.analysis import ROUNDING, ExplainedBySets
from curiebreak.structures.precision import precision_of
from curiebreak.symmetry.bloch import BlochSpace, bloch_space, single_site
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import TIE, Active, MinimalSet, StabiliserTable
from curiebreak.symmetry.parent import ParentCrystal

FOLLOWS = 0.1
"""Part of the squared moments below which an irrep may follow from another and a structural one."""


class GreyStabilisers(StabiliserTable):
    """Stabilisers and minimal sets in the grey group; sets are ranked by their part of the squared moments."""

    def share(self, labels: Iterable[str]) -> float:
        """Part of the squared moments in these irreps."""
        wanted = set(labels)
        total = self.total_of("magnetic")
        part = sum(a.squared for a in self.active if a.kind == "magnetic" and a.label in wanted)
        return part / total if total else super().share(labels)

    def minimal_sets(self) -> list[MinimalSet]:
        """Every minimal set: by the share of the moments, then by that of the structure.

        An irrep of less than a tenth of the squared moments is no cause where a structural one can stand in its
        place: of two sets that differ in nothing else the one with the structural irrep comes first.
        """
        sets = sorted(super().minimal_sets(), key=lambda s: (-round(s.share, 6), -round(self.structural_share(s), 6)))
        while sets and (better := self._with_structure(sets)) is not None:
            sets = [better, *(s for s in sets if s is not better)]
        return sets

    def structural_share(self, one: MinimalSet) -> float:
        """Part of the squared displacements and changes of occupancy in the irreps of a set."""
        kinds = ("displacement", "occupation")
        total = self.total_of(*kinds)
        part = sum(a.squared for a in self.active if a.kind in kinds and a.label in one.labels)
        return part / total if total else 0.0

    def competing(self, sets: list[MinimalSet]) -> list[MinimalSet]:
        """The sets that carry the same share of moments and structure as the first within 1 %, itself included."""

        def near(one: float, best: float) -> bool:
            return abs(one - best) <= TIE * max(best, TIE)

        return [
            s
            for s in sets
            if near(s.share, sets[0].share) and near(self.structural_share(s), self.structural_share(sets[0]))
        ]

    def _with_structure(self, sets: list[MinimalSet]) -> MinimalSet | None:
        """The set that has structural irreps for weak moments of the first one, if there is one."""
        odd = {a.label for a in self.active if a.kind == "magnetic"}
        for other in sets[1:]:
            left, new = set(sets[0].labels) - set(other.labels), set(other.labels) - set(sets[0].labels)
            if left and left <= odd and not new & odd and self.share(left) < FOLLOWS:
                return other
        return None

    def total_of(self, *kinds: str) -> float:
        """Squared norm of all fields of these kinds."""
        return sum(a.squared for a in self.active if a.kind in kinds)

    def operations_with_time(self, mask: BoolArray) -> tuple[IntArray, FloatArray, IntArray]:
        """Rotations, translations (primitive parent axes) and time signs of the operations `mask` (2 g, s)."""
        rows, tau = np.nonzero(mask)
        parent = self.space.parent
        g = rows % len(parent.rotations)
        thetas = np.where(rows < len(parent.rotations), 1, -1)
        return parent.rotations[g], parent.translations[g] + self.space.translations[tau], thetas


@dataclass(frozen=True, eq=False)
class MagneticAnalysis(ExplainedBySets):
    """Everything exact about one magnetic structure.

    Attributes
    ----------
    placed : Placed
    field : MagneticField
        Averaged over `operations`, on the primitive magnetic cell.
    operations : GreyOperations
        The group that the fields were averaged over, on the cell of the file.
    space : BlochSpace
    active : tuple of ActiveIrrep
    isotropy : GreyStabilisers
    messages : tuple of str
    """

    placed: Placed
    field: MagneticField
    operations: GreyOperations
    space: BlochSpace
    active: tuple[ActiveIrrep, ...]
    isotropy: GreyStabilisers
    messages: tuple[str, ...] = ()

    @property
    def parent(self) -> ParentCrystal:
        """The parent."""
        return self.field.parent

    @property
    def whole(self) -> BoolArray:
        """The structure's magnetic group as a mask (2 g, s)."""
        return self.isotropy.whole

    def is_primary(self, one: ActiveIrrep, labels: tuple[str, ...] | None = None) -> bool:
        """Whether a field belongs to a set, by default the best one; strain follows displacements of its irrep."""
        if one.label not in (self.primary if labels is None else labels):
            return False
        others = any(a.label == one.label and a.kind in ("displacement", "occupation") for a in self.active)
        return one.kind != "strain" or not others


def analyse_placed(placed: Placed, *, symprec: float | None = None, strain_tolerance: float = 1e-3) -> MagneticAnalysis:
    """Average, decompose, find the groups.

    Parameters
    ----------
    placed : Placed
    symprec : float, optional
        Å, for structures whose source lists no operations.
    strain_tolerance : float
        Largest component of a strain that lowers no symmetry.

    Raises
    ------
    InputError
        Where no atom has a moment.
    """
    whole = fields_of(placed)
    if np.abs(whole.moments).max(initial=0.0) < EXACT_MOMENT:
        raise InputError(
            f"All moments of {placed.crystal.name} are zero.", "Compare its structure as a CIF without moments."
        )
    listed = any(not np.allclose(r, np.eye(3)) for r, _, _ in placed.crystal.operations)
    operations = listed_operations(placed, whole) if listed else found_operations(placed, whole, symprec)
    even = averaged(whole, operations)
    counted, messages = _counted(placed, even, strain_tolerance)
    lost = float(np.linalg.norm(even.moments - whole.moments, axis=1).max())
    if lost > 2.0 * placed.crystal.moment_step:
        messages.append(f"Averaging over the magnetic group changes a moment by {lost:.3g} μB.")
    return replace(analyse_fields(placed, reduced(counted), operations), messages=tuple(messages))


def analyse_fields(placed: Placed, small: MagneticField, operations: GreyOperations | None = None) -> MagneticAnalysis:
    """Irreps and groups of fields that are exact already, on their primitive magnetic cell (`small`).

    `operations` are those that the fields were averaged over; by default none but the identity.
    """
    space = small.space()
    if operations is None:
        unit = np.zeros(1, dtype=np.int64)
        operations = GreyOperations(space, unit, unit, unit + 1, atom_images(small, space, unit, unit))
    active = _active_fields(small, space, placed.distortion.occupation_elements)
    entries = [Active(a.label, a.kind, a.squared, _overlaps(a, space)) for a in active]
    lowering = common((e.fixes for e in entries if e.kind != "strain"), entries[0].overlaps.shape)
    use_strain = any(e.kind == "strain" and not e.fixes[lowering].all() for e in entries)
    isotropy = GreyStabilisers(space, entries, use_strain)
    active = [replace(one, table=isotropy) for one in active]
    return MagneticAnalysis(placed, small, operations, space, tuple(active), isotropy)


EXACT_MOMENT = 1e-6
"""μB below which a moment is none."""


def _counted(placed: Placed, field: MagneticField, strain_tolerance: float) -> tuple[MagneticField, list[str]]:
    """The fields without what lies at the resolution of the file, and a word on each that was left out."""
    child = placed.distortion.child
    own = precision_of(child)
    messages = []
    size = float(np.linalg.norm(field.displacements, axis=1).max(initial=0.0))
    limit = ROUNDING * own.position
    if size <= limit:
        field = replace(field, displacements=np.zeros_like(field.displacements))
        if size > 1e-4:
            messages.append(
                f"Displacements of at most {size:.2g} Å lie within the written decimals ({limit:.2g} Å): not counted."
            )
    turned = np.array(field.parent.rotations_cartesian)
    symmetric = np.einsum("gij,jk,glk->il", turned, field.strain, turned) / len(turned)
    broken = float(np.abs(field.strain - symmetric).max())
    if broken <= strain_tolerance:
        field = replace(field, strain=np.zeros((3, 3)))
        if broken > 1e-5:
            messages.append(f"A strain of {broken:.2g} lies below the tolerance ({strain_tolerance:g}): not counted.")
    else:  # the parent's cell is the child's, averaged: the symmetric part says nothing
        field = replace(field, strain=field.strain - symmetric)
    return field, messages


def _active_fields(field: MagneticField, space: BlochSpace, elements: tuple[str, ...] = ()) -> list[ActiveIrrep]:
    """Irreps of every kind of field, by name; `elements` are those of the occupation."""
    found = [one for kind, values in _kinds(field, space, elements) for one in kind.held(values)]
    names = names_of(found)
    return [replace(one, dmax=_largest(field, one), name=names.of(one.irrep, one.odd)) for one in found]


def names_of(active: Sequence[ActiveIrrep]) -> IrrepNames:
    """What irreps are called, `m` in front for moments; wave vectors where two of a time parity share a label."""
    return IrrepNames((one.irrep for one in active if not one.odd), odd=(one.irrep for one in active if one.odd))


def _largest(field: MagneticField, one: ActiveIrrep) -> float | None:
    """Largest length on one atom; ``None`` for what is no vector."""
    if one.kind not in ("magnetic", "displacement"):
        return None
    return float(np.linalg.norm(field.from_waves(one.field.space, one.values), axis=1).max())


def _kinds(
    field: MagneticField, space: BlochSpace, elements: tuple[str, ...]
) -> Iterator[tuple[FieldKind, ComplexArray]]:
    """Every kind of field that is not zero, with its components on the wave vectors."""
    on_atoms = {"magnetic": field.moments, "displacement": field.displacements, "occupation": field.occupation}
    for name, values in on_atoms.items():
        if values.any():
            yield FieldKind.of(name, space, elements if name == "occupation" else ()), field.to_waves(space, values)
    if field.strain.any():
        one_site = bloch_space(single_site(field.parent), np.eye(3, dtype=np.int64))
        values = strain_vector(field.strain).reshape(1, 1, 6)
        yield FieldKind.of("strain", one_site), values.astype(complex)


def _overlaps(one: ActiveIrrep, space: BlochSpace) -> FloatArray:
    """``<f, theta {R|t + tau} f>``: ndarray (2 g, s)."""
    matrices = one.field.matrices
    # (25): the sign of time reversal in front of the overlaps without it
    plain = one.field.space.overlaps(one.values[None], matrices)[0]
    plain = np.broadcast_to(plain, (len(matrices), space.size))
    return with_time(plain, -1 if one.odd else 1)
