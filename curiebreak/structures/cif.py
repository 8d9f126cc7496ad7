"""CIF and magCIF: the listed sites, expanded by the file's own symmetry operations."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from curiebreak.arrays import FloatArray, nearest_image
from curiebreak.errors import InputError
from curiebreak.structures.checks import Provenance, checked_lattice, structure_from_arrays
from curiebreak.structures.cif_numbers import cif_number, mended_number
from curiebreak.structures.cif_sites import Site, listed_sites
from curiebreak.structures.cif_symmetry import Sites, file_operations
from curiebreak.structures.cif_text import Block, read_blocks
from curiebreak.structures.elements import ISOTOPES
from curiebreak.structures.magnetic_group import magnetic_message
from curiebreak.structures.model import Precision, Structure
from curiebreak.structures.operations import orbit, turned_uncertainties
from curiebreak.structures.precision import stated_precision

_LENGTHS = ("_cell_length_a", "_cell_length_b", "_cell_length_c")
_ANGLES = ("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma")
_SUPERSPACE = (
    "_space_group_symop_ssg_operation_algebraic",
    "_space_group_symop_magn_ssg_operation_algebraic",
)

_WAVE_VECTOR = ("_cell_wave_vector_x", "_cell_wave_vector_y", "_cell_wave_vector_z")
_MAX_DENOMINATOR = 8


FORMULA_SHARE = 0.1
"""Part of an element's amount that sites and formula may differ by unsaid: refined occupancies, rounded formulas."""

LISTED_COPY = 2e-3
"""Å; a listed site this near to a symmetry copy of another is that copy: coordinates with four decimals."""


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
    block = one_block(text, source)
    return _structure(block, source)


def read_cif_blocks(text: str, source: Provenance) -> Iterator[Structure | InputError]:
    """Structure of every data block with sites, or why it has none, in order.

    Raises
    ------
    InputError
        Damaged syntax, or no block with sites.
    """
    for block in _blocks_with_sites(text, source):
        try:
            _check_block(block, source)
            yield _structure(block, source)
        except InputError as error:
            yield error


def _structure(block: Block, source: Provenance) -> Structure:
    cell = cell_of(block, source)
    sites = listed_sites(block, source)
    operations = file_operations(block, cell, _evidence(block, sites), source)
    moments = magnetic_message(block, cell)
    if moments:
        block.notes.append(moments)
    species: list[dict[str, float]] = []
    labels: list[str] = []
    positions: list[FloatArray] = []
    uncertainties: list[FloatArray] = []
    copies: dict[str, list[str]] = {}
    listed: list[bool] = []
    for site in sites:
        images, moved = orbit(site.position, operations, cell)
        if site.dotted and site.multiplicity not in (None, len(images)):
            raise InputError(
                f"Site {site.label} of {source.name} has no coordinates.", "Complete or remove that site."
            )
        original = _copied(site, images[0], species, positions, labels, listed, cell)
        if original is not None:
            copies.setdefault(original, []).append(site.label)
            continue
        if moved > 0.02:
            block.notes.append(f"site {site.label} moved by {moved:.3f} Å onto its special position")
        positions.extend(images)
        listed.extend([True, *[False] * (len(images) - 1)])
        uncertainties.extend(turned_uncertainties(site.uncertainty, images, operations))
        labels.extend([site.label] * len(images))
        species.extend([{site.element: site.occupancy}] * len(images))
    _compare_with_formula(block, species)
    for original, names in copies.items():
        block.notes.append(f"{', '.join(names)} listed beside {original}, of which symmetry makes it: left out")
    structure = structure_from_arrays(
        cell, species, np.array(positions), labels, provenance=source, messages=block.notes
    )
    structure = replace(structure, precision=written_precision(block, cell))
    stated = any(site.uncertainty.any() for site in sites)
    if not stated or len(structure) != len(uncertainties):
        return structure
    return replace(structure, uncertainties=np.array(uncertainties))


def _compare_with_formula(block: Block, species: Sequence[dict[str, float]]) -> None:
    """Say where the atoms are not those of the formula that the file states."""
    stated = _formula(block)
    found: dict[str, float] = {}
    for composition in species:
        for element, occupancy in composition.items():
            found[element] = found.get(element, 0.0) + occupancy
    common = [element for element in stated if found.get(element, 0.0) > 0.0 and stated[element] > 0.0]
    if not common:
        return
    scale = float(np.median([found[element] / stated[element] for element in common]))
    pairs = {e: (found.get(e, 0.0), scale * stated.get(e, 0.0)) for e in {**stated, **found}}
    wrong = [element for element, (ours, theirs) in pairs.items() if abs(ours - theirs) > FORMULA_SHARE * theirs]
    if wrong:
        atoms = ", ".join(f"{e} {found.get(e, 0.0) / scale:.4g} instead of {stated.get(e, 0.0):g}" for e in wrong)
        block.notes.append(f"the sites are not those of the stated formula: {atoms}")


