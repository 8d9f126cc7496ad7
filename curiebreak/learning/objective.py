"""From read-out to residuals: relative errors of displacement, occupation, moments and strain.

Residuals are components in an orthonormal basis of the fields that the child's group keeps, so that their
squared sum is the relative loss:

    loss          = (|u - y|^2 + |o - o_y|^2) / (|y|^2 + |o_y|^2), with other fields the mean over it and over theirs
    loss_strain   = |e - e_y|^2 / |e_y|^2
    loss_magnetic = |m - m_y|^2 / |m_y|^2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.learning.breaking import global_fields
from curiebreak.learning.harmonics import representation, strain_components
from curiebreak.learning.network import MOMENT_KIND, Architecture
from curiebreak.learning.orbits import Orbits, invariant_fields
from curiebreak.learning.problem import Problem, TargetField, counted


class Losses(NamedTuple):
    """Relative losses; None where there is no such target.

    Parameters
    ----------
    field : float or None
        Displacement and occupation.
    strain : float or None
    magnetic : float or None
        Moments.
    fields : tuple of float
        Each other field of the target.
    """

    field: float | None = None
    strain: float | None = None
    magnetic: float | None = None
    fields: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Objective:
    """Residual rows of a problem.

    Parameters
    ----------
    vectors : (rows, n, 3)
        Weights of the vector read-out in each residual.
    scalars : (rows, n, q)
    strain : (rows, 6)
    moments : (rows, n, 3)
        Weights of the read-out of moments.
    target : (rows,)
        Residual = rows applied to the read-out, minus this.
    scale : (4,)
        Read-out units: Å of displacement, occupation, strain, μB.
    n_field, n_atoms : int
        The first rows belong to displacement and occupation, those from `n_field` to `n_atoms` to moments, the rest to
        strain.
    norms : tuple of float
        Of the targets: displacement and occupation, strain, moments.
    fields : tuple of (rows, n, 2l+1) or (rows, 2l+1)
        Weights of the read-out of each part of another field; their rows are the last of the first `n_field`.
    owner : (n_field,)
        Field that each of these rows belongs to; -1 for displacement and occupation.
    odd : (rows,)
        Rows of what is odd under time reversal.
    """

    vectors: FloatArray
    scalars: FloatArray
    strain: FloatArray
    moments: FloatArray
    target: FloatArray
    scale: FloatArray
    n_field: int
    n_atoms: int
    norms: tuple[float, float, float]
    fields: tuple[FloatArray, ...]
    owner: IntArray
    odd: BoolArray

    @property
    def rows(self) -> int:
        """Number of residuals."""
        return len(self.target)

    def losses(self, residual: FloatArray, odd: bool = True) -> Losses:
        """Relative losses of the parts of the target; without an `odd` input exactly 1 of what is odd."""
        field, strain, magnetic = (float(np.sum(part**2)) if len(part) else None for part in self._parts(residual))
        if magnetic is not None and not odd:
            magnetic = 1.0
        numbers = np.unique(self.owner)
        each = {k: float(np.sum(residual[: self.n_field][self.owner == k] ** 2)) * len(numbers) for k in numbers}
        if not odd:
            each |= {k: 1.0 for k in numbers if self.odd[: self.n_field][self.owner == k].all()}
            field = None if field is None else float(np.mean(list(each.values())))
        return Losses(field, strain, magnetic, tuple(each[k] for k in numbers if k >= 0))

    def measured(self, difference: FloatArray) -> tuple[float, float, float]:
        """Norms of a difference of residuals in units of the target: (Å or occupation, strain, μB)."""
        field, strain, moments = (
            float(np.linalg.norm(part)) * norm for part, norm in zip(self._parts(difference), self.norms, strict=True)
        )
        return field, strain, moments

    def _parts(self, residual: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rows of displacement and occupation, of strain, of moments."""
        return residual[: self.n_field], residual[self.n_atoms :], residual[self.n_field : self.n_atoms]


def make_objective(problem: Problem, orbits: Orbits) -> Objective:
    """Residual rows in orthonormal invariant bases."""
    n, q = problem.n_atoms, problem.n_occupation
    displacement, occupation = _or_zero(problem.target, (n, 3)), _or_zero(problem.target_occupation, (n, q))
    norm = float(np.sqrt(np.sum(displacement**2) + np.sum(occupation**2))) or 1.0
    scale = np.ones(4)
    # root mean square per atom, so that read-outs are of order one
    scale[0] = max(float(np.linalg.norm(displacement)), 1e-12) / np.sqrt(n)
    scale[1] = max(float(np.linalg.norm(occupation)), 1e-12) / np.sqrt(n)
    fields = _mean_free(invariant_fields(orbits, (1, -1))) if problem.has_displacement else np.zeros((0, n, 3))
    marks = _scalar_fields(orbits, q)
    turns, moments = np.zeros((0, n, 3)), _or_zero(problem.target_moments, (n, 3))
    if problem.has_moments:
        turns = np.moveaxis(invariant_fields(orbits, MOMENT_KIND), 2, 0)
    moment_norm = float(np.linalg.norm(moments)) or 1.0
    scale[3] = moment_norm / np.sqrt(n)
    strains, goal = np.zeros((0, 6)), strain_components(_or_zero(problem.target_strain, (3, 3)))
    if problem.has_strain:
        scale[2] = float(np.linalg.norm(goal))
        strains = _invariant_strains(orbits)
    others = [_rows_of(problem, orbits, one) for one in problem.target_fields]
    first, middle = len(fields), len(fields) + len(marks)
    second = middle + sum(len(basis) for basis, _ in others)
    third = second + len(turns)
    rows = third + len(strains)
    empty = (np.zeros((rows, n, 3)), np.zeros((rows, n, q)), np.zeros((rows, 6)), np.zeros((rows, n, 3)))
    strain_norm = float(scale[2]) if len(strains) else 0.0
    owner, odd = np.full(second, -1, dtype=np.int64), np.zeros(rows, dtype=bool)
    odd[second:third] = True
    made = tuple(np.zeros((rows, *basis.shape[1:])) for basis, _ in others)
    norms = (norm, strain_norm, moment_norm)
    result = Objective(*empty, np.zeros(rows), scale, second, third, norms, made, owner, odd)
    start = middle
    for one, row, (basis, goal_of) in zip(problem.target_fields, made, others, strict=True):
        part = slice(start, start + len(basis))
        row[part], result.target[part], owner[part], odd[part] = basis, goal_of, one.owner, one.time < 0
        start = part.stop
    # rows <b_k, u - y> / |y|: their squares add up to the relative loss
    result.vectors[:first] = fields * scale[0] / norm
    result.scalars[first:middle] = marks * scale[1] / norm
    result.moments[second:third] = turns * scale[3] / moment_norm
    result.strain[third:] = strains
    result.target[:first] = np.einsum("rni,ni->r", fields, displacement) / norm
    result.target[first:middle] = np.einsum("rnq,nq->r", marks, occupation) / norm
    result.target[second:third] = np.einsum("rni,ni->r", turns, moments) / moment_norm
    result.target[third:] = strains @ goal / scale[2]
    # displacement with occupation, and each other field, count alike
    weight = 1 / np.sqrt(max(len(np.unique(owner)), 1))
    for array in (result.vectors, result.scalars, result.target, *made):
        array[:second] *= weight
    return result


