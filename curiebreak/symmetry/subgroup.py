"""A subgroup of the parent as a mask of its operations: index, name, standard cell, what it has lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, nearest_image
from curiebreak.errors import InternalError
from curiebreak.results import Index, IsotropySubgroup, SymmetryGroup, Vector3, matrix, vector3
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.closure import is_group, product_table
from curiebreak.symmetry.mulliken import classify_operation, schoenflies_symbol
from curiebreak.symmetry.naming import StandardCell, standard_cell
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.sublattices import coset_index


@dataclass(frozen=True, eq=False)
class Subgroup:
    """Operations of the parent, modulo the translations of a cell.

    Attributes
    ----------
    space : BlochSpace
        Wave vectors of a cell whose translations all belong to the subgroup.
    mask : ndarray (g, s) of bool
        Operation g followed by lattice translation s.
    """

    space: BlochSpace
    mask: BoolArray

    @property
    def parent(self) -> ParentCrystal:
        """The group that it is a subgroup of."""
        return self.space.parent

    @property
    def index(self) -> int:
        """Index in the parent.

        Raises
        ------
        InternalError
            If so many operations cannot be a subgroup (Lagrange).
        """
        count = int(self.mask.sum())
        if self.mask.size % count:
            raise InternalError(f"{count} operations of {self.mask.size} cannot be a subgroup")
        return self.mask.size // count

    @property
    def size(self) -> int:
        """Primitive parent cells in its primitive cell."""
        return self.space.size // max(1, int(self.mask[0].sum()))

    @property
    def is_group(self) -> bool:
        """Whether the operations are closed at all."""
        return is_group(self.space, self.mask)

    @property
    def operations(self) -> tuple[IntArray, FloatArray]:
        """Rotations (m, 3, 3) and translations (m, 3) in primitive parent axes."""
        g, tau = np.nonzero(self.mask)
        return self.parent.rotations[g], self.parent.translations[g] + self.space.translations[tau]

    @property
    def point_group(self) -> str:
        """Schoenflies symbol of its point operations."""
        return schoenflies_symbol(self.parent.rotations_cartesian[np.nonzero(self.mask)[0]])

    @cached_property
    def cell(self) -> StandardCell | None:
        """Its space group with the standard cell; None where it is not recognised."""
        rotations, translations = self.operations
        return standard_cell(self.parent, self.space.hnf, rotations, translations)

    def described(self, *, placed: bool = True) -> IsotropySubgroup:
        """Number, symbol, basis, origin, size and index; of a molecule the point group and the index.

        Parameters
        ----------
        placed : bool
            Whether to look for name and cell.
        """
        if self.parent.is_molecule:
            return IsotropySubgroup(point_group=self.point_group, index=self.index)
        cell = self.cell if placed else None
        if cell is None:
            return IsotropySubgroup(size=self.size, index=self.index)
        return IsotropySubgroup(
            number=cell.name.number,
            symbol=cell.name.symbol,
            basis=matrix(cell.basis),
            origin=vector3(cell.origin),
            size=self.size,
            index=self.index,
        )

    @property
    def split(self) -> Index:
        """Index in the parent, point and translation part."""
        point = len(self.mask) // int(self.mask.any(axis=1).sum())
        return Index(total=self.index, point=point, translation=self.index // point)

    @cached_property
    def cosets(self) -> IntArray:
        """One pair (g, tau) of each coset ``H x``, the identity first: ndarray (index, 2).

        Elements of the parent group are kept as pairs (g, tau) modulo translations T_s of the cell from the
        left, ``T_s {1|tau}{R|t}``, which the cosets ``H x`` partition.
        """
        space, parent = self.space, self.parent
        members = np.argwhere(self.mask)
        left = parent.rotations[members[:, 0]]
        shift = parent.translations[members[:, 0]] + space.translations[members[:, 1]]
        products = product_table(parent.rotations_cartesian)
        free = np.ones(self.mask.shape, dtype=bool)
        chosen = []
        for g, tau in np.ndindex(*self.mask.shape):
            if not free[g, tau]:
                continue
            chosen.append((g, tau))
            rows = products[members[:, 0], g]
            # h x = {R_h R_x | R_h t_x + t_h}: its lattice vector beside the stored translation says its tau
            moved = left @ (parent.translations[g] + space.translations[tau]) + shift
            lattice = np.round(moved - parent.translations[rows]).astype(np.int64)
            free[rows, coset_index(lattice, space.hnf)] = False
        return np.array(chosen, dtype=np.int64)

    @property
    def orientations(self) -> IntArray:
        """Number, from 1, of the orientation of each of the :attr:`cosets`: cosets of the point group."""
        kept = np.flatnonzero(self.mask.any(axis=1))
        # orientations are cosets of the point group, counted from the cosets of the whole group
        products = product_table(self.parent.rotations_cartesian)
        keys = products[kept][:, self.cosets[:, 0]].min(axis=0)  # smallest member of the coset P x
        order = list(dict.fromkeys(keys.tolist()))
        return np.array([order.index(key) + 1 for key in keys.tolist()], dtype=np.int64)

    @property
    def lost(self) -> list[tuple[str, Vector3 | None, int]]:
        """What of the parent it lacks: kind, axis and number of the point operations, then translations (``t``).

        A point operation counts as lost when none of its translations is kept.
        """
        counts: Counter[tuple[str, Vector3 | None]] = Counter()
        for g in np.flatnonzero(~self.mask.any(axis=1)):
            counts[kind_and_axis(self.parent, int(g))] += 1
        rows = [(kind, axis, count) for (kind, axis), count in sorted(counts.items(), key=str)]
        return rows + ([("t", None, self.size - 1)] if self.size > 1 else [])


def kind_and_axis(parent: ParentCrystal, operation: int) -> tuple[str, Vector3 | None]:
    """What an operation of the parent is, and its axis; ``None`` where it has none."""
    found = classify_operation(parent.rotations_cartesian[operation])
    return found.kind, None if found.axis is None else crystal_axis(parent, np.asarray(found.axis))


def crystal_axis(parent: ParentCrystal, direction: FloatArray) -> Vector3:
    """A Cartesian direction as small integers along the standard axes (molecule: Cartesian)."""
    components = direction
    if parent.lattice is not None:
        components = np.asarray(np.linalg.solve(parent.standard_lattice.T, direction))
    return small_axis(components)


def small_axis(components: FloatArray) -> Vector3:
    """Components (3,) of a direction as small integers where they are in simple ratios, the first one positive."""
    components = components / np.abs(components).max()
    for scale in (1, 2, 3, 4, 6):
        scaled = components * scale
        if np.abs(nearest_image(scaled)).max() < 0.02:
            components = np.round(scaled)
            break
    first = components[np.flatnonzero(np.abs(components) > 1e-6)[0]]
    return vector3(np.round(components * np.sign(first), 6) + 0.0)


def symmetry_group(found: IsotropySubgroup | None) -> SymmetryGroup:
    """Number and symbol (or point group), and the magnetic group, alone; empty for no group."""
    if found is None:
        return SymmetryGroup()
    return SymmetryGroup(found.number, found.symbol, found.point_group, found.magnetic)
