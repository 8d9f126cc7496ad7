"""Eight small magnetic structures of different kinds, built from their description, for `find` with moments.

Irreps and groups are those that MAGNDATA states for the compounds (S. V. Gallego et al., J. Appl. Cryst. 49, 1750
(2016)); those of the chain follow from its inversion centres, those of the tilted perovskite from the product of its
two orders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from magnetic_cifs import Atom, magnetic_cif

from curiebreak.structures.magnetic_cif import MagneticCrystal, magnetic_crystal

TILT, WEAK = 0.02, 0.2
"""Fraction by which the anions move, and μB of the ferromagnetic component."""

CHAIN = 0.01
"""Fraction by which the anions of the chain move towards one side of each bond."""


@dataclass(frozen=True)
class MagneticExample:
    """A structure with what is known of it.

    Attributes
    ----------
    build : callable
        Makes the structure.
    primary : frozenset of str
    bns : str or None
        Number of the magnetic group, where a source states it.
    kind : str
        What kind of order it is.
    """

    build: Callable[[], MagneticCrystal]
    primary: frozenset[str]
    bns: str | None
    kind: str


def tilted_perovskite(weak: float = WEAK) -> MagneticCrystal:
    """ABX3 with octahedra turned about x and moments along z, both alternating, and a small moment along y.

    The pseudovectors of the tilt hold R4+, the moments mR4+; their product is the axial vector mGM4+ along
    x cross z = y: weak ferromagnetism. In a cell of eight parent cells.
    """
    atoms: list[Atom] = []
    for i, j, k in np.ndindex(2, 2, 2):
        s, corner = (-1) ** (i + j + k), np.array([i, j, k]) / 2
        atoms.append(("Ni", tuple(corner), (0.0, weak, 2.0 * s)))
        atoms.append(("K", tuple(corner + 0.25), None))
        atoms.append(("F", tuple(corner + [0.25, 0, 0]), None))
        atoms.append(("F", tuple(corner + [0, 0.25, TILT * s]), None))
        atoms.append(("F", tuple(corner + [0, -TILT * s, 0.25]), None))
    return magnetic_crystal(magnetic_cif((8, 8, 8, 90, 90, 90), atoms, parent=221, child="2a,2b,2c;0,0,0"))


def chromium_sesquioxide() -> MagneticCrystal:
    """Cr2O3: up, down, up, down along the trigonal axis, k = 0; every inversion reverses time (0.59)."""
    atoms: list[Atom] = []
    for shift in np.array([(0, 0, 0), (2, 1, 1), (1, 2, 2)]) / 3:
        for z, up in ((0.3475, 1), (0.1525, -1), (0.8475, 1), (0.6525, -1)):
            atoms.append(("Cr", tuple((shift + [0, 0, z]) % 1), (0.0, 0.0, 2.5 * up)))
        for x, y, z in ((1, 0, 1), (0, 1, 1), (-1, -1, 1), (-1, 0, 3), (0, -1, 3), (1, 1, 3)):
            place = shift + [0.306 * x, 0.306 * y, z / 4]
            atoms.append(("O", tuple(place % 1), None))
    return magnetic_crystal(magnetic_cif((4.96, 4.96, 13.59, 90, 90, 120), atoms, parent=167))


def triangles_of_manganese() -> MagneticCrystal:
    """Mn3Pt: moments at 120 degrees in (111) planes, each along the height of its triangle (0.109)."""
    atoms: list[Atom] = [("Pt", (0.0, 0.0, 0.0), None)]
    for axis in range(3):
        moment = np.ones(3)
        moment[axis] = -2.0
        place = np.full(3, 0.5)
        place[axis] = 0.0
        atoms.append(("Mn", tuple(place), tuple(moment)))
    return magnetic_crystal(magnetic_cif((3.83, 3.83, 3.83, 90, 90, 90), atoms, parent=221))


def three_k_antimonide() -> MagneticCrystal:
    """USb: three longitudinal waves at once, moments along the diagonals of the cube (3.12)."""
    atoms: list[Atom] = []
    corners = np.array([(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]) / 2
    for place in corners:
        atoms.append(("U", tuple(place), tuple(1.6 * np.cos(2 * np.pi * place))))
        atoms.append(("Sb", tuple((place + 0.5) % 1), None))
    return magnetic_crystal(magnetic_cif((6.19, 6.19, 6.19, 90, 90, 90), atoms, parent=225))


def cobalt_oxide() -> MagneticCrystal:
    """CoO: ferromagnetic (111) planes that alternate, moments in a mirror plane but not along the axis (1.618)."""
    atoms: list[Atom] = []
    for place in np.ndindex(4, 4, 4):
        if sum(place) % 2 == 0:
            up = (-1) ** (sum(place) // 2)
            atoms.append(("Co", tuple(np.array(place) / 4), (1.2 * up, 1.2 * up, -2.4 * up)))
            atoms.append(("O", tuple((np.array(place) + [2, 2, 2]) % 4 / 4 + [0.25, 0, 0]), None))
    return magnetic_crystal(magnetic_cif((8.52, 8.52, 8.52, 90, 90, 90), atoms, parent=225, child="2a,2b,2c;0,0,0"))


def inverse_triangles_of_tin() -> MagneticCrystal:
    """Mn3Sn: triangles of Mn in two layers, moments that turn against the triangle (0.200)."""
    x = 0.8388
    sites = [(x, 2 * x, 0.25), (-2 * x, -x, 0.25), (x, -x, 0.25)]
    axes = 5.665 * np.array([[1, 0, 0], [-0.5, 3**0.5 / 2, 0], [0, 0, 0.8]])
    atoms: list[Atom] = [("Sn", (1 / 3, 2 / 3, 0.25), None), ("Sn", (2 / 3, 1 / 3, 0.75), None)]
    for place in sites:
        angle = float(np.arctan2(*(np.array(place) @ axes)[1::-1]))
        moment = 3.0 * np.array([np.cos(-angle), np.sin(-angle), 0.0]) @ np.linalg.inv(axes)
        along = tuple(moment * np.linalg.norm(axes, axis=1))
        atoms += [("Mn", tuple(np.array(place) % 1), along), ("Mn", tuple(-np.array(place) % 1), along)]
    return magnetic_crystal(magnetic_cif((5.665, 5.665, 4.532, 90, 90, 120), atoms, parent=194))


def turning_triangles() -> MagneticCrystal:
    """CsMnBr3: 120 degrees from one cell to the next at k = (1/3, 1/3, 0), across a, layers up and down (1.0.35)."""
    matrix = np.array([[1, -1, 0], [1, 2, 0], [0, 0, 1]])
    axes = np.array([[7.61, 0, 0], [-3.805, 7.61 * 3**0.5 / 2, 0], [0, 0, 6.52]])
    x = 0.161
    halides = [(x, 2 * x, 0.25), (-2 * x, -x, 0.25), (x, -x, 0.25)]
    atoms: list[Atom] = []
    for number in range(3):
        cell = np.array([number, 0, 0])
        angle = np.pi / 2 + 2 * np.pi * number / 3
        moment = 3.0 * np.array([np.cos(angle), np.sin(angle), 0.0])
        own = moment @ np.linalg.inv(matrix @ axes) * np.linalg.norm(matrix @ axes, axis=1)
        places: list[tuple[str, tuple[float, ...], tuple[float, float, float] | None]] = [
            ("Mn", (0.0, 0.0, 0.0), tuple(own)), ("Mn", (0.0, 0.0, 0.5), tuple(-own)),
            ("Cs", (1 / 3, 2 / 3, 0.75), None), ("Cs", (2 / 3, 1 / 3, 0.25), None),
        ]  # fmt: skip
        places += [("Br", one, None) for one in halides] + [("Br", tuple(-np.array(one)), None) for one in halides]
        for element, place, turned in places:
            where = (np.array(place) + cell) @ np.linalg.inv(matrix)
            atoms.append((element, tuple(where % 1), turned))
    lengths = (7.61 * 3**0.5, 7.61 * 3**0.5, 6.52)
    return magnetic_crystal(magnetic_cif((*lengths, 90, 90, 120), atoms, parent=194, child="a-b,a+2b,c;0,0,0"))


def polar_chain() -> MagneticCrystal:
    """Chains of Co and Mn in turn, up, up, down, down: no inversion is left, and the anions between like spins move.

    At Z an axial vector along the chain is even under inversion at Co and -1 under the two-fold axes across: Z3+. At
    Mn, half a cell further, all that turns the chain round has the other sign: Z1-. Their product is a polar vector
    along the chain, GM3- (the exchange striction of Ca3CoMnO6).
    """
    atoms: list[Atom] = []
    for number, (element, up) in enumerate((("Co", 1), ("Mn", 1), ("Co", -1), ("Mn", -1))):
        atoms.append((element, (0.0, 0.0, number / 4), (0.0, 0.0, (1.5 if element == "Co" else 2.5) * up)))
        # Co-Mn pairs are parallel, Mn-Co pairs antiparallel
        moved = CHAIN if element == "Co" else -CHAIN
        atoms.append(("O", (0.0, 0.0, number / 4 + 0.125), None))
        atoms.append(("O", (0.5, 0.5, number / 4 + moved), None))
    return magnetic_crystal(magnetic_cif((5, 5, 10, 90, 90, 90), atoms, parent=123, child="a,b,2c;0,0,0"))


EXAMPLES = {
    "Cr2O3": MagneticExample(chromium_sesquioxide, frozenset({"mGM1-"}), "167.106", "k = 0 antiferromagnet"),
    "Mn3Pt": MagneticExample(triangles_of_manganese, frozenset({"mGM4+"}), "166.101", "non-collinear triangles"),
    "Mn3Sn": MagneticExample(inverse_triangles_of_tin, frozenset({"mGM6+"}), "63.464", "inverse triangles"),
    "CsMnBr3": MagneticExample(turning_triangles, frozenset({"mK5"}), "189.225", "triangles at a third"),
    "CoO": MagneticExample(cobalt_oxide, frozenset({"mL3+"}), "15.90", "collinear at k of the zone boundary"),
    "USb": MagneticExample(three_k_antimonide, frozenset({"mX3+"}), "224.113", "three wave vectors"),
    "tilted KNiF3": MagneticExample(tilted_perovskite, frozenset({"mR4+", "R4+"}), None, "weak ferromagnet"),
    "Co-Mn chain": MagneticExample(polar_chain, frozenset({"mZ3+", "mZ1-"}), None, "improper ferroelectric"),
}
