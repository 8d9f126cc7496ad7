"""Linear molecules and single directed points: groups that hold every rotation about one axis.

The group is SO(2) about the axis times some of the four cosets of D_inf_h: ``E``, ``v`` (mirrors through
the axis), ``h`` (the mirror across it, inversion, rotoreflections) and ``d`` (two-fold axes across it).
A real field splits by m, the number of turns of its components per turn about the axis (Sigma, Pi, Delta,
Phi, Gamma, ... for m = 0, 1, 2, 3, 4, ...), by inversion (g, u) and for m = 0 by the mirrors (+, -).

Stabilisers are compared on finitely many operations that represent all: rotations by fractions of the
turn that some part keeps, the reflections that some part keeps, and one general operation of each coset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from curiebreak.arrays import FloatArray, IntArray

COSETS = ("E", "v", "h", "d")
_LETTERS = ("Sigma", "Pi", "Delta", "Phi", "Gamma")
_GENERAL = 0.7
_SYMBOLS = {
    frozenset("Evhd"): "Dinfh",
    frozenset("Ev"): "Cinfv",
    frozenset("Eh"): "Cinfh",
    frozenset("Ed"): "Dinf",
    frozenset("E"): "Cinf",
}


@dataclass(frozen=True, eq=False)
class AxialGroup:
    """An infinite point group about an axis, acting on atoms of that axis.

    Attributes
    ----------
    frame : ndarray (3, 3)
        Rows x, y, z of the group in the frame of the file, z along the axis.
    ends : ndarray (n,) of int
        Where the operations that turn the axis round carry each atom.
    cosets : frozenset of str
        Those of :data:`COSETS` that belong to the group.
    """

    frame: FloatArray
    ends: IntArray
    cosets: frozenset[str]

    @property
    def symbol(self) -> str:
        """Schoenflies symbol in ASCII, ``inf`` for the infinite order."""
        return _SYMBOLS[self.cosets]

    def operation(self, coset: str, angle: float) -> FloatArray:
        """Rotation by `angle` about the axis after the coset's representative: (3, 3), frame of the file."""
        cosine, sine = np.cos(angle), np.sin(angle)
        turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])
        first = {"E": (1, 1, 1), "v": (1, -1, 1), "h": (1, 1, -1), "d": (1, -1, -1)}[coset]
        return np.asarray(self.frame.T @ turn @ np.diag(np.array(first, dtype=float)) @ self.frame)

    def permutation(self, coset: str) -> IntArray:
        """Where the atoms go under the operations of a coset."""
        return self.ends if coset in "hd" else np.arange(len(self.ends))


@dataclass(frozen=True, eq=False)
class AxialIrrep:
    """An irrep of an axial group: ``turns`` per turn about the axis, signs under i and mirrors (0: none)."""

    turns: int
    inversion: int
    mirror: int

    @property
    def label(self) -> str:
        """Such as ``Sigma_u+``, ``Pi_g``, ``m5_u``."""
        name = _LETTERS[self.turns] if self.turns < len(_LETTERS) else f"m{self.turns}"
        sign = {1: "_g", -1: "_u", 0: ""}[self.inversion]
        return name + sign + ({1: "+", -1: "-", 0: ""}[self.mirror] if self.turns == 0 else "")

    @property
    def trivial(self) -> bool:
        """Whether it breaks nothing."""
        return self.turns == 0 and self.inversion >= 0 and self.mirror >= 0

    @property
    def dim(self) -> int:
        """Real dimension."""
        return 1 if self.turns == 0 else 2


def signs_of(group: AxialGroup) -> list[tuple[int, int]]:
    """Pairs of signs under inversion (coset h) and mirrors (coset v, or two-fold axes without them)."""
    inversions = (1, -1) if "h" in group.cosets else (0,)
    mirrors = (1, -1) if {"v", "d"} & group.cosets else (0,)
    return [(i, m) for i in inversions for m in mirrors]


