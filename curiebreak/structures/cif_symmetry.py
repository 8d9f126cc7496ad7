"""The symmetry operations of a CIF: listed, or from a name of the group; always a group that keeps the cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, lengths_and_angles, nearest_image
from curiebreak.errors import InputError, refusing
from curiebreak.structures.checks import Provenance
from curiebreak.structures.cif_numbers import group_number
from curiebreak.structures.cif_symbols import (
    Setting,
    setting_of_hall,
    settings_of_number,
    settings_of_symbol,
)
from curiebreak.structures.cif_text import Block
from curiebreak.structures.operations import Operation, orbit, parse_operation, triplet, with_centrings
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
    multiplicities : tuple of int
        As the file states them; empty where it does not.
    formula : dict of str to float
        Atoms in the cell that formula and Z state; empty where they do not.
    """

    positions: FloatArray
    elements: tuple[str, ...] = ()
    multiplicities: tuple[int, ...] = ()
    formula: dict[str, float] | None = None


def file_operations(block: Block, cell: FloatArray, sites: Sites, source: Provenance) -> list[Operation]:
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
            [parse_operation(text) for text in block.column(*tags) if text]
            for tags in (_OPERATIONS, MAGNETIC_OPERATIONS, MAGNETIC_CENTRINGS)
        )
    listed = plain or magnetic
    if not listed:
        return _from_names(block, cell, sites, source)
    every = with_centrings(listed, centrings)
    listed = list({_key(one): one for one in every}.values())  # some files list an operation twice
    if not any(np.allclose(r, np.eye(3)) and np.abs(nearest_image(t)).max() < 1e-6 for r, t in listed):
        listed.insert(0, (np.eye(3), np.zeros(3)))
        block.notes.append("the identity is missing from the listed operations and was added")
    check_operations(listed, cell, block, source)
    return _agreed(listed, block, cell, sites, source) if plain else listed


def readable_operations(source: Provenance) -> AbstractContextManager[None]:
    """Within the block, an operation that cannot be read refuses the file."""
    message = f"A symmetry operation of {source.name} cannot be read"
    return refusing(ValueError, lambda error: f"{message}: {error}.", "Correct the operation.")


def check_operations(listed: list[Operation], cell: FloatArray, block: Block, source: Provenance) -> None:
    """Refuse operations that do not keep the cell or are no group; what they keep only nearly is noted."""
    if listed:
        _check_metric(listed, cell, block, source)
        _check_group(listed, source)


# The cell ---------------------------------------------------------------------------------------------------------


def misfit(rotation: FloatArray, cell: FloatArray) -> float:
    """Largest change of the metric under an operation, relative to the lengths of the axes.

    ``max |R^T G R - G|_ij / (a_i a_j)`` with ``G_ij = a_i . a_j``; twice the relative change of a length, the change
    of the cosine of an angle.
    """
    metric = cell @ cell.T
    lengths = np.sqrt(np.diag(metric))
    return float((np.abs(rotation.T @ metric @ rotation - metric) / np.outer(lengths, lengths)).max())


def _worst(operations: Sequence[Operation], cell: FloatArray) -> tuple[float, Operation]:
    sizes = [misfit(rotation, cell) for rotation, _ in operations]
    worst = int(np.argmax(sizes))
    return sizes[worst], operations[worst]


def _check_metric(operations: list[Operation], cell: FloatArray, block: Block, source: Provenance) -> None:
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


