"""The result of a mapping: what moved, by how much, in which cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.structures.model import Structure
from curiebreak.symmetry.parent import ParentCrystal
from curiebreak.symmetry.supercell_sites import Supercell
from curiebreak.transformation import Transformation


@dataclass(frozen=True, eq=False)
class Distortion(Supercell):
    """A child laid onto its parent.

    Frames: Cartesian vectors are in the parent's frame. With ``F = rotation @ (1 + strain)`` the
    child's axes are ``(F @ lattice.T).T`` in the child's own frame, rows as ever, and an atom of the
    child lies at ``F @ (cartesian + displacement)`` up to one shift of the origin.

    Attributes
    ----------
    parent : ParentCrystal
    child : Structure
        As it was read, or its mirror image, or in the parent's height where both are slabs.
    cell : ndarray (3, 3) of int, det > 0
        Rows: axes of the child's primitive cell in the parent's primitive axes; size s = det.
    supercell_basis : ndarray (3, 3)
        ``child file axes (undistorted) = supercell_basis @ parent file axes``.
    origin_shift : ndarray (3,)
        ``x_parent = x_child @ supercell_basis + origin_shift`` in fractions of the two file cells.
    site : ndarray (n,) of int
        Primitive parent atom under each atom of the cell.
    cell_index : ndarray (n, 3) of int
        Undistorted position ``parent.frac[site] + cell_index`` in the parent's primitive fractions.
    child_atoms : ndarray (n,) of int
        Index of each atom in ``child.species`` and ``child.coords``.
    displacements : ndarray (n, 3)
        Å, Cartesian, ``parent lattice x fractional difference``, mean removed.
    strain : ndarray (3, 3)
        ``U - 1`` with the right stretch U of ``F = Q U``, Cartesian.
    rotation : ndarray (3, 3)
        Q, a proper rotation from the parent's frame to the child's.
    occupation : ndarray (n, n_elements) or None
        Occupancy in the child minus occupancy in the parent, of each element on each site.
    occupation_elements : tuple of str
        Columns of `occupation`.
    rms, dmax : float
        Root mean square over the atoms, and largest length, of the displacements (Å).
    cost : float
        ``rms^2 + (0.5 (V/atom)^(1/3) rms_strain)^2`` in Å^2, both in the child's cell at the parent's volume.
    rebuild_error : float
        Largest distance (Å) between the child rebuilt from this object and the child as read.
    multiplicity : int
        Primitive cells of the child in `cell`; above 1 only when the parent's cell is the larger one.
    runner_up : dict or None
        ``cost``, ``rms``, ``dmax``, ``size`` and ``group_subgroup`` of the best other map.
    messages : tuple of str
    mirrored : bool
        The child was inverted before it was mapped (``--allow hand``).
    vacuum : (float, float) or None
        Of slabs whose vacuum differs: Å in the parent and in the child as read.
    """

    child: Structure
    supercell_basis: FloatArray
    origin_shift: FloatArray
    child_atoms: IntArray
    displacements: FloatArray
    strain: FloatArray
    rotation: FloatArray
    occupation: FloatArray | None
    occupation_elements: tuple[str, ...]
    rms: float
    dmax: float
    cost: float
    rebuild_error: float
    multiplicity: int = 1
    runner_up: dict[str, Any] | None = None
    messages: tuple[str, ...] = ()
    mirrored: bool = False
    vacuum: tuple[float, float] | None = None

    @classmethod
    def built(
        cls,
        parent: ParentCrystal,
        child: Structure,
        cell: IntArray,
        site: IntArray,
        cell_index: IntArray,
        displacements: FloatArray,
        strain: FloatArray,
    ) -> Distortion:
        """The distortion to a child that was built on its parent, whose place there is known; arrays as above."""
        lengths = np.linalg.norm(displacements, axis=1)
        return cls(
            parent=parent,
            child=child,
            cell=cell,
            supercell_basis=parent.to_file.vectors(cell),
            origin_shift=np.zeros(3),
            site=site,
            cell_index=cell_index,
            child_atoms=np.arange(len(site)),
            displacements=displacements,
            strain=strain,
            rotation=np.eye(3),
            occupation=None,
            occupation_elements=(),
            rms=float(np.sqrt((lengths**2).mean())),
            dmax=float(lengths.max()),
            cost=float((lengths**2).mean()),
            rebuild_error=0.0,
        )

    @property
    def size(self) -> int:
        """Primitive parent cells in the cell."""
        return round(float(np.linalg.det(self.cell)))

    @property
    def to_primitive(self) -> Transformation:
        """Out of the axes of the child's file to the parent's primitive ones."""
        in_file = Transformation.out_of(self.supercell_basis, self.origin_shift)
        return Transformation.out_of(self.parent.file_cell) @ in_file


def polar_decomposition(gradient: NDArray[np.floating[Any]]) -> tuple[FloatArray, FloatArray]:
    """Split ``F = Q U`` into a rotation and the right stretch.

    Parameters
    ----------
    gradient : ndarray (3, 3)
        F, acting on columns, det > 0.

    Returns
    -------
    rotation, stretch : ndarray (3, 3)
    """
    # (19) from F = L s R: Q = L R, U = R^T s R
    left, singular, right = np.linalg.svd(gradient)
    return np.asarray(left @ right), np.asarray(right.T @ np.diag(singular) @ right)
