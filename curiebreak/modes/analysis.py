"""The exact analysis of a distortion, as arrays: groups, isotypic components, minimal sets, floors.

This is the independent engine that the learned answer is checked against. It never imports the
learned side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray
from curiebreak.errors import InputError, InternalError
from curiebreak.fields import representation, strain_representation, strain_tensor, strain_vector
from curiebreak.mapping import Distortion
from curiebreak.modes.site_modes import SiteParts, displacement_parts, occupation_parts
from curiebreak.options import require
from curiebreak.structures.precision import precision_of
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.child_group import CellField, ChildGroup, Resolution, find_child_group
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import Active, MinimalSet, StabiliserTable
from curiebreak.symmetry.isotypic import Irrep, IsotypicPart, decompose_field, invariant_freedom, irreps_on
from curiebreak.symmetry.parent import ParentCrystal

ROUNDING = 2.0
"""Units of the last decimal by which rounding can change the distance of an atom from the image of another."""

LEAST_OCCUPATION = 1e-6
"""Occupancies are added up and normalised in double precision."""

SILENT = 1e-7
"""Norm (Å, occupancy or strain, over the child's cell) below which a component is rounding ..."""

SILENT_PART = 1e-6
"""... unless it is a larger part of its field: trained losses count all of a small strain, and so do floors."""

NOISE_SHOWN = 1e-3
"""Å; irreps that only scatter produces are listed above this amplitude."""

TIE = 0.01
"""Minimal sets whose shares differ by less than this part are reported as ambiguous."""


@dataclass(frozen=True, eq=False)
class ActiveIrrep:
    """One irrep that the distortion holds.

    Attributes
    ----------
    irrep : Irrep
    kind : str
        ``displacement``, ``occupation`` or ``strain``.
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
    """

    irrep: Irrep
    kind: str
    values: ComplexArray
    squared: float
    dmax: float | None
    noise: bool
    name: str = ""
    counts: bool = True

    @property
    def label(self) -> str:
        """Name of the irrep: its label, with the wave vector where two active irreps share it."""
        return self.name or self.irrep.label


@dataclass(frozen=True, eq=False)
class Analysis:
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

    @cached_property
    def minimal_sets(self) -> list[MinimalSet]:
        """Every minimal set, best share first."""
        return self.isotropy.minimal_sets()

    @property
    def primary(self) -> tuple[str, ...]:
        """Labels of the best minimal set; empty when nothing is broken."""
        return self.minimal_sets[0].labels if self.minimal_sets else ()

    @property
    def ambiguous_sets(self) -> list[MinimalSet]:
        """The sets whose share lies within 1 % of the best one's (itself included)."""
        if not self.minimal_sets:
            return []
        best = self.minimal_sets[0].share
        return [s for s in self.minimal_sets if s.share >= (1 - TIE) * best]

    @property
    def child_operations(self) -> BoolArray:
        """Mask (g, s) of the stabiliser of the whole distortion, strain included where it lowers it."""
        return self.isotropy.whole

    @property
    def without_given(self) -> Analysis:
        """The same for the whole group of the parent, where known fields leave only a part of it."""
        if self.isotropy.remaining.all():
            return self
        return replace(self, isotropy=self.isotropy.under(None))

    @cached_property
    def site_parts(self) -> dict[str, SiteParts | None]:
        """Site orbits and site irreps that displacements and occupations split into; none for strain."""
        elements = self.distortion.occupation_elements
        return {
            "displacement": displacement_parts(self.parent),
            "occupation": occupation_parts(self.parent, elements) if elements else None,
            "strain": None,
        }

    @cached_property
    def memory(self) -> dict[tuple[Any, ...], Any]:
        """Arrays by purpose, kind, label and wave vector, so that nothing is computed twice."""
        return {}

    @property
    def resolution(self) -> float:
        """Å; scatter of one coordinate from the decimals of the child's file, or from its noise."""
        return max(self.group.field.resolution.sigma, self.group.noise_sigma)

    def isotropy_mask(self, mode: ActiveIrrep) -> BoolArray:
        """Operations (g, s) that leave this mode alone."""
        for active in self.isotropy.active:
            if (active.label, active.kind) == (mode.label, mode.kind):
                return active.fixes
        raise InternalError(f"{mode.label} is not an active irrep of this analysis")

    def leads(self, mode: ActiveIrrep) -> bool:
        """Whether a field of a primary irrep is itself primary.

        A strain follows the displacements of its own irrep, unless it lowers the symmetry further than they do.
        """
        if mode.kind != "strain" or self.isotropy.use_strain:
            return True
        return not any(m.label == mode.label and m.kind != "strain" and not m.noise for m in self.modes)

    def mode(self, label: str, kind: str = "displacement") -> ActiveIrrep | None:
        """The active mode with this name and kind, if there is one."""
        return next((m for m in self.modes if m.label == label and m.kind == kind), None)


def cell_field(distortion: Distortion) -> CellField:
    """The distortion as a field on the child's cell, mean displacement zero."""
    parent = distortion.parent
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
    components, axes not at right angles), with ``u / sqrt(12)`` as standard deviation of one component.
    """
    child, parent = distortion.child, distortion.parent.structure
    own, other = precision_of(child), precision_of(parent)
    strain = parent_strain = 0.0
    if child.lattice is not None and parent.lattice is not None:
        strain = max(own.length, own.position) / float(np.linalg.norm(child.lattice, axis=1).min())
        parent_strain = 0.5 * other.length / float(np.linalg.norm(parent.lattice, axis=1).min())
    return Resolution(
        position=ROUNDING * own.position,
        sigma=own.position / float(np.sqrt(12)),
        shift=ROUNDING * (own.position + other.position),
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
    fields = _fields(averaged, space, strain_space)
    held = [(mode, where, matrices) for kind, values, matrices, where in fields
            for mode in _modes(kind, values, matrices, where, group)]
    scatter = _scatter(field, group, [mode for mode, _, _ in held])
    if names is None:
        shown = [mode.irrep for mode, _, _ in held if not mode.noise]
        names = IrrepNames(shown, [mode.irrep for mode in (*(m for m, _, _ in held), *scatter)])
    modes, active = [], []
    for mode, where, matrices in held:
        modes.append(replace(mode, name=names.of(mode.irrep)))
        overlaps = where.overlaps(mode.values[None], matrices)[0]
        shape = (len(matrices), space.size)
        active.append(Active(modes[-1].label, mode.kind, mode.squared, np.broadcast_to(overlaps, shape), mode.counts))
    isotropy = StabiliserTable(space, active, group.strain_lowers)
    scatter = tuple(replace(mode, name=names.of(mode.irrep)) for mode in scatter)
    return Analysis(distortion, group, space, strain_space, tuple(modes), isotropy, scatter, names)


def _pinned(field: CellField, fix_site: str) -> CellField:
    """The field with the mean displacement of one site removed instead of that of all atoms."""
    parent = field.parent
    if fix_site not in parent.site_names:
        raise InputError(f"The parent has no site {fix_site!r} to pin.", f"It has {', '.join(parent.site_names)}.")
    chosen = parent.site_orbits[field.site] == parent.site_names.index(fix_site)
    return replace(field, displacements=field.displacements - field.displacements[chosen].mean(axis=0))


def _strain_space(parent: ParentCrystal) -> BlochSpace:
    """A single site at the origin that every operation keeps: where tensors of the cell live."""
    return bloch_space(single_site(parent), np.eye(3, dtype=np.int64))


def single_site(parent: ParentCrystal) -> ParentCrystal:
    """The parent's group acting on one site that all operations keep, for fields of the whole cell."""
    count = parent.n_operations
    return replace(
        parent,
        species=("cell",),
        frac=np.zeros((1, 3)),
        permutations=np.zeros((count, 1), dtype=np.int64),
        shifts=np.zeros((count, 1, 3), dtype=np.int64),
        site_orbits=np.zeros(1, dtype=np.int64),
        site_names=("cell",),
        wyckoffs=("",),
    )


