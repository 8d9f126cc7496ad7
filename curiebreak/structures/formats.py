"""(Extended) XYZ files, and the classes of pymatgen and ASE; all imported only when met."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from itertools import chain
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray, summed
from curiebreak.errors import InputError, reason, refuse, refusing
from curiebreak.results.basic import MOMENTS_IGNORED
from curiebreak.structures.checks import Provenance, checked_lattice, structure_from_arrays
from curiebreak.structures.model import Structure
from curiebreak.structures.precision import stated_precision

NO_MOMENTS = f"{MOMENTS_IGNORED}; only the atoms are read"

COLLINEAR = f"{MOMENTS_IGNORED}: one number an atom has no direction; give three, or `modes --moment-axis 0,0,1`"

_MOMENTS = ("magmoms", "magmom", "moments", "moment", "magnetic_moments", "initial_magmoms")
"""Names of arrays of moments; the first that is there is taken, initial ones last."""

_BOOKKEEPING = {"wyckoff", "site_label", "selective_dynamics", "label", "supercell", "kind"}
"""Site properties that say nothing which positions and elements do not."""


def read_xyz(text: str, source: Provenance) -> Structure:
    """XYZ: a molecule without, a crystal with ``Lattice="…"`` in the second line.

    Raises
    ------
    InputError
        Damaged file, several frames, or unknown elements.
    """
    lines = text.splitlines()
    damaged, hint = f"{source.name} is not a readable XYZ file", "Each line needs an element and three numbers."
    with refusing((IndexError, ValueError), f"{damaged} (no atom count in its first line).", "Check the file."):
        count = int(lines[0].split()[0])
    rows = list(map(str.split, lines[2 : count + 2]))
    crystal = "lattice=" in "".join(lines[1:2]).lower()
    refuse(
        (
            len(lines) < count + 2,
            f"{source.name} announces {count} atoms but ends after {max(len(lines) - 2, 0)}.",
            "Check that the file is complete.",
        ),
        (
            not crystal and _numbered(rows),
            f"{damaged} (its lines count the atoms 1, 2, 3 and name no element, as those of DFTB+ do).",
            hint,
        ),
        refusal=InputError,
    )
    more = "".join(lines[count + 2 :]).strip()
    notes = ["the file holds more than one frame; the first is read"] if more else []
    if crystal:
        return _read_extxyz("\n".join(lines[: count + 2]) + "\n", source, notes)
    numbers = [row[1:4] for row in rows]
    with refusing(ValueError, lambda error: f"{damaged} ({reason(error)}).", hint):
        positions = np.array([list(map(float, texts)) for texts in numbers]).reshape(count, 3)
    species = [_symbol(row[0]) for row in rows]
    structure = structure_from_arrays(None, species, positions, provenance=source, messages=notes)
    return replace(structure, precision=stated_precision(None, coordinates=chain(*numbers)))


def _numbered(rows: list[list[str]]) -> bool:
    """Whether lines are the atom's number, that of its kind and three coordinates (``.gen`` of DFTB+).

    Read as atomic numbers, those of the atoms would be H, He, Li and so on.
    """
    counted = (len(row) > 4 and row[0] == str(number) and row[1].isdigit() for number, row in enumerate(rows, 1))
    return len(rows) > 2 and all(counted)


def _symbol(word: str) -> str:
    """The first word of a line: an element, or its atomic number."""
    number = int(word) if re.fullmatch(r"[0-9]{1,3}", word) else 0
    if 0 < number <= 118:
        from ase.data import chemical_symbols

        return str(chemical_symbols[number])
    return word


def _read_extxyz(text: str, source: Provenance, notes: list[str]) -> Structure:
    from ase.io import read

    message = f"{source.name} is not a readable extended XYZ file"
    # ASE raises many kinds for a damaged file
    with refusing(Exception, lambda error: f"{message} ({reason(error)}).", "Check the file."):
        atoms = read(StringIO(text), format="extxyz", index=0)
    return from_ase(atoms, source, notes)


def from_ase(atoms: Any, source: Provenance, notes: Sequence[str] = ()) -> Structure:
    """ASE Atoms: a molecule when nothing is periodic, a slab in its cell when two directions are, else a crystal.

    Raises
    ------
    InputError
        If only one direction is periodic.
    """
    periodic = np.asarray(atoms.pbc, dtype=bool)
    moments = _ase_moments(atoms)
    messages = [*notes, *_said_of(moments)]
    species = _ase_species(atoms)
    if not periodic.any():
        return structure_from_arrays(None, species, atoms.get_positions(), provenance=source, messages=messages)
    if periodic.sum() == 1:
        raise InputError(
            f"{source.name} is periodic in one direction only.", "Give a crystal, a slab or a finite molecule."
        )
    cell = np.array(atoms.cell, dtype=np.float64)
    if not periodic.all():
        cell = _slab_cell(cell, int(np.flatnonzero(~periodic)[0]), atoms.get_positions())
        messages.append("periodic in two directions only: read as a slab with vacuum along the third")
    positions = np.linalg.solve(checked_lattice(cell, source).T, atoms.get_positions().T).T
    structure = structure_from_arrays(cell, species, positions, provenance=source, messages=messages)
    return _with_moments(structure, moments)


SLAB_VACUUM = 15.0
"""Å of vacuum for a slab whose file gives none."""


def _slab_cell(cell: FloatArray, axis: int, positions: FloatArray) -> FloatArray:
    """The cell with a third axis that leaves vacuum; as given where it does."""
    first, second = (cell[i] for i in range(3) if i != axis)
    normal = np.cross(first, second)
    length = float(np.linalg.norm(normal))
    if length < _FLAT:
        return cell
    normal = normal / length
    thickness = float(np.ptp(positions @ normal))
    if abs(float(cell[axis] @ normal)) < thickness + SLAB_VACUUM / 2:
        # right-handed, whichever axis it is
        sign = np.sign(np.linalg.det(np.insert(np.array([first, second]), axis, normal, axis=0)))
        cell = cell.copy()
        cell[axis] = sign * (thickness + SLAB_VACUUM) * normal
    return cell


_FLAT = 1e-6
"""Å^2; two axes that span less are one."""


def _said_of(moments: FloatArray | None) -> list[str]:
    """A word on moments that whoever reads the atoms alone leaves aside."""
    if moments is None or not np.any(moments):
        return []
    return [NO_MOMENTS if moments.ndim == 2 else COLLINEAR]


def _with_moments(structure: Structure, moments: FloatArray | None) -> Structure:
    """The structure with its moments, unless entries on one position were joined."""
    if moments is None or len(moments) != len(structure):
        return structure
    return replace(structure, moments=moments)


def _ase_moments(atoms: Any) -> FloatArray | None:
    """Moments (n, 3) or (n,): those of a calculation before initial ones."""
    results = getattr(atoms.calc, "results", {})
    for name in _MOMENTS:
        for values in (results.get(name), atoms.arrays.get(name)):
            array = np.asarray(values)  # an object where there are none
            if array.dtype.kind in "fiu" and array.shape in ((len(atoms),), (len(atoms), 3)):
                return array.astype(float)
    return None


def _ase_species(atoms: Any) -> list[str | dict[str, float]]:
    """Elements, and the mixed sites that ASE keeps beside the majority elements (``info["occupancy"]``)."""
    symbols: list[str | dict[str, float]] = list(atoms.get_chemical_symbols())
    table, kinds = atoms.info.get("occupancy"), atoms.arrays.get("spacegroup_kinds")
    if not isinstance(table, dict) or kinds is None:
        return symbols
    for index, kind in enumerate(np.asarray(kinds).tolist()):
        entry = table.get(str(kind), table.get(kind))
        if isinstance(entry, dict) and entry:
            symbols[index] = {str(element): _occupancy(value) for element, value in entry.items()}
    return symbols


def _occupancy(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def from_pymatgen(structure: Any, source: Provenance) -> Structure:
    """Pymatgen Structure or Molecule; oxidation states are dropped, mixed sites kept."""
    species = [summed((specie.symbol, float(share)) for specie, share in site.species.items()) for site in structure]
    lattice, moments = getattr(structure, "lattice", None), _site_moments(structure)
    messages = [*_said_of(moments), *_unused_properties(structure)]
    if lattice is None:
        return structure_from_arrays(None, species, structure.cart_coords, provenance=source, messages=messages)
    found = structure_from_arrays(
        lattice.matrix, species, structure.frac_coords, _labels(structure), provenance=source, messages=messages
    )
    return _with_moments(found, moments)


def _site_moments(structure: Any) -> FloatArray | None:
    """Moments (n, 3) or (n,) of pymatgen's site property `magmom`, else the spins of its species."""
    values = [site.properties.get("magmom") for site in structure]
    if any(value is not None for value in values):
        rows = list(map(_components, values))
        wide = max(map(len, rows)) == 3
        return np.array(list(map(_upright, rows)) if wide else [row[0] for row in rows])
    spins = [sum(getattr(specie, "spin", None) or 0.0 for specie in site.species) for site in structure]
    return np.array(spins) if any(spins) else None


def _components(value: Any) -> FloatArray:
    """One or three numbers of a moment; those of a moment with its spin axis are Cartesian."""
    plain = value.get_moment() if hasattr(value, "get_moment") else value
    return np.atleast_1d(np.asarray(0.0 if plain is None else plain, dtype=float))


def _upright(row: FloatArray) -> FloatArray:
    """A moment of one number among moments of three: along z, the default spin axis."""
    return row if len(row) == 3 else np.array([0.0, 0.0, row[0]])


def _unused_properties(structure: Any) -> list[str]:
    """Say which site properties are not used."""
    names = {name for site in structure for name, value in site.properties.items() if np.any(value)}
    others = sorted(names - set(_MOMENTS) - _BOOKKEEPING)
    return [f"site properties are ignored: {', '.join(others)}"] if others else []


def _labels(structure: Any) -> list[str]:
    """Site labels, but not the defaults that only repeat the species."""
    labels = [str(getattr(site, "label", "")) for site in structure]
    if all(label == site.species_string for label, site in zip(labels, structure, strict=True)):
        return []
    return labels
