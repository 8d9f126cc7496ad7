"""CIF of the child with its symmetry modes, in the ``_iso_`` loops that ISODISTORT writes.

Programs that read them (TOPAS, GSAS-II, ISOVIZ) refine the mode amplitudes instead of the coordinates:
``delta_i = sum_j M_ij n_j A_j`` with delta the changes of the free coordinates (fractions of the child's cell),
A the amplitudes over the child's primitive cell in Å, n_j ``_iso_displacivemodenorm_value`` and M
``_iso_displacivemodematrix``. M is square: there are as many modes as free coordinates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.fields import strain_tensor
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.child_setting import ChildSetting, StandardSetting
from curiebreak.modes.mode_vectors import FreeModes, ModeVector, mode_vectors
from curiebreak.modes.site_modes import standard_frame
from curiebreak.structures.cif_symbols import reference_symbols
from curiebreak.structures.model import VACANCY
from curiebreak.structures.operations import triplet
from curiebreak.structures.transformation_text import number_text, transformation_text
from curiebreak.structures.write import cell_lines
from curiebreak.symmetry.direction_text import echelon
from curiebreak.symmetry.irrep_names import split_name
from curiebreak.symmetry.wyckoff import wyckoff_letters

_AXES = "xyz"
_SMALL = 1e-9


@dataclass(frozen=True, eq=False)
class FreeSite:
    """One site of the child: its first atom and the coordinates that its symmetry leaves free.

    Attributes
    ----------
    atom : int
        Index in the child's primitive cell.
    label : str
    multiplicity : int
        In the cell of the file.
    position : ndarray (3,)
        Undistorted, fractions of the child's cell.
    patterns : ndarray (f, 3)
        Row i: change of x, y, z when free coordinate i changes by 1.
    pivots : tuple of int
        The axis that carries each free coordinate.
    """

    atom: int
    label: str
    multiplicity: int
    position: FloatArray
    patterns: FloatArray
    pivots: tuple[int, ...]


def iso_cif_text(analysis: Analysis) -> str:
    """Content of the CIF.

    Raises
    ------
    InputError
        For a molecule.
    """
    setting = StandardSetting(analysis)
    sites = free_sites(setting, vacant=bool(analysis.distortion.occupation_elements))
    contents = ContentTable(setting, sites)
    lines = ["# Child structure with its symmetry modes; amplitudes in Angstrom over the primitive cell."]
    lines += ["data_curiebreak-modes", *_head(setting), *_operations(setting), *_atoms(setting, sites, contents)]
    lines += ["", *displacive_lines(setting, sites, mode_vectors(analysis))]
    lines += ["", "_iso_magneticmode_number 0", "_iso_rotationalmode_number 0"]
    lines += [*contents.lines(), *_strain_modes(setting), *_parent_cell(setting)]
    return "\n".join(lines) + "\n"


class WrittenAxes(Protocol):
    """The axes in which loops of displacements are written."""

    @property
    def analysis(self) -> Analysis:
        """Of the distortion."""

    def displacement(self, cartesian: FloatArray) -> FloatArray:
        """Cartesian vectors (..., 3) in the parent's frame as fractions of the undistorted axes."""


def displacive_lines(setting: WrittenAxes, sites: list[FreeSite], modes: list[ModeVector]) -> list[str]:
    """The loops of displacements: modes, their norms, their matrix, and the coordinates."""
    lines = [f"_iso_displacivemode_number {len(modes)}"]
    if modes:
        lines += [*_mode_loop("displacive", modes, setting.analysis), *_matrix(setting, sites, modes)]
    return [*lines, *_coordinates(setting, sites)]


def free_sites(setting: ChildSetting, vacant: bool = False) -> list[FreeSite]:
    """The sites of the child, first atoms in the order of the child's file; empty ones only where they are wanted."""
    rotations, _ = setting.operations
    images = setting.permutations
    child = setting.analysis.distortion.child
    atoms = setting.analysis.distortion.child_atoms[setting.analysis.original_atoms]
    sites = setting.analysis.group.field.site
    seen: set[int] = set()
    labels: set[str] = set()
    found = []
    for atom in np.argsort(atoms).tolist():
        if atom in seen:
            continue
        orbit = {int(i) for i in images[:, atom]}
        seen |= orbit
        if child.species[atoms[atom]] == VACANCY and not vacant:
            continue
        # (13): the mean over the site group projects on the shifts that it leaves alone; each row of their echelon
        # form has one free coordinate
        average = rotations[images[:, atom] == atom].mean(axis=0)
        free = np.linalg.matrix_rank(average, tol=1e-6)
        basis = np.linalg.svd(average)[0][:, :free].T
        patterns = echelon(basis) if free else np.zeros((0, 3))
        name = child.labels[atoms[atom]] if child.labels else child.species[atoms[atom]]
        if child.species[atoms[atom]] == VACANCY:
            name = setting.analysis.parent.site_names[setting.analysis.parent.site_orbits[sites[atom]]]
        found.append(
            FreeSite(
                atom=atom,
                label=_unique(name.split("/")[0].replace("_", ""), labels),
                multiplicity=len(orbit) * len(setting.centrings),
                position=setting.undistorted[atom] - np.floor(setting.undistorted[atom] + 1e-6),
                patterns=patterns,
                pivots=tuple(int(np.flatnonzero(np.abs(row) > 1e-6)[0]) for row in patterns),
            )
        )
    return found


