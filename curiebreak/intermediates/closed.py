"""The groups that a distortion can pass through: stabilisers of fixed vectors of its irreps.

With V the sum of the active irreps (all copies, all arms), a group K between H and G counts when it
is exactly the stabiliser of its own fixed vectors in V. For one irrep these groups are the stabilisers
of subspaces of Fix(H) that are intersections of ``ker(D(g) - 1)``; for V they are all intersections of
such groups, one from each irrep.

Groups are masks over the operations (g, tau) of :class:`~curiebreak.symmetry.isotropy.Isotropy`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, direct_pairs
from curiebreak.errors import UsageError
from curiebreak.modes.analysis import Analysis
from curiebreak.symmetry.isotypic import Irrep

LARGEST_LIST = 5000
"""Groups; a longer list is refused."""

_FIXED = 1.0 - 1e-6
_GRID = 1.0371e-5


@dataclass(frozen=True, eq=False)
class SubspaceIrrep:
    """One irrep of the distortion.

    Attributes
    ----------
    irrep : Irrep
    kinds : tuple of str
        Kinds of fields that hold it: ``displacement``, ``occupation``, ``strain``.
    basis : ndarray (f, dim)
        Orthonormal rows that span Fix(H).
    groups : tuple of ndarray (g, s)
        Stabilisers of the isotropy subspaces of Fix(H), that of 0 (all operations) included.
    label : str
        Its name in the analysis.
    """

    irrep: Irrep
    kinds: tuple[str, ...]
    basis: FloatArray
    groups: tuple[BoolArray, ...]
    label: str

    @property
    def breaks(self) -> bool:
        """Whether it lowers the symmetry at all."""
        return len(self.groups) > 1

    @property
    def strain_only(self) -> bool:
        """Whether nothing but the strain holds it."""
        return self.kinds == ("strain",)


@dataclass(frozen=True, eq=False)
class ClosedGroups:
    """The groups that the distortion of one pair can pass through."""

    analysis: Analysis

    def child_mask(self, strain: bool = True) -> BoolArray:
        """H as a mask (g, s): the stabiliser of the distortion, or of all but its strain."""
        isotropy = self.analysis.isotropy
        if strain or not isotropy.use_strain:
            return isotropy.whole
        mask = np.ones(isotropy.shape, dtype=bool)
        for active in isotropy.active:
            if active.kind != "strain" and active.label in isotropy.labels:
                mask &= active.fixes
        return mask

    def active_irreps(self, strain: bool = True) -> list[SubspaceIrrep]:
        """The irreps of V with their isotropy subspaces; irreps that are nothing but noise are left out.

        Parameters
        ----------
        strain : bool
            Whether strain irreps belong to V.
        """
        child = self.child_mask(strain)
        kinds: dict[str, list[str]] = {}
        irreps: dict[str, Irrep] = {}
        for mode in self.analysis.modes:
            counts = strain if mode.kind == "strain" else mode.label in self.analysis.isotropy.labels
            if counts:
                irreps.setdefault(mode.label, mode.irrep)
                kinds.setdefault(mode.label, []).append(mode.kind)
        return [self._active(irreps[key], tuple(dict.fromkeys(kinds[key])), child) for key in irreps]

    def fixed_rows(self, irrep: Irrep, mask: BoolArray) -> FloatArray:
        """Orthonormal rows (f, dim) of the order parameters that a group leaves alone."""
        projector = self.analysis.isotropy.fixed_projector(irrep, mask)
        values, vectors = np.linalg.eigh((projector + projector.T) / 2)
        return np.asarray(vectors[:, values > 0.5].T)

    def _active(self, irrep: Irrep, kinds: tuple[str, ...], child: BoolArray) -> SubspaceIrrep:
        basis = self.fixed_rows(irrep, child)
        everything = np.ones(self.analysis.isotropy.shape, dtype=bool)
        matrices = self.analysis.isotropy.matrices(irrep, everything)
        inside = np.einsum("fi,gij,hj->gfh", basis, matrices, basis)
        inside = (inside + inside.transpose(0, 2, 1)) / 2
        groups = []
        for subspace in _isotropy_subspaces(inside):
            moved = np.einsum("fi,gij,fj->gf", subspace, inside, subspace)
            groups.append(np.asarray((moved > _FIXED).all(axis=1).reshape(everything.shape)))
        return SubspaceIrrep(irrep, kinds, basis, tuple(_distinct(groups)), self.analysis.names.of(irrep))

    def listed(self, active: Iterable[SubspaceIrrep]) -> list[BoolArray]:
        """Every group that is the stabiliser of its own fixed vectors, G first, H last.

        Raises
        ------
        UsageError
            If there are more than can be listed.
        """
        found = [np.ones(self.analysis.isotropy.shape, dtype=bool)]
        for one in active:
            found = _distinct(mask & group for mask in found for group in one.groups)
            if len(found) > LARGEST_LIST:
                raise UsageError(
                    f"More than {LARGEST_LIST} groups lie between this parent and this child.",
                    "Ask for one of them with --keep or --direction, or leave out the strain with --no-strain.",
                )
        return in_order(found)


def _isotropy_subspaces(inside: FloatArray) -> list[FloatArray]:
    """Intersections of the subspaces that the operations leave alone, as orthonormal rows.

    `inside` (m, f, f) holds the symmetric parts of the operations within Fix(H); what one leaves alone is
    its eigenspace of eigenvalue 1. The whole space comes first.
    """
    width = inside.shape[1]
    known: dict[bytes, FloatArray] = {_key(np.eye(width)): np.eye(width)}
    single: dict[bytes, FloatArray] = {}
    _, first = np.unique(np.round(inside.reshape(len(inside), -1) / _GRID), axis=0, return_index=True)
    for matrix in inside[np.sort(first)]:
        values, vectors = np.linalg.eigh(matrix)
        rows = vectors[:, values > _FIXED].T
        single.setdefault(_key(rows.T @ rows), rows)
    for rows in single.values():
        for other in list(known.values()):
            both = rows.T @ rows + other.T @ other
            values, vectors = np.linalg.eigh(both)
            shared = vectors[:, values > 2.0 - 1e-6].T
            known.setdefault(_key(shared.T @ shared), shared)
        if len(known) > LARGEST_LIST:
            raise UsageError(
                f"One irrep of this distortion has more than {LARGEST_LIST} isotropy subspaces.",
                "Choose a child of higher symmetry.",
            )
    return list(known.values())


def _key(projector: FloatArray) -> bytes:
    return np.round(projector / _GRID).astype(np.int64).tobytes()


def _distinct(masks: Iterable[BoolArray]) -> list[BoolArray]:
    seen: dict[bytes, BoolArray] = {}
    for mask in masks:
        seen.setdefault(np.packbits(mask).tobytes(), mask)
    return list(seen.values())


def in_order(masks: Iterable[BoolArray]) -> list[BoolArray]:
    """Largest group first; equal sizes in a fixed order."""
    return sorted(masks, key=lambda m: (-int(m.sum()), np.packbits(~m).tobytes()))


def covering(masks: list[BoolArray]) -> list[tuple[int, int]]:
    """Pairs (i, j) with group i above group j and none of the list between them."""
    flat = np.array([m.ravel() for m in masks])
    inside = ~(flat[None, :, :] & ~flat[:, None, :]).any(axis=2)
    np.fill_diagonal(inside, False)
    return direct_pairs(inside)
