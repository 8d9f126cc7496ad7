"""The parent of a magnetic structure in the setting that its file states, and the structure on it.

The file gives the way out of its cell to the parent's, and out of the standard setting to the parent's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from curiebreak.arrays import FloatArray, IntArray, distinct, nearest_image
from curiebreak.errors import InputError
from curiebreak.magnetic.parent_sites import parent_sites
from curiebreak.mapping.assignment import assign
from curiebreak.mapping.distortion import Distortion, polar_decomposition
from curiebreak.mapping.lattices import coset_vectors, reduced_cell
from curiebreak.structures.magnetic_cif import MagneticCrystal
from curiebreak.structures.model import Structure, species_name
from curiebreak.structures.operations import triplet
from curiebreak.structures.spacegroup import standard_symbol
from curiebreak.structures.transformation_text import parse_transformation
from curiebreak.symmetry.parent import ParentCrystal, parent_of_group
from curiebreak.symmetry.primitive_cell import one_of_each, primitive_file_cell, symmetrised_lattice
from curiebreak.symmetry.settings import standard_operations
from curiebreak.transformation import Transformation

LARGEST_STRAIN = 0.02
"""Magnetostriction and the rounding of published cells stay far below; a wrong axis goes above."""

LARGEST_COMMON_SHIFT = 0.25
"""Å; the origin of a polar child is free along its axis, and files keep it near that of the parent (within 0.02 Å)."""

WHOLE = 2e-3
"""Fractions; transforms are simple fractions, in files at worst with three decimals."""


@dataclass(frozen=True, eq=False)
class GivenParent:
    """A parent that is given, as sites in the standard setting.

    Attributes
    ----------
    lattice : ndarray (3, 3)
        Rows: the standard conventional cell, Å, in the parent's own frame.
    elements, labels : tuple of str
        One element a site of the primitive cell; elements that share a site are sites on one position.
    occupancies : ndarray (m,)
    positions : ndarray (m, 3)
        Fractions of the standard conventional cell.
    structure : Structure
        As it was read.
    """

    lattice: FloatArray
    elements: tuple[str, ...]
    labels: tuple[str, ...]
    occupancies: FloatArray
    positions: FloatArray
    structure: Structure


@dataclass(frozen=True, eq=False)
class ParentSetting:
    """How the file's cell lies in the standard setting of the parent's group.

    Attributes
    ----------
    number : int
    to_standard : Transformation
        Out of the file's cell to the standard axes.
    given : GivenParent or None
        The sites of a parent that was given; ``None`` where the group and its setting are all that is known.
    messages : tuple of str
    """

    number: int
    to_standard: Transformation
    given: GivenParent | None = None
    messages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Symbol and number of the parent's group."""
        return f"{standard_symbol(self.number)} ({self.number})"


def stated_setting(crystal: MagneticCrystal) -> ParentSetting:
    """The setting that the file states.

    Raises
    ------
    InputError
        Where no parent is stated, or a transform that cannot be read, is singular, or is left-handed in a parent
        without inversion at its origin.
    """
    stated = crystal.stated
    if stated.number is None:
        raise InputError(
            f"{crystal.name} names no parent space group.",
            "Give PARENT as a file, or add _parent_space_group.IT_number with its transforms.",
        )
    ways: list[Transformation] = []
    for text, tag in ((stated.child, "child_transform_Pp_abc"), (stated.standard, "transform_Pp_abc")):
        if not text:
            raise InputError(
                f"{crystal.name} states its parent without _parent_space_group.{tag}.", "Add it, or give PARENT."
            )
        try:
            row, shift = parse_transformation(text)
        except ValueError as error:
            raise InputError(f"The {tag} of {crystal.name} cannot be read: {error}.", "Correct it.") from error
        if abs(np.linalg.det(row)) < 1e-6:
            raise InputError(f"The {tag} of {crystal.name}, {text}, is singular.", "Correct it, or give PARENT.")
        ways.append(Transformation.out_of(row, shift))
    found = ParentSetting(stated.number, ways[1].inverse @ ways[0])
    return found if np.linalg.det(found.to_standard.matrix) > 0 else _right_handed(found, crystal)