def _unique(name: str, taken: set[str]) -> str:
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name}b{number}" if name[-1:].isdigit() else f"{name}{number}"
    taken.add(label)
    return label


def _head(setting: StandardSetting) -> list[str]:
    rotations, _ = setting.operations
    number = setting.group.number or 1
    symbol, hall = reference_symbols(number)
    return [
        *cell_lines(setting.lattice, rotations),
        f"_symmetry_space_group_name_H-M '{symbol}'",
        f"_space_group_name_H-M_alt '{symbol}'",
        f"_symmetry_Int_Tables_number {number}",
        f"_space_group_IT_number {number}",
        f"_space_group.reference_setting '{number:03d}:{hall}'",
        "_space_group.transform_Pp_abc a,b,c;0,0,0",
    ]


def _parent_cell(setting: StandardSetting) -> list[str]:
    """The parent in its standard setting, and the way from there to the child."""
    parent = setting.analysis.parent
    # rows are axes: they turn with the inverse transpose of what coordinates turn with
    conventional = parent.standard_lattice
    lines = [f"_iso_parent_space_group '{parent.symbol}'"]
    # cell_lines writes the same six numbers under the CIF's own names; the metric needs no average
    cell = cell_lines(conventional, np.eye(3, dtype=np.int64)[None])
    lines += [line.replace("_cell_", "_iso_parentcell_") for line in cell]
    return [*lines, f"_iso_parent-to-child.transform_Pp_abc '{_transformation(setting)}'"]


def _transformation(setting: StandardSetting) -> str:
    """``a-c,2b,a+c;0,0,1/2``: axes of the child in those of the parent, and its origin there."""
    return transformation_text(np.array(setting.group.basis), np.array(setting.group.origin))


def _operations(setting: ChildSetting) -> list[str]:
    rotations, translations = setting.operations
    lines = ["loop_", "_space_group_symop_id", "_space_group_symop_operation_xyz"]
    number = 0
    for shift in setting.centrings:
        for rotation, translation in zip(rotations, translations, strict=True):
            # each operation once with every centring, translations in [0, 1)
            moved = translation + shift
            number += 1
            lines.append(f"{number} '{triplet(rotation, moved - np.floor(moved + 1e-6))}'")
    return lines


def _atoms(setting: StandardSetting, sites: list[FreeSite], contents: ContentTable) -> list[str]:
    changes = setting.displacement(setting.analysis.group.field.displacements)
    letters = wyckoff_letters(setting.group.number or 1, setting.lattice, [site.position for site in sites])
    tags = ("label", "type_symbol", "symmetry_multiplicity", "Wyckoff_symbol", *(f"fract_{axis}" for axis in _AXES))
    lines = ["loop_", *(f"_atom_site_{tag}" for tag in (*tags, "occupancy", "fract_symmform"))]
    for number, (site, letter) in enumerate(zip(sites, letters, strict=True)):
        x, y, z = site.position + changes[site.atom]
        for label, element, occupancy in contents.occupants[number]:
            place = f"{site.multiplicity} {letter or '?'} {x:.8f} {y:.8f} {z:.8f} {occupancy:.5f}"
            lines.append(f"{label} {element} {place} {_form(site)}")
    return lines


