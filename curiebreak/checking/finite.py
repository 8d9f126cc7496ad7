"""Crystals and molecules with finite groups: restriction by given fields, projection, minimal sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from curiebreak.arrays import BoolArray, ComplexArray, FloatArray, IntArray, nearest_image
from curiebreak.checking.check_entries import ActivePart, forbidding_operations, irrep_entries, subgroup
from curiebreak.checking.verdict import Verdict, best_sets, mean_floor
from curiebreak.errors import InputError, InternalError
from curiebreak.magnetic.grey_group import with_time
from curiebreak.results import SymmetryGroup
from curiebreak.structures import Structure
from curiebreak.structures.fields_model import Field
from curiebreak.symmetry.bloch import BlochSpace, bloch_space, single_site, some_sites
from curiebreak.symmetry.closure import is_group
from curiebreak.symmetry.irrep_names import IrrepNames
from curiebreak.symmetry.isotropy import StabiliserTable
from curiebreak.symmetry.isotypic import Irrep, IsotypicPart, decompose_field, irreps_on
from curiebreak.symmetry.molecular_irreps import PointIrrep
from curiebreak.symmetry.mulliken import point_group
from curiebreak.symmetry.naming import primitive_operations
from curiebreak.symmetry.parent import ParentCrystal, parent_crystal
from curiebreak.symmetry.primitive_cell import orbits as site_orbits_of
from curiebreak.symmetry.subgroup import Subgroup, symmetry_group
from curiebreak.symmetry.supercell_sites import Supercell
from curiebreak.symmetry.tensors import field_matrices

_GENERAL = ("general-1", "general-2")


@dataclass(frozen=True, eq=False)
class GroupSetting(Supercell):
    """A group with the atoms of the input's file on it.

    Attributes
    ----------
    parent : ParentCrystal
        The group (space group modulo its lattice, or point group) and the atoms of its primitive cell.
    """

    @property
    def space(self) -> BlochSpace:
        """Wave vectors of the file's cell."""
        return bloch_space(self.parent, self.cell)

    @property
    def whole(self) -> BoolArray:
        """All operations (g, s)."""
        return np.ones((self.parent.n_operations, self.space.size), dtype=bool)

    @property
    def group(self) -> SymmetryGroup:
        """Its name."""
        return symmetry_group(subgroup(self.space, self.whole))

    @classmethod
    def of_molecule(cls, parent: ParentCrystal) -> GroupSetting:
        """Of a molecule, each atom on its own site."""
        count = len(parent.species)
        return cls(parent, np.eye(3, dtype=np.int64), np.arange(count), np.zeros((count, 3), dtype=np.int64))


@dataclass(frozen=True, eq=False)
class PlacedField:
    """A field on a setting: where it lives, how it turns, its components on wave vectors."""

    space: BlochSpace
    matrices: FloatArray
    values: ComplexArray

    @property
    def squared(self) -> float:
        """Squared norm."""
        return float((np.abs(self.values) ** 2).sum())

    def overlaps(self) -> FloatArray:
        """``<y, g y> / <y, y>`` over operations and lattice vectors: (g, s)."""
        return np.asarray(self.space.overlaps(self.values[None], self.matrices)[0] / self.squared)


def place(setting: GroupSetting, field: Field) -> PlacedField:
    """Put a field of the file onto the group's wave vectors."""
    matrices = field_matrices(field, setting.parent.rotations_cartesian)
    if field.per == "global":
        space = bloch_space(single_site(setting.parent), np.eye(3, dtype=np.int64))
        return PlacedField(space, matrices, field.values.reshape(1, 1, -1).astype(complex))
    space = setting.space
    return PlacedField(space, matrices, setting.to_waves(space, field.values))


def structure_setting(structure: Structure, symprec: float | None) -> GroupSetting:
    """The group of the atoms alone.

    Raises
    ------
    InputError
        If no symmetry can be found.
    """
    parent = parent_crystal(structure, symprec)
    if parent.is_molecule:
        return GroupSetting.of_molecule(parent)
    cell = _whole(parent.file_cell)
    return _setting(parent, cell, structure.coords @ cell, structure.species)


def _whole(rows: FloatArray) -> IntArray:
    rounded = np.round(rows)
    if np.abs(rows - rounded).max() > 1e-4:
        raise InternalError("the file's cell is no supercell of the primitive cell")
    return np.asarray(rounded.astype(np.int64))


def _setting(parent: ParentCrystal, cell: IntArray, frac: FloatArray, species: tuple[str, ...]) -> GroupSetting:
    """Match atoms given in primitive fractions with those of the primitive cell."""
    lattice = np.asarray(parent.lattice)
    difference = frac[:, None] - parent.frac[None]
    wrapped = nearest_image(difference) @ lattice
    distance = np.linalg.norm(wrapped, axis=-1)
    distance += 1e6 * (np.array(species)[:, None] != np.array(parent.species)[None])
    site = distance.argmin(axis=1)
    if distance.min(axis=1).max() > 1.0:
        raise InternalError("an atom of the input is on no site of its own primitive cell")
    index = np.round(difference[np.arange(len(frac)), site]).astype(np.int64)
    return GroupSetting(parent, cell, site, index)


