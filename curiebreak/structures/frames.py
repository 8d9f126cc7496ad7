"""Frames of long extended XYZ files, one at a time, and of single files; a damaged frame costs only itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gemmi
import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, refusing, system_reason
from curiebreak.structures.checks import FARTHEST, LONGEST_AXIS
from curiebreak.structures.elements import plain_element
from curiebreak.structures.model import Structure
from curiebreak.structures.packed import DAMAGE, content_of, format_of, inner_name, text_lines
from curiebreak.structures.read import file_text, read_structure
from curiebreak.structures.trajectories import Info, configurations, trajectory_kind

Value = float | str
_PAIR = re.compile(r"""([A-Za-z_][\w.\-]*)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|\{[^}]*\}|\[[^\]]*\]|\S+)""")
_SMALLEST_VOLUME = 0.5
_SILENT = {"lattice", "properties", "pbc"}


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a series of crystals.

    Attributes
    ----------
    name : str
        The file's stem, with ``:number`` for the frames of one file.
    path : str
    lattice : ndarray (3, 3) or None
        Rows, Å.
    species : tuple of str
        Empty when the frame is damaged.
    frac : ndarray (n, 3)
        Fractional coordinates.
    info : dict
        Single numbers and words that the frame brings along (energy, temperature, ...).
    reason : str or None
        Why the frame cannot be used.
    """

    name: str
    path: str
    lattice: FloatArray | None = None
    species: tuple[str, ...] = ()
    frac: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    info: dict[str, Value] = field(default_factory=dict)
    reason: str | None = None

    def structure(self) -> Structure:
        """The frame as a crystal."""
        occupancies = tuple({name: 1.0} for name in self.species)
        return Structure(self.lattice, self.species, self.frac, (), occupancies, self.path)


def frames_of(path: Path) -> Iterator[Frame]:
    """Frames of a file, in order, holding one in memory.

    Parameters
    ----------
    path : Path
        ``.xyz``, ``.extxyz``, XDATCAR, vasprun.xml, ``.traj``, a LAMMPS dump, JSON of pymatgen or a CIF of several data
        blocks with any number of frames, or a single structure (CIF, POSCAR); also compressed.

    Raises
    ------
    InputError
        If an XYZ file cannot be opened or holds nothing.
    """
    if format_of(path) == "xyz":
        yield from _xyz_frames(path)
    else:
        yield from _other_frames(path)


def _other_frames(path: Path) -> Iterator[Frame]:
    """Frames of a CIF or of a file of VASP, named by number where there are several."""
    stem = inner_name(path).stem
    try:
        several, found = structures_in(path)
        for number, (read, info) in enumerate(found):
            name = f"{stem}:{number}" if several else stem
            if isinstance(read, InputError):
                yield Frame(name, str(path), reason=read.message)
            elif read.lattice is None:
                yield Frame(name, str(path), reason="It is a molecule.")
            else:
                stated: dict[str, Value] = {} if several else dict(conditions(path))
                yield Frame(name, str(path), read.lattice, read.species, read.coords, {**stated, **info})
    except InputError as error:
        yield Frame(stem, str(path), reason=error.message)


def structures_in(path: Path) -> tuple[bool, Iterator[tuple[Structure | InputError, Info]]]:
    """Whether a file may hold several structures, and they, or why one cannot be read, with what each brings along.

    Raises
    ------
    InputError
        If nothing of it can be read.
    """
    kind = trajectory_kind(path)
    if kind is not None:
        return True, configurations(path, kind)
    text, kind, source = file_text(path)
    if kind == "cif":
        from curiebreak.structures.cif import read_cif_blocks

        blocks = list(read_cif_blocks(text, source))
        return len(blocks) > 1, ((block, {}) for block in blocks)
    if kind == "poscar":
        from curiebreak.structures.poscar import is_xdatcar, read_configurations

        return is_xdatcar(text), ((one, {}) for one in read_configurations(text, source))
    return False, iter([(read_structure(path), {})])


class _Lines:
    """Lines of a file with the possibility to put some back."""

    def __init__(self, stream: Iterable[str]) -> None:
        self._stream = iter(stream)
        self._waiting: list[str] = []
        self.number = 0

    def next(self) -> str | None:
        """The next line, or None at the end."""
        line = self._waiting.pop() if self._waiting else next(self._stream, None)
        self.number += line is not None
        return line

    def back(self, lines: list[str]) -> None:
        """Put lines back, to be read again."""
        self._waiting += lines[::-1]
        self.number -= len(lines)


def _xyz_frames(path: Path) -> Iterator[Frame]:
    count = 0
    message = f"The file {path} cannot be read"
    with (
        refusing(DAMAGE, lambda error: f"{message} ({system_reason(error)}).", "Check its permissions."),
        text_lines(path) as stream,
    ):
        lines = _Lines(stream)
        while (line := lines.next()) is not None:
            if line.strip():
                yield _next_frame(f"{inner_name(path).stem}:{count}", path, line, lines)
                count += 1
    if count == 0:
        raise InputError(f"The file {path} is empty.", "Give an extended XYZ file with at least one frame.")


