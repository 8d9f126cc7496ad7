"""The symmetry operations of a CIF: listed, or from a name of the group; always a group that keeps the cell."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, lengths_and_angles, nearest_image, summed
from curiebreak.errors import InputError, refusing
from curiebreak.structures.checks import Provenance
from curiebreak.structures.cif_numbers import group_number
from curiebreak.structures.cif_symbols import (
    Setting,
    settings_like,
    settings_of_hall,
    settings_of_number,
    settings_of_symbol,
)
from curiebreak.structures.cif_text import Block
from curiebreak.structures.neighbours import squares_apart
from curiebreak.structures.operations import IDENTITY, Operation, Operations, orbit, parse_operation, triplet
from curiebreak.structures.spacegroup import type_of_operations

_OPERATIONS = ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz")
MAGNETIC_OPERATIONS = (
    "_space_group_symop_magn_operation_xyz",
    "_space_group_symop_magn_operation.xyz",
    "_space_group_symop.magn_operation_xyz",
)
MAGNETIC_CENTRINGS = (
    "_space_group_symop_magn_centering.xyz",
    "_space_group_symop_magn_centering_xyz",
    "_space_group_symop.magn_centering_xyz",
)
_HALL = ("_space_group_name_hall", "_symmetry_space_group_name_hall")
_SYMBOLS = (
    "_space_group_name_h-m_alt",
    "_symmetry_space_group_name_h-m",
    "_space_group_name_h-m_ref",
)
_NUMBERS = ("_space_group_it_number", "_symmetry_int_tables_number")

KEPT = 1e-3
"""Relative change of the metric that rounded cell parameters explain: 0.05 % of a length, 0.06 degrees."""

REFUSED = 1e-2
"""Relative change of the metric (0.5 % of a length, 0.6 degrees) beyond which an operation is not one of this cell."""

_SAME_TRANSLATION = 0.01
"""Fractions; 0.333 is a third."""

_CHUNK = 64


@dataclass(frozen=True, eq=False)
class Sites:
    """What the symmetry is judged by beside the cell.

    Attributes
    ----------
    positions : ndarray (n, 3)
        Fractional, as listed.
    elements : tuple of str
    multiplicities : tuple of int or None
        As the file states them.
    formula : dict of str to float
        Atoms in the cell that formula and Z state; empty where they do not.
    """

    positions: FloatArray
    elements: tuple[str, ...]
    multiplicities: tuple[int | None, ...]
    formula: dict[str, float]

    def fit(self, operations: Operations, cell: FloatArray) -> bool | None:
        """Whether operations give the multiplicities, or formula and Z, that the file states; None without them."""
        counts = [len(orbit(x, operations, cell)[0]) for x in self.positions]
        if None not in self.multiplicities:
            return tuple(counts) == self.multiplicities
        if not self.formula or set(self.formula) != set(self.elements):
            return None
        found = summed(zip(self.elements, counts, strict=True))
        return all(abs(found[element] - amount) < 0.5 for element, amount in self.formula.items())


def file_operations(block: Block, cell: FloatArray, sites: Sites, source: Provenance) -> Operations:
    """Operations of a file, checked against its cell, each other and the group's name.

    Parameters
    ----------
    block : Block
        Notes are added to it.
    cell : ndarray (3, 3)
        Rows, Å.
    sites : Sites
        Choose the origin, and the operations where list and name disagree.
    source : Provenance

    Raises
    ------
    InputError
        An operation that cannot be read or does not keep the cell, a list that is no group, an unknown symbol
        without operations.
    """
    with readable_operations(source):
        plain, magnetic, centrings = (
            Operations.of(map(parse_operation, block.stated(*tags)))
            for tags in (_OPERATIONS, MAGNETIC_OPERATIONS, MAGNETIC_CENTRINGS)
        )
    listed = plain if len(plain) else magnetic
    if not len(listed):
        return _from_names(block, cell, sites, source)
    every = centrings.after(listed) if len(centrings) else listed
    listed = every.chosen(list(every.numbers.values()))  # some files list an operation twice
    if not (np.abs(nearest_image(listed.translations[listed.pure])).max(axis=1) < 1e-6).any():
        listed = Operations.of([*IDENTITY, *listed])
        block.notes.append("the identity is missing from the listed operations and was added")
    check_operations(listed, cell, block, source)
    return _agreed(listed, block, cell, sites, source) if len(plain) else listed


def readable_operations(source: Provenance) -> AbstractContextManager[None]:
    """Within the block, an operation that cannot be read refuses the file."""
    message = f"A symmetry operation of {source.name} cannot be read"
    return refusing(ValueError, lambda error: f"{message}: {error}.", "Correct the operation.")


def check_operations(listed: Operations, cell: FloatArray, block: Block, source: Provenance) -> None:
    """Refuse operations that do not keep the cell or are no group; what they keep only nearly is noted."""
    if len(listed):
        _check_metric(listed, cell, block, source)
        _check_group(listed, source)


# The cell ---------------------------------------------------------------------------------------------------------


def misfits(rotations: FloatArray, cell: FloatArray) -> FloatArray:
    """Largest change (n,) of the metric under each of some rotations (n, 3, 3), relative to the lengths of the axes.

    ``max |R^T G R - G|_ij / (a_i a_j)`` with ``G_ij = a_i . a_j``; twice the relative change of a length, the change
    of the cosine of an angle.
    """
    metric = cell @ cell.T
    lengths = np.sqrt(np.diag(metric))
    changes = np.abs(rotations.swapaxes(1, 2) @ metric @ rotations - metric) / np.outer(lengths, lengths)
    return np.asarray(changes.max(axis=(1, 2)))


def _worst(operations: Operations, cell: FloatArray) -> tuple[float, Operation]:
    sizes = misfits(operations.rotations, cell)
    worst = int(np.argmax(sizes))
    return float(sizes[worst]), operations[worst]


def _keeping(settings: Iterable[Setting], cell: FloatArray) -> list[Setting]:
    """Those whose operations keep the cell."""
    return [one for one in settings if _worst(one.operations, cell)[0] <= KEPT]


def _check_metric(operations: Operations, cell: FloatArray, block: Block, source: Provenance) -> None:
    size, operation = _worst(operations, cell)
    if size > REFUSED:
        raise InputError(
            f"The operation {triplet(*operation)} of {source.name} does not keep the cell ({cell_text(cell)}).",
            "Correct the cell or the operations: they must be written in the same axes.",
        )
    if size > KEPT:
        block.notes.append(
            f"the operation {triplet(*operation)} keeps the cell only to {size / 2:.1%}; the cell is taken as written"
        )


def cell_text(cell: FloatArray) -> str:
    """Lengths and angles of a cell (rows, Å), for messages."""
    numbers = [f"{x:.5g}" for x in lengths_and_angles(cell @ cell.T)]
    return f"{', '.join(numbers[:3])} Å, {', '.join(numbers[3:])}°"


def _check_group(operations: Operations, source: Provenance) -> None:
    """Every product of two operations must be listed, modulo the cell's translations."""
    rotations, translations = operations.rotations, operations.translations
    keys = np.round(rotations * 12).astype(np.int64).reshape(-1, 9)
    classes, firsts, members = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    members = members.reshape(-1)
    number = {key.tobytes(): i for i, key in enumerate(classes)}
    # all translations of each class of equal rotations, the first one repeated where a class has fewer
    most = int(np.bincount(members).max())
    steps = np.array([np.resize(translations[members == i], (most, 3)) for i in range(len(classes))])
    for rotation, translation in operations:
        products = np.round(rotation @ rotations[firsts] * 12).astype(np.int64).reshape(-1, 9)
        found = np.array([number.get(key.tobytes(), -1) for key in products])[members]
        moved = translations @ rotation.T + translation
        missed = np.abs(nearest_image(steps[found] - moved[:, None])).max(axis=-1).min(axis=-1) >= _SAME_TRANSLATION
        missing = np.flatnonzero((found < 0) | missed)
        if len(missing):
            raise InputError(
                f"The operations listed in {source.name} are no group: {triplet(rotation, translation)} after "
                f"{triplet(*operations[missing[0]])} is missing.",
                "Complete the list of operations, or remove it where the file names the space group.",
            )


