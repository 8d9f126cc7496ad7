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
from itertools import product
from typing import Protocol

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.fields import strain_tensor
from curiebreak.letter_sums import sum_text
from curiebreak.modes.analysis import Analysis
from curiebreak.modes.child_setting import ChildSetting, StandardSetting
from curiebreak.modes.mode_vectors import FreeModes, ModeVector, mode_vectors
from curiebreak.modes.site_modes import standard_frame
from curiebreak.structures.cif_symbols import reference_symbols
from curiebreak.structures.model import VACANCY
from curiebreak.structures.operations import triplet
from curiebreak.structures.transformation_text import number_text, transformation_text
from curiebreak.structures.write import cell_lines
from curiebreak.symmetry.irrep_names import split_name
from curiebreak.symmetry.site_freedom import first_of_orbits, free_rows
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
        lines += [*mode_loop("displacive", modes, setting.analysis), *_matrix(setting, sites, modes)]
    return [*lines, *_coordinates(setting, sites)]


def free_sites(setting: ChildSetting, vacant: bool = False) -> list[FreeSite]:
    """The sites of the child, first atoms in the order of the child's file; empty ones only where they are wanted."""
    rotations, _ = setting.operations
    images = setting.permutations
    child = setting.analysis.distortion.child
    atoms = setting.analysis.distortion.child_atoms[setting.analysis.original_atoms]
    labels: set[str] = set()
    found = []
    for atom, length in first_of_orbits(images, np.argsort(atoms)):
        name = child.labels[atoms[atom]] if child.labels else child.species[atoms[atom]]
        if child.species[atoms[atom]] == VACANCY:
            if not vacant:
                continue
            name = setting.analysis.group.field.site_names[atom]
        patterns, pivots = free_rows(rotations[images[:, atom] == atom].mean(axis=0))
        found.append(
            FreeSite(
                atom=atom,
                label=_unique(name.split("/")[0].replace("_", ""), labels),
                multiplicity=length * len(setting.centrings),
                position=setting.undistorted[atom] - np.floor(setting.undistorted[atom] + 1e-6),
                patterns=patterns,
                pivots=pivots,
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
            content = dict(child.contents[atoms[site.atom]])
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
        rows = self._changed()
        if not rows or len(rows) != len(self.modes):
            return ["", "_iso_occupancymode_number 0"]
        labels, atoms, columns, occupancies = zip(*rows, strict=True)
        # delta = M n A: columns of largest element 1, the norm beside them
        matrix = np.array([mode.vectors[atoms, columns] for mode in self.modes]).T
        norms = np.abs(matrix).max(axis=0)
        changes = analysis.group.field.occupation[atoms, columns]
        undistorted = map(number_text, occupancies - changes)
        lines = ["", f"_iso_occupancymode_number {len(self.modes)}", *mode_loop("occupancy", self.modes, analysis)]
        lines += [*norm_loop("occupancy", norms), *loop_head("deltaoccupancy", "ID", "label", "value")]
        given = enumerate(zip(labels, changes, strict=True), 1)
        lines += [f"{i} {label}_do {change:.8f}" for i, (label, change) in given]
        lines += loop_head("occupancy", "label", "formula")
        lines += [f'{label}_occ "{start} + {label}_do"' for label, start in zip(labels, undistorted, strict=True)]
        lines += ["# matrix conversion: deltaoccupancies = matrix.(modeamplitudes*modenorms)"]
        return [*lines, *matrix_loop("occupancy", matrix / norms)]

    def _changed(self) -> list[tuple[str, int, int, float]]:
        """Label, atom, column of its element and occupancy of each occupant that a mode changes."""
        elements = self.setting.analysis.distortion.occupation_elements
        return [
            (label, site.atom, elements.index(element), occupancy)
            for site, occupants in zip(self.sites, self.occupants, strict=True)
            for label, element, occupancy in occupants
            if element in elements and self._changes(site.atom, elements.index(element))
        ]


def _form(site: FreeSite) -> str:
    """``Dx,Dx,0``: how the site's own symmetry ties the changes of its coordinates."""
    letters = [f"D{_AXES[pivot]}" for pivot in site.pivots]
    return ",".join(sum_text(zip(factors, letters, strict=True)) for factors in site.patterns.T.tolist())


def _strain_modes(setting: ChildSetting) -> list[str]:
    """Strains of the parent as ``E = M n A``, E in Voigt's order with doubled shears."""
    analysis = setting.analysis
    modes = FreeModes(analysis).strain
    lines = ["", f"_iso_strainmode_number {len(modes)}"]
    if not modes:
        return lines
    lines += mode_loop("strain", modes, analysis)
    frame = standard_frame(analysis.parent)
    # a second-rank tensor turns as F e F^T into the frame that ISODISTORT writes strains in
    columns = np.array([_voigt(frame @ strain_tensor(mode.vectors) @ frame.T) for mode in modes]).T
    norms = np.abs(columns).max(axis=0)
    lines += [*norm_loop("strain", norms), *loop_head("strain", "ID", "label", "value")]
    whole = _voigt(frame @ analysis.group.field.strain @ frame.T)
    lines += [f"{i} E_{i} {value + 0.0:.8f}" for i, value in enumerate(np.round(whole, 8), 1)]
    lines += ["# matrix conversion: strains(parent, Cartesian, a along x, Voigt) = matrix.(modeamplitudes*modenorms)"]
    return [*lines, *matrix_loop("strain", columns / norms)]


def _voigt(strain: FloatArray) -> FloatArray:
    """E_1 to E_6: xx, yy, zz, 2 yz, 2 xz, 2 xy."""
    return np.array([*np.diag(strain), 2 * strain[1, 2], 2 * strain[0, 2], 2 * strain[0, 1]])


def loop_head(kind: str, *tags: str) -> list[str]:
    """The first lines of a loop: ``_iso_KIND_TAG`` for each column."""
    return ["loop_", *(f"_iso_{kind}_{tag}" for tag in tags)]


def mode_loop(kind: str, modes: list[ModeVector], analysis: Analysis) -> list[str]:
    """Labels and amplitudes."""
    rows = [f'{i} "{full_label(analysis, mode)}" {mode.amplitude + 0.0:.8f}' for i, mode in enumerate(modes, 1)]
    return [*loop_head(f"{kind}mode", "ID", "label", "value"), *rows]


def norm_loop(kind: str, norms: FloatArray, digits: int = 8) -> list[str]:
    """What one unit of each column of the matrix is."""
    rows = [f"{i} {norm:.{digits}f}" for i, norm in enumerate(norms, 1)]
    return [*loop_head(f"{kind}modenorm", "ID", "value"), *rows]


def matrix_loop(kind: str, matrix: FloatArray, digits: int = 8) -> list[str]:
    """The elements that are not zero."""
    places = np.argwhere(np.abs(matrix) > _SMALL).tolist()
    rows = [f"{row + 1} {column + 1} {matrix[row, column]:.{digits}f}" for row, column in places]
    return [*loop_head(f"{kind}modematrix", "row", "col", "value"), *rows]


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
    words = "# matrix conversion: deltacoords(lattice units) = matrix.(modeamplitudes*modenorms)"
    return [*norm_loop("displacive", norms), words, *matrix_loop("displacive", matrix)]


def _coordinates(setting: WrittenAxes, sites: list[FreeSite]) -> list[str]:
    changes = setting.displacement(setting.analysis.group.field.displacements)
    free = [(site, axis) for site in sites for axis in site.pivots]
    lines = []
    if free:
        lines += [f"_iso_deltacoordinate_number {len(free)}", *loop_head("deltacoordinate", "ID", "label", "value")]
        for number, (site, axis) in enumerate(free, 1):
            lines.append(f"{number} {site.label}_d{_AXES[axis]} {changes[site.atom][axis]:.8f}")
    lines += loop_head("coordinate", "label", "formula")
    places = product(sites, range(3))
    return lines + [f'{site.label}_{_AXES[axis]} "{_formula(site, axis)}"' for site, axis in places]


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
