"""One structure with moments for each of several groups, written as magnetic CIFs with a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.magnetic.built_report import same_group, write_magnetic
from curiebreak.magnetic.magnetic_build import BuiltMagnetic, build_magnetic, carrying_sites, magnetic_parent_crystal
from curiebreak.magnetic.spglib_group import group_by_spglib
from curiebreak.modes.build import as_parent
from curiebreak.modes.builder import space_of
from curiebreak.modes.child_folder import child_file, table_row, write_table
from curiebreak.modes.every_child import all_copies, order_parameters, parts_of, with_files
from curiebreak.modes.special_irreps import special_irrep
from curiebreak.results import IsotropySubgroup
from curiebreak.results.parent_records import DirectionList
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.parent import ParentCrystal

EXAMPLE = 1.0
"""μB; the largest moment of such a structure. Refinement finds the real ones."""


@dataclass(frozen=True, eq=False)
class TakingPart:
    """An irrep of an example with its order parameter (dim,); `odd`: of moments."""

    irrep: Irrep
    odd: bool
    components: FloatArray


@dataclass(frozen=True, eq=False)
class Example:
    """A structure of one group, with the names and directions of its irreps."""

    group: IsotropySubgroup
    built: BuiltMagnetic
    irreps: Sequence[str]
    directions: Sequence[str]


def example_of(
    parent: ParentCrystal, space: BlochSpace, members: Sequence[TakingPart], sites: Sequence[str], rms: float = 0.0
) -> BuiltMagnetic:
    """A structure in which every copy of the members takes part: moments on `sites`, displacements on all.

    Raises
    ------
    InputError
        If a member is not held by these fields.
    """
    wanted = [
        one for member in members for one in all_copies(space, member.irrep, member.components, sites, odd=member.odd)
    ]
    trial = build_magnetic(parent, wanted, np.zeros((3, 3)), space=space)
    field = trial.analysis.field
    moment = EXAMPLE / float(np.linalg.norm(field.moments, axis=1).max())
    moved = float(np.sqrt((field.displacements**2).sum(axis=1).mean()))
    shift = rms / moved if moved > 0.0 else 1.0
    scaled = [one.scaled(moment if one.odd else shift) for one in wanted]
    return build_magnetic(parent, scaled, np.zeros((3, 3)), space=space)


def written_examples(folder: Path, examples: Sequence[Example]) -> tuple[list[str], str]:
    """Write the examples into a folder, made where it is missing; returns their paths and that of the table."""
    folder.mkdir(exist_ok=True)
    files, rows = [], []
    for place, one in enumerate(examples, 1):
        path = folder / child_file(place, len(examples), one.group, "mcif")
        write_magnetic(one.built, path)
        agrees = same_group(one.group, group_by_spglib(one.built.analysis))
        atoms = len(one.built.analysis.field.site)
        rows.append(table_row(str(path), one.group, atoms, one.irreps, one.directions, agrees))
        files.append(str(path))
    return files, write_table(folder, rows)


def written_directions(
    parent: Any,
    found: DirectionList,
    folder: Path,
    rms: float,
    sites: Sequence[str] | None = None,
    parent_symprec: float | None = None,
) -> DirectionList:
    """Write an example along each direction of a list of magnetic directions.

    Parameters
    ----------
    parent : path, pymatgen Structure, ASE Atoms, Structure or ParentCrystal
    found : DirectionList
    folder : Path
    rms : float
        Root of the mean squared displacement, Å, where an irrep of displacements takes part.
    sites : sequence of str, optional
        Sites or elements that carry moments; by default those with open d or f shells.
    parent_symprec : float, optional
        Å.

    Raises
    ------
    InputError
        If an irrep is not held by these sites.
    """
    crystal = magnetic_parent_crystal(as_parent(parent, parent_symprec))
    names = carrying_sites(crystal, sites or ()) or list(crystal.site_names)
    odd = [label.startswith("m") for label in found.irreps]
    irreps = [special_irrep(crystal, label.removeprefix("m")) for label in found.irreps]
    examples = []
    for one in found.directions:
        etas = order_parameters(found, one)
        members = [TakingPart(*row) for row in zip(irreps, odd, etas, strict=True)]
        built = example_of(crystal, space_of(crystal, irreps, etas), members, names, rms)
        examples.append(Example(one.isotropy_subgroup, built, found.irreps, parts_of(one)))
    return with_files(found, *written_examples(folder, examples))