def _right_handed(setting: ParentSetting, crystal: MagneticCrystal) -> ParentSetting:
    """A left-handed change of axes, inverted through the origin where that is an operation of the parent."""
    rotations, translations = standard_operations(setting.number)
    inverts = (rotations == -np.eye(3, dtype=np.int64)).all(axis=(1, 2)) & (np.abs(translations).max(axis=1) < 1e-6)
    if not inverts.any():
        raise InputError(
            f"The change of axes from the parent's to those of {crystal.name} is left-handed.",
            "Correct child_transform_Pp_abc, or give PARENT as a file.",
        )
    words = "the change of axes from the parent's is left-handed; it was inverted through the parent's origin"
    inversion = Transformation(-np.eye(3))
    return ParentSetting(setting.number, inversion @ setting.to_standard, messages=(words,))


@dataclass(frozen=True, eq=False)
class Placed:
    """A magnetic structure on its parent.

    Attributes
    ----------
    distortion : Distortion
        On the whole cell of the file; one element an atom.
    moments : ndarray (n, 3)
        μB, Cartesian on the undistorted parent: the components along the crystal axes, divided by the lengths of
        the child's axes, are fractions; these times the undistorted axes.
    offset : ndarray (3,)
        ``x_primitive = x_child @ distortion.cell + offset``.
    reach : float
        Å within which the atoms of one site lie.
    """

    crystal: MagneticCrystal
    distortion: Distortion
    moments: FloatArray
    offset: FloatArray
    reach: float
    messages: tuple[str, ...] = ()

    @property
    def parent(self) -> ParentCrystal:
        """The parent."""
        return self.distortion.parent


def place(crystal: MagneticCrystal, setting: ParentSetting) -> Placed:
    """Lay a magnetic structure on the parent of a setting.

    Raises
    ------
    InputError
        Where setting and structure contradict each other: the cell holds no whole number of parent cells, an operation
        is none of the parent's, atoms do not fall on sites, or the cell is strained by more than 2 %.
    """
    rotations, translations = standard_operations(setting.number)
    standard = Transformation.out_of(primitive_file_cell(rotations, translations))  # out of the standard cell
    outward = standard @ setting.to_standard
    cell = np.round(outward.matrix.T).astype(np.int64)
    if np.abs(outward.matrix.T - cell).max() > WHOLE:
        raise _contradiction(crystal, setting, f"its cell holds no whole number of primitive cells of {setting.name}")
    outward = Transformation.out_of(cell, outward.shift)
    # one operation of each rotation
    first = one_of_each(rotations)
    turned, moved = standard.operations(rotations[first], translations[first])
    inner = np.round(turned).astype(np.int64), moved
    if setting.given is None:
        lattice = symmetrised_lattice(outward.axes(crystal.cell), inner[0])
        _check_strain(crystal, setting, cell, lattice)
    else:
        lattice = standard.axes(setting.given.lattice)
    _check_operations(crystal, setting, outward, *inner)
    parent, reach = _parent(crystal, setting, outward, lattice, standard, inner)
    return _placed(crystal, parent, cell, outward, setting, reach)


def _contradiction(crystal: MagneticCrystal, setting: ParentSetting, words: str) -> InputError:
    if setting.given is not None:
        return InputError(
            f"{crystal.name} does not lie on the given parent: {words}.", "Give a parent of which it is a distortion."
        )
    return InputError(
        f"The parent that {crystal.name} states contradicts the structure: {words}.",
        "Correct _parent_space_group.IT_number and its two transforms, or give PARENT as a file.",
    )


def _check_strain(crystal: MagneticCrystal, setting: ParentSetting, cell: IntArray, lattice: FloatArray) -> None:
    gradient = np.linalg.solve(cell @ lattice, crystal.cell)
    size = float(np.abs(np.linalg.svd(gradient, compute_uv=False) - 1.0).max())
    if size > LARGEST_STRAIN:
        raise _contradiction(
            crystal, setting, f"the cell would be strained by {size:.1%} against that of {setting.name}"
        )


