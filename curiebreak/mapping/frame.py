"""The parent prepared for searching: reduced cell, integer operations, nearest sites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from curiebreak.arrays import BoolArray, FloatArray, IntArray, distinct, nearest_image
from curiebreak.mapping.composition import SiteKinds
from curiebreak.mapping.lattices import adjugate, coset_keys, coset_vectors, image_offsets, reduced_cell
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.transformation import Transformation


@dataclass(frozen=True, eq=False)
class ParentFrame:
    """Parent in its reduced primitive cell; fractions and integers here refer to that cell.

    Attributes
    ----------
    change : ndarray (3, 3) of int
        ``lattice = change @ parent.lattice``.
    lattice : ndarray (3, 3)
        Rows, Å, reduced.
    frac : ndarray (n_p, 3)
    rotations, translations : ndarray (g, 3, 3) of int, (g, 3)
        ``x' = R x + t`` on columns.
    proper : ndarray (g,) of bool
    permutations, shifts : ndarray (g, n_p) and (g, n_p, 3) of int
        ``R x_i + t = x_perm + shift``.
    allowed : ndarray (n_kinds, n_p) of bool
        Which child kinds may sit on which site.
    hydrogen : ndarray (n_kinds,) of bool
        Kinds of hydrogen, which may hop along a hydrogen bond.
    """

    change: IntArray
    lattice: FloatArray
    frac: FloatArray
    rotations: IntArray
    translations: FloatArray
    proper: BoolArray
    permutations: IntArray
    shifts: IntArray
    allowed: BoolArray
    hydrogen: BoolArray

    @cached_property
    def offsets(self) -> FloatArray:
        """Images to look at for nearest distances."""
        return image_offsets(self.lattice)

    @cached_property
    def _metric(self) -> FloatArray:
        return np.asarray(self.lattice @ self.lattice.T)

    @cached_property
    def _offset_squares(self) -> FloatArray:
        return np.asarray(np.einsum("ij,jk,ik->i", self.offsets, self._metric, self.offsets))

    @cached_property
    def volume_per_atom(self) -> float:
        """Å^3."""
        return abs(float(np.linalg.det(self.lattice))) / len(self.frac)

    @cached_property
    def rotation_index(self) -> dict[bytes, int]:
        """Operation of each rotation matrix."""
        return {np.ascontiguousarray(r).tobytes(): i for i, r in enumerate(self.rotations)}

    def site_spacing(self, kind: int) -> float:
        """Shortest distance (Å) between two sites that a kind may take."""
        sites = self.frac[self.allowed[kind]]
        difference = sites[:, None] - sites[None]
        # also images one cell away: two sites may be each other's own translation
        rest = nearest_image(difference).reshape(-1, 1, 3)
        images = (rest - np.vstack([self.offsets, np.eye(3), -np.eye(3)])) @ self.lattice
        distances = np.linalg.norm(images, axis=-1)
        return float(distances[distances > 1e-3].min())

    def nearest(self, positions: FloatArray, kinds: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Nearest allowed site of each position.

        Parameters
        ----------
        positions : ndarray (k, n, 3)
            Fractional; k trials of the same n atoms.
        kinds : ndarray (n,) of int

        Returns
        -------
        site : ndarray (k, n) of int
        cell : ndarray (k, n, 3) of int
        vector : ndarray (k, n, 3)
            Position minus site, Cartesian, Å.
        """
        count = positions.shape[:2]
        site = np.zeros(count, dtype=np.int64)
        cell = np.zeros((*count, 3), dtype=np.int64)
        vector = np.zeros((*count, 3))
        for kind in distinct(kinds):
            members = np.flatnonzero(kinds == kind)
            sites = np.flatnonzero(self.allowed[kind])
            difference = positions[:, members, None, :] - self.frac[sites]
            whole = np.round(difference)
            rest = difference - whole
            # the squared length of x - n is x.x - 2 x.n + n.n: one product with all images
            projected = rest @ self._metric
            distance = np.einsum("...i,...i->...", projected, rest)[..., None]
            distance = distance - 2 * projected @ self.offsets.T + self._offset_squares
            flat = distance.reshape(*distance.shape[:2], -1).argmin(axis=-1)
            which, image = np.divmod(flat, len(self.offsets))
            rows, columns = np.indices(flat.shape)
            offset = self.offsets[image]
            site[:, members] = sites[which]
            cell[:, members] = (whole[rows, columns, which] + offset).astype(np.int64)
            vector[:, members] = (rest[rows, columns, which] - offset) @ self.lattice
        return site, cell, vector


