"""Blocks of the input as random networks answer to them: no decomposition of a group enters.

Let J_k be the Jacobian at zero input of the random network k. ``sum_k J_k J_k^T`` on the inputs of one carrier commutes
with every operation of the parent. By Schur's lemma each of its eigenspaces is one copy of one irrep, as soon as the
networks together see every copy. Two copies belong together when they are answered with the same fields.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.learning.breaking import Carrier, InputSpace, carrier_fields, split_symmetric
from curiebreak.learning.engine import CompressedEngine
from curiebreak.learning.isotypic_split import KEPT
from curiebreak.learning.orbits import Orbits
from curiebreak.learning.problem import Problem

#: Random networks that are asked; with one its null space mixes irreps.
NETWORKS = 8
#: Eigenvalues closer than this (relative to the largest) belong to one eigenspace.
RESOLUTION = 1e-7
#: Answers that overlap by more than this are the same fields.
LINKED = 1e-6
#: Eigenvalues below this part of the largest: the networks do not answer.
SILENT = 1e-12


def undivided(problem: Problem, orbits: Orbits, carriers: tuple[Carrier, ...]) -> InputSpace:
    """All breaking inputs of the carriers, every carrier one block."""
    parts = []
    for carrier in carriers:
        fields = carrier_fields(problem, orbits, carrier)
        breaking = split_symmetric(problem, carrier.kind, fields)[1]
        if problem.remaining is not None:
            breaking = split_symmetric(problem.under_given, carrier.kind, breaking, KEPT)[1]
        parts.append(breaking)
    sizes = [part.shape[2] for part in parts]
    index = np.repeat(np.arange(len(carriers)), sizes)
    return InputSpace(carriers, tuple(parts), index, index)


def divided(space: InputSpace, engine: CompressedEngine, seed: int) -> InputSpace:
    """Rotate the coordinates of each carrier so that each belongs to one block, and number the irreps.

    Parameters
    ----------
    space : InputSpace
        Undivided, the engine's.
    engine : CompressedEngine
    seed : int
    """
    slopes = [_slope(engine, 1000 * seed + 900 + number, space.size) for number in range(NETWORKS)]
    rotation = np.zeros((space.size, space.size))
    blocks: list[IntArray] = []
    silent: list[int] = []
    scale = max((float(np.linalg.norm(slope)) for slope in slopes), default=0.0) ** 2
    for carrier in range(len(space.carriers)):
        members = np.nonzero(space.carrier == carrier)[0]
        if not len(members):
            continue
        # J J^T of an equivariant network commutes with the group: its eigenspaces are irreps (Schur)
        values, vectors = np.linalg.eigh(sum(slope[members] @ slope[members].T for slope in slopes))
        rotation[np.ix_(members, members)] = vectors
        largest = max(float(values[-1]), 1e-300)
        answered = values > SILENT * max(largest, scale)
        # several networks together leave no accidental degeneracy
        splits = np.nonzero((np.diff(values) > RESOLUTION * largest) & answered[1:])[0] + 1
        for piece in np.split(np.arange(len(members)), splits):
            if not answered[piece[0]]:
                silent.append(len(blocks))
            blocks.append(members[piece])
    component = _linked(blocks, silent, [rotation.T @ slope for slope in slopes])
    fields = tuple(
        basis @ rotation[np.ix_(space.carrier == k, space.carrier == k)] for k, basis in enumerate(space.fields)
    )
    number = np.zeros(space.size, dtype=np.int64)
    for block, own in zip(blocks, component, strict=True):
        number[block] = own
    return _sorted(replace(space, fields=fields, component=number))


def _slope(engine: CompressedEngine, seed: int, size: int) -> FloatArray:
    """Jacobian (z, rows) of a random network at zero input, of unit norm."""
    network = engine.network
    weights = network.architecture.initial_weights(seed, network.device)
    state = engine.evaluate(weights, torch.zeros(size, dtype=torch.float64, device=network.device))
    slope = engine.input_jacobian(weights, state).numpy(force=True)
    return np.asarray(slope / max(float(np.linalg.norm(slope)), 1e-300))


def _linked(blocks: list[IntArray], silent: list[int], slopes: list[FloatArray]) -> IntArray:
    """Number of the irrep of each block: blocks whose answers overlap share it."""
    size = slopes[0].shape[0] if slopes else 0
    member = np.zeros((size, len(blocks)))
    for column, block in enumerate(blocks):
        member[block, column] = 1.0
    overlap = np.zeros((len(blocks), len(blocks)))
    for slope in slopes:
        # overlap of the answers of two blocks; different irreps answer orthogonally
        strength = np.sqrt(member.T @ (slope @ slope.T) ** 2 @ member)
        own = np.sqrt(np.maximum(np.diag(strength), 1e-300))
        overlap = np.maximum(overlap, strength / np.outer(own, own))
    overlap[silent] = overlap[:, silent] = 0.0
    label = np.arange(len(blocks))
    for a, b in zip(*np.nonzero(np.triu(overlap, 1) > LINKED), strict=True):
        label[label == label[b]] = label[a]
    return np.asarray(np.unique(label, return_inverse=True)[1].reshape(-1))


def _sorted(space: InputSpace) -> InputSpace:
    """The same coordinates, those of each carrier in the order of their components."""
    fields, component = [], space.component.copy()
    for carrier, basis in enumerate(space.fields):
        members = np.nonzero(space.carrier == carrier)[0]
        order = np.argsort(space.component[members], kind="stable")
        fields.append(basis[:, :, order])
        component[members] = space.component[members][order]
    return replace(space, fields=tuple(fields), component=component)
