"""Crystallographic point groups of finite molecules: frame, Mulliken labels, matrices.

Frame: z is the main axis, x and y are the file's axes where these are two-fold axes (or lie
in mirror planes, in C_nv), otherwise x goes between the atoms, through bond mid-points, and where that
does not tell, along the axis that the atoms reach least along: a choice that turning the file does not change. In
D2 and D2h z is then the normal of a flat molecule, else the axis through most atoms. A
square with edges along x and y is then distorted to a rectangle by B1g and to a rhombus by
B2g, however it is turned in its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import permutations, product
from typing import NamedTuple

import numpy as np

from curiebreak.arrays import FloatArray
from curiebreak.errors import InputError, InternalError
from curiebreak.symmetry.point_irreps import basis_sets, representation
from curiebreak.symmetry.point_names import are_closed, point_group_name

_TOLERANCE = 1e-3
"""Largest difference of matrix elements of equal operations, and of aligned unit vectors."""

_CLOSED = 1e-3
"""Largest error of the matrices of an irrep before the frame is called wrong."""

_BETWEEN = "between the atoms, through bond mid-points"


class OperationKind(NamedTuple):
    """What a point operation is.

    Attributes
    ----------
    kind : str
        ``E``, ``i``, ``m``, ``C2``, ``C3``, ..., ``S3``, ``S4``, ``S6``, ...
    axis : (3,) float or None
        Unit vector along the axis or mirror normal, largest component positive; None for
        ``E`` and ``i``.
    """

    kind: str
    axis: FloatArray | None


@dataclass(frozen=True, eq=False)
class PointGroupIrrep:
    """One real irrep of a point group.

    Attributes
    ----------
    label : str
        Mulliken symbol in plain ASCII.
    dim : int
    functions : tuple of str
        Basis functions in the frame of the group (``w``: pseudoscalar, ``Rx``: axial vector).
    characters : (g,) float
    matrices : (g, dim, dim) float
        Orthogonal, in the order of the operations given.
    joined : bool
        Whether it joins two complex conjugate irreps.
    """

    label: str
    dim: int
    functions: tuple[str, ...]
    characters: FloatArray
    matrices: FloatArray
    joined: bool


@dataclass(frozen=True, eq=False)
class PointGroup:
    """A crystallographic point group with its frame and irreps.

    Attributes
    ----------
    schoenflies : str
    rotations : (g, 3, 3) float
        Operations as given, Cartesian, frame of the file.
    frame : (3, 3) float
        Rows are x, y, z of the labels in the frame of the file.
    note : str
        One line on how the frame was chosen.
    irreps : tuple of PointGroupIrrep
    """

    schoenflies: str
    rotations: FloatArray
    frame: FloatArray
    note: str
    irreps: tuple[PointGroupIrrep, ...]


def classify_operation(rotation: FloatArray) -> OperationKind:
    """Name and axis of an orthogonal matrix (3, 3), Cartesian.

    Raises
    ------
    InputError
        If the matrix is not orthogonal or its angle is no simple fraction of a turn.
    """
    matrix = np.asarray(rotation, float)
    if matrix.shape != (3, 3) or np.abs(matrix @ matrix.T - np.eye(3)).max() > 1e-2:
        raise InputError("a point operation is not an orthogonal matrix", "give Cartesian rotations")
    return _classified((np.round(matrix, 9) + 0.0).tobytes())


@lru_cache(maxsize=1024)
def _classified(elements: bytes) -> OperationKind:
    """The same from the matrix elements; operations come again and again."""
    matrix = np.frombuffer(elements).reshape(3, 3)
    proper = np.linalg.det(matrix) > 0
    # an improper operation is minus a rotation
    turn = matrix if proper else -matrix
    order = _turn_order(turn)
    axis = None if order == 1 else _axis(turn)
    if proper:
        return OperationKind("E" if order == 1 else f"C{order}", axis)
    if order == 1:
        return OperationKind("i", None)
    if order == 2:
        return OperationKind("m", axis)
    return OperationKind(f"S{_rotoreflection_order(order)}", axis)


def _turn_order(turn: FloatArray) -> int:
    # tr R = 1 + 2 cos(angle)
    angle = float(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))) / (2 * np.pi)
    fraction = Fraction(angle).limit_denominator(24)
    if abs(float(fraction) - angle) > 5e-3:
        raise InputError("a rotation is no simple fraction of a turn", "check the atom positions")
    return fraction.denominator


def _rotoreflection_order(order: int) -> int:
    """Order n of S_n for minus a rotation of the given order."""
    if order % 4 == 0:
        return order
    return 2 * order if order % 2 else order // 2


def _axis(turn: FloatArray) -> FloatArray:
    # the axis is the eigenvector of eigenvalue 1, which the symmetric part shares
    values, vectors = np.linalg.eigh((turn + turn.T) / 2)
    axis = vectors[:, int(values.argmax())]
    axis = np.where(np.abs(axis) < 1e-9, 0, axis)
    return _toward_file(axis)


def schoenflies_symbol(rotations: FloatArray) -> str:
    """Schoenflies symbol of a set of operations (g, 3, 3).

    Raises
    ------
    InputError
        If the operations are not one of the 32 crystallographic point groups.
    """
    name = point_group_name(rotations)
    # sum dim^2 = order, where a joined pair of one-dimensional irreps counts twice 1^2
    squares = [len(entry.functions) ** 2 // (1 + entry.joined) for entry in basis_sets(name)]
    if sum(squares) != len(rotations) or not are_closed(rotations):
        raise InputError(
            f"The point group {name} of {len(rotations)} operations is no crystallographic one, "
            "and only the irreps of those 32 are labelled.",
            "Molecules with a five-fold axis or one of more than six, rotoreflections included, and linear ones are "
            "not decomposed; `curiebreak check` compares fields on them, without labels.",
        )
    return name


def point_group(rotations: FloatArray, positions: FloatArray | None = None) -> PointGroup:
    """Point group of a molecule, with Mulliken labels in a stated frame.

    Parameters
    ----------
    rotations : (g, 3, 3) float
        All operations, Cartesian, frame of the file.
    positions : (n, 3) float, optional
        Atoms, Å, to tell axes through atoms from axes between them.

    Raises
    ------
    InputError
        If the group is not one of the 32 crystallographic ones, or the atoms lie on a line.
    """
    operations = np.asarray(rotations, float)
    centred = None if positions is None else np.asarray(positions, float) - np.mean(positions, axis=0)
    if centred is not None and np.linalg.matrix_rank(centred, tol=1e-2) < 2:
        message = "a linear molecule has an infinite point group"
        raise InputError(message, "use at least three atoms that are not on a line")
    symbol = schoenflies_symbol(operations)
    frame, note = _frame(symbol, operations, centred)
    in_frame = frame @ operations @ frame.T
    return PointGroup(
        schoenflies=symbol,
        rotations=operations,
        frame=frame,
        note=note,
        irreps=_irreps(symbol, in_frame),
    )


def _irreps(symbol: str, rotations: FloatArray) -> tuple[PointGroupIrrep, ...]:
    irreps = []
    for entry in basis_sets(symbol):
        matrices = representation(entry.functions, rotations)
        # functions that span an irrep give orthogonal matrices; others show that the frame is wrong
        if np.abs(matrices @ matrices.transpose(0, 2, 1) - np.eye(len(entry.functions))).max() > _CLOSED:
            raise InternalError(f"the functions of {entry.label} are not closed under {symbol}: wrong frame")
        irreps.append(
            PointGroupIrrep(
                label=entry.label,
                dim=len(entry.functions),
                functions=entry.functions,
                characters=np.trace(matrices, axis1=1, axis2=2),
                matrices=matrices,
                joined=entry.joined,
            )
        )
    return tuple(irreps)


def _frame(symbol: str, rotations: FloatArray, positions: FloatArray | None) -> tuple[FloatArray, str]:
    kinds = [classify_operation(r) for r in rotations]
    if symbol in ("C1", "Ci"):
        return np.eye(3), "x, y, z along the file's axes"
    if symbol[0] in "TO":
        name = {"Td": "S4", "O": "C4", "Oh": "C4"}.get(symbol, "C2")
        return _triple_frame(_distinct_axes(kinds, {name}))
    if symbol in ("D2", "D2h"):
        return _triple_frame(_distinct_axes(kinds, {"C2"}), positions)
    main = _main_axis(symbol, kinds)
    candidates = _secondary_axes(symbol, kinds, main)
    x, note = _choose_x(candidates, main, positions)
    if symbol.endswith("v"):
        note = note.replace(_BETWEEN, "in the mirror planes with fewest atoms")
    return np.array([x, np.cross(main, x), main]), f"z along {_vector_text(main)}, the main axis; {note}"


def _main_axis(symbol: str, kinds: list[OperationKind]) -> FloatArray:
    """Axis of the highest order, the mirror normal in Cs; positive along the file's axes."""
    if symbol == "Cs":
        return _distinct_axes(kinds, {"m"})[0]
    if symbol in ("S4", "D2d"):
        return _distinct_axes(kinds, {"S4"})[0]
    highest = max(int(k.kind[1:]) for k in kinds if k.kind[0] == "C")
    return _distinct_axes(kinds, {f"C{highest}"})[0]


