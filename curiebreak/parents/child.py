"""Stage 0: the child in its primitive cell, averaged over its own group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError
from curiebreak.mapping.consistency import ChildOperations, child_group
from curiebreak.mapping.lattices import primitive_crystal
from curiebreak.parents.averaging import exact_translations, multiplication, symmetrised_metric
from curiebreak.parents.node import Child, Node
from curiebreak.structures import Structure
from curiebreak.structures.size import check_file

TOLERANCES = (0.01, 1e-3, 1e-4)
"""Å; the child's own group, the first at which every rotation occurs once."""


def kinds_of(structure: Structure, same: Sequence[Sequence[str]] = ()) -> tuple[IntArray, tuple[str, ...]]:
    """Kind (n,) of each atom and the name of each kind; species taken as one share a kind."""
    merged: Mapping[str, str] = {name: group[0] for group in same for name in group}
    names = [merged.get(s, s) for s in structure.species]
    order = tuple(dict.fromkeys(names))
    return np.array([order.index(n) for n in names], dtype=np.int64), order


def child_of(structure: Structure, same: Sequence[Sequence[str]] = ()) -> Child:
    """The child in its primitive cell with its own group.

    Parameters
    ----------
    structure : Structure
        A crystal.
    same : sequence of sequences of str
        Species that are taken as one.

    Raises
    ------
    InputError
        For one atom only.
    """
    check_file(structure)
    kinds, names = kinds_of(structure, same)
    crystal = primitive_crystal(np.asarray(structure.lattice), structure.coords, kinds, TOLERANCES[0])
    if len(crystal.frac) < 2:
        raise InputError(
            f"{structure.path or 'The structure'} has one atom in its primitive cell: nothing can be displaced.",
            "Give a structure with two or more atoms.",
        )
    hydrogen = np.array([name in ("H", "D") for name in names])
    for tolerance in TOLERANCES:
        group = child_group(crystal, tolerance)
        table = multiplication(group.rotations)
        if table is not None and table.min() >= 0:
            exact = exact_translations(group.rotations, group.translations, table, crystal.lattice, 0.1)
            if exact is not None:
                lattice = symmetrised_metric(crystal.lattice, group.rotations)
                frac = _averaged(crystal.frac, group, exact)
                crystal = replace(crystal, lattice=lattice, frac=frac)
                return Child(crystal, group.rotations, exact, group.permutations, hydrogen)
    everything = np.arange(len(crystal.frac))[None]
    return Child(crystal, np.eye(3, dtype=np.int64)[None], np.zeros((1, 3)), everything, hydrogen)


def _averaged(frac: FloatArray, group: ChildOperations, translations: FloatArray) -> FloatArray:
    change = np.zeros_like(frac)
    for rotation, translation, order in zip(group.rotations, translations, group.permutations, strict=True):
        difference = frac @ rotation.T + translation - frac[order]
        change[order] += nearest_image(difference)
    return frac + change / len(translations)


def first_node(child: Child) -> Node:
    """The child as the node that everything starts from."""
    count = len(child.crystal.frac)
    return Node(
        child=child,
        lattice=child.crystal.lattice,
        frac=child.crystal.frac,
        kinds=child.crystal.kinds,
        rotations=child.rotations,
        translations=child.translations,
        cell=np.eye(3, dtype=np.int64),
        site=np.arange(count),
        offset=np.zeros((count, 3), dtype=np.int64),
        hosts=child.hosts,
    )
