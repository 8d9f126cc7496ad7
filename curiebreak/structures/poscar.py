"""POSCAR, CONTCAR and XDATCAR of VASP: the header is brought into its plainest form, ASE reads the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from io import StringIO
from itertools import accumulate, takewhile

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, reason, refusing
from curiebreak.structures.checks import Provenance, known_element, structure_from_arrays
from curiebreak.structures.elements import ELEMENTS, ISOTOPES, plain_element
from curiebreak.structures.model import Precision, Structure
from curiebreak.structures.precision import stated_precision

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?")
_COUNTS = re.compile(r"\s*\d{1,9}(?:\s+\d{1,9})*\s*")
_CONFIGURATION = re.compile(r"^\s*(?:direct|cartesian) configuration\s*=", re.IGNORECASE)
_HEADER = 7
"""Lines of an XDATCAR above the first configuration."""


def is_xdatcar(text: str) -> bool:
    """Whether a text in the layout of a POSCAR holds configurations of an XDATCAR."""
    return any(map(_CONFIGURATION.match, text.splitlines()[: _HEADER + 2]))


def xdatcar_frames(lines: Sequence[str]) -> Iterator[list[str]]:
    """Each configuration of an XDATCAR as the lines of a POSCAR; the cell is repeated where it varies.

    Parameters
    ----------
    lines : sequence of str
        Of a text of which :func:`is_xdatcar` holds.
    """
    starts = [i for i, line in enumerate(lines) if _CONFIGURATION.match(line)]
    header = list(lines[: starts[0]])
    count = sum(_counts("".join(header[-1:])))
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield [*header, "Direct" if lines[start].strip()[:1] in "dD" else "Cartesian", *lines[start + 1 : end][:count]]
        rest = list(filter(str.strip, lines[start + 1 + count : end]))
        if len(rest) >= _HEADER:
            header = rest[-_HEADER:]


def read_poscar(text: str, source: Provenance, messages: Sequence[str] = ()) -> Structure:
    """Structure of a POSCAR or CONTCAR, or of the first configuration of an XDATCAR.

    A negative scale is the volume of the cell, three scales act on x, y and z; both hold for Cartesian
    coordinates too. Without a line of element symbols (VASP 4) they are taken from the ends of the lines of
    coordinates, or from a first line that is nothing but as many symbols as there are counts, or the formula
    that they make.

    Raises
    ------
    InputError
        Damaged file, or one without element symbols.
    """
    notes = list(messages)
    lines = text.splitlines()
    if is_xdatcar(text):
        total = sum(_CONFIGURATION.match(line) is not None for line in lines)
        lines = next(xdatcar_frames(lines))
        if total > 1:
            notes.append(f"the file holds {total} configurations; the first is read")
    plain = re.sub(r"(?<=[\d.])[dD](?=[+-]?\d)", "e", "\n".join(lines)).split("\n")
    with _readable(source, ValueError, IndexError):
        header = _header(lines, plain, source, notes)
    from ase.io.vasp import read_vasp

    canonical = ["structure", header.scale, *plain[2:5], " ".join(header.elements), " ".join(map(str, header.counts))]
    # what follows the atoms (velocities, the grid of a CHGCAR) says nothing of the structure
    atoms_end = _start(lines, header) + sum(header.counts)
    with _readable(source, Exception):  # ASE raises many kinds for a damaged file
        atoms = read_vasp(StringIO("\n".join([*canonical, *plain[header.length : atoms_end], ""])))
        cell, frac = np.array(atoms.cell), atoms.get_scaled_positions(wrap=False)
    structure = structure_from_arrays(cell, atoms.get_chemical_symbols(), frac, provenance=source, messages=notes)
    return replace(structure, precision=_precision(lines, header, structure))


def _start(lines: Sequence[str], header: _Header) -> int:
    """The first line of coordinates: below `Direct` or `Cartesian`, and `Selective dynamics` where that is said."""
    return header.length + (lines[header.length].strip()[:1] in "sS") + 1


def _precision(lines: Sequence[str], header: _Header, structure: Structure) -> Precision:
    """Written decimals of the axes and of the coordinates."""
    start = _start(lines, header)
    return stated_precision(
        structure.lattice,
        coordinates=_first_three(lines[start : start + sum(header.counts)]),
        cell=_first_three(lines[2:5]),
        cartesian=lines[start - 1].strip()[:1].lower() in ("c", "k"),
    )


def _first_three(lines: Sequence[str]) -> list[str]:
    """The numbers of some lines as they are written."""
    return [number for line in lines for number in line.split()[:3]]


def read_configurations(text: str, source: Provenance) -> Iterator[Structure | InputError]:
    """Structure of every configuration of an XDATCAR, or why it cannot be read; of a POSCAR its only one.

    Raises
    ------
    InputError
        Of a POSCAR that cannot be read.
    """
    if not is_xdatcar(text):
        yield read_poscar(text, source)
        return
    for lines in xdatcar_frames(text.splitlines()):
        try:
            yield read_poscar("\n".join(lines), source)
        except InputError as error:
            yield error


@dataclass(frozen=True)
class _Header:
    """Scale as one or three positive numbers, elements and counts, and the number of lines that they take."""

    scale: str
    elements: tuple[str, ...]
    counts: tuple[int, ...]
    length: int


def _header(lines: list[str], plain: list[str], source: Provenance, notes: list[str]) -> _Header:
    """Read the lines above the coordinates.

    Raises
    ------
    ValueError, IndexError
        With the reason, where they cannot be read.
    """
    if len(lines) < _HEADER + 1:
        raise ValueError(f"it ends after {len(lines)} lines")
    cell = np.array([_leading_numbers(line, f"line {i}", least=3) for i, line in enumerate(plain[2:5], 3)])
    scale = _scale(plain[1], cell)
    length = 6 if _counts(lines[5]) else 7
    counts = _counts(lines[length - 1])
    if not counts:
        raise ValueError(f"line {length} is not the numbers of atoms")
    if sum(counts) > len(lines) - length:
        raise ValueError(f"it announces {sum(counts)} atoms but ends after {len(lines)} lines")
    words = re.split(r"[!#]", lines[5])[0].split() if length == 7 else _names_elsewhere(lines, counts, source, notes)
    elements = tuple(known_element(word, source) for word in words)
    if len(elements) != len(counts):
        raise ValueError(f"{len(elements)} elements but {len(counts)} numbers of atoms")
    return _Header(" ".join(map(repr, scale)), elements, counts, length)


def _leading_numbers(line: str, what: str, least: int) -> list[float]:
    """Up to three numbers at the beginning of a line, not fewer than `least`; a comment may follow them."""
    numbers = list(map(float, takewhile(_NUMBER.fullmatch, line.split())))
    if len(numbers) < least:
        raise ValueError(f"{what} is not {'a number' if least == 1 else 'three numbers'}: {line.strip()[:40]!r}")
    return numbers[:3]


def _counts(line: str) -> tuple[int, ...]:
    """Numbers of atoms up to a comment; empty where the line is something else."""
    text = re.split(r"[!#]", line)[0]
    return tuple(map(int, text.split())) if _COUNTS.fullmatch(text) else ()


def _scale(line: str, cell: FloatArray) -> list[float]:
    """One or three positive factors of the axes; a negative number is the volume of the cell (Å³)."""
    scale = _leading_numbers(line, "the scale", least=1)
    if len(scale) == 1 and scale[0] < 0:
        scale = [float(np.cbrt(-scale[0] / abs(np.linalg.det(cell))))]
    if len(scale) == 2 or not 0.0 < min(scale) <= max(scale) < np.inf:
        raise ValueError(f"{line.strip()!r} is no scale")
    return scale


def _names_elsewhere(lines: list[str], counts: tuple[int, ...], source: Provenance, notes: list[str]) -> list[str]:
    """Elements of a file without a line of symbols: beside the coordinates, or in the first line."""
    beside = _names_beside(lines, counts)
    if beside:
        return beside
    title = lines[0].split()
    if len(title) == 1:
        title = _elements_of_formula(title[0], counts)
    if len(title) == len(counts) and {*title} <= {*ELEMENTS, *ISOTOPES}:
        notes.append(f"the elements {' '.join(title)} are taken from the first line")
        return title
    raise InputError(f"{source.name} does not name its elements.", "Add the line of element symbols (VASP 5 format).")


def _names_beside(lines: list[str], counts: tuple[int, ...]) -> list[str]:
    """Elements written behind the coordinates, the same one on all lines of a group; else none."""
    modes = (i for i, line in enumerate(lines[6:9], 7) if line.strip()[:1].lower() in ("d", "c", "k"))
    start = next(modes, len(lines))
    words = [" ".join(line.split()[-1:]) for line in lines[start : start + sum(counts)]]
    named = ["" if word in ("T", "F") else plain_element(word) or "" for word in words]
    if len(named) != sum(counts) or not all((*named, *counts)):
        return []
    firsts = [named[end - count] for end, count in zip(accumulate(counts), counts, strict=True)]
    return firsts if np.repeat(firsts, counts).tolist() == named else []


def _elements_of_formula(formula: str, counts: tuple[int, ...]) -> list[str]:
    """Elements of a formula such as ``BaTiO3`` that has the numbers of atoms of the file; else none."""
    parts = re.findall(r"([A-Z][a-z]?)(\d{0,4})", formula)
    if not parts or "".join(map("".join, parts)) != formula:
        return []
    elements, written = zip(*parts, strict=True)
    amounts = np.array([int(amount or 1) for amount in written])
    fits = amounts[0] > 0 and np.array_equal(counts[0] * amounts, amounts[0] * np.array(counts))
    return list(elements) if fits else []


def _readable(source: Provenance, *kinds: type[Exception]) -> AbstractContextManager[None]:
    name = source.name
    return refusing(kinds, lambda error: f"{name} is not a readable POSCAR ({reason(error)}).", "Check the file.")
