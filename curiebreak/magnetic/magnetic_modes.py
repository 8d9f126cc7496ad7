"""``decompose_magnetic``: from a magnetic structure to a :class:`~curiebreak.results.Decomposition`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from curiebreak.clock import Clock
from curiebreak.magnetic.magnetic_analysis import MagneticAnalysis, analyse_placed
from curiebreak.magnetic.magnetic_document import magnetic_decomposition
from curiebreak.magnetic.parent_given import given_setting
from curiebreak.magnetic.stated_setting import Placed, place, stated_setting
from curiebreak.options.modes_options import PairOptions
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
    child = read_magnetic(child, moment_axis)
    asked = PairOptions(
        parent, child, symprec=symprec, parent_symprec=parent_symprec, strain_tolerance=strain_tolerance, allow=allow
    )
    return MagneticPair(parent, child, asked, Clock()).decomposition


@dataclass(frozen=True, eq=False)
class MagneticPair:
    """A magnetic structure and its parent, read, placed and analysed when that is first asked for.

    Attributes
    ----------
    parent : "auto", path or structure
        ``auto`` is the parent that the file states.
    child : path or MagneticCrystal
    asked : options
        Of a command, as for a :class:`~curiebreak.modes.pair.Pair`.
    clock : Clock
        Takes the laps ``read``, ``mapping`` and ``decomposition``.
    """

    parent: Any
    child: Any
    asked: Any
    clock: Clock

    @cached_property
    def crystal(self) -> MagneticCrystal:
        """The structure as it was read."""
        found = read_magnetic(self.child, getattr(self.asked, "moment_axis", None))
        self.clock.lap("read")
        return found

    @cached_property
    def placed(self) -> Placed:
        """The structure on its parent."""
        stated = isinstance(self.parent, (str, Path)) and str(self.parent) == "auto"
        if stated:
            setting = stated_setting(self.crystal)
        else:
            names = ("parent_symprec", "symprec", "allow")
            how = {name: getattr(self.asked, name) for name in names if hasattr(self.asked, name)}
            setting = given_setting(self.parent, self.crystal, **how)
        found = place(self.crystal, setting)
        self.clock.lap("mapping")
        return found

    @cached_property
    def analysis(self) -> MagneticAnalysis:
        """The exact analysis."""
        asked = self.asked
        found = analyse_placed(self.placed, symprec=asked.symprec, strain_tolerance=asked.strain_tolerance)
        self.clock.lap("decomposition")
        return found

    @cached_property
    def decomposition(self) -> Decomposition:
        """The result, with the seconds and what was asked for."""
        result = magnetic_decomposition(self.analysis)
        self.clock.lap("decomposition")
        names = ("symprec", "parent_symprec", "strain_tolerance", "allow", "moment_axis")
        record = {name: value for name, value in self.asked.record.items() if name in names}
        return replace(result, seconds=dict(self.clock.laps), options=record)
