"""From read-out to residuals: relative errors of displacement, occupation and strain.

Residuals are components in an orthonormal basis of the fields that the child's group keeps, so that their
squared sum is the relative loss:

    loss        = (|u - y|^2 + |o - o_y|^2) / (|y|^2 + |o_y|^2)
    loss_strain = |e - e_y|^2 / |e_y|^2
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.learning.harmonics import representation, strain_components
from curiebreak.learning.network import Architecture
from curiebreak.learning.orbits import Orbits, invariant_fields
from curiebreak.learning.problem import Array, Problem


@dataclass(frozen=True, eq=False)
class Objective:
    """Residual rows of a problem.

    Parameters
    ----------
    vectors : (rows, n, 3)
        Weights of the vector read-out in each residual.
    scalars : (rows, n, q)
    strain : (rows, 6)
    target : (rows,)
        Residual = rows applied to the read-out, minus this.
    scale : (3,)
        Read-out units: Å of displacement, occupation, strain.
    n_field : int
        The first rows belong to displacement and occupation, the rest to strain.
    """

    vectors: Array
    scalars: Array
    strain: Array
    target: Array
    scale: Array
    n_field: int

    @property
    def rows(self) -> int:
        """Number of residuals."""
        return len(self.target)

    def losses(self, residual: Array) -> tuple[float | None, float | None]:
        """Relative losses (displacement and occupation, strain); None where there is no such target."""
        field = float(np.sum(residual[: self.n_field] ** 2)) if self.n_field else None
        strain = float(np.sum(residual[self.n_field :] ** 2)) if self.rows > self.n_field else None
        return field, strain


def make_objective(problem: Problem, orbits: Orbits) -> Objective:
    """Residual rows in orthonormal invariant bases."""
    n, q = problem.n_atoms, problem.n_occupation
    displacement = problem.target if problem.has_displacement and problem.target is not None else np.zeros((n, 3))
    occupation = np.zeros((n, q))
    if problem.has_occupation and problem.target_occupation is not None:
        occupation = problem.target_occupation
    squared = float(np.sum(displacement**2) + np.sum(occupation**2))
    norm = np.sqrt(squared) if squared > 0 else 1.0
    vector_scale = max(float(np.linalg.norm(displacement)), 1e-12) / np.sqrt(n)
    scalar_scale = max(float(np.linalg.norm(occupation)), 1e-12) / np.sqrt(n)
    vectors, scalars, strains, targets = [], [], [], []
    if problem.has_displacement:
        for field in _mean_free(invariant_fields(orbits, (1, -1))):
            vectors.append(field * vector_scale / norm)
            targets.append(np.sum(field * displacement) / norm)
    for column in range(q):
        for field in np.moveaxis(invariant_fields(orbits, (0, 1)), 2, 0):
            row = np.zeros((n, q))
            row[:, column] = field[:, 0]
            scalars.append(row * scalar_scale / norm)
            targets.append(np.sum(row * occupation) / norm)
    n_field = len(targets)
    strain_scale = 1.0
    if problem.has_strain and problem.target_strain is not None:
        goal = strain_components(problem.target_strain)
        strain_scale = float(np.linalg.norm(goal))
        for row in _invariant_strains(orbits):
            strains.append(row)
            targets.append(float(row @ goal) / strain_scale)
    rows = len(targets)
    result = Objective(
        np.zeros((rows, n, 3)),
        np.zeros((rows, n, q)),
        np.zeros((rows, 6)),
        np.array(targets),
        np.array([vector_scale, scalar_scale, strain_scale]),
        n_field,
    )
    for store, filled, first in (
        (result.vectors, vectors, 0),
        (result.scalars, scalars, len(vectors)),
        (result.strain, strains, n_field),
    ):
        if filled:
            store[first : first + len(filled)] = np.array(filled)
    return result


def _mean_free(fields: Array) -> Array:
    """Orthonormal basis (k, n, 3) of vector fields (n, 3, k) with their mean over atoms removed."""
    n = len(fields)
    flat = (fields - fields.mean(axis=0, keepdims=True)).reshape(3 * n, -1)
    vectors, values, _ = np.linalg.svd(flat, full_matrices=False)
    return np.asarray(vectors[:, values > 1e-8].T.reshape(-1, n, 3))


def _invariant_strains(orbits: Orbits) -> Array:
    """Orthonormal strains (k, 6) that the group keeps."""
    projector = np.zeros((6, 6))
    projector[0, 0] = 1.0
    projector[1:, 1:] = representation(2, 1, orbits.rotations).mean(axis=0)
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    return np.asarray(vectors[:, values > 0.5].T)


def compressed_rows(
    objective: Objective, architecture: Architecture, orbits: Orbits, transported: list[Array]
) -> Array:
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
    ]
    for slot, (kind, field) in enumerate(zip(kinds, fields, strict=True)):
        local = np.einsum("nxy,rnx->nyr", transported[architecture.kind_index(kind)], field)
        np.add.at(result[slot][:, architecture.slots(kind)], orbits.orbit, local)
    return result.reshape(len(kinds), -1, objective.rows)
