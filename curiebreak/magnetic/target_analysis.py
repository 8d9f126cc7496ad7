"""Any fields as what a symmetry breaking has to explain: with a distortion, or on the undistorted parent.

Each field is one more kind of change, whose irreps stand beside those of displacements. The distortion as a whole and
every field count alike: fields are scaled to its norm. Where a field is odd under time reversal the parent is grey, and
masks of operations are (2 g, s), the second half of which reverses time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.magnetic.grey_group import GreySubgroup, family, with_time
from curiebreak.magnetic.magnetic_analysis import names_of
from curiebreak.mapping.distortion import Distortion
from curiebreak.modes.active import ActiveIrrep, FieldKind
from curiebreak.modes.analysis import Analysis
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.bloch import bloch_space, single_site
from curiebreak.symmetry.cell_operations import CellField, CellOperations, parent_operations
from curiebreak.symmetry.child_group import ChildGroup
from curiebreak.symmetry.closure import is_group
from curiebreak.symmetry.isotropy import Active, StabiliserTable
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.symmetry.sublattices import hermite_normal_form, reduce_vectors, residue_index
from curiebreak.symmetry.tensors import field_matrices

SMALL_CHANGE = 0.05
"""Part of the norm of a field below which a change that counts as broken symmetry is worth a word."""


@dataclass(frozen=True, eq=False)
class CellTarget:
    """One field of the target on the atoms of the analysed cell.

    Attributes
    ----------
    field : Field
        Its values are those of the atoms of the cell (or the whole of it), in the parent's frame.
    text : str
        What was written to name it.
    scale : float
        By which the values are multiplied where fields are added up.
    """

    field: Field
    text: str
    scale: float = 1.0

    @property
    def kind(self) -> str:
        """What it is called among the kinds of changes."""
        return f"field {self.field.name}"


class TargetStabilisers(StabiliserTable):
    """Stabilisers and floors where fields count beside displacements and occupation."""

    def _counted(self, measure: str) -> list[Active]:
        """As structure everything but the strain."""
        if measure != "structure":
            return super()._counted(measure)
        return [a for a in self.active if a.kind != "strain"]

    def floor_of(self, kind: str, mask: BoolArray) -> float | None:
        """Curie floor of one field."""
        return self._floor(mask, [a for a in self.active if a.kind == kind])


@dataclass(frozen=True, eq=False)
class TargetAnalysis(Analysis):
    """The analysis of fields, with the distortion of a child or without one.

    Attributes
    ----------
    targets : tuple of CellTarget
        Averaged over the group that keeps them all.
    thetas : ndarray (m,) of int
        -1 for those of ``group.operations`` that reverse time.
    messages : tuple of str
        What is small and was counted though.
    """

    targets: tuple[CellTarget, ...] = ()
    thetas: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    messages: tuple[str, ...] = ()

    @property
    def distorted(self) -> bool:
        """Whether there is more to explain than fields."""
        return any(self.target_of(mode) is None for mode in self.modes)

    @property
    def stabilisers(self) -> TargetStabilisers:
        """The table of stabilisers, which knows the floor of each field."""
        if not isinstance(self.isotropy, TargetStabilisers):
            raise TypeError("the analysis of fields has a table of its own")
        return self.isotropy

    @property
    def child_group(self) -> Subgroup:
        """The stabiliser of everything."""
        return self.subgroup(self.child_operations)

    def subgroup(self, mask: BoolArray) -> Subgroup:
        """The subgroup of the parent, or of the grey parent, with the operations `mask`."""
        return GreySubgroup(self.space, mask) if self.grey else Subgroup(self.space, mask)

    def mode_of_any_kind(self, label: str) -> ActiveIrrep | None:
        """The active irrep with this name: of the distortion before the fields."""
        own = super().mode_of_any_kind(label)
        return own or next((m for t in self.targets if (m := self.mode(label, t.kind)) is not None), None)

    def target_of(self, mode: ActiveIrrep) -> CellTarget | None:
        """The field that an active irrep is a part of."""
        return next((t for t in self.targets if t.kind == mode.kind), None)


def undistorted(distortion: Distortion) -> Analysis:
    """The analysis of nothing on the cell of a map without displacements: fields can be laid on it."""
    parent, count = distortion.parent, len(distortion.site)
    still = CellField(
        parent,
        distortion.cell,
        distortion.site,
        distortion.cell_index,
        np.zeros((count, 3)),
        np.zeros((count, 0)),
        np.zeros((3, 3)),
    )
    operations = parent_operations(still)
    group = ChildGroup.exact(still, operations)
    space = operations.space
    strain_space = bloch_space(single_site(parent), np.eye(3, dtype=np.int64))
    return Analysis(distortion, group, space, strain_space, (), StabiliserTable(space, (), False))


@dataclass(frozen=True, eq=False)
class TargetLayer:
    """Fields laid on an analysed distortion.

    Attributes
    ----------
    base : Analysis
        Of the distortion, or of none (:func:`undistorted`).
    targets : tuple of CellTarget
        On the atoms of ``base.group.field``.
    tolerance : float
        Change of a field, relative to its norm, that counts as none.
    """

    base: Analysis
    targets: tuple[CellTarget, ...]
    tolerance: float

    @property
    def grey(self) -> bool:
        """Whether a field is odd under time reversal."""
        return any(one.field.odd for one in self.targets)

    def analysis(self) -> TargetAnalysis:
        """Average the fields over what keeps them, decompose them, find the stabilisers.

        Raises
        ------
        InputError
            If the operations that keep the fields are no group, or a field is nothing.
        """
        for one in self.targets:
            if not np.abs(one.field.values).max(initial=0.0) > 0.0:
                raise InputError(f"The field {one.field.name!r} is zero: there is nothing to explain.", "Leave it out.")
        layer = self if self.base.modes else self._reduced()
        kept = layer.kept()
        layer._require_group(kept)
        return replace(layer._averaged(*layer._acting(kept)), messages=layer._small_changes(kept))

    def kept(self) -> BoolArray:
        """Operations (g, s), or (2 g, s), that keep the distortion and every field."""
        return np.asarray(self._possible() & (self._changes() <= self.tolerance + 1e-6))

    def _possible(self) -> BoolArray:
        """Operations that keep the distortion."""
        return np.array(self._all(self.base.child_operations), dtype=bool)

    def _changes(self) -> FloatArray:
        """Largest change of a field, relative to its norm, under each operation (g, s) or (2 g, s)."""
        found = np.zeros(self._possible().shape)
        for one in self.targets:
            space, values, matrices = self.base.laid(one.field)
            squared = float((np.abs(values) ** 2).sum())
            overlaps = self._all(space.overlaps(values[None], matrices)[0] / squared, one.field.time)
            # |g y - y|^2 = 2 (1 - <y, g y>) at unit norm
            found = np.maximum(found, np.sqrt(np.maximum(2 * (1 - overlaps), 0.0)))
        return found

    def _small_changes(self, kept: BoolArray) -> tuple[str, ...]:
        """A word on operations that count as broken though they hardly change anything: scatter of the values."""
        broken = self._changes()[self._possible() & ~kept]
        smallest = float(broken.min(initial=np.inf))
        if smallest > SMALL_CHANGE:
            return ()
        below = int((broken <= SMALL_CHANGE).sum())
        largest = float(broken[broken <= SMALL_CHANGE].max())
        return (
            f"{below} operations change the fields by {100 * smallest:.2g} to {100 * largest:.2g} % of their norm and "
            f"count as broken; --target-tolerance {1.5 * largest:.2g} takes that for scatter.",
        )

    def _all(self, rows: Any, time: int = 1) -> Any:
        """Rows of all operations: with time reversal behind those without where the parent is grey."""
        return with_time(rows, time) if self.grey else rows

    def _reduced(self) -> TargetLayer:
        """The same on the primitive cell of the translations that keep the fields, time not reversed."""
        base, kept = self.base, self.kept()
        if int(kept[0].sum()) == 1 or base.parent.is_molecule:
            return self
        old, count = base.group.field, len(base.parent.species)
        hnf = hermite_normal_form(np.concatenate([old.cell, base.space.translations[kept[0]]]))
        where = residue_index(reduce_vectors(old.cell_index, hnf), hnf) * count + old.site
        first = np.sort(np.unique(where, return_index=True)[1])
        smaller = undistorted(
            replace(
                base.distortion,
                cell=hnf,
                site=old.site[first],
                cell_index=old.cell_index[first],
                child_atoms=base.distortion.child_atoms[first],
                displacements=base.distortion.displacements[first],
            )
        )
        moved = [
            one if one.field.per == "global" else replace(one, field=replace(one.field, values=one.field.values[first]))
            for one in self.targets
        ]
        return TargetLayer(smaller, tuple(moved), self.tolerance)

    def _require_group(self, kept: BoolArray) -> None:
        count = self.base.parent.n_operations
        masks = [kept[:count], family(kept)] if self.grey else [kept]
        if not all(is_group(self.base.space, mask) for mask in masks):
            raise InputError(
                "The fields keep a set of operations that is no group at this tolerance.",
                "Give them with more digits, or change --target-tolerance.",
            )

    def _acting(self, kept: BoolArray) -> tuple[CellOperations, IntArray]:
        """The operations `kept` on the atoms of the cell, and -1 for those that reverse time."""
        every, count = parent_operations(self.base.group.field), self.base.parent.n_operations
        rows, tau = np.nonzero(kept)
        chosen = (rows % count) * self.base.space.size + tau
        operations = replace(
            every,
            operation=every.operation[chosen],
            translation=every.translation[chosen],
            permutations=every.permutations[chosen],
        )
        return operations, np.where(rows < count, 1, -1)

    def _averaged(self, operations: CellOperations, thetas: IntArray) -> TargetAnalysis:
        """The analysis of the means of all fields over the operations that keep them."""
        base = replace(self.base, group=replace(self.base.group, operations=operations))
        # each field counts as much as the distortion
        weight = sum(m.squared for m in base.modes if m.kind != "strain") or 1.0
        targets = tuple(self._mean(one, operations, thetas, weight) for one in self.targets)
        return TargetLayer(base, targets, self.tolerance)._decomposed(thetas)

    def _mean(self, one: CellTarget, operations: CellOperations, thetas: IntArray, weight: float) -> CellTarget:
        """The mean of a field over what keeps it, with the scale that gives it the squared norm `weight`."""
        matrices, values = field_matrices(one.field, self.base.parent.rotations_cartesian), one.field.values
        total, everywhere = np.zeros_like(values), one.field.per == "global"
        for g, images, theta in zip(operations.operation, operations.permutations, thetas, strict=True):
            # (14) at an atom: D^-1 of the values at its images
            sign = theta if one.field.odd else 1
            total += sign * (values if everywhere else values[images]) @ matrices[g]
        mean = total / len(thetas)
        norm = float(np.linalg.norm(mean)) or 1.0
        return replace(one, field=replace(one.field, values=mean), scale=float(np.sqrt(weight)) / norm)

    def _decomposed(self, thetas: IntArray) -> TargetAnalysis:
        """Irreps of the fields beside those of the distortion, and the stabilisers of all."""
        base, parts = self.base, [part for one in self.targets for part in self._parts(one)]
        held = (*base.modes, *parts)
        names = names_of(held)
        modes = [replace(mode, name=names.of(mode.irrep, mode.odd)) for mode in held]
        active = [
            replace(a, label=mode.label, overlaps=self._all(a.overlaps))
            for a, mode in zip(base.isotropy.active, modes, strict=False)
        ]
        active += [self._entry(mode) for mode in modes[len(active) :]]
        table = TargetStabilisers(base.space, active, base.isotropy.use_strain)
        return TargetAnalysis(
            base.distortion,
            base.group,
            base.space,
            base.strain_space,
            tuple(replace(mode, table=table) for mode in modes),
            table,
            base.scatter,
            names,
            self.targets,
            thetas,
        )

    def _parts(self, one: CellTarget) -> list[ActiveIrrep]:
        """Irreps that a field holds, without what is rounding."""
        space, values, matrices = self.base.laid(one.field)
        return FieldKind(one.kind, space, matrices, odd=one.field.odd).held(one.scale * values)

    def _entry(self, mode: ActiveIrrep) -> Active:
        """An irrep of a field in the table of stabilisers."""
        shape = (len(self.base.parent.rotations_cartesian), self.base.space.size)
        overlaps = mode.field.space.overlaps(mode.values[None], mode.field.matrices)[0]
        grey = self._all(np.broadcast_to(overlaps, shape), -1 if mode.odd else 1)
        return Active(mode.label, mode.kind, mode.squared, grey)