# Names against the list -------------------------------------------------------------------------------------------


def _agreed(listed: Operations, block: Block, cell: FloatArray, sites: Sites, source: Provenance) -> Operations:
    """The listed operations, or those of the group's name where only they give the stated atoms."""
    named = _named_settings(block, cell)
    _compare_with_number(named, block)
    same = listed.numbers.keys() in (setting.operations.numbers.keys() for setting in named)
    if not named or same or _same_group(listed, named, cell):
        return listed
    words = f"the space group {named[0].name} and the listed operations ({len(listed)}) disagree"
    others = _keeping(named, cell) if sites.fit(listed, cell) is False else []
    better = next((s.operations for s in others if sites.fit(s.operations, cell)), None)
    used = "the list is used" if better is None else "the group's name is used, which gives the stated number of atoms"
    block.notes.append(f"{words}; {used}")
    return better or listed


def _compare_with_number(named: list[Setting], block: Block, used: str = "") -> None:
    """Say where the group of a name is not that of the stated number."""
    number = _number(block)
    if named and number and named[0].number not in (0, number):
        block.notes.append(f"the space group {named[0].name} and the number {number} disagree{used}")


def _named_settings(block: Block, cell: FloatArray) -> list[Setting]:
    """Every setting that the file's symbol or, without a known symbol, its number may mean."""
    settings = _symbol_settings(block, cell)
    if settings:
        return settings_like(settings[0]) or settings
    return list(settings_of_number(_number(block)))