def kept(setting: GroupSetting, fields: tuple[Field, ...], tolerance: float) -> BoolArray:
    """Operations (g, s) that change no field by more than `tolerance` of its norm."""
    return grey_kept(setting, fields, tolerance)[: setting.parent.n_operations]


def grey_kept(setting: GroupSetting, fields: Sequence[Field], tolerance: float) -> BoolArray:
    """The same operations, and in a second half (2 g, s) those that do so with time reversal."""
    mask = np.concatenate([setting.whole, setting.whole])
    for field in fields:
        if field.values.any():
            changed = 2 * (1 - with_time(place(setting, field).overlaps(), field.time))
            mask &= np.broadcast_to(changed <= field.tolerance(tolerance) ** 2 + 1e-12, mask.shape)
    return mask


def require_groups(setting: GroupSetting, *masks: BoolArray) -> None:
    """Refuse operations (g, s) that given fields keep and that are not closed."""
    if not all(is_group(setting.space, mask) for mask in masks):
        raise InputError(
            "The given fields keep a set of operations that is no group at this tolerance.",
            "Give them with more digits, or change --tolerance.",
        )


def restricted(setting: GroupSetting, mask: BoolArray, structure: Structure) -> GroupSetting:
    """The same atoms with the operations `mask` alone as their group.

    Raises
    ------
    InputError
        If the operations are not closed: the given fields are symmetric only roughly.
    """
    if mask.all():
        return setting
    require_groups(setting, mask)
    if setting.parent.is_molecule:
        return replace(setting, parent=smaller_molecule(setting.parent, mask[:, 0]))
    return _smaller_crystal(setting, mask, structure)


def smaller_molecule(parent: ParentCrystal, keep: BoolArray) -> ParentCrystal:
    """A molecule with some of its operations only."""
    orbits = site_orbits_of(parent.permutations[keep])
    names = [f"{parent.species[int(np.argmax(orbits == o))]}{o + 1}" for o in range(int(orbits.max()) + 1)]
    return replace(parent.restricted(keep), site_orbits=orbits, site_names=tuple(names), wyckoffs=("",) * len(names))


def _smaller_crystal(setting: GroupSetting, mask: BoolArray, structure: Structure) -> GroupSetting:
    """The crystal again, with points in general position added that have just the operations left."""
    parent, space = setting.parent, setting.space
    g, tau = np.nonzero(mask)
    lattice, rotations, translations = primitive_operations(
        space.hnf, parent.rotations[g], parent.translations[g] + space.translations[tau]
    )
    cell = setting.cell @ np.linalg.inv(lattice)
    axes = lattice @ np.asarray(parent.lattice)
    frac = setting.primitive @ np.linalg.inv(lattice)
    first = _one_of_each(frac, axes)
    points = _general_points(rotations, translations, axes, frac[first])
    species = [structure.species[i] for i in first]
    coords = np.concatenate([frac[first], *points])
    names = [name for name, orbit in zip(_GENERAL, points, strict=True) for _ in orbit]
    decorated = replace(structure, lattice=axes, species=(*species, *names), coords=coords, labels=(), occupancies=())
    found = parent_crystal(decorated, 1e-3)
    if found.n_operations != len(rotations):
        raise InternalError(f"{len(rotations)} operations are left, but spglib sees {found.n_operations}")
    inner = found.file_cell
    atoms = np.flatnonzero(~np.isin(found.species, _GENERAL))
    return _setting(some_sites(found, atoms), _whole(cell @ inner), frac @ inner, structure.species)


def _one_of_each(frac: FloatArray, lattice: FloatArray) -> list[int]:
    """First atom of each set that differs by lattice translations."""
    chosen: list[int] = []
    for atom, x in enumerate(frac):
        apart = frac[chosen] - x
        if not chosen or np.linalg.norm(nearest_image(apart) @ lattice, axis=1).min() > 1e-2:
            chosen.append(atom)
    return chosen


def _general_points(
    rotations: IntArray, translations: FloatArray, lattice: FloatArray, atoms: FloatArray
) -> list[FloatArray]:
    """Two orbits of points in general position, as far as may be from each other and from the atoms."""
    rng = np.random.default_rng(5)
    best: list[FloatArray] = []
    widest = -1.0
    for _ in range(60):
        orbits = [np.einsum("gij,j->gi", rotations, x) + translations for x in rng.random((2, 3))]
        flat = np.concatenate([*orbits, atoms])
        difference = flat[:, None] - flat[None]
        distance = np.linalg.norm(nearest_image(difference) @ lattice, axis=-1)
        nearest = float((distance + 1e3 * np.eye(len(flat))).min())
        if nearest > widest:
            best, widest = orbits, nearest
    return best


