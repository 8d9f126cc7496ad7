"""What a group says about an output: one shape for finite, infinite and space groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.results import CarrierResult, IrrepEntry, SymmetryGroup
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


def carriers() -> Iterator[tuple[int, str]]:
    """Degrees and parities of global fields in the order in which they are tried, the parity of the harmonics first."""
    for degree in range(LARGEST_CARRIER + 1):
        own, other = ("o", "e") if degree % 2 else ("e", "o")
        yield from ((degree, own), (degree, other))


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
        time_parity=1 if time > 0 else -1,
    )
