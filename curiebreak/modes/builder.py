"""Displacement fields and children from order parameters, in the smallest supercell.

The displacement field is ``u = sum_a eta_a f_a`` with the real basis functions of
:mod:`curiebreak.symmetry.real_basis`; the length of eta is the amplitude over the child's primitive
cell (As). A rigid translation of the whole crystal is no distortion: it is taken out of the basis
functions of polar irreps before they are scaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.arrays import ComplexArray, FloatArray, IntArray, right_handed
from curiebreak.errors import InputError, InternalError
from curiebreak.fields import representation, strain_representation, strain_vector
from curiebreak.modes.built import BuiltChild, BuiltMode
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.spacegroup import niggli_cell
from curiebreak.symmetry.bloch import BlochSpace, bloch_space, single_site
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import Active, StabiliserTable
from curiebreak.symmetry.isotypic import Irrep, decompose_field, irreps_on
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.real_basis import real_basis
from curiebreak.symmetry.sublattices import periodic_cell, residues

LARGEST_CHILD = 5000
"""Atoms; a larger child is refused."""

SMALLEST_PART = 1e-6
"""Squared length of a basis function that is left when the rigid translation is taken out."""

_STRAIN_SILENT = 1e-10


@dataclass(frozen=True, eq=False)
class RequestedIrrep:
    """One irrep, on one site, with its order parameter (dim,) over the child's cell (As): Å, of moments (`odd`) μB."""

    irrep: Irrep
    site: str | None
    copy: int
    components: FloatArray
    text: str
    odd: bool = False

    def scaled(self, factor: float) -> RequestedIrrep:
        """The same with its order parameter times a number."""
        return replace(self, components=factor * self.components)


def build_child(
    parent: ParentCrystal, wanted: Sequence[RequestedIrrep], strain: FloatArray, space: BlochSpace | None = None
) -> BuiltChild:
    """Build a child from order parameters.

    Parameters
    ----------
    parent : ParentCrystal
    wanted : sequence of RequestedIrrep
    strain : ndarray (3, 3)
        ``U - 1``, Cartesian.
    space : BlochSpace, optional
        Wave vectors of the cell to use; by default the smallest that holds what is wanted.

    Raises
    ------
    InputError
        If a site has no such irrep, or nothing but a translation is asked for.
    """
    if space is None:
        space = space_for(parent, wanted)
    if any(one.odd for one in wanted):
        raise InputError(
            "Moments are no displacements.", "curiebreak.magnetic.magnetic_build.distort_magnetic builds them."
        )
    modes = field_modes(space, wanted)
    modes += strain_modes(parent, strain)
    return assembled(space, modes, total_field(space, modes, "displacement"), strain)


def space_of(parent: ParentCrystal, irreps: Sequence[Irrep], components: Sequence[FloatArray]) -> BlochSpace:
    """Wave vectors of the smallest supercell on which the non-zero arms are periodic.

    Raises
    ------
    InputError
        If that cell is too large.
    """
    kpoints = [np.zeros((1, 3))]
    for irrep, eta in zip(irreps, components, strict=True):
        arms = parent.to_standard.inverse.waves(irrep.arms)
        # arms without amplitude need not be periodic on the cell
        active = np.abs(eta.reshape(len(arms), -1)).max(axis=1) > 0
        kpoints.append(arms[active])
    return bloch_space(parent, commensurate_cell(parent, np.concatenate(kpoints)))


def space_for(parent: ParentCrystal, wanted: Sequence[RequestedIrrep]) -> BlochSpace:
    """The same for irreps with their order parameters."""
    return space_of(parent, [one.irrep for one in wanted], [one.components for one in wanted])


def commensurate_cell(parent: ParentCrystal, kpoints: FloatArray) -> IntArray:
    """Niggli-reduced smallest cell (3, 3) with ``k . t`` whole for all `kpoints` (m, 3), primitive fractions.

    Raises
    ------
    InputError
        If the wave vectors have large denominators.
    """
    if parent.lattice is None:
        return np.eye(3, dtype=np.int64)
    cell = periodic_cell(kpoints)
    if abs(np.linalg.det(cell)) * len(parent.species) > LARGEST_CHILD:
        raise InputError(
            f"The child would have more than {LARGEST_CHILD} atoms.", "Choose simpler wave vectors or directions."
        )
    return short_axes(parent, cell)


