"""The parent that a magnetic CIF states: as a structure, and as the result of ``curiebreak parent``."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from curiebreak.clock import Clock
from curiebreak.magnetic.magnetic_modes import MagneticPair
from curiebreak.magnetic.stated_setting import Placed, place, stated_setting
from curiebreak.mapping.pair_summary import structure_data
from curiebreak.modes.entries import in_few_words
from curiebreak.options.modes_options import PairOptions
from curiebreak.results import Decomposition, Status
from curiebreak.results.basic import group_name
from curiebreak.results.parents import ParentCandidate, ParentSearch
from curiebreak.structures import Structure, structure_from_arrays
from curiebreak.structures.checks import Provenance
from curiebreak.structures.magnetic_cif import MagneticCrystal, lists_moments, read_magnetic_cif
from curiebreak.versions import library_versions

DISTANCE_WEIGHT = 30.0
"""Of ``(rms/a)^2`` in the score of a parent, as for parents that are found."""


def states_parent(child: object) -> bool:
    """Whether a magnetic crystal, or the magnetic CIF of a path, states its parent's group and setting."""
    if lists_moments(child):
        child = read_magnetic_cif(str(child))
    return isinstance(child, MagneticCrystal) and child.stated.complete


def magnetic_parent(path: str | Path) -> Structure:
    """The parent that a magnetic CIF states, in the standard setting of its group.

    Raises
    ------
    InputError
        Where it states none, or one that contradicts the structure.
    """
    crystal = read_magnetic_cif(path)
    return parent_structure(place(crystal, stated_setting(crystal)))


def parent_structure(placed: Placed) -> Structure:
    """The parent with elements that share a position on one mixed site; sites of occupancy 0 are left out."""
    structure, crystal = placed.parent.structure, placed.crystal
    contents = [{e: x for e, x in site.items() if x > 0.0} for site in structure.occupancies]
    kept = [i for i, content in enumerate(contents) if content]
    return structure_from_arrays(
        structure.lattice,
        [contents[i] for i in kept],
        structure.coords[kept],
        [structure.labels[i] for i in kept],
        provenance=Provenance(f"the parent of {crystal.name}", crystal.path, crystal.sha256),
    )


def stated_search(path: str | Path) -> ParentSearch:
    """The stated parent as the one candidate of ``curiebreak parent``, with the irreps of moments and structure.

    Raises
    ------
    InputError
        See :func:`magnetic_parent`.
    """
    started = time.perf_counter()
    pair = MagneticPair("auto", path, PairOptions("auto", path), Clock())
    crystal, placed, result = pair.crystal, pair.placed, pair.decomposition
    built = parent_structure(placed)
    seconds = time.perf_counter() - started
    return ParentSearch(
        status=Status.STATED,
        messages=(_sentence(crystal, result), *result.messages),
        versions=library_versions(),
        seconds={"total": seconds},
        options={},
        parent=replace(result.parent, path=None, formula=built.formula),
        child=result.child,
        candidates=(_candidate(placed, result, built),),
        aristotype=0,
        nearest=0,
        found=1,
    )


def _sentence(crystal: MagneticCrystal, result: Decomposition) -> str:
    named = group_name(result.parent, "its group")
    return f"The parent is the one that {crystal.name} states, {named}; --all searches for others."


def _candidate(placed: Placed, result: Decomposition, built: Structure) -> ParentCandidate:
    parent, distortion, index = placed.parent, placed.distortion, result.index
    spacing = float(abs(np.linalg.det(np.asarray(parent.lattice))) / len(parent.species)) ** (1 / 3)
    total = 1 if index is None else index.total
    return ParentCandidate(
        number=parent.number,
        symbol=parent.symbol,
        index=total,
        size=1 if result.mapping is None else result.mapping.size,
        point_index=1 if index is None else index.point,
        n_atoms=len(parent.species),
        dmax=distortion.dmax,
        rms=distortion.rms,
        strain_max=float(np.abs(np.linalg.eigvalsh(distortion.strain)).max()),
        hop=0.0,
        score=float(np.log(total)) - DISTANCE_WEIGHT * (distortion.rms / spacing) ** 2,
        headline="stated",
        primary=result.primary,
        minimal_sets=result.minimal_sets,
        irreps=tuple(map(in_few_words, result.irreps)),
        structure=structure_data(built),
    )
