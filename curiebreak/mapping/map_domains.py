"""Which of the equivalent domains a map is written in: one deterministic choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import NotCompatibleError
from curiebreak.mapping.cell_search import Candidate
from curiebreak.mapping.distortion import polar_decomposition
from curiebreak.mapping.frame import ParentFrame
from curiebreak.symmetry.parent import ParentCrystal

_BASIS_TOLERANCE = 2e-3


@dataclass(frozen=True, eq=False)
class Domain:
    """One orientation and origin of a map, in the reduced primitive cell of the parent.

    Attributes
    ----------
    operation : int
        Parent operation that carries the candidate's map here.
    step : ndarray (3,) of int
        Lattice vector added to it.
    basis : ndarray (3, 3)
        Supercell basis in file axes.
    """

    operation: int
    step: IntArray
    basis: FloatArray


def no_such_domain(known: FloatArray) -> NotCompatibleError:
    """That no equivalent child has a stated basis; `known` (3, 3) is one that there is."""
    rows = "; ".join(",".join(f"{x:g}" for x in np.round(row, 3) + 0.0) for row in known)
    return NotCompatibleError(
        "No domain of this child has the supercell basis asked for.", f"An equivalent choice of the basis is {rows}."
    )


def choose_domain(parent: ParentCrystal, frame: ParentFrame, candidate: Candidate, wanted: FloatArray | None) -> Domain:
    """Pick the domain with the smallest rotation of the child, or the one with a stated basis.

    Ties go to the rotation whose axis comes first (largest components in the order x, y, z), then to
    the basis with the larger entries; the origin is the lattice point nearest to zero.

    Parameters
    ----------
    parent, frame, candidate
    wanted : ndarray (3, 3) or None
        ``child file axes = wanted @ parent file axes``.

    Raises
    ------
    NotCompatibleError
        If no equivalent domain has the stated basis.
    """
    options = []
    for operation in np.flatnonzero(frame.proper):
        basis = _basis(parent, frame, candidate, frame.rotations[operation])
        # (19) for every equivalent orientation: the one that turns the child least is written
        turn = _rotation(frame, candidate, frame.rotations[operation])
        options.append((_key(turn, basis), int(operation), basis))
    options.sort(key=lambda option: option[0])
    if wanted is not None:
        fitting = [o for o in options if np.abs(o[2] - wanted).max() < _BASIS_TOLERANCE]
        if not fitting:
            raise no_such_domain(options[0][2])
        options = fitting
    _, chosen, basis = options[0]
    return Domain(chosen, _origin_step(parent, frame, candidate, chosen), basis)


def _basis(parent: ParentCrystal, frame: ParentFrame, candidate: Candidate, rotation: IntArray) -> FloatArray:
    turned = candidate.super_frame.cell @ rotation.T @ frame.change
    return parent.to_file.vectors(candidate.child.file_cell @ turned)


def _rotation(frame: ParentFrame, candidate: Candidate, rotation: IntArray) -> FloatArray:
    """Rotation Q (3, 3) from the parent's frame to the child's after a parent operation."""
    cell = candidate.super_frame.cell @ rotation.T @ frame.lattice
    return polar_decomposition(np.linalg.solve(cell, candidate.child.lattice).T)[0]


def _key(turn: FloatArray, basis: FloatArray) -> tuple[float, ...]:
    """Sort key: small angle, positive sense about x, y, z of the child seen from the parent, basis."""
    # the axial vector of a rotation is its antisymmetric part
    antisymmetric = [turn[1, 2] - turn[2, 1], turn[2, 0] - turn[0, 2], turn[0, 1] - turn[1, 0]]
    sense = [-round(float(x), 4) + 0.0 for x in antisymmetric]
    entries = [-round(float(x), 4) + 0.0 for x in basis.ravel()]
    return (-round(float(np.trace(turn)), 4), *sense, *entries)


def _origin_step(parent: ParentCrystal, frame: ParentFrame, candidate: Candidate, operation: int) -> IntArray:
    """Lattice vector that brings the origin shift nearest to zero."""
    origin = frame.rotations[operation] @ candidate.pairing.origin + frame.translations[operation]
    grid = np.stack(np.meshgrid(*[[0, 1, -1]] * 3, indexing="ij"), -1).reshape(-1, 3)
    # lattice vectors around the one that rounding takes
    steps = grid - np.round(origin).astype(np.int64)
    shifts = origin + steps
    lengths = np.linalg.norm(shifts @ frame.lattice, axis=1)
    in_file = parent.to_file.vectors(shifts @ frame.change)
    keys = [(round(float(d), 2), *(-np.round(x, 3) + 0.0)) for d, x in zip(lengths, in_file, strict=True)]
    return np.asarray(steps[min(range(len(keys)), key=lambda i: keys[i])])
