"""TOPAS input of the child with its mode amplitudes as parameters, in the layout of ISODISTORT's ``.str`` files.

Each coordinate is ``x_i = x_i0 + delta_i`` with ``delta_i = sum_j c_ij A_j``; A_j are the amplitudes over the
child's primitive cell in Å, ``c_ij`` the unit displacement of mode j in fractions of the child's undistorted cell.
TOPAS refines the A_j; isopytools reads the same file for pair distribution functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.child_setting import StandardSetting
from curiebreak.modes.iso_cif import FreeSite, free_sites, full_label
from curiebreak.modes.mode_vectors import ModeVector, mode_vectors
from curiebreak.structures.cif_symbols import reference_symbols
from curiebreak.structures.transformation_text import number_text
from curiebreak.structures.write import cell_parameters

_AXES = "xyz"
_SILENT = 1e-7
"""Fractions per Å: smaller coefficients are rounding."""

_WIDEST = 2.0
"""Bounds of an amplitude around its value, Å: no distortion without a broken bond is larger."""


@dataclass(frozen=True, eq=False)
class TopasSite:
    """One site of the child as TOPAS names it.

    Attributes
    ----------
    name : str
        Element and running number; isopytools takes the element from its letters.
    site : FreeSite
    occupants : tuple of (str, float)
        Elements and occupancies.
    coefficients : ndarray (3, modes)
        Change of each coordinate for a unit amplitude.
    """

    name: str
    site: FreeSite
    occupants: tuple[tuple[str, float], ...]
    coefficients: FloatArray


def topas_text(analysis: Analysis) -> str:
    """Content of the ``.str`` file.

    Raises
    ------
    InputError
        For a molecule, or a child without a free coordinate.
    """
    setting = StandardSetting(analysis)
    modes = mode_vectors(analysis)
    if not modes:
        raise InputError("The child has no free coordinate, so TOPAS has no mode to refine.", "Use --isocif.")
    sites = moving_sites(setting, modes)
    amplitudes = np.array([mode.amplitude for mode in modes])
    parts = (_head(setting), _definitions(analysis, modes), _transformation(sites, amplitudes), _places(sites))
    return "".join(f"{line}\n" for part in parts for line in part)


def moving_sites(setting: StandardSetting, modes: Sequence[ModeVector]) -> list[TopasSite]:
    """The sites of the child with what each mode does to their coordinates."""
    analysis = setting.analysis
    child, atoms = analysis.distortion.child, analysis.distortion.child_atoms[analysis.original_atoms]
    changes = np.array([setting.displacement(mode.vectors) for mode in modes])
    counts = Counter[str]()
    found = []
    for site in free_sites(setting):
        content = child.contents[atoms[site.atom]]
        element = re.sub(r"[^A-Za-z]", "", next(iter(content)))
        counts[element] += 1
        name = f"{element}{counts[element]}"
        found.append(TopasSite(name, site, tuple(content.items()), changes[:, site.atom].T))
    return found


def _head(setting: StandardSetting) -> Iterator[str]:
    rotations, _ = setting.operations
    number = setting.group.number or 1
    symbol, _ = reference_symbols(number)
    yield "'Child structure with its symmetry modes; amplitudes in Angstrom over the primitive cell."
    yield "'Standard setting, origin choice 2, hexagonal axes, unique axis b."
    yield "\tstr"
    for name, value in zip(("a", "b", "c", "al", "be", "ga"), cell_parameters(setting.lattice, rotations), strict=True):
        yield f"\t\t{name} {value:.6f}"
    yield f'\t\t\'"{symbol}"'
    yield f"\t\tspace_group {number}"


def _definitions(analysis: Analysis, modes: Sequence[ModeVector]) -> Iterator[str]:
    yield "'{{{mode definitions"
    for number, mode in enumerate(modes, 1):
        low, high = mode.amplitude - _WIDEST, mode.amplitude + _WIDEST
        # the site irrep stands apart, as ISODISTORT writes it
        label = re.sub(r"(\[[^]]*\])(?=[^\[]*$)", r"\1 ", full_label(analysis, mode))
        yield f"\t\tprm !a{number} {mode.amplitude:.6f} min {low:.2f} max {high:.2f} '{label}"
    yield ""
    yield "'}}}"


def _transformation(sites: Sequence[TopasSite], amplitudes: FloatArray) -> Iterator[str]:
    yield "'{{{mode-amplitude to delta transformation"
    for one, axis, coefficients in _moving(sites):
        terms = [
            f"{'-' if c < 0 else '+'} {abs(c):.8f}*a{j}" for j, c in enumerate(coefficients, 1) if abs(c) > _SILENT
        ]
        value = float(coefficients @ amplitudes)
        yield f"\t\tprm {one.name}_d{_AXES[axis]} = {' '.join(terms)};: {value:.8f}"
    yield "'}}}"
    yield "'{{{distorted parameters"
    for one in sites:
        for axis in range(3):
            moves = np.abs(one.coefficients[axis]).max() > _SILENT
            start = number_text(one.site.position[axis])
            text = f"{start} + {one.name}_d{_AXES[axis]}" if moves else start
            value = round(float(one.site.position[axis] + one.coefficients[axis] @ amplitudes), 8) + 0.0
            yield f"\t\tprm {one.name}_{_AXES[axis]} = {text};: {value:.8f}"
    yield "'}}}"


def _moving(sites: Sequence[TopasSite]) -> Iterator[tuple[TopasSite, int, FloatArray]]:
    for one in sites:
        for axis in range(3):
            if np.abs(one.coefficients[axis]).max() > _SILENT:
                yield one, axis, one.coefficients[axis]


def _places(sites: Sequence[TopasSite]) -> Iterator[str]:
    yield "'{{{mode-dependent sites"
    for one in sites:
        place = " ".join(f"{axis} = {one.name}_{axis};" for axis in _AXES)
        content = " ".join(f"occ {element} {occupancy:.5f} beq 1" for element, occupancy in one.occupants)
        yield f"\t\tsite {one.name} {place} {content}"
    yield "'}}}"
