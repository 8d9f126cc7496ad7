"""The finite group of matrices by which an irrep at special k acts on its order parameter."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import hermite_normal_form, periodic_cell, residues


def image_group(parent: ParentCrystal, irrep: Irrep) -> FloatArray:
    """All different matrices (m, dim, dim) of the parent group in a real irrep, identity first."""
    standard = StandardOperations(parent)
    rotations, translations = standard.rotations, standard.translations
    vectors = translation_representatives(standard.to_primitive_kpoint(irrep.arms))
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
