"""The parent: symmetrised primitive cell, its operations, and the way to the standard setting.

Frames: Cartesian vectors are in the frame of the file; fractional ones refer to the primitive
cell unless a name says otherwise. Operations act as ``x' = R x + t`` on columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, nearest_image
from curiebreak.errors import InputError, InternalError
from curiebreak.options.option_rules import require
from curiebreak.results.basic import group_name
from curiebreak.structures.model import Structure
from curiebreak.structures.precision import written_position
from curiebreak.structures.size import check_file
from curiebreak.structures.spacegroup import primitive_lattice, standard_symbol, symmetry_dataset
from curiebreak.symmetry.molecules import molecular_symmetry
from curiebreak.symmetry.origin_shifts import nearest_origin
from curiebreak.symmetry.primitive_cell import (
    UnsuitableCellError,
    identity_first,
    one_of_each,
    operations_in_file_cell,
    primitive_atoms,
    primitive_file_cell,
    species_numbers,
    symmetrised_lattice,
    symmetrised_positions,
)
from curiebreak.symmetry.primitive_cell import orbits as site_orbits_of
from curiebreak.symmetry.settings import origin_shift_to_standard, standard_hall_number, standard_operations
from curiebreak.transformation import Transformation

DEFAULT_SYMPREC = 0.01
"""Å; loose enough for coordinates printed with four decimals in cells of up to 25 Å."""

ROUNDING = 2.0 * 3.0**0.5
"""Units of the last decimal by which rounding moves one atom against the image of another: four times half a
unit in each of three components."""

MOST_MOVED = 0.9
"""Units of the last decimal that symmetrising moves a coordinate at most when rounding alone hid the symmetry: half
a unit of its own (two thirds where .666 is written), and some of the average. A whole unit is another number."""

LOOSER = 5.0
"""Ratio of the tolerance at which a parent that is nearly of a higher symmetry is noticed to the one used."""

MOLECULE_SYMPREC = 0.03
"""Å; two atoms printed with two decimals miss each other by up to 0.01 Å along each axis, 0.017 Å in all."""

_ORIGIN_TOLERANCE = 0.02


@dataclass(frozen=True, eq=False)
class ParentCrystal:
    """Symmetrised primitive parent with its group modulo lattice translations.

    Attributes
    ----------
    structure : Structure
        The parent as it was read.
    lattice : ndarray (3, 3) or None
        Rows: primitive cell in Å, Cartesian frame of the file; ``None`` for a molecule.
    species : tuple of str, length n_p
    frac : ndarray (n_p, 3)
        Fractional in `lattice`; for a molecule Cartesian in Å relative to `centre`.
    rotations, translations : ndarray (g, 3, 3) of int, (g, 3)
        ``x' = R x + t`` in primitive fractional coordinates (molecule: identity matrices, zeros).
    rotations_cartesian : ndarray (g, 3, 3)
    permutations : ndarray (g, n_p) of int
        Operation g moves atom i onto atom ``permutations[g, i]`` ...
    shifts : ndarray (g, n_p, 3) of int
        ... plus this lattice vector: ``R x_i + t = x_perm + shift``.
    site_orbits : ndarray (n_p,) of int
    site_names, wyckoffs : tuple of str
        One entry per orbit.
    number, symbol : int, str or None
        Space group; ``None`` for a molecule.
    to_standard : Transformation
        ``x_std = P x + p``: conventional cell, origin choice 2, hexagonal axes, unique axis b; nothing for a molecule.
    file_cell : ndarray (3, 3)
        ``file lattice = file_cell @ lattice``.
    point_group : str or None
        Schoenflies symbol of a molecule, filled in where labels are known.
    """

    structure: Structure
    lattice: FloatArray | None
    species: tuple[str, ...]
    frac: FloatArray
    rotations: IntArray
    translations: FloatArray
    rotations_cartesian: FloatArray
    permutations: IntArray
    shifts: IntArray
    site_orbits: IntArray
    site_names: tuple[str, ...]
    wyckoffs: tuple[str, ...]
    number: int | None
    symbol: str | None
    to_standard: Transformation
    file_cell: FloatArray
    symprec: float
    setting_is_own: bool
    centre: FloatArray
    point_group: str | None = None

    @property
    def is_molecule(self) -> bool:
        """True for a finite parent."""
        return self.lattice is None

    def restricted(self, kept: BoolArray) -> ParentCrystal:
        """The same crystal with a subgroup (g,) of its operations alone, which holds all lattice translations."""
        names = ("rotations", "translations", "rotations_cartesian", "permutations", "shifts")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    @property
    def n_operations(self) -> int:
        """Order of the parent group modulo its lattice."""
        return len(self.rotations_cartesian)

    @property
    def cartesian(self) -> FloatArray:
        """Positions (n_p, 3) in Å (molecule: relative to `centre`)."""
        return self.frac if self.lattice is None else self.frac @ self.lattice

    @property
    def standard_lattice(self) -> FloatArray:
        """Rows (3, 3): axes of the standard conventional cell, Å, Cartesian frame of the file."""
        return self.to_standard.axes(np.asarray(self.lattice))

    @property
    def standard_places(self) -> FloatArray:
        """Positions (n_p, 3) of the primitive cell's atoms, fractions of the standard cell."""
        return self.to_standard.points(self.frac)

    @property
    def first_atoms(self) -> IntArray:
        """The first atom of each site orbit (o,)."""
        return np.unique(self.site_orbits, return_index=True)[1]

    @property
    def site_species(self) -> tuple[str, ...]:
        """What stands on each site orbit."""
        return tuple(self.species[atom] for atom in self.first_atoms)

    @property
    def to_file(self) -> Transformation:
        """From the primitive axes to those of the file."""
        return Transformation.out_of(self.file_cell).inverse

    @property
    def origin_site(self) -> str | None:
        """Name of the site at the origin of the standard setting, if there is one."""
        if self.is_molecule:
            return None
        for atom, x in enumerate(self.standard_places):
            # modulo the primitive lattice
            if np.abs(nearest_image(self.to_standard.inverse.vectors(x))).max() < 1e-3:
                return str(self.site_names[int(self.site_orbits[atom])])
        return None

    def site_named(self, word: str) -> str | None:
        """The site of a name; an element that stands on one site alone names it, numbered or not (Ti, Ti1).

        A file that was written and read again may number a site that had no number.
        """
        if word in self.site_names:
            return word
        element = word.removesuffix("1")
        of = [name for name, own in zip(self.site_names, self.site_species, strict=True) if own == element]
        return of[0] if len(of) == 1 and of[0] in (element, f"{element}1") else None


