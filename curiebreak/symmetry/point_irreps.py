"""Mulliken labels and basis functions of the 32 crystallographic point groups.

Frame: z is the main axis; in the groups D_n, D_nh and D_nd x is a two-fold axis (class C2'),
in C_nv the xz plane is a mirror (class sigma_v), in the cubic groups x, y, z are the
three equivalent two- or four-fold axes. The functions are those of the usual character
tables (P. W. Atkins, M. S. Child and C. S. G. Phillips, Tables for Group Theory, Oxford
University Press, 1970); ``w`` is a pseudoscalar, 1 under rotations and -1 under improper
operations, and ``Rx, Ry, Rz`` an axial vector.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from curiebreak.arrays import FloatArray

_SQRT3 = float(np.sqrt(3))
_POLYNOMIALS: dict[str, Callable[[FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "1": lambda x, y, z: np.ones_like(x),
    "x": lambda x, y, z: x,
    "y": lambda x, y, z: y,
    "z": lambda x, y, z: z,
    "xy": lambda x, y, z: x * y,
    "2xy": lambda x, y, z: 2 * x * y,
    "xz": lambda x, y, z: x * z,
    "yz": lambda x, y, z: y * z,
    "xyz": lambda x, y, z: x * y * z,
    "x2-y2": lambda x, y, z: x * x - y * y,
    "z(x2-y2)": lambda x, y, z: z * (x * x - y * y),
    "2z2-x2-y2": lambda x, y, z: 2 * z * z - x * x - y * y,
    "r3(x2-y2)": lambda x, y, z: _SQRT3 * (x * x - y * y),
    "x(x2-3y2)": lambda x, y, z: x * (x * x - 3 * y * y),
    "y(3x2-y2)": lambda x, y, z: y * (3 * x * x - y * y),
}
_AXIAL = {"w": "1", "Rx": "x", "Ry": "y", "Rz": "z"}
_POINTS = np.random.default_rng(0).normal(size=(24, 3))

# label: functions that are even under inversion | odd; the prefix w* makes one from the other
_E_CUBIC = "E: 2z2-x2-y2 r3(x2-y2) | w*2z2-x2-y2 w*r3(x2-y2)"
_E2 = "E2: x2-y2 2xy | w*x2-y2 w*2xy"
_PROPER = {
    "C1": "A: 1 | w",
    "C2": "A: 1 | z;  B: yz | x",
    "D2": "A: 1 | xyz;  B1: xy | z;  B2: xz | y;  B3: yz | x",
    "C4": "A: 1 | z;  B: x2-y2 | xyz;  E: xz yz | x y",
    "D4": "A1: 1 | w;  A2: Rz | z;  B1: x2-y2 | xyz;  B2: xy | z(x2-y2);  E: xz yz | x y",
    "C3": "A: 1 | z;  E: xz yz | x y",
    "D3": "A1: 1 | w;  A2: Rz | z;  E: xz yz | x y",
    "C6": "A: 1 | z;  B: w*x(x2-3y2) | x(x2-3y2);  E1: xz yz | x y;  " + _E2,
    "D6": "A1: 1 | w;  A2: Rz | z;  B1: w*x(x2-3y2) | x(x2-3y2);  "
    "B2: w*y(3x2-y2) | y(3x2-y2);  E1: xz yz | x y;  " + _E2,
    "T": "A: 1 | xyz;  " + _E_CUBIC + ";  T: yz xz xy | x y z",
    "O": "A1: 1 | w;  A2: w*xyz | xyz;  " + _E_CUBIC + ";  T1: Rx Ry Rz | x y z;  T2: yz xz xy | w*yz w*xz w*xy",
}
_CENTRED = {
    "Ci": "C1",
    "C2h": "C2",
    "D2h": "D2",
    "C4h": "C4",
    "D4h": "D4",
    "S6": "C3",
    "D3d": "D3",
    "C6h": "C6",
    "D6h": "D6",
    "Th": "T",
    "Oh": "O",
}
_OTHER = {
    "Cs": "A': 1;  A'': z",
    "S4": "A: 1;  B: z;  E: x y",
    "C3h": "A': 1;  E': x y;  A'': z;  E'': xz yz",
    "C2v": "A1: 1;  A2: xy;  B1: x;  B2: y",
    "C4v": "A1: 1;  A2: Rz;  B1: x2-y2;  B2: xy;  E: x y",
    "C3v": "A1: 1;  A2: Rz;  E: x y",
    "C6v": "A1: 1;  A2: Rz;  B1: x(x2-3y2);  B2: y(3x2-y2);  E1: x y;  E2: x2-y2 2xy",
    "D2d": "A1: 1;  A2: Rz;  B1: x2-y2;  B2: z;  E: x y",
    "D3h": "A1': 1;  A2': Rz;  E': x y;  A1'': w;  A2'': z;  E'': xz yz",
    "Td": "A1: 1;  A2: w;  E: 2z2-x2-y2 r3(x2-y2);  T1: Rx Ry Rz;  T2: x y z",
}
_COMPLEX = {"C3", "C4", "C6", "S4", "S6", "C3h", "C4h", "C6h", "T", "Th"}
"""Groups whose E irreps are pairs of complex conjugates."""


@dataclass(frozen=True)
class BasisSet:
    """Label and basis functions of one irrep.

    Attributes
    ----------
    label : str
        Mulliken symbol in plain ASCII, such as ``B1g`` or ``E'``.
    functions : tuple of str
        Names of the basis functions; as many as the dimension.
    joined : bool
        Whether it joins two complex conjugate one-dimensional irreps.
    """

    label: str
    functions: tuple[str, ...]
    joined: bool


@cache
def basis_sets(schoenflies: str) -> tuple[BasisSet, ...]:
    """All irreps of a crystallographic point group, in the usual order; none for another group."""
    if schoenflies in _CENTRED:
        entries = _entries(_PROPER[_CENTRED[schoenflies]])
        pairs = [(label + "g", f[0]) for label, f in entries] + [(label + "u", f[-1]) for label, f in entries]
    elif schoenflies in _PROPER:
        polar = {"x", "y", "z"}
        pairs = [(label, f[set(f[-1]) <= polar]) for label, f in _entries(_PROPER[schoenflies])]
    else:
        pairs = [(label, f[0]) for label, f in _entries(_OTHER.get(schoenflies, ""))]
    complex_pairs = schoenflies in _COMPLEX
    return tuple(BasisSet(label, functions, complex_pairs and label[0] == "E") for label, functions in pairs)


def _entries(text: str) -> list[tuple[str, list[tuple[str, ...]]]]:
    entries = []
    for entry in filter(None, text.split(";")):
        label, _, functions = entry.partition(":")
        entries.append((label.strip(), [tuple(part.split()) for part in functions.split("|")]))
    return entries


def function_values(name: str, points: FloatArray, determinant: float | FloatArray = 1.0) -> FloatArray:
    """Value (n,) of a named basis function at points (n, 3).

    Parameters
    ----------
    name : str
    points : (n, 3) float
    determinant : float or (n,) float
        Factor of functions that change sign under improper operations.
    """
    factor: float | FloatArray = 1.0
    if name in _AXIAL or name.startswith("w*"):
        name = _AXIAL.get(name, name.removeprefix("w*"))
        factor = determinant
    return np.asarray(factor * _POLYNOMIALS[name](points[:, 0], points[:, 1], points[:, 2]))


def representation(functions: tuple[str, ...], rotations: FloatArray) -> FloatArray:
    """Orthogonal matrices (g, d, d) by which operations act on a set of basis functions.

    ``(g f_j)(r) = f_j(g^-1 r) = sum_i f_i(r) D_ij(g)``, for the polar vector x, y, z this is the
    rotation matrix itself.

    Parameters
    ----------
    functions : tuple of str
        Closed under the group.
    rotations : (g, 3, 3) float
        Cartesian, in the frame of the functions.
    """
    # f_j(R^-1 x) = sum_i D_ij f_i(x), solved by least squares on general points
    values = np.stack([function_values(f, _POINTS) for f in functions], axis=1)
    inverse = np.linalg.pinv(values)
    determinants = np.rint(np.linalg.det(rotations))
    # rows x_p R are R^-1 x_p as rows
    turned = np.einsum("gji,pj->gpi", rotations, _POINTS)
    flat, signs = turned.reshape(-1, 3), np.repeat(determinants, len(_POINTS))
    moved = np.array([function_values(f, flat, signs).reshape(len(turned), -1) for f in functions])
    matrices = np.einsum("ip,jgp->gij", inverse, moved)
    # exact halves are printed by groups without three-fold axes
    whole = np.rint(2 * matrices) / 2
    return np.asarray(np.where(np.abs(matrices - whole) < 1e-9, whole, matrices))
