"""Writers: symmetrised CIF with real operations, POSCAR, XYZ; never a half-written file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from curiebreak.arrays import FloatArray, IntArray, lengths_and_angles, nearest_image, summed
from curiebreak.errors import InputError
from curiebreak.files import write_file
from curiebreak.structures.checks import structure_from_arrays
from curiebreak.structures.model import Structure
from curiebreak.structures.operations import triplet

Arrays = tuple[ArrayLike, Sequence[str], ArrayLike]


_FORMATS = {".cif": "cif", ".vasp": "poscar", ".poscar": "poscar", ".xyz": "xyz", ".extxyz": "xyz"}


def written_format(path: str | os.PathLike[str]) -> str:
    """Format that the name of a structure's file asks for: ``cif``, ``poscar`` or ``xyz``.

    Raises
    ------
    InputError
        Unless it ends in .cif, .vasp, .poscar, .xyz or .extxyz, or starts with POSCAR or CONTCAR.
    """
    target = Path(path)
    free = "poscar" if target.name.lower().startswith(("poscar", "contcar")) else None
    found = _FORMATS.get(target.suffix.lower(), free)
    if found is None:
        raise InputError(f"The format of {target} is not known.", "Use .cif, .vasp, .poscar or .xyz.")
    return found


def write_structure(
    structure: Structure | Arrays,
    path: str | os.PathLike[str],
    symprec: float = 1e-3,
    comments: Sequence[str] = (),
) -> None:
    """Write in the format that the file name asks for.

    Parameters
    ----------
    structure : Structure or (lattice, species, frac)
    path : path
        ``.cif`` (symmetrised), ``.vasp``/``POSCAR…`` or ``.xyz``/``.extxyz``.
    symprec : float
        Å, for the CIF.
    comments : sequence of str
        Lines for the top of the CIF; the other formats have no place for them.

    Raises
    ------
    InputError
        Unknown format, a structure the format cannot hold, or a place that cannot be written.
    """
    form = written_format(path)
    if form == "cif":
        write_cif(structure, path, symprec, comments)
    else:
        crystal = _as_structure(structure)
        write_file(path, xyz_text(crystal) if form == "xyz" else poscar_text(crystal))


def write_cif(
    structure: Structure | Arrays,
    path: str | os.PathLike[str],
    symprec: float | None = 1e-3,
    comments: Sequence[str] = (),
) -> None:
    """Write a CIF with the symmetry operations found by spglib and one line per site orbit.

    The axes stay as they are. The origin is moved, and a comment says so, only where it would leave
    translations that are no simple fractions.

    Parameters
    ----------
    structure : Structure or (lattice, species, frac)
    path : path
    symprec : float or None
        Å; positions and metric are averaged over the group found at this tolerance. ``None`` writes every atom, as it
        stands and in its order, in P1.
    comments : sequence of str
        Lines for the top of the file.

    Raises
    ------
    InputError
        A molecule, or a place that cannot be written.
    """
    crystal = _as_structure(structure)
    if crystal.lattice is None:
        raise InputError("A molecule cannot be written as CIF.", "Use an .xyz file.")
    write_file(path, _cif_text(crystal, crystal.lattice, symprec, list(comments)))


def _as_structure(structure: Structure | Arrays) -> Structure:
    if isinstance(structure, Structure):
        return structure
    lattice, species, coords = structure
    return structure_from_arrays(lattice, list(species), coords)


def _cif_text(crystal: Structure, lattice: FloatArray, symprec: float | None, comments: list[str]) -> str:
    dataset = None if symprec is None else _dataset(crystal, lattice, symprec)
    if dataset is None:
        rotations, translations = np.eye(3, dtype=np.int64)[None], np.zeros((1, 3))
        frac, orbits, number = crystal.coords, np.arange(len(crystal)), 1
        symbol: str | None = "P 1"
    else:
        rotations = np.asarray(dataset.rotations, dtype=np.int64)
        shift = _origin_for_fractions(dataset)
        translations = np.array([_snapped(t) for t in _moved(rotations, dataset.translations, shift)])
        if np.abs(shift).max() > 0.0:
            comments = [*comments, "origin moved by ({:.6f}, {:.6f}, {:.6f}) in this cell".format(*shift)]
        frac = _averaged(crystal.coords + shift, crystal.species, rotations, translations, lattice)
        orbits, number = np.asarray(dataset.equivalent_atoms), int(dataset.number)
        symbol = _standard_symbol(dataset, shift)
    lines = [f"# {line}" for line in comments]
    lines += ["data_structure", f"_chemical_formula_sum '{_formula(crystal)}'"]
    lines += cell_lines(lattice, rotations)
    lines += [f"_space_group_IT_number {number}"]
    lines += [f"_space_group_name_H-M_alt '{symbol}'"] if symbol else []
    lines += ["loop_", "_space_group_symop_operation_xyz"]
    lines += [f"'{triplet(r, t)}'" for r, t in zip(rotations, translations, strict=True)]
    return "\n".join([*lines, *_site_lines(crystal, frac, orbits)]) + "\n"


def _dataset(crystal: Structure, lattice: FloatArray, symprec: float) -> Any:
    from curiebreak.structures.spacegroup import kind_numbers, symmetry_dataset

    return symmetry_dataset(lattice, crystal.coords, kind_numbers(crystal.species), symprec)


def _moved(rotations: IntArray, translations: FloatArray, shift: FloatArray) -> FloatArray:
    """Return the translations after the origin shift x' = x + shift."""
    return np.asarray(translations + shift - rotations @ shift)


