"""The magnetic group of atoms and moments as spglib finds it, which knows nothing of the parent."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis
from curiebreak.magnetic.magnetic_field import MagneticField
from curiebreak.magnetic.magnetic_names import magnetic_group_named
from curiebreak.results import SpaceGroup
from curiebreak.structures.magnetic_group import MagneticOperation
from curiebreak.structures.spacegroup import (
    delaunay_cell,
    magnetic_standard,
    magnetic_symmetry_type,
    symmetry_dataset,
)
from curiebreak.transformation import Transformation

PLACES = 1e-4
"""Å by which positions of fields that were averaged over a group may differ; some split sites lie nearer than 1e-3."""

MOMENTS = 1e-3
"""μB, the same for moments."""

_DECIMALS = 5
"""Of occupancies."""


def group_by_spglib(analysis: MagneticAnalysis) -> SpaceGroup | None:
    """Space group of the atoms alone and magnetic group of atoms and moments; ``None`` where spglib finds none.

    It looks at the fields that were averaged over the magnetic group, in a Delaunay-reduced primitive magnetic cell:
    in others operations that do not keep the cell are lost.
    """
    lattice, places, kinds, moments = magnetic_atoms(analysis.field)
    basis = delaunay_cell(lattice)
    if basis is None:
        return None
    axes = np.round(basis @ np.linalg.inv(lattice))
    places = places @ np.linalg.inv(axes)
    atoms = symmetry_dataset(basis, places, kinds, PLACES)
    if atoms is None:
        return None
    found = magnetic_symmetry_type(basis, places, kinds, moments, PLACES, MOMENTS)
    named = None if found is None else magnetic_group_named(found)
    return SpaceGroup(int(atoms.number), str(atoms.international), named)


def standard_setting(analysis: MagneticAnalysis) -> tuple[Transformation, list[MagneticOperation]] | None:
    """From the parent's primitive axes to the standard BNS setting of the magnetic group, and its operations there.

    spglib finds it from atoms and moments; it is taken where every tabulated operation, carried back, is one of the
    group, and there are as many. Else ``None``.
    """
    lattice, places, kinds, moments = magnetic_atoms(analysis.field)
    basis = delaunay_cell(lattice)
    if basis is None:
        return None
    axes = np.asarray(np.round(basis @ np.linalg.inv(lattice)), dtype=np.float64)
    found = magnetic_standard(basis, places @ np.linalg.inv(axes), kinds, moments, PLACES, MOMENTS)
    if found is None:
        return None
    change, rotations, translations, thetas = found
    outward = change @ Transformation.out_of(axes @ analysis.field.cell).inverse
    turned, moved = outward.inverse.operations(rotations, translations)
    listed = analysis.isotropy.operations_with_time(analysis.whole)
    hnf = analysis.space.hnf
    for rotation, translation, theta in zip(turned, moved, thetas, strict=True):
        same = (np.abs(listed[0] - rotation).max(axis=(1, 2)) < _WHOLE) & (listed[2] == theta)
        steps = (listed[1][same] - translation) @ np.linalg.inv(hnf)
        if not same.any() or np.abs(nearest_image(steps)).max(axis=1).min() > _WHOLE:
            return None
    # primitive magnetic cells in the standard one
    centrings = abs(np.linalg.det(outward.inverse.matrix)) / abs(np.linalg.det(hnf))
    if abs(len(rotations) - len(listed[0]) * centrings) > 0.5:
        return None
    rows = zip(rotations.astype(float), translations, thetas, strict=True)
    return outward, [(r, t, int(theta)) for r, t, theta in rows]


_WHOLE = 1e-3
"""Fractions by which an operation that spglib places may differ from the exact one."""


def magnetic_atoms(field: MagneticField) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """Lattice, fractions (m, 3), kinds (m,) and moments (m, 3), Cartesian; what shares a position is one atom.

    The axes are ``(1 + e)`` times the undistorted ones. The magnetic group keeps e, so that its rotations turn the
    moments on the undistorted axes as they turn those on the strained ones.
    """
    parent = field.parent
    flat = np.asarray(field.lattice)
    frac = field.fractional + field.displacements @ np.linalg.inv(flat)
    contents: list[tuple[str, ...]] = []
    words = [
        f"{name} {np.round(own, _DECIMALS).tolist()}"
        for name, own in zip((parent.species[s] for s in field.site), field.occupation + 0.0, strict=True)
    ]
    places: list[int] = []
    left = set(range(len(frac)))
    moments = []
    for atom in range(len(frac)):
        if atom not in left:
            continue
        here = [i for i in sorted(left) if np.linalg.norm(nearest_image(frac[i] - frac[atom]) @ flat) < PLACES]
        left -= set(here)
        places.append(atom)
        contents.append(tuple(sorted(words[i] for i in here)))
        moments.append(field.moments[here].sum(axis=0))
    numbers = {content: number for number, content in enumerate(dict.fromkeys(contents), 1)}
    kinds = np.array([numbers[c] for c in contents], dtype=np.int64)
    return flat @ (np.eye(3) + field.strain), frac[places], kinds, np.array(moments)
