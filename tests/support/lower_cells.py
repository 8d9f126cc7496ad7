"""Children in cells that do not have the symmetry of the structure they hold, with scatter of the coordinates."""

from __future__ import annotations

import numpy as np
from series import Cell

from curiebreak.modes.built import BuiltChild
from curiebreak.symmetry.sublattices import hermite_normal_form, reduce_vectors, residues

CUBES = np.diag([2, 2, 2])
ACROSS = np.array([[1, 1, 0], [-1, 1, 0], [0, 0, 2]])
"""sqrt2 x sqrt2 x 2: it has no three-fold axis, and its four-fold axis is that along z alone."""


def in_cell(child: BuiltChild, basis: np.ndarray) -> Cell:
    """A built child in the cell `basis` (rows, in the parent's primitive axes), its strain taken with it."""
    parent = child.parent
    hnf = hermite_normal_form(np.asarray(basis, dtype=np.int64))
    small = hermite_normal_form(child.cell)
    known = {
        (int(site), *map(int, where)): moved
        for site, where, moved in zip(
            child.site, reduce_vectors(child.cell_index, small), child.displacements, strict=True
        )
    }
    species, places = [], []
    for site, element in enumerate(parent.species):
        for step in residues(hnf):
            moved = known[(site, *map(int, reduce_vectors(step, small)))]
            species.append(element)
            places.append((parent.frac[site] + step) @ parent.lattice + moved)
    lattice = basis @ parent.lattice
    frac = np.array(places) @ np.linalg.inv(lattice)
    return Cell(lattice @ (np.eye(3) + child.strain), tuple(species), frac)
