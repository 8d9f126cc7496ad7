"""POSCAR and (ext)XYZ files, and the classes of pymatgen and ASE; all imported only when met."""

from __future__ import annotations

import warnings
from io import StringIO
from typing import Any

import numpy as np

from curiebreak.errors import InputError
from curiebreak.structures.checks import Provenance, structure_from_arrays
from curiebreak.structures.model import Structure


def read_poscar(text: str, source: Provenance) -> Structure:
    """VASP POSCAR or CONTCAR with the element symbols written in it (through pymatgen).

    Raises
    ------
    InputError
        Damaged file, or one without element symbols.
    """
    from pymatgen.io.vasp.inputs import BadPoscarWarning, Poscar

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", BadPoscarWarning)
            poscar = Poscar.from_str(text, read_velocities=False)
    except BadPoscarWarning as error:
        raise InputError(
            f"{source.name} does not name its elements.", "Add the line of element symbols (VASP 5 format)."
        ) from error
    except Exception as error:  # pymatgen raises many kinds for a damaged file
        raise InputError(
            f"{source.name} is not a readable POSCAR ({_reason(error)}).", "Check the file."
        ) from error
    return from_pymatgen(poscar.structure, source, use_labels=False)


def read_xyz(text: str, source: Provenance) -> Structure:
    """XYZ: a molecule without, a crystal with ``Lattice="…"`` in the second line.

    Raises
    ------
    InputError
        Damaged file, several frames, or unknown elements.
    """
    lines = text.splitlines()
    count = _atom_count(lines, source)
    if len(lines) < count + 2:
        raise InputError(
            f"{source.name} announces {count} atoms but ends after {max(len(lines) - 2, 0)}.",
            "Check that the file is complete.",
        )
    notes = []
    if any(line.strip() for line in lines[count + 2 :]):
        notes.append("the file holds more than one frame; the first is read")
    if "lattice=" in lines[1].lower():
        return _read_extxyz("\n".join(lines[: count + 2]) + "\n", source, notes)
    rows = [line.split() for line in lines[2 : count + 2]]
    try:
        positions = np.array([[float(x) for x in row[1:4]] for row in rows]).reshape(count, 3)
    except ValueError as error:
        raise InputError(
            f"{source.name} is not a readable XYZ file ({_reason(error)}).",
            "Each line needs an element and three numbers.",
        ) from error
    return structure_from_arrays(None, [row[0] for row in rows], positions, provenance=source, messages=notes)


def _atom_count(lines: list[str], source: Provenance) -> int:
    try:
        return int(lines[0].split()[0])
    except (IndexError, ValueError) as error:
        raise InputError(
            f"{source.name} is not a readable XYZ file (no atom count in its first line).", "Check the file."
        ) from error


def _read_extxyz(text: str, source: Provenance, notes: list[str]) -> Structure:
    from ase.io import read

    try:
        atoms = read(StringIO(text), format="extxyz", index=0)
    except Exception as error:  # ASE raises many kinds for a damaged file
        raise InputError(
            f"{source.name} is not a readable extended XYZ file ({_reason(error)}).", "Check the file."
        ) from error
    return from_ase(atoms, source, notes)


def from_ase(atoms: Any, source: Provenance, notes: list[str] | None = None) -> Structure:
    """ASE Atoms: a molecule when nothing is periodic, else a crystal.

    Raises
    ------
    InputError
        If only some directions are periodic.
    """
    periodic = np.asarray(atoms.pbc, dtype=bool)
    symbols = atoms.get_chemical_symbols()
    if not periodic.any():
        return structure_from_arrays(
            None, symbols, atoms.get_positions(), provenance=source, messages=notes or ()
        )
    if not periodic.all():
        raise InputError(
            f"{source.name} is periodic in some directions only.", "Give a crystal or a finite molecule."
        )
    cell = np.array(atoms.cell)
    structure_from_arrays(cell, ["H"], np.zeros((1, 3)), provenance=source)  # refuses a singular cell
    positions = np.linalg.solve(cell.T, atoms.get_positions().T).T
    return structure_from_arrays(cell, symbols, positions, provenance=source, messages=notes or ())


def from_pymatgen(structure: Any, source: Provenance, *, use_labels: bool = True) -> Structure:
    """Pymatgen Structure or Molecule; oxidation states are dropped, mixed sites kept."""
    species = []
    for site in structure:
        composition: dict[str, float] = {}
        for specie, occupancy in site.species.items():
            symbol = specie.symbol
            composition[symbol] = composition.get(symbol, 0.0) + float(occupancy)
        species.append(composition)
    lattice = getattr(structure, "lattice", None)
    if lattice is None:
        return structure_from_arrays(None, species, structure.cart_coords, provenance=source)
    labels = _labels(structure) if use_labels else []
    return structure_from_arrays(lattice.matrix, species, structure.frac_coords, labels, provenance=source)


def _labels(structure: Any) -> list[str]:
    """Site labels, but not the defaults that only repeat the species."""
    labels = [str(getattr(site, "label", "")) for site in structure]
    if all(label == site.species_string for label, site in zip(labels, structure, strict=True)):
        return []
    return labels


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