def parent_crystal(structure: Structure, symprec: float | None = None) -> ParentCrystal:
    """Find the symmetry of the parent and symmetrise it.

    Parameters
    ----------
    structure : Structure
        Crystal or molecule as read.
    symprec : float, optional
        Tolerance in Å. By default 0.01 (a molecule: 0.03), or what the written decimals of a crystal resolve where
        they are fewer and all atoms follow the higher symmetry to within those decimals; then, and where the
        group would be higher at a looser tolerance, the parent's messages say so.

    Raises
    ------
    InputError
        If no symmetry can be found (damaged cell), the molecule's group is infinite, or `symprec` is no
        positive number.
    """
    require(parent_symprec=symprec)
    check_file(structure)
    if structure.is_molecule:
        return _molecular_parent(structure, MOLECULE_SYMPREC if symprec is None else symprec)
    if symprec is not None:
        return _parent_at(structure, symprec)
    found = _at_written_decimals(structure, _parent_at(structure, DEFAULT_SYMPREC))
    looser = _looser_symmetry(structure, found)
    return found if looser is None else _saying(found, looser)


def _at_written_decimals(structure: Structure, found: ParentCrystal) -> ParentCrystal:
    """The parent at the tolerance of its written decimals, where they alone hide a higher symmetry."""
    step = written_position(structure)
    # rounding may hide a symmetry only as far as it can move atoms against their images
    loose = ROUNDING * step
    if loose <= found.symprec:
        return found
    try:
        higher = _parent_at(structure, loose)
    except (InputError, InternalError):  # so loose that no group holds
        return found
    # taken only where symmetrising changes no coordinate by as much as the last decimal
    if _order(higher) <= _order(found) or _moved(structure, higher) > MOST_MOVED * step:
        return found
    name = structure.path or "the parent"
    return _saying(
        higher,
        f"The parent is {group_name(higher)} within the decimals that {name} writes, and only "
        f"{group_name(found)} within {found.symprec:g} Å; {higher.symbol} was taken. Use "
        "--parent-symprec to choose another tolerance.",
    )


