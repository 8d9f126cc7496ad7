"""``decompose_magnetic``: from a magnetic structure to a :class:`~curiebreak.results.Decomposition`."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis, analyse_placed
from curiebreak.magnetic.magnetic_document import magnetic_decomposition
from curiebreak.magnetic.parent_given import given_setting
from curiebreak.magnetic.stated_setting import Placed, place, stated_setting
from curiebreak.options import require
from curiebreak.results import Decomposition
from curiebreak.structures.magnetic_cif import MagneticCrystal
from curiebreak.structures.moments import read_magnetic


def decompose_magnetic(
    parent: Any,
    child: Any,
    *,
    symprec: float | None = None,
    parent_symprec: float | None = None,
    strain_tolerance: float = 1e-3,
    allow: Collection[str] = (),
    moment_axis: Sequence[float] | None = None,
) -> Decomposition:
    """Decompose moments, displacements, occupations and strain of a magnetic structure, with time parity.

    Parameters
    ----------
    parent : "auto", path or structure
        ``auto`` takes the parent that the magnetic CIF states.
    child : path, MagneticCrystal, pymatgen Structure or ASE Atoms
        A magnetic CIF, or another source with moments, see :func:`curiebreak.structures.moments.read_magnetic`.
    symprec : float, optional
        Å, where the file lists no operations but translations.
    parent_symprec : float, optional
        Å, for the symmetry of a parent that is given.
    strain_tolerance : float
        Largest component of a strain that lowers no symmetry.
    allow : collection of str
        As in :func:`curiebreak.mapping.map_child`, for a parent that is given.
    moment_axis : sequence (u, v, w), optional
        Direction, in axes of the child's cell, of moments that are one number an atom.

    Returns
    -------
    Decomposition
        With entries of kind ``magnetic`` in μB.

    Raises
    ------
    InputError
        Files that cannot be used, and a stated parent that contradicts the structure.
    NotCompatibleError
        When the structure does not lie on a given parent.
    """
    how: dict[str, Any] = {"symprec": symprec, "parent_symprec": parent_symprec, "strain_tolerance": strain_tolerance}
    found = analysed_magnetic(parent, child, allow=allow, moment_axis=moment_axis, **how)
    return magnetic_result(*found, options={**how, "allow": list(allow)})


def magnetic_result(
    analysis: MagneticAnalysis, seconds: Mapping[str, float], *, options: Mapping[str, Any]
) -> Decomposition:
    """The result of an analysis that took these seconds."""
    start = time.perf_counter()
    result = magnetic_decomposition(analysis)
    spent = {**seconds, "decomposition": seconds.get("decomposition", 0.0) + time.perf_counter() - start}
    return replace(result, seconds={"total": sum(spent.values()), **spent}, options=dict(options))


def analysed_magnetic(
    parent: Any,
    child: Any,
    *,
    symprec: float | None = None,
    parent_symprec: float | None = None,
    strain_tolerance: float = 1e-3,
    allow: Collection[str] = (),
    moment_axis: Sequence[float] | None = None,
) -> tuple[MagneticAnalysis, dict[str, float]]:
    """The exact analysis behind :func:`decompose_magnetic`, and the seconds that its steps took."""
    require(symprec=symprec, parent_symprec=parent_symprec, strain_tolerance=strain_tolerance)
    start = time.perf_counter()
    crystal = read_magnetic(child, moment_axis)
    read = time.perf_counter()
    placed = placed_on(parent, crystal, parent_symprec=parent_symprec, symprec=symprec, allow=allow)
    mapped = time.perf_counter()
    analysis = analyse_placed(placed, symprec=symprec, strain_tolerance=strain_tolerance)
    seconds = {"read": read - start, "mapping": mapped - read, "decomposition": time.perf_counter() - mapped}
    return analysis, seconds


def placed_on(
    parent: Any,
    crystal: MagneticCrystal,
    *,
    parent_symprec: float | None = None,
    symprec: float | None = None,
    allow: Collection[str] = (),
) -> Placed:
    """The magnetic structure on the parent that its file states (``auto``) or on a given one."""
    if isinstance(parent, (str, Path)) and str(parent) == "auto":
        return place(crystal, stated_setting(crystal))
    return place(
        crystal, given_setting(parent, crystal, parent_symprec=parent_symprec, symprec=symprec, allow=allow)
    )
