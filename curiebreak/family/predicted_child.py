"""The whole child of a prediction: parent, order parameter, secondaries and strain added up.

Everything that is added is invariant under the class's group H by construction, so the child has H exactly; spglib is
asked beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

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


Arrays = tuple[FloatArray, tuple[str, ...], FloatArray]
"""Lattice (3, 3) in Å, species and fractions (m, 3)."""


def field_of(chosen: ModelClass, shape: Shape) -> FloatArray:
    """Displacements (n, 3) of a child, Å."""
    return np.asarray((chosen.basis @ shape.eta).reshape(-1, 3) + shape.secondaries)


def child_arrays(
    model: FamilyModel, species: Sequence[str], field: FloatArray, strain: FloatArray, edge: float
) -> Arrays:
    """Primitive cell of the child with these displacements (n, 3) and strain (5,)."""
    cell = model.cell
    undistorted = edge * cell.repeats * cell.lattice
    frac = (edge * cell.positions + field) @ np.linalg.inv(undistorted)
    lattice = undistorted @ (np.eye(3) + strain_of(strain[None], model.strain_basis)[0]).T
    lattice *= (edge**3 * cell.n_cells / abs(float(np.linalg.det(lattice)))) ** (1 / 3)
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
    lattice, names, frac = child_arrays(model, species, field_of(chosen, shape), shape.strain, shape.edge)
    return PredictedChild(
        space_group=SpaceGroup(number=chosen.group, symbol=chosen.symbol),
        spglib=group_by_spglib(lattice, names, frac),
        structure=StructureData(lattice=matrix(lattice), species=names, frac=matrix(frac)),
    )


def group_by_spglib(lattice: FloatArray, names: Sequence[str], frac: FloatArray) -> SpaceGroup | None:
    """Space group at `SPGLIB_TOLERANCE`."""
    kinds = [sorted(set(names)).index(n) + 1 for n in names]
    dataset = symmetry_dataset(lattice, frac, kinds, SPGLIB_TOLERANCE)
    if dataset is None:
        return None
    return SpaceGroup(number=int(dataset.number), symbol=str(dataset.international))


def combined_children(model: FamilyModel, species: Sequence[str]) -> list[tuple[tuple[str, ...], int, Arrays]]:
    """Children in which two classes meet: primary set, space group by spglib, and primitive cell.

    It lies midway between the two in their canonical domains: half of either's displacements and strain, for the whole
    of both would push atoms into one another. A union of primary sets that is a class's own, or that another pair gave,
    is left out: its child would be no new start.
    """
    described = model.described(species)
    broken = [(place, c) for place, c in enumerate(model.classes) if c.primary]
    shapes = {place: model.shapes(place, [described])[0] for place, _ in broken}
    seen = {frozenset(c.primary) for _, c in broken}
    found = []
    for (i, first), (j, second) in combinations(broken, 2):
        union = frozenset(first.primary) | frozenset(second.primary)
        if union in seen:
            continue
        seen.add(union)
        one, other = shapes[i], shapes[j]
        field = (field_of(first, one) + field_of(second, other)) / 2
        strain = (one.strain + other.strain) / 2
        crystal = child_arrays(model, species, field, strain, (one.edge * other.edge) ** 0.5)
        group = group_by_spglib(*crystal)
        if group is not None:
            found.append((tuple(sorted(union)), group.number, crystal))
    return found