@dataclass(frozen=True, eq=False)
class ContentTable:
    """Who occupies the sites of the child, and the modes by which the occupancies may change.

    Attributes
    ----------
    setting : StandardSetting
    sites : list of FreeSite
    """

    setting: StandardSetting
    sites: list[FreeSite]

    @cached_property
    def modes(self) -> list[ModeVector]:
        """Free changes of occupancy; those of the empty part of a site say nothing that the others do not."""
        elements = self.setting.analysis.distortion.occupation_elements
        columns = [element != VACANCY for element in elements]
        kept = {site.atom for site in self.sites}
        found = []
        for mode in FreeModes(self.setting.analysis).occupation:
            rows = np.array([mode.vectors[atom] for atom in sorted(kept)])
            if np.abs(rows[:, columns]).max(initial=0.0) > _SMALL:
                found.append(mode)
        return found

    @cached_property
    def occupants(self) -> list[list[tuple[str, str, float]]]:
        """Label, element and occupancy of each occupant of each site, those included that a mode brings in."""
        analysis = self.setting.analysis
        child, atoms = analysis.distortion.child, analysis.distortion.child_atoms[analysis.original_atoms]
        taken = {site.label for site in self.sites}
        found = []
        for site in self.sites:
            index = atoms[site.atom]
            content = dict(child.occupancies[index]) if child.occupancies else {child.species[index]: 1.0}
            for column, element in enumerate(analysis.distortion.occupation_elements):
                if self._changes(site.atom, column):
                    content.setdefault(element, 0.0)
            content.pop(VACANCY, None)
            # the first occupant has the label of the site, the others its element behind
            names = [(site.label, *next(iter(content.items())))] if content else []
            for element, occupancy in list(content.items())[1:]:
                names.append((_unique(f"{site.label}{element}", taken), element, occupancy))
            found.append(names)
        return found

    def _changes(self, atom: int, column: int) -> bool:
        return any(abs(mode.vectors[atom, column]) > _SMALL for mode in self.modes)

    def lines(self) -> list[str]:
        """The loops of occupancies: ``delta = M n A``, a row for each occupant that a mode changes."""
        analysis = self.setting.analysis
        elements = analysis.distortion.occupation_elements
        rows = [
            (label, site.atom, elements.index(element), occupancy)
            for site, occupants in zip(self.sites, self.occupants, strict=True)
            for label, element, occupancy in occupants
            if element in elements and self._changes(site.atom, elements.index(element))
        ]
        lines = ["", f"_iso_occupancymode_number {len(self.modes)}"]
        if not rows or len(rows) != len(self.modes):
            return ["", "_iso_occupancymode_number 0"]
        # delta = M n A: columns of largest element 1, the norm beside them
        matrix = np.array([[mode.vectors[atom, column] for mode in self.modes] for _, atom, column, _ in rows])
        norms = np.abs(matrix).max(axis=0)
        changes = [float(analysis.group.field.occupation[atom, column]) for _, atom, column, _ in rows]
        lines += _mode_loop("occupancy", self.modes, analysis)
        lines += ["loop_", "_iso_occupancymodenorm_ID", "_iso_occupancymodenorm_value"]
        lines += [f"{i} {norm:.8f}" for i, norm in enumerate(norms, 1)]
        lines += ["loop_", *(f"_iso_deltaoccupancy_{tag}" for tag in ("ID", "label", "value"))]
        lines += [f"{i} {row[0]}_do {change:.8f}" for i, (row, change) in enumerate(zip(rows, changes, strict=True), 1)]
        lines += ["loop_", "_iso_occupancy_label", "_iso_occupancy_formula"]
        for (label, _, _, occupancy), change in zip(rows, changes, strict=True):
            lines.append(f'{label}_occ "{number_text(occupancy - change)} + {label}_do"')
        lines += ["# matrix conversion: deltaoccupancies = matrix.(modeamplitudes*modenorms)"]
        return [*lines, *_matrix_lines("occupancy", matrix / norms)]


def _form(site: FreeSite) -> str:
    """``Dx,Dx,0``: how the site's own symmetry ties the changes of its coordinates."""
    parts = []
    for axis in range(3):
        text = ""
        for pattern, pivot in zip(site.patterns, site.pivots, strict=True):
            factor = float(pattern[axis])
            if abs(factor) > 1e-6:
                size = "" if abs(abs(factor) - 1) < 1e-6 else f"{abs(factor):g}"
                text += ("-" if factor < 0 else "+" if text else "") + f"{size}D{_AXES[pivot]}"
        parts.append(text or "0")
    return ",".join(parts)


def _strain_modes(setting: ChildSetting) -> list[str]:
    """Strains of the parent as ``E = M n A``, E in Voigt's order with doubled shears."""
    analysis = setting.analysis
    modes = FreeModes(analysis).strain
    lines = ["", f"_iso_strainmode_number {len(modes)}"]
    if not modes:
        return lines
    lines += _mode_loop("strain", modes, analysis)
    frame = standard_frame(analysis.parent)
    # a second-rank tensor turns as F e F^T into the frame that ISODISTORT writes strains in
    columns = np.array([_voigt(frame @ strain_tensor(mode.vectors) @ frame.T) for mode in modes]).T
    norms = np.abs(columns).max(axis=0)
    lines += ["loop_", "_iso_strainmodenorm_ID", "_iso_strainmodenorm_value"]
    lines += [f"{i} {norm:.8f}" for i, norm in enumerate(norms, 1)]
    lines += ["loop_", "_iso_strain_ID", "_iso_strain_label", "_iso_strain_value"]
    whole = _voigt(frame @ analysis.group.field.strain @ frame.T)
    lines += [f"{i} E_{i} {value + 0.0:.8f}" for i, value in enumerate(np.round(whole, 8), 1)]
    lines += ["# matrix conversion: strains(parent, Cartesian, a along x, Voigt) = matrix.(modeamplitudes*modenorms)"]
    return [*lines, *_matrix_lines("strain", columns / norms)]


