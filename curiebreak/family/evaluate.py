"""The joint network as one function of its weights, for torch (training) and numpy (asking) alike.

Each class is evaluated in the subspace that its group H leaves invariant, so a class costs what its asymmetric unit
costs; the weights do not know the class. With features phi of the composition (invariant numbers), x a feature of kind
k on sites of type t,

    x_0        = gain * input + embed[t] + e(phi)[t] + flag * w[t]                (0e only for the last three)
    scale      = 1 + s(phi)[layer, t, k]
    u, r       = linear(scale * x);   a = r + convolution(u);   b = a gate(a_0e)
    p, q       = linear(scale' * b);  x' = b + p x q

where e and s are the outputs of a two-layer perceptron of phi. Two questions go to the same weights:

(a) flag 0, input = the order parameter eta: displacements outside the primary irreps, strain;
(b) flag 1, input = the direction of eta at a fixed length: the coefficients of eta along its basis.

By Curie's principle the answer to (b) without any direction could only be numbers that depend on the composition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray, IntArray

LAYERS = 2
CHANNELS = 8
HIDDEN = 32
"""Units of the perceptrons of the composition."""

INPUT_UNIT = 0.2
"""Å; an order parameter of this size enters as 1. Much smaller inputs make the node product invisible."""
OUTPUT_UNIT = 0.2
"""Å of displacement for a read-out of 1."""
AMPLITUDE_UNIT = 0.4
"""Å of root mean square displacement of an amplitude for a read-out of 1."""
STRAIN_UNIT = 0.02
EDGE_UNIT = 0.05
DIRECTION_LENGTH = 1.5
"""Input (network units, root mean square over the atoms) that stands for a direction."""


class Entries(NamedTuple):
    """Sparse map from the weights in use to the convolution, flattened (N * N): rows, weights, values."""

    row: IntArray
    weight: IntArray
    value: FloatArray


@dataclass(frozen=True, eq=False)
class ClassOperators:
    """What one class adds to the shared weights; arrays of numpy or of torch.

    N coordinates of the invariant subspace are ``orbits x width``.

    Attributes
    ----------
    width, orbits : int
    group : (N,) int
        Site type times kinds plus kind of each coordinate.
    types : (N,) int
        Site type.
    gain : (channels, N)
        How inputs enter the channels.
    edge_weights : (w,) int
        Rows of the table of edge weights in use.
    convolve : callable
        Rows (w, channels) of that table to the convolution (N, N, channels).
    product : (orbits, width, width, width)
        Node product: out, first, second.
    into : (N, 3 n)
        Invariant displacements to input coordinates.
    out : (3 n, N)
        Displacement coordinates to atoms.
    strain : (5, N)
        Traceless strain components of the cell from 2e coordinates (mean over atoms).
    basis : (3 n, k)
    """

    width: int
    orbits: int
    group: Any
    types: Any
    gain: Any
    edge_weights: Any
    convolve: Callable[[Any], Any]
    product: Any
    into: Any
    out: Any
    strain: Any
    basis: Any


STORED = ("group", "types", "gain", "edge_weights", "product", "into", "out", "strain")


def stored(operators: ClassOperators, entries: Entries) -> dict[str, Any]:
    """Operators (of numpy) as arrays for a file; zeros compress to nothing."""
    found = {name: np.asarray(getattr(operators, name)) for name in STORED}
    numbers = ("gain", "product", "into", "out", "strain")
    found = {n: a.astype(np.float64 if n in numbers else np.int32) for n, a in found.items()}
    return found | {"entry_row": entries.row, "entry_weight": entries.weight, "entry_value": entries.value}


def restored(arrays: Mapping[str, Any], basis: FloatArray) -> ClassOperators:
    """Operators of numpy from what `stored` made."""
    product = np.asarray(arrays["product"])
    size = len(arrays["group"])
    row, weight, value = (np.asarray(arrays[f"entry_{n}"]) for n in ("row", "weight", "value"))
    return ClassOperators(
        width=product.shape[1],
        orbits=len(product),
        **{name: np.asarray(arrays[name]) for name in STORED},
        convolve=convolution(Entries(row, weight, value), size),
        basis=basis,
    )


def convolution(entries: Entries, size: int) -> Callable[[FloatArray], FloatArray]:
    """The function that makes the convolution (N, N, channels) of numpy from rows (w, channels)."""

    def convolve(table: FloatArray) -> FloatArray:
        channels = table.shape[1]
        found = np.empty((size * size, channels))
        for c in range(channels):
            amount = table[entries.weight, c] * entries.value
            found[:, c] = np.bincount(entries.row, weights=amount, minlength=size * size)
        return found.reshape(size, size, channels)

    return convolve


class Answers(NamedTuple):
    """Both questions answered for some compositions of one class.

    Attributes
    ----------
    secondaries : (b, n, 3)
        Å.
    strain : (b, 5)
        Traceless strain.
    amplitudes : (b, k)
        Å over the common cell, along the class's basis.
    log_edge : (b,)
        Logarithm of the edge, less that of the shortest bond's edge.
    """

    secondaries: Any
    strain: Any
    amplitudes: Any
    log_edge: Any


def log_edges(xp: Any, w: Mapping[str, Any], features: Any) -> Any:
    """Logarithm of the edge (b,) for features (b, f), less that of the shortest bond's edge."""
    inner = xp.tanh(features @ w["edge.0.weight"].T + w["edge.0.bias"])
    return (inner @ w["edge.2.weight"].T + w["edge.2.bias"])[:, 0] * EDGE_UNIT


