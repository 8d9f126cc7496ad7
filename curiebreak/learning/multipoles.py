"""Multipoles of a vector field about a centre, as hidden inputs of many snapshots.

A field that varies in space and has no source where the particles are is a gradient, ``F(r) = grad Phi(r)``, with

    Phi(r) = sum over l, m of  c_lm R (r / R)^l Y_lm(r)

c_l is the multipole of degree l: constant for all atoms and snapshots, while F is what an atom feels at its place.
Under inversion c_l has the parity of F times (-1)^(l - 1), under time reversal that of F: an electric field (1o) has
the multipoles 1o, 2e, 3o, 4e, a magnetic one (1e, odd under time reversal) 1e, 2o, 3e, 4o.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.learning.harmonics import coupling, spherical_harmonics

LARGEST = 4
"""Largest l of a multipole that is sought by default."""


class Multipole(NamedTuple):
    """One multipole of a vector field: l, sign under inversion, sign under time reversal."""

    degree: int
    parity: int
    time: int

    @property
    def field_parity(self) -> int:
        """Sign of the vector field under inversion: -1 for a polar one, 1 for an axial one."""
        return int(self.parity * (-1) ** (self.degree - 1))


ELECTRIC = (-1, 1)
MAGNETIC = (1, -1)
"""Signs of a vector field under inversion and time reversal."""


def multipoles_of(fields: tuple[tuple[int, int], ...], lmax: int) -> tuple[Multipole, ...]:
    """Multipoles up to a degree of vector fields with given signs under inversion and time reversal."""
    return tuple(
        Multipole(degree, parity * (-1) ** (degree - 1), time)
        for parity, time in fields
        for degree in range(1, lmax + 1)
    )


def gradient_fields(degree: int, points: FloatArray) -> FloatArray:
    """What a multipole of degree l makes at some points: (n, 3, 2l + 1), e3nn component order.

    ``F_i = sum_m M_im c_m`` is the gradient of ``r^l Y_l(r) . c``, scaled so that its root mean square on the unit
    sphere is the norm of c; for l = 1 it is c itself, the same everywhere.
    """
    radius = np.linalg.norm(points, axis=-1)
    # at the centre only l = 1 does not vanish; its direction is of no account there
    directions = np.where(radius[:, None] > 0, points, [0.0, 0.0, 1.0])
    # grad (r^l Y_l) is r^(l-1) times the part of Y_(l-1) x vector that has degree l
    lower = spherical_harmonics(degree - 1, directions) * radius[:, None] ** (degree - 1)
    fields = np.einsum("nk,kmi->nim", lower, coupling(degree - 1, degree, 1)) * np.sqrt(2 * degree + 1)
    # with the sign of a gradient: along r it grows with the potential
    probe = np.array([[0.3, 0.5, 0.8]]) / np.linalg.norm([0.3, 0.5, 0.8])
    there = np.einsum("k,kmi->im", spherical_harmonics(degree - 1, probe)[0], coupling(degree - 1, degree, 1))
    sign = np.sign(probe[0] @ there @ spherical_harmonics(degree, probe)[0])
    return np.asarray(sign * fields)