def _secondary_axes(symbol: str, kinds: list[OperationKind], main: FloatArray) -> FloatArray:
    """Directions that x may take: two-fold axes, or lines of mirror planes in C_nv."""
    if symbol[0] == "D":
        axes = np.array(_distinct_axes(kinds, {"C2"}))
    elif symbol.endswith("v"):
        axes = np.cross(main, np.array(_distinct_axes(kinds, {"m"})))
    else:
        return np.zeros((0, 3))
    return axes[np.abs(axes @ main) < 0.1]


def _distinct_axes(kinds: list[OperationKind], names: set[str]) -> list[FloatArray]:
    axes: list[FloatArray] = []
    for kind in kinds:
        if kind.kind in names and kind.axis is not None and not any(abs(a @ kind.axis) > 0.99 for a in axes):
            axes.append(kind.axis)
    return axes


def _choose_x(candidates: FloatArray, main: FloatArray, positions: FloatArray | None) -> tuple[FloatArray, str]:
    file_axes = [e for e in np.eye(3) if abs(e @ main) < _TOLERANCE]
    if not len(candidates):
        start = file_axes[0] if file_axes else np.eye(3)[int(np.abs(main).argmin())]
        x = start - (start @ main) * main
        return x / np.linalg.norm(x), "x, y perpendicular to it, nearest to the file's axes"
    for file_axis in file_axes:
        for axis in candidates:
            if abs(axis @ file_axis) > 1 - _TOLERANCE:
                # the symmetry axis itself: the file's is only near it
                return axis * np.sign(axis @ file_axis), f"x along {_vector_text(file_axis)}, an axis of the file"
    if positions is None:
        best = max(range(len(candidates)), key=lambda i: _nearness(candidates[i]))
        return _toward_file(candidates[best]), "x along the symmetry axis nearest to the file's axes"
    return _by_atoms(candidates, main, positions)