def _formula(block: Block) -> dict[str, float]:
    """Amount of each element in the formula that a file states; deuterium is hydrogen."""
    amounts: dict[str, float] = {}
    text = block.text("_chemical_formula_sum") or ""
    for name, amount in re.findall(r"([A-Z][a-z]?)\s*(\d+(?:\.\d+)?)?", text):
        element = ISOTOPES.get(name, name)
        amounts[element] = amounts.get(element, 0.0) + float(amount or 1.0)
    return amounts


def written_precision(block: Block, cell: FloatArray) -> Precision:
    """Written decimals of coordinates, cell and occupancies."""
    columns = [block.column(f"_atom_site_fract_{axis}") for axis in "xyz"]
    return stated_precision(
        cell,
        coordinates=[text for column in columns for text in column],
        cell=[block.text(tag) or "90" for tag in (*_LENGTHS, *_ANGLES)],
        occupancies=block.column("_atom_site_occupancy"),
    )


def _copied(
    site: Site,
    position: FloatArray,
    species: Sequence[dict[str, float]],
    positions: Sequence[FloatArray],
    labels: Sequence[str],
    listed: Sequence[bool],
    cell: FloatArray,
) -> str | None:
    """Label of the site of the same element and occupancy that symmetry already put here.

    Parts of one site that are listed at the same coordinates (two valences of an element) are no copies.
    """
    same = [i for i, one in enumerate(species) if one == {site.element: site.occupancy}]
    if not same:
        return None
    difference = np.array([positions[i] for i in same]) - position
    squares = ((nearest_image(difference) @ cell) ** 2).sum(axis=1)
    nearest = int(np.argmin(squares))
    if squares[nearest] >= LISTED_COPY**2 or (listed[same[nearest]] and site.occupancy < 1.0):
        return None
    return labels[same[nearest]]


def _evidence(block: Block, sites: list[Site]) -> Sites:
    counts = [site.multiplicity for site in sites]
    known = tuple(count for count in counts if count is not None)
    units = cif_number(block.text("_cell_formula_units_Z") or "?")
    formula = {element: amount * units for element, amount in _formula(block).items()} if units > 0 else None
    return Sites(
        np.array([site.position for site in sites]),
        tuple(site.element for site in sites),
        known if len(known) == len(counts) else (),
        formula,
    )


def one_block(text: str, source: Provenance) -> Block:
    """The first data block with sites, checked and mended."""
    with_sites = _blocks_with_sites(text, source)
    chosen = with_sites[0]
    if len(with_sites) > 1:
        chosen.notes.append(f"{len(with_sites)} data blocks hold sites; the first is used")
    _check_block(chosen, source)
    if chosen.column("_atom_site_moment_label"):
        _mend_numbers(chosen)
    return chosen


def _mend_numbers(block: Block) -> None:
    """Numbers of a magnetic CIF with slips of the pen that leave no doubt, such as ``-3.11.`` or ``5..888``."""
    moments = [tag for tag in block.columns if tag.startswith("_atom_site_moment_crystalaxis_")]
    for tag in (*_LENGTHS, *_ANGLES, *(f"_atom_site_fract_{axis}" for axis in "xyz"), *moments):
        values = block.columns.get(tag, [])
        for row, text in enumerate(values):
            new = mended_number(text)
            if new is not None:
                values[row] = new
                block.notes.append(f"the number {text} ({tag}) is read as {new}")


def _blocks_with_sites(text: str, source: Provenance) -> list[Block]:
    with_sites = [b for b in read_blocks(text, source) if b.column("_atom_site_fract_x")]
    if not with_sites:
        raise InputError(
            f"There are no atom sites with fractional coordinates in {source.name}.",
            "Give a CIF with an _atom_site loop.",
        )
    return with_sites


def _check_block(block: Block, source: Provenance) -> None:
    """Refuse modulated structures."""
    if any(map(block.column, (*_SUPERSPACE, *_WAVE_VECTOR))):
        raise _modulated(block, source)


def _modulated(block: Block, source: Provenance) -> InputError:
    """Name the wave vectors of a modulated structure and the nearest commensurate ones."""
    columns = [block.column(tag) for tag in _WAVE_VECTOR]
    count = max(map(len, columns))
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
    value = cif_number(text)
    return value if np.isfinite(value) else 0.0


def cell_of(block: Block, source: Provenance) -> FloatArray:
    """Cell of a block: rows (3, 3), Å."""
    lengths = [cif_number(block.text(tag) or "?") for tag in _LENGTHS]
    angles = [cif_number(block.text(tag) or "90") for tag in _ANGLES]
    if not np.isfinite(lengths).all() or not np.isfinite(angles).all():
        raise InputError(
            f"The unit cell of {source.name} is incomplete or not a number.",
            "Give _cell_length_a … _cell_angle_gamma.",
        )
    return checked_lattice(lattice_from_parameters(lengths, angles), source)


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
