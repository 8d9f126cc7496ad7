"""From two files to one structure with given fields and output fields on the same atoms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError
from curiebreak.mapping import map_child
from curiebreak.mapping.distortion import polar_decomposition
from curiebreak.modes.analysis import cell_field
from curiebreak.structures import Structure, read_structure
from curiebreak.structures.field_files import read_fields
from curiebreak.structures.fields_model import Field, FieldFile, make_field
from curiebreak.symmetry.child_group import CellField, find_child_group
from curiebreak.symmetry.parent import parent_crystal

_NEAR = 0.45
"""Part of the smallest distance that an atom may move and still be taken for itself without a search."""

_SMALL_STRAIN = 0.15

_SCATTER = 5e-4
"""Å; what three printed decimals leave open."""

_STRAIN_SCATTER = 2e-4

_ROUNDING = 1e-8
"""Norm (Å, or strain) below which a difference of two structures is rounding, not a field."""


@dataclass(frozen=True, eq=False)
class System:
    """Input structure, fields given with it, and output fields.

    Attributes
    ----------
    structure : Structure
        The input, or for a child in a larger cell the input in that cell.
    given, outputs : tuple of Field
    source, target : Structure
        What stands in the two files.
    messages : tuple of str
    """

    structure: Structure
    given: tuple[Field, ...]
    outputs: tuple[Field, ...]
    source: Structure
    target: Structure
    messages: tuple[str, ...]


def load_system(source: Any, target: Any, given: Sequence[str], wanted: Sequence[str], symprec: float | None) -> System:
    """Read input and output.

    Parameters
    ----------
    source, target : path or structure object
    given : sequence of str
        Fields of the input to use (``name`` or ``name:kind``); all but the usual ones by default.
    wanted : sequence of str
        Fields of the output to check.
    symprec : float or None

    Raises
    ------
    InputError
        Unusable files or fields, or an output on other atoms.
    NotCompatibleError
        If an output structure without fields does not map onto the input.
    """
    first = _read(source, given, None)
    if first.structure is None:
        raise InputError("The input names no atoms.", "Add species and positions to it.")
    second = _read(target, wanted, first.structure)
    messages = (*first.messages, *second.messages)
    if second.fields:
        target_structure = _same_atoms(first.structure, second)
        return System(first.structure, first.fields, second.fields, first.structure, target_structure, messages)
    if second.structure is None:
        raise InputError("The output has no fields.", "Add some under `fields`.")
    return _from_structures(first.structure, first.fields, second.structure, messages, symprec)


def _read(source: Any, wanted: Sequence[str], base: Structure | None) -> FieldFile:
    if isinstance(source, (str, Path)):
        return read_fields(source, wanted, base)
    return FieldFile(read_structure(source), ())


def _same_atoms(structure: Structure, file: FieldFile) -> Structure:
    other = file.structure
    if other is None:
        return replace(structure, path=file.path, sha256=file.sha256)
    if other.species != structure.species:
        raise InputError(
            f"The fields of {file.path} are not on the atoms of the input, in its order.",
            "Give the output for the same atoms, in the same order.",
        )
    return other


def _from_structures(
    source: Structure,
    given: tuple[Field, ...],
    target: Structure,
    messages: tuple[str, ...],
    symprec: float | None,
) -> System:
    """The output is a structure: what moved is the field."""
    direct = _direct(source, target)
    if direct is not None:
        note = "No output field: the displacements from the input to the output, atom by atom, are checked."
        return System(source, given, direct, source, target, (*messages, *target.messages, note))
    distortion = map_child(parent_crystal(source, symprec), target)
    averaged = find_child_group(cell_field(distortion)).field
    larger, moved = _supercell(source, given, averaged)
    note = "No output field: the distortion of the output, mapped onto the input, is checked."
    return System(
        larger, moved, _distortion_fields(averaged, distortion.occupation_elements), source, target, (*messages, note)
    )


def _direct(source: Structure, target: Structure) -> tuple[Field, ...] | None:
    """Displacements (and strain) of equal atoms in equal order; None when atoms must be searched for."""
    if source.species != target.species or source.is_molecule != target.is_molecule:
        return None
    difference = target.coords - source.coords
    if source.lattice is None or target.lattice is None:
        moved, strain = difference, None
    else:
        gradient = (np.linalg.inv(source.lattice) @ target.lattice).T
        if np.linalg.det(gradient) <= 0:
            return None
        strain = polar_decomposition(gradient)[1] - np.eye(3)
        moved = nearest_image(difference) @ source.lattice
        moved = moved - moved.mean(axis=0)
        if np.abs(strain).max() > _SMALL_STRAIN:
            return None
    if np.linalg.norm(moved, axis=1).max() > _NEAR * _smallest_distance(source):
        return None
    return _displacement_fields(moved, strain)


def _smallest_distance(structure: Structure) -> float:
    if len(structure) == 1:
        return np.inf
    difference = structure.coords[:, None] - structure.coords[None]
    if structure.lattice is not None:
        difference = nearest_image(difference) @ structure.lattice
    distance = np.linalg.norm(difference, axis=-1) + 1e6 * np.eye(len(structure))
    return float(distance.min())


def _displacement_fields(moved: FloatArray, strain: FloatArray | None) -> tuple[Field, ...]:
    """Displacements and strain; of two that are nothing but rounding one remains, as zeros."""
    count = len(moved)
    fields = []
    moved = _clean(moved)
    strain = None if strain is None else _clean(strain)
    if moved.any() or strain is None:
        field = make_field("displacement", moved, kind="vector", per="atom", n_atoms=count)
        fields.append(replace(field, quantity="displacement", uncertainty=_SCATTER))
    if strain is not None and (strain.any() or not fields):
        field = make_field("strain", strain, kind="tensor", per="global", n_atoms=count, rank=2, symmetry="ij=ji")
        fields.append(replace(field, quantity="strain", uncertainty=_STRAIN_SCATTER))
    return tuple(fields)


def _clean(values: FloatArray) -> FloatArray:
    """The values, or zeros when they are rounding, which has no symmetry and must not be judged by its own."""
    return values if np.linalg.norm(values) > _ROUNDING else np.zeros_like(values)


def _distortion_fields(averaged: CellField, elements: tuple[str, ...]) -> tuple[Field, ...]:
    strain = None if averaged.parent.is_molecule else averaged.strain
    fields = list(_displacement_fields(averaged.displacements, strain))
    occupation = averaged.occupation
    if np.abs(occupation).max(initial=0.0) > 1e-6:
        for name, values in zip(elements, occupation.T, strict=True):
            field = make_field(f"occupation {name}", values, kind="scalar", per="atom", n_atoms=len(values))
            fields.append(replace(field, quantity="occupation"))
    return tuple(fields)


def _supercell(source: Structure, given: tuple[Field, ...], averaged: CellField) -> tuple[Structure, tuple[Field, ...]]:
    """The undistorted input in the child's cell, with the given fields carried along."""
    parent = averaged.parent
    coords, cartesian = averaged.fractional, averaged.cartesian
    if parent.lattice is None:
        coords, cartesian = coords + parent.centre, cartesian + parent.centre
    structure = replace(
        source,
        lattice=averaged.lattice,
        species=tuple(parent.species[i] for i in averaged.site),
        coords=np.asarray(coords),
        labels=(),
        occupancies=(),
    )
    owner = _atoms_of_file(source, np.asarray(cartesian))
    moved = [f if f.per == "global" else replace(f, values=f.values[owner]) for f in given]
    return structure, tuple(moved)


def _atoms_of_file(source: Structure, places: FloatArray) -> IntArray:
    """Atom of the input's file at each Cartesian position."""
    if source.lattice is not None:
        places = places @ np.linalg.inv(source.lattice)
    difference = places[:, None] - source.coords[None]
    if source.lattice is not None:
        difference = nearest_image(difference) @ source.lattice
    return np.asarray(np.linalg.norm(difference, axis=-1).argmin(axis=1))