def _by_atoms(candidates: FloatArray, main: FloatArray, positions: FloatArray) -> tuple[FloatArray, str]:
    """The axis through the fewest atoms, else the one they are farthest from, else the nearest to the file's."""
    atoms = [_atoms_on(axis, main, positions) for axis in candidates]
    spread = [_spread(axis, positions) for axis in candidates]
    best = min(range(len(candidates)), key=lambda i: (atoms[i], spread[i], [-v for v in _nearness(candidates[i])]))
    if min(atoms) < max(atoms):
        text = _BETWEEN
    elif min(spread) < max(spread):
        text = "along the axis that the atoms are farthest from"
    else:
        text = "nearest to the file's axes"
    return _toward_file(candidates[best]), f"x {text}"


def _spread(axis: FloatArray, positions: FloatArray) -> float:
    """How far the atoms reach along an axis, as a number that tells inequivalent axes apart.

    The twelfth power holds all harmonics that the two classes of axes of a six-fold group differ in.
    """
    radius = float(np.linalg.norm(positions, axis=1).max())
    return round(float((np.abs(positions @ axis / radius) ** 12).sum()), 4)


def _nearness(axis: FloatArray) -> list[float]:
    return [round(float(abs(v)), 6) for v in axis]


def _toward_file(axis: FloatArray) -> FloatArray:
    lead = int(np.argmax(np.abs(axis) > np.abs(axis).max() - _TOLERANCE))
    return np.asarray(axis * np.sign(axis[lead]))