def final(xp: Any, w: Mapping[str, Any], c: ClassOperators, features: Any, field: Any, flag: Any) -> Any:
    """Features (channels, N, b) after the last layer.

    Parameters
    ----------
    xp : module
        numpy or torch.
    w : mapping
        Weights by name, see `curiebreak.family.family_network`.
    c : ClassOperators
        Of the same kind.
    features : (b, f)
    field : (b, N)
        Input coordinates, network units.
    flag : (b,)
    """
    channels, count = len(c.gain), len(features)
    size = c.width * c.orbits
    types = len(w["embed"])
    kinds = w["0.before"].shape[0] // types
    numbers = xp.tanh(features @ w["inner.weight"].T + w["inner.bias"]) @ w["outer.weight"].T + w["outer.bias"]
    embedded = numbers[:, : types * channels].reshape(count, types, channels)
    scales = 1.0 + numbers[:, types * channels :].reshape(count, 2 * LAYERS, types * kinds, channels)
    start = embedded + w["embed"] + flag[:, None, None] * w["flag"]
    x = c.gain[:, :, None] * field.T[None]
    scalar = xp.zeros_like(x)
    scalar[:, :: c.width] = xp.moveaxis(start[:, c.types[:: c.width]], (0, 1, 2), (2, 1, 0))
    x = x + scalar
    for layer in range(LAYERS):
        # (N, 2 channels, channels) on (N, channels, b)
        scaled = xp.moveaxis(x, 0, 1) * xp.moveaxis(scales[:, 2 * layer][:, c.group], 0, 2)
        mixed = w[f"{layer}.before"][c.group] @ scaled
        operator = xp.moveaxis(c.convolve(w[f"{layer}.edge"][c.edge_weights]), 2, 0)
        moved = xp.moveaxis(mixed[:, channels:], 0, 1) + operator @ xp.moveaxis(mixed[:, :channels], 0, 1)
        sites = moved.reshape(channels, c.orbits, c.width, count)
        first = sites[:, :, :1]
        opened = sites * (0.5 * (1.0 + first / xp.sqrt(1.0 + first * first)))  # the gate of learning.network
        opened = opened.reshape(channels, size, count)
        scaled = xp.moveaxis(opened, 0, 1) * xp.moveaxis(scales[:, 2 * layer + 1][:, c.group], 0, 2)
        pair = w[f"{layer}.after"][c.group] @ scaled
        p = pair[:, :channels].reshape(c.orbits, c.width, channels * count)
        q = pair[:, channels:].reshape(c.orbits, c.width, channels * count)
        flat = c.product.reshape(c.orbits, c.width * c.width, c.width)
        right = (flat @ q).reshape(c.orbits, c.width, c.width, channels * count)
        product = (right * p[:, None]).sum(2).reshape(size, channels, count)
        x = opened + xp.moveaxis(product, 0, 1)
    return x


def answers(xp: Any, w: Mapping[str, Any], c: ClassOperators, features: Any, eta: Any, direction: Any) -> Answers:
    """Answer both questions.

    Parameters
    ----------
    xp : module
        numpy or torch.
    w : mapping
        Weights by name.
    c : ClassOperators
    features : (b, f)
    eta : (b, k)
        Order parameter along the class's basis, Å over the common cell.
    direction : (b, k)
        Its direction; any length.
    """
    n, count = len(c.out) // 3, len(features)
    unit = direction / xp.sqrt((direction * direction).sum(1) + 1e-24)[:, None]
    field = xp.concatenate([eta / INPUT_UNIT, unit * DIRECTION_LENGTH * n**0.5]) @ (c.into @ c.basis).T
    flag = xp.concatenate([xp.zeros_like(features[:, 0]), xp.ones_like(features[:, 0])])
    x = final(xp, w, c, xp.concatenate([features, features]), field, flag)
    table = w["readout"][:, c.types]  # (slots, N, channels): 1o, 0e, 2e
    moved = xp.einsum("nc,cnb->bn", table[0], x[:, :, :count]) @ c.out.T * OUTPUT_UNIT
    moved = (moved - (moved @ c.basis) @ c.basis.T).reshape(count, n, 3)
    moved = moved - moved.mean(1)[:, None]
    strain = xp.einsum("nc,cnb->bn", table[2], x[:, :, :count]) @ c.strain.T * STRAIN_UNIT
    second = xp.einsum("nc,cnb->bn", w["second"][c.types], x[:, :, count:])
    amplitudes = (second @ c.out.T) @ c.basis * AMPLITUDE_UNIT
    return Answers(moved, strain, amplitudes, log_edges(xp, w, features))


def traceless(strain: FloatArray, basis: FloatArray) -> FloatArray:
    """Components (m, 5) of strains (m, 3, 3) along unit matrices ``basis`` (5, 3, 3)."""
    return np.asarray(np.einsum("kab,mab->mk", basis, strain))


def strain_of(components: FloatArray, basis: FloatArray) -> FloatArray:
    """Inverse of `traceless`."""
    return np.asarray(np.einsum("mk,kab->mab", components, basis))
