"""The standard setting of a space group and the way into it.

Standard means: conventional cell of the International Tables, origin choice 2, hexagonal
axes for rhombohedral groups, unique axis b for monoclinic ones. Irrep labels refer to it.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import product

import numpy as np
import spglib

from curiebreak.arrays import FloatArray, IntArray, nearest_image
from curiebreak.errors import InternalError
from curiebreak.symmetry.sublattices import smith_normal_form

_N_HALL = 530
_PREFERRED_CHOICES = ("2", "H", "b", "b1", "")


@cache
def _hall_numbers() -> dict[int, tuple[tuple[int, str], ...]]:
    settings: dict[int, list[tuple[int, str]]] = {}
    for hall in range(1, _N_HALL + 1):
        kind = spglib.get_spacegroup_type(hall)
        if kind is None:
            raise InternalError(f"spglib knows no Hall number {hall}")
        settings.setdefault(kind.number, []).append((hall, kind.choice))
    return {number: tuple(rows) for number, rows in settings.items()}


@cache
def standard_hall_number(number: int) -> int:
    """Hall number (1-530) of the standard setting of space group `number`."""
    rows = _hall_numbers()[number]
    # origin choice 2, hexagonal axes, unique axis b: the setting of the tables of irreps
    for choice in _PREFERRED_CHOICES:
        for hall, name in rows:
            if name == choice:
                return hall
    return rows[0][0]


@cache
def standard_operations(number: int) -> tuple[IntArray, FloatArray]:
    """Operations of the standard conventional cell, centring included.

    Returns
    -------
    rotations : ndarray (m, 3, 3)
    translations : ndarray (m, 3)
        ``x' = R x + t``, exact to rounding (multiples of 1/24).
    """
    data = spglib.get_symmetry_from_database(standard_hall_number(number))
    if data is None:
        raise InternalError(f"spglib has no operations for space group {number}")
    rotations = np.asarray(data["rotations"], dtype=np.int64)
    # translations of the standard settings are multiples of 1/24
    translations = np.round(np.asarray(data["translations"], dtype=float) * 24) / 24
    return rotations, translations


def solve_modulo_one(matrix: IntArray, rhs: FloatArray, tolerance: float) -> list[FloatArray]:
    """All p (3,) modulo 1 with ``matrix @ p = rhs`` modulo 1; free directions are set to zero.

    Parameters
    ----------
    matrix : ndarray (m, 3) of int
    rhs : ndarray (m,)
    tolerance : float
        Allowed deviation of a congruence that does not depend on p.
    """
    # U M V = D: with p = V y each component of y stands alone, d_i y_i = (U b)_i modulo 1
    u, d, v = smith_normal_form(matrix)
    b = u @ rhs
    pivots = np.zeros(max(3, len(b)), dtype=np.int64)
    pivots[: min(d.shape)] = np.diag(d)
    # rows without an unknown must hold by themselves
    fixed = b[pivots[: len(b)] == 0]
    if np.abs(nearest_image(fixed)).max(initial=0.0) > tolerance * max(1, int(np.abs(u).max())):
        return []
    # d y = b modulo 1 has d solutions
    choices = [[(b[i] + m) / d[i, i] for m in range(abs(d[i, i]))] if pivots[i] else [0.0] for i in range(3)]
    return [(v @ np.array(y)) for y in product(*choices)]


def origin_shift_to_standard(
    number: int, rotations: IntArray, translations: FloatArray, tolerance: float
) -> FloatArray | None:
    """Shift p with ``x_std = x + p`` when the axes of the file are already the standard ones.

    Parameters
    ----------
    number : int
        Space-group number.
    rotations, translations : ndarray (m, 3, 3), (m, 3)
        Operations in the cell of the file.
    tolerance : float
        Allowed deviation in fractional coordinates.

    Returns
    -------
    ndarray (3,) or None
        ``None`` when the axes are not standard. The zero shift is preferred, then the shortest.
    """
    by_rotation = _standard_translations(number, rotations)
    if by_rotation is None:
        return None
    candidates = [np.zeros(3)]
    if not _matches(candidates[0], rotations, translations, by_rotation, tolerance):
        candidates = _candidate_shifts(rotations, translations, by_rotation, tolerance)
    wrapped = [_wrapped(shift) for shift in candidates]
    found = [p for p in wrapped if _matches(p, rotations, translations, by_rotation, tolerance)]
    if not found:
        return None
    return min(found, key=lambda p: (round(float(p @ p), 6), [-round(float(x), 6) for x in p]))


def _wrapped(shift: FloatArray) -> FloatArray:
    """Folded into (-1/2, 1/2]."""
    folded = nearest_image(shift)
    folded[np.isclose(folded, -0.5)] = 0.5
    return np.asarray(folded)


def _matches(
    shift: FloatArray,
    rotations: IntArray,
    translations: FloatArray,
    by_rotation: dict[bytes, list[FloatArray]],
    tolerance: float,
) -> bool:
    """Whether the shift brings every operation to one of the standard setting."""
    for rotation, translation in zip(rotations, translations, strict=True):
        # (3) with P = 1: t + p - R p
        moved = translation + shift - rotation @ shift
        difference = np.array(by_rotation[rotation.tobytes()]) - moved
        difference = nearest_image(difference)
        if np.abs(difference).max(axis=1).min() > tolerance:
            return False
    return True


def _standard_translations(number: int, rotations: IntArray) -> dict[bytes, list[FloatArray]] | None:
    """Translations of the standard setting by rotation; ``None`` where the rotations are not those of that setting."""
    standard, translations = standard_operations(number)
    found: dict[bytes, list[FloatArray]] = defaultdict(list)
    for rotation, translation in zip(standard, translations, strict=True):
        found[rotation.tobytes()].append(translation)
    same = len(standard) == len(rotations) and {rotation.tobytes() for rotation in rotations} <= found.keys()
    return dict(found) if same else None


def _candidate_shifts(
    rotations: IntArray,
    translations: FloatArray,
    by_rotation: dict[bytes, list[FloatArray]],
    tolerance: float,
) -> list[FloatArray]:
    """Shifts that bring a small generating set of operations to their standard translations."""
    unique: dict[bytes, int] = {}
    for index, rotation in enumerate(rotations):
        unique.setdefault(rotation.tobytes(), index)
    chosen = _generators([rotations[i] for i in unique.values()])
    indices = [list(unique.values())[i] for i in chosen]
    if not indices:
        return [np.zeros(3)]
    # (1 - R) p = t_std - t modulo 1 for generators; the others follow
    stacked = np.concatenate([np.eye(3, dtype=np.int64) - rotations[i] for i in indices])
    options = [by_rotation[rotations[i].tobytes()] for i in indices]
    shifts: list[FloatArray] = []
    # centrings: an operation may go to any of its standard translations
    for combination in product(*options):
        rhs = np.concatenate([s - translations[i] for s, i in zip(combination, indices, strict=True)])
        shifts.extend(solve_modulo_one(stacked, rhs, tolerance))
    return shifts


def _generators(rotations: list[IntArray]) -> list[int]:
    """Indices of rotations that generate the whole point group (greedy)."""
    target = len(rotations)
    group = {np.eye(3, dtype=np.int64).tobytes(): np.eye(3, dtype=np.int64)}
    chosen: list[int] = []
    while len(group) < target:
        best: tuple[int, dict[bytes, IntArray]] | None = None
        for index, rotation in enumerate(rotations):
            if rotation.tobytes() in group:
                continue
            # greedy: the rotation that enlarges the group most, so that two or three are enough
            trial = close_point_group([*(rotations[i] for i in chosen), rotation])
            if best is None or len(trial) > len(best[1]):
                best = (index, trial)
        if best is None:
            break
        chosen.append(best[0])
        group = best[1]
    return chosen


def close_point_group(generators: list[IntArray]) -> dict[bytes, IntArray]:
    """The group of integer rotation matrices that `generators` span, keyed by their bytes."""
    identity = np.eye(3, dtype=np.int64)
    group = {identity.tobytes(): identity}
    frontier = [identity]
    while frontier:
        new: list[IntArray] = []
        for element in frontier:
            for generator in generators:
                candidate = np.ascontiguousarray(generator @ element)
                if candidate.tobytes() not in group:
                    group[candidate.tobytes()] = candidate
                    new.append(candidate)
        frontier = new
    return group