def _snapped(translation: FloatArray) -> FloatArray:
    snapped = np.round(translation * 24) / 24
    return np.asarray(snapped - np.floor(snapped + 1e-9))


def _origin_for_fractions(dataset: Any) -> FloatArray:
    """Zero where all translations are multiples of 1/24, else the way to the standard origin."""
    translations = np.asarray(dataset.translations)
    if np.abs(nearest_image(translations * 24)).max() < 24 * 2e-3:
        return np.zeros(3)
    shift = np.linalg.solve(np.asarray(dataset.transformation_matrix), np.asarray(dataset.origin_shift))
    return np.asarray(nearest_image(shift))


def _averaged(
    frac: FloatArray,
    species: tuple[str, ...],
    rotations: IntArray,
    translations: FloatArray,
    cell: FloatArray,
) -> FloatArray:
    kinds = np.array(species)
    total = np.zeros_like(frac)
    for rotation, translation in zip(rotations, translations, strict=True):
        difference = (frac @ rotation.T + translation)[:, None] - frac[None]
        wrapped = nearest_image(difference)
        distance = np.linalg.norm(wrapped @ cell, axis=-1) + 1e6 * (kinds[:, None] != kinds[None])
        target = distance.argmin(axis=1)
        total[target] += frac[target] + wrapped[np.arange(len(frac)), target]
    return total / len(rotations)


def _standard_symbol(dataset: Any, shift: FloatArray) -> str | None:
    """Hermann-Mauguin symbol where axes and origin are the reference setting, else nothing."""
    from curiebreak.structures.spacegroup import full_symbol

    if np.abs(np.asarray(dataset.transformation_matrix) - np.eye(3)).max() > 1e-3:
        return None
    rest = np.asarray(dataset.origin_shift) - shift
    if np.abs(nearest_image(rest)).max() > 1e-3:
        return None
    symbol = full_symbol(int(dataset.hall_number))
    if symbol is None:
        return None
    choice = f" :{dataset.choice}" if str(dataset.choice) in ("1", "2", "H", "R") else ""
    return symbol + choice


def _formula(crystal: Structure) -> str:
    totals = summed(pair for content in crystal.contents for pair in content.items())
    return " ".join(f"{e}{round(n, 4):g}" for e, n in sorted(totals.items()))


def cell_parameters(lattice: FloatArray, rotations: IntArray) -> FloatArray:
    """a, b, c (Å), alpha, beta, gamma (degrees) of a cell (rows) whose metric is averaged over rotations."""
    metric = lattice @ lattice.T
    return lengths_and_angles(np.mean([r.T @ metric @ r for r in rotations], axis=0))