def short_axes(parent: ParentCrystal, cell: IntArray) -> IntArray:
    """The lattice of a cell (3, 3) with the shortest axes, as files have it, rows in the parent's primitive axes."""
    lattice = np.asarray(parent.lattice)
    reduced = niggli_cell(np.asarray(cell @ lattice))
    if reduced is not None:
        cell = np.round(reduced @ np.linalg.inv(lattice)).astype(np.int64)
    return _forward(right_handed(cell), parent.file_cell)


def _forward(cell: IntArray, file_cell: FloatArray) -> IntArray:
    """Turn two axes round where they then point along the parent's axes rather than against them."""
    signs = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    # components along the parent's file axes; two signs at a time keep the hand
    sums = np.linalg.solve(file_cell.T, cell.T).sum(axis=0)
    return np.asarray(cell * signs[int((signs @ sums).round(6).argmax())][:, None])


def total_field(space: BlochSpace, modes: Sequence[BuiltMode], kind: str) -> ComplexArray:
    """The field (s, n_p, 3) that the modes of a kind add up to."""
    zero = np.zeros((space.size, len(space.parent.species), 3), dtype=complex)
    return np.asarray(sum((m.values for m in modes if m.kind == kind), zero))


def field_modes(space: BlochSpace, wanted: Sequence[RequestedIrrep]) -> list[BuiltMode]:
    """One mode per irrep and time parity, its copies added up."""
    grouped: dict[tuple[str, Any, bool], list[tuple[RequestedIrrep, str, ComplexArray]]] = {}
    for one in wanted:
        if not np.abs(one.components).max(initial=0.0) > 0:
            continue
        site, functions = _chosen_copy(space, one)
        # (12): u = sum eta_a e_a
        field = np.einsum("a,aspd->spd", one.components, functions)
        grouped.setdefault((one.irrep.label, one.irrep.kpoint, one.odd), []).append((one, site, field))
    modes = []
    for (*_, odd), members in grouped.items():
        modes.append(
            BuiltMode(
                irrep=members[0][0].irrep,
                kind="magnetic" if odd else "displacement",
                copies=np.array([one.components for one, _, _ in members]),
                sites=tuple(site for _, site, _ in members),
                values=np.sum([field for _, _, field in members], axis=0),
            )
        )
    return modes


def _chosen_copy(space: BlochSpace, one: RequestedIrrep) -> tuple[str, ComplexArray]:
    """Name of the site and basis functions (dim, s, n_p, 3) of the copy that is asked for."""
    found = {name: copies for name, copies in copies_of(space, one.irrep, one.odd).items() if copies}
    if not found:
        front, field, option = ("m", "moments", " --magnetic") if one.odd else ("", "displacements", "")
        raise InputError(
            f"{front}{one.irrep.label} is not among the {field} of {_name(space.parent)}.",
            f"`curiebreak irreps{option}` lists what is.",
        )
    site = next(iter(found)) if one.site is None else space.parent.site_named(one.site)
    if site is None:
        raise InputError(f"The parent has no site {one.site!r}.", f"It has {', '.join(space.parent.site_names)}.")
    copies = found.get(site, [])
    if one.copy > len(copies):
        available = ", ".join(f"{name} ({len(held)})" for name, held in found.items())
        raise InputError(
            f"Site {site} has {len(copies)} copies of {one.irrep.label}, not {one.copy}.",
            f"Sites with copies: {available}.",
        )
    return site, copies[one.copy - 1]


def copies_of(space: BlochSpace, irrep: Irrep, odd: bool = False) -> dict[str, list[ComplexArray]]:
    """Real basis functions (dim, s, n_p, 3) of an irrep by parent site, one entry per copy; of moments where `odd`.

    Of displacements the rigid translation is taken out and the rest is scaled to length 1; a copy that is nothing
    but the translation is left out.
    """
    parent = space.parent
    basis = real_basis(space, representation(1, "e" if odd else "o", parent.rotations_cartesian), irrep)
    found: dict[str, list[ComplexArray]] = {name: [] for name in parent.site_names}
    for functions, orbit in zip(basis.functions, basis.orbits, strict=True):
        free = functions.copy()
        if not odd:  # the uniform part at k = 0 moves the whole crystal
            free[:, 0] -= free[:, 0].mean(axis=1, keepdims=True)
        squares = (np.abs(free) ** 2).sum(axis=(1, 2, 3))
        if squares.max() > SMALLEST_PART:
            found[parent.site_names[orbit]].append(free / np.sqrt(squares.max()))
    return found


