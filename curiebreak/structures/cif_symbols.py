"""Names of space groups as files write them, and the settings that they mean."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gemmi
import numpy as np

from curiebreak.structures.operations import Operations
from curiebreak.structures.spacegroup import hall_settings

_CHOICE = re.compile(r"[(\[]?\s*origin\s*(?:choice)?\s*:?\s*([12])\s*[)\]]?\s*$", re.IGNORECASE)
_AXES = re.compile(r"[(\[]?\s*(rhombohedral|hexagonal)(?:\s+(?:axes|setting))?\s*[)\]]?\s*$", re.IGNORECASE)
_COLON = re.compile(r"\s*:\s*([A-Za-z0-9-]+)\s*$")
_SUFFIX = re.compile(r"\s+(RS|HS|RH|S|Z|H|R)$", re.IGNORECASE)
_SUFFIXES = {"S": "1", "Z": "2", "RS": "R", "HS": "H", "RH": "R", "RHOMBOHEDRAL": "R", "HEXAGONAL": "H"}
"""ICSD: S and Z are the first and second choice of origin, RS and HS rhombohedral and hexagonal axes."""

_TETRAGONAL_C = re.compile(r"([CF]) ?(4/m|-4|4) ?(m|2|c) ?(m|2|c)$")
"""Tetragonal cells turned by 45 degrees, without the glides that change their letter in the larger cell."""


@dataclass(frozen=True, eq=False)
class Setting:
    """One setting of a space group.

    Attributes
    ----------
    name : str
        Symbol with the choice of origin or axes.
    number : int
        International Tables.
    symbol : str
        Hermann-Mauguin symbol of this setting, without the choice.
    choice : str
        ``1``, ``2``, ``H``, ``R`` or empty.
    operations : Operations
        Centring included.
    """

    name: str
    number: int
    symbol: str
    choice: str
    operations: Operations


def plain_operations(operations: gemmi.GroupOps) -> Operations:
    """Operations of gemmi as arrays, centring included."""
    every: Any = operations
    return Operations.of((np.array(op.rot) / op.DEN, np.array(op.tran) / op.DEN) for op in every)


def _setting(group: gemmi.SpaceGroup) -> Setting:
    choice = group.ext if group.ext in ("1", "2", "H", "R") else ""
    return Setting(group.xhm(), group.number, group.hm, choice, plain_operations(group.operations()))


@lru_cache(maxsize=8)
def settings_of_number(number: int) -> tuple[Setting, ...]:
    """Every tabulated setting of a space group, the reference setting first."""
    every: Any = gemmi.spacegroup_table()
    groups = [group for group in every if group.number == number]
    groups.sort(key=lambda group: not group.is_reference_setting())
    return tuple(map(_setting, groups))


def settings_like(setting: Setting) -> list[Setting]:
    """Every tabulated setting of the same symbol: other choices of the origin, other axes of a rhombohedral group."""
    return [other for other in settings_of_number(setting.number) if other.symbol == setting.symbol]


def settings_of_hall(symbol: str) -> list[Setting]:
    """The setting of a Hall symbol, tabulated or not; none of what is no such symbol."""
    with suppress(ValueError, RuntimeError):
        operations = gemmi.symops_from_hall(symbol)
        group: Any = gemmi.find_spacegroup_by_ops(operations)
        return [_setting(group) if group else Setting(symbol, 0, symbol, "", plain_operations(operations))]
    return []


def settings_of_symbol(symbol: str, alpha: float, gamma: float) -> list[Setting]:
    """Settings that a symbol may mean, the likeliest first; several only where it names no choice.

    Parameters
    ----------
    symbol : str
        Hermann-Mauguin symbol in one of the dialects that files use: short or full, with underscores,
        braces or parentheses at screw axes, with the choice of origin or axes as ``:1``, ``S``, ``RS``,
        ``(origin choice 1)`` or ``{rhombohedral axes}``, with the number behind it.
    alpha, gamma : float
        Degrees; they choose between rhombohedral and hexagonal axes.
    """
    plain, choice = _plain(symbol)
    found = _named(plain, alpha, gamma)
    if found is None:
        return []
    if re.fullmatch(r"-?[ABC][123]?", choice):
        every: Any = gemmi.spacegroup_table()
        cells = [_setting(g) for g in every if g.number == found.number and g.qualifier == choice.lower()]
        return cells or [found]
    if not found.choice:
        return [found]
    others = settings_like(found)
    if choice in ("1", "2", "H", "R"):
        return [s for s in others if s.choice == choice] or others
    if found.choice in ("H", "R"):
        return [found]
    return sorted(others, key=lambda s: s.choice, reverse=True)


def _plain(symbol: str) -> tuple[str, str]:
    """Symbol without decoration, and the choice of origin or axes that it names."""
    text = symbol.strip().strip("'\"$ ")
    text = re.sub(r"\\(?:bar|overline)\s*\{?\s*(\d)\s*\}?", r"-\1", text)
    text = re.sub(r"(?<=\d)\((\d)\)", r"\1", re.sub(r"[_{}$~]", "", text))
    text = re.sub(r"\s*(?:\(\s*(?:no\.?|#)\s*\d{1,3}\s*\)|\(\d{2,3}\)|#\s*\d{1,3})\s*$", "", text, flags=re.IGNORECASE)
    choice = ""
    for pattern in (_CHOICE, _AXES, _COLON, _SUFFIX):
        match = pattern.search(text)
        if match and not choice:
            word = match.group(1).upper()
            choice, text = _SUFFIXES.get(word, word), text[: match.start()].strip()
    return text[:1].upper() + text[1:].lower(), choice


def _named(plain: str, alpha: float, gamma: float) -> Setting | None:
    group: Any = gemmi.find_spacegroup_by_name(plain, alpha, gamma)
    if group is None:
        hall = _full_symbols().get(plain.replace(" ", "").lower())
        group = None if hall is None else gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(hall))
        if group is not None and group.ext in ("H", "R"):
            group = gemmi.find_spacegroup_by_name(group.hm, alpha, gamma)
    if group is not None:
        return _setting(group)
    return _turned_tetragonal(plain)


@lru_cache(maxsize=1)
def _full_symbols() -> dict[str, str]:
    """Hall symbol of every full symbol, without blanks and underscores."""
    table: dict[str, str] = {}
    for full, hall in hall_settings():
        table.setdefault(full.replace(" ", "").replace("_", "").lower(), hall)
    return table


def _turned_tetragonal(plain: str) -> Setting | None:
    """``C 4/m m m`` and the like: the cell of twice the volume, with axes along the diagonals."""
    match = _TETRAGONAL_C.match(plain)
    if match is None:
        return None
    centring, main, second, third = match.groups()
    group: Any = gemmi.find_spacegroup_by_name(f"{'P' if centring == 'C' else 'I'} {main} {third} {second}")
    if group is None:
        return None
    change = np.array([[0.5, 0.5, 0.0], [-0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])  # x_C = change @ x_P
    own = plain_operations(group.operations())
    steps = np.array([[[0.0, 0.0, 0.0]], [[0.5, 0.5, 0.0]]])
    rotations = np.tile(change @ own.rotations @ np.linalg.inv(change), (2, 1, 1))
    translations = (own.translations @ change.T + steps).reshape(-1, 3) % 1.0
    return Setting(plain, group.number, plain, "", Operations(rotations, translations))


def reference_symbols(number: int) -> tuple[str, str]:
    """Spaced Hermann-Mauguin symbol and Hall symbol of the standard setting of a space group.

    Origin choice 2, hexagonal axes, unique axis b: gemmi's reference setting.
    """
    found = gemmi.get_spacegroup_reference_setting(number)
    return found.hm, found.hall