def cell_lines(lattice: FloatArray, rotations: IntArray) -> list[str]:
    """CIF lines of a cell (rows, Å) whose metric is averaged over rotations in its fractions."""
    names = (*(f"length_{n}" for n in "abc"), *(f"angle_{n}" for n in ("alpha", "beta", "gamma")))
    return [f"_cell_{n} {x:.8f}" for n, x in zip(names, cell_parameters(lattice, rotations), strict=True)]


def _site_lines(crystal: Structure, frac: FloatArray, orbits: IntArray) -> list[str]:
    columns = ("label", "type_symbol", "symmetry_multiplicity", "fract_x", "fract_y", "fract_z", "occupancy")
    lines = ["loop_", *(f"_atom_site_{c}" for c in columns)]
    counts: Counter[str] = Counter()
    taken: set[str] = set()
    for atom in dict.fromkeys(map(int, orbits)):
        multiplicity = int((orbits == atom).sum())
        given = crystal.labels[atom].split("/") if crystal.labels else []
        for index, (element, occupancy) in enumerate(crystal.contents[atom].items()):
            label = given[index] if index < len(given) else ""
            while not label or label in taken:
                counts[element] += 1
                label = f"{element}{counts[element]}"
            taken.add(label)
            x, y, z = frac[atom]
            lines.append(f"{label} {element} {multiplicity} {x:.8f} {y:.8f} {z:.8f} {occupancy:.4f}")
    return lines


def _plain_species(crystal: Structure, kind: str) -> tuple[str, ...]:
    if any(len(c) > 1 or sum(c.values()) < 0.999 for c in crystal.occupancies):
        raise InputError(f"Mixed or partly empty sites cannot be written as {kind}.", "Use a .cif file.")
    return crystal.species


def poscar_text(crystal: Structure) -> str:
    """Content of a POSCAR.

    Raises
    ------
    InputError
        A molecule, or mixed sites.
    """
    if crystal.lattice is None:
        raise InputError("A molecule cannot be written as POSCAR.", "Use an .xyz file.")
    species = _plain_species(crystal, "POSCAR")
    names = list(dict.fromkeys(species))
    order = sorted(range(len(species)), key=lambda i: names.index(species[i]))
    axes, places = (
        ["  ".join(map("{:.10f}".format, row)) for row in rows] for rows in (crystal.lattice, crystal.coords[order])
    )
    counts = map(str, map(species.count, names))
    return "\n".join([crystal.formula, "1.0", *axes, " ".join(names), " ".join(counts), "Direct", *places, ""])


def write_frames(structures: Sequence[Structure], path: str | os.PathLike[str], notes: Sequence[str] = ()) -> None:
    """Write several structures as the frames of one extended XYZ file.

    Parameters
    ----------
    structures : sequence of Structure
    path : path
    notes : sequence of str
        A remark for each frame, kept under the key ``note``.

    Raises
    ------
    InputError
        Mixed sites, or a place that cannot be written.
    """
    remarks = [*notes, *[""] * (len(structures) - len(notes))]
    write_file(path, "".join(xyz_text(s, n) for s, n in zip(structures, remarks, strict=True)))


def xyz_text(structure: Structure, note: str = "") -> str:
    """Content of an extended XYZ file, with a remark under the key ``note``.

    Raises
    ------
    InputError
        Mixed sites.
    """
    species = _plain_species(structure, "XYZ")
    comment = structure.formula
    if structure.lattice is not None:
        cell = " ".join(map("{:.10f}".format, structure.lattice.ravel()))
        comment = f'Lattice="{cell}" Properties=species:S:1:pos:R:3 pbc="T T T"'
    if note:
        comment += f' note="{note}"'
    positions = zip(species, structure.cartesian, strict=True)
    rows = [f"{s} {x:.10f} {y:.10f} {z:.10f}" for s, (x, y, z) in positions]
    return "\n".join([str(len(species)), comment, *rows]) + "\n"
