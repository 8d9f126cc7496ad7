"""The exact analysis of a distortion, as arrays: groups, isotypic components, minimal sets, floors.

This is the independent engine that the learned answer is checked against. It never imports the
learned side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.fields import strain_tensor, strain_vector
from curiebreak.mapping.distortion import Distortion
from curiebreak.modes.active import SILENT_PART, ActiveIrrep, FieldKind
from curiebreak.options.option_rules import require
from curiebreak.structures.fields_model import Field
from curiebreak.structures.precision import SIGMAS, precision_of
from curiebreak.symmetry.bloch import BlochSpace, bloch_space, single_site
from curiebreak.symmetry.child_group import CellField, ChildGroup, Resolution, find_child_group
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import Active, MinimalSet, StabiliserTable
from curiebreak.symmetry.isotypic import Irrep, IsotypicPart, decompose_field, invariant_freedom, irreps_on
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.symmetry.tensors import field_matrices

ROUNDING = 2.0
"""Units of the last decimal by which rounding can change the distance of an atom from the image of another."""

LEAST_OCCUPATION = 1e-6
"""Occupancies are added up and normalised in double precision."""

SILENT = 1e-7
"""Norm (Å, occupancy or strain, over the child's cell) below which a component is rounding, unless it is a larger
part of its field than `SILENT_PART`: trained losses count all of a small strain, and so do floors."""

NOISE_SHOWN = 1e-3
"""Å; irreps that only scatter produces are listed above this amplitude."""


class ExplainedBySets:
    """Minimal sets of the irreps whose stabilisers are known."""

    isotropy: StabiliserTable

    @cached_property
    def minimal_sets(self) -> list[MinimalSet]:
        """Every minimal set, best share first."""
        return self.isotropy.minimal_sets()

    @property
    def primary(self) -> tuple[str, ...]:
        """Labels of the best minimal set; empty when nothing is broken."""
        return self.minimal_sets[0].labels if self.minimal_sets else ()

    def tied(self, of: str, name: Callable[[str], str] = str) -> list[str]:
        """A word where several sets compete; `of` says what they carry, `name` how a member is written."""
        if len(self.ambiguous_sets) < 2:
            return []
        sets = " and ".join(" ⊕ ".join(map(name, found.labels)) for found in self.ambiguous_sets)
        return [f"The minimal sets {sets} carry the same share of the {of} within 1 %."]

    @property
    def ambiguous_sets(self) -> list[MinimalSet]:
        """The sets that compete with the best one, itself included."""
        return self.isotropy.competing(self.minimal_sets)


@dataclass(frozen=True, eq=False)
class Analysis(ExplainedBySets):
    """Everything exact about one distortion.

    Attributes
    ----------
    distortion : Distortion
    group : ChildGroup
        H of the displacements and occupations, with the averaged field.
    space, strain_space : BlochSpace
        Wave vectors of the child's primitive cell; the pseudo-site that carries the strain.
    modes : tuple of ActiveIrrep
    isotropy : StabiliserTable
    scatter : tuple of ActiveIrrep
        Irreps that only noise produces: held by what the average over H removed. Their squared
        norms refer to the child's cell as it was given.
    names : IrrepNames
        What each irrep is called.
    """

    distortion: Distortion
    group: ChildGroup
    space: BlochSpace
    strain_space: BlochSpace
    modes: tuple[ActiveIrrep, ...]
    isotropy: StabiliserTable
    scatter: tuple[ActiveIrrep, ...] = ()
    names: IrrepNames = field(default_factory=IrrepNames)

    @property
    def parent(self) -> ParentCrystal:
        """The parent."""
        return self.distortion.parent

    @property
    def grey(self) -> bool:
        """Whether something is odd under time reversal; then a second half of each mask of operations reverses time."""
        return self.isotropy.shape[0] > self.parent.n_operations

    @property
    def child_operations(self) -> BoolArray:
        """Mask (g, s) of the stabiliser of the whole distortion, strain included where it lowers it."""
        return self.isotropy.whole

    def name_of(self, irrep: Irrep, odd: bool = False) -> str:
        """What an irrep is called, with `m` in front where time reversal turns its fields round (`odd`)."""
        return self.names.of(irrep, odd)

    @property
    def without_given(self) -> Analysis:
        """The same for the whole group of the parent, where known fields leave only a part of it."""
        if self.isotropy.remaining.all():
            return self
        return replace(self, isotropy=self.isotropy.under(None))

    @property
    def resolution(self) -> float:
        """Å; scatter of one coordinate from the decimals of the child's file, or from its noise."""
        return max(self.group.field.resolution.sigma, self.group.noise_sigma)

    def subgroup(self, mask: BoolArray) -> Subgroup:
        """The subgroup of the parent with the operations `mask` (g, s)."""
        return Subgroup(self.space, mask)

    @property
    def child_group(self) -> Subgroup:
        """The stabiliser of the whole distortion."""
        return Subgroup(self.space, self.child_operations)

    @cached_property
    def original_atoms(self) -> IntArray:
        """Index in the distortion's arrays of each atom of the child's primitive cell (n,)."""
        distortion, field = self.distortion, self.group.field
        keys = zip(distortion.site, distortion.cell_index, strict=True)
        known = {(int(s), *map(int, c)): i for i, (s, c) in enumerate(keys)}
        own = zip(field.site, field.cell_index, strict=True)
        return np.array([known[(int(s), *map(int, c))] for s, c in own], dtype=np.int64)

    def laid(self, one: Field) -> tuple[BlochSpace, ComplexArray, FloatArray]:
        """Where a field on the child's cell lives, its components on wave vectors, how those on one atom turn."""
        matrices = field_matrices(one, self.parent.rotations_cartesian)
        if one.per == "global":
            # a tensor of the cell lives where the strain does, at k = 0
            return self.strain_space, one.values.reshape(1, 1, -1).astype(complex), matrices
        return self.space, self.group.field.to_waves(self.space, one.values), matrices

    def is_primary(self, mode: ActiveIrrep, primary: Sequence[str] | None = None) -> bool:
        """Whether an irrep belongs to a set of primaries, by default the best minimal set.

        A strain follows the displacements of its own irrep, unless it lowers the symmetry further than they do.
        """
        if mode.noise or mode.label not in (self.primary if primary is None else primary):
            return False
        if mode.kind != "strain" or self.isotropy.use_strain:
            return True
        return not any(m.label == mode.label and m.kind != "strain" and not m.noise for m in self.modes)

    def mode_of_any_kind(self, label: str) -> ActiveIrrep | None:
        """The active irrep with this name: of displacements before occupations before strain; of moments."""
        kinds = ("displacement", "occupation", "strain", "magnetic")
        return next((m for kind in kinds if (m := self.mode(label, kind)) is not None), None)

    def mode(self, label: str, kind: str = "displacement") -> ActiveIrrep | None:
        """The active mode with this name and kind, if there is one."""
        return next((m for m in self.modes if m.label == label and m.kind == kind), None)


def cell_field(distortion: Distortion) -> CellField:
    """The distortion as a field on the child's cell, mean displacement zero."""
    parent = distortion.parent
    # AMPLIMODES' convention: no rigid translation, which symmetry does not fix in a polar child
    displacements = distortion.displacements - distortion.displacements.mean(axis=0)
    occupation = distortion.occupation
    return CellField(
        parent=parent,
        cell=distortion.cell,
        site=distortion.site,
        cell_index=distortion.cell_index,
        displacements=displacements,
        occupation=np.zeros((len(displacements), 0)) if occupation is None else occupation,
        strain=distortion.strain,
        resolution=resolution_of(distortion),
    )


def resolution_of(distortion: Distortion) -> Resolution:
    """What the two files resolve.

    Rounding moves a coordinate by half a unit u of its last decimal and two atoms apart by up to ``2 u`` (three
    components, axes not at right angles), with ``u / sqrt(12)`` as standard deviation of one component. Where the
    child states standard uncertainties, no component is known better than the smallest, s, and no difference of two
    better than ``3 sqrt(2) s``.
    """
    child, parent = distortion.child, distortion.parent.structure
    own, other = precision_of(child), precision_of(parent)
    strain = parent_strain = 0.0
    uncertain = SIGMAS * float(np.sqrt(2)) * own.uncertainty
    if child.lattice is not None and parent.lattice is not None:
        # a last decimal of an edge or a position, over the shortest edge
        strain = max(own.length, own.position) / float(np.linalg.norm(child.lattice, axis=1).min())
        parent_strain = 0.5 * other.length / float(np.linalg.norm(parent.lattice, axis=1).min())
    return Resolution(
        position=max(ROUNDING * own.position, uncertain),
        # standard deviation of a number that is rounded evenly over one unit
        sigma=max(own.position / float(np.sqrt(12)), own.uncertainty),
        shift=max(ROUNDING * (own.position + other.position), uncertain),
        occupation=max(own.occupancy, LEAST_OCCUPATION),
        strain=strain,
        parent_strain=parent_strain,
    )


def analyse(
    distortion: Distortion,
    *,
    symprec: float | None = None,
    strain_tolerance: float = 1e-3,
    fix_site: str | None = None,
    names: IrrepNames | None = None,
) -> Analysis:
    """Group of the child, complete decomposition, stabilisers.

    Parameters
    ----------
    distortion : Distortion
    symprec : float, optional
        Å, overrides the rung chosen from the ladder.
    strain_tolerance : float
        Largest change of a strain component that still counts as symmetry.
    fix_site : str, optional
        Pin the mean displacement of this site to zero instead of that of all atoms.
    names : IrrepNames, optional
        What to call irreps; by default decided by what is active here.
    """
    require(symprec=symprec, strain_tolerance=strain_tolerance, fix_site=fix_site)
    field = cell_field(distortion)
    group = find_child_group(field, symprec, strain_tolerance)
    averaged = group.field
    if fix_site is not None:
        averaged = _pinned(averaged, fix_site)
        group = replace(group, field=averaged)
    space = bloch_space(distortion.parent, averaged.cell)
    strain_space = _strain_space(distortion.parent)
    held = [
        mode
        for kind, values in _fields(averaged, space, strain_space, distortion.occupation_elements)
        for mode in _modes(kind, values, group)
    ]
    # irreps outside the child's group, from what the average removed
    scatter = _scatter(field, group, held)
    if names is None:
        names = IrrepNames([mode.irrep for mode in held if not mode.noise], [mode.irrep for mode in (*held, *scatter)])
    # names first: the table of stabilisers knows irreps by name and kind
    held = [replace(mode, name=names.of(mode.irrep)) for mode in held]
    # (15) for every active irrep; all groups and floors follow from these
    table = StabiliserTable(space, [_overlaps(mode, space.size, averaged) for mode in held], group.strain_lowers)
    resolution = max(averaged.resolution.sigma, group.noise_sigma)
    modes = tuple(replace(mode, table=table, resolution=resolution) for mode in held)
    scatter = tuple(replace(mode, name=names.of(mode.irrep)) for mode in scatter)
    return Analysis(distortion, group, space, strain_space, modes, table, scatter, names)


def _overlaps(mode: ActiveIrrep, size: int, field: CellField) -> Active:
    """``<u_a, {R|t+tau} u_a>`` of one irrep over the operations and the cell's translations."""
    matrices = mode.field.matrices
    overlaps = mode.field.space.overlaps(mode.values[None], matrices)[0]
    shape = (len(matrices), size)  # translations leave a strain alone
    overlaps = np.broadcast_to(overlaps, shape)
    return Active(mode.label, mode.kind, mode.squared, overlaps, mode.counts, _rounding(mode, field))


def _pinned(field: CellField, fix_site: str) -> CellField:
    """The field with the mean displacement of one site removed instead of that of all atoms."""
    parent = field.parent
    site = parent.site_named(fix_site)
    if site is None:
        raise InputError(f"The parent has no site {fix_site!r} to pin.", f"It has {', '.join(parent.site_names)}.")
    chosen = field.on_site(site)
    return replace(field, displacements=field.displacements - field.displacements[chosen].mean(axis=0))


def _strain_space(parent: ParentCrystal) -> BlochSpace:
    """A single site at the origin that every operation keeps: where tensors of the cell live."""
    return bloch_space(single_site(parent), np.eye(3, dtype=np.int64))


def _fields(
    field: CellField, space: BlochSpace, strain_space: BlochSpace, elements: tuple[str, ...]
) -> list[tuple[FieldKind, ComplexArray]]:
    """Each kind of field with its components (s, n_p, d) on the wave vectors of the cell."""
    found = [(FieldKind.of("displacement", space), field.to_waves(space, field.displacements))]
    if field.occupation.shape[1]:
        found.append((FieldKind.of("occupation", space, elements), field.to_waves(space, field.occupation)))
    if not field.parent.is_molecule:
        values = strain_vector(field.strain).reshape(1, 1, 6).astype(complex)
        found.append((FieldKind.of("strain", strain_space), values))
    return found


def _modes(kind: FieldKind, values: ComplexArray, group: ChildGroup) -> list[ActiveIrrep]:
    found = []
    # (8), star by star
    components = decompose_field(kind.space, values, kind.matrices, irreps_on(kind.space))
    # rounding is what is small absolutely and as a part of its own field
    least = min(SILENT**2, SILENT_PART**2 * sum(component.squared for component in components))
    for component in components:
        if component.squared <= least:
            continue
        dmax, noise = None, False
        if kind.name == "displacement":
            dmax = _largest(kind.space, component.values, group.field)
            noise = _in_scatter(kind.space, kind.matrices, component, group)
        counts = not noise and (kind.name != "strain" or _strain_counts(component, group))
        found.append(
            ActiveIrrep(kind, component.irrep, component.values, component.squared, dmax, noise, counts=counts)
        )
    return found


def _rounding(mode: ActiveIrrep, field: CellField) -> float:
    """What rounding can take from the overlap of a component with its image: half the squared norm of its change."""
    resolution, atoms = field.resolution, len(field.site)
    if mode.kind == "displacement":
        return 0.5 * atoms * resolution.position**2
    if mode.kind == "occupation":
        return 0.5 * field.occupation.size * resolution.occupation**2
    return 0.5 * 9 * resolution.strain**2


def _strain_counts(component: IsotypicPart, group: ChildGroup) -> bool:
    """Whether a part of the strain may stand in a minimal set: it lowers the symmetry, or is no scatter."""
    tensor = strain_tensor(component.values.real.reshape(6))
    return group.strain_lowers or bool(np.abs(tensor).max() > group.strain_allowed)


def _largest(space: BlochSpace, values: ComplexArray, field: CellField) -> float:
    atoms = field.from_waves(space, values)
    return float(np.linalg.norm(atoms, axis=1).max())


def _in_scatter(space: BlochSpace, matrices: FloatArray, component: IsotypicPart, group: ChildGroup) -> bool:
    """Whether a component is not larger than three times what scatter puts into its free parameters."""
    # three standard deviations in each of the components that the irrep has
    limit = (3 * max(group.noise_sigma, group.field.resolution.sigma)) ** 2
    if component.squared > limit * component.freedom(space, matrices):
        return False
    chosen = group.operations
    # the average over H leaves scatter only in components that H leaves free
    freedom = invariant_freedom(space, matrices, component.irrep, chosen.operation, chosen.translation)
    return component.squared <= limit * freedom


def _scatter(field: CellField, group: ChildGroup, known: Sequence[ActiveIrrep]) -> tuple[ActiveIrrep, ...]:
    """Irreps that only the part outside the child's group holds, on the cell as it was given."""
    if group.residual_max < NOISE_SHOWN:
        return ()
    space = bloch_space(field.parent, field.cell)
    polar = FieldKind.of("displacement", space)
    values = field.to_waves(space, group.residual)
    labels = {(m.label, m.irrep.kpoint) for m in known if m.kind == "displacement"}
    found = []
    for component in decompose_field(space, values, polar.matrices, irreps_on(space)):
        new = (component.irrep.label, component.irrep.kpoint) not in labels
        if new and component.squared > NOISE_SHOWN**2:
            dmax = _largest(space, component.values, field)
            found.append(ActiveIrrep(polar, component.irrep, component.values, component.squared, dmax, noise=True))
    return tuple(found)