def _check_operations(
    crystal: MagneticCrystal,
    setting: ParentSetting,
    outward: Transformation,
    rotations: IntArray,
    translations: FloatArray,
) -> None:
    """Every listed operation must be one of the parent's."""
    known = {r.tobytes(): t for r, t in zip(rotations, translations, strict=True)}
    outside = []
    for rotation, translation, _ in crystal.operations:
        exact, moved = outward.operations(rotation, translation)
        turned = np.round(exact).astype(np.int64)
        t = known.get(np.ascontiguousarray(turned).tobytes())
        if t is None or np.abs(exact - turned).max() > WHOLE or _off_lattice(moved - t) > 0.01:
            outside.append(triplet(rotation, translation))
    if outside:
        raise _contradiction(
            crystal,
            setting,
            f"{len(outside)} of its {len(crystal.operations)} operations are none of {setting.name} there, such as "
            f"{outside[0]}",
        )


def _off_lattice(vector: FloatArray) -> float:
    return float(np.abs(nearest_image(vector)).max())


def _parent(
    crystal: MagneticCrystal,
    setting: ParentSetting,
    outward: Transformation,
    lattice: FloatArray,
    standard: Transformation,
    operations: tuple[IntArray, FloatArray],
) -> tuple[ParentCrystal, float]:
    """The parent from its given sites or the atoms, element by element, and the reach at which its sites were found."""
    if setting.given is not None:
        return parent_on_sites(setting.given, setting.number), 0.0
    places = outward.points(crystal.positions)
    cells = round(abs(float(np.linalg.det(outward.matrix))))
    kinds = np.array(crystal.elements)
    species: list[str] = []
    labels: list[str] = []
    sites: list[FloatArray] = []
    shares: list[float] = []
    reach = 0.0
    for element in dict.fromkeys(crystal.elements):
        own = np.flatnonzero(kinds == element)
        found = parent_sites(places[own], *operations, lattice, cells)
        if found is None:
            raise _contradiction(
                crystal, setting, f"the {len(own)} {element} atoms of its cell do not fall on sites of {setting.name}"
            )
        reach = max(reach, found.reach)
        for site in found.positions:
            away = np.linalg.norm(nearest_image(places[own] - site) @ lattice, axis=1)
            there = own[np.argsort(away, kind="stable")[:cells]]
            sites.append(site)
            species.append(element)
            shares.append(float(crystal.occupancies[there].mean()))
            labels.append(crystal.labels[there[0]])
    structure = _standard_structure(species, labels, shares, np.array(sites), lattice, standard)
    structure = replace(structure, path=crystal.path, sha256=crystal.sha256)
    return parent_of_group(structure, setting.number, max(0.01, 0.1 * reach)), reach


def parent_on_sites(one: GivenParent, number: int) -> ParentCrystal:
    """The parent of a group with the sites that are given, one element each."""
    standard = Transformation.out_of(primitive_file_cell(*standard_operations(number)))
    frac, amounts = standard.points(one.positions), one.occupancies.tolist()
    lattice = standard.axes(one.lattice)
    structure = _standard_structure(list(one.elements), list(one.labels), amounts, frac, lattice, standard)
    own = one.structure
    return parent_of_group(replace(structure, path=own.path, sha256=own.sha256, messages=own.messages), number, 0.1)


def _standard_structure(
    species: list[str],
    labels: list[str],
    amounts: list[float],
    frac: FloatArray,
    lattice: FloatArray,
    standard: Transformation,
) -> Structure:
    """The primitive sites copied over the standard conventional cell."""
    count = round(float(np.linalg.det(standard.matrix)))
    points = standard.inverse.vectors(np.array(list(product(range(count), repeat=3))))
    points = points - np.floor(np.round(points, 6))
    corners = points[np.sort(np.unique(np.round(points, 5), axis=0, return_index=True)[1])]
    coords = standard.inverse.points(frac)[None] + corners[:, None]
    coords = coords.reshape(-1, 3)
    names = species * len(corners)
    return Structure(
        lattice=standard.inverse.axes(lattice),
        species=tuple(names),
        coords=coords - np.floor(coords + 1e-9),
        labels=tuple(labels * len(corners)),
        occupancies=tuple({name: amount} for name, amount in zip(names, amounts * len(corners), strict=True)),
    )


