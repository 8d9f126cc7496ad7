"""Orbits of atoms under the child's group and the site-invariant components of features.

A feature field invariant under the group is fixed by its value at one representative atom of each orbit, and
there by its components in the space that the stabiliser of the representative leaves alone:
``x[j] = D(h_j) V c`` with ``h_j`` taking the representative to atom j.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.learning.harmonics import representation

#: (l, parity) of a field that time reversal leaves alone.
EvenKind = tuple[int, int]
#: The same, or (l, parity, -1) of a field that time reversal turns round.
Kind = EvenKind | tuple[int, int, int]


def even_kinds(lmax: int) -> tuple[EvenKind, ...]:
    """Kinds (l, parity) up to lmax, the order used everywhere: 0e, 0o, 1e, 1o, ..."""
    return tuple((degree, parity) for degree in range(lmax + 1) for parity in (1, -1))


def feature_kinds(lmax: int, odd: bool = False) -> tuple[Kind, ...]:
    """Kinds up to lmax, both parities; behind them the same, `odd` under time reversal, where wanted."""
    even = even_kinds(lmax)
    return (*even, *((*kind, -1) for kind in even)) if odd else even


def parity_letter(parity: int) -> Literal["e", "o"]:
    """``e`` or ``o`` (even or odd under inversion) for 1 or -1."""
    return "e" if parity > 0 else "o"


def kind_name(kind: Kind) -> str:
    """``1e``, or ``1e-`` where time reversal turns it round."""
    return f"{kind[0]}{parity_letter(kind[1])}{'' if time_parity(kind) > 0 else '-'}"


def time_parity(kind: Kind) -> int:
    """-1 for what time reversal turns round, else 1."""
    return kind[2] if len(kind) == 3 else 1


def turning(kind: Kind, rotations: FloatArray, thetas: IntArray | None = None) -> FloatArray:
    """Matrices (g, 2l+1, 2l+1) of operations on one kind of feature: ``theta D(R)`` where it is odd, else ``D(R)``.

    Parameters
    ----------
    kind : Kind
    rotations : (g, 3, 3)
        Orthogonal.
    thetas : (g,) int, optional
        -1 where time is reversed; 1 everywhere by default.
    """
    matrices = representation(kind[0], kind[1], rotations)
    if thetas is not None and time_parity(kind) < 0:
        matrices = matrices * thetas[:, None, None]
    return matrices


@dataclass(frozen=True, eq=False)
class Orbits:
    """Orbits of the atoms of a cell under a group.

    Parameters
    ----------
    representative : (o,) int
        One atom of each orbit.
    orbit : (n,) int
        Orbit of each atom.
    operation : (n,) int
        An operation that takes the representative of the orbit to the atom.
    rotations : (h, 3, 3)
        Cartesian operations.
    stabilisers : tuple of int arrays
        Operations that keep each representative.
    thetas : (h,) int, optional
        -1 where an operation reverses time.
    """

    representative: IntArray
    orbit: IntArray
    operation: IntArray
    rotations: FloatArray
    stabilisers: tuple[IntArray, ...]
    thetas: IntArray | None = None

    @property
    def multiplicity(self) -> IntArray:
        """Number of atoms (o,) of each orbit."""
        return np.bincount(self.orbit)

    def matrices(self, kind: Kind) -> FloatArray:
        """Matrices (h, 2l+1, 2l+1) of the operations on one kind of feature."""
        return turning(kind, self.rotations, self.thetas)

    def site_basis(self, kind: Kind) -> tuple[FloatArray, IntArray]:
        """Orthonormal site-invariant components, padded with zero columns.

        Returns
        -------
        basis : (o, 2l+1, 2l+1)
            Column c of orbit o: a component of the feature at the representative.
        count : (o,) int
            How many columns are in use.
        """
        matrices = self.matrices(kind)
        size = 2 * kind[0] + 1
        basis = np.zeros((len(self.stabilisers), size, size))
        count = np.zeros(len(self.stabilisers), dtype=np.int64)
        for o, members in enumerate(self.stabilisers):
            # components that the site's own operations keep (13)
            columns = fixed_vectors(matrices[members].mean(axis=0))
            basis[o, :, : columns.shape[1]] = columns
            count[o] = columns.shape[1]
        return basis, count


def fixed_vectors(projector: FloatArray) -> FloatArray:
    """Orthonormal basis (d, k) of the range of a symmetric projector (d, d), signs fixed."""
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    columns = vectors[:, values > 0.5]
    if columns.shape[1] == 0:
        return columns
    # a reduced echelon choice makes the basis independent of the eigensolver's mixing
    reduced, _ = np.linalg.qr(columns @ _pivoted(columns.T))
    lead = np.abs(reduced).argmax(axis=0)
    return np.asarray(reduced * np.where(reduced[lead, np.arange(reduced.shape[1])] < 0, -1.0, 1.0))


def _pivoted(rows: FloatArray) -> FloatArray:
    """Matrix that turns the columns ``rows.T`` into reduced echelon form (full-rank rows)."""
    work = rows.copy()
    transform = np.eye(len(rows))
    row = 0
    for column in range(work.shape[1]):
        if row == len(work):
            break
        best = row + int(np.abs(work[row:, column]).argmax())
        if abs(work[best, column]) < 1e-6:
            continue
        for matrix in (work, transform):
            matrix[[row, best]] = matrix[[best, row]]
        scale = work[row, column]
        work[row] /= scale
        transform[row] /= scale
        for other in range(len(work)):
            if other != row:
                factor = work[other, column]
                work[other] -= factor * work[row]
                transform[other] -= factor * transform[row]
        row += 1
    return transform.T


def find_orbits(rotations: FloatArray, permutations: IntArray, thetas: IntArray | None = None) -> Orbits:
    """Orbits of atoms under operations ``i -> permutations[g, i]``.

    Parameters
    ----------
    rotations : (h, 3, 3)
    permutations : (h, n) int
    thetas : (h,) int, optional
        -1 where time is reversed.
    """
    n = permutations.shape[1]
    # the smallest image names the orbit and represents it
    smallest = permutations.min(axis=0)
    representative, orbit = np.unique(smallest, return_inverse=True)
    operation = np.zeros(n, dtype=np.int64)
    stabilisers = []
    for first in representative:
        images = permutations[:, first]
        stabilisers.append(np.nonzero(images == first)[0])
        atoms, operations = np.unique(images, return_index=True)
        operation[atoms] = operations
    return Orbits(representative, orbit.reshape(-1), operation, rotations, tuple(stabilisers), thetas)


def invariant_fields(orbits: Orbits, kind: Kind, atoms: IntArray | None = None) -> FloatArray:
    """Orthonormal basis of invariant fields of one kind on atoms.

    Parameters
    ----------
    orbits : Orbits
    kind : Kind
    atoms : int array, optional
        Restrict to orbits inside this set of atoms.

    Returns
    -------
    (n, 2l+1, k)
        Field k; unit norm over the atoms of the cell.
    """
    basis, count = orbits.site_basis(kind)
    matrices = orbits.matrices(kind)
    n = len(orbits.orbit)
    wanted = np.arange(n) if atoms is None else atoms
    columns = []
    for o in np.unique(orbits.orbit[wanted]):
        members = np.nonzero(orbits.orbit == o)[0]
        for c in range(count[o]):
            field = np.zeros((n, 2 * kind[0] + 1))
            # the component at the representative, carried to the whole orbit, unit norm
            field[members] = matrices[orbits.operation[members]] @ basis[o, :, c] / np.sqrt(len(members))
            columns.append(field)
    if not columns:
        return np.zeros((n, 2 * kind[0] + 1, 0))
    return np.stack(columns, axis=-1)
