"""What a group says about an output: one shape for finite, infinite and space groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray
from curiebreak.fields import representation, usual_components
from curiebreak.results import CarrierResult, IrrepEntry, SymmetryGroup
from curiebreak.results.basic import parity as parity_of
from curiebreak.results.check import ForbiddingOperation
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.isotropy import StabiliserTable


@dataclass(frozen=True)
class Verdict:
    """Answer for all output fields together, with the floor and verdict of each."""

    allowed: bool
    floor: float | None
    floors: tuple[float | None, ...]
    each: tuple[bool, ...]
    group: SymmetryGroup
    remaining: SymmetryGroup | None
    forbidding: tuple[ForbiddingOperation, ...] = ()
    order_parameters: tuple[IrrepEntry, ...] = ()
    minimal_sets: tuple[tuple[str, ...], ...] = ()
    messages: tuple[str, ...] = ()


def mean_floor(floors: tuple[float | None, ...], outputs: tuple[Field, ...]) -> float | None:
    """All fields count alike; a strain found by comparing structures counts only where nothing else is."""
    pairs = [(f, o) for f, o in zip(floors, outputs, strict=True) if f is not None]
    known = [f for f, o in pairs if o.quantity != "strain"] or [f for f, _ in pairs]
    return float(np.mean(known)) if known else None


def best_sets(isotropy: StabiliserTable) -> tuple[tuple[str, ...], ...]:
    """Labels of the minimal sets, best first."""
    return tuple(s.labels for s in isotropy.minimal_sets())


LARGEST_CARRIER = 6
"""Highest l of a global field that is tried as a carrier."""


def lowest_global_carrier(
    rotations: FloatArray,
    keeps: BoolArray,
    part: Callable[[int, str, FloatArray, FloatArray], FloatArray],
    time: int = 1,
) -> CarrierResult | None:
    """The global field of lowest l, the parity of the harmonics first, that holds an irrep with just these operations.

    Parameters
    ----------
    rotations : ndarray (g, 3, 3)
        Of the group, Cartesian.
    keeps : ndarray (g,) or (2 g,) of bool
        Operations that leave the field alone; a second half reverses time, under which the field has the parity `time`.
    part : callable
        ``part(degree, parity, matrices, field)``: what of a field (d,) belongs to the irrep, with matrices (g, d, d).
    time : int
    """
    for degree, other in product(range(LARGEST_CARRIER + 1), (0, 1)):
        parity = "eo"[(degree + other) % 2]
        matrices = representation(degree, parity, rotations)
        turned = matrices if len(keeps) == len(matrices) else np.concatenate([matrices, time * matrices])
        for field in turned[keeps].mean(axis=0).T:
            inside = part(degree, parity, matrices, field)
            norm = float(np.linalg.norm(inside))
            changed = np.linalg.norm(turned @ inside - inside, axis=1)
            if norm >= 1e-6 and np.array_equal(changed < 1e-5 * norm, keeps):
                return global_carrier(degree, parity, usual_components(degree, inside / norm), time)
    return None


def global_carrier(degree: int, parity: str, components: FloatArray, time: int = 1) -> CarrierResult:
    """A global field that holds an order parameter, usual components by m."""
    values = {str(m): float(x) for m, x in zip(range(-degree, degree + 1), components, strict=True)}
    scale = max(map(abs, values.values()))
    kept = {m: v / scale for m, v in values.items() if abs(v) > 1e-6 * scale}
    return CarrierResult(
        site="global",
        l=degree,
        parity="e" if parity == "e" else "o",
        components=kept,
        time_parity=parity_of(time),
    )
