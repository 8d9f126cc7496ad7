"""A child along every direction of a list, written with a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.mapping.pair_summary import spglib_group
from curiebreak.modes.build import as_parent
from curiebreak.modes.builder import RequestedIrrep, build_child, copies_of, space_of
from curiebreak.modes.built import BuiltChild
from curiebreak.modes.child_folder import child_file, table_row, write_children, write_table
from curiebreak.modes.direction_list import generic_vector
from curiebreak.modes.special_irreps import special_irrep
from curiebreak.results.parent_records import DirectionEntry, DirectionList
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.direction_text import parse_direction
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.parent import ParentCrystal

_FADE = 0.8
"""Each further copy of an irrep moves by this part of the one before, so that no further symmetry is left by chance."""

_SEEN = 0.2
"""Of the root mean square displacement; spglib looks at the child with this tolerance in Å, at most 1e-3."""


def written_children(
    parent: Any, found: DirectionList, folder: Path, rms: float, parent_symprec: float | None = None
) -> DirectionList:
    """Write a child along each direction of a list into a folder, all copies of the irreps taking part.

    Parameters
    ----------
    parent : path, pymatgen Structure, ASE Atoms, Structure or ParentCrystal
    found : DirectionList
    folder : Path
    rms : float
        Root of the mean squared displacement, Å.
    parent_symprec : float, optional
        Å.

    Raises
    ------
    InputError
        If an irrep is not among the displacements of the parent.
    """
    crystal = as_parent(parent, parent_symprec)
    irreps = [special_irrep(crystal, label) for label in found.irreps]
    children = [_child(crystal, irreps, order_parameters(found, one), rms) for one in found.directions]
    names = [
        child_file(place, len(children), one.isotropy_subgroup, "xyz" if crystal.is_molecule else "cif")
        for place, one in enumerate(found.directions, 1)
    ]
    files = write_children(folder, children, names)
    rows = [
        table_row(file, one.isotropy_subgroup, len(child.site), found.irreps, parts_of(one), _agrees(child, rms))
        for file, one, child in zip(files, found.directions, children, strict=True)
    ]
    return with_files(found, files, write_table(folder, rows))


def order_parameters(found: DirectionList, one: DirectionEntry) -> list[FloatArray]:
    """A vector (dim,) in general position along a direction, for each of the irreps of a list."""
    vector = generic_vector(parse_direction(one.direction, sum(found.dims)))
    return np.split(vector, np.cumsum(found.dims)[:-1])


def parts_of(one: DirectionEntry) -> list[str]:
    """The part of a direction that belongs to each irrep, as text."""
    return [f"({part})" for part in one.direction.strip("()").split("|")]


def with_files(found: DirectionList, files: Sequence[str], table: str) -> DirectionList:
    """The list with the file of each direction, and of their table."""
    entries = tuple(replace(one, file=file) for one, file in zip(found.directions, files, strict=True))
    return replace(found, directions=entries, table=table)


def _child(parent: ParentCrystal, irreps: list[Irrep], etas: list[FloatArray], rms: float) -> BuiltChild:
    """The child in which every copy of the irreps on every site moves, scaled to the displacement."""
    space = space_of(parent, irreps, etas)
    wanted = [one for irrep, eta in zip(irreps, etas, strict=True) for one in all_copies(space, irrep, eta)]
    trial = build_child(parent, wanted, np.zeros((3, 3)), space)
    scale = rms / float(np.sqrt((trial.displacements**2).sum(axis=1).mean()))
    return build_child(parent, [one.scaled(scale) for one in wanted], np.zeros((3, 3)), space)


def all_copies(
    space: BlochSpace, irrep: Irrep, eta: FloatArray, sites: Sequence[str] = (), *, odd: bool = False
) -> list[RequestedIrrep]:
    """Every copy of an irrep on every site, along an order parameter (dim,); of moments (`odd`) on `sites` alone.

    Raises
    ------
    InputError
        If the irrep is not held by these fields.
    """
    held = copies_of(space, irrep, odd).items()
    places = [(site, copy) for site, copies in held if site in sites or not odd for copy in range(1, len(copies) + 1)]
    if not places:
        where = f"m{irrep.label} is not among the moments" if odd else f"{irrep.label} is not among the displacements"
        raise InputError(f"{where} of {', '.join(sites) or 'the parent'}.", "`curiebreak irreps` lists what is.")
    unit = eta / np.linalg.norm(eta)
    return [
        RequestedIrrep(irrep, site, copy, _FADE**place * unit, irrep.label, odd=odd)
        for place, (site, copy) in enumerate(places)
    ]


def _agrees(child: BuiltChild, rms: float) -> bool | None:
    if child.parent.is_molecule:
        return None
    seen = spglib_group(child.structure, min(1e-3, _SEEN * rms))[0]
    return seen is not None and seen.number == child.subgroup.number
