"""Magnetic structures of any source: magnetic CIFs, and atoms with moments of pymatgen and ASE and in their files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.results.basic import moments_ignored
from curiebreak.structures.magnetic_cif import MagneticCrystal, lists_moments, read_magnetic_cif
from curiebreak.structures.model import Structure
from curiebreak.structures.packed import content_of, inner_name
from curiebreak.structures.read import read_structure

CALCULATED = 1e-3
"""μB to which moments of calculations are converged, where no decimals say how finely they are known."""

_MARKS = {".xyz": b"mom", ".extxyz": b"mom", ".json": b"mag", ".traj": b""}
"""Suffixes of files that may hold moments, and what then stands in them."""


def has_moments(source: Any, axis: Sequence[float] | None = None) -> bool:
    """Whether a source gives some atom a moment with a direction: three numbers, or one along an `axis` (u, v, w)."""
    if isinstance(source, MagneticCrystal) or lists_moments(source):
        return True
    moments = _moments_of(source)
    return moments is not None and bool(np.any(moments)) and (moments.ndim == 2 or axis is not None)


def read_magnetic(source: Any, axis: Sequence[float] | None = None) -> MagneticCrystal:
    """Read a structure with moments.

    Parameters
    ----------
    source : MagneticCrystal, path, pymatgen Structure or ASE Atoms
        Magnetic CIF; extended XYZ and ``.traj`` with moments, JSON of pymatgen (``magmom``) and ASE. Three numbers an
        atom are Cartesian in the frame of the cell, μB.
    axis : sequence (u, v, w), optional
        Direction, in axes of the cell, of moments that are one number an atom.

    Raises
    ------
    InputError
        No moments, or moments without a direction; what the reader of the file refuses; a molecule.
    """
    if isinstance(source, MagneticCrystal):
        return source
    if lists_moments(source):
        return read_magnetic_cif(source)
    structure = read_structure(source)
    moments, lattice = structure.moments, structure.lattice
    name = Path(structure.path).name if structure.path else "The structure"
    if moments is None or lattice is None:
        raise InputError(f"{name} is no crystal with moments.", "Give an mcif, or three numbers an atom.")
    if not np.isfinite(moments).all():
        raise InputError(f"A moment of {name} is not a number.", "Correct the moments.")
    notes = []
    if moments.ndim == 1:
        if axis is None:
            raise InputError(f"The moments of {name} have no direction.", "Give --moment-axis 0,0,1, or vectors.")
        direction = np.asarray(axis, dtype=float) @ lattice
        if not np.linalg.norm(direction) > 0.0:
            raise InputError("The axis of the moments is zero.", "Give --moment-axis 0,0,1.")
        moments = np.outer(moments, direction / np.linalg.norm(direction))
        notes.append(f"The moments lie along [{' '.join(f'{x:g}' for x in axis)}] of the child's cell, as asked for.")
    return _crystal(structure, moments, lattice, name, notes)


def _crystal(
    structure: Structure, moments: FloatArray, lattice: FloatArray, name: str, notes: Sequence[str]
) -> MagneticCrystal:
    contents = structure.contents
    mixed = [site for site, content in zip(structure.species, contents, strict=True) if len(content) != 1]
    if mixed:
        raise InputError(
            f"{name} has moments on mixed sites such as {mixed[0]}.",
            "Give a magnetic CIF, which says whose moments they are.",
        )
    elements, occupancies = zip(*(next(iter(content.items())) for content in contents), strict=True)
    names = np.array(elements)
    return MagneticCrystal(
        cell=np.asarray(lattice),
        elements=elements,
        labels=structure.labels or elements,
        occupancies=np.array(occupancies),
        positions=structure.coords,
        moments=np.asarray(moments, dtype=float),
        listed=np.isin(names, names[np.any(moments, axis=1)]),
        path=structure.path,
        sha256=structure.sha256,
        messages=(*(m for m in structure.messages if not moments_ignored(m)), *notes),
        precision=structure.precision,
        moment_step=CALCULATED,
    )


def _moments_of(source: Any) -> FloatArray | None:
    """Moments (n, 3) or (n,) of what may hold some; whoever reads the atoms next says what is wrong with the rest."""
    with suppress(OSError, InputError):
        if isinstance(source, (str, Path)):
            mark = _MARKS.get(inner_name(Path(source)).suffix.lower())
            some = mark is not None and mark in content_of(Path(source)).lower()
        else:
            some = isinstance(source, Structure) or type(source).__module__.split(".")[0] in ("pymatgen", "ase")
        return read_structure(source).moments if some else None
    return None