def _atoms_on(axis: FloatArray, main: FloatArray, positions: FloatArray) -> int:
    """Atoms on the half plane through the main axis and an axis, those on the main axis left out."""
    flat = positions - np.outer(positions @ main, main)
    radius = np.linalg.norm(flat, axis=1)
    off = radius > 0.1
    return int((np.abs(flat[off] @ axis) > 0.999 * radius[off]).sum())


def _triple_frame(axes: list[FloatArray], positions: FloatArray | None = None) -> tuple[FloatArray, str]:
    """Frame of three equivalent perpendicular axes: the turn of them that is nearest to the file's."""
    every = product(permutations(axes), product((1, -1), repeat=3))
    frames = (np.array(signs)[:, None] * np.array(rows) for rows, signs in every)
    turns = [frame for frame in frames if np.linalg.det(frame) > 0]
    best = max(turns, key=_least_turn)
    if np.trace(best) > 3 - _TOLERANCE:
        return best, "x, y, z along the file's axes"
    if positions is None:
        return best, "x, y, z along the symmetry axes, nearest to the file's axes"
    normal = _plane_normal(positions)
    upright = np.zeros(3) if normal is None else normal
    wanted = sorted(axes, key=lambda axis: (abs(float(axis @ upright)) > 0.99, *_rank(axis, positions)))
    placed = [f for f in turns if all(abs(row @ axis) > 0.99 for row, axis in zip(f, wanted, strict=True))]
    best = max(placed, key=_least_turn)
    z = f"z along {_vector_text(best[2])}"
    if normal is not None:
        return best, f"{z}, normal to the plane of the molecule; x through the fewest atoms"
    return best, f"{z}, the axis through the most atoms (then the one they reach farthest along); x through the fewest"


def _least_turn(frame: FloatArray) -> tuple[float, ...]:
    """Largest for the smallest turn from the file's axes: by the trace, then by the elements."""
    return round(float(np.trace(frame)), 6), *np.round(frame.ravel(), 6)


def _rank(axis: FloatArray, positions: FloatArray) -> tuple[int, float]:
    """Atoms on an axis, and how far the atoms reach along it."""
    along = np.abs(positions @ axis)
    # within 2.6 degrees of the axis and not at the centre
    on = (along > 0.1) & (along > 0.999 * np.linalg.norm(positions, axis=1))
    return int(on.sum()), _spread(axis, positions)


def _plane_normal(positions: FloatArray) -> FloatArray | None:
    _, values, vectors = np.linalg.svd(positions)
    return np.asarray(vectors[2]) if len(values) < 3 or values[2] < 1e-2 else None


def _vector_text(vector: FloatArray) -> str:
    scaled = vector / np.abs(vector).max()
    return "[" + " ".join(f"{x:.3f}".rstrip("0").rstrip(".") for x in scaled + 0.0) + "]"