def _voigt(strain: FloatArray) -> FloatArray:
    """E_1 to E_6: xx, yy, zz, 2 yz, 2 xz, 2 xy."""
    return np.array([*np.diag(strain), 2 * strain[1, 2], 2 * strain[0, 2], 2 * strain[0, 1]])


def _mode_loop(kind: str, modes: list[ModeVector], analysis: Analysis) -> list[str]:
    lines = ["loop_", *(f"_iso_{kind}mode_{tag}" for tag in ("ID", "label", "value"))]
    return lines + [f'{i} "{full_label(analysis, mode)}" {mode.amplitude:.8f}' for i, mode in enumerate(modes, 1)]


def full_label(analysis: Analysis, mode: ModeVector) -> str:
    """``Pm-3m[1/2,1/2,1/2]R4+(a,a,0)[O:d:dsp]Eu(a)``: ISODISTORT's long form."""
    symbol = str(analysis.parent.symbol).replace("_", "")
    rest = mode.label.removeprefix(mode.irrep)
    wave = ",".join(mode.kpoint or ())
    return f"{symbol}[{wave}]{split_name(mode.irrep)[0]}{mode.direction or ''}{rest}"


def mode_matrix(setting: WrittenAxes, sites: list[FreeSite], modes: list[ModeVector]) -> tuple[FloatArray, FloatArray]:
    """M (free coordinates, modes) with columns of largest element 1, and the norms n (modes,)."""
    columns = []
    for mode in modes:
        fractions = setting.displacement(mode.vectors)
        columns.append([fractions[site.atom][axis] for site in sites for axis in site.pivots])
    matrix = np.array(columns, dtype=float).reshape(len(modes), -1).T
    norms = np.abs(matrix).max(axis=0)
    return matrix / norms, norms


def _matrix(setting: WrittenAxes, sites: list[FreeSite], modes: list[ModeVector]) -> list[str]:
    matrix, norms = mode_matrix(setting, sites, modes)
    lines = ["loop_", "_iso_displacivemodenorm_ID", "_iso_displacivemodenorm_value"]
    lines += [f"{i} {norm:.8f}" for i, norm in enumerate(norms, 1)]
    lines += ["# matrix conversion: deltacoords(lattice units) = matrix.(modeamplitudes*modenorms)"]
    return [*lines, *_matrix_lines("displacive", matrix)]


def _matrix_lines(kind: str, matrix: FloatArray) -> list[str]:
    lines = ["loop_"] + [f"_iso_{kind}modematrix_{tag}" for tag in ("row", "col", "value")]
    for row, values in enumerate(matrix, 1):
        for column, value in enumerate(values, 1):
            if abs(value) > _SMALL:
                lines.append(f"{row} {column} {value:.8f}")
    return lines


def _coordinates(setting: WrittenAxes, sites: list[FreeSite]) -> list[str]:
    changes = setting.displacement(setting.analysis.group.field.displacements)
    free = [(site, axis) for site in sites for axis in site.pivots]
    lines = []
    if free:
        lines += [f"_iso_deltacoordinate_number {len(free)}", "loop_"]
        lines += [f"_iso_deltacoordinate_{tag}" for tag in ("ID", "label", "value")]
        for number, (site, axis) in enumerate(free, 1):
            lines.append(f"{number} {site.label}_d{_AXES[axis]} {changes[site.atom][axis]:.8f}")
    lines += ["loop_", "_iso_coordinate_label", "_iso_coordinate_formula"]
    for site in sites:
        for axis in range(3):
            lines.append(f'{site.label}_{_AXES[axis]} "{_formula(site, axis)}"')
    return lines


def _formula(site: FreeSite, axis: int) -> str:
    names = [f"{site.label}_d{_AXES[pivot]}" for pivot in site.pivots]
    factors = [float(pattern[axis]) for pattern in site.patterns]
    return changed(number_text(site.position[axis]), zip(factors, names, strict=True))


def changed(start: str, terms: Iterable[tuple[float, str]]) -> str:
    """``0.25000 + 2*O1_dx``: a number from its undistorted value and the free changes."""
    text = start
    for factor, name in terms:
        if abs(factor) > 1e-6:
            size = "" if abs(abs(factor) - 1) < 1e-6 else f"{abs(factor):.9g}*"
            text += f" {'-' if factor < 0 else '+'} {size}{name}"
    return text
