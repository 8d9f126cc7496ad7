"""The parent group modulo translations that all its operations keep: a finite group, its subgroups as masks.

An element ``{R|t + tau}`` is numbered ``g * s + tau`` by its rotation and its lattice vector modulo the lattice. The
lattice is one that every operation carries into itself, so that products of classes are classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray
from curiebreak.errors import InputError
from curiebreak.symmetry.bloch import BlochSpace
from curiebreak.symmetry.closure import product_table
from curiebreak.symmetry.isotypic import Irrep, StandardOperations
from curiebreak.symmetry.sublattices import coset_index

LARGEST_ORDER = 5000
"""Elements; the table of products has the square of it."""


@dataclass(frozen=True, eq=False)
class FiniteQuotient:
    """A finite quotient of the parent group.

    Attributes
    ----------
    space : BlochSpace
        Of a cell that the parent's operations keep, such as that of whole stars of wave vectors.

    Raises
    ------
    InputError
        If the group is too large for a table of its products.
    """

    space: BlochSpace
    _classes: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.order > LARGEST_ORDER:
            raise InputError(
                f"The wave vectors together need a cell of {self.space.size} primitive cells of the parent, too large "
                "for a list of all subgroups.",
                "Name fewer irreps.",
            )

    @property
    def order(self) -> int:
        """Number of elements n."""
        return len(self.space.parent.rotations_cartesian) * self.space.size

    @cached_property
    def elements(self) -> tuple[IntArray, IntArray]:
        """Rotation (n,) and lattice vector (n,) of each element, by index."""
        g, tau = np.divmod(np.arange(self.order), self.space.size)
        return g, tau

    @cached_property
    def products(self) -> IntArray:
        """Index of a b for all elements: ndarray (n, n)."""
        space, parent = self.space, self.space.parent
        g, tau = self.elements
        rows = product_table(parent.rotations_cartesian)
        shifts = parent.translations[g] + space.translations[tau]
        table: IntArray = np.empty((self.order, self.order), dtype=np.int64)
        for a in range(self.order):
            # a b = {R_a R_b | R_a t_b + t_a}; what it has beyond the stored translation is a lattice vector
            turned = rows[g[a], g]
            moved = shifts @ parent.rotations[g[a]].T + shifts[a]
            lattice = np.round(moved - parent.translations[turned]).astype(np.int64)
            table[a] = turned * space.size + coset_index(lattice, space.hnf)
        return np.asarray(table)

    @cached_property
    def conjugates(self) -> IntArray:
        """Index of a^-1 x a for all elements a (row) and x: ndarray (n, n)."""
        inverse = self.products.argmin(axis=1)  # the identity is element 0
        return np.asarray(self.products[self.products[inverse], np.arange(self.order)[:, None]])

    def matrices(self, irrep: Irrep) -> FloatArray:
        """Real matrices (n, dim, dim) of all elements in an irrep whose arms are periodic on the cell."""
        standard = StandardOperations(self.space.parent)
        g, tau = self.elements
        moved = standard.translations[g] + standard.lattice_translations(self.space.translations[tau])
        return irrep.real_matrices(standard.rotations[g], moved)

    def domains(self, mask: BoolArray) -> BoolArray:
        """The different conjugates (m, n) of a subgroup (n,), itself first."""
        # a H a^-1 holds x where H holds a^-1 x a; elements of one coset a H give the same
        members = np.flatnonzero(mask)
        free = np.ones(self.order, dtype=bool)
        cosets = []
        while free.any():
            a = int(free.argmax())
            cosets.append(a)
            free[self.products[a, members]] = False
        found = mask[self.conjugates[cosets]]
        different = {row.tobytes(): place for place, row in reversed(list(enumerate(np.packbits(found, axis=1))))}
        return np.asarray(found[sorted(different.values())])

    def class_key(self, mask: BoolArray) -> bytes:
        """The same bytes for all conjugates of a subgroup, and for no other."""
        own = np.packbits(mask).tobytes()
        if own not in self._classes:
            keys = [row.tobytes() for row in np.packbits(self.domains(mask), axis=1)]
            self._classes.update(dict.fromkeys(keys, min(keys)))
        return self._classes[own]

    def shaped(self, mask: BoolArray) -> BoolArray:
        """A subgroup as the other modules hold it: ndarray (g, s)."""
        return mask.reshape(-1, self.space.size)