def _next_frame(name: str, path: Path, line: str, lines: _Lines) -> Frame:
    """The frame that begins with `line`; a damaged one is read up to the next header."""
    start = lines.number
    stated = re.fullmatch(r"\s*([0-9]{1,9})\s*", line)  # one of ten digits and more is a mistake
    if stated is None:
        _skip(lines)
        return Frame(name, str(path), reason=f"Line {start} is no number of atoms.")
    count = int(stated[1])
    block: list[str] = []
    while len(block) <= count and (more := lines.next()) is not None:
        block.append(more)
        if len(block) > 2 and _is_header(*block[-2:]):
            lines.back([block.pop(-2), block.pop()])
            break
    if len(block) <= count:
        reason = f"It announces {count} atoms in line {start} but ends after {max(len(block) - 1, 0)}."
        return Frame(name, str(path), reason=reason)
    try:
        return _parsed(name, path, block)
    except ValueError as error:
        lines.back(_from_header(block))
        return Frame(name, str(path), reason=f"It cannot be read (from line {start}: {error}).")


def _skip(lines: _Lines) -> None:
    """Go on to the next header."""
    block: list[str] = []
    while (line := lines.next()) is not None:
        block = [*block[-1:], line]
        if len(block) == 2 and _is_header(*block):
            lines.back(block)
            return


def _from_header(block: list[str]) -> list[str]:
    """Lines of a block from the header of another frame on, if it holds one."""
    for i in range(len(block) - 1):
        if _is_header(block[i], block[i + 1]):
            return block[i:]
    return []


def _is_header(first: str, second: str) -> bool:
    return first.strip().isdigit() and "lattice=" in second.lower()


def _parsed(name: str, path: Path, block: list[str]) -> Frame:
    """Frame of a comment line and its atoms.

    Raises
    ------
    ValueError
        With the reason why it cannot be used.
    """
    pairs = {key.lower(): (key, value.strip("\"'{}[]")) for key, value in _PAIR.findall(block[0])}
    lattice = _lattice(pairs)
    columns, width = _columns(pairs.get("properties", ("", "species:S:1:pos:R:3"))[1])
    words = " ".join(block[1:]).split()
    if len(words) != width * (len(block) - 1):
        raise ValueError(f"the lines of atoms do not have {width} columns each")
    species = _elements(words[columns["species"] :: width])
    first = columns["pos"]
    positions = np.array([[float(word) for word in words[first + i :: width]] for i in range(3)]).T
    if not np.isfinite(positions).all():
        atom = int(np.flatnonzero(~np.isfinite(positions).all(axis=1))[0])
        raise ValueError(f"the position of atom {atom + 1} is not a number")
    frac = np.linalg.solve(lattice.T, positions.T).T
    if np.abs(frac).max(initial=0.0) > FARTHEST:
        raise ValueError(f"an atom lies {np.abs(frac).max():.3g} cells from the origin")
    info = {key: _value(text) for low, (key, text) in pairs.items() if low not in _SILENT and _is_single(text)}
    return Frame(name, str(path), lattice, species, frac, info)


def _elements(symbols: list[str]) -> tuple[str, ...]:
    known = {symbol: plain_element(symbol) for symbol in dict.fromkeys(symbols)}
    for symbol, element in known.items():
        if element is None:
            raise ValueError(f"{symbol!r} is no element")
    return tuple(str(known[symbol]) for symbol in symbols)


def _lattice(pairs: dict[str, tuple[str, str]]) -> FloatArray:
    if "lattice" not in pairs:
        raise ValueError("it has no Lattice")
    if "f" in pairs.get("pbc", ("", ""))[1].lower():
        raise ValueError("it is not periodic in all directions")
    numbers = [float(word) for word in pairs["lattice"][1].replace(",", " ").split()]
    if len(numbers) != 9 or not np.isfinite(numbers).all():
        raise ValueError("its Lattice is not nine numbers")
    lattice = np.array(numbers).reshape(3, 3)
    if np.abs(lattice).max() > LONGEST_AXIS:
        raise ValueError(f"its Lattice has an axis of {np.abs(lattice).max():.3g} Å")
    if abs(np.linalg.det(lattice)) < _SMALLEST_VOLUME:
        raise ValueError("its Lattice is singular")
    return lattice


def _columns(properties: str) -> tuple[dict[str, int], int]:
    """First column of each property, and the number of columns."""
    parts = properties.split(":")
    columns, width = {}, 0
    for name, size in zip(parts[0::3], parts[2::3], strict=False):
        columns[name] = width
        width += int(size)
    missing = [name for name in ("species", "pos") if name not in columns]
    if missing:
        raise ValueError(f"its Properties lack {missing[0]}")
    return columns, width


def _is_single(text: str) -> bool:
    return 0 < len(text) <= 80 and len(text.split()) == 1


def _value(text: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if np.isfinite(number) else text


_TAGS = {
    "temperature": (
        "_diffrn_ambient_temperature",
        "_cell_measurement_temperature",
        "_diffrn.ambient_temperature",
        "_cell_measurement.temp",
    ),
    "pressure": ("_diffrn_ambient_pressure", "_cell_measurement_pressure", "_diffrn.ambient_pressure"),
}


def conditions(path: Path) -> dict[str, float]:
    """Temperature (K) and pressure (kPa) as the CIF states them; empty where it does not.

    Parameters
    ----------
    path : Path
        Any file; only ``.cif`` and ``.mcif`` are looked at.
    """
    if format_of(path) != "cif":
        return {}
    try:
        document = gemmi.cif.read_string(content_of(path).decode(errors="replace"), check_level=0)
    except (InputError, OSError, ValueError, RuntimeError):
        return {}
    found: dict[str, float] = {}
    for block in document:
        for name, tags in _TAGS.items():
            for tag in tags:
                match = re.match(r"['\"]*(-?\d+(?:\.\d+)?)", block.find_value(tag) or "")
                if match:
                    found.setdefault(name, float(match[1]))
    return found