def _looser_symmetry(structure: Structure, found: ParentCrystal) -> str | None:
    """What to say when the parent is nearly of a higher symmetry."""
    loose = LOOSER * found.symprec
    kinds = species_numbers(structure.species)
    dataset = symmetry_dataset(np.asarray(structure.lattice, dtype=float), structure.coords, kinds, loose)
    if dataset is None or len(dataset.rotations) <= _order(found):
        return None
    return (
        f"Within {loose:g} Å the parent would be {dataset.international} ({dataset.number}); {group_name(found)} "
        f"was taken, which holds within {found.symprec:g} Å. Use --parent-symprec {loose:g} if the "
        "difference is no part of the parent."
    )


def _saying(found: ParentCrystal, message: str) -> ParentCrystal:
    structure = found.structure
    return replace(found, structure=replace(structure, messages=(*structure.messages, message)))


def _order(parent: ParentCrystal) -> int:
    """Number of operations modulo the cell of the file."""
    return parent.n_operations * round(abs(float(np.linalg.det(parent.file_cell))))


def _moved(structure: Structure, parent: ParentCrystal) -> float:
    """Largest change (Å) of a coordinate along an edge of the file's cell by the symmetrisation, but for a shift."""
    lattice = np.asarray(structure.lattice, dtype=float)
    places = structure.coords @ parent.file_cell
    difference = places[:, None] - parent.frac[None]
    difference = nearest_image(difference)
    distance = np.linalg.norm(difference @ np.asarray(parent.lattice), axis=-1)
    distance[np.array(structure.species)[:, None] != np.array(parent.species)[None]] = np.inf
    # to the nearest symmetrised atom of the same kind
    nearest = difference[np.arange(len(places)), distance.argmin(axis=1)]
    along = parent.to_file.vectors(nearest) * np.linalg.norm(lattice, axis=1)
    # the origin may move as a whole: the median of all shifts is none of an atom
    return float(np.abs(along - np.median(along, axis=0)).max())


def _parent_at(structure: Structure, tolerance: float) -> ParentCrystal:
    try:
        return _crystal_parent(structure, tolerance)
    except UnsuitableCellError:
        return _reduced_parent(structure, tolerance)


def _reduced_parent(structure: Structure, symprec: float) -> ParentCrystal:
    """A parent stored in a cell that hides its symmetry: go to a primitive cell in the same frame first."""
    lattice = np.asarray(structure.lattice, dtype=float)
    kinds = species_numbers(structure.species)
    primitive = primitive_lattice(lattice, structure.coords, kinds, symprec)
    if primitive is None:
        raise InputError(
            f"No primitive cell of {structure.path or 'the structure'} is found at {symprec:g} Å.",
            "Give the parent in its primitive or conventional cell.",
        )
    cell = lattice @ np.linalg.inv(primitive)  # lattice_file = cell @ primitive
    keep, frac = primitive_atoms(structure, cell.T, primitive, symprec)
    smaller = replace(
        structure,
        lattice=primitive,
        species=tuple(structure.species[i] for i in keep),
        coords=frac,
        labels=tuple(structure.labels[i] for i in keep) if structure.labels else (),
    )
    found = _crystal_parent(smaller, symprec)
    whole = np.round(cell @ found.file_cell)
    return replace(found, structure=structure, file_cell=whole, setting_is_own=False)


