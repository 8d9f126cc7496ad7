"""Space groups by name: numbers from symbols in any setting, orders of point groups."""

from __future__ import annotations

import re
from functools import cache

import spglib

from curiebreak.symmetry.settings import standard_operations

_N_HALL = 530


@cache
def _numbers() -> dict[str, int]:
    """Number by symbol without blanks and underscores, in lower case; standard short symbols win."""
    found: dict[str, int] = {}
    for hall in range(1, _N_HALL + 1):
        kind = spglib.get_spacegroup_type(hall)
        if kind is None:
            continue
        for symbol in (kind.international_short, kind.international_full, kind.international):
            for part in str(symbol).split("="):
                found.setdefault(_plain(part), int(kind.number))
    return found


def _plain(symbol: str) -> str:
    return re.sub(r"[\s_]", "", symbol).lower()


def space_group_number(name: str) -> int | None:
    """Number of a space group given by number or by symbol in any setting; ``None`` when there is none."""
    text = name.strip()
    if text.isdigit():
        return int(text) if 1 <= int(text) <= 230 else None
    return _numbers().get(_plain(text))


@cache
def point_group_order(number: int) -> int:
    """Number of point operations of space group `number`."""
    return len({rotation.tobytes() for rotation in standard_operations(number)[0]})


@cache
def _classes() -> dict[str, frozenset[int]]:
    """Numbers of the space groups of each crystal class, by its Hermann-Mauguin and its Schoenflies symbol."""
    found: dict[str, set[int]] = {}
    for hall in range(1, _N_HALL + 1):
        kind = spglib.get_spacegroup_type(hall)
        if kind is not None:
            for symbol in (kind.pointgroup_international, kind.pointgroup_schoenflies):
                found.setdefault(_plain(str(symbol)), set()).add(int(kind.number))
    return {name: frozenset(numbers) for name, numbers in found.items()}


def crystal_class(name: str) -> frozenset[int] | None:
    """Numbers of the space groups of a crystal class such as ``mm2`` or ``C2v``; ``None`` when there is none."""
    return _classes().get(_plain(name))