def _name(parent: ParentCrystal) -> str:
    return parent.structure.path or parent.structure.formula


def strain_field(parent: ParentCrystal) -> tuple[BlochSpace, FloatArray]:
    """The one-site space that a strain lives in and how its six components turn."""
    space = bloch_space(single_site(parent), np.eye(3, dtype=np.int64))
    return space, strain_representation(parent.rotations_cartesian)


def strain_modes(parent: ParentCrystal, strain: FloatArray) -> list[BuiltMode]:
    """The irreps that a strain tensor holds."""
    if parent.is_molecule or not np.abs(strain).max() > _STRAIN_SILENT:
        return []
    space, matrices = strain_field(parent)
    values = strain_vector(strain).reshape(1, 1, 6).astype(complex)
    modes = []
    for part in decompose_field(space, values, matrices, irreps_on(space)):
        if part.squared > _STRAIN_SILENT**2:
            functions = real_basis(space, matrices, part.irrep).functions
            # eta_a = <e_a, u> (12)
            copies = np.einsum("naspd,spd->na", functions.conj(), part.values).real
            modes.append(BuiltMode(part.irrep, "strain", copies, ("cell",) * len(copies), part.values))
    return modes


def assembled(space: BlochSpace, modes: Sequence[BuiltMode], total: ComplexArray, strain: FloatArray) -> BuiltChild:
    """The child of a displacement field (s, n_p, 3), which the modes add up to, and of a strain (3, 3)."""
    parent, names = space.parent, IrrepNames(m.irrep for m in modes)
    modes = [replace(m, name=names.of(m.irrep)) for m in modes]
    vectors = residues(space.hnf)
    site = np.repeat(np.arange(len(parent.species)), len(vectors))
    cell_index = np.tile(vectors, (len(parent.species), 1))
    # (6) backwards
    displacements = space.to_atoms(total, site, cell_index)
    if np.abs(displacements.mean(axis=0)).max() > 1e-9:
        raise InternalError("the built distortion holds a rigid translation")
    return BuiltChild(
        parent=parent,
        structure=_structure(space, site, cell_index, displacements, strain),
        cell=space.cell,
        site=site,
        cell_index=cell_index,
        displacements=displacements,
        strain=strain,
        modes=tuple(modes),
        space=space,
        isotropy=_isotropy(space, modes),
    )


def _structure(
    space: BlochSpace, site: IntArray, cell_index: IntArray, displacements: FloatArray, strain: FloatArray
) -> Structure:
    """The child: fractions are those of the strainless cell, the axes are strained."""
    parent = space.parent
    contents: dict[str, Mapping[str, float]] = dict(
        zip(parent.structure.species, parent.structure.occupancies, strict=False)
    )
    species = [dict(contents.get(parent.species[i], {parent.species[i]: 1.0})) for i in site]
    if parent.lattice is None:
        return structure_from_arrays(None, species, parent.frac[site] + displacements + parent.centre)
    lattice = space.cell @ parent.lattice
    positions = (parent.frac[site] + cell_index) @ parent.lattice + displacements
    # displacements refer to the strainless cell, then the axes alone are strained
    frac = positions @ np.linalg.inv(lattice)
    return structure_from_arrays(lattice @ (np.eye(3) + strain), species, frac - np.floor(frac + 1e-9))


def _isotropy(space: BlochSpace, modes: Sequence[BuiltMode]) -> StabiliserTable:
    """Exact stabilisers, from the overlaps of each irrep with its images."""
    rotations = space.parent.rotations_cartesian
    polar = representation(1, "o", rotations)
    active = []
    for mode in modes:
        if mode.kind == "strain":
            where, matrices = strain_field(space.parent)
        else:
            where, matrices = space, polar
        overlaps = where.overlaps(mode.values[None], matrices)[0]
        shape = (len(rotations), space.size)
        active.append(Active(mode.label, mode.kind, mode.squared, np.broadcast_to(overlaps, shape)))
    return StabiliserTable(space, active, any(m.kind == "strain" for m in modes))
