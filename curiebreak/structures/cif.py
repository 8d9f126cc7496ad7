"""CIF and magCIF: the listed sites, expanded by the file's own symmetry operations."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product, zip_longest

import numpy as np

from curiebreak.arrays import FloatArray, summed
from curiebreak.errors import InputError, refuse
from curiebreak.structures.checks import OCCUPANCY_SLACK, Provenance, checked_lattice, structure_from_arrays
from curiebreak.structures.cif_numbers import cif_number, mended_number
from curiebreak.structures.cif_sites import FRACTIONS, Site, listed_sites
from curiebreak.structures.cif_symmetry import REFUSED, Sites, file_operations
from curiebreak.structures.cif_text import Block, read_blocks
from curiebreak.structures.elements import ISOTOPES
from curiebreak.structures.magnetic_group import magnetic_messages
from curiebreak.structures.model import Precision, Structure
from curiebreak.structures.neighbours import squares_apart
from curiebreak.structures.operations import Operations, orbit, turned_uncertainties
from curiebreak.structures.precision import LARGEST_STEP, stated_precision, written_step

_CELL = {
    **dict.fromkeys(("_cell_length_a", "_cell_length_b", "_cell_length_c"), "?"),
    **dict.fromkeys(("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"), "90"),
}
"""Tags of a cell, and what they say unsaid."""

_SUPERSPACE = (
    "_space_group_symop_ssg_operation_algebraic",
    "_space_group_symop_magn_ssg_operation_algebraic",
)

_WAVE_VECTOR = ("_cell_wave_vector_x", "_cell_wave_vector_y", "_cell_wave_vector_z")
_CARTESIAN = ("_atom_site_cartn_x", "_atom_site_cartn_y", "_atom_site_cartn_z")
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
    block.notes.extend(magnetic_messages(block, cell))
    atoms = _laid_out(sites, operations, cell, source)
    if atoms.parts:
        added = _laid_out(sites, operations, cell, source, add_parts=True)
        atoms = min(atoms, added, key=lambda one: _misfit(block, one.species))
    block.notes.extend(atoms.notes)
    _compare_with_formula(block, atoms.species)
    added_or_not = "its occupancy is added, as in the stated formula" if atoms.parts_added else "left out"
    for beside, told in ((atoms.copies, "left out"), (atoms.parts, added_or_not)):
        for original, names in beside.items():
            block.notes.append(f"{', '.join(names)} listed beside {original}, of which symmetry makes it: {told}")
    structure = structure_from_arrays(
        cell, atoms.species, np.array(atoms.positions), atoms.labels, provenance=source, messages=block.notes
    )
    structure = replace(structure, precision=written_precision(block, cell))
    stated = any(site.uncertainty.any() for site in sites)
    if not stated or len(structure) != len(atoms.uncertainties):
        return structure
    return replace(structure, uncertainties=np.array(atoms.uncertainties))


@dataclass
class _LaidOut:
    """The atoms of the cell as symmetry makes them of the listed sites.

    Attributes
    ----------
    copies : dict of str to list of str
        Label of a site -> labels of those that symmetry makes of it.
    parts : dict of str to list of str
        The same of sites so little occupied that they may be other parts of the site.
    parts_added : bool
        Whether they are taken for that, and are among the atoms.
    """

    species: list[dict[str, float]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    positions: list[FloatArray] = field(default_factory=list)
    uncertainties: list[FloatArray] = field(default_factory=list)
    listed: list[bool] = field(default_factory=list)
    copies: dict[str, list[str]] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    parts_added: bool = False


def _laid_out(
    sites: Sequence[Site],
    operations: Operations,
    cell: FloatArray,
    source: Provenance,
    *,
    add_parts: bool = False,
) -> _LaidOut:
    """Images of all sites; a site that is a copy of another is left out, or with `add_parts` a part beside it."""
    atoms = _LaidOut(parts_added=add_parts)
    for site in sites:
        images, moved = orbit(site.position, operations, cell)
        if site.dotted and site.multiplicity not in (None, len(images)):
            raise InputError(f"Site {site.label} of {source.name} has no coordinates.", "Complete or remove that site.")
        original, occupied = _copied(site, images[0], atoms, cell)
        if original is not None:
            part = occupied + site.occupancy <= 1.0 + OCCUPANCY_SLACK
            (atoms.parts if part else atoms.copies).setdefault(original, []).append(site.label)
            if not (part and add_parts):
                continue
        if moved > 0.02:
            atoms.notes.append(f"site {site.label} moved by {moved:.3f} Å onto its special position")
        atoms.positions.extend(images)
        atoms.listed.extend([True, *[False] * (len(images) - 1)])
        atoms.uncertainties.extend(turned_uncertainties(site.uncertainty, images, operations))
        atoms.labels.extend([site.label] * len(images))
        atoms.species.extend([{site.element: site.occupancy}] * len(images))
    return atoms


def _amounts(block: Block, species: Sequence[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Element -> its amount in the sites, brought to one formula unit, and in the formula that the file states."""
    stated, found = _formula(block), summed(pair for composition in species for pair in composition.items())
    common = [found[element] / stated[element] for element in stated if found.get(element) and stated[element]]
    if not common:
        return {}
    units = float(np.median(common))
    return {e: (found.get(e, 0.0) / units, stated.get(e, 0.0)) for e in {**stated, **found}}