def irreps_of(space: BlochSpace) -> list[Irrep]:
    """Irreps that a field on a space can hold.

    Raises
    ------
    InputError
        For a molecule whose point group has no tables.
    """
    parent = space.parent
    if not parent.is_molecule:
        return irreps_on(space)
    positions = parent.structure.coords - parent.centre
    flat = np.linalg.matrix_rank(positions, tol=1e-2) < 2
    group = point_group(parent.rotations_cartesian, None if flat else positions)
    return [PointIrrep(group, irrep) for irrep in group.irreps]


def judge(setting: GroupSetting, outputs: tuple[Field, ...], tolerance: float) -> Verdict:
    """Compare the outputs with the group of a setting."""
    mask = kept(setting, outputs, tolerance)
    each = tuple(bool(kept(setting, (field,), tolerance).all()) for field in outputs)
    placed = [place(setting, field) for field in outputs]
    floors = tuple(max(0.0, 1.0 - float(p.overlaps().mean())) if p.squared > 0 else None for p in placed)
    left = symmetry_group(subgroup(setting.space, mask))
    verdict = Verdict(bool(mask.all()), mean_floor(floors, outputs), floors, each, setting.group, left)
    if verdict.allowed:
        return verdict
    forbidding = forbidding_operations(Subgroup(setting.space, mask))
    sizes = tuple(_sizes(verdict, outputs, placed, tolerance))
    verdict = replace(verdict, forbidding=forbidding, messages=sizes)
    return labelled(verdict, setting, outputs, placed, tolerance, setting.whole)


def _sizes(verdict: Verdict, outputs: tuple[Field, ...], placed: list[PlacedField], tolerance: float) -> Iterator[str]:
    """How large the forbidden part of each output is, and the tolerance that would let it pass as scatter."""
    for field, one, floor, allowed in zip(outputs, placed, verdict.floors, verdict.each, strict=True):
        if allowed or floor is None:
            continue
        # floor |y|² = |y - mean of g y over G|²
        size = float(np.sqrt(floor * (field.values**2).sum() / len(field.values)))
        change = float(np.sqrt(2.0 * (1.0 - one.overlaps().min())))
        unit, each = (" Å" if field.quantity == "displacement" else ""), (" an atom" if field.per == "atom" else "")
        yield (
            f"The forbidden part of {field.name} is {size:.2g}{unit} (root mean square{each}); an operation changes "
            f"the field by up to {change:.2g} of its norm, and {field.tolerance(tolerance):.2g} counts as none. "
            "If that is scatter, as of an unfinished relaxation, a larger --tolerance leaves it out."
        )


def parts_that_count(
    outputs: tuple[Field, ...], placed: list[PlacedField], tolerance: float
) -> Iterator[tuple[IsotypicPart, PlacedField, Field]]:
    """Isotypic parts of the fields that are larger than half of what a field may change by."""
    for field, one in zip(outputs, placed, strict=True):
        smallest = (0.5 * field.tolerance(tolerance)) ** 2 * one.squared
        if one.squared > 0.0:
            for part in decompose_field(one.space, one.values, one.matrices, irreps_of(one.space)):
                if part.squared > smallest:
                    yield part, one, field


def labelled(
    verdict: Verdict,
    setting: GroupSetting,
    outputs: tuple[Field, ...],
    placed: list[PlacedField],
    tolerance: float,
    whole: BoolArray,
) -> Verdict:
    """The verdict with the irreps of the outputs in a group, or with the reason why they have no label.

    `whole` are its operations: (g, s), or (2 g, s) of the grey group, in which irreps where time reversal is -1 have an
    ``m`` in front.
    """
    try:
        found = list(parts_that_count(outputs, placed, tolerance))
    except InputError as error:
        note = f"The order parameter has no label: {error.message}"
        return replace(verdict, messages=(*verdict.messages, note))
    names = {odd: IrrepNames(c.irrep for c, _, f in found if f.odd == odd) for odd in (True, False)}
    parts, active = [], []
    for component, one, field in found:
        label = ("m" if field.odd else "") + names[field.odd].of(component.irrep)
        part = ActivePart(label, component, one, field.quantity, field.time)
        parts.append(part)
        overlaps = with_time(part.overlaps(), field.time)
        active.append(part.active(np.broadcast_to(overlaps[: len(whole)], whole.shape)))
    isotropy = StabiliserTable(setting.space, active, True)
    sets = best_sets(isotropy)
    entries = irrep_entries(isotropy, sets[0], parts) if sets else ()
    return replace(verdict, order_parameters=entries, minimal_sets=sets)