def _check_group(operations: list[Operation], source: Provenance) -> None:
    """Every product of two operations must be listed, modulo the cell's translations."""
    rotations = np.array([r for r, _ in operations])
    translations = np.array([t for _, t in operations])
    keys = np.round(rotations * 12).astype(np.int64).reshape(len(rotations), 9)
    classes, members = np.unique(keys, axis=0, return_inverse=True)
    members = members.reshape(-1)
    number = {key.tobytes(): i for i, key in enumerate(classes)}
    firsts = [int(np.flatnonzero(members == i)[0]) for i in range(len(classes))]
    # all translations of each class of equal rotations, the first one repeated where a class has fewer
    most = int(np.bincount(members).max())
    steps = np.array([np.resize(translations[members == i], (most, 3)) for i in range(len(classes))])
    for i, (rotation, translation) in enumerate(operations):
        products = np.round(rotation @ rotations[firsts] * 12).astype(np.int64).reshape(-1, 9)
        found = np.array([number.get(key.tobytes(), -1) for key in products])[members]
        moved = translations @ rotation.T + translation
        missed = np.abs(nearest_image(steps[found] - moved[:, None])).max(axis=-1).min(axis=-1) >= _SAME_TRANSLATION
        missing = np.flatnonzero((found < 0) | missed)
        if len(missing):
            raise InputError(
                f"The operations listed in {source.name} are no group: {triplet(*operations[i])} after "
                f"{triplet(*operations[missing[0]])} is missing.",
                "Complete the list of operations, or remove it where the file names the space group.",
            )


# Names against the list -------------------------------------------------------------------------------------------


def _agreed(
    listed: list[Operation], block: Block, cell: FloatArray, sites: Sites, source: Provenance
) -> list[Operation]:
    """The listed operations, or those of the group's name where only they give the stated atoms."""
    named, number = _named_settings(block, cell), _number(block)
    if named and number and named[0].number != number:
        block.notes.append(f"the space group {named[0].name} and the number {number} disagree")
    if not named or any(_same_operations(listed, s.operations) for s in named):
        return listed
    if _same_group(listed, named, cell):
        return listed
    name, fitting = named[0].name, [s for s in named if _worst(s.operations, cell)[0] <= KEPT]
    words = f"the space group {name} and the listed operations ({len(listed)}) disagree"
    evidence = _stated_count(sites, cell)
    if evidence is not None and not evidence(listed):
        for setting in fitting:
            if evidence(setting.operations):
                block.notes.append(f"{words}; the group's name is used, which gives the stated number of atoms")
                return setting.operations
    block.notes.append(f"{words}; the list is used")
    return listed


def _named_settings(block: Block, cell: FloatArray) -> list[Setting]:
    """Every setting that the file's symbol or, without a known symbol, its number may mean."""
    alpha, gamma = _angles(cell)
    for tag in _SYMBOLS:
        settings = settings_of_symbol(block.text(tag) or "", alpha, gamma)
        if settings:
            return [s for s in settings_of_number(settings[0].number) if s.symbol == settings[0].symbol] or settings
    number = _number(block)
    return list(settings_of_number(number)) if number else []


def _angles(cell: FloatArray) -> tuple[float, float]:
    """Alpha and gamma in degrees."""
    *_, alpha, _, gamma = map(float, lengths_and_angles(cell @ cell.T))
    return alpha, gamma


def _same_operations(ours: list[Operation], theirs: list[Operation]) -> bool:
    return len(ours) == len(theirs) and {_key(o) for o in ours} == {_key(o) for o in theirs}


def _key(operation: Operation) -> bytes:
    rotation, translation = operation
    return bytes(np.concatenate([np.round(rotation * 12).ravel(), np.round(translation * 48) % 48]).astype(np.int64))


def _same_group(listed: list[Operation], named: list[Setting], cell: FloatArray) -> bool:
    """Check for the same type of group on the same axes, its origin elsewhere; or in a primitive cell of its own."""
    rotations = np.array([np.round(r) for r, _ in listed], dtype=np.int64)
    found = type_of_operations(rotations, np.array([t for _, t in listed]), cell)
    if found is None or found[0] != named[0].number:
        return False
    if len(listed) not in {len(setting.operations) for setting in named}:
        return True
    return any(_same_intrinsic_parts(listed, setting.operations) for setting in named)


def _same_intrinsic_parts(ours: list[Operation], theirs: list[Operation]) -> bool:
    """Compare rotations with their screw and glide vectors, which no shift of the origin changes."""
    return _intrinsic(ours) == _intrinsic(theirs)