def _placed(
    crystal: MagneticCrystal,
    parent: ParentCrystal,
    cell: IntArray,
    outward: Transformation,
    setting: ParentSetting,
    reach: float,
) -> Placed:
    """Each atom on the nearest site of its element."""
    lattice = np.asarray(parent.lattice)
    places = outward.points(crystal.positions)
    site, index, moved = sites_of(crystal.elements, places, parent, cell)
    undistorted = cell @ lattice
    # columns: F takes the undistorted axes to the child's
    gradient = np.linalg.solve(undistorted, crystal.cell).T
    rotation, stretch = polar_decomposition(gradient)
    shifts = moved @ lattice
    common = float(np.linalg.norm(shifts.mean(axis=0)))
    if setting.given is None and common > LARGEST_COMMON_SHIFT:
        raise _contradiction(crystal, setting, f"all atoms would be shifted together by {common:.2f} Å")
    shifts = shifts - shifts.mean(axis=0)
    occupation, elements = _occupation(crystal, site)
    distortion = replace(
        Distortion.built(parent, child_structure(crystal), cell, site, index, shifts, stretch - np.eye(3)),
        supercell_basis=setting.to_standard.matrix.T,
        origin_shift=setting.to_standard.shift,
        rotation=rotation,
        occupation=occupation,
        occupation_elements=elements,
    )
    moments = crystal.moments @ np.linalg.inv(crystal.cell) @ undistorted
    return Placed(crystal, distortion, moments, outward.shift, reach, setting.messages)


def sites_of(
    elements: tuple[str, ...], places: FloatArray, parent: ParentCrystal, cell: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Site (n,), lattice vector (n, 3) and step from the site (n, 3), primitive fractions, of each atom of a cell.

    The nearest of its element, or where two atoms have the same one, those of least squared distance in all.
    """
    site = np.empty(len(places), dtype=np.int64)
    index = np.empty((len(places), 3), dtype=np.int64)
    kinds, known = np.array(elements), np.array(parent.species)
    lattice, homes = np.asarray(parent.lattice), coset_vectors(cell)
    short = reduced_cell(cell @ lattice) @ cell  # edges between which rounding is the nearest image
    for element in dict.fromkeys(elements):
        own, there = np.flatnonzero(kinds == element), np.flatnonzero(known == element)
        # every site of the cell, and the image of it that is nearest to each atom
        spots = (parent.frac[there][:, None] + homes).reshape(-1, 3)
        steps = nearest_image((places[own][:, None] - spots) @ np.linalg.inv(short)) @ short
        squares = ((steps @ lattice) ** 2).sum(axis=-1)
        chosen = squares.argmin(axis=1)
        if len(distinct(chosen)) < len(own) <= len(spots):
            # sites that stay empty take what is no atom at no cost
            chosen = assign(np.vstack([squares, np.zeros((len(spots) - len(own), len(spots)))]))[: len(own)]
        site[own] = there[chosen // len(homes)]
        index[own] = np.round(places[own] - steps[np.arange(len(own)), chosen] - parent.frac[site[own]])
    return site, index, places - parent.frac[site] - index


def _occupation(crystal: MagneticCrystal, site: IntArray) -> tuple[FloatArray | None, tuple[str, ...]]:
    """Change of each atom's own occupancy against the mean over its site, as one column."""
    totals = np.bincount(site, crystal.occupancies) / np.bincount(site)
    change = crystal.occupancies - totals[site]
    return (change[:, None], ("occupancy",)) if np.abs(change).max() > 1e-3 else (None, ())


def child_structure(crystal: MagneticCrystal) -> Structure:
    """The atoms alone, one element each; elements that share a place are atoms on one position."""
    amounts = np.where(crystal.occupancies > 0.0, crystal.occupancies, 1.0)
    contents = tuple({e: float(x)} for e, x in zip(crystal.elements, amounts, strict=True))
    return Structure(
        lattice=crystal.cell,
        species=tuple(species_name(c) for c in contents),
        coords=crystal.positions,
        labels=crystal.labels,
        occupancies=contents,
        path=crystal.path,
        sha256=crystal.sha256,
        messages=crystal.messages,
        precision=crystal.precision,
    )