def _misfit(block: Block, species: Sequence[dict[str, float]]) -> float:
    """Atoms that a formula unit has too many or too few."""
    return sum(abs(ours - theirs) for ours, theirs in _amounts(block, species).values())


def _compare_with_formula(block: Block, species: Sequence[dict[str, float]]) -> None:
    """Say where the atoms are not those of the formula that the file states."""
    amounts = _amounts(block, species).items()
    wrong = [(e, ours, theirs) for e, (ours, theirs) in amounts if abs(ours - theirs) > FORMULA_SHARE * theirs]
    if wrong:
        atoms = ", ".join(f"{element} {ours:.4g} instead of {theirs:g}" for element, ours, theirs in wrong)
        block.notes.append(f"the sites are not those of the stated formula: {atoms}")


def _formula(block: Block) -> dict[str, float]:
    """Amount of each element in the formula that a file states; deuterium is hydrogen."""
    named = re.findall(r"([A-Z][a-z]?)\s*(\d+(?:\.\d+)?)?", block.text("_chemical_formula_sum"))
    return summed((ISOTOPES.get(name, name), float(amount or 1.0)) for name, amount in named)


def written_precision(block: Block, cell: FloatArray) -> Precision:
    """Written decimals of coordinates, cell and occupancies."""
    return stated_precision(
        cell,
        coordinates=[text for tag in FRACTIONS for text in block.column(tag)],
        cell=_cell_texts(block),
        occupancies=block.column("_atom_site_occupancy"),
    )


def _copied(site: Site, position: FloatArray, atoms: _LaidOut, cell: FloatArray) -> tuple[str | None, float]:
    """Label of the site of the same element and occupancy that symmetry already put here, and the occupancy here.

    Parts of one site that are listed at the same coordinates (two valences of an element) are no copies.
    """
    same = [i for i, one in enumerate(atoms.species) if one == {site.element: site.occupancy}]
    if not same:
        return None, 0.0
    squares = squares_apart(cell, np.array([atoms.positions[i] for i in same]), position)
    nearest = int(np.argmin(squares))
    if squares[nearest] >= LISTED_COPY**2 or (atoms.listed[same[nearest]] and site.occupancy < 1.0):
        return None, 0.0
    return atoms.labels[same[nearest]], site.occupancy * int(np.sum(squares < LISTED_COPY**2))