def _intrinsic(operations: list[Operation]) -> dict[bytes, frozenset[tuple[int, ...]]]:
    """Screw and glide vectors (in 1/48) of each rotation: ``(1/n) sum_k R^k t``, modulo the lattice's own."""
    pure = [t for r, t in operations if np.allclose(r, np.eye(3))]
    table: dict[bytes, set[tuple[int, ...]]] = {}
    shifts = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=float)
    for rotation, translation in operations:
        total, power, order = np.eye(3), rotation, 1
        while not np.allclose(power, np.eye(3)) and order < 6:
            total, power, order = total + power, power @ rotation, order + 1
        vectors = (translation + np.array(pure)[:, None, :] + shifts[None]).reshape(-1, 3) @ (total / order).T
        key = np.round(rotation * 12).astype(np.int64).tobytes()
        table.setdefault(key, set()).update(map(tuple, (np.round(vectors * 48).astype(int) % 48).tolist()))
    return {key: frozenset(values) for key, values in table.items()}


def _stated_count(sites: Sites, cell: FloatArray) -> Callable[[list[Operation]], bool] | None:
    """Test whether operations give the multiplicities, or formula and Z, that the file states."""

    def counts(operations: list[Operation]) -> list[int]:
        return [len(orbit(x, operations, cell)[0]) for x in sites.positions]

    if sites.multiplicities:
        return lambda operations: tuple(counts(operations)) == sites.multiplicities
    formula = sites.formula
    if formula and set(formula) == set(sites.elements):

        def agrees(operations: list[Operation]) -> bool:
            found: Counter[str] = Counter()
            for element, count in zip(sites.elements, counts(operations), strict=True):
                found[element] += count
            return all(abs(found[e] - formula[e]) < 0.5 for e in formula)

        return agrees
    return None


# Operations from a name -------------------------------------------------------------------------------------------


def _from_names(block: Block, cell: FloatArray, sites: Sites, source: Provenance) -> list[Operation]:
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
    return [(np.eye(3), np.zeros(3))]


def _settings_to_try(block: Block, cell: FloatArray) -> list[Setting]:
    """Settings that the Hall symbol says, else the first symbol that is known, else the number."""
    alpha, gamma = _angles(cell)
    hall, number = block.text(*_HALL), _number(block)
    found = setting_of_hall(hall) if hall else None
    settings = [] if found is None else [found]
    symbols = [text for text in map(block.text, _SYMBOLS) if text]
    for symbol in symbols:
        settings = settings or settings_of_symbol(symbol, alpha, gamma)
    if settings and number and settings[0].number not in (0, number):
        block.notes.append(f"the space group {settings[0].name} and the number {number} disagree; the symbol is used")
    if not settings and number:
        settings = _by_number(number, alpha, gamma)
        if symbols:
            block.notes.append(f"the symbol {symbols[0]} is not known; the number {number} is used")
    return settings


def _number(block: Block) -> int | None:
    return group_number(block.text(*_NUMBERS))


def _by_number(number: int, alpha: float, gamma: float) -> list[Setting]:
    first = settings_of_number(number)[0]
    return settings_of_symbol(first.symbol, alpha, gamma) or [first]


def _fitting(settings: list[Setting], block: Block, cell: FloatArray, sites: Sites, source: Provenance) -> Setting:
    """The setting that keeps the cell: one of those named, else another of the same group, and that is said."""
    usable = [s for s in settings if _worst(s.operations, cell)[0] <= KEPT]
    if usable:
        return _origin(usable, block, sites)
    first = settings[0]
    _, operation = _worst(first.operations, cell)
    others = [s for s in settings_of_number(first.number) if _worst(s.operations, cell)[0] <= KEPT]
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


def _shortest_distance(operations: list[Operation], cell: FloatArray, positions: FloatArray) -> float:
    atoms: FloatArray = np.vstack([orbit(x, operations, cell)[0] for x in positions])
    shortest = np.inf
    for i in range(0, len(atoms), _CHUNK):
        difference = atoms[i : i + _CHUNK, None] - atoms[None]
        squares = ((nearest_image(difference) @ cell) ** 2).sum(axis=-1)
        rows = np.arange(len(squares))
        squares[rows, rows + i] = np.inf
        shortest = min(shortest, float(squares.min()))
    return float(np.sqrt(shortest))
