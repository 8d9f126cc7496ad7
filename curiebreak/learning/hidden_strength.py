"""How strong a hidden field is and how sure: the elementary force laws against what the snapshots ask for.

The network may answer to a field in any equivariant way. What is stated is the part that the first kind of atom does
as a charge would,

    a = F(r)  of a field that is even under time reversal,      a = v x F(r)  of one that is odd,

F the gradient of the multipole. Its components c follow by least squares from the accelerations less the network's
answer without any field; laws of all fields found stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.learning.multipoles import gradient_fields

EXPLAINED = 0.95
"""Part of the squared accelerations left to the fields that the laws must explain to stand for them."""


class Law(NamedTuple):
    """Degree and time parity of a field that pushes as a charge is pushed."""

    degree: int
    time: int


@dataclass(frozen=True, eq=False)
class Strength:
    """Components of one field, and its amplitude.

    Attributes
    ----------
    components : (2l + 1,)
        e3nn component order; of unit norm.
    amplitude : float
        Root mean square over the sphere of radius 1 of the field, in units of the snapshots: an acceleration, or one
        by velocity where the field is odd under time reversal.
    error : float
        Its standard error.
    """

    components: FloatArray
    amplitude: float
    error: float


def strengths(
    laws: Sequence[Law], pushed: FloatArray, places: FloatArray, velocities: FloatArray
) -> list[Strength] | None:
    """Fit the laws to accelerations.

    Parameters
    ----------
    laws : sequence of Law
    pushed : (n, 3)
        Accelerations of atoms of one kind that the fields have to make.
    places, velocities : (n, 3)
        Of these atoms, places seen from the centre; the same units as the accelerations.

    Returns
    -------
    list of Strength, or None
        None where the laws explain less than `EXPLAINED` of the accelerations.
    """
    columns = [_law(law, places, velocities) for law in laws]
    design = np.concatenate(columns, axis=2).reshape(pushed.size, -1)
    goal = pushed.reshape(-1)
    if design.shape[0] <= design.shape[1]:
        return None
    # columns of unit length: the degrees differ by powers of the distance
    lengths = np.linalg.norm(design, axis=0)
    solution, *_ = np.linalg.lstsq(design / lengths, goal, rcond=None)
    left = goal - (design / lengths) @ solution
    if float(left @ left) > (1 - EXPLAINED) * float(goal @ goal):
        return None
    variance = float(left @ left) / (design.shape[0] - design.shape[1])
    covariance = variance * np.linalg.inv((design / lengths).T @ (design / lengths)) / np.outer(lengths, lengths)
    found, start = [], 0
    for law in laws:
        part = slice(start, start + 2 * law.degree + 1)
        start = part.stop
        values = (solution / lengths)[part]
        amplitude = float(np.linalg.norm(values))
        unit = values / max(amplitude, 1e-300)
        found.append(Strength(unit, amplitude, float(np.sqrt(max(unit @ covariance[part, part] @ unit, 0.0)))))
    return found


def _law(law: Law, places: FloatArray, velocities: FloatArray) -> FloatArray:
    """Accelerations (n, 3, 2l + 1) that unit components make."""
    fields = gradient_fields(law.degree, places)
    if law.time > 0:
        return fields
    return np.asarray(np.cross(velocities[:, :, None], fields, axis=1))


def sureness(with_field: FloatArray, without: FloatArray) -> float:
    """One minus the chance that squared errors of as many atoms fall by accident (sign test).

    Parameters
    ----------
    with_field, without : (n,)
        Squared errors of atoms of snapshots that were not trained on, with and without a field.
    """
    count, better = len(with_field), int((with_field < without).sum())
    tail = sum(comb(count, k) for k in range(better, count + 1))
    return float(1.0 - tail / 2**count)
