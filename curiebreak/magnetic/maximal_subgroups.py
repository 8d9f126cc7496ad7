"""Maximal magnetic subgroups: the largest magnetic groups that leave moments of one wave vector room on some sites.

A group M that leaves moments of a wave vector k alone leaves those of some irrep at k alone, so that it lies in the
stabiliser of these. The maximal groups are therefore the maximal ones among the stabilisers

``{(g, theta) : theta D(g) eta = eta}``

of order parameters of single irreps; of one arm of the star (one propagation vector, and its negative), or of all arms.
Groups that an operation of the parent carries into each other are one class.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.fields import representation
from curiebreak.magnetic.grey_group import family, grey_subgroup
from curiebreak.magnetic.magnetic_build import BuiltMagnetic, carrying_sites, magnetic_parent_crystal
from curiebreak.magnetic.magnetic_examples import Example, TakingPart, example_of, written_examples
from curiebreak.magnetic.mcif_text import moment_sites
from curiebreak.mapping.pair_summary import parent_summary
from curiebreak.modes.available import site_multiplicities
from curiebreak.modes.build import as_parent
from curiebreak.modes.direction_list import generic_vector
from curiebreak.modes.lookup import irreps_at_k
from curiebreak.modes.subgroup_list import is_polar
from curiebreak.results.subgroup_records import AllowedIrrep, IrrepSet, SearchedIrrep, SubgroupEntry, SubgroupList
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.direction_text import format_direction
from curiebreak.symmetry.directions import isotropy_directions
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.quotient import FiniteQuotient
from curiebreak.symmetry.sublattices import match_vectors, periodic_cell
from curiebreak.versions import library_versions

LARGEST = 8
"""Components of an irrep on the arms that take part; more have too many directions to list."""

_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Stabiliser:
    """The stabiliser of a direction of one irrep of moments.

    Attributes
    ----------
    irrep : Irrep
    pattern : ndarray (f, dim)
        Rows of the direction, over all arms.
    mask : ndarray (2, n) of bool
        Elements of the quotient without and with time reversal.
    """

    irrep: Irrep
    pattern: FloatArray
    mask: BoolArray

    @property
    def direction(self) -> str:
        """The direction in letters."""
        return format_direction(self.pattern, [[self.irrep.arm_size] * len(self.irrep.arms)])


@dataclass(frozen=True, eq=False)
class MomentSearch:
    """The parent modulo translations that keep the arms that take part, and the irreps of moments there.

    Attributes
    ----------
    parent : ParentCrystal
    operations : ndarray (l,) of int
        Those of the parent that carry the arms into each other or their negatives.
    quotient : FiniteQuotient
        Of the group of these operations.
    arms : ndarray (a,) of int
        Arms of the first irrep that take part.
    irreps : tuple of Irrep
        That the sites hold.
    """

    parent: ParentCrystal
    operations: IntArray
    quotient: FiniteQuotient
    arms: IntArray
    irreps: tuple[Irrep, ...]

    def blocks(self, irrep: Irrep) -> tuple[FloatArray, IntArray]:
        """Matrices (n, w, w) of the elements on the arms that take part, and the components (w,) that these are."""
        standard = StandardOperations(self.parent)
        wanted = standard.primitive_waves(self.irreps[0].arms)[self.arms]
        own = standard.primitive_waves(irrep.arms)
        either = np.maximum(match_vectors(wanted, own), match_vectors(-wanted, own))
        columns = (either[:, None] * irrep.arm_size + np.arange(irrep.arm_size)).ravel()
        return self.quotient.matrices(irrep)[:, columns][:, :, columns], columns

    def stabilisers(self) -> list[Stabiliser]:
        """Those of every class of directions of every irrep."""
        found = []
        for irrep in self.irreps:
            matrices, columns = self.blocks(irrep)
            layout = [[irrep.arm_size] * len(self.arms)]
            for one in isotropy_directions(np.concatenate([matrices, -matrices]), layout):
                moved = np.einsum("nij,fj->nfi", matrices, one.pattern)
                kept = [np.abs(s * moved - one.pattern).max(axis=(1, 2)) < _SAME for s in (1, -1)]
                pattern = np.zeros((len(one.pattern), irrep.dim))
                pattern[:, columns] = one.pattern
                found.append(Stabiliser(irrep, pattern, np.array(kept)))
        return found

    def within(self, small: BoolArray, large: BoolArray) -> bool:
        """Whether a conjugate of a group (2, n) holds another one."""
        if small.sum() > large.sum():
            return False
        elements = np.flatnonzero(small.any(axis=0))
        images = self.quotient.conjugates[:, elements]  # (n, m)
        return bool((large[:, images] | ~small[:, None, elements]).all(axis=(0, 2)).any())

    def maximal(self) -> list[Stabiliser]:
        """One of each class of maximal stabilisers, the fewest letters first."""
        candidates = sorted(self.stabilisers(), key=lambda one: (-int(one.mask.sum()), len(one.pattern)))
        kept: list[Stabiliser] = []
        for one in candidates:
            if not any(self.within(one.mask, other.mask) for other in kept):
                kept.append(one)
        return kept

    def allowed(self, one: Stabiliser) -> list[tuple[Irrep, FloatArray]]:
        """The irreps that a group leaves room for, with the order parameters (f, dim) that it keeps."""
        found = []
        for irrep in self.irreps:
            matrices, columns = self.blocks(irrep)
            total = (matrices[one.mask[0]].sum(axis=0) - matrices[one.mask[1]].sum(axis=0)) / one.mask.sum()
            values, vectors = np.linalg.eigh((total + total.T) / 2)
            rows = vectors[:, values > 0.999].T
            if len(rows):
                pattern = np.zeros((len(rows), irrep.dim))
                pattern[:, columns] = rows
                found.append((irrep, pattern))
        return found

    def in_grey_group(self, mask: BoolArray) -> tuple[BlochSpace, BoolArray]:
        """The same group as a mask (2 g, s) over all operations of the parent."""
        count, space = self.parent.n_operations, self.quotient.space
        whole = np.zeros((2, count, space.size), dtype=bool)
        whole[:, self.operations] = mask.reshape(2, len(self.operations), space.size)
        return bloch_space(self.parent, space.cell), whole.reshape(2 * count, space.size)


def moment_search(parent: ParentCrystal, kpoint: str, sites: Sequence[str], star: bool = False) -> MomentSearch:
    """The irreps of moments on some sites at one wave vector, on one arm of its star or on all.

    Raises
    ------
    InputError
        For wave vectors that the group does not have, sites that hold no moments there, and irreps that are too large.
    """
    axial = representation(1, "e", parent.rotations_cartesian)
    held = np.isin(parent.site_names, list(sites))
    irreps = irreps_at_k(parent, kpoint)
    moments = tuple(one for one in irreps if site_multiplicities(parent, one.members[0], axial)[held].any())
    standard = StandardOperations(parent)
    waves = standard.primitive_waves(moments[0].arms)
    arms = np.arange(len(waves)) if star else np.arange(1)
    large = [one.label for one in moments if one.arm_size * len(arms) > LARGEST]
    if large:
        raise InputError(
            f"m{large[0]} has too many components for a list of its directions.",
            "Leave out --star, or choose another k.",
        )
    # R^-T k = +- an arm that takes part
    turned = np.einsum("gij,aj->gai", np.linalg.inv(parent.rotations).transpose(0, 2, 1), waves[arms])
    signed = np.concatenate([waves[arms], -waves[arms]])
    operations = np.flatnonzero([match_vectors(image, signed).min() >= 0 for image in turned])
    cell = periodic_cell(np.concatenate([np.zeros((1, 3)), waves[arms]]))
    quotient = FiniteQuotient(bloch_space(_with_operations(parent, operations), cell))
    return MomentSearch(parent, operations, quotient, arms, moments)


def _with_operations(parent: ParentCrystal, kept: IntArray) -> ParentCrystal:
    """The same atoms with a subgroup of the operations."""
    names = ("rotations", "translations", "rotations_cartesian", "permutations", "shifts")
    return replace(parent, **{name: getattr(parent, name)[kept] for name in names})


def maximal_magnetic_subgroups(
    parent: Any,
    k: str,
    sites: Sequence[str] | None = None,
    *,
    star: bool = False,
    folder: Path | None = None,
    parent_symprec: float | None = None,
) -> SubgroupList:
    """List the maximal magnetic subgroups of a parent for one propagation vector and the moments of some sites.

    Parameters
    ----------
    parent : path, pymatgen Structure, ASE Atoms, Structure or ParentCrystal
    k : str
        Letters of a special k point, or three fractions in the reciprocal basis of the conventional cell.
    sites : sequence of str, optional
        Sites or elements; by default those with open d or f shells.
    star : bool
        All arms of the star together, not one propagation vector and its negative.
    folder : Path, optional
        Where an example of each is written as a magnetic CIF, with a table.
    parent_symprec : float, optional
        Å.

    Returns
    -------
    SubgroupList

    Raises
    ------
    InputError
        See :func:`moment_search`; for molecules.
    """
    start = time.perf_counter()
    crystal = magnetic_parent_crystal(as_parent(parent, parent_symprec))
    names = carrying_sites(crystal, sites or ())
    if not names:
        raise InputError("No site of the parent has an open d or f shell.", "Name sites with --sites.")
    search = moment_search(crystal, k, names, star)
    found = search.maximal()
    built = [_example(search, one, names) for one in found]
    entries = [replace(_entry(search, one, names), moments=_free(b)) for one, b in zip(found, built, strict=True)]
    table = None
    if folder is not None:
        entries, table = _written(folder, entries, built)
    messages = [
        *crystal.structure.messages,
        *([] if sites else [f"Moments on {', '.join(names)}; --sites chooses."]),
        "Only the maximal groups are listed; `curiebreak distort PARENT --list-directions "
        f"m{search.irreps[0].label}` lists all that an irrep leaves.",
    ]
    return SubgroupList(
        messages=tuple(messages),
        parent=parent_summary(crystal),
        found=len(found),
        subgroups=tuple(entries),
        irreps=tuple(
            SearchedIrrep(irrep="m" + one.label, kpoint=one.kpoint, dim=one.dim, fields=("magnetic",))
            for one in search.irreps
        ),
        table=table,
        options={"k": k, "sites": list(names), "star": star, "parent_symprec": parent_symprec},
        versions=library_versions(),
        seconds={"total": time.perf_counter() - start},
    )


def _entry(search: MomentSearch, one: Stabiliser, names: Sequence[str]) -> SubgroupEntry:
    space, mask = search.in_grey_group(one.mask)
    group = grey_subgroup(space, mask)
    return SubgroupEntry(
        isotropy_subgroup=group,
        polar=bool(is_polar(search.parent, np.asarray(family(mask).any(axis=1))[None]).all()),
        sets=(IrrepSet(irreps=("m" + one.irrep.label,), directions=(one.direction,), dim=one.irrep.dim),),
        allowed=tuple(
            AllowedIrrep(
                irrep="m" + irrep.label,
                direction=Stabiliser(irrep, rows, one.mask).direction if len(rows) == 1 else "",
                parameters=len(rows),
            )
            for irrep, rows in search.allowed(one)
            if irrep is not one.irrep
        ),
    )


def _example(search: MomentSearch, one: Stabiliser, names: Sequence[str]) -> BuiltMagnetic:
    """A structure of this group: every copy of the irrep on the sites."""
    space = bloch_space(search.parent, search.quotient.space.cell)
    return example_of(search.parent, space, [TakingPart(one.irrep, True, generic_vector(one.pattern))], names)


def _written(folder: Path, entries: list[SubgroupEntry], built: list[BuiltMagnetic]) -> tuple[list[SubgroupEntry], str]:
    """The entries with the file of their example, and the table beside these."""
    rows = [(entry.isotropy_subgroup, entry.sets[0]) for entry in entries]
    examples = [
        Example(group, made, only.irreps, only.directions) for (group, only), made in zip(rows, built, strict=True)
    ]
    files, table = written_examples(folder, examples)
    return [replace(entry, file=file) for entry, file in zip(entries, files, strict=True)], table


def _free(built: BuiltMagnetic) -> dict[str, int]:
    """Free components of the moments that the group leaves on each site of the parent that carries some."""
    crystal, field = built.crystal, built.analysis.field
    found: dict[str, int] = {}
    for site in moment_sites(crystal):
        name = field.site_names[site.atom]
        if crystal.listed[site.atom]:
            letters = {letter for letter in ("mx", "my", "mz") if letter in site.form}
            found[name] = found.get(name, 0) + len(letters)
    return found