def _fields(
    field: CellField, space: BlochSpace, strain_space: BlochSpace
) -> list[tuple[str, ComplexArray, FloatArray, BlochSpace]]:
    rotations = field.parent.rotations_cartesian
    found = []
    values = space.from_atoms(field.displacements, field.site, field.cell_index)
    found.append(("displacement", values, representation(1, "o", rotations), space))
    width = field.occupation.shape[1]
    if width:
        values = space.from_atoms(field.occupation, field.site, field.cell_index)
        found.append(("occupation", values, np.broadcast_to(np.eye(width), (len(rotations), width, width)), space))
    if not field.parent.is_molecule:
        values = strain_vector(field.strain).reshape(1, 1, 6).astype(complex)
        found.append(("strain", values, strain_representation(rotations), strain_space))
    return found


def _modes(
    kind: str, values: ComplexArray, matrices: FloatArray, space: BlochSpace, group: ChildGroup
) -> list[ActiveIrrep]:
    found = []
    components = decompose_field(space, values, matrices, irreps_on(space))
    least = min(SILENT**2, SILENT_PART**2 * sum(component.squared for component in components))
    for component in components:
        if component.squared <= least:
            continue
        dmax, noise = None, False
        if kind == "displacement":
            dmax = _largest(space, component.values, group.field)
            noise = _in_scatter(space, matrices, component, group)
        counts = not noise and (kind != "strain" or _strain_counts(component, group))
        found.append(ActiveIrrep(component.irrep, kind, component.values, component.squared, dmax, noise, "", counts))
    return found