class AxialAction:
    """How one field turns: matrices of operations, atoms permuted.

    Parameters
    ----------
    group : AxialGroup
    matrices : callable
        Operations (g, 3, 3) -> matrices (g, d, d) of the field's components.
    largest : int
        Largest number of turns that its components can have (the rank of the tensor).
    per_atom : bool
        Whether the operations move its rows.
    """

    def __init__(
        self, group: AxialGroup, matrices: Callable[[FloatArray], FloatArray], largest: int, per_atom: bool
    ) -> None:
        self.group = group
        self._matrices = matrices
        self.largest = largest
        self.per_atom = per_atom

    def moved(self, values: FloatArray, coset: str, angle: float) -> FloatArray:
        """Field (n, d) after one operation."""
        operation = self.group.operation(coset, angle)
        turned = np.asarray(values @ self._matrices(operation[None])[0].T)
        if not self.per_atom:
            return turned
        result = np.empty_like(turned)
        result[self.group.permutation(coset)] = turned
        return result

    def part(self, values: FloatArray, irrep: AxialIrrep) -> FloatArray:
        """Isotypic component (n, d) of a field."""
        # a field of components up to L turns with frequencies up to L: 2 L + 2 points integrate exactly
        count = 2 * self.largest + 2
        angles = 2 * np.pi * np.arange(count) / count
        # (8) over the rotations: characters 2 cos(m phi), 1 for m = 0
        weights = np.cos(irrep.turns * angles) * (1 if irrep.turns == 0 else 2) / count
        found = sum(
            (w * self.moved(values, "E", a) for w, a in zip(weights, angles, strict=True)),
            np.zeros_like(values),
        )
        # then (1 + sign * operation) / 2 for inversion and mirrors
        if irrep.inversion:
            found = (found + irrep.inversion * self.moved(found, "h", np.pi)) / 2
        if irrep.mirror and irrep.turns == 0:
            coset = "v" if "v" in self.group.cosets else "d"
            found = (found + irrep.mirror * self.moved(found, coset, 0.0)) / 2
        return np.asarray(found)

    def parts(self, values: FloatArray) -> list[tuple[AxialIrrep, FloatArray]]:
        """All isotypic components, empty ones too; they add up to the field."""
        found = []
        for turns in range(self.largest + 1):
            signs = signs_of(self.group)
            if turns:
                signs = sorted({(i, 0) for i, _ in signs})
            for inversion, mirror in signs:
                irrep = AxialIrrep(turns, inversion, mirror)
                found.append((irrep, self.part(values, irrep)))
        return found

    def kept_by(self, values: FloatArray, turns: int) -> list[tuple[str, float]]:
        """Operations (coset, angle) that leave a component with `turns` > 0 unchanged, and maybe others."""
        found = []
        for coset in sorted(self.group.cosets):
            # a component turns as exp(i m phi): two overlaps give the angle at which the image is the field
            cosine = float((values * self.moved(values, coset, 0.0)).sum())
            sine = float((values * self.moved(values, coset, np.pi / (2 * turns))).sum())
            start = float(np.arctan2(sine, cosine)) / turns
            found += [(coset, start + 2 * np.pi * j / turns) for j in range(turns)]
        return found


def general_operations(group: AxialGroup) -> list[tuple[str, float]]:
    """The identity and one operation of each coset at a general angle."""
    return [("E", 0.0), *((coset, _GENERAL) for coset in sorted(group.cosets))]


def axial_frame(axis: FloatArray) -> FloatArray:
    """Frame with z along `axis`, x the file's axis that is most nearly perpendicular to it."""
    z = axis / np.linalg.norm(axis)
    z = z * np.sign(z[int(np.argmax(np.abs(z) > np.abs(z).max() - 1e-6))])
    start = np.eye(3)[int(np.argmin(np.abs(z)))]
    x = start - (start @ z) * z
    x /= np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])
