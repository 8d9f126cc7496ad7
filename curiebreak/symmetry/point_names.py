"""Schoenflies symbols of all finite point groups."""

from __future__ import annotations

import numpy as np

from curiebreak.arrays import FloatArray


def point_group_name(rotations: FloatArray) -> str:
    """Schoenflies symbol of a finite group of orthogonal matrices (g, 3, 3), five-fold axes included."""
    determinants = np.linalg.det(rotations)
    proper, improper = rotations[determinants > 0], rotations[determinants < 0]
    inversion = bool((np.abs(rotations + np.eye(3)).max(axis=(1, 2)) < _SAME).any())
    highest, mains = _main_axes(proper)
    if highest == 1:
        return {0: "C1", 1: "Ci" if inversion else "Cs"}[len(improper)]
    if highest > 2 and np.abs(mains @ mains[0]).min() < 1 - _SAME:
        return _polyhedral(len(proper), len(improper), inversion)
    main = mains[0]
    if highest == 2 and (len(proper), len(improper), inversion) == (4, 4, False):
        main = _axis(-next(turn for turn in improper if abs(np.trace(turn) + 1) < _SAME))  # of S4 in D2d
    return _axial(len(proper) == 2 * highest, highest, improper, main)


def _main_axes(proper: FloatArray) -> tuple[int, list[FloatArray]]:
    """The highest order of a rotation, 1 where there is none, and the axes of that order."""
    axes = [(_order(turn), _axis(turn)) for turn in proper if np.trace(turn) < 3 - _SAME]
    highest = max((order for order, _ in axes), default=1)
    return highest, [axis for order, axis in axes if order == highest]


def _axial(dihedral: bool, highest: int, improper: FloatArray, main: FloatArray) -> str:
    """Name by the mirrors: C, D; h with one across the main axis, v or d with others; S without any."""
    name = f"{'D' if dihedral else 'C'}{highest}"
    if not len(improper):
        return name
    mirrors = [_axis(-turn) for turn in improper if abs(np.trace(turn) - 1) < _SAME]
    if not mirrors:
        return f"S{2 * highest}"
    if np.abs(mirrors @ main).max() > 1 - _SAME:
        return f"{name}h"
    return f"{name}{'d' if dihedral else 'v'}"


_SAME = 0.02


def _polyhedral(proper: int, improper: int, inversion: bool) -> str:
    letter = {12: "T", 24: "O", 60: "I"}.get(proper, f"group of order {proper + improper}")
    if not improper:
        return letter
    if letter == "T":
        return "Th" if inversion else "Td"
    return f"{letter}h"


def _order(turn: FloatArray) -> int:
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1.0, 1.0))
    return next(n for n in range(1, _LARGEST) if abs(np.sin(n * angle / 2)) < _SAME)


_LARGEST = 61


def _axis(turn: FloatArray) -> FloatArray:
    """Unit vector that a proper rotation keeps."""
    values, vectors = np.linalg.eig(turn)
    axis = np.real(vectors[:, np.abs(values - 1).argmin()])
    return np.asarray(axis / np.linalg.norm(axis))