def _strain_counts(component: IsotypicPart, group: ChildGroup) -> bool:
    """Whether a part of the strain may stand in a minimal set: it lowers the symmetry, or is no scatter."""
    tensor = strain_tensor(component.values.real.reshape(6))
    return group.strain_lowers or bool(np.abs(tensor).max() > group.strain_allowed)


def _largest(space: BlochSpace, values: ComplexArray, field: CellField) -> float:
    atoms = space.to_atoms(values, field.site, field.cell_index)
    return float(np.linalg.norm(atoms, axis=1).max())


def _in_scatter(space: BlochSpace, matrices: FloatArray, component: IsotypicPart, group: ChildGroup) -> bool:
    """Whether a component is not larger than three times what scatter puts into its free parameters."""
    limit = (3 * max(group.noise_sigma, group.field.resolution.sigma)) ** 2
    if component.squared > limit * component.freedom(space, matrices):
        return False
    chosen = group.operations
    freedom = invariant_freedom(space, matrices, component.irrep, chosen.operation, chosen.translation)
    return component.squared <= limit * freedom


def _scatter(field: CellField, group: ChildGroup, known: Sequence[ActiveIrrep]) -> tuple[ActiveIrrep, ...]:
    """Irreps that only the part outside the child's group holds, on the cell as it was given."""
    if group.residual_max < NOISE_SHOWN:
        return ()
    space = bloch_space(field.parent, field.cell)
    matrices = representation(1, "o", field.parent.rotations_cartesian)
    values = space.from_atoms(group.residual, field.site, field.cell_index)
    labels = {(m.label, m.irrep.kpoint) for m in known if m.kind == "displacement"}
    found = []
    for component in decompose_field(space, values, matrices, irreps_on(space)):
        new = (component.irrep.label, component.irrep.kpoint) not in labels
        if new and component.squared > NOISE_SHOWN**2:
            dmax = _largest(space, component.values, field)
            mode = ActiveIrrep(component.irrep, "displacement", component.values, component.squared, dmax, True)
            found.append(mode)
    return tuple(found)


def labels_of(modes: Sequence[ActiveIrrep]) -> tuple[str, ...]:
    """Labels without repetition, in order."""
    return tuple(dict.fromkeys(m.label for m in modes))