def _evidence(block: Block, sites: list[Site]) -> Sites:
    units = cif_number(block.text("_cell_formula_units_Z"))
    return Sites(
        np.array([site.position for site in sites]),
        tuple(site.element for site in sites),
        tuple(site.multiplicity for site in sites),
        {element: amount * units for element, amount in _formula(block).items() if units > 0},
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
    for tag in (*_CELL, *FRACTIONS, *moments):
        values = block.columns.get(tag, [])
        for row, text in enumerate(values):
            new = mended_number(text)
            if new is not None:
                values[row] = new
                block.notes.append(f"the number {text} ({tag}) is read as {new}")


def _add_fractions(block: Block, source: Provenance) -> None:
    """Fractions for a block that lists Cartesian coordinates alone and states how they lie: ``x_Cartn = M x + v``.

    Without the matrix nothing says it: dictionaries and programs lay the axes in different ways.

    Raises
    ------
    InputError
        A matrix that is not one of the cell: ``M^T M`` is its metric.
    """
    terms = [cif_number(block.text(f"_atom_sites_cartn_tran_matrix_{i}{j}")) for i, j in product("123", repeat=2)]
    if block.column(FRACTIONS[0]) or not np.isfinite(terms).all():
        return
    matrix, cell = np.array(terms).reshape(3, 3), cell_of(block, source)
    edges = np.linalg.norm(cell, axis=1)
    wrong = np.abs(matrix.T @ matrix - cell @ cell.T) / np.outer(edges, edges)
    message = f"The matrix _atom_sites_Cartn_tran_matrix of {source.name} is not one of its cell."
    refuse((wrong.max() > REFUSED, message, "Correct it, or give fractional coordinates."), refusal=InputError)
    texts = np.array([block.filled(len(block.column(_CARTESIAN[0])), tag) for tag in _CARTESIAN])
    shift = [[cif_number(block.text(f"_atom_sites_cartn_tran_vector_{i}") or "0")] for i in "123"]
    fractions = np.linalg.solve(matrix, np.vectorize(cif_number, otypes=[float])(texts) - shift)
    decimals = 1 - round(math.log10(written_step(texts.flat) or LARGEST_STEP))  # an axis is up to ten times 1 Å
    for tag, row in zip(FRACTIONS, fractions, strict=True):
        block.columns[tag] = [f"{x:.{decimals}f}" for x in row]
    block.notes.append(
        "the fractional coordinates are those that _atom_sites_Cartn_tran_matrix makes of the Cartesian ones"
    )


def _blocks_with_sites(text: str, source: Provenance) -> list[Block]:
    blocks = read_blocks(text, source)
    for block in blocks:
        _add_fractions(block, source)
    with_sites = [block for block in blocks if block.column(FRACTIONS[0])]
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
    columns = map(block.column, _WAVE_VECTOR)
    written = [list(map(cif_number, texts)) for texts in zip_longest(*columns, fillvalue="0")]
    waves = np.nan_to_num(written, posinf=0.0, neginf=0.0)
    near = [[Fraction(float(x)).limit_denominator(_MAX_DENOMINATOR) for x in wave] for wave in waves]
    stated = "".join(f" (k = {', '.join(f'{x:.4g}' for x in wave)})" for wave in waves)
    hint = "Give a commensurate approximant"
    if near:
        cell = "x".join(str(math.lcm(*(x.denominator for x in along))) for along in zip(*near, strict=True))
        approximant = "; ".join(f"k = ({', '.join(map(str, wave))})" for wave in near)
        hint += f": the nearest is {approximant}, in a {cell} cell"
    return InputError(f"{source.name} describes an incommensurately modulated structure{stated}.", f"{hint}.")


def _cell_texts(block: Block) -> list[str]:
    """Three lengths and three angles as they are written."""
    return [block.text(tag) or unsaid for tag, unsaid in _CELL.items()]


def cell_of(block: Block, source: Provenance) -> FloatArray:
    """Cell of a block: rows (3, 3), Å."""
    numbers = list(map(cif_number, _cell_texts(block)))
    refuse(
        (
            not np.isfinite(numbers).all(),
            f"The unit cell of {source.name} is incomplete or not a number.",
            "Give _cell_length_a … _cell_angle_gamma.",
        ),
        (
            min(numbers[:3]) < 0.0,  # would make the mirror image of the crystal
            f"A cell length of {source.name} is negative.",
            "Check _cell_length_a, _b and _c; they are in Å.",
        ),
        refusal=InputError,
    )
    return checked_lattice(lattice_from_parameters(numbers[:3], numbers[3:]), source)


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
