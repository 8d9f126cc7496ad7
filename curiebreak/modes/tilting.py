"""Octahedral tilts from a Glazer symbol and angles: linear tilt modes, no secondaries, no strain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.modes.builder import RequestedIrrep, copies_of
from curiebreak.modes.direction_list import generic_vector
from curiebreak.modes.lookup import find_irrep
from curiebreak.modes.tilts import (
    OctahedralNet,
    Tilt,
    howard_stokes_order,
    octahedral_net,
    octahedral_rotation,
    spelled,
    tilt_labels,
    wave_vector,
)
from curiebreak.symmetry.bloch import bloch_space
from curiebreak.symmetry.direction_text import echelon
from curiebreak.symmetry.isotypic import Irrep
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import match_vectors, periodic_cell

_SYMBOL = re.compile(r"([a-c])([0+-])([a-c])([0+-])([a-c])([0+-])")
_SAME = 1e-6


def tilt_terms(parent: ParentCrystal, symbol: str, angles: Sequence[float]) -> list[RequestedIrrep]:
    """Order parameters of the tilt irreps for a Glazer symbol and three angles.

    Parameters
    ----------
    parent : ParentCrystal
        Cubic perovskite or ordered double perovskite.
    symbol : str
        Such as ``a+b-b-``, along the parent's pseudo-cubic axes x, y, z.
    angles : sequence of 3 floats
        Degrees, one an axis; ``atan(2 d / a)`` of the linear mode.

    Returns
    -------
    list of RequestedIrrep
        Components hold for a cell of any size: they are amplitudes per primitive parent cell (Ap).

    Raises
    ------
    InputError
        If the parent has no net of octahedra, or symbol and angles do not fit.
    """
    net = octahedral_net(parent)
    if net is None:
        raise InputError(
            "The parent has no three-dimensional net of octahedra.",
            "Glazer symbols need a cubic perovskite (ABX3, BX3) or an ordered double perovskite.",
        )
    signs = _checked(symbol, angles)
    # (18): the amplitude is linear in the tangent of the angle
    tangents = np.tan(np.radians(np.abs(np.asarray(angles, dtype=float))))
    wanted = []
    for sign, in_phase in (("+", True), ("-", False)):
        chosen = np.array([tangents[i] if signs[i] == sign else 0.0 for i in range(3)])
        if chosen.any():
            wanted.append(_tilts(parent, net, _irrep(parent, net, in_phase), chosen, in_phase))
    return wanted


def _checked(symbol: str, angles: Sequence[float]) -> list[str]:
    """Signs of the three axes."""
    match = _SYMBOL.fullmatch(symbol.replace(" ", ""))
    if match is None:
        raise InputError(f"{symbol!r} is no Glazer symbol.", "Write three letters with 0, + or -, such as a+b-b-.")
    letters, signs = match.groups()[::2], list(match.groups()[1::2])
    if len(angles) != 3 or not np.isfinite(angles).all() or max(np.abs(angles)) >= 45:
        raise InputError("Three angles below 45 degrees are needed, one an axis.", "Write --angles 9.7,9.0,9.0.")
    for i in range(3):
        if (signs[i] == "0") != (abs(angles[i]) < _SAME):
            raise InputError(
                f"The angle {angles[i]:g} does not fit '{letters[i]}{signs[i]}' of {symbol}.",
                "An axis without a tilt has the angle 0, the others have not.",
            )
        for j in range(i):
            equal = letters[i] == letters[j] and "0" not in (signs[i], signs[j])
            if equal and abs(angles[i] - angles[j]) > _SAME:
                raise InputError(
                    f"Axes with the same letter in {symbol} have different angles, {angles[j]:g} and {angles[i]:g}.",
                    "Give equal angles, or different letters.",
                )
    return signs


def _irrep(parent: ParentCrystal, net: OctahedralNet, in_phase: bool) -> Irrep:
    first = ("M", "X") if in_phase else ("R", "GM")
    return find_irrep(parent, next(label for label in tilt_labels(parent, net) if label.startswith(first)))


def _tilts(
    parent: ParentCrystal, net: OctahedralNet, irrep: Irrep, tangents: FloatArray, in_phase: bool
) -> RequestedIrrep:
    """Order parameter that turns the octahedra by the wanted tangents (3,) about the three axes."""
    site, response = _turns(parent, net, irrep, in_phase)
    components = np.asarray(np.linalg.lstsq(response, tangents, rcond=1e-9)[0], dtype=np.float64)
    components[np.abs(components) < 1e-12] = 0.0
    return RequestedIrrep(irrep, site, 1, components, f"{irrep.label} of the tilts")


def _turns(parent: ParentCrystal, net: OctahedralNet, irrep: Irrep, in_phase: bool) -> tuple[str, FloatArray]:
    """Site of the corners, and the turn about each axis by a unit of each component: ndarray (3, dim)."""
    arms = parent.to_standard.inverse.waves(irrep.arms)
    space = bloch_space(parent, periodic_cell(np.concatenate([np.zeros((1, 3)), arms])))
    site = parent.site_names[parent.site_orbits[net.corners[0][0]]]
    functions = copies_of(space, irrep)[site][0]
    # the order parameter of given turns solves a linear system with this matrix
    response = np.zeros((3, irrep.dim))
    for axis in range(3):
        wave = wave_vector(parent, net, axis, in_phase)
        place = int(match_vectors(wave[None], space.kpoints)[0])
        for component in range(irrep.dim):
            turn = octahedral_rotation(space, functions[component, place], net, place, axis)
            response[axis, component] = turn.real * np.sqrt(space.size)
    return site, response


def allowed_tilts(parent: ParentCrystal, allowed: Mapping[str, FloatArray]) -> str | None:
    """Glazer symbol of the tilts that a group allows.

    Parameters
    ----------
    parent : ParentCrystal
    allowed : mapping
        Label of an irrep -> order parameters (f, dim) that the group leaves alone.

    Returns
    -------
    str or None
        Without a net of octahedra, and where in-phase and antiphase tilts share an axis, there is no symbol.
    """
    net = octahedral_net(parent)
    if net is None:
        return None
    turned = {}
    for sign, in_phase in (("+", True), ("-", False)):
        irrep = _irrep(parent, net, in_phase)
        rows = allowed.get(irrep.label, np.zeros((0, irrep.dim)))
        # echelon rows and square roots of primes: only turns that symmetry makes equal are equal
        turned[sign] = np.abs(_turns(parent, net, irrep, in_phase)[1] @ generic_vector(echelon(rows)))
    tilts = []
    for plus, minus in zip(turned["+"], turned["-"], strict=True):
        if min(plus, minus) > _SAME:
            return None
        tilts.append(Tilt(float(max(plus, minus)), "+" if plus > _SAME else "-" if minus > _SAME else "0"))
    return spelled(howard_stokes_order((tilts[0], tilts[1], tilts[2])))
