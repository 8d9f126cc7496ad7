"""The group of the target, found by the network itself.

By Curie's principle the untrained network answers the parent with something that every operation of the parent keeps.
The gradient of the loss by its inputs, at zero input, is an equivariant function of that answer and of the target: it
keeps exactly the operations that the target keeps. One backward pass tells them, operation by operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from curiebreak.arrays import BoolArray, FloatArray, IntArray, nearest_image
from curiebreak.learning.harmonics import strain_components
from curiebreak.learning.network import Output, PlainNetwork
from curiebreak.learning.orbits import turning
from curiebreak.learning.problem import Problem, counted

#: Asymmetries below this are rounding; the gap is measured from here.
ROUNDING = 1e-9
#: A set of operations whose asymmetries all lie below the next one divided by this is a group: those of a product are
#: at most the sum of those of its factors.
CLOSED = 2.0
_WHOLE = 1e-6
_NEAR = 1e-3


@dataclass(frozen=True, eq=False)
class OwnGroup:
    """Operations that the network's gradient keeps.

    Parameters
    ----------
    rotations : (h, 3, 3)
    permutations : (h, n) int
        Those kept, modulo the lattice of the cell.
    asymmetry : (g,)
        Change of the gradient, relative to its norm, under every operation of the parent that keeps the cell,
        ascending.
    thetas : (h,) int or None
        -1 where an operation reverses time; None where the parent is not grey.
    """

    rotations: FloatArray
    permutations: IntArray
    asymmetry: FloatArray
    thetas: IntArray | None = None

    @property
    def largest_kept(self) -> float:
        """Largest asymmetry among the operations kept."""
        return float(self.asymmetry[len(self.rotations) - 1])

    @property
    def smallest_broken(self) -> float | None:
        """Smallest asymmetry among the others; None when all are kept."""
        rest = self.asymmetry[len(self.rotations) :]
        return float(rest[0]) if len(rest) else None

    @property
    def gap(self) -> float:
        """How many times the smallest broken one is larger than the largest kept one."""
        broken = self.smallest_broken
        return float("inf") if broken is None else broken / max(self.largest_kept, ROUNDING)

    def applied(self, problem: Problem) -> Problem:
        """The problem with these operations as the child's."""
        return replace(
            problem, child_rotations=self.rotations, child_permutations=self.permutations, child_thetas=self.thetas
        )

    def holds(self, rotations: FloatArray, permutations: IntArray, thetas: IntArray | None = None) -> BoolArray:
        """Which of these operations (m,) are kept."""
        own = set(_keys(self.rotations, self.permutations, self.thetas))
        return np.array([key in own for key in _keys(rotations, permutations, thetas)])

    def same_as(self, rotations: FloatArray, permutations: IntArray, thetas: IntArray | None = None) -> bool:
        """Whether these are the same operations."""
        return len(rotations) == len(self.rotations) and bool(self.holds(rotations, permutations, thetas).all())


def _keys(rotations: FloatArray, permutations: IntArray, thetas: IntArray | None) -> list[tuple[bytes, bytes, int]]:
    rounded = np.round(np.asarray(rotations) * 1e3).astype(np.int64)
    signs = [1] * len(rounded) if thetas is None else thetas.tolist()
    return [
        (r.tobytes(), np.asarray(p, dtype=np.int64).tobytes(), t)
        for r, p, t in zip(rounded, permutations, signs, strict=True)
    ]


def cell_operations(problem: Problem) -> tuple[FloatArray, IntArray]:
    """Operations of the parent that keep the cell, modulo its lattice: rotations (g, 3, 3), permutations (g, n)."""
    if problem.lattice is None:
        return problem.parent_rotations, problem.parent_permutations
    inverse = np.linalg.inv(problem.lattice)
    # rows L R^T L^-1: whole for an operation that keeps the lattice
    turned = np.einsum("ai,gji,jb->gab", problem.lattice, problem.parent_rotations, inverse)
    keeps = np.nonzero(np.abs(nearest_image(turned)).max(axis=(1, 2)) < _WHOLE)[0]
    same = np.nonzero(problem.parent_atom == problem.parent_atom[0])[0]
    translations = np.array([_moved(problem, np.eye(3), 0, int(j)) for j in same])
    rotations, permutations = [], []
    for g in keeps:
        image = problem.parent_permutations[g, problem.parent_atom[0]]
        target = int(np.nonzero(problem.parent_atom == image)[0][0])
        point = _moved(problem, problem.parent_rotations[g], 0, target)
        # the operation after each translation of the cell
        permutations.append(translations[:, point])
        rotations.append(np.repeat(problem.parent_rotations[g][None], len(same), axis=0))
    return np.concatenate(rotations), np.concatenate(permutations)


def grey_operations(problem: Problem) -> tuple[FloatArray, IntArray, IntArray | None]:
    """`cell_operations`, each without and then with time reversal where the parent is grey, and -1 for the latter."""
    rotations, permutations = cell_operations(problem)
    if not problem.has_odd:
        return rotations, permutations, None
    thetas = np.repeat([1, -1], len(rotations))
    return np.concatenate([rotations, rotations]), np.concatenate([permutations, permutations]), thetas


