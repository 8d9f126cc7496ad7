"""The whole child of a prediction: parent, order parameter, secondaries and strain added up.

Everything that is added is invariant under the class's group H by construction, so the child has H exactly; spglib is
asked beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.family.evaluate import strain_of
from curiebreak.family.family_model import FamilyModel, ModelClass, Shape
from curiebreak.mapping.lattices import primitive_crystal
from curiebreak.results import SpaceGroup
from curiebreak.results.basic import matrix
from curiebreak.results.learned import StructureData
from curiebreak.results.prediction import PredictedChild
from curiebreak.structures.spacegroup import symmetry_dataset

ROUNDING = 1e-5
"""Å; by how much translated copies of an atom may differ: arithmetic of the networks."""
SPGLIB_TOLERANCE = 0.005
"""Å."""


def child_arrays(
    model: FamilyModel, chosen: ModelClass, species: Sequence[str], shape: Shape
) -> tuple[FloatArray, tuple[str, ...], FloatArray]:
    """Lattice (3, 3) in Å, species and fractions (m, 3) of the child's primitive cell."""
    cell = model.cell
    undistorted = shape.edge * cell.repeats * cell.lattice
    field = (chosen.basis @ shape.eta).reshape(-1, 3) + shape.secondaries
    frac = (shape.edge * cell.positions + field) @ np.linalg.inv(undistorted)
    lattice = undistorted @ (np.eye(3) + strain_of(shape.strain[None], model.strain_basis)[0]).T
    lattice *= (shape.edge**3 * cell.n_cells / abs(float(np.linalg.det(lattice)))) ** (1 / 3)
    kinds = np.asarray(cell.site_orbits[cell.site], dtype=np.int64)
    small = primitive_crystal(lattice, frac, kinds, ROUNDING)
    names = tuple(species[int(k)] for k in small.kinds)
    return small.lattice, names, np.asarray(small.frac % 1.0)


def parent_arrays(
    model: FamilyModel, species: Mapping[str, str], edge: float
) -> tuple[FloatArray, list[str], FloatArray]:
    """Lattice (3, 3) in Å, species and fractions of the undistorted parent with this edge (Å)."""
    cell = model.cell
    names = [species[cell.site_names[int(o)]] for o in cell.site_orbits]
    return edge * cell.lattice, names, cell.frac


def built_child(model: FamilyModel, chosen: ModelClass, species: Sequence[str], shape: Shape) -> PredictedChild:
    """The child with its group by construction and by spglib."""
    lattice, names, frac = child_arrays(model, chosen, species, shape)
    kinds = [sorted(set(names)).index(n) + 1 for n in names]
    dataset = symmetry_dataset(lattice, frac, kinds, SPGLIB_TOLERANCE)
    found = (
        None
        if dataset is None
        else SpaceGroup(number=int(dataset.number), symbol=str(dataset.international).replace("_", ""))
    )
    return PredictedChild(
        space_group=SpaceGroup(number=chosen.group, symbol=chosen.symbol),
        spglib=found,
        structure=StructureData(lattice=matrix(lattice), species=names, frac=matrix(frac)),
    )
