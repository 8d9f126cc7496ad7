"""Breaking inputs: which carriers may hold them, their coordinates, and the blocks of the group lasso.

A carrier is a site orbit of the parent (or the whole cell) with an irrep (l, parity) of O(3). Its input is a
field on the atoms of that orbit, periodic in the child's cell, with the part that every parent operation
keeps projected out, for that part breaks nothing. Coordinates refer to an orthonormal basis whose columns
belong each to one component: an isotypic component under the parent's full group, found without labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.errors import UsageError
from curiebreak.learning.harmonics import representation
from curiebreak.learning.orbits import (
    Kind,
    Orbits,
    find_orbits,
    invariant_fields,
    kind_name,
    parity_letter,
    time_parity,
)
from curiebreak.learning.problem import Problem

#: Site of a carrier that belongs to the whole cell.
GLOBAL = "global"


class Carrier(NamedTuple):
    """What holds a breaking input: a site orbit name or ``"global"``, with l, parity and time parity (+1 or -1)."""

    site: str
    degree: int
    parity: int
    time: int = 1

    @property
    def kind(self) -> Kind:
        """(l, parity), with the time parity where it is -1."""
        return (self.degree, self.parity) if self.time > 0 else (self.degree, self.parity, self.time)

    @property
    def kind_name(self) -> str:
        """``1e``, or ``1e-`` where time reversal turns it round."""
        return kind_name(self.kind)

    @property
    def letter(self) -> Literal["e", "o"]:
        """The parity as a letter."""
        return parity_letter(self.parity)

    @property
    def name(self) -> str:
        """For messages, such as ``Mn:1e``, or ``Ni:1e-`` where time reversal turns it round."""
        return f"{self.site}:{self.kind_name}"


@dataclass(frozen=True, eq=False)
class InputSpace:
    """Coordinates of the breaking inputs of all carriers.

    Parameters
    ----------
    carriers : tuple of Carrier
    fields : tuple of arrays
        For each carrier (n, 2l+1, k) or, for global ones, (1, 2l+1, k): orthonormal fields.
    component : (z,) int
        Isotypic component (id shared by all carriers and the target) of each coordinate.
    carrier : (z,) int
        Carrier of each coordinate.
    """

    carriers: tuple[Carrier, ...]
    fields: tuple[FloatArray, ...]
    component: IntArray
    carrier: IntArray

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return len(self.component)

    def arrays(self, coordinates: FloatArray) -> dict[Carrier, FloatArray]:
        """Fields of all carriers: (n, 2l+1), zero off the orbit, or (2l+1,) for global ones."""
        result = {}
        for index, (carrier, basis) in enumerate(zip(self.carriers, self.fields, strict=True)):
            # z = sum_k c_k b_k with orthonormal invariant fields b_k
            field = basis @ coordinates[self.carrier == index]
            result[carrier] = field[0] if carrier.site == GLOBAL else field
        return result

    def coordinates(self, arrays: dict[Carrier, FloatArray]) -> FloatArray:
        """Coordinates of given fields; what lies outside the space is projected out."""
        result = np.zeros(self.size)
        for index, (carrier, basis) in enumerate(zip(self.carriers, self.fields, strict=True)):
            if carrier in arrays:
                field = np.asarray(arrays[carrier], dtype=np.float64).reshape(basis.shape[:2])
                # c_k = <b_k, z>
                result[self.carrier == index] = np.einsum("nmk,nm->k", basis, field)
        return result

    def blocks(self, per_component: bool = True) -> list[IntArray]:
        """Groups of coordinates: (carrier, component), or whole carriers."""
        # one number for each pair of carrier and component
        key = self.carrier * (int(self.component.max(initial=0)) + 1)
        if per_component:
            key = key + self.component
        return [np.nonzero(key == value)[0] for value in np.unique(key)]

    def select(self, keep: FloatArray | IntArray) -> IntArray:
        """Indices of coordinates whose component is in a set."""
        return np.nonzero(np.isin(self.component, keep))[0]

    @property
    def odd(self) -> BoolArray:
        """Whether time reversal turns a coordinate round (z,)."""
        return np.array([c.time < 0 for c in self.carriers], dtype=bool)[self.carrier]

    def degrees(self) -> IntArray:
        """Degree l of the carrier of each coordinate (z,)."""
        return np.array([self.carriers[c].degree for c in self.carrier], dtype=np.int64)


def all_carriers(problem: Problem, lmax_input: int, with_global: bool | None = None) -> tuple[Carrier, ...]:
    """Every site orbit with l = 0 .. lmax_input and both parities; the whole cell too for molecules.

    Where moments are a target, of both time parities.
    """
    sites = list(problem.type_names)
    if with_global or (with_global is None and problem.lattice is None):
        sites.append(GLOBAL)
    every = product(time_parities(problem), range(lmax_input + 1), sites, (1, -1))
    return tuple(Carrier(site, degree, parity, time) for time, degree, site, parity in every)


def time_parities(problem: Problem) -> tuple[int, ...]:
    """Time parities that the inputs of a problem may have."""
    return (1, -1) if problem.has_odd else (1,)


def carrying_atoms(problem: Problem, carriers: tuple[Carrier, ...]) -> FloatArray:
    """Number of atoms (carriers,) of each carrier; 1 for the whole cell."""
    counts = [1 if c.site == GLOBAL else len(site_atoms(problem, c.site)) for c in carriers]
    return np.array(counts, dtype=np.float64)


def site_atoms(problem: Problem, site: str) -> IntArray:
    """Atoms of a site orbit.

    Raises
    ------
    UsageError
        The parent has no such site.
    """
    if site not in problem.type_names:
        known = ", ".join(problem.type_names)
        raise UsageError(f"The parent has no site `{site}`.", f"Choose among {known} or `{GLOBAL}`.")
    return np.nonzero(problem.types == problem.type_names.index(site))[0]


def child_orbits(problem: Problem, reduce: bool = True) -> Orbits:
    """Orbits under the child's group, or every atom its own orbit."""
    if reduce:
        return find_orbits(problem.child_rotations, problem.child_permutations, problem.child_thetas)
    return find_orbits(np.eye(3)[None], np.arange(problem.n_atoms)[None])