def _rows_of(problem: Problem, orbits: Orbits, one: TargetField) -> tuple[FloatArray, FloatArray]:
    """Read-out rows of a part of a field, (k, n, 2l+1) or (k, 2l+1), and their goals (k,)."""
    norm = problem.field_norms()[one.owner]
    if one.everywhere:
        basis = np.moveaxis(global_fields(orbits, one.kind), 2, 0)[:, 0]
        return basis, np.asarray(basis @ one.values / norm)
    basis = np.moveaxis(invariant_fields(orbits, one.kind), 2, 0)
    # read-outs of order one: in units of the root mean square over the atoms
    return basis / np.sqrt(problem.n_atoms), np.asarray(np.einsum("rni,ni->r", basis, one.values) / norm)


def _or_zero(part: FloatArray | None, shape: tuple[int, ...]) -> FloatArray:
    """A part of the target, zero where it is none."""
    known = counted(part)
    return np.zeros(shape) if known is None else known


def _scalar_fields(orbits: Orbits, n_scalars: int) -> FloatArray:
    """Orthonormal invariant scalar fields (k, n, q), one scalar after the other."""
    basis = np.moveaxis(invariant_fields(orbits, (0, 1))[:, 0], 1, 0)
    result = np.zeros((n_scalars, *basis.shape, n_scalars))
    for column in range(n_scalars):
        result[column, :, :, column] = basis
    return result.reshape(n_scalars * len(basis), basis.shape[1], n_scalars)


def _mean_free(fields: FloatArray) -> FloatArray:
    """Orthonormal basis (k, n, 3) of vector fields (n, 3, k) with their mean over atoms removed."""
    n = len(fields)
    flat = (fields - fields.mean(axis=0, keepdims=True)).reshape(3 * n, -1)
    # without the mean the fields may be dependent: an orthonormal basis of what is left
    vectors, values, _ = np.linalg.svd(flat, full_matrices=False)
    return np.asarray(vectors[:, values > 1e-8].T.reshape(-1, n, 3))


def _invariant_strains(orbits: Orbits) -> FloatArray:
    """Orthonormal strains (k, 6) that the group keeps."""
    projector = np.zeros((6, 6))
    projector[0, 0] = 1.0
    projector[1:, 1:] = representation(2, 1, orbits.rotations).mean(axis=0)
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    return np.asarray(vectors[:, values > 0.5].T)


def compressed_rows(
    objective: Objective, architecture: Architecture, orbits: Orbits, transported: list[FloatArray]
) -> FloatArray:
    """The residual rows in site-invariant coordinates, (slots, N, rows).

    Parameters
    ----------
    objective : Objective
    architecture : Architecture
    orbits : Orbits
    transported : list of (n, 2l+1, 2l+1)
        Site-invariant basis at every atom, one entry a kind.
    """
    n_orbits, width = len(orbits.representative), architecture.width
    kinds = architecture.readout_kinds
    result = np.zeros((len(kinds), n_orbits, width, objective.rows))
    n = len(orbits.orbit)
    fields = [
        objective.vectors,
        np.repeat(objective.strain[:, None, :1], n, axis=1) / n,
        np.repeat(objective.strain[:, None, 1:], n, axis=1) / n,
        *(objective.scalars[:, :, q : q + 1] for q in range(objective.scalars.shape[2])),
        *((objective.moments,) if architecture.moments else ()),
        *(
            np.repeat(rows[:, None], n, axis=1) / n if cell else rows
            for rows, (_, cell) in zip(objective.fields, architecture.fields, strict=True)
        ),
    ]
    for slot, (kind, field) in enumerate(zip(kinds, fields, strict=True)):
        # rows on atoms to rows on orbits, transposed like the features
        local = np.einsum("nxy,rnx->nyr", transported[architecture.kind_index(kind)], field)
        np.add.at(result[slot][:, architecture.slots(kind)], orbits.orbit, local)
    return result.reshape(len(kinds), -1, objective.rows)
