"""Force constants of springs between near atoms, and phonopy's files of them: data of our own with a known symmetry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.phonons.force_constants import ForceConstants
from curiebreak.structures import read_structure, structure_from_arrays

MASSES = {"La": 138.9, "Mn": 54.9, "O": 16.0, "Ba": 137.3, "Ti": 47.9, "Si": 28.1, "Y": 88.9, "Sr": 87.6, "Zr": 91.2}


def springs(
    path: Path,
    repeat: tuple[int, int, int],
    reach: float,
    stiff: Mapping[str, float] | None = None,
    across: Mapping[str, float] | None = None,
) -> ForceConstants:
    """Springs between all atoms nearer than `reach` (Å).

    The stiffness along a pair is 10 exp(-d), or what `stiff` says of its elements (in order of the alphabet: LaO); that
    across it is a tenth, or the part that `across` says. A negative one is that of a bond under pressure, which lets
    octahedra tilt.
    """
    unit = read_structure(path)
    cell = np.asarray(unit.lattice)
    steps = np.stack(np.meshgrid(*[np.arange(n) for n in repeat], indexing="ij"), -1).reshape(-1, 3)
    lattice = np.diag(repeat) @ cell
    frac = np.concatenate([(x + steps) / np.array(repeat) for x in unit.coords])
    species = np.repeat(unit.species, len(steps))
    images = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    count = len(frac)
    values = np.zeros((count, count, 3, 3))
    for i in range(count):
        vectors = (frac - frac[i])[:, None] @ lattice + images @ lattice
        lengths = np.linalg.norm(vectors, axis=2)
        for j, image in np.argwhere((lengths > 1e-6) & (lengths < reach)):
            vector, length = vectors[j, image], lengths[j, image]
            pair = "".join(sorted((species[i], species[j])))
            along = np.outer(vector, vector) / length**2
            strength = (stiff or {}).get(pair, 10 * np.exp(-length))
            spring = strength * (along + (across or {}).get(pair, 0.1) * (np.eye(3) - along))
            values[i, j] -= spring
            values[i, i] += spring
    return ForceConstants(
        structure=structure_from_arrays(cell, list(unit.species), unit.coords),
        path="springs",
        lattice=lattice,
        frac=frac,
        masses=np.array([MASSES[str(name)] for name in species]),
        rows=np.arange(count),
        values=values,
        factor=15.633302,
    )


def as_phonopy(constants: ForceConstants, repeat: tuple[int, int, int]) -> object:
    """The same as an object of phonopy, atoms in its own order."""
    from phonopy import Phonopy
    from phonopy.structure.atoms import PhonopyAtoms

    unit = constants.structure
    atoms = PhonopyAtoms(symbols=list(unit.species), cell=unit.lattice, scaled_positions=unit.coords,
                         masses=[MASSES[name] for name in unit.species])  # fmt: skip
    made = Phonopy(atoms, supercell_matrix=np.diag(repeat), primitive_matrix="auto")
    order = [_same(x, constants.frac) for x in made.supercell.scaled_positions]
    made.force_constants = constants.values[np.ix_(order, order)]
    return made


def _same(x: FloatArray, frac: FloatArray) -> int:
    offsets = frac - x
    return int(np.abs(offsets - np.round(offsets)).max(axis=1).argmin())
