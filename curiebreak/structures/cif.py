"""CIF and magCIF: the listed sites, expanded by the file's own symmetry operations."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import gemmi
import numpy as np

from curiebreak.errors import InputError
from curiebreak.structures.checks import Provenance, structure_from_arrays
from curiebreak.structures.elements import element_of_label, plain_element
from curiebreak.structures.model import FloatArray, Structure
from curiebreak.structures.operations import (
    Operation,
    orbit,
    parse_operation,
    turned_uncertainties,
    with_centrings,
)

_LENGTHS = ("_cell_length_a", "_cell_length_b", "_cell_length_c")
_ANGLES = ("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma")
_OPERATIONS = (
    "_space_group_symop_operation_xyz",
    "_symmetry_equiv_pos_as_xyz",
    "_space_group_symop_magn_operation_xyz",
    "_space_group_symop_magn_operation.xyz",
    "_space_group_symop.magn_operation_xyz",
)
_CENTRINGS = (
    "_space_group_symop_magn_centering.xyz",
    "_space_group_symop_magn_centering_xyz",
    "_space_group_symop.magn_centering_xyz",
)
_HALL = ("_space_group_name_hall", "_symmetry_space_group_name_hall")
_SYMBOLS = (
    "_space_group_name_h-m_alt",
    "_symmetry_space_group_name_h-m",
    "_space_group_name_h-m_ref",
)
_NUMBERS = ("_space_group_it_number", "_symmetry_int_tables_number")
_SUPERSPACE = (
    "_space_group_symop_ssg_operation_algebraic",
    "_space_group_symop_magn_ssg_operation_algebraic",
)

_WAVE_VECTOR = ("_cell_wave_vector_x", "_cell_wave_vector_y", "_cell_wave_vector_z")
_MAX_DENOMINATOR = 8


@dataclass
class _Site:
    label: str
    element: str
    occupancy: float
    position: FloatArray
    uncertainty: FloatArray


@dataclass
class _Block:
    """Columns of one data block under normalised names (lower case, dots as underscores).

    The CIF nulls ``?`` and ``.`` are empty strings.
    """

    columns: dict[str, list[str]]
    notes: list[str] = field(default_factory=list)

    def column(self, *tags: str) -> list[str]:
        for tag in tags:
            values = self.columns.get(_normal(tag))
            if values:
                return values
        return []

    def text(self, *tags: str) -> str | None:
        for tag in tags:
            values = self.column(tag)
            if values and values[0]:
                return values[0]
        return None


def read_cif(text: str, source: Provenance) -> Structure:
    """Structure of the first data block with sites.

    Parameters
    ----------
    text : str
        Content of the file.
    source : Provenance
        Name for messages, path and hash for the record.

    Raises
    ------
    InputError
        Damaged syntax, no sites, unusable numbers, operations or elements.
    """
    block = _block_with_sites(text, source)
    cell = _cell(block, source)
    operations = _operations(block, source)
    sites = _sites(block, source)
    species: list[dict[str, float]] = []
    labels: list[str] = []
    positions: list[FloatArray] = []
    uncertainties: list[FloatArray] = []
    for site in sites:
        images, moved = orbit(site.position, operations, cell)
        if moved > 0.02:
            block.notes.append(f"site {site.label} moved by {moved:.3f} Å onto its special position")
        positions.extend(images)
        uncertainties.extend(turned_uncertainties(site.uncertainty, images, operations))
        labels.extend([site.label] * len(images))
        species.extend([{site.element: site.occupancy}] * len(images))
    structure = structure_from_arrays(
        cell, species, np.array(positions), labels, provenance=source, messages=block.notes
    )
    stated = any(site.uncertainty.any() for site in sites)
    if not stated or len(structure) != len(uncertainties):
        return structure
    return replace(structure, uncertainties=np.array(uncertainties))


def _normal(tag: str) -> str:
    return tag.lower().replace(".", "_")


def _block_with_sites(text: str, source: Provenance) -> _Block:
    try:
        document = gemmi.cif.read_string(text, check_level=0)  # a repeated tag is no reason to refuse
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else "syntax error"
        raise InputError(
            f"{source.name} is not a readable CIF ({reason}).", "Check the file, or export it again."
        ) from error
    blocks = [_columns(block) for block in document]
    with_sites = [b for b in blocks if b.column("_atom_site_fract_x")]
    if not with_sites:
        raise InputError(
            f"There are no atom sites with fractional coordinates in {source.name}.",
            "Give a CIF with an _atom_site loop.",
        )
    chosen = with_sites[0]
    if len(with_sites) > 1:
        chosen.notes.append(f"{len(with_sites)} data blocks hold sites; the first is used")
    if any(chosen.column(tag) for tag in (*_SUPERSPACE, *_WAVE_VECTOR)):
        raise _modulated(chosen, source)
    if any(tag.startswith("_atom_site_moment_") for tag in chosen.columns):
        chosen.notes.append("magnetic moments are ignored; only the atoms are read")
    return chosen


def _modulated(block: _Block, source: Provenance) -> InputError:
    """Name the wave vectors of a modulated structure and the nearest commensurate ones."""
    columns = [block.column(tag) for tag in _WAVE_VECTOR]
    count = max(len(column) for column in columns)
    waves = [[_number_or_zero(c[row]) if row < len(c) else 0.0 for c in columns] for row in range(count)]
    near = [[Fraction(x).limit_denominator(_MAX_DENOMINATOR) for x in wave] for wave in waves]
    stated = "".join(f" (k = {', '.join(f'{x:.4g}' for x in wave)})" for wave in waves)
    cell = [math.lcm(*(wave[axis].denominator for wave in near)) for axis in range(3)] if near else []
    approximant = "; ".join(f"k = ({', '.join(map(str, wave))})" for wave in near)
    return InputError(
        f"{source.name} describes an incommensurately modulated structure{stated}.",
        f"Give a commensurate approximant: the nearest is {approximant}, in a {'x'.join(map(str, cell))} cell."
        if near
        else "Give a commensurate approximant.",
    )


def _number_or_zero(text: str) -> float:
    value = gemmi.cif.as_number(text)
    return float(value) if np.isfinite(value) else 0.0


def _columns(block: gemmi.cif.Block) -> _Block:
    columns: dict[str, list[str]] = {}
    for item in block:
        pair: Any = item.pair
        if pair is not None:
            columns.setdefault(_normal(pair[0]), [gemmi.cif.as_string(pair[1])])
        elif item.loop is not None:
            width = len(item.loop.tags)
            values = [gemmi.cif.as_string(v) for v in item.loop.values]
            for index, tag in enumerate(item.loop.tags):
                columns.setdefault(_normal(tag), values[index::width])
    return _Block(columns)


def _number(text: str) -> float:
    """Read a CIF number; an esd in parentheses is dropped, ``1/3`` is a fraction, else NaN."""
    value = float(gemmi.cif.as_number(text))
    if math.isnan(value) and re.fullmatch(r"[+-]?\d+/\d+", text.strip()):
        return float(Fraction(text.strip()))
    return value


def _uncertainty(text: str) -> float:
    """Standard uncertainty in parentheses, in units of the number: 0.0005 for ``0.1234(5)``, else 0."""
    match = re.fullmatch(r"[+-]?\d*\.?(\d*)\((\d+)\)", text.strip())
    return int(match.group(2)) * 10.0 ** -len(match.group(1)) if match else 0.0


def _cell(block: _Block, source: Provenance) -> FloatArray:
    lengths = [_number(block.text(tag) or "?") for tag in _LENGTHS]
    angles = [_number(block.text(tag) or "90") for tag in _ANGLES]
    if not np.isfinite(lengths).all() or not np.isfinite(angles).all():
        raise InputError(
            f"The unit cell of {source.name} is incomplete or not a number.",
            "Give _cell_length_a … _cell_angle_gamma.",
        )
    return lattice_from_parameters(lengths, angles)


def lattice_from_parameters(lengths: list[float], angles: list[float]) -> FloatArray:
    """Cell with a along x and b in the xy plane.

    Parameters
    ----------
    lengths : list of float
        a, b, c in Å.
    angles : list of float
        alpha, beta, gamma in degrees.

    Returns
    -------
    ndarray (3, 3)
        Rows; a zero determinant if the angles are impossible.
    """
    cosines = [0.0 if abs(x - 90.0) < 1e-9 else math.cos(math.radians(x)) for x in angles]
    ca, cb, cg = cosines
    if abs(angles[2] - 120.0) < 1e-9:
        cg = -0.5
    sg = math.sqrt(max(1.0 - cg * cg, 0.0))
    height = (ca - cb * cg) / sg if sg > 0.0 else 0.0
    rest = math.sqrt(max(1.0 - cb * cb - height * height, 0.0))
    a, b, c = lengths
    return np.array([[a, 0.0, 0.0], [b * cg, b * sg, 0.0], [c * cb, c * height, c * rest]])


def _operations(block: _Block, source: Provenance) -> list[Operation]:
    try:
        listed = [parse_operation(t) for t in block.column(*_OPERATIONS) if t]
        centrings = [parse_operation(t) for t in block.column(*_CENTRINGS) if t]
    except ValueError as error:
        raise InputError(
            f"A symmetry operation of {source.name} cannot be read: {error}.", "Correct the operation."
        ) from error
    if listed:
        return with_centrings(listed, centrings)
    for reader in (_from_hall_symbol, _from_symbol, _from_number):
        found = reader(block)
        if found is not None:
            block.notes.append(f"symmetry operations taken from the space group {found[1]}")
            return _plain_operations(found[0])
    if any(block.text(tag) for tag in (*_HALL, *_SYMBOLS)):
        raise InputError(
            f"The space-group symbol of {source.name} is unknown and no operations are given.",
            "Add the symmetry operations to the file.",
        )
    block.notes.append("no symmetry operations given; the sites are taken as written (P1)")
    return [(np.eye(3), np.zeros(3))]


def _plain_operations(operations: gemmi.GroupOps) -> list[Operation]:
    every: Any = operations
    return [(np.array(op.rot) / op.DEN, np.array(op.tran) / op.DEN) for op in every]


def _from_hall_symbol(block: _Block) -> tuple[gemmi.GroupOps, str] | None:
    symbol = block.text(*_HALL)
    if symbol is None:
        return None
    try:
        return gemmi.symops_from_hall(symbol), symbol
    except (ValueError, RuntimeError):
        return None


def _from_symbol(block: _Block) -> tuple[gemmi.GroupOps, str] | None:
    alpha, gamma = (_number(block.text(tag) or "90") for tag in (_ANGLES[0], _ANGLES[2]))
    for tag in _SYMBOLS:
        symbol = block.text(tag)
        group: Any = gemmi.find_spacegroup_by_name(symbol, alpha, gamma) if symbol else None
        if group is not None:
            return _origin_choice(group, block, str(symbol))
    return None


def _from_number(block: _Block) -> tuple[gemmi.GroupOps, str] | None:
    number = block.text(*_NUMBERS)
    if number is None or not number.isdigit() or not 1 <= int(number) <= 230:
        return None
    return _origin_choice(gemmi.get_spacegroup_reference_setting(int(number)), block, number)


def _origin_choice(group: gemmi.SpaceGroup, block: _Block, symbol: str) -> tuple[gemmi.GroupOps, str]:
    """Pick the origin choice that puts more sites on special positions, when the file does not say."""
    if ":" in symbol or group.ext not in ("1", "2"):
        return group.operations(), group.xhm()
    choices = [gemmi.find_spacegroup_by_name(f"{group.hm}:{ext}") for ext in ("2", "1")]
    columns = [block.column(f"_atom_site_fract_{axis}") for axis in "xyz"]
    points = [np.array([_number(v) for v in row]) for row in zip(*columns, strict=False)]
    counts = []
    for choice in choices:
        operations = _plain_operations(choice.operations())
        counts.append(sum(len(orbit(p, operations, 8.0 * np.eye(3))[0]) for p in points))
    block.notes.append("the file names no origin choice; the one with more special positions is used")
    best = choices[int(np.argmin(counts))]
    return best.operations(), best.xhm()


def _sites(block: _Block, source: Provenance) -> list[_Site]:
    columns = [block.column(f"_atom_site_fract_{axis}") for axis in "xyz"]
    count = len(columns[0])
    labels = block.column("_atom_site_label") or block.column("_atom_site_type_symbol")
    types = block.column("_atom_site_type_symbol")
    occupancies = block.column("_atom_site_occupancy")
    flags = block.column("_atom_site_calc_flag")
    formula = re.findall(r"[A-Z][a-z]?", block.text("_chemical_formula_sum") or "")
    sites: list[_Site] = []
    for index in range(count):
        label = labels[index] if index < len(labels) else f"{index + 1}"
        if index < len(flags) and flags[index].lower() == "dum":
            continue
        occupancy = _occupancy(occupancies[index] if index < len(occupancies) else "", label, source)
        if occupancy == 0.0:
            block.notes.append(f"site {label} is empty (occupancy 0) and left out")
            continue
        element = _element(types[index] if index < len(types) else "", label, formula, source, block)
        values = [column[index] if index < len(column) else "" for column in columns]
        if not all(values):
            raise InputError(f"Site {label} of {source.name} has no coordinates.", "Complete or remove that site.")
        position, uncertainty = (np.array([f(v) for v in values]) for f in (_number, _uncertainty))
        sites.append(_Site(label, element, occupancy, position, uncertainty))
    if not sites:
        raise InputError(f"There are no atoms in {source.name}.", "Give a CIF with an _atom_site loop.")
    return sites


def _occupancy(text: str, label: str, source: Provenance) -> float:
    if not text:
        return 1.0
    value = _number(text)
    if math.isnan(value) or value < 0.0:
        raise InputError(
            f"The occupancy of {label} in {source.name} is not a number: {text}.", "Correct the occupancy."
        )
    return value


def _element(kind: str, label: str, formula: list[str], source: Provenance, block: _Block) -> str:
    given = kind or label
    element = plain_element(kind) or element_of_label(given, formula)
    if element is None:
        raise InputError(f"The element of site {label} in {source.name} is unknown.", "Add _atom_site_type_symbol.")
    letters = re.match(r"[A-Za-z]*", given)
    if letters and letters.group() in ("D", "T"):
        block.notes.append("deuterium and tritium are read as hydrogen")
    return element
