"""The finite group of matrices by which an irrep at special k acts on its order parameter, and names by it."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.symmetry.directions import canonical_direction
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import hermite_normal_form, periodic_cell, residues

_SILENT = 1e-9
"""Components of a direction of unit length below this are zero."""


def image_group(parent: ParentCrystal, irrep: Irrep) -> FloatArray:
    """All different matrices (m, dim, dim) of the parent group in a real irrep, identity first."""
    standard = StandardOperations(parent)
    rotations, translations = standard.rotations, standard.translations
    vectors = translation_representatives(standard.primitive_waves(irrep.arms))
    moved = standard.lattice_translations(vectors)
    matrices = [irrep.real_matrices(rotations, translations + shift) for shift in moved]
    stacked = np.concatenate(matrices)
    keys = np.round(stacked.reshape(len(stacked), -1), 5) + 0.0
    _, first = np.unique(keys, axis=0, return_index=True)
    return np.asarray(stacked[np.sort(first)])


def translation_representatives(kpoints: FloatArray) -> IntArray:
    """Lattice vectors (m, 3) with different phases at the given k (primitive fractions), zero first.

    Raises
    ------
    InputError
        If the wave vectors have large denominators.
    """
    return residues(hermite_normal_form(periodic_cell(kpoints)))


def root_sum_square(copies: FloatArray) -> FloatArray:
    """Length of each component over the copies (m, dim), signed as in the largest copy."""
    largest = copies[int((copies**2).sum(axis=1).argmax())]
    signs = np.where(largest < 0, -1.0, 1.0)
    return np.asarray(signs * np.sqrt((copies**2).sum(axis=0)))


def named_direction(parent: ParentCrystal, irrep: Irrep, copies: FloatArray) -> tuple[str | None, FloatArray]:
    """Direction of an order parameter: letters (special k only), and numbers (dim,) along the same axes.

    Parameters
    ----------
    parent : ParentCrystal
    irrep : Irrep
    copies : ndarray (m, dim)
        Order parameter of every copy of the irrep, in one domain.

    Returns
    -------
    text, components
        In the canonical domain; root-sum-square over the copies.
    """
    if not len(copies):
        return None, np.zeros(0)
    if irrep.kind != "special":
        return None, root_sum_square(copies)
    layout = [[irrep.arm_size] * len(irrep.arms)]
    found = canonical_direction([image_group(parent, irrep)], [copies], layout)
    return found.text, root_sum_square(found.components[0])


def unit_direction(parent: ParentCrystal, irrep: Irrep, copies: FloatArray) -> tuple[str | None, FloatArray]:
    """The same with components of unit length, rounding set to zero."""
    text, components = named_direction(parent, irrep, copies)
    components = components / np.linalg.norm(components)
    return text, np.where(np.abs(components) > _SILENT, components, 0.0)
