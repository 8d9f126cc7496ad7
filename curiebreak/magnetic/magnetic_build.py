"""Magnetic structures from irreps of moments, beside irreps of displacements and strain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.errors import InputError
from curiebreak.magnetic.built_crystal import crystal_of_fields, written_setting
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis, analyse_fields
from curiebreak.magnetic.magnetic_entries import magnetic_subgroup
from curiebreak.magnetic.magnetic_field import MagneticField, reduced
from curiebreak.magnetic.parent_given import split_parent
from curiebreak.magnetic.stated_setting import Placed
from curiebreak.mapping.distortion import Distortion
from curiebreak.modes.available import wanted_sites
from curiebreak.modes.build import as_parent, series_of, strain_of, wanted_of
from curiebreak.modes.builder import RequestedIrrep, copies_of, field_modes, space_for, total_field
from curiebreak.modes.built import BuiltMode
from curiebreak.options import taking
from curiebreak.options.distort_options import MagneticBuildOptions
from curiebreak.results import IsotropySubgroup
from curiebreak.structures.magnetic_cif import MagneticCrystal
from curiebreak.structures.model import Structure
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import residues

CARRIERS = frozenset(
    "Ti V Cr Mn Fe Co Ni Cu Mo Tc Ru Rh Re Os Ir Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb U Np Pu Am Cm".split()
)
"""Elements with open d or f shells that order in known compounds: the 27 metals with moments in half of MAGNDATA, and
their neighbours. They carry moments where nothing else is said."""


@dataclass(frozen=True, eq=False)
class BuiltMagnetic:
    """A magnetic structure made from irreps, directions and amplitudes.

    Attributes
    ----------
    analysis : MagneticAnalysis
        Of the fields as they were built, exact.
    modes : tuple of BuiltMode
        What was asked for.
    crystal : MagneticCrystal
        In the standard setting of its group with the operations and the parent that it states.
    carriers : tuple of str
        Sites that were chosen to carry moments because no term named one, where there was a choice.
    named : bool
        Whether the choice was among sites that were named.
    """

    analysis: MagneticAnalysis
    modes: tuple[BuiltMode, ...]
    crystal: MagneticCrystal
    carriers: tuple[str, ...] = ()
    named: bool = False

    @property
    def parent(self) -> ParentCrystal:
        """The parent."""
        return self.analysis.parent

    @property
    def structure(self) -> MagneticCrystal:
        """The crystal, which functions take as a child."""
        return self.crystal

    @property
    def size(self) -> int:
        """Primitive parent cells in the primitive magnetic cell."""
        return self.analysis.space.size

    @property
    def subgroup(self) -> IsotropySubgroup:
        """Exact magnetic isotropy subgroup of the whole structure."""
        return magnetic_subgroup(self.analysis, self.analysis.whole)


@taking(MagneticBuildOptions)
def distort_magnetic(asked: MagneticBuildOptions) -> BuiltMagnetic:
    """Build a magnetic structure from irreps of moments (``mR4+(0,0,a)=2.0``, in μB) and of the structure together.

    Terms are those of :func:`curiebreak.distort`. A term of moments that names no site, ``mR4+[Ni](0,0,a)``, belongs to
    the first of `sites`, or where none are given to the first site with an open d or f shell, that has the irrep.

    Returns
    -------
    BuiltMagnetic

    Raises
    ------
    InputError
        For terms that do not fit the parent, and molecules.
    """
    crystal = magnetic_parent_crystal(as_parent(asked.parent, asked.parent_symprec))
    wanted = wanted_of(crystal, asked.terms, asked.amplitude, asked.glazer, asked.angles)
    return build_magnetic(crystal, wanted, strain_of(crystal, asked.strain), asked.sites or ())


def distort_magnetic_series(
    parent: Any,
    terms: Sequence[str],
    vary: str,
    values: Sequence[float],
    *,
    amplitude: str = "As",
    strain: str | Sequence[str] | FloatArray | None = None,
    sites: Sequence[str] | None = None,
    parent_symprec: float | None = None,
) -> list[BuiltMagnetic]:
    """Magnetic structures in which one irrep, of moments or of atoms, grows while the others stay.

    Parameters
    ----------
    parent, terms, vary, values, amplitude, strain, parent_symprec
        As for :func:`curiebreak.modes.build.distort_series`; amplitudes of moments in μB.
    sites : sequence of str, optional
        As for :func:`distort_magnetic`.

    Raises
    ------
    InputError
        If a member is left without a moment, or as for :func:`distort_magnetic`.
    """
    crystal = magnetic_parent_crystal(as_parent(parent, parent_symprec))
    series, space = series_of(crystal, terms, vary, values, amplitude)
    if 0.0 in values and not any(one.odd for one in series[0][:-1]):
        raise InputError(f"Where {vary} is 0 no moment is left.", "Leave 0 out of the grid, such as 0.5:3:6.")
    tensor = strain_of(crystal, strain)
    return [build_magnetic(crystal, wanted, tensor, sites or (), space) for wanted in series]


def magnetic_parent_crystal(parent: ParentCrystal) -> ParentCrystal:
    """A parent with one element a site: elements that share a site are sites on one position.

    Raises
    ------
    InputError
        For a molecule.
    """
    if parent.is_molecule:
        raise InputError("Moments on a molecule are not built.", "Give a crystal.")
    return parent if set(parent.species) <= set(_plain(parent)) else split_parent(parent)


def _plain(parent: ParentCrystal) -> list[str]:
    return [name for name in parent.species if name.isalpha()]


def build_magnetic(
    parent: ParentCrystal,
    wanted: Sequence[RequestedIrrep],
    strain: FloatArray,
    sites: Sequence[str] = (),
    space: BlochSpace | None = None,
) -> BuiltMagnetic:
    """Build a magnetic structure from order parameters.

    Parameters
    ----------
    parent : ParentCrystal
        With one element a site.
    wanted : sequence of RequestedIrrep
        At least one of moments.
    strain : ndarray (3, 3)
    sites : sequence of str
        Sites or elements that may carry moments.
    space : BlochSpace, optional
        Wave vectors of the cell; by default the smallest that holds what is wanted.

    Raises
    ------
    InputError
        If a site has no such irrep, or all moments are zero.
    """
    if space is None:
        space = space_for(parent, wanted)
    allowed = carrying_sites(parent, sites)
    wanted = [one for one in wanted if np.abs(one.components).max(initial=0.0) > 0.0]
    if not any(one.odd for one in wanted):
        raise InputError("No term gives a moment.", "Write one such as 'mR4+(0,0,a)=2.0', in μB.")
    placed = [_on_a_site(space, one, allowed, bool(sites)) for one in wanted]
    modes = field_modes(space, placed)
    cells = residues(space.hnf)
    site = np.repeat(np.arange(len(parent.species)), len(cells))
    index = np.tile(cells, (len(parent.species), 1))
    field = MagneticField(
        parent=parent,
        cell=space.cell,
        site=site,
        cell_index=index,
        moments=space.to_atoms(total_field(space, modes, "magnetic"), site, index),
        displacements=space.to_atoms(total_field(space, modes, "displacement"), site, index),
        occupation=np.zeros((len(site), 0)),
        strain=strain,
    )
    analysis = analyse_fields(_placed(field), reduced(field))
    chosen = dict.fromkeys(str(one.site) for one, was in zip(placed, wanted, strict=True) if one.site != was.site)
    crystal = crystal_of_fields(analysis, written_setting(analysis))
    carriers = () if sites and len(allowed) == 1 else tuple(chosen)
    return BuiltMagnetic(analysis, tuple(modes), crystal, carriers, bool(sites))


def carrying_sites(parent: ParentCrystal, wanted: Sequence[str] = ()) -> list[str]:
    """Sites that may carry moments, in their order: those of some names or elements, by default of open shells.

    Raises
    ------
    InputError
        For a name that is neither a site nor an element of the parent.
    """
    if wanted:
        return wanted_sites(parent, wanted)
    sites = zip(parent.site_names, parent.site_species, strict=True)
    return [name for name, element in sites if element in CARRIERS]


def _on_a_site(space: BlochSpace, one: RequestedIrrep, allowed: Sequence[str], named: bool) -> RequestedIrrep:
    """A term of moments on the first allowed site that has its irrep; on any site where open shells have none."""
    if not one.odd or one.site is not None:
        return one
    copies = copies_of(space, one.irrep, odd=True)
    found = [name for name in allowed if copies[name]]
    if not found and named:
        raise InputError(
            f"m{one.irrep.label} is not among the moments of {', '.join(allowed)}.",
            "`curiebreak irreps --magnetic` lists the irreps of each site.",
        )
    site = next((name for name in [*found, *copies] if copies[name]), None)
    return replace(one, site=site)


def _placed(field: MagneticField) -> Placed:
    """The built fields as a structure on its parent, whose place there is known."""
    parent, cell = field.parent, field.cell
    undistorted = np.asarray(field.lattice)
    lattice = undistorted @ (np.eye(3) + field.strain)
    frac = field.fractional + field.displacements @ np.linalg.inv(undistorted)
    species = tuple(parent.species[i] for i in field.site)
    labels = tuple(field.site_names)
    carry = np.linalg.norm(field.moments, axis=1) > 0.0
    occupancies = parent_occupancies(parent)[field.site]
    moments = field.moments @ np.linalg.inv(undistorted) @ lattice
    crystal = MagneticCrystal(
        lattice, species, labels, occupancies, frac, moments, np.isin(field.orbits, field.orbits[carry])
    )
    child = Structure(lattice, species, frac, labels)
    distortion = Distortion.built(parent, child, cell, field.site, field.cell_index, field.displacements, field.strain)
    return Placed(crystal, distortion, field.moments, np.zeros(3), 0.0)


def parent_occupancies(parent: ParentCrystal) -> FloatArray:
    """Occupancy (n_p,) of each site of a parent with one element a site."""
    structure = parent.structure
    if not structure.occupancies or structure.lattice is None:
        return np.ones(len(parent.species))
    totals = np.array([sum(content.values()) for content in structure.occupancies])
    kinds, amounts = np.array(structure.species), np.ones(len(parent.species))
    for atom, place in enumerate(parent.frac @ np.linalg.inv(parent.file_cell)):
        own = np.flatnonzero(kinds == parent.species[atom])
        if len(own):
            away = np.linalg.norm(nearest_image(structure.coords[own] - place) @ structure.lattice, axis=1)
            amounts[atom] = totals[own[away.argmin()]]
    return amounts