def input_orbits(problem: Problem, reduce: bool = True) -> Orbits:
    """Orbits under the operations that the learned input has to keep."""
    if problem.input_rotations is None or problem.input_permutations is None:
        return child_orbits(problem, reduce)
    return find_orbits(problem.input_rotations, problem.input_permutations)


def global_fields(orbits: Orbits, kind: Kind) -> FloatArray:
    """Orthonormal components (1, 2l+1, k) of the whole cell that the group keeps."""
    # (13): the mean over the group, of which eigenvalue 1 is kept
    projector = orbits.matrices(kind).mean(axis=0)
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    return np.asarray(vectors[None, :, values > 0.5])


def carrier_fields(problem: Problem, orbits: Orbits, carrier: Carrier) -> FloatArray:
    """Orthonormal invariant fields of a carrier, (n, 2l+1, k) or (1, 2l+1, k)."""
    if carrier.site == GLOBAL:
        return global_fields(orbits, carrier.kind)
    return invariant_fields(orbits, carrier.kind, site_atoms(problem, carrier.site))


def parent_average(problem: Problem, kind: Kind, fields: FloatArray) -> FloatArray:
    """Average of fields over every parent operation, lattice translations included.

    A grey parent keeps nothing that time reversal turns round.

    Parameters
    ----------
    problem : Problem
    kind : Kind
    fields : (n, 2l+1, k) or (1, 2l+1, k)
        Fields of atoms of the cell, or of the whole cell.
    """
    if time_parity(kind) < 0:
        return np.zeros_like(fields)
    matrices = representation(kind[0], kind[1], problem.parent_rotations)
    if fields.shape[0] == 1 and problem.n_atoms != 1:
        return np.asarray(np.einsum("gij,njk->nik", matrices, fields) / len(matrices))
    n_primitive = problem.parent_permutations.shape[1]
    count = np.bincount(problem.parent_atom, minlength=n_primitive)
    primitive = np.zeros((n_primitive, *fields.shape[1:]))
    # the mean over lattice translations first: fields of the primitive cell
    np.add.at(primitive, problem.parent_atom, fields)
    primitive /= np.maximum(count, 1)[:, None, None]
    total = np.zeros_like(primitive)
    for matrix, permutation in zip(matrices, problem.parent_permutations, strict=True):
        # then over one operation of each coset (14)
        total[permutation] += np.einsum("ij,njk->nik", matrix, primitive)
    return np.asarray((total / len(matrices))[problem.parent_atom])


def split_symmetric(
    problem: Problem, kind: Kind, fields: FloatArray, kept: float = 0.5
) -> tuple[FloatArray, FloatArray]:
    """Split the span of orthonormal fields into the part all parent operations keep and the rest.

    The average over the operations leaves more than `kept` of the former.
    """
    if not fields.shape[2]:
        return fields, fields
    flat = fields.reshape(-1, fields.shape[2])
    average = parent_average(problem, kind, fields).reshape(flat.shape)
    # the average is a projector: within the span its eigenvalues are 1 (kept) or 0 (broken)
    values, vectors = np.linalg.eigh(flat.T @ average / 2 + average.T @ flat / 2)
    symmetric = fields @ vectors[:, values > kept]
    breaking = fields @ vectors[:, values <= kept]
    return symmetric, breaking
