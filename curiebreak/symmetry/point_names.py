"""Schoenflies symbols of all finite point groups."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray, IntArray

_SAME = 0.02
_LARGEST = 61


def point_group_name(rotations: FloatArray) -> str:
    """Schoenflies symbol of a finite group of orthogonal matrices (g, 3, 3), five-fold axes included."""
    determinants = np.linalg.det(rotations)
    proper, improper = rotations[determinants > 0], rotations[determinants < 0]
    traces = np.trace(improper, axis1=1, axis2=2)
    inversion = bool((traces < -3 + _SAME).any())
    orders = _orders(proper)
    highest = int(orders.max())
    if highest == 1:
        return {0: "C1", 1: "Ci" if inversion else "Cs"}[len(improper)]
    mains = _axes(proper[orders == highest])
    if highest > 2 and np.abs(mains @ mains[0]).min() < 1 - _SAME:
        return _polyhedral(len(proper), len(improper), inversion)
    main = mains[0]
    if highest == 2 and (len(proper), len(improper), inversion) == (4, 4, False):
        main = _axes(-improper[np.abs(traces + 1) < _SAME])[0]  # of S4 in D2d
    name = f"{'D' if len(proper) == 2 * highest else 'C'}{highest}"
    if not len(improper):
        return name
    # mirrors: h with one across the main axis, v or d with others; S without any
    mirrors = _axes(-improper[np.abs(traces - 1) < _SAME])
    if not len(mirrors):
        return f"S{2 * highest}"
    if np.abs(mirrors @ main).max() > 1 - _SAME:
        return f"{name}h"
    return f"{name}{'d' if name[0] == 'D' else 'v'}"


def _polyhedral(proper: int, improper: int, inversion: bool) -> str:
    letter = {12: "T", 24: "O", 60: "I"}.get(proper, f"group of order {proper + improper}")
    if not improper:
        return letter
    if letter == "T":
        return "Th" if inversion else "Td"
    return f"{letter}h"


def _orders(turns: FloatArray) -> IntArray:
    """Orders (m,) of proper rotations (m, 3, 3)."""
    # tr R = 1 + 2 cos(angle)
    angles = np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1) / 2, -1.0, 1.0))
    closed = np.abs(np.sin(np.arange(1, _LARGEST) * angles[:, None] / 2)) < _SAME
    return np.asarray(1 + closed.argmax(axis=1))


def _axes(turns: FloatArray) -> FloatArray:
    """Unit vectors (m, 3) that proper rotations (m, 3, 3) keep."""
    # of eigenvalue 1, the largest one of the symmetric part
    return np.asarray(np.linalg.eigh(turns + turns.transpose(0, 2, 1))[1][:, :, -1])


def are_closed(rotations: FloatArray) -> bool:
    """Whether every product of some orthogonal matrices (g, 3, 3) is one of them."""
    products = (rotations[:, None] @ rotations).reshape(-1, 9)
    # Frobenius products of two rotations: 1 + 2 cos of the turn between them, 3 for equal ones
    return bool((products @ rotations.reshape(-1, 9).T).max(axis=1).min() > 3 - _SAME)