def _crystal_parent(structure: Structure, symprec: float) -> ParentCrystal:
    lattice = np.asarray(structure.lattice, dtype=float)
    dataset = _dataset(structure, lattice, symprec, 0)
    number = int(dataset.number)
    # asked again in the standard setting, in which the tables of irreps are written
    dataset = _dataset(structure, lattice, symprec, standard_hall_number(number))
    change, own = _transformation(dataset, number, lattice, symprec)
    letters = tuple(map(str, dataset.wyckoffs))
    if np.abs(change.matrix - np.eye(3)).max() > 1e-9:
        same = np.asarray(dataset.equivalent_atoms) == dataset.equivalent_atoms[0]
        nearest = nearest_origin(number, change, structure.coords[same])
        if np.abs(nearest.shift - change.shift).max() > 1e-9:
            # spglib keeps an origin of the tables, and names the sites by it
            moved = replace(structure, coords=nearest.inverse.vectors(nearest.points(structure.coords)))
            letters = tuple(map(str, _dataset(moved, lattice, symprec, standard_hall_number(number)).wyckoffs))
        change = nearest
    operations = operations_in_file_cell(number, change)
    named = (number, str(dataset.international))
    return _with_operations(structure, symprec, operations, named, change, own, letters)


def parent_of_group(structure: Structure, number: int, symprec: float) -> ParentCrystal:
    """The parent whose group is known: the operations of the standard setting, in which the structure is given.

    Parameters
    ----------
    structure : Structure
        All atoms of the standard conventional cell; its own symmetry may be higher.
    number : int
    symprec : float
        Å by which atoms may miss their images.
    """
    lattice = np.asarray(structure.lattice, dtype=float)
    hall = standard_hall_number(number)
    dataset = symmetry_dataset(lattice, structure.coords, species_numbers(structure.species), symprec, hall)
    same = dataset is not None and int(dataset.number) == number
    letters = tuple(map(str, dataset.wyckoffs)) if dataset is not None and same else ("",) * len(structure)
    named = (number, standard_symbol(number))
    return _with_operations(structure, symprec, standard_operations(number), named, Transformation(), True, letters)


def _with_operations(
    structure: Structure,
    symprec: float,
    operations: tuple[IntArray, FloatArray],
    named: tuple[int, str],
    to_standard: Transformation,
    own: bool,
    wyckoffs: tuple[str, ...],
) -> ParentCrystal:
    """The parent with these operations (R, t) in the file's cell, from which `to_standard` leads."""
    # lattice_file = file_cell @ primitive; in primitive axes one operation is left of each coset of translations
    file_cell = primitive_file_cell(*operations)
    inward = Transformation.out_of(file_cell)
    primitive = inward.axes(np.asarray(structure.lattice, dtype=float))
    exact, moved = inward.operations(*operations)
    turned = np.round(exact).astype(np.int64)
    first = one_of_each(turned)
    order = first[identity_first(turned[first])]
    prim_rotations = turned[order]
    prim_translations = moved[order] - np.floor(np.round(moved[order], 9))

    keep, frac = primitive_atoms(structure, inward.matrix, primitive, symprec)
    primitive = symmetrised_lattice(primitive, prim_rotations)
    species = tuple(structure.species[i] for i in keep)
    frac, permutations, shifts = symmetrised_positions(
        frac, species, prim_rotations, prim_translations, primitive, symprec, structure.path
    )
    orbits = site_orbits_of(permutations)
    names = _site_names(structure, keep, orbits, species)
    letters = [wyckoffs[keep[int(np.argmax(orbits == o))]] for o in range(orbits.max() + 1)]
    return ParentCrystal(
        structure=structure,
        lattice=primitive,
        species=species,
        frac=frac,
        rotations=prim_rotations,
        translations=prim_translations,
        rotations_cartesian=Transformation.out_of(primitive).tensors(prim_rotations),
        permutations=permutations,
        shifts=shifts,
        site_orbits=orbits,
        site_names=names,
        wyckoffs=tuple(letters),
        number=named[0],
        symbol=named[1],
        to_standard=to_standard @ inward.inverse,
        file_cell=file_cell,
        symprec=symprec,
        setting_is_own=own,
        centre=np.zeros(3),
    )


def _dataset(structure: Structure, lattice: FloatArray, symprec: float, hall: int) -> Any:
    kinds = species_numbers(structure.species)
    dataset = symmetry_dataset(lattice, structure.coords, kinds, symprec, hall)
    if dataset is None:
        raise InputError(
            f"The symmetry of {structure.path or 'the structure'} cannot be determined at {symprec:g} Å.",
            "Check for overlapping atoms or a damaged cell, or choose another --parent-symprec.",
        )
    return dataset


