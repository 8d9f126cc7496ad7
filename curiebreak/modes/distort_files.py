"""Files of built children: one, or a numbered series."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curiebreak.arrays import lengths_and_angles
from curiebreak.modes.built import BuiltChild
from curiebreak.results.basic import group_name
from curiebreak.structures import write_structure
from curiebreak.symmetry.parent import ParentCrystal

EXACT = 1e-5
"""Å; tolerance of the symmetry in written CIF files, so that small amplitudes survive."""


def series_paths(path: Path, count: int) -> list[Path]:
    """``child.cif`` for a series: ``child_00.cif``, ``child_01.cif`` and so on."""
    width = max(2, len(str(count - 1)))
    return [path.with_name(f"{path.stem}_{i:0{width}d}{path.suffix}") for i in range(count)]


def write_child(child: BuiltChild, path: str | os.PathLike[str]) -> None:
    """Write a built child in the format of the file name.

    Raises
    ------
    InputError
        Unknown format, a structure the format cannot hold, or a place that cannot be written.
    """
    write_structure(child.structure, path, EXACT, comments(child))


def comments(child: BuiltChild) -> Sequence[str]:
    """What a file says about how it was made."""
    parent = child.parent
    lines = [f"built by curiebreak from {parent.structure.formula}, {group_name(parent)}"]
    lines += parent_lines(parent)
    for mode in child.modes:
        for site, copy in zip(mode.sites, mode.copies, strict=True):
            where = "strain" if mode.kind == "strain" else f"on {site}"
            numbers = ",".join(f"{x + 0.0:.6g}" for x in copy.round(9))
            lines.append(f"{mode.label} {where}, components ({numbers})")
    return lines


def parent_lines(parent: ParentCrystal) -> list[str]:
    """The parent in its standard setting, in the words of ISODISTORT's files: group, cell, one atom of each orbit."""
    if parent.lattice is None:
        return []
    lattice = parent.standard_lattice
    parameters = lengths_and_angles(lattice @ lattice.T)
    cell = zip(("a", "b", "c", "alpha", "beta", "gamma"), parameters, strict=True)
    lines = [f"Space Group: {parent.number} {parent.symbol}"]
    lines.append("Lattice parameters: " + ", ".join(f"{name}= {value:.6f}" for name, value in cell))
    for atom in parent.first_atoms:
        place = parent.standard_places[atom]
        place = place - np.floor(place + 1e-9)
        lines.append(f"{parent.species[atom]} ({place[0]:.8f},{place[1]:.8f},{place[2]:.8f})")
    return lines
