"""One door for every input: a path, or an object of pymatgen or ASE."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from curiebreak.errors import InputError
from curiebreak.results.learned import StructureData
from curiebreak.structures.checks import Provenance, structure_from_arrays
from curiebreak.structures.model import Structure, composition_of
from curiebreak.structures.packed import content_of, format_of

_KNOWN = "CIF, magCIF, POSCAR, XYZ, extended XYZ, XDATCAR, vasprun.xml, .traj, LAMMPS dump or pymatgen JSON"


def read_structure(source: Any) -> Structure:
    """Read a crystal or molecule.

    Parameters
    ----------
    source : str, path, Structure, StructureData of a result, pymatgen Structure or Molecule, or ASE Atoms
        Files: CIF and magCIF (``.cif``, ``.mcif``), POSCAR (``POSCAR…``, ``CONTCAR…``, ``.vasp``,
        ``.poscar``), XYZ and extended XYZ (``.xyz``, ``.extxyz``), XDATCAR, ``vasprun.xml``, ASE's ``.traj``, LAMMPS
        dumps with elements, JSON of pymatgen and ASE; also compressed (``.gz``, ``.bz2``, ``.xz``). Another name is
        judged by content. Of several frames one is read, and a message says which.

    Returns
    -------
    Structure
        With path and SHA-256 of the file where there is one.

    Raises
    ------
    InputError
        Missing or unreadable file, damaged or impossible content.
    """
    if isinstance(source, Structure):
        return source
    if isinstance(source, StructureData):
        return structure_from_arrays(source.lattice, [composition_of(name) for name in source.species], source.frac)
    if isinstance(source, (str, os.PathLike)):
        return _read_file(Path(source))
    module = type(source).__module__.split(".")[0]
    if module == "pymatgen" and hasattr(source, "cart_coords"):
        from curiebreak.structures.formats import from_pymatgen

        return from_pymatgen(source, Provenance())
    if module == "ase" and hasattr(source, "get_positions"):
        from curiebreak.structures.formats import from_ase

        return from_ase(source, Provenance())
    raise InputError(
        f"An object of type {type(source).__name__} is not a structure.",
        "Give a path, a pymatgen Structure or Molecule, or ASE Atoms.",
    )


def file_text(path: Path) -> tuple[str, str, Provenance]:
    """Content of a structure file, its format (``cif``, ``poscar`` or ``xyz``) and where it comes from.

    Raises
    ------
    InputError
        Missing, unreadable or empty file, no text, or an unknown format.
    """
    content = content_of(path)
    source = Provenance(str(path), str(path), hashlib.sha256(content).hexdigest())
    text = _decoded(content, path)
    return text, _kind(path, text), source


def _read_file(path: Path) -> Structure:
    from curiebreak.structures.trajectories import read_last_or_first, trajectory_kind

    several = trajectory_kind(path)
    if several is not None:
        return read_last_or_first(path, several)
    text, kind, source = file_text(path)
    if kind == "cif":
        from curiebreak.structures.cif import read_cif

        return read_cif(text, source)
    if kind == "poscar":
        from curiebreak.structures.poscar import read_poscar

        return read_poscar(text, source)
    from curiebreak.structures.formats import read_xyz

    return read_xyz(text, source)


def _decoded(content: bytes, path: Path) -> str:
    if not content.strip():
        raise InputError(f"The file {path} is empty.", f"Give a {_KNOWN} file.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with suppress(UnicodeDecodeError):
            return content.decode("utf-16")
    if b"\0" in content:
        raise InputError(f"The file {path} is not a text file.", f"Give a {_KNOWN} file.")
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    return content.decode("latin-1")


def _kind(path: Path, text: str) -> str:
    named = format_of(path)
    if named in ("cif", "xyz", "poscar"):
        return named
    if "\ndata_" in "\n" + text and "_cell_length_a" in text.lower():
        return "cif"
    lines = text.splitlines()
    atoms = re.match(r"\s*(\d{1,9})(?!\S)", lines[0])
    if atoms and len(lines) >= int(atoms[1]) + 2:
        return "xyz"
    if len(lines) > 7 and any(line.strip().lower()[:1] in ("d", "c", "k") for line in lines[5:9]):
        return "poscar"
    raise InputError(f"The format of {path} is not known.", f"Give a {_KNOWN} file.")
