"""``list_directions``: the isotropy subgroups of an irrep or of a pair of irreps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.errors import InputError
from curiebreak.mapping.pair_summary import parent_summary
from curiebreak.modes.special_irreps import special_irrep
from curiebreak.results import IsotropySubgroup
from curiebreak.results.parent_records import DirectionEntry, DirectionList
from curiebreak.structures import read_structure
from curiebreak.symmetry.bloch import BlochSpace, bloch_space
from curiebreak.symmetry.directions import isotropy_directions
from curiebreak.symmetry.images import translation_representatives
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.subgroup import Subgroup
from curiebreak.symmetry.sublattices import periodic_cell
from curiebreak.versions import library_versions

LARGEST_IRREP = 6
"""Dimension up to which the directions of an irrep are listed."""

LARGEST_PAIR = 8
"""The same for the sum of the dimensions of a pair."""

LARGEST_SET = 9
"""The largest ``--max-dim`` of ``subgroups``."""

_FIXED = 1e-6


def list_directions(parent: Any, labels: Sequence[str], *, parent_symprec: float | None = None) -> DirectionList:
    """List every class of directions of one irrep, or of a pair in which both take part.

    Parameters
    ----------
    parent : path, pymatgen Structure, ASE Atoms or Structure
    labels : sequence of str
        One or two irreps at special k points.
    parent_symprec : float, optional
        Å, for the parent's symmetry; by default 0.01, or what the written decimals of the parent resolve.

    Returns
    -------
    DirectionList

    Raises
    ------
    InputError
        For unknown irreps, wave vectors that are not special, and dimensions that are too large.
    """
    start = time.perf_counter()
    crystal = parent_crystal(read_structure(parent), parent_symprec)
    irreps = [special_irrep(crystal, label) for label in labels]
    entries = every_direction(
        irreps, lambda: joint_images(crystal, irreps), lambda pattern: direction_subgroup(crystal, irreps, pattern)
    )
    options = {"irreps": list(labels), "parent_symprec": parent_symprec}
    return listed_directions(crystal, irreps, [irrep.label for irrep in irreps], entries, options, start)


def every_direction(
    irreps: Sequence[Irrep], images: Callable[[], FloatArray], group: Callable[[FloatArray], IsotropySubgroup]
) -> list[DirectionEntry]:
    """Every class of directions in which all irreps take part.

    Parameters
    ----------
    irreps : sequence of Irrep
    images : callable
        All different matrices (m, d, d) of the group that acts, the irreps side by side.
    group : callable
        The subgroup that a direction (f, d) leaves.
    """
    _check_size(irreps)
    layout = [[irrep.arm_size] * len(irrep.arms) for irrep in irreps]
    splits = np.cumsum([irrep.dim for irrep in irreps])[:-1]
    entries = []
    for found in isotropy_directions(images(), layout):
        # directions of a pair in which one irrep vanishes belong to the other alone
        if all(np.abs(part).max() > _FIXED for part in np.split(found.pattern, splits, axis=1)):
            left = group(found.pattern)
            entries.append(DirectionEntry(direction=found.text, parameters=len(found.pattern), isotropy_subgroup=left))
    return entries


def listed_directions(
    parent: ParentCrystal,
    irreps: Sequence[Irrep],
    names: Sequence[str],
    entries: Sequence[DirectionEntry],
    options: dict[str, Any],
    start: float,
) -> DirectionList:
    """The result, of work that began at `start`."""
    return DirectionList(
        messages=parent.structure.messages,
        parent=parent_summary(parent),
        irreps=tuple(names),
        kpoints=tuple(irrep.kpoint for irrep in irreps),
        dims=tuple(irrep.dim for irrep in irreps),
        directions=tuple(entries),
        options=options,
        versions=library_versions(),
        seconds={"total": time.perf_counter() - start},
    )


def _check_size(irreps: Sequence[Irrep]) -> None:
    """Refuse irreps with too many components for a list."""
    total = sum(irrep.dim for irrep in irreps)
    limit = LARGEST_IRREP if len(irreps) == 1 else LARGEST_PAIR
    names = " and ".join(f"{i.label} ({i.dim})" for i in irreps)
    if total > limit or max(i.dim for i in irreps) > LARGEST_IRREP:
        ways = ["Give the direction by numbers, such as (0.5,0.2;0,0;0,0)."]
        if total <= LARGEST_SET:
            set_of = f"--irreps {','.join(i.label for i in irreps)} --max-dim {total}"
            ways.append(f"`curiebreak subgroups PARENT {set_of}` lists the subgroups of displacements.")
        if len(irreps) == 1:
            ways.append(
                f"`curiebreak subgroups PARENT --magnetic --k {irreps[0].label.rstrip('0123456789+-')}` lists the "
                "largest groups that moments may leave."
            )
        raise InputError(
            f"The dimension of {names} is too large for a list of directions (limit {limit}).", " ".join(ways)
        )


def joint_images(parent: ParentCrystal, irreps: Sequence[Irrep]) -> FloatArray:
    """All different block-diagonal matrices (m, d, d) of the parent group in several irreps."""
    standard = StandardOperations(parent)
    arms = np.concatenate([standard.primitive_waves(irrep.arms) for irrep in irreps])
    # one translation for each set of phases: the joint image is finite
    moved = standard.lattice_translations(translation_representatives(arms))
    stacked = np.concatenate([_blocks(standard, irreps, standard.translations + shift) for shift in moved])
    keys = np.round(stacked.reshape(len(stacked), -1), 5) + 0.0
    _, first = np.unique(keys, axis=0, return_index=True)
    return np.asarray(stacked[np.sort(first)])


def _blocks(standard: StandardOperations, irreps: Sequence[Irrep], translations: FloatArray) -> FloatArray:
    """Block-diagonal matrices (g, d, d) of one operation per rotation."""
    dims = [irrep.dim for irrep in irreps]
    out = np.zeros((len(translations), sum(dims), sum(dims)))
    place = 0
    for irrep, dim in zip(irreps, dims, strict=True):
        own = slice(place, place + dim)
        out[:, own, own] = irrep.real_matrices(standard.rotations, translations)
        place += dim
    return out


def direction_subgroup(parent: ParentCrystal, irreps: Sequence[Irrep], pattern: FloatArray) -> IsotropySubgroup:
    """The subgroup of the parent that a general order parameter along a direction leaves.

    Parameters
    ----------
    parent : ParentCrystal
    irreps : sequence of Irrep
    pattern : ndarray (f, d)
        One row per letter, all irreps side by side.
    """
    vector = generic_vector(pattern)
    space = space_of_arms(parent, irreps, vector)
    return Subgroup(space, stabiliser_mask(space, irreps, vector)).described()


def generic_vector(pattern: FloatArray) -> FloatArray:
    """An order parameter (d,) along a direction (f, d) with no accidental relation between its letters."""
    # square roots of primes
    values = np.sqrt(np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0])[: len(pattern)])
    return np.asarray(values @ pattern)


def space_of_arms(parent: ParentCrystal, irreps: Sequence[Irrep], vector: FloatArray) -> BlochSpace:
    """Wave vectors of the smallest cell that holds the non-zero arms."""
    kpoints = [np.zeros((1, 3))]
    standard = StandardOperations(parent)
    place = 0
    for irrep in irreps:
        eta = vector[place : place + irrep.dim].reshape(len(irrep.arms), -1)
        kpoints.append(standard.primitive_waves(irrep.arms)[np.abs(eta).max(axis=1) > _FIXED])
        place += irrep.dim
    return bloch_space(parent, periodic_cell(np.concatenate(kpoints)))


def stabiliser_mask(
    space: BlochSpace, irreps: Sequence[Irrep], vector: FloatArray, image: FloatArray | None = None
) -> BoolArray:
    """Operations (g, s) of the parent that leave an order parameter (d,) unchanged, or carry it to an `image` (d,)."""
    goal = vector if image is None else image
    standard = StandardOperations(space.parent)
    moved = standard.lattice_translations(space.translations)
    columns = []
    for shift in moved:
        matrices = _blocks(standard, irreps, standard.translations + shift)
        # (13) for every operation and translation
        columns.append(np.abs(matrices @ vector - goal).max(axis=1) < _FIXED)
    return np.stack(columns, axis=1)