def _transformation(dataset: Any, number: int, lattice: FloatArray, symprec: float) -> tuple[Transformation, bool]:
    """From the file to the standard setting, keeping the file's own axes when they are standard; whether all is own."""
    rotations = np.asarray(dataset.rotations, dtype=np.int64)
    translations = np.asarray(dataset.translations, dtype=float)
    shortest = float(np.linalg.norm(lattice, axis=1).min())
    tolerance = min(_ORIGIN_TOLERANCE, max(1e-3, 2 * symprec / shortest))
    # axes that are standard already are kept, so that labels refer to the file's own setting
    shift = origin_shift_to_standard(number, rotations, translations, tolerance)
    if shift is not None:
        return Transformation(shift=shift), bool(np.abs(shift).max() < 1e-9)
    inverse = np.linalg.inv(np.asarray(dataset.transformation_matrix, dtype=float))
    # elements of changes to standard cells are multiples of 1/12
    snapped = np.round(inverse * 12) / 12
    if np.abs(snapped - inverse).max() > 5e-3:
        raise InternalError("spglib's transformation to the standard cell is not rational")
    matrix: FloatArray = np.asarray(np.linalg.inv(snapped), dtype=np.float64)
    return Transformation(matrix, np.asarray(dataset.origin_shift, dtype=np.float64)), False


def _site_names(structure: Structure, keep: list[int], orbits: IntArray, species: tuple[str, ...]) -> tuple[str, ...]:
    """One unique name per orbit: the file's label, else element and a running number."""
    names: list[str] = []
    for orbit in range(orbits.max() + 1):
        atom = int(np.argmax(orbits == orbit))
        label = structure.labels[keep[atom]] if structure.labels else ""
        names.append(label or species[atom])
    if len(set(names)) < len(names):
        names = [
            f"{species[int(np.argmax(orbits == i))]}{names[: i + 1].count(n)}" if names.count(n) > 1 else n
            for i, n in enumerate(names)
        ]
    if len(set(names)) < len(names):
        names = [f"{n}_{i + 1}" for i, n in enumerate(names)]
    return tuple(names)


def _molecular_parent(structure: Structure, symprec: float) -> ParentCrystal:
    centre = structure.coords.mean(axis=0)
    found = molecular_symmetry(structure.coords - centre, species_numbers(structure.species), symprec)
    if not found.closed:
        words = (
            f"The operations of {structure.path or 'the molecule'} within {symprec:.3g} Å are no group; "
            f"the nearest group, of {len(found.rotations)} operations, was taken."
        )
        structure = replace(structure, messages=(*structure.messages, words))
    atoms = list(range(len(structure)))
    orbits = site_orbits_of(found.permutations)
    names = _site_names(structure, atoms, orbits, structure.species)
    return parent_of_points(structure, found.positions, found.rotations, found.permutations, names, symprec)


def parent_of_points(
    structure: Structure,
    positions: FloatArray,
    rotations: FloatArray,
    permutations: IntArray,
    site_names: tuple[str, ...],
    symprec: float = DEFAULT_SYMPREC,
) -> ParentCrystal:
    """A molecule under operations of its own.

    Positions (n, 3) from the centre in Å and rotations (g, 3, 3), both Cartesian; permutations (g, n) say where each
    operation carries each atom; a name for each orbit.
    """
    count, atoms = permutations.shape
    return ParentCrystal(
        structure=structure,
        lattice=None,
        species=structure.species,
        frac=positions,
        rotations=np.broadcast_to(np.eye(3, dtype=np.int64), (count, 3, 3)),
        translations=np.zeros((count, 3)),
        rotations_cartesian=rotations,
        permutations=permutations,
        shifts=np.zeros((count, atoms, 3), dtype=np.int64),
        site_orbits=site_orbits_of(permutations),
        site_names=site_names,
        wyckoffs=("",) * len(site_names),
        number=None,
        symbol=None,
        to_standard=Transformation(),
        file_cell=np.eye(3),
        symprec=symprec,
        setting_is_own=True,
        centre=structure.coords.mean(axis=0),
    )