def _moved(problem: Problem, rotation: FloatArray, first: int, image: int) -> IntArray:
    """Where the operation with this rotation that takes atom `first` to atom `image` takes every atom."""
    inverse = np.linalg.inv(np.asarray(problem.lattice))
    places = (problem.positions - problem.positions[first]) @ rotation.T + problem.positions[image]
    difference = (places[:, None] - problem.positions[None]) @ inverse
    distance = np.linalg.norm(nearest_image(difference) @ np.asarray(problem.lattice), axis=-1)
    found = distance.argmin(axis=1)
    if distance[np.arange(len(found)), found].max() > _NEAR:
        raise ValueError("an operation of the parent does not keep its atoms")
    return np.asarray(found, dtype=np.int64)


def _answers(found: Output, problem: Problem) -> Iterator[tuple[torch.Tensor, FloatArray]]:
    """What a network gives beside each part of the target of norm 1; values on atoms as root mean squares."""
    root = np.sqrt(problem.n_atoms)
    parts = (
        # the mean is no part of the target
        ((found.vectors - found.vectors.mean(dim=0)) / root, problem.target, np.asarray),
        (found.scalars / root, problem.target_occupation, np.asarray),
        (found.strain, problem.target_strain, strain_components),
        (found.moments / root, problem.target_moments, np.asarray),
    )
    for made, wanted, components in parts:
        if (goal := counted(wanted)) is not None:
            yield made, components(goal / np.linalg.norm(goal))
    norms = problem.field_norms()
    for made, one in zip(found.fields, problem.target_fields, strict=True):
        yield made / (1.0 if one.everywhere else root), one.values / norms[one.owner]


def input_gradient(network: PlainNetwork, weights: torch.Tensor, problem: Problem) -> tuple[FloatArray, FloatArray]:
    """Gradient of the loss at zero input by the inputs of atoms (n, width) and of the whole cell (width,)."""
    shape = (problem.n_atoms, network.architecture.width)
    site = torch.zeros(shape, dtype=torch.float64, device=network.device, requires_grad=True)
    cell = torch.zeros(shape[1], dtype=torch.float64, device=network.device, requires_grad=True)
    with torch.enable_grad():
        loss = torch.zeros((), dtype=torch.float64, device=network.device)
        for made, goal in _answers(network(weights, site, cell), problem):
            loss = loss + ((made - torch.as_tensor(goal, device=network.device)) ** 2).sum()
        by_site, by_cell = torch.autograd.grad(loss, (site, cell), allow_unused=True)
    zero = np.zeros(shape[1])
    return by_site.numpy(force=True), zero if by_cell is None else by_cell.numpy(force=True)


def asymmetries(
    network: PlainNetwork,
    site: FloatArray,
    cell: FloatArray,
    rotations: FloatArray,
    permutations: IntArray,
    thetas: IntArray | None = None,
) -> FloatArray:
    """Change of a field on atoms and cell under each operation, relative to its norm: (g,)."""
    architecture = network.architecture
    signs = np.ones(len(rotations), dtype=np.int64) if thetas is None else thetas
    told_apart = np.column_stack([np.round(rotations, 6).reshape(-1, 9), signs])
    first, which = np.unique(told_apart, axis=0, return_index=True, return_inverse=True)[1:]
    matrices = np.zeros((len(first), architecture.width, architecture.width))
    for kind in architecture.kinds:
        slots = architecture.slots(kind)
        matrices[:, slots, slots] = turning(kind, rotations[first], signs[first])
    result = np.zeros(len(rotations))
    for k, matrix in enumerate(matrices):
        turned, everywhere = site @ matrix.T, cell @ matrix.T
        for g in np.nonzero(which.reshape(-1) == k)[0]:
            # (g z)(image) against z(image)
            result[g] = np.sum((site[permutations[g]] - turned) ** 2) + np.sum((everywhere - cell) ** 2)
    total = float(np.sum(site**2) + np.sum(cell**2))
    return np.asarray(np.sqrt(result / max(total, 1e-300)))


def own_group(network: PlainNetwork, seed: int, problem: Problem, resolution: float = ROUNDING) -> OwnGroup:
    """The operations of the parent that the gradient of an untrained network keeps, cut at the widest gap.

    Parameters
    ----------
    network : PlainNetwork
    seed : int
        Of its random weights.
    problem : Problem
        Its own child's operations are not looked at.
    resolution : float
        Asymmetries below this say nothing.
    """
    rotations, permutations, thetas = grey_operations(problem)
    weights = network.architecture.initial_weights(1000 * seed, network.device)
    values = asymmetries(network, *input_gradient(network, weights, problem), rotations, permutations, thetas)
    return group_of(values, rotations, permutations, resolution, thetas)


def group_of(
    values: FloatArray,
    rotations: FloatArray,
    permutations: IntArray,
    resolution: float = ROUNDING,
    thetas: IntArray | None = None,
) -> OwnGroup:
    """The operations (g,) whose asymmetries lie below the widest gap."""
    order = np.argsort(values, kind="stable")
    count = _cut(values[order], resolution)
    kept = order[:count]
    signs = None if thetas is None else thetas[kept]
    return OwnGroup(rotations[kept], permutations[kept], values[order], signs)


def _cut(ascending: FloatArray, resolution: float) -> int:
    """How many asymmetries lie below the widest gap; all where there is none."""
    raised = np.maximum(ascending, resolution)
    # the widest gap on a logarithmic scale
    ratios = raised[1:] / raised[:-1]
    return int(ratios.argmax()) + 1 if len(ratios) and ratios.max() > CLOSED else len(ascending)
