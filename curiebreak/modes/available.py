"""``available_irreps``: which irreps the displacements of a parent hold, without any child."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError, InternalError
from curiebreak.fields import representation, strain_representation
from curiebreak.mapping.pair_summary import parent_summary
from curiebreak.modes.lookup import irreps_at_k
from curiebreak.options import taking
from curiebreak.options.distort_options import AvailableOptions
from curiebreak.results.parent_records import IrrepCount, IrrepList, WaveVector
from curiebreak.structures import read_structure
from curiebreak.symmetry.isotypic import Irrep, IrrepMember, StandardOperations
from curiebreak.symmetry.noise import rigid_freedom
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.sublattices import match_vectors
from curiebreak.symmetry.tables import special_kpoints
from curiebreak.versions import library_versions


@taking(AvailableOptions)
def available_irreps(asked: AvailableOptions) -> IrrepList:
    """Count the irreps of the displacements, or of the magnetic moments, of a parent by Wyckoff site.

    Molecules have no wave vector. Moments are axial and odd under time reversal, so that their irreps are those of the
    space group in which time reversal is -1, with `m` in front of the label; none of them is a translation or a strain.

    Returns
    -------
    IrrepList

    Raises
    ------
    InputError
        For files that cannot be used and k points that the group does not have.
    """
    start = time.perf_counter()
    crystal = parent_crystal(read_structure(asked.parent), asked.parent_symprec)
    sites = wanted_sites(crystal, asked.sites or ())
    stars = [_wave_vector(crystal, irreps, asked.magnetic) for irreps in _stars(crystal, asked.k)]
    return IrrepList(
        messages=crystal.structure.messages,
        parent=parent_summary(crystal),
        wyckoffs=dict(zip(crystal.site_names, crystal.wyckoffs, strict=True)),
        kpoints=tuple(_on_sites(star, sites) for star in stars) if asked.sites else tuple(stars),
        options=asked.record,
        versions=library_versions(),
        seconds={"total": time.perf_counter() - start},
    )


def wanted_sites(parent: ParentCrystal, wanted: Sequence[str]) -> list[str]:
    """Names of the sites that some names or elements stand for, in the order in which they were given.

    Raises
    ------
    InputError
        For a name that is neither a site nor an element of the parent.
    """
    rows = list(zip(parent.site_names, parent.site_species, strict=True))
    found = {one: [row[0] for row in rows if one in row] for one in wanted}
    missing = next((one for one, names in found.items() if not names), None)
    if missing is not None:
        raise InputError(f"The parent has no site {missing!r}.", f"It has {', '.join(parent.site_names)}.")
    return list(dict.fromkeys(chain.from_iterable(found.values())))


def _on_sites(star: WaveVector, sites: Collection[str]) -> WaveVector:
    """The irreps that some sites hold, with the copies on these alone; what only moves the crystal is left out."""
    kept = []
    for one in star.irreps:
        held = {name: count for name, count in one.sites.items() if name in sites}
        if held:
            kept.append(replace(one, sites=held, multiplicity=sum(held.values()), rigid=0, strain=0))
    return replace(star, irreps=tuple(kept))


def _stars(parent: ParentCrystal, kpoint: str) -> list[tuple[Irrep, ...]]:
    """Irreps of each star that is asked for."""
    if parent.number is None:
        return [irreps_at_k(parent, None)]
    if kpoint.strip().lower() == "all":
        return [irreps_at_k(parent, name) for name in special_kpoints(parent.number)]
    return [irreps_at_k(parent, kpoint)]


def _wave_vector(parent: ParentCrystal, irreps: tuple[Irrep, ...], magnetic: bool = False) -> WaveVector:
    arms = star_arms(parent, irreps[0])
    counts = [count_moments(parent, irrep) if magnetic else count_irrep(parent, irrep) for irrep in irreps]
    components = sum((c.multiplicity + c.rigid) * c.dim for c in counts)
    # completeness: every component of the star belongs to one irrep
    if components != 3 * len(parent.species) * arms:
        raise InternalError(
            f"the irreps at {irreps[0].kpoint} hold {components} of {3 * len(parent.species) * arms} components"
        )
    return WaveVector(
        letters=getattr(irreps[0], "kpoint_label", None),
        kpoint=irreps[0].kpoint,
        kind=irreps[0].kind,
        arms=arms,
        components=components,
        irreps=tuple(c for c in counts if c.multiplicity or c.rigid or c.strain),
    )


def star_arms(parent: ParentCrystal, irrep: Irrep) -> int:
    """Different wave vectors of the star of an irrep and of its negative."""
    arms = parent.to_standard.inverse.waves(irrep.arms)
    both = np.concatenate([arms, -arms])
    return len(np.unique(match_vectors(both, both)))


def count_irrep(parent: ParentCrystal, irrep: Irrep) -> IrrepCount:
    """Copies of one irrep in the displacements, by site, and in the strain."""
    polar = representation(1, "o", parent.rotations_cartesian)
    by_site = _real_copies(irrep, site_multiplicities(parent, irrep.members[0], polar))
    rigid = rigid_freedom(parent, irrep) // irrep.dim
    strain = 0
    if not parent.is_molecule and np.abs(irrep.arms).max() < 1e-9:
        strain = int(_real_copies(irrep, _strain_multiplicity(parent, irrep.members[0]))[0])
    return IrrepCount(
        irrep=irrep.label,
        dim=irrep.dim,
        multiplicity=int(by_site.sum()) - rigid,
        rigid=rigid,
        strain=strain,
        sites={name: int(n) for name, n in zip(parent.site_names, by_site, strict=True) if n},
    )


def count_moments(parent: ParentCrystal, irrep: Irrep) -> IrrepCount:
    """Copies of one irrep in the magnetic moments, by site."""
    axial = representation(1, "e", parent.rotations_cartesian)
    by_site = _real_copies(irrep, site_multiplicities(parent, irrep.members[0], axial))
    return IrrepCount(
        irrep="m" + irrep.label,
        dim=irrep.dim,
        multiplicity=int(by_site.sum()),
        sites={name: int(n) for name, n in zip(parent.site_names, by_site, strict=True) if n},
    )


def _real_copies(irrep: Irrep, complex_copies: IntArray) -> IntArray:
    """Copies of the real irrep: a pseudo-real one is made of two complex copies."""
    return complex_copies // 2 if irrep.reality == 2 else complex_copies


def site_multiplicities(parent: ParentCrystal, member: IrrepMember, matrices: FloatArray) -> IntArray:
    """Copies (n_orbits,) of a complex irrep on each site orbit: ``(1/|G_k|) sum conj(chi) chi_field``.

    Parameters
    ----------
    parent : ParentCrystal
    member : IrrepMember
    matrices : ndarray (g, d, d)
        How the components on one site turn.
    """
    standard = StandardOperations(parent)
    k = standard.primitive_waves(member.arms)[0]
    # R^-T k; the little group keeps k modulo the reciprocal lattice
    images = np.einsum("gij,j->gi", np.linalg.inv(parent.rotations).transpose(0, 2, 1), k)
    little = np.flatnonzero(np.abs(nearest_image(images - k)).max(axis=1) < 1e-6)
    characters = member.small_characters(0, standard.rotations[little], standard.translations[little])
    fixed = parent.permutations[little] == np.arange(len(parent.site_orbits))
    # (9), the sum over atoms done by orbit
    phases = fixed * np.exp(2j * np.pi * (parent.shifts[little] @ k))
    orbits = np.arange(int(parent.site_orbits.max()) + 1)
    by_orbit = phases @ (parent.site_orbits[:, None] == orbits)
    field = np.trace(matrices[little], axis1=1, axis2=2)[:, None] * by_orbit
    norm = float((np.abs(characters) ** 2).mean())
    counts = (characters.conj()[:, None] * field).mean(axis=0).real / norm
    return np.asarray(np.round(counts), dtype=np.int64)


def _strain_multiplicity(parent: ParentCrystal, member: IrrepMember) -> IntArray:
    standard = StandardOperations(parent)
    characters = member.small_characters(0, standard.rotations, standard.translations)
    traces = np.trace(strain_representation(parent.rotations_cartesian), axis1=1, axis2=2)
    norm = float((np.abs(characters) ** 2).mean())
    return np.array([round(float((characters.conj() * traces).mean().real) / norm)])
