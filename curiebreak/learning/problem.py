"""What the learned side is given: arrays of one parent-child pair, and nothing else.

No labels, no irrep tables and no space-group library enter this package: the graph of the parent, the
operations as arrays, and the field that the network has to produce.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray, IntArray
from curiebreak.errors import InputError

#: A target below this (Å, strain or occupation) counts as zero.
ZERO_TARGET = 1e-9

_FINITE = ("positions", "target", "target_strain", "target_occupation", "target_moments")


class GivenField(NamedTuple):
    """A known field of one degree and parity that enters the network as it is, beside what is learned.

    ``values`` are (n, 2l+1) on the atoms of the cell or (2l+1,) for the whole cell, e3nn component order. It is one
    that time reversal leaves alone.
    """

    degree: int
    parity: int
    values: FloatArray


class TargetField(NamedTuple):
    """A part of pure degree of a field that the network has to produce, beside a distortion or in its place.

    ``values`` are (n, 2l+1) on the atoms of the cell or (2l+1,) for the whole cell, e3nn component order, averaged over
    the child's group. ``owner`` numbers the field that it is a part of; the loss of a field is that of all its parts.
    """

    degree: int
    parity: int
    time: int
    values: FloatArray
    owner: int

    @property
    def everywhere(self) -> bool:
        """Whether it belongs to the whole cell."""
        return self.values.ndim == 1

    @property
    def kind(self) -> tuple[int, int] | tuple[int, int, int]:
        """(l, parity), with the time parity where it is -1."""
        return (self.degree, self.parity) if self.time > 0 else (self.degree, self.parity, self.time)


@dataclass(frozen=True, eq=False)
class Remaining:
    """The parent's operations that keep every given field, modulo the translations among them.

    Parameters
    ----------
    rotations : (k, 3, 3)
        Cartesian.
    permutations : (k, m) int
        Their action on the m atoms of the smallest cell on which all given fields are periodic.
    atom : (n,) int
        Which of these m atoms each atom of the problem's cell is a translate of.
    """

    rotations: FloatArray
    permutations: IntArray
    atom: IntArray


@dataclass(frozen=True, eq=False)
class Problem:
    """One learning problem: the parent in the child's cell and the field to produce.

    All vectors are Cartesian in the parent's frame, in Å. Operations act on vector fields as
    ``(g u)[perm[i]] = R u[i]``.

    Parameters
    ----------
    lattice : (3, 3) or None
        Rows: axes of the undistorted cell; None for a finite molecule.
    positions : (n, 3)
        Undistorted positions.
    types : (n,) int
        Site orbit of the parent, 0 .. len(type_names) - 1.
    type_names : tuple of str
        One name for each site orbit.
    parent_atom : (n,) int
        Which atom of the parent's primitive cell this atom is a translate of.
    parent_rotations : (g, 3, 3)
        Operations of the parent modulo its lattice.
    parent_permutations : (g, n_p) int
        Their action on the parent's primitive atoms.
    child_rotations : (h, 3, 3)
        Operations of the child modulo the lattice of the cell.
    child_permutations : (h, n) int
        Their action on the atoms of the cell.
    target : (n, 3) or None
        Displacements, averaged over the child's group, mean over the atoms removed.
    target_strain : (3, 3) or None
        Symmetric strain.
    target_occupation : (n, q) or None
        Scalars on sites.
    given : tuple of GivenField
        Known fields; the child's operations above keep them all.
    remaining : Remaining or None
        What they leave of the parent's operations; None where nothing is given.
    input_rotations : (i, 3, 3) or None
    input_permutations : (i, n) int or None
        All operations of the child, where given fields break some: what is learned has to keep them too.
    target_moments : (n, 3) or None
        Magnetic moments, averaged over the child's group. With them the parent is grey, it has each of its operations
        with time reversal too, and they act as ``(g m)[perm[i]] = theta det(R) R m[i]``.
    child_thetas : (h,) int or None
        -1 where an operation of the child reverses time; 1 for all by default.
    target_fields : tuple of TargetField
        Other fields to produce. Where one of them is odd under time reversal the parent is grey.
    """

    lattice: FloatArray | None
    positions: FloatArray
    types: IntArray
    type_names: tuple[str, ...]
    parent_atom: IntArray
    parent_rotations: FloatArray
    parent_permutations: IntArray
    child_rotations: FloatArray
    child_permutations: IntArray
    target: FloatArray | None = None
    target_strain: FloatArray | None = None
    target_occupation: FloatArray | None = None
    given: tuple[GivenField, ...] = ()
    remaining: Remaining | None = None
    input_rotations: FloatArray | None = None
    input_permutations: IntArray | None = None
    target_moments: FloatArray | None = None
    child_thetas: IntArray | None = None
    target_fields: tuple[TargetField, ...] = ()

    def __post_init__(self) -> None:
        n, operations = len(self.positions), len(self.child_rotations)
        shapes: dict[str, tuple[int, ...]] = {
            "positions": (n, 3),
            "types": (n,),
            "parent_atom": (n,),
            "child_permutations": (operations, n),
            "child_thetas": (operations,),
            "lattice": (3, 3),
            "target": (n, 3),
            "target_moments": (n, 3),
            "target_strain": (3, 3),
            "target_occupation": (n,),
        }
        # every array against n atoms or h operations; occupations may have any number of kinds
        stated = {name: np.asarray(getattr(self, name)) for name in shapes if getattr(self, name) is not None}
        for name, values in stated.items():
            got = values.shape[:1] if name == "target_occupation" else values.shape
            if got != shapes[name]:
                raise InputError(f"`{name}` must have shape {shapes[name]}, got {got}.")
        for name in _FINITE:
            if not np.isfinite(stated.get(name, np.zeros(0))).all():
                raise InputError(f"`{name}` must be finite.", "Remove NaN and infinite entries.")

    @property
    def under_given(self) -> Problem:
        """The same problem with the operations that keep the given fields in place of the parent's."""
        kept = self.remaining
        if kept is None:
            return self
        return replace(
            self,
            parent_rotations=kept.rotations,
            parent_permutations=kept.permutations,
            parent_atom=kept.atom,
        )

    @property
    def n_atoms(self) -> int:
        """Number of atoms of the cell."""
        return len(self.positions)

    @property
    def n_types(self) -> int:
        """Number of site orbits of the parent."""
        return len(self.type_names)

    @property
    def has_displacement(self) -> bool:
        """Whether displacements are a non-zero part of the target."""
        return counted(self.target) is not None

    @property
    def has_strain(self) -> bool:
        """Whether strain is a non-zero part of the target."""
        return counted(self.target_strain) is not None

    @property
    def has_occupation(self) -> bool:
        """Whether occupations are a non-zero part of the target."""
        return counted(self.target_occupation) is not None

    @property
    def has_moments(self) -> bool:
        """Whether moments are a non-zero part of the target."""
        return counted(self.target_moments) is not None

    @property
    def has_odd(self) -> bool:
        """Whether a part of the target is odd under time reversal; if so the parent is grey."""
        return self.has_moments or any(f.time < 0 for f in self.target_fields)

    @property
    def has_target(self) -> bool:
        """Whether there is anything to produce."""
        moved = self.has_displacement or self.has_strain or self.has_occupation or self.has_moments
        return moved or bool(self.target_fields)

    def field_norms(self) -> list[float]:
        """Norm of each field, all of its parts together."""
        count = 1 + max((f.owner for f in self.target_fields), default=-1)
        squares = [0.0] * count
        for one in self.target_fields:
            squares[one.owner] += float(np.sum(one.values**2))
        return [float(np.sqrt(s)) or 1.0 for s in squares]

    @property
    def n_occupation(self) -> int:
        """Number of occupation scalars at each site of the target (0 when not a target)."""
        values = counted(self.target_occupation)
        return 0 if values is None else int(values.shape[1])


def counted(part: FloatArray | None) -> FloatArray | None:
    """A part of the target, or ``None`` where there is none or it is zero."""
    return part if part is not None and float(np.abs(part).max(initial=0.0)) > ZERO_TARGET else None