def _symbol_settings(block: Block, cell: FloatArray) -> list[Setting]:
    """Settings of the first symbol of the file that is known."""
    angles = _angles(cell)
    return next(filter(None, (settings_of_symbol(symbol, *angles) for symbol in _symbols(block))), [])


def _symbols(block: Block) -> list[str]:
    return list(filter(None, map(block.text, _SYMBOLS)))


def _angles(cell: FloatArray) -> tuple[float, float]:
    """Alpha and gamma in degrees."""
    *_, alpha, _, gamma = map(float, lengths_and_angles(cell @ cell.T))
    return alpha, gamma


def _same_group(listed: Operations, named: list[Setting], cell: FloatArray) -> bool:
    """Check for the same type of group on the same axes, its origin elsewhere; or in a primitive cell of its own."""
    found = type_of_operations(np.round(listed.rotations).astype(np.int64), listed.translations, cell)
    if found is None or found[0] != named[0].number:
        return False
    if len(listed) not in {len(setting.operations) for setting in named}:
        return True
    return any(_intrinsic(listed) == _intrinsic(setting.operations) for setting in named)


def _intrinsic(operations: Operations) -> set[bytes]:
    """Rotations with their screw and glide vectors (in 1/48), which no shift of the origin changes.

    ``(1/n) sum_k R^k t`` for all translations t of the cell and the centring; the orders n divide 12.
    """
    rotations = operations.rotations
    steps = (operations.translations[operations.pure][:, None] + np.indices((2, 2, 2)).reshape(3, 8).T).reshape(-1, 3)
    along = np.mean([np.linalg.matrix_power(rotations, power) for power in range(12)], axis=0)
    vectors = (operations.translations[:, None] + steps) @ along.swapaxes(1, 2)
    turns = np.broadcast_to(rotations.reshape(-1, 1, 9), (*vectors.shape[:2], 9))
    return set(Operations(turns.reshape(-1, 3, 3), vectors.reshape(-1, 3)).numbers)


# Operations from a name -------------------------------------------------------------------------------------------