@dataclass(frozen=True, eq=False)
class SuperFrame:
    """Sites of the parent in one supercell; site index = primitive site * size + coset.

    Attributes
    ----------
    frame : ParentFrame
    cell : ndarray (3, 3) of int
        Rows: supercell axes, det = size.
    """

    frame: ParentFrame
    cell: IntArray

    @cached_property
    def size(self) -> int:
        """Primitive cells in the supercell."""
        return round(float(np.linalg.det(self.cell)))

    @cached_property
    def steps(self) -> IntArray:
        """Lattice vectors (size, 3) of the cosets."""
        return coset_vectors(self.cell)

    @cached_property
    def _keys(self) -> IntArray:
        return coset_keys(self.steps, self.cell)

    @cached_property
    def lattice(self) -> FloatArray:
        """Rows, Å."""
        return np.asarray(self.cell @ self.frame.lattice)

    @cached_property
    def inverse(self) -> FloatArray:
        """Inverse of `cell`."""
        return np.asarray(adjugate(self.cell) / self.size)

    @cached_property
    def offsets(self) -> FloatArray:
        """Images of the supercell to look at for nearest distances."""
        return image_offsets(self.lattice)

    def index(self, site: IntArray, cell: IntArray) -> IntArray:
        """Index of the site that ``frac[site] + cell`` is modulo the supercell."""
        return np.asarray(site * self.size + np.searchsorted(self._keys, coset_keys(cell, self.cell)))

    def image(self, operation: int, step: IntArray) -> IntArray:
        """Permutation of the supercell's sites under parent operation ``(R, t + step)``."""
        frame = self.frame
        sites = np.repeat(np.arange(len(frame.frac)), self.size)
        cells = np.tile(self.steps, (len(frame.frac), 1))
        # (4) on every site of the supercell
        moved = cells @ frame.rotations[operation].T + frame.shifts[operation][sites] + step
        return self.index(frame.permutations[operation][sites], moved)

    def differences(self, positions: FloatArray, sites: IntArray) -> tuple[FloatArray, IntArray]:
        """Shortest vectors from sites to positions.

        Parameters
        ----------
        positions : ndarray (m, 3)
            Fractional in the primitive cell.
        sites : ndarray (q,) or (m, q) of int
            Indices as in `index`.

        Returns
        -------
        vectors : ndarray (m, q, 3)
            Cartesian, Å.
        cells : ndarray (m, q, 3) of int
            Primitive cell of the image of the site that is meant.
        """
        atom, coset = np.divmod(sites, self.size)
        home = self.steps[coset]
        difference = (positions[:, None, :] - (self.frame.frac[atom] + home)) @ self.inverse
        whole = np.round(difference)
        rest = difference - whole
        # a cell near to orthogonal: rounding is the nearest image
        if len(self.offsets) == 1:
            return rest @ self.lattice, home + np.round(whole @ self.cell).astype(np.int64)
        best = np.full(rest.shape[:2], np.inf)
        vectors = np.zeros_like(rest)
        image = np.zeros_like(rest)
        for offset in self.offsets:
            trial = (rest - offset) @ self.lattice
            distance = np.einsum("ijk,ijk->ij", trial, trial)
            closer = distance < best
            best[closer], vectors[closer], image[closer] = distance[closer], trial[closer], offset
        return vectors, home + np.round((whole + image) @ self.cell).astype(np.int64)


def parent_frame(parent: ParentCrystal, kinds: SiteKinds) -> ParentFrame:
    """Reduce the parent's primitive cell and carry its operations there."""
    if parent.lattice is None:
        raise ValueError("a molecule has no frame")
    change = reduced_cell(parent.lattice)
    inward = Transformation.out_of(change).inverse
    back = np.round(inward.matrix.T).astype(np.int64)
    rotations = np.round(inward.tensors(parent.rotations))
    return ParentFrame(
        change=change,
        lattice=change @ parent.lattice,
        frac=parent.frac @ back,
        rotations=rotations.astype(np.int64),
        translations=parent.translations @ back,
        proper=np.linalg.det(rotations) > 0,
        permutations=parent.permutations,
        shifts=parent.shifts @ back,
        allowed=kinds.allowed,
        hydrogen=np.array([name == "H" for name in kinds.child_species]),
    )
