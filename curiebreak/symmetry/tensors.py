"""Cartesian tensors under orthogonal operations, and their parts of pure degree l.

A tensor of rank r turns with r copies of R; axial ones bring the sign of det R in addition. The parts
of degree l come from the squared angular momentum on the tensors with the stated index symmetry:
its eigenvalues are l (l + 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.fields import representation, usual_components
from curiebreak.structures.fields_model import Field, index_symmetries


def tensor_matrices(rank: int, axial: bool, rotations: FloatArray) -> FloatArray:
    """Matrices (g, 3**rank, 3**rank) of orthogonal operations (g, 3, 3) on tensors of a rank."""
    count = len(rotations)
    result = np.ones((count, 1, 1))
    for _ in range(rank):
        width = 3 * result.shape[1]
        # T'_ij.. = R_ia R_jb .. T_ab..: one Kronecker factor an index
        result = np.einsum("gab,gij->gaibj", result, rotations).reshape(count, width, width)
    if axial:
        result = result * np.sign(np.linalg.det(rotations))[:, None, None]
    return result


def field_matrices(field: Field, rotations: FloatArray) -> FloatArray:
    """Matrices (g, width, width) of orthogonal operations (g, 3, 3) on a field's components, time left aside."""
    if field.degree is None:
        return tensor_matrices(field.rank, field.axial, rotations)
    usual = usual_components(field.degree, np.eye(2 * field.degree + 1)).T
    matrices = representation(field.degree, field.kind[-1], rotations)
    # components by m are U times those of e3nn: D' = U D U^T
    return np.asarray(usual @ matrices @ usual.T)


def field_parts(field: Field) -> tuple[TensorPart, ...]:
    """Parts of pure degree of a field's components."""
    if field.degree is None:
        return tensor_parts(field.formula, field.axial)
    return (TensorPart(field.degree, field.kind[-1], usual_components(field.degree, np.eye(2 * field.degree + 1))),)


def spherical_parts(field: Field) -> list[tuple[TensorPart, FloatArray]]:
    """Parts of pure degree of a field with their values (n, 2l+1), (2l+1,) of a global one."""
    rows = 0 if field.per == "global" else slice(None)
    return [(part, np.asarray((field.values @ part.basis.T)[rows])) for part in field_parts(field)]


def symmetric_subspace(formula: str) -> FloatArray:
    """Projector (3**r, 3**r) onto the tensors with an index symmetry such as ``"ijkl=jikl=klij"``."""
    rank = len(formula.split("=")[0].strip())
    size = 3**rank
    projector = np.eye(size)
    generators = []
    for sign, order in index_symmetries(formula):
        # (1 + sign * permutation) / 2 projects on one symmetry; the mean has eigenvalue 1 where all hold
        turned = np.eye(size).reshape(*[3] * rank, size).transpose(*order, rank).reshape(size, size)
        generators.append((np.eye(size) + sign * turned) / 2)
    total = sum(generators, np.zeros((size, size)))
    if generators:
        values, vectors = np.linalg.eigh((total + total.T) / (2 * len(generators)))
        fixed = vectors[:, values > 1 - 1e-9]
        projector = fixed @ fixed.T
    return np.asarray(projector)


@dataclass(frozen=True, eq=False)
class TensorPart:
    """One irrep of O(3) in a tensor.

    Attributes
    ----------
    degree : int
        l.
    parity : str
        ``e`` or ``o``.
    basis : ndarray (2l + 1, 3**rank)
        Orthonormal rows in the component order of :func:`curiebreak.fields.representation` (e3nn's).
    """

    degree: int
    parity: str
    basis: FloatArray

    @property
    def name(self) -> str:
        """Such as ``2e``."""
        return f"{self.degree}{self.parity}"

    @property
    def sign(self) -> int:
        """What inversion makes of it: 1 or -1."""
        return 1 if self.parity == "e" else -1


@cache
def tensor_parts(formula: str, axial: bool = False) -> tuple[TensorPart, ...]:
    """Parts of pure degree of all tensors with an index symmetry, l ascending.

    Parameters
    ----------
    formula : str
        ``"i"`` for a vector, ``""`` for a scalar, ``"ij=ji"``, ...
    axial : bool
        Whether improper operations bring an additional sign.
    """
    rank = len(formula.split("=")[0].strip())
    parity = "o" if (rank + axial) % 2 else "e"
    # L^2 has eigenvalues l(l+1): its eigenspaces are the parts of pure degree
    values, vectors = np.linalg.eigh(_squared_angular_momentum(rank))
    space = symmetric_subspace(formula) if rank else np.eye(1)
    parts: list[TensorPart] = []
    for degree in range(rank + 1):
        full = vectors[:, np.abs(values - degree * (degree + 1)) < 1e-6]
        if not full.shape[1]:
            continue
        # of these what obeys the index symmetry
        size, kept = np.linalg.eigh(full.T @ space @ full)
        inside = full @ kept[:, size > 0.5]
        parts += [TensorPart(degree, parity, basis) for basis in _copies(inside, degree, rank)]
    return tuple(parts)


def _squared_angular_momentum(rank: int) -> FloatArray:
    generators = np.zeros((3, 3, 3))
    # (J_i)_jk = -epsilon_ijk, the generators of rotations
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        generators[i, j, k], generators[i, k, j] = -1.0, 1.0
    size = 3**rank
    total = np.zeros((size, size))
    for generator in generators:
        action = np.zeros((size, size))
        # a rotation acts on every index in turn (Leibniz)
        for place in range(rank):
            action += np.kron(np.kron(np.eye(3**place), generator), np.eye(3 ** (rank - place - 1)))
        total -= action @ action
    return total


def _copies(space: FloatArray, degree: int, rank: int) -> list[FloatArray]:
    """Bases (2l + 1, 3**rank) of the copies of one degree in a space with orthonormal columns."""
    width = 2 * degree + 1
    count = space.shape[1] // width
    if not count:
        return []
    rng = np.random.default_rng(3)
    # two general rotations generate a dense set: what intertwines both intertwines all
    turns = np.array([np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2)])
    turns *= np.sign(np.linalg.det(turns))[:, None, None]
    inner = space.T @ tensor_matrices(rank, False, turns) @ space
    wanted = representation(degree, "e", turns)
    # T Q = Q D for both turns: the null space holds one intertwiner for each copy
    rows = [np.kron(t, np.eye(width)) - np.kron(np.eye(len(t)), d.T) for t, d in zip(inner, wanted, strict=True)]
    _, _, right = np.linalg.svd(np.concatenate(rows))
    found = [space @ row.reshape(-1, width) for row in right[-count:]]
    return [np.asarray((q / np.linalg.norm(q, axis=0)).T) for q in found]