def _from_names(block: Block, cell: FloatArray, sites: Sites, source: Provenance) -> Operations:
    settings = _settings_to_try(block, cell)
    if settings:
        chosen = _fitting(settings, block, cell, sites, source)
        block.notes.append(f"symmetry operations taken from the space group {chosen.name}")
        return chosen.operations
    if any(map(block.text, (*_HALL, *_SYMBOLS))):
        raise InputError(
            f"The space-group symbol of {source.name} is unknown and no operations are given.",
            "Add the symmetry operations to the file.",
        )
    block.notes.append("no symmetry operations given; the sites are taken as written (P1)")
    return IDENTITY


def _settings_to_try(block: Block, cell: FloatArray) -> list[Setting]:
    """Settings that the Hall symbol says, else the first symbol that is known, else the number."""
    number = _number(block)
    settings = settings_of_hall(block.text(*_HALL)) or _symbol_settings(block, cell)
    _compare_with_number(settings, block, "; the symbol is used")
    if not settings and number:
        for symbol in _symbols(block)[:1]:
            block.notes.append(f"the symbol {symbol} is not known; the number {number} is used")
        first = settings_of_number(number)[0]
        return settings_of_symbol(first.symbol, *_angles(cell)) or [first]
    return settings


def _number(block: Block) -> int:
    """The number of the group that the file states, else 0."""
    return group_number(block.text(*_NUMBERS)) or 0


def _fitting(settings: list[Setting], block: Block, cell: FloatArray, sites: Sites, source: Provenance) -> Setting:
    """The setting that keeps the cell: one of those named, else another of the same group, and that is said."""
    usable = _keeping(settings, cell)
    if usable:
        return _origin(usable, block, sites)
    first = settings[0]
    _, operation = _worst(first.operations, cell)
    others = _keeping(settings_of_number(first.number), cell)
    if not others:
        _check_metric(first.operations, cell, block, source)
        return _origin(settings, block, sites)
    chosen = _most_like(others, cell, sites, first)
    block.notes.append(
        f"{triplet(*operation)} of the space group {first.name} does not keep the cell ({cell_text(cell)}); "
        f"its setting {chosen.name}, which does, is used"
    )
    return chosen


def _origin(settings: list[Setting], block: Block, sites: Sites) -> Setting:
    """The choice of origin that puts more sites on special positions, when the file does not say."""
    if len(settings) == 1:
        return settings[0]
    counts = [sum(len(orbit(x, s.operations, 8.0 * np.eye(3))[0]) for x in sites.positions) for s in settings]
    block.notes.append("the file names no origin choice; the one with more special positions is used")
    return settings[int(np.argmin(counts))]


def _most_like(settings: list[Setting], cell: FloatArray, sites: Sites, named: Setting) -> Setting:
    """The setting with the lattice and planes of the symbol on other axes (``I 1 2/c 1`` for ``I 2/c 1 1``).

    Unless it lays atoms on each other, as a wrong glide plane does; else the one with the most room between atoms.
    """
    rooms = [_shortest_distance(s.operations, cell, sites.positions) for s in settings]
    letters = [_letters(s.symbol) == _letters(named.symbol) for s in settings]
    apart = [room > max(rooms) / 2 for room in rooms]
    return settings[max(range(len(settings)), key=lambda i: (apart[i], letters[i], round(rooms[i], 3), -i))]


def _letters(symbol: str) -> list[str]:
    """Centring and elements of symmetry of a symbol, whatever the axes."""
    return sorted(part for part in symbol.split() if part != "1")


def _shortest_distance(operations: Operations, cell: FloatArray, positions: FloatArray) -> float:
    atoms: FloatArray = np.vstack([orbit(x, operations, cell)[0] for x in positions])
    shortest = np.inf
    for i in range(0, len(atoms), _CHUNK):
        squares = squares_apart(cell, atoms[i : i + _CHUNK, None], atoms)
        rows = np.arange(len(squares))
        squares[rows, rows + i] = np.inf
        shortest = min(shortest, float(squares.min()))
    return float(np.sqrt(shortest))
