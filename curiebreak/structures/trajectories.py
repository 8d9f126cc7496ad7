"""Files of other programs that hold many frames, by the libraries that read them: vasprun.xml, dumps, JSON.

Of several frames :func:`read_last_or_first` takes one and says which; :func:`configurations` gives all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.errors import InputError, reason, refusing
from curiebreak.structures.checks import Provenance
from curiebreak.structures.formats import from_ase, from_pymatgen
from curiebreak.structures.model import Structure
from curiebreak.structures.packed import DAMAGE, content_of, format_of, plain_file, text_lines

_RELAXATIONS = ("vasp-xml", "traj")
"""Formats whose last frame is what a calculation ended with."""

_NAMES = {
    "vasp-xml": "vasprun.xml",
    "traj": "ASE trajectory",
    "lammps-dump-text": "LAMMPS dump",
    "json": "JSON file of pymatgen or ASE",
}

Info = dict[str, float | str]


def trajectory_kind(path: Path) -> str | None:
    """Format of a file by its name, or by its first line for a dump of LAMMPS; ``None`` for what others read."""
    named = format_of(path)
    return named if named in _NAMES else "lammps-dump-text" if _is_dump(path) else None


def _is_dump(path: Path) -> bool:
    """Whether a file with a free name begins as a dump does."""
    if not path.name.lower().startswith("dump") or not path.is_file():
        return False
    with suppress(*DAMAGE), text_lines(path) as stream:
        return stream.read(14) == "ITEM: TIMESTEP"
    return False


def configurations(path: Path, kind: str) -> Iterator[tuple[Structure | InputError, Info]]:
    """Every structure of a file with the single numbers that it brings along, or why the rest cannot be read.

    Parameters
    ----------
    path : Path
    kind : str
        See :func:`trajectory_kind`.

    Raises
    ------
    InputError
        If nothing of the file can be read.
    """
    source = Provenance(str(path), str(path))
    found = _of_json(path) if kind == "json" else _of_ase(path, kind)
    count = 0
    while True:
        try:
            one = next(found)
        except StopIteration:
            break
        except InputError:
            raise
        except Exception as error:  # the libraries raise many kinds for a damaged file
            broken = InputError(
                f"{path} is not a readable {_NAMES[kind]} after {count} frames ({reason(error)}).",
                "Check that the file is complete.",
            )
            if count == 0:
                raise broken from error
            yield broken, {}
            return
        count += 1
        try:
            of_ase = type(one).__module__.startswith("ase")
            yield (from_ase(one, source), _info(one)) if of_ase else (from_pymatgen(one, source), {})
        except InputError as error:
            yield error, {}
    if count == 0:
        raise InputError(f"{path} holds no structure.", "Give a file with at least one.")


def read_last_or_first(path: Path, kind: str) -> Structure:
    """The structure that a calculation ended with (vasprun.xml, .traj), else the first; a message where there are more.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    last = kind in _RELAXATIONS
    found = configurations(path, kind)
    chosen, _ = next(found)
    if isinstance(chosen, InputError):
        raise chosen
    messages: list[str] = []
    count = 1
    for one, _ in found:
        if isinstance(one, InputError):
            messages.append(one.message.rstrip("."))
        else:
            count += 1
            chosen = one if last else chosen
    if count > 1:
        messages.insert(0, f"the file holds {count} frames; the {'last' if last else 'first'} is read")
    return replace(chosen, messages=(*chosen.messages, *messages))


def _of_ase(path: Path, kind: str) -> Iterator[Any]:
    from ase.io import iread

    with plain_file(path) as plain:
        if kind == "lammps-dump-text":
            _require_elements(path, plain)
        yield from iread(plain, index=":", format=kind)
        if kind == "vasp-xml" and b"</modeling>" not in _tail(plain):
            raise ValueError("it ends early")  # the library leaves out what is not whole, without a word


def _tail(plain: Path) -> bytes:
    """The last bytes of a file."""
    with plain.open("rb") as stream:
        stream.seek(max(0, plain.stat().st_size - 200))
        return stream.read()


def _require_elements(path: Path, plain: Path) -> None:
    """Refuse a dump that numbers its kinds of atoms, which say nothing of elements."""
    with plain.open(encoding="utf-8", errors="replace") as stream:
        heading = next((line for line in stream if line.startswith("ITEM: ATOMS")), None)
    if heading is None:
        raise InputError(f"{path} is not a readable LAMMPS dump (no line `ITEM: ATOMS`).", "Check the file.")
    if "element" not in heading.split():
        raise InputError(
            f"{path} has no column `element`: types of LAMMPS are numbers, not elements.",
            "Write it with `dump ... custom ... id element xs ys zs` and `dump_modify ... element ...`.",
        )


def _of_json(path: Path) -> Iterator[Any]:
    """Structures of pymatgen, or those of a database of ASE, which numbers its rows."""
    damage = (ValueError, RecursionError)
    with refusing(damage, lambda error: f"{path} is not readable JSON ({reason(error)}).", "Check the file."):
        data = json.loads(content_of(path))
    if isinstance(data, dict) and isinstance(data.get("ids"), list):
        yield from _of_ase(path, "json")
    else:
        yield from _structures_in(path, data)


def _structures_in(path: Path, data: Any) -> Iterator[Any]:
    """Structures of a dictionary of pymatgen, of a list of them, or of an entry that holds one."""
    from pymatgen.core.structure import Molecule
    from pymatgen.core.structure import Structure as Crystal
    from pymatgen.core.trajectory import Trajectory

    if isinstance(data, list) and data:
        for one in data:
            yield from _structures_in(path, one)
        return
    entry = data if isinstance(data, dict) else {}
    kind = entry.get("@class")
    if kind in ("Structure", "IStructure"):
        yield Crystal.from_dict(data)
    elif kind in ("Molecule", "IMolecule"):
        yield Molecule.from_dict(data)
    elif kind == "Trajectory":
        trajectory: Any = Trajectory.from_dict(data)
        yield from trajectory
    elif isinstance(entry.get("structure"), dict):
        yield from _structures_in(path, entry["structure"])
    else:
        raise InputError(
            f"{path} is no structure of pymatgen or ASE.",
            "Give the JSON of a Structure, a Trajectory, a list of them, or one that ASE wrote.",
        )


def _info(atoms: Any) -> Info:
    """Single numbers and words of a frame: what it is labelled with, and its energy."""
    found: Info = {}
    for name, value in {**atoms.info, **getattr(atoms.calc, "results", {})}.items():
        if isinstance(value, str) and 0 < len(value) <= 80:
            found[str(name)] = value
        elif isinstance(value, (int, float, np.number)) and np.isfinite(float(value)):
            found[str(name)] = float(value)
    return found
